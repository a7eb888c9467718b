//! Legacy authentication: POP3 and IMAP4 are off on mailboxes.

use model::{
    CasMailbox, Data, Evidence, Gap, NotApplicableReason, Plan, Severity, SubjectKind,
    UnknownReason,
};

use super::refused::{LEGACY_DATA, is_refused_to_owners};
use super::smtp_auth::{address, client_access};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-pop-imap-off",
    title: "POP3 and IMAP4 are off on mailboxes",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: LEGACY_DATA,
    rationale: "They download a mailbox in full, modern authentication or not, and little of it \
        is logged.",
    passes_when: "`PopEnabled` and `ImapEnabled` are false on at least 99 % of mailboxes, and in \
        every mailbox plan, which new mailboxes follow. At least 75 % is partial, with the share \
        as credit; below that it is partial (half) while legacy authentication is refused to \
        every person, else it fails.",
    remediation: &[
        "Turn the protocols off in the mailbox plans: `Get-CASMailboxPlan | Set-CASMailboxPlan \
         -PopEnabled $false -ImapEnabled $false`.",
        "Turn them off on the mailboxes below: `Set-CASMailbox -PopEnabled $false -ImapEnabled \
         $false`.",
        "Exchange admin center > Recipients > Mailboxes > Manage email apps settings.",
    ],
    effort: 1,
    sources: &[source::S0, source::S1],
    mappings: &[(Framework::Nist80053, &["CM-7"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let all = client_access(context)?;
    if all.is_empty() {
        let why = "There are no mailboxes.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let mut open = Vec::new();
    for mailbox in &all {
        let protocols = protocols(mailbox, Data::ExchangeCasMailboxes)?;
        if !protocols.is_empty() {
            open.push((*mailbox, protocols));
        }
    }
    let whole = count(all.len(), "mailbox", "mailboxes");
    let share = ratio(all.len() - open.len(), all.len());
    let names = some_names(open.iter().map(|(mailbox, _)| address(mailbox)));
    let summary = match open.len() {
        0 => format!("POP3 and IMAP4 are off on all of {whole}."),
        number => format!("POP3 or IMAP4 is on for {number} of {whole}: {names}."),
    };
    let violations: Vec<Evidence> = open
        .iter()
        .map(|(mailbox, protocols)| {
            let name = address(mailbox);
            let id = mailbox.external_directory_object_id.as_deref().unwrap_or(name);
            let observed = format!("{protocols} on");
            Evidence::new(SubjectKind::Mailbox, id, name, observed, "POP3 and IMAP4 off")
        })
        .collect();
    let finding = if share >= 0.99 {
        let plans = open_plans(context)?;
        if plans.is_empty() {
            Finding::pass(summary)
        } else {
            let names = some_names(plans.iter().map(|plan| plan.subject.name.as_str()));
            Finding::partial(share, format!("{summary} New mailboxes get them by plan: {names}."))
                .with(plans)
        }
    } else if share >= 0.75 {
        Finding::partial(share, summary)
    } else {
        let owners = open.iter().map(|(mailbox, _)| *mailbox).collect();
        match is_refused_to_owners(context, Ok(owners))? {
            Some(true) => Finding::partial(
                0.5,
                format!("{summary} Legacy authentication is refused to all people and to these."),
            ),
            Some(false) => Finding::fail(summary),
            None => Finding::unknown(
                UnknownReason::Undetermined,
                format!("{summary} It could not be told whether legacy authentication is refused."),
            ),
        }
    };
    Ok(finding
        .with(violations)
        .judged(all.len(), &[])
        .would_pass_if("POP3 and IMAP4 were off on 99 % of mailboxes and in every mailbox plan"))
}

/// The protocols that are on, in words; empty: none.
fn protocols(mailbox: &CasMailbox, data: Data) -> Result<&'static str, Gap> {
    let pop = mailbox.pop_enabled.ok_or_else(|| Gap::field(data, "PopEnabled"))?;
    let imap = mailbox.imap_enabled.ok_or_else(|| Gap::field(data, "ImapEnabled"))?;
    Ok(match (pop, imap) {
        (true, true) => "POP3 and IMAP4",
        (true, false) => "POP3",
        (false, true) => "IMAP4",
        (false, false) => "",
    })
}

/// Mailbox plans that turn a protocol on for new mailboxes.
fn open_plans(context: &Context<'_>) -> Result<Vec<Evidence>, Gap> {
    let mut open = Vec::new();
    for plan in context.tenant.exchange.cas_mailbox_plans.read()? {
        let protocols = protocols(plan, Data::ExchangeCasMailboxPlans)?;
        if !protocols.is_empty() {
            let name = plan.display_name.as_deref().unwrap_or(&plan.identity);
            let observed = format!("the mailbox plan turns {protocols} on");
            let id = plan.identity.as_str();
            open.push(Evidence::new(SubjectKind::Setting, id, name, observed, "off in the plan"));
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    /// Of a hundred mailboxes, so many have IMAP4 on.
    fn hundred(open: usize) -> Fixture {
        let mailboxes: Vec<_> = (0..100)
            .map(|number| {
                json!({
                    "Identity": format!("m{number}"), "PopEnabled": false,
                    "ImapEnabled": number < open,
                    "ExternalDirectoryObjectId": format!("d0000000-0000-4000-8000-{number:012}")
                })
            })
            .collect();
        Fixture::exemplary().set(Data::ExchangeCasMailboxes, json!(mailboxes))
    }

    #[test]
    fn verdicts() {
        let unblocked = |fixture: Fixture| fixture.set(Data::ConditionalAccessPolicies, json!([]));
        let plan = Fixture::exemplary().with_member(
            Data::ExchangeCasMailboxPlans,
            "PopEnabled",
            &json!(true),
        );
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("99 of 100", hundred(1))
            .partial("98 of 100", 0.98, hundred(2))
            .partial("75 of 100", 0.75, unblocked(hundred(25)))
            .fails("74 of 100", unblocked(hundred(26)))
            .partial("74 of 100 behind a block", 0.5, hundred(26))
            .partial("on in a plan", 0.999, plan)
            .passes(
                "mailboxes of the service",
                Fixture::exemplary().add(
                    Data::ExchangeCasMailboxes,
                    json!({
                        "Identity": "DiscoverySearchMailbox{D919BA05-46A6-415f-80AD-7E09334BB852}",
                        "PopEnabled": true, "ImapEnabled": true
                    }),
                ),
            )
            .unknown("no value", UnknownReason::FieldMissing, {
                Fixture::exemplary().with_member(
                    Data::ExchangeCasMailboxes,
                    "PopEnabled",
                    &json!(null),
                )
            })
            .unknown("plans refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeCasMailboxPlans)
            })
            .partial("plans refused, which do not decide", 0.9, {
                hundred(10).forbidden(Data::ExchangeCasMailboxPlans)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeCasMailboxes)
            })
            .not_applicable("no Exchange Online", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline])
            });
    }
}
