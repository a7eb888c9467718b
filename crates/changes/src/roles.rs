//! Who came to hold which role, and who ceased to.

use std::collections::BTreeMap;

use model::{Actor, Change, ChangeKind, Data, NotCompared, Snapshot, Subject, SubjectKind};
use serde_json::Value;

use crate::audit::Trace;
use crate::names::Names;
use crate::{both, canonical};

/// Somebody's hold on a role, a group, an application's permission: what it is, not under which id the
/// service keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Hold {
    /// Who.
    principal: String,
    /// What.
    target: String,
    /// Where, or which part of it.
    scope: String,
}

/// A kind of hold: what is said when it comes and goes.
struct Kind {
    data: Data,
    area: &'static str,
    /// The members for principal, target and scope.
    members: [&'static str; 3],
    said: fn(&Hold, ChangeKind, &Names, &Context) -> String,
}

/// What says more of holds than their own records.
#[derive(Default)]
struct Context {
    /// Names of application permissions by id.
    permissions: BTreeMap<String, String>,
}

const KINDS: [Kind; 4] = [
    Kind {
        data: Data::RoleEligibilityScheduleInstances,
        area: "Administrators",
        members: ["principalId", "roleDefinitionId", "directoryScopeId"],
        said: |hold, kind, names, _| {
            let role = role(hold, names);
            match kind {
                ChangeKind::Removed => format!("is no longer eligible for {role}"),
                _ => format!("became eligible for {role}"),
            }
        },
    },
    Kind {
        data: Data::GroupEligibilityScheduleInstances,
        area: "Administrators",
        members: ["principalId", "groupId", "accessId"],
        said: |hold, kind, names, _| {
            let group = names.of_id(&hold.target);
            let access = if hold.scope == "owner" { "owner" } else { "member" };
            match kind {
                ChangeKind::Removed => format!("is no longer eligible as {access} of {group}"),
                _ => format!("became eligible as {access} of {group}"),
            }
        },
    },
    Kind {
        data: Data::AppRoleAssignments,
        area: "Applications",
        members: ["principalId", "resourceId", "appRoleId"],
        said: |hold, kind, names, context| {
            let permission = context.permissions.get(&hold.scope).unwrap_or(&hold.scope);
            let resource = names.of_id(&hold.target);
            match kind {
                ChangeKind::Removed => {
                    format!("lost the application permission {permission} on {resource}")
                }
                _ => format!("was granted the application permission {permission} on {resource}"),
            }
        },
    },
    Kind {
        data: Data::Oauth2PermissionGrants,
        area: "Applications",
        members: ["clientId", "resourceId", "scope"],
        said: |hold, kind, names, _| {
            let (permission, who) = hold.scope.split_once('|').unwrap_or((&hold.scope, ""));
            let resource = names.of_id(&hold.target);
            let whose = match who {
                "" => "everybody".to_owned(),
                who => names.of_id(who),
            };
            match kind {
                ChangeKind::Removed => format!(
                    "lost the delegated permission {permission} on {resource}, on behalf of {whose}"
                ),
                _ => format!(
                    "was granted the delegated permission {permission} on {resource}, on behalf of \
                     {whose}"
                ),
            }
        },
    },
];

/// The changes of roles and permissions, without who did them. What could not be compared goes to the
/// holes.
pub(crate) fn changes(
    before: &Snapshot,
    after: &Snapshot,
    names: &Names,
    holes: &mut Vec<NotCompared>,
) -> Vec<(Change, Trace)> {
    let mut found = active(before, after, names, holes);
    let context = Context::of([before, after]);
    for kind in &KINDS {
        let (old, new) = match both(before, after, kind.data) {
            Ok(Some(records)) => records,
            Ok(None) => continue,
            Err(hole) => {
                holes.push(hole);
                continue;
            }
        };
        let holders = |records: &[Value]| -> BTreeMap<Hold, String> {
            records.iter().flat_map(|record| each(kind, record)).collect()
        };
        let said = |hold: &Hold, change| (kind.said)(hold, change, names, &context);
        found.extend(compare(kind.data, kind.area, &holders(&old), &holders(&new), &said, names));
    }
    found
}

impl Context {
    fn of(snapshots: [&Snapshot; 2]) -> Self {
        let mut permissions = BTreeMap::new();
        for snapshot in snapshots {
            for principal in crate::records(snapshot, Data::ServicePrincipals).unwrap_or_default() {
                let roles = principal.get("appRoles").and_then(Value::as_array);
                for role in roles.into_iter().flatten() {
                    if let (Some(id), Some(name)) = (text(role, "id"), role.get("value")) {
                        let name = name.as_str().unwrap_or_default().to_owned();
                        permissions.insert(id, name);
                    }
                }
            }
        }
        Self { permissions }
    }
}

/// The holds of one record: delegated permissions are several in one text.
fn each(kind: &Kind, record: &Value) -> Vec<(Hold, String)> {
    let [principal, target, scope] = kind.members;
    let (Some(principal), Some(target)) = (text(record, principal), text(record, target)) else {
        return Vec::new();
    };
    let hold = |scope: String| {
        let hold = Hold { principal: principal.clone(), target: target.clone(), scope };
        (hold, String::new())
    };
    let said = record.get(scope).and_then(Value::as_str).unwrap_or_default();
    if kind.data == Data::Oauth2PermissionGrants {
        let whose = text(record, "principalId").unwrap_or_default();
        return said.split_whitespace().map(|scope| hold(format!("{scope}|{whose}"))).collect();
    }
    vec![hold(said.to_ascii_lowercase())]
}

/// Standing holds of roles. An eligible role that somebody has activated just now is none.
fn active(
    before: &Snapshot,
    after: &Snapshot,
    names: &Names,
    holes: &mut Vec<NotCompared>,
) -> Vec<(Change, Trace)> {
    let (old, new) = match both(before, after, Data::RoleAssignments) {
        Ok(Some(records)) => records,
        Ok(None) => return Vec::new(),
        Err(hole) => {
            holes.push(hole);
            return Vec::new();
        }
    };
    let instances = both(before, after, Data::RoleAssignmentScheduleInstances);
    let (old_instances, new_instances) = instances.ok().flatten().unwrap_or_default();
    let (was, is) = (standing(&old, &old_instances), standing(&new, &new_instances));
    let said = |hold: &Hold, kind: ChangeKind| {
        let role = role(hold, names);
        match kind {
            ChangeKind::Added => format!("became {role}"),
            ChangeKind::Removed => format!("is no longer {role}"),
            ChangeKind::Changed => format!("holds {role} until another time"),
        }
    };
    compare(Data::RoleAssignments, "Administrators", &was, &is, &said, names)
}

/// Who holds which role without activating it, with the end of the assignment.
fn standing(assignments: &[Value], instances: &[Value]) -> BTreeMap<Hold, String> {
    let hold = |record: &Value| {
        Some(Hold {
            principal: text(record, "principalId")?,
            target: text(record, "roleDefinitionId")?,
            scope: text(record, "directoryScopeId").unwrap_or_else(|| "/".to_owned()),
        })
    };
    let mut found: BTreeMap<Hold, String> =
        assignments.iter().filter_map(hold).map(|hold| (hold, String::new())).collect();
    let is_activated = |instance: &&Value| {
        text(instance, "assignmentType").is_some_and(|kind| kind == "activated")
    };
    for activated in instances.iter().filter(is_activated).filter_map(hold) {
        found.remove(&activated);
    }
    for instance in instances.iter().filter(|instance| !is_activated(instance)) {
        if let Some(hold) = hold(instance) {
            let end = instance.get("endDateTime").and_then(canonical::canonical);
            let end = end.and_then(|end| end.as_str().map(str::to_owned)).unwrap_or_default();
            found.insert(hold, end);
        }
    }
    found
}

fn compare(
    data: Data,
    area: &str,
    was: &BTreeMap<Hold, String>,
    is: &BTreeMap<Hold, String>,
    said: &dyn Fn(&Hold, ChangeKind) -> String,
    names: &Names,
) -> Vec<(Change, Trace)> {
    let end = |end: &String| Some(if end.is_empty() { "no end".to_owned() } else { end.clone() });
    let gone = was.iter().filter(|(hold, _)| !is.contains_key(*hold));
    let come = is.iter().filter(|(hold, _)| !was.contains_key(*hold));
    let moved = is.iter().filter_map(|(hold, new)| {
        let old = was.get(hold).filter(|old| *old != new)?;
        Some((hold, ChangeKind::Changed, end(old), end(new)))
    });
    gone.map(|(hold, _)| (hold, ChangeKind::Removed, None, None))
        .chain(come.map(|(hold, _)| (hold, ChangeKind::Added, None, None)))
        .chain(moved)
        .map(|(hold, kind, before, after)| {
            let is_role = area == "Administrators";
            let subject = Subject {
                kind: if is_role { SubjectKind::User } else { SubjectKind::ServicePrincipal },
                id: hold.principal.clone(),
                name: names.of_id(&hold.principal),
            };
            let trace = Trace {
                ids: vec![hold.principal.clone()],
                activity: "",
                role: Some(vec![hold.target.clone(), names.of_id(&hold.target)]),
                exchange: false,
            };
            let change = Change {
                area: area.to_owned(),
                subject,
                what: said(hold, kind),
                kind,
                before,
                after,
                dataset: data.name().to_owned(),
                actor: Actor::Unknown { because: String::new() },
            };
            (change, trace)
        })
        .collect()
}

fn role(hold: &Hold, names: &Names) -> String {
    let role = names.of_id(&hold.target);
    match hold.scope.as_str() {
        "" | "/" => role,
        scope => {
            let unit = scope.rsplit('/').next().unwrap_or(scope);
            format!("{role} within {}", names.of_id(unit))
        }
    }
}

fn text(record: &Value, member: &str) -> Option<String> {
    record.get(member).and_then(Value::as_str).map(str::to_ascii_lowercase)
}
