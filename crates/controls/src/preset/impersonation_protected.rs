//! Preset security policies: look-alikes of priority accounts and own domains are caught.

use std::collections::BTreeSet;

use model::{AntiPhishPolicy, Data, Evidence, Gap, Plan, Severity, SubjectKind, User};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::mail_policies::AntiPhish;
use crate::priority::{Priority, addresses};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-impersonation",
    title: "Look-alikes of priority accounts and of own domains are caught",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2],
        &["preset-all-recipients"],
    ),
    reads: &[
        Data::ExchangeAntiPhishPolicies,
        Data::ExchangeAntiPhishRules,
        Data::ExchangeEopProtectionPolicyRules,
        Data::ExchangeMailboxes,
        Data::ExchangeVipUsers,
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
    rationale: "An urgent wish in the name of the boss works because the sender looks right. \
        Nothing else compares senders with the people and domains they imitate.",
    passes_when: "For at least 98 % of mailboxes, the anti-phishing policy that decides for them \
        (Strict, Standard, custom by priority, default) protects every priority account against \
        user impersonation and own domains against domain impersonation, each with an action. \
        From half of the priority accounts on, their share is the credit; own domains alone, or \
        half of the accounts without own domains, are 0.5, and less where own domains are \
        protected for less than 98 % of mailboxes.",
    remediation: &[
        "Turn on user impersonation protection in both presets and add every priority account by \
         name and address; a policy takes 350.",
        "Turn on protection of own domains, and set both actions to quarantine.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Preset security policies > Impersonation protection.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (
            Framework::CisaScuba,
            &[
                "MS.DEFENDER.2.1v1",
                "MS.DEFENDER.2.2v1",
                "MS.SECURITYSUITE.2.1v1",
                "MS.SECURITYSUITE.2.2v1",
                "MS.SECURITYSUITE.2.3v1",
            ],
        ),
        (Framework::CisM365, &["2.1.7"]),
        (Framework::Nist80053, &["SI-8"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let anti_phish = AntiPhish::of(context)?;
    let priority = Priority::of(context)?;
    let mailboxes = context.recipients()?;
    if mailboxes.is_empty() {
        return Err(Gap::field(Data::ExchangeMailboxes, "any mailbox"));
    }
    // Each policy in effect, and for how many mailboxes.
    let mut decisive: Vec<(&AntiPhishPolicy, Shield, usize)> = Vec::new();
    for mailbox in mailboxes {
        let policy = anti_phish.effective(mailbox)?;
        match decisive.iter_mut().find(|(known, ..)| std::ptr::eq(*known, policy)) {
            Some((.., number)) => *number += 1,
            None => decisive.push((policy, Shield::of(policy)?, 1)),
        }
    }
    let whole = mailboxes.len();
    let number_of = |holds: &dyn Fn(&Shield) -> bool| -> usize {
        decisive.iter().filter(|(_, shield, _)| holds(shield)).map(|(.., number)| number).sum()
    };
    let is_wide = |protected: usize| ratio(protected, whole) >= 0.98;
    let with_domains = number_of(&|shield| shield.own_domains);
    let own = is_wide(with_domains);
    let (protected, missing): (Vec<&User>, Vec<&User>) = priority.users.iter().partition(|user| {
        let known = addresses(context, user);
        is_wide(number_of(&|shield| !shield.users.is_disjoint(&known)))
    });

    let total = priority.users.len();
    let people = count(total, "priority account", "priority accounts");
    let share = ratio(protected.len(), total);
    let names = some_names(missing.iter().map(|user| user.name()));
    let mailboxes = count(whole, "mailbox", "mailboxes");
    let domains = format!("own domains are protected for {with_domains} of {mailboxes}");
    let finding = if missing.is_empty() && own {
        Finding::pass(format!("Look-alikes of {people} and of own domains are caught."))
    } else {
        let who = if missing.is_empty() {
            format!("Look-alikes of {people} are caught")
        } else {
            format!("Look-alikes of {names} are not caught ({} of {people} are)", protected.len())
        };
        let summary = format!("{who}; {domains}.");
        let part = ratio(with_domains, whole);
        match (own, share >= 0.5) {
            (true, _) => Finding::partial(share.max(0.5), summary),
            (false, true) => Finding::partial(0.5, summary),
            (false, false) if part >= 0.5 => Finding::partial(0.5 * part, summary),
            (false, false) => Finding::fail(summary),
        }
    };
    Ok(finding
        .with(missing.into_iter().map(|user| {
            let observed = "user impersonation protection does not list it where it decides";
            let (id, name) = (user.id.as_str(), user.name());
            Evidence::new(SubjectKind::User, id, name, observed, "protected for every mailbox")
        }))
        .with((!own).then(|| {
            let expected = "on for every mailbox";
            Evidence::setting("EnableOrganizationDomainsProtection", domains, expected)
        }))
        .with(reached(&decisive))
        .with(priority.evidence())
        .judged(total, &[])
        .would_pass_if(
            "every anti-phishing policy in effect protected all priority accounts and own domains",
        ))
}

/// Whom an anti-phishing policy protects against look-alikes.
struct Shield {
    /// Addresses, in lower case.
    users: BTreeSet<String>,
    own_domains: bool,
}

impl Shield {
    fn of(policy: &AntiPhishPolicy) -> Result<Self, Gap> {
        let missing =
            |name: &'static str| move || Gap::field(Data::ExchangeAntiPhishPolicies, name);
        // Detection without an action changes nothing.
        let acts = |action: &Option<String>, name| {
            let action = action.as_deref().ok_or_else(missing(name))?;
            Ok::<_, Gap>(!action.eq_ignore_ascii_case("NoAction"))
        };
        let enabled = policy.enabled.ok_or_else(missing("Enabled"))?;
        let users = policy.enable_targeted_user_protection;
        let users = enabled && users.ok_or_else(missing("EnableTargetedUserProtection"))?;
        let users =
            users && acts(&policy.targeted_user_protection_action, "TargetedUserProtectionAction")?;
        let domains = policy.enable_organization_domains_protection;
        let domains =
            enabled && domains.ok_or_else(missing("EnableOrganizationDomainsProtection"))?;
        let domains = domains
            && acts(&policy.targeted_domain_protection_action, "TargetedDomainProtectionAction")?;
        // An entry is "name;address".
        let entries = policy.targeted_users_to_protect.iter().filter(|_| users);
        let address = |entry: &String| {
            entry.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase()
        };
        Ok(Self { users: entries.map(address).collect(), own_domains: domains })
    }
}

/// Which policy decides for how many mailboxes.
fn reached(decisive: &[(&AntiPhishPolicy, Shield, usize)]) -> Vec<Evidence> {
    let policies = decisive.iter().map(|(policy, _, number)| {
        let observed = format!("decides for {}", count(*number, "mailbox", "mailboxes"));
        let name = policy.name.as_str();
        Evidence::context(SubjectKind::Policy, name, name, observed)
    });
    policies.collect()
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason;
    use model::UnknownReason::{FieldMissing, NotConfigured, Permission};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const POLICIES: Data = Data::ExchangeAntiPhishPolicies;

    /// A member of both presets' policies set.
    fn presets(member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(POLICIES, |policies| {
            for policy in policies.iter_mut().skip(1) {
                policy[member] = value.clone();
            }
        })
    }

    /// So many more priority accounts.
    fn more(people: &[&str]) -> Fixture {
        Fixture::exemplary().edit(Data::ExchangeVipUsers, |tagged| {
            tagged.extend(people.iter().map(|id| json!({ "ExternalDirectoryObjectId": id })));
        })
    }

    #[test]
    fn verdicts() {
        let off = json!(false);
        check(&CONTROL)
            .passes("both presets protect the priority account", Fixture::exemplary())
            .partial("own domains only", 0.5, presets("EnableTargetedUserProtection", &off))
            .partial("nobody listed", 0.5, presets("TargetedUsersToProtect", &json!([])))
            .partial("two of three are missing", 0.5, more(&[PERSON_2, PERSON_3]))
            .partial(
                "one of three is missing",
                2.0 / 3.0,
                more(&[PERSON_2, PERSON_3]).edit(POLICIES, |policies| {
                    for policy in policies.iter_mut().skip(1) {
                        policy["TargetedUsersToProtect"] = json!([
                            "person1;person1@larkspur.example",
                            "A chair outside;chair@brook.example",
                            "person2;PERSON2@larkspur.example"
                        ]);
                    }
                }),
            )
            .partial(
                "people without own domains",
                0.5,
                presets("EnableOrganizationDomainsProtection", &off),
            )
            .fails_on(
                "neither",
                presets("EnableTargetedUserProtection", &off).edit(POLICIES, |policies| {
                    policies[1]["EnableOrganizationDomainsProtection"] = json!(false);
                    policies[2]["EnableOrganizationDomainsProtection"] = json!(false);
                }),
                &[PERSON_1, "EnableOrganizationDomainsProtection"],
            )
            .partial(
                "found and let through",
                0.5,
                presets("TargetedUserProtectionAction", &json!("NoAction")),
            )
            .partial(
                "own domains for four of five mailboxes, nobody listed",
                0.4,
                presets("TargetedUsersToProtect", &json!([])).with_member(
                    Data::ExchangeEopProtectionPolicyRules,
                    "ExceptIfSentTo",
                    &json!(["office@larkspur.example"]),
                ),
            )
            .fails(
                "presets look right and are switched off",
                Fixture::exemplary().with_member(
                    Data::ExchangeEopProtectionPolicyRules,
                    "State",
                    &json!("Disabled"),
                ),
            )
            .unknown(
                "a switch is missing",
                FieldMissing,
                presets("EnableTargetedUserProtection", &Value::Null),
            )
            .fails("policies that are off themselves", presets("Enabled", &off))
            .unknown("policies unread", Permission, Fixture::exemplary().forbidden(POLICIES))
            .unknown(
                "nobody named",
                NotConfigured,
                Fixture::exemplary().profile("").set(Data::ExchangeVipUsers, json!([])),
            )
            .not_applicable(
                "no Defender for Office 365",
                NotApplicableReason::License,
                Fixture::exemplary()
                    .unlicensed(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2]),
            );
    }

    /// Presets off; a custom policy as good as Strict has this rule.
    fn custom(rule: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = anti_phish_policy("Strict");
        policy["Name"] = json!("Ours");
        let mut ours = mail_rule("Ours", 1);
        ours["AntiPhishPolicy"] = json!("Ours");
        rule(&mut ours);
        Fixture::exemplary()
            .with_member(Data::ExchangeEopProtectionPolicyRules, "State", &json!("Disabled"))
            .add(POLICIES, policy)
            .set(Data::ExchangeAntiPhishRules, json!([ours]))
    }

    #[test]
    fn the_policy_that_decides_is_looked_at() {
        let mut first = mail_rule("First", 0);
        first["AntiPhishPolicy"] = json!("Office365 AntiPhish Default");
        check(&CONTROL)
            .passes("a custom policy", custom(|_| {}))
            .fails("its rule is switched off", custom(|rule| rule["State"] = json!("Disabled")))
            .fails(
                "another rule comes first",
                custom(|_| {}).add(Data::ExchangeAntiPhishRules, first),
            )
            .fails(
                "it is for others",
                custom(|rule| rule["SentTo"] = json!(["person3@larkspur.example"])),
            )
            .unknown(
                "its policy is unknown",
                FieldMissing,
                custom(|rule| rule["AntiPhishPolicy"] = json!("Gone")),
            )
            .unknown(
                "its place is unknown",
                FieldMissing,
                custom(|rule| rule["Priority"] = Value::Null),
            );
    }
}
