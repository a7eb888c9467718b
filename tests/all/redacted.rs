//! The redacted twin of every sample tenant: nothing that names anybody is left in any document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use controls::Checklist;
use model::{Assessment, Profile, Snapshot};
use serde_json::{Value, json};

const KEY: &[u8] = b"a key of sixteen bytes and more";

fn snapshot(sample: &std::path::Path, profile: &Profile) -> Snapshot {
    let mut datasets = BTreeMap::new();
    for entry in std::fs::read_dir(sample).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let records: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            datasets.insert(name, json!({ "state": "collected", "records": records }));
        }
    }
    let json = json!({
        "schema": "muster.snapshot/1",
        "tenant": { "id": profile.tenant.id, "displayName": profile.tenant.name },
        "takenAt": "2026-11-16T04:00:00Z",
        "datasets": datasets,
    });
    Snapshot::from_json(json.to_string().as_bytes()).unwrap()
}

/// Names, addresses and ids of people, groups, mailboxes, domains and the tenant itself.
fn personal(sample: &std::path::Path, profile: &Profile) -> BTreeSet<String> {
    let mut found = BTreeSet::from([profile.tenant.id.to_string(), profile.tenant.name.clone()]);
    let members: [(&str, &[&str]); 6] = [
        ("users", &["id", "displayName", "userPrincipalName", "mail"]),
        ("groups", &["id", "displayName", "mail"]),
        ("domains", &["id"]),
        ("organization", &["id", "displayName"]),
        ("exchangeMailboxes", &["DisplayName", "PrimarySmtpAddress", "ExternalDirectoryObjectId"]),
        ("conditionalAccessPolicies", &["id", "displayName"]),
    ];
    for (dataset, members) in members {
        let path = sample.join(format!("{dataset}.json"));
        let Ok(bytes) = std::fs::read(path) else { continue };
        let records: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        for record in &records {
            let texts = members.iter().filter_map(|member| record[*member].as_str());
            found.extend(texts.filter(|text| text.len() >= 3).map(str::to_owned));
        }
    }
    found
}

/// Whether a text has a word as a whole, in any case.
fn has(text: &str, word: &str) -> bool {
    let edge = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
    })
}

fn documents(assessment: &Assessment) -> Vec<(String, String)> {
    let (history, brand) = (report::History::default(), report::Brand::default());
    let drawn = muster::documents(assessment, None, &history, &brand, &report::Options::default());
    let place = tempfile::tempdir().unwrap();
    let text = |name: String, bytes: Vec<u8>| {
        if Path::new(&name).extension().is_none_or(|ending| ending != "pdf") {
            return (name, String::from_utf8(bytes).unwrap());
        }
        let path = place.path().join(&name);
        std::fs::write(&path, bytes).unwrap();
        let output = Command::new("pdftotext").arg(&path).arg("-").output().unwrap();
        assert!(output.status.success(), "{name}");
        (name, String::from_utf8_lossy(&output.stdout).into_owned())
    };
    drawn.unwrap().into_iter().map(|(name, bytes)| text(name, bytes)).collect()
}

#[test]
fn nothing_that_names_anybody_is_left() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/tenants");
    let mut searched = 0;
    for entry in std::fs::read_dir(samples).unwrap() {
        let sample = entry.unwrap().path();
        let profile = std::fs::read_to_string(sample.join("tenant.toml")).unwrap();
        let profile = Profile::parse(&profile).unwrap();
        let snapshot = snapshot(&sample, &profile);
        let checklist = Checklist::named("default").unwrap();
        let plain = muster::assess(&snapshot, "00", &profile, &checklist);
        let redacted = muster::redact(&plain, Some(&snapshot), KEY).unwrap();
        assert_eq!(redacted.score, plain.score);
        let verdicts = |assessment: &Assessment| {
            assessment.controls.iter().map(|c| (c.id.clone(), c.verdict)).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(&redacted), verdicts(&plain));

        // Words of our own texts are no trace of anybody.
        let mut empty = plain.clone();
        empty.tenant.display_name = String::new();
        for control in &mut empty.controls {
            control.evidence.clear();
            control.summary = String::new();
            control.would_pass_if = None;
            control.waiver = None;
        }
        empty.sign_ins = None;
        let ours =
            documents(&empty).into_iter().map(|(_, text)| text.to_lowercase()).collect::<String>();
        let all = personal(&sample, &profile);
        let words: Vec<String> = all
            .iter()
            .map(|word| word.to_lowercase())
            .filter(|word| !has(&ours, word) || word.contains('@'))
            .collect();
        assert!(words.len() > all.len() / 2, "most names are told from our words");
        let before: Vec<(String, String)> = documents(&plain);
        assert!(
            words.iter().any(|word| before.iter().any(|(_, text)| has(&text.to_lowercase(), word)))
        );
        for (name, text) in documents(&redacted) {
            let text = text.to_lowercase();
            for word in &words {
                searched += 1;
                let tenant = sample.file_name().unwrap().to_str().unwrap();
                assert!(!has(&text, word), "{tenant}/{name} holds {word:?}: {}", {
                    let at = text.find(word.as_str()).unwrap();
                    text[..at]
                        .chars()
                        .rev()
                        .take(80)
                        .collect::<String>()
                        .chars()
                        .rev()
                        .collect::<String>()
                });
            }
        }
        let again = muster::redact(&plain, Some(&snapshot), KEY).unwrap();
        assert_eq!(again, redacted, "pseudonyms are stable");
        let other = muster::redact(&plain, Some(&snapshot), b"another key of many bytes").unwrap();
        assert_ne!(other.tenant, redacted.tenant, "and follow from the key");
    }
    assert!(searched > 1000, "{searched}");
}
