//! A tenant's `head.json`: its newest scan, found with one read.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::tenant_folder;
use crate::{ArchiveError, Key, Link, Scan, Store, StoreError};

const SCHEMA: &str = "muster.head/1";

/// How often a head is read again after another writer came first. Each time somebody got further, so
/// this is never reached but in a fault.
const ATTEMPTS: u32 = 50;

/// A tenant's newest scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    schema: String,
    /// The tenant's id.
    pub tenant: String,
    /// When the newest scan started, in whole seconds.
    pub started_at: Timestamp,
    /// Its manifest.
    #[serde(flatten)]
    pub newest: Link,
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
async fn read(store: &impl Store, tenant: &str) -> Result<Option<(Head, String)>, ArchiveError> {
    let key = key(tenant)?;
    let Some(object) = store.get(&key).await? else { return Ok(None) };
    let refuse = |why: String| ArchiveError::Unreadable { key: key.clone(), why };
    let head: Head = serde_json::from_slice(&object.bytes)
        .map_err(|error| refuse(format!("it is not a head ({error})")))?;
    if head.schema != SCHEMA {
        return Err(refuse(format!("its schema is {:?}, not {SCHEMA:?}", head.schema)));
    }
    let newest = Scan::of_manifest(&head.newest.manifest);
    if newest.is_some_and(|scan| {
        scan.tenant() == tenant && head.tenant == tenant && scan.started_at() == head.started_at
    }) {
        Ok(Some((head, object.etag)))
    } else {
        Err(refuse("it names no scan of this tenant, or another time than its manifest".to_owned()))
    }
}

/// Makes a sealed scan the tenant's newest, unless a newer one is there.
pub(crate) async fn advance(
    store: &impl Store,
    scan: &Scan,
    sha256: &str,
) -> Result<(), ArchiveError> {
    let key = key(scan.tenant())?;
    let manifest = scan.manifest().to_string();
    let mine = Head {
        schema: SCHEMA.to_owned(),
        tenant: scan.tenant().to_owned(),
        started_at: scan.started_at(),
        newest: Link { manifest, sha256: sha256.to_owned() },
    };
    let bytes = serde_json::to_vec(&mine)
        .map_err(|error| ArchiveError::Unreadable { key: key.clone(), why: error.to_string() })?;
    for attempt in 0..ATTEMPTS {
        let found = read(store, scan.tenant()).await?;
        if found.as_ref().is_some_and(|(head, _)| head.started_at >= mine.started_at) {
            return Ok(());
        }
        let etag = found.map(|(_, etag)| etag);
        match store.put_if(&key, bytes.clone().into(), etag.as_deref()).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Changed { .. }) => {
                tokio::time::sleep(Duration::from_millis(5) * attempt).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ArchiveError::Contended { key })
}

fn key(tenant: &str) -> Result<Key, ArchiveError> {
    Ok(tenant_folder(tenant)?.join("head.json")?)
}
