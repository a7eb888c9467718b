//! What is required of whom: a row for each requirement, a cell for each kind of account.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Id;
use serde::Serialize;

use super::{Listed, enabled, id_and_name, with_roles};
use crate::access::State;
use crate::engine::{Refusal, Verdict};
use crate::tri::Tri;
use crate::{Question, RiskLevel, RolesAs, SignIn, TransferMethod};

/// Who was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Population {
    /// Enabled accounts.
    pub accounts: usize,
    /// Accounts that may not sign in; they are in no answer.
    pub disabled: usize,
    /// Classes of enabled accounts that no policy tells apart.
    pub classes: usize,
}

words! {
    /// A requirement.
    Requirement {
        Mfa = "mfa", "More than a single factor for every application, in modern clients.";
        MfaOrManagedDevice = "mfa-or-managed-device", "More than a single factor, or a managed device or app.";
        PhishingResistant = "phishing-resistant", "A phishing-resistant method for every sign-in.";
        NoLegacy = "no-legacy", "No legacy authentication.";
        MfaForAzureManagement = "mfa-for-azure-management", "More than a single factor for Azure management.";
        MfaAtSignInRisk = "mfa-at-sign-in-risk", "More than a single factor at high sign-in risk.";
        MfaAtUserRisk = "mfa-at-user-risk", "More than a single factor at high user risk.";
        NoDeviceCode = "no-device-code", "No device code flow.";
        ManagedDevice = "managed-device", "A managed device or app for every modern sign-in.";
        MfaToRegisterSecurityInfo = "mfa-to-register-security-info", "More than a single factor to register security information.";
        MfaToRegisterDevice = "mfa-to-register-device", "More than a single factor to register a device.";
    }
}

/// A requirement with the kinds of accounts.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequirementRow {
    /// Which.
    pub requirement: Requirement,
    /// In words.
    pub title: String,
    /// Everyone, members, guests, administrators, and eligible administrators as if activated.
    pub cells: Vec<Cell>,
}

/// How far a requirement holds for a kind of account.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// Which accounts.
    pub population: String,
    /// How many.
    pub accounts: usize,
    /// How many of them get past it.
    pub open: usize,
    /// For how many it is not known.
    pub undetermined: usize,
    /// One that gets past it, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// Policies that together hold the others to it.
    #[schemars(with = "Vec<String>")]
    pub policies: Vec<Id>,
}

/// An account that gets past a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The account.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// How.
    pub counterexample: Arc<SignIn>,
}

fn requirements() -> Vec<(Requirement, &'static str, Question)> {
    use Requirement as R;
    let high = &[RiskLevel::High];
    vec![
        (R::Mfa, "MFA for every application", Question::single_factor()),
        (
            R::MfaOrManagedDevice,
            "MFA, or a managed device or app, for every application",
            Question::single_factor_unmanaged(),
        ),
        (
            R::PhishingResistant,
            "A phishing-resistant method for every sign-in",
            Question::not_phishing_resistant(),
        ),
        (R::NoLegacy, "No legacy authentication", Question::legacy()),
        (R::MfaForAzureManagement, "MFA for Azure management", Question::azure_management()),
        (R::MfaAtSignInRisk, "MFA at high sign-in risk", Question::at_sign_in_risk(high)),
        (R::MfaAtUserRisk, "MFA at high user risk", Question::at_user_risk(high)),
        (R::NoDeviceCode, "No device code flow", Question::by_flow(TransferMethod::DeviceCode)),
        (R::ManagedDevice, "A managed device or app", Question::unmanaged_device()),
        (
            R::MfaToRegisterSecurityInfo,
            "MFA to register security information",
            Question::register_security_info(),
        ),
        (R::MfaToRegisterDevice, "MFA to register a device", Question::register_device()),
    ]
}

/// Whether an account is of some kind.
type Belongs<'b> = &'b dyn Fn(&Listed<'_>) -> bool;

/// The rows.
pub(super) fn rows(state: &State<'_>) -> Vec<RequirementRow> {
    let accounts = enabled(state);
    let kind = |account: &Listed<'_>| {
        let account = state.world.directory.accounts.get(account.number as usize);
        account.is_some_and(|account| account.external || account.guest.possible())
    };
    let administrator = |account: &Listed<'_>| {
        let class = state.engine.people.classes.get(account.class as usize);
        class.is_some_and(|class| class.privileged == Tri::Yes)
    };
    let activated = &state.engine.people.activated;
    let eligible = |account: &Listed<'_>| {
        activated.binary_search_by_key(&account.number, |(user, _)| *user).is_ok()
    };
    let populations: [(&str, RolesAs, Belongs<'_>); 5] = [
        ("everyone", RolesAs::Active, &|_| true),
        ("members", RolesAs::Active, &|account| !kind(account)),
        ("guests", RolesAs::Active, &|account| kind(account)),
        ("administrators", RolesAs::Active, &administrator),
        ("eligible administrators, as if activated", RolesAs::EligibleAsActive, &eligible),
    ];
    requirements()
        .into_iter()
        .map(|(requirement, title, question)| RequirementRow {
            requirement,
            title: title.to_owned(),
            cells: populations
                .iter()
                .map(|(name, roles, belongs)| {
                    let accounts: Vec<&Listed<'_>> =
                        accounts.iter().filter(|account| belongs(account)).collect();
                    cell(state, name, &with_roles(&question, *roles), &accounts)
                })
                .collect(),
        })
        .collect()
}

fn cell(state: &State<'_>, name: &str, question: &Question, accounts: &[&Listed<'_>]) -> Cell {
    let verdicts = state.verdicts(question);
    let refusals = state.refusals(question, Vec::new());
    let mut cell = Cell {
        population: name.to_owned(),
        accounts: accounts.len(),
        open: 0,
        undetermined: 0,
        example: None,
        policies: Vec::new(),
    };
    let mut needed = BTreeSet::new();
    for account in accounts {
        let classes = state.engine.people.classes_of(account.number, question.roles);
        let (mut open, mut unclear) = (None, false);
        for class in classes {
            match verdicts.get(class as usize) {
                Some(Verdict::Open(way)) => open = open.or(Some(way)),
                Some(Verdict::Undetermined(_)) => unclear = true,
                Some(Verdict::Refused) => {
                    let refusal = refusals.get(class as usize).and_then(Option::as_ref);
                    needed.extend(refusal.into_iter().flat_map(Refusal::proof).copied());
                }
                None => {}
            }
        }
        match open {
            Some(way) => {
                cell.open += 1;
                cell.example.get_or_insert_with(|| {
                    let (id, name) = id_and_name(state, account.id);
                    Example { id, name, counterexample: Arc::clone(&way.sign_in) }
                });
            }
            None => cell.undetermined += usize::from(unclear),
        }
    }
    let policies = needed.into_iter().filter_map(|number| state.engine.policies.get(number));
    cell.policies = policies.map(|policy| policy.source.id.clone()).collect();
    cell
}
