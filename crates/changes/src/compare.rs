//! How two objects differ, member by member.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::canonical::{canonical, is_default, is_volatile};

/// A member that differs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    /// Its path, from the object down; items of lists by their names.
    pub(crate) path: Vec<String>,
    /// How.
    pub(crate) how: How,
}

/// How a member differs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum How {
    /// Another value; `None` is nothing.
    Value(Option<Value>, Option<Value>),
    /// A list with items gained and lost; and the lists.
    List { gained: Vec<Value>, lost: Vec<Value> },
}

/// The members that a dataset's records have, by path. A member that no record has was not offered by
/// the service when the snapshot was taken, and says nothing.
pub(crate) struct Known(BTreeSet<String>);

impl Known {
    pub(crate) fn of(records: &[Value]) -> Self {
        let mut known = BTreeSet::new();
        for record in records {
            collect(record, "", &mut known);
        }
        Self(known)
    }

    fn has(&self, path: &str) -> bool {
        self.0.contains(path)
    }
}

fn collect(value: &Value, path: &str, known: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                collect(value, &path, known);
                known.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, known)),
        _ => {}
    }
}

/// Where a comparison stands: the same place in both objects.
struct Place<'k> {
    /// For people.
    path: Vec<String>,
    /// For [`Known`]: without names of items.
    known: String,
    old: &'k Known,
    new: &'k Known,
}

impl Place<'_> {
    fn member(&self, name: &str) -> Self {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Self { path, known: format!("{}.{name}", self.known), old: self.old, new: self.new }
    }

    fn item(&self, name: &str) -> Self {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Self { path, known: self.known.clone(), old: self.old, new: self.new }
    }
}

/// How two records differ in the members that `wanted` lets through.
pub(crate) fn differences(
    old: &Value,
    new: &Value,
    (old_known, new_known): (&Known, &Known),
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let place = Place { path: Vec::new(), known: String::new(), old: old_known, new: new_known };
    members(old, new, &place, wanted, &mut found);
    found
}

fn members(
    old: &Value,
    new: &Value,
    place: &Place<'_>,
    wanted: &dyn Fn(&str) -> bool,
    found: &mut Vec<Difference>,
) {
    let empty = serde_json::Map::new();
    let (was, is) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names.into_iter().filter(|name| !is_volatile(name) && wanted(name)) {
        let place = place.member(name);
        let (one, other) = (was.get(name), is.get(name));
        let (one_value, other_value) = (one.and_then(canonical), other.and_then(canonical));
        if one_value == other_value {
            continue;
        }
        let absent = |member: Option<&Value>, known: &Known, value: Option<&Value>| {
            // Left out on this side: nothing where the other says the default, or where this side
            // never says it although it had the object around it.
            member.is_none()
                && (is_default(value)
                    || (!known.has(&place.known) && parent_known(known, &place.known)))
        };
        if absent(one, place.old, other_value.as_ref())
            || absent(other, place.new, one_value.as_ref())
        {
            continue;
        }
        values(one, other, one_value, other_value, &place, found);
    }
}

/// Whether the records of a side have the object around a member, with members of its own.
fn parent_known(known: &Known, path: &str) -> bool {
    let Some((parent, _)) = path.rsplit_once('.') else { return true };
    let inside = format!("{parent}.");
    parent.is_empty()
        || known.0.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
}

fn values(
    old: Option<&Value>,
    new: Option<&Value>,
    was: Option<Value>,
    is: Option<Value>,
    place: &Place<'_>,
    found: &mut Vec<Difference>,
) {
    let is_object = |value: &Option<Value>| matches!(value, Some(Value::Object(_)));
    let is_list = |value: &Option<Value>| matches!(value, Some(Value::Array(_)));
    let null = Value::Null;
    if is_list(&was) || is_list(&is) {
        lists(was, is, place, found);
    } else if (is_object(&was) || was.is_none()) && (is_object(&is) || is.is_none()) {
        // An object that comes or goes is said member by member: each is a decision.
        let (old, new) = (old.unwrap_or(&null), new.unwrap_or(&null));
        members(old, new, place, &|_| true, found);
    } else {
        found.push(Difference { path: place.path.clone(), how: How::Value(was, is) });
    }
}

/// Lists are sets; a single value is a list of one. Items that are objects with a name are compared
/// with the item of that name.
fn lists(was: Option<Value>, is: Option<Value>, place: &Place<'_>, found: &mut Vec<Difference>) {
    let (was, is) = (items(was), items(is));
    let (old_named, new_named) = (named(&was), named(&is));
    let mut gained: Vec<Value> = Vec::new();
    let mut lost: Vec<Value> = Vec::new();
    if let (Some(old), Some(new)) = (&old_named, &new_named)
        && !(old.is_empty() && new.is_empty())
    {
        for (name, item) in old {
            match new.get(name) {
                None => lost.push(Value::String(name.clone())),
                Some(other) if *other != *item => {
                    members(item, other, &place.item(name), &|_| true, found);
                }
                Some(_) => {}
            }
        }
        let more = new.keys().filter(|name| !old.contains_key(*name));
        gained.extend(more.cloned().map(Value::String));
    } else if let ([Value::Object(_)], [Value::Object(_)]) = (was.as_slice(), is.as_slice()) {
        // One item each: the same, with other members.
        let null = Value::Null;
        let (one, other) = (was.first().unwrap_or(&null), is.first().unwrap_or(&null));
        members(one, other, place, &|_| true, found);
    } else {
        let said = |items: &[Value]| -> Vec<Value> {
            let items = items.iter().map(without_defaults);
            items.filter(|item| *item != Value::Object(serde_json::Map::new())).collect()
        };
        let (one, other) = (said(&was), said(&is));
        lost.extend(one.iter().filter(|item| !other.contains(item)).cloned());
        gained.extend(other.iter().filter(|item| !one.contains(item)).cloned());
    }
    if !gained.is_empty() || !lost.is_empty() {
        found.push(Difference { path: place.path.clone(), how: How::List { gained, lost } });
    }
}

/// An item without the members that say what leaving them out says too: a later version of the service
/// may send them.
fn without_defaults(item: &Value) -> Value {
    match item {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !is_default(Some(*value)))
            .map(|(name, value)| (name.clone(), without_defaults(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_defaults).collect(),
        other => other.clone(),
    }
}

fn items(value: Option<Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(other) => vec![other],
    }
}

/// The items by name, where all are objects with names of their own.
fn named(items: &[Value]) -> Option<BTreeMap<String, &Value>> {
    const NAMES: [&str; 12] = [
        "keyId",
        "servicePlanId",
        "tenantId",
        "categoryGroup",
        "category",
        "resourceAppId",
        "id",
        "name",
        "Name",
        "Identity",
        "target",
        "@odata.type",
    ];
    let mut found = BTreeMap::new();
    for item in items {
        let object = item.as_object()?;
        let name = NAMES.iter().find_map(|name| object.get(*name)?.as_str())?;
        found.insert(name.to_owned(), item);
    }
    (found.len() == items.len()).then_some(found)
}
