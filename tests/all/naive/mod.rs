//! A plain judge of one sign-in, against which the exact engine is tested.
//!
//! It answers one question, does *this* sign-in get a token, by looping over the policies of a
//! tenant in the test format `ca-tenant/1` (what Microsoft Graph returns, one array per
//! collection). [`enumerate`] then tries every sign-in that the tenant could tell apart. Nothing
//! here is fast, and nothing is shared with the engine: agreement of the two is the evidence.
//!
//! A value that no rule covers (an unreadable filter rule, an unknown user) panics: tests must
//! not rest on a guess.

mod answers;
mod conditions;
mod enumerate;
pub(crate) mod fixtures;
mod grant;
mod network;
mod people;
mod rule;
pub(crate) mod shape;
mod sign_in;
mod values;

pub(crate) use answers::{Answers, EXPLAINED, Question};
pub(crate) use grant::Capability;
pub(crate) use sign_in::{Device, SignIn};
pub(crate) use values::Values;

use serde_json::Value;

/// Office 365 Exchange Online.
pub(crate) const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
/// Windows Azure Service Management API, which also stands for a group of applications.
pub(crate) const AZURE_MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// The directory synchronization accounts role.
pub(crate) const SYNC_ROLE: &str = "d29b2b05-8046-44ba-8758-1e26182fcf32";

/// Template ids of the 14 privileged roles, in alphabetical order of their names.
pub(crate) const PRIVILEGED_ROLES: [&str; 14] = [
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", // Application Administrator
    "c4e39bd9-1100-46d3-8c65-fb160da0071f", // Authentication Administrator
    "b0f54661-2d74-4c50-afa3-1ec803f12efe", // Billing Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7", // Cloud Application Administrator
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", // Conditional Access Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de", // Exchange Administrator
    "62e90394-69f5-4237-9190-012177145e10", // Global Administrator
    "729827e3-9c14-49f7-bb1b-9608f156bbb8", // Helpdesk Administrator
    "966707d0-3269-4727-9be2-8c3a10f19b9d", // Password Administrator
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", // Privileged Authentication Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814", // Privileged Role Administrator
    "194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", // SharePoint Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1", // User Administrator
];

/// A tenant in the format `ca-tenant/1`, read in place.
pub(crate) struct Tenant<'a> {
    json: &'a Value,
    /// Whether a grant control that this judge does not know counts as met.
    unknown_controls_met: Option<bool>,
}

impl<'a> Tenant<'a> {
    pub(crate) fn new(json: &'a Value) -> Self {
        Self { json, unknown_controls_met: None }
    }

    /// The same tenant, where every grant control that this judge does not know is met, or is not.
    /// What is undetermined because of such controls is what the two readings disagree about.
    pub(crate) fn if_unknown_controls_are_met(json: &'a Value, met: bool) -> Self {
        Self { json, unknown_controls_met: Some(met) }
    }

    /// Every policy, enforced or not.
    pub(crate) fn policies(&self) -> &'a [Value] {
        list(self.json, "/conditionalAccessPolicies")
    }

    /// The policies that are enforced. Report-only ones never change an outcome.
    pub(crate) fn enabled_policies(&self) -> Vec<&'a Value> {
        self.policies().iter().filter(|policy| policy["state"] == "enabled").collect()
    }

    /// The ids of all users, disabled ones too.
    pub(crate) fn user_ids(&self) -> Vec<&'a str> {
        list(self.json, "/users").iter().map(|user| text(user, "/id")).collect()
    }

    /// Whether a policy applies to this user at this sign-in, whatever its state.
    ///
    /// # Errors
    ///
    /// The first condition that does not hold.
    pub(crate) fn applies(
        &self,
        policy: &Value,
        user: &str,
        sign_in: &SignIn,
    ) -> Result<(), String> {
        if !self.users_condition(policy, user) {
            return Err("users".to_owned());
        }
        for (name, holds) in conditions::CONDITIONS {
            if !holds(self, policy, sign_in) {
                return Err(name.to_owned());
            }
        }
        Ok(())
    }

    /// Whether one condition of a policy holds, by its name in Graph.
    pub(crate) fn condition(&self, name: &str, policy: &Value, sign_in: &SignIn) -> bool {
        let known = conditions::CONDITIONS.iter().find(|(known, _)| *known == name);
        let (_, holds) = known.expect("a condition that exists");
        holds(self, policy, sign_in)
    }
}

/// The array at a JSON pointer; empty when it is absent or null.
fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    match value.pointer(pointer) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// The strings at a JSON pointer; none when the array is absent or null.
fn strings<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    list(value, pointer).iter().filter_map(Value::as_str).collect()
}

/// The string at a JSON pointer; empty when it is absent or null.
fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// Whether the object at a JSON pointer is present.
fn is_set(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_some_and(|member| !member.is_null())
}

/// The entries of a comma-separated string, as Graph writes flag enumerations.
fn flags<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    text(value, pointer).split(',').map(str::trim).filter(|flag| !flag.is_empty()).collect()
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}
