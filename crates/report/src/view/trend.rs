//! The scores of the last twelve months.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use model::Grade;
use serde::Serialize;

use crate::words::Words;
use crate::{Source, text};

/// At most so many points are drawn and listed: the last scan of each of so many equal parts.
const POINTS: usize = 26;

/// The scores of the last twelve months.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TrendView {
    /// The oldest first, this scan last; empty unless there are two with a score.
    pub points: Vec<TrendPoint>,
}

/// The score of one scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrendPoint {
    /// The day.
    pub date: String,
    /// Where it lies in the twelve months, 0 to 1.
    pub at: f64,
    /// For the drawing.
    pub value: f64,
    /// Such as "70.6".
    pub score: String,
    /// The letter; empty when there was none.
    pub grade: &'static str,
    /// The checklist's version.
    pub checklist: String,
    /// Whether the checklist is another than at the point before.
    pub checklist_changed: bool,
}

pub(super) fn trend(w: Words, source: &Source<'_>, zone: &TimeZone) -> TrendView {
    let assessment = source.assessment;
    let now = assessment.snapshot.taken_at;
    let year_ago = now
        .to_zoned(TimeZone::UTC)
        .checked_sub(Span::new().years(1))
        .map_or(now, |then| then.timestamp());
    let past = source
        .history
        .scans
        .iter()
        .filter(|scan| scan.taken_at >= year_ago && scan.taken_at < now)
        .filter_map(|scan| Some((scan.taken_at, scan.score?, scan.grade, &scan.checklist)));
    let this = assessment
        .score
        .value
        .map(|value| (now, value, assessment.score.grade, &assessment.checklist.version));
    let mut scans: Vec<_> = past.chain(this).collect();
    scans.sort_by_key(|scan| scan.0);
    let Some(first) = scans.first().map(|scan| scan.0).filter(|_| scans.len() > 1) else {
        return TrendView::default();
    };
    let place = |then: Timestamp| share(first, then, now);
    // Of scans that would lie on each other the later stays; so does every change of checklist.
    let mut thinned: Vec<(Timestamp, f64, Option<Grade>, &String)> = Vec::new();
    for scan in scans {
        #[expect(clippy::cast_possible_truncation, reason = "a place of 0 to 25")]
        #[expect(clippy::cast_precision_loss, reason = "a few points")]
        let slot = |then| (place(then) * (POINTS - 1) as f64).round() as i64;
        match thinned.last_mut() {
            Some(last) if slot(last.0) == slot(scan.0) && last.3 == scan.3 && last.0 != first => {
                *last = scan;
            }
            _ => thinned.push(scan),
        }
    }
    let mut before: Option<&String> = None;
    let points = thinned
        .into_iter()
        .map(|(then, value, grade, checklist)| {
            let changed = before.is_some_and(|before| before != checklist);
            before = Some(checklist);
            TrendPoint {
                date: w.date_of(then, zone),
                at: place(then),
                value,
                score: w.score(value),
                grade: grade.map(Grade::letter).unwrap_or_default(),
                checklist: text::name(checklist),
                checklist_changed: changed,
            }
        })
        .collect();
    TrendView { points }
}

/// How far `then` lies between `from` and `to`, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "seconds of a year are far below 2^53")]
fn share(from: Timestamp, then: Timestamp, to: Timestamp) -> f64 {
    let whole = (to.as_second() - from.as_second()).max(1) as f64;
    (then.as_second() - from.as_second()) as f64 / whole
}
