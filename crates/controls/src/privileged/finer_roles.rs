//! Privileged accounts: work is done with smaller roles, and privileged assignments are few.

use std::collections::{BTreeMap, BTreeSet};

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, RoleSet, Severity, SubjectKind, User};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::directory::role_data;
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-finer-roles",
    title: "Work is done with smaller roles, and privileged assignments are few",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![ExchangeMailboxes, SignInActivity],
    rationale: "Most administration needs a small part of the directory. Whoever works with the \
        largest role risks all of it with every sign-in.",
    passes_when: "Emergency access accounts aside, Global Administrators are at most as many as the \
        people with other privileged roles; and people hold fewer than 10 privileged assignments \
        (threshold `privileged-assignments`), or for more than 1,000 people fewer than 2 % of them. Active and eligible assignments count, each pair of \
        account and role once. One of the two is partial. Of up to ten people, not everyone may be \
        Global Administrator, and nothing else is asked.",
    remediation: &[
        "For each Global Administrator below, list the tasks of the last months.",
        "Assign the least privileged role for those tasks and remove Global Administrator.",
        "Remove privileged assignments that nobody uses.",
        "Entra admin center > Roles & admins > All roles.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::CisaScuba, &["MS.AAD.7.2v1"]), (Framework::Nist80053, &["AC-5"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let mut roles: BTreeMap<&Id, BTreeMap<&Id, &User>> = BTreeMap::new();
    for (user, paths) in context.directory()?.admins(RoleSet::Privileged)? {
        for path in paths {
            roles.entry(&path.role).or_default().insert(&user.id, user);
        }
    }
    let emergency = context.emergency()?;
    let assignments: usize = roles.values().map(BTreeMap::len).sum();
    let globals: Vec<&User> = roles
        .iter()
        .filter(|(role, _)| **role == GLOBAL_ADMINISTRATOR)
        .flat_map(|(_, users)| users.values().copied())
        .filter(|user| !emergency.recognizes(&user.id))
        .collect();
    let others: BTreeSet<&Id> = roles
        .iter()
        .filter(|(role, _)| **role != GLOBAL_ADMINISTRATOR)
        .flat_map(|(_, users)| users.keys().copied())
        .collect();
    let people = context.people()?.members.len();
    let finding = if people <= 10 {
        small(context, people, &globals)?
    } else {
        let few = if people > 1_000 {
            ratio(assignments, people) < 0.02
        } else {
            // Fewer than the threshold, not as many.
            context.within(assignments + 1, "privileged-assignments", 10.0)
        };
        let limit = context.tenant.profile.threshold("privileged-assignments", 10.0);
        by_numbers(&globals, others.len(), assignments, few, limit)
    };
    Ok(finding.with(table(&roles)).judged(assignments, &[]))
}

/// Of a handful of people nobody can be asked to split roles finely.
fn small(context: &Context<'_>, people: usize, globals: &[&User]) -> Result<Finding, Gap> {
    let members = &context.people()?.members;
    let is_global = |user: &User| globals.iter().any(|global| global.id == user.id);
    if people > 0 && members.iter().all(|user| is_global(user)) {
        let expected = "a smaller role, or none";
        return Ok(Finding::fail(format!(
            "Everyone is Global Administrator: {}.",
            some_names(members.iter().map(|user| user.name()))
        ))
        .with(globals.iter().map(|user| violation_on(user, "Global Administrator", expected)))
        .would_pass_if("at least one of them were not Global Administrator"));
    }
    let number = members.iter().filter(|user| is_global(user)).count();
    let others = match globals.len().saturating_sub(number) {
        0 => String::new(),
        others => format!(", {} too", count(others, "other account is", "other accounts are")),
    };
    let who = count(people, "person", "people");
    Ok(Finding::pass(format!("{number} of {who} are Global Administrator{others}.")))
}

fn by_numbers(
    globals: &[&User],
    others: usize,
    assignments: usize,
    few: bool,
    limit: f64,
) -> Finding {
    let balanced = globals.len() <= others;
    let holders = format!(
        "{} no emergency access account, {} another privileged role, and {} in all.",
        count(globals.len(), "Global Administrator is", "Global Administrators are"),
        count(others, "account holds", "accounts hold"),
        count(assignments, "privileged assignment exists", "privileged assignments exist"),
    );
    let unbalanced = (!balanced)
        .then(|| {
            globals.iter().map(|user| violation_on(user, "Global Administrator", "a smaller role"))
        })
        .into_iter()
        .flatten();
    let many = (!few).then(|| {
        Evidence::tenant(
            count(assignments, "privileged assignment", "privileged assignments"),
            format!("fewer than {limit}, or fewer than 2 % of more than 1,000 people"),
        )
    });
    let finding = match (balanced, few) {
        (true, true) => Finding::pass(holders),
        _ if others == 0 && !globals.is_empty() => {
            Finding::fail("Global Administrator is the only privileged role in use.")
        }
        (false, false) => Finding::fail(holders),
        _ => Finding::partial(0.5, holders),
    };
    let change = match (balanced, few) {
        (false, true) => "Global Administrators were no more than the holders of smaller roles",
        (true, false) => "privileged assignments were removed until few enough are left",
        _ => "Global Administrators moved to smaller roles and unused assignments were removed",
    };
    finding.with(unbalanced).with(many).would_pass_if(change)
}

/// Every role in use and who holds it.
fn table(roles: &BTreeMap<&Id, BTreeMap<&Id, &User>>) -> Vec<Evidence> {
    roles
        .iter()
        .map(|(role, users)| {
            let name = model::role_name(role).unwrap_or(role);
            let holders: BTreeSet<&str> = users.values().map(|user| user.name()).collect();
            let observed =
                format!("held by {}", holders.into_iter().collect::<Vec<_>>().join(", "));
            Evidence::context(SubjectKind::Role, role.as_str(), name, observed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason, Verdict};
    use serde_json::Value;

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant, with so many people more: eligible holders of Global Administrator
    /// first, then of Helpdesk Administrator.
    fn tenant(people: u16, globals: u16, helpers: u16) -> Fixture {
        let id = |index: u16| format!("a0000000-0000-4000-8000-00000001{index:04}");
        Fixture::exemplary()
            .edit(Data::Users, |users| {
                users.extend((0..people).map(|index| person(&id(index), &format!("p{index}"))));
            })
            .edit(Data::RoleEligibilityScheduleInstances, |records| {
                records.extend((0..globals).map(|index| eligible(&id(index), GLOBAL_ADMIN)));
                records.extend(
                    (globals..globals + helpers).map(|index| eligible(&id(index), HELPDESK_ADMIN)),
                );
            })
    }

    #[test]
    fn verdicts() {
        // Of the exemplary tenant come one Global Administrator, one holder of two other roles,
        // and two emergency access accounts: five assignments.
        check(&CONTROL)
            .passes("small: one of six", Fixture::exemplary())
            .passes("as many as smaller roles", tenant(10, 1, 1))
            .passes("nine assignments", tenant(10, 1, 3))
            .partial("ten assignments", 0.5, tenant(10, 1, 4))
            .partial("more Global Administrators", 0.5, tenant(10, 2, 0))
            .fails("more, and many", tenant(10, 5, 1))
            .fails_on(
                "no other role in use",
                tenant(10, 0, 0)
                    .edit(Data::RoleEligibilityScheduleInstances, |all| all.truncate(1)),
                &[ADMIN_1],
            )
            .passes(
                "the profile's own limit",
                tenant(10, 1, 4).declare("[checklist.thresholds]\nprivileged-assignments = 11"),
            );
        // 1,006 people: 20 is below 2 %, 21 is not.
        check(&CONTROL).passes("large", tenant(1_000, 1, 14)).partial(
            "large, and many",
            0.5,
            tenant(1_000, 1, 16),
        );
    }

    #[test]
    fn of_ten_people_not_everyone_is_global_administrator() {
        let everyone = [ADMIN_1, ADMIN_2, PERSON_1, PERSON_2, PERSON_3, PERSON_4];
        let all = |number: usize| {
            let eligible = everyone[..number].iter().map(|id| eligible(id, GLOBAL_ADMIN));
            Fixture::exemplary()
                .set(Data::RoleEligibilityScheduleInstances, Value::Array(eligible.collect()))
        };
        check(&CONTROL).fails_on("everyone", all(6), &everyone).passes("all but one", all(5));
        let finding = all(5).judge(&CONTROL);
        assert_eq!(finding.summary, "5 of 6 people are Global Administrator.");
        assert_eq!(finding.verdict, Verdict::Pass);
        // A guest is none of the people, whatever role it holds.
        let guest =
            all(5).add(Data::RoleEligibilityScheduleInstances, eligible(GUEST, GLOBAL_ADMIN));
        assert_eq!(
            guest.judge(&CONTROL).summary,
            "5 of 6 people are Global Administrator, 1 other account is too."
        );
    }

    #[test]
    fn the_evidence_names_the_profile_s_own_limit() {
        let finding = tenant(10, 1, 4)
            .declare("[checklist.thresholds]\nprivileged-assignments = 8")
            .judge(&CONTROL);
        assert!(finding.evidence.iter().any(|one| one.expected.starts_with("fewer than 8,")));
    }

    #[test]
    fn unreadable() {
        for data in [Data::Users, Data::RoleAssignments, Data::RoleEligibilityScheduleInstances] {
            check(&CONTROL).unknown(
                data.name(),
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(data),
            );
        }
    }
}
