//! Deciding a question class by class.

use std::sync::Arc;

use super::cells::{Cut, array, circumstances};
use super::choose::Chosen;
use super::{Engine, Limits, Pick, TOO_MUCH, Verdict, Way};
use crate::bits;
use crate::compile::endpoints::{Endpoint, Unmet, unmet};
use crate::compile::gates::Fixed;
use crate::compile::people::Class;
use crate::compile::policy::{Presented, SINGLE_FACTORS};
use crate::cover::{Cover, Exhausted};
use crate::tri::Tri;
use crate::world::World;
use crate::{Capability, Question};

impl<'t> Engine<'t> {
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
    pub(super) fn presented(&self, capability: Capability) -> Vec<(Presented, Vec<Unmet>)> {
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
            strict: Cover::new(dimensions(true), engine.limits.question),
            strict_any: Cover::unordered(dimensions(true), engine.limits.question),
            lax: Cover::new(dimensions(false), engine.limits.question),
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
        let Limits { class: limit, .. } = self.engine.limits;
        let strict = match self.strict_any.way(bound, limit) {
            // Where the most ordinary way takes too long to find, another one will do.
            Ok(Some(way)) => match self.strict.way(bound, limit) {
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
            strict => match (self.lax.way(sure, limit), strict) {
                (Ok(None), _) => Found::Closed,
                (Ok(Some(way)), Ok(_)) => Pick::of(&way).map_or(Found::Closed, Found::Unclear),
                (Ok(Some(_)), Err(Exhausted)) | (Err(Exhausted), _) => Found::Exhausted,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Profile, Tenant};
    use serde_json::{Value, json};

    use super::*;
    use crate::Access;

    /// Policies that only together close every sign-in, each at two levels of both risks; with a
    /// hole, all but those of high risk.
    fn interlocking(hole: bool) -> Value {
        let levels = ["none", "low", "medium", "high"];
        let pair = |first: usize| [levels[first], levels[(first + 1) % 4]];
        let mut policies = Vec::new();
        for number in (0..16).filter(|number| !hole || number / 4 < 2 || number % 4 < 2) {
            policies.push(json!({
                "id": format!("p{number}"), "displayName": "", "state": "enabled",
                "conditions": {
                    "users": {"includeUsers": ["All"]},
                    "applications": {"includeApplications": ["All"]},
                    "signInRiskLevels": pair(number / 4),
                    "userRiskLevels": pair(number % 4),
                },
                "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
            }));
        }
        let user = json!({"id": "ada", "userPrincipalName": "ada", "userType": "Member",
            "accountEnabled": true});
        json!({"format": "ca-tenant/1", "name": "", "conditionalAccessPolicies": policies,
            "users": [user]})
    }

    #[test]
    fn past_the_bound_the_answer_is_undetermined_and_never_wrong() {
        let profile = Profile::default();
        for hole in [false, true] {
            let snapshot = crate::import::ca_tenant(&interlocking(hole).to_string()).unwrap();
            let tenant = Tenant::new(&snapshot, &profile);
            let mut access = Access::new(&tenant);
            let state = access.state.as_mut().unwrap();
            let mut ask = |class: u64, question: u64| {
                state.engine.limits = Limits { class, question };
                let classes = &state.engine.people.classes.clone();
                state.engine.decide(&state.world, &Question::single_factor(), classes).remove(0)
            };
            let exact = ask(u64::MAX, u64::MAX);
            assert_eq!(matches!(exact, Verdict::Open(_)), hole);
            let (mut undetermined, mut decided) = (0, 0);
            for steps in 0..200 {
                for verdict in [ask(steps, u64::MAX), ask(u64::MAX, steps)] {
                    match verdict {
                        Verdict::Undetermined(why) => {
                            assert_eq!(why, TOO_MUCH);
                            undetermined += 1;
                        }
                        Verdict::Refused => {
                            assert!(!hole);
                            decided += 1;
                        }
                        Verdict::Open(_) => {
                            assert!(hole);
                            decided += 1;
                        }
                    }
                }
            }
            assert!(undetermined > 1 && decided > 200, "{undetermined} {decided}");
        }
    }
}
