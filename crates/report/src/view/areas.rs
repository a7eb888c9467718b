//! One row an area.

use model::{Assessment, ControlResult};
use serde::Serialize;

use super::findings::Ranked;
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// One area.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AreaRow {
    /// Its title.
    pub title: Said,
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
    /// The worst of it, in a sentence: of the checks, in English; may be empty.
    pub reason: String,
    /// What else there is to say of it; may be empty.
    pub more: String,
}

pub(super) fn all(w: Words, assessment: &Assessment, ranked: &[Ranked<'_>]) -> Vec<AreaRow> {
    let mut rows: Vec<AreaRow> = assessment
        .areas
        .iter()
        .map(|area| row(w, assessment, ranked, &area.id, &area.title, area.value))
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
    rows.extend(missing.iter().map(|id| row(w, assessment, ranked, id, id, None)));
    rows
}

fn row(
    w: Words,
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
    let (reason, more) = match open.split_first() {
        Some((worst, rest)) => {
            let more = match rest.len() {
                0 => String::new(),
                more => fill(w.and_more, &[("n", &w.whole(more))]),
            };
            (text::sentence(&worst.numbered.control.summary), more)
        }
        None if judged == 0 => {
            let first = controls.iter().find(|control| Status::of(control) == status);
            (
                first.map(|control| text::sentence(&control.summary)).unwrap_or_default(),
                String::new(),
            )
        }
        None if unjudged == 0 => (String::new(), w.area_in_order.to_owned()),
        None => (String::new(), w.count(w.area_in_order_but, unjudged)),
    };
    AreaRow {
        title: w.title(title),
        status,
        word: w.status(status),
        in_order: w.share_of(pass, controls.len()),
        score: value.map(|value| w.score(value)).unwrap_or_default(),
        value,
        reason,
        more,
    }
}
