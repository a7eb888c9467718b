//! Who holds power and how mail is protected: lists that reports print beside the verdicts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Lists that reports print beside the verdicts. They carry no verdict and enter no score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Inventory {
    /// Everyone and everything that holds a privileged role, sorted by name; `None`: it could not
    /// be read.
    pub administrators: Option<Vec<Administrator>>,
    /// Mailboxes by the preset that protects them, the strictest first; `None`: it could not be
    /// read.
    pub mail: Option<Vec<MailProtection>>,
}

/// A holder of privileged roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// The object id.
    pub id: String,
    /// The name: text of the tenant, hostile.
    pub name: String,
    /// What it is: a user, a service principal, or something of another tenant.
    pub kind: crate::SubjectKind,
    /// Whether it is a recognized emergency access account.
    pub emergency: bool,
    /// Each role with the path to it in words, such as "Global Administrator (eligible, through a
    /// group)".
    pub paths: Vec<String>,
    /// The registered authentication methods, in Microsoft's words; `None`: not read.
    pub methods: Option<Vec<String>>,
    /// The last sign-in; `None`: never, or not read.
    #[schemars(with = "Option<String>")]
    pub last_sign_in: Option<Timestamp>,
}

/// Mailboxes with the same protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailProtection {
    /// `Strict`, `Standard`, or empty: neither preset reaches them.
    pub preset: String,
    /// How many.
    pub mailboxes: usize,
    /// Of those outside both presets the first hundred: address, and why no preset reaches it.
    #[serde(default)]
    pub outside: Vec<(String, String)>,
}
