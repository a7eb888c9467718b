//! What would close a hole: a policy switched on, an exclusion dropped, a condition dropped. Each is
//! tried on every account of the answer, not guessed from its shape.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use serde::Serialize;

use super::{Listed, is_asked};
use crate::Question;
use crate::access::State;
use crate::bits;
use crate::compile::directory::NONE;
use crate::engine::{Engine, Part, Verdict};
use crate::tri::Tri;

/// The most classes for which remedies are tried.
const MOST_CLASSES: usize = 5000;

/// A change of one policy, and how far it closes the hole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    /// What to do.
    pub action: Action,
    /// With which policy.
    #[schemars(with = "String")]
    pub policy: Id,
    /// The policy's name.
    pub name: String,
    /// In words.
    pub text: String,
    /// How many of the accounts in the answer it takes out.
    pub closes: usize,
    /// How many accounts are in the answer.
    pub of: usize,
}

/// A change of one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Switch on a report-only policy.
    SwitchOnReportOnly,
    /// Switch on a disabled policy.
    SwitchOnDisabled,
    /// Drop the exclusion that spares these accounts.
    DropExclusion,
    /// Drop a condition.
    DropCondition,
}

/// Accounts of the answer by their class among policies of every state.
struct Open {
    /// The gates that bind them for certain now.
    bound: Vec<u64>,
    /// Policies that would bind them if they were enforced.
    meant: Vec<u64>,
    /// Policies that include but exclude them.
    spared: Vec<u64>,
    count: usize,
}

/// What would close the hole, the most effective first.
pub(super) fn remedies(
    state: &State<'_>,
    name: &str,
    question: &Question,
    accounts: &[Listed<'_>],
) -> Vec<Remedy> {
    let verdicts = state.verdicts(question);
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for account in accounts {
        let is_open = matches!(verdicts.get(account.class as usize), Some(Verdict::Open(_)));
        if is_open && is_asked(state, name, account) == Tri::Yes {
            let class = state.all().people.class.get(account.number as usize);
            *open.entry(class.copied().unwrap_or(NONE)).or_default() += 1;
        }
    }
    let total: usize = open.values().sum();
    if open.is_empty() || open.len() > MOST_CLASSES {
        return Vec::new();
    }
    let all = state.all();
    let active = active(all);
    let open: Vec<Open> = open
        .into_iter()
        .filter_map(|(class, count)| {
            let class = all.people.classes.get(class as usize)?;
            let mut bound = class.sure.clone();
            bits::keep(&mut bound, &active);
            let mut meant = class.sure.clone();
            bits::add(&mut meant, &class.maybe);
            Some(Open { bound, meant, spared: class.spared.clone(), count })
        })
        .collect();

    let mut remedies = Vec::new();
    let mut add = |policy: usize, action: Action, text: String, closes: usize| {
        let Some(policy) = all.policies.get(policy).filter(|_| closes > 0) else { return };
        remedies.push(Remedy {
            action,
            policy: policy.source.id.clone(),
            name: policy.name().to_owned(),
            text,
            closes,
            of: total,
        });
    };
    all.probe(&state.world, question, None, |refuses| {
        for (number, policy) in all.policies.iter().enumerate() {
            let mut closes = |means: &dyn Fn(&Open) -> bool| {
                open.iter()
                    .filter(|open| means(open))
                    .filter(|open| {
                        let mut gates = open.bound.clone();
                        bits::set(&mut gates, number);
                        refuses(&gates)
                    })
                    .map(|open| open.count)
                    .sum::<usize>()
            };
            let quoted = policy.name();
            match policy.enforced {
                Tri::No if policy.doubts.is_empty() => {
                    let (action, state) = if policy.source.is_report_only() {
                        (Action::SwitchOnReportOnly, "report-only")
                    } else {
                        (Action::SwitchOnDisabled, "disabled")
                    };
                    let closes = closes(&|open| bits::has(&open.meant, number));
                    add(number, action, format!("switch on the {state} policy {quoted:?}"), closes);
                }
                Tri::Yes if policy.doubts.is_empty() => {
                    let closes = closes(&|open| bits::has(&open.spared, number));
                    let text = format!("drop the exclusions from policy {quoted:?}");
                    add(number, Action::DropExclusion, text, closes);
                }
                _ => {}
            }
        }
    });
    for (number, part) in near_misses(state, &verdicts) {
        let closes = all.probe(&state.world, question, Some((number, part)), |refuses| {
            let bound = open.iter().filter(|open| bits::has(&open.bound, number));
            bound.filter(|open| refuses(&open.bound)).map(|open| open.count).sum()
        });
        let name = all.policies.get(number).map_or("", |policy| policy.name());
        let text = format!("drop the condition on {} from policy {name:?}", words(part));
        add(number, Action::DropCondition, text, closes);
    }
    remedies.sort_by(|one, other| {
        (other.closes, one.action, &one.name, &one.policy).cmp(&(
            one.closes,
            other.action,
            &other.name,
            &other.policy,
        ))
    });
    remedies
}

/// Gates that bind now: enforced policies and the fixed ones.
pub(super) fn active(all: &Engine<'_>) -> Vec<u64> {
    let mut active = all.gates.all_fixed();
    for (number, policy) in all.policies.iter().enumerate() {
        if policy.enforced.possible() {
            bits::set(&mut active, number);
        }
    }
    active
}

/// Enforced policies that only one of their conditions keeps from closing some counterexample,
/// with that condition; numbers are those among policies of every state.
fn near_misses(state: &State<'_>, verdicts: &[Verdict]) -> BTreeSet<(usize, Part)> {
    let (engine, all) = (&state.engine, state.all());
    let mut found = BTreeSet::new();
    for (verdict, class) in verdicts.iter().zip(&engine.people.classes) {
        let Verdict::Open(way) = verdict else { continue };
        for (number, part) in engine.near_misses(class, way) {
            let Some(policy) = engine.policies.get(number) else { continue };
            let same = |other: &crate::compile::policy::Policy<'_>| {
                std::ptr::eq(other.source, policy.source)
            };
            found.extend(all.policies.iter().position(same).map(|number| (number, part)));
        }
    }
    found
}

fn words(part: Part) -> &'static str {
    match part {
        Part::Endpoint => "clients, platforms, flows or devices",
        Part::SignInRisk => "sign-in risk",
        Part::UserRisk => "user risk",
        Part::InsiderRisk => "insider risk",
        Part::Place => "locations",
        Part::Target => "target resources",
    }
}
