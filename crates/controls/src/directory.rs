//! Users, groups at any depth, and who holds which role by which path.

mod holders;
mod resolve;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::{Data, Dataset, Gap, GapCause, Group, Id, ServicePrincipal, Tenant, User};

use crate::by_id::ById;

pub(crate) use holders::{Holder, HolderState, Holders, Principal, in_words};

/// The datasets that say who holds which role, and more.
macro_rules! role_data {
    ($($more:ident),* $(,)?) => {
        &[
            model::Data::Users,
            model::Data::Groups,
            model::Data::GroupMembers,
            model::Data::RoleDefinitions,
            model::Data::RoleAssignments,
            model::Data::RoleAssignmentScheduleInstances,
            model::Data::RoleEligibilityScheduleInstances,
            model::Data::GroupEligibilityScheduleInstances,
            model::Data::SubscribedSkus,
            $(model::Data::$more,)*
        ]
    };
}
pub(crate) use role_data;

/// What lies below a group, each id once.
type Below<'t> = Result<Rc<BTreeSet<&'t Id>>, Gap>;

/// Users, groups and role holders of a tenant.
pub(crate) struct Directory<'t> {
    users: ById<'t, &'t User>,
    groups: Result<BTreeMap<&'t Id, &'t Group>, Gap>,
    members: Result<BTreeMap<&'t Id, (&'t [Id], bool)>, Gap>,
    service_principals: BTreeMap<&'t Id, &'t ServicePrincipal>,
    /// What the collector noted of groups whose members it was refused, in lower case.
    refused_members: String,
    tenant: &'t Tenant<'t>,
    holders: OnceCell<Result<Holders<'t>, Gap>>,
    /// What lies below the groups that somebody asked for.
    below: RefCell<BTreeMap<Id, Below<'t>>>,
}

impl<'t> Directory<'t> {
    pub(crate) fn of(tenant: &'t Tenant<'t>) -> Result<Self, Gap> {
        let users = tenant.users.read()?;
        if users.is_empty() {
            return Err(Gap {
                data: Data::Users,
                cause: GapCause::Unreadable,
                detail: "the list of users is empty, which cannot be".to_owned(),
            });
        }
        let members = tenant.group_members.read().map(|records| {
            records
                .iter()
                .map(|record| (&record.group_id, (record.member_ids.as_slice(), record.transitive)))
                .collect()
        });
        let groups = tenant.groups.read();
        // Service principals only lend names and kinds here: without them, holders are still told
        // apart by their ids and by what the assignment says of its principal.
        let service_principals = tenant.service_principals.read().unwrap_or_default();
        Ok(Self {
            users: users.iter().map(|user| (&user.id, user)).collect(),
            groups: groups.map(|groups| groups.iter().map(|group| (&group.id, group)).collect()),
            members,
            service_principals: service_principals.iter().map(|one| (&one.id, one)).collect(),
            refused_members: notes(tenant, Data::GroupMembers),
            tenant,
            holders: OnceCell::new(),
            below: RefCell::default(),
        })
    }

    /// Every user object, enabled or not, sorted by id.
    pub(crate) fn users(&self) -> impl Iterator<Item = &'t User> + '_ {
        self.users.values().copied()
    }

    /// The user of that id.
    pub(crate) fn user(&self, id: &str) -> Option<&'t User> {
        let known = self.users.get(id);
        known.or_else(|| self.users.get(&id.to_ascii_lowercase())).copied()
    }

    /// The user that a profile names: by object id or user principal name.
    pub(crate) fn named(&self, name: &str) -> Option<&'t User> {
        self.user(name).or_else(|| {
            self.users().find(|user| user.user_principal_name.eq_ignore_ascii_case(name))
        })
    }

    /// The group of that id, where it was read.
    pub(crate) fn group(&self, id: &str) -> Option<&'t Group> {
        self.groups.as_ref().ok()?.get(&Id::from(id)).copied()
    }

    /// Whether the id is a group of this tenant.
    ///
    /// # Errors
    ///
    /// When nothing that was read says so, and the list of groups was not read.
    pub(crate) fn is_group(&self, id: &Id) -> Result<bool, Gap> {
        if self.members.as_ref().is_ok_and(|members| members.contains_key(id)) {
            return Ok(true);
        }
        match (self.expanded(id), &self.groups) {
            (Some(kind), _) => Ok(kind == "group"),
            (None, Ok(groups)) => Ok(groups.contains_key(id)),
            (None, Err(gap)) => Err(gap.clone()),
        }
    }

    /// Whether the id, named as a group somewhere, is none any more: a group that is gone has no
    /// object, and no members.
    ///
    /// # Errors
    ///
    /// As [`Directory::is_group`].
    pub(crate) fn is_deleted_group(&self, id: &Id) -> Result<bool, Gap> {
        let members = self.members.as_ref().ok().and_then(|members| members.get(id));
        match &self.groups {
            Ok(groups) if !groups.contains_key(id) => {
                Ok(members.is_none_or(|(ids, _)| ids.is_empty()))
            }
            Ok(_) => Ok(false),
            Err(_) => Ok(!self.is_group(id)?),
        }
    }

    /// What a role assignment says its principal is: `user`, `group`, `servicePrincipal`. `None`
    /// where no assignment speaks of it, or the principal is not found in this tenant.
    pub(crate) fn expanded(&self, id: &Id) -> Option<&'t str> {
        let assignments = self.tenant.role_assignments.read().unwrap_or_default();
        let principal = assignments
            .iter()
            .filter_map(|one| one.principal.as_ref())
            .find(|one| one.id == *id)?;
        principal.kind.as_deref()?.rsplit('.').next()
    }

    /// Ids of everything below the group at any depth, groups included; cycles are fine. Every
    /// nested group has a record of its own among the members.
    ///
    /// A member without a record, neither user nor service principal, is a group that was not read
    /// where the list of groups or a note on the members names it. Else it is taken for a device or
    /// a contact, which has no members: those are common in groups and listed nowhere.
    ///
    /// # Errors
    ///
    /// When the members of the group, or of a group below it, were not read.
    pub(crate) fn below(&self, group: &Id) -> Below<'t> {
        if let Some(known) = self.below.borrow().get(group) {
            return known.clone();
        }
        let found = self.look_below(group).map(Rc::new);
        self.below.borrow_mut().insert(group.clone(), found.clone());
        found
    }

    fn look_below(&self, group: &Id) -> Result<BTreeSet<&'t Id>, Gap> {
        let members = self.members.as_ref().map_err(Gap::clone)?;
        let mut found = BTreeSet::new();
        let mut todo = vec![group.clone()];
        let mut done = BTreeSet::new();
        while let Some(next) = todo.pop() {
            if !done.insert(next.clone()) {
                continue;
            }
            let Some((ids, transitive)) = members.get(&next) else {
                // A nested group that was not read is a hole; any other kind of member has none.
                if next == *group
                    || self.group(&next).is_some()
                    || self.refused_members.contains(next.as_str())
                {
                    return Err(Gap::field(
                        Data::GroupMembers,
                        &format!("the members of the group {next}"),
                    ));
                }
                continue;
            };
            found.extend(ids.iter());
            if !transitive {
                todo.extend(ids.iter().filter(|id| !self.users.contains(id)).cloned());
            }
        }
        Ok(found)
    }

    /// Users in the group at any depth, sorted by id.
    ///
    /// # Errors
    ///
    /// As [`Directory::below`].
    pub(crate) fn users_in(&self, group: &Id) -> Result<Vec<&'t User>, Gap> {
        Ok(self.below(group)?.iter().filter_map(|id| self.users.get(id).copied()).collect())
    }
}

/// Whether the account may sign in.
///
/// # Errors
///
/// When that was not read: then it neither counts nor is left out.
pub(crate) fn is_enabled(user: &User) -> Result<bool, Gap> {
    user.account_enabled.ok_or_else(|| Gap::field(Data::Users, "accountEnabled"))
}

/// Whether one of the accounts may sign in.
///
/// # Errors
///
/// When none that was read may, and of some it was not read.
pub(crate) fn any_enabled<'t>(users: impl IntoIterator<Item = &'t User>) -> Result<bool, Gap> {
    let mut gap = None;
    for user in users {
        match is_enabled(user) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(hole) => gap = Some(hole),
        }
    }
    gap.map_or(Ok(false), Err)
}

/// The collector's notes on a dataset, in lower case as ids are; empty where there are none.
fn notes(tenant: &Tenant<'_>, data: Data) -> String {
    let Some(Dataset::Collected(collected)) = tenant.snapshot.datasets.get(data.name()) else {
        return String::new();
    };
    collected.other.get("notes").map_or_else(String::new, |notes| notes.get().to_ascii_lowercase())
}
