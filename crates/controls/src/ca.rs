//! Conditional Access: the policies are complete, tidy, and not walked round.

mod admin_sessions_short;
mod alternative_flows_blocked;
mod exclusions_explained;
mod locations_no_bypass;
mod managed_devices_required;
mod mobile_apps_protected;
mod policies_tidy;

use model::{Gap, NotApplicableReason, Plan};

use crate::context::Context;
use crate::coverage::{Mechanism, Protection};
use crate::finding::Finding;
use crate::{Control, License};

pub(crate) static CONTROLS: &[&Control] = &[
    &exclusions_explained::CONTROL,
    &policies_tidy::CONTROL,
    &locations_no_bypass::CONTROL,
    &alternative_flows_blocked::CONTROL,
    &admin_sessions_short::CONTROL,
    &managed_devices_required::CONTROL,
    &mobile_apps_protected::CONTROL,
];

/// What policies need; without it the baseline is judged instead.
const LICENSE: License = License::AnyOf(&[Plan::EntraIdP1], &["base-protection-enforced"]);

/// The finding of a control on policies where security defaults are on: it does not apply, since
/// no policy can be enabled beside them.
///
/// # Errors
///
/// As [`Protection::of`].
pub(crate) fn unless_security_defaults(
    context: &Context<'_>,
) -> Result<Result<Protection, Finding>, Gap> {
    let protection = Protection::of(context)?;
    Ok(match protection.mechanism {
        Mechanism::SecurityDefaults => Err(Finding::not_applicable(
            NotApplicableReason::OtherModel,
            "Security defaults are on, and no policy can be enabled beside them.",
        )),
        _ => Ok(protection),
    })
}
