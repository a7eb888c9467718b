//! Priority accounts: alerts single them out.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, GapCause, Plan, ProtectionAlert, Severity, SubjectKind, Verdict};

use crate::alerts::{Heard, Readers};
use crate::attestation::{self, YEAR};
use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count};
use crate::priority::Priority;
use crate::{Control, Framework, Kind, License, priority};

pub(crate) static CONTROL: Control = Control {
    id: "vip-alerts",
    title: "Alerts single out priority accounts",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeProtectionAlerts,
        Data::ExchangeVipUsers,
        Data::ExchangeMailboxes,
        Data::ExchangeAcceptedDomains,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::ServicePrincipals,
        Data::SubscribedSkus,
    ],
    rationale: "The phish that is routine elsewhere is an incident when it reaches the people who \
        release payments.",
    passes_when: "At least two enabled alert policies, such as one for malware and one for phishing, \
        are aimed at priority accounts by tag or by address and mail a recipient that exists. One \
        such policy, or none and other monitoring that somebody confirmed within a year, is \
        partial. Without Defender for Office 365 Plan 2, or where the service does not return \
        tags, only a confirmation counts.",
    remediation: &[
        "Create two alert policies, for malware and for phishing that was delivered, with the \
         recipient tag Priority account.",
        "Send them to a mailbox that somebody watches at all hours.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Alert policy.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (Framework::CisaScuba, &["MS.SECURITYSUITE.4.1v1", "MS.SECURITYSUITE.4.2v1"]),
        (Framework::CisM365, &["2.4.1"]),
        (Framework::Nist80053, &["SI-4(5)"]),
    ],
    judge,
};

const STATEMENT: &str = "malware and phishing that reach priority accounts raise an alert that \
    somebody reads at once.";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let attested = || attestation::judge(context, CONTROL.id, STATEMENT, YEAR);
    if !context.has(Plan::DefenderForOffice365P2)? {
        return Ok(attested());
    }
    let alerts = &context.tenant.exchange.protection_alerts;
    if alerts.read()?.is_empty() {
        return Err(Gap::field(alerts.data(), "any alert policy"));
    }
    let (addresses, mut untold) = addresses(context);
    let readers = Readers::of(context);
    let (mut heard, mut maybe, mut evidence) = (0, 0, Vec::new());
    for alert in alerts.read()?.iter().filter(|alert| is_aimed(alert, addresses.as_ref())) {
        let observed = match (alert.disabled, readers.hear(alert)) {
            (Some(true), _) => "aimed at priority accounts, but off",
            (None, _) => {
                maybe += 1;
                untold = untold.or_else(|| Some(Gap::field(alerts.data(), "Disabled")));
                "aimed at priority accounts; whether it is on was not told"
            }
            (Some(false), Heard::BySomebody) => {
                heard += 1;
                let name = alert.name.as_str();
                let observed =
                    format!("aimed at priority accounts, to {}", alert.notify_user.join(", "));
                evidence.push(Evidence::context(SubjectKind::Policy, name, name, observed));
                continue;
            }
            (Some(false), Heard::Untold(gap)) => {
                maybe += 1;
                untold = untold.or(Some(gap));
                "aimed at priority accounts; whether somebody gets its mail could not be told"
            }
            (Some(false), Heard::ByAdminsWithoutMailbox) => {
                "aimed at priority accounts, but only administrators without a mailbox are told"
            }
            (Some(false), Heard::ByNobody(why)) => why,
        };
        let (name, expected) = (alert.name.as_str(), "on, with a recipient that exists");
        evidence.push(Evidence::new(SubjectKind::Policy, name, name, observed, expected));
    }
    let is_attested = attestation::holds(context, CONTROL.id, YEAR);
    let returns_tags = alerts
        .read()?
        .iter()
        .any(|alert| alert.recipient_tags.is_some() || alert.user_tags.is_some());
    let verdict = |heard: usize| match heard {
        0 if !returns_tags => attested(),
        0 | 1 if !returns_tags && is_attested => attested(),
        0 if is_attested => Finding::partial(
            0.5,
            "No alert policy singles out priority accounts; other monitoring is confirmed.",
        ),
        0 => Finding::fail("No alert policy that reaches somebody singles out priority accounts."),
        1 => Finding::partial(0.5, "Only one alert policy singles out priority accounts."),
        _ => {
            let policies = count(heard, "alert policy singles", "alert policies single");
            Finding::pass(format!("{policies} out priority accounts."))
        }
    };
    let finding = verdict(heard);
    // What was not read may be as many alert policies as it takes.
    let most = if addresses.is_none() { 2 } else { heard + maybe };
    if let Some(gap) = untold
        && verdict(most.max(heard)).verdict != finding.verdict
    {
        return Err(gap);
    }
    let short = matches!(finding.verdict, Verdict::Partial | Verdict::Fail).then(|| {
        let found = count(
            heard,
            "alert policy that reaches somebody",
            "alert policies that reach somebody",
        );
        Evidence::tenant(format!("{found} for priority accounts"), "two: malware and phishing")
    });
    let note = attestation::newest(context, CONTROL.id).filter(|_| is_attested);
    Ok(finding.with(evidence).with(short).with(note.map(attestation::evidence)).would_pass_if(
        "two enabled alert policies, for malware and for phishing, were aimed at \
                        priority accounts and reached somebody",
    ))
}

/// Whether the policy is for priority accounts: by tag, or by an address in its filter.
fn is_aimed(alert: &ProtectionAlert, addresses: Option<&BTreeSet<String>>) -> bool {
    let speaks_of = |text: &str| text.to_ascii_lowercase().contains("priority account");
    let is_tagged = [&alert.recipient_tags, &alert.user_tags]
        .into_iter()
        .flatten()
        .any(|tags| speaks_of(&tags.to_string()));
    let filter = alert.filter.as_deref().unwrap_or_default().to_ascii_lowercase();
    // A filter may also leave somebody out.
    let is_positive = !["-ne ", "-not"].iter().any(|word| filter.contains(word));
    let is_named = || {
        let mut known = addresses.into_iter().flatten();
        speaks_of(&filter) || known.any(|address| filter.contains(address.as_str()))
    };
    is_tagged || is_positive && is_named()
}

/// Addresses of the priority accounts; `None`, with the gap, where they were not read.
fn addresses(context: &Context<'_>) -> (Option<BTreeSet<String>>, Option<Gap>) {
    match Priority::of(context) {
        Ok(priority) if priority.stand_ins => (Some(BTreeSet::new()), None),
        Ok(priority) => {
            let known = priority.users.iter().flat_map(|user| priority::addresses(context, user));
            (Some(known.collect()), None)
        }
        Err(gap) if gap.cause == GapCause::NotConfigured => (Some(BTreeSet::new()), None),
        Err(gap) => (None, Some(gap)),
    }
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::ExchangeProtectionAlerts;

    /// With so many of the two policies for priority accounts changed.
    fn aimed(number: usize, member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(DATA, |alerts| {
            for alert in alerts.iter_mut().skip(8).take(number) {
                alert[member] = value.clone();
            }
        })
    }

    fn confirmed(fixture: Fixture) -> Fixture {
        fixture.declare("[[attestation]]\ncontrol = \"vip-alerts\"\nby = \"Sam\"\non = 2026-10-01")
    }

    /// The service does not return tags.
    fn without_tags(fixture: Fixture) -> Fixture {
        fixture.edit(DATA, |alerts| {
            for alert in alerts {
                alert.as_object_mut().unwrap().retain(|name, _| !name.ends_with("Tags"));
            }
        })
    }

    fn filtered(filter: &str) -> Fixture {
        aimed(2, "RecipientTags", &Value::Null).edit(DATA, |alerts| {
            for alert in alerts.iter_mut().skip(8) {
                alert["Filter"] = json!(filter);
            }
        })
    }

    #[test]
    fn verdicts() {
        let (off, null) = (json!(true), Value::Null);
        let names = [
            "",
            "Malware delivered to a priority account",
            "Phish delivered to a priority account",
        ];
        check(&CONTROL)
            .passes("two", Fixture::exemplary())
            .passes(
                "tags of users, as a text",
                aimed(1, "RecipientTags", &null).edit(DATA, |alerts| {
                    alerts[8]["UserTags"] = json!("Priority Account");
                }),
            )
            .passes("by address", filtered("Mail.Recipient -eq 'Person1@larkspur.example'"))
            .fails("all but one address", filtered("Mail.Recipient -ne 'person1@larkspur.example'"))
            .fails("by another address", filtered("Mail.Recipient -eq 'x@larkspur.example'"))
            .partial("one is off", 0.5, aimed(1, "Disabled", &off))
            .fails_on("both are off", aimed(2, "Disabled", &off), &names)
            .partial("both are off, other monitoring", 0.5, confirmed(aimed(2, "Disabled", &off)))
            .fails("nobody is told", aimed(2, "NotifyUser", &json!([])))
            .fails(
                "only administrators without a mailbox",
                aimed(2, "NotifyUser", &json!(["TenantAdmins"])),
            )
            .fails_on("no such policies", aimed(2, "RecipientTags", &null), &[""])
            .unknown("no word on the state", FieldMissing, aimed(1, "Disabled", &null))
            .unknown(
                "the recipient is unknown",
                FieldMissing,
                aimed(1, "NotifyUser", &json!(["x@larkspur.example"])),
            )
            .unknown("no alerts at all", FieldMissing, Fixture::exemplary().set(DATA, json!([])))
            .unknown("alerts unread", Permission, Fixture::exemplary().forbidden(DATA))
            .unknown(
                "priority accounts unread, and tags do not decide",
                Permission,
                aimed(1, "RecipientTags", &null).forbidden(Data::ExchangeVipUsers),
            )
            .passes(
                "priority accounts unread, and tags decide",
                Fixture::exemplary().forbidden(Data::ExchangeVipUsers),
            )
            .not_applicable(
                "no Exchange Online",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline]),
            );
    }

    #[test]
    fn where_tags_cannot_be_told_people_confirm() {
        let unlicensed = || Fixture::exemplary().unlicensed(&[Plan::DefenderForOffice365P2]);
        let blind = || without_tags(Fixture::exemplary());
        check(&CONTROL)
            .is("no license", Verdict::Unattested, unlicensed())
            .is("no license, confirmed", Verdict::Attested, confirmed(unlicensed()))
            .is("tags not returned", Verdict::Unattested, blind())
            .is("tags not returned, confirmed", Verdict::Attested, confirmed(blind()))
            .passes(
                "tags not returned, two by address",
                without_tags(filtered("recipient -eq 'person1@larkspur.example'")),
            );
    }
}
