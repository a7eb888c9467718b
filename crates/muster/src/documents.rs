//! Every document of one assessment.

use anyhow::{Context, Result};
use model::{Assessment, ChangeList, Profile, SignInSettings, Snapshot, Tenant};
use report::{Brand, History, Language, Options, Section, SignIns, Source};

use crate::pipeline::{CHANGES, PROFILE};

/// A document: its name in the archive and its bytes.
pub type Document = (String, Vec<u8>);

/// Draws every document of an assessment, sorted by name. Same input, same bytes. `sign_ins` is
/// a `muster.signin/1` document, where the snapshot is at hand; `history` what is known of earlier scans.
///
/// # Errors
///
/// When a document cannot be drawn; then none is returned.
pub fn documents(
    assessment: &Assessment,
    sign_ins: Option<&[u8]>,
    history: &History,
    brand: &Brand,
    options: &Options,
) -> Result<Vec<Document>> {
    let sign_ins = sign_ins.map(SignIns::read).transpose()?;
    let source = Source { assessment, sign_ins: sign_ins.as_ref(), history };
    let json = assessment_json(assessment)?;
    let html =
        report::executive_html(source, brand, options).context("cannot draw executive.html")?;
    let pdf = report::executive_pdf(source, brand, options).context("cannot draw executive.pdf")?;
    let technical =
        report::technical_html(source, brand, options).context("cannot draw technical.html")?;
    let technical_pdf =
        report::technical_pdf(source, brand, options).context("cannot draw technical.pdf")?;
    let csv = report::findings_csv(assessment).context("cannot write findings.csv")?;
    Ok(vec![
        ("assessment.json".to_owned(), json),
        ("executive.html".to_owned(), html.into_bytes()),
        ("executive.pdf".to_owned(), pdf),
        ("findings.csv".to_owned(), csv),
        ("technical.html".to_owned(), technical.into_bytes()),
        ("technical.pdf".to_owned(), technical_pdf),
    ])
}

/// How a tenant's documents are drawn, as its profile says.
///
/// # Errors
///
/// When the profile names a language or a section that does not exist.
pub fn drawing(profile: &Profile) -> Result<Options> {
    let choice = &profile.report;
    let language = Language::from_code(&choice.language).with_context(|| {
        let known = Language::ALL.map(Language::code).join(", ");
        format!(
            "the profile's [report] names the language {:?}; there are: {known}",
            choice.language
        )
    })?;
    let sections = choice
        .sections
        .iter()
        .map(|name| {
            Section::named(name).with_context(|| {
                let known = Section::ALL.map(Section::name).join(", ");
                format!("the profile's [report] names the section {name:?}; there are: {known}")
            })
        })
        .collect::<Result<_>>()?;
    Ok(Options { time_zone: choice.time_zone.clone(), language, sections, ..Options::default() })
}

/// An assessment as a file: the same bytes for the same assessment.
///
/// # Errors
///
/// Practically none: every member is plain data.
pub(crate) fn assessment_json(assessment: &Assessment) -> Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(assessment).context("cannot write assessment.json")?;
    json.push(b'\n');
    Ok(json)
}

/// What was declared of a tenant, as far as judging needs it: not how the scanner signs in, nor who
/// gets the reports. With it and the snapshot, anybody can judge again.
///
/// # Errors
///
/// Practically none.
pub(crate) fn profile(profile: &Profile) -> Result<Document> {
    let mut profile = profile.clone();
    profile.sign_in = SignInSettings::default();
    profile.report.recipients = Vec::new();
    let mut json = serde_json::to_vec_pretty(&profile).context("cannot write profile.json")?;
    json.push(b'\n');
    Ok((PROFILE.to_owned(), json))
}

/// What changed, `muster.changes/1`.
///
/// # Errors
///
/// Practically none.
pub(crate) fn changes(changes: &ChangeList) -> Result<Document> {
    let mut json = serde_json::to_vec_pretty(changes).context("cannot write changes.json")?;
    json.push(b'\n');
    Ok((CHANGES.to_owned(), json))
}

/// The exact sign-in answers of a snapshot, `muster.signin/1`.
///
/// # Errors
///
/// Practically none: every member is plain data.
pub(crate) fn sign_ins(snapshot: &Snapshot, profile: &Profile) -> Result<Document> {
    let tenant = Tenant::new(snapshot, profile);
    let report = signin::Access::new(&tenant).report();
    let mut json = serde_json::to_vec(&report).context("cannot write signin.json")?;
    json.push(b'\n');
    Ok(("signin.json".to_owned(), json))
}
