//! One import: the members of an export become a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{
    Cloud, Collected, Collector, Data, Dataset, Id, Members, Snapshot, TenantInfo, Unavailable,
    UnavailableReason,
};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Export;
use super::rewrite::{Spelling, rewrite};
use super::sources::{SOURCES, Source};
use crate::records::{quoted, with_members};

/// One import.
pub(super) struct Importer<'a> {
    pub(super) members: Export<'a>,
    /// Commands that did not succeed.
    pub(super) failed: BTreeSet<String>,
}

impl<'a> Importer<'a> {
    pub(super) fn of(members: Export<'a>) -> Self {
        Self { failed: failed_commands(&members), members }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let mut datasets: BTreeMap<String, Dataset> = Data::ALL
            .iter()
            .map(|data| {
                let detail = format!("ScubaGear does not export {}", data.words());
                (data.name().to_owned(), Dataset::Unavailable(Unavailable::not_collected(&detail)))
            })
            .collect();
        for source in SOURCES {
            datasets.insert(source.data.name().to_owned(), self.dataset(source));
        }
        datasets.extend(self.composed().map(|(data, made)| (data.name().to_owned(), made)));
        let mut other = Members::new();
        if let Some(config) = self.members.get("scuba_config") {
            other.insert("scubaConfig".to_owned(), (*config).to_owned());
        }
        other.extend(self.kept().map(|kept| ("scubagear".to_owned(), kept)));
        Snapshot {
            tenant: self.tenant(),
            taken_at: self.taken_at(),
            collector: Collector {
                name: "ScubaGear".to_owned(),
                version: self.string("module_version").unwrap_or_default(),
            },
            datasets,
            other,
        }
    }

    /// A member that is a string.
    fn string(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.members.get(key)?.get()).ok()
    }

    fn tenant(&self) -> TenantInfo {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Details {
            tenant_id: Option<Id>,
            display_name: Option<String>,
        }
        #[derive(Deserialize)]
        struct Organization {
            id: Option<Id>,
        }
        #[derive(Deserialize)]
        struct Config {
            #[serde(rename = "M365Environment")]
            environment: Option<String>,
        }
        let details = self.list("tenant_details").ok().flatten().unwrap_or_default();
        let details = details.first().and_then(|it| serde_json::from_str::<Details>(it.get()).ok());
        let (tenant_id, display_name) =
            details.map_or((None, None), |it| (it.tenant_id, it.display_name));
        let organization = match self.organization() {
            Dataset::Collected(it) => serde_json::from_str::<Vec<Organization>>(it.records.get()),
            Dataset::Unavailable(_) => Ok(Vec::new()),
        };
        let organization = organization.unwrap_or_default().into_iter().next();
        let config = self.members.get("scuba_config");
        let config = config.and_then(|it| serde_json::from_str::<Config>(it.get()).ok());
        let environment = config.and_then(|it| it.environment).unwrap_or_default();
        TenantInfo {
            id: organization
                .and_then(|it| it.id)
                .or(tenant_id)
                .or_else(|| self.string("tenant_id").map(Id::from))
                .unwrap_or_else(|| Id::from("00000000-0000-0000-0000-000000000000")),
            display_name: display_name.unwrap_or_default(),
            cloud: match environment.to_ascii_lowercase().as_str() {
                "gcc" => Cloud::Gcc,
                "gcchigh" => Cloud::GccHigh,
                "dod" => Cloud::Dod,
                _ => Cloud::Commercial,
            },
        }
    }

    /// When the export was made. Older ones say it in words only.
    fn taken_at(&self) -> Timestamp {
        let exact = self.string("timestamp_zulu").and_then(|text| text.parse().ok());
        exact
            .or_else(|| {
                let text = self.string("date")?;
                let date = text.get(..19)?;
                let date = DateTime::strptime("%m/%d/%Y %H:%M:%S", date).ok()?;
                Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
            })
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The objects of a member: a list without its nulls, or a single object, or nothing. `None`
    /// when there is no such member.
    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<&'a RawValue>>, Dataset> {
        let Some(value) = self.members.get(key) else { return Ok(None) };
        let text = value.get();
        let list = match text.bytes().next() {
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_default(),
            Some(b'{') if is_empty(text) => Vec::new(),
            Some(b'{') => vec![*value],
            Some(b'n') => Vec::new(),
            _ => return Err(failed(&format!("the export's `{key}` is no list"))),
        };
        // PowerShell writes an empty list as a list of one null.
        Ok(Some(list.into_iter().filter(|item| item.get() != "null").collect()))
    }

    /// The dataset of a member that needs nothing but another spelling.
    fn dataset(&self, source: &Source) -> Dataset {
        let list = match self.list(source.key) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(source.key),
            Err(failed) => return failed,
        };
        if list.is_empty() {
            if source.defender && self.string_of("defender_license").as_deref() == Some("false") {
                return Dataset::Unavailable(Unavailable {
                    reason: UnavailableReason::NotLicensed,
                    detail: "the export says that the tenant has no Defender for Office 365 \
                             (`defender_license` is false)"
                        .to_owned(),
                    source: source.command.to_owned(),
                    at: None,
                });
            }
            if self.failed.contains(source.command) {
                return failed(&format!("ScubaGear's {} did not succeed", source.command));
            }
            if source.never_empty {
                return failed(&format!("the export's `{}` is empty", source.key));
            }
        }
        let records = list.iter().map(|record| match source.spelling {
            Spelling::Camel => rewrite(record.get(), Spelling::Camel),
            Spelling::Pascal => named(&rewrite(record.get(), Spelling::Pascal)),
        });
        collected(&format!("{} ({})", source.key, source.command), records, None)
    }

    /// A member as raw JSON.
    fn string_of(&self, key: &str) -> Option<String> {
        self.members.get(key).map(|value| value.get().to_owned())
    }
}

/// A policy or rule of Exchange Online with its name, which the identity repeats, and with its
/// state as a word.
fn named(record: &str) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Known {
        name: Option<serde_json::Value>,
        identity: Option<String>,
        state: Option<serde_json::Value>,
    }
    let Ok(known) = serde_json::from_str::<Known>(record) else { return record.to_owned() };
    let record = match known.state {
        Some(serde_json::Value::Bool(on)) => {
            let mut members = serde_json::from_str::<Members>(record).unwrap_or_default();
            let word = if on { "Enabled" } else { "Disabled" };
            if let Ok(word) = to_raw_value(word) {
                members.insert("State".to_owned(), word);
            }
            serde_json::to_string(&members).unwrap_or_else(|_| record.to_owned())
        }
        _ => record.to_owned(),
    };
    match (known.name, known.identity) {
        (None, Some(identity)) => with_members(&record, &[("Name", &quoted(&identity))]),
        _ => record,
    }
}

/// A dataset of these records; `partial` says what they leave out.
pub(super) fn collected(
    source: &str,
    records: impl Iterator<Item = String>,
    partial: Option<&str>,
) -> Dataset {
    let records: Vec<_> = records.collect();
    match RawValue::from_string(format!("[{}]", records.join(","))) {
        Ok(records) => {
            let partial = partial.and_then(|partial| to_raw_value(partial).ok());
            Dataset::Collected(Collected {
                source: format!("ScubaGear: {source}"),
                at: None,
                pages: 0,
                request_ids: Vec::new(),
                records,
                other: partial.map(|it| ("partial".to_owned(), it)).into_iter().collect(),
            })
        }
        Err(error) => failed(&format!("the export's {source} could not be rewritten: {error}")),
    }
}

pub(super) fn missing(key: &str) -> Dataset {
    let detail = format!("the export has no `{key}`");
    Dataset::Unavailable(Unavailable::not_collected(&detail))
}

pub(super) fn failed(detail: &str) -> Dataset {
    Dataset::Unavailable(Unavailable {
        reason: UnavailableReason::Failed,
        detail: crate::fault::clean(detail),
        source: String::new(),
        at: None,
    })
}

fn is_empty(object: &str) -> bool {
    serde_json::from_str::<Export<'_>>(object).is_ok_and(|members| members.is_empty())
}

/// The commands that did not succeed, over all products.
fn failed_commands(members: &Export<'_>) -> BTreeSet<String> {
    members
        .iter()
        .filter(|(key, _)| key.ends_with("_unsuccessful_commands"))
        .filter_map(|(_, value)| serde_json::from_str::<Vec<Option<String>>>(value.get()).ok())
        .flatten()
        .flatten()
        .collect()
}
