//! Legacy authentication: SMTP AUTH is off for the organization.

use model::{Evidence, Gap, Plan, Severity, UnknownReason};

use super::refused::{LEGACY_DATA, is_refused_to_owners};
use super::smtp_auth::{Smtp, mailboxes, organization_allows};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-smtp-auth-org",
    title: "SMTP AUTH is off for the organization",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: LEGACY_DATA,
    rationale: "It is the last mail protocol that takes a bare password, and therefore the first \
        that attackers try.",
    passes_when: "`SmtpClientAuthenticationDisabled` of the transport configuration is true. Where \
        it is false, it is partial when every mailbox overrides it to true, or when security \
        defaults or Conditional Access refuse legacy authentication to every person and to \
        every other enabled account with a mailbox, so that submission fails anyway.",
    remediation: &[
        "Find the devices and applications that still submit mail: the report on SMTP AUTH \
         clients names them.",
        "Move them to OAuth, High Volume Email, a connector, or relay; allow SMTP AUTH on a \
         single mailbox where nothing else works.",
        "Turn off SMTP AUTH for the organization. Microsoft does so for existing tenants at the \
         end of December 2026; do not turn it on again.",
        "Exchange admin center > Settings > Mail flow > Turn off SMTP AUTH protocol.",
    ],
    effort: 2,
    sources: &[source::S0, source::S1, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.EXO.5.1v1"]),
        (Framework::CisM365, &["6.5.4"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

const NAME: &str = "SmtpClientAuthenticationDisabled";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if !organization_allows(context)? {
        let overrides = mailboxes(context)
            .map_or(0, |all| all.iter().filter(|mailbox| mailbox.smtp == Smtp::Allowed).count());
        let note = format!("true; {} may still use it", count(overrides, "mailbox", "mailboxes"));
        return Ok(Finding::pass("SMTP AUTH is off for the organization.")
            .with([Evidence::setting(NAME, note, "")]));
    }
    let violation = [Evidence::setting(NAME, "false", "true")];
    let change = "SMTP AUTH were turned off for the organization";
    let partial = |summary: &str| {
        Finding::partial(0.5, summary).with(violation.clone()).would_pass_if(change)
    };
    let mailboxes = mailboxes(context);
    if mailboxes
        .as_ref()
        .is_ok_and(|all| !all.is_empty() && all.iter().all(|mailbox| mailbox.smtp == Smtp::Refused))
    {
        return Ok(partial("SMTP AUTH is on for the organization, but off on every mailbox."));
    }
    let owners = mailboxes.as_ref().map_err(Gap::clone);
    let owners = owners.map(|all| all.iter().map(|mailbox| mailbox.settings).collect());
    match is_refused_to_owners(context, owners)? {
        Some(true) => Ok(partial(
            "SMTP AUTH is on for the organization, but legacy authentication is refused to all \
             people and owners of mailboxes.",
        )),
        Some(false) => {
            // A mailbox list that was not read could still hold an override for every mailbox.
            mailboxes?;
            Ok(Finding::fail("SMTP AUTH is on for the organization.")
                .with(violation)
                .would_pass_if(change))
        }
        None => Ok(Finding::unknown(
            UnknownReason::Undetermined,
            "SMTP AUTH is on for the organization, and it could not be told whether legacy \
             authentication is refused to all.",
        )
        .with(violation)),
    }
}

#[cfg(test)]
mod tests {
    use model::{Data, NotApplicableReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// SMTP AUTH is on for the organization, and nothing refuses legacy authentication.
    fn on() -> Fixture {
        behind_block().set(Data::ConditionalAccessPolicies, json!([]))
    }

    fn behind_block() -> Fixture {
        Fixture::exemplary().with_member(Data::ExchangeTransportConfig, NAME, &json!(false))
    }

    #[test]
    fn verdicts() {
        let defaults = || on().with_member(Data::SecurityDefaults, "isEnabled", &json!(true));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("on", on(), &[NAME])
            .partial("every mailbox overrides it", 0.5, {
                on().with_member(Data::ExchangeCasMailboxes, NAME, &json!(true))
            })
            .fails("all but one mailbox override it", {
                on().with_member(Data::ExchangeCasMailboxes, NAME, &json!(true))
                    .edit(Data::ExchangeCasMailboxes, |all| all[0][NAME] = Value::Null)
            })
            .partial("legacy authentication is refused", 0.5, behind_block())
            .partial("security defaults", 0.5, defaults())
            .fails_on(
                "an account behind a shared mailbox is left out of the block",
                behind_block()
                    .edit(Data::Users, |users| {
                        let user = users.iter_mut().find(|user| user["id"] == SHARED).unwrap();
                        user["accountEnabled"] = json!(true);
                    })
                    .edit(Data::ConditionalAccessPolicies, |policies| {
                        for policy in policies {
                            let users = &mut policy["conditions"]["users"]["excludeUsers"];
                            users.as_array_mut().unwrap().push(json!(SHARED));
                        }
                    })
                    .edit(Data::ExchangeCasMailboxes, |all| {
                        let mut shared = all[0].clone();
                        shared["Identity"] = json!("shared-of-larkspur");
                        shared["ExternalDirectoryObjectId"] = json!(SHARED);
                        shared[NAME] = Value::Null;
                        all.push(shared);
                    }),
                &[NAME],
            )
            .unknown("policies refused", UnknownReason::Permission, {
                behind_block().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("mailboxes refused", UnknownReason::Permission, {
                on().forbidden(Data::ExchangeCasMailboxes)
            })
            .unknown("no value", UnknownReason::FieldMissing, {
                on().with_member(Data::ExchangeTransportConfig, NAME, &Value::Null)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeTransportConfig)
            })
            .not_applicable("no mailboxes", NotApplicableReason::License, {
                on().unlicensed(&[Plan::ExchangeOnline])
            });
    }
}
