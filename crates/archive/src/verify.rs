//! Checking one archived scan, offline and without trust in who wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::manifest::{Envelope, MANIFEST_NAME, sha256};
use crate::{ArchiveError, Key, Link, Manifest, PublicKey, Scan, Store, StoreError};

/// What checking a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which scan.
    pub scan: Scan,
    /// How many files the manifest names.
    pub files: usize,
    /// What is wrong, in a fixed order; empty when nothing is.
    pub problems: Vec<Problem>,
    /// What is known of the signature.
    pub signature: SignatureState,
}

/// What is known of a manifest's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureState {
    /// The given key signed it.
    Valid,
    /// The given key did not sign it; a [`Problem`] says what is there instead.
    Invalid,
    /// There is a signature, but no key was given to check it with.
    NotChecked,
    /// There is none, and the manifest says so. Whoever can write the archive can have written it.
    None,
}

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// There is no manifest: the scan was never finished, or its manifest was removed.
    NoManifest,
    /// The manifest cannot be read.
    BadManifest(String),
    /// The manifest speaks of another tenant or time than the place where it lies.
    Misplaced {
        /// The tenant that it speaks of.
        tenant: String,
        /// The start that it speaks of.
        started_at: Timestamp,
    },
    /// The manifest names the same file twice, or its two lists of files do not agree.
    Inconsistent,
    /// The manifest says that it was signed, and no signature is there.
    SignatureRemoved,
    /// A key was given, and the manifest was not signed.
    NotSigned,
    /// Signatures are there, and all are of other keys; their ids.
    OtherKey(Vec<String>),
    /// A signature says that it is of the given key, and is not.
    BadSignature,
    /// A file's content is not what was sealed.
    Altered(String),
    /// A file is gone.
    Missing(String),
    /// A file is there that was not sealed.
    Added(String),
    /// What comes before is no earlier scan of the same tenant.
    BadLink(Link),
    /// The scan before is gone.
    PreviousMissing(Link),
    /// The manifest of the scan before is not the one that was sealed.
    PreviousAltered(Link),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest => f.write_str("there is no manifest"),
            Self::BadManifest(why) => write!(f, "the manifest cannot be read: {why}"),
            Self::Misplaced { tenant, started_at } => {
                write!(f, "the manifest is of another scan: of tenant {tenant:?} at {started_at}")
            }
            Self::Inconsistent => f.write_str("the manifest's lists of files do not agree"),
            Self::SignatureRemoved => f.write_str("the manifest's signature was removed"),
            Self::NotSigned => f.write_str("the manifest was not signed"),
            Self::OtherKey(keys) => write!(f, "the manifest was signed with another key: {keys:?}"),
            Self::BadSignature => f.write_str("the manifest's signature is wrong"),
            Self::Altered(name) => write!(f, "{name:?} was altered"),
            Self::Missing(name) => write!(f, "{name:?} is missing"),
            Self::Added(name) => write!(f, "{name:?} was added"),
            Self::BadLink(link) => {
                write!(f, "{:?} is named as the scan before and cannot be", link.manifest)
            }
            Self::PreviousMissing(link) => {
                write!(f, "the scan before is missing: {:?}", link.manifest)
            }
            Self::PreviousAltered(link) => {
                write!(f, "the manifest of the scan before was altered: {:?}", link.manifest)
            }
        }
    }
}

/// Checks a scan: every file against the manifest, the manifest against the key if one is given, and
/// the link to the scan before.
///
/// # Errors
///
/// [`ArchiveError`] when the archive cannot be read. That something is wrong in it is no error but a
/// [`Problem`].
pub async fn verify(
    store: &impl Store,
    scan: &Scan,
    key: Option<&PublicKey>,
) -> Result<Checked, ArchiveError> {
    let mut checked = Checked {
        scan: scan.clone(),
        files: 0,
        problems: Vec::new(),
        signature: SignatureState::None,
    };
    let Some(object) = store.get(&scan.manifest()).await? else {
        checked.problems.push(Problem::NoManifest);
        return Ok(checked);
    };
    let read = Envelope::parse(&object.bytes).and_then(|e| e.manifest().map(|m| (e, m)));
    let (envelope, manifest) = match read {
        Ok(read) => read,
        Err(why) => {
            checked.problems.push(Problem::BadManifest(why));
            return Ok(checked);
        }
    };
    checked.files = manifest.subject.len();
    checked.problems.extend(place(scan, &manifest));
    let (signature, problem) = signature(&envelope, &manifest, key);
    checked.signature = signature;
    checked.problems.extend(problem);
    files(store, scan, &manifest, &mut checked.problems).await?;
    if let Some(link) = &manifest.predicate.previous {
        checked.problems.extend(previous(store, scan, link).await?);
    }
    Ok(checked)
}

fn place(scan: &Scan, manifest: &Manifest) -> Option<Problem> {
    let said = &manifest.predicate;
    if said.tenant == scan.tenant() && said.started_at == scan.started_at() {
        return None;
    }
    Some(Problem::Misplaced { tenant: said.tenant.clone(), started_at: said.started_at })
}

fn signature(
    envelope: &Envelope,
    manifest: &Manifest,
    key: Option<&PublicKey>,
) -> (SignatureState, Option<Problem>) {
    let signatures = &envelope.signatures;
    if signatures.is_empty() {
        return match (manifest.predicate.signed, key) {
            (true, _) => (SignatureState::Invalid, Some(Problem::SignatureRemoved)),
            (false, Some(_)) => (SignatureState::Invalid, Some(Problem::NotSigned)),
            (false, None) => (SignatureState::None, None),
        };
    }
    let Some(key) = key else { return (SignatureState::NotChecked, None) };
    if signatures.iter().any(|signature| envelope.accepts(signature, key)) {
        (SignatureState::Valid, None)
    } else if signatures.iter().any(|signature| signature.keyid == key.id()) {
        (SignatureState::Invalid, Some(Problem::BadSignature))
    } else {
        let ids = signatures.iter().map(|signature| signature.keyid.clone()).collect();
        (SignatureState::Invalid, Some(Problem::OtherKey(ids)))
    }
}

async fn files(
    store: &impl Store,
    scan: &Scan,
    manifest: &Manifest,
    problems: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    let sealed: BTreeMap<&str, &str> =
        manifest.subject.iter().map(|file| (file.name.as_str(), file.sha256())).collect();
    let sizes: BTreeMap<&str, u64> =
        manifest.predicate.files.iter().map(|file| (file.name.as_str(), file.size)).collect();
    if sealed.len() != manifest.subject.len()
        || sizes.len() != manifest.predicate.files.len()
        || !sealed.keys().eq(sizes.keys())
    {
        problems.push(Problem::Inconsistent);
    }
    for (name, digest) in &sealed {
        let object = match scan.file(name) {
            Ok(key) => store.get(&key).await?,
            // A name that cannot lie here does not.
            Err(_) => None,
        };
        match object {
            None => problems.push(Problem::Missing((*name).to_owned())),
            Some(found) => {
                let size = u64::try_from(found.bytes.len()).ok();
                if sha256(&found.bytes) != *digest || sizes.get(name).copied() != size {
                    problems.push(Problem::Altered((*name).to_owned()));
                }
            }
        }
    }
    let folder = scan.folder();
    let known: BTreeSet<&str> = sealed.keys().copied().chain([MANIFEST_NAME]).collect();
    let found = store.list(&folder, None).await?;
    let names = found
        .iter()
        .filter_map(|key| key.strip_prefix(folder.as_str()))
        .filter_map(|name| name.strip_prefix('/'));
    problems.extend(names.filter(|n| !known.contains(n)).map(|n| Problem::Added(n.to_owned())));
    Ok(())
}

async fn previous(
    store: &impl Store,
    scan: &Scan,
    link: &Link,
) -> Result<Option<Problem>, ArchiveError> {
    let before = Scan::of_manifest(&link.manifest)
        .filter(|before| before.tenant() == scan.tenant() && before < scan);
    if before.is_none() {
        return Ok(Some(Problem::BadLink(link.clone())));
    }
    Ok(match store.get(&Key::new(&link.manifest)?).await? {
        None => Some(Problem::PreviousMissing(link.clone())),
        Some(found) if sha256(&found.bytes) != link.sha256 => {
            Some(Problem::PreviousAltered(link.clone()))
        }
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::testing::{PUBLIC_PEM, TENANT, files_at, pem_of_seed, private_pem, scan_at, tree};
    use crate::{Folder, SigningKey, seal};

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
            verify(&self.store, &scan_at(time), None).await.unwrap().problems
        }

        fn link(time: &str, sha256: &str) -> Link {
            Link { manifest: scan_at(time).manifest().to_string(), sha256: sha256.to_owned() }
        }
    }

    fn signing_key() -> SigningKey {
        SigningKey::from_pem(&private_pem()).unwrap()
    }

    #[tokio::test]
    async fn what_was_sealed_is_found_good() {
        let archive = Archive::sealed(Some(&signing_key())).await;
        let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
        for time in [FIRST, SECOND, THIRD] {
            let checked = verify(&archive.store, &scan_at(time), Some(&public)).await.unwrap();
            assert_eq!(checked.problems, []);
            assert_eq!(checked.files, 3);
            assert_eq!(checked.signature, SignatureState::Valid);
            let checked = verify(&archive.store, &scan_at(time), None).await.unwrap();
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
    async fn a_changed_byte_of_any_file_is_found() {
        let key = signing_key();
        let archive = Archive::sealed(Some(&key)).await;
        let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
        let root = archive.place.path();
        let scans = [scan_at(FIRST), scan_at(SECOND), scan_at(THIRD)];
        for (name, content) in tree(root) {
            if name.ends_with("head.json") {
                continue;
            }
            // Every seventh, for the time it takes; all of them hold.
            for at in (0..content.len()).step_by(7) {
                let mut other = content.clone();
                other[at] ^= 0x01;
                fs::write(root.join(&name), other).unwrap();
                let mut found = false;
                for scan in &scans {
                    let checked = verify(&archive.store, scan, Some(&public)).await.unwrap();
                    found |= !checked.problems.is_empty();
                }
                // The last manifest has nobody after it; a change there that JSON does not see, or
                // that only renames the key, leaves payload and signature whole.
                let last = name.starts_with(scans[2].manifest().as_str());
                assert!(found || (last && harmless(&content, at)), "{name}, byte {at}");
            }
            fs::write(root.join(&name), content).unwrap();
        }
    }

    /// Whether a byte of a manifest is part of the key's id, which is only a hint.
    fn harmless(manifest: &[u8], at: usize) -> bool {
        let text = std::str::from_utf8(manifest).unwrap();
        let start = text.find("\"keyid\":\"").unwrap();
        (start..start + 10 + 64).contains(&at)
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
        assert_eq!(archive.problems(FIRST).await, [], "nothing else tells in an unsigned one");

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
        let stranger = SigningKey::from_pem(&pem_of_seed(&"07".repeat(32))).unwrap();
        let check = async |archive: &Archive| {
            let checked = verify(&archive.store, &scan_at(THIRD), Some(&public)).await.unwrap();
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
        let write = |manifest: &serde_json::Value| {
            let manifest = serde_json::from_value(manifest.clone()).unwrap();
            let envelope = Envelope::seal(&manifest, None).unwrap();
            fs::write(&path, serde_json::to_vec(&envelope).unwrap()).unwrap();
        };

        // Out of the archive, to a later scan, to itself, to another tenant.
        let outside = "../../../../../../etc/passwd";
        let other =
            scan_at(FIRST).manifest().to_string().replace(TENANT, &TENANT.replace('4', "5"));
        for target in [
            outside,
            scan_at(THIRD).manifest().as_str(),
            scan_at(SECOND).manifest().as_str(),
            &other,
        ] {
            let mut manifest = sealed.clone();
            manifest["predicate"]["previous"]["manifest"] = target.into();
            write(&manifest);
            let problems = archive.problems(SECOND).await;
            assert!(matches!(problems.as_slice(), [Problem::BadLink(_)]), "{target}: {problems:?}");
        }

        let mut manifest = sealed.clone();
        manifest["subject"][0]["name"] = outside.into();
        write(&manifest);
        let expected = [
            Problem::Inconsistent,
            Problem::Missing(outside.to_owned()),
            Problem::Added("assessment.json".to_owned()),
        ];
        assert_eq!(archive.problems(SECOND).await, expected);

        let mut manifest = sealed.clone();
        manifest["predicate"]["files"][0]["size"] = 1.into();
        write(&manifest);
        assert_eq!(
            archive.problems(SECOND).await,
            [Problem::Altered("assessment.json".to_owned())]
        );

        for content in ["", "{}", "null", &"[".repeat(100_000)] {
            fs::write(&path, content).unwrap();
            let problems = archive.problems(SECOND).await;
            assert!(matches!(problems.as_slice(), [Problem::BadManifest(_)]), "{problems:?}");
        }
    }
}
