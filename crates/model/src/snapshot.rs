//! A snapshot: what was read of one tenant at one moment, as received.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::lossless::{self, Members};
use crate::{Data, Gap, GapCause, Id};

/// The format's name and version, the first member of every snapshot.
pub(crate) const SCHEMA: &str = "muster.snapshot/1";

/// The first bytes of a Zstandard frame.
const ZSTANDARD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The most a compressed snapshot may unpack to, in bytes: against compression bombs.
const MOST_UNPACKED: u64 = 8 << 30;

/// What was read of one tenant at one moment: `muster.snapshot/1`.
///
/// Records are kept as the service sent them, byte for byte, and parsed when judging.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Whose.
    pub tenant: TenantInfo,
    /// When the collection began. It is the only clock that judging knows.
    pub taken_at: Timestamp,
    /// What collected it.
    pub collector: Collector,
    /// By name, see [`Data`]; names of later versions are kept.
    pub datasets: BTreeMap<String, Dataset>,
    /// Members of the file that this version does not know.
    pub other: Members,
}

/// The tenant a snapshot is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantInfo {
    /// The tenant's id, a lower-case GUID.
    #[schemars(with = "String")]
    pub id: Id,
    /// The organization's display name: text of the tenant, hostile.
    #[serde(default)]
    pub display_name: String,
    /// The cloud the tenant lives in.
    #[serde(default)]
    pub cloud: Cloud,
}

/// A Microsoft cloud.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Commercial,
    /// US government, on the hosts of the worldwide cloud.
    Gcc,
    /// US government, L4.
    GccHigh,
    /// US Department of Defense, L5.
    Dod,
    /// Operated by 21Vianet.
    China,
}

/// What collected a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Collector {
    /// The program: `muster`, or the tool whose export was imported.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One dataset: read whole, or not at all.
#[derive(Debug, Clone)]
pub enum Dataset {
    /// Every record, as received.
    Collected(Collected),
    /// Nothing, and why.
    Unavailable(Unavailable),
}

/// The records of a dataset that was read to the end.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The request, such as `GET /v1.0/domains`.
    pub source: String,
    /// When the last answer came; `None` where an import does not tell.
    pub at: Option<Timestamp>,
    /// How many pages it took; 0 where an import does not tell.
    pub pages: u32,
    /// The service's request ids, for its support.
    pub request_ids: Vec<String>,
    /// A JSON array, byte for byte as received. A single object is an array of one.
    pub records: Box<RawValue>,
    /// Members that this version does not know.
    pub other: Members,
}

/// Why a dataset could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The reason.
    pub reason: UnavailableReason,
    /// For a person: status, code and the service's words. May be empty.
    pub detail: String,
    /// The request; empty where none was made.
    pub source: String,
    /// When; `None` where no request was made.
    pub at: Option<Timestamp>,
}

/// Why a dataset could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UnavailableReason {
    /// The service refused for lack of a permission or role.
    Forbidden,
    /// The service refused for lack of a license.
    NotLicensed,
    /// Throttled until the time budget was used up.
    Throttled,
    /// This cloud, tenant or version does not offer it.
    NotSupported,
    /// Nobody asked.
    NotCollected,
    /// Some pages came, not all.
    Truncated,
    /// Any other failure.
    Failed,
}

/// A file that is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not JSON, or not of the shape; the cause tells line and column.
    #[error("not a valid snapshot")]
    Json(#[from] serde_json::Error),
    /// JSON of another format.
    #[error("expected a file of the format {SCHEMA:?}, found {0}")]
    Schema(String),
    /// Not a valid Zstandard frame, or one that unpacks to more than 8 GiB.
    #[error("cannot unpack the Zstandard frame")]
    Zstandard(#[source] std::io::Error),
}

impl Snapshot {
    /// Reads a snapshot: plain JSON, or JSON in a Zstandard frame.
    ///
    /// # Errors
    ///
    /// When the bytes are neither, or of another format.
    pub fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        Self::from_json(&unpack(bytes)?)
    }

    /// Reads a snapshot from plain JSON.
    ///
    /// # Errors
    ///
    /// When the bytes are no JSON, or of another format.
    pub fn from_json(json: &[u8]) -> Result<Self, SnapshotError> {
        lossless::schema(json, SCHEMA).map_err(SnapshotError::Schema)?;
        Ok(serde_json::from_slice(json)?)
    }

    /// The snapshot as JSON, the same bytes for the same snapshot.
    ///
    /// # Errors
    ///
    /// Practically none: every member is plain data.
    pub fn to_json(&self) -> Result<Vec<u8>, SnapshotError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// The snapshot as JSON in a Zstandard frame, the same bytes for the same snapshot.
    ///
    /// # Errors
    ///
    /// Practically none.
    pub fn to_zstandard(&self) -> Result<Vec<u8>, SnapshotError> {
        let json = self.to_json()?;
        zstd::stream::encode_all(json.as_slice(), 9).map_err(SnapshotError::Zstandard)
    }

    /// The records of a dataset that was read whole: a JSON array, byte for byte as received.
    ///
    /// # Errors
    ///
    /// A [`Gap`] when it was not.
    pub fn records(&self, data: Data) -> Result<&RawValue, Gap> {
        let gap = |reason, detail: &str| Gap {
            data,
            cause: GapCause::Unavailable(reason),
            detail: detail.to_owned(),
        };
        match self.dataset(data) {
            None => Err(gap(UnavailableReason::NotCollected, "")),
            Some(Dataset::Unavailable(hole)) => Err(gap(hole.reason, &hole.detail)),
            Some(Dataset::Collected(collected)) => Ok(&collected.records),
        }
    }

    /// The dataset, `None` when the snapshot does not mention it.
    pub fn dataset(&self, data: Data) -> Option<&Dataset> {
        self.datasets.get(data.name())
    }
}

/// Unpacks a Zstandard frame; anything else is returned as it is.
///
/// # Errors
///
/// When the frame is damaged or unpacks to more than 8 GiB.
pub fn unpack(bytes: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, SnapshotError> {
    if !bytes.starts_with(&ZSTANDARD_MAGIC) {
        return Ok(bytes.into());
    }
    let mut json = Vec::new();
    let read = zstd::stream::read::Decoder::new(bytes)
        .and_then(|decoder| decoder.take(MOST_UNPACKED).read_to_end(&mut json))
        .map_err(SnapshotError::Zstandard)?;
    if read as u64 == MOST_UNPACKED {
        return Err(SnapshotError::Zstandard(std::io::Error::other("unpacks to 8 GiB or more")));
    }
    Ok(json.into())
}

impl Collected {
    /// A dataset of these records, from this source; for importers, tests and collectors.
    ///
    /// # Errors
    ///
    /// When a record cannot be written as JSON.
    pub fn new<T: Serialize>(source: &str, records: &[T]) -> Result<Self, serde_json::Error> {
        Ok(Self {
            source: source.to_owned(),
            at: None,
            pages: 0,
            request_ids: Vec::new(),
            records: serde_json::value::to_raw_value(records)?,
            other: Members::default(),
        })
    }
}

impl Unavailable {
    /// Nothing was asked, and why, in words.
    pub fn not_collected(detail: &str) -> Self {
        Self {
            reason: UnavailableReason::NotCollected,
            detail: detail.to_owned(),
            source: String::new(),
            at: None,
        }
    }
}
