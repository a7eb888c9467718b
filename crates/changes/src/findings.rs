//! What became of findings between two assessments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Assessment, ControlResult, FindingChange, FindingState, Verdict};

/// What became of each finding that is open or was, in the order of the later catalog; controls that
/// left the checklist come last.
///
/// `since` has the start of each control's present streak, where a longer history tells; the older
/// assessment's time stands for the others.
pub fn findings(
    before: &Assessment,
    after: &Assessment,
    since: &BTreeMap<String, Timestamp>,
) -> Vec<FindingChange> {
    let old: BTreeMap<&str, &ControlResult> =
        before.controls.iter().map(|result| (result.id.as_str(), result)).collect();
    let mut found: Vec<FindingChange> = after
        .controls
        .iter()
        .filter_map(|now| {
            let was = old.get(now.id.as_str()).copied();
            let state = state(was.map(|was| was.verdict), Some(now.verdict))?;
            let since = (state == FindingState::StillOpen)
                .then(|| since.get(&now.id).copied().unwrap_or(before.snapshot.taken_at));
            Some(finding(now, state, was.map(|was| was.verdict), Some(now.verdict), since))
        })
        .collect();
    let left =
        before.controls.iter().filter(|was| !after.controls.iter().any(|now| now.id == was.id));
    found.extend(left.filter_map(|was| {
        let state = state(Some(was.verdict), None)?;
        Some(finding(was, state, Some(was.verdict), None, None))
    }));
    found
}

fn finding(
    result: &ControlResult,
    state: FindingState,
    before: Option<Verdict>,
    after: Option<Verdict>,
    since: Option<Timestamp>,
) -> FindingChange {
    FindingChange {
        control: result.id.clone(),
        title: result.title.clone(),
        severity: result.severity,
        state,
        before,
        after,
        since,
        summary: result.summary.clone(),
    }
}

/// Whether somebody has to do something.
pub const fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Partial | Verdict::AttestedNo)
}

/// What became of a finding; `None` where there was none and is none.
fn state(before: Option<Verdict>, after: Option<Verdict>) -> Option<FindingState> {
    use Verdict::{Attested, Expired, NotApplicable, Pass, Unattested, Unknown};
    let was_open = before.is_some_and(is_open);
    match after {
        Some(now) if is_open(now) => Some(match before {
            Some(was) if is_open(was) => FindingState::StillOpen,
            Some(Unknown | Unattested | Expired) | None => FindingState::FirstSeen,
            Some(_) => FindingState::New,
        }),
        _ if !was_open => None,
        Some(Pass | Attested) => Some(FindingState::Fixed),
        Some(NotApplicable) => Some(FindingState::NoLongerApplicable),
        _ => Some(FindingState::NoLongerAssessable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_counts_as_fixed_that_nobody_saw_pass() {
        use FindingState as S;
        use Verdict as V;
        let open = [V::Fail, V::Partial, V::AttestedNo];
        for was in open {
            for now in open {
                assert_eq!(state(Some(was), Some(now)), Some(S::StillOpen));
            }
            for (now, expected) in [
                (Some(V::Pass), S::Fixed),
                (Some(V::Attested), S::Fixed),
                (Some(V::Unknown), S::NoLongerAssessable),
                (Some(V::Unattested), S::NoLongerAssessable),
                (Some(V::Expired), S::NoLongerAssessable),
                (Some(V::NotApplicable), S::NoLongerApplicable),
                (None, S::NoLongerAssessable),
            ] {
                assert_eq!(state(Some(was), now), Some(expected), "{was:?} {now:?}");
            }
        }
        for now in open {
            assert_eq!(state(Some(V::Pass), Some(now)), Some(S::New));
            assert_eq!(state(Some(V::NotApplicable), Some(now)), Some(S::New));
            assert_eq!(state(Some(V::Unknown), Some(now)), Some(S::FirstSeen));
            assert_eq!(state(None, Some(now)), Some(S::FirstSeen));
        }
        assert_eq!(state(Some(V::Pass), Some(V::Unknown)), None);
        assert_eq!(state(None, None), None);
    }
}
