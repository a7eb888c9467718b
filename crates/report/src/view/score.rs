//! Grade, score, range and coverage, in words and numbers.

use model::{Assessment, Grade};
use serde::Serialize;

use crate::status::Status;
use crate::words::{Words, fill};

/// How the score comes about, a sentence a line.
pub(super) fn method(w: Words) -> Vec<&'static str> {
    let mut lines = vec![w.method_1, w.method_2, w.method_3, w.method_4, w.method_5, w.method_6];
    if !w.english_texts.is_empty() {
        lines.push(w.english_texts);
    }
    lines
}

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

pub(super) fn score(w: Words, assessment: &Assessment) -> ScoreView {
    let score = &assessment.score;
    let grade = score.grade.map(Grade::letter).unwrap_or_default();
    let value = score.value.map(|value| w.score(value)).unwrap_or_default();
    let line = match score.value {
        Some(_) => fill(w.points_line, &[("n", &value)]),
        None => w.no_score.to_owned(),
    };
    let range = match (score.low.map(|it| w.score(it)), score.high.map(|it| w.score(it))) {
        (Some(low), Some(high)) if low != high && score.value.is_some() => {
            fill(w.range, &[("low", &low), ("high", &high)])
        }
        _ => String::new(),
    };
    let arithmetic = if value.is_empty() {
        String::new()
    } else {
        let points = w.decimals(score.points, 3);
        let weight = score.assessed_weight.to_string();
        fill(w.arithmetic, &[("points", &points), ("weight", &weight), ("value", &value)])
    };
    ScoreView {
        grade,
        because: because(w, assessment),
        provisional: score.provisional && score.grade.is_some(),
        provisional_because: provisional_because(w, assessment),
        range,
        arithmetic,
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
fn because(w: Words, assessment: &Assessment) -> String {
    let score = &assessment.score;
    let (Some(value), Some(exact)) = (score.value, exact(assessment)) else {
        return w.nothing_judged_short.to_owned();
    };
    let Some(grade) = score.grade else {
        let share = w.share(score.coverage);
        return fill(w.no_grade_because, &[("share", &share), ("need", &w.share(0.6))]);
    };
    let deserved = band(exact);
    let rounded = if band(value) == deserved {
        String::new()
    } else {
        fill(w.before_rounding, &[("n", &w.decimals(exact, 3))])
    };
    let mut reasons: Vec<String> = Vec::new();
    for cap in score.caps.iter().filter(|cap| cap.grade == grade && grade > deserved) {
        let reason = w.title(cap.because.trim().trim_end_matches('.')).text;
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let (letter, other) = (grade.letter(), deserved.letter());
    if !reasons.is_empty() {
        let why = reasons.join("; ");
        return fill(
            w.grade_capped,
            &[("grade", letter), ("other", other), ("r", &rounded), ("why", &why)],
        );
    }
    let (message, from, to) = match grade {
        Grade::A => (w.band_top, "90", "100"),
        Grade::B => (w.band_between, "80", "90"),
        Grade::C => (w.band_between, "70", "80"),
        Grade::D => (w.band_between, "55", "70"),
        Grade::F => (w.band_bottom, "0", "55"),
    };
    fill(message, &[("grade", letter), ("from", from), ("to", to), ("r", &rounded)])
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

fn provisional_because(w: Words, assessment: &Assessment) -> String {
    let score = &assessment.score;
    if !score.provisional || score.grade.is_none() {
        return String::new();
    }
    let bands = (score.low.map(band), score.high.map(band));
    if score.coverage < 0.8 {
        fill(w.provisional_share, &[("share", &w.share(score.coverage))])
    } else if bands.0 != bands.1 {
        w.provisional_range.to_owned()
    } else {
        w.provisional_cap.to_owned()
    }
}

pub(super) fn coverage(w: Words, assessment: &Assessment) -> CoverageView {
    let segments: Vec<Segment> = Status::ALL
        .into_iter()
        .map(|status| {
            let count = assessment.controls.iter().filter(|it| Status::of(it) == status).count();
            Segment { status, word: w.status(status), count }
        })
        .filter(|segment| segment.count > 0)
        .collect();
    let judged: usize =
        segments.iter().filter(|it| it.status.is_assessed()).map(|it| it.count).sum();
    let all = assessment.controls.len();
    let percent = w.share(assessment.score.coverage);
    let sentence = fill(w.form(w.judged, all), &[("n", &w.whole(judged)), ("all", &w.whole(all))]);
    CoverageView {
        sentence,
        meaning: if assessment.score.applicable_weight == 0 {
            w.coverage_none.to_owned()
        } else {
            fill(w.coverage_meaning, &[("share", &percent)])
        },
        attestation: assessment
            .score
            .attestation
            .map_or_else(String::new, |share| fill(w.attestation, &[("share", &w.share(share))])),
        percent,
        segments,
    }
}
