//! Legacy authentication: clients that cannot do MFA.

mod modern_authentication_on;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&modern_authentication_on::CONTROL];
