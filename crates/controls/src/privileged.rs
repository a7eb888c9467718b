//! Privileged accounts.

mod admins;
mod global_administrators_few;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&global_administrators_few::CONTROL];
