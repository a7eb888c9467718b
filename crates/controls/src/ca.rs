//! Conditional Access hygiene.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
