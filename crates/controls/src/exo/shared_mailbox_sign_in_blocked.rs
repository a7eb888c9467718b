//! Exchange Online: shared mailboxes cannot be signed in to.

use model::{Data, Evidence, Gap, Mailbox, NotApplicableReason, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::recipients::address;
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "exo-shared-mailbox-signin-blocked",
    title: "Shared mailboxes cannot be signed in to",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[Data::ExchangeMailboxes, Data::Users, Data::SubscribedSkus],
    rationale: "Their accounts have passwords that nobody watches, and often no MFA.",
    passes_when: "Sign-in is blocked for the account of every shared mailbox, licensed or not.",
    remediation: &[
        "Block sign-in of the account behind each shared mailbox; access through delegation stays.",
        "Microsoft 365 admin center > Users > Active users > Block sign-in.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[(Framework::CisM365, &["1.2.2"]), (Framework::Nist80053, &["AC-2"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let mailboxes = context.tenant.exchange.mailboxes.read()?;
    let shared: Vec<&Mailbox> = mailboxes
        .iter()
        .filter(|mailbox| {
            let kind = mailbox.recipient_type_details.as_deref();
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("SharedMailbox"))
        })
        .collect();
    if shared.is_empty() {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "The tenant has no shared mailboxes.",
        ));
    }
    let directory = context.directory()?;
    let mut open = Vec::new();
    for mailbox in &shared {
        let id = mailbox
            .external_directory_object_id
            .as_ref()
            .ok_or_else(|| Gap::field(Data::ExchangeMailboxes, "ExternalDirectoryObjectId"))?;
        let user = directory
            .user(id)
            .ok_or_else(|| Gap::field(Data::Users, &format!("the account {id} of a mailbox")))?;
        let missing = || Gap::field(Data::Users, "accountEnabled");
        if user.account_enabled.ok_or_else(missing)? {
            open.push((user, address(mailbox)));
        }
    }
    let total = count(shared.len(), "shared mailbox", "shared mailboxes");
    if open.is_empty() {
        let summary = format!("Sign-in is blocked for {total}.");
        return Ok(Finding::pass(summary).judged(shared.len(), &[]));
    }
    let names = some_names(open.iter().map(|(_, address)| address.as_str()));
    let blocked = ratio(shared.len() - open.len(), shared.len());
    let summary = format!("{} of {total} can be signed in to: {names}.", open.len());
    let finding =
        if blocked >= 0.9 { Finding::partial(blocked, summary) } else { Finding::fail(summary) };
    Ok(finding
        .with(open.iter().map(|(user, address)| {
            Evidence::new(
                SubjectKind::User,
                user.id.as_str(),
                address,
                "enabled",
                "sign-in blocked",
            )
        }))
        .judged(shared.len(), &[])
        .would_pass_if(format!("sign-in were blocked for {names}")))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::NoPopulation;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{Fixture, SHARED, check};

    #[test]
    fn verdicts() {
        let enabled = |value: serde_json::Value| {
            Fixture::exemplary().edit(Data::Users, |users| {
                for user in users.iter_mut().filter(|user| user["id"] == SHARED) {
                    user["accountEnabled"] = value.clone();
                }
            })
        };
        check(&CONTROL)
            .passes("blocked", Fixture::exemplary())
            .fails_on("enabled", enabled(json!(true)), &[SHARED])
            .unknown("no word on the account", FieldMissing, enabled(json!(null)))
            .unknown(
                "mailboxes unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeMailboxes),
            )
            .not_applicable(
                "none exist",
                NoPopulation,
                Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                    mailboxes.retain(|mailbox| mailbox["RecipientTypeDetails"] == "UserMailbox");
                }),
            );
    }
}
