//! What holds for every control at once. What holds for each on a tenant that meets it is in
//! `four`.

mod four;
mod tenants;

use std::collections::BTreeSet;

use model::{Data, Tenant, UnavailableReason, Verdict};

use crate::context::Context;
use crate::testing::Fixture;
use crate::{AREAS, Checklist, Control, assess, catalog};

fn verdicts(fixture: &Fixture) -> Vec<(&'static Control, crate::finding::Finding)> {
    let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
    let tenant = Tenant::new(&snapshot, &profile);
    let context = Context::new(&tenant);
    catalog()
        .map(|control| {
            let mut finding = assess::finding(&context, control);
            finding.evidence.sort();
            (control, finding)
        })
        .collect()
}

#[test]
fn ids_are_unique_and_begin_with_their_area() {
    let mut seen = BTreeSet::new();
    for area in AREAS {
        for control in area.controls {
            assert!(seen.insert(control.id), "{} stands twice", control.id);
            assert_eq!(control.area(), area.id, "{} stands in another area", control.id);
        }
    }
}

#[test]
fn every_text_is_written() {
    for control in catalog() {
        let id = control.id;
        assert!(!control.rationale.is_empty() && !control.passes_when.is_empty(), "{id}");
        assert!(!control.remediation.is_empty(), "{id} says nothing to do");
        assert!(!control.reads.is_empty(), "{id} reads nothing");
        assert!((1..=3).contains(&control.effort), "{id} has no effort");
        assert!(!control.title.starts_with("Ensure"), "{id}: the title states the compliant state");
        for text in [control.title, control.rationale, control.passes_when] {
            assert!(!text.contains("  "), "{id}: double space in {text:?}");
        }
    }
}

#[test]
fn alternatives_exist() {
    for control in catalog() {
        let (crate::License::AnyOf(_, ids) | crate::License::AllOf(_, ids)) = control.license
        else {
            continue;
        };
        for id in ids {
            assert!(crate::control(id).is_some(), "{}: no control {id}", control.id);
        }
    }
}

#[test]
fn with_only_what_it_reads_no_verdict_changes() {
    let whole = verdicts(&Fixture::exemplary());
    for (control, finding) in &whole {
        let mut fixture = Fixture::exemplary();
        for data in Data::ALL.iter().filter(|data| !control.reads.contains(data)) {
            // What the tenant owns is always read: licenses decide what applies.
            if *data != Data::SubscribedSkus {
                fixture = fixture.without(*data);
            }
        }
        let alone = fixture.judge(control);
        assert_eq!(
            alone.verdict, finding.verdict,
            "{} reads more than it says: {alone:#?}",
            control.id
        );
    }
}

#[test]
fn taking_data_away_never_makes_a_fail_nor_a_pass() {
    let whole = verdicts(&Fixture::exemplary());
    for data in Data::ALL {
        for reason in [UnavailableReason::Forbidden, UnavailableReason::Truncated] {
            let fixture = Fixture::exemplary().unavailable(*data, reason);
            for ((control, before), (_, after)) in whole.iter().zip(verdicts(&fixture)) {
                let worse = matches!(after.verdict, Verdict::Fail | Verdict::AttestedNo);
                let better = after.verdict == Verdict::Pass && before.verdict != Verdict::Pass;
                assert!(!worse && !better, "{} without {data}: {after:#?}", control.id);
            }
        }
    }
}

#[test]
fn with_nothing_read_nothing_is_judged() {
    let mut fixture = Fixture::exemplary();
    for data in Data::ALL {
        fixture = fixture.forbidden(*data);
    }
    for (control, finding) in verdicts(&fixture) {
        assert!(
            matches!(finding.verdict, Verdict::Unknown | Verdict::Unattested),
            "{}: {finding:#?}",
            control.id
        );
    }
}

#[test]
fn the_order_of_arrays_changes_nothing() {
    let mut reversed = Fixture::exemplary();
    for data in Data::ALL {
        if matches!(reversed.snapshot().dataset(*data), Some(model::Dataset::Collected(_))) {
            reversed = reversed.edit(*data, |records| records.reverse());
        }
    }
    for ((control, one), (_, two)) in
        verdicts(&Fixture::exemplary()).into_iter().zip(verdicts(&reversed))
    {
        assert_eq!(one, two, "{}", control.id);
    }
}

#[test]
fn every_control_is_in_the_assessment_once_whatever_was_read() {
    let mut nothing = Fixture::exemplary();
    for data in Data::ALL {
        nothing = nothing.without(*data);
    }
    for fixture in [Fixture::exemplary(), nothing] {
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let checklist = Checklist::named("default").unwrap();
        let assessment = crate::assess(&Tenant::new(&snapshot, &profile), &checklist, "");
        let ids: Vec<&str> = assessment.controls.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, catalog().map(|control| control.id).collect::<Vec<_>>());
    }
}

/// What judgements share is found once, whoever asks first: nobody's verdict hangs on the order.
#[test]
fn a_control_judged_alone_is_judged_as_among_all() {
    for fixture in [Fixture::exemplary(), Fixture::exemplary().with_security_defaults()] {
        for (control, among_all) in verdicts(&fixture) {
            assert_eq!(fixture.judge(control), among_all, "{}", control.id);
        }
    }
}
