//! What Conditional Access policies do at risk: shared by the controls on users and sign-ins.

use model::{ConditionalAccessPolicy, Data, Evidence, Gap, SubjectKind, flags};

use crate::context::Context;
use crate::coverage::{Audience, Coverage, narrowings};

/// Datasets of the controls on risk policies.
pub(super) const RISK_POLICY_DATA: &[Data] = &[
    Data::SecurityDefaults,
    Data::ConditionalAccessPolicies,
    Data::AuthenticationStrengthPolicies,
    Data::SubscribedSkus,
    Data::Users,
    Data::Groups,
    Data::GroupMembers,
    Data::RoleDefinitions,
    Data::RoleAssignments,
    Data::RoleAssignmentScheduleInstances,
    Data::RoleEligibilityScheduleInstances,
    Data::GroupEligibilityScheduleInstances,
    Data::OnPremisesSynchronization,
    Data::ExchangeMailboxes,
    Data::SignInActivity,
];

/// How good a policy's answer to risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    /// It answers, but not well enough; how, in words.
    Weak(&'static str),
    /// It answers as wanted.
    Full,
}

/// Which people a policy answers for, the best answer of each.
///
/// # Errors
///
/// When people, or the users of a policy, were not read.
pub(super) fn coverage<'t>(
    context: &Context<'t>,
    answer: impl Fn(&ConditionalAccessPolicy) -> Option<Answer>,
) -> Result<Coverage<'t>, Gap> {
    let mut answering = Vec::new();
    for policy in context.tenant.conditional_access_policies.read()? {
        if !policy.is_enforced() || policy.is_for_workload_identities() || !is_plain(policy) {
            continue;
        }
        if let Some(answer) = answer(policy) {
            answering.push((policy, answer, Audience::of(context, policy, false)?));
        }
    }
    let mut coverage = Coverage::default();
    for user in &context.people()?.members {
        let reaching = answering.iter().filter(|(.., audience)| audience.has(user));
        match reaching.map(|(_, answer, _)| *answer).max() {
            Some(Answer::Full) => coverage.covered.push(user),
            Some(Answer::Weak(words)) => coverage.weakly.push((user, words)),
            None => coverage.uncovered.push((user, "no enabled policy answers".to_owned())),
        }
        for (policy, ..) in answering.iter().filter(|(.., audience)| audience.has(user)) {
            *coverage.policies.entry(policy.id.clone()).or_default() += 1;
        }
    }
    Ok(coverage)
}

/// Whether nothing but one kind of risk narrows the policy. With both kinds, both must be high at
/// the same time, which answers neither.
fn is_plain(policy: &ConditionalAccessPolicy) -> bool {
    let conditions = &policy.conditions;
    let other = !conditions.service_principal_risk_levels.is_empty()
        || !flags(conditions.insider_risk_levels.as_ref()).is_empty()
        || !flags(conditions.agent_id_risk_levels.as_ref()).is_empty();
    let both =
        !conditions.user_risk_levels.is_empty() && !conditions.sign_in_risk_levels.is_empty();
    !other && !both && narrowings(policy) == ["it applies at some risk levels only"]
}

/// Policies with this kind of risk that do not answer it, with the reason.
pub(super) fn near_misses(
    context: &Context<'_>,
    levels: impl Fn(&ConditionalAccessPolicy) -> &[String],
) -> Vec<Evidence> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    policies
        .iter()
        .filter(|policy| !levels(policy).is_empty())
        .filter_map(|policy| {
            let conditions = &policy.conditions;
            let both = !conditions.user_risk_levels.is_empty()
                && !conditions.sign_in_risk_levels.is_empty();
            let mut reasons = narrowings(policy);
            reasons.retain(|reason| *reason != "it applies at some risk levels only");
            if both {
                reasons.insert(0, "user risk and sign-in risk must both be there at once");
            }
            if policy.is_report_only() {
                reasons.insert(0, "it is report-only");
            } else if !policy.is_enforced() {
                reasons.insert(0, "it is not enabled");
            }
            let observed = format!("does not count: {}", reasons.join("; "));
            let id = policy.id.as_str();
            let evidence = Evidence::context(SubjectKind::Policy, id, policy.name(), observed);
            (!reasons.is_empty()).then_some(evidence)
        })
        .collect()
}
