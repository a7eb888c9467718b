//! Preset security policies: everybody is in Standard or Strict mail protection.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::recipients::{address, effective_preset, recipients};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-all-recipients",
    title: "Every recipient is in the Standard or Strict preset (mail protection)",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeEopProtectionPolicyRules,
        Data::ExchangeMailboxes,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::SubscribedSkus,
    ],
    rationale: "Who is in no preset falls back on the default policies, the weakest that Microsoft \
        ships.",
    passes_when: "At least 98 % of user, shared, room and equipment mailboxes are reached by an \
        enabled Standard or Strict rule of mail protection.",
    remediation: &[
        "Switch the Standard preset on for all recipients, and Strict on top for priority accounts.",
        "Remove exceptions that nobody can explain; add domains that were accepted later.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Preset security policies.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (
            Framework::CisaScuba,
            &[
                "MS.DEFENDER.1.1v1",
                "MS.DEFENDER.1.2v1",
                "MS.SECURITYSUITE.1.1v1",
                "MS.SECURITYSUITE.1.2v1",
                "MS.SECURITYSUITE.1.3v1",
                "MS.SECURITYSUITE.6.1v1",
            ],
        ),
        (Framework::CisM365, &["2.1.2", "2.1.7"]),
        (Framework::Nist80053, &["SI-3", "SI-8"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let rules = context.tenant.exchange.eop_protection_policy_rules.read()?;
    let all = recipients(context)?;
    if all.is_empty() {
        return Err(Gap::field(Data::ExchangeMailboxes, "any mailbox"));
    }
    let mut outside = Vec::new();
    for mailbox in &all {
        if effective_preset(context, rules, mailbox)?.is_none() {
            outside.push(*mailbox);
        }
    }
    let inside = all.len() - outside.len();
    let addresses: Vec<String> = outside.iter().map(|mailbox| address(mailbox)).collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let mailboxes = count(all.len(), "mailbox", "mailboxes");
    let share = ratio(inside, all.len());
    let summary = match inside {
        0 => format!("No preset protects any of the {mailboxes}."),
        _ if outside.is_empty() => format!("A preset protects all {mailboxes}."),
        _ => format!("A preset protects {inside} of {mailboxes}, not {names}."),
    };
    let finding = if share >= 0.98 {
        Finding::pass(summary)
    } else if share >= 0.5 {
        Finding::partial(share, summary)
    } else {
        Finding::fail(summary)
    };
    Ok(finding
        .with(outside.iter().map(|mailbox| {
            Evidence::new(
                SubjectKind::Mailbox,
                mailbox.external_directory_object_id.as_deref().unwrap_or(&mailbox.identity),
                address(mailbox),
                "no preset security policy",
                "Standard or Strict",
            )
        }))
        .judged(all.len(), &[])
        .would_pass_if("the Standard preset applied to all recipients without exception"))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::License;
    use model::Plan::ExchangeOnline;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::{Fixture, PERSON_1, PERSON_2, PERSON_3, PERSON_4, SHARED, check};

    fn standard(member: &str, value: Value) -> Fixture {
        Fixture::exemplary()
            .edit(Data::ExchangeEopProtectionPolicyRules, |rules| rules[1][member] = value)
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("Standard for all", Fixture::exemplary())
            .partial(
                "one of five is an exception",
                0.8,
                standard("ExceptIfSentTo", json!(["office@larkspur.example"])),
            )
            .fails_on(
                "Standard is off, Strict reaches one of five",
                standard("State", json!("Disabled")),
                &[PERSON_2, PERSON_3, PERSON_4, SHARED],
            )
            .fails_on(
                "never switched on",
                Fixture::exemplary().set(Data::ExchangeEopProtectionPolicyRules, json!([])),
                &[PERSON_1, PERSON_2, PERSON_3, PERSON_4, SHARED],
            )
            .fails(
                "a new domain is outside a list of domains",
                standard("RecipientDomainIs", json!(["old.example"])),
            )
            .passes("a subdomain is inside", standard("RecipientDomainIs", json!(["example"])))
            .unknown(
                "a group of the rule was not read",
                FieldMissing,
                standard("SentToMemberOf", json!(["staff@larkspur.example"])),
            )
            .unknown(
                "mailboxes unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeMailboxes),
            )
            .not_applicable(
                "no Exchange Online",
                License,
                Fixture::exemplary().unlicensed(&[ExchangeOnline]),
            );
    }
}
