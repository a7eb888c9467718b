//! `muster report`: draw the documents.

use std::path::Path;

use ::report::{Brand, History, Logo, Options, Paper};
use anyhow::Context as _;

use super::Status;
use super::args::{DocumentPaper, Report};
use super::terminal::Terminal;
use crate::documents::{self, documents};
use crate::files;
use crate::input::{self, Input};

pub(crate) fn run(arguments: &Report, terminal: &Terminal) -> anyhow::Result<Status> {
    let brand = brand(arguments.brand.as_deref(), terminal)?;
    let mut options = Options::default();
    let key = arguments.redact.as_deref().map(redaction_key).transpose()?;
    let redacted = |assessment: &model::Assessment, snapshot: Option<&model::Snapshot>| match &key {
        Some(key) => crate::redact(assessment, snapshot, key),
        None => Ok(assessment.clone()),
    };
    let mut sign_ins = None;
    let assessment = match input::read(&arguments.input)? {
        Input::Assessment(assessment) => redacted(&assessment, None)?,
        Input::Snapshot(file) => {
            let profile = super::assess::profile(arguments.profile.as_deref(), &file)?;
            let checklist = super::assess::checklist(
                arguments.checklist.as_deref(),
                arguments.custom.as_deref(),
                &profile,
            )?;
            options = crate::drawing(&profile)?;
            if key.is_none() {
                sign_ins = Some(documents::sign_ins(&file.snapshot, &profile)?);
            }
            let assessment = crate::assess(&file.snapshot, &file.sha256, &profile, &checklist);
            redacted(&assessment, Some(&file.snapshot))?
        }
    };
    if let Some(language) = arguments.lang {
        options.language = language.language();
    }
    if arguments.paper == DocumentPaper::Letter {
        options.paper = Paper::Letter;
    }
    let answers = sign_ins.as_ref().map(|(_, bytes)| bytes.as_slice());
    let drawn = documents(&assessment, answers, &History::default(), &brand, &options)?;
    for (name, bytes) in drawn.into_iter().chain(sign_ins) {
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
    let mut brand = Brand::parse(&text)
        .map_err(|error| super::Usage(format!("{}: {error}", path.display())))
        .context("cannot use the brand")?;
    if !brand.logo_file.is_empty() {
        let file = path.with_file_name(&brand.logo_file);
        let bytes = std::fs::read(&file)
            .with_context(|| format!("cannot read the logo {}", file.display()))?;
        let logo = Logo::read(&bytes)
            .map_err(|error| super::Usage(format!("{}: {error}", file.display())))?;
        brand.logo = Some(logo);
    }
    for note in brand.notes() {
        terminal.say(&note);
    }
    Ok(brand)
}
