//! Logs, alerts and review.

mod default_alerts_heard;
mod exported_to_siem;
mod kept_a_year;
mod mailbox_audit_on;
mod reviewed;
mod unified_audit_on;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &unified_audit_on::CONTROL,
    &mailbox_audit_on::CONTROL,
    &kept_a_year::CONTROL,
    &exported_to_siem::CONTROL,
    &default_alerts_heard::CONTROL,
    &reviewed::CONTROL,
];
