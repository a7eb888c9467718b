//! Who did it: the directory audit log of the later snapshot, joined by object and time.

use jiff::Timestamp;
use model::{Actor, Change, ChangeKind, Data, Dataset, Snapshot};
use serde_json::Value;

use crate::canonical;
use crate::names::Names;

/// What an entry of the log must speak of to be the one of a change.
pub(crate) struct Trace {
    /// Ids of the object.
    pub(crate) ids: Vec<String>,
    /// Words of the activity, where entries do not name the object by id; empty: by id only.
    pub(crate) activity: &'static str,
    /// The role by id and name, for changes of who holds what.
    pub(crate) role: Option<Vec<String>>,
    /// Whether Exchange Online keeps the log of it.
    pub(crate) exchange: bool,
}

/// The directory audit log of the time between two snapshots.
pub(crate) struct AuditLog {
    /// The entries of that time, oldest first; or why there are none.
    entries: Result<Vec<Entry>, String>,
    /// Why an entry may be missing although the log was read; empty: none can be.
    short: String,
    /// The categories that were asked for; empty: all.
    categories: Vec<String>,
}

struct Entry {
    at: Timestamp,
    id: String,
    activity: String,
    targets: Vec<Value>,
    initiated_by: Value,
}

impl AuditLog {
    pub(crate) fn of(before: &Snapshot, after: &Snapshot) -> Self {
        let none = |why: &str| Self {
            entries: Err(why.to_owned()),
            short: String::new(),
            categories: Vec::new(),
        };
        let collected = match after.dataset(Data::DirectoryAudits) {
            None => return none("the directory audit log was not read"),
            Some(Dataset::Unavailable(hole)) => {
                let reason = crate::words::spaced(&format!("{:?}", hole.reason));
                return none(&format!("the directory audit log could not be read ({reason})"));
            }
            Some(Dataset::Collected(collected)) => collected,
        };
        let Ok(records) = serde_json::from_str::<Vec<Value>>(collected.records.get()) else {
            return none("the directory audit log has an unexpected shape");
        };
        let all: Vec<Entry> = records.iter().filter_map(entry).collect();
        let since = asked_since(&collected.source).or_else(|| all.iter().map(|e| e.at).min());
        let short = match since {
            Some(since) if since <= before.taken_at => String::new(),
            Some(since) => {
                let day = since.strftime("%Y-%m-%d");
                format!("log not kept: what was read reaches back to {day} only")
            }
            None => "log not kept: it is empty".to_owned(),
        };
        let mut entries: Vec<Entry> =
            all.into_iter().filter(|entry| entry.at > before.taken_at).collect();
        entries.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.id.cmp(&other.id)));
        Self { entries: Ok(entries), short, categories: asked_categories(&collected.source) }
    }

    /// Who made a change, as far as the log tells.
    pub(crate) fn actor(&self, change: &Change, trace: &Trace, names: &Names) -> Actor {
        let unknown = |because: &str| Actor::Unknown { because: because.to_owned() };
        if trace.exchange {
            return unknown("Exchange Online keeps the log of it, which was not read");
        }
        let entries = match &self.entries {
            Ok(entries) => entries,
            Err(why) => return unknown(why),
        };
        let found: Vec<&Entry> =
            entries.iter().filter(|entry| entry.speaks_of(change, trace)).collect();
        if let Some(entry) = found.last() {
            return entry.actor(found.len() - 1, names);
        }
        if !self.short.is_empty() {
            return unknown(&self.short);
        }
        let needed = match change.dataset.as_str() {
            "users" | "userRegistrationDetails" | "userAuthenticationRequirements" => {
                "UserManagement"
            }
            "groups" | "groupMembers" => "GroupManagement",
            _ => "",
        };
        if !needed.is_empty()
            && !self.categories.is_empty()
            && !self.categories.iter().any(|category| category == needed)
        {
            return unknown("the log of such changes was not read");
        }
        unknown("the log has no entry for it")
    }
}

impl Entry {
    fn speaks_of(&self, change: &Change, trace: &Trace) -> bool {
        let activity = self.activity.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| activity.contains(word));
        let fits = match (&trace.role, change.kind) {
            // Activations and requests are no change of who holds what.
            (Some(_), _) if has(&["activation", "requested", "activate"]) => false,
            (Some(_), ChangeKind::Added) => has(&["add", "assign", "consent", "grant", "restore"]),
            (Some(_), ChangeKind::Removed) => {
                has(&["remove", "delete", "revoke", "expire", "unassign"])
            }
            (Some(_), ChangeKind::Changed) => true,
            (None, ChangeKind::Added) => has(&["add", "create", "restore", "invite", "register"]),
            (None, ChangeKind::Removed) => has(&["delete", "remove"]),
            (None, ChangeKind::Changed) => !has(&["delete", "hard delete"]),
        };
        if !fits {
            return false;
        }
        let names_it = self.targets.iter().any(|target| {
            let id = target.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase);
            id.is_some_and(|id| trace.ids.contains(&id))
        });
        let by_activity = !trace.activity.is_empty()
            && activity.contains(trace.activity)
            && !self.targets.iter().any(|target| {
                // An entry that names another object of the kind is of that one.
                trace.role.is_none()
                    && !trace.ids.iter().all(String::is_empty)
                    && target.get("id").and_then(Value::as_str).is_some_and(canonical::is_guid)
                    && trace.ids.iter().any(|id| canonical::is_guid(id))
            });
        (names_it || by_activity) && self.speaks_of_role(trace)
    }

    /// Whether the entry is of this role, where it says which one.
    fn speaks_of_role(&self, trace: &Trace) -> bool {
        let Some(role) = &trace.role else { return true };
        let mut said = Vec::new();
        for target in &self.targets {
            if target.get("type").and_then(Value::as_str) == Some("Role") {
                let text = |name: &str| target.get(name).and_then(Value::as_str);
                said.extend([text("id"), text("displayName")].into_iter().flatten());
            }
            let properties = target.get("modifiedProperties").and_then(Value::as_array);
            for property in properties.into_iter().flatten() {
                let name = property.get("displayName").and_then(Value::as_str).unwrap_or_default();
                if matches!(name, "Role.DisplayName" | "Role.TemplateId") {
                    let value = |name: &str| property.get(name).and_then(Value::as_str);
                    said.extend([value("newValue"), value("oldValue")].into_iter().flatten());
                }
            }
        }
        let plain = said.iter().map(|text| text.trim_matches('"')).filter(|text| !text.is_empty());
        let mut plain = plain.peekable();
        plain.peek().is_none()
            || plain.any(|text| role.iter().any(|known| known.eq_ignore_ascii_case(text)))
    }

    fn actor(&self, more: usize, names: &Names) -> Actor {
        let text = |of: &str, name: &str| {
            let value = self.initiated_by.get(of)?.get(name)?.as_str()?;
            (!value.is_empty()).then(|| value.to_owned())
        };
        let app = text("app", "displayName").or_else(|| {
            ["appId", "servicePrincipalId"]
                .iter()
                .find_map(|id| text("app", id))
                .map(|id| names.of_id(&id))
        });
        let (at, entry) = (self.at, self.id.clone());
        let user = text("user", "userPrincipalName").or_else(|| text("user", "displayName"));
        if let Some(who) = user.or_else(|| text("user", "id").map(|id| names.of_id(&id))) {
            let id = text("user", "id").unwrap_or_default().to_ascii_lowercase();
            return Actor::Known { who, id, app, at, entry, more };
        }
        match app {
            Some(who) => {
                let id = text("app", "appId").or_else(|| text("app", "servicePrincipalId"));
                let id = id.unwrap_or_default().to_ascii_lowercase();
                Actor::Known { app: Some(who.clone()), who, id, at, entry, more }
            }
            None => {
                Actor::Unknown { because: format!("the log entry of {} names nobody", self.at) }
            }
        }
    }
}

fn entry(record: &Value) -> Option<Entry> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    if text("result").is_some_and(|result| !result.eq_ignore_ascii_case("success")) {
        return None;
    }
    Some(Entry {
        at: text("activityDateTime")?.parse().ok()?,
        id: text("id").unwrap_or_default().to_owned(),
        activity: text("activityDisplayName").unwrap_or_default().to_owned(),
        targets: record
            .get("targetResources")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
        initiated_by: record.get("initiatedBy").cloned().unwrap_or(Value::Null),
    })
}

/// The time from which on the log was asked for, in the request's filter.
fn asked_since(source: &str) -> Option<Timestamp> {
    let rest = source.split_once("activityDateTime ge ")?.1;
    rest.split([' ', '&', ')']).next()?.parse().ok()
}

/// The categories in the request's filter.
fn asked_categories(source: &str) -> Vec<String> {
    let parts = source.split("category eq '").skip(1);
    parts.filter_map(|part| part.split_once('\'').map(|(name, _)| name.to_owned())).collect()
}
