//! Waivers: accepted deviations that lie beside a verdict and never change it.

use model::{Evidence, Profile, Verdict, WaiverKind, WaiverNote};

use crate::attestation;
use crate::context::Context;
use crate::finding::Finding;

/// Credit of a control that another product takes care of, while the waiver holds.
const MET_BY_OTHER_MEANS: f64 = 0.75;

/// The waiver that lies beside the finding of a control, if the profile has one: the one that
/// holds longest.
pub(crate) fn beside(
    context: &Context<'_>,
    control: &str,
    finding: &Finding,
) -> Option<WaiverNote> {
    let profile: &Profile = context.tenant.profile;
    let waiver = profile
        .waivers
        .iter()
        .filter(|waiver| waiver.control == control)
        .max_by_key(|waiver| waiver.expires)?;
    let subject = &waiver.subject;
    let because = if waiver.expires < attestation::today(context) {
        format!("it ended on {}", waiver.expires)
    } else if !waiver.fingerprint.is_empty() && waiver.fingerprint != fingerprint(finding) {
        "the state that was accepted has moved".to_owned()
    } else if !subject.is_empty() && !violations(finding).all(|one| is_about(one, subject)) {
        format!("it is about {subject} alone, and there is more")
    } else if !matches!(finding.verdict, Verdict::Fail | Verdict::Partial | Verdict::AttestedNo) {
        "there is nothing to accept".to_owned()
    } else {
        String::new()
    };
    Some(WaiverNote {
        kind: waiver.kind,
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        ticket: waiver.ticket.clone(),
        expires: waiver.expires.to_string(),
        holds: because.is_empty(),
        because,
    })
}

/// A short name of the state that a finding shows: the same while the same objects violate it in
/// the same way. FNV-1a, 64 bits, in hexadecimal.
pub(crate) fn fingerprint(finding: &Finding) -> String {
    let mut lines: Vec<String> = violations(finding)
        .map(|one| format!("{:?}\0{}\0{}\n", one.subject.kind, one.subject.id, one.observed))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    let hash = lines.concat().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn violations(finding: &Finding) -> impl Iterator<Item = &Evidence> {
    finding.evidence.iter().filter(|evidence| !evidence.expected.is_empty())
}

fn is_about(evidence: &Evidence, subject: &str) -> bool {
    [&evidence.subject.id, &evidence.subject.name]
        .into_iter()
        .any(|known| known.eq_ignore_ascii_case(subject))
}

/// The credit of a finding with its waiver: only `met-by-other-means` gives any, and never takes.
pub(crate) fn credit(finding: &Finding, waiver: Option<&WaiverNote>) -> Option<f64> {
    let met =
        waiver.is_some_and(|waiver| waiver.holds && waiver.kind == WaiverKind::MetByOtherMeans);
    finding.credit.map(|credit| if met { credit.max(MET_BY_OTHER_MEANS) } else { credit })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control;
    use crate::testing::Fixture;
    use model::{Data, Tenant};

    const WAIVER: &str = "[[waiver]]\ncontrol = \"log-unified-audit\"\nowner = \"o\"\n\
                          kind = \"met-by-other-means\"\nreason = \"r\"\n";

    /// The waiver beside a failed control, and the credit with it.
    fn with(waiver: &str) -> (WaiverNote, f64) {
        let fixture = Fixture::exemplary()
            .with_member(
                Data::ExchangeAdminAuditLogConfig,
                "UnifiedAuditLogIngestionEnabled",
                &json!(false),
            )
            .declare(&format!("{WAIVER}{waiver}"));
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let tenant = Tenant::new(&snapshot, &profile);
        let control = control("log-unified-audit").unwrap();
        let finding = fixture.judge(control);
        let note = beside(&Context::new(&tenant), control.id, &finding).unwrap();
        let credit = credit(&finding, Some(&note)).unwrap();
        (note, credit)
    }

    #[test]
    fn it_holds_until_its_last_day_and_while_the_state_stays() {
        let (note, credit) = with("expires = 2026-11-01");
        assert!(note.holds && (credit - 0.75).abs() < 1e-9);
        let (note, credit) = with("expires = 2026-10-31");
        assert!(!note.holds && credit == 0.0 && note.because.contains("2026-10-31"));
        let (note, credit) = with("expires = 2027-01-01\nfingerprint = \"0000000000000000\"");
        assert!(!note.holds && credit == 0.0 && note.because.contains("moved"), "{note:?}");
    }

    #[test]
    fn about_one_object_it_accepts_no_other() {
        let (note, _) = with("expires = 2027-01-01\nsubject = \"someone else\"");
        assert!(!note.holds, "{note:?}");
        let (note, _) = with("expires = 2027-01-01\nsubject = \"UnifiedAuditLogIngestionEnabled\"");
        assert!(note.holds, "{note:?}");
    }
}
