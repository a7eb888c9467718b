//! Applications that sign in as themselves: which of them get a token from anywhere.
//!
//! Conditional Access reaches service principals of single-tenant applications that are registered
//! in the tenant, and can only block them, by place and by risk. Managed identities and applications
//! of other tenants are out of its reach.

use std::collections::BTreeSet;

use model::{
    ConditionClientApplications, ConditionalAccessPolicy, Data, Dataset, Gap, GapCause, Id, Tenant,
    is_meaningful,
};
use serde::{Deserialize, Serialize};

use crate::RiskLevel;
use crate::assumption::Reading;
use crate::bits;
use crate::compile::Dimension;
use crate::compile::gates::{Gates, Mention};
use crate::compile::network::{Locations, Place, places};
use crate::compile::policy::Policy;
use crate::compile::targets::{Attributes, Resource, Targets};
use crate::cover::{Cell, Cover};
use crate::filter::Rule;
use crate::suites::Suites;
use crate::tri::Tri;

/// The most policies for service principals that are looked at.
const MOST_POLICIES: usize = 240;

/// The words of a set of gates.
const WORDS: usize = 4;

/// The most steps of the search for all of them.
const BUDGET: u64 = 1 << 24;

/// A service principal within reach of Conditional Access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// Its object id.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Whether it gets a token somewhere.
    pub outcome: WorkloadOutcome,
}

/// Whether a service principal gets a token somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadOutcome {
    /// Nowhere.
    Refused,
    /// There, at the least.
    Possible(WorkloadSignIn),
    /// It depends on what is not known; on what, in words.
    Undetermined(String),
}

/// A sign-in of a service principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSignIn {
    /// To which application.
    #[schemars(with = "String")]
    pub app: Id,
    /// From what address.
    pub ip: String,
    /// The country it maps to.
    pub country: String,
    /// Risk of the service principal.
    pub risk: RiskLevel,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record {
    id: Id,
    app_id: Id,
    display_name: Option<String>,
    service_principal_type: Option<String>,
    account_enabled: Option<bool>,
    app_owner_organization_id: Option<Id>,
    sign_in_audience: Option<String>,
    password_credentials: Option<Vec<serde::de::IgnoredAny>>,
    key_credentials: Option<Vec<serde::de::IgnoredAny>>,
}

/// The service principals within reach that have a credential, sorted by id, each with whether it
/// gets a token somewhere.
///
/// # Errors
///
/// When service principals or policies cannot be read.
pub(crate) fn workloads(tenant: &Tenant<'_>) -> Result<Vec<Workload>, Gap> {
    let policies = tenant.conditional_access_policies.read()?;
    let within_reach = within_reach(tenant)?;
    let mut sources: Vec<&ConditionalAccessPolicy> = policies
        .iter()
        .filter(|policy| policy.is_for_workload_identities())
        .filter(|policy| policy.state != "disabled" && !policy.is_report_only())
        .collect();
    sources
        .sort_by(|one, other| (&one.id, &one.display_name).cmp(&(&other.id, &other.display_name)));
    if sources.len() > MOST_POLICIES {
        return Err(Gap::contradiction(Data::ConditionalAccessPolicies, "there are too many"));
    }
    let reading = Reading::default();
    let compiled: Vec<Policy<'_>> = sources
        .iter()
        .map(|source| {
            let mut policy = Policy::of(source, &[], reading);
            policy.doubts = doubts(source);
            policy
        })
        .collect();
    let filters = sources.iter().any(|source| {
        let clients = source.conditions.client_applications.as_ref();
        clients.is_some_and(|clients| clients.service_principal_filter.is_some())
    });
    let attributes = Attributes::of(tenant, filters);
    let mut ways = Ways::of(tenant, &compiled, &attributes);
    Ok(within_reach
        .into_iter()
        .map(|record| {
            let (sure, maybe) = bound(&record, &compiled, &attributes);
            let outcome = ways.outcome(&sure, &maybe, &compiled);
            let name = record.display_name.filter(|name| !name.is_empty());
            Workload { name: name.unwrap_or_else(|| record.id.to_string()), id: record.id, outcome }
        })
        .collect())
}

/// Enabled service principals of single-tenant applications of this tenant, with a credential.
fn within_reach(tenant: &Tenant<'_>) -> Result<Vec<Record>, Gap> {
    let unreadable =
        |detail: String| Gap { data: Data::ServicePrincipals, cause: GapCause::Unreadable, detail };
    tenant.service_principals.read()?;
    let Some(Dataset::Collected(dataset)) = tenant.snapshot.dataset(Data::ServicePrincipals) else {
        return Err(unreadable(String::new()));
    };
    let records: Vec<Record> = serde_json::from_str(dataset.records.get())
        .map_err(|error| unreadable(error.to_string()))?;
    let with_credential: BTreeSet<&Id> = tenant
        .applications
        .read()
        .unwrap_or_default()
        .iter()
        .filter(|app| !app.password_credentials.is_empty() || !app.key_credentials.is_empty())
        .map(|app| &app.app_id)
        .collect();
    let mut found: Vec<Record> = records
        .into_iter()
        .filter(|record| {
            let kind = record.service_principal_type.as_deref().unwrap_or("Application");
            let audience = record.sign_in_audience.as_deref().unwrap_or("AzureADMyOrg");
            let has = |list: &Option<Vec<serde::de::IgnoredAny>>| {
                list.as_ref().is_some_and(|list| !list.is_empty())
            };
            kind.eq_ignore_ascii_case("Application")
                && audience.eq_ignore_ascii_case("AzureADMyOrg")
                && record.app_owner_organization_id.as_ref() == Some(&tenant.snapshot.tenant.id)
                && record.account_enabled != Some(false)
                && (has(&record.password_credentials)
                    || has(&record.key_credentials)
                    || with_credential.contains(&record.app_id))
        })
        .collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

fn doubts(policy: &ConditionalAccessPolicy) -> Vec<String> {
    let mut doubts = Vec::new();
    if !policy.is_enforced() {
        doubts.push(format!("its state {:?} is not known", policy.state));
    }
    if is_meaningful(&policy.conditions.other) {
        doubts.push("it has a condition that is not known".to_owned());
    }
    let clients = policy.conditions.client_applications.as_ref();
    if clients.is_some_and(|clients| is_meaningful(&clients.other)) {
        doubts.push("it is for agents or other clients that are not known".to_owned());
    }
    doubts
}

/// The policies that bind a service principal, for certain and perhaps.
fn bound(
    record: &Record,
    policies: &[Policy<'_>],
    attributes: &Attributes,
) -> (Vec<u64>, Vec<u64>) {
    let mut mention = Mention::none(Gates { policies: policies.len() });
    for (number, policy) in policies.iter().enumerate() {
        let Some(clients) = &policy.source.conditions.client_applications else { continue };
        let mut included = named(record, &clients.include_service_principals);
        let mut excluded = named(record, &clients.exclude_service_principals);
        match filtered(record, clients, attributes) {
            None => {}
            Some((true, matches)) if clients.include_service_principals.is_empty() => {
                included = matches;
            }
            // Whether a filter narrows what is named, or adds to it, is not documented.
            Some((true, matches)) => {
                included = if included == matches { matches } else { Tri::Maybe };
            }
            Some((false, matches)) => excluded = excluded.or(matches),
        }
        if !policy.doubts.is_empty() || !policy.grant.blocks {
            included = included.and(Tri::Maybe);
        }
        mention.say(number, included, excluded);
    }
    mention.chosen()
}

fn named(record: &Record, ids: &[Id]) -> Tri {
    Tri::from(ids.iter().any(|id| {
        *id == record.id || id.as_str() == "serviceprincipalsinmytenant" || id.as_str() == "all"
    }))
}

/// Whether the filter's rule means the service principal, and whether it is there to include;
/// `None`: there is no filter.
fn filtered(
    record: &Record,
    clients: &ConditionClientApplications,
    attributes: &Attributes,
) -> Option<(bool, Tri)> {
    let filter = clients.service_principal_filter.as_ref()?;
    let mode = filter.mode.as_deref().unwrap_or_default();
    let rule = Rule::parse(filter.rule.as_deref().unwrap_or_default(), "CustomSecurityAttribute");
    let known = mode.eq_ignore_ascii_case("include") || mode.eq_ignore_ascii_case("exclude");
    let matches = match rule {
        Ok(rule) if known => rule.holds(&|name| attributes.value(&record.app_id, name), &|_| true),
        _ => Tri::Maybe,
    };
    Some((!mode.eq_ignore_ascii_case("exclude"), matches))
}

/// The search for a way past the policies.
struct Ways {
    risk: Dimension<RiskLevel>,
    places: Dimension<Place>,
    targets: Targets,
    strict: Cover<WORDS>,
    lax: Cover<WORDS>,
}

impl Ways {
    fn of(tenant: &Tenant<'_>, policies: &[Policy<'_>], attributes: &Attributes) -> Self {
        let gates = Gates { policies: policies.len() };
        let mut risk = Dimension::new(gates.words());
        for level in RiskLevel::ALL {
            let mut sure = vec![0; gates.words()];
            let mut maybe = sure.clone();
            for (number, policy) in policies.iter().enumerate() {
                let words = &policy.source.conditions.service_principal_risk_levels;
                let listed = words.iter().any(|word| word.eq_ignore_ascii_case(level.word()));
                if words.is_empty() || listed {
                    bits::set(&mut sure, number);
                } else if words.iter().any(|word| RiskLevel::from_word(word).is_none()) {
                    bits::set(&mut maybe, number);
                }
            }
            risk.push(*level, &sure, &maybe);
        }
        let locations = Locations::of(tenant);
        let places = places(policies, &locations);
        let suites = Suites::of(tenant);
        let targets = Targets::of(tenant, policies, &suites, attributes, Reading::default());
        let cover = |strict: bool| {
            Cover::new(
                vec![
                    cells(&risk, strict, |_| true),
                    cells(&places, strict, |place: &Place| !(strict && place.supposed)),
                    cells(&targets.all, strict, Resource::is_application),
                ],
                BUDGET,
            )
        };
        let (strict, lax) = (cover(true), cover(false));
        Self { risk, places, targets, strict, lax }
    }

    fn outcome(&mut self, sure: &[u64], maybe: &[u64], policies: &[Policy<'_>]) -> WorkloadOutcome {
        let mut all = sure.to_vec();
        bits::add(&mut all, maybe);
        if let Ok(Some(way)) = self.strict.way(words(&all), BUDGET)
            && let Some(sign_in) = self.sign_in(&way)
        {
            return WorkloadOutcome::Possible(sign_in);
        }
        if self.lax.way(words(sure), BUDGET) == Ok(None) {
            return WorkloadOutcome::Refused;
        }
        let why = bits::each(maybe).chain(bits::each(sure)).find_map(|number| {
            let policy = policies.get(number)?;
            let doubt = policy.doubts.first().cloned();
            let doubt = doubt.unwrap_or_else(|| "where it applies is not all known".to_owned());
            Some(format!("policy {:?}: {doubt}", policy.name()))
        });
        WorkloadOutcome::Undetermined(why.unwrap_or_default())
    }

    fn sign_in(&self, way: &[u32]) -> Option<WorkloadSignIn> {
        let [risk, place, target] = way else { return None };
        let place = self.places.values.get(*place as usize)?;
        let app = match self.targets.all.values.get(*target as usize)? {
            Resource::Application(id) | Resource::OtherApplication(id) => id.clone(),
            _ => return None,
        };
        Some(WorkloadSignIn {
            app,
            ip: place.ip.to_string(),
            country: place.country.clone(),
            risk: *self.risk.values.get(*risk as usize)?,
        })
    }
}

fn cells<V>(
    dimension: &Dimension<V>,
    strict: bool,
    wanted: impl Fn(&V) -> bool,
) -> Vec<Cell<WORDS>> {
    dimension
        .iter()
        .filter(|(_, value, ..)| wanted(value))
        .filter_map(|(number, _, sure, maybe)| {
            let mut closes = words(sure);
            if strict {
                bits::add(&mut closes, maybe);
            }
            Some(Cell { closes, value: u32::try_from(number).ok()? })
        })
        .collect()
}

fn words(set: &[u64]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (word, given) in words.iter_mut().zip(set) {
        *word = *given;
    }
    words
}
