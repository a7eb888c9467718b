//! The values of each part of a sign-in that a tenant could tell apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::network::range;
use super::rule::{self, Attribute, Comparison};
use super::sign_in::{TRUST_TYPES, is_guid};
use super::{AZURE_MANAGEMENT, Device, EXCHANGE, Tenant, list, strings, text};

/// Values to try, at least one of every kind that some policy or rule could tell from the others.
pub(crate) struct Values {
    /// Every application mentioned, and one that nobody mentions.
    pub(crate) apps: Vec<String>,
    /// Both ends of every range, the addresses beside them, and some elsewhere.
    pub(crate) ips: Vec<IpAddr>,
    /// Every country mentioned, one other, and `unknown`.
    pub(crate) countries: Vec<String>,
    /// Whether some location goes by the position of the Authenticator app.
    pub(crate) gps: bool,
    /// Whether some location is the compliant network.
    pub(crate) compliant_network: bool,
    pub(crate) devices: Vec<Device>,
}

impl Values {
    pub(crate) fn of(tenant: &Tenant) -> Self {
        let locations = list(tenant.json, "/namedLocations");
        let kind = |ending: &str| {
            locations.iter().any(|named| text(named, "/@odata.type").ends_with(ending))
        };
        Self {
            apps: apps(tenant),
            ips: ips(tenant),
            countries: countries(locations),
            gps: locations.iter().any(|l| l["countryLookupMethod"] == "authenticatorAppGps"),
            compliant_network: kind("compliantNetworkNamedLocation"),
            devices: devices(tenant),
        }
    }
}

fn apps(tenant: &Tenant) -> Vec<String> {
    let mut apps = BTreeSet::from([EXCHANGE, AZURE_MANAGEMENT]);
    for policy in tenant.policies() {
        for side in ["includeApplications", "excludeApplications"] {
            apps.extend(strings(policy, &format!("/conditions/applications/{side}")));
        }
    }
    for suite in tenant.json["appGroups"].as_object().into_iter().flatten() {
        apps.insert(suite.0);
        apps.extend(tenant.app_group(suite.0));
    }
    apps.extend(list(tenant.json, "/servicePrincipals").iter().map(|sp| text(sp, "/appId")));
    let mut apps: Vec<String> = apps
        .into_iter()
        .map(str::to_lowercase)
        .filter(|app| is_guid(app))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let unmentioned = "5eed0000-0000-4000-8000-00000000cafe".to_owned();
    assert!(!apps.contains(&unmentioned), "an application that nobody mentions");
    apps.push(unmentioned);
    apps
}

fn ips(tenant: &Tenant) -> Vec<IpAddr> {
    let named = list(tenant.json, "/namedLocations").iter().flat_map(|location| {
        list(location, "/ipRanges").iter().map(|range| text(range, "/cidrAddress"))
    });
    let mut ips =
        vec![IpAddr::from([198, 18, 0, 1]), IpAddr::from([0x2001, 0xdb8, 9, 0, 0, 0, 0, 1])];
    for cidr in named.chain(strings(tenant.json, "/mfaServiceSettings/trustedIps")) {
        let (width, first, last) = range(cidr);
        let greatest = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
        let around = [first.saturating_sub(1), first, last, last.saturating_add(1).min(greatest)];
        ips.extend(around.map(|number| address(width, number)));
    }
    for (width, greatest) in [(32, u128::from(u32::MAX)), (128, u128::MAX)] {
        ips.extend([address(width, 0), address(width, greatest)]);
    }
    let mut seen = BTreeSet::new();
    ips.retain(|ip| seen.insert(*ip));
    ips
}

fn address(width: u32, number: u128) -> IpAddr {
    if width == 32 {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number).expect("an IPv4 address")))
    } else {
        IpAddr::V6(Ipv6Addr::from(number))
    }
}

fn countries(locations: &[Value]) -> Vec<String> {
    let mentioned: BTreeSet<String> = locations
        .iter()
        .flat_map(|location| strings(location, "/countriesAndRegions"))
        .map(str::to_uppercase)
        .collect();
    let other = ["NZ", "IS", "UY", "BT", "MG"].into_iter().find(|code| !mentioned.contains(*code));
    let mut countries = vec![other.expect("a country nobody mentions").to_owned()];
    countries.extend(mentioned);
    countries.push("unknown".to_owned());
    countries
}

/// The unregistered device, then every trust type with and without compliance, each with every
/// combination of attribute values that could matter.
fn devices(tenant: &Tenant) -> Vec<Device> {
    let mut by_attribute: BTreeMap<String, Vec<Comparison>> = BTreeMap::new();
    for policy in tenant.policies() {
        for comparison in rule_of(policy) {
            let (_, name) = comparison.attribute.split_once('.').expect("device.x");
            let known = by_attribute.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
            by_attribute.entry(known.unwrap_or(name.to_owned())).or_default().push(comparison);
        }
    }
    by_attribute.retain(|name, _| {
        !name.eq_ignore_ascii_case("isCompliant") && !name.eq_ignore_ascii_case("trustType")
    });

    let mut attributes = vec![BTreeMap::new()];
    for (name, comparisons) in by_attribute {
        let values = if ["systemLabels", "physicalIds"].contains(&name.as_str()) {
            collections(&comparisons)
        } else {
            texts(&comparisons)
        };
        let without = attributes.clone();
        for value in told_apart(values, &comparisons) {
            attributes.extend(without.iter().map(|others| {
                let mut attributes: BTreeMap<String, Value> = others.clone();
                attributes.insert(name.clone(), value.clone());
                attributes
            }));
        }
    }

    let mut devices = vec![Device::default()];
    for compliant in [false, true] {
        for trust_type in TRUST_TYPES {
            devices.extend(attributes.iter().map(|attributes| Device {
                registered: true,
                compliant,
                trust_type: Some(trust_type.to_owned()),
                attributes: attributes.clone(),
            }));
        }
    }
    devices
}

fn rule_of(policy: &Value) -> Vec<Comparison> {
    match text(policy, "/conditions/devices/deviceFilter/rule") {
        "" => Vec::new(),
        rule => rule::comparisons(rule),
    }
}

/// One of the values for each joint outcome of the comparisons.
fn told_apart(mut values: Vec<Value>, comparisons: &[Comparison]) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    values.retain(|value| {
        let attribute = Attribute::from_json(value);
        let outcome: Vec<bool> =
            comparisons.iter().map(|comparison| comparison.holds(&attribute)).collect();
        seen.insert(outcome)
    });
    values
}

/// Strings that realize every joint outcome of these comparisons with a string.
///
/// A string that equals no literal is told apart by its longest literal prefix, its longest literal
/// suffix and the set of literals inside; such a string is put together around a separator that no
/// literal contains.
fn texts(comparisons: &[Comparison]) -> Vec<Value> {
    let literals = |operator: &str| -> BTreeSet<String> {
        comparisons
            .iter()
            .filter(|comparison| operator.is_empty() || comparison.operator == operator)
            .flat_map(|comparison| comparison.values.iter().map(|value| value.to_lowercase()))
            .collect()
    };
    let separator = ["~", "^", "|", "§"]
        .into_iter()
        .find(|sign| !literals("").iter().any(|literal| literal.contains(sign)))
        .expect("a sign that no literal contains");
    let or_none = |literals: BTreeSet<String>| {
        std::iter::once(String::new()).chain(literals).collect::<Vec<_>>()
    };
    let mut values = literals("");
    for prefix in or_none(literals("startswith")) {
        for suffix in or_none(literals("endswith")) {
            for inside in subsets(&literals("contains")) {
                let mut parts = vec![prefix.clone()];
                parts.extend(inside);
                parts.push(suffix.clone());
                values.insert(parts.join(separator));
            }
        }
    }
    values.into_iter().map(Value::String).collect()
}

/// Collections that realize every joint outcome of these comparisons with a collection.
fn collections(comparisons: &[Comparison]) -> Vec<Value> {
    let literals: BTreeSet<String> = comparisons
        .iter()
        .flat_map(|comparison| comparison.values.iter().map(|value| value.to_lowercase()))
        .collect();
    subsets(&literals).into_iter().map(|subset| json!(subset)).collect()
}

fn subsets(items: &BTreeSet<String>) -> Vec<Vec<String>> {
    let mut subsets = vec![Vec::new()];
    for item in items {
        let without = subsets.clone();
        subsets.extend(without.into_iter().map(|mut subset| {
            subset.push(item.clone());
            subset
        }));
    }
    subsets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_tenant::Choices;

    /// Every string of two letters has the outcomes of one of the values to try.
    #[test]
    fn texts_realize_every_outcome() {
        let mut strings = vec![String::new()];
        for length in 0..6 {
            let longest: Vec<String> =
                strings.iter().filter(|string| string.len() == length).cloned().collect();
            strings.extend(longest.iter().flat_map(|s| [format!("{s}a"), format!("{s}B")]));
        }
        for seed in 0..200 {
            let mut choices = Choices::seeded(seed);
            let comparisons: Vec<Comparison> = (0..=choices.below(4))
                .map(|_| Comparison {
                    attribute: "device.model".to_owned(),
                    operator: choices
                        .one(&["eq", "in", "startswith", "endswith", "contains"])
                        .to_owned(),
                    negative: false,
                    values: vec![choices.one(&strings[1..15])],
                })
                .collect();
            let outcomes = |value: &Value| -> Vec<bool> {
                let attribute = Attribute::from_json(value);
                comparisons.iter().map(|comparison| comparison.holds(&attribute)).collect()
            };
            let realized: BTreeSet<_> = texts(&comparisons).iter().map(outcomes).collect();
            for string in &strings {
                let outcome = outcomes(&Value::from(string.as_str()));
                assert!(realized.contains(&outcome), "{string}: {comparisons:?}");
            }
        }
    }
}
