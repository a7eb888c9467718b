//! The questions, and answers to them as the format `ca-answers/1` has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::sign_in::MODERN;
use super::{AZURE_MANAGEMENT, Capability, EXCHANGE, SignIn, Tenant};

/// A question about sign-ins. Q5, which is about exclusions, is [`Tenant::excluded_everywhere`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Question {
    /// A single factor gets a token for some application in a modern client.
    Q1,
    /// The same from an unregistered device with a plain app.
    Q1u,
    /// Some legacy sign-in succeeds.
    Q2,
    /// Some legacy sign-in to Exchange Online succeeds.
    Q2exo,
    /// A holder of a privileged role signs in somewhere without a phishing-resistant method.
    Q3,
    /// A single factor gets a token for Azure management, in a modern or `other` client.
    Q4,
}

/// The name of the question about exclusions, which has no sign-in to show.
pub(crate) const EXPLAINED: &str = "Q5";

impl Question {
    pub(crate) const ALL: [Self; 6] =
        [Self::Q1, Self::Q1u, Self::Q2, Self::Q2exo, Self::Q3, Self::Q4];

    /// As the formats name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Q1 => "Q1",
            Self::Q1u => "Q1u",
            Self::Q2 => "Q2",
            Self::Q2exo => "Q2exo",
            Self::Q3 => "Q3",
            Self::Q4 => "Q4",
        }
    }

    /// What the person presents.
    pub(crate) fn capability(self) -> Capability {
        match self {
            Self::Q1 | Self::Q1u | Self::Q4 => Capability::AnySfa,
            Self::Q2 | Self::Q2exo => Capability::Any,
            Self::Q3 => Capability::NonPhishingResistant,
        }
    }

    /// Whether the question is about sign-ins like this one.
    pub(super) fn asks_about(self, sign_in: &SignIn) -> bool {
        let modern = MODERN.contains(&sign_in.client.as_str());
        match self {
            Self::Q1 => modern,
            Self::Q1u => modern && !sign_in.device.registered && !sign_in.managed_app,
            Self::Q2 => !modern,
            Self::Q2exo => !modern && sign_in.app == EXCHANGE,
            Self::Q3 => true,
            Self::Q4 => (modern || sign_in.client == "other") && sign_in.app == AZURE_MANAGEMENT,
        }
    }
}

impl Tenant<'_> {
    /// Whether the sign-in proves that the user belongs to the question's answer.
    ///
    /// # Errors
    ///
    /// Why it does not: outside the question, not feasible, or refused.
    pub(crate) fn in_question(
        &self,
        user: &str,
        question: Question,
        sign_in: &SignIn,
    ) -> Result<(), String> {
        if question == Question::Q3 && !self.is_privileged(user) {
            return Err("the user holds no privileged role".to_owned());
        }
        if !question.asks_about(sign_in) {
            return Err("the question is not about such a sign-in".to_owned());
        }
        self.token(user, sign_in, question.capability())
    }

    /// The answers to all questions by enumeration, with one witness an account.
    pub(crate) fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        let grid = self.grid();
        for question in Question::ALL {
            let (mut accounts, mut witnesses) = (BTreeSet::new(), Vec::new());
            for (user, witness) in self.enumerate(question, &grid) {
                if let Some(sign_in) = witness {
                    witnesses.push(sign_in.to_json(&user));
                    accounts.insert(user);
                }
            }
            answers.accounts.insert(question.name().to_owned(), accounts);
            answers.witnesses.insert(question.name().to_owned(), witnesses);
        }
        answers.excluded_by = self.excluded_everywhere();
        let excluded = answers.excluded_by.keys().cloned().collect();
        answers.accounts.insert(EXPLAINED.to_owned(), excluded);
        answers
    }

    /// Replays the witnesses of some answers.
    ///
    /// # Errors
    ///
    /// The first witness that does not get in, or an account without one, or a witness of an
    /// account that is not in the answer.
    pub(crate) fn replay(&self, answers: &Answers) -> Result<(), String> {
        for question in Question::ALL {
            let name = question.name();
            let mut seen = BTreeSet::new();
            for witness in answers.witnesses.get(name).into_iter().flatten() {
                let user = witness["userId"].as_str().ok_or("a witness without userId")?;
                SignIn::from_json(witness)
                    .and_then(|sign_in| self.in_question(user, question, &sign_in))
                    .map_err(|error| format!("{name}: {error}: {witness}"))?;
                seen.insert(user.to_owned());
            }
            if seen != answers.accounts.get(name).cloned().unwrap_or_default() {
                return Err(format!("{name}: witnesses are for other accounts than the answer"));
            }
        }
        Ok(())
    }
}

/// Answers of the format `ca-answers/1`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answers {
    /// Account ids by the name of the question.
    pub(crate) accounts: BTreeMap<String, BTreeSet<String>>,
    /// One sign-in an account, by the name of the question, each with its `userId`.
    pub(crate) witnesses: BTreeMap<String, Vec<Value>>,
    /// For each account of Q5 the policies that exclude it, with the terms that match.
    pub(crate) excluded_by: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Answers {
    /// Reads the format; members that are absent are empty.
    pub(crate) fn from_json(json: &Value) -> Self {
        let read = |name: &str| json.get(name).cloned().unwrap_or_else(|| serde_json::json!({}));
        Self {
            accounts: serde_json::from_value(read("answers")).expect("account ids by question"),
            witnesses: serde_json::from_value(read("witnesses")).expect("witnesses by question"),
            excluded_by: serde_json::from_value(read("excludedBy")).expect("terms by policy"),
        }
    }
}
