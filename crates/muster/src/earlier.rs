//! What the archive knows of a tenant's earlier scans, for the documents.

use archive::{ArchiveError, Manifest, Scan, Store};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use model::{Actor, Assessment, ChangeList, Grade};
use report::{Change, History, Past};
use serde::Deserialize;

use crate::Document;

/// What a manifest says of its scan, as far as a history needs it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    taken_at: Timestamp,
    checklist: Checklist,
    score: Score,
}

#[derive(Deserialize)]
struct Checklist {
    version: String,
}

#[derive(Deserialize)]
struct Score {
    value: Option<f64>,
    grade: Option<Grade>,
}

/// How far back a report looks.
const DAYS: i64 = 366;

/// How many manifests are read at once.
const AT_ONCE: usize = 16;

/// The scans archived in the year before `now`, and the assessment of the last of them. A scan
/// whose files cannot be read here is left out: a history is an extra, never a reason to fail, and
/// `muster verify` is what finds damage.
///
/// # Errors
///
/// When the archive cannot be reached.
pub(crate) async fn history(
    store: &impl Store,
    tenant: &str,
    now: Timestamp,
) -> Result<History, ArchiveError> {
    let since = now.as_second() - DAYS * 24 * 60 * 60;
    let scans = archive::scans(store, tenant).await?;
    let recent = scans.into_iter().filter(|scan| scan.started_at().as_second() >= since);
    let read: Vec<Option<(Scan, Words)>> =
        stream::iter(recent.map(|scan| words(store, scan))).buffered(AT_ONCE).try_collect().await?;
    let earlier: Vec<(Scan, Words)> =
        read.into_iter().flatten().filter(|(_, words)| words.taken_at < now).collect();
    let previous = match earlier.last() {
        Some((scan, _)) => {
            let object = store.get(&scan.file("assessment.json")?).await?;
            object.and_then(|it| serde_json::from_slice::<Assessment>(&it.bytes).ok())
        }
        None => None,
    };
    let scans = earlier
        .into_iter()
        .map(|(_, words)| Past {
            taken_at: words.taken_at,
            score: words.score.value,
            grade: words.score.grade,
            checklist: words.checklist.version,
        })
        .collect();
    Ok(History { scans, previous, changes: Vec::new() })
}

/// What changed, as the documents draw it: from `changes.json`.
pub(crate) fn drawn((_, json): &Document) -> Vec<Change> {
    let Ok(list) = serde_json::from_slice::<ChangeList>(json) else { return Vec::new() };
    let changes = list.changes.into_iter().map(|change| {
        let (who, at) = match change.actor {
            Actor::Known { who, at, .. } => (Some(who), Some(at)),
            Actor::Unknown { .. } => (None, None),
        };
        Change { what: format!("{} {}", change.subject.name, change.what), who, at }
    });
    changes.collect()
}

async fn words(store: &impl Store, scan: Scan) -> Result<Option<(Scan, Words)>, ArchiveError> {
    let Some(object) = store.get(&scan.manifest()).await? else { return Ok(None) };
    let words = Manifest::parse(&object.bytes)
        .ok()
        .and_then(|manifest| serde_json::from_value(manifest.predicate.scan).ok());
    Ok(words.map(|words| (scan, words)))
}

#[cfg(test)]
mod tests {
    use archive::{Folder, ScanFiles, seal};
    use serde_json::json;

    use super::*;

    const TENANT: &str = "0a0a0a0a-0000-4000-8000-000000000001";

    async fn archive_one(folder: &Folder, day: &str, score: f64) {
        let started_at: Timestamp = format!("{day}T02:00:00Z").parse().unwrap();
        let files = ScanFiles {
            tenant: TENANT.to_owned(),
            started_at,
            files: vec![("assessment.json".to_owned(), b"{}".to_vec().into())],
            predicate: json!({
                "takenAt": started_at,
                "checklist": { "id": "default", "version": "2026.11" },
                "score": { "value": score, "grade": "C" },
            }),
        };
        seal(folder, &files, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_history_is_the_year_before_and_no_reason_to_fail() {
        let place = tempfile::tempdir().unwrap();
        let store = Folder::open_for_writing(place.path()).unwrap();
        for (day, score) in
            [("2025-01-01", 50.0), ("2026-09-01", 71.0), ("2026-10-01", 72.0), ("2026-11-01", 73.0)]
        {
            archive_one(&store, day, score).await;
        }
        let now: Timestamp = "2026-11-01T02:00:00Z".parse().unwrap();
        let found = history(&store, TENANT, now).await.unwrap();
        // Neither what is older than a year, nor the scan itself, nor any younger one.
        let scores: Vec<_> = found.scans.iter().filter_map(|scan| scan.score).collect();
        assert_eq!(scores, [71.0, 72.0]);
        // The file of the last scan is no assessment: nothing to compare with, and no failure.
        assert_eq!(found.previous, None);
    }
}
