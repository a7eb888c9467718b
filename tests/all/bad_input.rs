//! Bad input: one clear error, the right exit status, nothing half-written.

use std::fs;
use std::path::Path;

use crate::program::{Run, muster, tree};

const SNAPSHOT: &str = r#"{"schema":"muster.snapshot/1",
"tenant":{"id":"0a0a0a0a-0000-4000-8000-000000000001","displayName":"Larkspur"},
"takenAt":"2026-11-01T02:00:00Z","collector":{"name":"muster","version":"1"},"datasets":{}}"#;

/// Asserts the exit status, one line of error that names all this, and nothing on standard output.
pub(crate) fn refused(run: &Run, status: i32, names: &[&str]) {
    assert_eq!(run.status, status, "{}{}", run.out, run.err);
    assert_eq!(run.out, "", "no data comes with an error");
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(lines.len(), 1, "one line: {}", run.err);
    assert!(lines[0].len() < 500, "short: {}", lines[0]);
    for name in names {
        assert!(lines[0].contains(name), "{name:?} is not in: {}", lines[0]);
    }
}

fn assess(content: &[u8]) -> Run {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("input.json");
    fs::write(&file, content).unwrap();
    muster(&["assess", file.to_str().unwrap()])
}

#[test]
fn an_empty_but_valid_snapshot_is_judged_unknown() {
    let run = assess(SNAPSHOT.as_bytes());
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("no score: nothing could be assessed"), "{}", run.out);
}

#[test]
fn files_that_are_no_snapshot() {
    let half = &SNAPSHOT.as_bytes()[..SNAPSHOT.len() - 40];
    refused(&assess(half), 2, &["input.json", "line 3"]);
    refused(&assess(b""), 2, &["input.json"]);
    refused(&assess(b"{}"), 2, &["input.json"]);
    refused(&assess(b"[1, 2]"), 2, &["input.json"]);
    refused(&assess(b"\xff\xfe\x00"), 2, &["input.json"]);
    refused(&assess(&[0x28, 0xb5, 0x2f, 0xfd, 9, 9, 9]), 2, &["input.json", "Zstandard"]);
    let wrong = SNAPSHOT.replace("muster.snapshot/1", "muster.snapshot/9");
    refused(&assess(wrong.as_bytes()), 2, &["muster.snapshot/1", "muster.snapshot/9"]);
    let wrong = SNAPSHOT.replace("\"2026-11-01T02:00:00Z\"", "17");
    refused(&assess(wrong.as_bytes()), 2, &["input.json", "line 3"]);
    let wrong = SNAPSHOT.replace(r#""datasets":{}"#, r#""datasets":{"users":{"state":"lost"}}"#);
    refused(&assess(wrong.as_bytes()), 2, &["lost"]);
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    refused(&assess(deep.as_bytes()), 2, &["input.json"]);
}

#[test]
fn a_string_of_forty_megabytes() {
    let long = "x".repeat(40 << 20);
    refused(&assess(format!("\"{long}\"").as_bytes()), 2, &["input.json"]);
    refused(&assess(format!("{{\"schema\":\"{long}\"}}").as_bytes()), 2, &["input.json"]);
    // As a name in an otherwise valid snapshot it is only a long name.
    let named = SNAPSHOT.replace("Larkspur", &long);
    assert_eq!(assess(named.as_bytes()).status, 0);
}

#[test]
fn wrong_types_inside_records_cost_only_their_controls() {
    let wrong = SNAPSHOT.replace(
        r#""datasets":{}"#,
        r#""datasets":{"users":{"state":"collected","records":[17]},
            "domains":{"state":"collected","records":[{"id":[]}]}}"#,
    );
    let run = assess(wrong.as_bytes());
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("unexpected shape"), "{}", run.out);
}

#[test]
fn paths_that_are_not_what_was_expected() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().to_str().unwrap();
    refused(&muster(&["assess", folder]), 2, &["is a folder"]);
    refused(&muster(&["assess", &format!("{folder}/none.json")]), 2, &["none.json"]);
    let file = place.path().join("snapshot.json");
    fs::write(&file, SNAPSHOT).unwrap();
    let file = file.to_str().unwrap();
    refused(&muster(&["assess", file, "--checklist", "all"]), 2, &["\"all\"", "default"]);
    refused(&muster(&["controls", "mfa-user"]), 2, &["no control", "mfa-users-re"]);
    let profile = place.path().join("tenant.toml");
    fs::write(&profile, "[tenant]\nid = \"0b0b0b0b-0000-4000-8000-000000000002\"\n").unwrap();
    let run = muster(&["assess", file, "--profile", profile.to_str().unwrap()]);
    refused(&run, 2, &["0b0b0b0b", "0a0a0a0a"]);
    fs::write(&profile, "[tenant]\nid = \"0a0a0a0a-0000-4000-8000-000000000001\"\n[acounts]\n")
        .unwrap();
    let run = muster(&["assess", file, "--profile", profile.to_str().unwrap()]);
    refused(&run, 2, &["tenant.toml", "line 3", "acounts", "did you mean `accounts`"]);
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("snapshot.json");
    fs::write(&file, SNAPSHOT).unwrap();
    let file = file.to_str().unwrap();
    // A file where a folder is needed: for reports, for an archive, for the demo.
    let report = muster(&["report", file, "-o", &format!("{file}/out")]);
    refused(&report, 4, &["cannot write"]);
    let demo = muster(&["demo", "--out", file]);
    refused(&demo, 4, &["archive"]);
    // A folder where a file is needed.
    let import = muster(&["import", "scubagear", file, "-o", place.path().to_str().unwrap()]);
    refused(&import, 4, &["is a folder"]);
    assert_eq!(tree(place.path()).len(), 1, "nothing but the snapshot is there");
}

#[test]
fn tenants_that_are_not_there() {
    let place = tempfile::tempdir().unwrap();
    let (folder, archive) = (place.path().join("tenants"), place.path().join("archive"));
    fs::create_dir(&folder).unwrap();
    let scan = |extra: &[&str]| {
        let mut arguments = vec!["scan", "--tenants", folder.to_str().unwrap(), "--archive"];
        arguments.push(archive.to_str().unwrap());
        arguments.extend_from_slice(extra);
        muster(&arguments)
    };
    refused(&scan(&[]), 4, &["no profiles"]);
    let profile = "[tenant]\nid = \"0a0a0a0a-0000-4000-8000-000000000001\"\nname = \"Larkspur\"\n";
    fs::write(folder.join("larkspur.toml"), profile).unwrap();
    refused(&scan(&["--tenant", "brook.example"]), 4, &["brook.example", "Larkspur"]);
    fs::write(folder.join("twin.toml"), profile).unwrap();
    refused(&scan(&[]), 4, &["twin.toml", "larkspur.toml"]);
    assert!(!archive.exists(), "no archive was begun");
}

#[test]
fn usage_is_explained() {
    let run = muster(&["assess"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("Usage: muster assess"), "{}", run.err);
    let run = muster(&["asess", "x"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("'assess'"), "{}", run.err);
}

#[test]
fn thresholds_cross() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("snapshot.json");
    let open = SNAPSHOT.replace(
        r#""datasets":{}"#,
        r#""datasets":{"authenticationMethodsPolicy":{"state":"collected","records":[
            {"policyMigrationState":"preMigration"}]}}"#,
    );
    fs::write(&file, open).unwrap();
    let run = |extra: &[&str]| {
        let mut arguments = vec!["assess", Path::to_str(&file).unwrap(), "--format", "json"];
        arguments.extend_from_slice(extra);
        muster(&arguments)
    };
    assert_eq!(run(&[]).status, 0);
    assert_eq!(run(&["--fail-on", "medium"]).status, 1);
    assert_eq!(run(&["--fail-on", "critical"]).status, 0);
    assert_eq!(run(&["--fail-under", "50"]).status, 1);
    assert_eq!(run(&["--fail-under", "0"]).status, 0);
    let json: serde_json::Value = serde_json::from_str(&run(&["--fail-under", "50"]).out).unwrap();
    assert_eq!(json["schema"], "muster.assessment/1");
}
