//! Policies as gates, accounts as classes, and the search for a way past the gates.

mod cells;
mod choose;
mod decide;
mod prove;

use std::rc::Rc;
use std::sync::Arc;

use crate::SignIn;
use crate::assumption::Reading;
use crate::bits;
use crate::compile::Dimension;
use crate::compile::endpoints::{Endpoint, endpoints};
use crate::compile::gates::Gates;
use crate::compile::network::{Place, places};
use crate::compile::people::People;
use crate::compile::policy::{Policy, Presented};
use crate::compile::targets::Targets;
use crate::tri::Tri;
use crate::world::World;
use crate::{InsiderRisk, RiskLevel};

pub(crate) use prove::Refusal;

/// How many steps a search may take; what would take more is undetermined.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// For one class.
    class: u64,
    /// For all classes of one question.
    question: u64,
}

const LIMITS: Limits = Limits { class: 1 << 22, question: 1 << 27 };

const TOO_MUCH: &str = "the policies interlock too much to decide within the work allowed";

/// A set of policies, and everything they can tell apart.
pub(crate) struct Engine<'t> {
    pub(crate) policies: Vec<Policy<'t>>,
    pub(crate) gates: Gates,
    pub(crate) people: Rc<People>,
    pub(crate) reading: Reading,
    pub(crate) targets: Targets,
    pub(crate) places: Dimension<Place>,
    pub(crate) endpoints: Dimension<Endpoint>,
    pub(crate) sign_in_risk: Dimension<RiskLevel>,
    pub(crate) user_risk: Dimension<RiskLevel>,
    pub(crate) insider_risk: Dimension<InsiderRisk>,
    limits: Limits,
}

/// The answer for one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is no such sign-in.
    Refused,
    /// There is.
    Open(Box<Way>),
    /// It depends on what is not known.
    Undetermined(String),
}

/// A sign-in that gets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) sign_in: Arc<SignIn>,
    /// What is presented.
    pub(crate) presented: Presented,
    pub(crate) pick: Pick,
}

/// A part of a sign-in on which policies have conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Client, platform, flow, device.
    Endpoint,
    SignInRisk,
    UserRisk,
    InsiderRisk,
    Place,
    Target,
}

/// The choice of a value in each dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) endpoint: usize,
    pub(crate) sign_in_risk: usize,
    pub(crate) user_risk: usize,
    pub(crate) insider_risk: usize,
    pub(crate) place: usize,
    pub(crate) target: usize,
}

impl Pick {
    fn of(way: &[u32]) -> Option<Self> {
        let &[endpoint, sign_in_risk, user_risk, insider_risk, place, target] = way else {
            return None;
        };
        Some(Self {
            endpoint: endpoint as usize,
            sign_in_risk: sign_in_risk as usize,
            user_risk: user_risk as usize,
            insider_risk: insider_risk as usize,
            place: place as usize,
            target: target as usize,
        })
    }
}

impl<'t> Engine<'t> {
    /// Compiles these policies; see [`People::of`] for `detailed`.
    pub(crate) fn of(
        world: &World<'t>,
        policies: Vec<Policy<'t>>,
        reading: Reading,
        detailed: bool,
    ) -> Self {
        let gates = Gates { policies: policies.len() };
        let around = world.surroundings();
        let people = Rc::new(People::of(&world.directory, &policies, around, reading, detailed));
        Self {
            targets: Targets::of(
                world.tenant,
                &policies,
                &world.suites,
                &world.attributes,
                reading,
            ),
            places: places(&policies, &world.locations),
            endpoints: endpoints(&policies, reading),
            sign_in_risk: levels(&policies, RiskLevel::ALL, |policy, level| {
                policy.sign_in_risk.has(level as usize)
            }),
            user_risk: levels(&policies, RiskLevel::ALL, |policy, level| {
                policy.user_risk.has(level as usize)
            }),
            insider_risk: levels(&policies, InsiderRisk::ALL, |policy, level| {
                policy.insider_risk.has(level as usize)
            }),
            policies,
            gates,
            people,
            reading,
            limits: LIMITS,
        }
    }
}

fn levels<V: Copy>(
    policies: &[Policy<'_>],
    all: &[V],
    has: impl Fn(&Policy<'_>, V) -> Tri,
) -> Dimension<V> {
    let gates = Gates { policies: policies.len() };
    let mut dimension = Dimension::new(gates.words());
    for value in all {
        let mut sure = gates.all_fixed();
        let mut maybe = vec![0; gates.words()];
        for (number, policy) in policies.iter().enumerate() {
            match has(policy, *value) {
                Tri::No => {}
                Tri::Maybe => bits::set(&mut maybe, number),
                Tri::Yes => bits::set(&mut sure, number),
            }
        }
        dimension.push(*value, &sure, &maybe);
    }
    dimension
}
