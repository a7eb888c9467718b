//! The verdict: one sentence made from the worst open fact.

use model::{Assessment, Severity};
use serde::Serialize;

use super::Numbered;
use super::findings::Ranked;
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words};

/// The verdict in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictView {
    /// The mark of the worst open fact.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// The worst open fact.
    pub headline: Said,
    /// How the rest of what is critical stands; may be empty.
    pub rest: String,
}

pub(super) fn verdict(w: Words, assessment: &Assessment, ranked: &[Ranked<'_>]) -> VerdictView {
    let worst = worst(assessment, ranked);
    let (status, headline) = if let Some(worst) = worst {
        let text = text::sentence(&worst.control.summary);
        (worst.status, Said { text, foreign: w.is_foreign() })
    } else {
        let (status, text) = nothing_open(w, assessment);
        (status, Said { text, foreign: false })
    };
    let rest = if assessment.score.value.is_some() {
        rest(w, assessment, worst.map(|worst| worst.control.id.as_str()))
    } else {
        String::new()
    };
    VerdictView { status, word: w.status(status), headline, rest }
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

fn nothing_open(w: Words, assessment: &Assessment) -> (Status, String) {
    let statuses: Vec<Status> = assessment.controls.iter().map(Status::of).collect();
    let judged = statuses.iter().filter(|status| status.is_assessed()).count();
    if judged == 0 {
        return (Status::NotAssessed, w.nothing_judged.to_owned());
    }
    let accepted = statuses.iter().filter(|status| status.is_open()).count();
    match accepted {
        0 if judged == 1 => (Status::Pass, w.one_in_order.to_owned()),
        0 => (Status::Pass, w.count(w.all_in_order, judged)),
        _ => (Status::Partial, w.count(w.all_accepted, accepted)),
    }
}

/// How the other critical controls stand. "In order" is said only when all of them are.
fn rest(w: Words, assessment: &Assessment, headline: Option<&str>) -> String {
    let others: Vec<Status> = assessment
        .controls
        .iter()
        .filter(|control| control.severity == Severity::Critical)
        .filter(|control| Some(control.id.as_str()) != headline)
        .map(Status::of)
        .filter(|status| !matches!(status, Status::NotLicensed | Status::NotApplicable))
        .collect();
    let number = |wanted: Status| others.iter().filter(|it| **it == wanted).count();
    let (pass, partial, fail) =
        (number(Status::Pass), number(Status::Partial), number(Status::Fail));
    let unjudged = others.len() - pass - partial - fail;
    let is_critical = assessment.controls.iter().any(|control| {
        Some(control.id.as_str()) == headline && control.severity == Severity::Critical
    });
    match others.len() {
        0 => String::new(),
        // The headline already says that all is in order.
        all if all == pass && headline.is_none() => String::new(),
        all if all == pass && is_critical => w.rest_other.to_owned(),
        all if all == pass => w.rest_all.to_owned(),
        all => {
            let parts: Vec<String> = [
                (fail, w.n_fail),
                (partial, w.n_partial),
                (unjudged, w.n_unjudged),
                (pass, w.n_pass),
            ]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| w.count(what, number))
            .collect();
            let message = if is_critical { w.rest_of_other } else { w.rest_of };
            w.count_with(message, all, &[("parts", &w.list(&parts))])
        }
    }
}
