//! Multifactor authentication: who is made to use it, and with what.

mod admins;
mod admins_not_telephony_only;
mod admins_registered;
mod authenticator_hardened;
mod federation_rejected;
pub(crate) mod methods;
mod methods_migrated;
mod per_user_mfa_off;
mod registration;
mod strong_methods_enabled;
mod users_registered;
mod weak_methods_off;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &admins_registered::CONTROL,
    &admins_not_telephony_only::CONTROL,
    &users_registered::CONTROL,
    &weak_methods_off::CONTROL,
    &strong_methods_enabled::CONTROL,
    &authenticator_hardened::CONTROL,
    &methods_migrated::CONTROL,
    &per_user_mfa_off::CONTROL,
    &federation_rejected::CONTROL,
];
