//! Five areas at a glance.

use model::{Assessment, ControlResult, Severity};
use serde::Serialize;

use crate::status::Status;
use crate::{text, words};

/// One area at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// What it is about.
    pub title: &'static str,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Such as "4 of 6"; empty when no check was judged.
    pub number: String,
    /// What the number counts; empty when there is none.
    pub label: &'static str,
    /// The fact behind it, in a sentence.
    pub detail: String,
}

/// What a tile is made of: the control that answers its question, and its company.
struct Question {
    title: &'static str,
    key: &'static str,
    /// Beginnings of the ids of the controls that belong to it.
    company: &'static [&'static str],
}

const QUESTIONS: [Question; 5] = [
    Question { title: "MFA in effect", key: "mfa-users-required", company: &["mfa-"] },
    Question { title: "Old protocols", key: "legacy-auth-blocked", company: &["legacy-"] },
    Question {
        title: "Administrators",
        key: "mfa-admins-required",
        company: &["priv-", "pim-", "pam-", "mfa-admins-"],
    },
    Question { title: "Emergency access", key: "emerg-accounts-exist", company: &["emerg-"] },
    Question {
        title: "Mail protection",
        key: "preset-all-recipients",
        company: &["preset-", "exo-"],
    },
];

pub(super) fn all(assessment: &Assessment) -> Vec<Tile> {
    QUESTIONS.iter().map(|question| tile(question, assessment)).collect()
}

fn tile(question: &Question, assessment: &Assessment) -> Tile {
    let company: Vec<&ControlResult> = assessment
        .controls
        .iter()
        .filter(|control| question.company.iter().any(|prefix| control.id.starts_with(prefix)))
        .collect();
    let key = company.iter().find(|control| control.id == question.key);
    let Some(worst) = company.iter().max_by_key(|control| gravity(control)) else {
        return Tile {
            title: question.title,
            status: Status::NotAssessed,
            word: Status::NotAssessed.word(),
            number: String::new(),
            label: "",
            detail: "The checklist has no check of this kind.".to_owned(),
        };
    };
    let shown = key.unwrap_or(worst);
    // A tile is not in order while something grave beside the key is not.
    let grave = Status::of(worst) == Status::Fail
        && worst.severity >= Severity::High
        && worst.id != shown.id;
    let (status, shown) = match Status::of(shown) {
        Status::Pass if grave => (Status::Partial, worst),
        status => (status, shown),
    };
    let count = |wanted: fn(Status) -> bool| {
        company.iter().filter(|control| wanted(Status::of(control))).count()
    };
    let judged = count(Status::is_assessed);
    let in_order = count(|status| status == Status::Pass);
    Tile {
        title: question.title,
        status,
        word: status.word(),
        number: if judged == 0 {
            String::new()
        } else {
            format!("{} of {}", words::thousands(in_order), words::thousands(judged))
        },
        label: if judged == 0 { "" } else { "judged checks in order" },
        detail: text::sentence(without_names(&shown.summary)),
    }
}

/// The sentence without the addresses at its end, which the list of findings has: a tile is narrow.
fn without_names(sentence: &str) -> &str {
    match sentence.rsplit_once(": ") {
        Some((fact, names)) if names.contains('@') => fact,
        _ => sentence,
    }
}

/// Failures before the rest, the severe ones first.
fn gravity(control: &ControlResult) -> (u8, Severity) {
    let status = match Status::of(control) {
        Status::Fail => 3,
        Status::Partial => 2,
        Status::NotAssessed => 1,
        _ => 0,
    };
    (status, control.severity)
}
