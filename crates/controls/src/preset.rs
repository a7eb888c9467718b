//! Preset security policies.

mod all_recipients_protected;
mod defender_protections_reach_everybody;
mod impersonation_protected;
mod no_bypass_lists;
mod protection;
mod strict_for_priority_accounts;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &strict_for_priority_accounts::CONTROL,
    &all_recipients_protected::CONTROL,
    &defender_protections_reach_everybody::CONTROL,
    &impersonation_protected::CONTROL,
    &no_bypass_lists::CONTROL,
];
