//! What is archived of a tenant, oldest first.

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::key::tenant_folder;
use crate::manifest::sha256;
use crate::{ArchiveError, Manifest, Scan, Store};

/// How many manifests are read at once.
const AT_ONCE: usize = 16;

/// A scan with what its manifest says. Nothing is verified here; that is [`verify`](crate::verify).
#[derive(Debug, Clone, PartialEq)]
pub struct ArchivedScan {
    /// Which scan.
    pub scan: Scan,
    /// The SHA-256 of the manifest file, in lower-case hex.
    pub sha256: String,
    /// What it says: the files, the scan before, and the caller's own words.
    pub manifest: Manifest,
}

/// The scans of a tenant that count: those with a manifest, oldest first.
///
/// # Errors
///
/// [`ArchiveError`] for a tenant that is no GUID, or when the store cannot list.
pub async fn scans(store: &impl Store, tenant: &str) -> Result<Vec<Scan>, ArchiveError> {
    let keys = store.list(&tenant_folder(tenant)?, None).await?;
    let mut scans: Vec<Scan> = keys.iter().filter_map(|key| Scan::of_manifest(key)).collect();
    scans.sort_unstable();
    Ok(scans)
}

/// The scans of a tenant and what their manifests say, oldest first.
///
/// # Errors
///
/// As [`scans`]; and [`ArchiveError::Unreadable`] for a manifest that is none, so that a history never
/// has a silent gap.
pub async fn history(store: &impl Store, tenant: &str) -> Result<Vec<ArchivedScan>, ArchiveError> {
    let scans = scans(store, tenant).await?;
    stream::iter(scans.into_iter().map(|scan| read(store, scan)))
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

async fn read(store: &impl Store, scan: Scan) -> Result<ArchivedScan, ArchiveError> {
    let key = scan.manifest();
    let unreadable = |why| ArchiveError::Unreadable { key: key.clone(), why };
    let object = store.get(&key).await?.ok_or_else(|| unreadable("it is gone".to_owned()))?;
    let manifest = Manifest::parse(&object.bytes).map_err(unreadable)?;
    Ok(ArchivedScan { scan, sha256: sha256(&object.bytes), manifest })
}
