//! One scan: each way to tamper has its name.

mod whole;

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::testing::{PUBLIC_PEM, TENANT, files_at, pem_of_seed, private_pem, scan_at, tree};
use crate::{Folder, PublicKey, SigningKey, seal};

const FIRST: &str = "2026-10-01T02:00:00Z";
const SECOND: &str = "2026-11-01T02:00:00Z";
const THIRD: &str = "2026-12-01T02:00:00Z";

struct Archive {
    place: tempfile::TempDir,
    store: Folder,
}

impl Archive {
    /// Three scans of one tenant.
    async fn sealed(key: Option<&SigningKey>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let store = Folder::open_for_writing(place.path()).unwrap();
        for time in [FIRST, SECOND, THIRD] {
            seal(&store, &files_at(time), key).await.unwrap();
        }
        Self { place, store }
    }

    fn path(&self, time: &str, name: &str) -> PathBuf {
        self.place.path().join(scan_at(time).folder().as_str()).join(name)
    }

    async fn problems(&self, time: &str) -> Vec<Problem> {
        verify(&self.store, &scan_at(time), &[]).await.unwrap().problems
    }

    fn link(time: &str, sha256: &str) -> Link {
        Link { manifest: scan_at(time).manifest().to_string(), sha256: sha256.to_owned() }
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_pem(&private_pem()).unwrap()
}

fn stranger() -> SigningKey {
    SigningKey::from_pem(&pem_of_seed(&"07".repeat(32))).unwrap()
}

#[tokio::test]
async fn what_was_sealed_is_found_good() {
    let archive = Archive::sealed(Some(&signing_key())).await;
    let public = [PublicKey::from_pem(PUBLIC_PEM).unwrap().into()];
    for time in [FIRST, SECOND, THIRD] {
        let checked = verify(&archive.store, &scan_at(time), &public).await.unwrap();
        assert_eq!(checked.problems, []);
        assert_eq!(checked.files, 3);
        assert_eq!(checked.signature, SignatureState::Valid);
        let checked = verify(&archive.store, &scan_at(time), &[]).await.unwrap();
        assert_eq!(checked.problems, []);
        assert_eq!(checked.signature, SignatureState::NotChecked);
    }
    assert_eq!(archive.problems("2026-11-01T02:00:01Z").await, [Problem::NoManifest]);
}

#[tokio::test]
async fn altered_missing_and_added_files_are_named() {
    let archive = Archive::sealed(None).await;
    fs::write(archive.path(SECOND, "assessment.json"), "assessment.json OF").unwrap();
    fs::remove_file(archive.path(SECOND, "executive.html")).unwrap();
    fs::create_dir(archive.path(SECOND, "more")).unwrap();
    fs::write(archive.path(SECOND, "more/a b"), "").unwrap();
    fs::write(archive.path(SECOND, ".hidden"), "").unwrap();
    let expected = [
        Problem::Altered("assessment.json".to_owned()),
        Problem::Missing("executive.html".to_owned()),
        Problem::Added(".hidden".to_owned()),
        Problem::Added("more/a b".to_owned()),
    ];
    assert_eq!(archive.problems(SECOND).await, expected);
    assert_eq!(archive.problems(FIRST).await, []);
    assert_eq!(archive.problems(THIRD).await, [], "what the manifest covers is untouched");
}

#[tokio::test]
async fn a_broken_chain_is_named() {
    let archive = Archive::sealed(None).await;
    let manifest = archive.path(FIRST, MANIFEST_NAME);
    let content = fs::read(&manifest).unwrap();
    let sealed = sha256(&content);

    fs::write(&manifest, [content.as_slice(), b"\n"].concat()).unwrap();
    let expected = Problem::PreviousAltered(Archive::link(FIRST, &sealed));
    assert_eq!(archive.problems(SECOND).await, [expected]);
    assert_eq!(archive.problems(FIRST).await, [Problem::Rewritten]);

    fs::remove_file(&manifest).unwrap();
    let expected = Problem::PreviousMissing(Archive::link(FIRST, &sealed));
    assert_eq!(archive.problems(SECOND).await, [expected]);
    assert_eq!(archive.problems(FIRST).await, [Problem::NoManifest]);
    assert_eq!(archive.problems(THIRD).await, []);
}

#[tokio::test]
async fn a_scan_in_another_place_is_named() {
    let archive = Archive::sealed(None).await;
    let other = archive.path("2026-11-02T02:00:00Z", "");
    fs::create_dir_all(&other).unwrap();
    for name in ["snapshot.json.zst", "assessment.json", "executive.html", MANIFEST_NAME] {
        fs::copy(archive.path(SECOND, name), other.join(name)).unwrap();
    }
    let started_at = SECOND.parse().unwrap();
    let expected = Problem::Misplaced { tenant: TENANT.to_owned(), started_at };
    assert_eq!(archive.problems("2026-11-02T02:00:00Z").await, [expected]);
}

#[tokio::test]
async fn signatures_of_others_count_for_nothing() {
    let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
    let stranger = stranger();
    let check = async |archive: &Archive| {
        let checked =
            verify(&archive.store, &scan_at(THIRD), &[public.clone().into()]).await.unwrap();
        assert_eq!(checked.signature, SignatureState::Invalid);
        checked.problems
    };

    let forged = Archive::sealed(Some(&stranger)).await;
    assert_eq!(check(&forged).await, [Problem::OtherKey(vec![stranger.id().to_owned()])]);

    let unsigned = Archive::sealed(None).await;
    assert_eq!(check(&unsigned).await, [Problem::NotSigned]);

    let path = forged.path(THIRD, MANIFEST_NAME);
    let content = fs::read_to_string(&path).unwrap();
    fs::write(&path, content.replace(stranger.id(), public.id())).unwrap();
    assert_eq!(check(&forged).await, [Problem::BadSignature]);

    let (start, _) = content.split_once("[{\"keyid\"").unwrap();
    fs::write(&path, format!("{start}[]}}")).unwrap();
    assert_eq!(check(&forged).await, [Problem::SignatureRemoved]);
    assert_eq!(forged.problems(THIRD).await, [Problem::SignatureRemoved], "without a key too");
}

#[tokio::test]
async fn hostile_manifests_lead_nowhere() {
    let archive = Archive::sealed(None).await;
    let path = archive.path(SECOND, MANIFEST_NAME);
    let content = fs::read(&path).unwrap();
    let sealed = serde_json::to_value(Manifest::parse(&content).unwrap()).unwrap();
    let write = async |manifest: &serde_json::Value| {
        let manifest: Manifest = serde_json::from_value(manifest.clone()).unwrap();
        let envelope = Envelope::seal(&manifest, None).await.unwrap();
        fs::write(&path, envelope.to_bytes()).unwrap();
    };

    // Out of the archive, to itself, to another tenant.
    let outside = "../../../../../../etc/passwd";
    let other = scan_at(FIRST).manifest().to_string().replace(TENANT, &TENANT.replace('4', "5"));
    for target in [outside, scan_at(SECOND).manifest().as_str(), &other] {
        let mut manifest = sealed.clone();
        manifest["predicate"]["previous"]["manifest"] = target.into();
        write(&manifest).await;
        let problems = archive.problems(SECOND).await;
        assert!(matches!(problems.as_slice(), [Problem::BadLink(_)]), "{target}: {problems:?}");
    }

    let mut manifest = sealed.clone();
    manifest["subject"][0]["name"] = outside.into();
    write(&manifest).await;
    let expected = [
        Problem::Inconsistent,
        Problem::Missing(outside.to_owned()),
        Problem::Added("assessment.json".to_owned()),
    ];
    assert_eq!(archive.problems(SECOND).await, expected);

    let mut manifest = sealed.clone();
    manifest["predicate"]["files"][0]["size"] = 1.into();
    write(&manifest).await;
    assert_eq!(archive.problems(SECOND).await, [Problem::Altered("assessment.json".to_owned())]);

    for content in ["", "{}", "null", &"[".repeat(100_000)] {
        fs::write(&path, content).unwrap();
        let problems = archive.problems(SECOND).await;
        assert!(matches!(problems.as_slice(), [Problem::BadManifest(_)]), "{problems:?}");
    }
}
