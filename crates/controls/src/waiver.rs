//! Waivers: accepted deviations that lie beside a verdict and never change it.

use model::{Profile, Verdict, WaiverKind, WaiverNote};

use crate::attestation;
use crate::context::Context;
use crate::finding::Finding;

/// Credit of a control that another product takes care of, while the waiver holds.
const MET_BY_OTHER_MEANS: f64 = 0.75;

/// The waiver that lies beside the finding of a control, if the profile has one: the one that
/// holds longest.
pub(crate) fn beside(
    context: &Context<'_>,
    control: &str,
    finding: &Finding,
) -> Option<WaiverNote> {
    let profile: &Profile = context.tenant.profile;
    let waiver = profile
        .waivers
        .iter()
        .filter(|waiver| waiver.control == control)
        .max_by_key(|waiver| waiver.expires)?;
    let because = if waiver.expires < attestation::today(context) {
        format!("it ended on {}", waiver.expires)
    } else if !matches!(finding.verdict, Verdict::Fail | Verdict::Partial | Verdict::AttestedNo) {
        "there is nothing to accept".to_owned()
    } else {
        String::new()
    };
    Some(WaiverNote {
        kind: waiver.kind,
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        ticket: waiver.ticket.clone(),
        expires: waiver.expires.to_string(),
        holds: because.is_empty(),
        because,
    })
}

/// The credit of a finding with its waiver: only `met-by-other-means` gives any, and never takes.
pub(crate) fn credit(finding: &Finding, waiver: Option<&WaiverNote>) -> Option<f64> {
    let met =
        waiver.is_some_and(|waiver| waiver.holds && waiver.kind == WaiverKind::MetByOtherMeans);
    finding.credit.map(|credit| if met { credit.max(MET_BY_OTHER_MEANS) } else { credit })
}
