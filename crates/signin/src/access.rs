//! Stub.
use model::{Id, Tenant};

use crate::{Question, SignIn};

/// Who can sign in how, of one tenant.
pub struct Access<'t> {
    _tenant: &'t Tenant<'t>,
}

impl<'t> Access<'t> {
    /// Never fails: what cannot be read makes outcomes undetermined.
    pub fn new(tenant: &'t Tenant<'t>) -> Self {
        Self { _tenant: tenant }
    }

    /// Decides the question for every account.
    pub fn ask(&self, _question: &Question) -> Answer {
        Answer {}
    }

    /// What happens at one sign-in.
    pub fn explain(&self, _user: &Id, _sign_in: &SignIn) -> Decision {
        Decision {}
    }

    /// Ids of the policies that together refuse the account every sign-in of the question; empty
    /// unless it is refused.
    pub fn proof(&self, _user: &Id, _question: &Question) -> Vec<Id> {
        Vec::new()
    }

    /// Whether every enabled policy that includes the account also excludes it, and there is one
    /// (Q5). [`Outcome::Possible`] never occurs here.
    pub fn excluded_everywhere(&self, _user: &Id) -> Excluded<'_> {
        Excluded::Undetermined("not built yet")
    }
}

/// Whether an account is excluded from every policy that includes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excluded<'a> {
    /// It is.
    Yes,
    /// Some policy applies to it, or none includes it.
    No,
    /// It hangs on unreadable data.
    Undetermined(&'a str),
    /// The account is disabled or unknown.
    NotAsked,
}

/// The answer to one question.
pub struct Answer {}

impl Answer {
    /// The answer for one account.
    pub fn outcome(&self, _user: &Id) -> Outcome<'_> {
        Outcome::Undetermined("not built yet")
    }
}

/// The answer to one question for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// No such sign-in gets a token.
    Refused,
    /// This one does: the most ordinary of them.
    Possible(&'a SignIn),
    /// It hangs on unreadable data; why, in words.
    Undetermined(&'a str),
    /// The account is disabled or unknown.
    NotAsked,
}

/// What happens at one sign-in.
pub struct Decision {}
