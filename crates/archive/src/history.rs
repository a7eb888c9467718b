//! What is archived of a tenant, oldest first.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::head::complete;
use crate::key::tenant_folder;
use crate::manifest::{MANIFEST_NAME, sha256};
use crate::{ArchiveError, Key, Manifest, Scan, Store, head};

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

/// The tenants that have a folder, sorted.
///
/// # Errors
///
/// [`ArchiveError`] when the store cannot list.
pub async fn tenants(store: &impl Store) -> Result<Vec<String>, ArchiveError> {
    let names = store.names(Some(&Key::new("tenants")?)).await?;
    let tenants = names.iter().filter_map(|name| name.strip_suffix('/'));
    Ok(tenants.filter(|tenant| tenant_folder(tenant).is_ok()).map(str::to_owned).collect())
}

/// Puts right what a killed run left: writes the manifest that the tenant's head holds, if its file is
/// not there. Returns the scans that were begun after the head and have no manifest, oldest first:
/// their runs were killed, or are under way.
///
/// # Errors
///
/// As [`scans`], and [`ArchiveError::Unreadable`] for a head that is none.
pub async fn recover(store: &impl Store, tenant: &str) -> Result<Vec<Scan>, ArchiveError> {
    let head = head(store, tenant).await?;
    if let Some(head) = &head {
        complete(store, head).await?;
    }
    let after = head.map(|head| Key::new(&head.newest.manifest)).transpose()?;
    let keys = store.list(&tenant_folder(tenant)?, after.as_ref()).await?;
    let begun: BTreeSet<Scan> = keys
        .iter()
        .filter_map(|key| {
            Scan::of_manifest(&format!("{}/{MANIFEST_NAME}", key.rsplit_once('/')?.0))
        })
        .filter(|scan| after.as_ref() != Some(&scan.manifest()))
        .collect();
    let finished: BTreeSet<Scan> = keys.iter().filter_map(|key| Scan::of_manifest(key)).collect();
    Ok(begun.difference(&finished).cloned().collect())
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

/// The last scan of a tenant that started before this one; none for the first.
///
/// # Errors
///
/// As [`history`].
pub async fn before(store: &impl Store, scan: &Scan) -> Result<Option<ArchivedScan>, ArchiveError> {
    let Some(head) = head(store, scan.tenant()).await? else { return Ok(None) };
    // Mostly it is the one that the head names; unless a late one was sealed after it.
    let after = Key::new(&head.newest.manifest)?;
    let folder = tenant_folder(scan.tenant())?;
    let later = store.list(&folder, Some(&after)).await?;
    let later = later.iter().filter_map(|key| Scan::of_manifest(key)).filter(|other| other < scan);
    let named = Scan::of_manifest(&head.newest.manifest).filter(|named| named < scan);
    let before = match later.max().or(named) {
        Some(before) => Some(before),
        None => scans(store, scan.tenant()).await?.into_iter().rfind(|other| other < scan),
    };
    match before {
        Some(before) => read(store, before).await.map(Some),
        None => Ok(None),
    }
}

async fn read(store: &impl Store, scan: Scan) -> Result<ArchivedScan, ArchiveError> {
    let key = scan.manifest();
    let unreadable = |why| ArchiveError::Unreadable { key: key.clone(), why };
    let object = store.get(&key).await?.ok_or_else(|| unreadable("it is gone".to_owned()))?;
    let manifest = Manifest::parse(&object.bytes).map_err(unreadable)?;
    Ok(ArchivedScan { scan, sha256: sha256(&object.bytes), manifest })
}
