//! Logs and alerts: mailbox auditing is on and nobody bypasses it.

use model::{
    Data, Evidence, Gap, MailboxAuditBypassAssociation, Plan, Severity, SubjectKind, User,
};

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
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::ExchangeMailboxes,
        Data::SignInActivity,
        Data::SubscribedSkus,
    ],
    rationale: "It shows who read and deleted what in which mailbox.",
    passes_when: "AuditDisabled of the organization is false and no account has AuditBypassEnabled, \
        service accounts declared in the tenant's profile excepted. A bypass on accounts that are \
        no person's, such as shared mailboxes, is partial. The switch of a single mailbox does not \
        matter while the organization's is on.",
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
    let (mut people, mut others, mut untold) = (Vec::new(), Vec::new(), None);
    let bypass = &exchange.mailbox_audit_bypass_associations;
    for association in bypass.read()? {
        match association.audit_bypass_enabled {
            Some(false) => continue,
            Some(true) => {}
            None => {
                untold = Some(Gap::field(bypass.data(), "AuditBypassEnabled"));
                continue;
            }
        }
        match whose(context, association) {
            Ok(user) if is_declared(context, user) => {}
            Ok(user) if is_person(context, user)? => people.push(user),
            Ok(user) => others.push(user),
            Err(gap) => untold = Some(gap),
        }
    }
    if let (true, Some(gap)) = (people.is_empty(), untold) {
        return Err(gap);
    }
    let names = some_names(people.iter().chain(&others).map(|user| user.name()));
    let accounts = count(people.len() + others.len(), "account leaves", "accounts leave");
    let summary = format!("{accounts} no trace in the mailbox audit: {names}.");
    let finding = match (people.is_empty(), others.is_empty()) {
        (true, true) => Finding::pass("Mailbox auditing is on and nobody bypasses it.")
            .with([Evidence::setting("AuditDisabled", "false", "")]),
        (true, false) => Finding::partial(0.5, summary),
        (false, _) => Finding::fail(summary),
    };
    let violation = |kind: &'static str| {
        move |user: &User| {
            let observed = format!("bypasses auditing: {kind}");
            Evidence::new(SubjectKind::User, user.id.as_str(), user.name(), observed, "no bypass")
        }
    };
    Ok(finding
        .with(people.into_iter().map(violation("a person")))
        .with(others.into_iter().map(violation("not a person's account")))
        .would_pass_if(format!("the bypass of {names} were removed")))
}

/// The account of a bypass: by its id, or by the name of the account or of its mailbox.
fn whose<'t>(
    context: &Context<'t>,
    association: &MailboxAuditBypassAssociation,
) -> Result<&'t User, Gap> {
    let directory = context.directory()?;
    let name = association.name.as_str();
    let known = association.external_directory_object_id.as_deref();
    let user = known.map_or_else(|| directory.named(name), |id| directory.user(id));
    let by_mailbox = || {
        let mailboxes = context.tenant.exchange.mailboxes.read().ok()?;
        let mut named = mailboxes.iter().filter(|mailbox| mailbox.identity == name);
        directory.user(named.next()?.external_directory_object_id.as_ref()?)
    };
    let missing = || {
        let data = Data::ExchangeMailboxAuditBypassAssociations;
        Gap::field(data, &format!("the account of {name}"))
    };
    user.or_else(by_mailbox).ok_or_else(missing)
}

fn is_declared(context: &Context<'_>, user: &User) -> bool {
    let declared = &context.tenant.profile.accounts.service;
    declared.iter().any(|one| {
        one.eq_ignore_ascii_case(&user.user_principal_name) || one.eq_ignore_ascii_case(&user.id)
    })
}

/// Whether somebody works, or administers, with the account: people, guests, emergency access.
fn is_person(context: &Context<'_>, user: &User) -> Result<bool, Gap> {
    let people = context.people()?;
    Ok(people.members.iter().chain(&people.guests).any(|one| one.id == user.id)
        || context.emergency()?.recognizes(&user.id))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::*;

    const BYPASS: Data = Data::ExchangeMailboxAuditBypassAssociations;

    /// These accounts bypass auditing; somebody else does not.
    fn bypassed(accounts: &[Value]) -> Fixture {
        let mut records = vec![json!({ "Name": "person3", "AuditBypassEnabled": false })];
        for account in accounts {
            let mut record = account.clone();
            record["AuditBypassEnabled"] = json!("True");
            records.push(record);
        }
        Fixture::exemplary().set(BYPASS, json!(records))
    }

    #[test]
    fn verdicts() {
        let organization = Data::ExchangeOrganizationConfig;
        let person = || json!({ "Name": "x", "ExternalDirectoryObjectId": PERSON_2 });
        let shared = || json!({ "Name": SHARED });
        check(&CONTROL)
            .passes("on, no bypass", bypassed(&[]))
            .fails_on(
                "off",
                Fixture::exemplary().with_member(organization, "AuditDisabled", &json!(true)),
                &["AuditDisabled"],
            )
            .fails_on(
                "a person, and a shared mailbox",
                bypassed(&[person(), shared()]),
                &[PERSON_2, SHARED],
            )
            .fails_on(
                "known by the mailbox's name",
                bypassed(&[json!({ "Name": "person4" })]),
                &[PERSON_4],
            )
            .fails("an emergency access account", bypassed(&[json!({ "Name": EMERGENCY_1 })]))
            .partial("a shared mailbox alone", 0.5, bypassed(&[shared()]))
            .passes(
                "a declared service account",
                bypassed(&[person()]).declare("service = [\"Person2@larkspur.example\"]"),
            )
            .unknown("somebody unknown", FieldMissing, bypassed(&[json!({ "Name": "gone" })]))
            .fails(
                "somebody unknown beside a person",
                bypassed(&[json!({ "Name": "gone" }), person()]),
            )
            .unknown(
                "no word on a bypass",
                FieldMissing,
                bypassed(&[]).with_member(BYPASS, "AuditBypassEnabled", &json!(null)),
            )
            .unknown(
                "no word",
                FieldMissing,
                Fixture::exemplary().with_member(organization, "AuditDisabled", &json!(null)),
            )
            .unknown("bypass unread", Permission, Fixture::exemplary().forbidden(BYPASS));
    }
}
