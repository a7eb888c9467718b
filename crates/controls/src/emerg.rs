//! Emergency access accounts.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
