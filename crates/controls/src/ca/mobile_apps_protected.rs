//! Conditional Access: phones and tablets use protected apps.

use model::{ConditionalAccessPolicy, Gap, NotApplicableReason, Plan, Severity};
use signin::Platform;

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
    let coverage = coverage(context, &PHONES, takes_only_approved)?;
    let finding = coverage.decide(|coverage| verdict(context, coverage));
    if finding.verdict == model::Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding.judged(people.members.len(), &people.left_out()))
}

/// How the policy is weaker than wanted: it takes an approved client app and nothing better.
fn takes_only_approved(_: &Context<'_>, policy: &ConditionalAccessPolicy) -> Option<&'static str> {
    let better = ["compliantApplication", "compliantDevice", "block"];
    let controls = &policy.grant_controls.as_ref()?.built_in_controls;
    let only = controls.iter().any(|control| control == "approvedApplication")
        && !controls.iter().any(|control| better.contains(&control.as_str()));
    only.then_some("only by approved client apps, which Microsoft retires")
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
