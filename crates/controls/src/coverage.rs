//! How far a requirement holds, account by account: the answers of crate `signin` as controls need
//! them.

mod mechanism;
mod shape;
mod words;

use std::collections::BTreeMap;

use model::{Data, Evidence, Id, SubjectKind, UnknownReason, User, Verdict};
use signin::{Outcome, Question};

use crate::context::Context;
use crate::finding::{Finding, count, ratio, some_names};

pub(crate) use mechanism::{Mechanism, Protection, per_user_enforced};
pub(crate) use shape::{Mfa, asked_mfa, excluded_applications, narrowings, near_misses};
pub(crate) use words::sign_in_in_words;

/// Datasets that answers about sign-ins may rest on.
pub(crate) const SIGN_IN_DATA: &[Data] = &[
    Data::SecurityDefaults,
    Data::ConditionalAccessPolicies,
    Data::NamedLocations,
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
    Data::UserAuthenticationRequirements,
    Data::CrossTenantAccessPolicy,
    Data::ServicePrincipals,
    Data::ExchangeMailboxes,
    Data::SignInActivity,
];

/// Which accounts meet a requirement, and which do not and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage<'t> {
    /// They meet it.
    pub(crate) covered: Vec<&'t User>,
    /// They meet it through a weaker mechanism; which, in words. Each counts half.
    pub(crate) weakly: Vec<(&'t User, &'static str)>,
    /// They do not; why, in words.
    pub(crate) uncovered: Vec<(&'t User, String)>,
    /// It could not be told; why, in words.
    pub(crate) undetermined: Vec<(&'t User, String)>,
    /// Policies that enforce it, with the number of accounts that each helps to cover.
    pub(crate) policies: BTreeMap<Id, usize>,
}

/// What a person presents where one factor is enough.
const ONE_FACTOR: &str = "one factor, such as the password, is enough for";

impl<'t> Coverage<'t> {
    /// Covered: those whom every sign-in of the question is refused.
    pub(crate) fn of(
        context: &Context<'t>,
        accounts: impl IntoIterator<Item = &'t User>,
        question: &Question,
        otherwise: &str,
    ) -> Self {
        let answer = context.access().ask(question);
        let mut coverage = Self::default();
        for user in accounts {
            match answer.outcome(&user.id) {
                Outcome::Refused => coverage.cover(context, user, question),
                Outcome::Possible(sign_in) => {
                    let why = format!("{otherwise} {}", sign_in_in_words(context, sign_in));
                    coverage.uncovered.push((user, why));
                }
                Outcome::Undetermined(why) => coverage.undetermined.push((user, why.to_owned())),
                Outcome::NotAsked => {
                    coverage.undetermined.push((user, "its sign-ins were not looked at".to_owned()));
                }
            }
        }
        coverage
    }

    /// Of a question about a single factor: those for whom it is enough only with a managed device
    /// or from a trusted location are covered weakly.
    pub(crate) fn of_single_factor(
        context: &Context<'t>,
        accounts: impl IntoIterator<Item = &'t User>,
        question: &Question,
    ) -> Self {
        let mut coverage = Self::of(context, accounts, question, ONE_FACTOR);
        let unmanaged = Question { unmanaged_only: true, ..question.clone() };
        let weaker = [
            ("a managed device or app is enough instead of MFA", unmanaged.clone()),
            ("no MFA from trusted locations", question.clone().outside_trusted_locations()),
            (
                "no MFA from trusted locations, and elsewhere a managed device or app is enough \
                 instead",
                unmanaged.outside_trusted_locations(),
            ),
        ];
        for (words, question) in weaker {
            if coverage.uncovered.is_empty() {
                break;
            }
            let answer = context.access().ask(&question);
            let refused = |user: &User| answer.outcome(&user.id) == Outcome::Refused;
            let (weakly, uncovered) =
                std::mem::take(&mut coverage.uncovered).into_iter().partition(|(user, _)| refused(user));
            coverage.uncovered = uncovered;
            let weakly: Vec<(&User, String)> = weakly;
            coverage.weakly.extend(weakly.into_iter().map(|(user, _)| (user, words)));
        }
        coverage
    }

    fn cover(&mut self, context: &Context<'t>, user: &'t User, question: &Question) {
        let proof = context.access().proof(&user.id, question);
        let third_party = proof.iter().any(|id| shape::relies_on_third_party(context, id));
        for id in proof {
            *self.policies.entry(id).or_default() += 1;
        }
        if third_party {
            self.weakly.push((user, "a third-party control stands in for MFA"));
        } else {
            self.covered.push(user);
        }
    }

    /// How many accounts are told apart; undetermined ones are left out.
    pub(crate) fn judged(&self) -> usize {
        self.covered.len() + self.weakly.len() + self.uncovered.len()
    }

    /// The share that meets the requirement; a weaker mechanism counts half.
    pub(crate) fn credit(&self) -> f64 {
        ratio(2 * self.covered.len() + self.weakly.len(), 2 * self.judged())
    }

    /// Whether all accounts meet it, none weakly.
    pub(crate) fn is_whole(&self) -> bool {
        self.judged() == self.covered.len()
    }

    /// Everybody who does not fully meet it, with the reason.
    pub(crate) fn short(&self) -> impl Iterator<Item = (&'t User, &str)> {
        let uncovered = self.uncovered.iter().map(|(user, why)| (*user, why.as_str()));
        uncovered.chain(self.weakly.iter().copied())
    }

    /// The finding that holds however the undetermined accounts fall; unknown when they could
    /// change the verdict.
    pub(crate) fn decide(&self, decide: impl Fn(&Self) -> Finding) -> Finding {
        let finding = decide(self);
        if self.undetermined.is_empty() {
            return finding;
        }
        let told = |covered: bool| {
            let mut told = self.clone();
            for (user, why) in std::mem::take(&mut told.undetermined) {
                if covered {
                    told.covered.push(user);
                } else {
                    told.uncovered.push((user, why));
                }
            }
            decide(&told).verdict
        };
        let finding = if self.judged() > 0
            && told(true) == finding.verdict
            && told(false) == finding.verdict
        {
            finding
        } else {
            let names = some_names(self.undetermined.iter().map(|(user, _)| user.name()));
            let why = self.undetermined.first().map_or("", |(_, why)| why);
            let accounts = count(self.undetermined.len(), "account", "accounts");
            Finding::unknown(
                UnknownReason::Undetermined,
                format!("Could not be told for {accounts} ({names}): {why}."),
            )
        };
        finding.with(self.undetermined.iter().map(|(user, why)| {
            context_on(user, format!("could not be told: {why}; left out of the count"))
        }))
    }

    /// The violations: everybody who does not fully meet the requirement.
    pub(crate) fn violations(&self, expected: &str) -> Vec<Evidence> {
        self.short().map(|(user, why)| violation_on(user, why, expected)).collect()
    }

    /// The policies that enforce it, as context.
    pub(crate) fn enforcing(&self, context: &Context<'_>) -> Vec<Evidence> {
        let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
        let judged = self.judged();
        policies
            .iter()
            .filter_map(|policy| {
                let helped = self.policies.get(&policy.id)?;
                let observed = format!("enforces this for {helped} of {judged} accounts");
                let id = policy.id.as_str();
                Some(Evidence::context(SubjectKind::Policy, id, policy.name(), observed))
            })
            .collect()
    }

    /// Names of those who do not fully meet the requirement, for a sentence.
    pub(crate) fn names(&self) -> String {
        some_names(self.short().map(|(user, _)| user.name()))
    }
}

/// A violation on an account.
pub(crate) fn violation_on(user: &User, observed: impl Into<String>, expected: &str) -> Evidence {
    Evidence::new(SubjectKind::User, user.id.as_str(), user.name(), observed, expected)
}

/// A fact about an account.
pub(crate) fn context_on(user: &User, observed: impl Into<String>) -> Evidence {
    violation_on(user, observed, "")
}

/// Whether the finding is a pass.
pub(crate) fn passes(finding: &Finding) -> bool {
    finding.verdict == Verdict::Pass
}
