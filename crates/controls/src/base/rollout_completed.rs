//! Baseline: switching protection on was finished.

use model::{Data, DirectoryAudit, Evidence, Gap, Severity, Verdict};

use crate::attestation;
use crate::context::Context;
use crate::control::source;
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

const ID: &str = "base-rollout-completed";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "Switching protection on was finished",
    severity: Severity::Low,
    kind: Kind::Attestation,
    license: License::None,
    reads: &[
        Data::DirectoryAudits,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleAssignments,
        Data::ExchangeMailboxes,
        Data::SignInActivity,
        Data::SubscribedSkus,
    ],
    rationale: "Tokens issued before the change keep working without MFA, and people whom nobody \
        told call the helpdesk or fall for the attacker's prompt.",
    passes_when: "Somebody attests that people were told, that every administrator signed in and \
        registered, and that the sessions from before were revoked. The attestation does not \
        expire, but it has to be given again when the audit log shows a change of security \
        defaults after it, and when at least 20 % of people still have sessions from before the \
        last such change.",
    remediation: &[
        "Send people a notice of what they will be asked, and by whom.",
        "Have every administrator sign in once and register.",
        "Revoke the sessions of all users: `Revoke-MgUserSignInSession`, or one by one.",
        "Entra admin center > Users > (the user) > Revoke sessions.",
    ],
    effort: 2,
    sources: &[source::S3, source::S4],
    mappings: &[],
    judge,
};

const STATEMENT: &str = "people were told, every administrator signed in and registered, and \
                         sessions from before MFA was turned on were revoked.";

/// An attestation holds as long as the protection stays as it is.
const UNTIL_IT_CHANGES: i32 = 100 * attestation::YEAR;

#[expect(clippy::unnecessary_wraps, reason = "every judgement has this signature")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let finding = attestation::judge(context, ID, STATEMENT, UNTIL_IT_CHANGES);
    let Some(change) = last_change(context) else { return Ok(finding) };
    let observed = words(change);
    let note = Evidence::setting("last change of security defaults", observed.as_str(), "");
    let older = older_sessions(context, change);
    let told_before = attestation::newest(context, ID).is_some_and(|newest| {
        let day =
            change.activity_date_time.map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date());
        day.is_some_and(|day| newest.on < day)
    });
    let many = older.is_some_and(|(older, all)| ratio(older, all) >= 0.2);
    let sessions = older.map(|(older, all)| {
        let people = count(all, "person", "people");
        Evidence::setting("sessions from before it", format!("of {older} of {people}"), "")
    });
    let again = finding.verdict == Verdict::Attested && (told_before || many);
    let finding = if again {
        let why = if told_before {
            "Security defaults changed since it was confirmed; it needs to be confirmed again."
        } else {
            "Many sessions are older than the change; it needs to be confirmed again."
        };
        Finding::unanswered(Verdict::Expired, why).with(finding.evidence)
    } else {
        finding
    };
    Ok(finding.with([note]).with(sessions))
}

/// The newest change of security defaults that the audit log shows.
fn last_change<'t>(context: &Context<'t>) -> Option<&'t DirectoryAudit> {
    let audits = context.tenant.directory_audits.read().ok()?;
    let about =
        |text: &str| text.to_ascii_lowercase().replace(' ', "").contains("securitydefaults");
    let changes = audits.iter().filter(|audit| {
        let names =
            audit.target_resources.iter().filter_map(|target| target.display_name.as_deref());
        audit.result.as_deref() == Some("success")
            && audit.activity_date_time.is_some()
            && audit.activity_display_name.as_deref().into_iter().chain(names).any(about)
    });
    changes.max_by_key(|audit| (audit.activity_date_time, &audit.id))
}

/// "2026-10-20T08:00:00Z by admin@…".
fn words(change: &DirectoryAudit) -> String {
    let by = change.initiated_by.as_ref();
    let user = by.and_then(|by| by.user.as_ref()?.user_principal_name.as_deref());
    let app = by.and_then(|by| by.app.as_ref()?.display_name.as_deref());
    let time = change.activity_date_time.map(|time| time.to_string()).unwrap_or_default();
    format!("{time} by {}", user.or(app).unwrap_or("somebody"))
}

/// How many people have sessions from before the change, and how many people there are.
fn older_sessions(context: &Context<'_>, change: &DirectoryAudit) -> Option<(usize, usize)> {
    let people = &context.people().ok()?.members;
    let valid_from = people.iter().filter_map(|user| user.sign_in_sessions_valid_from_date_time);
    let (older, newer): (Vec<_>, Vec<_>) =
        valid_from.partition(|from| Some(*from) < change.activity_date_time);
    let known = older.len() + newer.len();
    (known > 0).then_some((older.len(), known))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn changed(on: &str, sessions: &Value) -> Fixture {
        Fixture::exemplary()
            .set(
                Data::DirectoryAudits,
                json!([{
                    "id": "d1", "activityDateTime": on, "category": "Policy", "result": "success",
                    "activityDisplayName": "Update security defaults",
                    "initiatedBy": { "user": { "userPrincipalName": "ea1@larkspur.onmicrosoft.com" } },
                    "targetResources": []
                }]),
            )
            .with_member(Data::Users, "signInSessionsValidFromDateTime", sessions)
    }

    #[test]
    fn verdicts() {
        let attested = |answer: &str| {
            format!(
                "[[attestation]]\ncontrol = \"{ID}\"\nby = \"m\"\non = 2026-10-10\n\
                 answer = \"{answer}\""
            )
        };
        let yes = attested("yes");
        let (before, after) = (json!("2026-09-01T08:00:00Z"), json!("2026-10-09T08:00:00Z"));
        check(&CONTROL)
            .is("nobody was asked", Verdict::Unattested, Fixture::exemplary())
            .is("attested", Verdict::Attested, Fixture::exemplary().declare(&yes))
            .is("attested years ago", Verdict::Attested, {
                Fixture::exemplary().declare(&yes.replace("2026-10-10", "2023-10-10"))
            })
            .is("attested as not done", Verdict::AttestedNo, {
                Fixture::exemplary().declare(&attested("no"))
            })
            .is("changed before, sessions revoked", Verdict::Attested, {
                changed("2026-10-08T08:00:00Z", &after).declare(&yes)
            })
            .is("changed before, sessions left", Verdict::Expired, {
                changed("2026-10-08T08:00:00Z", &before).declare(&yes)
            })
            .is("changed since", Verdict::Expired, {
                changed("2026-10-20T08:00:00Z", &json!(null)).declare(&yes)
            })
            .is("the log is refused, which is only a hint", Verdict::Attested, {
                Fixture::exemplary().forbidden(Data::DirectoryAudits).declare(&yes)
            });
    }
}
