//! The texts of a custom control, and what it reads.

use std::collections::{BTreeMap, BTreeSet};

use ::controls::{AREAS, Custom};
use model::{Data, Severity, explain_toml};
use serde::de::{Deserialize, Deserializer, Error as _};

use crate::{CustomError, Source};

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Metadata {
    #[serde(deserialize_with = "id")]
    pub(crate) id: String,
    #[serde(deserialize_with = "area", default = "own_area")]
    pub(crate) area: String,
    #[serde(deserialize_with = "written")]
    pub(crate) title: String,
    pub(crate) severity: Severity,
    #[serde(deserialize_with = "datasets")]
    pub(crate) reads: Vec<Data>,
    #[serde(deserialize_with = "written")]
    pub(crate) rationale: String,
    #[serde(deserialize_with = "written")]
    pub(crate) passes_when: String,
    #[serde(deserialize_with = "steps")]
    pub(crate) remediation: Vec<String>,
    #[serde(deserialize_with = "effort", default = "hours")]
    pub(crate) effort: u8,
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    #[serde(default)]
    pub(crate) mappings: BTreeMap<String, Vec<String>>,
}

pub(crate) fn read(file: &Source) -> Result<Metadata, CustomError> {
    toml::from_str(&file.text)
        .map_err(|error| CustomError::new(&file.path, explain_toml(&file.text, &error)))
}

fn own_area() -> String {
    Custom::AREA.to_owned()
}

const fn hours() -> u8 {
    2
}

/// An id that no control of the catalog will ever have.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    let name = id.strip_prefix(Custom::PREFIX).unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
        return Err(D::Error::custom(format_args!(
            "expected an id such as {}guests-reviewed: small letters, digits and hyphens, at most \
             64, found {id:?}",
            Custom::PREFIX
        )));
    }
    Ok(id)
}

fn area<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let area = String::deserialize(deserializer)?;
    let mut known: Vec<&str> = AREAS.iter().map(|area| area.id).collect();
    known.push(Custom::AREA);
    if known.contains(&area.as_str()) {
        return Ok(area);
    }
    Err(D::Error::custom(format_args!("no area {area:?}; there are: {}", known.join(", "))))
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { Err(D::Error::custom("expected a text, found none")) } else { Ok(text) }
}

fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let steps = Vec::<String>::deserialize(deserializer)?;
    if steps.is_empty() || steps.iter().any(|step| step.trim().is_empty()) {
        return Err(D::Error::custom("expected at least one step, and none empty"));
    }
    Ok(steps)
}

fn effort<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let effort = u8::deserialize(deserializer)?;
    if (1..=3).contains(&effort) {
        return Ok(effort);
    }
    Err(D::Error::custom(format_args!(
        "expected 1 for minutes, 2 for hours or 3 for days of work, found {effort}"
    )))
}

fn datasets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Data>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let data: BTreeSet<Data> = names
        .iter()
        .map(|name| {
            Data::from_name(name).ok_or_else(|| {
                let near = Data::ALL
                    .iter()
                    .min_by_key(|data| strsim::damerau_levenshtein(name, data.name()))
                    .map_or("", |data| data.name());
                D::Error::custom(format_args!("no dataset {name:?}, did you mean {near:?}?"))
            })
        })
        .collect::<Result<_, _>>()?;
    if data.is_empty() {
        return Err(D::Error::custom(
            "expected at least one dataset: a control judges what it reads",
        ));
    }
    Ok(data.into_iter().collect())
}
