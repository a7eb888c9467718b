//! What people confirm because no API shows it.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use model::{Attestation, AttestationAnswer, Evidence, NotApplicableReason, SubjectKind, Verdict};

use crate::context::Context;
use crate::finding::Finding;

/// How long an attestation holds where the control says nothing shorter, in days.
pub(crate) const YEAR: i32 = 365;

/// How long an attestation of drills and reviews holds, in days.
pub(crate) const QUARTER: i32 = 90;

/// The profile's newest attestation of the control, given on the day of the snapshot or before.
pub(crate) fn newest<'t>(context: &Context<'t>, control: &str) -> Option<&'t Attestation> {
    context
        .tenant
        .profile
        .attestations
        .iter()
        .filter(|attestation| attestation.control == control && attestation.on <= today(context))
        .max_by_key(|attestation| attestation.on)
}

/// Whether the attestation is valid on the day of the snapshot: not given later, not expired.
pub(crate) fn is_valid(context: &Context<'_>, attestation: &Attestation, days: i32) -> bool {
    let today = today(context);
    attestation.on <= today && today <= last_day(attestation, days)
}

/// Whether people confirmed the control with "yes" and the confirmation is still valid.
pub(crate) fn holds(context: &Context<'_>, control: &str, days: i32) -> bool {
    newest(context, control).is_some_and(|attestation| {
        attestation.answer == AttestationAnswer::Yes && is_valid(context, attestation, days)
    })
}

/// The finding of a control that only people can confirm.
///
/// `statement` is what they are asked to confirm; `days` how long an answer holds at most.
pub(crate) fn judge(context: &Context<'_>, control: &str, statement: &str, days: i32) -> Finding {
    let Some(attestation) = newest(context, control) else {
        return Finding::unanswered(
            Verdict::Unattested,
            format!("Nobody has confirmed yet: {statement}"),
        );
    };
    let (on, by) = (attestation.on, &attestation.by);
    let finding = if is_valid(context, attestation, days) {
        match attestation.answer {
            AttestationAnswer::Yes => Finding::attested(format!("Confirmed by {by} on {on}.")),
            AttestationAnswer::No => {
                Finding::attested_no(format!("{by} stated on {on} that this does not hold."))
                    .would_pass_if(format!("someone can confirm: {statement}"))
            }
            AttestationAnswer::NotApplicable => Finding::not_applicable(
                NotApplicableReason::NoPopulation,
                format!("{by} stated on {on} that this does not exist here."),
            ),
        }
    } else {
        let end = last_day(attestation, days);
        let summary =
            format!("The confirmation of {on} by {by} ended on {end}; it needs to be renewed.");
        Finding::unanswered(Verdict::Expired, summary)
    };
    finding.with([evidence(attestation)])
}

/// The attestation as evidence: who, when, with which proof.
pub(crate) fn evidence(attestation: &Attestation) -> Evidence {
    let note = [attestation.statement.as_str(), &attestation.evidence]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("; evidence: ");
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    Evidence::context(
        SubjectKind::Setting,
        "attestation",
        "attestation",
        format!("{} on {}{note}", attestation.by, attestation.on),
    )
}

/// The day of the snapshot, in the profile's time zone: people write dates as they live them.
pub(crate) fn today(context: &Context<'_>) -> Date {
    let name = &context.tenant.profile.report.time_zone;
    // The bundled zones, not the machine's: the same snapshot is judged alike everywhere.
    let zone = TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC);
    context.now().to_zoned(zone).date()
}

/// The last day the attestation is valid: its own end, and never longer than the control allows.
fn last_day(attestation: &Attestation, days: i32) -> Date {
    let longest = attestation.on.checked_add(days.days()).unwrap_or(Date::MAX);
    attestation.expires.map_or(longest, |end| end.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    fn verdict(attestations: &str) -> Verdict {
        let fixture = Fixture::exemplary().declare(attestations);
        fixture.look(|context| judge(context, "emerg-procedure", "it is so.", QUARTER).verdict)
    }

    fn given(on: &str, rest: &str) -> String {
        format!("[[attestation]]\ncontrol = \"emerg-procedure\"\nby = \"Sam\"\non = {on}\n{rest}\n")
    }

    /// The snapshot was taken on 2026-11-01.
    #[test]
    fn an_attestation_holds_from_its_day_until_its_end() {
        assert_eq!(verdict(""), Verdict::Unattested);
        assert_eq!(verdict(&given("2026-11-01", "")), Verdict::Attested);
        assert_eq!(verdict(&given("2026-08-03", "")), Verdict::Attested);
        assert_eq!(verdict(&given("2026-08-02", "")), Verdict::Expired);
        assert_eq!(verdict(&given("2026-10-01", "expires = 2026-10-31")), Verdict::Expired);
        // Its own end never stretches what the control allows.
        assert_eq!(verdict(&given("2026-07-01", "expires = 2027-07-01")), Verdict::Expired);
        assert_eq!(verdict(&given("2026-11-02", "")), Verdict::Unattested);
    }

    /// It is 1 November in Tokyo and in London, and still 31 October in Los Angeles.
    #[test]
    fn its_days_are_those_of_the_profiles_time_zone() {
        for (zone, from, until) in [
            ("Asia/Tokyo", Verdict::Attested, Verdict::Expired),
            ("Europe/London", Verdict::Attested, Verdict::Expired),
            ("America/Los_Angeles", Verdict::Unattested, Verdict::Attested),
        ] {
            let zone = format!("[report]\ntime-zone = {zone:?}\n");
            assert_eq!(verdict(&(given("2026-11-01", "") + &zone)), from, "{zone}");
            let ended = given("2026-10-01", "expires = 2026-10-31") + &zone;
            assert_eq!(verdict(&ended), until, "{zone}");
        }
    }

    #[test]
    fn the_newest_answer_counts_and_one_of_the_future_does_not() {
        let old = given("2026-09-01", "answer = \"no\"");
        assert_eq!(verdict(&old), Verdict::AttestedNo);
        assert_eq!(verdict(&(given("2026-10-01", "") + &old)), Verdict::Attested);
        assert_eq!(verdict(&(given("2026-12-01", "") + &old)), Verdict::AttestedNo);
        let absent = given("2026-10-01", "answer = \"not-applicable\"");
        assert_eq!(verdict(&absent), Verdict::NotApplicable);
    }

    /// Whatever is read and fails stays so, whoever confirms the opposite.
    #[test]
    fn a_confirmation_never_makes_a_fail_that_was_read_hold() {
        let contrary = Fixture::exemplary().contrary();
        let mut failed = 0;
        for control in crate::catalog() {
            if contrary.judge(control).verdict == Verdict::Fail {
                let yes = format!(
                    "[[attestation]]\ncontrol = {:?}\nby = \"Sam\"\non = 2026-10-31\n",
                    control.id
                );
                let after = contrary.clone().declare(&yes).judge(control);
                let holds = matches!(after.verdict, Verdict::Pass | Verdict::Attested);
                assert!(!holds, "{}: {after:#?}", control.id);
                failed += 1;
            }
        }
        assert!(failed > 20, "only {failed} controls fail");
    }

    #[test]
    fn only_a_valid_yes_holds() {
        let holds = |attestations: &str| {
            Fixture::exemplary()
                .declare(attestations)
                .look(|context| holds(context, "emerg-procedure", QUARTER))
        };
        assert!(holds(&given("2026-10-01", "")));
        assert!(!holds(&given("2026-10-01", "answer = \"no\"")));
        assert!(!holds(&given("2026-01-01", "")));
        assert!(!holds(""));
    }
}
