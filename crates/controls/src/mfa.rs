//! Multifactor authentication: who is made to use it, and with what.

pub(crate) mod activation;
pub(crate) mod admins;
mod admins_not_telephony_only;
mod admins_phishing_resistant;
mod admins_registered;
pub(crate) mod admins_required;
mod app_passwords_inert;
mod authenticator_hardened;
mod azure_management_required;
mod federation_rejected;
mod guests_required;
pub(crate) mod methods;
mod methods_migrated;
mod per_user_mfa_off;
pub(crate) mod registration;
mod registration_protected;
mod strong_methods_enabled;
mod users_registered;
pub(crate) mod users_required;
mod weak_methods_off;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &admins_required::CONTROL,
    &admins_registered::CONTROL,
    &admins_phishing_resistant::CONTROL,
    &admins_not_telephony_only::CONTROL,
    &users_required::CONTROL,
    &users_registered::CONTROL,
    &azure_management_required::CONTROL,
    &guests_required::CONTROL,
    &registration_protected::CONTROL,
    &weak_methods_off::CONTROL,
    &strong_methods_enabled::CONTROL,
    &authenticator_hardened::CONTROL,
    &methods_migrated::CONTROL,
    &per_user_mfa_off::CONTROL,
    &app_passwords_inert::CONTROL,
    &federation_rejected::CONTROL,
];
