//! Five areas at a glance.

use std::collections::BTreeSet;

use model::{Assessment, ControlResult, Severity, SubjectKind};
use serde::Serialize;

use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// One area at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// What it is about.
    pub title: &'static str,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Such as "412 of 420"; empty when nothing was judged.
    pub number: String,
    /// What the number counts; empty when there is none.
    pub label: &'static str,
    /// The fact behind it, in a sentence.
    pub detail: Said,
    /// More numbers; may be empty.
    pub extra: String,
}

/// What a tile is made of: the control that answers its question, and its company.
struct Question {
    title: &'static str,
    /// What its number counts.
    label: &'static str,
    key: &'static str,
    /// The kind of object that the control counts.
    kind: SubjectKind,
    /// Beginnings of the ids of the controls that belong to it.
    company: &'static [&'static str],
}

fn questions(w: Words) -> [Question; 5] {
    let m = w.messages();
    [
        Question {
            title: m.tile_mfa,
            label: m.tile_mfa_label,
            key: "mfa-users-required",
            kind: SubjectKind::User,
            company: &["mfa-"],
        },
        Question {
            title: m.tile_legacy,
            label: m.tile_legacy_label,
            key: "legacy-auth-blocked",
            kind: SubjectKind::User,
            company: &["legacy-"],
        },
        Question {
            title: m.tile_admins,
            label: m.tile_admins_label,
            key: "mfa-admins-required",
            kind: SubjectKind::User,
            company: &["priv-", "pim-", "pam-", "mfa-admins-"],
        },
        Question {
            title: m.tile_emergency,
            label: m.tile_emergency_label,
            key: "emerg-configuration",
            kind: SubjectKind::User,
            company: &["emerg-"],
        },
        Question {
            title: m.tile_mail,
            label: m.tile_mail_label,
            key: "preset-all-recipients",
            kind: SubjectKind::Mailbox,
            company: &["preset-", "exo-"],
        },
    ]
}

pub(super) fn all(w: Words, assessment: &Assessment) -> Vec<Tile> {
    questions(w).iter().map(|question| tile(w, question, assessment)).collect()
}

fn tile(w: Words, question: &Question, assessment: &Assessment) -> Tile {
    let company: Vec<&ControlResult> = assessment
        .controls
        .iter()
        .filter(|control| question.company.iter().any(|prefix| control.id.starts_with(prefix)))
        .collect();
    let key = company.iter().find(|control| control.id == question.key);
    let Some(worst) = company.iter().max_by_key(|control| gravity(control)) else {
        let detail = Said { text: w.tile_none.to_owned(), foreign: false };
        let status = Status::NotAssessed;
        let word = w.status(status);
        let (number, extra) = (String::new(), String::new());
        return Tile { title: question.title, status, word, number, label: "", detail, extra };
    };
    let shown = key.unwrap_or(worst);
    // A tile is not in order while something grave beside the key is not.
    let grave = Status::of(worst) == Status::Fail
        && worst.severity >= Severity::High
        && worst.id != shown.id;
    let (status, fact) = match Status::of(shown) {
        Status::Pass if grave => (Status::Partial, worst),
        status => (status, shown),
    };
    // The number is of the fact that the sentence tells, or of all checks.
    let (number, label) = key
        .filter(|key| key.id == fact.id)
        .and_then(|key| in_order_of(key, question.kind))
        .map(|(good, all)| (w.share_of(good, all), question.label))
        .or_else(|| {
            let judged = company.iter().filter(|it| Status::of(it).is_assessed()).count();
            let good = company.iter().filter(|it| Status::of(it) == Status::Pass).count();
            (judged > 0).then(|| (w.share_of(good, judged), w.tile_checks_label))
        })
        .unwrap_or_default();
    let detail = text::sentence(without_names(&fact.summary));
    Tile {
        title: question.title,
        status,
        word: w.status(status),
        number,
        label,
        detail: Said { text: detail, foreign: w.is_foreign() },
        extra: extra(w, question, assessment),
    }
}

/// How many of those that a control judged are in order, of how many. `None` where its evidence
/// does not say it object by object.
fn in_order_of(control: &ControlResult, kind: SubjectKind) -> Option<(usize, usize)> {
    let status = Status::of(control);
    let all = control.population.as_ref().filter(|_| status.is_assessed())?.judged;
    let bad: BTreeSet<(&str, &str)> = control
        .evidence
        .iter()
        .filter(|evidence| !evidence.expected.is_empty() && evidence.subject.kind == kind)
        .map(|evidence| (evidence.subject.id.as_str(), evidence.subject.name.as_str()))
        .collect();
    // A failure that names nobody does not mean that all are well.
    let is_plain = all > 0 && bad.len() <= all && (status == Status::Pass || !bad.is_empty());
    is_plain.then(|| (all - bad.len(), all))
}

/// For administrators: on which methods, and how they hold their roles.
fn extra(w: Words, question: &Question, assessment: &Assessment) -> String {
    if question.key != "mfa-admins-required" {
        return String::new();
    }
    let of = |id: &str, message: &str| {
        let control = assessment.controls.iter().find(|control| control.id == id)?;
        let (good, all) = in_order_of(control, SubjectKind::User)?;
        Some(fill(message, &[("of", &w.share_of(good, all))]))
    };
    let parts: Vec<String> = [
        of("mfa-admins-phishing-resistant", w.tile_strong),
        of("pim-no-standing-access", w.tile_eligible),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.join(" ")
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
