//! Guests and cross-tenant access.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
