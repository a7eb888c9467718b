//! Which users a policy means: ids, groups, roles, guests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{PRIVILEGED_ROLES, Tenant, flags, is_set, list, same, strings, text};

impl<'a> Tenant<'a> {
    pub(super) fn find_user(&self, user: &str) -> Option<&'a Value> {
        list(self.json, "/users").iter().find(|account| account["id"] == user)
    }

    pub(crate) fn is_enabled(&self, user: &str) -> bool {
        self.find_user(user).is_some_and(|account| account["accountEnabled"] != false)
    }

    /// Whether the account belongs to another organization.
    pub(crate) fn is_external(&self, user: &str) -> bool {
        self.find_user(user)
            .is_some_and(|account| text(account, "/userPrincipalName").contains("#EXT#"))
    }

    /// The guest kind of a user; `None` for a member of this organization.
    pub(crate) fn guest_kind(&self, user: &str) -> Option<&'static str> {
        let guest =
            self.find_user(user).is_some_and(|account| same(text(account, "/userType"), "Guest"));
        match (self.is_external(user), guest) {
            (true, true) => Some("b2bCollaborationGuest"),
            (true, false) => Some("b2bCollaborationMember"),
            (false, true) => Some("internalGuest"),
            (false, false) => None,
        }
    }

    fn home_tenant(&self, user: &str) -> Option<&'a str> {
        self.json["userHomeTenants"][user].as_str()
    }

    /// What this tenant accepts from the home tenant of an external user: the partner's settings
    /// where they say something, else the default.
    pub(super) fn inbound_trust(&self, user: &str) -> &'a Value {
        let policy = &self.json["crossTenantAccessPolicy"];
        let home = self.home_tenant(user);
        list(policy, "/partners")
            .iter()
            .find(|partner| home.is_some_and(|home| same(text(partner, "/tenantId"), home)))
            .map(|partner| &partner["inboundTrust"])
            .filter(|trust| !trust.is_null())
            .unwrap_or(&policy["default"]["inboundTrust"])
    }

    /// Whether the user is in the group, directly or through other groups.
    pub(crate) fn in_group(&self, group: &str, user: &str) -> bool {
        self.holds(group, user, &mut BTreeSet::new())
    }

    fn holds(&self, group: &str, user: &str, visited: &mut BTreeSet<String>) -> bool {
        if !visited.insert(group.to_owned()) {
            return false;
        }
        let members = self.json["groupMembers"][group].as_array().into_iter().flatten();
        members
            .map(|member| text(member, "/id"))
            .any(|member| member == user || self.holds(member, user, visited))
    }

    /// The active role assignments of a user, direct or through a group.
    fn active_assignments(&self, user: &str) -> Vec<&'a Value> {
        list(self.json, "/roleAssignmentScheduleInstances")
            .iter()
            .filter(|assignment| {
                let principal = text(assignment, "/principalId");
                principal == user || self.in_group(principal, user)
            })
            .collect()
    }

    /// The template id of a built-in role; `None` for a custom role.
    fn built_in_template(&self, role: &str) -> Option<&'a str> {
        list(self.json, "/roleDefinitions")
            .iter()
            .find(|definition| same(text(definition, "/id"), role))
            .filter(|definition| definition["isBuiltIn"] == true)
            .map(|definition| text(definition, "/templateId"))
    }

    /// Whether policies see the user in this role: active, built-in, over the whole tenant.
    pub(crate) fn has_role(&self, template: &str, user: &str) -> bool {
        self.active_assignments(user).iter().any(|assignment| {
            let role = self.built_in_template(text(assignment, "/roleDefinitionId"));
            role.is_some_and(|role| same(role, template))
                && text(assignment, "/directoryScopeId") == "/"
                && !is_set(assignment, "/appScopeId")
        })
    }

    /// Whether the user is in the population of Q3: one of the 14 roles, active, at any scope.
    pub(crate) fn is_privileged(&self, user: &str) -> bool {
        self.active_assignments(user).iter().any(|assignment| {
            let role = self.built_in_template(text(assignment, "/roleDefinitionId"));
            role.is_some_and(|role| PRIVILEGED_ROLES.iter().any(|template| same(role, template)))
        })
    }

    /// The terms of one side (`include` or `exclude`) of a policy's users that match this user.
    fn matching_terms(&self, policy: &Value, side: &str, user: &str) -> Vec<String> {
        let users = |kind: &str| strings(policy, &format!("/conditions/users/{side}{kind}"));
        let mut terms = Vec::new();
        for term in users("Users") {
            let matches = match term {
                "All" => true,
                "None" => false,
                "GuestsOrExternalUsers" => self.guest_kind(user).is_some(),
                id => same(id, user),
            };
            if matches {
                terms.push(format!("user:{term}"));
            }
        }
        for group in users("Groups") {
            if self.in_group(group, user) {
                terms.push(format!("group:{group}"));
            }
        }
        for role in users("Roles") {
            if self.has_role(role, user) {
                terms.push(format!("role:{role}"));
            }
        }
        let guests = &policy["conditions"]["users"][format!("{side}GuestsOrExternalUsers")];
        if self.matches_guests(guests, user) {
            terms.push(format!("guests:{}", text(guests, "/guestOrExternalUserTypes")));
        }
        terms.sort();
        terms
    }

    fn matches_guests(&self, guests: &Value, user: &str) -> bool {
        let Some(kind) = self.guest_kind(user) else { return false };
        if !flags(guests, "/guestOrExternalUserTypes").contains(&kind) {
            return false;
        }
        let tenants = &guests["externalTenants"];
        let enumerated = text(tenants, "/membershipKind") == "enumerated"
            || text(tenants, "/@odata.type").ends_with("EnumeratedExternalTenants");
        if !enumerated || kind == "internalGuest" {
            return true;
        }
        let home = self.home_tenant(user);
        strings(tenants, "/members")
            .iter()
            .any(|tenant| home.is_some_and(|home| same(tenant, home)))
    }

    /// Whether the policy's users hold this user. A policy for service principals holds none.
    pub(super) fn users_condition(&self, policy: &Value, user: &str) -> bool {
        !is_set(policy, "/conditions/clientApplications")
            && !self.matching_terms(policy, "include", user).is_empty()
            && self.matching_terms(policy, "exclude", user).is_empty()
    }

    /// Q5: for each enabled account that some enforced policy includes and that every such policy
    /// excludes, those policies with the exclude terms that match.
    pub(crate) fn excluded_everywhere(&self) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
        let mut accounts = BTreeMap::new();
        for user in self.user_ids() {
            let excluding: BTreeMap<String, Vec<String>> = self
                .enabled_policies()
                .iter()
                .filter(|policy| !is_set(policy, "/conditions/clientApplications"))
                .filter(|policy| !self.matching_terms(policy, "include", user).is_empty())
                .map(|policy| {
                    let terms = self.matching_terms(policy, "exclude", user);
                    (text(policy, "/id").to_owned(), terms)
                })
                .collect();
            let everywhere = excluding.values().all(|terms| !terms.is_empty());
            if self.is_enabled(user) && !excluding.is_empty() && everywhere {
                accounts.insert(user.to_owned(), excluding);
            }
        }
        accounts
    }
}
