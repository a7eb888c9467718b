//! What changed since the last scan: the score's move, split by its cause, and every check that
//! came out otherwise.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use model::{Assessment, ControlResult};
use serde::Serialize;

use super::Numbered;
use crate::status::Status;
use crate::words::{Said, Words, fill};
use crate::{Source, text};

/// How many changes to the better, and to the worse, the first page has room for.
const SHOWN: usize = 3;

/// What changed since the last scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChangesView {
    /// That there is nothing to compare with, or that nothing changed; empty otherwise.
    pub nothing: String,
    /// "+6.0 points since 1 October 2026"; empty without a score then or now.
    pub moved: String,
    /// Why: "+8.0 the tenant, −2.0 the checklist"; empty when the score did not move.
    pub parts: String,
    /// Checks that came out better, by weight.
    pub better: Vec<ChangeRow>,
    /// Checks that came out worse or can no longer be judged, by weight.
    pub worse: Vec<ChangeRow>,
    /// Checks that are new in the checklist, or gone from it.
    pub checklist: Vec<ChangeRow>,
    /// How many of `better` stand on the first page.
    pub better_shown: usize,
    /// How many of `worse` stand on the first page.
    pub worse_shown: usize,
    /// How many more changes there are than the first page shows; empty when none.
    pub more: String,
    /// Settings that changed, with who and when.
    pub settings: Vec<SettingRow>,
}

/// A check that came out otherwise than last time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeRow {
    /// Where the control stands; empty when it is in this report no more.
    pub anchor: String,
    /// The compliant state.
    pub title: Said,
    /// The mark now.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// What happened: "fixed", "newly open".
    pub what: &'static str,
}

/// A setting that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingRow {
    /// What changed: in English.
    pub what: String,
    /// Who did it and when, or that nothing recorded it.
    pub actor: String,
}

pub(super) fn changes(w: Words, source: &Source<'_>, zone: &TimeZone) -> ChangesView {
    let now = source.assessment;
    let Some(before) = &source.history.previous else {
        let is_first = source.history.scans.is_empty();
        let nothing = if is_first { w.first_scan } else { w.not_comparable };
        return ChangesView { nothing: nothing.to_owned(), ..ChangesView::default() };
    };
    let date = w.date_of(before.snapshot.taken_at, zone);
    let mut view = ChangesView::default();
    if let (Some(then), Some(value)) = (before.score.value, now.score.value) {
        let delta = w.delta(value - then);
        view.moved = fill(w.moved, &[("delta", &delta), ("date", &date)]);
        view.parts = parts(w, before, now);
    }
    rows(w, before, now, &mut view);
    view.settings = source
        .history
        .changes
        .iter()
        .map(|change| SettingRow {
            what: text::sentence(&change.what),
            actor: match (&change.who, change.at) {
                (Some(who), at) => {
                    let when = at.map_or_else(|| "–".to_owned(), |at| w.moment(at, zone));
                    fill(w.actor, &[("who", &text::name(who)), ("when", &when)])
                }
                (None, _) => w.actor_unknown.to_owned(),
            },
        })
        .collect();
    view.better_shown = view.better.len().min(SHOWN);
    view.worse_shown = view.worse.len().min(SHOWN);
    let all = view.better.len() + view.worse.len() + view.checklist.len();
    let more = all - view.better_shown - view.worse_shown;
    if more > 0 {
        view.more = w.count(w.more_changes, more);
    }
    if all == 0 {
        view.nothing = fill(w.no_change, &[("date", &date)]);
    }
    view
}

fn rows(w: Words, before: &Assessment, now: &Assessment, view: &mut ChangesView) {
    let then: BTreeMap<&str, &ControlResult> =
        before.controls.iter().map(|control| (control.id.as_str(), control)).collect();
    let mut changed: Vec<(u32, bool, ChangeRow)> = Vec::new();
    for numbered in Numbered::all(now) {
        let control = numbered.control;
        let row = |what| ChangeRow {
            anchor: numbered.anchor(),
            title: w.title(&control.title),
            status: numbered.status,
            word: w.status(numbered.status),
            what,
        };
        match then.get(control.id.as_str()) {
            None => view.checklist.push(row(w.change_added)),
            Some(then) => {
                if let Some((is_better, what)) = turn(w, then, control) {
                    changed.push((control.weight, is_better, row(what)));
                }
            }
        }
    }
    for control in &before.controls {
        if now.controls.iter().all(|it| it.id != control.id) {
            let status = Status::NotApplicable;
            view.checklist.push(ChangeRow {
                anchor: String::new(),
                title: w.title(&control.title),
                status,
                word: w.status(status),
                what: w.change_removed,
            });
        }
    }
    changed.sort_by_key(|(weight, ..)| std::cmp::Reverse(*weight));
    for (_, is_better, row) in changed {
        if is_better { view.better.push(row) } else { view.worse.push(row) }
    }
}

/// Whether a control came out better or worse, and how; `None`: as before.
fn turn(w: Words, before: &ControlResult, now: &ControlResult) -> Option<(bool, &'static str)> {
    let (then, status) = (Status::of(before), Status::of(now));
    match (then.is_assessed(), status.is_assessed()) {
        (true, false) if matches!(status, Status::NotAssessed | Status::NotConfirmed) => {
            Some((false, w.change_lost))
        }
        (false, true) if status == Status::Pass => Some((true, w.change_seen)),
        (false, true) => Some((false, w.change_new)),
        (true, true) => {
            let (old, new) = (before.credit.unwrap_or(0.0), now.credit.unwrap_or(0.0));
            match (then, status) {
                (Status::Pass, Status::Pass) => None,
                (Status::Pass, _) => Some((false, w.change_new)),
                (_, Status::Pass) => Some((true, w.change_fixed)),
                _ if new > old + 0.0005 => Some((true, w.change_better)),
                _ if new < old - 0.0005 => Some((false, w.change_worse)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The move of the score by cause. The parts sum up to the move, in tenths of a point.
///
/// First the old results are scored by today's checklist; then, on what was judged both times, the
/// old against the new results: that is the tenant. What is left is what could be read.
fn parts(w: Words, before: &Assessment, now: &Assessment) -> String {
    let (Some(old), Some(new)) = (before.score.value, now.score.value) else {
        return String::new();
    };
    let credits = |assessment: &Assessment| -> BTreeMap<String, f64> {
        let judged = assessment.controls.iter();
        judged.filter_map(|it| Some((it.id.clone(), it.credit?))).collect()
    };
    let (then, today) = (credits(before), credits(now));
    let score = |credits: &BTreeMap<String, f64>, also: &dyn Fn(&str) -> bool| {
        let (mut points, mut weight) = (0.0, 0.0);
        for control in &now.controls {
            if let Some(credit) = credits.get(&control.id).filter(|_| also(&control.id)) {
                points += f64::from(control.weight) * credit;
                weight += f64::from(control.weight);
            }
        }
        (weight > 0.0).then(|| 100.0 * points / weight)
    };
    let both = |id: &str| then.contains_key(id) && today.contains_key(id);
    let by_checklist = score(&then, &|_| true).unwrap_or(old) - old;
    let tenant = match (score(&then, &both), score(&today, &both)) {
        (Some(then), Some(today)) => today - then,
        _ => 0.0,
    };
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let same_checklist = before.checklist == now.checklist;
    let checklist = if same_checklist { 0.0 } else { tenths(by_checklist) };
    let tenant = tenths(tenant);
    let reading = tenths(tenths(new) - tenths(old) - checklist - tenant);
    let parts: Vec<String> =
        [(tenant, w.moved_tenant), (checklist, w.moved_checklist), (reading, w.moved_reading)]
            .into_iter()
            .filter(|(value, _)| value.abs() >= 0.05)
            .map(|(value, message)| fill(message, &[("delta", &w.delta(value))]))
            .collect();
    parts.join(", ")
}
