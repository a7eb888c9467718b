//! Every control with its texts and evidence.

use model::{Area, ControlResult};
use serde::Serialize;

use super::Numbered;
use super::findings::{Ranked, objects};
use crate::status::Status;
use crate::{text, words};

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
    pub title: String,
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
}

/// An area with its controls and what each adds to the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixArea {
    /// The area's title.
    pub title: String,
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
    pub title: String,
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
pub(super) fn matrix(controls: &[Numbered<'_>], areas: &[Area]) -> Vec<MatrixArea> {
    let mut matrix: Vec<(&str, MatrixArea)> = Vec::new();
    for numbered in controls {
        let control = numbered.control;
        let row = MatrixRow {
            anchor: numbered.anchor(),
            title: text::name(&control.title),
            status: numbered.status,
            word: numbered.status.word(),
            severity: words::severity(control.severity),
            weight: control.weight,
            credit: control.credit.map(words::credit).unwrap_or_default(),
            points: control
                .credit
                .map(|credit| format!("{:.2}", f64::from(control.weight) * credit))
                .unwrap_or_default(),
        };
        let id = control.area.as_str();
        if let Some((_, area)) = matrix.iter_mut().find(|(area, _)| *area == id) {
            area.rows.push(row);
            continue;
        }
        let area = areas.iter().find(|area| area.id == id);
        let title = text::name(area.map_or(id, |area| &area.title));
        let value = area.and_then(|area| area.value);
        let score = value.map(words::points).unwrap_or_default();
        matrix.push((id, MatrixArea { title, score, rows: vec![row] }));
    }
    matrix.into_iter().map(|(_, area)| area).collect()
}

pub(super) fn all(controls: &[Numbered<'_>], ranked: &[Ranked<'_>]) -> Vec<Detail> {
    controls
        .iter()
        .map(|numbered| {
            let rank = ranked.iter().find(|it| it.numbered.index == numbered.index);
            detail(numbered, rank.map_or(0, |ranked| ranked.rank))
        })
        .collect()
}

fn detail(numbered: &Numbered<'_>, rank: usize) -> Detail {
    let control = numbered.control;
    let is_open = numbered.status.is_open();
    let (evidence, evidence_note) = evidence(control);
    Detail {
        id: text::name(&control.id),
        anchor: numbered.anchor(),
        area: text::name(&control.area),
        title: text::name(&control.title),
        status: numbered.status,
        word: numbered.status.word(),
        rank,
        severity: words::severity(control.severity),
        summary: text::sentence(&control.summary),
        arithmetic: arithmetic(control),
        population: population(control),
        objects: objects(control),
        evidence,
        evidence_note,
        would_pass_if: control.would_pass_if.as_deref().map(text::sentence).unwrap_or_default(),
        remediation: if is_open {
            control.remediation.iter().map(|step| text::sentence(step)).collect()
        } else {
            Vec::new()
        },
        accepted: super::accepted::short(control),
        facts: facts(control, is_open),
    }
}

fn arithmetic(control: &ControlResult) -> String {
    match control.credit {
        Some(credit) => format!(
            "Weight {} × credit {} = {:.2} of {}.",
            control.weight,
            words::credit(credit),
            f64::from(control.weight) * credit,
            control.weight
        ),
        None => format!("Weight {}, not judged: outside the score.", control.weight),
    }
}

fn population(control: &ControlResult) -> String {
    control.population.as_ref().map_or_else(String::new, |population| {
        let left_out: Vec<String> = population
            .left_out
            .iter()
            .map(|it| format!("{} ({})", words::thousands(it.count), text::name(&it.why)))
            .collect();
        let judged = format!("{} judged", words::thousands(population.judged));
        if left_out.is_empty() {
            format!("{judged}, nobody left out.")
        } else {
            format!("{judged}; left out: {}.", left_out.join(", "))
        }
    })
}

fn evidence(control: &ControlResult) -> (Vec<EvidenceRow>, String) {
    let (violations, context): (Vec<_>, Vec<_>) =
        control.evidence.iter().partition(|evidence| !evidence.expected.is_empty());
    let rows = violations
        .into_iter()
        .chain(context)
        .take(EVIDENCE)
        .map(|evidence| EvidenceRow {
            kind: words::kind(evidence.subject.kind),
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
    let all = control.evidence.len();
    let note = if all > EVIDENCE {
        format!(
            "{EVIDENCE} of {} lines are shown; findings.csv has them all.",
            words::thousands(all)
        )
    } else {
        String::new()
    };
    (rows, note)
}

fn facts(control: &ControlResult, is_open: bool) -> Vec<Fact> {
    let mappings: Vec<String> = control
        .mappings
        .iter()
        .map(|(framework, ids)| {
            format!("{} {}", text::name(framework), text::name(&ids.join(", ")))
        })
        .collect();
    [
        ("Passes when", text::sentence(&control.passes_when)),
        ("Why it matters", text::sentence(&control.rationale)),
        ("Effort", if is_open { words::effort(control.effort).to_owned() } else { String::new() }),
        ("Same subject in", mappings.join("; ")),
        ("Judged instead", text::name_or_empty(&control.alternatives.join(", "))),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| Fact { name, text })
    .collect()
}
