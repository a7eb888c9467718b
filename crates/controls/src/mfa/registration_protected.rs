//! MFA: registering security information, and joining devices, needs more than a password.

use model::{Data, Evidence, Gap, NotApplicableReason, Plan, Severity};
use signin::Question;

use crate::ca::unless_security_defaults;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, at_face_value};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-registration-protected",
    title: "Registering security information is itself protected",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::EntraIdP1], &["base-protection-enforced"]),
    reads: &[
        Data::DeviceRegistrationPolicy,
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::NamedLocations,
        Data::AuthenticationStrengthPolicies,
        Data::SubscribedSkus,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::UserAuthenticationRequirements,
        Data::CrossTenantAccessPolicy,
        Data::ServicePrincipals,
        Data::SignInActivity,
        Data::ExchangeMailboxes,
    ],
    rationale: "A stolen password is enough to enroll a factor or a device of the thief's own, \
        unless enrolling asks for more than a password.",
    passes_when: "For every person an enabled policy on the user action `Register security \
        information` asks for MFA, a managed device, or a trusted location; and joining a device \
        needs MFA, by a policy on `Register or join devices` or by the device setting. One of the \
        two is partial. A policy for all resources does not cover user actions. It does not apply \
        while security defaults are on.",
    remediation: &[
        "Create a policy from the template `Securing security info registration` for all users.",
        "Create a policy on the user action `Register or join devices` that requires MFA, and set \
         the device setting to No; or set the device setting to Yes.",
        "Give newcomers a Temporary Access Pass for their first sign-in.",
        "Entra admin center > Protection > Conditional Access > Policies, and Devices > Device \
         settings.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.8v1"]),
        (Framework::CisM365, &["5.2.2.10"]),
        (Framework::Maester, &["MT.1011", "MT.1061"]),
        (Framework::Nist80053, &["AC-20b", "IA-3"]),
    ],
    judge,
};

const SETTING: &str = "multiFactorAuthConfiguration";

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
    let members = || people.members.iter().copied();
    let register = Question { unmanaged_only: true, ..Question::register_security_info() }
        .outside_trusted_locations();
    let otherwise = "a password is enough for";
    let information = Coverage::of(context, members(), &register, otherwise, at_face_value);
    let join = Question::register_device();
    let devices = Coverage::of(context, members(), &join, otherwise, at_face_value);
    let (devices, by_setting) = if devices.is_whole() && devices.undetermined.is_empty() {
        (devices, None)
    } else {
        by_device_setting(context, devices)?
    };
    let finding =
        information.decide(|information| devices.decide(|devices| verdict(information, devices)));
    if finding.verdict == model::Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding
        .with(information.enforcing(context))
        .with(by_setting)
        .judged(people.members.len(), &people.left_out()))
}

/// With the device setting, MFA at joining holds for everybody; without it the policies decide.
fn by_device_setting<'t>(
    context: &Context<'t>,
    devices: Coverage<'t>,
) -> Result<(Coverage<'t>, Option<Evidence>), Gap> {
    let policy = context.tenant.device_registration_policy.one()?;
    let required = match policy.multi_factor_auth_configuration.as_deref() {
        Some("required" | "1") => true,
        Some("notRequired" | "0") => false,
        _ => return Err(Gap::field(Data::DeviceRegistrationPolicy, SETTING)),
    };
    if !required {
        return Ok((devices, Some(Evidence::setting(SETTING, "notRequired", ""))));
    }
    let covered = context.people()?.members.clone();
    let note = Evidence::setting(SETTING, "required", "");
    Ok((Coverage { covered, ..Coverage::default() }, Some(note)))
}

fn verdict(information: &Coverage<'_>, devices: &Coverage<'_>) -> Finding {
    let open = |coverage: &Coverage<'_>| {
        let people = count(coverage.uncovered.len(), "person", "people");
        format!("{people} ({})", coverage.names())
    };
    let change = "policies asked for MFA at registering security information and joining devices";
    let finding = match (information.is_whole(), devices.is_whole()) {
        (true, true) => Finding::pass(
            "Registering security information and joining devices needs more than a password.",
        ),
        (true, false) => Finding::partial(
            0.5,
            format!("A password is enough to join a device, for {}.", open(devices)),
        ),
        (false, true) => Finding::partial(
            0.5,
            format!(
                "A password is enough to register security information, for {}.",
                open(information)
            ),
        ),
        (false, false) => Finding::fail(
            "A password is enough to register security information and to join a device.",
        ),
    };
    finding
        .with(information.violations("registering security information is protected"))
        .with(devices.violations("MFA at joining a device"))
        .would_pass_if(change)
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn action(action: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut policy = policy(action, grant("mfa"));
        policy["conditions"]["applications"]["includeApplications"] = json!([]);
        policy["conditions"]["applications"]["includeUserActions"] =
            json!([format!("urn:user:{action}")]);
        change(&mut policy);
        policy
    }

    fn policies(policies: &[Value], setting: &str) -> Fixture {
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(policies)).with_member(
            Data::DeviceRegistrationPolicy,
            SETTING,
            &json!(setting),
        )
    }

    #[test]
    fn verdicts() {
        let information = || action("registersecurityinfo", |_| {});
        let devices = || action("registerdevice", |_| {});
        let office = json!([{
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
            "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
        }]);
        let outside = action("registersecurityinfo", |policy| {
            policy["grantControls"] = grant("block");
            policy["conditions"]["locations"] =
                json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
        });
        let guests_out = action("registersecurityinfo", |policy| {
            policy["conditions"]["users"]["excludeUsers"] = json!(["GuestsOrExternalUsers"]);
        });
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("policies, the device setting off", {
                policies(&[information(), devices()], "notRequired")
            })
            .passes("a policy and the device setting", policies(&[information()], "required"))
            .passes(
                "trusted locations",
                policies(&[outside], "required").set(Data::NamedLocations, office),
            )
            .passes("guests left out", policies(&[guests_out], "required"))
            .partial("information only", 0.5, policies(&[information()], "notRequired"))
            .partial("devices only", 0.5, policies(&[devices()], "notRequired"))
            .partial("a policy for all resources covers no action", 0.5, {
                policies(&[policy("MFA", grant("mfa"))], "required")
            })
            .fails("neither", policies(&[], "notRequired"))
            .passes("the device setting refused, which does not decide", {
                policies(&[information(), devices()], "required")
                    .forbidden(Data::DeviceRegistrationPolicy)
            })
            .unknown("the device setting refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::DeviceRegistrationPolicy)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .not_applicable("security defaults", NotApplicableReason::OtherModel, {
                policies(&[], "required").with_member(
                    Data::SecurityDefaults,
                    "isEnabled",
                    &json!(true),
                )
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            });
    }
}
