//! What protects one mailbox, half by half: mail protection and Defender for Office 365.

use std::cell::OnceCell;

use model::{Gap, Mailbox, Plan};

use crate::context::Context;
use crate::mail_policies::{DefenderPolicies, MailPolicies};
use crate::recipients::{Preset, Presets};

/// Both halves of the presets, and the policies that stand in where no preset reaches.
pub(super) struct Halves<'c, 't> {
    context: &'c Context<'t>,
    mail: Presets<'t>,
    /// `None`: not licensed, then the mail half is all there is.
    defender: Option<Presets<'t>>,
    mail_policies: OnceCell<Result<MailPolicies<'t>, Gap>>,
    defender_policies: OnceCell<Result<DefenderPolicies<'t>, Gap>>,
}

/// What protects one half of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Half {
    /// That preset.
    In(Preset),
    /// Other policies, at least as tight as the Strict preset.
    LikeStrict,
    /// Nothing of the kind.
    Neither,
}

/// What protects one mailbox.
pub(super) struct Protection {
    pub(super) mail: Half,
    /// `None`: neither the tenant nor the account is licensed for more.
    pub(super) defender: Option<Half>,
    /// In words, with the reason why Strict does not reach a half.
    pub(super) words: String,
}

impl<'c, 't> Halves<'c, 't> {
    /// # Errors
    ///
    /// When rules of the presets, or licenses, were not read.
    pub(super) fn of(context: &'c Context<'t>) -> Result<Self, Gap> {
        let exchange = &context.tenant.exchange;
        let mail = Presets::of(context, exchange.eop_protection_policy_rules.read()?);
        let defender = if context.has(Plan::DefenderForOffice365P1)? {
            Some(Presets::of(context, exchange.atp_protection_policy_rules.read()?))
        } else {
            None
        };
        Ok(Self {
            context,
            mail,
            defender,
            mail_policies: OnceCell::new(),
            defender_policies: OnceCell::new(),
        })
    }

    /// What protects the mailbox. Without a license of its own the Defender half is not asked for.
    ///
    /// # Errors
    ///
    /// When something was not read that decides.
    pub(super) fn protection(
        &self,
        mailbox: &Mailbox,
        is_licensed: bool,
    ) -> Result<Protection, Gap> {
        let mail = half(&self.mail, mailbox, || {
            let policies = self.mail_policies.get_or_init(|| MailPolicies::of(self.context));
            policies.as_ref().map_err(Gap::clone)?.is_like(Preset::Strict, mailbox)
        })?;
        let mut words = format!("mail protection: {}", in_words(&mail, &self.mail, mailbox));
        let presets = self.defender.as_ref().filter(|_| is_licensed);
        let defender = presets.map(|presets| {
            half(presets, mailbox, || {
                let policies =
                    self.defender_policies.get_or_init(|| DefenderPolicies::of(self.context));
                policies.as_ref().map_err(Gap::clone)?.is_like(Preset::Strict, mailbox)
            })
        });
        let defender = defender.transpose()?;
        if let (Some(half), Some(presets)) = (&defender, presets) {
            words.push_str("; Defender: ");
            words.push_str(&in_words(half, presets, mailbox));
        } else if self.defender.is_some() {
            words.push_str("; no license for Defender");
        }
        Ok(Protection { mail, defender, words })
    }
}

fn half(
    presets: &Presets<'_>,
    mailbox: &Mailbox,
    is_like_strict: impl FnOnce() -> Result<bool, Gap>,
) -> Result<Half, Gap> {
    Ok(match presets.effective(mailbox)? {
        Some(preset) => Half::In(preset),
        None if is_like_strict()? => Half::LikeStrict,
        None => Half::Neither,
    })
}

fn in_words(half: &Half, presets: &Presets<'_>, mailbox: &Mailbox) -> String {
    let why = || presets.why_not(Preset::Strict, mailbox);
    match half {
        Half::In(Preset::Strict) => "Strict".to_owned(),
        Half::In(Preset::Standard) => format!("Standard ({})", why()),
        Half::LikeStrict => format!("policies as tight as Strict ({})", why()),
        Half::Neither => format!("no preset ({})", why()),
    }
}

impl Protection {
    fn halves(&self) -> impl Iterator<Item = &Half> {
        [Some(&self.mail), self.defender.as_ref()].into_iter().flatten()
    }

    /// Whether the Strict preset protects every half.
    pub(super) fn is_strict(&self) -> bool {
        self.halves().all(|half| *half == Half::In(Preset::Strict))
    }

    /// Whether every half is protected as by Strict, by whatever policy.
    pub(super) fn is_like_strict(&self) -> bool {
        self.halves().all(Self::is_tight)
    }

    /// Whether some half is.
    pub(super) fn is_half_strict(&self) -> bool {
        self.halves().any(Self::is_tight)
    }

    /// Whether every half is protected as by Standard at least.
    pub(super) fn is_like_standard(&self) -> bool {
        self.halves().all(|half| *half != Half::Neither)
    }

    fn is_tight(half: &Half) -> bool {
        matches!(half, Half::In(Preset::Strict) | Half::LikeStrict)
    }
}
