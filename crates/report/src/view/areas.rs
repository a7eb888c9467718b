//! One row an area.

use model::{Assessment, ControlResult};
use serde::Serialize;

use super::findings::Ranked;
use crate::status::Status;
use crate::{text, words};

/// One area.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AreaRow {
    /// Its title.
    pub title: String,
    /// The mark of its worst control.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Such as "5 of 8": in order of all.
    pub in_order: String,
    /// Such as "62.5"; empty when nothing of it was judged.
    pub score: String,
    /// For the drawing; `None` when nothing of it was judged.
    pub value: Option<f64>,
    /// The worst of it, in a sentence.
    pub reason: String,
}

pub(super) fn all(assessment: &Assessment, ranked: &[Ranked<'_>]) -> Vec<AreaRow> {
    let mut rows: Vec<AreaRow> = assessment
        .areas
        .iter()
        .map(|area| row(assessment, ranked, &area.id, &area.title, area.value))
        .collect();
    // A control whose area the list lacks must not vanish.
    let mut missing: Vec<&str> = assessment
        .controls
        .iter()
        .map(|control| control.area.as_str())
        .filter(|id| assessment.areas.iter().all(|area| area.id != *id))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    rows.extend(missing.iter().map(|id| row(assessment, ranked, id, id, None)));
    rows
}

fn row(
    assessment: &Assessment,
    ranked: &[Ranked<'_>],
    id: &str,
    title: &str,
    value: Option<f64>,
) -> AreaRow {
    let controls: Vec<&ControlResult> =
        assessment.controls.iter().filter(|control| control.area == id).collect();
    let number =
        |wanted: Status| controls.iter().filter(|control| Status::of(control) == wanted).count();
    let pass = number(Status::Pass);
    let judged = pass + number(Status::Partial) + number(Status::Fail);
    let unjudged = controls.len() - judged;
    let status = [
        Status::Fail,
        Status::Partial,
        Status::Pass,
        Status::NotAssessed,
        Status::NotConfirmed,
        Status::NotLicensed,
        Status::NotApplicable,
    ]
    .into_iter()
    .find(|status| number(*status) > 0)
    .unwrap_or(Status::NotApplicable);
    let open: Vec<_> = ranked.iter().filter(|ranked| ranked.numbered.control.area == id).collect();
    let reason = match open.split_first() {
        Some((worst, rest)) => {
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" And {more} more."),
            };
            format!("{}{more}", text::sentence(&worst.numbered.control.summary))
        }
        None if judged == 0 => controls
            .iter()
            .find(|control| Status::of(control) == status)
            .map(|control| text::sentence(&control.summary))
            .unwrap_or_default(),
        None if unjudged == 0 => "Everything is in order.".to_owned(),
        None => format!(
            "What was judged is in order; {} not judged.",
            words::count(unjudged, "check was", "checks were")
        ),
    };
    AreaRow {
        title: text::name(title),
        status,
        word: status.word(),
        in_order: format!("{} of {}", words::thousands(pass), words::thousands(controls.len())),
        score: value.map(words::points).unwrap_or_default(),
        value,
        reason,
    }
}
