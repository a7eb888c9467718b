//! Risk: a risky sign-in meets MFA or a block.

use std::collections::BTreeSet;

use model::{ConditionalAccessPolicy, Gap, Id, NotApplicableReason, Severity, Verdict};
use signin::{Question, RiskLevel};

use super::LICENSE;
use super::policies::{Answer, RISK_POLICY_DATA, coverage, near_misses};
use crate::ca::unless_security_defaults;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Mfa, asked_mfa, is_block, untold_strength};
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "risk-signin-policy",
    title: "A risky sign-in meets MFA or a block",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: RISK_POLICY_DATA,
    rationale: "It stops a stolen session or password while it is being used.",
    passes_when: "Every person is reached by enabled policies for all resources whose only \
        condition is sign-in risk, for `high` and for `medium`, in one policy or several, that \
        block or require MFA with sign-in every time. It is partial when at least 90 % of people \
        are; whoever is answered at `high` only, or by MFA that an earlier one satisfies, counts \
        half. It does not apply while security defaults are on.",
    remediation: &[
        "Create a policy from the template `Require multifactor authentication for risky \
         sign-ins`: all users but emergency access accounts, all resources, sign-in risk medium \
         and high, require MFA, sign-in frequency every time.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S0, source::S2, source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.2.3v1"]),
        (Framework::CisM365, &["5.2.2.7", "5.2.2.8"]),
        (Framework::Maester, &["MT.1012", "MT.1049"]),
        (Framework::Nist80053, &["AC-2(12)", "AC-2(13)"]),
    ],
    judge,
};

pub(super) fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = match unless_security_defaults(context)? {
        Ok(protection) => protection,
        Err(finding) => return Ok(finding),
    };
    let people = context.people()?;
    if people.members.is_empty() {
        let why = "There are no people in the tenant.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let at = |level| Question::at_sign_in_risk(&[level]);
    let high = coverage(context, &at(RiskLevel::High), |policy| answer(context, policy, "high"))?;
    let medium =
        coverage(context, &at(RiskLevel::Medium), |policy| answer(context, policy, "medium"))?;
    let both = joined(&high, &medium);
    let finding = both.decide(|both| verdict(context, both));
    if finding.verdict != Verdict::Pass {
        let policies = context.tenant.conditional_access_policies.read()?;
        let mut about_risk = policies.iter().filter(|policy| {
            policy.is_enforced() && !policy.conditions.sign_in_risk_levels.is_empty()
        });
        // It may be the one that asks for MFA.
        about_risk.find_map(|policy| untold_strength(context, policy)).map_or(Ok(()), Err)?;
    }
    if finding.verdict == Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding.judged(both.judged(), &people.left_out()))
}

/// What the policy does about a sign-in at that level of risk.
fn answer(context: &Context<'_>, policy: &ConditionalAccessPolicy, level: &str) -> Option<Answer> {
    let conditions = &policy.conditions;
    if !conditions.sign_in_risk_levels.iter().any(|one| one == level) {
        return None;
    }
    let frequency = policy.session_controls.as_ref().and_then(|all| all.sign_in_frequency.as_ref());
    let every_time = frequency.and_then(model::SignInFrequency::hours) == Some(0);
    match (is_block(policy), asked_mfa(context, policy), every_time) {
        (true, ..) | (_, Mfa::Required, true) => Some(Answer::Full),
        (_, Mfa::Required, false) => Some(Answer::Weak("an earlier MFA is enough")),
        _ => None,
    }
}

/// Each person at both levels: the weaker answer counts.
fn joined<'t>(high: &Coverage<'t>, medium: &Coverage<'t>) -> Coverage<'t> {
    let strong: BTreeSet<&Id> = medium.covered.iter().map(|user| &user.id).collect();
    let weak: BTreeSet<&Id> = medium.weakly.iter().map(|(user, _)| &user.id).collect();
    let mut both = Coverage { policies: medium.policies.clone(), ..Coverage::default() };
    for (policy, number) in &high.policies {
        let known = both.policies.entry(policy.clone()).or_default();
        *known = (*known).max(*number);
    }
    let strongly = high.covered.iter().map(|user| (*user, None));
    for (user, weakness) in
        strongly.chain(high.weakly.iter().map(|(user, why)| (*user, Some(*why))))
    {
        match weakness {
            None if strong.contains(&user.id) => both.covered.push(user),
            None if weak.contains(&user.id) => {
                both.weakly.push((user, "an earlier MFA is enough at medium risk"));
            }
            None => both.weakly.push((user, "answered at high risk only")),
            Some(why) => both.weakly.push((user, why)),
        }
    }
    both.uncovered.clone_from(&high.uncovered);
    both.undetermined.clone_from(&high.undetermined);
    both
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    if coverage.is_whole() {
        return Finding::pass(format!("Risky sign-ins of all of {whole} are answered."))
            .with(coverage.enforcing(context));
    }
    let held = coverage.covered.len() + coverage.weakly.len();
    let short = coverage.judged() - coverage.covered.len();
    let names = coverage.names();
    let summary = format!("Risky sign-ins are not fully answered for {short} of {whole}: {names}.");
    let finding = if ratio(held, coverage.judged()) >= 0.9 {
        Finding::partial(coverage.credit(), summary)
    } else {
        Finding::fail(summary)
    };
    finding
        .with(coverage.violations("a block or a fresh MFA at medium and high risk"))
        .with(coverage.enforcing(context))
        .with(near_misses(context, |policy| &policy.conditions.sign_in_risk_levels))
        .would_pass_if("enabled policies answered medium and high sign-in risk for all users")
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn at(levels: &[&str], grant: Value, every_time: bool) -> Value {
        let mut policy = policy(&format!("At {levels:?}"), grant);
        policy["conditions"]["signInRiskLevels"] = json!(levels);
        if every_time {
            policy["sessionControls"] = json!({ "signInFrequency": {
                "value": null, "type": null, "frequencyInterval": "everyTime", "isEnabled": true
            } });
        }
        policy
    }

    fn policies(policies: &[Value]) -> Fixture {
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(policies))
    }

    #[test]
    fn verdicts() {
        let both = &["medium", "high"];
        let narrowed = |change: fn(&mut Value)| {
            let mut policy = at(both, grant("mfa"), true);
            change(&mut policy);
            policies(&[policy])
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("MFA every time", policies(&[at(both, grant("mfa"), true)]))
            .passes("low as well", policies(&[at(&["low", "medium", "high"], grant("mfa"), true)]))
            .passes("block at high, MFA at medium", {
                policies(&[
                    at(&["high"], grant("block"), false),
                    at(&["medium"], grant("mfa"), true),
                ])
            })
            .partial("high only", 0.5, policies(&[at(&["high"], grant("mfa"), true)]))
            .partial("an earlier MFA is enough", 0.5, policies(&[at(both, grant("mfa"), false)]))
            .fails("medium only", policies(&[at(&["medium"], grant("mfa"), true)]))
            .fails("a managed device", policies(&[at(both, grant("compliantDevice"), true)]))
            .fails(
                "both kinds of risk at once",
                narrowed(|policy| {
                    policy["conditions"]["userRiskLevels"] = json!(["high"]);
                }),
            )
            .fails(
                "outside trusted locations only",
                narrowed(|policy| {
                    policy["conditions"]["locations"] =
                        json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
                })
                .set(
                    Data::NamedLocations,
                    json!([{
                        "@odata.type": "#microsoft.graph.ipNamedLocation",
                        "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
                        "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
                    }]),
                ),
            )
            .passes("two policies that leave no gap between them", {
                let on = |name: &str, include: Value, exclude: Value| {
                    let mut policy = at(&["high", "medium"], grant("mfa"), true);
                    policy["id"] = json!(name);
                    policy["conditions"]["platforms"] =
                        json!({ "includePlatforms": include, "excludePlatforms": exclude });
                    policy
                };
                Fixture::exemplary().set(
                    Data::ConditionalAccessPolicies,
                    json!([
                        on("windows", json!(["windows"]), json!([])),
                        on("others", json!(["all"]), json!(["windows"]))
                    ]),
                )
            })
            .fails(
                "report-only",
                narrowed(|policy| {
                    policy["state"] = json!("enabledForReportingButNotEnforced");
                }),
            )
            .fails("nothing", policies(&[]))
            .not_applicable("security defaults", NotApplicableReason::OtherModel, {
                policies(&[]).with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2])
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            });
    }
}
