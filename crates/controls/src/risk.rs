//! Risk policies and risky users.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
