//! Why not: the policies that refuse a class, and what each of them decides.

use std::collections::BTreeMap;

use super::cells::{Cut, array};
use super::{Engine, Part, Way};
use crate::bits;
use crate::compile::endpoints::{Endpoint, unmet};
use crate::compile::people::Class;
use crate::cover::{Cover, Exhausted};
use crate::world::World;
use crate::{Capability, Question};

/// By what a class is refused everything that a question is about. Policies by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By rules outside Conditional Access.
    Rules,
    /// By each of these policies alone; there is one at least.
    Each(Vec<usize>),
    /// By these policies together; none of them is needless.
    Together(Vec<usize>),
}

impl Refusal {
    /// All the policies.
    pub(crate) fn policies(&self) -> &[usize] {
        match self {
            Self::Rules => &[],
            Self::Each(policies) | Self::Together(policies) => policies,
        }
    }

    /// Policies that suffice, none of them needless.
    pub(crate) fn proof(&self) -> &[usize] {
        match self {
            Self::Each(policies) => policies.get(..1).unwrap_or_default(),
            other => other.policies(),
        }
    }
}

impl Engine<'_> {
    /// Hands a test to `act`: whether a set of gates alone refuses everything that the question is
    /// about, for certain. With `widened`, the policy's condition on that part is taken for met.
    pub(crate) fn probe<R>(
        &self,
        world: &World<'_>,
        question: &Question,
        widened: Option<(usize, Part)>,
        act: impl FnOnce(&mut dyn FnMut(&[u64]) -> bool) -> R,
    ) -> R {
        match self.gates.words() {
            1 => self.probe_in::<1, R>(world, question, widened, act),
            2 => self.probe_in::<2, R>(world, question, widened, act),
            3 | 4 => self.probe_in::<4, R>(world, question, widened, act),
            5..=8 => self.probe_in::<8, R>(world, question, widened, act),
            9..=16 => self.probe_in::<16, R>(world, question, widened, act),
            17..=64 => self.probe_in::<64, R>(world, question, widened, act),
            _ => act(&mut |_| false),
        }
    }

    fn probe_in<const N: usize, R>(
        &self,
        world: &World<'_>,
        question: &Question,
        widened: Option<(usize, Part)>,
        act: impl FnOnce(&mut dyn FnMut(&[u64]) -> bool) -> R,
    ) -> R {
        let Some(chosen) = self.choose(world, question) else { return act(&mut |_| false) };
        let mut covers: Vec<Cover<N>> = self
            .presented(question.capability)
            .into_iter()
            .map(|(_, unmet)| {
                let cut = Cut { strict: false, widened, closed_by: None };
                Cover::unordered(self.dimensions(&chosen, &unmet, cut), self.limits.question)
            })
            .collect();
        act(&mut |gates| {
            covers.iter_mut().all(|cover| cover.way(array(gates), self.limits.class) == Ok(None))
        })
    }

    /// For each class, which policies refuse it everything that the question is about, as if the
    /// policies `without` did not exist. `None`: then it is not refused for certain.
    pub(crate) fn refusals(
        &self,
        world: &World<'_>,
        question: &Question,
        without: &[usize],
    ) -> Vec<Option<Refusal>> {
        self.probe(world, question, None, |refuses| {
            // Many classes ask about the same gates.
            let mut known: BTreeMap<Vec<u64>, bool> = BTreeMap::new();
            let mut refuses = |gates: &[u64]| {
                if let Some(known) = known.get(gates) {
                    return *known;
                }
                let refused = refuses(gates);
                known.insert(gates.to_vec(), refused);
                refused
            };
            let classes = self.people.classes.iter();
            classes.map(|class| self.refusal(class, without, &mut refuses)).collect()
        })
    }

    fn refusal(
        &self,
        class: &Class,
        without: &[usize],
        refuses: &mut dyn FnMut(&[u64]) -> bool,
    ) -> Option<Refusal> {
        let mut bound = class.sure.clone();
        for policy in without {
            bits::unset(&mut bound, *policy);
        }
        if !refuses(&bound) {
            return None;
        }
        let mut fixed = bound.clone();
        bits::keep(&mut fixed, &self.gates.all_fixed());
        if refuses(&fixed) {
            return Some(Refusal::Rules);
        }
        let policies = || bits::each(&bound).take_while(|gate| *gate < self.gates.policies);
        let alone = policies().filter(|policy| {
            let mut gates = fixed.clone();
            bits::set(&mut gates, *policy);
            refuses(&gates)
        });
        let alone: Vec<usize> = alone.collect();
        if !alone.is_empty() {
            return Some(Refusal::Each(alone));
        }
        let mut kept = bound.clone();
        let needed = policies().filter(|policy| {
            let mut fewer = kept.clone();
            bits::unset(&mut fewer, *policy);
            let needless = refuses(&fewer);
            if needless {
                kept = fewer;
            }
            !needless
        });
        Some(Refusal::Together(needed.collect()))
    }

    /// Whether there is some account and some sign-in that the policy, and nothing else for
    /// certain, refuses; `None`: too much work to tell.
    pub(crate) fn decides(&self, policy: usize) -> Option<bool> {
        match self.gates.words() {
            1 => self.decides_in::<1>(policy),
            2 => self.decides_in::<2>(policy),
            3 | 4 => self.decides_in::<4>(policy),
            5..=8 => self.decides_in::<8>(policy),
            9..=16 => self.decides_in::<16>(policy),
            17..=64 => self.decides_in::<64>(policy),
            _ => None,
        }
    }

    fn decides_in<const N: usize>(&self, policy: usize) -> Option<bool> {
        let all = self.everything();
        let capabilities =
            [Capability::SingleFactor, Capability::NotPhishingResistant, Capability::Any];
        let presented = capabilities.into_iter().flat_map(|capability| self.presented(capability));
        let mut untold = false;
        for (_, unmet) in presented {
            let cut = Cut { strict: false, widened: None, closed_by: Some(policy) };
            let mut cover =
                Cover::<N>::unordered(self.dimensions(&all, &unmet, cut), self.limits.question);
            for class in &self.people.classes {
                if !bits::has(&class.sure, policy) && !bits::has(&class.maybe, policy) {
                    continue;
                }
                let mut others = class.sure.clone();
                bits::unset(&mut others, policy);
                match cover.way(array(&others), self.limits.class) {
                    Ok(None) => {}
                    Ok(Some(_)) => return Some(true),
                    Err(Exhausted) => untold = true,
                }
            }
        }
        (!untold).then_some(false)
    }

    /// Policies that bind the class and that only their condition on one part keeps from refusing
    /// the way, with that part.
    pub(crate) fn near_misses(&self, class: &Class, way: &Way) -> Vec<(usize, Part)> {
        let pick = way.pick;
        let at = self.endpoints.values.get(pick.endpoint).map(Endpoint::circumstances);
        let unmet = unmet(&self.policies, way.presented, at.unwrap_or_default(), self.reading);
        let parts = [
            (Part::Endpoint, self.endpoints.sets(pick.endpoint)),
            (Part::SignInRisk, self.sign_in_risk.sets(pick.sign_in_risk)),
            (Part::UserRisk, self.user_risk.sets(pick.user_risk)),
            (Part::InsiderRisk, self.insider_risk.sets(pick.insider_risk)),
            (Part::Place, self.places.sets(pick.place)),
            (Part::Target, self.targets.all.sets(pick.target)),
        ];
        let mut binding = class.sure.clone();
        bits::keep(&mut binding, &unmet.sure);
        bits::each(&binding)
            .take_while(|gate| *gate < self.gates.policies)
            .filter_map(|policy| {
                let mut missing = parts.iter().filter(|(_, (sure, _))| !bits::has(sure, policy));
                let part = missing.next()?.0;
                missing.next().is_none().then_some((policy, part))
            })
            .collect()
    }
}
