//! Accounts, the groups that matter, and who holds which role: read once, whatever is asked.

use std::collections::BTreeSet;
use std::rc::Rc;

use model::{
    ConditionalAccessPolicy, Gap, GroupMembers, Id, RoleDefinition, RoleSet, Tenant, User,
    role_name,
};

use crate::ids::Ids;
use crate::tri::Tri;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// Everything about accounts that does not depend on a policy's conditions.
pub(crate) struct Directory {
    /// Accounts in the order of the snapshot.
    pub(crate) users: Rc<Ids>,
    /// What each account is.
    pub(crate) accounts: Vec<Account>,
    /// Groups that a policy names or that hold a role, and those below them.
    pub(crate) groups: Ids,
    /// The component of each group: groups that contain each other are one.
    pub(crate) component: Vec<u32>,
    /// How many components; a containing one has the smaller number.
    pub(crate) components: usize,
    /// Which component contains which, in the order of the containing one.
    pub(crate) nested: Vec<(u32, u32)>,
    /// Which group directly contains which group.
    pub(crate) subgroups: Vec<(u32, u32)>,
    /// Which account is directly in which group.
    pub(crate) members: Vec<(u32, u32)>,
    /// Groups whose members are not all known, and why.
    pub(crate) opaque: Vec<(u32, String)>,
    /// Roles held or to be activated.
    pub(crate) roles: Vec<Held>,
    /// Why it is not known who holds which role; `None`: it is known.
    pub(crate) roles_gap: Option<String>,
    /// Why it is not known who may activate which role; `None`: it is known.
    pub(crate) eligibility_gap: Option<String>,
    /// Home tenants of guests, lower case.
    pub(crate) tenants: Ids,
}

/// What an account is, as far as policies can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    /// Whether it may sign in at all.
    pub(crate) enabled: Tri,
    /// Whether it was invited from elsewhere.
    pub(crate) external: bool,
    /// Whether its type is guest.
    pub(crate) guest: Tri,
    /// Its home tenant, a number of [`Directory::tenants`]; [`NONE`]: not known.
    pub(crate) home: u32,
    /// Per-user MFA.
    pub(crate) per_user: PerUser,
}

/// The state of per-user MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PerUser {
    /// It asks for nothing.
    Disabled,
    /// Modern clients need MFA.
    Enabled,
    /// Legacy clients need an app password besides.
    Enforced,
    /// Not readable.
    Unknown,
}

/// A role assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// Who.
    pub(crate) by: Holder,
    /// The role's template id, or the id of its definition.
    pub(crate) role: Id,
    /// Whether it is a built-in role.
    pub(crate) built_in: Tri,
    /// Whether it holds in the whole tenant.
    pub(crate) tenant_wide: Tri,
    /// Whether it first has to be activated.
    pub(crate) eligible: bool,
}

/// Who holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// An account.
    User(u32),
    /// All members of a group, at any depth.
    Group(u32),
}

impl Directory {
    /// Reads accounts, groups and roles.
    ///
    /// # Errors
    ///
    /// When the accounts themselves cannot be read.
    pub(crate) fn of(
        tenant: &Tenant<'_>,
        policies: &[&ConditionalAccessPolicy],
    ) -> Result<Self, Gap> {
        let records = tenant.users.read()?;
        let mut users = Ids::with_capacity(records.len());
        let mut accounts = Vec::with_capacity(records.len());
        for user in records {
            if users.add(&user.id) as usize == accounts.len() {
                accounts.push(account(user));
            }
        }
        let mut directory = Self {
            users: Rc::new(users),
            accounts,
            groups: Ids::default(),
            component: Vec::new(),
            components: 0,
            nested: Vec::new(),
            subgroups: Vec::new(),
            members: Vec::new(),
            opaque: Vec::new(),
            roles: Vec::new(),
            roles_gap: None,
            eligibility_gap: None,
            tenants: Ids::default(),
        };
        directory.read_homes(tenant);
        directory.read_per_user(tenant);
        directory.name_groups(policies);
        let known = Known::of(tenant);
        directory.read_roles(tenant, &known);
        directory.read_groups(tenant, &known);
        directory.condense();
        Ok(directory)
    }

    fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        let number = self.users.find(id)?;
        self.accounts.get_mut(number as usize)
    }

    fn read_homes(&mut self, tenant: &Tenant<'_>) {
        for record in tenant.user_home_tenants.read().unwrap_or_default() {
            if let Some(home) = &record.home_tenant_id {
                let home = self.tenants.add(home);
                if let Some(account) = self.account_mut(&record.user_id) {
                    account.home = home;
                }
            }
        }
    }

    /// An account without a record has per-user MFA disabled.
    fn read_per_user(&mut self, tenant: &Tenant<'_>) {
        let Ok(records) = tenant.user_authentication_requirements.read() else {
            for account in &mut self.accounts {
                account.per_user = PerUser::Unknown;
            }
            return;
        };
        for record in records {
            let word = record.per_user_mfa_state.as_deref().unwrap_or_default();
            let state = [
                ("disabled", PerUser::Disabled),
                ("enabled", PerUser::Enabled),
                ("enforced", PerUser::Enforced),
            ]
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))
            .map_or(PerUser::Unknown, |(_, state)| state);
            if let Some(account) = self.account_mut(&record.user_id) {
                account.per_user = state;
            }
        }
    }

    fn name_groups(&mut self, policies: &[&ConditionalAccessPolicy]) {
        for users in policies.iter().filter_map(|policy| policy.conditions.users.as_ref()) {
            for group in users.include_groups.iter().chain(&users.exclude_groups) {
                self.groups.add(group);
            }
        }
    }

    fn read_roles(&mut self, tenant: &Tenant<'_>, known: &Known) {
        let mut numbers = Ids::default();
        let mut definitions: Vec<&RoleDefinition> = Vec::new();
        for definition in tenant.role_definitions.read().unwrap_or_default() {
            if numbers.add(&definition.id) as usize == definitions.len() {
                definitions.push(definition);
            }
        }
        let find =
            |id: &Id| numbers.find(id).and_then(|number| definitions.get(number as usize).copied());
        // Without Microsoft Entra ID P2 there are no schedule instances.
        if let Ok(instances) = tenant.role_assignment_schedule_instances.read() {
            for held in instances {
                let scope = scope(held.directory_scope_id.as_deref(), held.app_scope_id.as_deref());
                let role = role(&held.role_definition_id, find(&held.role_definition_id));
                self.hold(&held.principal_id, role, scope, false, known);
            }
        } else {
            match tenant.role_assignments.read() {
                Ok(assignments) => {
                    for held in assignments {
                        let kind =
                            held.principal.as_ref().and_then(|holder| holder.kind.as_deref());
                        let kind = kind.and_then(|kind| kind.rsplit('.').next());
                        if kind == Some("group") {
                            self.groups.add(&held.principal_id);
                        }
                        let scope = scope(held.directory_scope_id.as_deref(), None);
                        let role = role(&held.role_definition_id, find(&held.role_definition_id));
                        if kind != Some("servicePrincipal") {
                            self.hold(&held.principal_id, role, scope, false, known);
                        }
                    }
                }
                Err(gap) => self.roles_gap = Some(gap.to_string()),
            }
        }
        match tenant.role_eligibility_schedule_instances.read() {
            Ok(instances) => {
                for held in instances {
                    let scope = scope(held.directory_scope_id.as_deref(), None);
                    let role = role(&held.role_definition_id, find(&held.role_definition_id));
                    self.hold(&held.principal_id, role, scope, true, known);
                }
            }
            // No license, no eligible assignments.
            Err(gap) if gap.is_not_licensed() => {}
            Err(gap) => self.eligibility_gap = Some(gap.to_string()),
        }
    }

    fn hold(
        &mut self,
        principal: &Id,
        (role, built_in): (Id, Tri),
        tenant_wide: Tri,
        eligible: bool,
        known: &Known,
    ) {
        let by = if let Some(user) = self.users.find(principal) {
            Holder::User(user)
        } else if let Some(group) = self.groups.find(principal) {
            Holder::Group(group)
        } else if known.may_be_group(principal) {
            Holder::Group(self.groups.add(principal))
        } else {
            // A service principal, or someone of another tenant.
            return;
        };
        self.roles.push(Held { by, role, built_in, tenant_wide, eligible });
    }

    /// Walks down from the groups named so far, and notes whose members are not all known.
    fn read_groups(&mut self, tenant: &Tenant<'_>, known: &Known) {
        let records = match tenant.group_members.read() {
            Ok(records) => records,
            Err(gap) => {
                let why = gap.to_string();
                self.opaque = self.groups.iter().map(|(group, _)| (group, why.clone())).collect();
                return;
            }
        };
        let mut by_group: Vec<Vec<&GroupMembers>> = vec![Vec::new(); known.recorded.len()];
        for record in records {
            let number = known.recorded.find(&record.group_id);
            if let Some(list) = number.and_then(|number| by_group.get_mut(number as usize)) {
                list.push(record);
            }
        }
        let users = Rc::clone(&self.users);
        let mut group = 0;
        while (group as usize) < self.groups.len() {
            let id = self.groups.text(group).to_owned();
            let records = known.recorded.find(&id).and_then(|number| by_group.get(number as usize));
            match records {
                None => self.opaque.push((group, known.missing(&id))),
                Some(records) => {
                    for record in records {
                        self.read_members(group, record, &users, known);
                    }
                }
            }
            group += 1;
        }
    }

    fn read_members(&mut self, group: u32, record: &GroupMembers, users: &Ids, known: &Known) {
        for member in &record.member_ids {
            if let Some(user) = users.find(member) {
                self.members.push((user, group));
            } else if record.transitive {
                // An account made or deleted while reading.
            } else if known.is_group(member)
                || record.group_ids.as_ref().is_some_and(|groups| groups.contains(member))
            {
                let member = self.groups.add(member);
                self.subgroups.push((group, member));
            } else if record.group_ids.is_some() {
                // A device, a contact, or an account made or deleted while reading.
            } else if known.service_principals.find(member).is_none() {
                let why = format!(
                    "the member {member} of the group {} is not known",
                    self.groups.text(group)
                );
                self.opaque.push((group, why));
            }
        }
    }

    /// Finds the strongly connected components of the groups, containing ones first.
    fn condense(&mut self) {
        let count = self.groups.len();
        let mut below = vec![Vec::new(); count];
        for (group, member) in &self.subgroups {
            if let Some(list) = below.get_mut(*group as usize) {
                list.push(*member);
            }
        }
        let found = components(&below);
        // Tarjan's algorithm finds what is contained first.
        let last = u32::try_from(found.count).unwrap_or(0).saturating_sub(1);
        self.component = found.of.iter().map(|component| last - component).collect();
        self.components = found.count;
        let component = |group: u32| self.component.get(group as usize).copied().unwrap_or(NONE);
        let nested: BTreeSet<(u32, u32)> = self
            .subgroups
            .iter()
            .map(|(group, member)| (component(*group), component(*member)))
            .filter(|(group, member)| group != member)
            .collect();
        self.nested = nested.into_iter().collect();
    }
}

/// Whether an assignment holds in the whole tenant: not over an administrative unit, an object or
/// an application only.
fn scope(directory: Option<&str>, app: Option<&str>) -> Tri {
    let in_one_application = app.is_some_and(|app| !app.is_empty() && app != "/");
    match directory {
        _ if in_one_application => Tri::No,
        Some("/") => Tri::Yes,
        Some(_) => Tri::No,
        None => Tri::Maybe,
    }
}

/// The role's template id, and whether the role is built in. The id of a built-in role is the same
/// in every tenant.
fn role(id: &Id, definition: Option<&RoleDefinition>) -> (Id, Tri) {
    let template = definition
        .and_then(|definition| definition.template_id.as_ref())
        .filter(|template| !template.is_empty())
        .unwrap_or(id);
    let built_in = match definition.and_then(|definition| definition.is_built_in) {
        Some(built_in) => Tri::from(built_in),
        None if role_name(template).is_some() => Tri::Yes,
        None => Tri::Maybe,
    };
    (template.clone(), built_in)
}

/// Which ids are known to be what.
struct Known {
    /// Groups that exist.
    groups: Ids,
    /// Why it is not known which groups exist; `None`: it is.
    groups_gap: Option<String>,
    /// Groups whose members were read.
    recorded: Ids,
    service_principals: Ids,
}

impl Known {
    fn of(tenant: &Tenant<'_>) -> Self {
        let mut known = Self {
            groups: Ids::default(),
            groups_gap: None,
            recorded: Ids::default(),
            service_principals: Ids::default(),
        };
        match tenant.groups.read() {
            Ok(groups) => groups.iter().for_each(|group| {
                known.groups.add(&group.id);
            }),
            Err(gap) => known.groups_gap = Some(gap.to_string()),
        }
        for record in tenant.group_members.read().unwrap_or_default() {
            known.recorded.add(&record.group_id);
        }
        for principal in tenant.service_principals.read().unwrap_or_default() {
            known.service_principals.add(&principal.id);
        }
        known
    }

    fn is_group(&self, id: &str) -> bool {
        self.groups.find(id).is_some() || self.recorded.find(id).is_some()
    }

    /// Whether the id is that of a group, or may be because groups could not be read.
    fn may_be_group(&self, id: &str) -> bool {
        self.is_group(id) || self.groups_gap.is_some() && self.service_principals.find(id).is_none()
    }

    /// Why the members of that group are not known.
    fn missing(&self, id: &str) -> String {
        match &self.groups_gap {
            Some(gap) => format!("the members of the group {id} were not read: {gap}"),
            None if self.is_group(id) => format!("the members of the group {id} were not read"),
            None => format!("the group {id} does not exist, or its members were not read"),
        }
    }
}

fn account(user: &User) -> Account {
    Account {
        enabled: user.account_enabled.map_or(Tri::Maybe, Tri::from),
        external: is_external(&user.user_principal_name),
        guest: match user.user_type.as_deref() {
            Some(kind) => Tri::from(kind.eq_ignore_ascii_case("Guest")),
            None => Tri::Maybe,
        },
        home: NONE,
        per_user: PerUser::Disabled,
    }
}

/// Whether the user principal name is that of an account invited from elsewhere.
pub(crate) fn is_external(name: &str) -> bool {
    name.match_indices('#')
        .any(|(at, _)| name.get(at..at + 5).is_some_and(|mark| mark.eq_ignore_ascii_case("#EXT#")))
}

/// The template ids of the 14 roles that the third question is about.
pub(crate) fn is_privileged(role: &str) -> bool {
    RoleSet::SecurityDefaults14.has(role)
}

struct Components {
    /// The component of each node.
    of: Vec<u32>,
    count: usize,
}

/// Tarjan's strongly connected components, without recursion: nesting may be deep.
fn components(below: &[Vec<u32>]) -> Components {
    #[derive(Clone, Copy, Default)]
    struct Node {
        order: u32,
        low: u32,
        component: Option<u32>,
    }
    let mut nodes = vec![Node::default(); below.len()];
    let (mut time, mut count) = (0_u32, 0_u32);
    let mut open: Vec<u32> = Vec::new();
    for start in 0..u32::try_from(below.len()).unwrap_or(0) {
        // The path from the start, each with how many of its members were visited.
        let mut path: Vec<(u32, usize)> = Vec::new();
        if nodes.get(start as usize).is_some_and(|node| node.order == 0) {
            path.push((start, 0));
        }
        while let Some((at, visited)) = path.pop() {
            if visited == 0 {
                time += 1;
                if let Some(node) = nodes.get_mut(at as usize) {
                    (node.order, node.low) = (time, time);
                }
                open.push(at);
            }
            let members = below.get(at as usize).map_or(&[][..], Vec::as_slice);
            // A member that was just left hands up what it reached.
            let mut low = nodes.get(at as usize).map_or(0, |node| node.low);
            if let Some(before) = visited.checked_sub(1).and_then(|index| members.get(index))
                && let Some(node) = nodes.get(*before as usize)
                && node.component.is_none()
            {
                low = low.min(node.low);
            }
            let mut next = visited;
            let mut descend = None;
            while let Some(member) = members.get(next) {
                next += 1;
                match nodes.get(*member as usize) {
                    Some(node) if node.order == 0 => {
                        descend = Some(*member);
                        break;
                    }
                    Some(node) if node.component.is_none() => low = low.min(node.order),
                    _ => {}
                }
            }
            if let Some(node) = nodes.get_mut(at as usize) {
                node.low = low;
            }
            if let Some(member) = descend {
                path.push((at, next));
                path.push((member, 0));
                continue;
            }
            if nodes.get(at as usize).is_some_and(|node| node.low == node.order) {
                while let Some(member) = open.pop() {
                    if let Some(node) = nodes.get_mut(member as usize) {
                        node.component = Some(count);
                    }
                    if member == at {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    Components {
        of: nodes.iter().map(|node| node.component.unwrap_or(0)).collect(),
        count: count as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_one_component_and_containers_come_later_in_the_search() {
        // 0 > 1 > 2 > 0 is a cycle that contains 3; 4 contains nothing; 5 contains itself and 0.
        let found = components(&[vec![1], vec![2, 3], vec![0], vec![], vec![], vec![5, 0]]);
        assert_eq!(found.count, 4);
        assert!(found.of[0] == found.of[1] && found.of[1] == found.of[2]);
        assert!(found.of[3] < found.of[0] && found.of[0] < found.of[5]);
        assert!(found.of[4] != found.of[0]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let below: Vec<Vec<u32>> = (1..=200_000_u32).map(|next| vec![next % 200_000]).collect();
        assert_eq!(components(&below).count, 1);
    }

    #[test]
    fn the_mark_of_invited_accounts_is_found_in_any_case() {
        assert!(is_external("gina_fabrikam.example#EXT#@contoso.example"));
        assert!(is_external("gina#ext#@contoso.example"));
        assert!(!is_external("gina#EX#T@contoso.example"));
        assert!(!is_external("gina@contoso.example#"));
        assert!(!is_external("#é#EXT"));
    }

    #[test]
    fn only_the_root_scope_is_the_whole_tenant() {
        assert_eq!(scope(Some("/"), None), Tri::Yes);
        assert_eq!(scope(Some("/administrativeUnits/1"), None), Tri::No);
        assert_eq!(scope(None, None), Tri::Maybe);
        assert_eq!(scope(Some("/"), Some("5c0")), Tri::No);
        assert_eq!(scope(None, Some("/5c0")), Tri::No);
        assert_eq!(scope(None, Some("")), Tri::Maybe);
    }
}
