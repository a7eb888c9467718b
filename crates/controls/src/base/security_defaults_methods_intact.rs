//! Baseline: with security defaults on, people can register the methods that it asks for.

use model::{Data, Evidence, Gap, NotApplicableReason, Severity};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::finding::{Finding, count, ratio, some_names};
use crate::mfa::methods::{Method, is_migrated};
use crate::{Control, Kind, License};

const ID: &str = "base-sd-methods-intact";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "With security defaults on, people can register the methods it asks for",
    severity: Severity::High,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: &[
        Data::SecurityDefaults,
        Data::AuthenticationMethodsPolicy,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::SubscribedSkus,
        Data::ExchangeMailboxes,
        Data::SignInActivity,
    ],
    rationale: "Security defaults make everybody register Microsoft Authenticator or a one-time \
        code app. Where these are switched off, people cannot register, and in the end nobody can \
        sign in.",
    passes_when: "`MicrosoftAuthenticator` is enabled for all users without exception, and the \
        migration from the older pages is complete, or somebody attests that the older MFA \
        service settings were left alone. It is partial when the migration is open and nobody \
        attested, or when Authenticator is limited but `SoftwareOath` makes up for it. It fails \
        when neither is offered to anybody. It does not apply while security defaults are off.",
    remediation: &[
        "Enable Microsoft Authenticator for all users, without excluded groups.",
        "Leave the older MFA service settings page as it was.",
        "Entra admin center > Protection > Authentication methods > Policies.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[(Framework::Eidsca, &["EIDSCA.AM01", "EIDSCA.AG01"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if !context.security_defaults()? {
        return Ok(Finding::not_applicable(
            NotApplicableReason::OtherModel,
            "Security defaults are off.",
        ));
    }
    let authenticator = Method::of(context, "MicrosoftAuthenticator")?;
    let codes = Method::of(context, "SoftwareOath")?;
    let notes = [authenticator.evidence(), codes.evidence()];
    let change = "Microsoft Authenticator were enabled for all users without exception";
    if authenticator.is_for_all() {
        return by_migration(context).map(|finding| finding.with(notes));
    }
    if !authenticator.is_offered() && !codes.is_offered() {
        return Ok(Finding::fail(
            "Nobody can register the methods that security defaults ask for.",
        )
        .with([
            authenticator.violation("enabled for all users"),
            codes.violation("enabled for all users"),
        ])
        .would_pass_if(change));
    }
    let violation = authenticator.violation("enabled for all users");
    if codes.is_for_all() {
        let summary = "Microsoft Authenticator is limited; everybody can register a one-time code \
                       app instead.";
        return Ok(Finding::partial(0.5, summary)
            .with([violation])
            .with(notes)
            .would_pass_if(change));
    }
    let people = context.people()?;
    let reaches = [authenticator.reach(context)?, codes.reach(context)?];
    let stranded: Vec<_> = people
        .members
        .iter()
        .filter(|user| !reaches.iter().any(|reach| reach.has(&user.id)))
        .collect();
    let able = people.members.len() - stranded.len();
    let summary = format!(
        "{} of {} can register neither Microsoft Authenticator nor a one-time code app: {}.",
        stranded.len(),
        count(people.members.len(), "person", "people"),
        some_names(stranded.iter().map(|user| user.name())),
    );
    let finding = match able {
        0 => Finding::fail(summary),
        _ if stranded.is_empty() => Finding::partial(
            0.5,
            "Microsoft Authenticator is limited; the others can register a one-time code app.",
        ),
        _ => Finding::partial(ratio(able, people.members.len()).min(0.5), summary),
    };
    let expected = "may register Authenticator or a one-time code app";
    Ok(finding
        .with([violation])
        .with(stranded.into_iter().map(|user| violation_on(user, "may register neither", expected)))
        .with(notes)
        .judged(people.members.len(), &people.left_out())
        .would_pass_if(change))
}

/// Authenticator is for all; whether the older page may still take it away.
fn by_migration(context: &Context<'_>) -> Result<Finding, Gap> {
    let summary = "Everybody can register Microsoft Authenticator.";
    if is_migrated(context)? {
        return Ok(Finding::pass(summary));
    }
    if attestation::holds(context, ID, attestation::YEAR) {
        let newest = attestation::newest(context, ID).map(attestation::evidence);
        return Ok(Finding::pass(summary).with(newest));
    }
    let observed = "not complete: the older MFA service settings may still restrict methods";
    Ok(Finding::partial(
        0.5,
        "Everybody can register Microsoft Authenticator, unless the older service settings, \
         which still apply, forbid it.",
    )
    .with([Evidence::setting("policyMigrationState", observed, "migrationComplete")])
    .would_pass_if(
        "the migration were complete, or somebody attested that the older settings were left alone",
    ))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const SOME: &str = "b1000000-0000-4000-8000-000000000001";

    fn defaults() -> Fixture {
        Fixture::exemplary()
            .set(Data::ConditionalAccessPolicies, json!([]))
            .with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            .add(
                Data::GroupMembers,
                json!({ "groupId": SOME, "memberIds": [PERSON_1], "transitive": false }),
            )
    }

    fn method(fixture: Fixture, id: &str, member: &str, value: &Value) -> Fixture {
        fixture.edit(Data::AuthenticationMethodsPolicy, |policies| {
            let methods = &mut policies[0]["authenticationMethodConfigurations"];
            let methods = methods.as_array_mut().unwrap();
            methods.iter_mut().find(|method| method["id"] == id).unwrap()[member] = value.clone();
        })
    }

    #[test]
    fn verdicts() {
        let off = json!("disabled");
        let some = json!([{ "targetType": "group", "id": SOME }]);
        let limited = || method(defaults(), "MicrosoftAuthenticator", "includeTargets", &some);
        let without = || method(defaults(), "MicrosoftAuthenticator", "state", &off);
        let open = || {
            let state = json!("preMigration");
            defaults().with_member(
                Data::AuthenticationMethodsPolicy,
                "policyMigrationState",
                &state,
            )
        };
        check(&CONTROL)
            .not_applicable("off", NotApplicableReason::OtherModel, Fixture::exemplary())
            .passes("intact", defaults())
            .passes("phone methods are not needed", method(defaults(), "Sms", "state", &off))
            .partial("limited, codes for all", 0.5, limited())
            .partial("a group excluded", 0.5, {
                method(defaults(), "MicrosoftAuthenticator", "excludeTargets", &some)
            })
            .partial("the older page still applies", 0.5, open())
            .passes(
                "the older page was left alone",
                open().declare(
                    "[[attestation]]\ncontrol = \"base-sd-methods-intact\"\nby = \"m\"\n\
                     on = 2026-10-01",
                ),
            )
            .partial(
                "one person of six",
                1.0 / 6.0,
                method(limited(), "SoftwareOath", "state", &off),
            )
            .fails_on(
                "both off",
                method(without(), "SoftwareOath", "state", &off),
                &["MicrosoftAuthenticator", "SoftwareOath"],
            )
            .unknown(
                "methods refused",
                UnknownReason::Permission,
                defaults().forbidden(Data::AuthenticationMethodsPolicy),
            )
            .unknown(
                "security defaults refused",
                UnknownReason::Permission,
                defaults().forbidden(Data::SecurityDefaults),
            );
    }
}
