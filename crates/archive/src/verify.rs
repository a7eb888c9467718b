//! Checking an archive, offline and without trust in who wrote it.

mod archive;
mod chain;
mod problem;
mod schedule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};

pub use archive::{Request, Verified, VerifiedTenant, verify_archive};
pub use problem::Problem;
pub use schedule::Gap;

use crate::erase::{self, ERASURE_NAME, Erasure};
use crate::manifest::{Envelope, MANIFEST_NAME, sha256};
use crate::{ArchiveError, Fingerprint, Link, Manifest, Predicate, Scan, Store, TrustedKey};

/// How many files of a scan are read at once.
const FILES_AT_ONCE: usize = 8;

/// What checking a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which scan.
    pub scan: Scan,
    /// The SHA-256 of its manifest's file; empty without a manifest.
    pub sha256: String,
    /// How many files the manifest names.
    pub files: usize,
    /// How many bytes they are, as sealed.
    pub bytes: u64,
    /// What is wrong, in a fixed order; empty when nothing is.
    pub problems: Vec<Problem>,
    /// What is known of the signature.
    pub signature: SignatureState,
    /// Who erased its files, where somebody did.
    pub erased: Option<Erasure>,
}

/// What is known of a manifest's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureState {
    /// A given key signed it.
    Valid,
    /// It was not signed, and a later scan that is signed vouches for it: the chain leads there.
    Vouched,
    /// No given key signed it; a [`Problem`] says what is there instead.
    Invalid,
    /// There is a signature, but no key was given to check it with.
    NotChecked,
    /// There is none, and the manifest says so. Whoever can write the archive can have written it.
    None,
}

/// Checks one scan: every file against the manifest, the manifest against the keys if any are given,
/// and the link to the scan before. That nothing is missing after it, only [`verify_archive`] can tell.
///
/// # Errors
///
/// [`ArchiveError`] when the archive cannot be read. That something is wrong in it is no error but a
/// [`Problem`].
pub async fn verify(
    store: &impl Store,
    scan: &Scan,
    keys: &[TrustedKey],
) -> Result<Checked, ArchiveError> {
    let folder = scan.folder();
    let found = store.list(&folder, None).await?;
    let names: Vec<String> = found
        .iter()
        .filter_map(|key| key.strip_prefix(folder.as_str())?.strip_prefix('/'))
        .map(str::to_owned)
        .collect();
    let (mut checked, said) = check(store, scan, &names, keys).await?;
    if let Some(link) = said.and_then(|said| said.previous) {
        checked.problems.extend(previous(store, scan, &link).await?);
    }
    Ok(checked)
}

/// Checks one scan by itself, whose folder holds these names; and what its manifest says.
async fn check(
    store: &impl Store,
    scan: &Scan,
    names: &[String],
    keys: &[TrustedKey],
) -> Result<(Checked, Option<Predicate>), ArchiveError> {
    let mut checked = Checked {
        scan: scan.clone(),
        sha256: String::new(),
        files: 0,
        bytes: 0,
        problems: Vec::new(),
        signature: SignatureState::None,
        erased: None,
    };
    let Some(object) = store.get(&scan.manifest()).await? else {
        checked.problems.push(Problem::NoManifest);
        return Ok((checked, None));
    };
    checked.sha256 = sha256(&object.bytes);
    let read = Envelope::parse(&object.bytes).and_then(|e| e.manifest().map(|m| (e, m)));
    let (envelope, manifest) = match read {
        Ok(read) => read,
        Err(why) => {
            checked.problems.push(Problem::BadManifest(why));
            return Ok((checked, None));
        }
    };
    checked.files = manifest.subject.len();
    checked.bytes = manifest.predicate.files.iter().map(|file| file.size).sum();
    if envelope.to_bytes() != object.bytes {
        checked.problems.push(Problem::Rewritten);
    }
    checked.problems.extend(place(scan, &manifest));
    let (signature, problem) = signature(&envelope, manifest.predicate.signed, scan, keys);
    checked.signature = signature;
    checked.problems.extend(problem);
    let erased = erasure(store, scan, &object.bytes, names, keys, &mut checked).await?;
    files(store, scan, &manifest, names, &erased, &mut checked.problems).await?;
    Ok((checked, Some(manifest.predicate)))
}

fn place(scan: &Scan, manifest: &Manifest) -> Option<Problem> {
    let said = &manifest.predicate;
    if said.tenant == scan.tenant() && said.started_at == scan.started_at() {
        return None;
    }
    Some(Problem::Misplaced { tenant: said.tenant.clone(), started_at: said.started_at })
}

/// Whether a key that counts for the time of the scan signed the envelope.
fn signature(
    envelope: &Envelope,
    said_signed: bool,
    scan: &Scan,
    keys: &[TrustedKey],
) -> (SignatureState, Option<Problem>) {
    let signatures = &envelope.signatures;
    if signatures.is_empty() {
        return match (said_signed, keys.is_empty()) {
            (true, _) => (SignatureState::Invalid, Some(Problem::SignatureRemoved)),
            (false, false) => (SignatureState::Invalid, Some(Problem::NotSigned)),
            (false, true) => (SignatureState::None, None),
        };
    }
    if keys.is_empty() {
        return (SignatureState::NotChecked, None);
    }
    let mut problem = None;
    for signature in signatures {
        let Some(trusted) = keys.iter().find(|trusted| trusted.key.id() == signature.keyid) else {
            continue;
        };
        if !envelope.accepts(signature, &trusted.key) {
            problem = Some(Problem::BadSignature);
        } else if !keys.iter().any(|k| k.key == trusted.key && k.counts_at(scan.started_at())) {
            problem = Some(Problem::KeyNotValid(trusted.key.id().to_owned()));
        } else {
            return (SignatureState::Valid, None);
        }
    }
    let problem = problem.unwrap_or_else(|| {
        Problem::OtherKey(signatures.iter().map(|signature| signature.keyid.clone()).collect())
    });
    (SignatureState::Invalid, Some(problem))
}

/// The files that the record of an erasure names; none without a record, or with one that cannot be
/// believed.
async fn erasure(
    store: &impl Store,
    scan: &Scan,
    manifest: &[u8],
    names: &[String],
    keys: &[TrustedKey],
    checked: &mut Checked,
) -> Result<BTreeMap<String, String>, ArchiveError> {
    if !names.iter().any(|name| name == ERASURE_NAME) {
        return Ok(BTreeMap::new());
    }
    let Some(object) = store.get(&scan.file(ERASURE_NAME)?).await? else {
        return Ok(BTreeMap::new());
    };
    let (envelope, record) = match erase::read(&object.bytes, scan, manifest) {
        Ok(read) => read,
        Err(why) => {
            checked.problems.push(Problem::BadErasure(why));
            return Ok(BTreeMap::new());
        }
    };
    if envelope.to_bytes() != object.bytes {
        let why = "its file was written by something else".to_owned();
        checked.problems.push(Problem::BadErasure(why));
    }
    // Signed by the key of the day of the erasure, whichever day the scan was.
    if !keys.is_empty() {
        let at = record.predicate.erasure.at;
        let good = envelope.signatures.iter().any(|signature| {
            keys.iter().any(|trusted| {
                trusted.key.id() == signature.keyid
                    && trusted.counts_at(at)
                    && envelope.accepts(signature, &trusted.key)
            })
        });
        if !good {
            let why = "no given key signed it".to_owned();
            checked.problems.push(Problem::BadErasure(why));
            return Ok(BTreeMap::new());
        }
    }
    checked.erased = Some(record.predicate.erasure);
    let files = record.subject.iter().map(|file| (file.name.clone(), file.sha256().to_owned()));
    Ok(files.collect())
}

async fn files(
    store: &impl Store,
    scan: &Scan,
    manifest: &Manifest,
    names: &[String],
    erased: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> Result<(), ArchiveError> {
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
    let wanted: Vec<(String, String)> =
        sealed.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
    let found: Vec<(String, String, Option<Fingerprint>)> = stream::iter(wanted)
        .map(|(name, digest)| async move {
            let found = match scan.file(&name) {
                Ok(key) => store.fingerprint(&key).await?,
                // A name that cannot lie here does not.
                Err(_) => None,
            };
            Ok::<_, ArchiveError>((name, digest, found))
        })
        .buffered(FILES_AT_ONCE)
        .try_collect()
        .await?;
    for (name, digest, found) in found {
        match found {
            None if erased.get(&name) == Some(&digest) => {}
            None => problems.push(Problem::Missing(name)),
            Some(found) => {
                if found.sha256 != digest || sizes.get(name.as_str()).copied() != Some(found.size) {
                    problems.push(Problem::Altered(name));
                }
            }
        }
    }
    let known: BTreeSet<&str> =
        sealed.keys().copied().chain([MANIFEST_NAME, ERASURE_NAME]).collect();
    let added = names.iter().filter(|name| !known.contains(name.as_str()));
    problems.extend(added.map(|name| Problem::Added(name.clone())));
    Ok(())
}

async fn previous(
    store: &impl Store,
    scan: &Scan,
    link: &Link,
) -> Result<Option<Problem>, ArchiveError> {
    let Some(before) = chain::before(scan, link) else {
        return Ok(Some(Problem::BadLink(link.clone())));
    };
    Ok(match store.get(&before.manifest()).await? {
        None => Some(Problem::PreviousMissing(link.clone())),
        Some(found) if sha256(&found.bytes) != link.sha256 => {
            Some(Problem::PreviousAltered(link.clone()))
        }
        Some(_) => None,
    })
}
