//! `muster assess --explain-score`: the arithmetic of the score, to follow by hand.

use std::fmt::Write as _;

use ::controls::{Arithmetic, arithmetic};
use anstyle::Style;
use model::{Area, Assessment, ControlResult, Grade};

use super::terminal::{self, one_line, wrap};

/// Columns of the labels on the left.
const LABELS: usize = 13;

/// Every control with weight, credit and points by area, then how the score follows from the sums.
pub(crate) fn text(assessment: &Assessment) -> String {
    let bold = Style::new().bold();
    let ids = assessment.controls.iter().map(|control| control.id.chars().count());
    let wide = ids.max().unwrap_or_default();
    let head = line("  ", "", wide, ["Weight", "Credit", "Points"]);
    let mut text = format!("{bold}{head}{bold:#}");
    for area in &assessment.areas {
        let controls: Vec<&ControlResult> =
            assessment.controls.iter().filter(|control| control.area == area.id).collect();
        let _ = writeln!(text, "\n{bold}{}{bold:#}", one_line(&area.title));
        for control in &controls {
            text.push_str(&row(control, wide));
        }
        text.push_str(&sum(area, &arithmetic(controls.iter().copied()), wide));
    }
    format!("{text}\n{}", steps(assessment))
}

/// A mark, a name and three numbers, in columns.
fn line(mark: &str, name: &str, wide: usize, [weight, credit, points]: [&str; 3]) -> String {
    format!("{mark}{name:wide$}{weight:>8}{credit:>16}{points:>10}\n")
}

fn row(control: &ControlResult, wide: usize) -> String {
    let mark = format!("{} ", terminal::mark(control.verdict));
    let Some(credit) = control.credit.filter(|_| control.verdict.is_assessed()) else {
        let word = control.verdict.word().replace('-', " ");
        return line(&mark, &control.id, wide, [&format!("({})", control.weight), &word, "–"]);
    };
    let credit = ::controls::thousandths(credit);
    let points = thousandths(u64::from(control.weight) * credit);
    let numbers = [&*control.weight.to_string(), &thousandths(credit), &points];
    line(&mark, &control.id, wide, numbers)
}

/// The sums of an area, and its own score.
fn sum(area: &Area, sums: &Arithmetic, wide: usize) -> String {
    let dim = Style::new().dimmed();
    let points = thousandths(sums.points);
    let name = match (sums.assessed, area.value) {
        (weight @ 1.., Some(value)) => format!("100 × {points} ÷ {weight} = {value:.1}"),
        _ => "nothing assessed, no score".to_owned(),
    };
    let text = line("  ", &name, wide, [&sums.assessed.to_string(), "", &points]);
    format!("{dim}{}{dim:#}\n", text.trim_end())
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
        let _ = writeln!(text, "{style}{label:LABELS$}{style:#}{}", wrap(body, LABELS));
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
             unknown + {} that nobody confirmed. Weight {} does not apply and is left out.",
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
