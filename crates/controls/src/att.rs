//! Practices that only people can confirm.

mod privileged_workstation;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&privileged_workstation::CONTROL];
