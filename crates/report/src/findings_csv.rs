//! Findings as comma-separated values, for spreadsheets and scripts.

use std::borrow::Cow;

use model::{Assessment, ControlResult, Evidence};

use crate::words::Words;
use crate::{Language, ReportError, text, words};

/// Longest cell, in characters; spreadsheets refuse more than 32,767.
const CELL: usize = 8_000;

const HEAD: [&str; 16] = [
    "row",
    "control",
    "area",
    "title",
    "severity",
    "weight",
    "verdict",
    "credit",
    "reason",
    "summary",
    "subject kind",
    "subject id",
    "subject name",
    "observed",
    "expected",
    "would pass if",
];

/// One row for each control, and one for each line of its evidence below it.
///
/// The first column tells them apart: `control` or `evidence`. Weight, credit, reason, summary and
/// "would pass if" stand in the control's row alone, so that a sum over a column is right. UTF-8
/// with a byte-order mark, lines end with CR LF. Invisible characters are written as their code
/// point, see [`crate::safe_text`]; a cell that a spreadsheet would take for a formula begins with
/// an apostrophe.
///
/// # Errors
///
/// When the rows cannot be written, which no input causes.
pub fn findings_csv(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record(HEAD)?;
    for control in &assessment.controls {
        writer.write_record(control_row(control).map(|cell| cell_text(&cell)))?;
        for evidence in &control.evidence {
            writer.write_record(evidence_row(control, evidence).map(|cell| cell_text(&cell)))?;
        }
    }
    writer.into_inner().map_err(|error| ReportError::Csv(error.into_error().into()))
}

fn control_row(control: &ControlResult) -> [Cow<'_, str>; 16] {
    [
        "control".into(),
        control.id.as_str().into(),
        control.area.as_str().into(),
        control.title.as_str().into(),
        control.severity.word().into(),
        control.weight.to_string().into(),
        control.verdict.word().into(),
        control.credit.map(words::credit).unwrap_or_default().into(),
        control.reason.map(words::reason).unwrap_or_default().into(),
        control.summary.as_str().into(),
        "".into(),
        "".into(),
        "".into(),
        "".into(),
        "".into(),
        control.would_pass_if.as_deref().unwrap_or_default().into(),
    ]
}

fn evidence_row<'a>(control: &'a ControlResult, evidence: &'a Evidence) -> [Cow<'a, str>; 16] {
    [
        "evidence".into(),
        control.id.as_str().into(),
        control.area.as_str().into(),
        control.title.as_str().into(),
        control.severity.word().into(),
        "".into(),
        control.verdict.word().into(),
        "".into(),
        "".into(),
        "".into(),
        // A file for scripts: the same words in every language of the documents.
        Words::of(Language::English).kind(evidence.subject.kind).into(),
        evidence.subject.id.as_str().into(),
        evidence.subject.name.as_str().into(),
        evidence.observed.as_str().into(),
        evidence.expected.as_str().into(),
        "".into(),
    ]
}

/// The text, safe, and never a formula. Spreadsheets in East Asian languages take the wide forms
/// of the signs for the signs.
fn cell_text(raw: &str) -> String {
    let safe = text::safe_text(raw, CELL);
    let is_formula =
        safe.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{safe}") } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralized() {
        for (raw, cell) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1+1", "'  =1+1"),
            ("＝1", "'＝1"),
            ("\t=1", "[U+0009]=1"),
            ("\r=1", "[U+000D]=1"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(cell_text(raw), cell);
        }
    }
}
