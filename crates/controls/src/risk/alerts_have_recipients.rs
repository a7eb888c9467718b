//! Risk: someone is told about risky users.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind, User};

use super::LICENSE;
use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind};

const ID: &str = "risk-alert-recipients";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "Someone is told about risky users",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: LICENSE,
    reads: &[
        Data::RiskNotifications,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::ExchangeMailboxes,
        Data::SubscribedSkus,
    ],
    rationale: "By default only some administrators with a mailbox get the mail, and dedicated \
        administrator accounts often have none.",
    passes_when: "At least one recipient of alerts on users at risk can be reached: an address \
        outside, a group, or an account with a mailbox. Recipients without a mailbox alone are \
        partial, unless somebody attests a rule in a SIEM. Where the service does not tell the \
        recipients, the attestation decides.",
    remediation: &[
        "Add an address that is read every day to the recipients of alerts.",
        "Entra admin center > Protection > Identity Protection > Users at risk detected alerts.",
    ],
    effort: 1,
    sources: &[source::S4],
    mappings: &[(Framework::CisaScuba, &["MS.AAD.2.2v1"]), (Framework::Nist80053, &["AC-2(12)"])],
    judge,
};

const STATEMENT: &str = "somebody who reads it every day gets the alerts on users at risk, by mail \
                         or from a rule in the SIEM.";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let Ok(records) = context.tenant.risk_notifications.read() else {
        return Ok(attestation::judge(context, ID, STATEMENT, attestation::YEAR));
    };
    let recipients: Vec<&str> = records
        .iter()
        .flat_map(|record| &record.notification_recipients)
        .filter(|one| one.is_risky_users_alerts_recipient == Some(true))
        .filter_map(|one| one.email.as_deref())
        .collect();
    let change = "an address that is read got the alerts on users at risk";
    if recipients.is_empty() {
        return Ok(Finding::fail("Nobody gets the alerts on users at risk.")
            .with([Evidence::setting("recipients of alerts", "none", "at least one")])
            .would_pass_if(change));
    }
    let (mut reachable, mut dead) = (Vec::new(), Vec::new());
    for address in recipients {
        if is_reachable(context, address)? { reachable.push(address) } else { dead.push(address) }
    }
    let told = |address: &str, observed: &str, expected: &str| {
        Evidence::new(SubjectKind::Setting, address, address, observed, expected)
    };
    let of_reachable = reachable.iter().map(|address| told(address, "gets the alerts", ""));
    let expected = if reachable.is_empty() { "a recipient with a mailbox" } else { "" };
    let of_dead = dead.iter().map(|address| told(address, "has no mailbox", expected));
    let evidence: Vec<Evidence> = of_reachable.chain(of_dead).collect();
    let attested = attestation::holds(context, ID, attestation::YEAR);
    let finding = if !reachable.is_empty() {
        let number = count(reachable.len(), "recipient gets", "recipients get");
        Finding::pass(format!("{number} the alerts on users at risk."))
    } else if attested {
        let note = attestation::newest(context, ID).map(attestation::evidence);
        Finding::pass("Alerts on users at risk are read elsewhere, as was attested.").with(note)
    } else {
        let names = some_names(dead.iter().copied());
        Finding::partial(0.5, format!("No recipient has a mailbox: {names}.")).would_pass_if(change)
    };
    Ok(finding.with(evidence))
}

/// Whether mail to the address arrives: it is no account of the tenant, or one with a mailbox.
fn is_reachable(context: &Context<'_>, address: &str) -> Result<bool, Gap> {
    let Some(user) = context.directory()?.named(address) else { return Ok(true) };
    if has_plan(user) {
        return Ok(true);
    }
    if !context.has(Plan::ExchangeOnline)? {
        return Ok(false);
    }
    let mailboxes = context.tenant.exchange.mailboxes.read()?;
    Ok(mailboxes
        .iter()
        .any(|mailbox| mailbox.external_directory_object_id.as_ref() == Some(&user.id)))
}

/// Whether the account has an Exchange plan assigned.
fn has_plan(user: &User) -> bool {
    user.assigned_plans.iter().flatten().any(|plan| {
        let enabled = plan.capability_status.as_deref() == Some("Enabled");
        enabled && plan.service.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("exchange"))
    })
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnavailableReason, UnknownReason, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn recipients(addresses: &[(&str, bool)]) -> Fixture {
        let recipients: Vec<_> = addresses
            .iter()
            .map(|(address, on)| json!({ "email": address, "isRiskyUsersAlertsRecipient": on }))
            .collect();
        let record = json!([{ "notificationRecipients": recipients }]);
        Fixture::exemplary().set(Data::RiskNotifications, record)
    }

    #[test]
    fn verdicts() {
        let attested = "[[attestation]]\ncontrol = \"risk-alert-recipients\"\nby = \"m\"\n\
                        on = 2026-10-01";
        let without = "adm-one@larkspur.onmicrosoft.com";
        let silent = || {
            Fixture::exemplary()
                .unavailable(Data::RiskNotifications, UnavailableReason::NotSupported)
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("an address outside", recipients(&[("soc@brook.example", true)]))
            .partial("an administrator without a mailbox", 0.5, recipients(&[(without, true)]))
            .passes("the same, and a SIEM", recipients(&[(without, true)]).declare(attested))
            .fails_on("nobody", recipients(&[]), &["recipients of alerts"])
            .fails("switched off", recipients(&[("soc@brook.example", false)]))
            .fails("nobody, attested all the same", recipients(&[]).declare(attested))
            .is("the service does not tell", Verdict::Unattested, silent())
            .is(
                "the service does not tell, attested",
                Verdict::Attested,
                silent().declare(attested),
            )
            .unknown("mailboxes refused", UnknownReason::Permission, {
                recipients(&[(without, true)]).forbidden(Data::ExchangeMailboxes)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2])
            });
    }
}
