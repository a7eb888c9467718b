//! Accepted risks: waivers beside verdicts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::ControlResult;
use serde::Serialize;

use super::Numbered;
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// Days ahead that count as soon.
const SOON: i32 = 60;

/// A waiver beside a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Where the control stands.
    pub anchor: String,
    /// The control's title.
    pub title: Said,
    /// The true verdict's mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
    /// Such as "Risk accepted".
    pub kind: &'static str,
    /// Why.
    pub reason: String,
    /// Who answers for it, and the ticket.
    pub owner: String,
    /// The last day.
    pub until: String,
    /// The last day as it is stored, for sorting.
    #[serde(skip)]
    pub(super) expires: String,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does not; empty when it does.
    pub because: String,
}

pub(super) fn all(w: Words, controls: &[Numbered<'_>]) -> Vec<Accepted> {
    let mut accepted: Vec<(usize, Accepted)> = controls
        .iter()
        .filter_map(|numbered| {
            let waiver = numbered.control.waiver.as_ref()?;
            let ticket = match waiver.ticket.trim() {
                "" => String::new(),
                ticket => format!(" ({})", text::name(ticket)),
            };
            let accepted = Accepted {
                anchor: numbered.anchor(),
                title: w.title(&numbered.control.title),
                status: numbered.status,
                word: w.status(numbered.status),
                kind: w.waiver(waiver.kind),
                reason: text::sentence(&waiver.reason),
                owner: format!("{}{ticket}", text::name(&waiver.owner)),
                until: w.stored_date(&waiver.expires),
                expires: waiver.expires.clone(),
                holds: waiver.holds,
                because: if waiver.holds {
                    String::new()
                } else {
                    format!("{} {}", w.no_longer_holds, text::sentence(&waiver.because))
                },
            };
            Some((numbered.index, accepted))
        })
        .collect();
    accepted.sort_by(|(index, one), (other, two)| {
        one.expires.cmp(&two.expires).then_with(|| index.cmp(other))
    });
    accepted.into_iter().map(|(_, accepted)| accepted).collect()
}

/// Beside a finding: "Risk accepted until 31 March 2027".
pub(super) fn short(w: Words, control: &ControlResult) -> String {
    control.waiver.as_ref().map_or_else(String::new, |waiver| {
        let until = w.stored_date(&waiver.expires);
        let message = if waiver.holds { w.accepted_until } else { w.accepted_lapsed };
        fill(message, &[("kind", w.waiver(waiver.kind)), ("date", &until)])
    })
}

/// How many hold, which ends next and how many end soon, how many no longer hold.
pub(super) fn note(
    w: Words,
    accepted: &[Accepted],
    taken_at: Timestamp,
    zone: &TimeZone,
) -> String {
    let today = taken_at.to_zoned(zone.clone()).date();
    let holding: Vec<&Accepted> = accepted.iter().filter(|it| it.holds).collect();
    let lapsed = accepted.len() - holding.len();
    let mut parts = Vec::new();
    match holding.first() {
        None => parts.push(w.no_risk.to_owned()),
        Some(next) => {
            let soon = holding.iter().filter(|it| ends_within(&it.expires, today, SOON)).count();
            let message = match (holding.len(), soon) {
                (1, _) => w.one_accepted,
                (_, 0) => w.many_accepted,
                _ => w.many_accepted_soon,
            };
            let (number, soon) = (w.whole(holding.len()), w.whole(soon));
            parts.push(fill(
                message,
                &[
                    ("n", &number),
                    ("date", &next.until),
                    ("soon", &soon),
                    ("days", &SOON.to_string()),
                ],
            ));
        }
    }
    if lapsed > 0 {
        parts.push(w.count(w.lapsed, lapsed));
    }
    parts.join(" ")
}

fn ends_within(expires: &str, today: Date, days: i32) -> bool {
    expires
        .parse::<Date>()
        .ok()
        .and_then(|date| today.until(date).ok())
        .is_some_and(|span| span.get_days() <= days)
}
