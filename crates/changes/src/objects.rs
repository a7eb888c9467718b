//! What changed in the records of one dataset.

use std::collections::BTreeMap;

use model::{Actor, Change, ChangeKind, Data, Subject};
use serde_json::Value;

use crate::audit::Trace;
use crate::compare::{How, Known, differences};
use crate::dataset::Spec;
use crate::names::Names;
use crate::words;

/// The changes of one dataset, without who did them.
pub(crate) fn changes(
    spec: &Spec,
    old: &[Value],
    new: &[Value],
    names: &Names,
) -> Vec<(Change, Trace)> {
    let (old, new) = (prepared(spec, old), prepared(spec, new));
    let known = (Known::of(&old), Known::of(&new));
    let (old, new) = (by_key(spec, &old), by_key(spec, &new));
    let mut found = Vec::new();
    for (key, record) in &old {
        match new.get(key) {
            None => found.extend(came_or_went(spec, key, record, ChangeKind::Removed, names)),
            Some(other) => {
                let differences = differences(record, other, (&known.0, &known.1), &|name| {
                    spec.members.has(name)
                });
                for difference in differences {
                    found.push(changed(spec, key, other, &difference.path, difference.how, names));
                }
            }
        }
    }
    for (key, record) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        found.extend(came_or_went(spec, key, record, ChangeKind::Added, names));
    }
    found
}

fn prepared(spec: &Spec, records: &[Value]) -> Vec<Value> {
    let mut records = records.to_vec();
    records.iter_mut().for_each(spec.prepare);
    records.retain(Value::is_object);
    records
}

/// Records by what tells them apart. What has no such member cannot be told apart and is left out.
fn by_key<'v>(spec: &Spec, records: &'v [Value]) -> BTreeMap<String, &'v Value> {
    if spec.keys.is_empty() {
        return records.first().map(|record| (String::new(), record)).into_iter().collect();
    }
    records.iter().filter_map(|record| Some((key(spec, record)?, record))).collect()
}

fn key(spec: &Spec, record: &Value) -> Option<String> {
    let text = |name: &&str| record.get(*name).and_then(Value::as_str).filter(|t| !t.is_empty());
    spec.keys.iter().find_map(text).map(str::to_ascii_lowercase)
}

/// Details of something else, which says by itself when it comes and goes.
const fn is_detail(data: Data) -> bool {
    matches!(
        data,
        Data::UserRegistrationDetails
            | Data::UserAuthenticationRequirements
            | Data::GroupMembers
            | Data::RoleManagementPolicyAssignments
            | Data::ExchangeCasMailboxes
            | Data::ExchangeMailboxAuditBypassAssociations
    )
}

fn came_or_went(
    spec: &Spec,
    key: &str,
    record: &Value,
    kind: ChangeKind,
    names: &Names,
) -> Option<(Change, Trace)> {
    if is_detail(spec.data) {
        return None;
    }
    let what = match kind {
        ChangeKind::Added => "was added",
        _ => "was removed",
    };
    // How it stands matters for what is switched on and off.
    let state = record.get("state").or_else(|| record.get("accountEnabled"));
    let state = state.map(|state| crate::canonical::canonical(state).unwrap_or(Value::Null));
    let state = state.filter(|state| !state.is_null()).map(|state| words::value(&state, names));
    let (before, after) = match kind {
        ChangeKind::Added => (None, state),
        _ => (state, None),
    };
    Some(change(spec, key, record, (kind, what.to_owned(), before, after), names))
}

fn changed(
    spec: &Spec,
    key: &str,
    record: &Value,
    path: &[String],
    how: How,
    names: &Names,
) -> (Change, Trace) {
    let said = match how {
        How::List { gained, lost } => {
            (ChangeKind::Changed, words::list(path, &gained, &lost, names), None, None)
        }
        How::Value(before, after) => {
            let word = |value: Option<Value>| value.map(|value| words::value(&value, names));
            let (before, after) = (word(before), word(after));
            let none = "nothing".to_owned();
            let what = format!(
                "{}: {} instead of {}",
                words::member(path, names),
                after.as_ref().unwrap_or(&none),
                before.as_ref().unwrap_or(&none)
            );
            (ChangeKind::Changed, what, before, after)
        }
    };
    change(spec, key, record, said, names)
}

fn change(
    spec: &Spec,
    key: &str,
    record: &Value,
    (kind, what, before, after): (ChangeKind, String, Option<String>, Option<String>),
    names: &Names,
) -> (Change, Trace) {
    let text = |name: &str| record.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let own = [
        "displayName",
        "appDisplayName",
        "DisplayName",
        "Name",
        "name",
        "userPrincipalName",
        "UserPrincipalName",
        "skuPartNumber",
        "Identity",
    ]
    .into_iter()
    .find_map(text);
    let name = match own {
        _ if spec.keys.is_empty() => spec.noun.to_owned(),
        // The name of what it is a detail of.
        None => format!("{} {}", spec.noun, names.of_id(key)),
        Some(name) => format!("{} {name}", spec.noun),
    };
    let id = text("id").or_else(|| text("ExternalDirectoryObjectId")).unwrap_or(key);
    let subject = Subject { kind: spec.kind, id: id.to_ascii_lowercase(), name };
    let trace = Trace {
        ids: vec![key.to_owned(), id.to_ascii_lowercase()],
        activity: spec.activity,
        role: None,
        exchange: spec.data.name().starts_with("exchange"),
    };
    let actor = Actor::Unknown { because: String::new() };
    let (area, dataset) = (spec.area.to_owned(), spec.data.name().to_owned());
    (Change { area, subject, what, kind, before, after, dataset, actor }, trace)
}
