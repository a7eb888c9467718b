//! Applications: consent and default rights.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
