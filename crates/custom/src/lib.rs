//! Custom controls: the provider's own, written in Rego over the snapshot.
//!
//! A control is two files of the same name: `NAME.toml` holds its texts and says what it reads,
//! `NAME.rego` judges. [`controls()`] reads them and refuses what it does not understand before
//! anything is judged. Judging stays pure: the language has no clock, no randomness and no network
//! here, and a policy that runs on is stopped after a number of steps, not of seconds, so that the
//! same snapshot gives the same verdict on every machine. See `docs/custom-controls.md`.

mod answer;
mod judge;
mod metadata;
mod rules;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::controls::Custom;
use sha2::{Digest, Sha256};

/// A text file, with the path it is called by in errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it lies.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A file that is no custom control: which, where in it, what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct CustomError {
    /// The file.
    pub path: String,
    /// The place in it, what is wrong, and what to do.
    pub message: String,
}

impl CustomError {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }
}

/// The most bytes either file of a control may hold.
const MOST_BYTES: usize = 64 << 10;

/// Reads custom controls from their files: `.toml` with the texts, `.rego` with the rule. Sorted
/// by id.
///
/// # Errors
///
/// The first file, in the order given, that is not understood: a member that is missing or not
/// known, an id that is taken, a rule that does not parse, calls what does not exist here or calls
/// itself. A file without its other half is one too.
pub fn controls(files: &[Source]) -> Result<Vec<Custom>, CustomError> {
    let stems: BTreeMap<&str, &Source> =
        files.iter().filter_map(|file| Some((file.path.strip_suffix(".rego")?, file))).collect();
    let mut found: Vec<Custom> = Vec::new();
    let mut paired = BTreeSet::new();
    for metadata in files {
        let Some(stem) = metadata.path.strip_suffix(".toml") else { continue };
        let rule = stems.get(stem).ok_or_else(|| {
            CustomError::new(&metadata.path, format!("its rule is missing: expected {stem}.rego"))
        })?;
        paired.insert(stem);
        let control = control(metadata, rule)?;
        if found.iter().any(|other| other.id == control.id) {
            let message = format!("the id {:?} stands twice in this folder", control.id);
            return Err(CustomError::new(&metadata.path, message));
        }
        found.push(control);
    }
    if let Some((stem, rule)) = stems.iter().find(|(stem, _)| !paired.contains(*stem)) {
        let message = format!("its texts are missing: expected {stem}.toml");
        return Err(CustomError::new(&rule.path, message));
    }
    found.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(found)
}

fn control(metadata: &Source, rule: &Source) -> Result<Custom, CustomError> {
    for file in [metadata, rule] {
        if file.text.len() > MOST_BYTES {
            let message = format!("is larger than {} KiB", MOST_BYTES >> 10);
            return Err(CustomError::new(&file.path, message));
        }
    }
    let texts = metadata::read(metadata)?;
    let policy = rules::check(rule, &texts.reads)?;
    let reads = texts.reads.clone();
    let digest = Sha256::new()
        .chain_update(metadata.text.len().to_be_bytes())
        .chain_update(&metadata.text)
        .chain_update(&rule.text)
        .finalize();
    Ok(Custom {
        id: texts.id,
        area: texts.area,
        title: texts.title,
        severity: texts.severity,
        reads: texts.reads,
        rationale: texts.rationale,
        passes_when: texts.passes_when,
        remediation: texts.remediation,
        effort: texts.effort,
        sources: texts.sources,
        mappings: texts.mappings,
        digest: hex::encode(digest),
        judge: Arc::new(move |tenant| policy.judge(tenant, &reads, judge::Limits::default())),
    })
}

#[cfg(test)]
mod tests;
