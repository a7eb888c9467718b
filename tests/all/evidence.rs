//! What auditors and account managers do with an archive, by the program itself.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use simulator::{Cloud, Options};

use crate::program::{self, Run};
use crate::python::{python, script};

const TENANT_NAME: &str = "kestrel-row";

/// Runs `muster` without this machine's AWS settings and proxies.
async fn muster(arguments: &[&str], aws: Option<&str>) -> Run {
    let mut command = Command::new(program::path("muster"));
    command.args(arguments).env("MUSTER_SIMULATOR_SECRET", "simulated");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.to_ascii_lowercase().contains("proxy") {
            command.env_remove(name);
        }
    }
    if let Some(address) = aws {
        command.env("AWS_ENDPOINT_URL", address).env("AWS_REGION", "eu-central-1");
        command.env("AWS_ACCESS_KEY_ID", "an-id").env("AWS_SECRET_ACCESS_KEY", "a-secret");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
    }
    tokio::task::spawn_blocking(move || program::run(&mut command)).await.unwrap()
}

/// One sample tenant in a cloud of its own: the cloud, a folder with its profile, its id.
async fn cloud() -> (Cloud, tempfile::TempDir, String) {
    let mut samples = simulator::samples().unwrap();
    samples.retain(|sample| sample.name() == TENANT_NAME);
    let (id, profile) = (samples[0].id().to_owned(), samples[0].profile().to_owned());
    let profiles = tempfile::tempdir().unwrap();
    std::fs::write(profiles.path().join("tenant.toml"), profile).unwrap();
    let cloud = Cloud::start(samples, Options::default(), ([127, 0, 0, 1], 0).into()).await;
    (cloud.unwrap(), profiles, id)
}

/// Scans twice, a second apart, and returns the places of the scans, oldest first.
async fn scan_twice(arguments: &[&str], aws: Option<&str>) {
    for _ in 0..2 {
        let run = muster(arguments, aws).await;
        assert!(run.status == 0 || run.status == 3, "{}{}", run.out, run.err);
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
}

fn keys(folder: &Path) -> (PathBuf, PathBuf) {
    // The key of RFC 8032, 7.1, test 1: published, so no secret.
    let private = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
        -----END PUBLIC KEY-----\n";
    let paths = (folder.join("key.pem"), folder.join("key.pub"));
    std::fs::write(&paths.0, private).unwrap();
    std::fs::write(&paths.1, public).unwrap();
    paths
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    let names = program::tree(folder).into_keys();
    names
        .filter(|name| name.ends_with("manifest.dsse.json"))
        .map(|name| folder.join(name))
        .collect()
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

#[expect(clippy::too_many_lines, reason = "the life of one archive, in order")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_proves_itself_and_tells_its_history() {
    let (cloud, profiles, tenant) = cloud().await;
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("archive");
    let archive_text = archive.to_str().unwrap();
    let (private, public) = keys(place.path());
    let (private, public) = (private.to_str().unwrap(), public.to_str().unwrap());
    let url = cloud.url();
    let tenants = profiles.path().to_str().unwrap();
    let scan = [
        "scan",
        "--tenants",
        tenants,
        "--cloud-url",
        &url,
        "--archive",
        archive_text,
        "--signing-key",
        private,
    ];
    scan_twice(&scan, None).await;
    cloud.stop().await;

    let verify = ["verify", "--archive", archive_text, "--public-key", public];
    let good = muster(&verify, None).await;
    assert_eq!(good.status, 0, "{}{}", good.out, good.err);
    assert!(good.out.contains("2 valid") && good.out.contains("Nothing is wrong."), "{}", good.out);
    let without = muster(&verify[..3], None).await;
    assert!(without.status == 0 && without.out.contains("without a public key"), "{}", without.out);

    // With a tool that is not ours.
    let found = manifests(&archive);
    assert_eq!(found.len(), 2);
    let check = |manifest: &Path| {
        let output = Command::new(python())
            .arg(script("verify_envelope.py"))
            .args([manifest, Path::new(public)])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    for manifest in &found {
        let (success, said) = check(manifest);
        assert!(success && said.starts_with("good: "), "{said}");
    }

    // The tenant did not move between the two, and says so.
    let both = ["--archive", archive_text, "--tenant", &tenant];
    let diff = muster(&[&["diff"], &both[..], &["--format", "json"]].concat(), None).await;
    assert_eq!(diff.status, 0, "{}", diff.err);
    let list: model::ChangeList = serde_json::from_value(json(&diff)).unwrap();
    assert_eq!(list.changes, []);
    assert!(list.findings.iter().all(|finding| finding.state == model::FindingState::StillOpen));
    assert!(!list.findings.is_empty());
    let archived = found[1].with_file_name("changes.json");
    let archived: model::ChangeList =
        serde_json::from_slice(&std::fs::read(archived).unwrap()).unwrap();
    assert_eq!(archived, list, "what the scan archived is what the command says");

    let history = json(
        &muster(&[&["history"], &both[..], &["--explain", "--format", "json"]].concat(), None)
            .await,
    );
    assert_eq!(history["scans"].as_array().unwrap().len(), 2);
    assert_eq!(history["scans"][1]["move"]["tenant"], 0.0);
    let before = program::tree(&archive);
    let rescored =
        json(&muster(&["rescore", "--archive", archive_text, "--format", "json"], None).await);
    for scan in rescored["scans"].as_array().unwrap() {
        assert_eq!(scan["sameBytes"], true, "{scan}");
    }
    let other =
        ["rescore", "--archive", archive_text, "--checklist", "essentials", "--format", "json"];
    for scan in json(&muster(&other, None).await)["scans"].as_array().unwrap() {
        assert_eq!(scan["sameBytes"], false);
        let (old, new) = (scan["archived"].as_f64().unwrap(), scan["now"].as_f64().unwrap());
        let part = scan["move"]["checklist"].as_f64().unwrap();
        assert!((new - old - part).abs() < 1e-9, "all of it is the checklist's: {scan}");
    }
    program::assert_same(&before, &program::tree(&archive));

    // What one check saw, the next one holds it to.
    let seen = muster(&[&verify[..], &["--format", "json"]].concat(), None).await;
    let seen_file = place.path().join("seen.json");
    std::fs::write(&seen_file, &seen.out).unwrap();
    let since = [&verify[..], &["--since", seen_file.to_str().unwrap()]].concat();
    assert_eq!(muster(&since, None).await.status, 0);

    let altered = found[0].with_file_name("assessment.json");
    let content = std::fs::read(&altered).unwrap();
    std::fs::write(&altered, [content.as_slice(), b" "].concat()).unwrap();
    let bad = muster(&verify, None).await;
    assert_eq!(bad.status, 1);
    assert!(bad.out.contains("\"assessment.json\" was altered"), "{}", bad.out);
    let (success, said) = check(&found[0]);
    assert!(!success && said.contains("assessment.json was altered"), "{said}");
    let refused = muster(&[&["diff"], &both[..]].concat(), None).await;
    assert!(refused.status == 4 && refused.err.contains("was altered since it was sealed"));
    std::fs::write(&altered, content).unwrap();

    let erase = [
        &["erase"],
        &both[..],
        &["--by", "Privacy office", "--reason", "Request 4711", "--signing-key", private, "--yes"],
    ]
    .concat();
    assert_eq!(muster(&erase[..erase.len() - 1], None).await.status, 2, "not without --yes");
    let erased = muster(&erase, None).await;
    assert!(
        erased.status == 0 && erased.out.contains("Erased 2 scans"),
        "{}{}",
        erased.out,
        erased.err
    );
    let after = muster(&since, None).await;
    assert_eq!(after.status, 0, "{}", after.out);
    assert!(after.out.contains("by Privacy office: Request 4711"), "{}", after.out);
    let left = program::tree(&archive);
    assert!(left.keys().all(|name| name.ends_with("dsse.json") || name.ends_with("head.json")));
    let history = muster(&[&["history"], &both[..]].concat(), None).await;
    assert_eq!(history.status, 0, "scores are no personal data: {}", history.err);
}

/// Object Lock, legal hold and encryption on a server that knows them, and signatures by a key that
/// nobody holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_locks_what_kms_signed() {
    let mut server = Command::new(python())
        .arg(script("object_lock.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let about = next();
    let text = |name: &str| about[name].as_str().unwrap().to_owned();

    let (cloud, profiles, _) = cloud().await;
    let archive = format!(
        "s3://evidence/msp?retain=governance&days=30&legal-hold=on&kms-key={}",
        text("encrypting")
    );
    let url = cloud.url();
    let key = format!("awskms:///{}", text("signing"));
    let address = text("address");
    let scan = [
        "scan",
        "--tenants",
        profiles.path().to_str().unwrap(),
        "--cloud-url",
        &url,
        "--archive",
        &archive,
        "--signing-key",
        &key,
    ];
    scan_twice(&scan, Some(&address)).await;
    cloud.stop().await;

    let public = profiles.path().join("key.pub");
    std::fs::write(&public, text("public")).unwrap();
    let verify =
        ["verify", "--archive", "s3://evidence/msp", "--public-key", public.to_str().unwrap()];
    let good = muster(&verify, Some(&address)).await;
    assert_eq!(good.status, 0, "{}{}", good.out, good.err);
    assert!(good.out.contains("2 valid"), "{}", good.out);

    input.write_all(b"check\n").unwrap();
    let versions = next();
    let versions = versions.as_array().unwrap();
    assert!(versions.len() >= 22, "{versions:#?}");
    for version in versions {
        assert_eq!(version["mode"], "GOVERNANCE", "{version}");
        assert!(version["until"].is_string(), "{version}");
        assert_eq!(version["hold"], "ON", "{version}");
        assert_eq!(version["encryption"], "aws:kms", "{version}");
        assert_eq!(version["encryptionKey"], about["encrypting"], "{version}");
        assert_eq!(version["removed"], false, "a locked version cannot be deleted: {version}");
    }
    assert_eq!(muster(&verify, Some(&address)).await.status, 0);
    drop(input);
    server.wait().unwrap();
}
