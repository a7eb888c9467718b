//! Emergency access: every use of the accounts raises an alarm.

use model::{Data, Evidence, Gap, Severity, SubjectKind};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-monitored",
    title: "Every use of an emergency access account raises an alarm",
    severity: Severity::High,
    kind: Kind::Attestation,
    license: License::None,
    reads: &[
        Data::ExchangeProtectionAlerts,
        Data::DiagnosticSettings,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
    ],
    rationale: "These accounts are almost never used, so each sign-in is either an emergency that \
        somebody should know of, or an attack.",
    passes_when: "Within the last 90 days somebody has confirmed, in an attestation of the tenant \
        profile: a sign-in by any emergency access account alerts at least two people within an \
        hour, and this was tested. Alert policies that name such an account and diagnostic settings \
        that send sign-in logs elsewhere are shown as hints and decide nothing.",
    remediation: &[
        "Send the sign-in logs to Log Analytics, Microsoft Sentinel or your own SIEM.",
        "Create an alert on any sign-in by the object ids of the emergency access accounts that \
            reaches at least two people at any hour.",
        "Sign in with one of the accounts and check that both were alerted.",
        "Record the test in the tenant profile as an attestation of `emerg-monitored`.",
        "Entra admin center > Monitoring & health > Diagnostic settings.",
    ],
    effort: 2,
    sources: &[source::S3, source::S2],
    mappings: &[(Framework::CisM365, &["2.2.1"]), (Framework::Nist80053, &["AC-6(9)"])],
    judge,
};

const STATEMENT: &str = "a sign-in by any emergency access account alerts at least two people \
    within an hour, and this was tested.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judgement has this type")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    Ok(attestation::judge(context, CONTROL.id, STATEMENT, attestation::QUARTER)
        .with(alerts(context))
        .with(exports(context)))
}

/// Alert policies that name a declared account.
fn alerts(context: &Context<'_>) -> Vec<Evidence> {
    let declared = &context.tenant.profile.accounts.emergency;
    let mut names: Vec<String> = declared.iter().map(|name| name.to_lowercase()).collect();
    if let Ok(directory) = context.directory() {
        let users = declared.iter().filter_map(|name| directory.named(name));
        names.extend(
            users.flat_map(|user| [user.id.to_string(), user.user_principal_name.to_lowercase()]),
        );
    }
    let alerts = context.tenant.exchange.protection_alerts.read().unwrap_or_default();
    alerts
        .iter()
        .filter(|alert| alert.disabled != Some(true))
        .filter(|alert| {
            let filter = alert.filter.as_deref().unwrap_or_default().to_lowercase();
            names.iter().any(|name| !name.is_empty() && filter.contains(name.as_str()))
        })
        .map(|alert| {
            let observed = "an alert policy that names an emergency access account";
            Evidence::context(SubjectKind::Rule, &alert.name, &alert.name, observed)
        })
        .collect()
}

/// Diagnostic settings that send interactive sign-ins elsewhere.
fn exports(context: &Context<'_>) -> Vec<Evidence> {
    let settings = context.tenant.diagnostic_settings.read().unwrap_or_default();
    settings
        .iter()
        .filter(|setting| {
            setting.properties.iter().flat_map(|properties| &properties.logs).any(|log| {
                log.enabled == Some(true) && log.category.as_deref() == Some("SignInLogs")
            })
        })
        .map(|setting| {
            let name = setting.name.as_deref().unwrap_or("diagnostic setting");
            let observed = "sends the sign-in logs where an alert can watch them";
            Evidence::context(SubjectKind::Setting, name, name, observed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{UnavailableReason, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn attested(rest: &str) -> Fixture {
        Fixture::exemplary().declare(&format!(
            "[[attestation]]\ncontrol = \"emerg-monitored\"\nby = \"Sam\"\n{rest}"
        ))
    }

    #[test]
    fn verdicts() {
        let nothing = Data::ALL.iter().fold(attested("on = 2026-10-01"), |fixture, data| {
            fixture.unavailable(*data, UnavailableReason::Forbidden)
        });
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, Fixture::exemplary())
            .is("confirmed", Verdict::Attested, attested("on = 2026-10-01"))
            .is("confirmed, nothing readable", Verdict::Attested, nothing)
            .is("too long ago", Verdict::Expired, attested("on = 2026-07-01"))
            .is("denied", Verdict::AttestedNo, attested("on = 2026-10-01\nanswer = \"no\""));
    }

    #[test]
    fn hints_are_shown_and_decide_nothing() {
        let alerting = Fixture::exemplary().set(
            Data::ExchangeProtectionAlerts,
            json!([
                { "Name": "Reserve used", "Filter": "Activity.UserId -eq 'EA1@larkspur.onmicrosoft.com'" },
                { "Name": "Other", "Filter": "Mail.IsMalware -eq 1" }
            ]),
        );
        let finding = alerting.judge(&CONTROL);
        assert_eq!(finding.verdict, Verdict::Unattested);
        let names: Vec<&str> =
            finding.evidence.iter().map(|one| one.subject.name.as_str()).collect();
        assert_eq!(names, ["to-sentinel", "Reserve used"]);
    }
}
