//! The policies that decide about a mailbox's mail where no preset does, and whether they are as
//! tight as one.
//!
//! Each kind of policy has rules of its own: the first enabled one that reaches the mailbox
//! decides, by priority; where none does, the default policy, or for links and attachments
//! built-in protection.

mod tight;

use model::{
    AntiPhishPolicy, Data, Gap, HostedContentFilterPolicy, Mailbox, MalwareFilterPolicy,
    ProtectionRule, SafeAttachmentPolicy, SafeLinksPolicy,
};

use crate::context::Context;
use crate::recipients::{Audience, Preset, Presets, Reach};

/// The custom rules of one kind that are switched on, in the order of effect.
struct Custom<'t>(Vec<Audience<'t>>);

impl<'t> Custom<'t> {
    fn of(context: &Context<'t>, data: Data, rules: &'t [ProtectionRule]) -> Result<Self, Gap> {
        let mut enabled = Vec::new();
        for rule in rules.iter().filter(|rule| rule.is_enabled()) {
            let priority = rule.priority.ok_or_else(|| Gap::field(data, "Priority"))?;
            enabled.push((priority, &rule.name, rule));
        }
        enabled.sort_by_key(|(priority, name, _)| (*priority, *name));
        Ok(Self(enabled.into_iter().map(|(.., rule)| Audience::of(context, rule)).collect()))
    }

    /// The rule that decides for the mailbox; `None`: the default does.
    fn deciding(&self, mailbox: &Mailbox) -> Result<Option<&'t ProtectionRule>, Gap> {
        for audience in &self.0 {
            if audience.reach(mailbox)? == Reach::Reached {
                return Ok(Some(audience.rule));
            }
        }
        Ok(None)
    }
}

/// The policy of that name; a rule without one, or with an unknown one, is a gap.
fn named<'t, P>(
    data: Data,
    policies: &'t [P],
    name_of: impl Fn(&P) -> &str,
    wanted: Option<&str>,
) -> Result<&'t P, Gap> {
    let missing = || Gap::field(data, &format!("the policy {}", wanted.unwrap_or("of a rule")));
    let mut found = policies
        .iter()
        .filter(|policy| wanted.is_some_and(|name| name_of(policy).eq_ignore_ascii_case(name)));
    found.next().ok_or_else(missing)
}

/// The default policy, which every organization has.
fn default_of<'t, P>(
    data: Data,
    policies: &'t [P],
    is_default: impl Fn(&P) -> Option<bool>,
) -> Result<&'t P, Gap> {
    let mut found = policies.iter().filter(|policy| is_default(policy) == Some(true));
    found.next().ok_or_else(|| Gap::field(data, "the default policy"))
}

/// Whether all hold: one that does not decides, whatever could not be told of the others.
fn all_hold(parts: impl IntoIterator<Item = Result<bool, Gap>>) -> Result<bool, Gap> {
    let mut gap = None;
    for part in parts {
        match part {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(found) => gap = gap.or(Some(found)),
        }
    }
    gap.map_or(Ok(true), Err)
}

/// Which anti-phishing policy decides for a mailbox, presets included.
pub(crate) struct AntiPhish<'t> {
    presets: Presets<'t>,
    custom: Custom<'t>,
    policies: &'t [AntiPhishPolicy],
}

impl<'t> AntiPhish<'t> {
    /// # Errors
    ///
    /// When rules or policies were not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let exchange = &context.tenant.exchange;
        let presets = Presets::of(context, exchange.eop_protection_policy_rules.read()?);
        let rules = exchange.anti_phish_rules.read()?;
        let custom = Custom::of(context, Data::ExchangeAntiPhishRules, rules)?;
        Ok(Self { presets, custom, policies: exchange.anti_phish_policies.read()? })
    }

    /// The policy that decides for the mailbox.
    ///
    /// # Errors
    ///
    /// When a group was not read and decides, or the policy of the deciding rule is missing.
    pub(crate) fn effective(&self, mailbox: &Mailbox) -> Result<&'t AntiPhishPolicy, Gap> {
        let data = Data::ExchangeAntiPhishPolicies;
        let by_name = |name: Option<&str>| {
            named(data, self.policies, |policy: &AntiPhishPolicy| policy.name.as_str(), name)
        };
        if let Some(preset) = self.presets.effective(mailbox)? {
            let rule = self.presets.audience(preset).map(|audience| audience.rule);
            let name = rule.and_then(|rule| rule.anti_phish_policy.as_deref());
            // Names of presets' policies end in a number; where the rule does not say which one,
            // its kind tells.
            return by_name(name).or_else(|gap| {
                let is_of = |policy: &&AntiPhishPolicy| {
                    policy.recommended_policy_type.as_deref() == Some(preset.words())
                };
                self.policies.iter().find(is_of).ok_or(gap)
            });
        }
        match self.custom.deciding(mailbox)? {
            Some(rule) => by_name(rule.anti_phish_policy.as_deref()),
            None => default_of(data, self.policies, |policy| policy.is_default),
        }
    }
}

/// Mail protection beside the presets: spam, malware, spoofed senders.
pub(crate) struct MailPolicies<'t> {
    spam: Custom<'t>,
    spam_policies: &'t [HostedContentFilterPolicy],
    malware: Custom<'t>,
    malware_policies: &'t [MalwareFilterPolicy],
    anti_phish: AntiPhish<'t>,
}

impl<'t> MailPolicies<'t> {
    /// # Errors
    ///
    /// When rules or policies were not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let exchange = &context.tenant.exchange;
        let spam = exchange.hosted_content_filter_rules.read()?;
        let malware = exchange.malware_filter_rules.read()?;
        Ok(Self {
            spam: Custom::of(context, Data::ExchangeHostedContentFilterRules, spam)?,
            spam_policies: exchange.hosted_content_filter_policies.read()?,
            malware: Custom::of(context, Data::ExchangeMalwareFilterRules, malware)?,
            malware_policies: exchange.malware_filter_policies.read()?,
            anti_phish: AntiPhish::of(context)?,
        })
    }

    /// Whether the policies that decide for a mailbox outside the presets are at least as tight as
    /// that preset.
    ///
    /// # Errors
    ///
    /// When a group or a setting was not read and decides.
    pub(crate) fn is_like(&self, preset: Preset, mailbox: &Mailbox) -> Result<bool, Gap> {
        let data = Data::ExchangeHostedContentFilterPolicies;
        let spam = self.spam.deciding(mailbox).and_then(|rule| match rule {
            Some(rule) => {
                let name = rule.hosted_content_filter_policy.as_deref();
                named(data, self.spam_policies, |policy| policy.name.as_str(), name)
            }
            None => default_of(data, self.spam_policies, |policy| policy.is_default),
        });
        let data = Data::ExchangeMalwareFilterPolicies;
        let malware = self.malware.deciding(mailbox).and_then(|rule| match rule {
            Some(rule) => {
                let name = rule.malware_filter_policy.as_deref();
                named(data, self.malware_policies, |policy| policy.name.as_str(), name)
            }
            None => default_of(data, self.malware_policies, |policy| policy.is_default),
        });
        all_hold([
            spam.and_then(|policy| tight::spam(preset, policy)),
            malware.and_then(tight::malware),
            self.anti_phish.effective(mailbox).and_then(|policy| tight::spoof(preset, policy)),
        ])
    }
}

/// Defender for Office 365 beside the presets: impersonation, links, attachments.
pub(crate) struct DefenderPolicies<'t> {
    anti_phish: AntiPhish<'t>,
    scanning: Scanning<'t>,
}

impl<'t> DefenderPolicies<'t> {
    /// # Errors
    ///
    /// When rules or policies were not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        Ok(Self { anti_phish: AntiPhish::of(context)?, scanning: Scanning::of(context)? })
    }

    /// As [`MailPolicies::is_like`], for the Defender half.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn is_like(&self, preset: Preset, mailbox: &Mailbox) -> Result<bool, Gap> {
        let (links, attachments) = self.scanning.deciding(mailbox);
        // Built-in protection is less than either preset.
        all_hold([
            links.and_then(|policy| policy.map_or(Ok(false), tight::links)),
            attachments.and_then(|policy| policy.map_or(Ok(false), tight::attachments)),
            self.anti_phish.effective(mailbox).and_then(|policy| tight::phish(preset, policy)),
        ])
    }
}

/// Scanning of links and attachments beside the presets.
pub(crate) struct Scanning<'t> {
    links: Custom<'t>,
    links_policies: &'t [SafeLinksPolicy],
    attachments: Custom<'t>,
    attachment_policies: &'t [SafeAttachmentPolicy],
    built_in: Vec<Audience<'t>>,
}

impl<'t> Scanning<'t> {
    /// # Errors
    ///
    /// When rules or policies were not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let exchange = &context.tenant.exchange;
        let links = exchange.safe_links_rules.read()?;
        let attachments = exchange.safe_attachment_rules.read()?;
        let built_in = exchange.atp_built_in_protection_rules.read()?;
        Ok(Self {
            links: Custom::of(context, Data::ExchangeSafeLinksRules, links)?,
            links_policies: exchange.safe_links_policies.read()?,
            attachments: Custom::of(context, Data::ExchangeSafeAttachmentRules, attachments)?,
            attachment_policies: exchange.safe_attachment_policies.read()?,
            built_in: built_in.iter().map(|rule| Audience::of(context, rule)).collect(),
        })
    }

    /// The custom policies that decide for the mailbox; `None`: built-in protection does, where it
    /// reaches the mailbox.
    #[expect(clippy::type_complexity, reason = "two answers of the same kind")]
    fn deciding(
        &self,
        mailbox: &Mailbox,
    ) -> (Result<Option<&'t SafeLinksPolicy>, Gap>, Result<Option<&'t SafeAttachmentPolicy>, Gap>)
    {
        let links = self.links.deciding(mailbox).and_then(|rule| {
            rule.map(|rule| {
                let name = rule.safe_links_policy.as_deref();
                let data = Data::ExchangeSafeLinksPolicies;
                named(data, self.links_policies, |policy| policy.name.as_str(), name)
            })
            .transpose()
        });
        let attachments = self.attachments.deciding(mailbox).and_then(|rule| {
            rule.map(|rule| {
                let name = rule.safe_attachment_policy.as_deref();
                let data = Data::ExchangeSafeAttachmentPolicies;
                named(data, self.attachment_policies, |policy| policy.name.as_str(), name)
            })
            .transpose()
        });
        (links, attachments)
    }

    /// Whether links and attachments of the mailbox are scanned at all, by a custom policy or by
    /// built-in protection.
    ///
    /// # Errors
    ///
    /// When a group or a setting was not read and decides.
    pub(crate) fn reaches(&self, mailbox: &Mailbox) -> Result<bool, Gap> {
        let built_in = || {
            let reached = self.built_in.iter().map(|one| Ok(one.reach(mailbox)? != Reach::Reached));
            all_hold(reached).map(|nowhere| !nowhere)
        };
        let (links, attachments) = self.deciding(mailbox);
        all_hold([
            links.and_then(|policy| policy.map_or_else(built_in, tight::scans_links)),
            attachments.and_then(|policy| policy.map_or_else(built_in, tight::scans_attachments)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::recipients::recipients;
    use crate::testing::*;

    type Change = (Data, &'static str, Value);

    /// The presets are off; custom policies for everybody have the values of the preset, but these.
    fn custom(kind: &str, changes: &[Change]) -> Fixture {
        use Data::{
            ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
            ExchangeMalwareFilterPolicies as Malware,
            ExchangeSafeAttachmentPolicies as Attachments, ExchangeSafeLinksPolicies as Links,
        };
        let malware = json!({ "EnableFileFilter": true, "ZapEnabled": true });
        let kinds = [
            (
                Spam,
                Data::ExchangeHostedContentFilterRules,
                "HostedContentFilterPolicy",
                spam_policy(kind),
            ),
            (Malware, Data::ExchangeMalwareFilterRules, "MalwareFilterPolicy", malware),
            (AntiPhish, Data::ExchangeAntiPhishRules, "AntiPhishPolicy", anti_phish_policy(kind)),
            (Links, Data::ExchangeSafeLinksRules, "SafeLinksPolicy", links_policy(kind)),
            (
                Attachments,
                Data::ExchangeSafeAttachmentRules,
                "SafeAttachmentPolicy",
                attachments_policy(kind),
            ),
        ];
        let off = Fixture::exemplary()
            .with_member(Data::ExchangeEopProtectionPolicyRules, "State", &json!("Disabled"))
            .with_member(Data::ExchangeAtpProtectionPolicyRules, "State", &json!("Disabled"));
        kinds.into_iter().fold(off, |fixture, (policies, rules, member, mut policy)| {
            policy["Name"] = json!("Ours");
            for (_, member, value) in changes.iter().filter(|(data, ..)| *data == policies) {
                policy[*member] = value.clone();
            }
            let mut rule = mail_rule("Ours", 0);
            rule[member] = json!("ours");
            fixture.add(policies, policy).add(rules, rule)
        })
    }

    /// Whether both halves are like the preset for the first mailbox.
    fn like(fixture: &Fixture, preset: Preset) -> (Result<bool, Gap>, Result<bool, Gap>) {
        fixture.look(|context| {
            let mailbox = recipients(context).unwrap()[0];
            let mail = MailPolicies::of(context).and_then(|mail| mail.is_like(preset, mailbox));
            let defender = DefenderPolicies::of(context);
            (mail, defender.and_then(|defender| defender.is_like(preset, mailbox)))
        })
    }

    #[test]
    fn policies_with_the_values_of_a_preset_are_like_it() {
        let (strict, standard) = (custom("Strict", &[]), custom("Standard", &[]));
        assert_eq!(like(&strict, Preset::Strict), (Ok(true), Ok(true)));
        assert_eq!(like(&strict, Preset::Standard), (Ok(true), Ok(true)));
        assert_eq!(like(&standard, Preset::Standard), (Ok(true), Ok(true)));
        assert_eq!(like(&standard, Preset::Strict), (Ok(false), Ok(false)));
        let shipped = Fixture::exemplary().set(Data::ExchangeEopProtectionPolicyRules, json!([]));
        assert_eq!(like(&shipped, Preset::Standard), (Ok(false), Ok(false)));
    }

    #[test]
    fn one_weaker_value_decides_and_one_that_was_not_read_is_a_gap() {
        use Data::{
            ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
            ExchangeMalwareFilterPolicies as Malware,
            ExchangeSafeAttachmentPolicies as Attachments, ExchangeSafeLinksPolicies as Links,
        };
        let junk = || json!("MoveToJmf");
        let inbox = || json!("AddXHeader");
        let weaker: [(Change, bool, bool); 39] = [
            ((Spam, "AllowedSenders", json!(["a@b.example"])), true, false),
            ((Spam, "AllowedSenderDomains", json!("b.example")), true, false),
            ((Spam, "BulkThreshold", json!(7)), true, false),
            ((Spam, "MarkAsSpamBulkMail", json!("Off")), true, false),
            ((Spam, "BulkSpamAction", inbox()), true, false),
            ((Spam, "SpamAction", inbox()), true, false),
            ((Spam, "HighConfidenceSpamAction", junk()), true, false),
            ((Spam, "PhishSpamAction", junk()), true, false),
            ((Spam, "HighConfidencePhishAction", junk()), true, false),
            ((Spam, "PhishZapEnabled", json!(false)), true, false),
            ((Spam, "SpamZapEnabled", json!(false)), true, false),
            ((Malware, "EnableFileFilter", json!(false)), true, false),
            ((Malware, "ZapEnabled", json!(false)), true, false),
            ((AntiPhish, "Enabled", json!(false)), true, true),
            ((AntiPhish, "EnableSpoofIntelligence", json!(false)), true, false),
            ((AntiPhish, "HonorDmarcPolicy", json!(false)), true, false),
            ((AntiPhish, "AuthenticationFailAction", json!("NoAction")), true, false),
            ((AntiPhish, "PhishThresholdLevel", json!(2)), false, true),
            ((AntiPhish, "EnableTargetedUserProtection", json!(false)), false, true),
            ((AntiPhish, "TargetedUserProtectionAction", junk()), false, true),
            ((AntiPhish, "EnableOrganizationDomainsProtection", json!(false)), false, true),
            ((AntiPhish, "TargetedDomainProtectionAction", junk()), false, true),
            ((AntiPhish, "EnableMailboxIntelligence", json!(false)), false, true),
            ((AntiPhish, "EnableMailboxIntelligenceProtection", json!(false)), false, true),
            ((AntiPhish, "MailboxIntelligenceProtectionAction", json!("NoAction")), false, true),
            ((Links, "EnableSafeLinksForEmail", json!(false)), false, true),
            ((Links, "EnableSafeLinksForTeams", json!(false)), false, true),
            ((Links, "EnableSafeLinksForOffice", json!(false)), false, true),
            ((Links, "EnableForInternalSenders", json!(false)), false, true),
            ((Links, "ScanUrls", json!(false)), false, true),
            ((Links, "DeliverMessageAfterScan", json!(false)), false, true),
            ((Links, "TrackClicks", json!(false)), false, true),
            ((Links, "DisableUrlRewrite", json!(true)), false, true),
            ((Links, "AllowClickThrough", json!(true)), false, true),
            ((Attachments, "Enable", json!(false)), false, true),
            ((Attachments, "Action", json!("Allow")), false, true),
            ((Attachments, "Action", json!("DynamicDelivery")), false, true),
            ((Links, "ScanUrls", json!("False")), false, true),
            ((Spam, "SpamAction", json!("Unheard")), true, false),
        ];
        for (change, mail, defender) in weaker {
            let (data, member, value) = change.clone();
            let case = format!("{data}: {member} {value}");
            for (kind, preset) in [("Strict", Preset::Strict), ("Standard", Preset::Standard)] {
                let found = like(&custom(kind, &[change.clone()]), preset);
                assert_eq!(found, (Ok(!mail), Ok(!defender)), "{case}, {kind}");
            }
            if !value.is_array() && member != "AllowedSenderDomains" {
                let unread = custom("Strict", &[(data, member, Value::Null)]);
                let found = like(&unread, Preset::Strict);
                let gap = |half: Result<bool, Gap>| half.err().map(|gap| gap.detail);
                let expected = |touched: bool| touched.then(|| member.to_owned());
                assert_eq!(
                    (gap(found.0), gap(found.1)),
                    (expected(mail), expected(defender)),
                    "{case}"
                );
            }
        }
    }

    #[test]
    fn where_strict_quarantines_standard_is_weaker() {
        use Data::{
            ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
        };
        let junk = || json!("MoveToJmf");
        for (change, mail) in [
            ((Spam, "BulkThreshold", json!(6)), true),
            ((Spam, "SpamAction", junk()), true),
            ((Spam, "BulkSpamAction", junk()), true),
            ((AntiPhish, "AuthenticationFailAction", junk()), true),
            ((AntiPhish, "PhishThresholdLevel", json!(3)), false),
            ((AntiPhish, "MailboxIntelligenceProtectionAction", junk()), false),
        ] {
            let case = change.1;
            let fixture = custom("Strict", &[change]);
            assert_eq!(like(&fixture, Preset::Strict), (Ok(!mail), Ok(mail)), "{case}");
            assert_eq!(like(&fixture, Preset::Standard), (Ok(true), Ok(true)), "{case}");
        }
    }

    #[test]
    fn the_first_rule_in_force_decides() {
        let weak = |priority: i32, state: &str| {
            let mut policy = spam_policy("Standard");
            policy["Name"] = json!("Weak");
            policy["SpamAction"] = json!("AddXHeader");
            let mut rule = mail_rule("Weak", 0);
            rule["Priority"] = json!(priority.to_string());
            rule["State"] = json!(state);
            rule["HostedContentFilterPolicy"] = json!("Weak");
            custom("Strict", &[])
                .add(Data::ExchangeHostedContentFilterPolicies, policy)
                .add(Data::ExchangeHostedContentFilterRules, rule)
        };
        let mail = |fixture: &Fixture| like(fixture, Preset::Strict).0;
        assert_eq!(mail(&weak(-1, "Enabled")), Ok(false));
        assert_eq!(mail(&weak(-1, "Disabled")), Ok(true));
        assert_eq!(mail(&weak(1, "Enabled")), Ok(true));
        let unread = custom("Strict", &[]).edit(Data::ExchangeHostedContentFilterRules, |rules| {
            rules[0]["SentToMemberOf"] = json!(["gone@larkspur.example"]);
        });
        assert_eq!(mail(&unread).unwrap_err().data, Data::Groups);
    }
}
