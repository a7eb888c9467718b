//! The sign-in answers as the documents read them: `muster.signin/1`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// How many accounts of an answer are kept; the file has them all.
const KEPT: usize = 12;

/// What `signin.json` holds, without the accounts that no document has room for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIns {
    /// Why nothing can be said; `None`: something can.
    #[serde(default)]
    pub unreadable: Option<String>,
    pub(crate) population: Population,
    #[serde(default)]
    pub(crate) questions: Vec<Question>,
    #[serde(default)]
    pub(crate) matrix: Vec<Requirement>,
    #[serde(default)]
    pub(crate) policies: Vec<Policy>,
    #[serde(default)]
    pub(crate) assumptions: Vec<Assumption>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// Set where only the short form is at hand: enforced policies without an effect, by name.
    #[serde(skip)]
    pub(crate) idle: Option<Vec<String>>,
}

/// A file that does not hold sign-in answers.
#[derive(Debug, thiserror::Error)]
#[error("the sign-in answers are not of the form muster.signin/1: {0}")]
pub struct SignInsError(String);

impl SignIns {
    /// Reads `signin.json`.
    ///
    /// # Errors
    ///
    /// When the bytes are not of that form.
    pub fn read(json: &[u8]) -> Result<Self, SignInsError> {
        serde_json::from_slice(json).map_err(|error| SignInsError(error.to_string()))
    }
}

/// The short form that an assessment carries, for documents that are drawn without `signin.json`.
impl From<&model::SignIns> for SignIns {
    fn from(short: &model::SignIns) -> Self {
        let question = |question: &model::SignInQuestion| Question {
            id: question.id.clone(),
            title: question.title.clone(),
            asked: question.asked,
            accounts: Counted {
                all: question.open,
                first: question.example.iter().map(Account::from).collect(),
            },
            undetermined: Counted { all: question.undetermined, first: Vec::new() },
            would_close: question
                .would_close
                .iter()
                .map(|it| Remedy { text: it.text.clone(), closes: it.closes, of: it.of })
                .collect(),
        };
        let cell = |cell: &model::SignInCell| Cell {
            population: cell.population.clone(),
            accounts: cell.accounts,
            open: cell.open,
            undetermined: cell.undetermined,
            example: cell.example.as_ref().map(|it| Example {
                name: it.name.clone(),
                counterexample: None,
                how: it.sign_in.clone(),
            }),
            policies: cell.policies.clone(),
        };
        Self {
            unreadable: short.unreadable.clone(),
            population: Population {
                accounts: short.accounts,
                disabled: short.disabled,
                classes: short.classes,
            },
            questions: short.questions.iter().map(question).collect(),
            matrix: short
                .requirements
                .iter()
                .map(|row| Requirement {
                    title: row.title.clone(),
                    cells: row.cells.iter().map(cell).collect(),
                })
                .collect(),
            policies: Vec::new(),
            assumptions: short
                .assumptions
                .iter()
                .map(|text| Assumption { text: text.clone() })
                .collect(),
            notes: short.notes.clone(),
            idle: Some(short.idle_policies.clone()),
        }
    }
}

impl From<&model::SignInExample> for Account {
    fn from(example: &model::SignInExample) -> Self {
        let because = |text: &String| Because { name: String::new(), term: text.clone() };
        Self {
            name: example.name.clone(),
            counterexample: None,
            how: example.sign_in.clone(),
            because: example.because.iter().map(because).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Population {
    pub(crate) accounts: usize,
    pub(crate) disabled: usize,
    pub(crate) classes: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) asked: usize,
    pub(crate) accounts: Counted<Account>,
    pub(crate) undetermined: Counted<Unclear>,
    #[serde(default)]
    pub(crate) would_close: Vec<Remedy>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) counterexample: Option<SignIn>,
    /// The same in English words, where only they are at hand.
    #[serde(skip)]
    pub(crate) how: String,
    #[serde(default)]
    pub(crate) because: Vec<Because>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Because {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) term: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Unclear {
    pub(crate) name: String,
    pub(crate) because: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Remedy {
    pub(crate) text: String,
    pub(crate) closes: usize,
    pub(crate) of: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Requirement {
    pub(crate) title: String,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Cell {
    pub(crate) population: String,
    pub(crate) accounts: usize,
    pub(crate) open: usize,
    pub(crate) undetermined: usize,
    #[serde(default)]
    pub(crate) example: Option<Example>,
    #[serde(default)]
    pub(crate) policies: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Example {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) counterexample: Option<SignIn>,
    /// The same in English words, where only they are at hand.
    #[serde(skip)]
    pub(crate) how: String,
}

/// A sign-in. What a later version adds is left out of its words.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SignIn {
    pub(crate) app: String,
    pub(crate) client_app_type: String,
    pub(crate) platform: String,
    pub(crate) ip: String,
    pub(crate) country: String,
    #[serde(rename = "signInRisk")]
    pub(crate) risk: String,
    pub(crate) user_risk: String,
    pub(crate) transfer_method: String,
    pub(crate) managed_app: bool,
    pub(crate) device: Device,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Device {
    pub(crate) registered: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) accounts: usize,
    #[serde(default)]
    pub(crate) decides: Option<bool>,
    #[serde(default)]
    pub(crate) opens: BTreeMap<String, usize>,
    #[serde(default)]
    pub(crate) closes: BTreeMap<String, usize>,
    #[serde(default)]
    pub(crate) means_nobody: Vec<String>,
    #[serde(default)]
    pub(crate) doubts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Assumption {
    pub(crate) text: String,
}

/// The first of a list, and how many it has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted<T> {
    pub(crate) first: Vec<T>,
    pub(crate) all: usize,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Counted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Counted<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut first = Vec::new();
                while first.len() < KEPT {
                    match list.next_element()? {
                        Some(item) => first.push(item),
                        None => return Ok(Counted { all: first.len(), first }),
                    }
                }
                let mut all = first.len();
                while list.next_element::<IgnoredAny>()?.is_some() {
                    all += 1;
                }
                Ok(Counted { first, all })
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_answers_are_counted_and_not_kept() {
        let accounts: Vec<String> =
            (0..500).map(|number| format!("{{\"id\":\"x\",\"name\":\"n{number}\"}}")).collect();
        let json = format!(
            "{{\"schema\":\"muster.signin/1\",\"population\":{{\"accounts\":500,\"disabled\":0,\
             \"classes\":1}},\"questions\":[{{\"id\":\"q\",\"title\":\"t\",\"asked\":500,\
             \"accounts\":[{}],\"undetermined\":[]}}]}}",
            accounts.join(",")
        );
        let answers = SignIns::read(json.as_bytes()).unwrap();
        let question = &answers.questions[0];
        assert_eq!((question.accounts.all, question.accounts.first.len()), (500, KEPT));
        assert_eq!(question.accounts.first[11].name, "n11");
        assert_eq!(question.undetermined.all, 0);
        assert!(SignIns::read(b"[]").unwrap_err().to_string().contains("muster.signin/1"));
    }
}
