//! How loosely typed answers become typed fields.
//!
//! Graph sends `null` for empty lists now and then; Exchange Online sends booleans as `"True"` and
//! lists of one as a bare string. Each function here is for one such habit.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// `null` counts as the default (an empty list, an empty object).
pub(crate) fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A boolean, or a string that spells one in any case; `null` and other texts are `None`.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    Ok(as_bool(&Value::deserialize(deserializer)?))
}

/// As [`boolean`], telling `null` (`Some(None)`) from an absent member (`None`, with
/// `#[serde(default)]`).
#[expect(clippy::option_option, reason = "absent, null and set mean three different things")]
pub(crate) fn present_boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<bool>>, D::Error> {
    Ok(Some(as_bool(&Value::deserialize(deserializer)?)))
}

/// Any value, telling `null` (`Some(Value::Null)`) from an absent member (`None`, with
/// `#[serde(default)]`).
pub(crate) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number, or a string that spells one; `null` and other texts are `None`.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A list of strings; `null` is the empty list, a bare string is a list of one.
pub(crate) fn strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(items) => Ok(items
            .into_iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(text),
                Value::Null => None,
                other => Some(other.to_string()),
            })
            .collect()),
        other => Err(de::Error::custom(format_args!("expected a list of strings, found {other}"))),
    }
}

/// A time; `null`, an empty string and the years that mean "never" (1 and 9999) are `None`.
pub(crate) fn time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<jiff::Timestamp>, D::Error> {
    let Some(Text(text)) = Option::deserialize(deserializer)? else { return Ok(None) };
    if text.is_empty() || text.starts_with("0001-") || text.starts_with("9999-") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        de::Error::custom(format_args!(
            "expected a time such as 2026-11-01T02:00:00Z, found {text:?}"
        ))
    })
}

/// A text that is looked at and not kept: borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
