//! Practices that only people can confirm.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
