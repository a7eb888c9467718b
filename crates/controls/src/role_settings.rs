//! Settings of roles in Privileged Identity Management: what activation asks for.

use std::collections::BTreeSet;

use model::{
    Data, Gap, Id, RoleManagementPolicyAssignment, RoleManagementPolicyRule, RoleSet, role_name,
};

use crate::context::Context;

/// The settings of one role.
pub(crate) struct RoleSettings<'t> {
    /// The role's template id.
    pub(crate) role: Id,
    assignment: &'t RoleManagementPolicyAssignment,
}

/// What activation demands as proof of identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof<'t> {
    /// An authentication context, such as `c1`; Conditional Access decides what it takes.
    Context(&'t str),
    /// MFA, which one done earlier in the session satisfies.
    Mfa,
    /// Nothing.
    None,
}

impl<'t> RoleSettings<'t> {
    /// The settings of a role.
    ///
    /// # Errors
    ///
    /// When the settings were not read, or not those of this role.
    pub(crate) fn of(context: &Context<'t>, role: &str) -> Result<Self, Gap> {
        let all = context.tenant.role_management_policy_assignments.read()?;
        let assignment = all.iter().find(|one| one.role_definition_id == *role);
        let name = role_name(role).unwrap_or(role);
        let missing =
            || Gap::field(Data::RoleManagementPolicyAssignments, &format!("those of {name}"));
        Ok(Self { role: role.into(), assignment: assignment.ok_or_else(missing)? })
    }

    /// The role's name for a person.
    pub(crate) fn name(&self) -> &str {
        role_name(&self.role).unwrap_or(&self.role)
    }

    /// The rule of that fixed id.
    ///
    /// # Errors
    ///
    /// When the settings lack it.
    pub(crate) fn rule(&self, id: &str) -> Result<&'t RoleManagementPolicyRule, Gap> {
        self.assignment.rule(id).ok_or_else(|| self.lacks(id))
    }

    /// The gap of a member that the settings lack.
    pub(crate) fn lacks(&self, what: &str) -> Gap {
        let what = format!("{what} of {}", self.name());
        Gap::field(Data::RoleManagementPolicyAssignments, &what)
    }

    /// What activation demands as proof of identity.
    ///
    /// # Errors
    ///
    /// When the settings lack a rule that says so.
    pub(crate) fn proof(&self) -> Result<Proof<'t>, Gap> {
        let context = self.rule("AuthenticationContext_EndUser_Assignment")?;
        match (context.is_enabled, context.claim_value.as_deref()) {
            (Some(true), Some(claim)) if !claim.is_empty() => return Ok(Proof::Context(claim)),
            (Some(_), _) => {}
            (None, _) => return Err(self.lacks("whether an authentication context is asked for")),
        }
        Ok(if self.asks_for("MultiFactorAuthentication")? { Proof::Mfa } else { Proof::None })
    }

    /// Whether activation asks for `MultiFactorAuthentication`, `Justification` or `Ticketing`.
    ///
    /// # Errors
    ///
    /// When the settings lack the rule.
    pub(crate) fn asks_for(&self, what: &str) -> Result<bool, Gap> {
        let rules = &self.rule("Enablement_EndUser_Assignment")?.enabled_rules;
        Ok(rules.iter().any(|rule| rule.eq_ignore_ascii_case(what)))
    }
}

/// The highly privileged roles that some user holds, active or eligible; by id.
///
/// # Errors
///
/// When roles or eligible assignments were not read.
pub(crate) fn high_roles_in_use(context: &Context<'_>) -> Result<BTreeSet<Id>, Gap> {
    let holders = context.directory()?.holders_of(RoleSet::HighlyPrivileged)?;
    Ok(holders
        .into_iter()
        .filter(|holder| holder.principal.user().is_some())
        .map(|holder| holder.role.clone())
        .collect())
}
