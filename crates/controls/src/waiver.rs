//! Waivers: accepted deviations that lie beside a verdict and never change it.

use std::cmp::Reverse;

use model::{ControlResult, Evidence, Verdict, Waiver, WaiverKind, WaiverNote};

use crate::context::Context;
use crate::finding::Finding;
use crate::{attestation, fingerprint};

/// Credit of a control that another product takes care of, while the waiver holds.
const MET_BY_OTHER_MEANS: f64 = 0.75;

/// What the waivers of the profile make of a finding.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// The one that decides whether the finding is accepted; `None`: there is none.
    pub(crate) note: Option<WaiverNote>,
    /// Each of them, as it stands for its own object; the one that ends first comes first.
    pub(crate) all: Vec<WaiverNote>,
    /// The credit of the finding, only ever raised by `met-by-other-means`.
    pub(crate) credit: Option<f64>,
}

/// Lays the profile's waivers of a control beside its finding.
pub(crate) fn beside(context: &Context<'_>, control: &str, finding: &Finding) -> Beside {
    let mut waivers: Vec<(&Waiver, String)> = context
        .tenant
        .profile
        .waivers
        .iter()
        .filter(|waiver| waiver.control == control)
        .map(|waiver| (waiver, trouble(context, waiver, finding)))
        .collect();
    // The order of the profile decides nothing.
    waivers.sort_by(|(one, _), (two, _)| {
        let key = |waiver: &Waiver| (waiver.expires, waiver.subject.clone(), waiver.owner.clone());
        key(one).cmp(&key(two))
    });
    let holding: Vec<&Waiver> = waivers
        .iter()
        .filter(|(_, because)| because.is_empty())
        .map(|(waiver, _)| *waiver)
        .collect();
    let met = holding.iter().copied().filter(|waiver| waiver.kind == WaiverKind::MetByOtherMeans);
    let is_met = accepts(&met.collect::<Vec<_>>(), finding);
    let credit = if is_met { MET_BY_OTHER_MEANS } else { 0.0 };
    Beside {
        note: deciding(&waivers, &holding, finding),
        all: waivers.iter().map(|(waiver, because)| note(waiver, because)).collect(),
        credit: finding.credit.map(|own| own.max(credit)),
    }
}

/// Why the waiver does not hold for what it is about; empty when it does.
fn trouble(context: &Context<'_>, waiver: &Waiver, finding: &Finding) -> String {
    let (subject, pin) = (waiver.subject.as_str(), waiver.fingerprint.as_str());
    if waiver.expires < attestation::today(context) {
        format!("it ended on {}", waiver.expires)
    } else if !is_open(finding.verdict) {
        "there is nothing to accept".to_owned()
    } else if !subject.is_empty()
        && !violations(&finding.evidence).any(|one| is_about(one, subject))
    {
        format!("{subject} is not among what was found")
    } else if !pin.is_empty() && !pin.eq_ignore_ascii_case(&state(&finding.evidence, subject)) {
        "the state that was accepted has moved".to_owned()
    } else {
        String::new()
    }
}

/// The waiver that decides: one that holds for everything, else those for single objects together,
/// else one that does not hold, with the reason.
fn deciding(
    waivers: &[(&Waiver, String)],
    holding: &[&Waiver],
    finding: &Finding,
) -> Option<WaiverNote> {
    let whole = holding.iter().rev().find(|waiver| waiver.subject.is_empty());
    if let Some(waiver) = whole {
        return Some(note(waiver, ""));
    }
    if accepts(holding, finding) {
        // It reopens when the first of them ends.
        return holding.first().map(|waiver| note(waiver, ""));
    }
    if let Some(waiver) = holding.first() {
        let more = format!("it is about {} alone, and there is more", waiver.subject);
        return Some(note(waiver, &more));
    }
    let (waiver, because) =
        waivers.iter().min_by_key(|(one, _)| (!one.subject.is_empty(), Reverse(one.expires)))?;
    Some(note(waiver, because))
}

/// Whether these waivers together accept everything that was found.
fn accepts(waivers: &[&Waiver], finding: &Finding) -> bool {
    waivers.iter().any(|waiver| waiver.subject.is_empty())
        || (violations(&finding.evidence).next().is_some()
            && violations(&finding.evidence)
                .all(|one| waivers.iter().any(|waiver| is_about(one, &waiver.subject))))
}

fn note(waiver: &Waiver, because: &str) -> WaiverNote {
    WaiverNote {
        subject: waiver.subject.clone(),
        kind: waiver.kind,
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        ticket: waiver.ticket.clone(),
        expires: waiver.expires.to_string(),
        holds: because.is_empty(),
        because: because.to_owned(),
    }
}

/// Whether there is something to accept.
pub(crate) const fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Partial | Verdict::AttestedNo)
}

/// The fingerprint that pins a waiver to the state found: of one object, or with an empty subject
/// of the whole finding. `None` where nothing is open, or the object violates nothing.
///
/// It is the same while the same objects violate the control in the same way, whatever their order
/// and their display names.
pub fn pin(result: &ControlResult, subject: &str) -> Option<String> {
    let known = subject.is_empty()
        || violations(&result.evidence).any(|evidence| is_about(evidence, subject));
    (is_open(result.verdict) && known).then(|| state(&result.evidence, subject))
}

/// The fingerprint of what was found about the subject, or of everything.
pub(crate) fn state(evidence: &[Evidence], subject: &str) -> String {
    let line = |one: &Evidence| {
        let of = &one.subject;
        let id = if of.id.is_empty() { &of.name } else { &of.id };
        format!("{:?}\0{id}\0{}", of.kind, one.observed)
    };
    // Where nothing violates, as when somebody said that it does not hold, all that was observed.
    if violations(evidence).next().is_none() {
        return fingerprint::of(evidence.iter().map(line));
    }
    let about = violations(evidence).filter(|one| subject.is_empty() || is_about(one, subject));
    fingerprint::of(about.map(line))
}

fn violations(evidence: &[Evidence]) -> impl Iterator<Item = &Evidence> {
    evidence.iter().filter(|evidence| !evidence.expected.is_empty())
}

fn is_about(evidence: &Evidence, subject: &str) -> bool {
    [&evidence.subject.id, &evidence.subject.name]
        .into_iter()
        .any(|known| known.eq_ignore_ascii_case(subject))
}

#[cfg(test)]
mod tests {
    use model::{Data, Score, SubjectKind, Tenant};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::testing::Fixture;
    use crate::{Checklist, assess, catalog};

    const ID: &str = "log-unified-audit";

    /// A tenant whose audit log is off, with these lines in the profile; taken on 2026-11-01 at
    /// 02:00 UTC.
    fn fixture(declared: &str) -> Fixture {
        let data = Data::ExchangeAdminAuditLogConfig;
        Fixture::exemplary()
            .with_member(data, "UnifiedAuditLogIngestionEnabled", &json!(false))
            .declare(declared)
    }

    fn waiver(kind: &str, rest: &str) -> String {
        format!(
            "[[waiver]]\ncontrol = {ID:?}\nowner = \"o\"\nreason = \"r\"\nkind = {kind:?}\n{rest}\n"
        )
    }

    fn result(fixture: &Fixture, id: &str) -> ControlResult {
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let checklist = Checklist::named("default").unwrap();
        let assessment = assess(&Tenant::new(&snapshot, &profile), &checklist, "");
        assessment.controls.into_iter().find(|control| control.id == id).unwrap()
    }

    /// The waiver beside the failed control, and the credit with it.
    fn with(rest: &str) -> (WaiverNote, f64) {
        let result = result(&fixture(&waiver("met-by-other-means", rest)), ID);
        (result.waiver.unwrap(), result.credit.unwrap())
    }

    #[test]
    fn it_holds_until_its_last_day_and_while_the_state_stays() {
        let (note, credit) = with("expires = 2026-11-01");
        assert!(note.holds && (credit - 0.75).abs() < 1e-9);
        let (note, credit) = with("expires = 2026-10-31");
        assert!(!note.holds && credit == 0.0 && note.because.contains("2026-10-31"));
        let (note, credit) = with("expires = 2027-01-01\nfingerprint = \"0000000000000000\"");
        assert!(!note.holds && credit == 0.0 && note.because.contains("moved"), "{note:?}");
        let pin = pin(&result(&fixture(""), ID), "").unwrap();
        let (note, credit) = with(&format!("expires = 2027-01-01\nfingerprint = \"{pin}\""));
        assert!(note.holds && (credit - 0.75).abs() < 1e-9, "{note:?}");
    }

    #[test]
    fn its_last_day_is_one_of_the_profiles_time_zone() {
        for (zone, day, holds) in [
            // 2026-10-31 19:00 there: the last hours of that day.
            ("America/Los_Angeles", "2026-10-31", true),
            ("America/Los_Angeles", "2026-10-30", false),
            ("Asia/Tokyo", "2026-10-31", false),
            ("Asia/Tokyo", "2026-11-01", true),
            ("", "2026-10-31", false),
        ] {
            let zone = format!("[report]\ntime-zone = {zone:?}\n");
            let rest = format!("expires = {day}\n{zone}");
            assert_eq!(with(&rest).0.holds, holds, "{zone} {day}");
        }
    }

    #[test]
    fn the_moment_after_midnight_ends_it() {
        for (moment, holds) in [("2026-11-01T23:59:59.999Z", true), ("2026-11-02T00:00:00Z", false)]
        {
            let fixture = fixture(&waiver("risk-accepted", "expires = 2026-11-01"));
            let (mut snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
            snapshot.taken_at = moment.parse().unwrap();
            let tenant = Tenant::new(&snapshot, &profile);
            let finding = Finding::fail("s").with([Evidence::setting("a", "off", "on")]);
            let note = beside(&Context::new(&tenant), ID, &finding).note.unwrap();
            assert_eq!(note.holds, holds, "{moment}");
        }
    }

    fn about(subject: &str, rest: &str) -> String {
        waiver(
            "met-by-other-means",
            &format!("expires = 2027-01-01\nsubject = {subject:?}\n{rest}"),
        )
    }

    /// What these waivers make of a finding about the users a and b.
    fn of_two(waivers: &str) -> Beside {
        let fixture = Fixture::exemplary().declare(waivers);
        let on =
            |id: &str| Evidence::new(SubjectKind::User, id, format!("Name of {id}"), "off", "on");
        let finding = Finding::fail("s").with([
            on("a"),
            on("b"),
            Evidence::context(SubjectKind::Policy, "p", "p", "seen"),
        ]);
        fixture.look(|context| beside(context, ID, &finding))
    }

    #[test]
    fn a_waiver_of_one_object_accepts_no_other() {
        let one = of_two(&about("a", ""));
        let note = one.note.unwrap();
        assert!(
            !note.holds && note.because == "it is about a alone, and there is more",
            "{note:?}"
        );
        assert!(one.all[0].holds && one.credit == Some(0.0));
        let both = of_two(&(about("name of B", "") + &about("a", "")));
        assert!(both.note.unwrap().holds && both.credit == Some(0.75));
        let other = of_two(&about("c", ""));
        assert_eq!(other.note.unwrap().because, "c is not among what was found");
        // Context is not accepted, and does not need to be.
        assert!(!of_two(&about("p", "")).note.unwrap().holds);
        // Only when another product covers all of it is there credit.
        let mixed = of_two(
            &(about("a", "") + &about("b", "").replace("met-by-other-means", "risk-accepted")),
        );
        assert!(mixed.note.unwrap().holds && mixed.credit == Some(0.0));
    }

    #[test]
    fn a_pin_of_one_object_knows_only_that_object() {
        let on =
            |id: &str, observed: &str| Evidence::new(SubjectKind::User, id, "n", observed, "on");
        let before = [on("a", "off"), on("b", "off")];
        assert_eq!(state(&before, "a"), state(&[on("b", "worse"), on("a", "off")], "a"));
        assert_ne!(state(&before, "a"), state(&[on("a", "worse"), on("b", "off")], "a"));
        assert_ne!(state(&before, ""), state(&before[..1], ""));
        let pinned =
            |pin: &str| of_two(&about("a", &format!("fingerprint = {pin:?}"))).all[0].holds;
        assert!(pinned(&state(&before, "a")) && !pinned(&state(&before, "b")));
    }

    /// Every control, on tenants where much is broken: a day later, all else being the same, what
    /// was accepted is still what is found.
    #[test]
    fn time_alone_moves_no_state() {
        let old = json!("2024-01-01T00:00:00Z");
        let fixture = Fixture::exemplary().contrary();
        let fixture = fixture
            .with_member(
                Data::SignInActivity,
                "signInActivity",
                &json!({ "lastSuccessfulSignInDateTime": old }),
            )
            .with_member(Data::Users, "lastPasswordChangeDateTime", &old)
            .with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
            .with_member(Data::Organization, "onPremisesLastSyncDateTime", &old);
        let pins = |taken_at: &str| {
            let (mut snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
            snapshot.taken_at = taken_at.parse().unwrap();
            let checklist = Checklist::named("default").unwrap();
            let assessment = assess(&Tenant::new(&snapshot, &profile), &checklist, "");
            assessment
                .controls
                .into_iter()
                .filter_map(|one| Some((one.id, one.fingerprint?, one.evidence)))
                .collect::<Vec<_>>()
        };
        let (today, tomorrow) = (pins("2026-11-01T02:00:00Z"), pins("2026-11-02T03:00:00Z"));
        assert!(today.len() > 20, "only {} controls find something", today.len());
        for ((id, before, evidence), (other, after, later)) in today.iter().zip(&tomorrow) {
            assert_eq!((id, before), (other, after), "{evidence:#?}\n{later:#?}");
        }
    }

    #[test]
    fn a_denial_is_pinned_to_what_was_said() {
        let said = |on: &str| {
            let text = format!(
                "[[attestation]]\ncontrol = \"emerg-procedure\"\nby = \"Sam\"\non = {on}\nanswer = \"no\"\n"
            );
            pin(&result(&Fixture::exemplary().declare(&text), "emerg-procedure"), "").unwrap()
        };
        assert_ne!(said("2026-10-01"), said("2026-10-02"));
    }

    /// Waivers of any control, kind, subject, end and pin.
    fn waivers(kinds: &'static [&'static str]) -> impl Strategy<Value = String> {
        let ids: Vec<&str> = catalog().map(|control| control.id).collect();
        let one = (
            prop::sample::select(ids),
            prop::sample::select(kinds),
            prop::sample::select(&["", "a", "UnifiedAuditLogIngestionEnabled"][..]),
            prop::sample::select(&["2026-10-31", "2026-11-01", "2027-06-30"][..]),
            prop::sample::select(&["", "0000000000000000"][..]),
        );
        prop::collection::vec(one, 0..40).prop_map(|waivers| {
            waivers
                .into_iter()
                .map(|(id, kind, subject, end, pin)| {
                    format!(
                        "[[waiver]]\ncontrol = {id:?}\nkind = {kind:?}\nsubject = {subject:?}\n\
                         expires = {end}\nfingerprint = {pin:?}\nowner = \"o\"\nreason = \"r\"\n"
                    )
                })
                .collect::<Vec<_>>()
                .concat()
        })
    }

    /// A tenant with several things broken.
    fn score(declared: &str) -> Score {
        let fixture = fixture(declared)
            .with_member(Data::SecurityDefaults, "isEnabled", &json!(false))
            .edit(Data::ConditionalAccessPolicies, |policies| policies.truncate(2));
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let checklist = Checklist::named("default").unwrap();
        assess(&Tenant::new(&snapshot, &profile), &checklist, "").score
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn accepting_a_risk_changes_nothing_in_the_score(
            declared in waivers(&["risk-accepted", "false-finding"])
        ) {
            prop_assert_eq!(score(&declared), score(""));
        }

        #[test]
        fn other_means_never_lower_the_score_and_never_lift_a_cap(
            declared in waivers(&["met-by-other-means", "risk-accepted"])
        ) {
            let (with, without) = (score(&declared), score(""));
            prop_assert!(with.points >= without.points);
            prop_assert_eq!(with.caps, without.caps);
            prop_assert!((with.coverage - without.coverage).abs() < 1e-9);
        }

        #[test]
        fn a_fingerprint_does_not_depend_on_order_or_names(
            facts in prop::collection::vec(("[a-c]{1,2}", "[x-z]{1,3}", "[m-n]{1}"), 1..8),
            turn in 0_usize..8,
        ) {
            let of = |name: &dyn Fn(&str) -> String, turn: usize| {
                let mut evidence: Vec<Evidence> = facts
                    .iter()
                    .map(|(id, observed, _)| {
                        Evidence::new(SubjectKind::User, id.clone(), name(id), observed.clone(), "e")
                    })
                    .collect();
                let middle = turn % evidence.len();
                evidence.rotate_left(middle);
                state(&evidence, "")
            };
            prop_assert_eq!(of(&|id| format!("old {id}"), 0), of(&|id| format!("new {id}"), turn));
        }
    }
}
