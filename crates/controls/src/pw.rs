//! Passwords.

mod expiry;
mod expiry_off;
mod protection;

use crate::Control;

pub(crate) use expiry::Expiry;

pub(crate) static CONTROLS: &[&Control] = &[&expiry_off::CONTROL, &protection::CONTROL];
