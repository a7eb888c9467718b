//! Baseline: some protection model is in force.

mod model_fits_license;
mod protection_enforced;
mod rollout_completed;
mod security_defaults_methods_intact;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &protection_enforced::CONTROL,
    &model_fits_license::CONTROL,
    &security_defaults_methods_intact::CONTROL,
    &rollout_completed::CONTROL,
];
