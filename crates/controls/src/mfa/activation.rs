//! What Privileged Identity Management asks for when a role is activated.

use model::{
    ConditionalAccessPolicy, GroupEligibilityScheduleInstance, Id, RoleManagementPolicyAssignment,
    RoleManagementPolicyRule,
};
use signin::{Outcome, Question, Target};

use super::admins::Admin;
use crate::context::Context;
use crate::coverage::{Mfa, asked_mfa, untold_strength};
use crate::directory::Holder;
use crate::role_settings::{Proof, RoleSettings};

/// Whether activation asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Yes,
    No,
    /// It could not be told; why, in words.
    Untold(String),
}

/// Whether the administrator's every eligible role takes MFA to activate: the setting for it, or an
/// authentication context that an enabled policy gives a meaning to.
pub(crate) fn asks_for_mfa(context: &Context<'_>, admin: &Admin<'_, '_>) -> Asked {
    every_eligible(admin, |path| match proof(context, admin, path) {
        Err(why) => Asked::Untold(why),
        Ok(Proof::Mfa) => Asked::Yes,
        Ok(Proof::None) => Asked::No,
        Ok(Proof::Context(claim)) => context_asks_for_mfa(context, admin, claim),
    })
}

/// Whether the administrator's every eligible path that `counts` takes an authentication context to
/// activate for which only phishing-resistant methods are enough.
pub(crate) fn asks_for_resistance(
    context: &Context<'_>,
    admin: &Admin<'_, '_>,
    counts: impl Fn(&Holder<'_>) -> bool,
) -> Asked {
    every_eligible(admin, |path| {
        if !counts(path) {
            return Asked::Yes;
        }
        match proof(context, admin, path) {
            Err(why) => Asked::Untold(why),
            Ok(Proof::Mfa | Proof::None) => Asked::No,
            Ok(Proof::Context(claim)) => {
                refused(context, admin, Question::not_phishing_resistant(), claim)
            }
        }
    })
}

/// Whether the policy is for roles, groups or an authentication context: then it may matter once a
/// role is activated, and not before.
pub(crate) fn is_narrow(policy: &ConditionalAccessPolicy) -> bool {
    let applications = policy.conditions.applications.as_ref();
    policy
        .conditions
        .users
        .as_ref()
        .is_some_and(|users| !users.include_roles.is_empty() || !users.include_groups.is_empty())
        || applications
            .is_some_and(|one| !one.include_authentication_context_class_references.is_empty())
}

/// Whether the administrator may become one as a member of a group, which has settings of its own.
pub(crate) fn by_group(context: &Context<'_>, admin: &Admin<'_, '_>) -> Option<String> {
    let mut eligible = admin.paths.iter().filter(|path| !path.is_active());
    eligible.find_map(|path| through_group(context, admin, path))
}

/// That a path is activated as a membership.
fn through_group(
    context: &Context<'_>,
    admin: &Admin<'_, '_>,
    path: &Holder<'_>,
) -> Option<String> {
    let instances = context.tenant.group_eligibility_schedule_instances.read().unwrap_or_default();
    let group = path.group.as_ref()?;
    let is_through = |one: &GroupEligibilityScheduleInstance| {
        one.group_id == *group && one.principal_id == admin.user.id
    };
    instances.iter().any(is_through).then(|| {
        let role = path.role_name();
        format!("{role} is activated as a membership of a group, whose settings are not read")
    })
}

/// No where some path says no, else untold where some path is.
fn every_eligible(admin: &Admin<'_, '_>, asked: impl Fn(&Holder<'_>) -> Asked) -> Asked {
    let mut all = Asked::Yes;
    for path in admin.paths.iter().filter(|path| !path.is_active()) {
        match asked(path) {
            Asked::Yes => {}
            Asked::No => return Asked::No,
            untold @ Asked::Untold(_) => all = untold,
        }
    }
    all
}

/// What the settings of the path's role demand.
fn proof<'t>(
    context: &Context<'t>,
    admin: &Admin<'_, '_>,
    path: &Holder<'_>,
) -> Result<Proof<'t>, String> {
    if let Some(why) = through_group(context, admin, path) {
        return Err(why);
    }
    let settings = RoleSettings::of(context, &path.role).map_err(|gap| gap.to_string())?;
    settings.proof().map_err(|gap| gap.to_string())
}

/// Whether an enabled policy for the context demands MFA, and one factor is not enough.
fn context_asks_for_mfa(context: &Context<'_>, admin: &Admin<'_, '_>, claim: &str) -> Asked {
    let policies = match context.tenant.conditional_access_policies.read() {
        Ok(policies) => policies,
        Err(gap) => return Asked::Untold(gap.to_string()),
    };
    let about_it = |policy: &&ConditionalAccessPolicy| {
        let applications = policy.conditions.applications.as_ref();
        let claims = applications.map(|one| &one.include_authentication_context_class_references);
        policy.is_enforced()
            && claims.into_iter().flatten().any(|one| one.eq_ignore_ascii_case(claim))
    };
    let mut about_it = policies.iter().filter(about_it);
    let demands = about_it.clone().any(|policy| asked_mfa(context, policy) == Mfa::Required);
    if !demands && let Some(gap) = about_it.find_map(|policy| untold_strength(context, policy)) {
        return Asked::Untold(gap.to_string());
    }
    if demands { refused(context, admin, Question::single_factor(), claim) } else { Asked::No }
}

/// Whether the administrator, not yet in the role, is refused the context.
fn refused(context: &Context<'_>, admin: &Admin<'_, '_>, question: Question, claim: &str) -> Asked {
    let question = question.target(Target::AuthenticationContext(claim.to_ascii_lowercase()));
    match context.access().ask(&question).outcome(&admin.user.id) {
        Outcome::Refused => Asked::Yes,
        Outcome::Undetermined(why) => Asked::Untold(why.to_owned()),
        Outcome::Possible(_) | Outcome::NotAsked => Asked::No,
    }
}

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
