//! A collection that is killed goes on where it stopped.

#![cfg(test)]

mod stub;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collect::{CollectError, Collection, Credential, Endpoints, Limits, Silence, SpoolError};
use model::{Cloud, Data, Profile, SignInMethod, Snapshot};
use stub::{SECRET, Stub, TENANT, json, refused, stub};

const PAGES: usize = 30;

/// A server whose users come in pages, and whose lists of Exchange too; it stops answering after
/// so many pages.
async fn server(stops_after: usize) -> (Stub, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&given);
    let page = move |asked: &stub::Asked| {
        if counter.fetch_add(1, Ordering::SeqCst) >= stops_after {
            let (status, mut headers, body) = refused(429, "TooManyRequests", "come back later");
            headers.push(("retry-after", "300".to_owned()));
            return (status, headers, body);
        }
        let number: usize =
            asked.query.split_once("page=").map_or(0, |(_, it)| it.parse().unwrap());
        // Each page repeats the last record of the one before.
        let first = (number * 3).saturating_sub(1);
        let records: Vec<_> =
            (first..number * 3 + 3).map(|n| format!(r#"{{"id":"{n}","Name":"é{n}"}}"#)).collect();
        let next = match number + 1 {
            PAGES => String::new(),
            next => {
                format!(r#","@odata.nextLink":"{}{}?page={next}""#, asked.base, asked.path)
            }
        };
        json(format!(r#"{{"value":[{}]{next}}}"#, records.join(",")))
    };
    let other = page.clone();
    let server = stub()
        .on("/v1.0/users", move |asked, _| page(asked))
        .on("/InvokeCommand", move |asked, _| other(asked))
        .on("/v1.0/groupSettings", |_, _| json(r#"{"value":[{"id":"s"}]}"#))
        .on("/v1.0/policies/crossTenantAccessPolicy/default", |_, _| json(r#"{"id":"d"}"#))
        .on("/v1.0/policies/crossTenantAccessPolicy/partners", |_, _| json(r#"{"value":[]}"#));
    (server.start().await, given)
}

async fn collect(
    server: &Stub,
    folder: Option<&Path>,
    at: &str,
) -> Result<Collection, CollectError> {
    let profile =
        Profile::parse(&format!("[tenant]\nid = \"{TENANT}\"\n[sign-in]\nclient-id = \"app\"\n"));
    let profile = profile.unwrap();
    let credential = Credential::new(SignInMethod::Secret, SECRET).unwrap();
    let request = collect::Request {
        profile: &profile,
        endpoints: Endpoints::of(Cloud::Commercial).at(&server.url),
        credential: &credential,
        wanted: [
            Data::Users,
            Data::ExchangeRemoteDomains,
            Data::GroupSettings,
            Data::CrossTenantAccessPolicy,
        ]
        .into(),
        started_at: at.parse().unwrap(),
        limits: Limits { longest_wait: Duration::from_mins(5), ..Limits::loopback() },
    };
    collect::collect_to(&request, folder, &Silence).await
}

/// Records by dataset.
fn records(collection: &Collection) -> Vec<(String, String)> {
    let snapshot = collection.snapshot().unwrap();
    let mut json = Vec::new();
    collection.write(&mut json).unwrap();
    assert_eq!(json, snapshot.to_json().unwrap(), "written piece by piece or held: the same");
    let mut packed = Vec::new();
    collection.write_zstandard(&mut packed).unwrap();
    assert_eq!(Snapshot::read(&packed).unwrap().to_json().unwrap(), json);
    let text = |dataset| match dataset {
        model::Dataset::Collected(it) => format!("{} {}", it.pages, it.records.get()),
        model::Dataset::Unavailable(it) => format!("{:?}", it.reason),
    };
    snapshot.datasets.into_iter().map(|(name, dataset)| (name, text(dataset))).collect()
}

/// Collects until the server stops answering, and is killed then.
async fn killed(server: &Stub, given: &AtomicUsize, after: usize, folder: &Path) {
    let run = collect(server, Some(folder), "2026-11-16T04:00:00Z");
    let stuck = async {
        while given.load(Ordering::SeqCst) <= after {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        _ = run => panic!("it should have been killed"),
        () = stuck => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_collection_goes_on_at_its_last_page() {
    let (calm, given) = server(usize::MAX).await;
    let whole = collect(&calm, None, "2026-11-16T04:00:00Z").await.unwrap();
    let expected = records(&whole);
    let users = expected.iter().find(|(name, _)| name == "users").unwrap();
    assert_eq!(users.1.matches("\"id\"").count(), PAGES * 3, "overlaps are gone");
    let all = given.load(Ordering::SeqCst);
    assert_eq!(all, 2 * PAGES);

    for after in [1, 2, 7, 19, 33, 58] {
        let folder = tempfile::tempdir().unwrap();
        let (slow, given) = server(after).await;
        killed(&slow, &given, after, folder.path()).await;
        // A page whose line was never written, and half a line.
        for name in ["users.pages", "users.journal"] {
            let path = folder.path().join(name);
            if let Ok(mut bytes) = std::fs::read(&path) {
                bytes.extend(b"{\"keptFrames\":");
                std::fs::write(&path, bytes).unwrap();
            }
        }
        let (next, given) = server(usize::MAX).await;
        // Links of the first server lead nowhere now: they are followed on the second.
        for name in ["users.journal", "exchangeRemoteDomains.journal"] {
            let path = folder.path().join(name);
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            std::fs::write(&path, text.replace(&slow.url, &next.url)).unwrap();
        }
        let resumed = collect(&next, Some(folder.path()), "2026-11-16T04:10:00Z").await.unwrap();
        assert_eq!(records(&resumed), expected, "after {after}");
        let asked = given.load(Ordering::SeqCst);
        // At most two requests were under way, and one of them may have come through.
        assert!(asked <= all - after + 2 && asked >= all - after, "{asked} after {after}");
        let snapshot = resumed.snapshot().unwrap();
        assert_eq!(snapshot.taken_at.to_string(), "2026-11-16T04:00:00Z");
        assert_eq!(snapshot.other["resumedAt"].get(), r#"["2026-11-16T04:10:00Z"]"#);
        resumed.finish().unwrap();
        assert!(!folder.path().exists(), "nothing of the tenant stays behind");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_old_or_of_another_tenant_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (slow, given) = server(9).await;
    killed(&slow, &given, 9, folder.path()).await;
    let (next, given) = server(usize::MAX).await;
    let late = collect(&next, Some(folder.path()), "2026-11-16T05:00:01Z").await.unwrap();
    assert_eq!(given.load(Ordering::SeqCst), 2 * PAGES);
    assert!(late.resumed_at().is_empty());
    assert!(!late.snapshot().unwrap().other.contains_key("resumedAt"));
    let early = collect(&next, Some(folder.path()), "2026-11-16T05:00:02Z").await;
    assert!(matches!(early, Err(CollectError::Spool(SpoolError::InUse(_)))), "{early:?}");
}

#[tokio::test]
async fn a_link_that_is_no_longer_good_begins_the_list_again() {
    let folder = tempfile::tempdir().unwrap();
    let (slow, given) = server(9).await;
    killed(&slow, &given, 9, folder.path()).await;
    let strict = stub()
        .on("/v1.0/users", |asked, _| match asked.query.as_str() {
            query if query.contains("page=") => refused(400, "InvalidToken", "no"),
            _ => json(r#"{"value":[{"id":"new"}]}"#),
        })
        .on("/InvokeCommand", |asked, _| match asked.query.as_str() {
            "" => json(r#"{"value":[{"Name":"new"}]}"#),
            _ => refused(400, "BadRequest", "Expired or Invalid pagination request."),
        })
        .start()
        .await;
    for name in ["users.journal", "exchangeRemoteDomains.journal"] {
        let path = folder.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&slow.url, &strict.url)).unwrap();
    }
    let resumed = collect(&strict, Some(folder.path()), "2026-11-16T04:10:00Z").await.unwrap();
    let records = records(&resumed);
    let of = |wanted: &str| records.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
    assert_eq!(of("users"), r#"1 [{"id":"new"}]"#);
    assert_eq!(of("exchangeRemoteDomains"), r#"1 [{"Name":"new"}]"#);
}

#[tokio::test]
async fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("holiday.txt"), "sun").unwrap();
    let (server, _) = server(usize::MAX).await;
    let refused = collect(&server, Some(folder.path()), "2026-11-16T04:00:00Z").await;
    assert!(matches!(refused, Err(CollectError::Spool(SpoolError::Foreign(_)))), "{refused:?}");
    assert_eq!(std::fs::read(folder.path().join("holiday.txt")).unwrap(), b"sun");
}
