//! Just-in-time access: Privileged Identity Management.

pub(crate) mod activation_proves_identity;
mod activations_short;
mod changes_announced;
mod global_administrator_approved;
mod holders_reviewed;
mod no_standing_access;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &no_standing_access::CONTROL,
    &activation_proves_identity::CONTROL,
    &activations_short::CONTROL,
    &global_administrator_approved::CONTROL,
    &changes_announced::CONTROL,
    &holders_reviewed::CONTROL,
];
