//! A tenant's `head.json`: the scan that was sealed last, and its manifest as a whole.
//!
//! Scans of a tenant form one chain, whoever seals them and however late they are: to seal is to
//! replace the head one has read, which only one writer can do, and then to write the manifest. The
//! head holds the manifest's content, so whoever finds it without its file (its writer was killed)
//! writes the file; nothing is ever sealed on top of a manifest that is not there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::tenant_folder;
use crate::manifest::sha256;
use crate::{ArchiveError, Key, Link, Manifest, Scan, Store, StoreError};

const SCHEMA: &str = "muster.head/1";

/// A tenant's scan that was sealed last. It is the newest, unless a late one came in after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    schema: String,
    /// The tenant's id.
    pub tenant: String,
    /// When the scan started, in whole seconds.
    pub started_at: Timestamp,
    /// How many scans of the tenant were sealed.
    pub number: u64,
    /// Its manifest.
    #[serde(flatten)]
    pub newest: Link,
    /// What the manifest's file holds.
    pub content: String,
}

impl Head {
    /// The head for a manifest, given as the bytes of its file.
    pub(crate) fn new(scan: &Scan, number: u64, content: &[u8]) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tenant: scan.tenant().to_owned(),
            started_at: scan.started_at(),
            number,
            newest: Link { manifest: scan.manifest().to_string(), sha256: sha256(content) },
            content: String::from_utf8_lossy(content).into_owned(),
        }
    }

    /// The head as a file: written in one way only.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What a file says, if it is a head of this tenant and nothing in it contradicts the rest.
    pub(crate) fn parse(file: &[u8], tenant: &str) -> Result<Self, String> {
        let head: Self =
            serde_json::from_slice(file).map_err(|error| format!("it is not a head ({error})"))?;
        if head.schema != SCHEMA {
            return Err(format!("its schema is {:?}, not {SCHEMA:?}", head.schema));
        }
        let Some(scan) = Scan::of_manifest(&head.newest.manifest)
            .filter(|scan| scan.tenant() == tenant && head.tenant == tenant)
        else {
            return Err("it names no scan of this tenant".to_owned());
        };
        let said = Manifest::parse(head.content.as_bytes())
            .map_err(|why| format!("the manifest in it cannot be read: {why}"))?
            .predicate;
        let agrees = said.tenant == tenant
            && said.started_at == scan.started_at()
            && said.number == head.number
            && head.to_bytes() == file
            && Self::new(&scan, head.number, head.content.as_bytes()) == head;
        if agrees { Ok(head) } else { Err("it contradicts the manifest in it".to_owned()) }
    }
}

/// The head of a tenant; none when nothing was sealed yet.
///
/// # Errors
///
/// [`ArchiveError::Unreadable`] when it is not what [`seal`](crate::seal) writes, or speaks of another
/// tenant.
pub async fn head(store: &impl Store, tenant: &str) -> Result<Option<Head>, ArchiveError> {
    Ok(read(store, tenant).await?.map(|(head, _)| head))
}

/// The head and its etag.
pub(crate) async fn read(
    store: &impl Store,
    tenant: &str,
) -> Result<Option<(Head, String)>, ArchiveError> {
    let key = key(tenant)?;
    let Some(object) = store.get(&key).await? else { return Ok(None) };
    match Head::parse(&object.bytes, tenant) {
        Ok(head) => Ok(Some((head, object.etag))),
        Err(why) => Err(ArchiveError::Unreadable { key, why }),
    }
}

/// Writes the head's manifest if it is not there: its writer was killed, or is about to.
pub(crate) async fn complete(store: &impl Store, head: &Head) -> Result<(), ArchiveError> {
    let key = Key::new(&head.newest.manifest)?;
    let differs = |key| {
        let why = "it is not the manifest that head.json holds".to_owned();
        ArchiveError::Unreadable { key, why }
    };
    match store.get(&key).await? {
        Some(found) if found.bytes == head.content => Ok(()),
        Some(_) => Err(differs(key)),
        None => match store.put_new(&key, head.content.clone().into()).await {
            Err(StoreError::Exists { .. }) => Err(differs(key)),
            done => Ok(done?),
        },
    }
}

pub(crate) fn key(tenant: &str) -> Result<Key, ArchiveError> {
    Ok(tenant_folder(tenant)?.join("head.json")?)
}
