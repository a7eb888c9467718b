//! Grade, score, range and coverage, in words and numbers.

use model::{Assessment, Grade};
use serde::Serialize;

use crate::status::Status;
use crate::{text, words};

/// How the score comes about, a sentence a line.
pub(super) const METHOD: [&str; 6] = [
    "Each check weighs by its severity: critical 10, high 6, medium 3, low 1. How many objects are \
     affected does not change the weight.",
    "The score is the weight in order as a share of the weight judged, out of 100. A check that \
     holds for part earns part of its weight.",
    "What could not be read, is not licensed, or waits for a person's confirmation is neither a \
     pass nor a fail: it stays out of the score and is counted beside it.",
    "Grades: A from 90, B from 80, C from 70, D from 55, F below. Some failures limit the grade, \
     whatever the points; the limit is always named.",
    "The range says where the score would lie if everything unread turned out bad, or good.",
    "An accepted risk stays in the list and earns nothing. Only a requirement met by other means \
     earns part of its weight while a named person vouches for it.",
];

/// Grade and score, with the reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreView {
    /// The letter; empty when there is none.
    pub grade: &'static str,
    /// Such as "70.6"; empty when nothing was judged.
    pub value: String,
    /// "70.6 of 100 points", or that there is no score.
    pub line: String,
    /// Why this grade.
    pub because: String,
    /// Whether the grade may still move.
    pub provisional: bool,
    /// Why it may; empty when it may not.
    pub provisional_because: String,
    /// Between which points the score lies; empty when it is certain.
    pub range: String,
    /// The sum that the score is; empty when nothing was judged.
    pub arithmetic: String,
    /// For the drawing; `None` when nothing was judged.
    pub scale: Option<Scale>,
}

/// A score on the scale from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scale {
    /// Where it stands.
    pub value: f64,
    /// Where it would stand if everything unread were bad.
    pub low: f64,
    /// Where it would stand if everything unread were good.
    pub high: f64,
}

/// How much was judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageView {
    /// Such as "93%": by weight.
    pub percent: String,
    /// How many of how many checks were judged.
    pub sentence: String,
    /// What the percentage means.
    pub meaning: String,
    /// How far people confirmed what only people know; empty when nothing waits for them.
    pub attestation: String,
    /// All controls by status; only statuses that occur, in the order of the legend.
    pub segments: Vec<Segment>,
}

/// Controls of one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// How many controls.
    pub count: usize,
}

pub(super) fn score(assessment: &Assessment) -> ScoreView {
    let score = &assessment.score;
    let grade = score.grade.map(Grade::letter).unwrap_or_default();
    let value = score.value.map(words::points).unwrap_or_default();
    let line = match score.value {
        Some(_) => format!("{value} of 100 points"),
        None => "No score".to_owned(),
    };
    let (low, high) = (score.low.map(words::points), score.high.map(words::points));
    let range = match (low, high) {
        (Some(low), Some(high)) if low != high && score.value.is_some() => {
            format!("Between {low} and {high} points, depending on what could not be read.")
        }
        _ => String::new(),
    };
    ScoreView {
        grade,
        because: because(assessment),
        provisional: score.provisional && score.grade.is_some(),
        provisional_because: provisional_because(assessment),
        range,
        arithmetic: if value.is_empty() {
            String::new()
        } else {
            format!(
                "Score: 100 × {:.3} points of weight in order ÷ {} of weight judged = {value}.",
                score.points, score.assessed_weight
            )
        },
        scale: score.value.map(|value| Scale {
            value,
            low: score.low.unwrap_or(value),
            high: score.high.unwrap_or(value),
        }),
        value,
        line,
    }
}

/// Why this grade: the band, or what holds it below.
fn because(assessment: &Assessment) -> String {
    let score = &assessment.score;
    let (Some(value), Some(exact)) = (score.value, exact(assessment)) else {
        return "Nothing could be judged.".to_owned();
    };
    let Some(grade) = score.grade else {
        return format!(
            "No grade: only {} of the weight that applies could be judged, and a grade needs 60%.",
            words::percent(score.coverage)
        );
    };
    let deserved = band(exact);
    let rounded = if band(value) == deserved {
        String::new()
    } else {
        format!(" ({exact:.3} before rounding)")
    };
    let mut reasons: Vec<String> = Vec::new();
    for cap in score.caps.iter().filter(|cap| cap.grade == grade && grade > deserved) {
        let reason = text::safe_text(cap.because.trim().trim_end_matches('.'), text::NAME);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        let band = match grade {
            Grade::A => "begins at 90 points",
            Grade::B => "spans 80 to 90 points",
            Grade::C => "spans 70 to 80 points",
            Grade::D => "spans 55 to 70 points",
            Grade::F => "lies below 55 points",
        };
        return format!("Grade {} {band}{rounded}.", grade.letter());
    }
    format!(
        "Grade {}, not {}{rounded}, because: {}.",
        grade.letter(),
        deserved.letter(),
        reasons.join("; ")
    )
}

/// The score before it was rounded, which is what the grade is made from.
fn exact(assessment: &Assessment) -> Option<f64> {
    let score = &assessment.score;
    match score.assessed_weight {
        0 => score.value,
        weight => Some(100.0 * score.points / f64::from(weight)),
    }
}

fn band(value: f64) -> Grade {
    match value {
        value if value >= 90.0 => Grade::A,
        value if value >= 80.0 => Grade::B,
        value if value >= 70.0 => Grade::C,
        value if value >= 55.0 => Grade::D,
        _ => Grade::F,
    }
}

fn provisional_because(assessment: &Assessment) -> String {
    let score = &assessment.score;
    if !score.provisional || score.grade.is_none() {
        return String::new();
    }
    let bands = (score.low.map(band), score.high.map(band));
    if score.coverage < 0.8 {
        format!(
            "Provisional: only {} of the weight that applies could be judged.",
            words::percent(score.coverage)
        )
    } else if bands.0 != bands.1 {
        "Provisional: what could not be read may move the grade.".to_owned()
    } else {
        "Provisional: a check that can limit the grade could not be judged.".to_owned()
    }
}

pub(super) fn coverage(assessment: &Assessment) -> CoverageView {
    let segments: Vec<Segment> = Status::ALL
        .into_iter()
        .map(|status| Segment {
            status,
            word: status.word(),
            count: assessment.controls.iter().filter(|it| Status::of(it) == status).count(),
        })
        .filter(|segment| segment.count > 0)
        .collect();
    let judged: usize =
        segments.iter().filter(|it| it.status.is_assessed()).map(|it| it.count).sum();
    let all = assessment.controls.len();
    let percent = words::percent(assessment.score.coverage);
    CoverageView {
        sentence: format!(
            "{} of {} judged",
            words::thousands(judged),
            words::count(all, "check", "checks")
        ),
        meaning: if assessment.score.applicable_weight == 0 {
            "No check of the checklist applies here.".to_owned()
        } else {
            format!("Coverage {percent}: the share, by weight, of what applies here.")
        },
        attestation: assessment.score.attestation.map_or_else(String::new, |share| {
            format!("People have confirmed {} of what only people can.", words::percent(share))
        }),
        percent,
        segments,
    }
}
