//! What Conditional Access policies do at risk: shared by the controls on users and sign-ins.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::{
    ConditionalAccessPolicy, Data, Evidence, Gap, Id, SecurityDefaults, SubjectKind, User,
};
use signin::{Access, Outcome, Question};

use crate::context::Context;
use crate::coverage::{Coverage, narrowings};

/// Datasets of the controls on risk policies.
pub(super) const RISK_POLICY_DATA: &[Data] = &[
    Data::SecurityDefaults,
    Data::ConditionalAccessPolicies,
    Data::NamedLocations,
    Data::AuthenticationStrengthPolicies,
    Data::CrossTenantAccessPolicy,
    Data::ServicePrincipals,
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

/// Which people policies answer for, the best answer of each.
///
/// Whether policies answer is not told from their shape: the sign-ins of the question are evaluated
/// as if only the policies that answer were there, so that several narrow ones count together where
/// they leave no gap.
///
/// # Errors
///
/// When people or policies were not read.
pub(super) fn coverage<'t>(
    context: &Context<'t>,
    question: &Question,
    answer: impl Fn(&ConditionalAccessPolicy) -> Option<Answer>,
) -> Result<Rc<Coverage<'t>>, Gap> {
    context.risk_of_people(question, || look(context, question, answer))
}

fn look<'t>(
    context: &Context<'t>,
    question: &Question,
    answer: impl Fn(&ConditionalAccessPolicy) -> Option<Answer>,
) -> Result<Coverage<'t>, Gap> {
    let policies = context.tenant.conditional_access_policies.read()?;
    let weak =
        policies.iter().filter(|policy| policy.is_enforced()).find_map(|policy| {
            match answer(policy) {
                Some(Answer::Weak(words)) => Some(words),
                _ => None,
            }
        });
    let full = told(context, question, |policy| answer(policy) == Some(Answer::Full))?;
    let any = match weak {
        Some(_) => told(context, question, |policy| answer(policy).is_some())?,
        None => full.clone(),
    };
    let mut coverage = Coverage::default();
    for ((user, full), any) in context.people()?.members.iter().zip(full).zip(any) {
        match (full, any, weak) {
            (Told::Answered(by), ..) => {
                coverage.covered.push(user);
                helped(&mut coverage, &by);
            }
            (Told::Unclear(why), ..) | (_, Told::Unclear(why), _) => {
                coverage.undetermined.push((user, why));
            }
            (Told::Open, Told::Answered(by), Some(words)) => {
                coverage.weakly.push((user, words));
                helped(&mut coverage, &by);
            }
            (Told::Open, ..) => {
                coverage.uncovered.push((user, "no enabled policy answers".to_owned()));
            }
        }
    }
    Ok(coverage)
}

/// Counts one more person for each of the policies.
fn helped(coverage: &mut Coverage<'_>, policies: &[Id]) {
    for policy in policies {
        match coverage.policies.get_mut(policy) {
            Some(number) => *number += 1,
            None => drop(coverage.policies.insert(policy.clone(), 1)),
        }
    }
}

/// What the sign-ins of one person show.
#[derive(Debug, Clone)]
enum Told {
    /// Every one is answered, by these policies together.
    Answered(Rc<[Id]>),
    /// Some is not.
    Open,
    /// It could not be told; why.
    Unclear(String),
}

/// The answer to the question for each of the people, in their order, with only these enforced
/// policies in the tenant and nothing beside them.
fn told(
    context: &Context<'_>,
    question: &Question,
    keep: impl Fn(&ConditionalAccessPolicy) -> bool,
) -> Result<Vec<Told>, Gap> {
    let people = &context.people()?.members;
    let policies = context.tenant.conditional_access_policies.read()?;
    let kept: Vec<ConditionalAccessPolicy> = policies
        .iter()
        .filter(|policy| {
            policy.is_enforced() && !policy.is_for_workload_identities() && keep(policy)
        })
        .cloned()
        .collect();
    if kept.is_empty() {
        return Ok(vec![Told::Open; people.len()]);
    }
    let mut tenant = context.tenant.clone();
    tenant.conditional_access_policies = tenant.conditional_access_policies.replaced(kept);
    let off = SecurityDefaults { is_enabled: Some(false) };
    tenant.security_defaults = tenant.security_defaults.replaced(vec![off]);
    tenant.user_authentication_requirements =
        tenant.user_authentication_requirements.replaced(Vec::new());
    let access = Access::new(&tenant);
    let answer = access.ask(question);
    let mut proofs: BTreeMap<u32, Rc<[Id]>> = BTreeMap::new();
    let tell = |user: &&User| {
        let account = access.account(user);
        match account.map_or_else(|| answer.outcome(&user.id), |one| answer.of(one)) {
            Outcome::Refused => {
                let prove = || Rc::from(access.proof(&user.id, question));
                Told::Answered(match account.and_then(|one| answer.kind(one)) {
                    Some(kind) => Rc::clone(proofs.entry(kind).or_insert_with(prove)),
                    None => prove(),
                })
            }
            Outcome::Possible(_) => Told::Open,
            Outcome::Undetermined(why) => Told::Unclear(why.to_owned()),
            Outcome::NotAsked => Told::Unclear("its sign-ins were not looked at".to_owned()),
        }
    };
    Ok(people.iter().map(tell).collect())
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
