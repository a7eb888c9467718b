//! Emergency access accounts.

mod accounts_exist;
mod built_to_survive;
mod idle;
mod monitored;
mod no_policy_locks_out;
mod procedure;
mod strong_methods;

use model::NotApplicableReason;

use crate::Control;
use crate::finding::Finding;

pub(crate) static CONTROLS: &[&Control] = &[
    &accounts_exist::CONTROL,
    &built_to_survive::CONTROL,
    &no_policy_locks_out::CONTROL,
    &strong_methods::CONTROL,
    &idle::CONTROL,
    &monitored::CONTROL,
    &procedure::CONTROL,
];

/// The finding where there is nobody to judge.
fn none_recognized() -> Finding {
    Finding::not_applicable(
        NotApplicableReason::NoPopulation,
        "No emergency access account is recognized; see `emerg-accounts-exist`.",
    )
}
