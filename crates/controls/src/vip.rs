//! Priority accounts.

mod accounts_named;
mod alerts_single_them_out;
mod legacy_protocols_off;
mod protection_on;
mod reports_read;
mod strong_sign_in;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &accounts_named::CONTROL,
    &protection_on::CONTROL,
    &strong_sign_in::CONTROL,
    &legacy_protocols_off::CONTROL,
    &alerts_single_them_out::CONTROL,
    &reports_read::CONTROL,
];
