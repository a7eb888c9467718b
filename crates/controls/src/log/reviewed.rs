//! Logs and alerts: somebody reads the audit and sign-in reports.

use std::collections::BTreeMap;

use model::{AuditTarget, Data, DirectoryAudit, Evidence, Gap, Severity, SubjectKind};

use crate::attestation::{self, QUARTER};
use crate::context::Context;
use crate::control::source::S4;
use crate::finding::{Finding, count};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-review-routine",
    title: "Somebody reads the audit and sign-in reports",
    severity: Severity::Low,
    kind: Kind::Attestation,
    license: License::None,
    reads: &[Data::DirectoryAudits],
    rationale: "Who became an administrator, which policy changed, which application got consent: \
        a stranger's first steps look like an administrator's, to everybody but the administrator.",
    passes_when: "Somebody confirmed within 90 days that role assignments and policy changes since \
        the last report were looked at and are known. The events of the audit log that the scan \
        read are listed below to make that quick.",
    remediation: &[
        "Go through the events below with whoever administers the tenant.",
        "Do it with every report, and record in the profile who did it and when.",
        "Entra admin center > Monitoring & health > Audit logs, and Sign-in logs.",
    ],
    effort: 2,
    sources: &[S4],
    mappings: &[(Framework::CisaScuba, &["MS.AAD.7.7v1"]), (Framework::Nist80053, &["AC-2(1)"])],
    judge,
};

const STATEMENT: &str =
    "role assignments and policy changes since the last report were looked at and are known.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judge has this shape")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    // The events only help to answer; without them the question stands.
    let audits = context.tenant.directory_audits.read().unwrap_or_default();
    Ok(attestation::judge(context, CONTROL.id, STATEMENT, QUARTER).with(events(audits)))
}

/// Successful changes of roles, policies and consent, equal ones in one line: each activation in
/// Privileged Identity Management writes several.
fn events(audits: &[DirectoryAudit]) -> Vec<Evidence> {
    let mut groups: BTreeMap<(String, String, String), (usize, Option<jiff::Timestamp>)> =
        BTreeMap::new();
    for audit in audits.iter().filter(|audit| is_of_interest(audit)) {
        let what = activity(audit).to_owned();
        let on = audit.target_resources.iter().map(target).collect::<Vec<_>>().join(", ");
        let (number, last) = groups.entry((what, initiator(audit), on)).or_default();
        *number += 1;
        *last = (*last).max(audit.activity_date_time);
    }
    groups
        .into_iter()
        .map(|((what, who, on), (number, last))| {
            let on = if on.is_empty() { on } else { format!(" on {on}") };
            let last = last.map(|time| format!(", last at {time}")).unwrap_or_default();
            let times = count(number, "time", "times");
            let observed = format!("by {who}{on}: {times}{last}");
            Evidence::context(SubjectKind::Dataset, what.clone(), what, observed)
        })
        .collect()
}

fn activity(audit: &DirectoryAudit) -> &str {
    audit.activity_display_name.as_deref().unwrap_or("an activity without a name")
}

fn is_of_interest(audit: &DirectoryAudit) -> bool {
    const CATEGORIES: [&str; 2] = ["RoleManagement", "Policy"];
    // In other categories, by the beginning of the activity's name.
    const ACTIVITIES: [&str; 6] = [
        "Consent to application",
        "Add app role assignment",
        "Add delegated permission grant",
        "Add service principal credentials",
        "Update application – Certificates and secrets management",
        "Reset user password",
    ];
    let is = |word: &Option<String>, known: &str| {
        word.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(known))
    };
    let succeeded = audit.result.is_none() || is(&audit.result, "success");
    succeeded
        && (CATEGORIES.iter().any(|known| is(&audit.category, known))
            || ACTIVITIES.iter().any(|known| activity(audit).starts_with(known)))
}

fn initiator(audit: &DirectoryAudit) -> String {
    let by = audit.initiated_by.as_ref();
    let user = by.and_then(|by| by.user.as_ref()).and_then(|user| {
        user.user_principal_name.clone().or_else(|| Some(user.id.as_ref()?.to_string()))
    });
    let app = || by?.app.as_ref().and_then(|app| app.display_name.clone());
    let app = || app().map(|name| format!("the application {name}"));
    user.or_else(app).unwrap_or_else(|| "somebody not named".to_owned())
}

fn target(target: &AuditTarget) -> &str {
    [&target.user_principal_name, &target.display_name]
        .into_iter()
        .find_map(|name| name.as_deref().filter(|name| !name.is_empty()))
        .or(target.id.as_deref())
        .unwrap_or("an object without a name")
}

#[cfg(test)]
mod tests {
    use model::Verdict;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn audit(activity: &str, category: &str, who: &Value, time: &str) -> Value {
        json!({
            "id": time, "activityDateTime": time, "activityDisplayName": activity,
            "category": category, "result": "success", "initiatedBy": who,
            "targetResources": [{ "id": PERSON_2, "displayName": null, "type": "User",
                                  "userPrincipalName": "person2@larkspur.example" }]
        })
    }

    #[test]
    fn verdicts() {
        let answered = |on: &str| {
            Fixture::exemplary().declare(&format!(
                "[[attestation]]\ncontrol = \"log-review-routine\"\nby = \"Sam\"\non = {on}"
            ))
        };
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, Fixture::exemplary())
            .is("confirmed", Verdict::Attested, answered("2026-10-01"))
            .is("too long ago", Verdict::Expired, answered("2026-07-01"))
            .is(
                "confirmed, audit log unread",
                Verdict::Attested,
                answered("2026-10-01").forbidden(Data::DirectoryAudits),
            );
    }

    #[test]
    fn events_are_grouped_and_noise_is_left_out() {
        let admin = json!({ "user": { "id": ADMIN_1, "userPrincipalName": "adm-one@x.example" }, "app": null });
        let app = json!({ "user": null, "app": { "displayName": "Robot" } });
        let activated = "Add member to role completed (PIM activation)";
        let mut failed =
            audit("Add member to role", "RoleManagement", &admin, "2026-10-09T08:00:00Z");
        failed["result"] = json!("failure");
        let finding = Fixture::exemplary()
            .set(
                Data::DirectoryAudits,
                json!([
                    audit(activated, "RoleManagement", &admin, "2026-10-02T08:00:00Z"),
                    audit(activated, "RoleManagement", &admin, "2026-10-05T08:00:00Z"),
                    audit(
                        "Update conditional access policy",
                        "Policy",
                        &app,
                        "2026-10-03T08:00:00Z"
                    ),
                    audit(
                        "Consent to application",
                        "ApplicationManagement",
                        &Value::Null,
                        "2026-10-04T08:00:00Z"
                    ),
                    audit("Update user", "UserManagement", &admin, "2026-10-04T09:00:00Z"),
                    failed
                ]),
            )
            .judge(&CONTROL);
        let told: Vec<String> = finding
            .evidence
            .iter()
            .map(|one| format!("{} {}", one.subject.name, one.observed))
            .collect();
        assert_eq!(
            told,
            [
                "Add member to role completed (PIM activation) by adm-one@x.example on \
                 person2@larkspur.example: 2 times, last at 2026-10-05T08:00:00Z",
                "Consent to application by somebody not named on person2@larkspur.example: \
                 1 time, last at 2026-10-04T08:00:00Z",
                "Update conditional access policy by the application Robot on \
                 person2@larkspur.example: 1 time, last at 2026-10-03T08:00:00Z",
            ]
        );
    }
}
