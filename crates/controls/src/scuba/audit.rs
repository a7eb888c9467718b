//! Alerts and audit logs.

use std::collections::BTreeSet;

use model::{Data, Gap, Plan};

use super::facts::{Facts, is_on, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.SECURITYSUITE.4.1v1", |facts, _| alerts(facts, &SUITE, true)),
    ("MS.DEFENDER.5.1v1", |facts, _| alerts(facts, &DEFENDER, false)),
    ("MS.SECURITYSUITE.5.1v1", audit_log_on),
    ("MS.DEFENDER.6.1v1", audit_log_on),
    ("MS.SECURITYSUITE.5.2v1", kept_a_year),
    ("MS.EXO.13.1v1", mailboxes_audited),
];

const CLICK: &str = "A potentially malicious URL click was detected";

const SUITE: [&str; 6] = [
    "Suspicious email sending patterns detected",
    "Suspicious connector activity",
    "Suspicious Email Forwarding Activity",
    "Messages have been delayed",
    "Tenant restricted from sending unprovisioned email",
    "Tenant restricted from sending email",
];

/// Of the withdrawn Defender baseline.
const DEFENDER: [&str; 7] = [
    "Suspicious email sending patterns detected",
    "Suspicious connector activity",
    "Suspicious Email Forwarding Activity",
    "Messages have been delayed",
    "Tenant restricted from sending unprovisioned email",
    "User restricted from sending email",
    CLICK,
];

/// The alerts are there and on. The one on clicks is only asked for where the license gives it.
fn alerts(facts: &Facts<'_, '_>, wanted: &[&str], clicks: bool) -> Result<Reading, Gap> {
    let alerts = facts.context.tenant.exchange.protection_alerts.read()?;
    let on: BTreeSet<&str> = alerts
        .iter()
        .filter(|alert| alert.disabled == Some(false))
        .map(|alert| alert.name.as_str())
        .collect();
    let clicks = clicks && alerts.iter().any(|alert| alert.name == CLICK);
    let missing: Vec<String> = wanted
        .iter()
        .copied()
        .chain(clicks.then_some(CLICK))
        .filter(|name| !on.contains(name))
        .map(str::to_owned)
        .collect();
    Ok(Reading::unless(&missing, "Every alert asked for is on.", "Off or missing"))
}

fn audit_log_on(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let configs = facts.records(Data::ExchangeAdminAuditLogConfig)?;
    Ok(if configs.iter().any(|it| is_on(it, "UnifiedAuditLogIngestionEnabled")) {
        Reading::met("The unified audit log is on.")
    } else {
        Reading::not_met("The unified audit log is off.")
    })
}

fn kept_a_year(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let policies = facts.records(Data::ExchangeUnifiedAuditLogRetentionPolicies)?;
    if !facts.owns("M365_ADVANCED_AUDITING", Plan::AuditPremium)? {
        return Ok(Reading::not_met(
            "The tenant owns no Audit (Premium) as far as was read, which CISA counts as not met.",
        ));
    }
    let long = ["TwelveMonths", "ThreeYears", "FiveYears", "SevenYears", "TenYears"];
    let policy = policies.iter().find(|policy| {
        long.contains(&word(policy, "RetentionDuration"))
            && policy.get("Enabled").is_none_or(|it| *it != false)
    });
    Ok(match policy {
        Some(policy) => Reading::met(format!("{} keeps the log a year.", word(policy, "Name"))),
        None => Reading::not_met("No retention policy keeps the log a year."),
    })
}

fn mailboxes_audited(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let configs = facts.records(Data::ExchangeOrganizationConfig)?;
    if configs.iter().all(|config| config.get("AuditDisabled").is_none()) {
        return Err(Gap::field(Data::ExchangeOrganizationConfig, "AuditDisabled"));
    }
    Ok(if configs.iter().any(|config| is_on(config, "AuditDisabled")) {
        Reading::not_met("Mailbox auditing is off for the organization.")
    } else {
        Reading::met("Mailbox auditing is on for the organization.")
    })
}
