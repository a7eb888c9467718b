//! MFA: text messages, calls and e-mail codes are off or confined.

use model::{Data, Evidence, Gap, Severity};

use super::admins::Admins;
use super::methods::{Method, is_migrated};
use super::registration::Quality;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-weak-methods-off",
    title: "Text messages, calls and e-mail codes are off or confined",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[
        Data::AuthenticationMethodsPolicy,
        Data::UserRegistrationDetails,
        Data::UserAuthenticationMethods,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::SubscribedSkus,
        Data::ExchangeMailboxes,
    ],
    rationale: "An attacker picks the weakest method that is allowed, so it sets the strength of \
        all the others.",
    passes_when: "`Sms` and `Voice` are disabled in the authentication methods policy, or offered \
        to nobody, and the migration from the older pages is complete. It is partial when `Voice` \
        is off and `Sms` offered only to groups without administrators, or when both are off but \
        the older pages still apply. It fails when `Voice` is offered to \
        anybody, `Sms` to all users or to an administrator, or when a text message may be the only factor (`isUsableForSignIn`). \
        E-mail codes are reported, not judged: for members they serve password reset alone.",
    remediation: &[
        "Move the people who registered only a phone number to Authenticator or a passkey first.",
        "Disable SMS and Voice call, or confine them to a group without administrators.",
        "Entra admin center > Protection > Authentication methods > Policies.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.5v2"]),
        (Framework::CisM365, &["5.2.3.5", "5.2.3.7"]),
        (Framework::Eidsca, &["EIDSCA.AS04", "EIDSCA.AV01"]),
        (Framework::Nist80053, &["CM-7b", "IA-5c"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let weak = [Method::of(context, "Sms")?, Method::of(context, "Voice")?];
    let migrated = is_migrated(context)?;
    let states = weak.iter().map(Method::evidence);
    let notes: Vec<Evidence> =
        states.chain(Method::of(context, "Email").ok().map(|email| email.evidence())).collect();
    let change = "text messages and calls were disabled, and the migration were complete";
    let alone = weak.iter().any(|method| {
        let mut targets = method.settings.include_targets.iter();
        method.is_enabled && targets.any(|target| target.is_usable_for_sign_in == Some(true))
    });
    let open: Vec<&Method<'_>> = weak.iter().filter(|method| method.is_offered()).collect();
    let names = || some_names(open.iter().map(|method| method.settings.id.as_str()));
    let finding = if alone {
        Finding::fail("A text message may be the only factor of a sign-in.")
            .with([Evidence::setting("Sms", "usable for sign-in", "not usable for sign-in")])
    } else if open.iter().any(|method| method.includes_all()) {
        let violations = open.iter().map(|method| method.violation("disabled"));
        Finding::fail(format!("Offered to all users: {}.", names())).with(violations)
    } else if let Some(voice) = open.iter().find(|method| method.settings.id == "Voice") {
        Finding::fail("Calls are offered to some groups, and nobody should have them.")
            .with([voice.violation("disabled")])
    } else if open.is_empty() && migrated {
        Finding::pass("Text messages and calls are off.")
    } else if open.is_empty() {
        let observed = "not complete: the older pages may still allow them";
        Finding::partial(
            0.5,
            "Text messages and calls are off, but the older pages may still allow them.",
        )
        .with([Evidence::setting("policyMigrationState", observed, "migrationComplete")])
    } else {
        confined(context, &open, &names())?
    };
    Ok(finding.with(notes).with(phone_only(context)).would_pass_if(change))
}

/// Offered to some groups: whether an administrator is among them.
fn confined<'t>(context: &Context<'t>, open: &[&Method<'t>], names: &str) -> Result<Finding, Gap> {
    let admins = Admins::of(context)?;
    let mut reached = Vec::new();
    for method in open {
        let reach = method.reach(context)?;
        reached.extend(admins.users().filter(|user| reach.has(&user.id)).map(|user| {
            violation_on(user, format!("may use {}", method.settings.id), "no weak method")
        }));
    }
    if reached.is_empty() {
        admins.complete()?;
        let violations = open.iter().map(|method| method.violation("disabled"));
        return Ok(Finding::partial(
            0.5,
            format!("Offered only to groups without administrators: {names}."),
        )
        .with(violations));
    }
    let who = some_names(reached.iter().map(|evidence| evidence.subject.name.as_str()));
    Ok(Finding::fail(format!("Administrators may use {names}: {who}.")).with(reached))
}

/// People who would be stranded by switching phone methods off, where that was read.
fn phone_only(context: &Context<'_>) -> Option<Evidence> {
    let registrations = context.registrations().ok().filter(|read| read.from_report)?;
    let people = context.people().ok()?;
    let stranded = people.members.iter().filter(|user| {
        registrations
            .of_user(user)
            .is_some_and(|one| one.has(Quality::Telephony) && !one.has_strong())
    });
    let number = stranded.count();
    (number > 0).then(|| {
        let people = count(number, "person", "people");
        Evidence::tenant(format!("{people} registered nothing but a phone number"), "")
    })
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const FEW: &str = "b1000000-0000-4000-8000-000000000001";

    /// The exemplary tenant with these members set on the method.
    fn method(id: &str, members: &[(&str, Value)]) -> Fixture {
        let set = |fixture: Fixture| {
            fixture.edit(Data::AuthenticationMethodsPolicy, |policies| {
                let methods = &mut policies[0]["authenticationMethodConfigurations"];
                let methods = methods.as_array_mut().unwrap();
                let method = methods.iter_mut().find(|method| method["id"] == id).unwrap();
                for (name, value) in members {
                    method[*name] = value.clone();
                }
            })
        };
        set(Fixture::exemplary())
    }

    fn for_group(id: &str, member: &str) -> Fixture {
        let target = json!([{ "targetType": "group", "id": FEW, "isUsableForSignIn": false }]);
        method(id, &[("state", json!("enabled")), ("includeTargets", target)]).add(
            Data::GroupMembers,
            json!({ "groupId": FEW, "memberIds": [member], "transitive": false }),
        )
    }

    #[test]
    fn verdicts() {
        let on = ("state", json!("enabled"));
        let alone = json!([{ "targetType": "group", "id": FEW, "isUsableForSignIn": true }]);
        let unfinished = Fixture::exemplary().with_member(
            Data::AuthenticationMethodsPolicy,
            "policyMigrationState",
            &json!("migrationInProgress"),
        );
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("Sms for all", method("Sms", std::slice::from_ref(&on)), &["Sms"])
            .fails_on("Voice for all", method("Voice", std::slice::from_ref(&on)), &["Voice"])
            .fails_on(
                "the only factor",
                method("Sms", &[on.clone(), ("includeTargets", alone)]),
                &["Sms"],
            )
            .partial("a group without administrators", 0.5, for_group("Sms", PERSON_1))
            .fails_on("calls for a group", for_group("Voice", PERSON_1), &["Voice"])
            .fails_on("a group with an administrator", for_group("Sms", ADMIN_2), &[ADMIN_2])
            .passes(
                "offered to nobody",
                method("Sms", &[on.clone(), ("includeTargets", json!([]))]),
            )
            .passes("e-mail codes are not judged", method("Email", &[on]))
            .partial("the older pages still apply", 0.5, unfinished)
            .unknown(
                "no state",
                UnknownReason::FieldMissing,
                method("Voice", &[("state", json!(null))]),
            )
            .unknown(
                "members of the group refused",
                UnknownReason::Permission,
                for_group("Sms", PERSON_1).forbidden(Data::GroupMembers),
            )
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthenticationMethodsPolicy),
            );
    }
}
