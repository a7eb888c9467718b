//! `muster scan` as an operator runs it: profiles in a folder, a cloud over HTTP, an archive in a
//! real S3-compatible server.

use std::process::Command;

use simulator::{Cloud, Options};

use crate::archive_s3::Server;
use crate::program::{self, Run};

/// A simulated cloud and the folder of its tenants' profiles.
async fn cloud() -> (Cloud, tempfile::TempDir) {
    let samples = simulator::samples().unwrap();
    let profiles = tempfile::tempdir().unwrap();
    for sample in samples.iter().filter(|sample| !sample.name().contains("school")) {
        let path = profiles.path().join(format!("{}.toml", sample.name()));
        std::fs::write(path, sample.profile()).unwrap();
    }
    let cloud = Cloud::start(samples, Options::default(), ([127, 0, 0, 1], 0).into()).await;
    (cloud.unwrap(), profiles)
}

async fn run(mut command: Command) -> Run {
    tokio::task::spawn_blocking(move || program::run(&mut command)).await.unwrap()
}

fn muster(arguments: &[&str]) -> Command {
    let mut command = Command::new(program::path("muster"));
    command.args(arguments).env("MUSTER_SIMULATOR_SECRET", "simulated");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.to_ascii_lowercase().contains("proxy") {
            command.env_remove(name);
        }
    }
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tenant_is_archived_in_s3() {
    let (cloud, profiles) = cloud().await;
    let server = Server::start().await;
    let folder = profiles.path().to_str().unwrap();
    let url = cloud.url();
    let mut command = muster(&[
        "scan",
        "--tenants",
        folder,
        "--cloud-url",
        &url,
        "--archive",
        "s3://evidence/scans",
    ]);
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "an-id")
        .env("AWS_SECRET_ACCESS_KEY", "a-secret")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let run = run(command).await;
    // One sample tenant grants half of the permissions: done, but not all could be read.
    assert_eq!(run.status, 3, "{}{}", run.out, run.err);
    let store = server.store("scans");
    for sample in simulator::samples().unwrap() {
        if sample.name().contains("school") {
            continue;
        }
        let history = archive::history(&store, sample.id()).await.unwrap();
        assert_eq!(history.len(), 1, "{}", sample.name());
        let checked = archive::verify(&store, &history[0].scan, &[]).await.unwrap();
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    }
    assert!(cloud.unknown_requests().is_empty(), "{:?}", cloud.unknown_requests());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_cannot_be_signed_in_to_stops_no_other() {
    let (cloud, profiles) = cloud().await;
    let stranger = "[tenant]\nid = \"0b0b0b0b-0000-4000-8000-000000000002\"\nname = \"Stranger\"\n\
                    [sign-in]\nmethod = \"secret\"\ncredential = \"env:MUSTER_SIMULATOR_SECRET\"\n";
    std::fs::write(profiles.path().join("a-stranger.toml"), stranger).unwrap();
    let archive = tempfile::tempdir().unwrap();
    let (folder, url) = (profiles.path().to_str().unwrap(), cloud.url());
    let place = archive.path().to_str().unwrap();
    let everybody =
        run(muster(&["scan", "--tenants", folder, "--cloud-url", &url, "--archive", place])).await;
    assert_eq!(everybody.status, 3, "{}{}", everybody.out, everybody.err);
    assert!(everybody.out.contains("not scanned: "), "{}", everybody.out);
    let manifests =
        program::tree(archive.path()).into_keys().filter(|name| name.ends_with("dsse.json"));
    assert_eq!(manifests.count(), 5, "the others are archived");
    let alone = run(muster(&[
        "scan",
        "--tenants",
        folder,
        "--cloud-url",
        &url,
        "--archive",
        place,
        "--tenant",
        "Stranger",
    ]))
    .await;
    assert_eq!(alone.status, 4, "{}{}", alone.out, alone.err);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collect_then_assess_is_the_same_as_scan() {
    let (cloud, profiles) = cloud().await;
    let place = tempfile::tempdir().unwrap();
    let (folder, url) = (profiles.path().to_str().unwrap(), cloud.url());
    for name in ["snapshot.json", "snapshot.json.zst"] {
        let snapshot = place.path().join(name);
        let snapshot = snapshot.to_str().unwrap();
        let collected = run(muster(&[
            "collect",
            "--tenants",
            folder,
            "--cloud-url",
            &url,
            "--tenant",
            "Kestrel Row Joinery",
            "-o",
            snapshot,
        ]))
        .await;
        assert_eq!(collected.status, 0, "{}", collected.err);
        let profile = format!("{folder}/kestrel-row.toml");
        let assess = || muster(&["assess", snapshot, "--profile", &profile, "--format", "json"]);
        let (one, two) = (run(assess()).await, run(assess()).await);
        assert_eq!(one.status, 0, "{}", one.err);
        assert_eq!(one.out, two.out, "the same snapshot gives the same bytes");
        let assessment: model::Assessment = serde_json::from_str(&one.out).unwrap();
        assert!(assessment.score.value.is_some());
    }
    cloud.stop().await;
}
