//! A scan whose process dies at any of its writes: nothing completed is lost, and the next run puts
//! everything right.

use std::sync::atomic::{AtomicUsize, Ordering};

use archive::{Bytes, Folder, Key, Object, Request, Store, StoreError, verify_archive};
use collect::{Credential, Endpoints, Limits, Silence};
use controls::Checklist;
use model::{Profile, SignInMethod, Timestamp};
use report::{Brand, Options};
use simulator::Cloud;

/// A folder whose writer dies after so many writes and never comes back.
struct Mortal<'f> {
    folder: &'f Folder,
    left: AtomicUsize,
}

impl Mortal<'_> {
    async fn write(
        &self,
        write: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let dead = StoreError::Location { location: "dead".to_owned(), why: String::new() };
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        {
            Ok(_) => write.await,
            Err(_) => Err(dead),
        }
    }
}

impl Store for Mortal<'_> {
    async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        self.folder.get(key).await
    }

    async fn put_new(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.write(self.folder.put_new(key, bytes)).await
    }

    async fn put_if(&self, key: &Key, bytes: Bytes, etag: Option<&str>) -> Result<(), StoreError> {
        self.write(self.folder.put_if(key, bytes, etag)).await
    }

    async fn list(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        self.folder.list(folder, after).await
    }

    async fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        self.folder.names(folder).await
    }

    async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.write(self.folder.remove(key)).await
    }
}

async fn scan(
    cloud: &Cloud,
    profile: &Profile,
    store: &impl Store,
    started_at: &str,
) -> Result<muster::Scanned, muster::ScanError> {
    let started_at: Timestamp = started_at.parse().unwrap();
    let credential = Credential::new(SignInMethod::Secret, "simulated").unwrap();
    let scan = muster::Scan {
        profile,
        checklist: &Checklist::named("essentials").unwrap(),
        brand: &Brand::default(),
        options: &Options::default(),
        endpoints: &Endpoints::of(profile.tenant.cloud).at(&cloud.url()),
        credential: &credential,
        limits: &Limits::loopback(),
        started_at,
        signing_key: None,
    };
    muster::scan(&scan, store, &Silence).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_write_the_next_run_puts_it_right() {
    const TIMES: [&str; 3] =
        ["2026-11-14T04:00:00Z", "2026-11-15T04:00:00Z", "2026-11-16T04:00:00Z"];
    let mut samples = simulator::samples().unwrap();
    samples.retain(|sample| sample.name().contains("kestrel"));
    let profile = Profile::parse(samples[0].profile()).unwrap();
    let options = simulator::Options::default();
    let cloud = Cloud::start(samples, options, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let first = tempfile::tempdir().unwrap();
    let store = Folder::open_for_writing(first.path()).unwrap();
    scan(&cloud, &profile, &store, TIMES[0]).await.unwrap();
    let whole = crate::program::tree(first.path());

    let mut writes = 0;
    loop {
        let place = tempfile::tempdir().unwrap();
        for (name, content) in &whole {
            let path = place.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let store = Folder::open_for_writing(place.path()).unwrap();
        let dying = Mortal { folder: &store, left: AtomicUsize::new(writes) };
        let killed = scan(&cloud, &profile, &dying, TIMES[1]).await.is_err();
        scan(&cloud, &profile, &store, TIMES[2]).await.unwrap();
        let verified = verify_archive(&store, &Request::default()).await.unwrap();
        assert!(verified.is_whole(), "after {writes} writes: {verified:#?}");
        let tenant = &verified.tenants[0];
        // As soon as the snapshot was written, what was collected is kept.
        assert_eq!(tenant.scans.len(), if writes == 0 { 2 } else { 3 }, "after {writes} writes");
        assert!(tenant.unfinished.is_empty(), "after {writes} writes");
        for (name, content) in &whole {
            let kept = std::fs::read(place.path().join(name)).unwrap();
            assert!(name.ends_with("head.json") || kept == *content, "{name}");
        }
        if !killed {
            break;
        }
        writes += 1;
    }
    assert!(writes >= 10, "a scan is at least ten writes, not {writes}");
    cloud.stop().await;
}
