//! How long parsing and judging take, of sample tenants, of one with a hundred thousand accounts, and
//! of an export.
//!
//! `cargo bench -p muster`. With `MUSTER_EXPORT` set to the path of a `ScubaGear` export, that is
//! measured too.

#![expect(clippy::expect_used, reason = "a benchmark that cannot begin may stop")]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use collect::{Credential, Endpoints, Limits, Request, Silence};
use controls::Checklist;
use model::{Profile, SignInMethod, Snapshot};
use simulator::{Cloud, NOW, Options};

mod made_up;

fn main() {
    divan::main();
}

/// Snapshots of the sample tenants as JSON, by name, with their profiles.
fn samples() -> &'static BTreeMap<String, (Vec<u8>, Profile)> {
    static SAMPLES: OnceLock<BTreeMap<String, (Vec<u8>, Profile)>> = OnceLock::new();
    SAMPLES
        .get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime").block_on(collect_all()))
}

async fn collect_all() -> BTreeMap<String, (Vec<u8>, Profile)> {
    let tenants = simulator::samples().expect("samples");
    let cloud = Cloud::start(tenants.clone(), Options::default(), ([127, 0, 0, 1], 0).into())
        .await
        .expect("a cloud");
    let mut snapshots = BTreeMap::new();
    for tenant in &tenants {
        let profile = Profile::parse(tenant.profile()).expect("a profile");
        let credential = Credential::new(SignInMethod::Secret, tenant.secret()).expect("a secret");
        let request = Request {
            profile: &profile,
            endpoints: Endpoints::of(profile.tenant.cloud).at(&cloud.url()),
            credential: &credential,
            wanted: checklist().data(),
            started_at: NOW,
            limits: Limits::loopback(),
        };
        let snapshot = collect::collect(&request, &Silence).await.expect("a snapshot");
        let json = snapshot.to_json().expect("JSON");
        snapshots.insert(tenant.name().to_owned(), (json, profile));
    }
    cloud.stop().await;
    snapshots
}

fn checklist() -> Checklist {
    Checklist::named("default").expect("the default checklist")
}

fn names() -> Vec<String> {
    samples().keys().cloned().collect()
}

/// Parse and judge a snapshot.
#[divan::bench(args = names())]
fn assess(bencher: divan::Bencher<'_, '_>, name: &str) {
    let (json, profile) = samples().get(name).expect("a sample");
    let checklist = checklist();
    bencher.bench(|| {
        let snapshot = Snapshot::read(json).expect("a snapshot");
        muster::assess(&snapshot, "", profile, &checklist)
    });
}

/// The same for the largest sample tenant with every account twenty times: 100,000 people.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn assess_a_hundred_thousand(bencher: divan::Bencher<'_, '_>) {
    let (json, profile) = samples().values().max_by_key(|(json, _)| json.len()).expect("a sample");
    let json = made_up::enlarged(json, 20);
    let checklist = checklist();
    bencher.bench(|| {
        let snapshot = Snapshot::read(&json).expect("a snapshot");
        muster::assess(&snapshot, "", profile, &checklist)
    });
}

/// Read an export, turn it into a snapshot, judge it.
#[divan::bench]
fn export(bencher: divan::Bencher<'_, '_>) {
    let Some(path) = std::env::var_os("MUSTER_EXPORT") else { return };
    let text = std::fs::read_to_string(path).expect("an export");
    let (checklist, profile) = (checklist(), Profile::default());
    bencher.bench(|| {
        let snapshot = collect::scubagear::import(&text).expect("an export");
        muster::assess(&snapshot, "", &profile, &checklist)
    });
}
