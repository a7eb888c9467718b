//! How far a requirement holds, account by account: the answers of crate `signin` as controls need
//! them.

mod audience;
mod mechanism;
mod shape;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use model::{ConditionalAccessPolicy, Data, Evidence, Id, SubjectKind, UnknownReason, User, Verdict};
use signin::{Outcome, Question};

use crate::context::Context;
use crate::finding::{Finding, count, ratio, some_names};

pub(crate) use audience::{Audience, external_kind, is_for_all_of, names_kind};
pub(crate) use mechanism::{Mechanism, OTHER_MECHANISM, Protection, per_user_enforced};
pub(crate) use shape::{Mfa, asked_mfa, excluded_applications, is_block, narrowings, near_misses};
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

/// What a policy is worth to the question, for those it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It refuses everything by itself.
    Whole,
    /// What it asks for is weaker than what is wanted; how, in words.
    Weak(&'static str),
    /// Something else: what it adds to others is up to the sign-ins.
    Part,
}

/// How the worth of a policy is told.
type Appraisal = fn(&Context<'_>, &ConditionalAccessPolicy) -> Worth;

/// Every policy counts for what the sign-ins show.
pub(crate) fn at_face_value(_: &Context<'_>, _: &ConditionalAccessPolicy) -> Worth {
    Worth::Part
}

/// How many accounts get the reasons of their exposure spelled out.
const EXPLAINED: usize = 25;

impl<'t> Coverage<'t> {
    /// Covered: those whom every sign-in of the question is refused; weakly so where it takes a
    /// weak policy. The others: `otherwise`, and what they can sign in to.
    pub(crate) fn of(
        context: &Context<'t>,
        accounts: impl IntoIterator<Item = &'t User>,
        question: &Question,
        otherwise: &str,
        appraisal: Appraisal,
    ) -> Self {
        let access = context.access();
        let answer = access.ask(question);
        let worth = Worths::of(context, appraisal);
        let mut coverage = Self::default();
        for user in accounts {
            match answer.outcome(&user.id) {
                Outcome::Refused => {
                    let proof = access.proof(&user.id, question);
                    match worth.weakness(context, user, &proof) {
                        Some(words) => coverage.weakly.push((user, words)),
                        None => coverage.covered.push(user),
                    }
                    for id in proof {
                        *coverage.policies.entry(id).or_default() += 1;
                    }
                }
                Outcome::Possible(sign_in) => {
                    let mut why = format!("{otherwise} {}", sign_in_in_words(context, sign_in));
                    if coverage.uncovered.len() < EXPLAINED {
                        let chain = access.because(&user.id, sign_in, question.capability);
                        if let Some(nearest) = chain.first() {
                            why.push_str(&format!("; policy {}: {}", nearest.name, nearest.term));
                        }
                    }
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
        let mut coverage =
            Self::of(context, accounts, question, ONE_FACTOR, shape::worth_as_mfa);
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
            coverage.soften(context, &question, words);
        }
        coverage
    }

    /// Moves those whom the narrower question refuses everything from uncovered to weakly covered.
    pub(crate) fn soften(
        &mut self,
        context: &Context<'_>,
        question: &Question,
        words: &'static str,
    ) {
        if self.uncovered.is_empty() {
            return;
        }
        let answer = context.access().ask(question);
        for (user, why) in std::mem::take(&mut self.uncovered) {
            if answer.outcome(&user.id) == Outcome::Refused {
                self.weakly.push((user, words));
            } else {
                self.uncovered.push((user, why));
            }
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

/// The policies that are weak, and those that are enough by themselves.
struct Worths<'t> {
    weak: BTreeMap<&'t Id, &'static str>,
    whole: BTreeSet<&'t Id>,
}

impl<'t> Worths<'t> {
    fn of(context: &Context<'t>, appraisal: Appraisal) -> Self {
        let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
        let mut worths = Self { weak: BTreeMap::new(), whole: BTreeSet::new() };
        for policy in policies.iter().filter(|policy| policy.is_enforced()) {
            match appraisal(context, policy) {
                Worth::Whole => drop(worths.whole.insert(&policy.id)),
                Worth::Weak(words) => drop(worths.weak.insert(&policy.id, words)),
                Worth::Part => {}
            }
        }
        worths
    }

    /// Why the proof is a weak one; `None`: it is not, or a policy that is enough by itself
    /// reaches the account as well.
    fn weakness(&self, context: &Context<'_>, user: &User, proof: &[Id]) -> Option<&'static str> {
        let weak = proof.iter().find_map(|id| self.weak.get(id))?;
        let reaching = context.access().excluded_by(&user.id);
        let whole = reaching
            .iter()
            .any(|(policy, terms)| terms.is_empty() && self.whole.contains(policy));
        (!whole).then_some(*weak)
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
