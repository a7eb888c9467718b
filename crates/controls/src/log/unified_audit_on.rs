//! Logs and alerts: the unified audit log is on.

use model::{Data, Evidence, Gap, Plan, Severity};

use crate::context::Context;
use crate::control::source::{S2, S4};
use crate::finding::Finding;
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-unified-audit",
    title: "The unified audit log is on",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[Data::ExchangeAdminAuditLogConfig, Data::SubscribedSkus],
    rationale: "Without it nobody can tell afterwards what an intruder did.",
    passes_when: "Get-AdminAuditLogConfig, asked in Exchange Online, shows \
        UnifiedAuditLogIngestionEnabled as true. Security & Compliance PowerShell shows false \
        whatever the setting.",
    remediation: &[
        "Start recording user and admin activity; it takes up to an hour to begin.",
        "Microsoft Purview portal > Audit > Start recording user and admin activity.",
    ],
    effort: 1,
    sources: &[S2, S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.SECURITYSUITE.5.1v1"]),
        (Framework::CisM365, &["3.1.1"]),
        (Framework::Maester, &["MT.1172"]),
        (Framework::Nist80053, &["AU-12"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let config = &context.tenant.exchange.admin_audit_log_config;
    let name = "UnifiedAuditLogIngestionEnabled";
    let on = config
        .one()?
        .unified_audit_log_ingestion_enabled
        .ok_or_else(|| Gap::field(config.data(), name))?;
    Ok(if on {
        Finding::pass("The unified audit log records.").with([Evidence::setting(name, "true", "")])
    } else {
        Finding::fail("The unified audit log is off: nothing is recorded.")
            .with([Evidence::setting(name, "false", "true")])
            .would_pass_if("recording were started in Microsoft Purview")
    })
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::License;
    use model::Plan::ExchangeOnline;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let data = Data::ExchangeAdminAuditLogConfig;
        let value = |value| {
            Fixture::exemplary().with_member(data, "UnifiedAuditLogIngestionEnabled", &value)
        };
        check(&CONTROL)
            .passes("on", Fixture::exemplary())
            .passes("on, as a string", value(json!("True")))
            .fails("off", value(json!(false)))
            .unknown("null", FieldMissing, value(json!(null)))
            .unknown("no answer", FieldMissing, Fixture::exemplary().set(data, json!([])))
            .unknown("unread", Permission, Fixture::exemplary().forbidden(data))
            .not_applicable(
                "no Exchange Online",
                License,
                Fixture::exemplary().unlicensed(&[ExchangeOnline]),
            );
    }
}
