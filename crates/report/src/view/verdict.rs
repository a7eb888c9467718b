//! The verdict: one sentence made from the worst open fact.

use model::{Assessment, Severity};
use serde::Serialize;

use super::Numbered;
use super::findings::Ranked;
use crate::status::Status;
use crate::{text, words};

/// The verdict in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictView {
    /// The mark of the worst open fact.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// The worst open fact.
    pub headline: String,
    /// How the rest of what is critical stands; may be empty.
    pub rest: String,
}

pub(super) fn verdict(assessment: &Assessment, ranked: &[Ranked<'_>]) -> VerdictView {
    let worst = worst(assessment, ranked);
    let (status, headline) = match worst {
        Some(worst) => (worst.status, text::sentence(&worst.control.summary)),
        None => nothing_open(assessment),
    };
    let rest = if assessment.score.value.is_some() {
        rest(assessment, worst.map(|worst| worst.control.id.as_str()))
    } else {
        String::new()
    };
    VerdictView { status, word: status.word(), headline, rest }
}

/// What caps the grade first, the lowest grade before others; then the most severe failure.
fn worst<'a>(assessment: &Assessment, ranked: &[Ranked<'a>]) -> Option<Numbered<'a>> {
    let open = || ranked.iter().filter(|ranked| !ranked.accepted);
    assessment
        .score
        .caps
        .iter()
        .find_map(|cap| open().find(|ranked| ranked.numbered.control.id == cap.control))
        .or_else(|| {
            open().max_by_key(|ranked| {
                let control = ranked.numbered.control;
                let fails = ranked.numbered.status == Status::Fail;
                (control.severity, fails, std::cmp::Reverse(ranked.rank))
            })
        })
        .map(|ranked| ranked.numbered)
}

fn nothing_open(assessment: &Assessment) -> (Status, String) {
    let statuses: Vec<Status> = assessment.controls.iter().map(Status::of).collect();
    let judged = statuses.iter().filter(|status| status.is_assessed()).count();
    if judged == 0 {
        let headline = "Nothing could be judged, so nothing is known to be in order.";
        return (Status::NotAssessed, headline.to_owned());
    }
    let accepted = statuses.iter().filter(|status| status.is_open()).count();
    let headline = match accepted {
        0 if judged == 1 => "The one check that could be judged is in order.".to_owned(),
        0 => format!("All {} checks that could be judged are in order.", words::thousands(judged)),
        _ => format!(
            "What is not in order has been accepted: {}.",
            words::count(accepted, "finding", "findings")
        ),
    };
    (if accepted == 0 { Status::Pass } else { Status::Partial }, headline)
}

/// How the other critical controls stand. "In order" is said only when all of them are.
fn rest(assessment: &Assessment, headline: Option<&str>) -> String {
    let others: Vec<Status> = assessment
        .controls
        .iter()
        .filter(|control| control.severity == Severity::Critical)
        .filter(|control| Some(control.id.as_str()) != headline)
        .map(Status::of)
        .filter(|status| !matches!(status, Status::NotLicensed | Status::NotApplicable))
        .collect();
    let number = |wanted: &[Status]| others.iter().filter(|it| wanted.contains(it)).count();
    let (pass, partial, fail) =
        (number(&[Status::Pass]), number(&[Status::Partial]), number(&[Status::Fail]));
    let unjudged = others.len() - pass - partial - fail;
    let is_critical = assessment.controls.iter().any(|control| {
        Some(control.id.as_str()) == headline && control.severity == Severity::Critical
    });
    match others.len() {
        0 => String::new(),
        // The headline already says that all is in order.
        all if all == pass && headline.is_none() => String::new(),
        all if all == pass && is_critical => {
            "Everything else that is critical is in order.".to_owned()
        }
        all if all == pass => "Everything that is critical is in order.".to_owned(),
        all => {
            let parts: Vec<String> = [
                (fail, "not in order"),
                (partial, "partly in order"),
                (unjudged, "not assessed"),
                (pass, "in order"),
            ]
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
            let other = if is_critical { "other critical" } else { "critical" };
            let checks = words::count(all, &format!("{other} check"), &format!("{other} checks"));
            format!("Of {checks}: {}.", words::list(&parts))
        }
    }
}
