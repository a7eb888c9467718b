//! Guests.

mod cross_tenant_deliberate;
mod little_seen_few_invite;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] =
    &[&little_seen_few_invite::CONTROL, &cross_tenant_deliberate::CONTROL];
