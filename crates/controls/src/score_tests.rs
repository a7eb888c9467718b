//! Properties of the score, on outcomes of every kind.

use model::{ControlResult, Grade, Score, Severity, Verdict};
use proptest::prelude::*;

use crate::score::score;
use crate::testing::Fixture;
use crate::{Checklist, Kind, assess, catalog};

/// The catalog's controls with these outcomes, in its order.
fn results(outcomes: &[(Verdict, f64)]) -> Vec<ControlResult> {
    let fixture = Fixture::exemplary();
    let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
    let checklist = Checklist::named("default").unwrap();
    let mut controls = assess(&model::Tenant::new(&snapshot, &profile), &checklist, "").controls;
    for (control, (verdict, share)) in controls.iter_mut().zip(outcomes) {
        give(control, *verdict, *share);
    }
    controls
}

fn give(control: &mut ControlResult, verdict: Verdict, share: f64) {
    control.verdict = verdict;
    control.credit = match verdict {
        Verdict::Pass | Verdict::Attested => Some(1.0),
        Verdict::Partial => Some(share),
        Verdict::Fail | Verdict::AttestedNo => Some(0.0),
        _ => None,
    };
}

/// A control's outcome: any, and a credit for a partial one.
fn outcome() -> impl Strategy<Value = (Verdict, f64)> {
    let verdict = prop_oneof![
        4 => Just(Verdict::Pass),
        3 => Just(Verdict::Fail),
        2 => Just(Verdict::Partial),
        1 => Just(Verdict::Unknown),
        1 => Just(Verdict::NotApplicable),
        1 => Just(Verdict::Unattested),
        1 => Just(Verdict::Expired),
        1 => Just(Verdict::Attested),
        1 => Just(Verdict::AttestedNo),
    ];
    (verdict, 0.001..0.999_f64)
}

fn outcomes() -> impl Strategy<Value = Vec<(Verdict, f64)>> {
    proptest::collection::vec(outcome(), catalog().count())
}

fn all(verdict: Verdict) -> Vec<ControlResult> {
    results(&vec![(verdict, 0.5); catalog().count()])
}

/// The grade as a number: A is 0. No grade is worse than any.
fn rank(score: &Score) -> usize {
    [Grade::A, Grade::B, Grade::C, Grade::D, Grade::F]
        .iter()
        .position(|grade| Some(*grade) == score.grade)
        .unwrap_or(5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn it_lies_between_0_and_100_and_within_its_range(outcomes in outcomes()) {
        let score = score(&results(&outcomes));
        for value in [score.value, score.low, score.high].into_iter().flatten() {
            prop_assert!((0.0..=100.0).contains(&value), "{score:?}");
        }
        prop_assert!((0.0..=1.0).contains(&score.coverage));
        if let (Some(low), Some(value), Some(high)) = (score.low, score.value, score.high) {
            prop_assert!(low <= value + 0.11 && value <= high + 0.11, "{score:?}");
        }
    }

    #[test]
    fn a_fail_turned_pass_never_lowers_it(outcomes in outcomes(), which in any::<prop::sample::Index>()) {
        let before = results(&outcomes);
        let failed: Vec<usize> = (0..before.len())
            .filter(|number| matches!(before[*number].verdict, Verdict::Fail | Verdict::Partial))
            .collect();
        prop_assume!(!failed.is_empty());
        let mut after = before.clone();
        give(&mut after[failed[which.index(failed.len())]], Verdict::Pass, 1.0);
        let (before, after) = (score(&before), score(&after));
        prop_assert!(after.value >= before.value, "{before:?} {after:?}");
        prop_assert!(rank(&after) <= rank(&before), "{before:?} {after:?}");
        prop_assert!(after.caps.len() <= before.caps.len());
    }

    /// Revoking a permission makes an outcome unknown: that never makes the grade surer or the
    /// lowest possible score higher.
    #[test]
    fn an_outcome_made_unknown_never_raises_what_is_sure(outcomes in outcomes(), which in any::<prop::sample::Index>()) {
        let before = results(&outcomes);
        let mut after = before.clone();
        let number = which.index(after.len());
        prop_assume!(before[number].verdict.is_assessed());
        give(&mut after[number], Verdict::Unknown, 0.0);
        let (before, after) = (score(&before), score(&after));
        prop_assert!(after.coverage <= before.coverage);
        if let (Some(one), Some(two)) = (before.low, after.low) {
            prop_assert!(two <= one, "{before:?} {after:?}");
        }
    }

    #[test]
    fn the_order_changes_nothing(outcomes in outcomes(), seed in any::<u64>()) {
        let one = results(&outcomes);
        let mut two = one.clone();
        // Any order will do: by a hash of the id and the seed.
        two.sort_by_key(|control| {
            control.id.bytes().fold(seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        });
        let (mut one, mut two) = (score(&one), score(&two));
        // Of several open confirmations the first is named, whichever that is.
        for score in [&mut one, &mut two] {
            for cap in &mut score.caps {
                if cap.because.starts_with("no proof yet") {
                    cap.control.clear();
                }
            }
            score.caps.sort_by(|one, two| (one.grade, &one.control).cmp(&(two.grade, &two.control)));
        }
        prop_assert_eq!(one, two);
    }

    /// Whatever else passes, a hole in what everything rests on keeps the grade down.
    #[test]
    fn a_hole_caps_the_grade(which in any::<prop::sample::Index>()) {
        let caps = [
            ("mfa-admins-required", Grade::D),
            ("base-protection-enforced", Grade::D),
            ("mfa-users-required", Grade::D),
            ("mfa-admins-registered", Grade::C),
            ("legacy-auth-blocked", Grade::C),
            ("hybrid-sync-account-clean", Grade::C),
            ("priv-external-principals", Grade::C),
            ("emerg-accounts-exist", Grade::B),
            ("emerg-ca-excluded", Grade::B),
            ("log-unified-audit", Grade::B),
        ];
        let (id, most) = caps[which.index(caps.len())];
        let mut controls = all(Verdict::Pass);
        for control in &mut controls {
            let kind = crate::control(&control.id).map(|control| control.kind);
            if kind == Some(Kind::Attestation) {
                give(control, Verdict::Attested, 1.0);
            }
        }
        prop_assert_eq!(score(&controls).grade, Some(Grade::A));
        let hole = controls.iter_mut().find(|control| control.id == id).unwrap();
        give(hole, Verdict::Fail, 0.0);
        let score = score(&controls);
        prop_assert_eq!(score.grade, Some(most));
        prop_assert!(score.value > Some(97.0), "a cap changes the letter, never the number");
    }
}

#[test]
fn what_was_not_assessed_has_no_score_and_no_grade() {
    for verdict in [Verdict::Unknown, Verdict::NotApplicable, Verdict::Unattested] {
        let score = score(&all(verdict));
        assert_eq!((score.value, score.grade), (None, None), "{verdict:?}");
    }
    let none = score(&[]);
    assert_eq!((none.value, none.grade, none.coverage), (None, None, 0.0));
}

/// The three checks that the model of scoring gives.
#[test]
fn the_worked_figures() {
    let one_low = {
        let mut controls = all(Verdict::Pass);
        let low = controls.iter_mut().find(|control| control.severity == Severity::Low).unwrap();
        give(low, Verdict::Fail, 0.0);
        score(&controls)
    };
    assert_eq!((one_low.points, one_low.assessed_weight), (382.0, 383));
    assert_eq!(one_low.value, Some(99.7));
    let no_critical = {
        let mut controls = all(Verdict::Pass);
        for control in &mut controls {
            if control.severity == Severity::Critical {
                give(control, Verdict::Fail, 0.0);
            }
        }
        score(&controls)
    };
    assert_eq!((no_critical.value, no_critical.grade), (Some(84.3), Some(Grade::F)));
    let most_of_a_ratio = {
        let mut controls = all(Verdict::Pass);
        let ratio = controls.iter_mut().find(|control| control.id == "mfa-users-required").unwrap();
        // 41 of 42 is never rounded up.
        give(ratio, Verdict::Partial, 41.0 / 42.0);
        score(&controls)
    };
    assert!(most_of_a_ratio.points < 382.8, "{most_of_a_ratio:?}");
}

/// Accepting a risk lies beside the verdict: the score stays.
#[test]
fn accepting_a_risk_never_raises_it() {
    let checklist = Checklist::named("default").unwrap();
    let of = |profile: &str| {
        let fixture = Fixture::exemplary()
            .set(model::Data::ConditionalAccessPolicies, serde_json::json!([]))
            .declare(profile);
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        assess(&model::Tenant::new(&snapshot, &profile), &checklist, "")
    };
    let before = of("");
    let open = before.controls.iter().filter(|control| control.fingerprint.is_some());
    let mut accepted = 0;
    for control in open {
        for kind in ["risk-accepted", "false-finding"] {
            let after = of(&format!(
                "[[waiver]]\ncontrol = \"{}\"\nkind = \"{kind}\"\nreason = \"r\"\nowner = \"o\"\n\
                 expires = 2026-12-31\n",
                control.id
            ));
            assert!(after.score.value <= before.score.value, "{}", control.id);
            assert!(rank(&after.score) >= rank(&before.score), "{}", control.id);
            accepted += 1;
        }
    }
    assert!(accepted > 10);
}
