//! Whom a mail rule really reaches, recipient by recipient.
//!
//! A rule that is missing or switched off protects nobody, whatever the policies behind it say.
//! With all conditions empty it reaches everybody; values of one condition are alternatives,
//! different conditions must all hold, and any exception wins. Of several rules the first that
//! reaches a recipient decides: Strict preset, Standard preset, then custom rules by priority.
//! Source: Microsoft Learn, "Preset security policies in cloud organizations".

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::rc::Rc;

use model::{Data, Evidence, Gap, Id, Mailbox, ProtectionRule, SubjectKind, Tenant};

use crate::context::Context;

/// Mailbox types that receive mail for people. Guests and contacts are not ours to protect.
const RECIPIENTS: [&str; 5] =
    ["UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox", "SchedulingMailbox"];

/// Every mailbox that receives mail, sorted by address.
///
/// # Errors
///
/// When mailboxes were not read, or one lacks its type or address.
pub(crate) fn recipients<'t>(tenant: &'t Tenant<'t>) -> Result<Vec<&'t Mailbox>, Gap> {
    let missing = |name| Gap::field(Data::ExchangeMailboxes, name);
    let mut found = Vec::new();
    for mailbox in tenant.exchange.mailboxes.read()? {
        let kind = mailbox.recipient_type_details.as_deref();
        let kind = kind.ok_or_else(|| missing("RecipientTypeDetails"))?;
        if RECIPIENTS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
            if mailbox.primary_smtp_address.is_none() {
                return Err(missing("PrimarySmtpAddress"));
            }
            found.push(mailbox);
        }
    }
    found.sort_by_cached_key(|mailbox| (address(mailbox), mailbox.identity.as_str()));
    Ok(found)
}

/// The mailbox's main address in lower case; its identity where it has none.
pub(crate) fn address(mailbox: &Mailbox) -> String {
    mailbox.primary_smtp_address.as_deref().unwrap_or(&mailbox.identity).to_ascii_lowercase()
}

/// Every address of the mailbox, and its identity, in lower case.
pub(crate) fn addresses(mailbox: &Mailbox) -> impl Iterator<Item = String> {
    names(mailbox).map(str::to_ascii_lowercase)
}

/// Whether the address, or the identity, is one of the mailbox's.
pub(crate) fn has_address(mailbox: &Mailbox, address: &str) -> bool {
    names(mailbox).any(|known| known.eq_ignore_ascii_case(address))
}

fn names(mailbox: &Mailbox) -> impl Iterator<Item = &str> {
    let aliases = mailbox
        .email_addresses
        .iter()
        .map(|alias| alias.split_once(':').map_or(alias.as_str(), |(_, address)| address));
    let own = [mailbox.primary_smtp_address.as_deref(), Some(mailbox.identity.as_str())];
    own.into_iter().flatten().chain(aliases)
}

/// A fact about a mailbox; a violation where something was expected.
pub(crate) fn evidence_on(
    mailbox: &Mailbox,
    observed: impl Into<String>,
    expected: &str,
) -> Evidence {
    let account = mailbox.external_directory_object_id.as_deref();
    let id = account.unwrap_or(&mailbox.identity);
    Evidence::new(SubjectKind::Mailbox, id, address(mailbox), observed, expected)
}

/// A rule and everybody it speaks of, groups resolved.
pub(crate) struct Audience<'t> {
    /// The rule.
    pub(crate) rule: &'t ProtectionRule,
    included: Named<'t>,
    excepted: Named<'t>,
}

/// How a rule stands to a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It decides for the mailbox, unless an earlier rule does.
    Reached,
    /// The rule is switched off.
    Off,
    /// The mailbox is not among those it is for.
    Outside,
    /// The mailbox is among its exceptions; by what, in words.
    Excepted(&'static str),
}

impl<'t> Audience<'t> {
    pub(crate) fn of(context: &Context<'t>, rule: &'t ProtectionRule) -> Self {
        let included =
            Named::of(context, &rule.sent_to, &rule.recipient_domain_is, &rule.sent_to_member_of);
        let excepted = Named::of(
            context,
            &rule.except_if_sent_to,
            &rule.except_if_recipient_domain_is,
            &rule.except_if_sent_to_member_of,
        );
        Self { rule, included, excepted }
    }

    /// How the rule stands to the mailbox.
    ///
    /// # Errors
    ///
    /// When the members of a group of the rule were not read and decide.
    pub(crate) fn reach(&self, mailbox: &Mailbox) -> Result<Reach, Gap> {
        let (included, excepted) = (&self.included, &self.excepted);
        // What takes no group is told first.
        if !self.rule.is_enabled() {
            return Ok(Reach::Off);
        }
        if excepted.has_address(mailbox) {
            return Ok(Reach::Excepted("by name"));
        }
        if excepted.has_domain(mailbox) {
            return Ok(Reach::Excepted("by domain"));
        }
        if !included.addresses.is_empty() && !included.has_address(mailbox)
            || !included.domains.is_empty() && !included.has_domain(mailbox)
        {
            return Ok(Reach::Outside);
        }
        let inside = included.groups.is_empty().then_some(Ok(true));
        match (inside.unwrap_or_else(|| included.has_member(mailbox)), excepted.has_member(mailbox))
        {
            (Ok(false), _) => Ok(Reach::Outside),
            (_, Ok(true)) => Ok(Reach::Excepted("through a group")),
            (Err(gap), _) | (_, Err(gap)) => Err(gap),
            (Ok(true), Ok(false)) => Ok(Reach::Reached),
        }
    }
}

/// Recipients as one half of a rule names them.
struct Named<'t> {
    addresses: BTreeSet<String>,
    domains: Vec<String>,
    groups: Vec<Result<Rc<BTreeSet<&'t Id>>, Gap>>,
}

impl<'t> Named<'t> {
    fn of(
        context: &Context<'t>,
        addresses: &[String],
        domains: &[String],
        groups: &[String],
    ) -> Self {
        Self {
            addresses: addresses.iter().map(|name| name.to_ascii_lowercase()).collect(),
            domains: domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            groups: groups.iter().map(|name| members(context, name)).collect(),
        }
    }

    fn has_address(&self, mailbox: &Mailbox) -> bool {
        !self.addresses.is_empty()
            && addresses(mailbox).any(|known| self.addresses.contains(&known))
    }

    /// Whether the main address is of one of the domains, or of a subdomain, which goes with it.
    fn has_domain(&self, mailbox: &Mailbox) -> bool {
        let address = address(mailbox);
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        self.domains.iter().any(|wanted| {
            domain == wanted || domain.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'))
        })
    }

    /// Whether the mailbox's account is in one of the groups, at any depth.
    fn has_member(&self, mailbox: &Mailbox) -> Result<bool, Gap> {
        if self.groups.is_empty() {
            return Ok(false);
        }
        let missing = || Gap::field(Data::ExchangeMailboxes, "ExternalDirectoryObjectId");
        let account = mailbox.external_directory_object_id.as_ref();
        let account = account.filter(|id| !id.is_empty()).ok_or_else(missing)?;
        let mut unread = None;
        for group in &self.groups {
            match group {
                Ok(members) if members.contains(account) => return Ok(true),
                Ok(_) => {}
                Err(gap) => unread = Some(gap.clone()),
            }
        }
        unread.map_or(Ok(false), Err)
    }
}

/// Everything in the group that a rule names by address, id or display name.
///
/// A group that is not among those read may still exist in Exchange Online alone: it is a gap, not
/// an empty group.
fn members<'t>(context: &Context<'t>, name: &str) -> Result<Rc<BTreeSet<&'t Id>>, Gap> {
    let groups = context.tenant.groups.read()?;
    let is = |known: Option<&str>| known.is_some_and(|known| known.eq_ignore_ascii_case(name));
    let unique = groups.iter().find(|group| is(group.mail.as_deref()) || is(Some(&group.id)));
    let mut named = groups.iter().filter(|group| is(Some(&group.display_name)));
    let ((Some(group), ..) | (None, Some(group), None)) = (unique, named.next(), named.next())
    else {
        return Err(Gap::field(Data::Groups, &format!("the group {name} of a mail rule")));
    };
    context.directory()?.below(&group.id)
}

/// A preset security policy, the stronger one first: that is the order of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    Strict,
    Standard,
}

impl Preset {
    /// Its name.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Standard => "Standard",
        }
    }

    /// The fixed name of its rules.
    const fn rule_name(self) -> &'static str {
        match self {
            Self::Strict => "Strict Preset Security Policy",
            Self::Standard => "Standard Preset Security Policy",
        }
    }
}

/// One half of the presets, mail protection or Defender for Office 365: whom each of them reaches.
pub(crate) struct Presets<'t> {
    strict: Option<Audience<'t>>,
    standard: Option<Audience<'t>>,
}

impl<'t> Presets<'t> {
    pub(crate) fn of(context: &Context<'t>, rules: &'t [ProtectionRule]) -> Self {
        let audience = |preset: Preset| {
            let rule = rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(preset.rule_name()));
            rule.map(|rule| Audience::of(context, rule))
        };
        Self { strict: audience(Preset::Strict), standard: audience(Preset::Standard) }
    }

    /// The preset's rule, enabled or not, and whom it is for; `None`: it was never switched on.
    pub(crate) fn audience(&self, preset: Preset) -> Option<&Audience<'t>> {
        match preset {
            Preset::Strict => self.strict.as_ref(),
            Preset::Standard => self.standard.as_ref(),
        }
    }

    fn reach(&self, preset: Preset, mailbox: &Mailbox) -> Result<Option<Reach>, Gap> {
        self.audience(preset).map(|audience| audience.reach(mailbox)).transpose()
    }

    /// The preset in effect for the mailbox.
    ///
    /// # Errors
    ///
    /// When the members of a group were not read and decide.
    pub(crate) fn effective(&self, mailbox: &Mailbox) -> Result<Option<Preset>, Gap> {
        for preset in [Preset::Strict, Preset::Standard] {
            if self.reach(preset, mailbox)? == Some(Reach::Reached) {
                return Ok(Some(preset));
            }
        }
        Ok(None)
    }

    /// Whether some preset reaches the mailbox, whichever.
    ///
    /// # Errors
    ///
    /// When the members of a group were not read and decide.
    pub(crate) fn any(&self, mailbox: &Mailbox) -> Result<bool, Gap> {
        if self.reach(Preset::Standard, mailbox) == Ok(Some(Reach::Reached)) {
            return Ok(true);
        }
        self.effective(mailbox).map(|preset| preset.is_some())
    }

    /// Why the preset does not reach the mailbox, in words.
    pub(crate) fn why_not(&self, preset: Preset, mailbox: &Mailbox) -> String {
        let name = preset.words();
        match self.reach(preset, mailbox) {
            Ok(None) => format!("{name} was never switched on"),
            Ok(Some(Reach::Off)) => format!("{name} is switched off"),
            Ok(Some(Reach::Outside)) => format!("{name} is not for it"),
            Ok(Some(Reach::Excepted(how))) => format!("excepted from {name} {how}"),
            Ok(Some(Reach::Reached)) => format!("reached by {name}"),
            Err(gap) => gap.to_string(),
        }
    }
}
