//! What a trouble of the services becomes: the right reason in the right dataset, unknown in the
//! right controls, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use collect::{Credential, Endpoints, Limits, Request, Silence};
use controls::Checklist;
use model::{
    Assessment, Data, Dataset, Profile, SignInMethod, Snapshot, UnavailableReason, Verdict,
};
use simulator::{Cloud, Fault, FaultBody, Faults, NOW, Options, Tenant};

/// What goes wrong with which request, and what it is to become.
struct Trouble {
    fault: Fault,
    data: Data,
    reason: UnavailableReason,
    /// Datasets that are put together with the help of this one.
    with: &'static [Data],
}

fn always(matching: &str, status: u16, body: FaultBody) -> Fault {
    Fault { matching: matching.to_owned(), status, body, ..Fault::default() }
}

fn says(matching: &str, status: u16, code: &str, message: &str) -> Fault {
    let (code, message) = (code.to_owned(), message.to_owned());
    Fault { code, message, ..always(matching, status, FaultBody::Error) }
}

#[rustfmt::skip]
fn troubles() -> Vec<Trouble> {
    use FaultBody::{Cut, Dropped, Empty, Error, Half, Html, NotJson, Nul};
    use UnavailableReason::{Failed, Forbidden, NotLicensed, NotSupported, Throttled};
    let row = |fault, data, reason, with| Trouble { fault, data, reason, with };
    let groups = &[Data::Groups, Data::GroupMembers, Data::GroupEligibilityScheduleInstances];
    vec![
        row(always("GET /v1.0/domains", 403, Error), Data::Domains, Forbidden, &[]),
        row(always("/policies/authorizationPolicy", 401, Error), Data::AuthorizationPolicy, Forbidden, &[]),
        row(always("Get-TransportConfig", 403, Nul), Data::ExchangeTransportConfig, Forbidden, &[]),
        row(always("/conditionalAccess/policies", 429, Error), Data::ConditionalAccessPolicies, Throttled, groups),
        row(always("Get-AcceptedDomain", 503, Empty), Data::ExchangeAcceptedDomains, Throttled, &[]),
        row(always("/conditionalAccess/namedLocations", 500, Error), Data::NamedLocations, Failed, &[]),
        row(always("/v1.0/servicePrincipals?", 502, Html), Data::ServicePrincipals, Failed, &[Data::Applications]),
        row(always("/identitySecurityDefaultsEnforcementPolicy", 200, Cut), Data::SecurityDefaults, Failed, &[]),
        row(always("/deviceRegistrationPolicy", 200, Half), Data::DeviceRegistrationPolicy, Failed, &[]),
        row(always("/adminConsentRequestPolicy", 200, NotJson), Data::AdminConsentRequestPolicy, Failed, &[]),
        row(always("/crossTenantAccessPolicy/default", 200, Dropped), Data::CrossTenantAccessPolicy, Failed, &[]),
        row(Fault { after: 60_000, ..always("/groupSettings", 200, Error) }, Data::GroupSettings, Failed, &[]),
        row(says("/userRegistrationDetails", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither"), Data::UserRegistrationDetails, NotLicensed, &[]),
        row(says("/roleEligibilityScheduleInstances", 400, "AadPremiumLicenseRequired", "The tenant needs P2."), Data::RoleEligibilityScheduleInstances, NotLicensed, groups),
        row(says("/riskyUsers", 400, "BadRequest", "Resource not found for the segment 'riskyUsers'."), Data::RiskyUsers, NotSupported, &[]),
    ]
}

fn tenant() -> Tenant {
    let tenants = simulator::samples().unwrap();
    tenants.into_iter().find(|tenant| tenant.name().contains("tamarind-vale")).unwrap()
}

async fn cloud(tenant: &Tenant, faults: Faults, page_size: Option<usize>) -> Cloud {
    let options = Options { faults, page_size, ..Options::default() };
    Cloud::start(vec![tenant.clone()], options, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

async fn scan(cloud: &Cloud, tenant: &Tenant, limits: Limits) -> (Snapshot, Assessment) {
    let profile = Profile::parse(tenant.profile()).unwrap();
    let checklist = Checklist::named("default").unwrap();
    let request = Request {
        profile: &profile,
        endpoints: Endpoints::of(profile.tenant.cloud).at(&cloud.url()),
        credential: &Credential::new(SignInMethod::Secret, tenant.secret()).unwrap(),
        wanted: checklist.data(),
        started_at: NOW,
        limits,
    };
    let snapshot = collect::collect(&request, &Silence).await.unwrap();
    let assessment = muster::assess(&snapshot, "", &profile, &checklist);
    (snapshot, assessment)
}

fn limits() -> Limits {
    let request_timeout = Duration::from_secs(2);
    Limits { seed: Some(1), request_timeout, failed_tries: 2, ..Limits::loopback() }
}

fn records(snapshot: &Snapshot) -> BTreeMap<&str, String> {
    let text = |dataset: &Dataset| match dataset {
        Dataset::Collected(it) => it.records.get().to_owned(),
        Dataset::Unavailable(it) => format!("{:?}", it.reason),
    };
    snapshot.datasets.iter().map(|(name, dataset)| (name.as_str(), text(dataset))).collect()
}

fn verdicts(assessment: &Assessment) -> BTreeMap<&str, Verdict> {
    assessment.controls.iter().map(|control| (control.id.as_str(), control.verdict)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_trouble_is_the_right_hole_and_costs_only_the_controls_that_need_it() {
    let tenant = tenant();
    let calm = cloud(&tenant, Faults::default(), None).await;
    let (whole, judged) = scan(&calm, &tenant, limits()).await;
    calm.stop().await;
    let (whole, judged) = (records(&whole), verdicts(&judged));

    let mut unminded = Vec::new();
    for Trouble { fault, data, reason, with } in troubles() {
        let faults = Faults { faults: vec![fault.clone()], ..Faults::default() };
        let rough = cloud(&tenant, faults, None).await;
        let (snapshot, assessment) = scan(&rough, &tenant, limits()).await;
        rough.stop().await;
        let Some(Dataset::Unavailable(gap)) = snapshot.dataset(data) else {
            panic!("{data} was collected through {fault:?}");
        };
        assert_eq!(gap.reason, reason, "{data}: {}", gap.detail);
        assert!(!gap.detail.is_empty() && !gap.detail.contains('\0'), "{data}: {}", gap.detail);

        let now = records(&snapshot);
        let changed: BTreeSet<&str> =
            now.keys().copied().filter(|name| now.get(name) != whole.get(name)).collect();
        let mut allowed: BTreeSet<&str> = with.iter().map(|data| data.name()).collect();
        allowed.insert(data.name());
        assert!(changed.is_subset(&allowed), "{data} changed {changed:?}");

        let mut became_unknown = 0;
        let now = verdicts(&assessment);
        for control in controls::catalog() {
            let reads = control.reads.iter().any(|data| changed.contains(data.name()));
            let (before, after) = (judged[control.id], now[control.id]);
            if !reads {
                assert_eq!(after, before, "{} does not read {data}", control.id);
            } else if after != before {
                let is_hole = matches!(after, Verdict::Unknown)
                    || (reason == UnavailableReason::NotLicensed
                        && after == Verdict::NotApplicable);
                assert!(is_hole, "{} went from {before:?} to {after:?} by {data}", control.id);
                became_unknown += 1;
            }
        }
        if became_unknown == 0 {
            unminded.push(data);
        }
    }
    // In this tenant no verdict rests on these two: what else is read decides.
    assert_eq!(unminded, [Data::NamedLocations, Data::DeviceRegistrationPolicy]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_a_stranger_is_not_followed_and_the_list_is_not_short() {
    let tenant = tenant();
    let faults = Faults { foreign_links: "namedLocations".to_owned(), ..Faults::default() };
    let cloud = cloud(&tenant, faults, None).await;
    let (snapshot, _) = scan(&cloud, &tenant, limits()).await;
    let Some(Dataset::Unavailable(gap)) = snapshot.dataset(Data::NamedLocations) else { panic!() };
    assert_eq!(gap.reason, UnavailableReason::Truncated);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_expire_on_the_way_cost_nothing() {
    let tenant = tenant();
    let calm = cloud(&tenant, Faults::default(), None).await;
    let (whole, _) = scan(&calm, &tenant, limits()).await;
    calm.stop().await;
    // The service forgets them sooner than it said, and each answer takes a while.
    let refused = Fault { times: Some(1), ..always("graph GET", 401, FaultBody::Error) };
    let faults = Faults { faults: vec![refused], latency: 5, ..Faults::default() };
    let options = Options { faults, token_lifetime: Some(1), ..Options::default() };
    let address = ([127, 0, 0, 1], 0).into();
    let rough = Cloud::start(vec![tenant.clone()], options, address).await.unwrap();
    let (snapshot, _) = scan(&rough, &tenant, limits()).await;
    assert_eq!(records(&snapshot), records(&whole));
    rough.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cloud_that_answers_nothing_ends_within_the_budget() {
    let tenant = tenant();
    let mut fault = always("graph GET", 200, FaultBody::Error);
    fault.after = 60_000;
    let faults = Faults { faults: vec![fault], ..Faults::default() };
    let slow = cloud(&tenant, faults, None).await;
    let budget = Duration::from_secs(3);
    let began = Instant::now();
    let (snapshot, assessment) = scan(&slow, &tenant, Limits { budget, ..limits() }).await;
    assert!(began.elapsed() < budget + Duration::from_secs(5), "{:?}", began.elapsed());
    let Some(Dataset::Unavailable(_)) = snapshot.dataset(Data::Users) else { panic!() };
    let passed = assessment.controls.iter().filter(|control| control.verdict == Verdict::Pass);
    let passed: Vec<_> = passed.map(|control| control.id.as_str()).collect();
    let from_mail = |id: &&str| {
        let control = controls::catalog().find(|control| control.id == *id).unwrap();
        control
            .reads
            .iter()
            .any(|data| !matches!(snapshot.dataset(*data), Some(Dataset::Unavailable(_)) | None))
    };
    assert!(passed.iter().all(from_mail), "nothing was read and these pass: {passed:?}");
    slow.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_in_which_pages_and_records_come_changes_no_verdict() {
    let tenant = tenant();
    let calm = cloud(&tenant, Faults::default(), None).await;
    let (mut whole, _) = scan(&calm, &tenant, limits()).await;
    calm.stop().await;
    let small = cloud(&tenant, Faults { empty_pages: true, ..Faults::default() }, Some(3)).await;
    let (paged, in_pages) = scan(&small, &tenant, limits()).await;
    small.stop().await;
    let profile = Profile::parse(tenant.profile()).unwrap();
    let checklist = Checklist::named("default").unwrap();
    // What the snapshot says of its own making is no part of the assessment.
    whole.taken_at = paged.taken_at;
    let judged = muster::assess(&whole, "", &profile, &checklist);
    assert_eq!(json(&judged), json(&in_pages));
    for dataset in whole.datasets.values_mut() {
        if let Dataset::Collected(collected) = dataset {
            let mut records: Vec<Box<serde_json::value::RawValue>> =
                serde_json::from_str(collected.records.get()).unwrap();
            records.reverse();
            collected.records = serde_json::value::to_raw_value(&records).unwrap();
        }
    }
    let reversed = muster::assess(&whole, "", &profile, &checklist);
    assert_eq!(json(&judged), json(&reversed));
}

fn json(assessment: &Assessment) -> serde_json::Value {
    serde_json::to_value(assessment).unwrap()
}
