//! What each policy is good for.

use std::collections::{BTreeMap, BTreeSet};

use model::{Id, role_name};
use serde::Serialize;

use super::remedies::active;
use super::{enabled, is_asked, questions};
use crate::access::State;
use crate::bits;
use crate::compile::directory::{Holder, NONE};
use crate::engine::Verdict;
use crate::tri::Tri;

/// The most classes for which the worth of single policies is looked at.
const MOST_CLASSES: usize = 2000;

/// A policy for users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyNote {
    /// The policy.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Whether it is enforced.
    pub state: PolicyState,
    /// Enabled accounts that its users hold.
    pub accounts: usize,
    /// Of an enforced policy: whether it refuses some sign-in that nothing else refuses. False: it
    /// has no effect that other policies do not have. `None`: not enforced, or not looked at.
    pub decides: Option<bool>,
    /// Of an enforced policy: how many more accounts would be in a question's answer without it.
    pub opens: BTreeMap<String, usize>,
    /// Of a policy that is not enforced: how many accounts it would take out of a question's
    /// answer.
    pub closes: BTreeMap<String, usize>,
    /// Terms of its users that mean nobody.
    pub means_nobody: Vec<String>,
    /// Why it may apply less than it seems; empty: it does not.
    pub doubts: Vec<String>,
}

/// Whether a policy is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyState {
    /// It is.
    Enabled,
    /// It is only evaluated and logged.
    ReportOnly,
    /// It is switched off.
    Disabled,
    /// Its state is not known to this version.
    Unknown,
}

/// Every policy for users, sorted by name.
pub(super) fn notes(state: &State<'_>) -> Vec<PolicyNote> {
    let all = state.all();
    let mut notes: Vec<PolicyNote> = all
        .policies
        .iter()
        .map(|policy| PolicyNote {
            id: policy.source.id.clone(),
            name: policy.name().to_owned(),
            state: match policy.enforced {
                Tri::Yes => PolicyState::Enabled,
                Tri::Maybe => PolicyState::Unknown,
                Tri::No if policy.source.is_report_only() => PolicyState::ReportOnly,
                Tri::No => PolicyState::Disabled,
            },
            accounts: 0,
            decides: None,
            opens: BTreeMap::new(),
            closes: BTreeMap::new(),
            means_nobody: nobody(state, policy.source),
            doubts: policy.doubts.clone(),
        })
        .collect();

    // Accounts by class among policies of every state, with the class among enforced ones.
    let accounts = enabled(state);
    let mut classes: BTreeMap<u32, usize> = BTreeMap::new();
    for account in &accounts {
        let class = all.people.class.get(account.number as usize).copied().unwrap_or(NONE);
        *classes.entry(class).or_default() += 1;
    }
    for (class, count) in &classes {
        let Some(class) = all.people.classes.get(*class as usize) else { continue };
        for (number, note) in notes.iter_mut().enumerate() {
            if bits::has(&class.sure, number) || bits::has(&class.maybe, number) {
                note.accounts += count;
            }
        }
    }
    if classes.len() <= MOST_CLASSES {
        worth(state, &mut notes);
        for (number, policy) in state.engine.policies.iter().enumerate() {
            let same = |other: &crate::compile::policy::Policy<'_>| {
                std::ptr::eq(other.source, policy.source)
            };
            let note = all.policies.iter().position(same).and_then(|at| notes.get_mut(at));
            if let Some(note) = note
                && policy.doubts.is_empty()
            {
                note.decides = state.engine.decides(number);
            }
        }
    }
    notes.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    notes
}

/// What switching each policy off would open, or on would close.
fn worth(state: &State<'_>, notes: &mut [PolicyNote]) {
    let all = state.all();
    let active = active(all);
    let accounts = enabled(state);
    for (name, _, question) in questions() {
        let verdicts = state.verdicts(&question);
        // Accounts by class, those in the answer and those for certain not.
        let mut open: BTreeMap<u32, usize> = BTreeMap::new();
        let mut refused: BTreeMap<u32, usize> = BTreeMap::new();
        for account in &accounts {
            if is_asked(state, name, account) != Tri::Yes {
                continue;
            }
            let class = all.people.class.get(account.number as usize).copied().unwrap_or(NONE);
            match verdicts.get(account.class as usize) {
                Some(Verdict::Open(_)) => *open.entry(class).or_default() += 1,
                Some(Verdict::Refused) => *refused.entry(class).or_default() += 1,
                _ => {}
            }
        }
        all.probe(&state.world, &question, None, |refuses| {
            for (number, policy) in all.policies.iter().enumerate() {
                if !policy.doubts.is_empty() {
                    continue;
                }
                let enforced = policy.enforced == Tri::Yes;
                let mut count = 0;
                for (class, size) in if enforced { &refused } else { &open } {
                    let Some(class) = all.people.classes.get(*class as usize) else { continue };
                    if !bits::has(&class.sure, number) {
                        continue;
                    }
                    let mut gates = class.sure.clone();
                    bits::keep(&mut gates, &active);
                    if enforced {
                        bits::unset(&mut gates, number);
                    } else {
                        bits::set(&mut gates, number);
                    }
                    if refuses(&gates) != enforced {
                        count += size;
                    }
                }
                if let Some(note) = notes.get_mut(number)
                    && count > 0
                {
                    let counts = if enforced { &mut note.opens } else { &mut note.closes };
                    counts.insert(name.to_owned(), count);
                }
            }
        });
    }
}

/// Terms of a policy's users that mean nobody.
fn nobody(state: &State<'_>, policy: &model::ConditionalAccessPolicy) -> Vec<String> {
    let Some(users) = &policy.conditions.users else { return Vec::new() };
    let world = &state.world;
    let directory = &world.directory;
    let mut nobody = Vec::new();
    for id in users.include_users.iter().chain(&users.exclude_users) {
        let is_term = ["all", "none", "guestsorexternalusers"].contains(&id.as_str())
            || id.starts_with("allagent");
        if !is_term && directory.users.find(id).is_none() {
            nobody.push(format!("user {id}, who does not exist"));
        }
    }
    let peopled = state.memberships().peopled(directory);
    for id in users.include_groups.iter().chain(&users.exclude_groups) {
        let Some(group) = directory.groups.find(id) else { continue };
        if !peopled.contains(&group) {
            nobody.push(match state.memberships().why_unclear(group) {
                Some(why) => format!("group {:?}: {why}", world.group_name(id)),
                None => format!("group {:?}, which has no members", world.group_name(id)),
            });
        }
    }
    if directory.roles_gap.is_none() {
        let held: BTreeSet<&Id> = directory
            .roles
            .iter()
            .filter(|held| !held.eligible && held.tenant_wide.possible())
            .filter(|held| match held.by {
                Holder::User(_) => true,
                Holder::Group(group) => peopled.contains(&group),
            })
            .map(|held| &held.role)
            .collect();
        for role in users.include_roles.iter().chain(&users.exclude_roles) {
            if !held.contains(role) {
                nobody.push(format!(
                    "role {:?}, which nobody actively holds in the whole tenant",
                    role_name(role).unwrap_or(role)
                ));
            }
        }
    }
    nobody.sort();
    nobody.dedup();
    nobody
}
