//! Whom a Conditional Access policy is for, and what it demands: for lockout and for exclusions.
//!
//! Whether somebody is protected is decided by sign-ins, in crate `signin`. Here the question is the
//! other one: whether a policy could keep an account out.

use model::{
    AuthenticationStrengthPolicy, ConditionalAccessPolicy, Gap, GrantControls, Id, User, flags,
};

use crate::context::Context;

/// What stands between an account and its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Demand {
    /// Proof of identity: MFA, an authentication strength, a new password.
    Proof,
    /// A managed device or application.
    Device,
    /// Nothing helps.
    Block,
}

impl Demand {
    /// In words, after "it".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Proof => "demands MFA",
            Self::Device => "demands a managed device or app",
            Self::Block => "blocks",
        }
    }
}

/// What the policy demands of users; `None`: nothing that could lock anybody out, such as terms of
/// use or limits of the session, or it is not for users.
pub(crate) fn demand(policy: &ConditionalAccessPolicy) -> Option<Demand> {
    let grant = policy.grant_controls.as_ref().filter(|_| !policy.is_for_workload_identities())?;
    let mut demands: Vec<Option<Demand>> =
        grant.built_in_controls.iter().map(|control| Some(of_control(control))).collect();
    demands.extend(grant.authentication_strength.iter().map(|_| Some(Demand::Proof)));
    demands.extend(grant.custom_authentication_factors.iter().map(|_| Some(Demand::Proof)));
    demands.extend(grant.terms_of_use.iter().map(|_| None));
    if demands.contains(&Some(Demand::Block)) {
        Some(Demand::Block)
    } else if needs_all(grant) {
        demands.into_iter().max().flatten()
    } else {
        demands.into_iter().min().flatten()
    }
}

fn of_control(control: &str) -> Demand {
    match control {
        "block" => Demand::Block,
        "compliantDevice"
        | "domainJoinedDevice"
        | "approvedApplication"
        | "compliantApplication" => Demand::Device,
        _ => Demand::Proof,
    }
}

fn needs_all(grant: &GrantControls) -> bool {
    grant.operator.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("AND"))
}

/// Whether somebody with these methods meets what the policy asks for, from any device. Methods
/// are words for combinations of one, such as `fido2`.
pub(crate) fn is_met_by(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    methods: &[&str],
) -> bool {
    let Some(grant) = &policy.grant_controls else { return true };
    let controls =
        grant.built_in_controls.iter().map(|control| control == "mfa" && !methods.is_empty());
    let strengths =
        grant.authentication_strength.iter().map(|strength| allows(context, strength, methods));
    let terms = grant.terms_of_use.iter().map(|_| true);
    let custom = grant.custom_authentication_factors.iter().map(|_| false);
    let mut met = controls.chain(strengths).chain(terms).chain(custom);
    if needs_all(grant) { met.all(|met| met) } else { met.any(|met| met) }
}

fn allows(
    context: &Context<'_>,
    strength: &AuthenticationStrengthPolicy,
    methods: &[&str],
) -> bool {
    let known = context.tenant.authentication_strength_policies.read().unwrap_or_default();
    let combinations = strength.allowed_combinations.as_deref().or_else(|| {
        known.iter().find(|one| one.id == strength.id)?.allowed_combinations.as_deref()
    });
    combinations.is_some_and(|all| all.iter().any(|one| methods.contains(&one.as_str())))
}

/// Whether the policy is only about ways of signing in that nobody needs in an emergency: legacy
/// clients, the device code flow, or what asks for an authentication context.
pub(crate) fn is_about_side_entrances(policy: &ConditionalAccessPolicy) -> bool {
    let conditions = &policy.conditions;
    let clients = &conditions.client_app_types;
    let legacy = !clients.is_empty()
        && clients.iter().all(|client| {
            ["exchangeActiveSync", "easSupported", "other"].contains(&client.as_str())
        });
    let flows = conditions
        .authentication_flows
        .as_ref()
        .is_some_and(|flows| !flags(flows.transfer_methods.as_ref()).is_empty());
    let context_only = conditions.applications.as_ref().is_some_and(|applications| {
        !applications.include_authentication_context_class_references.is_empty()
    });
    legacy || flows || context_only
}

/// Whether the policy includes the account and does not exclude it, whatever the policy's state.
///
/// # Errors
///
/// When that hangs on a group or role whose members were not read.
pub(crate) fn reaches(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    user: &User,
) -> Result<bool, Gap> {
    let Some(users) = &policy.conditions.users else { return Ok(false) };
    let is_outsider = user.is_guest() || user.is_external();
    let is = |ids: &[Id], word: &str| ids.iter().any(|id| *id == word);
    // Kinds of guests are not told apart: an outsider is included, never excluded, by them.
    let included = is(&users.include_users, "all")
        || users.include_users.contains(&user.id)
        || is_outsider
            && (is(&users.include_users, "guestsorexternalusers")
                || users.include_guests_or_external_users.is_some());
    if users.exclude_users.contains(&user.id) {
        return Ok(false);
    }
    Ok((included || is_member(context, user, &users.include_groups, &users.include_roles)?)
        && !is_member(context, user, &users.exclude_groups, &users.exclude_roles)?)
}

/// Whether the account is in one of the groups at any depth, or actively holds one of the roles for
/// the whole tenant.
fn is_member(context: &Context<'_>, user: &User, groups: &[Id], roles: &[Id]) -> Result<bool, Gap> {
    let directory = context.directory()?;
    if !roles.is_empty() {
        let holds = directory.holders()?.all.iter().any(|holder| {
            holder.principal.id() == &user.id
                && holder.is_active()
                && holder.tenant_wide
                && roles.contains(&holder.role)
        });
        if holds {
            return Ok(true);
        }
    }
    let mut gap = None;
    for group in groups {
        match directory.below(group) {
            Ok(members) if members.contains(&user.id) => return Ok(true),
            Ok(_) => {}
            Err(hole) => gap = Some(hole),
        }
    }
    gap.map_or(Ok(false), Err)
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn read(policy: Value) -> ConditionalAccessPolicy {
        serde_json::from_value(policy).unwrap()
    }

    fn asking(operator: &str, controls: &[&str], terms: bool) -> ConditionalAccessPolicy {
        let mut asked = grant("mfa");
        asked["operator"] = json!(operator);
        asked["builtInControls"] = json!(controls);
        asked["termsOfUse"] = if terms { json!(["t1"]) } else { json!([]) };
        read(policy("Some policy", asked))
    }

    #[test]
    fn what_is_demanded_follows_the_operator() {
        let both = ["mfa", "compliantDevice"];
        assert_eq!(demand(&asking("OR", &["block"], false)), Some(Demand::Block));
        assert_eq!(demand(&asking("OR", &both, false)), Some(Demand::Proof));
        assert_eq!(demand(&asking("AND", &both, false)), Some(Demand::Device));
        assert_eq!(demand(&asking("OR", &both, true)), None);
        assert_eq!(demand(&asking("AND", &["mfa"], true)), Some(Demand::Proof));
        assert_eq!(demand(&read(policy("Session", Value::Null))), None);
        let strong = read(policy("Strong", phishing_resistant()));
        assert_eq!(demand(&strong), Some(Demand::Proof));
    }

    #[test]
    fn a_passkey_meets_what_allows_it() {
        Fixture::exemplary().look(|context| {
            let met = |policy: &ConditionalAccessPolicy| is_met_by(context, policy, &["fido2"]);
            assert!(met(&read(policy("Strong", phishing_resistant()))));
            assert!(met(&asking("OR", &["mfa", "compliantDevice"], false)));
            assert!(!met(&asking("AND", &["mfa", "compliantDevice"], false)));
            assert!(!met(&asking("OR", &["passwordChange"], false)));
            let other = read(policy(
                "Other",
                json!({ "operator": "OR", "authenticationStrength": {
                "id": "s", "allowedCombinations": ["password,sms"]
            } }),
            ));
            assert!(!met(&other));
            assert!(!is_met_by(context, &asking("OR", &["mfa"], false), &[]));
        });
    }

    #[test]
    fn whom_a_policy_reaches() {
        let fixture = Fixture::exemplary();
        let reaches_person = |fixture: &Fixture, users: Value| {
            fixture.look(|context| {
                let mut one = policy("Some policy", grant("mfa"));
                one["conditions"]["users"] = users;
                let person = context.directory().unwrap().user(PERSON_2).unwrap();
                reaches(context, &read(one), person)
            })
        };
        let of = |users: Value| reaches_person(&fixture, users).unwrap();
        assert!(of(json!({ "includeUsers": ["All"] })));
        assert!(of(json!({ "includeUsers": [PERSON_2.to_uppercase()] })));
        assert!(of(json!({ "includeGroups": [APPROVERS] })));
        assert!(!of(json!({ "includeUsers": ["All"], "excludeUsers": [PERSON_2] })));
        assert!(!of(json!({ "includeUsers": ["All"], "excludeGroups": [APPROVERS] })));
        assert!(!of(json!({ "includeRoles": [GLOBAL_ADMIN] })));
        assert!(!of(json!({ "includeUsers": ["None"] })));
        let unread = fixture.forbidden(Data::GroupMembers);
        let on = |users: Value| reaches_person(&unread, users);
        assert!(on(json!({ "includeUsers": ["All"], "excludeGroups": [APPROVERS] })).is_err());
        let named = json!({
            "includeUsers": ["All"], "excludeGroups": [APPROVERS], "excludeUsers": [PERSON_2]
        });
        assert_eq!(on(named), Ok(false));
    }
}
