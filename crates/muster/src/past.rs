//! Archived scans read back: judged again, compared, split.

use std::collections::BTreeMap;

use archive::{ArchivedScan, Fingerprint, Store};
use controls::Checklist;
use jiff::Timestamp;
use model::{
    Assessment, ChangeList, FindingState, Profile, ScoreMove, Snapshot, SnapshotRef, TenantRef,
};

use crate::documents;
use crate::input::sha256;
use crate::pipeline::{CHANGES, PROFILE, SNAPSHOT, assess};

/// The assessment's name in the archive.
const ASSESSMENT: &str = "assessment.json";

/// An archived scan, read back and checked against its manifest.
pub struct Past {
    /// When it started.
    pub started_at: Timestamp,
    /// What was read.
    pub snapshot: Snapshot,
    /// The digest that names the snapshot.
    pub snapshot_sha256: String,
    /// What was declared of the tenant then; an empty profile where the scan has none archived.
    pub profile: Profile,
    /// The verdicts and the score of that day.
    pub assessment: Assessment,
    /// The assessment's file, byte for byte.
    pub assessment_file: Vec<u8>,
    /// What changed since the scan before, where that was archived.
    pub changes: Option<ChangeList>,
}

/// Why an archived scan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The archive could not be read.
    #[error("cannot read the archive")]
    Archive(#[from] archive::ArchiveError),
    /// A file is gone or altered, or was erased.
    #[error("{key}: {why}")]
    File {
        /// The file.
        key: String,
        /// What is wrong, and what to do.
        why: String,
    },
}

impl Past {
    /// Reads an archived scan. What is not as its manifest says is an error, never used.
    ///
    /// # Errors
    ///
    /// [`PastError`], naming the file.
    pub async fn read(store: &impl Store, archived: &ArchivedScan) -> Result<Self, PastError> {
        let snapshot = Self::required(store, archived, SNAPSHOT).await?;
        let assessment_file = Self::required(store, archived, ASSESSMENT).await?;
        let profile = Self::file(store, archived, PROFILE).await?;
        let changes = Self::file(store, archived, CHANGES).await?;
        let bad = |name: &str, error: &dyn std::error::Error| PastError::File {
            key: format!("{}/{name}", archived.scan.folder()),
            why: format!("cannot be read: {error}"),
        };
        let snapshot = Snapshot::read(&snapshot).map_err(|error| bad(SNAPSHOT, &error))?;
        let json = snapshot.to_json().map_err(|error| bad(SNAPSHOT, &error))?;
        let profile = if let Some(file) = profile {
            serde_json::from_slice(&file).map_err(|error| bad(PROFILE, &error))?
        } else {
            let mut profile = Profile::default();
            profile.tenant.id = snapshot.tenant.id.clone();
            profile
        };
        Ok(Self {
            started_at: archived.scan.started_at(),
            snapshot_sha256: sha256(&json),
            assessment: serde_json::from_slice(&assessment_file)
                .map_err(|error| bad(ASSESSMENT, &error))?,
            // One that a later version wrote is as good as none.
            changes: changes.and_then(|file| serde_json::from_slice(&file).ok()),
            snapshot,
            profile,
            assessment_file,
        })
    }

    async fn required(
        store: &impl Store,
        archived: &ArchivedScan,
        name: &str,
    ) -> Result<Vec<u8>, PastError> {
        Self::file(store, archived, name).await?.ok_or_else(|| PastError::File {
            key: format!("{}/{name}", archived.scan.folder()),
            why: "is not there; it may have been erased, `muster verify` tells".to_owned(),
        })
    }

    /// A file of the scan, none where it has none of that name.
    async fn file(
        store: &impl Store,
        archived: &ArchivedScan,
        name: &str,
    ) -> Result<Option<Vec<u8>>, PastError> {
        let sealed = archived.manifest.subject.iter().find(|file| file.name == name);
        let Some(sealed) = sealed else { return Ok(None) };
        let key = archived.scan.file(name).map_err(archive::ArchiveError::from)?;
        let object = store.get(&key).await.map_err(archive::ArchiveError::from)?;
        match object {
            Some(found) if Fingerprint::of(&found.bytes).sha256 == sealed.sha256() => {
                Ok(Some(found.bytes.to_vec()))
            }
            Some(_) => Err(PastError::File {
                key: key.to_string(),
                why: "was altered since it was sealed; `muster verify` tells more".to_owned(),
            }),
            None => Ok(None),
        }
    }

    /// The checklist it was judged by, as this version of the program has it.
    pub fn checklist(&self) -> Option<Checklist> {
        Checklist::named(&self.assessment.checklist.id)
    }

    /// The snapshot judged again, with what was declared then.
    pub fn rejudged(&self, checklist: &Checklist) -> Assessment {
        assess(&self.snapshot, &self.snapshot_sha256, &self.profile, checklist)
    }

    /// Whether judging again by this checklist gives the very bytes that are archived.
    pub fn is_reproduced_by(&self, assessment: &Assessment) -> bool {
        documents::assessment_json(assessment).is_ok_and(|json| json == self.assessment_file)
    }

    /// Since when each finding that was open in this scan has been open.
    fn open_since(&self) -> BTreeMap<String, Timestamp> {
        let taken_at = self.assessment.snapshot.taken_at;
        let open = self.assessment.controls.iter().filter(|c| changes::is_open(c.verdict));
        let mut since: BTreeMap<String, Timestamp> =
            open.map(|control| (control.id.clone(), taken_at)).collect();
        for finding in self.changes.iter().flat_map(|changes| &changes.findings) {
            if let (FindingState::StillOpen, Some(from)) = (finding.state, finding.since) {
                since.insert(finding.control.clone(), from);
            }
        }
        since
    }
}

/// A snapshot with its assessment, as one side of a comparison.
pub struct Side<'s> {
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// What it was judged to be.
    pub assessment: &'s Assessment,
}

/// What changed from an archived scan to a later snapshot, which `checklist` judged with `profile`.
pub fn change_list(
    before: &Past,
    after: &Side<'_>,
    profile: &Profile,
    checklist: &Checklist,
) -> ChangeList {
    let mut list = compare(
        &Side { snapshot: &before.snapshot, assessment: &before.assessment },
        after,
        &before.open_since(),
    );
    let after_alike = assess(after.snapshot, &after.assessment.snapshot.sha256, profile, checklist);
    list.score = changes::split(
        &before.assessment,
        &before.rejudged(checklist),
        &after_alike,
        after.assessment,
    );
    list
}

/// What changed between two snapshots with their assessments. The score's move is split only where
/// both were judged alike; here it is taken that they were.
pub fn compare(
    before: &Side<'_>,
    after: &Side<'_>,
    since: &BTreeMap<String, Timestamp>,
) -> ChangeList {
    let (found, not_compared) = changes::changes(before.snapshot, after.snapshot);
    let side = |assessment: &Assessment| SnapshotRef {
        sha256: assessment.snapshot.sha256.clone(),
        taken_at: assessment.snapshot.taken_at,
    };
    let (old, new) = (before.assessment, after.assessment);
    ChangeList {
        schema: ChangeList::SCHEMA.to_owned(),
        tenant: TenantRef {
            id: after.snapshot.tenant.id.clone(),
            display_name: after.snapshot.tenant.display_name.clone(),
        },
        before: side(old),
        after: side(new),
        changes: found,
        not_compared,
        findings: changes::findings(old, new, since),
        score: changes::split(old, old, new, new),
    }
}

/// Why the score moved between two archived scans, each judged again where that is needed.
///
/// Both are judged by the later one's checklist, by this version of the program; none where that
/// checklist is not known any more or one of the two has no score.
pub fn score_move(before: &Past, after: &Past) -> Option<ScoreMove> {
    let checklist = after.checklist()?;
    changes::split(
        &before.assessment,
        &before.rejudged(&checklist),
        &after.rejudged(&checklist),
        &after.assessment,
    )
}
