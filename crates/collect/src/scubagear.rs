//! The provider export of ScubaGear, CISA's assessment tool, becomes a snapshot.
//!
//! Only spelling and place change: objects of Microsoft Graph get Graph's spelling, times of
//! PowerShell become times, objects of Exchange Online stay. What the export lacks stays
//! unavailable, with what exactly is missing. ScubaGear reads eight directory roles and the accounts
//! that hold them, not all roles and users; datasets made of these say so in their member `partial`,
//! and `users` is never made of them.

mod datasets;
mod importer;
mod kept;
mod rewrite;
mod sources;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::Snapshot;
use serde_json::value::RawValue;

use importer::Importer;
use sources::{MARKS, SOURCES};

/// A text that is no export of ScubaGear.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not JSON; the cause tells line and column.
    #[error("not valid JSON")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error(
        "expected a provider export of ScubaGear, an object with members such as \
         \"conditional_access_policies\" or \"protection_policy_rules\""
    )]
    NotScubaGear,
    /// Neither UTF-8 nor UTF-16.
    #[error("the text is neither UTF-8 nor UTF-16")]
    Encoding,
}

/// The members of an export.
type Export<'a> = BTreeMap<String, &'a RawValue>;

/// Makes a snapshot of an export's bytes: UTF-8 or UTF-16, with or without a byte order mark.
///
/// # Errors
///
/// When the bytes are no text, the text is no JSON, or the JSON is no export of ScubaGear.
pub fn import_bytes(export: &[u8]) -> Result<Snapshot, ImportError> {
    import(&text(export).ok_or(ImportError::Encoding)?)
}

/// Makes a snapshot of an export: ScubaGear's `ProviderSettingsExport.json`, or its
/// `ScubaResults.json`, which holds the same under `Raw`, or a test case, which holds it under
/// `input`.
///
/// A cut-down export without a time is dated 1970-01-01, one without a tenant id has the zero GUID.
///
/// # Errors
///
/// When the text is no JSON, or is no export of ScubaGear.
pub fn import(export: &str) -> Result<Snapshot, ImportError> {
    let export = export.strip_prefix('\u{feff}').unwrap_or(export);
    let mut members: Export<'_> = serde_json::from_str(export).map_err(|error| {
        if error.is_data() { ImportError::NotScubaGear } else { ImportError::Json(error) }
    })?;
    for wrapping in ["Raw", "input"] {
        if let Some(raw) = members.get(wrapping).filter(|_| !is_export(&members)) {
            members = serde_json::from_str(raw.get()).map_err(|_| ImportError::NotScubaGear)?;
        }
    }
    if !is_export(&members) {
        return Err(ImportError::NotScubaGear);
    }
    Ok(Importer::of(members).snapshot())
}
fn is_export(members: &Export<'_>) -> bool {
    let known = |key: &str| members.contains_key(key);
    MARKS.iter().any(|key| known(key)) || SOURCES.iter().any(|source| known(source.key))
}

/// The text of a file that PowerShell wrote.
fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => u16::from(b'?'),
        });
        char::decode_utf16(units).collect::<Result<String, _>>().ok().map(Cow::Owned)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'{', 0, ..] => utf_16(bytes, u16::from_le_bytes),
        [0, b'{', ..] => utf_16(bytes, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}
