//! Whom a protection rule really reaches: preset security policies, recipient by recipient.
//!
//! A rule that is missing or switched off protects nobody, whatever the policies behind it say.
//! With all conditions empty it reaches everybody; values of one condition are alternatives,
//! different conditions must all hold, and any exception wins.
//! Source: Microsoft Learn, "Preset security policies in cloud organizations".

use std::collections::BTreeSet;

use model::{Data, Gap, Id, Mailbox, ProtectionRule};

use crate::context::Context;

/// Mailbox types that receive mail for people. Guests and contacts are not ours to protect.
const RECIPIENTS: [&str; 5] =
    ["UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox", "SchedulingMailbox"];

/// A preset security policy, the stronger one first: that is the order of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    Strict,
    Standard,
}

impl Preset {
    /// The fixed name of its rules.
    pub(crate) const fn rule_name(self) -> &'static str {
        match self {
            Self::Strict => "Strict Preset Security Policy",
            Self::Standard => "Standard Preset Security Policy",
        }
    }
}

/// Every mailbox that receives mail, sorted by address.
///
/// # Errors
///
/// When mailboxes were not read, or one lacks its type.
pub(crate) fn recipients<'t>(context: &Context<'t>) -> Result<Vec<&'t Mailbox>, Gap> {
    let mut found = Vec::new();
    for mailbox in context.tenant.exchange.mailboxes.read()? {
        let kind = mailbox
            .recipient_type_details
            .as_deref()
            .ok_or_else(|| Gap::field(Data::ExchangeMailboxes, "RecipientTypeDetails"))?;
        if RECIPIENTS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
            found.push(mailbox);
        }
    }
    found.sort_by_key(|mailbox| (address(mailbox), &mailbox.identity));
    Ok(found)
}

/// The mailbox's main address in lower case; its identity where it has none.
pub(crate) fn address(mailbox: &Mailbox) -> String {
    mailbox.primary_smtp_address.as_deref().unwrap_or(&mailbox.identity).to_ascii_lowercase()
}

/// The preset's rule, enabled or not; `None`: the preset was never switched on.
pub(crate) fn preset_rule(rules: &[ProtectionRule], preset: Preset) -> Option<&ProtectionRule> {
    rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(preset.rule_name()))
}

/// The strongest preset that reaches the mailbox by these rules.
///
/// # Errors
///
/// When a group of a rule was not read and decides.
pub(crate) fn effective_preset(
    context: &Context<'_>,
    rules: &[ProtectionRule],
    mailbox: &Mailbox,
) -> Result<Option<Preset>, Gap> {
    for preset in [Preset::Strict, Preset::Standard] {
        if let Some(rule) = preset_rule(rules, preset)
            && reaches(context, rule, mailbox)?
        {
            return Ok(Some(preset));
        }
    }
    Ok(None)
}

/// Whether the rule is in force and reaches the mailbox.
///
/// # Errors
///
/// When a group of the rule was not read and decides.
pub(crate) fn reaches(
    context: &Context<'_>,
    rule: &ProtectionRule,
    mailbox: &Mailbox,
) -> Result<bool, Gap> {
    if !rule.is_enabled() {
        return Ok(false);
    }
    let includes = [
        (!rule.sent_to.is_empty()).then(|| Ok(is_named(mailbox, &rule.sent_to))),
        (!rule.recipient_domain_is.is_empty())
            .then(|| Ok(is_of_domain(mailbox, &rule.recipient_domain_is))),
        (!rule.sent_to_member_of.is_empty())
            .then(|| is_member(context, mailbox, &rule.sent_to_member_of)),
    ];
    for include in includes.into_iter().flatten() {
        if !include? {
            return Ok(false);
        }
    }
    let excepted = is_named(mailbox, &rule.except_if_sent_to)
        || is_of_domain(mailbox, &rule.except_if_recipient_domain_is)
        || is_member(context, mailbox, &rule.except_if_sent_to_member_of)?;
    Ok(!excepted)
}

fn is_named(mailbox: &Mailbox, names: &[String]) -> bool {
    let aliases = mailbox
        .email_addresses
        .iter()
        .map(|alias| alias.split_once(':').map_or(alias.as_str(), |(_, address)| address));
    let own = [mailbox.primary_smtp_address.as_deref(), Some(mailbox.identity.as_str())];
    let mut known = own.into_iter().flatten().chain(aliases);
    known.any(|known| names.iter().any(|name| name.eq_ignore_ascii_case(known)))
}

/// Whether the main address is of one of the domains or of a subdomain, which is included unless
/// it is excepted.
fn is_of_domain(mailbox: &Mailbox, domains: &[String]) -> bool {
    let address = address(mailbox);
    let Some((_, domain)) = address.rsplit_once('@') else { return false };
    domains.iter().any(|wanted| {
        let wanted = wanted.to_ascii_lowercase();
        domain == wanted || domain.strip_suffix(&wanted).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether the mailbox's account is in one of the groups, at any depth. Groups are named by
/// address, display name or id.
fn is_member(context: &Context<'_>, mailbox: &Mailbox, names: &[String]) -> Result<bool, Gap> {
    let Some(account) = &mailbox.external_directory_object_id else { return Ok(false) };
    let mut unread = None;
    for name in names {
        match members(context, name) {
            Ok(members) if members.contains(account) => return Ok(true),
            Ok(_) => {}
            Err(gap) => unread = Some(gap),
        }
    }
    unread.map_or(Ok(false), Err)
}

fn members<'t>(context: &Context<'t>, name: &str) -> Result<BTreeSet<&'t Id>, Gap> {
    let groups = context.tenant.groups.read()?;
    let group = groups
        .iter()
        .find(|group| {
            [group.mail.as_deref(), Some(group.display_name.as_str()), Some(group.id.as_str())]
                .into_iter()
                .flatten()
                .any(|known| known.eq_ignore_ascii_case(name))
        })
        .ok_or_else(|| Gap::field(Data::Groups, &format!("the group {name} of a mail rule")))?;
    context.directory()?.below(&group.id)
}
