//! Whether the scans of a tenant are one chain that ends at its head.

use std::collections::BTreeMap;

use super::{Checked, Problem, SignatureState};
use crate::{Head, Link, Predicate, Scan};

/// The scan that a link names, if it can be one before this scan: another of the same tenant. Which of
/// the two started first says nothing, as a late scan is sealed after a younger one.
pub(super) fn before(scan: &Scan, link: &Link) -> Option<Scan> {
    Scan::of_manifest(&link.manifest)
        .filter(|before| before.tenant() == scan.tenant() && before != scan)
}

/// Checks the links between scans and from the head. What is wrong with a scan's own link goes to that
/// scan, the rest is returned.
pub(super) fn check(
    scans: &mut [(Checked, Option<Predicate>)],
    head: Result<Option<&Head>, &str>,
) -> Vec<Problem> {
    let found: BTreeMap<String, (String, u64)> = scans
        .iter()
        .filter_map(|(checked, said)| {
            let number = said.as_ref()?.number;
            Some((checked.scan.manifest().to_string(), (checked.sha256.clone(), number)))
        })
        .collect();
    let present: BTreeMap<String, String> = scans
        .iter()
        .filter(|(checked, _)| !checked.sha256.is_empty())
        .map(|(checked, _)| (checked.scan.manifest().to_string(), checked.sha256.clone()))
        .collect();
    // Who follows whom; the first scan follows nothing.
    let mut followers: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (at, (checked, said)) in scans.iter_mut().enumerate() {
        let Some(said) = said else { continue };
        let name = said.previous.as_ref().map(|link| link.manifest.clone());
        followers.entry(name).or_default().push(at);
        let expected = match &said.previous {
            None => Some(1),
            Some(link) if before(&checked.scan, link).is_none() => {
                checked.problems.push(Problem::BadLink(link.clone()));
                None
            }
            Some(link) => match present.get(&link.manifest) {
                None => {
                    checked.problems.push(Problem::PreviousMissing(link.clone()));
                    None
                }
                Some(sha256) if *sha256 != link.sha256 => {
                    checked.problems.push(Problem::PreviousAltered(link.clone()));
                    None
                }
                Some(_) => found.get(&link.manifest).map(|(_, number)| number + 1),
            },
        };
        if let Some(expected) = expected.filter(|expected| *expected != said.number) {
            checked.problems.push(Problem::BadNumber { found: said.number, expected });
        }
    }
    for rivals in followers.values().filter(|rivals| rivals.len() > 1) {
        let names: Vec<String> = rivals
            .iter()
            .filter_map(|at| scans.get(*at).map(|(checked, _)| checked.scan.manifest().to_string()))
            .collect();
        for (rival, at) in rivals.iter().enumerate() {
            let other = names.get(usize::from(rival == 0)).cloned().unwrap_or_default();
            if let Some((checked, _)) = scans.get_mut(*at) {
                checked.problems.push(Problem::Forked(other));
            }
        }
    }
    // Scans that nothing follows: the last one, and after a cut those before the cut.
    let ends: Vec<String> = scans
        .iter()
        .filter(|(_, said)| said.is_some())
        .map(|(checked, _)| checked.scan.manifest().to_string())
        .filter(|manifest| !followers.contains_key(&Some(manifest.clone())))
        .collect();
    vouch(scans);
    to_head(&present, &ends, head)
}

fn to_head(
    present: &BTreeMap<String, String>,
    ends: &[String],
    head: Result<Option<&Head>, &str>,
) -> Vec<Problem> {
    let head = match head {
        Err(why) => return vec![Problem::BadHead(why.to_owned())],
        Ok(None) if present.is_empty() => return Vec::new(),
        Ok(None) => return vec![Problem::NoHead],
        Ok(Some(head)) => head,
    };
    let mut problems = Vec::new();
    match present.get(&head.newest.manifest) {
        None => problems.push(Problem::LastMissing(head.newest.clone())),
        Some(sha256) if *sha256 != head.newest.sha256 => {
            problems.push(Problem::LastAltered(head.newest.clone()));
        }
        Some(_) => {}
    }
    if !ends.is_empty() && !ends.contains(&head.newest.manifest) {
        // Where the named one is gone, the ends are what is left of a history that was cut.
        if present.contains_key(&head.newest.manifest) {
            let last = ends.last().cloned().unwrap_or_default();
            let names = head.newest.manifest.clone();
            problems.push(Problem::OldHead { names, last });
        }
    }
    problems
}

/// A signed scan vouches for the unsigned ones before the first signature: its link names their bytes.
/// An unsigned scan after that is not vouched for, whoever linked to it: it may have been put in.
fn vouch(scans: &mut [(Checked, Option<Predicate>)]) {
    let number = |(checked, said): &(Checked, Option<Predicate>)| {
        let valid = checked.signature == SignatureState::Valid;
        said.as_ref().filter(|_| valid).map(|said| said.number)
    };
    let Some(first) = scans.iter().filter_map(number).min() else { return };
    for (checked, said) in scans {
        if said.as_ref().is_some_and(|said| said.number < first && !said.signed)
            && checked.problems.contains(&Problem::NotSigned)
        {
            checked.problems.retain(|problem| *problem != Problem::NotSigned);
            checked.signature = SignatureState::Vouched;
        }
    }
}
