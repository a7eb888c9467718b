//! The policies that decide about a mailbox's mail where no preset does, and whether they are as
//! tight as one.
//!
//! Each kind of policy has rules of its own: the first enabled one that reaches the mailbox
//! decides, by priority; where none does, the default policy, or for links and attachments
//! built-in protection.

#[cfg(test)]
mod tests;
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
fn default_of<P>(
    data: Data,
    policies: &[P],
    is_default: impl Fn(&P) -> Option<bool>,
) -> Result<&P, Gap> {
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
