//! What can be signed in to: applications, user actions, authentication contexts.

use std::collections::{BTreeMap, BTreeSet};

use model::{Data, Dataset, Gap, GapCause, Id, Tenant};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Dimension;
use super::gates::{Fixed, Gates, Mention};
use super::policy::{Filter, Policy};
use crate::assumption::{Assumption, Reading};
use crate::bits;
use crate::filter::Value;
use crate::suites::{self, DIRECTORY, Suites};
use crate::tri::Tri;
use crate::{AZURE_MANAGEMENT, EXCHANGE_ONLINE, REGISTER_DEVICE, REGISTER_SECURITY_INFO};

/// Something that can be signed in to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    /// An application.
    Application(Id),
    /// Any application that nothing tells apart from others; the id is an example.
    OtherApplication(Id),
    /// A user action.
    Action(Id),
    /// Any user action that no policy names.
    OtherAction,
    /// An authentication context.
    Context(Id),
    /// Any authentication context that no policy names.
    OtherContext,
}

impl Resource {
    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::Application(_) | Self::OtherApplication(_))
    }
}

/// Custom security attributes of applications.
#[derive(Default)]
pub(crate) struct Attributes {
    by_app: BTreeMap<Id, Held>,
    /// Why none can be read; `None`: they can.
    gap: Option<String>,
}

enum Held {
    Set(Map<String, Json>),
    /// The record does not have the member: it was not asked for, or not given.
    Unreadable,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "appId", default)]
    app: Id,
    /// `None`: absent; `Some(None)`: null, which means none.
    #[serde(rename = "customSecurityAttributes", default, deserialize_with = "present")]
    #[expect(clippy::option_option, reason = "absent, null and set mean three different things")]
    attributes: Option<Option<Map<String, Json>>>,
}

#[expect(clippy::option_option, reason = "absent, null and set mean three different things")]
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Map<String, Json>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Attributes {
    /// Reads the attributes of every application, where some policy asks for them.
    pub(crate) fn of(tenant: &Tenant<'_>, wanted: bool) -> Self {
        if !wanted {
            return Self::default();
        }
        let records = match (
            tenant.service_principals.read(),
            tenant.snapshot.dataset(Data::ServicePrincipals),
        ) {
            (Ok(_), Some(Dataset::Collected(dataset))) => {
                serde_json::from_str::<Vec<Record>>(dataset.records.get()).map_err(|error| Gap {
                    data: Data::ServicePrincipals,
                    cause: GapCause::Unreadable,
                    detail: error.to_string(),
                })
            }
            (Err(gap), _) => Err(gap),
            (Ok(_), _) => Err(Gap::field(Data::ServicePrincipals, "records")),
        };
        match records {
            Err(gap) => Self { by_app: BTreeMap::new(), gap: Some(gap.to_string()) },
            Ok(records)
                if !records.is_empty()
                    && records.iter().all(|record| record.attributes.is_none()) =>
            {
                let missing = Gap::field(Data::ServicePrincipals, "customSecurityAttributes");
                Self { by_app: BTreeMap::new(), gap: Some(missing.to_string()) }
            }
            Ok(records) => {
                let by_app = records
                    .into_iter()
                    .filter_map(|record| match record.attributes {
                        None => Some((record.app, Held::Unreadable)),
                        Some(None) => None,
                        Some(Some(set)) => Some((record.app, Held::Set(set))),
                    })
                    .collect();
                Self { by_app, gap: None }
            }
        }
    }

    /// Applications that have attributes, or may.
    fn apps(&self) -> impl Iterator<Item = &Id> {
        self.by_app.keys()
    }

    /// The value of an attribute, named as in rules: set, underscore, attribute.
    pub(crate) fn value(&self, app: &str, name: &str) -> Value {
        if self.gap.is_some() {
            return Value::Unreadable;
        }
        let sets = match self.by_app.get(app) {
            None => return Value::Null,
            Some(Held::Unreadable) => return Value::Unreadable,
            Some(Held::Set(sets)) => sets,
        };
        for (set, attributes) in sets {
            for (attribute, value) in attributes.as_object().into_iter().flatten() {
                let matches = name.len() == set.len() + 1 + attribute.len()
                    && name.get(..set.len()).is_some_and(|part| part.eq_ignore_ascii_case(set))
                    && name.get(set.len()..=set.len()) == Some("_")
                    && name
                        .get(set.len() + 1..)
                        .is_some_and(|part| part.eq_ignore_ascii_case(attribute));
                if matches {
                    return attribute_value(value);
                }
            }
        }
        Value::Null
    }

    /// Why attributes cannot be read.
    pub(crate) fn gap(&self) -> &str {
        self.gap.as_deref().unwrap_or("custom security attributes of applications were not read")
    }
}

/// Filters know texts and lists of texts only.
fn attribute_value(value: &Json) -> Value {
    match value {
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            Value::List(items.iter().filter_map(Json::as_str).map(str::to_lowercase).collect())
        }
        _ => Value::Null,
    }
}

/// Whether the filter's rule means the application.
pub(crate) fn filter_matches(
    filter: &Filter,
    app: &str,
    attributes: &Attributes,
    reading: Reading,
) -> Tri {
    let negative = reading.assumes(Assumption::FilterMissingAttribute);
    filter
        .rule
        .as_ref()
        .map_or(Tri::Maybe, |rule| rule.holds(&|name| attributes.value(app, name), &|_| negative))
}

/// Which applications a word of a policy stands for.
pub(crate) enum Named<'n> {
    /// Every one.
    All,
    /// None.
    Nothing,
    /// That one and those.
    These(&'n Id, &'n [Id]),
    /// A name that is not known.
    Unknown,
}

/// What a word of an application condition stands for.
pub(crate) fn named<'n>(word: &'n Id, suites: &'n Suites) -> Named<'n> {
    match word.as_str() {
        "all" => Named::All,
        "none" => Named::Nothing,
        // Reported as a doubt of the policy.
        text if text.starts_with("allagent") => Named::Nothing,
        text => match suites.members(text) {
            Some(members) => Named::These(word, members),
            None if is_guid(text) => Named::These(word, &[]),
            None => Named::Unknown,
        },
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Every resource that something tells apart.
pub(crate) struct Targets {
    /// The resources and the gates they close.
    pub(crate) all: Dimension<Resource>,
    /// Applications that are told apart, by id, with their place.
    places: BTreeMap<Id, usize>,
}

impl Targets {
    /// Finds the resources.
    pub(crate) fn of(
        tenant: &Tenant<'_>,
        policies: &[Policy<'_>],
        suites: &Suites,
        attributes: &Attributes,
        reading: Reading,
    ) -> Self {
        let gates = Gates { policies: policies.len() };
        let rows = Rows::of(tenant, policies, suites, attributes);
        let mut mentions = vec![Mention::none(gates); rows.resources.len()];
        for (number, policy) in policies.iter().enumerate() {
            rows.mention(number, policy, suites, attributes, reading, &mut mentions);
        }
        let azure: BTreeSet<&str> = suites
            .members(AZURE_MANAGEMENT)
            .unwrap_or_default()
            .iter()
            .map(Id::as_str)
            .chain([AZURE_MANAGEMENT])
            .collect();
        let mut all = Dimension::new(gates.words());
        let mut places = BTreeMap::new();
        for (resource, mention) in rows.resources.into_iter().zip(mentions) {
            let (mut sure, maybe) = mention.chosen();
            let mut open = Vec::new();
            let app = match &resource {
                Resource::Application(id) => id.as_str(),
                _ => "",
            };
            if app == EXCHANGE_ONLINE {
                open.push(Fixed::ActiveSyncElsewhere);
            }
            if !azure.contains(app) {
                open.push(Fixed::DefaultsAzure);
            }
            close_others(gates, &mut sure, &open);
            if let Resource::Application(id) = &resource {
                places.insert(id.clone(), all.values.len());
            }
            all.push(resource, &sure, &maybe);
        }
        Self { all, places }
    }

    /// Whether a user action or an authentication context is told apart by that name.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.all.values.iter().any(|resource| match resource {
            Resource::Action(id) | Resource::Context(id) => id.as_str().eq_ignore_ascii_case(name),
            _ => false,
        })
    }

    /// The place of an application; of one that nothing tells apart, `None`.
    pub(crate) fn place(&self, app: &str) -> Option<usize> {
        self.places.get(app).copied()
    }
}

/// Closes every fixed gate but these.
pub(crate) fn close_others(gates: Gates, sure: &mut [u64], open: &[Fixed]) {
    let mut fixed = gates.all_fixed();
    for gate in open {
        bits::unset(&mut fixed, gates.fixed(*gate));
    }
    bits::add(sure, &fixed);
}

/// Resources in order of how ordinary they are.
struct Rows {
    resources: Vec<Resource>,
    apps: BTreeMap<Id, usize>,
}

impl Rows {
    fn of(
        tenant: &Tenant<'_>,
        policies: &[Policy<'_>],
        suites: &Suites,
        attributes: &Attributes,
    ) -> Self {
        let conditions =
            || policies.iter().filter_map(|policy| policy.source.conditions.applications.as_ref());
        let mut rows = Self { resources: Vec::new(), apps: BTreeMap::new() };
        for id in suites::familiar() {
            rows.app(&id.into());
        }
        let mut others: BTreeSet<&Id> = suites.all().collect();
        others.extend(attributes.apps());
        for apps in conditions() {
            let words = apps.include_applications.iter().chain(&apps.exclude_applications);
            others.extend(
                words.filter(|word| {
                    matches!(named(word, suites), Named::These(..)) && is_guid(word)
                }),
            );
        }
        for id in others {
            rows.app(id);
        }
        let other = rows.unnamed(tenant);
        rows.resources.push(Resource::OtherApplication(other));

        let mut actions: BTreeSet<Id> =
            [REGISTER_SECURITY_INFO.into(), REGISTER_DEVICE.into()].into();
        let mut contexts = BTreeSet::new();
        for apps in conditions() {
            actions.extend(apps.include_user_actions.iter().map(|word| Id::from(word.as_str())));
            contexts.extend(
                apps.include_authentication_context_class_references
                    .iter()
                    .map(|word| Id::from(word.as_str())),
            );
        }
        rows.resources.extend(actions.into_iter().map(Resource::Action));
        rows.resources.push(Resource::OtherAction);
        rows.resources.extend(contexts.into_iter().map(Resource::Context));
        rows.resources.push(Resource::OtherContext);
        rows
    }

    fn app(&mut self, id: &Id) {
        if !self.apps.contains_key(id) {
            self.apps.insert(id.clone(), self.resources.len());
            self.resources.push(Resource::Application(id.clone()));
        }
    }

    /// An application that nothing names: one of the tenant if there is one.
    fn unnamed(&self, tenant: &Tenant<'_>) -> Id {
        let principals = tenant.service_principals.read().unwrap_or_default();
        principals
            .iter()
            .map(|principal| &principal.app_id)
            .filter(|id| is_guid(id) && !self.apps.contains_key(*id))
            .min()
            .cloned()
            .or_else(|| {
                (0..=self.apps.len())
                    .map(|number| Id::from(format!("11111111-2222-4333-8444-{number:012x}")))
                    .find(|id| !self.apps.contains_key(id))
            })
            .unwrap_or_default()
    }

    /// Notes which resources the policy includes and excludes.
    fn mention(
        &self,
        number: usize,
        policy: &Policy<'_>,
        suites: &Suites,
        attributes: &Attributes,
        reading: Reading,
        mentions: &mut [Mention],
    ) {
        let each = |mentions: &mut [Mention], note: &dyn Fn(&mut Mention)| {
            for (resource, mention) in self.resources.iter().zip(mentions) {
                if resource.is_application() {
                    note(mention);
                }
            }
        };
        let Some(apps) = &policy.source.conditions.applications else {
            // Not read; the policy is doubtful anyway.
            return each(mentions, &|mention| mention.include(number));
        };
        let filter = policy.applications.as_ref();
        let names_some = apps.include_applications.iter().any(|word| word.as_str() != "none");
        let narrows = filter.is_some_and(|filter| filter.include)
            && names_some
            && !reading.assumes(Assumption::FilterBesideNames);

        for (words, exclude) in
            [(&apps.include_applications, false), (&apps.exclude_applications, true)]
        {
            let sure: fn(&mut Mention, usize) =
                if exclude { Mention::exclude } else { Mention::include };
            let perhaps: fn(&mut Mention, usize) =
                if exclude { Mention::may_exclude } else { Mention::may_include };
            for word in words {
                match named(word, suites) {
                    Named::Nothing => {}
                    Named::All => each(mentions, &|mention| sure(mention, number)),
                    Named::Unknown => each(mentions, &|mention| perhaps(mention, number)),
                    Named::These(one, others) => {
                        for id in others.iter().chain([one]) {
                            let place = self.apps.get(id);
                            if let Some(mention) = place.and_then(|at| mentions.get_mut(*at)) {
                                sure(mention, number);
                            }
                        }
                    }
                }
            }
        }
        if let Some(filter) = filter {
            for (resource, mention) in self.resources.iter().zip(&mut *mentions) {
                let (Resource::Application(app) | Resource::OtherApplication(app)) = resource
                else {
                    continue;
                };
                let matches = filter_matches(filter, app, attributes, reading);
                // A filter next to names narrows them by excluding what does not match.
                let (excludes, matches) =
                    if narrows { (true, !matches) } else { (!filter.include, matches) };
                match (excludes, matches) {
                    (_, Tri::No) => {}
                    (false, Tri::Yes) => mention.include(number),
                    (false, Tri::Maybe) => mention.may_include(number),
                    (true, Tri::Yes) => mention.exclude(number),
                    (true, Tri::Maybe) => mention.may_exclude(number),
                }
            }
        }
        let everything = apps.include_applications.iter().any(|word| word.as_str() == "all");
        let excludes =
            !apps.exclude_applications.is_empty() || filter.is_some_and(|filter| !filter.include);
        if everything && excludes && !reading.assumes(Assumption::BaselineScopes) {
            let place = self.apps.get(DIRECTORY);
            if let Some(mention) = place.and_then(|at| mentions.get_mut(*at)) {
                mention.exclude(number);
            }
        }
        for (resource, mention) in self.resources.iter().zip(mentions) {
            let included = match resource {
                Resource::Action(id) => {
                    apps.include_user_actions
                        .iter()
                        .any(|word| id.as_str().eq_ignore_ascii_case(word))
                        || everything && !reading.assumes(Assumption::ActionsApart)
                }
                Resource::OtherAction => everything && !reading.assumes(Assumption::ActionsApart),
                Resource::Context(id) => apps
                    .include_authentication_context_class_references
                    .iter()
                    .any(|word| id.as_str().eq_ignore_ascii_case(word)),
                _ => false,
            };
            if included {
                mention.include(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_set_and_name() {
        let set: Map<String, Json> = serde_json::from_str(
            r##"{"Access": {"Tier_Of": "Gold", "Tags": ["A", "b"], "Level": 3,
                "Tags@odata.type": "#Collection(String)"}}"##,
        )
        .unwrap();
        let attributes = Attributes {
            by_app: [("a".into(), Held::Set(set)), ("b".into(), Held::Unreadable)].into(),
            gap: None,
        };
        assert_eq!(attributes.value("a", "access_tier_of"), Value::text("gold"));
        let tags = Value::List(["a".to_owned(), "b".to_owned()].into());
        assert_eq!(attributes.value("a", "Access_Tags"), tags);
        assert_eq!(attributes.value("a", "Access_Level"), Value::Null);
        assert_eq!(attributes.value("a", "Access"), Value::Null);
        assert_eq!(attributes.value("b", "Access_Tags"), Value::Unreadable);
        assert_eq!(attributes.value("c", "Access_Tags"), Value::Null);
    }

    #[test]
    fn guids_are_told_from_names() {
        assert!(is_guid(EXCHANGE_ONLINE));
        assert!(!is_guid("office365"));
        assert!(!is_guid("00000002-0000-0ff1-ce00-00000000000g"));
    }
}
