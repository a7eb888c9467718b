//! Every document of one assessment.

use anyhow::{Context, Result};
use model::{Assessment, ChangeList, Profile, SignInSettings, Snapshot, Tenant};
use report::{Brand, Options};

use crate::pipeline::{CHANGES, PROFILE};

/// A document: its name in the archive and its bytes.
pub type Document = (String, Vec<u8>);

/// Draws every document of an assessment, sorted by name. Same input, same bytes.
///
/// # Errors
///
/// When a document cannot be drawn; then none is returned.
pub fn documents(
    assessment: &Assessment,
    brand: &Brand,
    options: &Options,
) -> Result<Vec<Document>> {
    let json = assessment_json(assessment)?;
    let html =
        report::executive_html(assessment, brand, options).context("cannot draw executive.html")?;
    let pdf =
        report::executive_pdf(assessment, brand, options).context("cannot draw executive.pdf")?;
    let technical =
        report::technical_html(assessment, brand, options).context("cannot draw technical.html")?;
    let csv = report::findings_csv(assessment).context("cannot write findings.csv")?;
    Ok(vec![
        ("assessment.json".to_owned(), json),
        ("executive.html".to_owned(), html.into_bytes()),
        ("executive.pdf".to_owned(), pdf),
        ("findings.csv".to_owned(), csv),
        ("technical.html".to_owned(), technical.into_bytes()),
    ])
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
