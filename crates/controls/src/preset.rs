//! Preset security policies.

mod all_recipients_protected;
mod defender_protections_reach_everybody;
mod no_bypass_lists;
mod strict_for_priority_accounts;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[
    &strict_for_priority_accounts::CONTROL,
    &all_recipients_protected::CONTROL,
    &defender_protections_reach_everybody::CONTROL,
    &no_bypass_lists::CONTROL,
];
