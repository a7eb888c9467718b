//! Why: what each policy does at one sign-in, and by which term.

mod conditions;
mod demand;
mod doubt;
mod rules;

use model::Id;
use serde::Serialize;

use crate::Capability;
use crate::SignIn;
use crate::assumption::Reading;
use crate::compile::gates::Gates;
use crate::compile::people::Class;
use crate::compile::policy::{Policy, Presented, SINGLE_FACTORS};
use crate::person::{Person, Side};
use crate::tri::Tri;
use crate::world::World;

pub(crate) use doubt::{condition_doubt, grant_doubt, location_words};

/// What happens at one sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Why such a sign-in cannot occur; `None`: it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<String>,
    /// Whether a single factor is enough.
    pub single_factor: Verdict,
    /// Whether anything but phishing-resistant methods is enough.
    pub not_phishing_resistant: Verdict,
    /// Whether it gets a token at all, whatever is presented.
    pub any: Verdict,
    /// What the person must present, a sentence for each policy and rule that asks for something.
    pub required: Vec<String>,
    /// Every policy for users, those that apply first.
    pub policies: Vec<Reason>,
    /// Rules outside Conditional Access that bind the account.
    pub rules: Vec<Reason>,
}

/// Whether a sign-in gets a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Granted,
    /// It does not.
    Refused,
    /// It depends on what is not known.
    Undetermined,
}

impl From<Tri> for Verdict {
    fn from(granted: Tri) -> Self {
        match granted {
            Tri::No => Self::Refused,
            Tri::Maybe => Self::Undetermined,
            Tri::Yes => Self::Granted,
        }
    }
}

/// What a policy or rule does at a sign-in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The policy's id; empty for a rule outside Conditional Access.
    #[schemars(with = "String")]
    pub policy: Id,
    /// The policy's or rule's name.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// By which term: of its users, its conditions or what it asks for.
    pub term: String,
}

/// What a policy does at a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It applies, and what it asks for is not presented.
    Refused,
    /// Whether it applies, or is satisfied, is not known.
    Undetermined,
    /// It applies, and what it asks for is presented.
    Satisfied,
    /// It does not apply.
    NotApplied,
    /// It would, but is report-only or disabled.
    NotEnforced,
}

/// A sign-in to be judged, with what is presented.
pub(crate) struct Case<'c> {
    pub(crate) world: &'c World<'c>,
    pub(crate) person: &'c Person<'c>,
    pub(crate) class: &'c Class,
    /// How the class numbers its gates.
    pub(crate) gates: Gates,
    pub(crate) sign_in: &'c SignIn,
    pub(crate) reading: Reading,
}

impl Case<'_> {
    /// What happens, whatever is presented.
    pub(crate) fn decide(&self, policies: &[Policy<'_>]) -> Decision {
        let granted = |capability| Verdict::from(self.granted(policies, capability));
        let mut reasons: Vec<(usize, Reason)> = policies
            .iter()
            .map(|policy| self.reason(policy, Presented::Single(0)))
            .map(|(_, distance, reason)| (distance, reason))
            .collect();
        reasons.sort_by(|(one_distance, one), (other_distance, other)| {
            let key = |distance: usize, reason: &Reason| {
                (reason.effect, distance, reason.name.clone(), reason.policy.clone())
            };
            key(*one_distance, one).cmp(&key(*other_distance, other))
        });
        Decision {
            impossible: self.impossible(),
            single_factor: granted(Capability::SingleFactor),
            not_phishing_resistant: granted(Capability::NotPhishingResistant),
            any: granted(Capability::Any),
            required: self.required(policies),
            policies: reasons.into_iter().map(|(_, reason)| reason).collect(),
            rules: self.rules(Presented::Single(0)),
        }
    }

    /// Why the sign-in gets through with what is presented: the policies that would have refused
    /// it, the closest first.
    pub(crate) fn chain(&self, policies: &[Policy<'_>], presented: Presented) -> Vec<Reason> {
        let mut reasons: Vec<((bool, usize, Effect), Reason)> = policies
            .iter()
            .filter(|policy| !policy.grant.is_empty())
            .map(|policy| self.reason(policy, presented))
            .filter(|(would_refuse, _, reason)| *would_refuse || reason.effect == Effect::Satisfied)
            .map(|(would_refuse, distance, reason)| {
                ((!would_refuse, distance, reason.effect), reason)
            })
            .collect();
        reasons.sort_by(|(one_key, one), (other_key, other)| {
            (one_key, &one.name, &one.policy).cmp(&(other_key, &other.name, &other.policy))
        });
        reasons.into_iter().map(|(_, reason)| reason).collect()
    }

    /// Whether it gets a token.
    fn granted(&self, policies: &[Policy<'_>], capability: Capability) -> Tri {
        if self.impossible().is_some() {
            return Tri::No;
        }
        let presented: Vec<Presented> = match capability {
            Capability::SingleFactor => (0..SINGLE_FACTORS.len()).map(Presented::Single).collect(),
            Capability::NotPhishingResistant => vec![Presented::NotPhishingResistant],
            Capability::Any => vec![Presented::Anything],
        };
        presented.into_iter().fold(Tri::No, |any, presented| {
            let every = policies.iter().map(|policy| {
                let applies = self.applies(policy);
                let certain = if policy.doubts.is_empty() { Tri::Yes } else { Tri::Maybe };
                let enforced = policy.enforced.and(certain);
                let met = policy.grant.satisfied(presented, self.circumstances(), self.reading);
                !(applies.and(enforced).and(!met))
            });
            let rules = self.closed_rules(presented).into_iter().map(|(_, closed)| !closed);
            any.or(every.chain(rules).fold(Tri::Yes, Tri::and))
        })
    }

    fn applies(&self, policy: &Policy<'_>) -> Tri {
        let parts = self.parts(policy).into_iter().map(|part| part.holds);
        self.person.is_meant(policy.source, self.reading).and(parts.fold(Tri::Yes, Tri::and))
    }

    /// What the policy does, whether it would refuse if it applied and were enforced, and how many
    /// conditions keep it from applying.
    fn reason(&self, policy: &Policy<'_>, presented: Presented) -> (bool, usize, Reason) {
        let met = policy.grant.satisfied(presented, self.circumstances(), self.reading);
        let mut missing: Vec<String> = Vec::new();
        let mut unknown: Vec<String> = policy.doubts.clone();
        let is_meant = self.explain_users(policy, &mut missing, &mut unknown);
        for part in self.parts(policy) {
            match part.holds {
                Tri::Yes => {}
                Tri::Maybe => unknown.push(part.why),
                Tri::No => missing.push(part.why),
            }
        }
        // A policy that is for other people came nowhere near.
        let distance = missing.len()
            + usize::from(policy.enforced == Tri::No)
            + if is_meant { 0 } else { 100 };
        let (effect, term) = if !missing.is_empty() {
            (Effect::NotApplied, missing.join("; "))
        } else if policy.enforced == Tri::No {
            let state = if policy.source.is_report_only() { "report-only" } else { "disabled" };
            (Effect::NotEnforced, format!("{state}; {}", self.demand(policy, presented)))
        } else if !unknown.is_empty() && met != Tri::Yes {
            (Effect::Undetermined, unknown.join("; "))
        } else {
            let effect = match met {
                Tri::Yes => Effect::Satisfied,
                Tri::Maybe => Effect::Undetermined,
                Tri::No => Effect::Refused,
            };
            (effect, self.demand(policy, presented))
        };
        let reason = Reason {
            policy: policy.source.id.clone(),
            name: policy.name().to_owned(),
            effect,
            term,
        };
        (met != Tri::Yes, distance, reason)
    }

    /// Whether some term includes the account, or may.
    fn explain_users(
        &self,
        policy: &Policy<'_>,
        missing: &mut Vec<String>,
        unknown: &mut Vec<String>,
    ) -> bool {
        let terms = |side| self.person.terms(policy.source, side, self.reading);
        let (included, excluded) = (terms(Side::Include), terms(Side::Exclude));
        if let Some(term) = excluded.iter().find(|term| term.means == Tri::Yes) {
            missing.push(format!("excluded by {}", term.words));
        }
        if included.is_empty() {
            missing.push("none of its users is the account".to_owned());
            return false;
        }
        if !included.iter().any(|term| term.means == Tri::Yes) {
            unknown
                .extend(included.first().map(|term| format!("perhaps included by {}", term.words)));
        }
        let perhaps = excluded.iter().find(|term| term.means == Tri::Maybe);
        unknown.extend(perhaps.map(|term| format!("perhaps excluded by {}", term.words)));
        true
    }
}
