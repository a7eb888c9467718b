//! Highly privileged roles: who holds them, for how long, and who hears of it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Data, GLOBAL_ADMINISTRATOR, Gap, Id, Plan, RoleSet, User, role_name};
use serde_json::Value;

use super::facts::{Facts, is_not_collected, objects, texts, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.AAD.7.1v1", |facts, _| Ok(few_global_administrators(&people(facts)?))),
    ("MS.AAD.7.2v1", |facts, _| Ok(finer_roles(&people(facts)?))),
    ("MS.AAD.7.3v1", |facts, _| Ok(cloud_only(&people(facts)?))),
    ("MS.AAD.7.4v1", no_permanent_assignment),
    ("MS.AAD.7.5v1", nothing_outside_pim),
    ("MS.AAD.7.6v1", global_administrator_approved),
    ("MS.AAD.7.7v1", assignments_announced),
    ("MS.AAD.7.8v1", |facts, _| activations_announced(facts, true)),
    ("MS.AAD.7.9v1", |facts, _| activations_announced(facts, false)),
];

/// Not met for lack of Microsoft Entra ID P2.
pub(super) fn no_p2() -> Reading {
    Reading::not_met(
        "The tenant owns no Microsoft Entra ID P2 as far as was read, which CISA counts as not met.",
    )
}

/// Somebody with a highly privileged role.
struct Person {
    name: String,
    is_global: bool,
    /// Whether the account exists in the cloud alone.
    is_cloud_only: bool,
}

/// Everybody with a highly privileged role, active or eligible.
fn people(facts: &Facts<'_, '_>) -> Result<Vec<Person>, Gap> {
    if facts.is_import() {
        let kept = facts.kept_or("privilegedUsers", Data::Users, "privileged_users")?;
        return Ok(kept
            .iter()
            .map(|user| Person {
                name: word(user, "displayName").to_owned(),
                is_global: texts(user.get("roles")).any(|role| role == "Global Administrator"),
                // What the export does not say of an account is not in the account's favor.
                is_cloud_only: user.get("onPremisesImmutableId") == Some(&Value::Null),
            })
            .collect());
    }
    let mut people: BTreeMap<&Id, (&User, bool)> = BTreeMap::new();
    for holder in facts.context.directory()?.holders()?.complete()? {
        let Some(user) = holder.principal.user() else { continue };
        if RoleSet::HighlyPrivileged.has(&holder.role) {
            let entry = people.entry(&user.id).or_insert((user, false));
            entry.1 |= holder.role == GLOBAL_ADMINISTRATOR;
        }
    }
    let person = |(user, is_global): (&User, bool)| Person {
        name: user.name().to_owned(),
        is_global,
        is_cloud_only: user.on_premises_immutable_id.is_none(),
    };
    Ok(people.into_values().map(person).collect())
}

/// CISA counts names: two people of one name are one.
fn names(people: &[Person], is: impl Fn(&Person) -> bool) -> BTreeSet<&str> {
    people.iter().filter(|person| is(person)).map(|person| person.name.as_str()).collect()
}

/// How many Global Administrators CISA allows.
const FEW: std::ops::RangeInclusive<usize> = 2..=8;

fn few_global_administrators(people: &[Person]) -> Reading {
    let count = names(people, |person| person.is_global).len();
    let words = format!("{count} Global Administrators, by name; CISA allows 2 to 8.");
    if FEW.contains(&count) { Reading::met(words) } else { Reading::not_met(words) }
}

fn finer_roles(people: &[Person]) -> Reading {
    let global = names(people, |person| person.is_global).len();
    let others = names(people, |person| !person.is_global).len();
    let words = format!(
        "{global} Global Administrators beside {others} people with other highly privileged roles."
    );
    if FEW.contains(&global) && global <= others {
        Reading::met(words)
    } else {
        Reading::not_met(words)
    }
}

fn cloud_only(people: &[Person]) -> Reading {
    let synced: Vec<String> = people
        .iter()
        .filter(|person| !person.is_cloud_only)
        .map(|person| person.name.clone())
        .collect();
    Reading::unless(
        &synced,
        "Every highly privileged account exists in the cloud alone.",
        "Not shown to exist in the cloud alone",
    )
}

/// A highly privileged role with what hangs on it.
struct Role {
    name: String,
    is_global: bool,
    assignments: Vec<Value>,
    rules: Vec<Value>,
}

/// The roles of an export.
fn exported<'f>(facts: &'f Facts<'_, '_>) -> Result<&'f [Value], Gap> {
    facts.kept_or("privilegedRoles", Data::RoleDefinitions, "privileged_roles")
}

/// Template ids of the highly privileged roles. An export says which those are.
pub(super) fn role_ids(facts: &Facts<'_, '_>) -> Result<Vec<Id>, Gap> {
    if !facts.is_import() {
        return Ok(RoleSet::HighlyPrivileged.ids().map(Id::from).collect());
    }
    match exported(facts) {
        Ok(roles) => Ok(roles.iter().map(|role| Id::from(word(role, "roleTemplateId"))).collect()),
        // A cut-down export speaks of CISA's own eight.
        Err(gap) if is_not_collected(&gap) => {
            Ok(RoleSet::HighlyPrivileged.ids().map(Id::from).collect())
        }
        Err(gap) => Err(gap),
    }
}

/// The roles, with their assignments or with their rules: a snapshot of our own may lack either.
fn roles(facts: &Facts<'_, '_>, data: Data) -> Result<Vec<Role>, Gap> {
    if facts.is_import() {
        let role = |role: &Value| Role {
            name: word(role, "displayName").to_owned(),
            is_global: word(role, "displayName") == "Global Administrator",
            assignments: objects(role.get("assignments")).cloned().collect(),
            rules: objects(role.get("rules")).cloned().collect(),
        };
        return Ok(exported(facts)?.iter().map(role).collect());
    }
    let records = facts.records(data)?;
    let of = |id: &str| -> Vec<&Value> {
        let is = |it: &&Value| word(it, "roleDefinitionId").eq_ignore_ascii_case(id);
        records.iter().filter(is).collect()
    };
    let is_rules = data == Data::RoleManagementPolicyAssignments;
    Ok(RoleSet::HighlyPrivileged
        .ids()
        .map(|id| {
            let own = of(id);
            let rules = own.iter().flat_map(|it| objects(it.pointer("/policy/rules"))).cloned();
            Role {
                name: role_name(id).unwrap_or(id).to_owned(),
                is_global: id == GLOBAL_ADMINISTRATOR,
                rules: if is_rules { rules.collect() } else { Vec::new() },
                assignments: if is_rules { Vec::new() } else { own.into_iter().cloned().collect() },
            }
        })
        .collect())
}

/// Judges the names of the roles that somebody complains of, where P2 is owned.
fn by_role(
    facts: &Facts<'_, '_>,
    data: Data,
    is_bad: impl Fn(&Role) -> bool,
    met: &str,
    not_met: &str,
) -> Result<Reading, Gap> {
    let roles = roles(facts, data)?;
    if !facts.owns("AAD_PREMIUM_P2", Plan::EntraIdP2)? {
        return Ok(no_p2());
    }
    let bad: Vec<String> =
        roles.iter().filter(|role| is_bad(role)).map(|role| role.name.clone()).collect();
    Ok(Reading::unless(&bad, met, not_met))
}

/// Assignments without an end, but those of users and groups that the configuration allows. An
/// assignment that does not speak of its end is not one without.
fn no_permanent_assignment(facts: &Facts<'_, '_>, id: &str) -> Result<Reading, Gap> {
    let mut allowed = facts.listed("Aad", id, &["RoleExclusions", "Users"]);
    allowed.extend(facts.listed("Aad", id, &["RoleExclusions", "Groups"]));
    let allowed: BTreeSet<String> = allowed.iter().map(|it| it.to_lowercase()).collect();
    let emergency = facts.documented(id).users;
    let is_bad = |role: &Role| {
        role.assignments
            .iter()
            .filter(|it| it.get("endDateTime") == Some(&Value::Null))
            .map(|it| word(it, "principalId").to_lowercase())
            .any(|principal| {
                let is_emergency = !facts.is_import() && emergency.contains(&principal);
                !allowed.contains(&principal) && !is_emergency
            })
    };
    by_role(
        facts,
        Data::RoleAssignmentScheduleInstances,
        is_bad,
        "No highly privileged role is assigned without an end.",
        "Assigned without an end",
    )
}

fn nothing_outside_pim(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    by_role(
        facts,
        Data::RoleAssignmentScheduleInstances,
        |role| role.assignments.iter().any(|it| it.get("startDateTime") == Some(&Value::Null)),
        "Every highly privileged role is assigned in Privileged Identity Management.",
        "Assigned outside Privileged Identity Management",
    )
}

fn global_administrator_approved(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let needs_none = |rule: &Value| {
        word(rule, "id") == "Approval_EndUser_Assignment"
            && rule.pointer("/setting/isApprovalRequired") == Some(&Value::Bool(false))
    };
    by_role(
        facts,
        Data::RoleManagementPolicyAssignments,
        |role| role.is_global && role.rules.iter().any(needs_none),
        "Nobody becomes Global Administrator without approval.",
        "Activated without approval",
    )
}

/// Whether a rule has that id and mails nobody.
fn is_silent(rule: &Value, id: &str) -> bool {
    word(rule, "id") == id
        && match rule.get("notificationRecipients") {
            Some(Value::Null) => true,
            Some(Value::Array(list)) => list.is_empty(),
            _ => false,
        }
}

fn assignments_announced(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let is_bad = |role: &Role| {
        role.rules.iter().any(|rule| {
            is_silent(rule, "Notification_Admin_Admin_Assignment")
                || is_silent(rule, "Notification_Admin_Admin_Eligibility")
        })
    };
    by_role(
        facts,
        Data::RoleManagementPolicyAssignments,
        is_bad,
        "Somebody is told of every assignment.",
        "Nobody is told of assignments",
    )
}

/// Of Global Administrator, or of the other roles.
fn activations_announced(facts: &Facts<'_, '_>, global: bool) -> Result<Reading, Gap> {
    let is_bad = |role: &Role| {
        role.is_global == global
            && role.rules.iter().any(|rule| {
                word(rule, "notificationType") == "Email"
                    && is_silent(rule, "Notification_Admin_EndUser_Assignment")
            })
    };
    by_role(
        facts,
        Data::RoleManagementPolicyAssignments,
        is_bad,
        "Somebody is told of every activation.",
        "Nobody is told of activations",
    )
}
