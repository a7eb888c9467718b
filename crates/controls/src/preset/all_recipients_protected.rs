//! Preset security policies: everybody is in Standard or Strict mail protection.

use std::collections::BTreeSet;

use model::{Data, Gap, Plan, Severity};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::mail_policies::MailPolicies;
use crate::recipients::{Preset, Presets, address, evidence_on};
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
        Data::ExchangeHostedContentFilterPolicies,
        Data::ExchangeHostedContentFilterRules,
        Data::ExchangeMalwareFilterPolicies,
        Data::ExchangeMalwareFilterRules,
        Data::ExchangeAntiPhishPolicies,
        Data::ExchangeAntiPhishRules,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::SubscribedSkus,
    ],
    rationale: "Who is in no preset falls back on the default policies, the weakest that Microsoft \
        ships.",
    passes_when: "At least 98 % of user, shared, room and equipment mailboxes are reached by an \
        enabled Standard or Strict rule of mail protection. From half of them it is partial. A \
        mailbox that no preset reaches counts 0.75 while the policies that decide for it have the \
        values of Standard or tighter: bulk threshold 6, spam and bulk mail kept out of the inbox, \
        phishing to quarantine, zero-hour purge on, spoof intelligence on, no allowed senders.",
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
    let presets = Presets::of(context, context.tenant.exchange.eop_protection_policy_rules.read()?);
    let all = context.recipients()?;
    if all.is_empty() {
        return Err(Gap::field(Data::ExchangeMailboxes, "any mailbox"));
    }
    let mut outside = Vec::new();
    for mailbox in all {
        if !presets.any(mailbox)? {
            outside.push(*mailbox);
        }
    }
    let inside = all.len() - outside.len();
    let mailboxes = count(all.len(), "mailbox", "mailboxes");
    let addresses: Vec<String> = outside.iter().map(|mailbox| address(mailbox)).collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let mut summary = match inside {
        0 => format!("No preset protects any of {mailboxes}"),
        _ if outside.is_empty() => format!("A preset protects all of {mailboxes}"),
        _ => format!("A preset protects {inside} of {mailboxes}, not the others: {names}"),
    };
    let mut as_tight = BTreeSet::new();
    let finding = if ratio(inside, all.len()) >= 0.98 {
        Finding::pass(summary + ".")
    } else {
        let policies = MailPolicies::of(context)?;
        for mailbox in &outside {
            if policies.is_like(Preset::Standard, mailbox)? {
                as_tight.insert(address(mailbox));
            }
        }
        if !as_tight.is_empty() {
            let others = as_tight.len();
            summary = format!("{summary}; policies as tight as Standard protect {others} more");
        }
        let credit = ratio(inside, all.len()) + 0.75 * ratio(as_tight.len(), all.len());
        if credit >= 0.5 {
            Finding::partial(credit, summary + ".")
        } else {
            Finding::fail(summary + ".")
        }
    };
    Ok(finding
        .with(outside.iter().map(|mailbox| {
            let why = presets.why_not(Preset::Standard, mailbox);
            let observed = if as_tight.contains(&address(mailbox)) {
                format!("policies as tight as Standard, but no preset: {why}")
            } else {
                format!("no preset: {why}")
            };
            evidence_on(mailbox, observed, "Standard or Strict")
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
    use crate::testing::*;

    fn standard(member: &str, value: Value) -> Fixture {
        Fixture::exemplary()
            .edit(Data::ExchangeEopProtectionPolicyRules, |rules| rules[1][member] = value)
    }

    fn never_on() -> Fixture {
        Fixture::exemplary().set(Data::ExchangeEopProtectionPolicyRules, json!([]))
    }

    /// With a custom anti-spam policy for everybody that has Standard's values but these.
    fn custom(fixture: Fixture, changes: &[(&str, Value)]) -> Fixture {
        let mut policy = spam_policy("Standard");
        policy["Name"] = json!("Ours");
        for (member, value) in changes {
            policy[*member] = value.clone();
        }
        let mut rule = mail_rule("Ours", 0);
        rule["HostedContentFilterPolicy"] = json!("Ours");
        fixture
            .add(Data::ExchangeHostedContentFilterPolicies, policy)
            .add(Data::ExchangeHostedContentFilterRules, rule)
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
            .partial(
                "for the exception a custom policy is as tight as Standard",
                0.95,
                custom(standard("ExceptIfSentTo", json!(["office@larkspur.example"])), &[]),
            )
            .partial("a custom policy alone, for everybody", 0.75, custom(never_on(), &[]))
            .fails(
                "a custom policy that is weaker in one value",
                custom(never_on(), &[("BulkThreshold", json!(7))]),
            )
            .unknown(
                "a custom policy with a value that is not known",
                FieldMissing,
                custom(never_on(), &[("BulkThreshold", Value::Null)]),
            )
            .unknown(
                "custom rules unread and somebody is outside",
                Permission,
                never_on().forbidden(Data::ExchangeHostedContentFilterRules),
            )
            .fails_on(
                "Standard is off, Strict reaches one of five",
                standard("State", json!("Disabled")),
                &[PERSON_2, PERSON_3, PERSON_4, SHARED],
            )
            .fails_on(
                "never switched on",
                never_on(),
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
