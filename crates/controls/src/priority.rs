//! Priority accounts: the people worth more to an attacker.

use std::collections::{BTreeMap, BTreeSet};

use model::{Data, Gap, Id, Mailbox, Plan, RoleSet, User};

use crate::context::Context;
use crate::recipients;

/// Somebody whom Microsoft's tag or the profile names a priority account.
#[derive(Debug, Clone)]
pub(crate) struct Named<'t> {
    /// The object id; what the profile says where it names nobody of the tenant.
    pub(crate) id: String,
    /// The name for a person.
    pub(crate) name: String,
    /// The account; `None`: gone.
    pub(crate) user: Option<&'t User>,
    /// Carries Microsoft's tag.
    pub(crate) is_tagged: bool,
    /// Stands in the profile.
    pub(crate) is_listed: bool,
}

impl Named<'_> {
    /// Whether there is such an account and it may sign in.
    pub(crate) fn is_live(&self) -> bool {
        self.user.is_some_and(User::is_enabled)
    }
}

/// Everybody whom the tag or the profile names, live or not, sorted by id; may be nobody.
///
/// # Errors
///
/// When users, or the state of one, were not read; when tags were not read, unless the tenant
/// lacks the license that makes use of them and the profile lists somebody.
pub(crate) fn named<'t>(context: &Context<'t>) -> Result<Vec<Named<'t>>, Gap> {
    let directory = context.directory()?;
    let mut found: BTreeMap<String, Named<'t>> = BTreeMap::new();
    let mut entry = |user: Option<&'t User>, id: &str, name: &str, is_tagged: bool| {
        let id = user.map_or(id, |user| user.id.as_str()).to_owned();
        let name = user.map_or(name, User::name).to_owned();
        let new = Named { id: id.clone(), name, user, is_tagged: false, is_listed: false };
        let known = found.entry(id).or_insert(new);
        known.is_tagged |= is_tagged;
        known.is_listed |= !is_tagged;
    };
    let listed = &context.tenant.profile.accounts.priority;
    for name in listed {
        entry(directory.named(name), name, name, false);
    }
    match context.tenant.exchange.vip_users.read() {
        Ok(tagged) => {
            for one in tagged {
                let name = one.user_principal_name.as_deref().or(one.display_name.as_deref());
                let id = one.external_directory_object_id.as_deref().filter(|id| !id.is_empty());
                let user = match (id, name) {
                    (Some(id), _) => directory.user(id),
                    (None, Some(name)) => directory.named(name),
                    (None, None) => None,
                };
                let id = id.or(name).unwrap_or_default();
                entry(user, id, name.unwrap_or(id), true);
            }
        }
        Err(gap) if listed.is_empty() || context.has(Plan::DefenderForOffice365P2)? => {
            return Err(gap);
        }
        Err(_) => {}
    }
    let unread =
        found.values().filter_map(|one| one.user).any(|user| user.account_enabled.is_none());
    if unread {
        return Err(Gap::field(Data::Users, "accountEnabled"));
    }
    Ok(found.into_values().collect())
}

/// Who the priority accounts are.
pub(crate) struct Priority<'t> {
    /// The accounts, enabled, sorted by id.
    pub(crate) users: Vec<&'t User>,
    /// Nobody named any: highly privileged administrators with a mailbox stand in.
    pub(crate) stand_ins: bool,
}

/// A priority account with its mailbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protected<'t> {
    /// The account.
    pub(crate) user: &'t User,
    /// Its mailbox.
    pub(crate) mailbox: &'t Mailbox,
}

impl<'t> Priority<'t> {
    /// The accounts that carry Microsoft's tag or that the profile lists. Where nobody named any,
    /// highly privileged administrators with a mailbox stand in.
    ///
    /// # Errors
    ///
    /// As [`named`]; when administrators or mailboxes were not read and stand in; when there is
    /// nobody to stand in.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let users: Vec<&User> =
            named(context)?.into_iter().filter(Named::is_live).filter_map(|one| one.user).collect();
        if !users.is_empty() {
            return Ok(Self { users, stand_ins: false });
        }
        let emergency = context.emergency()?;
        let owners: BTreeSet<&Id> = context
            .recipients()?
            .iter()
            .filter_map(|mailbox| mailbox.external_directory_object_id.as_ref())
            .collect();
        let admins = context.directory()?.admins(RoleSet::HighlyPrivileged)?;
        let users: Vec<&User> = admins
            .into_iter()
            .map(|(user, _)| user)
            .filter(|user| owners.contains(&user.id) && !emergency.recognizes(&user.id))
            .collect();
        if users.is_empty() {
            return Err(Gap::not_configured(
                Data::ExchangeVipUsers,
                "nobody is named a priority account: tag them in Microsoft Defender or list them \
                 under `priority` in the tenant's profile",
            ));
        }
        Ok(Self { users, stand_ins: true })
    }

    /// Those with a mailbox here, sorted by address, and how many have none.
    ///
    /// # Errors
    ///
    /// When mailboxes were not read, or one that may be theirs does not say whose it is.
    pub(crate) fn mailboxes(
        &self,
        context: &Context<'t>,
    ) -> Result<(Vec<Protected<'t>>, usize), Gap> {
        let mailboxes = context.recipients()?;
        let account = |mailbox: &&'t Mailbox| {
            mailbox.external_directory_object_id.as_ref().filter(|id| !id.is_empty())
        };
        let users: BTreeMap<&Id, &'t User> =
            self.users.iter().map(|user| (&user.id, *user)).collect();
        let mut found = Vec::new();
        for mailbox in mailboxes {
            let owner = account(mailbox).and_then(|id| users.get(id).copied());
            found.extend(owner.map(|user| Protected { user, mailbox }));
        }
        let without = self.users.len() - found.len().min(self.users.len());
        if without > 0 && mailboxes.iter().any(|one| account(one).is_none()) {
            return Err(Gap::field(Data::ExchangeMailboxes, "ExternalDirectoryObjectId"));
        }
        Ok((found, without))
    }

    /// The fact that administrators stand in, where they do.
    pub(crate) fn evidence(&self) -> Option<model::Evidence> {
        self.stand_ins.then(|| {
            model::Evidence::tenant(
                "no working account is named a priority account; highly privileged administrators \
                 with a mailbox were judged in their place",
                "",
            )
        })
    }
}

/// Every address of the account that is known, in lower case.
pub(crate) fn addresses(context: &Context<'_>, user: &User) -> BTreeSet<String> {
    let mailboxes = context.tenant.exchange.mailboxes.read().unwrap_or_default();
    mailboxes
        .iter()
        .filter(|mailbox| mailbox.external_directory_object_id.as_ref() == Some(&user.id))
        .flat_map(recipients::addresses)
        .chain([user.user_principal_name.to_ascii_lowercase()])
        .filter(|address| address.contains('@'))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// Names of the priority accounts.
    fn names(fixture: &Fixture) -> Result<Vec<String>, Gap> {
        fixture.look(|context| {
            let name = |user: &&User| user.name().split('@').next().unwrap().to_owned();
            Priority::of(context).map(|priority| priority.users.iter().map(name).collect())
        })
    }

    fn listing(entries: &[&str]) -> Fixture {
        Fixture::exemplary().profile(&format!(
            "[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\"]\npriority = {entries:?}"
        ))
    }

    fn tagged(id: &str) -> Value {
        json!({ "ExternalDirectoryObjectId": id, "UserPrincipalName": "", "AccountDisabled": false })
    }

    #[test]
    fn tag_and_list_join_and_only_live_accounts_count() {
        let both = listing(&["PERSON2@larkspur.example", PERSON_1, "gone@larkspur.example"])
            .add(Data::ExchangeVipUsers, tagged(PERSON_3))
            .add(Data::ExchangeVipUsers, tagged("a0000000-0000-4000-8000-0000000000ee"));
        assert_eq!(names(&both).unwrap(), ["person1", "person2", "person3"]);
        both.look(|context| {
            let named = named(context).unwrap();
            let live: Vec<bool> = named.iter().map(Named::is_live).collect();
            assert_eq!(live, [true, true, true, false, false]);
            let marks: Vec<_> = named.iter().map(|one| (one.is_tagged, one.is_listed)).collect();
            assert_eq!(marks[..3], [(true, true), (false, true), (true, false)]);
        });
        let left = both.edit(Data::Users, |users| users[5]["accountEnabled"] = json!(false));
        assert_eq!(names(&left).unwrap(), ["person1", "person3"]);
        let unread = listing(&[PERSON_1])
            .edit(Data::Users, |users| users[4]["accountEnabled"] = Value::Null);
        assert_eq!(names(&unread).unwrap_err().detail, "accountEnabled");
    }

    #[test]
    fn tags_that_were_not_read_are_a_gap_while_the_tenant_can_use_them() {
        let unread = |entries: &[&str]| listing(entries).forbidden(Data::ExchangeVipUsers);
        assert_eq!(names(&unread(&[PERSON_1])).unwrap_err().data, Data::ExchangeVipUsers);
        let plans = [Plan::DefenderForOffice365P2];
        let free = |entries: &[&str]| unread(entries).unlicensed(&plans);
        assert_eq!(names(&free(&[PERSON_1])).unwrap(), ["person1"]);
        assert_eq!(names(&free(&[])).unwrap_err().data, Data::ExchangeVipUsers);
    }

    #[test]
    fn highly_privileged_administrators_with_a_mailbox_stand_in() {
        let nobody = listing(&[]).set(Data::ExchangeVipUsers, json!([]));
        assert_eq!(names(&nobody).unwrap_err().cause, model::GapCause::NotConfigured);
        let admin = nobody.edit(Data::ExchangeMailboxes, |mailboxes| {
            mailboxes[0]["ExternalDirectoryObjectId"] = json!(ADMIN_1);
            mailboxes[1]["ExternalDirectoryObjectId"] = json!(EMERGENCY_1);
        });
        assert_eq!(names(&admin).unwrap(), ["adm-one"]);
    }

    #[test]
    fn a_mailbox_that_does_not_say_whose_it_is_may_be_theirs() {
        let unnamed = |index: usize| {
            Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                mailboxes[index]["ExternalDirectoryObjectId"] = Value::Null;
            })
        };
        let count = |fixture: &Fixture| {
            fixture.look(|context| {
                let priority = Priority::of(context)?;
                priority.mailboxes(context).map(|(found, without)| (found.len(), without))
            })
        };
        assert_eq!(count(&Fixture::exemplary()).unwrap(), (1, 0));
        assert_eq!(count(&unnamed(1)).unwrap(), (1, 0));
        assert_eq!(count(&unnamed(0)).unwrap_err().detail, "ExternalDirectoryObjectId");
        let without = Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
            mailboxes.remove(0);
        });
        assert_eq!(count(&without).unwrap(), (0, 1));
    }
}
