//! Just-in-time access: Privileged Identity Management.

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[];
