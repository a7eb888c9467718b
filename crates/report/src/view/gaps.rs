//! What was not judged, and why.

use model::{ControlResult, NotApplicableReason, Reason, UnknownReason, Verdict};
use serde::Serialize;

use super::{Listed, Numbered};
use crate::status::Status;
use crate::text;
use crate::words::Words;

/// Controls that were not judged for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapGroup {
    /// The mark.
    pub status: Status,
    /// The reason, in a few words.
    pub title: &'static str,
    /// What would open them.
    pub remedy: &'static str,
    /// Which.
    pub controls: Vec<GapRow>,
}

/// A control that was not judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapRow {
    /// Which.
    pub control: Listed,
    /// What stood in the way.
    pub summary: String,
}

/// Sorted by this: what can be put right first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Unknown(Option<UnknownReason>),
    Expired,
    Unattested,
    License,
    OtherModel,
    NoPopulation,
}

pub(super) fn all(w: Words, controls: &[Numbered<'_>]) -> Vec<GapGroup> {
    let mut gaps: Vec<(Why, &Numbered<'_>)> =
        controls.iter().filter_map(|it| Some((why(it.control)?, it))).collect();
    gaps.sort_by_key(|(why, numbered)| (*why, numbered.index));
    gaps.chunk_by(|one, two| one.0 == two.0)
        .filter_map(|group| {
            let (why, first) = group.first()?;
            let (title, remedy) = describe(w, *why);
            Some(GapGroup {
                status: first.status,
                title,
                remedy,
                controls: group
                    .iter()
                    .map(|(_, numbered)| GapRow {
                        control: numbered.listed(w),
                        summary: text::sentence(&numbered.control.summary),
                    })
                    .collect(),
            })
        })
        .collect()
}

/// `None` for what was judged.
fn why(control: &ControlResult) -> Option<Why> {
    Some(match (control.verdict, control.reason) {
        (Verdict::Unknown, Some(Reason::Unknown(reason))) => Why::Unknown(Some(reason)),
        (Verdict::Unknown, _) => Why::Unknown(None),
        (Verdict::Expired, _) => Why::Expired,
        (Verdict::Unattested, _) => Why::Unattested,
        (Verdict::NotApplicable, Some(Reason::NotApplicable(NotApplicableReason::License))) => {
            Why::License
        }
        (Verdict::NotApplicable, Some(Reason::NotApplicable(NotApplicableReason::OtherModel))) => {
            Why::OtherModel
        }
        (Verdict::NotApplicable, _) => Why::NoPopulation,
        _ => return None,
    })
}

fn describe(w: Words, why: Why) -> (&'static str, &'static str) {
    let m = w.messages();
    match why {
        Why::Unknown(Some(reason)) => w.gap(reason),
        Why::Unknown(None) => (m.gap_none, m.gap_none_do),
        Why::Expired => (m.gap_expired, m.gap_expired_do),
        Why::Unattested => (m.gap_unattested, m.gap_unattested_do),
        Why::License => (m.gap_license, m.gap_license_do),
        Why::OtherModel => (m.gap_model, m.gap_model_do),
        Why::NoPopulation => (m.gap_nothing, m.gap_nothing_do),
    }
}
