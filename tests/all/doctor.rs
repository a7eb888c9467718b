//! Getting a tenant ready: `muster permissions`, `muster onboard`, `muster doctor`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use simulator::{Cloud, Options, Tenant};

use crate::generated::fresh;
use crate::program::{self, Run, muster, run};

/// A sample, perhaps with other settings of the simulated cloud, and its profile.
struct Sample {
    tenant: Tenant,
    profile: String,
}

/// The sample of that name with these settings added to those that every sample has, in a cloud.
fn changed(name: &str, settings: &str, cloud: &str) -> Sample {
    let from = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/tenants")).join(name);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let original = std::fs::read_to_string(folder.join("simulator.toml")).unwrap();
    let app = original.lines().find(|line| line.starts_with("app-id")).unwrap();
    let app = if settings.contains("app-id") { "" } else { app };
    let text = format!("{app}\n{settings}\ncloud = \"{cloud}\"\n");
    std::fs::write(folder.join("simulator.toml"), text).unwrap();
    let tenant = Tenant::read(&folder).unwrap();
    let lives = |cloud: &str| format!("cloud = \"{cloud}\"");
    let profile = tenant.profile().replace(&lives("commercial"), &lives(cloud));
    Sample { tenant, profile }
}

/// The sample as it is.
fn sample(name: &str) -> Sample {
    let mut samples = simulator::samples().unwrap().into_iter();
    let tenant = samples.find(|tenant| tenant.name() == name).unwrap();
    Sample { profile: tenant.profile().to_owned(), tenant }
}

/// Runs `muster` against a cloud of these tenants, with `{profiles}` for the folder of their
/// profiles; also returns the requests that the cloud got.
async fn against(tenants: &[Sample], secret: &str, arguments: &[&str]) -> (Run, Vec<String>) {
    // Logs reach back from the caller's clock.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = model::Timestamp::from_second(now.as_secs().try_into().unwrap()).unwrap();
    let options = Options { now: Some(now), ..Options::default() };
    let list = tenants.iter().map(|sample| sample.tenant.clone()).collect();
    let cloud = Cloud::start(list, options, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let profiles = tempfile::tempdir().unwrap();
    for sample in tenants {
        let path = profiles.path().join(format!("{}.toml", sample.tenant.name()));
        std::fs::write(path, &sample.profile).unwrap();
    }
    let folder = profiles.path().to_str().unwrap();
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| argument.replace("{profiles}", folder))
        .chain(["--cloud-url".to_owned(), cloud.url()])
        .collect();
    let secret = secret.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program::path("muster"));
        run(command.args(&arguments).env("MUSTER_SIMULATOR_SECRET", secret))
    });
    let run = run.await.unwrap();
    assert_eq!(cloud.unknown_requests(), Vec::<String>::new());
    let requests = cloud.requests().into_iter().map(|seen| seen.what).collect();
    cloud.stop().await;
    (run, requests)
}

const DOCTOR: [&str; 3] = ["doctor", "--tenants", "{profiles}"];
const DOCTOR_JSON: [&str; 5] = ["doctor", "--tenants", "{profiles}", "--format", "json"];

/// The exit status, and what the doctor says of one tenant.
async fn diagnosis(sample: Sample, secret: &str) -> (i32, Value) {
    let (run, _) = against(&[sample], secret, &DOCTOR_JSON).await;
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    assert_eq!(report["schema"], "muster.doctor/1");
    (run.status, report["tenants"][0].clone())
}

/// What is missing by name. Each names controls and a next step.
fn missing(diagnosis: &Value) -> BTreeSet<&str> {
    let all = diagnosis["missing"].as_array().unwrap();
    for one in all {
        assert!(!one["controls"].as_array().unwrap().is_empty(), "{one}");
        assert!(one["next"].as_str().unwrap().len() > 20, "{one}");
    }
    all.iter().map(|one| one["what"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_are_examined_with_few_requests() {
    let tenants: Vec<Sample> =
        simulator::samples().unwrap().iter().map(|tenant| sample(tenant.name())).collect();
    let (run, requests) = against(&tenants, "simulated", &DOCTOR).await;
    assert_eq!(run.status, 3, "{}", run.err);
    fresh("tests/golden/doctor.txt", &run.out);
    // Four tokens, a request for each dataset, and a few to find something to try them on.
    assert!(requests.len() < 85 * tenants.len(), "{}", requests.len());
    // A school of thousands is not read.
    assert!(!requests.iter().any(|request| request.contains("skiptoken")), "pages were followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_misses_what_a_scan_is_refused() {
    let (status, found) = diagnosis(sample("marisol-ferries"), "simulated").await;
    assert_eq!(status, 3);
    assert_eq!(found["state"], "incomplete");
    let tried = found["datasets"].as_array().unwrap();
    let in_state = |state: &str| -> BTreeSet<&str> {
        let some = tried.iter().filter(|dataset| dataset["state"] == state);
        some.map(|dataset| dataset["name"].as_str().unwrap()).collect()
    };

    let place = tempfile::tempdir().unwrap();
    let snapshot = place.path().join("snapshot.json");
    let tenant = sample("marisol-ferries");
    let id = tenant.tenant.id().to_owned();
    let file = snapshot.to_str().unwrap();
    let arguments = ["collect", "--tenants", "{profiles}", "--tenant", &id, "-o", file];
    let (run, _) = against(&[tenant], "simulated", &arguments).await;
    assert_eq!(run.status, 3, "{}", run.err);
    let snapshot: Value = serde_json::from_slice(&std::fs::read(snapshot).unwrap()).unwrap();
    let datasets = snapshot["datasets"].as_object().unwrap();
    let refused: BTreeSet<&str> = datasets
        .iter()
        .filter(|(_, dataset)| dataset["reason"] == "forbidden")
        .map(|(name, _)| name.as_str())
        // A permission for what the tenant does not own is not missed.
        .filter(|name| !in_state("notLicensed").contains(name))
        .collect();
    assert!(refused.len() > 10);
    assert_eq!(in_state("refused"), refused);

    // With what the sample has and what the doctor misses, nothing is missing any more.
    let had = [
        "Domain.Read.All",
        "GroupMember.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "User.Read.All",
    ];
    assert!(missing(&found).contains("Global Reader"));
    let granted: Vec<&str> = had.into_iter().chain(missing(&found)).collect();
    let with = |names: &[&str]| {
        changed("marisol-ferries", &format!("graph-permissions = {names:?}"), "commercial")
    };
    let (status, mended) = diagnosis(with(&granted), "simulated").await;
    assert_eq!((status, &mended["state"]), (0, &Value::from("ready")), "{:#}", mended["missing"]);
    // One fewer is one missing.
    let fewer: Vec<&str> =
        granted.iter().copied().filter(|name| *name != "AuditLog.Read.All").collect();
    let (status, broken) = diagnosis(with(&fewer), "simulated").await;
    assert_eq!(status, 3);
    assert_eq!(missing(&broken), BTreeSet::from(["AuditLog.Read.All"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_takes_two_grants_and_azure_a_role() {
    let with = |settings| changed("tamarind-vale", settings, "commercial");
    let (status, found) = diagnosis(with("directory-roles = []"), "simulated").await;
    assert_eq!(status, 3);
    let azure = "Reader of the Entra diagnostic settings";
    assert_eq!(missing(&found), BTreeSet::from(["Global Reader", azure]));
    assert_eq!(found["directoryRoles"], serde_json::json!([]));

    let (_, found) = diagnosis(with("exchange-permissions = []"), "simulated").await;
    assert_eq!(missing(&found), BTreeSet::from(["Exchange.ManageAsApp"]));

    let reader = "directory-roles = [\"5d6b6bb7-de71-4623-b4af-96380a352509\"]";
    let (_, found) = diagnosis(with(reader), "simulated").await;
    assert_eq!(missing(&found), BTreeSet::from(["Global Reader"]));
    let because = found["missing"][0]["because"].as_str().unwrap();
    assert!(because.starts_with("Security Reader does not open"), "{because}");
}

#[tokio::test(flavor = "multi_thread")]
async fn government_clouds_ask_for_a_permission_more() {
    let settings = "compliance-permissions = []";
    let (status, _) =
        diagnosis(changed("tamarind-vale", settings, "commercial"), "simulated").await;
    assert_eq!(status, 0);
    let (status, found) =
        diagnosis(changed("tamarind-vale", settings, "gccHigh"), "simulated").await;
    assert_eq!(status, 3, "{found:#}");
    assert_eq!(missing(&found), BTreeSet::from(["Exchange.ManageAsApp"]));
    let because = &found["missing"][0]["because"];
    assert_eq!(because, "not granted on Microsoft Exchange Online Protection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_is_explained() {
    let (status, found) = diagnosis(sample("kestrel-row"), "not-the-secret").await;
    assert_eq!(status, 4);
    assert_eq!(found["state"], "unreachable");
    assert_eq!(found["signIn"][0]["code"], 7_000_215);
    let because = found["missing"][0]["because"].as_str().unwrap();
    assert!(because.starts_with("AADSTS7000215: The secret is wrong"), "{because}");
    let controls = found["missing"][0]["controls"].as_array().unwrap();
    assert_eq!(controls.len(), controls::catalog().count());

    let settings = "app-id = \"00000000-0000-4000-8000-000000000009\"";
    let elsewhere = || changed("kestrel-row", settings, "commercial");
    let (_, found) = diagnosis(elsewhere(), "simulated").await;
    assert_eq!(found["signIn"][0]["code"], 700_016);
    let next = found["missing"][0]["next"].as_str().unwrap();
    assert!(next.contains("/adminconsent?client_id=d3b60f84"), "{next}");

    // Where one tenant is out of reach and another is not, something was done.
    let both = [elsewhere(), sample("tamarind-vale")];
    let (run, _) = against(&both, "simulated", &DOCTOR).await;
    assert_eq!(run.status, 3);
    let last = "2 tenants: 1 ready, 0 incomplete, 1 out of reach.";
    assert!(run.out.contains(last), "{}", run.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_looked_up_and_its_cloud_with_it() {
    let tenant = changed("tamarind-vale", "", "gccHigh");
    let id = tenant.tenant.id().to_owned();
    let domain = model::Profile::parse(&tenant.profile).unwrap().tenant.domain;
    let client = "0c0c0c0c-0000-4000-8000-000000000002";
    let arguments = ["onboard", &domain, "--client-id", client, "--format", "profile"];
    let (run, _) = against(&[tenant], "", &arguments).await;
    assert_eq!(run.status, 0, "{}", run.err);
    let found = model::Profile::parse(&run.out).unwrap();
    assert_eq!(found.tenant.id, id.as_str());
    assert_eq!(found.tenant.cloud, model::Cloud::GccHigh);
    assert_eq!(found.sign_in.client_id, client);

    let nobody = ["onboard", "nobody.example", "--client-id", client];
    let (run, _) = against(&[sample("kestrel-row")], "", &nobody).await;
    assert_eq!(run.status, 4);
    assert!(run.err.contains("no tenant is called nobody.example"), "{}", run.err);
}

#[test]
fn onboarding_differs_by_cloud() {
    let id = "0a0a0a0a-0000-4000-8000-000000000001";
    let client = "0c0c0c0c-0000-4000-8000-000000000002";
    for cloud in ["commercial", "gcc", "gccHigh", "dod", "china"] {
        let run = muster(&["onboard", id, "--client-id", client, "--cloud", cloud]);
        assert_eq!(run.status, 0, "{}", run.err);
        fresh(&format!("tests/golden/onboard-{cloud}.txt"), &run.out);
    }
    let run = muster(&["onboard", "../../etc", "--client-id", client]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("expected its id, one of its domains, or a profile"), "{}", run.err);
    assert_eq!(muster(&["onboard", id]).status, 2);
}

#[test]
fn a_profile_is_onboarded_as_it_says() {
    let tenant = sample("tamarind-vale");
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("tamarind.toml");
    std::fs::write(&path, &tenant.profile).unwrap();
    let run = muster(&["onboard", path.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains(tenant.tenant.app_id().unwrap()));
    assert!(run.out.contains("Tamarind & Vale Actuaries"));
    let folder = place.path().to_str().unwrap();
    let by_folder = muster(&["onboard", tenant.tenant.id(), "--tenants", folder]);
    assert!(by_folder.out.contains("Tamarind & Vale Actuaries"), "{}", by_folder.err);
}

#[test]
fn permissions_follow_from_the_checklist() {
    for checklist in ["default", "essentials"] {
        let run = muster(&["permissions", "--checklist", checklist]);
        assert_eq!(run.status, 0, "{}", run.err);
        fresh(&format!("tests/golden/permissions-{checklist}.txt"), &run.out);
    }
    let manifest = muster(&["permissions", "--format", "manifest"]);
    fresh("tests/golden/permissions-manifest.json", &manifest.out);
    let csv = muster(&["permissions", "--format", "csv"]);
    let json = muster(&["permissions", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    let listed = json["permissions"].as_array().unwrap();
    assert_eq!(csv.out.lines().count(), listed.len() + 1);
    // The manifest has what every tenant needs, and with an option the rest.
    let ids = |text: &str| text.matches("\"id\"").count();
    let always = listed.iter().filter(|one| one["onlyFor"].is_null()).count();
    assert_eq!(ids(&manifest.out), always);
    let all = muster(&["permissions", "--format", "manifest", "--optional"]);
    assert_eq!(ids(&all.out), listed.len());
    assert_eq!(muster(&["permissions", "--checklist", "none"]).status, 2);
}

#[test]
fn the_documentation_names_commands_and_options_that_exist() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/onboarding.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let commands: Vec<String> = blocks
        .flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.starts_with("muster "))
        .collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in commands {
        let words = command.split_whitespace().skip(1).take_while(|word| !">&".contains(word));
        // Everything before it must be known.
        let arguments: Vec<&str> = words.chain(["--help"]).collect();
        let run = muster(&arguments);
        assert_eq!(run.status, 0, "{command}: {}", run.err);
    }
}
