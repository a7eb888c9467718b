//! What devices device filters can tell apart.
//!
//! An attribute may have any value, so each one that rules speak of is tried with enough values to
//! give every outcome its comparisons can have together. Attributes go in one by one; states in
//! which the rules have become the same are merged on the way.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use crate::TrustType;
use crate::assumption::{Assumption, Reading};
use crate::filter::{Comparison, Operator, Rule, Value};
use crate::tri::Tri;

/// The most states of attributes that are looked at.
const MOST_STATES: usize = 4096;

/// The most texts of one attribute, joined by `-contains`, that are looked at in all combinations.
const MOST_PARTS: usize = 8;

/// Attributes that hold lists.
const LISTS: [&str; 2] = ["physicalids", "systemlabels"];

/// Names as Microsoft writes them.
const NAMES: [&str; 15] = [
    "deviceId",
    "displayName",
    "deviceOwnership",
    "enrollmentProfileName",
    "isCompliant",
    "manufacturer",
    "mdmAppId",
    "model",
    "operatingSystem",
    "operatingSystemVersion",
    "physicalIds",
    "profileType",
    "systemLabels",
    "trustType",
    "isRooted",
];

/// A device as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceState {
    pub(crate) trust: TrustType,
    pub(crate) compliant: bool,
    /// Attributes that are not null.
    pub(crate) attributes: BTreeMap<String, Json>,
    /// What each rule says.
    pub(crate) outcomes: Vec<Tri>,
}

/// The devices that rules tell apart.
pub(crate) struct Devices {
    /// What each rule says of a device that is not registered.
    pub(crate) unregistered: Vec<Tri>,
    /// Registered devices; those with the fewest attributes first within each trust type.
    pub(crate) registered: Vec<DeviceState>,
}

impl Devices {
    /// Finds the devices that these rules tell apart.
    pub(crate) fn of(rules: &[&Rule], reading: Reading) -> Self {
        let unregistered = rules.iter().map(|rule| unregistered(rule, reading)).collect();
        let attributes = attributes(rules);
        let mut registered = Vec::new();
        for trust in [TrustType::Joined, TrustType::HybridJoined, TrustType::Registered] {
            for compliant in [false, true] {
                let states = states(rules, &attributes, trust, compliant, reading);
                registered.extend(states.unwrap_or_else(|| {
                    vec![DeviceState {
                        trust,
                        compliant,
                        attributes: BTreeMap::new(),
                        outcomes: vec![Tri::Maybe; rules.len()],
                    }]
                }));
            }
        }
        Self { unregistered, registered }
    }
}

/// What a rule says of a device that is not registered: all its attributes are null.
pub(crate) fn unregistered(rule: &Rule, reading: Reading) -> Tri {
    if rule.has_not() && !reading.assumes(Assumption::FilterUnregistered) {
        return Tri::No;
    }
    rule.holds(&|_| Value::Null, &|_| true)
}

/// What a rule says of a registered device with these attributes, keyed in any case.
pub(crate) fn registered(
    rule: &Rule,
    trust: Option<TrustType>,
    compliant: bool,
    attributes: &BTreeMap<String, Json>,
    reading: Reading,
) -> Tri {
    let value = |name: &str| {
        if name.eq_ignore_ascii_case("isCompliant") {
            return Value::text(if compliant { "true" } else { "false" });
        }
        if name.eq_ignore_ascii_case("trustType") {
            return trust.map_or(Value::Null, |trust| Value::text(trust.word()));
        }
        let found = attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match found.map(|(_, value)| value) {
            None | Some(Json::Null) => Value::Null,
            Some(Json::String(text)) => Value::text(text),
            Some(Json::Array(items)) => {
                Value::List(items.iter().filter_map(Json::as_str).map(str::to_lowercase).collect())
            }
            Some(other) => Value::text(&other.to_string()),
        }
    };
    rule.holds(&value, &|name| {
        negative_on_null(name, trust == Some(TrustType::HybridJoined), compliant, reading)
    })
}

/// What a negative comparison says where the attribute is null.
fn negative_on_null(name: &str, hybrid: bool, compliant: bool, reading: Reading) -> bool {
    let extension = name
        .get(.."extensionAttribute".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("extensionAttribute"));
    !extension || hybrid || compliant || reading.assumes(Assumption::FilterExtensionAttribute)
}

/// An attribute that rules speak of, with the values to try; the name as rules compare it.
struct Attribute {
    name: String,
    /// `None`: too many.
    values: Option<Vec<Candidate>>,
}

#[derive(Clone)]
struct Candidate {
    value: Value,
    json: Option<Json>,
}

fn attributes(rules: &[&Rule]) -> Vec<Attribute> {
    let mut by_name: BTreeMap<String, Vec<&Comparison>> = BTreeMap::new();
    for comparison in rules.iter().flat_map(|rule| rule.comparisons()) {
        let name = comparison.attribute.to_ascii_lowercase();
        if name != "iscompliant" && name != "trusttype" {
            by_name.entry(name).or_default().push(comparison);
        }
    }
    by_name
        .into_iter()
        .map(|(name, comparisons)| Attribute {
            values: if LISTS.contains(&name.as_str()) {
                list_values(&comparisons)
            } else {
                text_values(&comparisons)
            },
            name: proper_name(name, &comparisons),
        })
        .collect()
}

/// The name as Microsoft writes it, or as some rule does.
fn proper_name(name: String, comparisons: &[&Comparison]) -> String {
    if let Some(known) = NAMES.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
        return (*known).to_owned();
    }
    match name.strip_prefix("extensionattribute") {
        Some(number) => format!("extensionAttribute{number}"),
        None => {
            comparisons.iter().map(|comparison| comparison.attribute.clone()).min().unwrap_or(name)
        }
    }
}

/// Texts that together give every outcome the comparisons can have.
///
/// A text is a literal that must be matched whole; or some beginning, some parts and some end,
/// kept apart by a sign that no literal has. Whatever a text meets, one of these meets too.
fn text_values(comparisons: &[&Comparison]) -> Option<Vec<Candidate>> {
    // By the text in lower case, as written.
    let literals = |wanted: &[Operator]| -> BTreeMap<&str, &str> {
        comparisons
            .iter()
            .filter(|comparison| wanted.contains(&comparison.operator))
            .flat_map(|comparison| comparison.literals.iter().flatten())
            .map(|literal| (literal.lower.as_str(), literal.shown.as_str()))
            .collect()
    };
    let whole = literals(&[Operator::Equals, Operator::In]);
    let starts = literals(&[Operator::StartsWith]);
    let ends = literals(&[Operator::EndsWith]);
    let parts: Vec<&str> = literals(&[Operator::Contains]).into_values().collect();
    if parts.len() > MOST_PARTS {
        return None;
    }
    let all = || comparisons.iter().flat_map(|comparison| comparison.literals.iter().flatten());
    let apart = "~^|§¤¶"
        .chars()
        .chain('\u{2190}'..='\u{2bff}')
        .find(|sign| !all().any(|literal| literal.shown.contains(*sign)))?
        .to_string();
    // A text that meets nothing, where one that reads well does not.
    let meets = |text: &str| all().any(|literal| text.contains(&literal.lower));
    let nothing = if meets("other") { &apart } else { "other" };

    let mut texts: Vec<String> = whole.values().map(|&text| text.to_owned()).collect();
    let or_none = |set: &BTreeMap<&str, &str>| -> Vec<String> {
        [String::new()].into_iter().chain(set.values().map(|&text| text.to_owned())).collect()
    };
    for chosen in 0..1_u32 << parts.len() {
        let middle: Vec<&str> = parts
            .iter()
            .enumerate()
            .filter(|(number, _)| chosen & (1 << number) != 0)
            .flat_map(|(_, part)| [apart.as_str(), part])
            .collect();
        let middle = middle.concat();
        for start in or_none(&starts) {
            for end in or_none(&ends) {
                texts.push(if start.is_empty() && middle.is_empty() && end.is_empty() {
                    nothing.to_owned()
                } else {
                    format!("{start}{middle}{apart}{end}")
                });
            }
        }
    }
    let null = Candidate { value: Value::Null, json: None };
    let texts = texts
        .into_iter()
        .map(|text| Candidate { value: Value::text(&text), json: Some(Json::String(text)) });
    Some([null].into_iter().chain(texts).collect())
}

fn list_values(comparisons: &[&Comparison]) -> Option<Vec<Candidate>> {
    let literals: BTreeMap<&str, &str> = comparisons
        .iter()
        .flat_map(|comparison| comparison.literals.iter().flatten())
        .map(|literal| (literal.lower.as_str(), literal.shown.as_str()))
        .collect();
    if literals.len() > MOST_PARTS {
        return None;
    }
    let lists = (0..1_u32 << literals.len()).map(|chosen| {
        let list = || {
            let each = literals.iter().enumerate();
            each.filter(|(number, _)| chosen & (1 << number) != 0).map(|(_, texts)| texts)
        };
        Candidate {
            value: Value::List(list().map(|(lower, _)| (*lower).to_owned()).collect()),
            json: Some(list().map(|(_, shown)| Json::from(*shown)).collect()),
        }
    });
    Some([Candidate { value: Value::Null, json: None }].into_iter().chain(lists).collect())
}

/// The states of a device of that kind; `None`: too many.
fn states(
    rules: &[&Rule],
    attributes: &[Attribute],
    trust: TrustType,
    compliant: bool,
    reading: Reading,
) -> Option<Vec<DeviceState>> {
    let put = |rule: &Rule, name: &str, value: &Value| {
        let hybrid = trust == TrustType::HybridJoined;
        rule.with(name, value, negative_on_null(name, hybrid, compliant, reading))
    };
    let known: Vec<Rule> = rules
        .iter()
        .map(|rule| {
            let compliance = Value::text(if compliant { "true" } else { "false" });
            let rule = put(rule, "isCompliant", &compliance);
            put(&rule, "trustType", &Value::text(trust.word()))
        })
        .collect();
    let mut states = vec![(known, BTreeMap::new())];
    for attribute in attributes {
        let values = attribute.values.as_ref()?;
        let mut seen = FxHashSet::default();
        let mut next = Vec::new();
        // All states with a null before any other, so that the fewest attributes come first.
        for candidate in values {
            for (rules, set) in &states {
                let rules: Vec<Rule> =
                    rules.iter().map(|rule| put(rule, &attribute.name, &candidate.value)).collect();
                if !seen.insert(rules.clone()) {
                    continue;
                }
                let mut set = set.clone();
                if let Some(json) = &candidate.json {
                    set.insert(attribute.name.clone(), json.clone());
                }
                next.push((rules, set));
                if next.len() > MOST_STATES {
                    return None;
                }
            }
        }
        states = next;
    }
    Some(
        states
            .into_iter()
            .map(|(rules, attributes)| DeviceState {
                trust,
                compliant,
                attributes,
                outcomes: rules
                    .iter()
                    .map(|rule| match rule {
                        Rule::Constant(known) => Tri::from(*known),
                        _ => Tri::Maybe,
                    })
                    .collect(),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn devices(rules: &[&str]) -> Devices {
        let rules: Vec<Rule> =
            rules.iter().map(|text| Rule::parse(text, "device").unwrap()).collect();
        Devices::of(&rules.iter().collect::<Vec<_>>(), Reading::default())
    }

    fn outcomes(rules: &[&str]) -> BTreeSet<Vec<Tri>> {
        devices(rules).registered.into_iter().map(|state| state.outcomes).collect()
    }

    #[test]
    fn without_rules_there_are_six_kinds_of_registered_devices() {
        assert_eq!(devices(&[]).registered.len(), 6);
    }

    #[test]
    fn every_combination_that_some_text_gives_is_found() {
        use Tri::{No, Yes};
        let found = outcomes(&[
            r#"device.model -startsWith "ab""#,
            r#"device.model -endsWith "bc""#,
            r#"device.model -eq "abc""#,
        ]);
        // No text is equal to `abc` without beginning with `ab` and ending with `bc`.
        let expected: BTreeSet<Vec<Tri>> = [
            vec![No, No, No],
            vec![Yes, No, No],
            vec![No, Yes, No],
            vec![Yes, Yes, No],
            vec![Yes, Yes, Yes],
        ]
        .into();
        assert_eq!(found, expected);
    }

    #[test]
    fn attributes_of_one_device_combine() {
        let found = outcomes(&[
            r#"device.model -eq "a" -or device.manufacturer -ne "b""#,
            r#"device.manufacturer -in ["b", "c"]"#,
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn compliance_and_trust_are_those_of_the_device() {
        let devices =
            devices(&[r#"device.isCompliant -eq True -and device.trustType -eq "ServerAD""#]);
        assert_eq!(devices.unregistered, [Tri::No]);
        let matching: Vec<(TrustType, bool)> = devices
            .registered
            .iter()
            .filter(|state| state.outcomes == [Tri::Yes])
            .map(|state| (state.trust, state.compliant))
            .collect();
        assert_eq!(matching, [(TrustType::HybridJoined, true)]);
    }

    #[test]
    fn negative_rules_mean_unregistered_devices_too() {
        assert_eq!(devices(&[r#"device.model -ne "a""#]).unregistered, [Tri::Yes]);
        assert_eq!(devices(&[r#"device.model -eq "a""#]).unregistered, [Tri::No]);
    }

    #[test]
    fn lists_are_tried_in_all_combinations() {
        let found = outcomes(&[
            r#"device.systemLabels -contains "AzureResource""#,
            r#"device.systemLabels -contains "M365Managed""#,
        ]);
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn too_many_combinations_are_left_open() {
        let rules: Vec<String> =
            (0..20).map(|number| format!(r#"device.model -contains "{number}x""#)).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        assert!(outcomes(&rules).iter().flatten().all(|outcome| *outcome == Tri::Maybe));
    }

    #[test]
    fn a_state_evaluates_as_it_says() {
        let text = r#"device.model -startsWith "PC" -and -not (device.extensionAttribute3 -contains "x" -or device.displayName -endsWith "-7")"#;
        let rule = Rule::parse(text, "device").unwrap();
        let devices = devices(&[text]);
        assert!(devices.registered.len() > 6);
        for state in &devices.registered {
            let outcome = registered(
                &rule,
                Some(state.trust),
                state.compliant,
                &state.attributes,
                Reading::default(),
            );
            assert_eq!(vec![outcome], state.outcomes, "{:?}", state.attributes);
        }
    }
}
