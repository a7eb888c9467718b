//! Logs and alerts: mailbox auditing is on and nobody bypasses it.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::S4;
use crate::finding::{Finding, count, some_names};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-mailbox-audit",
    title: "Mailbox auditing is on and nobody bypasses it",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeOrganizationConfig,
        Data::ExchangeMailboxAuditBypassAssociations,
        Data::Users,
        Data::SubscribedSkus,
    ],
    rationale: "It shows who read and deleted what in which mailbox.",
    passes_when: "AuditDisabled of the organization is false and no account has AuditBypassEnabled, \
        service accounts declared in the tenant's profile excepted. The switch of a single mailbox \
        does not matter while the organization's is on.",
    remediation: &[
        "Turn auditing on for the organization: Set-OrganizationConfig -AuditDisabled $false.",
        "Take accounts off the bypass: Set-MailboxAuditBypassAssociation -AuditBypassEnabled $false.",
        "Exchange Online PowerShell.",
    ],
    effort: 1,
    sources: &[S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.EXO.13.1v1"]),
        (Framework::CisM365, &["6.1.1", "6.1.2", "6.1.3"]),
        (Framework::Nist80053, &["AU-12c"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    let config = &exchange.organization_config;
    let disabled =
        config.one()?.audit_disabled.ok_or_else(|| Gap::field(config.data(), "AuditDisabled"))?;
    if disabled {
        return Ok(Finding::fail("Mailbox auditing is off for the whole organization.")
            .with([Evidence::setting("AuditDisabled", "true", "false")])
            .would_pass_if("AuditDisabled were false"));
    }
    let declared = &context.tenant.profile.accounts.service;
    let mut bypassing = Vec::new();
    for association in exchange.mailbox_audit_bypass_associations.read()? {
        let name = &association.name;
        if association.audit_bypass_enabled != Some(true) || declared.contains(name) {
            continue;
        }
        let user = match &association.external_directory_object_id {
            Some(id) => context.directory()?.user(id),
            None => context.directory()?.named(name),
        };
        let listed = user.is_some_and(|user| {
            declared.iter().any(|one| {
                one.eq_ignore_ascii_case(&user.user_principal_name) || user.id == one.as_str()
            })
        });
        if !listed {
            bypassing.push((user.map_or(name.as_str(), |user| user.id.as_str()), name.as_str()));
        }
    }
    if bypassing.is_empty() {
        return Ok(Finding::pass("Mailbox auditing is on and nobody bypasses it.")
            .with([Evidence::setting("AuditDisabled", "false", "")]));
    }
    let names = some_names(bypassing.iter().map(|(_, name)| *name));
    let accounts = count(bypassing.len(), "account leaves", "accounts leave");
    Ok(Finding::fail(format!("{accounts} no trace in the mailbox audit: {names}."))
        .with(bypassing.iter().map(|(id, name)| {
            Evidence::new(SubjectKind::Mailbox, *id, *name, "bypasses auditing", "no bypass")
        }))
        .would_pass_if(format!("the bypass of {names} were removed")))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{Fixture, PERSON_2, check};

    #[test]
    fn verdicts() {
        let organization = Data::ExchangeOrganizationConfig;
        let bypass = Data::ExchangeMailboxAuditBypassAssociations;
        let bypassed = || {
            Fixture::exemplary().set(
                bypass,
                json!([
                    { "Name": "person2", "ExternalDirectoryObjectId": PERSON_2,
                        "AuditBypassEnabled": true },
                    { "Name": "person3", "AuditBypassEnabled": false }
                ]),
            )
        };
        check(&CONTROL)
            .passes("on, no bypass", Fixture::exemplary())
            .fails_on(
                "off",
                Fixture::exemplary().with_member(organization, "AuditDisabled", &json!(true)),
                &["AuditDisabled"],
            )
            .fails_on("a bypass", bypassed(), &[PERSON_2])
            .passes(
                "a declared service account",
                bypassed().declare("service = [\"person2@larkspur.example\"]"),
            )
            .unknown(
                "no word",
                FieldMissing,
                Fixture::exemplary().with_member(organization, "AuditDisabled", &json!(null)),
            )
            .unknown("bypass unread", Permission, Fixture::exemplary().forbidden(bypass));
    }
}
