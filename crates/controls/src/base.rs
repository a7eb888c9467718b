//! Baseline: some protection model is in force.

mod security_defaults_methods_intact;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&security_defaults_methods_intact::CONTROL];
