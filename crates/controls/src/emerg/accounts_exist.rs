//! Emergency access: two emergency access accounts exist.

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Severity, SubjectKind, UnknownReason, User};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{SIGN_IN_DATA, context_on, violation_on};
use crate::emergency::{Broken, Candidates, Emergency};
use crate::finding::{Finding, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-accounts-exist",
    title: "Two emergency access accounts exist",
    severity: Severity::Critical,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: SIGN_IN_DATA,
    rationale: "One wrong policy, one lost phone or one departed owner can lock everybody out of \
        administration, for days if only Microsoft's support can help.",
    passes_when: "At least two accounts that the tenant profile declares as emergency access \
        accounts, by name, object id or a group's id, exist, are enabled and hold an active \
        assignment of Global Administrator for the whole tenant. One such account is partial; so \
        are two accounts that nobody declared but that look like it: cloud-only, on the initial \
        domain, permanent Global Administrators, excluded from every enabled policy, hardly used.",
    remediation: &[
        "Create two cloud-only accounts on the initial onmicrosoft.com domain that belong to no \
            person, with a usage location.",
        "Assign Global Administrator to each, directly, active and permanent.",
        "Register a passkey on a security key of its own for each account.",
        "List both in the tenant profile under `[accounts] emergency`.",
        "Entra admin center > Users > New user, then Roles & admins > Global Administrator.",
    ],
    effort: 2,
    sources: &[source::S3, source::S2],
    mappings: &[
        (Framework::CisM365, &["1.1.2"]),
        (Framework::Maester, &["MT.1005"]),
        (Framework::Nist80053, &["AC-2"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let emergency = context.emergency()?;
    if let Some(gap) = &emergency.roles_gap {
        return Err(gap.clone());
    }
    let names = some_names(emergency.recognized.iter().map(|user| user.name()));
    let finding = match emergency.recognized.len() {
        0 => undeclared(context)?,
        1 => Finding::partial(
            0.5,
            format!("Only one emergency access account is recognized: {names}."),
        )
        .with([Evidence::tenant("one emergency access account", "two")])
        .would_pass_if("a second one existed and the profile declared it"),
        number => {
            Finding::pass(format!("{number} emergency access accounts are recognized: {names}."))
        }
    };
    Ok(finding
        .with(recognized(context, emergency)?)
        .with(emergency.broken.iter().map(broken))
        .with(attestation::newest(context, CONTROL.id).map(attestation::evidence))
        .judged(emergency.recognized.len() + emergency.broken.len(), &[]))
}

/// What the tenant looks like where no declared account is recognized.
fn undeclared(context: &Context<'_>) -> Result<Finding, Gap> {
    let candidates = Candidates::of(context)?;
    let change = "two working emergency access accounts were declared in the tenant profile";
    let names = |users: &[&User]| some_names(users.iter().map(|user| user.name()));
    let found = &candidates.found;
    if found.len() >= 2 {
        let expected = "confirmed in the tenant profile as an emergency access account";
        return Ok(Finding::partial(
            0.5,
            format!(
                "Nobody declared them, but {} look like emergency access accounts.",
                names(found)
            ),
        )
        .with(found.iter().map(|user| {
            violation_on(user, "looks like an emergency access account, not declared", expected)
        }))
        .would_pass_if(change));
    }
    if found.len() + candidates.undetermined.len() >= 2 {
        if let Some(gap) = candidates.gap {
            return Err(gap);
        }
        return Ok(Finding::unknown(
            UnknownReason::Undetermined,
            format!(
                "No declared emergency access account is recognized, and whether every policy \
                 excludes {} could not be told.",
                names(&candidates.undetermined)
            ),
        ));
    }
    let declared = context.tenant.profile.accounts.emergency.is_empty();
    let summary = if declared {
        "No emergency access account is declared, and no two accounts look like ones."
    } else {
        "None of the declared emergency access accounts works."
    };
    Ok(Finding::fail(summary)
        .with([Evidence::tenant("no emergency access account", "two")])
        .with(
            found.iter().map(|user| {
                context_on(user, "looks like an emergency access account, not declared")
            }),
        )
        .would_pass_if(change))
}

/// The recognized accounts; one that has its role through a group only is named as such.
fn recognized(context: &Context<'_>, emergency: &Emergency<'_>) -> Result<Vec<Evidence>, Gap> {
    let holders = &context.directory()?.holders()?.all;
    let is_direct = |user: &User| {
        holders.iter().any(|path| {
            path.principal.id() == &user.id
                && path.role == GLOBAL_ADMINISTRATOR
                && path.is_active()
                && path.group.is_none()
        })
    };
    let observed = |user: &User| {
        if is_direct(user) {
            "recognized: declared, enabled, Global Administrator"
        } else {
            "recognized, but Global Administrator through a group: assign it directly"
        }
    };
    Ok(emergency.recognized.iter().map(|user| context_on(user, observed(user))).collect())
}

fn broken(broken: &Broken<'_>) -> Evidence {
    let id = broken.user.map_or(broken.name.as_str(), |user| &user.id);
    let observed = format!("declared, but {}", broken.why);
    Evidence::context(SubjectKind::User, id, &broken.name, observed)
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn declaring(entries: &[&str]) -> Fixture {
        Fixture::exemplary().profile(&format!("[accounts]\nemergency = {entries:?}"))
    }

    /// Nobody is declared, and no policy excludes the accounts.
    fn included() -> Fixture {
        declaring(&[]).edit(Data::ConditionalAccessPolicies, |policies| {
            policies[0]["conditions"]["users"]["excludeUsers"] = json!([]);
        })
    }

    #[test]
    fn verdicts() {
        let eligible_only = Fixture::exemplary()
            .set(Data::RoleAssignments, json!([assignment(EMERGENCY_2, GLOBAL_ADMIN)]))
            .set(
                Data::RoleAssignmentScheduleInstances,
                json!([assigned(EMERGENCY_2, GLOBAL_ADMIN, &Value::Null)]),
            )
            .add(Data::RoleEligibilityScheduleInstances, eligible(EMERGENCY_1, GLOBAL_ADMIN));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .partial("one declared", 0.5, declaring(&[EMERGENCY_1]))
            .partial("one and a stale id", 0.5, declaring(&[EMERGENCY_1, APP]))
            .partial("the same one twice", 0.5, declaring(&[EMERGENCY_1, EMERGENCY_1]))
            .partial("one is eligible only", 0.5, eligible_only)
            .partial("two look like it", 0.5, declaring(&[]))
            .fails_on("nobody looks like it", included(), &[""])
            .fails_on(
                "declared ones do not work",
                included().profile(&format!("[accounts]\nemergency = [\"{PERSON_1}\"]")),
                &[""],
            );
    }

    #[test]
    fn a_role_through_a_group_counts_and_is_named() {
        let through_a_group = Fixture::exemplary()
            .edit(Data::RoleAssignments, |records| records[0]["principalId"] = json!(APPROVERS))
            .edit(Data::RoleAssignmentScheduleInstances, |records| {
                records[0]["principalId"] = json!(APPROVERS);
            })
            .set(
                Data::GroupMembers,
                json!([{ "groupId": APPROVERS, "memberIds": [EMERGENCY_1], "transitive": false }]),
            );
        let finding = through_a_group.judge(&CONTROL);
        assert_eq!(finding.verdict, model::Verdict::Pass);
        assert!(finding.evidence[0].observed.contains("through a group"), "{finding:#?}");
        assert!(!finding.evidence[1].observed.contains("through a group"), "{finding:#?}");
    }

    #[test]
    fn one_candidate_is_none() {
        let one = declaring(&[]).edit(Data::ConditionalAccessPolicies, |policies| {
            policies[0]["conditions"]["users"]["excludeUsers"] = json!([EMERGENCY_1]);
        });
        check(&CONTROL).fails_on("one candidate", one, &[""]);
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        for data in [Data::Users, Data::RoleAssignments] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .passes(
                "policies matter only to the undeclared",
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies),
            )
            .unknown(
                "whether they are permanent",
                refused,
                declaring(&[]).forbidden(Data::RoleAssignmentScheduleInstances),
            )
            .unknown(
                "whether policies exclude them",
                UnknownReason::Undetermined,
                declaring(&[]).forbidden(Data::ConditionalAccessPolicies),
            );
    }
}
