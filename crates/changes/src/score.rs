//! Why a score moved.

use model::{Assessment, ControlResult, NotApplicableReason, Reason, ScoreMove, Verdict};

/// Splits the move of a score into its causes; `None` where one of the two has no score.
///
/// `before` and `after` are the assessments as they were made; the other two are the same snapshots
/// judged in one and the same way, by the later checklist and one version of the program. What judging
/// in another way changes is the checklist's part. From one to the other of the two judged alike,
/// controls are put in one group after the other: those that came to apply or ceased to with a license,
/// then those that could be judged in only one of them, then all others. So the parts add up exactly.
pub fn split(
    before: &Assessment,
    before_alike: &Assessment,
    after_alike: &Assessment,
    after: &Assessment,
) -> Option<ScoreMove> {
    let value = |assessment: &Assessment| assessment.score.value.map(tenths);
    let (first, last) = (value(before)?, value(after)?);
    let (start, end) = (value(before_alike)?, value(after_alike)?);
    let mut controls: Vec<&ControlResult> = before_alike.controls.iter().collect();
    let mut part = |cause: Cause, from: i64| {
        for control in &mut controls {
            let now = after_alike.controls.iter().find(|now| now.id == control.id);
            if let Some(now) = now.filter(|now| why(control, now) == cause) {
                *control = now;
            }
        }
        score(&controls).unwrap_or(from)
    };
    let licensed = part(Cause::License, start);
    let covered = part(Cause::Coverage, licensed);
    Some(ScoreMove {
        before: points(first),
        after: points(last),
        tenant: points(end - covered),
        checklist: points((start - first) + (last - end)),
        license: points(licensed - start),
        coverage: points(covered - licensed),
    })
}

#[derive(PartialEq)]
enum Cause {
    License,
    Coverage,
    Tenant,
}

/// Why a control counts in another way.
fn why(before: &ControlResult, after: &ControlResult) -> Cause {
    let unlicensed = |result: &ControlResult| {
        result.reason == Some(Reason::NotApplicable(NotApplicableReason::License))
    };
    let unknown = |result: &ControlResult| result.verdict == Verdict::Unknown;
    if unlicensed(before) != unlicensed(after) {
        Cause::License
    } else if unknown(before) != unknown(after) {
        Cause::Coverage
    } else {
        Cause::Tenant
    }
}

/// The score of a mixture of controls, in tenths of a point; `None` when none is assessed. By the
/// formula of the catalog: Σ(weight × credit) ÷ Σ weight.
fn score(controls: &[&ControlResult]) -> Option<i64> {
    let assessed = controls.iter().filter(|control| control.verdict.is_assessed());
    let assessed = assessed.filter_map(|control| Some((control.weight, control.credit?)));
    let (weight, points) = assessed.fold((0.0, 0.0), |(weights, points), (weight, credit)| {
        let weight = f64::from(weight);
        (weights + weight, points + weight * credit)
    });
    (weight > 0.0).then(|| tenths(100.0 * points / weight))
}

#[expect(clippy::cast_possible_truncation, reason = "a score lies between 0 and 100")]
fn tenths(value: f64) -> i64 {
    (value * 10.0).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "tenths of a score are far below 2^52")]
fn points(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}
