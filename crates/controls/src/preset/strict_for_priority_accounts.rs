//! Preset security policies: Strict protects the priority accounts.

use model::{Data, Gap, Mailbox, NotApplicableReason, Plan, Severity};

use super::protection::{Halves, Protection};
use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::priority::{Priority, Protected};
use crate::recipients::{address, evidence_on};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-strict-priority-accounts",
    title: "The Strict preset protects the priority accounts",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeEopProtectionPolicyRules,
        Data::ExchangeAtpProtectionPolicyRules,
        Data::ExchangeMailboxes,
        Data::ExchangeVipUsers,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::RoleDefinitions,
        Data::GroupEligibilityScheduleInstances,
        Data::ExchangeHostedContentFilterPolicies,
        Data::ExchangeHostedContentFilterRules,
        Data::ExchangeMalwareFilterPolicies,
        Data::ExchangeMalwareFilterRules,
        Data::ExchangeAntiPhishPolicies,
        Data::ExchangeAntiPhishRules,
        Data::ExchangeSafeLinksPolicies,
        Data::ExchangeSafeLinksRules,
        Data::ExchangeSafeAttachmentPolicies,
        Data::ExchangeSafeAttachmentRules,
        Data::ExchangeAtpBuiltInProtectionRules,
        Data::SubscribedSkus,
    ],
    rationale: "These people get the targeted mail. Strict sends to quarantine what Standard leaves \
        in the Junk folder, and suspects earlier.",
    passes_when: "Both rules of the Strict preset are enabled (mail protection, and for accounts \
        with Defender for Office 365 its half too) and reach the mailbox of every priority account \
        with no exception in between. Groups are followed to any depth. It is partial from 80 % \
        of them; where no preset reaches one, policies with the values of Strict or tighter count \
        0.75: bulk threshold 5, phishing threshold 4, spam, bulk mail, phishing, spoofed and \
        impersonated senders to quarantine, zero-hour purge on. Half of the preset for all is \
        worth 0.5, Standard for all 0.25.",
    remediation: &[
        "Put the priority accounts into one group.",
        "Switch the Strict preset on for that group, in both halves.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Preset security policies > Strict protection.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (Framework::CisaScuba, &["MS.DEFENDER.1.4v1", "MS.DEFENDER.1.5v1"]),
        (Framework::CisM365, &["2.4.2"]),
        (Framework::Nist80053, &["SI-8"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let halves = Halves::of(context)?;
    let priority = Priority::of(context)?;
    let (mailboxes, without) = priority.mailboxes(context)?;
    if mailboxes.is_empty() {
        let why = "None of the priority accounts has a mailbox here.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let mut judged = Vec::new();
    for Protected { user, mailbox } in mailboxes {
        // Where plans were not read, everybody is held to both halves.
        let is_licensed = user.has_plan(Plan::DefenderForOffice365P1) != Some(false);
        judged.push((mailbox, halves.protection(mailbox, is_licensed)?));
    }
    let (total, names) = (judged.len(), names(&judged));
    let count_of = |holds: fn(&Protection) -> bool| {
        judged.iter().filter(|(_, protection)| holds(protection)).count()
    };
    let strict = count_of(Protection::is_strict);
    let like_strict = count_of(Protection::is_like_strict);
    let people = count(total, "priority account", "priority accounts");
    let finding = if strict == total {
        Finding::pass(format!("The Strict preset protects all of {people}."))
    } else if ratio(like_strict, total) >= 0.8 {
        let credit = ratio(strict, total) + 0.75 * ratio(like_strict - strict, total);
        let others = match like_strict - strict {
            0 => String::new(),
            others => format!("; policies as tight protect {others} more"),
        };
        let summary =
            format!("The Strict preset protects {strict} of {people}, not {names}{others}.");
        Finding::partial(credit, summary)
    } else if count_of(Protection::is_half_strict) == total {
        let summary =
            format!("Only half of the Strict preset, or as tight a policy, protects {names}.");
        Finding::partial(0.5, summary)
    } else if count_of(Protection::is_like_standard) == total {
        Finding::partial(0.25, format!("No full Strict preset for {names}, but at least Standard."))
    } else {
        Finding::fail(format!("The Strict preset does not protect {names}."))
    };
    Ok(finding
        .with(judged.iter().map(|(mailbox, protection)| {
            let expected = if protection.is_strict() { "" } else { "Strict in every half" };
            evidence_on(mailbox, &protection.words, expected)
        }))
        .with(priority.evidence())
        .judged(total, &[("no mailbox", without)])
        .would_pass_if(format!("the Strict preset, in both halves, also reached {names}")))
}

/// Those whom the Strict preset does not protect in full.
fn names(judged: &[(&Mailbox, Protection)]) -> String {
    let outside = judged.iter().filter(|(_, protection)| !protection.is_strict());
    let addresses: Vec<String> = outside.map(|(mailbox, _)| address(mailbox)).collect();
    some_names(addresses.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason::NoPopulation;
    use model::UnknownReason::{NotConfigured, Permission};
    use model::{Data, Plan};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::*;

    const PERSON_5: &str = "a0000000-0000-4000-8000-000000000015";

    const RULES: [Data; 2] =
        [Data::ExchangeEopProtectionPolicyRules, Data::ExchangeAtpProtectionPolicyRules];

    /// The exemplary tenant with members of both Strict rules set.
    fn strict(members: &[(&str, Value)]) -> Fixture {
        RULES.into_iter().fold(Fixture::exemplary(), |fixture, data| {
            fixture.edit(data, |rules| {
                for (member, value) in members {
                    rules[0][*member] = value.clone();
                }
            })
        })
    }

    #[test]
    fn verdicts() {
        let everybody = |extra: &[(&str, Value)]| {
            let mut members = vec![("SentTo", Value::Null)];
            members.extend_from_slice(extra);
            strict(&members)
        };
        let standard_off = |fixture: Fixture| {
            RULES.into_iter().fold(fixture, |fixture, data| {
                fixture.edit(data, |rules| rules[1]["State"] = json!("Disabled"))
            })
        };
        check(&CONTROL)
            .passes("named one by one", Fixture::exemplary())
            .passes("applied to all recipients, no condition", everybody(&[]))
            .passes("by domain", everybody(&[("RecipientDomainIs", json!(["larkspur.example"]))]))
            .partial(
                "rule there but switched off, Standard catches them",
                0.25,
                strict(&[("State", json!("Disabled"))]),
            )
            .fails_on(
                "both presets off",
                standard_off(strict(&[("State", json!("Disabled"))])),
                &[PERSON_1],
            )
            .fails_on(
                "an exception beats the inclusion",
                standard_off(everybody(&[("ExceptIfSentTo", json!(["PERSON1@larkspur.example"]))])),
                &[PERSON_1],
            )
            .fails_on(
                "conditions of different kinds must all hold",
                standard_off(strict(&[("RecipientDomainIs", json!(["elsewhere.example"]))])),
                &[PERSON_1],
            )
            .fails_on(
                "presets never switched on",
                RULES
                    .into_iter()
                    .fold(Fixture::exemplary(), |fixture, data| fixture.set(data, json!([]))),
                &[PERSON_1],
            )
            .partial(
                "Defender half off",
                0.5,
                standard_off(Fixture::exemplary()).edit(RULES[1], |rules| {
                    rules[0]["State"] = json!("Disabled");
                }),
            )
            .passes(
                "without Defender for Office 365 the mail half counts alone",
                Fixture::exemplary()
                    .unlicensed(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2])
                    .set(RULES[1], json!([])),
            )
            .unknown("rules unread", Permission, Fixture::exemplary().forbidden(RULES[0]))
            .unknown("Defender rules unread", Permission, Fixture::exemplary().forbidden(RULES[1]))
            .unknown(
                "nobody named",
                NotConfigured,
                Fixture::exemplary()
                    .profile("[accounts]\nemergency = [\"ea1@larkspur.onmicrosoft.com\"]")
                    .set(Data::ExchangeVipUsers, json!([])),
            );
    }

    /// The priority account is in no preset; custom policies of these kinds reach everybody.
    fn custom(mail: &str, defender: &str) -> Fixture {
        let kinds = [
            (
                Data::ExchangeHostedContentFilterPolicies,
                Data::ExchangeHostedContentFilterRules,
                "HostedContentFilterPolicy",
                spam_policy(mail),
            ),
            (
                Data::ExchangeAntiPhishPolicies,
                Data::ExchangeAntiPhishRules,
                "AntiPhishPolicy",
                anti_phish_policy(mail),
            ),
            (
                Data::ExchangeSafeLinksPolicies,
                Data::ExchangeSafeLinksRules,
                "SafeLinksPolicy",
                links_policy(defender),
            ),
            (
                Data::ExchangeSafeAttachmentPolicies,
                Data::ExchangeSafeAttachmentRules,
                "SafeAttachmentPolicy",
                attachments_policy(defender),
            ),
        ];
        let excepted = json!(["person1@larkspur.example"]);
        let outside = RULES.into_iter().fold(Fixture::exemplary(), |fixture, data| {
            fixture.with_member(data, "ExceptIfSentTo", &excepted)
        });
        kinds.into_iter().fold(outside, |fixture, (policies, rules, member, mut policy)| {
            policy["Name"] = json!("Ours");
            let mut rule = mail_rule("Ours", 0);
            rule[member] = json!("Ours");
            fixture.add(policies, policy).add(rules, rule)
        })
    }

    #[test]
    fn custom_policies_as_tight_count_three_quarters() {
        let weak = custom("Strict", "Strict").edit(Data::ExchangeSafeLinksPolicies, |policies| {
            policies[3]["ScanUrls"] = json!(false);
        });
        check(&CONTROL)
            .partial("as tight as Strict in both halves", 0.75, custom("Strict", "Strict"))
            .fails_on("as tight as Standard only", custom("Standard", "Standard"), &[PERSON_1])
            .partial("as tight in one half", 0.5, weak)
            .unknown(
                "custom rules unread",
                Permission,
                custom("Strict", "Strict").forbidden(Data::ExchangeAntiPhishRules),
            )
            .partial(
                "Standard goes before a custom policy",
                0.25,
                RULES.into_iter().fold(custom("Strict", "Strict"), |fixture, data| {
                    fixture.edit(data, |rules| rules[1]["ExceptIfSentTo"] = Value::Null)
                }),
            );
    }

    #[test]
    fn shares_licenses_and_mailboxes() {
        let five = |in_strict: usize| {
            let names: Vec<String> =
                (1..=in_strict).map(|number| format!("person{number}@larkspur.example")).collect();
            strict(&[("SentTo", json!(names))])
                .set(
                    Data::ExchangeVipUsers,
                    json!(
                        [PERSON_1, PERSON_2, PERSON_3, PERSON_4, PERSON_5]
                            .map(|id| { json!({ "ExternalDirectoryObjectId": id }) })
                    ),
                )
                .add(Data::Users, person(PERSON_5, "person5"))
                .edit(Data::ExchangeMailboxes, |mailboxes| {
                    let mut mailbox = mailboxes[0].clone();
                    mailbox["PrimarySmtpAddress"] = json!("person5@larkspur.example");
                    mailbox["EmailAddresses"] = json!([]);
                    mailbox["Identity"] = json!("person5");
                    mailbox["ExternalDirectoryObjectId"] = json!(PERSON_5);
                    mailboxes.push(mailbox);
                })
        };
        let defender_off =
            || Fixture::exemplary().with_member(RULES[1], "State", &json!("Disabled"));
        let unlicensed = |fixture: Fixture, plans: Value| {
            fixture.edit(Data::Users, |users| users[4]["assignedPlans"] = plans)
        };
        check(&CONTROL)
            .partial("four of five", 0.8, five(4))
            .partial("three of five, the others in Standard", 0.25, five(3))
            .passes("an account without a license", unlicensed(defender_off(), json!([])))
            .partial(
                "licenses of the account were not read",
                0.5,
                unlicensed(defender_off(), Value::Null),
            )
            .not_applicable(
                "no mailbox",
                NoPopulation,
                Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                    mailboxes.remove(0);
                }),
            );
    }

    #[test]
    fn groups_are_followed() {
        let group = |members: Value| {
            strict(&[
                ("SentTo", Value::Null),
                ("SentToMemberOf", json!(["chiefs@larkspur.example"])),
            ])
            .add(
                Data::Groups,
                json!({ "id": "b0000000-0000-4000-8000-000000000009", "displayName": "Chiefs",
                        "mail": "Chiefs@larkspur.example" }),
            )
            .add(
                Data::GroupMembers,
                json!({ "groupId": "b0000000-0000-4000-8000-000000000009",
                        "memberIds": members, "transitive": false }),
            )
        };
        check(&CONTROL)
            .passes("direct member", group(json!([PERSON_1])))
            .partial("not a member: Standard is left", 0.25, group(json!([PERSON_2])))
            .partial("a group of others inside", 0.25, group(json!([APPROVERS])));
    }
}
