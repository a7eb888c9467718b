//! Privileged access management.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
