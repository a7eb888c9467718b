//! Whom a policy is for: included by some term, and excluded by none.

use std::collections::BTreeSet;

use model::{ConditionUsers, ConditionalAccessPolicy, Gap, GuestsOrExternalUsers, Id, User, flags};

use crate::context::Context;

/// The accounts that a policy includes and excludes.
pub(crate) struct Audience<'t> {
    include: Side<'t>,
    exclude: Side<'t>,
}

/// One list of a policy's users.
struct Side<'t> {
    everybody: bool,
    accounts: BTreeSet<&'t Id>,
    every_guest: bool,
    guests: Option<&'t GuestsOrExternalUsers>,
}

impl<'t> Audience<'t> {
    /// Expands groups and roles. A role means its active holders with the whole tenant as scope;
    /// with `once_activated` its eligible holders too.
    ///
    /// # Errors
    ///
    /// When members of a group, or holders of roles, were not read. A deleted group has none.
    pub(crate) fn of(
        context: &Context<'t>,
        policy: &'t ConditionalAccessPolicy,
        once_activated: bool,
    ) -> Result<Self, Gap> {
        let side = |users: &'t [Id], groups: &[Id], roles: &[Id], guests| {
            Side::of(context, users, groups, roles, guests, once_activated)
        };
        let Some(ConditionUsers {
            include_users,
            exclude_users,
            include_groups,
            exclude_groups,
            include_roles,
            exclude_roles,
            include_guests_or_external_users: guests_in,
            exclude_guests_or_external_users: guests_out,
            ..
        }) = &policy.conditions.users
        else {
            return Ok(Self { include: Side::nobody(), exclude: Side::nobody() });
        };
        Ok(Self {
            include: side(include_users, include_groups, include_roles, guests_in.as_ref())?,
            exclude: side(exclude_users, exclude_groups, exclude_roles, guests_out.as_ref())?,
        })
    }

    /// Whether the policy is for the account.
    pub(crate) fn has(&self, user: &User) -> bool {
        self.include.has(user) && !self.exclude.has(user)
    }

    /// Whether the policy would be for the account, were it not excluded.
    pub(crate) fn excludes(&self, user: &User) -> bool {
        self.include.has(user) && self.exclude.has(user)
    }
}

impl<'t> Side<'t> {
    fn nobody() -> Self {
        Self { everybody: false, accounts: BTreeSet::new(), every_guest: false, guests: None }
    }

    fn of(
        context: &Context<'t>,
        users: &'t [Id],
        groups: &[Id],
        roles: &[Id],
        guests: Option<&'t GuestsOrExternalUsers>,
        once_activated: bool,
    ) -> Result<Self, Gap> {
        let mut accounts: BTreeSet<&'t Id> = users.iter().collect();
        let directory = context.directory()?;
        for group in groups {
            if directory.is_group(group)? {
                accounts.extend(directory.users_in(group)?.into_iter().map(|user| &user.id));
            }
        }
        if !roles.is_empty() {
            let holders = directory.holders()?;
            if once_activated {
                holders.complete()?;
            }
            let meant = holders.all.iter().filter(|holder| {
                holder.tenant_wide
                    && roles.contains(&holder.role)
                    && (once_activated || holder.is_active())
            });
            accounts.extend(meant.filter_map(|holder| Some(&holder.principal.user()?.id)));
        }
        let named = |word: &str| users.iter().any(|id| *id == word);
        Ok(Self {
            everybody: named("all"),
            every_guest: named("guestsorexternalusers"),
            accounts,
            guests,
        })
    }

    fn has(&self, user: &User) -> bool {
        let kind = external_kind(user);
        self.everybody
            || self.accounts.contains(&user.id)
            || kind.is_some_and(|kind| {
                // The home tenant of an account is not known, so a list of tenants names nobody.
                self.every_guest || self.guests.is_some_and(|guests| is_for_all_of(guests, kind))
            })
    }
}

/// The kind of external user that the account is; `None`: an own one.
pub(crate) fn external_kind(user: &User) -> Option<&'static str> {
    match (user.is_external(), user.is_guest()) {
        (true, true) => Some("b2bCollaborationGuest"),
        (true, false) => Some("b2bCollaborationMember"),
        (false, true) => Some("internalGuest"),
        (false, false) => None,
    }
}

/// Whether the term means that kind of external user, from every tenant.
pub(crate) fn is_for_all_of(guests: &GuestsOrExternalUsers, kind: &str) -> bool {
    let tenants = guests.external_tenants.as_ref();
    tenants.is_none_or(|tenants| {
        tenants.membership_kind.as_deref().is_none_or(|word| word.eq_ignore_ascii_case("all"))
    }) && names_kind(guests, kind)
}

/// Whether the term means that kind of external user, from whichever tenants.
pub(crate) fn names_kind(guests: &GuestsOrExternalUsers, kind: &str) -> bool {
    flags(guests.guest_or_external_user_types.as_ref())
        .iter()
        .any(|word| word.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// Who of the exemplary tenant a policy with these users is for.
    fn audience(users: &Value, once_activated: bool) -> Result<Vec<String>, Gap> {
        let mut policy = policy("P", grant("mfa"));
        policy["conditions"]["users"] = users.clone();
        let fixture = Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]));
        fixture.look(|context| {
            let policies = context.tenant.conditional_access_policies.read().unwrap();
            let audience = Audience::of(context, &policies[0], once_activated)?;
            let users = context.directory()?.users().filter(|user| audience.has(user));
            Ok(users.map(|user| user.id.as_str().to_owned()).collect())
        })
    }

    #[test]
    fn exclusions_beat_inclusions() {
        let users = json!({
            "includeUsers": ["All"], "excludeGroups": [APPROVERS],
            "excludeUsers": [EMERGENCY_1, EMERGENCY_2, SHARED],
            "excludeGuestsOrExternalUsers": {
                "guestOrExternalUserTypes": "b2bCollaborationGuest,serviceProvider",
                "externalTenants": { "membershipKind": "enumerated", "members": ["t"] }
            }
        });
        // A list of tenants names no known guest, so the guest stays.
        let expected = [ADMIN_1, ADMIN_2, PERSON_1, PERSON_4, GUEST];
        assert_eq!(audience(&users, false).unwrap(), expected);
    }

    #[test]
    fn roles_and_kinds_of_guests() {
        let roles = json!({ "includeRoles": [GLOBAL_ADMIN, EXCHANGE_ADMIN] });
        assert_eq!(audience(&roles, false).unwrap(), [EMERGENCY_1, EMERGENCY_2]);
        let eligible = audience(&roles, true).unwrap();
        assert_eq!(eligible, [EMERGENCY_1, EMERGENCY_2, ADMIN_1, ADMIN_2]);
        let guests = |types: &str| {
            json!({ "includeGuestsOrExternalUsers": {
                "guestOrExternalUserTypes": types, "externalTenants": { "membershipKind": "all" }
            } })
        };
        let guest = guests("internalGuest, b2bCollaborationGuest");
        assert_eq!(audience(&guest, false).unwrap(), [GUEST]);
        assert!(audience(&guests("internalGuest"), false).unwrap().is_empty());
        let older = json!({ "includeUsers": ["GuestsOrExternalUsers"] });
        assert_eq!(audience(&older, false).unwrap(), [GUEST]);
        assert!(audience(&Value::Null, false).unwrap().is_empty());
    }
}
