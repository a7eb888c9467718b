//! One account up close: the groups it is in, by which way, and the terms of policies that mean it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{ConditionUsers, ConditionalAccessPolicy, GuestsOrExternalUsers, Id, flags, role_name};

use crate::assumption::{Assumption, Reading};
use crate::compile::directory::{Account, Directory, Holder, NONE};
use crate::compile::guests::{guest_matches, is_some_guest};
use crate::tri::Tri;
use crate::world::World;

/// Who is directly in which group, and which group in which.
pub(crate) struct Memberships {
    /// Account and group, sorted.
    of_user: Vec<(u32, u32)>,
    /// Groups that directly contain the group.
    above: BTreeMap<u32, Vec<u32>>,
    /// Groups whose members are not all known, those above included, and why.
    unclear: BTreeMap<u32, String>,
}

impl Memberships {
    pub(crate) fn of(directory: &Directory) -> Self {
        let mut of_user = directory.members.clone();
        of_user.sort_unstable();
        of_user.dedup();
        let mut above: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (group, member) in &directory.subgroups {
            above.entry(*member).or_default().push(*group);
        }
        for list in above.values_mut() {
            list.sort_unstable_by_key(|group| directory.groups.text(*group));
            list.dedup();
        }
        Self { of_user, above, unclear: unclear(directory) }
    }

    /// Groups with some account in them, at any depth.
    pub(crate) fn peopled(&self, directory: &Directory) -> BTreeSet<u32> {
        let mut next: Vec<u32> = directory.members.iter().map(|(_, group)| *group).collect();
        next.sort_unstable();
        next.dedup();
        let mut found = BTreeSet::new();
        while let Some(group) = next.pop() {
            if found.insert(group) {
                next.extend(self.above.get(&group).into_iter().flatten());
            }
        }
        found
    }

    /// Why the members of the group are not all known; `None`: they are.
    pub(crate) fn why_unclear(&self, group: u32) -> Option<&str> {
        self.unclear.get(&group).map(String::as_str)
    }

    /// Every group that an account is in, each with the one it is reached through.
    fn groups(&self, user: u32, directory: &Directory) -> BTreeMap<u32, Option<u32>> {
        let first = self.of_user.partition_point(|(other, _)| *other < user);
        let mut direct: Vec<u32> = self
            .of_user
            .iter()
            .skip(first)
            .take_while(|(other, _)| *other == user)
            .map(|(_, group)| *group)
            .collect();
        direct.sort_unstable_by_key(|group| directory.groups.text(*group));
        let mut reached: BTreeMap<u32, Option<u32>> =
            direct.iter().map(|group| (*group, None)).collect();
        let mut next: VecDeque<u32> = direct.into();
        while let Some(group) = next.pop_front() {
            for above in self.above.get(&group).into_iter().flatten() {
                reached.entry(*above).or_insert_with(|| {
                    next.push_back(*above);
                    Some(group)
                });
            }
        }
        reached
    }
}

/// Groups whose members are not all known, and groups above them.
fn unclear(directory: &Directory) -> BTreeMap<u32, String> {
    let mut found: BTreeMap<u32, String> = BTreeMap::new();
    let mut next: Vec<(u32, String)> = directory.opaque.clone();
    next.sort_unstable();
    next.reverse();
    while let Some((group, why)) = next.pop() {
        if found.contains_key(&group) {
            continue;
        }
        for (above, below) in &directory.subgroups {
            if *below == group {
                next.push((*above, why.clone()));
            }
        }
        found.insert(group, why);
    }
    found
}

/// An account up close.
pub(crate) struct Person<'w> {
    world: &'w World<'w>,
    memberships: &'w Memberships,
    pub(crate) id: Id,
    pub(crate) number: u32,
    pub(crate) account: Account,
    groups: BTreeMap<u32, Option<u32>>,
}

/// A term of a policy that means the account, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// Such as `group:` and the group's id.
    pub(crate) code: String,
    /// Such as `group "exceptions" (bob > helpers > exceptions)`.
    pub(crate) words: String,
    /// Whether it does.
    pub(crate) means: Tri,
}

/// Which side of a policy's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Include,
    Exclude,
}

impl<'w> Person<'w> {
    /// The account of that id; `None`: there is none.
    pub(crate) fn of(world: &'w World<'w>, memberships: &'w Memberships, id: &Id) -> Option<Self> {
        let number = world.directory.users.find(id)?;
        let account = *world.directory.accounts.get(number as usize)?;
        let groups = memberships.groups(number, &world.directory);
        Some(Self { world, memberships, id: id.clone(), number, account, groups })
    }

    /// Whether the policy's users hold the account.
    pub(crate) fn is_meant(&self, policy: &ConditionalAccessPolicy, reading: Reading) -> Tri {
        let any = |side| {
            let terms = self.terms(policy, side, reading);
            terms.iter().fold(Tri::No, |any, term| any.or(term.means))
        };
        any(Side::Include).and(!any(Side::Exclude))
    }

    /// The terms that mean the account, or may.
    pub(crate) fn terms(
        &self,
        policy: &ConditionalAccessPolicy,
        side: Side,
        reading: Reading,
    ) -> Vec<Term> {
        let Some(users) = &policy.conditions.users else {
            let all = Term {
                code: "user:All".to_owned(),
                words: "all users".to_owned(),
                means: Tri::Maybe,
            };
            return if side == Side::Include { vec![all] } else { Vec::new() };
        };
        let (ids, groups, roles, guests) = sides(users, side);
        let mut terms = Vec::new();
        let mut add = |code: String, words: String, means: Tri| {
            if means.possible() {
                terms.push(Term { code, words, means });
            }
        };
        for id in ids {
            let (word, words, means) = match id.as_str() {
                "all" => ("All", "all users".to_owned(), Tri::Yes),
                "none" => continue,
                "guestsorexternalusers" => (
                    "GuestsOrExternalUsers",
                    "guests and external users".to_owned(),
                    is_some_guest(self.account),
                ),
                id => (id, "the account itself".to_owned(), Tri::from(*self.id == *id)),
            };
            add(format!("user:{word}"), words, means);
        }
        for id in groups {
            let Some(group) = self.world.directory.groups.find(id) else { continue };
            let means = if self.groups.contains_key(&group) {
                Tri::Yes
            } else if self.memberships.unclear.contains_key(&group) {
                Tri::Maybe
            } else {
                Tri::No
            };
            add(format!("group:{id}"), self.group_words(group, means), means);
        }
        for id in roles {
            let (means, through) = self.has_role(id, reading);
            let mut words = format!("the role {:?}", role_name(id).unwrap_or(id));
            if let Some(group) = through {
                words = format!("{words} through {}", self.group_words(group, Tri::Yes));
            }
            add(format!("role:{id}"), words, means);
        }
        if let Some(guests) = guests {
            let kinds = flags(guests.guest_or_external_user_types.as_ref()).join(",");
            let home = (self.account.home != NONE)
                .then(|| self.world.directory.tenants.text(self.account.home));
            let means = guest_matches(guests, self.account, home, reading);
            let words = match guests.external_tenants.as_ref().map(|tenants| tenants.members.len())
            {
                None | Some(0) => format!("guests of the kinds {kinds}"),
                Some(count) => format!("guests of the kinds {kinds} from {count} tenants"),
            };
            add(format!("guests:{kinds}"), words, means);
        }
        terms.sort_by(|one, other| one.code.cmp(&other.code));
        terms
    }

    /// Whether the account actively holds the built-in role in the whole tenant, and the group it
    /// holds it through; a role of its own counts first.
    fn has_role(&self, role: &Id, reading: Reading) -> (Tri, Option<u32>) {
        let directory = &self.world.directory;
        let mut best = (Tri::No, None);
        if directory.roles_gap.is_some() {
            best = (Tri::Maybe, None);
        }
        for held in directory.roles.iter().filter(|held| !held.eligible && held.role == *role) {
            let (holds, through) = match held.by {
                Holder::User(user) => (Tri::from(user == self.number), None),
                Holder::Group(_) if !reading.assumes(Assumption::RoleThroughGroup) => continue,
                Holder::Group(group) if self.groups.contains_key(&group) => (Tri::Yes, Some(group)),
                Holder::Group(group) if self.memberships.unclear.contains_key(&group) => {
                    (Tri::Maybe, Some(group))
                }
                Holder::Group(_) => continue,
            };
            let holds = holds.and(held.built_in).and(held.tenant_wide);
            if (holds, through.is_none()) > (best.0, best.1.is_none()) && holds.possible() {
                best = (holds, through);
            }
        }
        best
    }

    /// The group, and the way from the account to it.
    fn group_words(&self, group: u32, means: Tri) -> String {
        let name = |group: u32| self.world.group_name(self.world.directory.groups.text(group));
        if means == Tri::Maybe {
            let why = self.memberships.unclear.get(&group).map_or("", String::as_str);
            return format!("group {:?} ({why})", name(group));
        }
        let mut way = vec![group];
        let mut at = group;
        while let Some(Some(below)) = self.groups.get(&at) {
            way.push(*below);
            at = *below;
        }
        let mut path = self.world.user_name(&self.id);
        for group in way.iter().rev() {
            path.push_str(" > ");
            path.push_str(&name(*group));
        }
        format!("group {:?} ({path})", name(group))
    }
}

/// The ids, groups, roles and guests of one side.
fn sides(
    users: &ConditionUsers,
    side: Side,
) -> (&[Id], &[Id], &[Id], Option<&GuestsOrExternalUsers>) {
    match side {
        Side::Include => (
            &users.include_users,
            &users.include_groups,
            &users.include_roles,
            users.include_guests_or_external_users.as_ref(),
        ),
        Side::Exclude => (
            &users.exclude_users,
            &users.exclude_groups,
            &users.exclude_roles,
            users.exclude_guests_or_external_users.as_ref(),
        ),
    }
}

/// Why it is not known whether a policy means some account.
pub(crate) fn user_doubt(world: &World<'_>, policy: &ConditionalAccessPolicy) -> String {
    let directory = &world.directory;
    if let Some(users) = &policy.conditions.users {
        let unclear = unclear(directory);
        let groups = users.include_groups.iter().chain(&users.exclude_groups);
        for group in groups.filter_map(|id| directory.groups.find(id)) {
            if let Some(why) = unclear.get(&group) {
                return why.clone();
            }
        }
        if !users.include_roles.is_empty() || !users.exclude_roles.is_empty() {
            if let Some(gap) = &directory.roles_gap {
                return gap.clone();
            }
            if let Some((_, why)) = directory.opaque.first() {
                return why.clone();
            }
        }
        if users.include_guests_or_external_users.is_some()
            || users.exclude_guests_or_external_users.is_some()
        {
            return "which kind of guest the account is, or which kinds are meant, is not known"
                .to_owned();
        }
    }
    "whether it means the account is not known".to_owned()
}
