//! Policies as gates, accounts as classes, and the search for a way past the gates.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::assumption::Reading;
use crate::bits;
use crate::compile::Dimension;
use crate::compile::endpoints::{Endpoint, Unmet, endpoints, is_legacy, unmet};
use crate::compile::gates::{Fixed, Gates};
use crate::compile::network::{Place, places};
use crate::compile::people::{Class, People};
use crate::compile::policy::{Circumstances, Policy, Presented, SINGLE_FACTORS};
use crate::compile::targets::{Resource, Targets};
use crate::cover::{Cell, Cover, Exhausted};
use crate::tri::Tri;
use crate::world::World;
use crate::{
    Capability, ClientApp, Clients, Device, InsiderRisk, Question, RiskLevel, SignIn, Target,
};

/// The most steps for one class.
const LIMIT: u64 = 1 << 22;

/// The most steps for all classes of one question.
const BUDGET: u64 = 1 << 27;

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
        }
    }

    /// Decides a question for these classes.
    pub(crate) fn decide(
        &self,
        world: &World<'_>,
        question: &Question,
        classes: &[Class],
    ) -> Vec<Verdict> {
        match self.gates.words() {
            1 => self.decide_in::<1>(world, question, classes),
            2 => self.decide_in::<2>(world, question, classes),
            3 | 4 => self.decide_in::<4>(world, question, classes),
            5..=8 => self.decide_in::<8>(world, question, classes),
            9..=16 => self.decide_in::<16>(world, question, classes),
            17..=64 => self.decide_in::<64>(world, question, classes),
            _ => vec![Verdict::Undetermined(TOO_MUCH.to_owned()); classes.len()],
        }
    }

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
                Cover::unordered(self.dimensions(&chosen, &unmet, cut), BUDGET)
            })
            .collect();
        act(&mut |gates| covers.iter_mut().all(|cover| cover.way(array(gates), LIMIT) == Ok(None)))
    }

    /// For each class, the policies that together refuse it everything the question is about, none
    /// of them needless; `None`: it is not refused for certain.
    pub(crate) fn prove(
        &self,
        world: &World<'_>,
        question: &Question,
        classes: &[Class],
    ) -> Vec<Option<Vec<usize>>> {
        self.probe(world, question, None, |refuses| {
            classes.iter().map(|class| self.needed(class, refuses)).collect()
        })
    }

    fn needed(&self, class: &Class, refuses: &mut dyn FnMut(&[u64]) -> bool) -> Option<Vec<usize>> {
        if !refuses(&class.sure) {
            return None;
        }
        let mut fixed = class.sure.clone();
        bits::keep(&mut fixed, &self.gates.all_fixed());
        if refuses(&fixed) {
            return Some(Vec::new());
        }
        let policies: Vec<usize> =
            bits::each(&class.sure).take_while(|gate| *gate < self.gates.policies).collect();
        let alone = policies.iter().find(|policy| {
            let mut gates = fixed.clone();
            bits::set(&mut gates, **policy);
            refuses(&gates)
        });
        if let Some(alone) = alone {
            return Some(vec![*alone]);
        }
        let mut kept = class.sure.clone();
        Some(
            policies
                .into_iter()
                .filter(|policy| {
                    let mut fewer = kept.clone();
                    bits::unset(&mut fewer, *policy);
                    let needless = refuses(&fewer);
                    if needless {
                        kept = fewer;
                    }
                    !needless
                })
                .collect(),
        )
    }

    /// For each class, every policy that alone refuses it everything the question is about; where
    /// none does, some that together do, none of them needless. As if the policies `without` did not
    /// exist; `None`: then it is not refused for certain.
    pub(crate) fn enforcers(
        &self,
        world: &World<'_>,
        question: &Question,
        without: &[usize],
    ) -> Vec<Option<Vec<usize>>> {
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
            classes.map(|class| self.enforce(class, without, &mut refuses)).collect()
        })
    }

    fn enforce(
        &self,
        class: &Class,
        without: &[usize],
        refuses: &mut dyn FnMut(&[u64]) -> bool,
    ) -> Option<Vec<usize>> {
        let mut sure = class.sure.clone();
        for policy in without {
            bits::unset(&mut sure, *policy);
        }
        if !refuses(&sure) {
            return None;
        }
        let mut fixed = sure.clone();
        bits::keep(&mut fixed, &self.gates.all_fixed());
        if refuses(&fixed) {
            return Some(Vec::new());
        }
        let policies = || bits::each(&sure).take_while(|gate| *gate < self.gates.policies);
        let alone = policies().filter(|policy| {
            let mut gates = fixed.clone();
            bits::set(&mut gates, *policy);
            refuses(&gates)
        });
        let alone: Vec<usize> = alone.collect();
        if !alone.is_empty() {
            return Some(alone);
        }
        let mut kept = sure.clone();
        let needed = policies().filter(|policy| {
            let mut fewer = kept.clone();
            bits::unset(&mut fewer, *policy);
            let needless = refuses(&fewer);
            if needless {
                kept = fewer;
            }
            !needless
        });
        Some(needed.collect())
    }

    /// Whether there is some account and some sign-in that the policy, and nothing else for
    /// certain, refuses.
    pub(crate) fn decides(&self, policy: usize) -> bool {
        match self.gates.words() {
            1 => self.decides_in::<1>(policy),
            2 => self.decides_in::<2>(policy),
            3 | 4 => self.decides_in::<4>(policy),
            5..=8 => self.decides_in::<8>(policy),
            9..=16 => self.decides_in::<16>(policy),
            17..=64 => self.decides_in::<64>(policy),
            _ => true,
        }
    }

    fn decides_in<const N: usize>(&self, policy: usize) -> bool {
        let all = self.everything();
        let capabilities =
            [Capability::SingleFactor, Capability::NotPhishingResistant, Capability::Any];
        let presented = capabilities.into_iter().flat_map(|capability| self.presented(capability));
        presented.into_iter().any(|(_, unmet)| {
            let cut = Cut { strict: false, widened: None, closed_by: Some(policy) };
            let mut cover = Cover::<N>::unordered(self.dimensions(&all, &unmet, cut), BUDGET);
            self.people.classes.iter().any(|class| {
                let binds = bits::has(&class.sure, policy) || bits::has(&class.maybe, policy);
                let mut others = class.sure.clone();
                bits::unset(&mut others, policy);
                binds && cover.way(array(&others), LIMIT) != Ok(None)
            })
        })
    }

    /// The values that a question is about.
    pub(crate) fn chosen(&self, world: &World<'_>, question: &Question) -> Chosen {
        self.choose(world, question).unwrap_or_else(|| self.everything())
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

    /// Every value of every dimension.
    fn everything(&self) -> Chosen {
        Chosen {
            endpoints: vec![true; self.endpoints.values.len()],
            sign_in_risk: vec![true; RiskLevel::ALL.len()],
            user_risk: vec![true; RiskLevel::ALL.len()],
            places: vec![true; self.places.values.len()],
            targets: vec![true; self.targets.all.values.len()],
        }
    }

    /// A search for each thing that may be presented; `None`: a suite that is not known.
    fn searches<const N: usize>(
        &self,
        world: &World<'_>,
        question: &Question,
    ) -> Option<Vec<Search<'_, 't, N>>> {
        let chosen = self.choose(world, question)?;
        let presented = self.presented(question.capability).into_iter();
        Some(
            presented
                .map(|(presented, unmet)| Search::of(self, &chosen, presented, &unmet))
                .collect(),
        )
    }

    fn decide_in<const N: usize>(
        &self,
        world: &World<'_>,
        question: &Question,
        classes: &[Class],
    ) -> Vec<Verdict> {
        let Some(mut searches) = self.searches::<N>(world, question) else {
            let unknown = "the suite of applications is not known".to_owned();
            return vec![Verdict::Undetermined(unknown); classes.len()];
        };
        classes
            .iter()
            .map(|class| {
                let mut best = Verdict::Refused;
                for search in &mut searches {
                    match search.decide(class) {
                        Found::Closed => {}
                        Found::Open(pick) => {
                            let way = Way {
                                sign_in: Arc::new(self.sign_in(pick, question)),
                                presented: search.presented,
                                pick,
                            };
                            best = Verdict::Open(way.into());
                            break;
                        }
                        Found::Unclear(pick) => {
                            if best == Verdict::Refused {
                                let why = self.doubt(world, class, pick, search.presented);
                                best = Verdict::Undetermined(why);
                            }
                        }
                        Found::Exhausted => best = Verdict::Undetermined(TOO_MUCH.to_owned()),
                    }
                }
                match best {
                    Verdict::Open(_) if class.enabled == Tri::Maybe => {
                        Verdict::Undetermined("users lack accountEnabled".to_owned())
                    }
                    verdict => verdict,
                }
            })
            .collect()
    }

    /// What a person may present, with what that leaves unmet; what leaves the same unmet is there
    /// once.
    fn presented(&self, capability: Capability) -> Vec<(Presented, Vec<Unmet>)> {
        let all: Vec<Presented> = match capability {
            Capability::SingleFactor => (0..SINGLE_FACTORS.len()).map(Presented::Single).collect(),
            Capability::NotPhishingResistant => vec![Presented::NotPhishingResistant],
            Capability::Any => vec![Presented::Anything],
        };
        let mut kept: Vec<(Presented, Vec<Unmet>)> = Vec::new();
        for presented in all {
            let unmet: Vec<Unmet> = circumstances()
                .map(|at| unmet(&self.policies, presented, at, self.reading))
                .collect();
            if !kept.iter().any(|(_, known)| *known == unmet) {
                kept.push((presented, unmet));
            }
        }
        kept
    }

    /// The values that a question is about; `None`: a suite that is not known.
    fn choose(&self, world: &World<'_>, question: &Question) -> Option<Chosen> {
        let client = |client: ClientApp| match question.clients {
            Clients::Modern => !is_legacy(client),
            Clients::Legacy => is_legacy(client),
            Clients::ExchangeActiveSync => client == ClientApp::ExchangeActiveSync,
            Clients::Other => client == ClientApp::Other,
            Clients::ModernOrOther => client != ClientApp::ExchangeActiveSync,
            Clients::Any => true,
        };
        let endpoint = |endpoint: &Endpoint| {
            client(endpoint.client)
                && (!question.unmanaged_only || endpoint.device.is_none() && !endpoint.managed_app)
                && (!question.plain_app_only || !endpoint.managed_app)
                && question.platforms.as_ref().is_none_or(|list| list.contains(&endpoint.platform))
                && question.transfer_method.is_none_or(|flow| flow == endpoint.flow)
        };
        let suite = match &question.target {
            Target::Suite(name) => {
                let members = world.suites.members(name)?;
                members.iter().filter_map(|id| self.targets.place(id)).collect()
            }
            _ => Vec::new(),
        };
        let target = |number: usize, resource: &Resource| match (&question.target, resource) {
            (Target::AnyApplication, resource) => resource.is_application(),
            (Target::Application(id), Resource::Application(known)) => id == known,
            (Target::Application(id), Resource::OtherApplication(_)) => {
                self.targets.place(id).is_none()
            }
            (Target::Suite(_), _) => suite.contains(&number),
            (Target::UserAction(name), Resource::Action(known))
            | (Target::AuthenticationContext(name), Resource::Context(known)) => {
                known.as_str().eq_ignore_ascii_case(name)
            }
            (Target::UserAction(name), Resource::OtherAction)
            | (Target::AuthenticationContext(name), Resource::OtherContext) => {
                !self.targets.names(name)
            }
            _ => false,
        };
        let level = |wanted: &Option<Vec<RiskLevel>>, level: RiskLevel| {
            wanted.as_ref().is_none_or(|list| list.contains(&level))
        };
        Some(Chosen {
            endpoints: self.endpoints.values.iter().map(endpoint).collect(),
            sign_in_risk: RiskLevel::ALL
                .iter()
                .map(|risk| level(&question.sign_in_risk, *risk))
                .collect(),
            user_risk: RiskLevel::ALL
                .iter()
                .map(|risk| level(&question.user_risk, *risk))
                .collect(),
            places: self
                .places
                .values
                .iter()
                .map(|place| !question.untrusted_network_only || !place.trusted)
                .collect(),
            targets: self
                .targets
                .all
                .values
                .iter()
                .enumerate()
                .map(|(number, resource)| target(number, resource))
                .collect(),
        })
    }

    fn sign_in(&self, pick: Pick, question: &Question) -> SignIn {
        let mut sign_in = SignIn::to(match &question.target {
            Target::Application(id) => id.clone(),
            Target::UserAction(name) | Target::AuthenticationContext(name) => name.as_str().into(),
            Target::AnyApplication | Target::Suite(_) => {
                match self.targets.all.values.get(pick.target) {
                    Some(
                        Resource::Application(id)
                        | Resource::OtherApplication(id)
                        | Resource::Action(id)
                        | Resource::Context(id),
                    ) => id.clone(),
                    _ => "".into(),
                }
            }
        });
        if let Some(endpoint) = self.endpoints.values.get(pick.endpoint) {
            sign_in.client_app_type = endpoint.client;
            sign_in.platform = endpoint.platform;
            sign_in.transfer_method = endpoint.flow;
            sign_in.managed_app = endpoint.managed_app;
            if let Some(device) = &endpoint.device {
                sign_in.device = Device {
                    registered: true,
                    is_compliant: device.compliant,
                    trust_type: Some(device.trust),
                    attributes: device.attributes.clone(),
                };
            }
        }
        if let Some(place) = self.places.values.get(pick.place) {
            sign_in.ip = place.ip.to_string();
            sign_in.country.clone_from(&place.country);
            sign_in.gps_country.clone_from(&place.gps_country);
            sign_in.compliant_network = place.compliant;
        }
        let level = |number: usize| RiskLevel::ALL.get(number).copied().unwrap_or(RiskLevel::None);
        sign_in.sign_in_risk = level(pick.sign_in_risk);
        sign_in.user_risk = level(pick.user_risk);
        sign_in.insider_risk =
            InsiderRisk::ALL.get(pick.insider_risk).copied().unwrap_or(InsiderRisk::None);
        sign_in
    }

    /// Why it is not known whether a sign-in of the class at this point gets through.
    fn doubt(&self, world: &World<'_>, class: &Class, pick: Pick, presented: Presented) -> String {
        let settings = || match &world.locations.mfa_trusted {
            Err(why) => format!("whether there are MFA trusted IPs is not known: {why}"),
            Ok(_) => String::new(),
        };
        if self.places.values.get(pick.place).is_some_and(|place| place.supposed) {
            return settings();
        }
        let at = self.endpoints.values.get(pick.endpoint).map(Endpoint::circumstances);
        let unmet = unmet(&self.policies, presented, at.unwrap_or_default(), self.reading);
        let all = [
            ("clients, platforms, devices or flows", self.endpoints.sets(pick.endpoint)),
            ("sign-in risk", self.sign_in_risk.sets(pick.sign_in_risk)),
            ("user risk", self.user_risk.sets(pick.user_risk)),
            ("insider risk", self.insider_risk.sets(pick.insider_risk)),
            ("locations", self.places.sets(pick.place)),
            ("target resources", self.targets.all.sets(pick.target)),
        ];
        // The gates that may be closed here; that some are is why the point is unclear.
        let mut closed = unmet.most.clone();
        for (_, (sure, maybe)) in &all {
            let mut possible = sure.to_vec();
            bits::add(&mut possible, maybe);
            bits::keep(&mut closed, &possible);
        }
        let mut binding = class.sure.clone();
        bits::add(&mut binding, &class.maybe);
        bits::keep(&mut closed, &binding);
        let Some(gate) = bits::each(&closed).next() else { return TOO_MUCH.to_owned() };
        let Some(policy) = self.policies.get(gate) else {
            return self.fixed_doubt(world, gate);
        };
        let why = if let Some(doubt) = policy.doubts.first() {
            doubt.clone()
        } else if bits::has(&class.maybe, gate) {
            crate::person::user_doubt(world, policy.source)
        } else if let Some((part, _)) = all.iter().find(|(_, (_, maybe))| bits::has(maybe, gate)) {
            crate::explain::condition_doubt(world, policy, part)
        } else {
            crate::explain::grant_doubt(policy)
        };
        format!("policy {:?}: {why}", policy.name())
    }

    fn fixed_doubt(&self, world: &World<'_>, gate: usize) -> String {
        let is = |fixed: Fixed| self.gates.fixed(fixed) == gate;
        if is(Fixed::DefaultsLegacy) || is(Fixed::DefaultsAdmins) || is(Fixed::DefaultsAzure) {
            if world.defaults == Tri::Maybe {
                return world.defaults_gap.clone();
            }
            return world.directory.roles_gap.clone().unwrap_or_else(|| {
                "whether the account holds an administrator role is not known".to_owned()
            });
        }
        if is(Fixed::PerUserModern) || is(Fixed::PerUserLegacy) {
            return match world.tenant.user_authentication_requirements.read() {
                Err(gap) => gap.to_string(),
                Ok(_) => "the per-user MFA state is not known".to_owned(),
            };
        }
        world.trust_gap()
    }
}

impl PartialEq for Unmet {
    fn eq(&self, other: &Self) -> bool {
        (&self.sure, &self.most) == (&other.sure, &other.most)
    }
}

/// Which values of each dimension a question is about.
pub(crate) struct Chosen {
    pub(crate) endpoints: Vec<bool>,
    pub(crate) sign_in_risk: Vec<bool>,
    pub(crate) user_risk: Vec<bool>,
    pub(crate) places: Vec<bool>,
    pub(crate) targets: Vec<bool>,
}

/// All circumstances, in the order of [`number_of`].
fn circumstances() -> impl Iterator<Item = Circumstances> {
    (0..16).map(|number| Circumstances {
        legacy: number & 8 != 0,
        supported_active_sync: number & 8 != 0 && number & 1 != 0,
        compliant: number & 8 == 0 && number & 1 != 0,
        hybrid: number & 8 == 0 && number & 2 != 0,
        managed_app: number & 8 == 0 && number & 4 != 0,
    })
}

fn number_of(at: Circumstances) -> usize {
    if at.legacy {
        8 + usize::from(at.supported_active_sync)
    } else {
        usize::from(at.compliant) + 2 * usize::from(at.hybrid) + 4 * usize::from(at.managed_app)
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

enum Found {
    Closed,
    Open(Pick),
    /// It gets through unless something unknown closes it.
    Unclear(Pick),
    Exhausted,
}

/// A question with what is presented, ready to be decided class by class.
struct Search<'e, 't, const N: usize> {
    engine: &'e Engine<'t>,
    presented: Presented,
    /// Every gate that may be closed is closed, and every place that may not exist does not.
    strict: Cover<N>,
    /// The same without regard to what is ordinary: to be asked first, since it says no sooner.
    strict_any: Cover<N>,
    /// Only gates that are closed for certain are; every place that may exist does. `None`: the
    /// same as strict for accounts that no uncertain gate binds.
    lax: Cover<N>,
    /// Gates that are closed only perhaps somewhere.
    uncertain: [u64; N],
    /// Whether some place may not exist.
    supposed: bool,
}

impl<'e, 't, const N: usize> Search<'e, 't, N> {
    fn of(engine: &'e Engine<'t>, chosen: &Chosen, presented: Presented, unmet: &[Unmet]) -> Self {
        let mut uncertain = [0; N];
        let mut note = |set: &[u64]| bits::add(&mut uncertain, set);
        for (_, _, _, maybe) in engine.endpoints.iter() {
            note(maybe);
        }
        for (_, _, _, maybe) in engine.sign_in_risk.iter() {
            note(maybe);
        }
        for (_, _, _, maybe) in engine.user_risk.iter() {
            note(maybe);
        }
        for (_, _, _, maybe) in engine.insider_risk.iter() {
            note(maybe);
        }
        for (_, _, _, maybe) in engine.places.iter() {
            note(maybe);
        }
        for (_, _, _, maybe) in engine.targets.all.iter() {
            note(maybe);
        }
        for unmet in unmet {
            let differ: Vec<u64> =
                unmet.most.iter().zip(&unmet.sure).map(|(most, sure)| most & !sure).collect();
            note(&differ);
        }
        let dimensions = |strict: bool| {
            engine.dimensions(chosen, unmet, Cut { strict, widened: None, closed_by: None })
        };
        Self {
            engine,
            presented,
            strict: Cover::new(dimensions(true), BUDGET),
            strict_any: Cover::unordered(dimensions(true), BUDGET),
            lax: Cover::new(dimensions(false), BUDGET),
            uncertain,
            supposed: engine.places.values.iter().any(|place| place.supposed),
        }
    }

    fn decide(&mut self, class: &Class) -> Found {
        debug_assert!(self.engine.gates.words() <= N);
        let sure = array(&class.sure);
        let maybe: [u64; N] = array(&class.maybe);
        let mut bound = sure;
        bits::add(&mut bound, &maybe);
        let strict = match self.strict_any.way(bound, LIMIT) {
            // Where the most ordinary way takes too long to find, another one will do.
            Ok(Some(way)) => match self.strict.way(bound, LIMIT) {
                Ok(Some(best)) => Ok(Some(best)),
                _ => Ok(Some(way)),
            },
            closed => closed,
        };
        if let Ok(Some(way)) = &strict {
            return Pick::of(way).map_or(Found::Closed, Found::Open);
        }
        let mut doubtful = sure;
        bits::keep(&mut doubtful, &self.uncertain);
        let certain = !self.supposed && bits::empty(&maybe) && bits::empty(&doubtful);
        match strict {
            Ok(_) if certain => Found::Closed,
            Err(Exhausted) if certain => Found::Exhausted,
            strict => match (self.lax.way(sure, LIMIT), strict) {
                (Ok(None), _) => Found::Closed,
                (Ok(Some(way)), Ok(_)) => Pick::of(&way).map_or(Found::Closed, Found::Unclear),
                (Ok(Some(_)), Err(Exhausted)) | (Err(Exhausted), _) => Found::Exhausted,
            },
        }
    }
}

/// How dimensions are cut to cells.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Whether gates that may be closed count as closed, and places that may not exist do not.
    strict: bool,
    /// A policy whose condition on a part is taken for met.
    widened: Option<(usize, Part)>,
    /// Only values at which this gate may be closed.
    closed_by: Option<usize>,
}

impl Engine<'_> {
    /// The dimensions in the order in which ordinariness counts.
    fn dimensions<const N: usize>(
        &self,
        chosen: &Chosen,
        unmet: &[Unmet],
        cut: Cut,
    ) -> Vec<Vec<Cell<N>>> {
        let every = [true; 4];
        let places: Vec<bool> = self
            .places
            .values
            .iter()
            .zip(&chosen.places)
            .map(|(place, chosen)| *chosen && !(cut.strict && place.supposed))
            .collect();
        vec![
            self.endpoint_cells(&chosen.endpoints, unmet, cut),
            cells(&self.sign_in_risk, &chosen.sign_in_risk, Part::SignInRisk, cut),
            cells(&self.user_risk, &chosen.user_risk, Part::UserRisk, cut),
            cells(&self.insider_risk, &every, Part::InsiderRisk, cut),
            cells(&self.places, &places, Part::Place, cut),
            cells(&self.targets.all, &chosen.targets, Part::Target, cut),
        ]
    }

    fn endpoint_cells<const N: usize>(
        &self,
        chosen: &[bool],
        unmet: &[Unmet],
        cut: Cut,
    ) -> Vec<Cell<N>> {
        self.endpoints
            .iter()
            .zip(chosen)
            .filter(|(_, chosen)| **chosen)
            .filter_map(|((number, endpoint, sure, maybe), _)| {
                let unmet = unmet.get(number_of(endpoint.circumstances()))?;
                cell(number, (sure, maybe), Some(unmet), Part::Endpoint, cut)
            })
            .collect()
    }
}

fn cells<V, const N: usize>(
    dimension: &Dimension<V>,
    chosen: &[bool],
    part: Part,
    cut: Cut,
) -> Vec<Cell<N>> {
    dimension
        .iter()
        .zip(chosen)
        .filter(|(_, chosen)| **chosen)
        .filter_map(|((number, _, sure, maybe), _)| cell(number, (sure, maybe), None, part, cut))
        .collect()
}

/// A cell; `None`: it is cut off.
fn cell<const N: usize>(
    number: usize,
    (sure, maybe): (&[u64], &[u64]),
    unmet: Option<&Unmet>,
    part: Part,
    cut: Cut,
) -> Option<Cell<N>> {
    let mut closes: [u64; N] = array(sure);
    let mut most = closes;
    bits::add(&mut most, maybe);
    if cut.strict {
        closes = most;
    }
    for (policy, _) in cut.widened.iter().filter(|(_, widened)| *widened == part) {
        bits::set(&mut closes, *policy);
    }
    if let Some(unmet) = unmet {
        bits::keep(&mut closes, if cut.strict { &unmet.most } else { &unmet.sure });
        bits::keep(&mut most, &unmet.most);
    }
    if cut.closed_by.is_some_and(|gate| !bits::has(&most, gate)) {
        return None;
    }
    Some(Cell { closes, value: u32::try_from(number).ok()? })
}

fn array<const N: usize>(set: &[u64]) -> [u64; N] {
    let mut array = [0; N];
    for (word, given) in array.iter_mut().zip(set) {
        *word = *given;
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circumstances_are_numbered_as_listed() {
        for (number, at) in circumstances().enumerate() {
            let same = circumstances().nth(number_of(at)).unwrap();
            assert_eq!(at, same, "{number}");
        }
    }
}
