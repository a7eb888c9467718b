//! Applications: consent and default rights.

mod reviewers;
mod user_consent_limited;
mod user_rights_limited;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] =
    &[&user_consent_limited::CONTROL, &user_rights_limited::CONTROL];
