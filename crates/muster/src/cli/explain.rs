//! `muster assess --explain-score`: the arithmetic of the score, to follow by hand.

use std::fmt::Write as _;

use ::controls::{Arithmetic, arithmetic};
use anstyle::Style;
use comfy_table::CellAlignment;
use model::{Area, Assessment, ControlResult, Grade};

use super::terminal::{self, one_line, table, wrap};

/// Columns of the labels on the left.
const LABELS: usize = 13;

/// Every control with weight, credit and points by area, then how the score follows from the sums.
pub(crate) fn text(assessment: &Assessment) -> String {
    let bold = Style::new().bold();
    let mut rows = table(&["", "Control", "Weight", "Credit", "Points"]);
    for area in &assessment.areas {
        rows.add_row(["", &format!("{bold}{}{bold:#}", one_line(&area.title)), "", "", ""]);
        let controls: Vec<&ControlResult> =
            assessment.controls.iter().filter(|control| control.area == area.id).collect();
        for control in &controls {
            rows.add_row(row(control));
        }
        rows.add_row(sum(area, &arithmetic(controls.iter().copied())));
    }
    for column in rows.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{rows}\n\n{}", steps(assessment))
}

fn row(control: &ControlResult) -> [String; 5] {
    let mark = terminal::mark(control.verdict);
    let name = control.id.clone();
    match control.credit.filter(|_| control.verdict.is_assessed()) {
        Some(credit) => {
            let credit = ::controls::thousandths(credit);
            let points = thousandths(u64::from(control.weight) * credit);
            [mark, name, control.weight.to_string(), thousandths(credit), points]
        }
        None => {
            let word = control.verdict.word().replace('-', " ");
            [mark, name, format!("({})", control.weight), word, "–".to_owned()]
        }
    }
}

/// The sums of an area, and its own score.
fn sum(area: &Area, sums: &Arithmetic) -> [String; 5] {
    let dim = Style::new().dimmed();
    let value = area.value.map_or("–".to_owned(), |value| format!("{value:.1}"));
    let name = match sums.assessed {
        0 => format!("{dim}nothing assessed: no score{dim:#}"),
        weight => {
            format!("{dim}100 × {} ÷ {weight} = {value}{dim:#}", thousandths(sums.points))
        }
    };
    [String::new(), name, sums.assessed.to_string(), String::new(), thousandths(sums.points)]
}

/// From the sums to the grade, one step a line.
fn steps(assessment: &Assessment) -> String {
    let score = &assessment.score;
    let sums = arithmetic(&assessment.controls);
    let read = sums.assessed + sums.unknown;
    let (points, most) =
        (thousandths(sums.points), thousandths(sums.points + u64::from(sums.unknown) * 1000));
    let shown = |value: Option<f64>| value.map_or("none".to_owned(), |value| format!("{value:.1}"));
    let mut text = String::new();
    let mut step = |label: &str, body: &str| {
        let style = Style::new().bold();
        for (index, line) in wrap(body, LABELS).lines().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _ = writeln!(text, "{style}{label:LABELS$}{style:#}{line}");
        }
    };
    match sums.assessed {
        0 => step("Score", "None: no control could be assessed."),
        weight => step(
            "Score",
            &format!(
                "100 × {points} ÷ {weight} = {}, printed {}.\nThe points of all controls, divided \
                 by the weight of those that were assessed. A credit is never rounded up, and the \
                 score never into a better grade.",
                quotient(sums.points, weight),
                shown(score.value),
            ),
        ),
    }
    step(
        "Coverage",
        &format!(
            "{} ÷ {} = {}: the weight assessed of the weight that applies.\n{} = {} assessed + {} \
             unknown + {} that nobody confirmed. Not applicable, and left out: {}.",
            sums.assessed,
            sums.applicable(),
            decimals(score.coverage),
            sums.applicable(),
            sums.assessed,
            sums.unknown,
            sums.unanswered,
            sums.not_applicable,
        ),
    );
    if read > 0 {
        step(
            "Low",
            &format!(
                "100 × {points} ÷ {read} = {}: if all that is unknown were a fail.",
                shown(score.low)
            ),
        );
        step(
            "High",
            &format!(
                "100 × {most} ÷ {read} = {}: if all that is unknown were a pass.",
                shown(score.high)
            ),
        );
    }
    if let (Some((part, whole)), Some(share)) = (sums.attested, score.attestation) {
        step(
            "Attestation",
            &format!(
                "{part} ÷ {whole} = {}: the weight confirmed, of controls that only people can \
                 confirm.",
                decimals(share)
            ),
        );
    }
    let bands = "A from 90, B from 80, C from 70, D from 55, F below";
    match sums.band {
        Some(band) => step("Band", &format!("{}: {bands}, before rounding.", band.letter())),
        None => step("Band", &format!("None. ({bands}.)")),
    }
    for (index, cap) in score.caps.iter().enumerate() {
        let label = if index == 0 { "Caps" } else { "" };
        step(label, &format!("At most {}: {} ({}).", cap.grade.letter(), cap.because, cap.control));
    }
    step("Grade", &grade(score.grade, &sums));
    text
}

/// The grade, and why it is provisional.
fn grade(grade: Option<Grade>, sums: &Arithmetic) -> String {
    let letter = grade.map_or("None: less than 60 % of the weight could be read.", Grade::letter);
    if sums.provisional.is_empty() || grade.is_none() {
        return letter.to_owned();
    }
    format!("{letter}, provisional: {}.", sums.provisional.join("; "))
}

/// 1234 as "1.234".
fn thousandths(number: u64) -> String {
    format!("{}.{:03}", number / 1000, number % 1000)
}

/// 100 × points ÷ weight to four decimals, cut off, with a sign that there is more.
fn quotient(points: u64, weight: u32) -> String {
    let (scaled, weight) = (points * 1000, u64::from(weight));
    let more = if scaled.is_multiple_of(weight) { "" } else { "…" };
    let digits = scaled / weight;
    format!("{}.{:04}{more}", digits / 10_000, digits % 10_000)
}

fn decimals(share: f64) -> String {
    format!("{share:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_never_rounded_up() {
        assert_eq!(thousandths(976), "0.976");
        assert_eq!(thousandths(211_180), "211.180");
        assert_eq!(quotient(211_180, 299), "70.6287…");
        assert_eq!(quotient(90_000, 100), "90.0000");
        assert_eq!(quotient(899_999, 1000), "89.9999");
        assert_eq!(quotient(89_999, 100), "89.9990");
    }
}
