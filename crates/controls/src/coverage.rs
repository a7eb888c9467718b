//! How far a requirement holds, account by account: the answers of crate `signin` as controls need
//! them.

mod audience;
mod mechanism;
mod shape;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use model::{ConditionalAccessPolicy, Data, Evidence, Id, SubjectKind, UnknownReason, User};
use signin::{Answer, Clients, Outcome, Question, Reason, SignIn};

use crate::context::Context;
use crate::finding::{Finding, count, ratio, some_names};

pub(crate) use audience::{Audience, external_kind, is_for_all_of, names_kind};
pub(crate) use mechanism::{
    Mechanism, OTHER_MECHANISM, Protection, per_user_enforced, with_per_user_mfa,
};
pub(crate) use shape::{
    Mfa, asked_mfa, excluded_applications, is_block, is_for_legacy_only, narrowings, near_misses,
    untold_strength, weak_as_mfa,
};
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
    /// Policies that enforce it, each by itself or where none does together, with the number of
    /// accounts that each is for.
    pub(crate) policies: BTreeMap<Id, usize>,
}

/// What a person presents where one factor is enough.
const ONE_FACTOR: &str = "one factor, such as the password, is enough for";

/// Tells how what a policy asks for is weaker than what is wanted, in words; `None`: it is not.
pub(crate) type Appraisal = fn(&Context<'_>, &ConditionalAccessPolicy) -> Option<&'static str>;

/// Every policy counts for what the sign-ins show.
pub(crate) fn at_face_value(_: &Context<'_>, _: &ConditionalAccessPolicy) -> Option<&'static str> {
    None
}

/// Where a managed device or app stands in for MFA.
pub(crate) const MANAGED_INSTEAD: &str = "a managed device or app is enough instead of MFA";

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
        let weak = weak_policies(context, appraisal);
        let weak_ids: BTreeSet<&Id> = weak.keys().copied().collect();
        let mut coverage = Self::default();
        let mut spelled: Vec<(&SignIn, String)> = Vec::new();
        let mut refusals = Refusals::default();
        for user in accounts {
            let account = access.account(user);
            match account.map_or_else(|| answer.outcome(&user.id), |one| answer.of(one)) {
                Outcome::Refused => {
                    let kind = account.and_then(|one| answer.kind(one));
                    let weakness = refusals.count(kind, || {
                        // Weak only where it takes a weak policy: without these, is it still
                        // refused?
                        let mut weakness = None;
                        let enforcers = access.enforcers(&user.id, question, &weak_ids);
                        let ids = enforcers.unwrap_or_else(|| {
                            let proof = access.proof(&user.id, question);
                            weakness = proof.iter().find_map(|id| weak.get(id)).copied();
                            proof
                        });
                        Refusal { weakness, by: ids, accounts: 0 }
                    });
                    match weakness {
                        Some(words) => coverage.weakly.push((user, words)),
                        None => coverage.covered.push(user),
                    }
                }
                Outcome::Possible(sign_in) => {
                    // Many accounts share one sign-in: it is spelled out once.
                    let known = spelled.iter().position(|(one, _)| std::ptr::eq(*one, sign_in));
                    let number = known.unwrap_or_else(|| {
                        spelled.push((sign_in, sign_in_in_words(context, sign_in)));
                        spelled.len() - 1
                    });
                    let words = spelled.get(number).map_or("", |(_, words)| words);
                    let mut why = format!("{otherwise} {words}");
                    if coverage.uncovered.len() < EXPLAINED {
                        let chain = access.because(&user.id, sign_in, question.capability);
                        if let Some(nearest) = nearest(context, &chain, question) {
                            let _ = write!(why, "; policy {}: {}", nearest.name, nearest.term);
                        }
                    }
                    coverage.uncovered.push((user, why));
                }
                Outcome::Undetermined(why) => coverage.undetermined.push((user, why.to_owned())),
                Outcome::NotAsked => {
                    coverage
                        .undetermined
                        .push((user, "its sign-ins were not looked at".to_owned()));
                }
            }
        }
        coverage.policies = refusals.by_policy();
        coverage
    }

    /// Of a question about a single factor: those for whom it is enough only with a managed device
    /// are covered weakly.
    pub(crate) fn of_single_factor(
        context: &Context<'t>,
        accounts: impl IntoIterator<Item = &'t User>,
        question: &Question,
    ) -> Self {
        let mut coverage = Self::of(context, accounts, question, ONE_FACTOR, shape::weak_as_mfa);
        let unmanaged = Question { unmanaged_only: true, ..question.clone() };
        coverage.soften(context, &unmanaged, MANAGED_INSTEAD);
        coverage.settle_per_user_mfa(context, question);
        coverage
    }

    /// Moves those for whom one factor is enough only from a trusted location from uncovered to
    /// weakly covered: for people, of whom this is tolerated, and nobody else.
    pub(crate) fn tolerate_trusted_locations(
        &mut self,
        context: &Context<'_>,
        question: &Question,
    ) {
        let unmanaged = Question { unmanaged_only: true, ..question.clone() };
        let weaker = [
            ("no MFA from trusted locations", question.clone()),
            (
                "no MFA from trusted locations, and elsewhere a managed device or app is enough \
                 instead",
                unmanaged,
            ),
        ];
        for (words, question) in weaker {
            self.soften(context, &question.outside_trusted_locations(), words);
        }
    }

    /// Moves those whom per-user MFA alone protects from undetermined to weakly covered: no API
    /// tells from which trusted addresses it does not ask.
    pub(crate) fn settle_per_user_mfa(&mut self, context: &Context<'_>, question: &Question) {
        if self.undetermined.is_empty() {
            return;
        }
        let in_use = mechanism::with_per_user_mfa(context);
        let answer = context.access().ask(&question.clone().outside_trusted_locations());
        for (user, why) in std::mem::take(&mut self.undetermined) {
            if in_use.contains(&user.id) && outcome(context, &answer, user) == Outcome::Refused {
                self.weakly.push((user, "only per-user MFA, which trusted addresses get round"));
            } else {
                self.undetermined.push((user, why));
            }
        }
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
            if outcome(context, &answer, user) == Outcome::Refused {
                self.weakly.push((user, words));
            } else {
                self.uncovered.push((user, why));
            }
        }
    }

    /// Adds what was found for another question: its accounts count once more.
    pub(crate) fn merge(&mut self, other: Self) {
        self.covered.extend(other.covered);
        self.weakly.extend(other.weakly);
        self.uncovered.extend(other.uncovered);
        self.undetermined.extend(other.undetermined);
        for (policy, number) in other.policies {
            *self.policies.entry(policy).or_default() += number;
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
        let finding =
            if self.judged() > 0 && told(true) == finding.verdict && told(false) == finding.verdict
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

    /// Who falls short, in a sentence: "7 of 27 people {open}, and for 20 more {weak}: names."
    pub(crate) fn shortfall(&self, (one, many): (&str, &str), open: &str, weak: &str) -> String {
        let whole = count(self.judged(), one, many);
        let names = self.names();
        match (self.uncovered.len(), self.weakly.len()) {
            (some, 0) => format!("{some} of {whole} {open}: {names}."),
            (0, more) => format!("For {more} of {whole} {weak}: {names}."),
            (some, more) => {
                format!("{some} of {whole} {open}, and for {more} more {weak}: {names}.")
            }
        }
    }

    /// Names of those who do not fully meet the requirement, for a sentence.
    pub(crate) fn names(&self) -> String {
        some_names(self.short().map(|(user, _)| user.name()))
    }
}

/// What refuses the accounts of one kind everything a question is about.
struct Refusal {
    /// It takes a weak policy; how it is weak, in words.
    weakness: Option<&'static str>,
    by: Vec<Id>,
    accounts: usize,
}

/// Refusals by the kind of account: accounts that nothing tells apart are looked into once.
#[derive(Default)]
struct Refusals {
    by_kind: BTreeMap<u32, Refusal>,
    singly: Vec<Refusal>,
}

impl Refusals {
    /// Counts an account of that kind, or one that is of none; the weakness of its refusal.
    fn count(&mut self, kind: Option<u32>, look: impl FnOnce() -> Refusal) -> Option<&'static str> {
        let refusal = match kind {
            Some(kind) => self.by_kind.entry(kind).or_insert_with(look),
            None => self.singly.push_mut(look()),
        };
        refusal.accounts += 1;
        refusal.weakness
    }

    /// How many accounts each policy refuses, by itself or where none does together.
    fn by_policy(self) -> BTreeMap<Id, usize> {
        let mut policies = BTreeMap::new();
        for refusal in self.by_kind.into_values().chain(self.singly) {
            for policy in refusal.by {
                *policies.entry(policy).or_default() += refusal.accounts;
            }
        }
        policies
    }
}

/// The answer for that user.
pub(crate) fn outcome<'a>(context: &Context<'_>, answer: &'a Answer, user: &User) -> Outcome<'a> {
    match context.access().account(user) {
        Some(account) => answer.of(account),
        None => answer.outcome(&user.id),
    }
}

/// The reason worth telling of those why a sign-in gets through: an exclusion, else the closest
/// policy that is about such sign-ins at all.
fn nearest<'r>(
    context: &Context<'_>,
    chain: &'r [Reason],
    question: &Question,
) -> Option<&'r Reason> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let is_relevant = |reason: &&Reason| {
        question.clients == Clients::Legacy
            || policies
                .iter()
                .any(|policy| policy.id == reason.policy && !shape::is_for_legacy_only(policy))
    };
    let excluded = |reason: &&Reason| reason.term.starts_with("excluded by");
    let relevant = || chain.iter().filter(is_relevant);
    relevant().find(excluded).or_else(|| relevant().next())
}

/// The enabled policies that ask for something weaker, and how.
fn weak_policies<'t>(
    context: &Context<'t>,
    appraisal: Appraisal,
) -> BTreeMap<&'t Id, &'static str> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let enforced = policies.iter().filter(|policy| policy.is_enforced());
    enforced.filter_map(|policy| Some((&policy.id, appraisal(context, policy)?))).collect()
}

/// A violation on an account.
pub(crate) fn violation_on(user: &User, observed: impl Into<String>, expected: &str) -> Evidence {
    Evidence::new(SubjectKind::User, user.id.as_str(), user.name(), observed, expected)
}

/// That shared mailboxes may be among the people, where mailbox types were not read.
pub(crate) fn mailbox_note(context: &Context<'_>) -> Option<Evidence> {
    let gap = context.people().ok()?.mailbox_gap.as_ref()?;
    let (id, observed) = (gap.data.name(), format!("shared mailboxes were not told apart: {gap}"));
    Some(Evidence::context(SubjectKind::Dataset, id, gap.data.words(), observed))
}

/// A fact about an account.
pub(crate) fn context_on(user: &User, observed: impl Into<String>) -> Evidence {
    violation_on(user, observed, "")
}
