//! `muster report`: draw the documents.

use std::path::Path;

use ::report::{Brand, Options};
use anyhow::Context as _;

use super::Status;
use super::args::Report;
use super::terminal::Terminal;
use crate::input::{self, Input};
use crate::{documents, files};

pub(crate) fn run(arguments: &Report, terminal: &Terminal) -> anyhow::Result<Status> {
    let brand = brand(arguments.brand.as_deref(), terminal)?;
    let mut options = Options::default();
    let key = arguments.redact.as_deref().map(redaction_key).transpose()?;
    let redacted = |assessment: &model::Assessment, snapshot: Option<&model::Snapshot>| match &key {
        Some(key) => crate::redact(assessment, snapshot, key),
        None => Ok(assessment.clone()),
    };
    let assessment = match input::read(&arguments.input)? {
        Input::Assessment(assessment) => redacted(&assessment, None)?,
        Input::Snapshot(file) => {
            let profile = super::assess::profile(arguments.profile.as_deref(), &file)?;
            let checklist = super::assess::checklist(
                arguments.checklist.as_deref(),
                arguments.custom.as_deref(),
                &profile,
            )?;
            options.time_zone.clone_from(&profile.report.time_zone);
            let assessment = crate::assess(&file.snapshot, &file.sha256, &profile, &checklist);
            redacted(&assessment, Some(&file.snapshot))?
        }
    };
    for (name, bytes) in documents(&assessment, &brand, &options)? {
        let path = arguments.output.join(name);
        files::write_whole(&path, &bytes)?;
        terminal.say(&format!("{}", path.display()));
    }
    Ok(Status::Done)
}

/// The secret that pseudonyms follow from.
fn redaction_key(path: &Path) -> anyhow::Result<Vec<u8>> {
    let key = std::fs::read(path)
        .map_err(|error| super::Usage(format!("{}: {error}", path.display())))?;
    if key.len() < 16 {
        let message =
            format!("{}: a key has at least 16 bytes, this has {}", path.display(), key.len());
        return Err(super::Usage(message).into());
    }
    Ok(key)
}

/// The brand of that file, or ours. Colors that were corrected are said.
pub(crate) fn brand(path: Option<&Path>, terminal: &Terminal) -> anyhow::Result<Brand> {
    let Some(path) = path else { return Ok(Brand::default()) };
    let text = input::text_file(path)?;
    let brand = Brand::parse(&text)
        .map_err(|error| super::Usage(format!("{}: {error}", path.display())))
        .context("cannot use the brand")?;
    for note in brand.notes() {
        terminal.say(&note);
    }
    Ok(brand)
}
