//! What a report draws of the sign-in answers: counts, one example each, what proves and what would
//! close. The answers in full are a document of their own.

use serde::{Deserialize, Serialize};

/// Who can sign in how, as far as a report shows it. Names in it are text of the tenant, hostile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIns {
    /// Why nothing can be said; `None`: something can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Enabled accounts.
    pub accounts: usize,
    /// Accounts that may not sign in; they are in no answer.
    pub disabled: usize,
    /// Classes of enabled accounts that no policy tells apart.
    pub classes: usize,
    /// The seven questions.
    pub questions: Vec<SignInQuestion>,
    /// What is required of whom, a row for each requirement.
    pub requirements: Vec<SignInRequirement>,
    /// Enforced policies that refuse nothing that others do not refuse as well; by name.
    pub idle_policies: Vec<String>,
    /// Open rules that policies of this tenant touch, with the reading that is assumed.
    pub assumptions: Vec<String>,
    /// Things a reader must know about how far the answers reach.
    pub notes: Vec<String>,
}

/// A question about sign-ins and its answer in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInQuestion {
    /// Its name, such as `single-factor`.
    pub id: String,
    /// What it is about, in words.
    pub title: String,
    /// How many accounts it is asked of.
    pub asked: usize,
    /// How many are in the answer.
    pub open: usize,
    /// For how many it is not known.
    pub undetermined: usize,
    /// One account in the answer; `None`: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<SignInExample>,
    /// What would take accounts out of the answer, the most effective first; three at most.
    pub would_close: Vec<SignInRemedy>,
}

/// An account that gets in, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInExample {
    /// The account's object id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The sign-in, in words; empty where the question is not about sign-ins.
    pub sign_in: String,
    /// The policies that came closest to refusing it, each with why it did not; three at most.
    pub because: Vec<String>,
}

/// A change of one policy, and how far it closes a hole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInRemedy {
    /// What to do, in words.
    pub text: String,
    /// How many accounts it takes out of the answer.
    pub closes: usize,
    /// How many accounts are in the answer.
    pub of: usize,
}

/// A requirement with the kinds of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInRequirement {
    /// Its name, such as `no-legacy`.
    pub id: String,
    /// In words.
    pub title: String,
    /// Everyone, members, guests, administrators, and eligible administrators as if activated; the
    /// same kinds in every row.
    pub cells: Vec<SignInCell>,
}

/// How far a requirement holds for a kind of account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInCell {
    /// Which accounts.
    pub population: String,
    /// How many.
    pub accounts: usize,
    /// How many of them get past it.
    pub open: usize,
    /// For how many it is not known.
    pub undetermined: usize,
    /// One that gets past it; `because` is empty here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<SignInExample>,
    /// The proof: policies that together hold the others to it, by name.
    pub policies: Vec<String>,
}
