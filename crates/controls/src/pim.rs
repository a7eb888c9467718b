//! Just-in-time access: Privileged Identity Management.

mod activation_proves_identity;
mod activations_short;
mod global_administrator_approved;
mod no_standing_access;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &no_standing_access::CONTROL,
    &activation_proves_identity::CONTROL,
    &activations_short::CONTROL,
    &global_administrator_approved::CONTROL,
];
