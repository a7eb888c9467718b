//! One way to write what means the same.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Members that the services change by themselves, in any object.
const VOLATILE: [&str; 31] = [
    "createddatetime",
    "deleteddatetime",
    "modifieddatetime",
    "lastmodifieddatetime",
    "lastmodifiedby",
    "lastupdateddatetime",
    "lastrefresheddatetime",
    "reneweddatetime",
    "lastsynced",
    "lastdirsynctime",
    "onpremiseslastsyncdatetime",
    "lastpasswordchangedatetime",
    "signinactivity",
    "refreshtokensvalidfromdatetime",
    "signinsessionsvalidfromdatetime",
    "securityidentifier",
    "etag",
    "policyversion",
    "whenchanged",
    "whenchangedutc",
    "whencreated",
    "whencreatedutc",
    "whenmailboxcreated",
    "lastexchangechangedtime",
    "lastlogontime",
    "exchangeversion",
    "objectstate",
    "originatingserver",
    "distinguishedname",
    "serverlegacydn",
    "lastmodifiedtime",
];

/// Whether a member says nothing about a decision: annotations of the protocol, and what moves by
/// itself.
pub(crate) fn is_volatile(name: &str) -> bool {
    name.contains('@') || VOLATILE.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// The value in one way of writing; `None` for what means "nothing": null, an empty text, an empty
/// list, an object of nothing but such.
///
/// Booleans, numbers and their spellings as text are the same text; ids and addresses are in lower
/// case; times are of one precision; lists are sorted and hold nothing twice.
pub(crate) fn canonical(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::String(text) => scalar(text).map(Value::String),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().filter_map(canonical).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members: Map<String, Value> = members
                .iter()
                .filter(|(name, _)| !is_volatile(name))
                .filter_map(|(name, value)| Some((name.clone(), canonical(value)?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
    }
}

fn scalar(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Some(text.to_ascii_lowercase());
    }
    if is_guid(text) || (text.contains('@') && !text.contains(' ')) {
        return Some(text.to_ascii_lowercase());
    }
    // A time, in whichever precision and offset it came.
    if text.len() >= 20
        && text.as_bytes().get(4) == Some(&b'-')
        && let Ok(time) = text.parse::<Timestamp>()
    {
        return Some(time.to_string());
    }
    Some(text.to_owned())
}

pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether a value is what the services mean when they leave a member out.
pub(crate) fn is_default(value: Option<&Value>) -> bool {
    match value {
        None => true,
        Some(Value::String(text)) => matches!(text.as_str(), "false" | "0" | "None" | "none"),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same_is_written_the_same() {
        for (one, other) in [
            (json!(null), json!("")),
            (json!([]), json!({ "a": null, "b": [null] })),
            (json!(true), json!("True")),
            (json!(60), json!("60")),
            (json!(["b", "a", "b"]), json!(["a", "b"])),
            (
                json!("ABCDEF00-0000-4000-8000-000000000001"),
                json!("abcdef00-0000-4000-8000-000000000001"),
            ),
            (json!("Robin@Larkspur.example"), json!("robin@larkspur.example")),
            (json!("2026-11-01T02:00:00.0000000Z"), json!("2026-11-01T02:00:00Z")),
            (json!({ "a": 1, "@odata.etag": "x", "WhenChanged": "y" }), json!({ "a": "1" })),
        ] {
            assert_eq!(canonical(&one), canonical(&other), "{one} {other}");
        }
        for (one, other) in [
            (json!("a"), json!("A")),
            (json!(false), json!(true)),
            (json!(["a"]), json!(["a", "b"])),
            (json!({ "a": 1 }), json!({ "b": 1 })),
        ] {
            assert_ne!(canonical(&one), canonical(&other), "{one} {other}");
        }
    }
}
