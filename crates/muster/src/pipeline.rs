//! One scan: collect, judge, draw, seal.

use archive::{ArchiveError, ScanFiles, Sealed, SigningKey, Store, StoreError};
use collect::{CollectError, Credential, Endpoints, Limits, Progress, SignInTrouble};
use controls::Checklist;
use jiff::Timestamp;
use model::{Assessment, Dataset, Profile, Snapshot, Tenant, UnavailableReason};
use report::{Brand, Options};
use serde_json::json;

use crate::documents;
use crate::earlier;
use crate::input::sha256;
use crate::past::{self, Past, Side};

/// The snapshot's name in the archive.
pub(crate) const SNAPSHOT: &str = "snapshot.json.zst";

/// The name of what was declared of the tenant when it was judged.
pub(crate) const PROFILE: &str = "profile.json";

/// The name of what changed since the scan before.
pub(crate) const CHANGES: &str = "changes.json";

/// What one scan needs.
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    /// The tenant.
    pub profile: &'a Profile,
    /// By what it is judged.
    pub checklist: &'a Checklist,
    /// Whose documents they are.
    pub brand: &'a Brand,
    /// How the documents are drawn.
    pub options: &'a Options,
    /// Which cloud is asked.
    pub endpoints: &'a Endpoints,
    /// With what the scanner proves its identity.
    pub credential: &'a Credential,
    /// How fast, and how long at most.
    pub limits: &'a Limits,
    /// When the scan started: with the tenant it names the scan.
    pub started_at: Timestamp,
    /// What signs the manifest; none leaves it unsigned, and it says so.
    pub signing_key: Option<&'a SigningKey>,
}

/// A scan that is done and archived.
#[derive(Debug)]
pub struct Scanned {
    /// The verdicts and the score.
    pub assessment: Assessment,
    /// Every document that was archived, sorted by name.
    pub documents: Vec<documents::Document>,
    /// Datasets that should have been read and were not: name and reason. What the tenant is not
    /// licensed for, or its cloud does not offer, is none of them.
    pub unread: Vec<(String, UnavailableReason)>,
    /// Where it lies.
    pub sealed: Sealed,
}

/// Why a scan is not done. Nothing of it counts in the archive; run it again.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The tenant could not be read.
    #[error("cannot collect")]
    Collect(#[source] CollectError),
    /// A snapshot archived by an earlier, unfinished run of this scan is damaged.
    #[error("the archived snapshot of this scan is damaged")]
    Snapshot(#[source] model::SnapshotError),
    /// A document could not be drawn.
    #[error("cannot draw the documents")]
    Draw(#[source] anyhow::Error),
    /// The archive refused.
    #[error("cannot archive")]
    Archive(#[from] ArchiveError),
    /// The archive could not be read.
    #[error("cannot read the archive")]
    Store(#[from] StoreError),
}

impl ScanError {
    /// Whether the same scan may succeed when it is run again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Collect(CollectError::SignIn { source, .. }) => {
                source.trouble == SignInTrouble::Transient
            }
            Self::Archive(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::Collect(_) | Self::Snapshot(_) | Self::Draw(_) => false,
        }
    }
}

/// Scans one tenant and archives the result. Running the same scan twice changes nothing: what an
/// earlier run collected is judged again, with the same bytes. What a killed run of an earlier scan
/// has collected is judged and sealed first, so that nothing collected is lost.
///
/// # Errors
///
/// When the tenant cannot be signed in to, or the archive not written. A dataset that cannot be
/// read is no error: its controls are unknown, and [`Scanned::unread`] names it.
pub async fn scan(
    scan: &Scan<'_>,
    store: &impl Store,
    progress: &dyn Progress,
) -> Result<Scanned, ScanError> {
    let tenant = &scan.profile.tenant.id;
    for begun in archive::recover(store, tenant).await? {
        if begun.started_at() < scan.started_at {
            let left = Scan { started_at: begun.started_at(), ..*scan };
            // One that another version began, or whose snapshot is damaged, stays as it is and
            // counts for nothing; it must not stop this scan.
            if let Ok(Some(snapshot)) = archived(&left, store).await {
                match finish(&left, store, snapshot).await {
                    Err(error) if error.is_transient() => return Err(error),
                    _ => {}
                }
            }
        }
    }
    let snapshot = match archived(scan, store).await? {
        Some(snapshot) => snapshot,
        None => collect(scan, progress).await?,
    };
    finish(scan, store, snapshot).await
}

/// Judges, draws and seals a snapshot.
async fn finish(
    scan: &Scan<'_>,
    store: &impl Store,
    snapshot: Snapshot,
) -> Result<Scanned, ScanError> {
    let json = snapshot.to_json().map_err(ScanError::Snapshot)?;
    let assessment = assess(&snapshot, &sha256(&json), scan.profile, scan.checklist);
    let packed = snapshot.to_zstandard().map_err(ScanError::Snapshot)?;
    let sign_ins = documents::sign_ins(&snapshot, scan.profile).map_err(ScanError::Draw)?;
    let changes = changes(scan, store, &snapshot, &assessment).await?;
    let mut history = earlier::history(store, &scan.profile.tenant.id, snapshot.taken_at).await?;
    history.changes = changes.as_ref().map(earlier::drawn).unwrap_or_default();
    let answers = Some(sign_ins.1.as_slice());
    let mut documents =
        documents::documents(&assessment, answers, &history, scan.brand, scan.options)
            .map_err(ScanError::Draw)?;
    documents.push(sign_ins);
    documents.push(documents::profile(scan.profile).map_err(ScanError::Draw)?);
    documents.extend(changes);
    documents.sort();
    let files = std::iter::once((SNAPSHOT.to_owned(), packed.into()))
        .chain(documents.iter().map(|(name, bytes)| (name.clone(), bytes.clone().into())))
        .collect();
    let files = ScanFiles {
        tenant: snapshot.tenant.id.to_string(),
        started_at: scan.started_at,
        files,
        predicate: predicate(&snapshot, &assessment),
    };
    let sealed = archive::seal(store, &files, scan.signing_key).await?;
    Ok(Scanned { unread: unread(&snapshot), assessment, documents, sealed })
}

/// What changed since the scan before; none for the first, or where that one was erased or altered.
///
/// What an earlier run of this scan archived stands: a late scan may have come in between since.
async fn changes(
    scan: &Scan<'_>,
    store: &impl Store,
    snapshot: &Snapshot,
    assessment: &Assessment,
) -> Result<Option<documents::Document>, ScanError> {
    let this =
        archive::Scan::new(&scan.profile.tenant.id, scan.started_at).map_err(ArchiveError::from)?;
    let key = this.file(CHANGES).map_err(ArchiveError::from)?;
    if let Some(found) = store.get(&key).await? {
        return Ok(Some((CHANGES.to_owned(), found.bytes.to_vec())));
    }
    if store.get(&this.manifest()).await?.is_some() {
        return Ok(None);
    }
    let Some(before) = archive::before(store, &this).await? else { return Ok(None) };
    let Ok(before) = Past::read(store, &before).await else { return Ok(None) };
    let after = Side { snapshot, assessment };
    let list = past::change_list(&before, &after, scan.profile, scan.checklist);
    documents::changes(&list).map(Some).map_err(ScanError::Draw)
}

/// Judges a snapshot. `sha256` is the digest of its plain JSON, in lower-case hexadecimal.
pub fn assess(
    snapshot: &Snapshot,
    sha256: &str,
    profile: &Profile,
    checklist: &Checklist,
) -> Assessment {
    controls::assess(&Tenant::new(snapshot, profile), checklist, sha256)
}

/// The snapshot that an earlier run of this very scan archived, if there is one.
async fn archived(scan: &Scan<'_>, store: &impl Store) -> Result<Option<Snapshot>, ScanError> {
    let key = archive::Scan::new(&scan.profile.tenant.id, scan.started_at)
        .and_then(|scan| scan.file(SNAPSHOT))
        .map_err(ArchiveError::from)?;
    let Some(object) = store.get(&key).await? else { return Ok(None) };
    Snapshot::read(&object.bytes).map(Some).map_err(ScanError::Snapshot)
}

async fn collect(scan: &Scan<'_>, progress: &dyn Progress) -> Result<Snapshot, ScanError> {
    let request = collect::Request {
        profile: scan.profile,
        endpoints: scan.endpoints.clone(),
        credential: scan.credential,
        wanted: scan.checklist.data(),
        started_at: scan.started_at,
        limits: scan.limits.clone(),
    };
    collect::collect(&request, progress).await.map_err(ScanError::Collect)
}

/// What the manifest says of the scan. It follows from the files.
fn predicate(snapshot: &Snapshot, assessment: &Assessment) -> serde_json::Value {
    json!({
        "takenAt": snapshot.taken_at,
        "collector": snapshot.collector,
        "snapshotSha256": assessment.snapshot.sha256,
        "checklist": assessment.checklist,
        "score": {
            "value": assessment.score.value,
            "grade": assessment.score.grade,
            "provisional": assessment.score.provisional,
            "coverage": assessment.score.coverage,
        },
    })
}

/// Datasets that should have been read and were not.
pub(crate) fn unread(snapshot: &Snapshot) -> Vec<(String, UnavailableReason)> {
    use UnavailableReason::{Failed, Forbidden, Throttled, Truncated};
    snapshot
        .datasets
        .iter()
        .filter_map(|(name, dataset)| match dataset {
            Dataset::Unavailable(hole)
                if matches!(hole.reason, Failed | Forbidden | Throttled | Truncated) =>
            {
                Some((name.clone(), hole.reason))
            }
            _ => None,
        })
        .collect()
}
