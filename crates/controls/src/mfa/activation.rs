//! What Privileged Identity Management asks for when a role is activated.

use model::{Id, RoleManagementPolicyAssignment, RoleManagementPolicyRule};

use crate::context::Context;

/// The activation settings of a role.
pub(crate) struct Activation<'t> {
    settings: Vec<&'t RoleManagementPolicyAssignment>,
}

impl<'t> Activation<'t> {
    /// The settings of that role, as far as they were read.
    pub(crate) fn of(context: &Context<'t>, role: &Id) -> Self {
        let all = context.tenant.role_management_policy_assignments.read().unwrap_or_default();
        Self { settings: all.iter().filter(|one| one.role_definition_id == *role).collect() }
    }

    fn rules(&self, id: &str) -> impl Iterator<Item = &'t RoleManagementPolicyRule> {
        self.settings.iter().filter_map(move |role| role.rule(id))
    }

    /// The authentication context asked for, such as `c1`.
    pub(crate) fn context_claim(&self) -> Option<&'t str> {
        self.rules("AuthenticationContext_EndUser_Assignment")
            .filter(|rule| rule.is_enabled == Some(true))
            .find_map(|rule| rule.claim_value.as_deref())
    }

    /// Whether MFA, or an authentication context, is asked for.
    pub(crate) fn asks_for_mfa(&self) -> bool {
        let by_rule = self
            .rules("Enablement_EndUser_Assignment")
            .any(|rule| rule.enabled_rules.iter().any(|word| word == "MultiFactorAuthentication"));
        by_rule || self.context_claim().is_some()
    }

    /// Whether it ends after at most 8 hours.
    pub(crate) fn is_brief(&self) -> bool {
        self.rules("Expiration_EndUser_Assignment")
            .filter_map(|rule| rule.maximum_duration.as_deref())
            .any(is_at_most_8_hours)
    }
}

/// Whether an ISO 8601 duration such as `PT8H` or `PT30M` is at most 8 hours.
fn is_at_most_8_hours(duration: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    let minutes = duration.strip_prefix("PT").and_then(|time| {
        let (hours, rest) = time.split_once('H').unwrap_or(("0", time));
        let minutes = if rest.is_empty() { "0" } else { rest.strip_suffix('M')? };
        number(hours)?.checked_mul(60)?.checked_add(number(minutes)?)
    });
    minutes.is_some_and(|minutes| minutes <= 480)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert!(is_at_most_8_hours("PT8H") && is_at_most_8_hours("PT7H30M"));
        assert!(is_at_most_8_hours("PT30M"));
        assert!(!is_at_most_8_hours("PT8H30M") && !is_at_most_8_hours("P1D"));
        assert!(!is_at_most_8_hours("") && !is_at_most_8_hours("PTxH"));
    }
}
