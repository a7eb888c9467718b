//! Erasing: a scan's files go, and what says that they were there stays.
//!
//! The manifest keeps every file's digest, so the chain holds. A record beside it, signed like a
//! manifest, says who erased what, when and why; with it a missing file is an erased one.

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::manifest::{Envelope, FileDigest, STATEMENT_TYPE, sha256};
use crate::{ArchiveError, Key, Link, Manifest, Scan, SigningKey, Store, StoreError, history};

/// The name of the record in a scan's folder.
pub(crate) const ERASURE_NAME: &str = "erasure.dsse.json";

const PREDICATE_TYPE: &str = "https://muster.example/attestation/erasure/v1";

/// How many files are removed at once.
const AT_ONCE: usize = 16;

/// Who erases, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    /// When.
    pub at: Timestamp,
    /// Who answers for it.
    pub by: String,
    /// Why, such as the request it answers.
    pub reason: String,
}

/// What the record of an erasure says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "_type")]
    kind: String,
    /// The files that were erased, as the manifest has them.
    pub(crate) subject: Vec<FileDigest>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    pub(crate) predicate: RecordPredicate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordPredicate {
    pub(crate) tenant: String,
    pub(crate) started_at: Timestamp,
    /// The manifest of the scan, which stays.
    pub(crate) manifest: Link,
    #[serde(flatten)]
    pub(crate) erasure: Erasure,
}

impl Record {
    /// The record in an envelope.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(crate) fn of(envelope: &Envelope) -> Result<Self, String> {
        let record: Self = serde_json::from_slice(&envelope.payload()?)
            .map_err(|error| format!("its payload is not the record of an erasure ({error})"))?;
        if record.kind == STATEMENT_TYPE && record.predicate_type == PREDICATE_TYPE {
            Ok(record)
        } else {
            Err("its payload is of another type".to_owned())
        }
    }
}

/// Erases the files of a tenant's scans that started before a moment: everything but the manifests and
/// the records of erasures. Returns how many scans were erased; those that were before count again only
/// if something of them was left.
///
/// The record is written first, so a killed run leaves a record of files that are still there, which
/// verifies; the same call again removes them.
///
/// # Errors
///
/// [`ArchiveError`] when the store refuses; it does for what Object Lock still holds.
pub async fn erase(
    store: &impl Store,
    tenant: &str,
    before: Timestamp,
    erasure: &Erasure,
    key: Option<&SigningKey>,
) -> Result<usize, ArchiveError> {
    let mut erased = 0;
    for archived in history(store, tenant).await? {
        if archived.scan.started_at() < before {
            let sealed = Link {
                manifest: archived.scan.manifest().to_string(),
                sha256: archived.sha256.clone(),
            };
            let scan = &archived.scan;
            erased +=
                usize::from(one(store, scan, &archived.manifest, sealed, erasure, key).await?);
        }
    }
    Ok(erased)
}

/// Erases one scan; whether there was anything to erase.
async fn one(
    store: &impl Store,
    scan: &Scan,
    manifest: &Manifest,
    sealed: Link,
    erasure: &Erasure,
    key: Option<&SigningKey>,
) -> Result<bool, ArchiveError> {
    let folder = scan.folder();
    let there = store.names(Some(&folder)).await?;
    let left: Vec<Key> = manifest
        .subject
        .iter()
        .filter(|file| there.contains(&file.name))
        .map(|file| scan.file(&file.name))
        .collect::<Result<_, _>>()?;
    let place = scan.file(ERASURE_NAME)?;
    if left.is_empty() {
        return Ok(false);
    }
    if store.get(&place).await?.is_none() {
        let record = Record {
            kind: STATEMENT_TYPE.to_owned(),
            subject: manifest.subject.clone(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: RecordPredicate {
                tenant: scan.tenant().to_owned(),
                started_at: scan.started_at(),
                manifest: sealed,
                erasure: erasure.clone(),
            },
        };
        let bytes = Envelope::seal(&record, key).await?.to_bytes();
        match store.put_new(&place, bytes.into()).await {
            // Another run is erasing it too.
            Ok(()) | Err(StoreError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    stream::iter(left)
        .map(|key| async move { store.remove(&key).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(true)
}

/// What is erased of a scan and who did it, from its record's file.
pub(crate) fn read(
    file: &[u8],
    scan: &Scan,
    manifest_file: &[u8],
) -> Result<(Envelope, Record), String> {
    let envelope = Envelope::parse(file)?;
    let record = Record::of(&envelope)?;
    let said = &record.predicate;
    if said.tenant != scan.tenant()
        || said.started_at != scan.started_at()
        || said.manifest.manifest != scan.manifest().as_str()
        || said.manifest.sha256 != sha256(manifest_file)
    {
        return Err("it is of another scan".to_owned());
    }
    Ok((envelope, record))
}
