//! How far a counterexample can be varied: a box of sign-ins that all get through, for reading.

use serde::Serialize;

use crate::bits;
use crate::compile::Dimension;
use crate::compile::endpoints::{Endpoint, unmet};
use crate::compile::people::Class;
use crate::compile::targets::Resource;
use crate::engine::{Engine, Way};
use crate::world::World;
use crate::{ClientApp, InsiderRisk, Platform, Question, RiskLevel, TransferMethod};

/// Sign-ins that all get through: any combination of these, otherwise as the counterexample.
///
/// `None` means that the part makes no difference at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Widest {
    /// Applications; one that policies do not tell from others stands for all of those.
    pub applications: Option<Vec<String>>,
    /// Places, each an address and its country; one stands for all that policies do not tell from
    /// it.
    pub places: Option<Vec<String>>,
    /// Clients.
    pub clients: Vec<ClientApp>,
    /// Platforms.
    pub platforms: Option<Vec<Platform>>,
    /// Flows.
    pub transfer_methods: Option<Vec<TransferMethod>>,
    /// Levels of sign-in risk.
    pub sign_in_risk: Option<Vec<RiskLevel>>,
    /// Levels of user risk.
    pub user_risk: Option<Vec<RiskLevel>>,
    /// Levels of insider risk.
    pub insider_risk: Option<Vec<InsiderRisk>>,
}

/// A box that grows: for each dimension the gates that some value in it closes.
struct Growing {
    bound: Vec<u64>,
    closed: [Vec<u64>; 6],
}

const ENDPOINT: usize = 0;
const SIGN_IN_RISK: usize = 1;
const USER_RISK: usize = 2;
const INSIDER_RISK: usize = 3;
const PLACE: usize = 4;
const TARGET: usize = 5;

impl Growing {
    /// Takes these values into a dimension, if every sign-in of the box still gets through.
    fn take(&mut self, dimension: usize, closes: &[u64]) -> bool {
        let mut shut = self.bound.clone();
        for (number, closed) in self.closed.iter().enumerate() {
            let mut with = closed.clone();
            if number == dimension {
                bits::add(&mut with, closes);
            }
            bits::keep(&mut shut, &with);
        }
        let open = bits::empty(&shut);
        if let Some(closed) = self.closed.get_mut(dimension).filter(|_| open) {
            bits::add(closed, closes);
        }
        open
    }

    /// Takes in all values of a dimension that it can; which, and whether that is all.
    fn grow<V>(
        &mut self,
        number: usize,
        dimension: &Dimension<V>,
        wanted: impl Fn(usize, &V) -> bool,
    ) -> (Vec<usize>, bool) {
        let (mut taken, mut all) = (Vec::new(), true);
        for (value, what, sure, maybe) in dimension.iter() {
            if !wanted(value, what) {
                continue;
            }
            let mut closes = sure.to_vec();
            bits::add(&mut closes, maybe);
            if self.take(number, &closes) {
                taken.push(value);
            } else {
                all = false;
            }
        }
        (taken, all)
    }
}

/// The values of these numbers; `None` where that is every one.
fn pick_of<V: Copy>(all: &[V], (taken, every): (Vec<usize>, bool)) -> Option<Vec<V>> {
    (!every).then(|| taken.iter().filter_map(|number| all.get(*number).copied()).collect())
}

impl Engine<'_> {
    /// How far a way through can be varied.
    pub(crate) fn widest(
        &self,
        world: &World<'_>,
        question: &Question,
        class: &Class,
        way: &Way,
    ) -> Widest {
        let pick = way.pick;
        let both = |(sure, maybe): (&[u64], &[u64])| {
            let mut closes = sure.to_vec();
            bits::add(&mut closes, maybe);
            closes
        };
        let mut bound = class.sure.clone();
        bits::add(&mut bound, &class.maybe);
        let mut growing = Growing {
            bound,
            closed: [
                self.closed_at(pick.endpoint, way),
                both(self.sign_in_risk.sets(pick.sign_in_risk)),
                both(self.user_risk.sets(pick.user_risk)),
                both(self.insider_risk.sets(pick.insider_risk)),
                both(self.places.sets(pick.place)),
                both(self.targets.all.sets(pick.target)),
            ],
        };
        let chosen = self.chosen(world, question);
        let asked = |list: &[bool], number: usize| list.get(number).copied().unwrap_or(false);

        let (targets, all) =
            growing.grow(TARGET, &self.targets.all, |number, _| asked(&chosen.targets, number));
        let name = |number: &usize| match self.targets.all.values.get(*number)? {
            Resource::Application(id) => Some(world.app_name(id)),
            Resource::OtherApplication(_) => Some("any other application".to_owned()),
            Resource::Action(id) | Resource::Context(id) => Some(id.to_string()),
            Resource::OtherAction | Resource::OtherContext => None,
        };
        let applications = (!all).then(|| targets.iter().filter_map(name).collect());
        let (places, all) = growing.grow(PLACE, &self.places, |number, place| {
            asked(&chosen.places, number) && !place.supposed
        });
        let place = |number: &usize| {
            let place = self.places.values.get(*number)?;
            Some(format!("{} ({})", place.ip, place.country))
        };
        let places = (!all).then(|| places.iter().filter_map(place).collect());

        let (clients, platforms, transfer_methods) =
            self.grow_endpoint(&mut growing, way, &chosen.endpoints);
        Widest {
            applications,
            places,
            clients,
            platforms,
            transfer_methods,
            sign_in_risk: pick_of(
                RiskLevel::ALL,
                growing.grow(SIGN_IN_RISK, &self.sign_in_risk, |number, _| {
                    asked(&chosen.sign_in_risk, number)
                }),
            ),
            user_risk: pick_of(
                RiskLevel::ALL,
                growing
                    .grow(USER_RISK, &self.user_risk, |number, _| asked(&chosen.user_risk, number)),
            ),
            insider_risk: pick_of(
                InsiderRisk::ALL,
                growing.grow(INSIDER_RISK, &self.insider_risk, |_, _| true),
            ),
        }
    }

    /// The gates that an endpoint may close, with what is presented on the way.
    fn closed_at(&self, endpoint: usize, way: &Way) -> Vec<u64> {
        let (sure, maybe) = self.endpoints.sets(endpoint);
        let mut closes = sure.to_vec();
        bits::add(&mut closes, maybe);
        if let Some(endpoint) = self.endpoints.values.get(endpoint) {
            let at = endpoint.circumstances();
            let unmet = unmet(&self.policies, way.presented, at, self.reading);
            bits::keep(&mut closes, &unmet.most);
        }
        closes
    }

    /// Client, platform and flow grow one after the other, with the same device.
    fn grow_endpoint(
        &self,
        growing: &mut Growing,
        way: &Way,
        chosen: &[bool],
    ) -> (Vec<ClientApp>, Option<Vec<Platform>>, Option<Vec<TransferMethod>>) {
        let Some(start) = self.endpoints.values.get(way.pick.endpoint) else {
            return (Vec::new(), None, None);
        };
        let find = |client, platform, flow| {
            let like = Endpoint { client, platform, flow, ..start.clone() };
            let at = self.endpoints.values.iter().position(|other| *other == like)?;
            chosen.get(at).copied().unwrap_or(false).then_some(at)
        };
        // What all of these close; `None`: one of them cannot occur or is not asked about.
        let shut = |all: &[(ClientApp, Platform, TransferMethod)]| {
            let mut closes = vec![0; self.gates.words()];
            for (client, platform, flow) in all {
                let at = find(*client, *platform, *flow)?;
                bits::add(&mut closes, &self.closed_at(at, way));
            }
            Some(closes)
        };
        let (mut clients, mut platforms, mut flows) =
            (vec![start.client], vec![start.platform], vec![start.flow]);
        for platform in Platform::ALL {
            let closes = shut(&[(start.client, *platform, start.flow)]);
            if !platforms.contains(platform)
                && closes.is_some_and(|closes| growing.take(ENDPOINT, &closes))
            {
                platforms.push(*platform);
            }
        }
        for client in ClientApp::ALL {
            let all: Vec<_> =
                platforms.iter().map(|platform| (*client, *platform, start.flow)).collect();
            if !clients.contains(client)
                && shut(&all).is_some_and(|closes| growing.take(ENDPOINT, &closes))
            {
                clients.push(*client);
            }
        }
        for flow in TransferMethod::ALL {
            let all: Vec<_> = clients
                .iter()
                .flat_map(|client| platforms.iter().map(|platform| (*client, *platform, *flow)))
                .collect();
            if !flows.contains(flow)
                && shut(&all).is_some_and(|closes| growing.take(ENDPOINT, &closes))
            {
                flows.push(*flow);
            }
        }
        clients.sort_unstable();
        platforms.sort_unstable();
        flows.sort_unstable();
        (
            clients,
            (platforms.len() < Platform::ALL.len()).then_some(platforms),
            (flows.len() < TransferMethod::ALL.len()).then_some(flows),
        )
    }
}
