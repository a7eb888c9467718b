//! Conditional Access: the device code flow is blocked.

use model::{Evidence, Gap, NotApplicableReason, Severity};
use signin::{Outcome, Question, TransferMethod};

use super::{LICENSE, unless_security_defaults};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, SIGN_IN_DATA, at_face_value, outcome};
use crate::finding::{Finding, count};
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "ca-alternative-flows-blocked",
    title: "Device code flow and authentication transfer are blocked",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: SIGN_IN_DATA,
    rationale: "With the device code flow a victim types in the attacker's code and hands over \
        tokens with MFA already done.",
    passes_when: "No sign-in by device code flow gets a token, for every person but service \
        accounts that the profile declares, such as those of meeting rooms. Blocked for some, or \
        outside trusted locations only, is partial. Authentication transfer is reported, not \
        judged. It does not apply while security defaults are on.",
    remediation: &[
        "List the devices that need the flow, such as meeting rooms, as service accounts in the \
         profile, and exclude only these.",
        "Create a policy from the template `Block device code flow`, and select authentication \
         transfer too.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.9v1"]),
        (Framework::CisM365, &["5.2.2.12", "5.2.2.17"]),
        (Framework::Maester, &["MT.1052"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = match unless_security_defaults(context)? {
        Ok(protection) => protection,
        Err(finding) => return Ok(finding),
    };
    let people = context.people()?;
    let members = people.members.iter().copied();
    let question = Question::by_flow(TransferMethod::DeviceCode);
    let otherwise = "the device code flow gets a token for";
    let mut coverage = Coverage::of(context, members, &question, otherwise, at_face_value);
    let inside = "blocked outside trusted locations only";
    coverage.soften(context, &question.outside_trusted_locations(), inside);
    let before = coverage.uncovered.len();
    coverage.uncovered.retain(|(user, _)| !people.service.contains(&user.id));
    let services = before - coverage.uncovered.len();
    if coverage.judged() + coverage.undetermined.len() == 0 {
        let why = "There are no people in the tenant but service accounts.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let finding = coverage.decide(|coverage| verdict(context, coverage));
    if finding.verdict == model::Verdict::Fail {
        protection.is_sure()?;
    }
    let mut left_out = people.left_out();
    left_out.push(("declared service account", services));
    Ok(finding.with(transfer(context)).judged(coverage.judged(), &left_out))
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    let short = coverage.judged() - coverage.covered.len();
    let names = coverage.names();
    let finding = if coverage.is_whole() {
        Finding::pass(format!("The device code flow is blocked for all of {whole}."))
    } else if coverage.uncovered.len() < coverage.judged() {
        let summary =
            format!("The device code flow is not fully blocked for {short} of {whole}: {names}.");
        Finding::partial(0.5, summary)
    } else {
        Finding::fail(format!("The device code flow is open to all of {whole}."))
    };
    finding
        .with(coverage.violations("the device code flow is blocked"))
        .with(coverage.enforcing(context))
        .would_pass_if("an enabled policy blocked the device code flow for all users")
}

/// Whether authentication transfer is open to anybody, as context.
fn transfer(context: &Context<'_>) -> Option<Evidence> {
    let question = Question::by_flow(TransferMethod::AuthenticationTransfer);
    let answer = context.access().ask(&question);
    let people = context.people().ok()?;
    let open = people
        .members
        .iter()
        .filter(|user| matches!(outcome(context, &answer, user), Outcome::Possible(_)))
        .count();
    let people = count(open, "person", "people");
    (open > 0)
        .then(|| Evidence::setting("authentication transfer", format!("open to {people}"), ""))
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn block(methods: &str, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut block = policy("Block flows", grant("block"));
        block["conditions"]["authenticationFlows"] = json!({ "transferMethods": methods });
        change(&mut block);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([block]))
    }

    #[test]
    fn verdicts() {
        let code = "deviceCodeFlow";
        let excluding = |id: &str| {
            let id = id.to_owned();
            block(code, move |block| {
                block["conditions"]["users"]["excludeUsers"] = json!([id]);
            })
        };
        let office = json!([{
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
            "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
        }]);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("alone", block(code, |_| {}))
            .passes(
                "both flows in one string",
                block("deviceCodeFlow,authenticationTransfer", |_| {}),
            )
            .passes(
                "and the other way round",
                block("authenticationTransfer, deviceCodeFlow", |_| {}),
            )
            .fails("authentication transfer alone", block("authenticationTransfer", |_| {}))
            .fails("granted with MFA instead of blocked", {
                block(code, |block| block["grantControls"] = grant("mfa"))
            })
            .fails(
                "report-only",
                block(code, |block| {
                    block["state"] = json!("enabledForReportingButNotEnforced");
                }),
            )
            .partial("somebody excluded", 0.5, excluding(PERSON_2))
            .passes("a declared meeting room excluded", {
                excluding(PERSON_2).profile("[accounts]\nservice = [\"person2@larkspur.example\"]")
            })
            .partial(
                "outside trusted locations",
                0.5,
                block(code, |block| {
                    block["conditions"]["locations"] =
                        json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
                })
                .set(Data::NamedLocations, office),
            )
            .partial("an application left out for everybody but one", 0.5, {
                let one = policy("One", grant("block"));
                block(code, |block| {
                    block["conditions"]["users"]["includeUsers"] = json!([PERSON_1]);
                })
                .edit(Data::ConditionalAccessPolicies, |all| {
                    let mut one = one;
                    one["conditions"]["users"]["includeUsers"] = json!([PERSON_2]);
                    all.push(one);
                })
            })
            .not_applicable("security defaults", NotApplicableReason::OtherModel, {
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([])).with_member(
                    Data::SecurityDefaults,
                    "isEnabled",
                    &json!(true),
                )
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            });
    }
}
