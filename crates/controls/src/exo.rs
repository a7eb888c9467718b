//! Mail surfaces tied to identity.

mod no_automatic_forwarding;
mod shared_mailbox_sign_in_blocked;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] =
    &[&no_automatic_forwarding::CONTROL, &shared_mailbox_sign_in_blocked::CONTROL];
