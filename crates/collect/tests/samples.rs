//! The sample tenants, collected from the simulated cloud.

#![expect(clippy::unwrap_used, reason = "without its cloud a test shall fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use collect::{Credential, Endpoints, Limits, Progress, collect};
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
    let profile = Profile::parse(tenant.profile()).unwrap();
    let credential = Credential::new(SignInMethod::Secret, tenant.secret()).unwrap();
    let request = collect::Request {
        profile: &profile,
        endpoints: Endpoints::of(profile.tenant.cloud).at(&cloud.url()),
        credential: &credential,
        wanted,
        started_at: NOW,
        limits: Limits::loopback(),
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

#[tokio::test]
async fn throttling_and_small_and_empty_pages_change_no_record() {
    let (calm, tenants) = start(Options::default()).await;
    let faults = Faults { throttle_every: Some(3), empty_pages: true, ..Faults::default() };
    let (rough, _) = start(Options { page_size: Some(400), faults, ..Options::default() }).await;
    for tenant in &tenants {
        let mut wanted = all();
        wanted.remove(&BY_ACCOUNT);
        let expected = essence(&scan(&calm, tenant, wanted.clone()).await.0, &calm);
        let found = essence(&scan(&rough, tenant, wanted).await.0, &rough);
        for (name, expected) in &expected {
            assert_eq!(found.get(name), Some(expected), "{}: {name}", tenant.name());
        }
    }
    calm.stop().await;
    rough.stop().await;
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
