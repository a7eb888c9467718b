//! Files that a person hands in, told apart by what is in them.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use controls::check_names;
use model::{Assessment, Profile, Snapshot};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The most a file may hold, in bytes: 4 GiB, against files that are no snapshots at all.
const MOST_BYTES: u64 = 4 << 30;

/// A snapshot, with the digest that names it.
pub struct SnapshotFile {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// SHA-256 of its plain JSON, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a file turned out to be.
pub enum Input {
    /// A snapshot, or an export that became one.
    Snapshot(Box<SnapshotFile>),
    /// An assessment.
    Assessment(Box<Assessment>),
}

/// A file that cannot be used: which, where in it, and what was expected.
#[derive(Debug)]
pub struct InputError {
    message: String,
}

impl fmt::Display for InputError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}

/// Reads a snapshot (`muster.snapshot/1`, plain or compressed), an assessment
/// (`muster.assessment/1`), a `ca-tenant/1` tenant or a `ScubaGear` export.
///
/// # Errors
///
/// When the file cannot be read or is none of these, with the place and what was expected.
pub fn read(path: &Path) -> Result<Input, InputError> {
    let bytes = bytes(path)?;
    let json = model::unpack(&bytes).map_err(|error| bad(path, &chain(&error)))?;
    match format(&json) {
        Format::Snapshot => {
            let snapshot = Snapshot::from_json(&json).map_err(|error| bad(path, &chain(&error)))?;
            let sha256 = sha256(&json);
            Ok(Input::Snapshot(Box::new(SnapshotFile { snapshot, sha256 })))
        }
        Format::Assessment => serde_json::from_slice(&json)
            .map(|assessment| Input::Assessment(Box::new(assessment)))
            .map_err(|error| bad(path, &format!("not a valid assessment: {error}"))),
        Format::SignInTenant => {
            let snapshot = signin::import::ca_tenant(&text(path, &json)?)
                .map_err(|error| bad(path, &chain(&error)))?;
            imported(path, snapshot)
        }
        Format::Other => {
            let snapshot = collect::scubagear::import(&text(path, &json)?)
                .map_err(|error| bad(path, &chain(&error)))?;
            imported(path, snapshot)
        }
    }
}

/// As [`read`], for commands that need a snapshot.
///
/// # Errors
///
/// As [`read`], and when the file is an assessment.
pub fn snapshot(path: &Path) -> Result<SnapshotFile, InputError> {
    match read(path)? {
        Input::Snapshot(file) => Ok(*file),
        Input::Assessment(_) => Err(bad(
            path,
            "an assessment cannot be judged again: give the snapshot that it was made from",
        )),
    }
}

/// Reads a tenant's profile. The folder of custom controls that it names is then one that can be
/// opened from here.
///
/// # Errors
///
/// When the file cannot be read, is no profile or speaks of a control that does not exist, with
/// the line.
pub fn profile(path: &Path) -> Result<Profile, InputError> {
    let bytes = bytes(path)?;
    let text = text(path, &bytes)?;
    let mut profile = Profile::parse(&text).map_err(|error| bad(path, &error.message))?;
    check_names(&profile, None).map_err(|error| {
        let quoted = format!("\"{}\"", error.id);
        let line = text.lines().position(|line| line.contains(&quoted)).unwrap_or_default() + 1;
        bad(path, &format!("line {line}: {error}"))
    })?;
    let custom = &mut profile.checklist.custom;
    if !custom.is_empty() {
        let beside = path.parent().unwrap_or(Path::new("")).join(&*custom);
        *custom = beside.to_string_lossy().into_owned();
    }
    Ok(profile)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Reads a text file.
///
/// # Errors
///
/// When the file cannot be read or is no UTF-8.
pub fn text_file(path: &Path) -> Result<String, InputError> {
    let bytes = bytes(path)?;
    Ok(text(path, &bytes)?.into_owned())
}

enum Format {
    Snapshot,
    Assessment,
    SignInTenant,
    Other,
}

/// Tells the format by the first members alone, so that a damaged file of ours is reported as
/// such and not as a bad export.
fn format(json: &[u8]) -> Format {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<serde_json::Value>,
        format: Option<serde_json::Value>,
    }
    let start = json.get(..512.min(json.len())).unwrap_or_default();
    let start = String::from_utf8_lossy(start);
    let head = serde_json::from_slice::<Head>(json).unwrap_or(Head { schema: None, format: None });
    let is = |word: &str| {
        [&head.schema, &head.format].into_iter().flatten().any(|found| found == word)
            || start.contains(&format!("\"{word}\""))
    };
    if is("muster.assessment/1") {
        Format::Assessment
    } else if is("ca-tenant/1") {
        Format::SignInTenant
    } else if head.schema.is_some() || is("muster.snapshot/1") {
        Format::Snapshot
    } else {
        Format::Other
    }
}

fn imported(path: &Path, snapshot: Snapshot) -> Result<Input, InputError> {
    let json = snapshot.to_json().map_err(|error| bad(path, &chain(&error)))?;
    Ok(Input::Snapshot(Box::new(SnapshotFile { sha256: sha256(&json), snapshot })))
}

fn bytes(path: &Path) -> Result<Vec<u8>, InputError> {
    let metadata = std::fs::metadata(path).map_err(|error| bad(path, &error.to_string()))?;
    if metadata.is_dir() {
        return Err(bad(path, "is a folder; a file was expected"));
    }
    if metadata.len() > MOST_BYTES {
        return Err(bad(path, "is larger than 4 GiB, which no snapshot is"));
    }
    std::fs::read(path).map_err(|error| bad(path, &error.to_string()))
}

/// The bytes as text: UTF-8, or UTF-16 with a byte order mark, which `PowerShell` likes to write.
fn text<'b>(path: &Path, bytes: &'b [u8]) -> Result<Cow<'b, str>, InputError> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] => str::from_utf8(rest).ok().map(Cow::Borrowed),
        _ => str::from_utf8(bytes).ok().map(Cow::Borrowed),
    };
    decoded.ok_or_else(|| bad(path, "is no text: expected UTF-8 or UTF-16"))
}

pub(crate) fn bad(path: &Path, message: &str) -> InputError {
    InputError { message: format!("{}: {message}", path.display()) }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
