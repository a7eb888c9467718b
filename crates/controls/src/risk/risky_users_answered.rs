//! Risk: a high-risk user must change the password or is blocked.

use std::cell::RefCell;
use std::collections::BTreeSet;

use model::{ConditionalAccessPolicy, Evidence, Gap, Id, NotApplicableReason, Severity, Verdict};
use signin::{Question, RiskLevel};

use super::LICENSE;
use super::policies::{Answer, RISK_POLICY_DATA, coverage, near_misses};
use crate::ca::unless_security_defaults;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Mfa, asked_mfa, is_block};
use crate::finding::{Finding, count, ratio};
use crate::mfa::admins::Admins;
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "risk-user-policy",
    title: "A high-risk user must change the password or is blocked",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: RISK_POLICY_DATA,
    rationale: "Leaked credentials need an answer within minutes, not at the next review.",
    passes_when: "Every person is reached by an enabled policy for all resources whose only \
        condition is a user risk level `high`, and that blocks, requires risk remediation, or \
        requires MFA and a password change. It is partial when at least 90 % of people are, when \
        the policy asks for MFA without a password change (half), or when all administrators are \
        (half). User risk and sign-in risk in one policy answer neither. It does not apply while \
        security defaults are on.",
    remediation: &[
        "Create a policy from the template `Require password change for high-risk users`: all \
         users but emergency access accounts, all resources, user risk high, require MFA and \
         password change.",
        "For synchronized accounts turn on password writeback first.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S0, source::S2, source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.2.1v1"]),
        (Framework::CisM365, &["5.2.2.6"]),
        (Framework::Maester, &["MT.1013", "MT.1049"]),
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
    let coverage = coverage(context, &Question::at_user_risk(&[RiskLevel::High]), |policy| {
        answer(context, policy)
    })?;
    let admins = administrators(context);
    // Whether administrators are answered for matters to one verdict only: a hole there is one
    // only when that verdict is asked for.
    let hole = RefCell::new(None);
    let finding = coverage.decide(|coverage| {
        verdict(context, coverage, || match &admins {
            Ok(admins) => answers_for(coverage, admins),
            Err(gap) => {
                *hole.borrow_mut() = Some(gap.clone());
                false
            }
        })
    });
    if let Some(gap) = hole.into_inner() {
        return Err(gap);
    }
    if finding.verdict == Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding.with(writeback(context)).judged(coverage.judged(), &people.left_out()))
}

/// What the policy does about a user at high risk.
fn answer(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Option<Answer> {
    let levels = &policy.conditions.user_risk_levels;
    let grant = policy.grant_controls.as_ref()?;
    if !levels.iter().any(|level| level == "high") {
        return None;
    }
    let has = |control: &str| grant.built_in_controls.iter().any(|one| one == control);
    let joint = grant.operator.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("AND"));
    let factor = has("mfa") || grant.authentication_strength.is_some();
    if is_block(policy)
        || (has("riskRemediation") && (joint || grant.built_in_controls.len() == 1))
        || (has("passwordChange") && factor && joint)
    {
        Some(Answer::Full)
    } else {
        (asked_mfa(context, policy) == Mfa::Required)
            .then_some(Answer::Weak("MFA without a password change, which leaves the risk"))
    }
}

fn verdict(
    context: &Context<'_>,
    coverage: &Coverage<'_>,
    answers_for_administrators: impl Fn() -> bool,
) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    if coverage.is_whole() {
        return Finding::pass(format!("High risk of any of {whole} is answered."))
            .with(coverage.enforcing(context));
    }
    let held = coverage.covered.len() + coverage.weakly.len();
    let short = coverage.judged() - coverage.covered.len();
    let summary =
        format!("High risk is not fully answered for {short} of {whole}: {}.", coverage.names());
    let finding = if ratio(held, coverage.judged()) >= 0.9 {
        Finding::partial(coverage.credit(), summary)
    } else if held > 0 && answers_for_administrators() {
        Finding::partial(0.5, format!("{summary} Administrators are all covered."))
    } else {
        Finding::fail(summary)
    };
    finding
        .with(coverage.violations("a block, or MFA and a password change"))
        .with(coverage.enforcing(context))
        .with(near_misses(context, |policy| &policy.conditions.user_risk_levels))
        .would_pass_if("an enabled policy answered high user risk for all users")
}

/// Every administrator.
fn administrators(context: &Context<'_>) -> Result<Vec<Id>, Gap> {
    let admins = Admins::of(context)?;
    admins.complete()?;
    Ok(admins.users().map(|admin| admin.id.clone()).collect())
}

/// Whether there are administrators, and each is among the covered.
fn answers_for(coverage: &Coverage<'_>, admins: &[Id]) -> bool {
    let covered: BTreeSet<&Id> = coverage.covered.iter().map(|user| &user.id).collect();
    !admins.is_empty() && admins.iter().all(|admin| covered.contains(admin))
}

/// Whether synchronized people can change their password at all, as context.
fn writeback(context: &Context<'_>) -> Option<Evidence> {
    let synchronization = context.tenant.on_premises_synchronization.one().ok()?;
    let enabled = synchronization.features.as_ref()?.password_writeback_enabled?;
    let people = context.people().ok()?;
    let synchronized = people.members.iter().filter(|user| user.is_synchronized()).count();
    let people = count(synchronized, "synchronized person", "synchronized people");
    (!enabled && synchronized > 0).then(|| {
        let observed = format!("off: {people} cannot change the password in the cloud");
        Evidence::setting("password writeback", observed, "")
    })
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn change_password() -> Value {
        let mut change = grant("passwordChange");
        change["operator"] = json!("AND");
        change["builtInControls"] = json!(["mfa", "passwordChange"]);
        change
    }

    fn only(grant: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("High risk", grant);
        policy["conditions"]["userRiskLevels"] = json!(["high"]);
        change(&mut policy);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn users(member: &str, value: Value) -> Fixture {
        only(change_password(), |policy| policy["conditions"]["users"][member] = value)
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("password change", only(change_password(), |_| {}))
            .passes("block", only(grant("block"), |_| {}))
            .passes("risk remediation", only(grant("riskRemediation"), |_| {}))
            .passes(
                "medium as well",
                only(change_password(), |policy| {
                    policy["conditions"]["userRiskLevels"] = json!(["medium", "high"]);
                }),
            )
            .partial("MFA alone", 0.5, only(grant("mfa"), |_| {}))
            .fails(
                "medium only",
                only(change_password(), |policy| {
                    policy["conditions"]["userRiskLevels"] = json!(["medium"]);
                }),
            )
            .fails(
                "both kinds of risk at once",
                only(change_password(), |policy| {
                    policy["conditions"]["signInRiskLevels"] = json!(["high"]);
                }),
            )
            .fails(
                "report-only",
                only(change_password(), |policy| {
                    policy["state"] = json!("enabledForReportingButNotEnforced");
                }),
            )
            .fails(
                "one application",
                only(change_password(), |policy| {
                    policy["conditions"]["applications"]["includeApplications"] =
                        json!(["Office365"]);
                }),
            )
            .partial("administrators", 0.5, users("includeUsers", json!([ADMIN_1, ADMIN_2])))
            .partial("a person of six excluded", 0.5, users("excludeUsers", json!([PERSON_2])))
            .fails_on(
                "an administrator of six excluded",
                users("excludeUsers", json!([ADMIN_2])),
                &[ADMIN_2],
            )
            .fails("nothing", {
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]))
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2])
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("a group refused", UnknownReason::Undetermined, {
                users("excludeGroups", json!([APPROVERS])).forbidden(Data::GroupMembers)
            });
    }
}
