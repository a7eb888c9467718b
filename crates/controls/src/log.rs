//! Logs, alerts and review.

mod mailbox_audit_on;
mod unified_audit_on;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&unified_audit_on::CONTROL, &mailbox_audit_on::CONTROL];
