//! Open findings in the order in which to work on them.

use std::collections::BTreeSet;

use model::{Assessment, ControlResult, SubjectKind};
use serde::Serialize;

use super::Numbered;
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// How many rows "do next" has at most.
const NEXT: usize = 3;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// 1 for the first.
    pub rank: usize,
    /// Where the finding stands; empty when there is none.
    pub anchor: String,
    /// What to reach.
    pub action: Said,
    /// Why.
    pub why: Said,
    /// Minutes, hours or days.
    pub effort: &'static str,
    /// How many objects it is about, such as "37 affected"; empty where none can be named.
    pub affected: String,
    /// Points gained, such as "+3.3"; empty where none can be named.
    pub gain: String,
    /// The limit of the grade that it lifts; empty when it lifts none.
    pub lifts: String,
}

/// One open finding in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// 1 for what to do first.
    pub rank: usize,
    /// The control's id.
    pub id: String,
    /// Where a link finds it.
    pub anchor: String,
    /// The compliant state that does not hold.
    pub title: Said,
    /// What was found.
    pub summary: String,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Low to critical.
    pub severity: &'static str,
    /// How many objects the evidence names; empty when the finding is about a setting.
    pub objects: String,
    /// Minutes, hours or days.
    pub effort: &'static str,
    /// Points gained when put right.
    pub gain: String,
    /// How it was accepted; empty when it was not.
    pub accepted: String,
}

/// An open finding with its place in the order of work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked<'a> {
    pub(super) rank: usize,
    pub(super) numbered: Numbered<'a>,
    /// Points of 100 that the score gains when it is put right.
    pub(super) gain: f64,
    /// The grade that it holds the tenant down to.
    pub(super) caps: Option<model::Grade>,
    /// Whether a waiver lies beside it and holds.
    pub(super) accepted: bool,
}

/// All open findings: first what limits the grade, the lowest grade before others; then by points
/// to gain, by effort, and by the order of the catalog.
pub(super) fn ranked<'a>(assessment: &Assessment, controls: &[Numbered<'a>]) -> Vec<Ranked<'a>> {
    let mut ranked: Vec<Ranked<'a>> = controls
        .iter()
        .filter(|numbered| numbered.status.is_open())
        .map(|numbered| Ranked {
            rank: 0,
            numbered: *numbered,
            gain: gain(assessment, numbered.control),
            caps: assessment
                .score
                .caps
                .iter()
                .filter(|cap| cap.control == numbered.control.id)
                .map(|cap| cap.grade)
                .max(),
            accepted: numbered.control.waiver.as_ref().is_some_and(|waiver| waiver.holds),
        })
        .collect();
    ranked.sort_by(|one, two| {
        two.caps
            .cmp(&one.caps)
            .then_with(|| two.gain.total_cmp(&one.gain))
            .then_with(|| one.numbered.control.effort.cmp(&two.numbered.control.effort))
            .then_with(|| one.numbered.index.cmp(&two.numbered.index))
    });
    for (index, ranked) in ranked.iter_mut().enumerate() {
        ranked.rank = index + 1;
    }
    ranked
}

/// 100 × weight × (1 − credit) ÷ the weight assessed.
fn gain(assessment: &Assessment, control: &ControlResult) -> f64 {
    let credit = control.credit.unwrap_or(0.0).clamp(0.0, 1.0);
    match assessment.score.assessed_weight {
        0 => 0.0,
        assessed => 100.0 * f64::from(control.weight) * (1.0 - credit) / f64::from(assessed),
    }
}

pub(super) fn rows(w: Words, ranked: &[Ranked<'_>]) -> Vec<FindingRow> {
    ranked
        .iter()
        .map(|ranked| {
            let control = ranked.numbered.control;
            FindingRow {
                rank: ranked.rank,
                id: text::name(&control.id),
                anchor: ranked.numbered.anchor(),
                title: w.title(&control.title),
                summary: text::sentence(&control.summary),
                status: ranked.numbered.status,
                word: w.status(ranked.numbered.status),
                severity: w.severity_of(control.severity),
                objects: objects(w, control),
                effort: w.effort_of(control.effort),
                gain: w.gain(ranked.gain),
                accepted: super::accepted::short(w, control),
            }
        })
        .collect()
}

/// How many objects the evidence says something is wrong with.
pub(super) fn objects(w: Words, control: &ControlResult) -> String {
    match affected(control) {
        0 => String::new(),
        number => w.whole(number),
    }
}

fn affected(control: &ControlResult) -> usize {
    let objects: BTreeSet<_> = control
        .evidence
        .iter()
        .filter(|evidence| !evidence.expected.is_empty())
        .map(|evidence| (&evidence.subject.kind, &evidence.subject.id, &evidence.subject.name))
        .filter(|(kind, ..)| {
            !matches!(kind, SubjectKind::Tenant | SubjectKind::Setting | SubjectKind::Dataset)
        })
        .collect();
    objects.len()
}

/// What to do first. Accepted findings wait; with nothing left to fix, what could not be judged is
/// next.
pub(super) fn next(w: Words, assessment: &Assessment, ranked: &[Ranked<'_>]) -> Vec<Action> {
    let findings = ranked.iter().filter(|ranked| !ranked.accepted).map(|ranked| {
        let control = ranked.numbered.control;
        Action {
            rank: 0,
            anchor: ranked.numbered.anchor(),
            // The state to reach. The steps to it depend on the tenant; the technical report has
            // them all.
            action: w.title(&control.title),
            why: Said { text: text::sentence(&control.summary), foreign: w.is_foreign() },
            affected: match affected(control) {
                0 => String::new(),
                number => w.count(w.affected, number),
            },
            effort: w.effort_of(control.effort),
            gain: w.gain(ranked.gain),
            lifts: ranked
                .caps
                .map(|grade| fill(w.lifts, &[("grade", grade.letter())]))
                .unwrap_or_default(),
        }
    });
    findings
        .chain(coverage_actions(w, assessment))
        .take(NEXT)
        .zip(1..)
        .map(|(action, rank)| Action { rank, ..action })
        .collect()
}

/// What raises the coverage: reading what could not be read, confirming what only people know.
fn coverage_actions(w: Words, assessment: &Assessment) -> impl Iterator<Item = Action> {
    let number = |status: Status| {
        assessment.controls.iter().filter(|control| Status::of(control) == status).count()
    };
    let own = |text: String| Said { text, foreign: false };
    let action = |number: usize, action: &str, why: &'static str| {
        (number > 0).then(|| Action {
            rank: 0,
            anchor: String::new(),
            action: own(action.to_owned()),
            why: own(w.count(why, number)),
            effort: w.effort_of(1),
            affected: String::new(),
            gain: String::new(),
            lifts: w.raises_coverage.to_owned(),
        })
    };
    [
        action(number(Status::NotAssessed), w.act_read, w.messages().act_read_why),
        action(number(Status::NotConfirmed), w.act_confirm, w.messages().act_confirm_why),
    ]
    .into_iter()
    .flatten()
}

pub(super) fn next_note(w: Words, ranked: &[Ranked<'_>]) -> String {
    match ranked.len().saturating_sub(NEXT) {
        0 => String::new(),
        more => w.count(w.messages().more_findings, more),
    }
}
