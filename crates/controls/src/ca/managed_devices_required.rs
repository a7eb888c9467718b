//! Conditional Access: desktops need to be managed.

use model::{
    ConditionalAccessPolicy, Evidence, Gap, NotApplicableReason, Plan, Severity, SubjectKind,
};
use signin::{Platform, Question, Target};

use super::unless_security_defaults;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Appraisal, Coverage, Mfa, SIGN_IN_DATA, asked_mfa, at_face_value};
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "ca-managed-devices",
    title: "Access needs a managed device where devices are managed",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AllOf(&[Plan::EntraIdP1, Plan::Intune], &["base-protection-enforced"]),
    reads: SIGN_IN_DATA,
    rationale: "A stolen password, and even a relayed MFA, gets nowhere from the attacker's own \
        machine.",
    passes_when: "From Windows, macOS and Linux no person gets a token for any application of \
        Office 365 on a device that is neither compliant nor hybrid joined. It is partial when \
        this holds on some platforms or for some people, with the share as credit, and when an \
        enabled policy for all users takes a managed device or MFA (half). Guests are left out, \
        and it does not apply while security defaults are on.",
    remediation: &[
        "Enroll the desktops in Microsoft Intune and give them a compliance policy.",
        "Create a policy from the template `Require compliant or hybrid joined device for admins` \
         or for all users, for Office 365 at least, first report-only.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 3,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.7v1"]),
        (Framework::CisM365, &["5.2.2.9"]),
        (Framework::Maester, &["MT.1001", "MT.1014"]),
        (Framework::Nist80053, &["AC-20b", "IA-3"]),
    ],
    judge,
};

const DESKTOPS: [Platform; 3] = [Platform::Windows, Platform::MacOs, Platform::Linux];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = match unless_security_defaults(context)? {
        Ok(protection) => protection,
        Err(finding) => return Ok(finding),
    };
    let people = context.people()?;
    if people.members.is_empty() {
        let why = "There are no people in the tenant.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let coverage = coverage(context, &DESKTOPS, at_face_value)?;
    let finding = coverage.decide(|coverage| verdict(context, coverage));
    if finding.verdict == model::Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding.judged(people.members.len(), &people.left_out()))
}

/// Each person once for each platform: whether Office 365 is closed to unmanaged devices there.
pub(super) fn coverage<'t>(
    context: &Context<'t>,
    platforms: &[Platform],
    appraisal: Appraisal,
) -> Result<Coverage<'t>, Gap> {
    let mut all = Coverage::default();
    for platform in platforms {
        let office = Target::Suite("office365".into());
        let question = Question::unmanaged_device().target(office).on(&[*platform]);
        let people = context.people()?.members.iter().copied();
        let otherwise = "an unmanaged device gets into";
        all.merge(Coverage::of(context, people, &question, otherwise, appraisal));
    }
    Ok(all)
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let share = ratio(coverage.covered.len(), coverage.judged());
    let finding = if coverage.is_whole() {
        Finding::pass("Office 365 is closed to unmanaged desktops for all people.")
    } else if share > 0.0 {
        let open = count(coverage.uncovered.len(), "case", "cases");
        let whole = coverage.judged();
        Finding::partial(
            share,
            format!(
                "Unmanaged desktops get into Office 365 in {open} of {whole} (person and platform)."
            ),
        )
    } else if let Some(policy) = either(context) {
        let observed = "a managed device or MFA is enough";
        let id = policy.id.as_str();
        let expected = "a managed device";
        Finding::partial(
            0.5,
            format!("The policy {} takes MFA in place of a managed device.", policy.name()),
        )
        .with([Evidence::new(SubjectKind::Policy, id, policy.name(), observed, expected)])
    } else {
        Finding::fail("Nothing asks for a managed device, although devices are managed.")
    };
    finding
        .with(coverage.violations("Office 365 only from a managed device"))
        .with(coverage.enforcing(context))
        .would_pass_if("an enabled policy required a managed device of all users for Office 365")
}

/// An enabled policy for all users that takes a managed device or MFA.
fn either<'t>(context: &Context<'t>) -> Option<&'t ConditionalAccessPolicy> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let device = |policy: &ConditionalAccessPolicy| {
        policy.grant_controls.as_ref().is_some_and(|grant| {
            let managed = ["compliantDevice", "domainJoinedDevice"];
            grant.built_in_controls.iter().any(|control| managed.contains(&control.as_str()))
        })
    };
    let for_all = |policy: &ConditionalAccessPolicy| {
        let users = policy.conditions.users.as_ref();
        users.is_some_and(|users| users.include_users.iter().any(|id| *id == "all"))
    };
    policies
        .iter()
        .filter(|policy| policy.is_enforced() && device(policy) && for_all(policy))
        .filter(|policy| asked_mfa(context, policy) == Mfa::Optional)
        .min_by_key(|policy| &policy.id)
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn only(controls: &[&str], change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant("compliantDevice"));
        policy["grantControls"]["builtInControls"] = json!(controls);
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    #[test]
    fn verdicts() {
        let office = |conditions: &mut Value| {
            conditions["applications"]["includeApplications"] = json!(["Office365"]);
        };
        let windows = |conditions: &mut Value| {
            conditions["platforms"] =
                json!({ "includePlatforms": ["windows"], "excludePlatforms": [] });
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("compliant, never hybrid joined", only(&["compliantDevice"], office))
            .passes("all resources", only(&["compliantDevice", "domainJoinedDevice"], |_| {}))
            .partial("one platform of three", 1.0 / 3.0, only(&["compliantDevice"], windows))
            .partial(
                "two of six people excluded",
                4.0 / 6.0,
                only(&["compliantDevice"], |conditions| {
                    conditions["users"]["excludeUsers"] = json!([PERSON_1, PERSON_2]);
                }),
            )
            .partial("MFA or a device", 0.5, only(&["mfa", "compliantDevice"], office))
            .fails("MFA", only(&["mfa"], office))
            .fails(
                "another application",
                only(&["compliantDevice"], |conditions| {
                    conditions["applications"]["includeApplications"] =
                        json!(["797f4846-ba00-4fd7-ba43-dac1f8f63013"]);
                }),
            )
            .not_applicable("no Intune", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::Intune])
            })
            .not_applicable("security defaults", NotApplicableReason::OtherModel, {
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([])).with_member(
                    Data::SecurityDefaults,
                    "isEnabled",
                    &json!(true),
                )
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            });
    }
}
