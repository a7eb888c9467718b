//! The answers in short, for documents that people read.

use model::{
    Id, SignInCell, SignInExample, SignInQuestion, SignInRemedy, SignInRequirement, SignIns,
};

use super::remedies::remedies;
use super::{
    Listed, enabled, hinges, id_and_name, is_asked, matrix, notes, policies, population, questions,
};
use crate::access::{Access, State};
use crate::engine::{Verdict, Way};
use crate::tri::Tri;
use crate::{Question, SignIn};

/// How many policies an example's reasons name, and how many remedies a question.
const MOST: usize = 3;

impl Access<'_> {
    /// The answers in short: counts, one example each, proofs and remedies.
    pub fn overview(&self) -> SignIns {
        match &self.state {
            Err(gap) => SignIns { unreadable: Some(gap.to_string()), ..SignIns::default() },
            Ok(state) => overview(state),
        }
    }
}

fn overview(state: &State<'_>) -> SignIns {
    let accounts = enabled(state);
    let population = population(state);
    let sign_ins = questions()
        .into_iter()
        .map(|(name, title, question)| about_sign_ins(state, name, title, &question, &accounts));
    SignIns {
        unreadable: None,
        accounts: population.accounts,
        disabled: population.disabled,
        classes: population.classes,
        questions: sign_ins.chain([about_exclusions(state, &accounts)]).collect(),
        requirements: requirements(state),
        idle_policies: policies::notes(state)
            .into_iter()
            .filter(|policy| policy.decides == Some(false))
            .map(|policy| policy.name)
            .collect(),
        assumptions: hinges::flips(state)
            .iter()
            .map(|flip| flip.assumption.text().to_owned())
            .collect(),
        notes: notes(state),
    }
}

fn about_sign_ins(
    state: &State<'_>,
    name: &str,
    title: &str,
    question: &Question,
    accounts: &[Listed<'_>],
) -> SignInQuestion {
    let verdicts = state.verdicts(question);
    let (mut asked, mut open, mut undetermined, mut example) = (0, 0, 0, None);
    for account in accounts {
        let member = is_asked(state, name, account);
        asked += usize::from(member == Tri::Yes);
        match (member, verdicts.get(account.class as usize)) {
            (Tri::Yes, Some(Verdict::Open(way))) => {
                open += 1;
                example.get_or_insert_with(|| shown(state, account, way));
            }
            (Tri::Maybe, Some(Verdict::Open(_)))
            | (Tri::Yes | Tri::Maybe, Some(Verdict::Undetermined(_))) => undetermined += 1,
            _ => {}
        }
    }
    let would_close = remedies(state, name, question, accounts).into_iter().take(MOST);
    SignInQuestion {
        id: name.to_owned(),
        title: title.to_owned(),
        asked,
        open,
        undetermined,
        example,
        would_close: would_close
            .map(|remedy| SignInRemedy { text: remedy.text, closes: remedy.closes, of: remedy.of })
            .collect(),
    }
}

fn shown(state: &State<'_>, account: &Listed<'_>, way: &Way) -> SignInExample {
    let (id, name) = id_and_name(state, account.id);
    let chain = state.chain(&id, &way.sign_in, way.presented).into_iter().take(MOST);
    SignInExample {
        id: id.to_string(),
        name,
        sign_in: words(state, &way.sign_in),
        because: chain.map(|reason| format!("{}: {}", reason.name, reason.term)).collect(),
    }
}

fn about_exclusions(state: &State<'_>, accounts: &[Listed<'_>]) -> SignInQuestion {
    let (mut open, mut undetermined, mut example) = (0, 0, None);
    for account in accounts {
        let Some(class) = state.engine.people.classes.get(account.class as usize) else { continue };
        match class.excluded.and(class.enabled) {
            Tri::No => {}
            Tri::Maybe => undetermined += 1,
            Tri::Yes => {
                open += 1;
                example.get_or_insert_with(|| {
                    let (id, name) = id_and_name(state, account.id);
                    let because = super::questions::exclusions(state, &id).into_iter().take(MOST);
                    SignInExample {
                        id: id.to_string(),
                        name,
                        sign_in: String::new(),
                        because: because
                            .map(|reason| format!("{}: {}", reason.name, reason.term))
                            .collect(),
                    }
                });
            }
        }
    }
    SignInQuestion {
        id: super::questions::EXCLUDED_EVERYWHERE.to_owned(),
        title: super::questions::EXCLUDED_EVERYWHERE_TITLE.to_owned(),
        asked: accounts.len(),
        open,
        undetermined,
        example,
        would_close: Vec::new(),
    }
}

fn requirements(state: &State<'_>) -> Vec<SignInRequirement> {
    let policy = |id: &Id| {
        let found = state.world.policies.iter().find(|policy| policy.id == *id);
        found.map_or_else(|| id.to_string(), |policy| policy.name().to_owned())
    };
    matrix::rows(state)
        .into_iter()
        .map(|row| SignInRequirement {
            id: row.requirement.word().to_owned(),
            title: row.title,
            cells: row
                .cells
                .into_iter()
                .map(|cell| SignInCell {
                    population: cell.population,
                    accounts: cell.accounts,
                    open: cell.open,
                    undetermined: cell.undetermined,
                    example: cell.example.map(|example| SignInExample {
                        id: example.id.to_string(),
                        name: example.name,
                        sign_in: words(state, &example.counterexample),
                        because: Vec::new(),
                    }),
                    policies: cell.policies.iter().map(policy).collect(),
                })
                .collect(),
        })
        .collect()
}

/// The sign-in in one line, applications by name.
fn words(state: &State<'_>, sign_in: &SignIn) -> String {
    sign_in.words(&state.world.app_name(&sign_in.app))
}
