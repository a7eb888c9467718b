//! The seven questions, each with the accounts that are its answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Id;
use serde::Serialize;

use super::hinges::{Flip, Hinge, hinges};
use super::remedies::{Remedy, remedies};
use super::{Listed, enabled, id_and_name, is_asked, questions};
use crate::access::State;
use crate::assumption::{Assumption, Reading};
use crate::compile::policy::{Presented, SINGLE_FACTORS};
use crate::engine::Verdict;
use crate::explain::{Effect, Reason};
use crate::person::{Person, Side};
use crate::tri::Tri;
use crate::widest::Widest;
use crate::{Question, SignIn};

/// How many accounts of a question come with the chain of reasons; besides them, the first account
/// of each class always does.
const CHAINS: usize = 200;

/// The name of the question that is not about sign-ins.
pub(super) const EXCLUDED_EVERYWHERE: &str = "excluded-everywhere";
pub(super) const EXCLUDED_EVERYWHERE_TITLE: &str =
    "Accounts that every enabled policy that includes them also excludes";

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Its name.
    pub id: String,
    /// What it is about, in words.
    pub title: String,
    /// Whether no account is in the answer, and none may be.
    pub holds: bool,
    /// How many accounts it is asked of.
    pub asked: usize,
    /// The accounts in the answer, sorted by id.
    pub accounts: Vec<Account>,
    /// Accounts whose answer hangs on something that is not known.
    pub undetermined: Vec<Unclear>,
    /// What would close it, for how many of the accounts; the most effective first.
    pub would_close: Vec<Remedy>,
    /// Open rules on which answers hang.
    pub hinges: Vec<Hinge>,
}

/// An account in the answer.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// A sign-in that gets through: the most ordinary one. `None`: the question is not about
    /// sign-ins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Arc<SignIn>>,
    /// What is presented there: a method, or what kind of methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presented: Option<String>,
    /// How far the counterexample can be varied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widest: Option<Arc<Widest>>,
    /// Each policy that would refuse it and does not, the closest first, and each that is
    /// satisfied.
    pub because: Vec<Reason>,
    /// Where `because` is left out: an account whose reasons are alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub like: Option<Id>,
    /// Open rules on whose reading this hangs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<Assumption>,
}

/// An account whose answer hangs on something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unclear {
    /// The account.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// On what.
    pub because: String,
}

/// The seven questions.
pub(super) fn all(state: &State<'_>, flips: &[Flip<'_>]) -> Vec<Asked> {
    let accounts = enabled(state);
    let sign_ins = questions().into_iter().map(|(name, title, question)| {
        about_sign_ins(state, name, title, &question, &accounts, flips)
    });
    sign_ins.chain([about_exclusions(state, &accounts)]).collect()
}

fn about_sign_ins(
    state: &State<'_>,
    name: &str,
    title: &str,
    question: &Question,
    accounts: &[Listed<'_>],
    flips: &[Flip<'_>],
) -> Asked {
    let verdicts = state.verdicts(question);
    let hinges = hinges(state, name, question, accounts, flips);
    let mut hanging: BTreeMap<&Id, Vec<Assumption>> = BTreeMap::new();
    for hinge in &hinges {
        for account in &hinge.accounts {
            hanging.entry(account).or_default().push(hinge.assumption);
        }
    }
    let mut asked = Asked {
        id: name.to_owned(),
        title: title.to_owned(),
        holds: false,
        asked: 0,
        accounts: Vec::new(),
        undetermined: Vec::new(),
        would_close: remedies(state, name, question, accounts),
        hinges: hinges.clone(),
    };
    let mut of_class: BTreeMap<u32, (Id, Option<Arc<Widest>>)> = BTreeMap::new();
    for account in accounts {
        let member = is_asked(state, name, account);
        asked.asked += usize::from(member == Tri::Yes);
        let verdict = verdicts.get(account.class as usize);
        let (Some(verdict), true) = (verdict, member.possible()) else { continue };
        match verdict {
            Verdict::Refused => {}
            Verdict::Undetermined(why) => {
                let (id, name) = id_and_name(state, account.id);
                asked.undetermined.push(Unclear { id, name, because: why.clone() });
            }
            Verdict::Open(_) if member == Tri::Maybe => {
                let (id, name) = id_and_name(state, account.id);
                let because = "whether it holds a privileged role is not known".to_owned();
                asked.undetermined.push(Unclear { id, name, because });
            }
            Verdict::Open(way) => {
                let (id, name) = id_and_name(state, account.id);
                let detailed =
                    asked.accounts.len() < CHAINS || !of_class.contains_key(&account.class);
                let (first, widest) = of_class
                    .entry(account.class)
                    .or_insert_with(|| {
                        let class = state.engine.people.classes.get(account.class as usize);
                        let widest = class.map(|class| {
                            Arc::new(state.engine.widest(&state.world, question, class, way))
                        });
                        (id.clone(), widest)
                    })
                    .clone();
                let because = if detailed {
                    state.chain(&id, &way.sign_in, way.presented)
                } else {
                    Vec::new()
                };
                asked.accounts.push(Account {
                    counterexample: Some(Arc::clone(&way.sign_in)),
                    presented: Some(presented(way.presented).to_owned()),
                    widest,
                    because,
                    like: (!detailed).then_some(first),
                    assumptions: hanging.get(&id).cloned().unwrap_or_default(),
                    id,
                    name,
                });
            }
        }
    }
    asked.holds = asked.accounts.is_empty() && asked.undetermined.is_empty();
    asked
}

/// What is presented, in words.
fn presented(presented: Presented) -> &'static str {
    match presented {
        Presented::Single(method) => SINGLE_FACTORS.get(method).copied().unwrap_or_default(),
        Presented::NotPhishingResistant => "any method that is not phishing-resistant",
        Presented::Anything => "whatever is asked for",
    }
}

fn about_exclusions(state: &State<'_>, accounts: &[Listed<'_>]) -> Asked {
    let mut asked = Asked {
        id: EXCLUDED_EVERYWHERE.to_owned(),
        title: EXCLUDED_EVERYWHERE_TITLE.to_owned(),
        holds: false,
        asked: accounts.len(),
        accounts: Vec::new(),
        undetermined: Vec::new(),
        would_close: Vec::new(),
        hinges: Vec::new(),
    };
    for account in accounts {
        let Some(class) = state.engine.people.classes.get(account.class as usize) else { continue };
        if class.excluded == Tri::No {
            continue;
        }
        let (id, name) = id_and_name(state, account.id);
        if class.excluded == Tri::Maybe || class.enabled == Tri::Maybe {
            let because =
                "some policy's state, or whom it includes or excludes, is not known".to_owned();
            asked.undetermined.push(Unclear { id, name, because });
            continue;
        }
        asked.accounts.push(Account {
            because: exclusions(state, &id),
            id,
            name,
            counterexample: None,
            presented: None,
            widest: None,
            like: None,
            assumptions: Vec::new(),
        });
    }
    asked.holds = asked.accounts.is_empty() && asked.undetermined.is_empty();
    asked
}

/// The policies that include the account, each with a term that excludes it.
pub(super) fn exclusions(state: &State<'_>, id: &Id) -> Vec<Reason> {
    let Some(person) = Person::of(&state.world, state.memberships(), id) else { return Vec::new() };
    let reading = Reading::default();
    let policies = state.world.policies.iter().filter(|policy| policy.is_enforced());
    policies
        .filter(|policy| !person.terms(policy, Side::Include, reading).is_empty())
        .filter_map(|policy| {
            let excluded = person.terms(policy, Side::Exclude, reading);
            let words: Vec<String> = excluded.into_iter().map(|term| term.words).collect();
            (!words.is_empty()).then(|| Reason {
                policy: policy.id.clone(),
                name: policy.name().to_owned(),
                effect: Effect::NotApplied,
                term: format!("excluded by {}", words.join(" and by ")),
            })
        })
        .collect()
}
