//! MFA: the older per-user MFA is not in use.

use std::collections::BTreeSet;

use model::{Data, Gap, NotApplicableReason, Severity, UnknownReason, User};

use super::admins::Admins;
use crate::by_id::ById;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Mfa, asked_mfa, violation_on};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-per-user-legacy-off",
    title: "The older per-user MFA is not in use",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[
        Data::UserAuthenticationRequirements,
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::AuthenticationStrengthPolicies,
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
        Data::SignInActivity,
    ],
    rationale: "Beside security defaults or Conditional Access it causes needless prompts, keeps \
        app passwords and trusted addresses alive, and hides who is really covered.",
    passes_when: "The per-user MFA state of every person and administrator is `disabled`, which \
        is the healthy value, while security defaults are on or an enabled Conditional Access \
        policy asks for MFA. Up to 5 % `enabled` or `enforced` is partial. It does not apply \
        where nothing else carries MFA.",
    remediation: &[
        "Confirm that security defaults or Conditional Access covers the people below.",
        "Set their per-user MFA to disabled; nothing changes for them at sign-in.",
        "Entra admin center > Users > Per-user MFA.",
    ],
    effort: 1,
    sources: &[source::S0, source::S3],
    mappings: &[(Framework::CisM365, &["5.1.2.1"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if !is_carried_elsewhere(context)? {
        return Ok(Finding::not_applicable(
            NotApplicableReason::OtherModel,
            "Neither security defaults nor Conditional Access asks for MFA here.",
        ));
    }
    let requirements = context.tenant.user_authentication_requirements.read()?;
    let states: ById<'_, Option<&str>> =
        requirements.iter().map(|one| (&one.user_id, one.per_user_mfa_state.as_deref())).collect();
    let people = context.people()?;
    let admins = Admins::of(context)?;
    let mut seen = BTreeSet::new();
    let judged: Vec<_> = people
        .members
        .iter()
        .copied()
        .chain(admins.users())
        .filter(|user| seen.insert(&user.id))
        .collect();
    // Guests and others who are administrators are judged, not left out.
    let others = |users: &[&User]| users.iter().filter(|user| !seen.contains(&user.id)).count();
    let left_out: Vec<(&str, usize)> = std::iter::once(("guest", others(&people.guests)))
        .chain(people.left_out.iter().map(|(why, users)| (*why, others(users))))
        .collect();
    let mut in_use = Vec::new();
    let mut missing = Vec::new();
    for user in &judged {
        match states.get(&user.id).copied().flatten() {
            Some("disabled") => {}
            Some(state @ ("enabled" | "enforced")) => in_use.push((*user, state)),
            _ => missing.push(*user),
        }
    }
    let whole = count(judged.len(), "account", "accounts");
    let names = some_names(in_use.iter().map(|(user, _)| user.name()));
    let summary = format!("Per-user MFA is in use on {} of {whole}: {names}.", in_use.len());
    let few = 20 * in_use.len() <= judged.len();
    let finding = if !few {
        Finding::fail(summary)
    } else if !missing.is_empty() {
        let number = missing.len();
        let names = some_names(missing.iter().map(|user| user.name()));
        let summary = format!("The state of {number} of {whole} was not read: {names}.");
        Finding::unknown(UnknownReason::Truncated, summary)
    } else if in_use.is_empty() {
        admins.complete()?;
        Finding::pass(format!("Per-user MFA is disabled on all of {whole}."))
    } else {
        admins.complete()?;
        Finding::partial(0.5, summary)
    };
    Ok(finding
        .with(in_use.iter().map(|(user, state)| {
            violation_on(user, format!("per-user MFA is {state}"), "disabled")
        }))
        .judged(judged.len(), &left_out)
        .would_pass_if(format!("per-user MFA were disabled for {names}")))
}

/// Whether security defaults are on, or an enabled policy asks for MFA.
fn is_carried_elsewhere(context: &Context<'_>) -> Result<bool, Gap> {
    let defaults = context.security_defaults();
    if defaults == Ok(true) {
        return Ok(true);
    }
    let policies = context.tenant.conditional_access_policies.read()?;
    let asks = policies.iter().any(|policy| {
        policy.is_enforced()
            && !policy.is_for_workload_identities()
            && asked_mfa(context, policy) != Mfa::No
    });
    if asks { Ok(true) } else { defaults }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn state(id: &str, state: &str) -> Fixture {
        Fixture::exemplary().edit(Data::UserAuthenticationRequirements, |rows| {
            let row = rows.iter_mut().find(|row| row["userId"] == id).unwrap();
            row["perUserMfaState"] = json!(state);
        })
    }

    /// The exemplary tenant with 14 more people: 20 accounts are judged.
    fn twenty(enabled: usize) -> Fixture {
        (0..14).fold(Fixture::exemplary(), |fixture, number| {
            let id = format!("a1000000-0000-4000-8000-{number:012}");
            let state = if number < enabled { "enabled" } else { "disabled" };
            let row = json!({ "userId": id, "perUserMfaState": state });
            fixture
                .add(Data::Users, person(&id, &format!("p{number}")))
                .add(Data::UserAuthenticationRequirements, row)
        })
    }

    #[test]
    fn a_guest_who_is_an_administrator_is_not_left_out() {
        let fixture =
            Fixture::exemplary().add(Data::RoleAssignments, assignment(GUEST, EXCHANGE_ADMIN)).add(
                Data::RoleAssignmentScheduleInstances,
                assigned(GUEST, EXCHANGE_ADMIN, &Value::Null),
            );
        let population = fixture.judge(&CONTROL).population.unwrap();
        assert_eq!(population.judged, 7);
        assert!(population.left_out.iter().all(|one| one.why != "guest"), "{population:?}");
    }

    #[test]
    fn verdicts() {
        let nothing = || {
            Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |policies| {
                policies.retain(|policy| policy["grantControls"]["builtInControls"][0] == "block");
            })
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("security defaults carry MFA", {
                nothing().with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            })
            .passes(
                "an emergency access account is judged elsewhere",
                state(EMERGENCY_1, "enforced"),
            )
            .fails_on("a person", state(PERSON_3, "enforced"), &[PERSON_3])
            .fails_on("an administrator", state(ADMIN_1, "enabled"), &[ADMIN_1])
            .partial("1 of 20", 0.5, twenty(1))
            .fails("2 of 20", twenty(2))
            .not_applicable("the only mechanism", NotApplicableReason::OtherModel, nothing())
            .unknown("an unknown word", UnknownReason::Truncated, state(PERSON_3, "paused"))
            .unknown(
                "a row is missing",
                UnknownReason::Truncated,
                Fixture::exemplary().edit(Data::UserAuthenticationRequirements, |rows| {
                    rows.retain(|row: &Value| row["userId"] != PERSON_3);
                }),
            );
        for data in
            [Data::UserAuthenticationRequirements, Data::ConditionalAccessPolicies, Data::Users]
        {
            check(&CONTROL).unknown(
                data.name(),
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(data),
            );
        }
    }
}
