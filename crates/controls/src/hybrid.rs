//! Hybrid identity.

mod bridge_narrow;
mod sync_role_clean;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&sync_role_clean::CONTROL, &bridge_narrow::CONTROL];
