//! Privileged accounts: few Global Administrators, never just one.

use std::collections::BTreeMap;

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, Severity, SubjectKind};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{Holder, Principal, in_words, is_enabled, role_data};
use crate::finding::{Finding, count, some_names};
use crate::people::last_sign_in;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-global-admin-count",
    title: "Few accounts are Global Administrator, and never just one",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![ServicePrincipals, SignInActivity],
    rationale: "Every Global Administrator is the whole tenant to whoever takes the account over. \
        A single one is the opposite risk: lose it and nobody can administer anything.",
    passes_when: "At least two holders of Global Administrator for the whole tenant exist, active \
        or eligible, direct or through groups, each account counted once; and besides recognized \
        emergency access accounts there are at most 4 (threshold `global-administrators`). 5 to 8 \
        besides them are partial. Blocked accounts do not count; service principals and principals \
        of other tenants do.",
    remediation: &[
        "For each holder below, find the smallest role that covers the daily work and assign it.",
        "Remove Global Administrator from everyone who no longer needs it.",
        "If there is only one holder, create two emergency access accounts.",
        "Entra admin center > Roles & admins > Global Administrator.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisM365, &["1.1.3"]),
        (Framework::CisaScuba, &["MS.AAD.7.1v1"]),
        (Framework::Maester, &["MT.1032"]),
        (Framework::Nist80053, &["AC-6(5)"]),
    ],
    judge,
};

/// More than so many besides emergency access accounts is a fail.
const FAILS_ABOVE: usize = 8;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let directory = context.directory()?;
    let emergency = context.emergency()?;
    let mut blocked = Vec::new();
    let mut holders: BTreeMap<&Id, Vec<&Holder>> = BTreeMap::new();
    for holder in directory.holders()?.complete()? {
        if holder.role != GLOBAL_ADMINISTRATOR || !holder.tenant_wide {
            continue;
        }
        match holder.principal {
            Principal::User(user) if !is_enabled(user)? => blocked.push(user),
            Principal::Foreign(id) if directory.is_deleted_user(id) => {}
            principal => holders.entry(principal.id()).or_default().push(holder),
        }
    }
    let total = holders.len();
    let besides: Vec<_> =
        holders.values().filter(|paths| !is_emergency(paths, emergency)).collect();
    let of_emergency = total - besides.len();

    let finding = if total < 2 {
        let missing = Evidence::tenant(
            count(total, "Global Administrator", "Global Administrators"),
            "at least 2",
        );
        Finding::fail(format!(
            "{} only: if it is lost, nobody can administer the tenant.",
            count(total, "account is Global Administrator", "accounts are Global Administrator")
        ))
        .with([missing])
        .would_pass_if(
            "at least two accounts were Global Administrator, best as emergency access accounts",
        )
    } else if context.within(besides.len(), "global-administrators", 4.0) {
        Finding::pass(summary(total, of_emergency, &besides))
    } else {
        let few = if besides.len() <= FAILS_ABOVE {
            Finding::partial(0.5, summary(total, of_emergency, &besides))
        } else {
            Finding::fail(summary(total, of_emergency, &besides))
        };
        let limit = context.tenant.profile.threshold("global-administrators", 4.0);
        few.would_pass_if(format!(
            "at most {limit} accounts besides emergency access accounts were Global Administrator"
        ))
    };
    let too_many = total >= 2 && finding.credit != Some(1.0);
    Ok(finding
        .with(holders.values().map(|paths| {
            let expected =
                if too_many && !is_emergency(paths, emergency) { "a smaller role" } else { "" };
            evidence(context, paths, is_emergency(paths, emergency), expected)
        }))
        .with(blocked.iter().map(|user| {
            let observed = "Global Administrator, sign-in blocked: not counted";
            Evidence::context(SubjectKind::User, user.id.as_str(), user.name(), observed)
        }))
        .with([Evidence::tenant(strict_readings(total), "")])
        .judged(total, &[("sign-in blocked", blocked.len())]))
}

fn is_emergency(paths: &[&Holder<'_>], emergency: &crate::emergency::Emergency<'_>) -> bool {
    paths.first().is_some_and(|path| emergency.recognizes(path.principal.id()))
}

fn summary(total: usize, of_emergency: usize, besides: &[&Vec<&Holder<'_>>]) -> String {
    let all = count(total, "account is Global Administrator", "accounts are Global Administrator");
    let names = some_names(
        besides.iter().filter_map(|paths| paths.first()).map(|path| path.principal.name()),
    );
    let besides = match (of_emergency, besides.len()) {
        (_, 0) => String::new(),
        (0, _) => format!(": {names}"),
        (_, number) => format!(", {number} of them no emergency access account: {names}"),
    };
    format!("{all}{besides}.")
}

/// One holder with its paths, where it lives, and when it last signed in.
fn evidence(
    context: &Context<'_>,
    paths: &[&Holder<'_>],
    is_emergency: bool,
    expected: &str,
) -> Evidence {
    let Some(holder) = paths.first() else { return Evidence::tenant("", "") };
    let principal = holder.principal;
    let mut facts = vec![in_words(paths)];
    match principal {
        Principal::User(user) => {
            let home = if user.is_synchronized() { "synchronized" } else { "cloud-only" };
            facts.push(home.to_owned());
            if user.is_guest() || user.is_external() {
                facts.push("external".to_owned());
            }
            if is_emergency {
                facts.push("emergency access account".to_owned());
            }
            match last_sign_in(context, &user.id) {
                Ok(Some(last)) => facts.push(format!("last sign-in {last:.0}")),
                Ok(None) => facts.push("no sign-in recorded".to_owned()),
                Err(_) => {}
            }
        }
        Principal::Service(..) => facts.push("service principal".to_owned()),
        Principal::Foreign(_) => {
            facts.push("not found in this tenant: deleted, or of another tenant".to_owned());
        }
    }
    let id = principal.id().as_str();
    Evidence::new(principal.kind(), id, principal.name(), facts.join(", "), expected)
}

/// What others recommend, over every holder.
fn strict_readings(total: usize) -> String {
    let word = |holds: bool| if holds { "met" } else { "not met" };
    format!(
        "{total} in all: Microsoft's fewer than 5 is {}, CIS's 2 to 4 is {}, CISA's 2 to 8 is {}",
        word(total < 5),
        word((2..=4).contains(&total)),
        word((2..=8).contains(&total))
    )
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// So many more administrators, standing, with ids a0…0101 and on.
    fn more(number: u16) -> Fixture {
        (1..=number).fold(Fixture::exemplary(), |fixture, index| {
            let user = admin(&id(index), &format!("extra{index}"));
            standing(fixture.add(Data::Users, user), &id(index))
        })
    }

    fn standing(fixture: Fixture, id: &str) -> Fixture {
        fixture
            .add(Data::RoleAssignments, assignment(id, GLOBAL_ADMIN))
            .add(Data::RoleAssignmentScheduleInstances, assigned(id, GLOBAL_ADMIN, &Value::Null))
    }

    fn id(index: u16) -> String {
        format!("a0000000-0000-4000-8000-0000000001{index:02}")
    }

    fn only(holder: &str) -> Fixture {
        Fixture::exemplary()
            .set(Data::RoleAssignments, json!([assignment(holder, GLOBAL_ADMIN)]))
            .set(
                Data::RoleAssignmentScheduleInstances,
                json!([assigned(holder, GLOBAL_ADMIN, &Value::Null)]),
            )
            .set(Data::RoleEligibilityScheduleInstances, json!([]))
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("two emergency accounts and one eligible", Fixture::exemplary())
            .passes("four besides", more(3))
            .partial("five besides", 0.5, more(4))
            .partial("eight besides", 0.5, more(7))
            .fails("nine besides", more(8))
            .fails_on("just one", only(EMERGENCY_1), &[""])
            .partial(
                "without a list of emergency accounts everyone counts",
                0.5,
                more(2).profile(""),
            )
            .passes(
                "the profile's own limit",
                more(4).declare("[checklist.thresholds]\nglobal-administrators = 5"),
            );
        let all: Vec<String> = (1..=8).map(id).chain([ADMIN_1.to_owned()]).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        check(&CONTROL).fails_on("each is named but the emergency accounts", more(8), &all);
    }

    #[test]
    fn who_counts() {
        let full = more(3);
        let blocked = full.clone().edit(Data::Users, |users| {
            let mut user = admin("a0000000-0000-4000-8000-000000000199", "left");
            user["accountEnabled"] = json!(false);
            users.push(user);
        });
        let mut unit = assigned(PERSON_1, GLOBAL_ADMIN, &Value::Null);
        unit["directoryScopeId"] = json!("/administrativeUnits/d1");
        let mut deleted = assignment("a0000000-0000-4000-8000-000000000198", GLOBAL_ADMIN);
        deleted["principal"] =
            json!({ "@odata.type": "#microsoft.graph.user", "id": deleted["principalId"] });
        check(&CONTROL)
            .passes("a blocked account", standing(blocked, "a0000000-0000-4000-8000-000000000199"))
            .passes("one unit only", full.clone().add(Data::RoleAssignmentScheduleInstances, unit))
            .passes("a deleted account", full.clone().add(Data::RoleAssignments, deleted))
            .passes("twice the same", standing(full.clone(), ADMIN_1))
            .partial(
                "a service principal",
                0.5,
                standing(full.clone(), APP).add(Data::ServicePrincipals, json!({ "id": APP })),
            )
            .partial(
                "somebody elsewhere",
                0.5,
                standing(full.clone(), APPROVERS).edit(Data::RoleAssignments, |records| {
                    records.last_mut().unwrap()["principalOrganizationId"] = json!(APP);
                }),
            )
            .partial("members of a group", 0.5, standing(full, APPROVERS));
    }

    #[test]
    fn two_people_of_one_name_are_two() {
        let twins = more(4).with_member(Data::Users, "displayName", &json!("Sam"));
        check(&CONTROL).partial("same display name", 0.5, twins);
    }

    #[test]
    fn without_premium_only_active_holders_are_counted() {
        let unlicensed = more(3).unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        check(&CONTROL)
            .passes("no license for PIM", unlicensed)
            .unknown(
                "licensed and refused",
                UnknownReason::Permission,
                more(1).forbidden(Data::RoleEligibilityScheduleInstances),
            )
            .unknown(
                "roles",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::RoleAssignments),
            )
            .unknown(
                "users",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::Users),
            )
            .unknown(
                "who is enabled",
                UnknownReason::FieldMissing,
                more(1).profile("").with_member(Data::Users, "accountEnabled", &Value::Null),
            )
            .unknown(
                "a group that could not be expanded",
                UnknownReason::Permission,
                standing(Fixture::exemplary(), APPROVERS).forbidden(Data::GroupMembers),
            );
    }
}
