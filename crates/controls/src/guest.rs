//! Guests.

mod little_seen_few_invite;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&little_seen_few_invite::CONTROL];
