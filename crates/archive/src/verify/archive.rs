//! Checking a whole archive.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use super::schedule::{gaps, usual};
use super::{Checked, Gap, Problem, chain, check};
use crate::key::tenant_folder;
use crate::manifest::MANIFEST_NAME;
use crate::{ArchiveError, Head, Key, Link, Predicate, Scan, Store, TrustedKey, head};

/// How many tenants, and how many scans of each, are read at once.
const TENANTS_AT_ONCE: usize = 4;
const SCANS_AT_ONCE: usize = 8;

/// What is to be checked, and against what.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The keys that signed; none: only whether the archive agrees with itself is checked.
    pub keys: Vec<TrustedKey>,
    /// Only these tenants; empty: all, and that nothing else is there.
    pub tenants: Vec<String>,
    /// How often each tenant should have been scanned; `None`: as often as it usually was.
    pub every: Option<SignedDuration>,
    /// Until when scans are expected; `None`: until the last one.
    pub now: Option<Timestamp>,
    /// The last scans that an earlier check saw, each with its tenant. They must still be there: an
    /// archive that was put back as a whole to an older state agrees with itself.
    pub seen: Vec<(String, Link)>,
}

/// What checking an archive found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Each tenant, sorted by id.
    pub tenants: Vec<VerifiedTenant>,
    /// What is wrong outside of the tenants' folders.
    pub problems: Vec<Problem>,
    /// What lies below `portfolio/`. It is drawn from the scans and not sealed.
    pub portfolios: Vec<String>,
}

/// What checking a tenant found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTenant {
    /// Its id.
    pub tenant: String,
    /// Its scans, by when they started.
    pub scans: Vec<Checked>,
    /// What is wrong with it besides its scans.
    pub problems: Vec<Problem>,
    /// Scans without a manifest that nothing refers to: a run was killed. They count for nothing.
    pub unfinished: Vec<Scan>,
    /// The scan that was sealed last, as the head says.
    pub last: Option<Link>,
    /// When scans were missing. With [`Request::every`] that is wrong, else it is worth knowing.
    pub gaps: Vec<Gap>,
}

impl Verified {
    /// Whether nothing is wrong; gaps do not count here.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty() && self.tenants.iter().all(VerifiedTenant::is_whole)
    }
}

impl VerifiedTenant {
    /// Whether nothing is wrong; gaps do not count here.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty() && self.scans.iter().all(|scan| scan.problems.is_empty())
    }
}

/// Checks an archive: every file, manifest, signature and link, that nothing is missing in between or
/// after, and nothing there that does not belong.
///
/// What no archive can show by itself: that it was put back as a whole to an older state. For that,
/// keep what a check found and hand it to the next one as [`Request::seen`].
///
/// # Errors
///
/// [`ArchiveError`] when the archive cannot be read, or a tenant asked for has no valid id. That
/// something is wrong in it is no error but a [`Problem`].
pub async fn verify_archive(
    store: &impl Store,
    request: &Request,
) -> Result<Verified, ArchiveError> {
    let mut problems = Vec::new();
    let mut portfolios = Vec::new();
    let mut tenants: BTreeSet<String> = request.tenants.iter().cloned().collect();
    if tenants.is_empty() {
        for name in store.names(None).await? {
            match name.as_str() {
                "tenants/" => {}
                "portfolio/" => portfolios = store.list(&Key::new("portfolio")?, None).await?,
                _ => problems.push(Problem::Added(name)),
            }
        }
        for name in store.names(Some(&Key::new("tenants")?)).await? {
            match name.strip_suffix('/').filter(|tenant| tenant_folder(tenant).is_ok()) {
                Some(tenant) => drop(tenants.insert(tenant.to_owned())),
                None => problems.push(Problem::Added(format!("tenants/{name}"))),
            }
        }
        let seen: BTreeSet<&String> = request.seen.iter().map(|(tenant, _)| tenant).collect();
        let gone = seen.into_iter().filter(|tenant| !tenants.contains(*tenant));
        problems.extend(gone.map(|tenant| Problem::TenantMissing(tenant.clone())));
    }
    let tenants = stream::iter(tenants)
        .map(|tenant| verify_tenant(store, tenant, request))
        .buffered(TENANTS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(Verified { tenants, problems, portfolios })
}

async fn verify_tenant(
    store: &impl Store,
    tenant: String,
    request: &Request,
) -> Result<VerifiedTenant, ArchiveError> {
    let head_key = head::key(&tenant)?;
    let (folders, strays) = sort(&tenant, store.list(&tenant_folder(&tenant)?, None).await?);
    let head = store.get(&head_key).await?;
    let head = head.map(|object| Head::parse(&object.bytes, &tenant)).transpose();
    let (sealed, unsealed): (Vec<_>, Vec<_>) =
        folders.into_iter().partition(|(_, names)| names.iter().any(|name| name == MANIFEST_NAME));
    let mut scans: Vec<(Checked, Option<Predicate>)> = stream::iter(sealed)
        .map(|(scan, names)| async move { check(store, &scan, &names, &request.keys).await })
        .buffered(SCANS_AT_ONCE)
        .try_collect()
        .await?;
    let borrowed = head.as_ref().map(Option::as_ref).map_err(String::as_str);
    let mut problems = chain::check(&mut scans, borrowed);
    problems.extend(strays.into_iter().map(Problem::Added));
    problems.extend(rolled_back(&tenant, &scans, request));
    let starts: Vec<Timestamp> =
        scans.iter().map(|(checked, _)| checked.scan.started_at()).collect();
    let every = request.every.or_else(|| usual(&starts));
    let now = request.now.filter(|_| request.every.is_some());
    Ok(VerifiedTenant {
        gaps: every.map(|every| gaps(&starts, every, now)).unwrap_or_default(),
        tenant,
        scans: scans.into_iter().map(|(checked, _)| checked).collect(),
        problems,
        unfinished: unsealed.into_iter().map(|(scan, _)| scan).collect(),
        last: head.ok().flatten().map(|head| head.newest),
    })
}

/// The names in each scan's folder, and the keys that lie in none.
fn sort(tenant: &str, keys: Vec<String>) -> (BTreeMap<Scan, Vec<String>>, Vec<String>) {
    let mut folders: BTreeMap<Scan, Vec<String>> = BTreeMap::new();
    let mut strays = Vec::new();
    let root = format!("tenants/{tenant}/");
    for key in keys {
        let Some(rest) = key.strip_prefix(&root) else { continue };
        if rest == "head.json" {
            continue;
        }
        let mut parts = rest.splitn(4, '/');
        let scan = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(year), Some(month), Some(stamp), Some(name)) => {
                let manifest = format!("{root}{year}/{month}/{stamp}/{MANIFEST_NAME}");
                Scan::of_manifest(&manifest).map(|scan| (scan, name.to_owned()))
            }
            _ => None,
        };
        match scan {
            Some((scan, name)) => folders.entry(scan).or_default().push(name),
            None => strays.push(rest.to_owned()),
        }
    }
    (folders, strays)
}

/// Scans that an earlier check saw and that are not there any more.
fn rolled_back<'r>(
    tenant: &'r str,
    scans: &'r [(Checked, Option<Predicate>)],
    request: &'r Request,
) -> impl Iterator<Item = Problem> + 'r {
    let there = |link: &Link| {
        scans.iter().any(|(checked, _)| {
            checked.sha256 == link.sha256 && checked.scan.manifest().as_str() == link.manifest
        })
    };
    request
        .seen
        .iter()
        .filter(move |(of, link)| of == tenant && !there(link))
        .map(|(_, link)| Problem::RolledBack(link.clone()))
}
