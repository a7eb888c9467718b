//! Legacy authentication: only listed mailboxes may use SMTP AUTH.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Id, NotApplicableReason, Plan, Severity, SubjectKind};

use super::accounts_worth_more;
use super::smtp_auth::{Mailbox, Smtp, address, mailboxes, organization_allows};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-smtp-auth-mailboxes",
    title: "Only listed mailboxes may use SMTP AUTH",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::SecurityDefaults,
        Data::ExchangeCasMailboxes,
        Data::ExchangeTransportConfig,
        Data::ExchangeVipUsers,
        Data::ExchangeMailboxes,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::SubscribedSkus,
    ],
    rationale: "A setting on a single mailbox quietly undoes the one of the organization, and \
        stays long after the device is gone.",
    passes_when: "No mailbox may use SMTP AUTH, by its own setting or, where that is empty, by the \
        organization's; or all that may are in the profile's `smtp-auth` list and are no more \
        than `smtp-auth-exceptions` (5) or `smtp-auth-exceptions-percent` (2) of the mailboxes, \
        whichever is more. Within the limit but not listed is partial. More, or one of an \
        administrator, a priority account or an emergency access account, fails. Security \
        defaults refuse SMTP AUTH whatever the mailbox says.",
    remediation: &[
        "Set the mailboxes below to inherit: `Set-CASMailbox -SmtpClientAuthenticationDisabled \
         $null`.",
        "List the ones that need it in the tenant's profile, with owner and end date.",
        "Exchange admin center > Recipients > Mailboxes > Manage email apps settings.",
    ],
    effort: 1,
    sources: &[source::S0, source::S1, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.EXO.5.1v1"]),
        (Framework::CisM365, &["6.5.4"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let all = mailboxes(context)?;
    if all.is_empty() {
        let why = "There are no mailboxes.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let inherits = all.iter().any(|mailbox| mailbox.smtp == Smtp::Inherits);
    let inherited = inherits && organization_allows(context)?;
    let allowed: Vec<&Mailbox<'_>> = all
        .iter()
        .filter(|mailbox| match mailbox.smtp {
            Smtp::Allowed => true,
            Smtp::Refused => false,
            Smtp::Inherits => inherited,
        })
        .collect();
    let whole = count(all.len(), "mailbox", "mailboxes");
    if allowed.is_empty() {
        return Ok(
            Finding::pass(format!("None of {whole} may use SMTP AUTH.")).judged(all.len(), &[])
        );
    }
    let finding = if context.security_defaults() == Ok(true) {
        let summary = format!(
            "{} of {whole} may use SMTP AUTH by their settings, but security defaults refuse it.",
            allowed.len()
        );
        Finding::pass(summary).with(allowed.iter().map(|mailbox| evidence(mailbox, "")))
    } else {
        // Whether security defaults refuse it decides everything below.
        context.security_defaults()?;
        verdict(context, &allowed, all.len())?
    };
    Ok(finding.judged(all.len(), &[]))
}

fn verdict(context: &Context<'_>, allowed: &[&Mailbox<'_>], whole: usize) -> Result<Finding, Gap> {
    let profile = context.tenant.profile;
    let limit = profile.threshold("smtp-auth-exceptions", 5.0);
    let percent = profile.threshold("smtp-auth-exceptions-percent", 2.0);
    let share = ratio(allowed.len(), whole);
    let few = ratio(allowed.len(), 1) <= limit || share * 100.0 <= percent;
    let listed = listed(context);
    let unlisted: Vec<_> = allowed.iter().filter(|one| !listed.has(one)).collect();
    let all_names = || some_names(allowed.iter().map(|one| address(one.settings)));
    let change = "only mailboxes that the profile lists could use SMTP AUTH, and few of them";
    if !few {
        let summary =
            format!("{} of {whole} mailboxes may use SMTP AUTH: {}.", allowed.len(), all_names());
        return Ok(Finding::fail(summary)
            .with(allowed.iter().map(|one| evidence(one, "SMTP AUTH is refused")))
            .would_pass_if(change));
    }
    let worth_more = accounts_worth_more(context)?;
    let worst: Vec<_> = allowed
        .iter()
        .filter(|one| {
            let account = one.settings.external_directory_object_id.as_ref();
            account.is_some_and(|id| worth_more.contains(id.as_str()))
        })
        .collect();
    if !worst.is_empty() {
        let names = some_names(worst.iter().map(|one| address(one.settings)));
        let summary = format!(
            "Mailboxes of administrators, priority or emergency access accounts may use SMTP AUTH: \
             {names}."
        );
        return Ok(Finding::fail(summary)
            .with(worst.iter().map(|one| evidence(one, "SMTP AUTH is refused")))
            .would_pass_if(format!("SMTP AUTH were refused to {names}")));
    }
    if unlisted.is_empty() {
        let mailboxes = count(allowed.len(), "mailbox", "mailboxes");
        return Ok(Finding::pass(format!(
            "Only {mailboxes} may use SMTP AUTH, all of them listed."
        ))
        .with(allowed.iter().map(|one| evidence(one, ""))));
    }
    let names = some_names(unlisted.iter().map(|one| address(one.settings)));
    let expected = "listed in the profile, or SMTP AUTH is refused";
    Ok(Finding::partial(
        0.5,
        format!("Few mailboxes may use SMTP AUTH, but not all are listed: {names}."),
    )
    .with(unlisted.iter().map(|one| evidence(one, expected)))
    .would_pass_if(format!("the profile listed {names} under `smtp-auth`")))
}

fn evidence(mailbox: &Mailbox<'_>, expected: &str) -> Evidence {
    let observed = match mailbox.smtp {
        Smtp::Inherits => "SMTP AUTH is allowed, as by the organization",
        _ => "SMTP AUTH is allowed on the mailbox",
    };
    let name = address(mailbox.settings);
    let id = mailbox.settings.external_directory_object_id.as_deref().unwrap_or(name);
    Evidence::new(SubjectKind::Mailbox, id, name, observed, expected)
}

/// The mailboxes that the profile lists.
struct Listed {
    /// Addresses, identities, object ids and account names, in lower case.
    names: BTreeSet<String>,
    /// Object ids of the accounts so named.
    accounts: BTreeSet<Id>,
}

fn listed(context: &Context<'_>) -> Listed {
    let names = &context.tenant.profile.accounts.smtp_auth;
    let directory = context.directory().ok();
    let account = |name: &String| Some(directory?.named(name)?.id.clone());
    Listed {
        accounts: names.iter().filter_map(account).collect(),
        names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
    }
}

impl Listed {
    fn has(&self, mailbox: &Mailbox<'_>) -> bool {
        let named = |name: &str| self.names.contains(&name.to_ascii_lowercase());
        named(address(mailbox.settings))
            || named(&mailbox.settings.identity)
            || mailbox
                .settings
                .external_directory_object_id
                .as_ref()
                .is_some_and(|id| self.accounts.contains(id) || self.names.contains(id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const NAME: &str = "SmtpClientAuthenticationDisabled";

    fn mailbox(id: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::ExchangeCasMailboxes, |all| {
            let found = all.iter_mut().find(|one| one["ExternalDirectoryObjectId"] == id);
            found.unwrap()[NAME] = value.clone();
        })
    }

    fn many(allowed: usize, all: usize) -> Fixture {
        let mailboxes: Vec<Value> = (0..all)
            .map(|number| {
                json!({
                    "Identity": format!("m{number}"), NAME: number >= allowed,
                    "PrimarySmtpAddress": format!("m{number}@{DOMAIN}"),
                    "ExternalDirectoryObjectId": format!("d0000000-0000-4000-8000-{number:012}")
                })
            })
            .collect();
        Fixture::exemplary().set(Data::ExchangeCasMailboxes, json!(mailboxes))
    }

    #[test]
    fn verdicts() {
        let inheriting =
            || Fixture::exemplary().with_member(Data::ExchangeTransportConfig, NAME, &json!(false));
        let listed = "[accounts]\nsmtp-auth = [\"PERSON2@larkspur.example\"]";
        let emergency = "emergency = [\"ea1@larkspur.onmicrosoft.com\"]";
        check(&CONTROL)
            .passes("exemplary: null inherits, and the organization refuses", Fixture::exemplary())
            .partial("one, not listed", 0.5, mailbox(PERSON_2, &json!(false)))
            .passes(
                "one, listed",
                mailbox(PERSON_2, &json!(false)).profile(&format!("{listed}\n{emergency}")),
            )
            .partial("a shared mailbox counts", 0.5, mailbox(SHARED, &json!(false)))
            .fails_on("a priority account", mailbox(PERSON_1, &json!("False")), &[PERSON_1])
            .fails("all inherit from an organization that allows it", inheriting())
            .partial("five of a thousand", 0.5, many(5, 1000))
            .partial("20 of a thousand", 0.5, many(20, 1000))
            .fails("21 of a thousand", many(21, 1000))
            .passes("security defaults refuse it", {
                inheriting()
                    .with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
                    .set(Data::ConditionalAccessPolicies, json!([]))
            })
            .unknown("the organization decides and was refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeTransportConfig)
            })
            .unknown("the property was not asked for", UnknownReason::FieldMissing, {
                Fixture::exemplary().edit(Data::ExchangeCasMailboxes, |all| {
                    all[0].as_object_mut().unwrap().remove(NAME);
                })
            })
            .unknown("roles refused", UnknownReason::Permission, {
                mailbox(PERSON_2, &json!(false)).forbidden(Data::RoleAssignments)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeCasMailboxes)
            })
            .not_applicable("no mailbox", NotApplicableReason::NoPopulation, {
                Fixture::exemplary().set(Data::ExchangeCasMailboxes, json!([]))
            })
            .not_applicable("no Exchange Online", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline])
            });
    }
}
