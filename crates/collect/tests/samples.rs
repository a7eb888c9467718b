//! The sample tenants, collected from the simulated cloud.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collect::{Credential, Endpoints, Limiter, Limits, Progress, Rate, collect};
use model::{Data, Dataset, Profile, SignInMethod, Snapshot};
use simulator::{Cloud, Faults, NOW, Options, Tenant, samples};

/// What takes a request for each account: slow in a test of thousands of them, and tested on small
/// tenants all the same.
const BY_ACCOUNT: Data = Data::UserAuthenticationRequirements;

#[derive(Default)]
struct Log(Mutex<Vec<(Data, bool)>>);

impl Progress for Log {
    fn started(&self, data: Data) {
        self.0.lock().unwrap().push((data, false));
    }

    fn finished(&self, data: Data, _: Result<usize, &model::Unavailable>) {
        self.0.lock().unwrap().push((data, true));
    }
}

async fn scan(cloud: &Cloud, tenant: &Tenant, wanted: BTreeSet<Data>) -> (Snapshot, Log) {
    scan_within(cloud, tenant, wanted, Limits { seed: Some(7), ..Limits::loopback() }).await
}

async fn scan_within(
    cloud: &Cloud,
    tenant: &Tenant,
    wanted: BTreeSet<Data>,
    limits: Limits,
) -> (Snapshot, Log) {
    let profile = Profile::parse(tenant.profile()).unwrap();
    let credential = Credential::new(SignInMethod::Secret, tenant.secret()).unwrap();
    let request = collect::Request {
        profile: &profile,
        endpoints: Endpoints::of(profile.tenant.cloud).at(&cloud.url()),
        credential: &credential,
        wanted,
        started_at: NOW,
        limits,
    };
    let log = Log::default();
    (collect(&request, &log).await.unwrap(), log)
}

async fn start(options: Options) -> (Cloud, Vec<Tenant>) {
    let tenants = samples().unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    (Cloud::start(tenants.clone(), options, address).await.unwrap(), tenants)
}

fn all() -> BTreeSet<Data> {
    Data::ALL.iter().copied().collect()
}

/// Records and reasons by dataset, without the server's address.
fn essence(snapshot: &Snapshot, cloud: &Cloud) -> BTreeMap<String, String> {
    let text = |dataset: &Dataset| match dataset {
        Dataset::Collected(it) => it.records.get().replace(&cloud.url(), ""),
        Dataset::Unavailable(it) => format!("{:?}", it.reason),
    };
    snapshot.datasets.iter().map(|(name, dataset)| (name.clone(), text(dataset))).collect()
}

#[tokio::test]
async fn every_sample_is_read_with_requests_that_the_services_know() {
    let (cloud, tenants) = start(Options::default()).await;
    assert!(!tenants.is_empty());
    for tenant in &tenants {
        let (snapshot, log) = scan(&cloud, tenant, all()).await;
        assert_eq!(snapshot.tenant.id, tenant.id());
        let log = log.0.into_inner().unwrap();
        for data in Data::ALL {
            assert!(snapshot.dataset(*data).is_some(), "{}: {data} vanished", tenant.name());
            for finished in [false, true] {
                let told = log.iter().filter(|entry| **entry == (*data, finished)).count();
                assert_eq!(told, 1, "{}: {data}", tenant.name());
            }
        }
        let written = snapshot.to_json().unwrap();
        assert_eq!(Snapshot::read(&written).unwrap().to_json().unwrap(), written);
    }
    assert_eq!(cloud.unknown_requests(), [""; 0]);
    cloud.stop().await;
}

/// Every sample, from a cloud without trouble and from one with it: the same records.
async fn same_records(page_size: Option<usize>, faults: Faults) -> Cloud {
    let (calm, tenants) = start(Options::default()).await;
    let (rough, _) = start(Options { page_size, faults, ..Options::default() }).await;
    for tenant in &tenants {
        let mut wanted = all();
        wanted.remove(&BY_ACCOUNT);
        let expected = essence(&scan(&calm, tenant, wanted.clone()).await.0, &calm);
        let (snapshot, _) = scan(&rough, tenant, wanted).await;
        let found = essence(&snapshot, &rough);
        for (name, expected) in &expected {
            assert_eq!(found.get(name), Some(expected), "{}: {name}", tenant.name());
        }
        let traffic: serde_json::Value =
            serde_json::from_str(snapshot.other["traffic"].get()).unwrap();
        let of_tenant: Vec<_> = rough.requests();
        let of_tenant = of_tenant.iter().filter(|seen| seen.tenant.as_deref() == Some(tenant.id()));
        let throttled = of_tenant.filter(|seen| seen.status == 429).count();
        assert!(traffic["throttled"].as_u64().unwrap() >= throttled as u64, "{traffic}");
        assert!(throttled == 0 || traffic["waitedMs"].as_u64().unwrap() > 0, "{traffic}");
    }
    calm.stop().await;
    rough
}

#[tokio::test]
async fn throttling_and_small_and_empty_pages_change_no_record() {
    let faults =
        Faults { throttle_every: Some(3), retry_after: 1, empty_pages: true, ..Faults::default() };
    same_records(Some(400), faults).await.stop().await;
}

#[tokio::test]
async fn overlapping_and_repeated_pages_change_no_record() {
    let faults = Faults { overlapping_pages: true, ..Faults::default() };
    same_records(Some(150), faults).await.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_throttled_and_a_twentieth_failing_change_no_record() {
    for seed in [1, 2] {
        let faults = Faults { seed, throttled: 0.3, failing: 0.05, ..Faults::default() };
        let cloud = same_records(Some(300), faults).await;
        let statuses = cloud.counters().statuses;
        let all: usize = statuses.values().sum();
        assert!(statuses[&429] * 10 > all * 2, "{statuses:?}");
        assert!(statuses.keys().any(|status| *status >= 500), "{statuses:?}");
        cloud.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_batches_are_throttled_each_by_itself() {
    let faults = Faults { throttled: 0.3, failing: 0.05, ..Faults::default() };
    let (calm, tenants) = start(Options::default()).await;
    let (rough, _) = start(Options { faults, ..Options::default() }).await;
    let tenant = tenants.iter().find(|tenant| tenant.name().contains("kestrel")).unwrap();
    let wanted = BTreeSet::from([BY_ACCOUNT]);
    let expected = essence(&scan(&calm, tenant, wanted.clone()).await.0, &calm);
    let found = essence(&scan(&rough, tenant, wanted).await.0, &rough);
    assert_eq!(found, expected);
    assert!(expected[BY_ACCOUNT.name()].contains("perUserMfaState"));
    let part = |seen: &&simulator::Seen| seen.is_part && seen.status == 429;
    assert!(rough.requests().iter().filter(part).count() > 3);
    calm.stop().await;
    rough.stop().await;
}

/// A fully licensed sample with so many people.
fn large(people: u32) -> Tenant {
    let tenants = samples().unwrap();
    let tenant =
        tenants.into_iter().find(|tenant| tenant.name().contains("tamarind-vale")).unwrap();
    tenant.with_people(people).unwrap()
}

#[tokio::test]
async fn a_tenant_of_five_hundred_takes_few_requests() {
    let tenant = large(480);
    let address = "127.0.0.1:0".parse().unwrap();
    let cloud = Cloud::start(vec![tenant.clone()], Options::default(), address).await.unwrap();
    let (snapshot, _) = scan(&cloud, &tenant, all()).await;
    let counters = cloud.counters();
    assert!(counters.requests <= 150, "{counters:#?}");
    // Per-user MFA is the one thing that only each account tells.
    for (path, count) in &counters.paths {
        let few = *count <= 60 || path.ends_with("/users/{id}/authentication/requirements");
        assert!(few, "{path}: {count}");
    }
    let traffic: serde_json::Value = serde_json::from_str(snapshot.other["traffic"].get()).unwrap();
    assert_eq!(traffic["requests"].as_u64().unwrap(), counters.requests as u64);
    let mut without = all();
    without.remove(&BY_ACCOUNT);
    scan(&cloud, &tenant, without).await;
    let more = cloud.counters();
    let parts = more.parts - counters.parts;
    assert!(parts < 100, "no call per account: {parts}");
    cloud.stop().await;
}

#[tokio::test]
async fn last_sign_ins_are_asked_for_those_who_matter_where_that_takes_fewer_requests() {
    let wanted = BTreeSet::from([
        Data::SignInActivity,
        Data::Users,
        Data::RoleAssignments,
        Data::GroupMembers,
        Data::ExchangeMailboxes,
    ]);
    let address = "127.0.0.1:0".parse().unwrap();
    let tenant = large(20_000);
    let cloud = Cloud::start(vec![tenant.clone()], Options::default(), address).await.unwrap();
    let (snapshot, _) = scan(&cloud, &tenant, wanted.clone()).await;
    let asked = |cloud: &Cloud| {
        let requests = cloud.requests();
        requests.iter().filter(|seen| seen.what.contains("signInActivity")).count()
    };
    let all_pages = 20_000 / 500;
    assert!(asked(&cloud) < all_pages, "{}", asked(&cloud));
    let times = match snapshot.dataset(Data::SignInActivity) {
        Some(Dataset::Collected(times)) => times,
        other => panic!("{other:?}"),
    };
    let records: Vec<serde_json::Value> = serde_json::from_str(times.records.get()).unwrap();
    assert_eq!(records.len(), asked(&cloud));
    assert!(times.other["notes"].get().contains("asked for"), "{}", times.other["notes"]);

    // Two a minute, and no time for them: nothing is spent, and the snapshot says so.
    let before = asked(&cloud);
    let limits = Limits {
        budget: Duration::from_secs(30),
        sign_in_activity: Arc::new(Limiter::new(Rate { calls: 2, per: Duration::from_mins(1) })),
        ..Limits::loopback()
    };
    let (snapshot, _) = scan_within(&cloud, &tenant, wanted, limits).await;
    let Some(Dataset::Unavailable(gap)) = snapshot.dataset(Data::SignInActivity) else { panic!() };
    assert_eq!(gap.reason, model::UnavailableReason::Throttled);
    assert!(gap.detail.contains("for all of its tenants"), "{}", gap.detail);
    assert_eq!(asked(&cloud), before);
    cloud.stop().await;
}

#[tokio::test]
async fn only_what_is_wanted_is_asked_for() {
    let (cloud, tenants) = start(Options::default()).await;
    let tenant = tenants.first().unwrap();
    let (snapshot, _) = scan(&cloud, tenant, BTreeSet::from([Data::SecurityDefaults])).await;
    let asked: Vec<_> = cloud.requests().into_iter().map(|seen| seen.what).collect();
    assert_eq!(asked.len(), 4, "token, organization, subscriptions, policy: {asked:?}");
    assert!(matches!(snapshot.dataset(Data::Users), Some(Dataset::Unavailable(_))));
    cloud.stop().await;
}
