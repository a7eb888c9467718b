//! JSON that is written back as it was read: records byte for byte, unknown members kept.
//!
//! `serde`'s derived readers cannot keep unknown members (`flatten`) and raw text (`RawValue`) in
//! the same object, hence the visitors here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::snapshot::SCHEMA;
use crate::{Collected, Dataset, Snapshot, Unavailable};

/// Members of an object by name, as raw JSON.
pub type Members = BTreeMap<String, Box<RawValue>>;

/// Checks the `schema` member of a document. The error says what was found instead.
///
/// Reads no further than that member, which is the first of what we write.
pub(crate) fn schema(json: &[u8], expected: &str) -> Result<(), String> {
    let mut found = None;
    let read = Head(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(json));
    match (found, read) {
        (Some(Value::String(found)), _) if found == expected => Ok(()),
        (Some(found), _) => Err(found.to_string().chars().take(60).collect()),
        (None, Ok(())) => Err("a file without a \"schema\" member".to_owned()),
        (None, Err(error)) if error.is_data() => Err("JSON that is no object".to_owned()),
        // A document that is no JSON at all is reported by the reader proper, with its place.
        (None, Err(_)) => Ok(()),
    }
}

/// Looks for the `schema` member, and stops there with an error that means nothing.
struct Head<'a>(&'a mut Option<Value>);

impl<'de> DeserializeSeed<'de> for Head<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Head<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "schema" {
                *self.0 = Some(map.next_value()?);
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Document;

        impl<'de> Visitor<'de> for Document {
            type Value = Snapshot;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a snapshot")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot, A::Error> {
                let (mut tenant, mut taken_at, mut collector, mut datasets) =
                    (None, None, None, None);
                let mut other = Members::new();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "schema" => drop(map.next_value::<IgnoredAny>()?),
                        "tenant" => tenant = Some(map.next_value()?),
                        "takenAt" => taken_at = Some(map.next_value()?),
                        "collector" => collector = Some(map.next_value()?),
                        "datasets" => datasets = Some(map.next_value()?),
                        _ => drop(other.insert(name, map.next_value()?)),
                    }
                }
                Ok(Snapshot {
                    tenant: tenant.ok_or_else(|| A::Error::missing_field("tenant"))?,
                    taken_at: taken_at.ok_or_else(|| A::Error::missing_field("takenAt"))?,
                    collector: collector.unwrap_or_default(),
                    datasets: datasets.ok_or_else(|| A::Error::missing_field("datasets"))?,
                    other,
                })
            }
        }

        deserializer.deserialize_map(Document)
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("tenant", &self.tenant)?;
        map.serialize_entry("takenAt", &self.taken_at)?;
        map.serialize_entry("collector", &self.collector)?;
        map.serialize_entry("datasets", &self.datasets)?;
        for (name, value) in &self.other {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Dataset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Document;

        impl<'de> Visitor<'de> for Document {
            type Value = Dataset;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a dataset, an object with the member \"state\"")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dataset, A::Error> {
                let (mut state, mut source, mut at, mut pages, mut request_ids) =
                    (None::<String>, None, None, None, None);
                let (mut records, mut reason, mut detail) = (None::<Box<RawValue>>, None, None);
                let mut other = Members::new();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "state" => state = Some(map.next_value()?),
                        "source" => source = map.next_value()?,
                        "at" => at = map.next_value()?,
                        "pages" => pages = map.next_value()?,
                        "requestIds" => request_ids = map.next_value()?,
                        "records" => records = Some(map.next_value()?),
                        "reason" => reason = Some(map.next_value()?),
                        "detail" => detail = map.next_value()?,
                        _ => drop(other.insert(name, map.next_value()?)),
                    }
                }
                match state.as_deref() {
                    Some("collected") => {
                        let records = records.ok_or_else(|| A::Error::missing_field("records"))?;
                        if !records.get().starts_with('[') {
                            return Err(A::Error::custom("expected a list as \"records\""));
                        }
                        Ok(Dataset::Collected(Collected {
                            source: source.unwrap_or_default(),
                            at,
                            pages: pages.unwrap_or_default(),
                            request_ids: request_ids.unwrap_or_default(),
                            records,
                            other,
                        }))
                    }
                    Some("unavailable") => Ok(Dataset::Unavailable(Unavailable {
                        reason: reason.ok_or_else(|| A::Error::missing_field("reason"))?,
                        detail: detail.unwrap_or_default(),
                        source: source.unwrap_or_default(),
                        at,
                    })),
                    Some(state) => Err(A::Error::custom(format_args!(
                        "expected the state \"collected\" or \"unavailable\", found {state:?}"
                    ))),
                    None => Err(A::Error::missing_field("state")),
                }
            }
        }

        deserializer.deserialize_map(Document)
    }
}

impl Serialize for Dataset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Collected(collected) => {
                map.serialize_entry("state", "collected")?;
                map.serialize_entry("source", &collected.source)?;
                if let Some(at) = collected.at {
                    map.serialize_entry("at", &at)?;
                }
                map.serialize_entry("pages", &collected.pages)?;
                map.serialize_entry("requestIds", &collected.request_ids)?;
                for (name, value) in &collected.other {
                    map.serialize_entry(name, value)?;
                }
                map.serialize_entry("records", &collected.records)?;
            }
            Self::Unavailable(unavailable) => {
                map.serialize_entry("state", "unavailable")?;
                map.serialize_entry("reason", &unavailable.reason)?;
                map.serialize_entry("detail", &unavailable.detail)?;
                map.serialize_entry("source", &unavailable.source)?;
                if let Some(at) = unavailable.at {
                    map.serialize_entry("at", &at)?;
                }
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = r#"{"schema":"muster.snapshot/1","tenant":{"id":"0a0a0a0a-0000-4000-8000-000000000001","displayName":"Larkspur","cloud":"commercial"},"takenAt":"2026-11-01T02:00:00Z","collector":{"name":"muster","version":"1"},"datasets":{"domains":{"state":"collected","source":"GET /v1.0/domains","pages":1,"requestIds":[],"weather":"fine","records":[{ "id" : "larkspur.example", "new": 1e400 }]},"riskyUsers":{"state":"unavailable","reason":"notLicensed","detail":"","source":""}},"laterMember":[1]}"#;

    #[test]
    fn a_snapshot_is_written_back_as_it_was_read() {
        let snapshot = Snapshot::from_json(SNAPSHOT.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(snapshot.to_json().unwrap()).unwrap(), SNAPSHOT);
    }

    #[test]
    fn zstandard_and_back() {
        let snapshot = Snapshot::from_json(SNAPSHOT.as_bytes()).unwrap();
        let packed = snapshot.to_zstandard().unwrap();
        assert_eq!(Snapshot::read(&packed).unwrap().to_json().unwrap(), SNAPSHOT.as_bytes());
    }

    #[test]
    fn what_is_no_snapshot_says_why() {
        let message = |json: &str| {
            let error = Snapshot::from_json(json.as_bytes()).unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        };
        assert!(message("{}").contains("without a \"schema\" member"));
        assert!(message(r#"{"schema":"muster.assessment/1"}"#).contains("muster.assessment/1"));
        assert!(message("[]").contains("no object"));
        assert!(message(&SNAPSHOT[..200]).contains("line 1 column 200"));
        assert!(message(&SNAPSHOT.replace("\"collected\"", "\"found\"")).contains("\"found\""));
        assert!(
            message(&SNAPSHOT.replace("[{ \"id\"", "{ \"id\"").replace("}]}", "}}"))
                .contains("list")
        );
    }
}
