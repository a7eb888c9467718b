//! A whole archive: whatever is done to it is found and named.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::*;
use crate::testing::{Death, Mortal, ec_private_pem, files_of};
use crate::{Erasure, erase, head};

const TENANTS: [&str; 3] = [
    "00000000-1111-2222-3333-444444444441",
    "00000000-1111-2222-3333-444444444442",
    "00000000-1111-2222-3333-444444444443",
];

/// A generator of numbers that are the same in each run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

fn month(number: i64) -> String {
    let first: Timestamp = "2024-01-01T02:00:00Z".parse().unwrap();
    (first + (number * 30 * 24).hours()).to_string()
}

/// So many scans of each tenant, signed; the heads as they were after each.
async fn archive(scans: i64) -> (tempfile::TempDir, Folder, BTreeMap<String, Vec<Vec<u8>>>) {
    let place = tempfile::tempdir().unwrap();
    let store = Folder::open_for_writing(place.path()).unwrap();
    let key = signing_key();
    let mut heads: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for number in 0..scans {
        for tenant in TENANTS {
            seal(&store, &files_of(tenant, &month(number)), Some(&key)).await.unwrap();
            let head = fs::read(place.path().join(format!("tenants/{tenant}/head.json"))).unwrap();
            heads.entry(tenant.to_owned()).or_default().push(head);
        }
    }
    (place, store, heads)
}

fn request() -> Request {
    Request { keys: vec![signing_key().public().clone().into()], ..Request::default() }
}

/// Every problem as text, with the tenant and the time of the scan.
async fn problems(store: &Folder, request: &Request) -> Vec<String> {
    let verified = verify_archive(store, request).await.unwrap();
    let mut found: Vec<String> =
        verified.problems.iter().map(|p| format!("archive: {p}")).collect();
    for tenant in &verified.tenants {
        let name = &tenant.tenant;
        found.extend(tenant.problems.iter().map(|p| format!("{name}: {p}")));
        for scan in &tenant.scans {
            let folder = scan.scan.folder();
            found.extend(scan.problems.iter().map(|p| format!("{folder}: {p}")));
        }
        found.extend(tenant.unfinished.iter().map(|s| format!("{}: unfinished", s.folder())));
    }
    found
}

/// Whether some problem names the file: its scan's folder and its name, its path below its tenant, or
/// the manifest's key.
fn names(problems: &[String], file: &str) -> bool {
    let (folder, name) = file.rsplit_once('/').unwrap();
    problems.iter().any(|problem| {
        problem.contains(file)
            || (problem.starts_with(folder) && problem.contains(name))
            || (problem.starts_with(folder) && name == MANIFEST_NAME)
            || (name == "head.json" && problem.contains("head.json"))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_to_any_file_is_found_and_named() {
    let (place, store, heads) = archive(24).await;
    let request = request();
    assert_eq!(problems(&store, &request).await, [""; 0]);
    let root = place.path();
    let whole = tree(root);
    assert_eq!(whole.len(), 3 * (24 * 4 + 1));
    let mut dice = Dice(7);
    for (at, (name, content)) in whole.iter().enumerate() {
        let path = root.join(name);
        let check = async |what: &str| {
            let found = problems(&store, &request).await;
            assert!(names(&found, name), "{what} {name}: {found:#?}");
        };
        // A byte changed, of which any bit; a byte more, a byte less.
        let (byte, bit) = (dice.below(content.len()), dice.below(8));
        let mut changed = content.clone();
        changed[byte] ^= 1 << bit;
        fs::write(&path, &changed).unwrap();
        check(&format!("bit {bit} of byte {byte} of")).await;
        let mut longer = content.clone();
        longer.insert(byte, b' ');
        fs::write(&path, &longer).unwrap();
        check(&format!("a space before byte {byte} of")).await;
        // Gone.
        fs::remove_file(&path).unwrap();
        check("without").await;
        // Swapped with any other file.
        let (other_name, other) = &whole[(at + 1 + dice.below(whole.len() - 1)) % whole.len()];
        fs::write(&path, other).unwrap();
        fs::write(root.join(other_name), content).unwrap();
        let found = problems(&store, &request).await;
        // A file that took the place of its own manifest: then only the manifest tells.
        let own = other_name.ends_with(MANIFEST_NAME)
            && other_name.rsplit_once('/').unwrap().0 == name.rsplit_once('/').unwrap().0;
        assert!(
            names(&found, if own { other_name } else { name }),
            "{name}, {other_name}: {found:#?}"
        );
        fs::write(root.join(other_name), other).unwrap();
        fs::write(&path, content).unwrap();
        // A file more, beside it.
        let more = path.with_file_name(format!("more-{}", dice.below(1_000_000)));
        fs::write(&more, content).unwrap();
        let inserted = more.strip_prefix(root).unwrap().to_str().unwrap();
        let name = more.file_name().unwrap().to_str().unwrap();
        let found = problems(&store, &request).await;
        assert!(
            found.len() == 1 && found[0].ends_with(&format!("{name:?} was added")),
            "{inserted}: {found:#?}"
        );
        fs::remove_file(&more).unwrap();
    }
    assert_eq!(problems(&store, &request).await, [""; 0], "all is put back");

    // Every old head, and every head of another tenant.
    for tenant in TENANTS {
        let path = root.join(format!("tenants/{tenant}/head.json"));
        let good = fs::read(&path).unwrap();
        for old in &heads[tenant][..23] {
            fs::write(&path, old).unwrap();
            let found = problems(&store, &request).await;
            assert!(found.len() == 1 && found[0].contains("head.json is an old one"), "{found:#?}");
        }
        let others = heads.iter().filter(|(other, _)| *other != tenant);
        for other in others.flat_map(|(_, heads)| heads) {
            fs::write(&path, other).unwrap();
            let found = problems(&store, &request).await;
            assert!(found.len() == 1 && found[0].contains("head.json was altered"), "{found:#?}");
        }
        fs::write(&path, good).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Each whole scan gone, put elsewhere in its tenant, and put into another tenant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_to_any_scan_is_found_and_named() {
    let (place, store, _) = archive(24).await;
    let request = request();
    let root = place.path();
    let folder = |tenant: &str, number: i64| {
        let scan = Scan::new(tenant, month(number).parse().unwrap()).unwrap();
        (scan.folder().to_string(), root.join(scan.folder().as_str()))
    };
    let aside = root.join(".tmp/aside");
    for (at, tenant) in TENANTS.into_iter().enumerate() {
        for number in 0..24 {
            let (name, path) = folder(tenant, number);
            fs::rename(&path, &aside).unwrap();
            let found = problems(&store, &request).await;
            assert!(found.iter().any(|p| p.contains(&format!("{name}/manifest"))), "{found:#?}");

            // At another time of the same tenant.
            let (late, late_path) = folder(tenant, 30);
            copy(&aside, &late_path);
            let found = problems(&store, &request).await;
            let says = |folder: &str, what: &str| {
                found.iter().any(|p| p.starts_with(folder) && p.contains(what))
            };
            assert!(says(&late, "of another scan"), "{found:#?}");
            fs::remove_dir_all(&late_path).unwrap();
            fs::rename(&aside, &path).unwrap();

            // In another tenant, at the same time and at another.
            let other = TENANTS[(at + 1) % 3];
            let (theirs, their_path) = folder(other, number);
            fs::rename(&their_path, &aside).unwrap();
            copy(&path, &their_path);
            let found = problems(&store, &request).await;
            let says =
                |what: &str| found.iter().any(|p| p.starts_with(&theirs) && p.contains(what));
            assert!(says(&format!("of another scan: of tenant {tenant:?}")), "{found:#?}");
            fs::remove_dir_all(&their_path).unwrap();
            fs::rename(&aside, &their_path).unwrap();
            let (more, more_path) = folder(other, 40);
            copy(&path, &more_path);
            let found = problems(&store, &request).await;
            assert!(found.iter().any(|p| p.starts_with(&more)), "{found:#?}");
            fs::remove_dir_all(&more_path).unwrap();
        }
        // The tenant as another, which was not there.
        let stranger = "00000000-1111-2222-3333-444444444449";
        copy(&root.join("tenants").join(tenant), &root.join("tenants").join(stranger));
        let found = problems(&store, &request).await;
        assert_eq!(found.iter().filter(|p| p.contains("of another scan")).count(), 24);
        fs::remove_dir_all(root.join("tenants").join(stranger)).unwrap();
    }
    assert_eq!(problems(&store, &request).await, [""; 0], "all is put back");
}

/// The end of a history cut off and the old head put back: as a whole it is what it was. Only who saw
/// more can tell.
#[tokio::test]
async fn a_history_that_was_put_back_is_found_by_who_saw_more() {
    let (place, store, heads) = archive(4).await;
    let tenant = TENANTS[0];
    let last = head(&store, tenant).await.unwrap().unwrap().newest;
    for cut in (1..4).rev() {
        let scan = Scan::new(tenant, month(cut).parse().unwrap()).unwrap();
        fs::remove_dir_all(place.path().join(scan.folder().as_str())).unwrap();
        let found = problems(&store, &request()).await;
        assert!(found.iter().any(|p| p.contains("the history was cut")), "{found:#?}");
        let old = &heads[tenant][usize::try_from(cut - 1).unwrap()];
        fs::write(place.path().join(format!("tenants/{tenant}/head.json")), old).unwrap();
        assert_eq!(problems(&store, &request()).await, [""; 0], "nothing in it tells");
        let seen = vec![(tenant.to_owned(), last.clone())];
        let found = problems(&store, &Request { seen, ..request() }).await;
        assert!(
            found.len() == 1 && found[0].contains("was there at an earlier check"),
            "{found:#?}"
        );
    }
    fs::remove_dir_all(place.path().join(format!("tenants/{tenant}"))).unwrap();
    let seen = vec![(tenant.to_owned(), last)];
    let found = problems(&store, &Request { seen, ..request() }).await;
    assert_eq!(
        found,
        [format!("archive: the tenant {tenant} was there at an earlier check and is gone")]
    );
}

/// Somebody who can write everything seals it all again, with another key.
#[tokio::test]
async fn a_forgery_with_another_key_is_found() {
    let place = tempfile::tempdir().unwrap();
    let store = Folder::open_for_writing(place.path()).unwrap();
    for number in 0..4 {
        seal(&store, &files_of(TENANT, &month(number)), Some(&stranger())).await.unwrap();
    }
    let found = problems(&store, &request()).await;
    assert_eq!(found.iter().filter(|p| p.contains("signed with another key")).count(), 4);
    // Without a key only what contradicts itself is found; this does not.
    assert_eq!(problems(&store, &Request::default()).await, [""; 0]);
}

#[tokio::test]
async fn keys_are_rotated_and_each_counts_for_its_time() {
    let place = tempfile::tempdir().unwrap();
    let store = Folder::open_for_writing(place.path()).unwrap();
    let (old, new) = (signing_key(), SigningKey::from_pem(&ec_private_pem()).unwrap());
    for number in 0..6 {
        let key = match number {
            0 | 1 => None,
            2 | 3 => Some(&old),
            _ => Some(&new),
        };
        seal(&store, &files_of(TENANT, &month(number)), key).await.unwrap();
    }
    let change: Timestamp = month(4).parse().unwrap();
    let trusted =
        |key: &SigningKey, from, until| TrustedKey { key: key.public().clone(), from, until };
    let keys = vec![trusted(&old, None, Some(change)), trusted(&new, Some(change), None)];
    let verified = verify_archive(&store, &Request { keys, ..Request::default() }).await.unwrap();
    assert!(verified.is_whole(), "{verified:#?}");
    let states: Vec<_> = verified.tenants[0].scans.iter().map(|scan| scan.signature).collect();
    let (vouched, valid) = (SignatureState::Vouched, SignatureState::Valid);
    assert_eq!(states, [vouched, vouched, valid, valid, valid, valid]);

    // The old key counts no more from the third scan on.
    let keys = vec![
        trusted(&old, None, Some(month(3).parse().unwrap())),
        trusted(&new, Some(change), None),
    ];
    let found = problems(&store, &Request { keys, ..Request::default() }).await;
    assert!(found.len() == 1 && found[0].contains("does not count for the time"), "{found:#?}");

    // An unsigned scan after signed ones is nothing that a later signature makes good.
    seal(&store, &files_of(TENANT, &month(6)), None).await.unwrap();
    seal(&store, &files_of(TENANT, &month(7)), Some(&new)).await.unwrap();
    let keys = vec![trusted(&old, None, None), trusted(&new, None, None)];
    let found = problems(&store, &Request { keys, ..Request::default() }).await;
    assert!(found.len() == 1 && found[0].contains("was not signed"), "{found:#?}");
}

#[tokio::test]
async fn gaps_in_the_schedule_are_named() {
    let place = tempfile::tempdir().unwrap();
    let store = Folder::open_for_writing(place.path()).unwrap();
    for number in [0, 1, 2, 3, 6, 7] {
        seal(&store, &files_of(TENANT, &month(number)), None).await.unwrap();
    }
    let verified = verify_archive(&store, &Request::default()).await.unwrap();
    let time = |number| -> Timestamp { month(number).parse().unwrap() };
    let inside = Gap { after: time(3), until: Some(time(6)), missing: 2 };
    assert_eq!(verified.tenants[0].gaps, std::slice::from_ref(&inside));
    let every = Some(SignedDuration::from_hours(24 * 30));
    let request = Request { every, now: Some(time(9)), ..Request::default() };
    let verified = verify_archive(&store, &request).await.unwrap();
    let open = Gap { after: time(7), until: None, missing: 1 };
    assert_eq!(verified.tenants[0].gaps, [inside, open]);
    assert!(verified.is_whole());
}

#[tokio::test]
async fn what_was_erased_is_said_and_the_chain_holds() {
    let (place, store, _) = archive(4).await;
    let key = signing_key();
    let before: Timestamp = month(3).parse().unwrap();
    let erasure = Erasure {
        at: "2026-11-20T09:00:00Z".parse().unwrap(),
        by: "Privacy office".to_owned(),
        reason: "Request 4711".to_owned(),
    };
    assert_eq!(erase(&store, TENANTS[0], before, &erasure, Some(&key)).await.unwrap(), 3);
    assert_eq!(erase(&store, TENANTS[0], before, &erasure, Some(&key)).await.unwrap(), 0);
    assert_eq!(problems(&store, &request()).await, [""; 0]);
    let verified = verify_archive(&store, &request()).await.unwrap();
    let erased: Vec<_> = verified.tenants[0].scans.iter().map(|s| s.erased.clone()).collect();
    let done = Some(erasure.clone());
    assert_eq!(erased, [done.clone(), done.clone(), done, None]);
    let left = tree(&place.path().join("tenants").join(TENANTS[0]));
    assert_eq!(
        left.len(),
        3 * 2 + 4 + 1,
        "manifest and record of three scans, a whole one, the head"
    );
    // Sealing goes on, and the scan that was erased is still that scan.
    seal(&store, &files_of(TENANTS[0], &month(4)), Some(&key)).await.unwrap();
    assert_eq!(problems(&store, &request()).await, [""; 0]);

    // A record by somebody else, of another scan, or altered makes nothing good.
    erase(&store, TENANTS[1], before, &erasure, Some(&stranger())).await.unwrap();
    let found = problems(&store, &request()).await;
    assert_eq!(found.iter().filter(|p| p.contains("no given key signed it")).count(), 3);
    assert_eq!(found.iter().filter(|p| p.contains("is missing")).count(), 9);
    let record = |tenant: &str, number: i64| {
        let scan = Scan::new(tenant, month(number).parse().unwrap()).unwrap();
        place.path().join(scan.file(ERASURE_NAME).unwrap().as_str())
    };
    for number in 0..3 {
        fs::remove_file(record(TENANTS[1], number)).unwrap();
    }
    fs::copy(record(TENANTS[0], 0), record(TENANTS[1], 0)).unwrap();
    let found = problems(&store, &request()).await;
    assert!(found.iter().any(|p| p.contains("it is of another scan")), "{found:#?}");
    let content = fs::read(record(TENANTS[0], 1)).unwrap();
    for at in (0..content.len()).step_by(5) {
        let mut changed = content.clone();
        changed[at] ^= 2;
        fs::write(record(TENANTS[0], 1), changed).unwrap();
        let request = Request { tenants: vec![TENANTS[0].to_owned()], ..request() };
        assert!(!problems(&store, &request).await.is_empty(), "byte {at}");
    }
}

#[tokio::test]
async fn an_erasure_killed_at_any_write_goes_on() {
    for death in [Death::Before, Death::After] {
        for writes in 0..8 {
            let (_place, store, _) = archive(2).await;
            let before: Timestamp = month(9).parse().unwrap();
            let erasure = Erasure { at: before, by: "them".to_owned(), reason: "asked".to_owned() };
            let key = signing_key();
            let dying = Mortal::new(&store, death, writes);
            erase(&dying, TENANTS[0], before, &erasure, Some(&key)).await.unwrap_err();
            assert_eq!(problems(&store, &request()).await, [""; 0], "{death:?} at {writes}");
            erase(&store, TENANTS[0], before, &erasure, Some(&key)).await.unwrap();
            assert_eq!(problems(&store, &request()).await, [""; 0]);
            assert_eq!(erase(&store, TENANTS[0], before, &erasure, Some(&key)).await.unwrap(), 0);
        }
    }
}
