//! Which answers hang on a rule that Microsoft's pages leave open: the question is decided a second
//! time with the other reading.

use model::{ConditionalAccessPolicy, Id};
use serde::Serialize;

use super::{Listed, is_asked};
use crate::Question;
use crate::access::State;
use crate::assumption::{Assumption, Reading};
use crate::compile::directory::{Holder, NONE, PerUser};
use crate::compile::policy::{Atom, Policy};
use crate::engine::{Engine, Verdict};
use crate::filter::Rule;
use crate::world::may_be_enforced;

/// An open rule on which answers to a question hang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hinge {
    /// The rule's code.
    pub assumption: Assumption,
    /// What is assumed.
    pub text: String,
    /// Accounts whose answer would be the other one, sorted by id.
    #[schemars(with = "Vec<String>")]
    pub accounts: Vec<Id>,
}

/// The policies read with one rule the other way.
pub(super) struct Flip<'t> {
    pub(super) assumption: Assumption,
    engine: Engine<'t>,
}

/// Every rule that may matter here, read the other way.
pub(super) fn flips<'t>(state: &State<'t>) -> Vec<Flip<'t>> {
    Assumption::ALL
        .iter()
        .filter(|assumption| touches(state, **assumption))
        .map(|assumption| {
            let reading = Reading::without(*assumption);
            let policies = state.world.compile(may_be_enforced, reading);
            Flip {
                assumption: *assumption,
                engine: Engine::of(&state.world, policies, reading, false),
            }
        })
        .collect()
}

/// The rules on which answers to this question hang.
pub(super) fn hinges(
    state: &State<'_>,
    name: &str,
    question: &Question,
    accounts: &[Listed<'_>],
    flips: &[Flip<'_>],
) -> Vec<Hinge> {
    let verdicts = state.verdicts(question);
    let kind = |verdict: Option<&Verdict>| match verdict {
        None => 0,
        Some(Verdict::Refused) => 1,
        Some(Verdict::Open(_)) => 2,
        Some(Verdict::Undetermined(_)) => 3,
    };
    let mut hinges: Vec<Hinge> = Vec::new();
    for flip in flips {
        let people = &flip.engine.people;
        let other = flip.engine.decide(&state.world, question, &people.classes);
        let hanging: Vec<Id> = accounts
            .iter()
            .filter(|account| is_asked(state, name, account).possible())
            .filter(|account| {
                let class = people.class.get(account.number as usize).copied().unwrap_or(NONE);
                kind(verdicts.get(account.class as usize)) != kind(other.get(class as usize))
            })
            .map(|account| Id::from(account.id))
            .collect();
        if !hanging.is_empty() {
            hinges.push(Hinge {
                assumption: flip.assumption,
                text: flip.assumption.text().to_owned(),
                accounts: hanging,
            });
        }
    }
    hinges
}

/// Whether reading the rule the other way may change anything here.
fn touches(state: &State<'_>, assumption: Assumption) -> bool {
    let world = &state.world;
    let directory = &world.directory;
    let policies = &state.engine.policies;
    let any = |test: &dyn Fn(&Policy<'_>) -> bool| policies.iter().any(test);
    let source = |test: &dyn Fn(&ConditionalAccessPolicy) -> bool| {
        policies.iter().any(|policy| test(policy.source))
    };
    let atom = |test: fn(&Atom) -> bool| any(&|policy| policy.grant.atoms.iter().any(test));
    let app_rule = |test: &dyn Fn(&Rule) -> bool| {
        any(&|policy| {
            policy.applications.as_ref().is_some_and(|filter| filter.rule.as_ref().is_ok_and(test))
        })
    };
    let device_rule = |test: &dyn Fn(&Rule) -> bool| {
        any(&|policy| {
            policy.devices.as_ref().is_some_and(|filter| filter.rule.as_ref().is_ok_and(test))
        })
    };
    let negative = |rule: &Rule| rule.comparisons().iter().any(|comparison| comparison.negative);
    match assumption {
        Assumption::BaselineScopes => source(&|policy| {
            policy.conditions.applications.as_ref().is_some_and(|apps| {
                apps.include_applications.iter().any(|word| word.as_str() == "all")
                    && (!apps.exclude_applications.is_empty() || apps.application_filter.is_some())
            })
        }),
        Assumption::ActiveSyncScope => source(&|policy| {
            let types = &policy.conditions.client_app_types;
            types.iter().any(|word| word.to_ascii_lowercase().starts_with('e'))
        }),
        Assumption::LegacyPlatform => source(&|policy| policy.conditions.platforms.is_some()),
        Assumption::ActiveSyncDevice => atom(|atom| {
            matches!(
                atom,
                Atom::CompliantDevice | Atom::HybridDevice | Atom::ApprovedApp | Atom::ProtectedApp
            )
        }),
        Assumption::FilterBesideNames => any(&|policy| {
            let filter = policy.applications.as_ref().is_some_and(|filter| filter.include);
            let apps = policy.source.conditions.applications.as_ref();
            let names = |word: &Id| word.as_str() != "none";
            filter && apps.is_some_and(|apps| apps.include_applications.iter().any(names))
        }),
        Assumption::FilterMissingAttribute => app_rule(&negative),
        Assumption::FilterUnregistered => device_rule(&Rule::has_not),
        Assumption::FilterExtensionAttribute => device_rule(&|rule| {
            rule.comparisons().iter().any(|comparison| {
                let name = comparison.attribute.to_ascii_lowercase();
                comparison.negative && name.starts_with("extensionattribute")
            })
        }),
        Assumption::OldClientDefault => source(&|policy| {
            policy.conditions.client_app_types.is_empty()
                && policy
                    .created_date_time
                    .is_some_and(|time| time.to_string().as_str() < "2020-08")
        }),
        Assumption::RoleThroughGroup => {
            directory.roles.iter().any(|held| !held.eligible && matches!(held.by, Holder::Group(_)))
        }
        // Only questions about user actions change, and none of the seven is one.
        Assumption::ActionsApart => false,
        Assumption::DeviceCodeDevice => source(&|policy| {
            let flows = policy.conditions.authentication_flows.as_ref();
            flows.is_some_and(|flows| flows.transfer_methods.is_some())
        }),
        Assumption::AppPassword => {
            directory.accounts.iter().any(|account| account.per_user == PerUser::Enforced)
        }
        Assumption::SecurityDefaultsRoles => world.defaults.possible(),
        Assumption::CustomControl => atom(|atom| matches!(atom, Atom::Custom)),
        Assumption::PasswordChange => atom(|atom| matches!(atom, Atom::PasswordChange)),
        Assumption::HomeTenant => source(&|policy| {
            policy.conditions.users.as_ref().is_some_and(|users| {
                let guests = [
                    &users.include_guests_or_external_users,
                    &users.exclude_guests_or_external_users,
                ];
                guests.into_iter().flatten().any(|guests| {
                    guests
                        .external_tenants
                        .as_ref()
                        .is_some_and(|tenants| !tenants.members.is_empty())
                })
            })
        }),
    }
}
