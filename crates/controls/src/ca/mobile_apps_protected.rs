//! Conditional Access: phones and tablets use protected apps.

use model::{ConditionalAccessPolicy, Gap, NotApplicableReason, Plan, Severity};
use signin::{Outcome, Platform, Question};

use super::managed_devices_required::coverage;
use super::unless_security_defaults;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, SIGN_IN_DATA};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "ca-mobile-app-protection",
    title: "Phones and tablets use protected apps",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::AllOf(&[Plan::EntraIdP1, Plan::Intune], &["base-protection-enforced"]),
    reads: SIGN_IN_DATA,
    rationale: "Company mail in an unprotected app on a private phone is data that nobody can \
        recall.",
    passes_when: "From Android and from iOS no person gets a token for any application of Office \
        365 with an unprotected app on a device that is not compliant. One platform, some people, \
        or a policy that asks only for the approved client apps that Microsoft retires, is \
        partial. It does not apply while security defaults are on.",
    remediation: &[
        "Set up app protection policies in Microsoft Intune for Android and iOS.",
        "Create a policy from the template `Require approved client apps or app protection \
         policies`, with app protection selected, for Office 365 on both platforms.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 3,
    sources: &[source::S2],
    mappings: &[(Framework::Maester, &["MT.1015", "MT.1072"])],
    judge,
};

const PHONES: [Platform; 2] = [Platform::Android, Platform::Ios];

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
    let mut coverage = coverage(context, &PHONES)?;
    set_retired_aside(context, &mut coverage);
    let finding = coverage.decide(|coverage| verdict(context, coverage));
    if finding.verdict == model::Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding.judged(people.members.len(), &people.left_out()))
}

/// Those whom only a demand for an approved client app covers are covered weakly.
fn set_retired_aside<'t>(context: &Context<'t>, coverage: &mut Coverage<'t>) {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let retired: Vec<_> =
        policies.iter().filter(|policy| takes_only_approved(policy)).map(|one| &one.id).collect();
    if retired.is_empty() {
        return;
    }
    let better: Vec<_> = policies
        .iter()
        .filter(|policy| policy.is_enforced() && takes_better(policy))
        .map(|policy| &policy.id)
        .collect();
    let question = |platform: &Platform| Question::unmanaged_device().on(&[*platform]);
    let office = |question: Question| question.target(signin::Target::Suite("office365".into()));
    let weak = |user: &model::User| {
        let reaching = context.access().excluded_by(&user.id);
        let replaced = reaching.iter().any(|(id, terms)| terms.is_empty() && better.contains(&id));
        !replaced
            && PHONES.iter().map(question).map(office).any(|question| {
                let refused = context.access().ask(&question).outcome(&user.id) == Outcome::Refused;
                let proof = context.access().proof(&user.id, &question);
                refused && proof.iter().any(|id| retired.contains(&id))
            })
    };
    let (weakly, covered) =
        std::mem::take(&mut coverage.covered).into_iter().partition(|user| weak(user));
    coverage.covered = covered;
    let weakly: Vec<&model::User> = weakly;
    let words = "only by approved client apps, which Microsoft retires";
    coverage.weakly.extend(weakly.into_iter().map(|user| (user, words)));
}

/// Whether the policy takes an approved client app and nothing better.
fn takes_only_approved(policy: &ConditionalAccessPolicy) -> bool {
    let grant = policy.grant_controls.as_ref();
    let mut controls = grant.into_iter().flat_map(|grant| &grant.built_in_controls);
    controls.any(|control| control == "approvedApplication") && !takes_better(policy)
}

/// Whether the policy takes a protected app or a compliant device.
fn takes_better(policy: &ConditionalAccessPolicy) -> bool {
    let better = ["compliantApplication", "compliantDevice"];
    let grant = policy.grant_controls.as_ref();
    let mut controls = grant.into_iter().flat_map(|grant| &grant.built_in_controls);
    controls.any(|control| better.contains(&control.as_str()))
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let short = coverage.judged() - coverage.covered.len();
    let finding = if coverage.is_whole() {
        Finding::pass("On phones and tablets Office 365 is open to protected apps only.")
    } else if coverage.uncovered.len() < coverage.judged() {
        let cases = count(short, "case", "cases");
        let whole = coverage.judged();
        Finding::partial(
            0.5,
            format!(
                "Unprotected apps are not fully kept out in {cases} of {whole} (person and platform)."
            ),
        )
    } else {
        Finding::fail("Unprotected apps on phones and tablets get into Office 365.")
    };
    finding
        .with(coverage.violations("Office 365 only in protected apps"))
        .with(coverage.enforcing(context))
        .would_pass_if(
            "an enabled policy required app protection of all users for Office 365 on Android and \
             iOS",
        )
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn only(controls: &[&str], platforms: &[&str]) -> Fixture {
        let mut policy = policy("Protected apps", grant("compliantApplication"));
        policy["grantControls"]["builtInControls"] = json!(controls);
        policy["conditions"]["applications"]["includeApplications"] = json!(["Office365"]);
        policy["conditions"]["platforms"] =
            json!({ "includePlatforms": platforms, "excludePlatforms": [] });
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    #[test]
    fn verdicts() {
        let both = &["android", "iOS"];
        check(&CONTROL)
            .passes("exemplary: compliant devices", Fixture::exemplary())
            .passes("app protection", only(&["compliantApplication"], both))
            .passes("either control", only(&["compliantApplication", "approvedApplication"], both))
            .partial("approved client apps", 0.5, only(&["approvedApplication"], both))
            .partial("one platform", 0.5, only(&["compliantApplication"], &["iOS"]))
            .fails("MFA", only(&["mfa"], both))
            .not_applicable("no Intune", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::Intune])
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            });
    }
}
