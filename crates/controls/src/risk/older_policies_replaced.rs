//! Risk: the older risk policies of Identity Protection are no longer relied on.

use jiff::civil::{Date, date};
use model::{AttestationAnswer, Evidence, Gap, Severity, Verdict};

use super::policies::RISK_POLICY_DATA;
use super::{LICENSE, risky_sign_ins_answered, risky_users_answered};
use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind};

const ID: &str = "risk-legacy-policies-moved";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "The older risk policies of Identity Protection are no longer relied on",
    severity: Severity::Medium,
    kind: Kind::Attestation,
    license: LICENSE,
    reads: RISK_POLICY_DATA,
    rationale: "Microsoft retires them on October 1, 2026: whoever relies on them loses the \
        protection without noticing.",
    passes_when: "The Conditional Access policies pass `risk-user-policy` and \
        `risk-signin-policy`, which makes the older ones needless; or somebody attests that they \
        are not relied on. From the day of retirement it fails when Conditional Access answers \
        neither users nor sign-ins at risk, or when somebody states that the older ones are still \
        in use. No API shows them.",
    remediation: &[
        "Rebuild the older policies in Conditional Access.",
        "Then disable them.",
        "Entra admin center > Protection > Identity Protection > User risk policy, and Sign-in \
         risk policy.",
    ],
    effort: 2,
    sources: &[source::S0, source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.2.1v1", "MS.AAD.2.3v1"]),
        (Framework::CisM365, &["5.2.2.6", "5.2.2.7"]),
    ],
    judge,
};

const STATEMENT: &str = "the user risk and sign-in risk policies of Identity Protection are off, \
                         or Conditional Access does the same.";

/// When Microsoft retires the older policies.
const RETIRED: Date = date(2026, 10, 1);

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let users = risky_users_answered::judge(context)?;
    let sign_ins = risky_sign_ins_answered::judge(context)?;
    let both = [("risk-user-policy", &users), ("risk-signin-policy", &sign_ins)];
    let evidence = |expected: &str| {
        both.map(|(id, finding)| {
            let expected = if finding.verdict == Verdict::Fail { expected } else { "" };
            Evidence::setting(id, finding.verdict.word(), expected)
        })
    };
    let is = |verdict| both.iter().any(|(_, finding)| finding.verdict == verdict);
    if both.iter().all(|(_, finding)| finding.verdict == Verdict::Pass) {
        let summary = "Conditional Access answers risk, so the older policies are needless.";
        return Ok(Finding::pass(summary).with(evidence("")));
    }
    if is(Verdict::NotApplicable) {
        return Ok(users);
    }
    if let Some((_, finding)) = both.into_iter().find(|(_, one)| one.verdict == Verdict::Unknown) {
        return Ok(finding.clone());
    }
    let retired = attestation::today(context) >= RETIRED;
    let still = attestation::newest(context, ID).is_some_and(|newest| {
        newest.answer == AttestationAnswer::No
            && attestation::is_valid(context, newest, attestation::YEAR)
    });
    if retired && (still || is(Verdict::Fail)) {
        let summary = "The older risk policies are retired, and Conditional Access does not \
                       replace them in full.";
        return Ok(Finding::fail(summary)
            .with(evidence("pass"))
            .with([Evidence::setting("older risk policies", "retired on 2026-10-01", "replaced")])
            .would_pass_if("Conditional Access policies answered users and sign-ins at risk"));
    }
    Ok(attestation::judge(context, ID, STATEMENT, attestation::YEAR).with(evidence("")))
}

#[cfg(test)]
mod tests {
    use model::{Data, NotApplicableReason, Plan, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    /// Without re-authentication at risk, the answer to sign-ins is partial.
    fn partly() -> Fixture {
        Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |policies| {
            for policy in policies {
                if policy["displayName"] == "MFA for risky sign-ins" {
                    policy["sessionControls"] = json!(null);
                }
            }
        })
    }

    #[test]
    fn verdicts() {
        let answered = |answer: &str| {
            format!(
                "[[attestation]]\ncontrol = \"{ID}\"\nby = \"m\"\non = 2026-10-02\n\
                 answer = \"{answer}\""
            )
        };
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .is("answered in part", Verdict::Unattested, partly())
            .is("answered in part, attested", Verdict::Attested, partly().declare(&answered("yes")))
            .fails("still in use after the retirement", partly().declare(&answered("no")))
            .fails("nothing replaces them", bare())
            .fails("an attestation does not override it", bare().declare(&answered("yes")))
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2])
            });
    }
}
