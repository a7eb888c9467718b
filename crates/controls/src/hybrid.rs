//! Hybrid identity.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
