//! Priority accounts: the people worth more to an attacker.

use std::collections::BTreeSet;

use model::{Data, Gap, Id, Mailbox, RoleSet};

use crate::context::Context;
use crate::recipients;

/// Who the priority accounts are, and who says so.
pub(crate) struct Priority<'t> {
    /// Object ids.
    pub(crate) accounts: BTreeSet<Id>,
    /// Their mailboxes, sorted by address.
    pub(crate) mailboxes: Vec<&'t Mailbox>,
    /// Nobody named any: highly privileged administrators with a mailbox stand in.
    pub(crate) stand_ins: bool,
}

/// The accounts that carry Microsoft's tag or that the profile lists. Where nobody named any,
/// highly privileged administrators with a mailbox stand in.
///
/// # Errors
///
/// When mailboxes were not read, or nobody was named and there is nobody to stand in.
pub(crate) fn priority<'t>(context: &Context<'t>) -> Result<Priority<'t>, Gap> {
    let mailboxes = recipients::recipients(context)?;
    let mut accounts = named(context)?;
    let stand_ins = accounts.is_empty();
    if stand_ins {
        let admins = context.directory()?.admins(RoleSet::HighlyPrivileged)?;
        let emergency = context.emergency()?;
        accounts = admins
            .into_iter()
            .map(|(user, _)| user.id.clone())
            .filter(|id| !emergency.recognizes(id))
            .filter(|id| mailboxes.iter().any(|mailbox| is_of(mailbox, id)))
            .collect();
    }
    if accounts.is_empty() {
        return Err(Gap::not_configured(
            Data::ExchangeVipUsers,
            "nobody is named a priority account: tag them in Microsoft Defender or list them under \
             `priority` in the tenant's profile",
        ));
    }
    let mailboxes = mailboxes
        .into_iter()
        .filter(|mailbox| accounts.iter().any(|id| is_of(mailbox, id)))
        .collect();
    Ok(Priority { accounts, mailboxes, stand_ins })
}

/// The accounts that carry Microsoft's tag or that the profile lists; may be none.
///
/// # Errors
///
/// When the tag was not read and the profile lists nobody, or users were not read.
pub(crate) fn named(context: &Context<'_>) -> Result<BTreeSet<Id>, Gap> {
    let listed = &context.tenant.profile.accounts.priority;
    let mut accounts = BTreeSet::new();
    for name in listed {
        if let Some(user) = context.directory()?.named(name) {
            accounts.insert(user.id.clone());
        }
    }
    match context.tenant.exchange.vip_users.read() {
        Ok(tagged) => accounts
            .extend(tagged.iter().filter_map(|user| user.external_directory_object_id.clone())),
        // The list in the profile is enough; without one, the hole decides.
        Err(gap) if listed.is_empty() => return Err(gap),
        Err(_) => {}
    }
    Ok(accounts)
}

fn is_of(mailbox: &Mailbox, id: &Id) -> bool {
    mailbox.external_directory_object_id.as_ref() == Some(id)
}
