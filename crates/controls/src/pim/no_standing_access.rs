//! Just-in-time access: strong roles are eligible, not permanent.

use std::collections::{BTreeMap, BTreeSet};

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, Plan, RoleSet, Severity, User};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, violation_on};
use crate::directory::{Holder, HolderState, in_words, role_data};
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-no-standing-access",
    title: "Strong roles are eligible, not permanent",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::EntraIdP2, Plan::EntraIdGovernance],
        &["priv-global-admin-count", "priv-finer-roles"],
    ),
    reads: role_data![],
    rationale: "A role that has to be activated is worth nothing to whoever steals the account \
        while its owner is not at work.",
    passes_when: "No user holds one of the eight highly privileged roles without activation and \
        without an end within a year, directly or as a permanent member of a group, except up to \
        two recognized emergency access accounts that are Global Administrator; and at least 90 % \
        of the users with other privileged roles are eligible or time-bound. What plain role \
        assignments show and Privileged Identity Management does not know counts as permanent. \
        Service principals cannot activate anything and are judged by `priv-workload-identities`. \
        Partial when no Global Administrator is concerned: the share of users without permanent \
        access.",
    remediation: &[
        "For each assignment below, add an eligible one for the same person and role.",
        "Have the person activate it once, then remove the active assignment.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Assignments > Active assignments.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.3.1"]),
        (Framework::CisaScuba, &["MS.AAD.7.4v1", "MS.AAD.7.5v1"]),
        (Framework::Maester, &["MT.1031", "MT.1025", "MT.1026"]),
        (Framework::Nist80053, &["AC-2"]),
    ],
    judge,
};

/// An assignment that ends within so many days is time-bound.
const TIME_BOUND_DAYS: i64 = 366;

/// So many emergency access accounts may be permanent Global Administrators.
const EMERGENCY_ACCOUNTS: usize = 2;

/// A user with privileged roles and those paths of them that stand.
struct Judged<'c, 't> {
    user: &'t User,
    paths: Vec<&'c Holder<'t>>,
    standing: Vec<&'c Holder<'t>>,
}

impl Judged<'_, '_> {
    fn stands_in(&self, role: impl Fn(&Id) -> bool) -> bool {
        self.standing.iter().any(|path| role(&path.role))
    }
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let directory = context.directory()?;
    let emergency = context.emergency()?;
    let exempt: BTreeSet<&Id> =
        emergency.recognized.iter().take(EMERGENCY_ACCOUNTS).map(|user| &user.id).collect();
    let mut judged: Vec<Judged> = Vec::new();
    let mut left_out = 0;
    for (user, mut paths) in directory.admins(RoleSet::Privileged)? {
        if exempt.contains(&user.id) {
            paths.retain(|path| path.role != GLOBAL_ADMINISTRATOR);
        }
        if paths.is_empty() {
            left_out += 1;
            continue;
        }
        if paths.iter().any(|path| path.state == HolderState::Undecided) {
            return Err(directory.holders()?.undecided());
        }
        let standing = paths.iter().copied().filter(|path| stands(context, path)).collect();
        judged.push(Judged { user, paths, standing });
    }
    let high = |role: &Id| RoleSet::HighlyPrivileged.has(role);
    let global = |role: &Id| *role == GLOBAL_ADMINISTRATOR;
    let others: Vec<_> =
        judged.iter().filter(|one| one.paths.iter().any(|path| !high(&path.role))).collect();
    let others_free = others.iter().filter(|one| !one.stands_in(|role| !high(role))).count();
    let standing: Vec<_> = judged.iter().filter(|one| !one.standing.is_empty()).collect();

    let users = count(judged.len(), "user", "users");
    let names = some_names(standing.iter().map(|one| one.user.name()));
    let summary = format!(
        "{} of {users} with a privileged role hold one permanently: {names}.",
        standing.len()
    );
    let finding = if !standing.iter().any(|one| one.stands_in(high))
        && (others.is_empty() || 10 * others_free >= 9 * others.len())
    {
        Finding::pass(if standing.is_empty() {
            format!("None of {users} with a privileged role holds it permanently.")
        } else {
            format!("{summary} Those roles are not among the strongest, and the users are few.")
        })
    } else if standing
        .iter()
        .any(|one| one.stands_in(global) && !emergency.recognizes(&one.user.id))
    {
        Finding::fail(summary)
    } else {
        Finding::partial(ratio(judged.len() - standing.len(), judged.len()), summary)
    };
    let passes = finding.credit == Some(1.0);
    Ok(finding
        .would_pass_if(format!("{names} were eligible for their roles instead"))
        .with(standing.iter().map(|one| {
            let expected = if passes { "" } else { "an eligible or time-bound assignment" };
            violation_on(one.user, in_words(&one.standing), expected)
        }))
        .with(eligible_through_groups(&judged))
        .judged(judged.len(), &[("emergency access account", left_out)]))
}

/// Whether the role is held without activation, and without an end within a year.
fn stands(context: &Context<'_>, path: &Holder<'_>) -> bool {
    match path.state {
        HolderState::Assigned(Some(end)) => context.days_since(end) < -TIME_BOUND_DAYS,
        _ => path.is_standing(),
    }
}

/// Those whom a lesser administrator can lock out or impersonate while they are inactive.
fn eligible_through_groups(judged: &[Judged<'_, '_>]) -> Vec<Evidence> {
    let mut noted: BTreeMap<&Id, Evidence> = BTreeMap::new();
    for one in judged {
        let of_global = || one.paths.iter().filter(|path| path.role == GLOBAL_ADMINISTRATOR);
        if of_global().count() > 0
            && of_global().all(|path| !path.is_active() && path.group.is_some())
        {
            let observed = "eligible for Global Administrator through a group only: while it is \
                inactive, lesser administrators may reset the account's password";
            noted.insert(&one.user.id, context_on(one.user, observed));
        }
    }
    noted.into_values().collect()
}

#[cfg(test)]
mod tests {
    use model::{
        DIRECTORY_SYNCHRONIZATION_ROLES, Data, NotApplicableReason, UnavailableReason,
        UnknownReason,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn with(user: &str, role: &str, end: &Value) -> Fixture {
        Fixture::exemplary()
            .add(Data::RoleAssignments, assignment(user, role))
            .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, end))
    }

    fn outside_pim(user: &str, role: &str) -> Fixture {
        Fixture::exemplary().add(Data::RoleAssignments, assignment(user, role))
    }

    /// The approvers' group holds Global Administrator; these are its members.
    fn group(members: &Value) -> Fixture {
        with(APPROVERS, GLOBAL_ADMIN, &Value::Null).set(
            Data::GroupMembers,
            json!([{ "groupId": APPROVERS, "memberIds": members, "transitive": false }]),
        )
    }

    fn eligible_member(user: &str) -> Value {
        json!([{ "groupId": APPROVERS, "principalId": user, "accessId": "member", "endDateTime": null }])
    }

    #[test]
    fn verdicts() {
        let forever = &Value::Null;
        let mut activated = assigned(ADMIN_1, GLOBAL_ADMIN, &json!("2026-11-01T06:00:00Z"));
        activated["assignmentType"] = json!("Activated");
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("permanent", with(ADMIN_1, GLOBAL_ADMIN, forever), &[ADMIN_1])
            .fails_on("outside PIM", outside_pim(PERSON_1, GLOBAL_ADMIN), &[PERSON_1])
            .passes(
                "activated right now",
                Fixture::exemplary()
                    .add(Data::RoleAssignmentScheduleInstances, activated)
                    .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN)),
            )
            .passes("time-bound", with(ADMIN_1, GLOBAL_ADMIN, &json!("2027-10-31T00:00:00Z")))
            .fails_on(
                "with an end too far away",
                with(ADMIN_1, GLOBAL_ADMIN, &json!("2028-01-01T00:00:00Z")),
                &[ADMIN_1],
            )
            .partial("another strong role", 0.5, with(ADMIN_1, EXCHANGE_ADMIN, forever))
            .partial("a smaller role", 0.667, with(PERSON_1, HELPDESK_ADMIN, forever))
            .fails_on(
                "nobody is in PIM",
                Fixture::exemplary()
                    .set(Data::RoleAssignmentScheduleInstances, json!([]))
                    .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN)),
                &[ADMIN_1],
            );
    }

    #[test]
    fn nine_of_ten_holders_of_smaller_roles_suffice() {
        let tenant = |free: u16| {
            (1..=free).fold(with(PERSON_1, HELPDESK_ADMIN, &Value::Null), |fixture, index| {
                let id = format!("a0000000-0000-4000-8000-0000000001{index:02}");
                fixture
                    .add(Data::Users, admin(&id, &format!("extra{index}")))
                    .add(Data::RoleEligibilityScheduleInstances, eligible(&id, HELPDESK_ADMIN))
            })
        };
        check(&CONTROL).passes("9 of 10", tenant(9)).partial("8 of 9", 0.909, tenant(8));
    }

    #[test]
    fn emergency_accounts_may_stand_as_global_administrators_only() {
        let third = with(ADMIN_1, GLOBAL_ADMIN, &Value::Null).profile(&format!(
            "[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\", \"{ADMIN_1}\"]"
        ));
        check(&CONTROL)
            .partial("another strong role", 0.667, with(EMERGENCY_1, EXCHANGE_ADMIN, &Value::Null))
            .partial("a third one", 0.5, third)
            .fails_on(
                "undeclared ones",
                Fixture::exemplary().profile(""),
                &[EMERGENCY_1, EMERGENCY_2],
            );
    }

    #[test]
    fn members_of_a_group_decide_not_the_group() {
        let eligible_only = group(&json!([]))
            .set(Data::GroupEligibilityScheduleInstances, eligible_member(PERSON_1));
        let maybe = group(&json!([PERSON_1]))
            .set(Data::GroupEligibilityScheduleInstances, eligible_member(PERSON_1));
        check(&CONTROL)
            .passes("eligible members only", eligible_only)
            .fails_on("a permanent member", group(&json!([PERSON_1])), &[PERSON_1])
            .unknown("activated or permanent", UnknownReason::FieldMissing, maybe);
    }

    #[test]
    fn who_is_not_judged() {
        let service = outside_pim(APP, GLOBAL_ADMIN)
            .add(Data::ServicePrincipals, json!({ "id": APP, "displayName": "Backup" }));
        let sync = DIRECTORY_SYNCHRONIZATION_ROLES[0];
        let account = "a0000000-0000-4000-8000-0000000000ff";
        let synchronizing = outside_pim(account, sync)
            .add(Data::Users, admin(account, "Sync_DC01_3f0a9b1c2d4e"))
            .add(
                Data::RoleDefinitions,
                json!({ "id": sync, "templateId": sync, "isPrivileged": true }),
            );
        let also_global =
            synchronizing.clone().add(Data::RoleAssignments, assignment(account, GLOBAL_ADMIN));
        check(&CONTROL)
            .passes("a synchronization account", synchronizing)
            .fails_on("one that administers too", also_global, &[account])
            .passes("a service principal", service)
            .passes("a blocked account", outside_pim(SHARED, GLOBAL_ADMIN));
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in [
            Data::Users,
            Data::RoleAssignments,
            Data::RoleAssignmentScheduleInstances,
            Data::RoleEligibilityScheduleInstances,
        ] {
            let fixture = with(ADMIN_1, GLOBAL_ADMIN, &Value::Null).forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .passes(
                "only emergency access accounts are active, however they are",
                Fixture::exemplary().forbidden(Data::RoleAssignmentScheduleInstances),
            )
            .unknown(
                "members of groups",
                refused,
                group(&json!([])).forbidden(Data::GroupEligibilityScheduleInstances),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2]),
            )
            .unknown(
                "licensed, yet refused for lack of a license",
                UnknownReason::LicenseMismatch,
                with(ADMIN_1, GLOBAL_ADMIN, &Value::Null).unavailable(
                    Data::RoleAssignmentScheduleInstances,
                    UnavailableReason::NotLicensed,
                ),
            );
    }
}
