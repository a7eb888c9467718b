//! Privileged accounts.

mod admins;
mod applications_known_without_secrets;
mod cloud_only;
mod dedicated_accounts;
mod finer_roles;
mod global_administrators_few;
mod no_dormant_admins;
mod no_external_principals;
mod partner_access_narrow;
mod sensitive_groups_protected;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &global_administrators_few::CONTROL,
    &finer_roles::CONTROL,
    &cloud_only::CONTROL,
    &dedicated_accounts::CONTROL,
    &no_dormant_admins::CONTROL,
    &no_external_principals::CONTROL,
    &sensitive_groups_protected::CONTROL,
    &applications_known_without_secrets::CONTROL,
    &partner_access_narrow::CONTROL,
];
