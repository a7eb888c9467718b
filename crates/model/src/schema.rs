//! JSON Schemas of the file formats, generated from the types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};

use crate::{Assessment, ChangeList, Collector, Profile, TenantInfo, UnavailableReason};

/// Every format of this crate: the schema's file name and the schema.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("muster.assessment-1.json", schema_for!(Assessment)),
        ("muster.changes-1.json", schema_for!(ChangeList)),
        ("muster.snapshot-1.json", schema_for!(Snapshot)),
        ("profile.json", schema_for!(Profile)),
    ]
}

/// What was read of one tenant at one moment. Unknown members are kept by readers.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape of a type whose reader is written by hand")]
struct Snapshot {
    /// `muster.snapshot/1`.
    schema: String,
    /// Whose.
    tenant: TenantInfo,
    /// When the collection began, RFC 3339 in UTC.
    taken_at: String,
    /// What collected it.
    #[serde(default)]
    collector: Collector,
    /// By name. A dataset that is absent counts as not collected.
    datasets: BTreeMap<String, Dataset>,
}

/// One dataset: read whole, or not at all.
#[derive(JsonSchema)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(dead_code, reason = "the shape of a type whose reader is written by hand")]
enum Dataset {
    /// Every record, exactly as received.
    Collected {
        /// The request.
        #[serde(default)]
        source: String,
        /// When the last answer came.
        #[serde(default)]
        at: Option<String>,
        /// How many pages it took.
        #[serde(default)]
        pages: u32,
        /// The service's request ids.
        #[serde(default)]
        request_ids: Vec<String>,
        /// A single object is a list with one record.
        records: Vec<serde_json::Value>,
    },
    /// Nothing, and why.
    Unavailable {
        /// The reason.
        reason: UnavailableReason,
        /// For a person: status, code and the service's words.
        #[serde(default)]
        detail: String,
        /// The request; empty where none was made.
        #[serde(default)]
        source: String,
        /// When.
        #[serde(default)]
        at: Option<String>,
    },
}
