//! Sealing: a scan's files, then the tenant's head, then its manifest.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::erase::ERASURE_NAME;
use crate::manifest::{Envelope, MANIFEST_NAME, sha256};
use crate::{ArchiveError, InvalidKey, Key, Link, Manifest, Object, Scan, SigningKey, Store};
use crate::{Head, StoreError, head, history};

/// How often the head is read again after another writer came first. Each time somebody got further, so
/// this is never reached but in a fault.
const ATTEMPTS: u32 = 50;

/// A scan to be archived.
#[derive(Clone)]
pub struct ScanFiles {
    /// The tenant's id, a GUID in lower case.
    pub tenant: String,
    /// When the scan started; with the tenant it names the scan. Parts of a second are dropped.
    pub started_at: Timestamp,
    /// Names and contents, written in this order. Put first what all others follow from: should two
    /// runs of one scan differ, the first file tells before anything else is written.
    pub files: Vec<(String, Bytes)>,
    /// What the manifest says about the scan: versions, times, score. It must follow from the files,
    /// or running the same scan twice is not the same.
    pub predicate: Value,
}

/// A scan that is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which scan.
    pub scan: Scan,
    /// The key of its manifest.
    pub manifest: Key,
    /// The SHA-256 of the manifest file, in lower-case hex.
    pub sha256: String,
    /// The scan before; none for the tenant's first.
    pub previous: Option<Link>,
}

/// Archives a scan: its files, then the tenant's head, which holds the manifest, then the manifest.
///
/// The same scan again gives the same bytes at the same keys, or finds them there; after a crash it
/// writes what is missing. A manifest that is there stays, even if it was signed with another key.
///
/// The link goes to the scan that was sealed last. So scans of a tenant form one chain, whoever seals
/// them and in whatever order they started: of two writers at once one comes first, and the other links
/// to it.
///
/// # Errors
///
/// [`ArchiveError::Differs`] when this scan was archived, or begun, with other content;
/// [`ArchiveError::HeadMissing`] when the head was lost; [`ArchiveError::Invalid`] for a tenant or a
/// name that cannot be a key; and what the store and the key say.
pub async fn seal(
    store: &impl Store,
    files: &ScanFiles,
    key: Option<&SigningKey>,
) -> Result<Sealed, ArchiveError> {
    let draft = Draft::new(files)?;
    if let Some(sealed) = draft.archived(store).await? {
        return Ok(sealed);
    }
    draft.write_files(store).await?;
    for attempt in 0..ATTEMPTS {
        let before = head_to_follow(store, draft.scan.tenant()).await?;
        // By another run of this scan, or by an earlier one that was killed just then.
        if let Some(sealed) = draft.archived(store).await? {
            return Ok(sealed);
        }
        let (before, etag) = before.unzip();
        let number = before.as_ref().map_or(1, |head| head.number + 1);
        let manifest = draft.manifest(key.is_some(), number, before.map(|head| head.newest));
        let bytes = Envelope::seal(&manifest, key).await?.to_bytes();
        let head = Head::new(&draft.scan, number, &bytes);
        let place = head::key(draft.scan.tenant())?;
        match store.put_if(&place, head.to_bytes().into(), etag.as_deref()).await {
            Ok(()) => {
                head::complete(store, &head).await?;
                return Ok(draft.sealed(&bytes, manifest.predicate.previous));
            }
            Err(StoreError::Changed { .. }) => {
                tokio::time::sleep(Duration::from_millis(5) * attempt).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ArchiveError::Contended { key: head::key(draft.scan.tenant())? })
}

/// The head to link to, whose manifest is there, with its etag; none for a tenant without any scan.
async fn head_to_follow(
    store: &impl Store,
    tenant: &str,
) -> Result<Option<(Head, String)>, ArchiveError> {
    let mut found = head::read(store, tenant).await?;
    if found.is_none()
        && let Some(scan) = history::scans(store, tenant).await?.pop()
    {
        // Sealed since we looked, or the head is lost.
        found = head::read(store, tenant).await?;
        if found.is_none() {
            let scan = scan.manifest().to_string();
            return Err(ArchiveError::HeadMissing { key: head::key(tenant)?, scan });
        }
    }
    if let Some((head, _)) = &found {
        head::complete(store, head).await?;
    }
    Ok(found)
}

/// A scan whose names have been checked.
struct Draft<'a> {
    scan: Scan,
    keys: Vec<(Key, Bytes)>,
    /// Names and contents by name.
    sorted: Vec<(&'a str, &'a [u8])>,
    said: &'a Value,
}

impl<'a> Draft<'a> {
    fn new(files: &'a ScanFiles) -> Result<Self, InvalidKey> {
        let scan = Scan::new(&files.tenant, files.started_at)?;
        let refuse = |text: &str, why| Err(InvalidKey { text: text.to_owned(), why });
        if files.files.is_empty() {
            return refuse(scan.folder().as_str(), "a scan has at least one file");
        }
        let mut keys = Vec::new();
        let mut sorted: Vec<(&str, &[u8])> = Vec::new();
        for (name, bytes) in &files.files {
            // Without regard to case, as some file systems compare names.
            let taken = |other: &str| name.eq_ignore_ascii_case(other);
            if taken(MANIFEST_NAME)
                || taken(ERASURE_NAME)
                || sorted.iter().any(|(other, _)| taken(other))
            {
                return refuse(name, "a scan has another file of this name");
            }
            keys.push((scan.file(name)?, bytes.clone()));
            sorted.push((name, bytes));
        }
        sorted.sort_unstable();
        Ok(Self { scan, keys, sorted, said: &files.predicate })
    }

    async fn write_files(&self, store: &impl Store) -> Result<(), ArchiveError> {
        for (key, bytes) in &self.keys {
            match store.put_new(key, bytes.clone()).await {
                Err(StoreError::Exists { .. }) => {
                    return Err(ArchiveError::Differs { key: key.clone() });
                }
                done => done?,
            }
        }
        Ok(())
    }

    /// The scan as archived before; none when it was not.
    async fn archived(&self, store: &impl Store) -> Result<Option<Sealed>, ArchiveError> {
        match store.get(&self.scan.manifest()).await? {
            Some(found) => self.found(&found).map(Some),
            None => Ok(None),
        }
    }

    /// The scan as archived before, which must be this one.
    fn found(&self, object: &Object) -> Result<Sealed, ArchiveError> {
        let key = self.scan.manifest();
        let found = Manifest::parse(&object.bytes)
            .map_err(|why| ArchiveError::Unreadable { key: key.clone(), why })?;
        // Which key there was, and what had been sealed before, were for the first run to say.
        let (number, previous) = (found.predicate.number, found.predicate.previous.clone());
        if self.manifest(found.predicate.signed, number, previous.clone()) == found {
            Ok(self.sealed(&object.bytes, previous))
        } else {
            Err(ArchiveError::Differs { key })
        }
    }

    fn manifest(&self, signed: bool, number: u64, previous: Option<Link>) -> Manifest {
        Manifest::new(&self.scan, self.sorted.iter().copied(), self.said, signed, number, previous)
    }

    fn sealed(&self, manifest: &[u8], previous: Option<Link>) -> Sealed {
        Sealed {
            scan: self.scan.clone(),
            manifest: self.scan.manifest(),
            sha256: sha256(manifest),
            previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::testing::{Death, Mortal, TENANT, files_at, private_pem, scan_at, tree};
    use crate::{Folder, Request, head, history, verify, verify_archive};

    const FIRST: &str = "2026-10-01T02:00:00Z";
    const SECOND: &str = "2026-11-01T02:00:00Z";
    const THIRD: &str = "2026-12-01T02:00:00Z";

    fn archive() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let store = Folder::open_for_writing(place.path().join("archive")).unwrap();
        (place, store)
    }

    /// All scans verify, each follows the one before, and the head is the last.
    async fn check(store: &Folder, times: &[&str]) {
        let found = history(store, TENANT).await.unwrap();
        let expected: Vec<Scan> = times.iter().map(|time| scan_at(time)).collect();
        assert_eq!(found.iter().map(|s| s.scan.clone()).collect::<Vec<_>>(), expected);
        let mut before = None;
        for archived in found {
            assert_eq!(verify(store, &archived.scan, &[]).await.unwrap().problems, []);
            assert_eq!(archived.manifest.predicate.previous, before);
            let manifest = archived.scan.manifest().to_string();
            before = Some(Link { manifest, sha256: archived.sha256 });
        }
        assert_eq!(head(store, TENANT).await.unwrap().map(|head| head.newest), before);
    }

    #[tokio::test]
    async fn scans_are_chained_and_lie_where_the_contract_says() {
        let (place, store) = archive();
        for time in [FIRST, SECOND, THIRD] {
            let sealed = seal(&store, &files_at(time), None).await.unwrap();
            assert_eq!(sealed.scan, scan_at(time));
        }
        check(&store, &[FIRST, SECOND, THIRD]).await;
        let names: Vec<String> =
            tree(&place.path().join("archive")).into_iter().map(|(name, _)| name).collect();
        let folder = format!("tenants/{TENANT}/2026/11/20261101T020000Z");
        assert!(names.contains(&format!("{folder}/snapshot.json.zst")));
        assert!(names.contains(&format!("{folder}/manifest.dsse.json")));
        assert!(names.contains(&format!("tenants/{TENANT}/head.json")));
        assert_eq!(names.len(), 13);
    }

    #[tokio::test]
    async fn the_same_scan_again_changes_nothing() {
        let (place, store) = archive();
        let key = SigningKey::from_pem(&private_pem()).unwrap();
        let mut sealed = Vec::new();
        for time in [FIRST, SECOND, THIRD] {
            sealed.push(seal(&store, &files_at(time), Some(&key)).await.unwrap());
        }
        let before = tree(place.path());
        for key in [Some(&key), None] {
            for (time, sealed) in [FIRST, SECOND, THIRD].iter().zip(&sealed) {
                assert_eq!(seal(&store, &files_at(time), key).await.unwrap(), *sealed);
            }
        }
        let mut reversed = files_at(SECOND);
        reversed.files.reverse();
        assert_eq!(seal(&store, &reversed, None).await.unwrap(), sealed[1], "order is no content");
        assert_eq!(tree(place.path()), before);

        let (elsewhere, other) = archive();
        for time in [FIRST, SECOND, THIRD] {
            seal(&other, &files_at(time), Some(&key)).await.unwrap();
        }
        assert_eq!(tree(elsewhere.path()), before, "the same input, the same bytes");
    }

    #[tokio::test]
    async fn other_content_under_the_same_name_is_refused() {
        let (place, store) = archive();
        seal(&store, &files_at(FIRST), None).await.unwrap();
        let before = tree(place.path());
        let differs = async |change: &dyn Fn(&mut ScanFiles)| {
            let mut files = files_at(FIRST);
            change(&mut files);
            let error = seal(&store, &files, None).await.unwrap_err();
            assert!(matches!(error, ArchiveError::Differs { .. }), "{error}");
            assert!(!error.is_transient());
        };
        differs(&|files| files.files[1].1 = "other".into()).await;
        differs(&|files| files.files.truncate(2)).await;
        differs(&|files| files.files.push(("more".to_owned(), Bytes::new()))).await;
        differs(&|files| files.predicate["score"] = 100.into()).await;
        assert_eq!(tree(place.path()), before);
    }

    #[tokio::test]
    async fn hostile_names_are_refused_before_anything_is_written() {
        let (place, store) = archive();
        for name in [
            "",
            "..",
            "../x",
            "a/b",
            "/etc/passwd",
            ".hidden",
            "a b",
            "manifest.dsse.json",
            "Manifest.DSSE.json",
            "Executive.html",
            "executive.html",
        ] {
            let mut files = files_at(FIRST);
            files.files.push((name.to_owned(), Bytes::new()));
            let error = seal(&store, &files, None).await.unwrap_err();
            assert!(matches!(error, ArchiveError::Invalid(_)), "{name:?}: {error}");
        }
        let empty = ScanFiles { files: Vec::new(), ..files_at(FIRST) };
        assert!(seal(&store, &empty, None).await.is_err());
        let elsewhere = ScanFiles { tenant: "../x".to_owned(), ..files_at(FIRST) };
        assert!(seal(&store, &elsewhere, None).await.is_err());
        assert_eq!(tree(place.path()), []);
    }

    #[tokio::test]
    async fn killed_at_any_write_the_next_run_completes_it() {
        for death in [Death::Before, Death::After] {
            // Three files, the head, the manifest.
            for writes in 0..5 {
                let (place, store) = archive();
                seal(&store, &files_at(FIRST), None).await.unwrap();
                let dying = Mortal::new(&store, death, writes);
                seal(&dying, &files_at(SECOND), None).await.unwrap_err();

                // It counts as soon as its manifest is there, and never before.
                let counts = writes == 4 && death == Death::After;
                let scans = history(&store, TENANT).await.unwrap().len();
                assert_eq!(scans, if counts { 2 } else { 1 }, "{death:?} at {writes}");

                let (other_place, other) = archive();
                for time in [FIRST, SECOND] {
                    seal(&other, &files_at(time), None).await.unwrap();
                }
                let killed = tree(place.path());
                seal(&store, &files_at(SECOND), None).await.unwrap();
                check(&store, &[FIRST, SECOND]).await;
                assert_eq!(tree(place.path()), tree(other_place.path()));
                let all_done = writes == 4 && death == Death::After;
                assert_eq!(killed == tree(place.path()), all_done, "{death:?} at {writes}");
            }
        }
        let (_place, store) = archive();
        let living = Mortal::new(&store, Death::Before, 5);
        seal(&living, &files_at(FIRST), None).await.unwrap();
        assert_eq!(living.left.load(Ordering::SeqCst), 0, "a scan of three files is five writes");
    }

    #[tokio::test]
    async fn killed_at_any_write_the_next_scan_goes_on() {
        for death in [Death::Before, Death::After] {
            for writes in 0..5 {
                let (_place, store) = archive();
                seal(&store, &files_at(FIRST), None).await.unwrap();
                let dying = Mortal::new(&store, death, writes);
                seal(&dying, &files_at(SECOND), None).await.unwrap_err();
                seal(&store, &files_at(THIRD), None).await.unwrap();
                // The head was there: the next scan completed what it names.
                if writes >= 4 || (writes == 3 && death == Death::After) {
                    check(&store, &[FIRST, SECOND, THIRD]).await;
                } else {
                    check(&store, &[FIRST, THIRD]).await;
                }
            }
        }
    }

    #[tokio::test]
    async fn a_killed_run_that_comes_back_different_is_told_so() {
        let (_place, store) = archive();
        let dying = Mortal::new(&store, Death::After, 0);
        seal(&dying, &files_at(FIRST), None).await.unwrap_err();
        let mut files = files_at(FIRST);
        files.files[0].1 = "collected again, and not the same".into();
        let error = seal(&store, &files, None).await.unwrap_err();
        let ArchiveError::Differs { key } = error else { panic!("{error}") };
        // The way out: go on from what is archived.
        files.files[0].1 = store.get(&key).await.unwrap().unwrap().bytes;
        seal(&store, &files, None).await.unwrap();
        check(&store, &[FIRST]).await;
    }

    #[tokio::test]
    async fn a_late_scan_is_linked_to_what_was_sealed_before_it() {
        let (_place, store) = archive();
        for time in [FIRST, THIRD] {
            seal(&store, &files_at(time), None).await.unwrap();
        }
        let late = seal(&store, &files_at(SECOND), None).await.unwrap();
        assert_eq!(late.previous.unwrap().manifest, scan_at(THIRD).manifest().as_str());
        let head = head(&store, TENANT).await.unwrap().unwrap();
        assert_eq!(head.newest.manifest, scan_at(SECOND).manifest().as_str());
        assert_eq!(head.number, 3);
        let verified = verify_archive(&store, &Request::default()).await.unwrap();
        assert!(verified.is_whole(), "{verified:?}");
        let times = history(&store, TENANT).await.unwrap();
        let times: Vec<_> = times.iter().map(|found| found.scan.clone()).collect();
        assert_eq!(times, [FIRST, SECOND, THIRD].map(scan_at), "a history is by time");
    }

    #[tokio::test]
    async fn a_lost_head_stops_sealing() {
        let (place, store) = archive();
        seal(&store, &files_at(FIRST), None).await.unwrap();
        let head = place.path().join(format!("archive/tenants/{TENANT}/head.json"));
        std::fs::remove_file(&head).unwrap();
        let error = seal(&store, &files_at(SECOND), None).await.unwrap_err();
        assert!(matches!(error, ArchiveError::HeadMissing { .. }), "{error}");
        assert!(
            error.to_string().contains("20261001T020000Z/manifest.dsse.json is there"),
            "{error}"
        );
        assert!(!head.exists());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn writers_of_one_scan_all_end_well() {
        let (place, store) = archive();
        let store = Arc::new(store);
        let runs: Vec<_> = (0..16)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { seal(&*store, &files_at(FIRST), None).await.unwrap() })
            })
            .collect();
        let mut sealed = Vec::new();
        for run in runs {
            sealed.push(run.await.unwrap());
        }
        sealed.dedup();
        assert_eq!(sealed.len(), 1);
        check(&store, &[FIRST]).await;
        assert_eq!(tree(place.path()).len(), 5);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn writers_of_different_scans_all_end_well_in_one_chain() {
        let (_place, store) = archive();
        let store = Arc::new(store);
        let times: Vec<String> = (10..30).map(|day| format!("2026-11-{day}T02:00:00Z")).collect();
        let runs: Vec<_> = times
            .iter()
            .rev()
            .map(|time| {
                let (store, files) = (Arc::clone(&store), files_at(time));
                tokio::spawn(async move { seal(&*store, &files, None).await.unwrap() })
            })
            .collect();
        for run in runs {
            run.await.unwrap();
        }
        let found = history(&*store, TENANT).await.unwrap();
        assert_eq!(found.len(), times.len());
        for archived in &found {
            assert_eq!(verify(&*store, &archived.scan, &[]).await.unwrap().problems, []);
        }
        let verified = verify_archive(&*store, &Request::default()).await.unwrap();
        assert!(verified.is_whole(), "one chain, whoever came first: {verified:?}");
        assert_eq!(head(&*store, TENANT).await.unwrap().unwrap().number, 20);
    }

    #[tokio::test]
    async fn a_damaged_head_stops_sealing_with_its_name() {
        let (_place, store) = archive();
        seal(&store, &files_at(FIRST), None).await.unwrap();
        let key = Key::new(&format!("tenants/{TENANT}/head.json")).unwrap();
        let good = store.get(&key).await.unwrap().unwrap();
        let text = String::from_utf8(good.bytes.to_vec()).unwrap();
        for bad in [
            String::new(),
            "{}".to_owned(),
            text.replace("muster.head/1", "muster.head/9"),
            text.replace("20261001", "20261002"),
            text.replace(TENANT, "00000000-1111-2222-3333-555555555555"),
            text.replace("2026-10-01T02", "2026-10-01T03"),
            text.replace("\"number\":1", "\"number\":2"),
            text.replacen("{\"schema\"", "{ \"schema\"", 1),
            text.replace("tenants/", "../"),
        ] {
            let etag = store.get(&key).await.unwrap().unwrap().etag;
            store.put_if(&key, bad.clone().into(), Some(&etag)).await.unwrap();
            let error = seal(&store, &files_at(SECOND), None).await.unwrap_err();
            assert!(error.to_string().contains("head.json cannot be read"), "{bad}: {error}");
        }
    }
}
