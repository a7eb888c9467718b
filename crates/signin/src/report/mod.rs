//! The sign-in answers of a tenant as a document: `muster.signin/1`.

mod hinges;
mod matrix;
mod overview;
mod policies;
mod questions;
mod remedies;

use model::{Id, TenantInfo};
use serde::Serialize;

use crate::access::{Access, State};
use crate::assumption::Assumption;
use crate::compile::directory::NONE;
use crate::tri::Tri;
use crate::{Question, RolesAs};

pub use hinges::Hinge;
pub use matrix::{Cell, Population, Requirement, RequirementRow};
pub use policies::{PolicyNote, PolicyState};
pub use questions::{Account, Asked, Unclear};
pub use remedies::{Action, Remedy};

pub use crate::widest::Widest;

/// The format's name and version.
const SCHEMA: &str = "muster.signin/1";

/// The sign-in answers of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `muster.signin/1`.
    pub schema: String,
    /// Whose.
    pub tenant: TenantInfo,
    /// Why nothing can be said; `None`: something can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Who was looked at.
    pub population: Population,
    /// The seven questions.
    pub questions: Vec<Asked>,
    /// What is required of whom, with proof or counterexample.
    pub matrix: Vec<RequirementRow>,
    /// Every policy for users: what it is good for.
    pub policies: Vec<PolicyNote>,
    /// Open rules that policies of this tenant touch, with the reading that is assumed.
    pub assumptions: Vec<Assumed>,
    /// Things a reader must know about how far the answers reach.
    pub notes: Vec<String>,
}

/// An open rule with the reading that is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assumed {
    /// Its code.
    pub assumption: Assumption,
    /// What is assumed.
    pub text: String,
}

/// The questions of the document that are about sign-ins: name, title, question.
pub(crate) fn questions() -> [(&'static str, &'static str, Question); 6] {
    [
        (
            "single-factor",
            "Accounts that can sign in to some application with a single factor",
            Question::single_factor(),
        ),
        (
            "single-factor-unmanaged",
            "Accounts that can sign in with a password and nothing else, from any device",
            Question::single_factor_unmanaged(),
        ),
        ("legacy", "Accounts that can sign in with legacy authentication", Question::legacy()),
        (
            "legacy-exchange",
            "Accounts that can sign in to Exchange Online with legacy authentication",
            Question::legacy_exchange(),
        ),
        (
            "admins-not-phishing-resistant",
            "Administrators who can sign in without a phishing-resistant method",
            Question::not_phishing_resistant(),
        ),
        (
            "azure-management-single-factor",
            "Accounts that can sign in to Azure management with a single factor",
            Question::azure_management(),
        ),
    ]
}

/// Whether the question of that name is about administrators only.
pub(crate) fn is_about_administrators(name: &str) -> bool {
    name == "admins-not-phishing-resistant"
}

impl Access<'_> {
    /// Everything that can be said about signing in to this tenant.
    pub fn report(&self) -> Report {
        match &self.state {
            Ok(state) => Report::of(state, self.tenant()),
            Err(gap) => Report {
                schema: SCHEMA.to_owned(),
                tenant: self.tenant(),
                unreadable: Some(gap.to_string()),
                population: Population::default(),
                questions: Vec::new(),
                matrix: Vec::new(),
                policies: Vec::new(),
                assumptions: Vec::new(),
                notes: Vec::new(),
            },
        }
    }
}

impl Report {
    fn of(state: &State<'_>, tenant: TenantInfo) -> Self {
        let flips = hinges::flips(state);
        let assumptions = flips
            .iter()
            .map(|flip| Assumed {
                assumption: flip.assumption,
                text: flip.assumption.text().to_owned(),
            })
            .collect();
        Self {
            schema: SCHEMA.to_owned(),
            tenant,
            unreadable: None,
            population: population(state),
            questions: questions::all(state, &flips),
            matrix: matrix::rows(state),
            policies: policies::notes(state),
            assumptions,
            notes: notes(state),
        }
    }
}

fn population(state: &State<'_>) -> Population {
    let classes = &state.engine.people.class;
    let mut used: Vec<u32> = classes.iter().copied().filter(|class| *class != NONE).collect();
    let accounts = used.len();
    used.sort_unstable();
    used.dedup();
    Population { accounts, disabled: classes.len() - accounts, classes: used.len() }
}

fn notes(state: &State<'_>) -> Vec<String> {
    let mut notes = vec![
        "Microsoft's own mandatory MFA for admin portals and Azure tools is not a setting of the \
         tenant and is not counted."
            .to_owned(),
    ];
    if state.world.both_read {
        notes.push(
            "Security defaults were read as on next to enabled Conditional Access policies, which \
             Microsoft does not allow: the policies count, security defaults do not."
                .to_owned(),
        );
    }
    let suites = state.world.policies.iter().any(|policy| {
        policy.conditions.applications.as_ref().is_some_and(|apps| {
            let mut words = apps.include_applications.iter().chain(&apps.exclude_applications);
            words.any(|word| state.world.suites.members(word).is_some())
        })
    });
    if suites && state.world.suites.shipped {
        notes.push(
            "Which applications belong to Office 365, Microsoft Admin Portals and Azure \
             management is taken from a list of August 2026; Microsoft adds to them."
                .to_owned(),
        );
    }
    if let Some(gap) = &state.world.directory.eligibility_gap {
        notes.push(format!("Who may activate a role is not known: {gap}."));
    }
    notes
}

/// An account as the document lists it.
pub(crate) struct Listed<'s> {
    pub(crate) number: u32,
    pub(crate) class: u32,
    pub(crate) id: &'s str,
}

/// Every enabled account, sorted by id.
pub(crate) fn enabled<'s>(state: &'s State<'_>) -> Vec<Listed<'s>> {
    let mut listed: Vec<Listed<'s>> = state
        .world
        .directory
        .users
        .iter()
        .zip(&state.engine.people.class)
        .filter(|(_, class)| **class != NONE)
        .map(|((number, id), class)| Listed { number, class: *class, id })
        .collect();
    listed.sort_unstable_by_key(|account| account.id);
    listed
}

/// Whether the account belongs to a question's population; for certain, perhaps, or not.
pub(crate) fn is_asked(state: &State<'_>, name: &str, account: &Listed<'_>) -> Tri {
    if !is_about_administrators(name) {
        return Tri::Yes;
    }
    let class = state.engine.people.classes.get(account.class as usize);
    class.map_or(Tri::No, |class| class.privileged)
}

/// The account's id and name.
pub(crate) fn id_and_name(state: &State<'_>, id: &str) -> (Id, String) {
    let id = Id::from(id);
    let name = state.world.user_name(&id);
    (id, name)
}

/// The same question as if eligible roles were activated, or not.
pub(crate) fn with_roles(question: &Question, roles: RolesAs) -> Question {
    Question { roles, ..question.clone() }
}
