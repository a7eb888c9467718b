//! Priority accounts: somebody looks at their reports.

use model::{Data, Plan, Severity};

use crate::attestation::{self, QUARTER};
use crate::control::source::{S0, S1};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "vip-monitoring-routine",
    title: "Somebody looks at the reports for priority accounts",
    severity: Severity::Low,
    kind: Kind::Attestation,
    license: License::AnyOf(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2], &[]),
    reads: &[Data::SubscribedSkus],
    rationale: "A tag does nothing by itself: it is there to filter by.",
    passes_when: "Somebody confirmed within 90 days that these are looked at each month, filtered by \
        priority accounts: Threat Explorer or Real-time detections, Campaign Views, the Threat \
        protection status report and the Email issues for priority accounts report, and that \
        custom tags are kept up to date.",
    remediation: &[
        "Put the reports into the monthly service report, with what was found.",
        "Record in the profile who looked, and when.",
        "Microsoft Defender portal > Email & collaboration > Explorer, and Reports.",
    ],
    effort: 2,
    sources: &[S0, S1],
    mappings: &[(Framework::CisM365, &["2.4.1"])],
    judge: |context| Ok(attestation::judge(context, CONTROL.id, STATEMENT, QUARTER)),
};

const STATEMENT: &str = "each month somebody looks at Threat Explorer or Real-time detections, \
    Campaign Views, the Threat protection status report and the Email issues for priority accounts \
    report, filtered by priority accounts, and custom tags are kept up to date.";

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, Verdict};

    use super::*;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let answered = |on: &str, answer: &str| {
            Fixture::exemplary().declare(&format!(
                "[[attestation]]\ncontrol = \"vip-monitoring-routine\"\nby = \"Sam\"\non = {on}\n\
                 answer = \"{answer}\""
            ))
        };
        let without = |plans: &[Plan]| answered("2026-10-01", "yes").unlicensed(plans);
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, Fixture::exemplary())
            .is("confirmed", Verdict::Attested, answered("2026-10-01", "yes"))
            .is("denied", Verdict::AttestedNo, answered("2026-10-01", "no"))
            .is("a quarter is over", Verdict::Expired, answered("2026-08-02", "yes"))
            .is(
                "Plan 1",
                Verdict::Attested,
                without(&[Plan::DefenderForOffice365P2]).with_member(
                    Data::SubscribedSkus,
                    "servicePlans",
                    &serde_json::json!([{ "servicePlanId": "f20fedf3-f3c3-43c3-8267-2bfdd51c0939",
                                      "provisioningStatus": "Success" }]),
                ),
            )
            .not_applicable(
                "no Defender for Office 365",
                NotApplicableReason::License,
                without(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2]),
            );
    }
}
