//! Whether scans came as often as they should have.

use jiff::{SignedDuration, Timestamp};

/// From how many scans on the usual distance between them is known.
const ENOUGH: usize = 5;

/// A time without scans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// When the last scan before it started.
    pub after: Timestamp,
    /// When the first scan after it started; none: there is none yet.
    pub until: Option<Timestamp>,
    /// About how many scans are missing.
    pub missing: i64,
}

/// The gaps between scans, whose starts are sorted. Half a distance late is no gap.
pub(super) fn gaps(
    starts: &[Timestamp],
    every: SignedDuration,
    now: Option<Timestamp>,
) -> Vec<Gap> {
    let next = starts.iter().skip(1).copied().map(Some).chain([None]);
    starts
        .iter()
        .zip(next)
        .filter_map(|(after, until)| {
            let length = until.or(now)?.duration_since(*after);
            let most = every.as_secs().saturating_add(every.as_secs() / 2);
            let half = every.as_secs() / 2;
            let missing = length.as_secs().saturating_add(half).checked_div(every.as_secs())? - 1;
            (length.as_secs() > most).then_some(Gap { after: *after, until, missing })
        })
        .collect()
}

/// The usual distance: the middle one of all distances; none when there are too few.
pub(super) fn usual(starts: &[Timestamp]) -> Option<SignedDuration> {
    if starts.len() < ENOUGH {
        return None;
    }
    let mut distances: Vec<SignedDuration> =
        starts.iter().zip(starts.iter().skip(1)).map(|(a, b)| b.duration_since(*a)).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().filter(|usual| usual.as_secs() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: &[i64]) -> Vec<Timestamp> {
        days.iter().map(|day| Timestamp::from_second(day * 86_400).unwrap()).collect()
    }

    #[test]
    fn what_is_missing_is_counted() {
        let day = SignedDuration::from_hours(24);
        let starts = days(&[1, 2, 3, 7, 8]);
        let now = days(&[12])[0];
        let found = gaps(&starts, day, Some(now));
        let short: Vec<_> = found.iter().map(|gap| (gap.after, gap.until, gap.missing)).collect();
        assert_eq!(short, [(starts[2], Some(starts[3]), 3), (starts[4], None, 3)]);
        assert_eq!(gaps(&starts, day, None).len(), 1);
        assert_eq!(gaps(&[], day, Some(now)), []);
        let monthly = SignedDuration::from_hours(24 * 30);
        assert_eq!(gaps(&days(&[31, 59, 90, 120]), monthly, None), []);
    }

    #[test]
    fn the_usual_distance_is_the_middle_one() {
        assert_eq!(usual(&days(&[1, 2, 3, 4])), None);
        assert_eq!(usual(&days(&[1, 2, 3, 9, 10])), Some(SignedDuration::from_hours(24)));
        assert_eq!(usual(&days(&[1, 1, 1, 1, 1])), None);
    }
}
