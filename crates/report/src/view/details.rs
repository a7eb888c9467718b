//! Every control with its texts and evidence.

use model::{Area, ControlResult};
use serde::Serialize;

use super::Numbered;
use super::findings::{Ranked, objects};
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// How many lines of evidence a control shows; the CSV file has all.
const EVIDENCE: usize = 50;

/// A control with its texts and evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    /// The control's id.
    pub id: String,
    /// Where a link finds it.
    pub anchor: String,
    /// Its area's id.
    pub area: String,
    /// The compliant state.
    pub title: Said,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// The place in the order of work; 0 when there is nothing to do.
    pub rank: usize,
    /// Low to critical.
    pub severity: &'static str,
    /// What was found.
    pub summary: String,
    /// Weight, credit and what it comes to in the score.
    pub arithmetic: String,
    /// Who was judged and who was left out; empty when the control speaks of a setting.
    pub population: String,
    /// How many objects the evidence names; empty when none.
    pub objects: String,
    /// What was observed, the violations first.
    pub evidence: Vec<EvidenceRow>,
    /// How many lines of evidence there are in all.
    pub evidence_all: usize,
    /// That there is more, and where; empty when all is shown.
    pub evidence_note: String,
    /// The smallest change that makes it pass; empty when there is none.
    pub would_pass_if: String,
    /// What to do; empty unless something is open.
    pub remediation: Vec<String>,
    /// How it was accepted; empty when it was not.
    pub accepted: String,
    /// Rule, rationale, effort, frameworks and the like.
    pub facts: Vec<Fact>,
}

/// A line of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// The kind of object.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its id; may be empty.
    pub id: String,
    /// What was observed.
    pub observed: String,
    /// What was expected; empty for context.
    pub expected: String,
}

/// A named fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// The fact.
    pub text: String,
    /// Whether it is English in a document of another language.
    pub foreign: bool,
}

/// An area with its controls and what each adds to the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixArea {
    /// The area's title.
    pub title: Said,
    /// Such as "62.5"; empty when nothing of it was judged.
    pub score: String,
    /// Its controls, in the order of the catalog.
    pub rows: Vec<MatrixRow>,
}

/// A control's part in the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixRow {
    /// Where a link finds the control.
    pub anchor: String,
    /// The compliant state.
    pub title: Said,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Low to critical.
    pub severity: &'static str,
    /// The weight.
    pub weight: u32,
    /// 0.000 to 1.000; empty when it was not judged.
    pub credit: String,
    /// Weight × credit; empty when it was not judged.
    pub points: String,
}

/// Every control once, by area, in the order of the catalog.
pub(super) fn matrix(w: Words, controls: &[Numbered<'_>], areas: &[Area]) -> Vec<MatrixArea> {
    let mut matrix: Vec<(&str, MatrixArea)> = Vec::new();
    for numbered in controls {
        let control = numbered.control;
        let row = MatrixRow {
            anchor: numbered.anchor(),
            title: w.title(&control.title),
            status: numbered.status,
            word: w.status(numbered.status),
            severity: w.severity_of(control.severity),
            weight: control.weight,
            credit: control.credit.map(|credit| w.share_of_credit(credit)).unwrap_or_default(),
            points: control
                .credit
                .map(|credit| w.decimals(f64::from(control.weight) * credit, 2))
                .unwrap_or_default(),
        };
        let id = control.area.as_str();
        if let Some((_, area)) = matrix.iter_mut().find(|(area, _)| *area == id) {
            area.rows.push(row);
            continue;
        }
        let area = areas.iter().find(|area| area.id == id);
        let title = w.title(area.map_or(id, |area| &area.title));
        let value = area.and_then(|area| area.value);
        let score = value.map(|value| w.score(value)).unwrap_or_default();
        matrix.push((id, MatrixArea { title, score, rows: vec![row] }));
    }
    matrix.into_iter().map(|(_, area)| area).collect()
}

pub(super) fn all(w: Words, controls: &[Numbered<'_>], ranked: &[Ranked<'_>]) -> Vec<Detail> {
    controls
        .iter()
        .map(|numbered| {
            let rank = ranked.iter().find(|it| it.numbered.index == numbered.index);
            detail(w, numbered, rank.map_or(0, |ranked| ranked.rank))
        })
        .collect()
}

fn detail(w: Words, numbered: &Numbered<'_>, rank: usize) -> Detail {
    let control = numbered.control;
    let is_open = numbered.status.is_open();
    let (evidence, evidence_note) = evidence(w, control);
    Detail {
        id: text::name(&control.id),
        anchor: numbered.anchor(),
        area: text::name(&control.area),
        title: w.title(&control.title),
        status: numbered.status,
        word: w.status(numbered.status),
        rank,
        severity: w.severity_of(control.severity),
        summary: text::sentence(&control.summary),
        arithmetic: arithmetic(w, control),
        population: population(w, control),
        objects: objects(w, control),
        evidence,
        evidence_all: control.evidence.len(),
        evidence_note,
        would_pass_if: control.would_pass_if.as_deref().map(text::sentence).unwrap_or_default(),
        remediation: if is_open {
            control.remediation.iter().map(|step| text::sentence(step)).collect()
        } else {
            Vec::new()
        },
        accepted: super::accepted::short(w, control),
        facts: facts(w, control, is_open),
    }
}

fn arithmetic(w: Words, control: &ControlResult) -> String {
    let weight = control.weight.to_string();
    match control.credit {
        Some(credit) => {
            let points = w.decimals(f64::from(control.weight) * credit, 2);
            let credit = w.share_of_credit(credit);
            fill(w.weight_credit, &[("weight", &weight), ("credit", &credit), ("points", &points)])
        }
        None => fill(w.weight_only, &[("weight", &weight)]),
    }
}

fn population(w: Words, control: &ControlResult) -> String {
    control.population.as_ref().map_or_else(String::new, |population| {
        let left_out: Vec<String> = population
            .left_out
            .iter()
            .map(|it| format!("{} ({})", w.whole(it.count), text::name(&it.why)))
            .collect();
        let judged = w.whole(population.judged);
        let message = if left_out.is_empty() { w.judged_nobody_out } else { w.judged_left_out };
        fill(message, &[("n", &judged), ("parts", &left_out.join(", "))])
    })
}

fn evidence(w: Words, control: &ControlResult) -> (Vec<EvidenceRow>, String) {
    let (violations, context): (Vec<_>, Vec<_>) =
        control.evidence.iter().partition(|evidence| !evidence.expected.is_empty());
    let rows: Vec<EvidenceRow> = violations
        .into_iter()
        .chain(context)
        .take(EVIDENCE)
        .map(|evidence| EvidenceRow {
            kind: w.kind(evidence.subject.kind),
            name: text::name(&evidence.subject.name),
            id: if evidence.subject.id == evidence.subject.name {
                String::new()
            } else {
                text::safe_text(&evidence.subject.id, text::NAME)
            },
            observed: text::safe_text(&evidence.observed, text::SENTENCE),
            expected: text::safe_text(&evidence.expected, text::SENTENCE),
        })
        .collect();
    let note = more(w, rows.len(), control.evidence.len());
    (rows, note)
}

/// That only some lines are shown; empty when all are.
pub(crate) fn more(w: Words, shown: usize, all: usize) -> String {
    if shown >= all {
        return String::new();
    }
    fill(w.evidence_more, &[("n", &w.whole(shown)), ("all", &w.whole(all))])
}

fn facts(w: Words, control: &ControlResult, is_open: bool) -> Vec<Fact> {
    let mappings: Vec<String> = control
        .mappings
        .iter()
        .map(|(framework, ids)| {
            format!("{} {}", text::name(framework), text::name(&ids.join(", ")))
        })
        .collect();
    let effort = if is_open { w.effort_of(control.effort).to_owned() } else { String::new() };
    let fact = |name, text, foreign| Fact { name, text, foreign: foreign && w.is_foreign() };
    [
        fact(w.passes_when, text::sentence(&control.passes_when), true),
        fact(w.why_it_matters, text::sentence(&control.rationale), true),
        fact(w.effort, effort, false),
        fact(w.frameworks, mappings.join("; "), false),
        fact(w.judged_instead, text::name_or_empty(&control.alternatives.join(", ")), false),
    ]
    .into_iter()
    .filter(|fact| !fact.text.is_empty())
    .collect()
}
