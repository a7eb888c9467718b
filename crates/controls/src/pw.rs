//! Passwords.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
