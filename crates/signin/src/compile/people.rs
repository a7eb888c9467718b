//! Accounts to classes: accounts of one class are bound by the same gates.

use std::collections::hash_map::Entry;

use model::{ConditionUsers, CrossTenantAccessPolicy, GuestsOrExternalUsers, Id, RoleSet};
use rustc_hash::FxHashMap;

use super::directory::{Account, Directory, Held, Holder, NONE, PerUser, is_privileged};
use super::gates::{Fixed, Gates, Mention};
use super::guests::{GuestKind, Trust, guest_matches, is_some_guest, kind_matches, trusting};
use super::policy::Policy;
use crate::RolesAs;
use crate::assumption::{Assumption, Reading};
use crate::bits;
use crate::tri::Tri;

/// The role whose holders security defaults leave alone.
const SYNCHRONIZATION: &str = "d29b2b05-8046-44ba-8758-1e26182fcf32";

/// A set of accounts that nothing can tell apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class {
    /// Gates that bind them for certain.
    pub(crate) sure: Vec<u64>,
    /// Gates that may bind them.
    pub(crate) maybe: Vec<u64>,
    /// Whether they hold one of the 14 privileged roles, at whatever scope.
    pub(crate) privileged: Tri,
    /// Whether some enforced policy includes them and every such policy excludes them.
    pub(crate) excluded: Tri,
    /// Whether they may sign in at all.
    pub(crate) enabled: Tri,
    /// Policies that include but also exclude them; empty unless asked for.
    pub(crate) spared: Vec<u64>,
}

/// Accounts by class.
pub(crate) struct People {
    /// The class of each account; [`NONE`]: it is disabled.
    pub(crate) class: Vec<u32>,
    /// The classes, in an order that does not depend on the order of accounts.
    pub(crate) classes: Vec<Class>,
    /// The classes of an account with one administrator role activated, sorted by account.
    pub(crate) activated: Vec<(u32, u32)>,
}

/// What besides policies binds accounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'t> {
    /// Whether security defaults are on.
    pub(crate) defaults: Tri,
    /// Whose device claims are trusted; `None`: not readable.
    pub(crate) trust: Option<&'t CrossTenantAccessPolicy>,
}

const PRIVILEGED: u64 = 1;
const MAYBE_PRIVILEGED: u64 = 1 << 1;
const ADMIN: u64 = 1 << 2;
const MAYBE_ADMIN: u64 = 1 << 3;
const SYNC: u64 = 1 << 4;
const MAYBE_SYNC: u64 = 1 << 5;
const EXTERNAL: u64 = 1 << 6;
const TRUSTS_COMPLIANT: u64 = 1 << 7;
const MAYBE_TRUSTS_COMPLIANT: u64 = 1 << 8;
const TRUSTS_HYBRID: u64 = 1 << 9;
const MAYBE_TRUSTS_HYBRID: u64 = 1 << 10;
const PER_USER_MODERN: u64 = 1 << 11;
const PER_USER_LEGACY: u64 = 1 << 12;
const MAYBE_PER_USER: u64 = 1 << 13;
const MAYBE_ENABLED: u64 = 1 << 14;

/// Flags that say something for certain, each with the one that says the same perhaps.
const PERHAPS: [(u64, u64); 3] =
    [(PRIVILEGED, MAYBE_PRIVILEGED), (ADMIN, MAYBE_ADMIN), (SYNC, MAYBE_SYNC)];

impl People {
    /// Puts every account into its class. With `detailed`, accounts that are spared by different
    /// policies are of different classes.
    pub(crate) fn of(
        directory: &Directory,
        policies: &[Policy<'_>],
        around: Surroundings<'_>,
        reading: Reading,
        detailed: bool,
    ) -> Self {
        let gates = Gates { policies: policies.len() };
        let mut states = States::default();
        let compiler = Compiler { directory, policies, gates, around, reading, detailed };
        let groups = compiler.groups();
        let everyone = compiler.everyone(&groups);

        // What an account is by itself.
        let mut by_account: FxHashMap<Account, u32> = FxHashMap::default();
        let mut state: Vec<u32> = directory
            .accounts
            .iter()
            .map(|account| match by_account.entry(*account) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let mut mention = compiler.account(*account);
                    mention.join(&everyone);
                    *new.insert(states.number(mention))
                }
            })
            .collect();
        let mut join = |states: &mut States, user: u32, fact: u32| {
            if let Some(state) = state.get_mut(user as usize) {
                *state = states.join(*state, fact);
            }
        };

        // By name.
        for (user, mention) in compiler.named() {
            let fact = states.number(mention);
            join(&mut states, user, fact);
        }
        // Through groups, and roles held through groups.
        let groups: Vec<Option<u32>> = groups
            .into_iter()
            .map(|mention| (!mention.is_empty()).then(|| states.number(mention)))
            .collect();
        for (user, group) in &directory.members {
            let component = directory.component.get(*group as usize);
            let fact = component.and_then(|component| *groups.get(*component as usize)?);
            if let Some(fact) = fact {
                join(&mut states, *user, fact);
            }
        }
        // By roles of their own.
        for held in directory.roles.iter().filter(|held| !held.eligible) {
            if let Holder::User(user) = held.by {
                let fact = states.number(compiler.role(held));
                join(&mut states, user, fact);
            }
        }

        let activated: Vec<(u32, u32)> = compiler
            .eligible()
            .into_iter()
            .filter_map(|(user, role)| {
                let fact = states.number(compiler.role(role));
                let state = *state.get(user as usize)?;
                let enabled = directory.accounts.get(user as usize)?.enabled.possible();
                enabled.then(|| (user, states.join(state, fact)))
            })
            .collect();

        let mut people = Self { class: state, classes: Vec::new(), activated };
        people.classify(directory, &compiler, &states);
        people
    }

    /// The classes an account is judged as; none for a disabled one.
    pub(crate) fn classes_of(&self, user: u32, roles: RolesAs) -> impl Iterator<Item = u32> {
        let class = self.class.get(user as usize).copied().filter(|class| *class != NONE);
        let (first, last) = if roles == RolesAs::EligibleAsActive {
            let first = self.activated.partition_point(|(other, _)| *other < user);
            (first, self.activated.partition_point(|(other, _)| *other <= user))
        } else {
            (0, 0)
        };
        let as_if = self.activated.get(first..last).unwrap_or_default();
        let own = class.filter(|_| as_if.is_empty());
        own.into_iter().chain(as_if.iter().map(|(_, class)| *class))
    }

    /// The class of someone from outside who has no account here: only terms for all users and for
    /// guests mean them.
    pub(crate) fn outsider(
        directory: &Directory,
        policies: &[Policy<'_>],
        around: Surroundings<'_>,
        kind: GuestKind,
        home: Option<&str>,
    ) -> Class {
        let gates = Gates { policies: policies.len() };
        let reading = Reading::default();
        let compiler = Compiler { directory, policies, gates, around, reading, detailed: false };
        let mut mention = compiler.none();
        for (number, policy) in policies.iter().enumerate() {
            let Some(users) = &policy.source.conditions.users else {
                mention.include(number);
                continue;
            };
            let means = |ids: &[Id], guests: Option<&GuestsOrExternalUsers>| {
                let all = |id: &Id| ["all", "guestsorexternalusers"].contains(&id.as_str());
                Tri::from(ids.iter().any(all))
                    .or(guests.map_or(Tri::No, |guests| kind_matches(guests, kind, home, reading)))
            };
            let included =
                means(&users.include_users, users.include_guests_or_external_users.as_ref());
            let excluded =
                means(&users.exclude_users, users.exclude_guests_or_external_users.as_ref());
            mention.say(number, included, excluded);
        }
        compiler.trust(home, &mut mention);
        compiler.class(&mention)
    }

    /// Turns states into classes, in an order of their own.
    fn classify(&mut self, directory: &Directory, compiler: &Compiler<'_>, states: &States) {
        let mut used = vec![false; states.known.len()];
        let mut mark = |state: u32| {
            if let Some(used) = used.get_mut(state as usize) {
                *used = true;
            }
        };
        for (account, state) in directory.accounts.iter().zip(&mut self.class) {
            if account.enabled.possible() {
                mark(*state);
            } else {
                *state = NONE;
            }
        }
        self.activated.iter().for_each(|(_, state)| mark(*state));
        let of_state: Vec<Option<Class>> = states
            .known
            .iter()
            .zip(used)
            .map(|(mention, used)| used.then(|| compiler.class(mention)))
            .collect();
        self.classes = of_state.iter().flatten().cloned().collect();
        self.classes.sort_unstable();
        self.classes.dedup();
        let number: Vec<u32> = of_state
            .iter()
            .map(|class| {
                let class = class.as_ref().and_then(|class| self.classes.binary_search(class).ok());
                class.and_then(|class| u32::try_from(class).ok()).unwrap_or(NONE)
            })
            .collect();
        let class = |state: u32| number.get(state as usize).copied().unwrap_or(NONE);
        self.class.iter_mut().for_each(|state| *state = class(*state));
        self.activated.iter_mut().for_each(|(_, state)| *state = class(*state));
        self.activated.sort_unstable();
        self.activated.dedup();
    }
}

/// What can be said of an account, numbered, so that joining is remembered.
#[derive(Default)]
struct States {
    known: Vec<Mention>,
    numbers: FxHashMap<Mention, u32>,
    joined: FxHashMap<(u32, u32), u32>,
}

impl States {
    fn number(&mut self, mention: Mention) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(NONE);
        match self.numbers.entry(mention) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.known.push(new.key().clone());
                *new.insert(next)
            }
        }
    }

    fn join(&mut self, state: u32, fact: u32) -> u32 {
        if let Some(known) = self.joined.get(&(state, fact)) {
            return *known;
        }
        let both = match (self.known.get(state as usize), self.known.get(fact as usize)) {
            (Some(one), Some(other)) => {
                let mut both = one.clone();
                both.join(other);
                both
            }
            _ => return state,
        };
        let number = self.number(both);
        self.joined.insert((state, fact), number);
        number
    }
}

struct Compiler<'c> {
    directory: &'c Directory,
    policies: &'c [Policy<'c>],
    gates: Gates,
    around: Surroundings<'c>,
    reading: Reading,
    detailed: bool,
}

impl<'c> Compiler<'c> {
    fn none(&self) -> Mention {
        Mention::none(self.gates)
    }

    /// Each policy's number and users.
    fn users(&self) -> impl Iterator<Item = (usize, &'c ConditionUsers)> {
        self.policies
            .iter()
            .enumerate()
            .filter_map(|(number, policy)| Some((number, policy.source.conditions.users.as_ref()?)))
    }

    /// What every account is, whatever it is: included by `All`, and perhaps in groups and roles
    /// that are not readable.
    fn everyone(&self, groups: &[Mention]) -> Mention {
        let mut everyone = self.none();
        for (number, policy) in self.policies.iter().enumerate() {
            let all = match &policy.source.conditions.users {
                None => true,
                Some(users) => {
                    users.include_users.iter().any(|id| id.as_str() == "all")
                        || self.binds_active_sync(policy, users)
                }
            };
            if all {
                everyone.include(number);
            }
            let Some(users) = &policy.source.conditions.users else { continue };
            if users.exclude_users.iter().any(|id| id.as_str() == "all") {
                everyone.exclude(number);
            }
        }
        for (group, _) in &self.directory.opaque {
            let component = self.directory.component.get(*group as usize);
            if let Some(mention) = component.and_then(|number| groups.get(*number as usize)) {
                everyone.join(&perhaps(mention));
            }
        }
        if self.directory.roles_gap.is_some() {
            for (number, users) in self.users() {
                if !users.include_roles.is_empty() {
                    everyone.may_include(number);
                }
                if !users.exclude_roles.is_empty() {
                    everyone.may_exclude(number);
                }
            }
            everyone.flag(MAYBE_PRIVILEGED | MAYBE_ADMIN | MAYBE_SYNC);
        }
        everyone
    }

    /// Whether a policy for Exchange ActiveSync alone binds everyone, by the other reading.
    fn binds_active_sync(&self, policy: &Policy<'_>, users: &ConditionUsers) -> bool {
        let types = &policy.source.conditions.client_app_types;
        let only = |word: &String| {
            ["exchangeActiveSync", "easSupported"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(word))
        };
        !self.reading.assumes(Assumption::ActiveSyncScope)
            && !types.is_empty()
            && types.iter().all(only)
            && (!users.include_roles.is_empty()
                || users.include_guests_or_external_users.is_some()
                || users.include_users.iter().any(|id| id.as_str() == "guestsorexternalusers"))
    }

    /// What an account is by itself.
    fn account(&self, account: Account) -> Mention {
        let mut mention = self.none();
        for (number, users) in self.users() {
            let older = |ids: &[Id]| {
                let named = ids.iter().any(|id| id.as_str() == "guestsorexternalusers");
                if named { is_some_guest(account) } else { Tri::No }
            };
            let newer = |guests: Option<&GuestsOrExternalUsers>| {
                guests.map_or(Tri::No, |guests| self.is_guest(guests, account))
            };
            let included = older(&users.include_users)
                .or(newer(users.include_guests_or_external_users.as_ref()));
            let excluded = older(&users.exclude_users)
                .or(newer(users.exclude_guests_or_external_users.as_ref()));
            mention.say(number, included, excluded);
        }
        if account.enabled == Tri::Maybe {
            mention.flag(MAYBE_ENABLED);
        }
        match account.per_user {
            PerUser::Disabled => {}
            PerUser::Enabled => mention.flag(PER_USER_MODERN),
            PerUser::Enforced => mention.flag(PER_USER_MODERN | PER_USER_LEGACY),
            PerUser::Unknown => mention.flag(MAYBE_PER_USER),
        }
        if account.external {
            self.trust(self.home(account), &mut mention);
        }
        mention
    }

    /// Whose devices of an external account are trusted.
    fn trust(&self, home: Option<&str>, mention: &mut Mention) {
        mention.flag(EXTERNAL);
        let trust = Trust::of(self.around.trust, home);
        for (claim, sure, maybe) in [
            (trust.compliant, TRUSTS_COMPLIANT, MAYBE_TRUSTS_COMPLIANT),
            (trust.hybrid, TRUSTS_HYBRID, MAYBE_TRUSTS_HYBRID),
        ] {
            match claim {
                Tri::No => {}
                Tri::Maybe => mention.flag(maybe),
                Tri::Yes => mention.flag(sure | maybe),
            }
        }
    }

    fn home(&self, account: Account) -> Option<&'c str> {
        (account.home != NONE).then(|| self.directory.tenants.text(account.home))
    }

    fn is_guest(&self, guests: &GuestsOrExternalUsers, account: Account) -> Tri {
        guest_matches(guests, account, self.home(account), self.reading)
    }

    /// Accounts that policies name.
    fn named(&self) -> FxHashMap<u32, Mention> {
        let mut named: FxHashMap<u32, Mention> = FxHashMap::default();
        for (number, users) in self.users() {
            let find = |ids: &'c [Id]| ids.iter().filter_map(|id| self.directory.users.find(id));
            for user in find(&users.include_users) {
                named.entry(user).or_insert_with(|| self.none()).include(number);
            }
            for user in find(&users.exclude_users) {
                named.entry(user).or_insert_with(|| self.none()).exclude(number);
            }
        }
        named
    }

    /// What the members of each component are by it and by all that contain it.
    fn groups(&self) -> Vec<Mention> {
        let directory = self.directory;
        let mut mentions = vec![self.none(); directory.components];
        let component =
            |group: u32| directory.component.get(group as usize).copied().unwrap_or(NONE) as usize;
        for (number, users) in self.users() {
            for group in users.include_groups.iter().filter_map(|id| directory.groups.find(id)) {
                if let Some(mention) = mentions.get_mut(component(group)) {
                    mention.include(number);
                }
            }
            for group in users.exclude_groups.iter().filter_map(|id| directory.groups.find(id)) {
                if let Some(mention) = mentions.get_mut(component(group)) {
                    mention.exclude(number);
                }
            }
        }
        for held in directory.roles.iter().filter(|held| !held.eligible) {
            if let Holder::Group(group) = held.by
                && let Some(mention) = mentions.get_mut(component(group))
            {
                mention.join(&self.role(held));
            }
        }
        // Containing components come first, so each is complete when it is handed down.
        for (above, below) in &directory.nested {
            if let Some(handed) = mentions.get(*above as usize).cloned()
                && let Some(mention) = mentions.get_mut(*below as usize)
            {
                mention.join(&handed);
            }
        }
        mentions
    }

    /// What the holder of a role is by it.
    fn role(&self, held: &Held) -> Mention {
        let mut mention = self.none();
        let through_group = matches!(held.by, Holder::Group(_));
        let seen = if through_group && !self.reading.assumes(Assumption::RoleThroughGroup) {
            Tri::No
        } else {
            held.built_in.and(held.tenant_wide)
        };
        if seen.possible() {
            for (number, users) in self.users() {
                let names = |ids: &[Id]| ids.contains(&held.role);
                match (names(&users.include_roles), seen.certain()) {
                    (true, true) => mention.include(number),
                    (true, false) => mention.may_include(number),
                    (false, _) => {}
                }
                match (names(&users.exclude_roles), seen.certain()) {
                    (true, true) => mention.exclude(number),
                    (true, false) => mention.may_exclude(number),
                    (false, _) => {}
                }
            }
        }
        if is_privileged(&held.role) {
            mention.flag(PRIVILEGED);
        }
        let (admins, scope) = if self.reading.assumes(Assumption::SecurityDefaultsRoles) {
            (RoleSet::SecurityDefaults14, held.tenant_wide)
        } else {
            (RoleSet::SecurityDefaults, Tri::Yes)
        };
        for (holds, sure, maybe) in [
            (admins.has(&held.role), ADMIN, MAYBE_ADMIN),
            (held.role.as_str() == SYNCHRONIZATION, SYNC, MAYBE_SYNC),
        ] {
            match scope {
                Tri::Yes if holds => mention.flag(sure),
                Tri::Maybe if holds => mention.flag(maybe),
                _ => {}
            }
        }
        mention
    }

    /// Accounts that may activate an administrator role, each with each of them.
    fn eligible(&self) -> Vec<(u32, &'c Held)> {
        let directory = self.directory;
        let mut eligible = Vec::new();
        let mut by_component: Vec<Vec<&Held>> = vec![Vec::new(); directory.components];
        let mut any = false;
        for held in &directory.roles {
            if !held.eligible || !RoleSet::Administrators.has(&held.role) {
                continue;
            }
            match held.by {
                Holder::User(user) => eligible.push((user, held)),
                Holder::Group(group) => {
                    let component = directory.component.get(group as usize).copied();
                    let list = component.and_then(|number| by_component.get_mut(number as usize));
                    if let Some(list) = list {
                        list.push(held);
                        any = true;
                    }
                }
            }
        }
        if any {
            for (above, below) in &directory.nested {
                if let Some(handed) = by_component.get(*above as usize).cloned()
                    && let Some(list) = by_component.get_mut(*below as usize)
                {
                    list.extend(
                        handed.iter().filter(|held| !held_in(list, held)).collect::<Vec<_>>(),
                    );
                }
            }
            for (user, group) in &directory.members {
                let component = directory.component.get(*group as usize);
                let list = component.and_then(|number| by_component.get(*number as usize));
                eligible.extend(list.into_iter().flatten().map(|held| (*user, *held)));
            }
        }
        eligible
    }

    /// The class of accounts of which this can be said.
    fn class(&self, mention: &Mention) -> Class {
        let (mut sure, mut maybe) = mention.chosen();
        let flags = mention.flags();
        let has = |flag: u64| flags & flag != 0;
        let known = |sure: u64, maybe: u64| match (has(sure), has(maybe)) {
            (true, _) => Tri::Yes,
            (false, true) => Tri::Maybe,
            (false, false) => Tri::No,
        };
        let excluded = self.excluded(mention, &sure, &maybe);
        let spared = if self.detailed { mention.spared() } else { Vec::new() };
        // A policy that may not be enforced, or may apply less, binds only perhaps.
        for (number, policy) in self.policies.iter().enumerate() {
            if !policy.doubts.is_empty() && bits::has(&sure, number) {
                bits::set(&mut maybe, number);
            }
        }
        let mut uncertain = maybe.clone();
        bits::keep(&mut uncertain, &sure);
        for gate in bits::each(&uncertain) {
            bits::unset(&mut sure, gate);
        }

        let mut bind = |gate: Fixed, how: Tri| match how {
            Tri::No => {}
            Tri::Maybe => bits::set(&mut maybe, self.gates.fixed(gate)),
            Tri::Yes => bits::set(&mut sure, self.gates.fixed(gate)),
        };
        bind(Fixed::ActiveSyncElsewhere, Tri::Yes);
        if has(EXTERNAL) {
            let compliant = known(TRUSTS_COMPLIANT, MAYBE_TRUSTS_COMPLIANT);
            let hybrid = known(TRUSTS_HYBRID, MAYBE_TRUSTS_HYBRID);
            let most = trusting(compliant.possible(), hybrid.possible());
            let least = trusting(compliant.certain(), hybrid.certain());
            bind(most, Tri::Yes);
            if most != least {
                bind(least, Tri::Maybe);
            }
        }
        let defaults = self.around.defaults;
        let synchronizes = known(SYNC, MAYBE_SYNC);
        bind(Fixed::DefaultsLegacy, defaults);
        bind(Fixed::DefaultsAdmins, defaults.and(known(ADMIN, MAYBE_ADMIN)).and(!synchronizes));
        bind(Fixed::DefaultsAzure, defaults.and(!synchronizes));
        bind(Fixed::PerUserModern, known(PER_USER_MODERN, MAYBE_PER_USER));
        if self.reading.assumes(Assumption::AppPassword) {
            bind(Fixed::PerUserLegacy, known(PER_USER_LEGACY, MAYBE_PER_USER));
        }
        Class {
            sure,
            maybe,
            privileged: known(PRIVILEGED, MAYBE_PRIVILEGED),
            excluded,
            enabled: if has(MAYBE_ENABLED) { Tri::Maybe } else { Tri::Yes },
            spared,
        }
    }

    /// Whether some enforced policy includes them and every such policy excludes them.
    fn excluded(&self, mention: &Mention, sure: &[u64], maybe: &[u64]) -> Tri {
        let (surely_spared, maybe_spared) = (mention.spared(), mention.maybe_spared());
        // Whether some enforced policy includes and excludes them, and whether one applies. What is
        // not known of a policy is known of none of the others, so each is looked at by itself.
        let (mut spared, mut applies) = (Tri::No, Tri::No);
        for (number, policy) in self.policies.iter().enumerate() {
            let in_all = |set: &[u64], less: &[u64]| {
                if bits::has(set, number) {
                    Tri::Yes
                } else if bits::has(less, number) {
                    Tri::Maybe
                } else {
                    Tri::No
                }
            };
            let binds = if policy.doubts.is_empty() { policy.enforced } else { Tri::Maybe };
            spared = spared.or(binds.and(in_all(&surely_spared, &maybe_spared)));
            applies = applies.or(binds.and(in_all(sure, maybe)));
        }
        spared.and(!applies)
    }
}

fn held_in(list: &[&Held], held: &Held) -> bool {
    list.iter().any(|known| std::ptr::eq(*known, held))
}

/// What is said of the members of a group, of someone who may be a member.
fn perhaps(mention: &Mention) -> Mention {
    let mut perhaps = mention.perhaps();
    for (sure, maybe) in PERHAPS {
        if mention.flags() & (sure | maybe) != 0 {
            perhaps.flag(maybe);
        }
    }
    perhaps
}
