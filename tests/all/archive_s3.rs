//! The archive in S3, against a real server of that protocol on loopback.
//!
//! The server is s3s with its file system behind it. It knows `If-None-Match: *` and `If-Match`, but
//! checks first and writes afterwards; Amazon S3 does both in one. So a thin layer here lets one request
//! in at a time. The layer also notes what was asked, and can lose an answer or turn a write away.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use archive::{
    AnyStore, ArchiveError, Bytes, Erasure, Folder, Key, Link, Problem, Protection,
    Request as Check, Retention, S3, Scan, ScanFiles, Store, StoreError, erase, head, history,
    seal, verify, verify_archive,
};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use serde_json::json;
use tokio::net::TcpListener;

const TENANT: &str = "00000000-1111-2222-3333-444444444444";
const FIRST: &str = "2026-10-01T02:00:00Z";
const SECOND: &str = "2026-11-01T02:00:00Z";
const BUCKET: &str = "evidence";

/// A server of its own for each test; it ends with the test's runtime.
pub(crate) struct Server {
    address: SocketAddr,
    /// What it stores, a folder a bucket.
    place: tempfile::TempDir,
    layer: Arc<Layer>,
}

/// What lies between the network and the server.
#[derive(Default)]
struct Layer {
    turn: tokio::sync::Mutex<()>,
    /// The method and headers of every request.
    asked: Mutex<Vec<(Method, HeaderMap)>>,
    /// What befalls the next writes; none: nothing.
    mishaps: Mutex<VecDeque<Option<Mishap>>>,
}

#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// The write is done, and the answer is an error of the service.
    AnswerLost,
    /// The write is not done, as another is under way.
    Conflict,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(place.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("an-id", "a-secret"));
        let service = builder.build();

        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let layer = Arc::new(Layer::default());
        let shared = Arc::clone(&layer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (layer, service) = (Arc::clone(&shared), service.clone());
                let answer = service_fn(move |request| {
                    let (layer, service) = (Arc::clone(&layer), service.clone());
                    async move { layer.answer(&service, request).await }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer);
                tokio::spawn(connection);
            }
        });
        Self { address, place, layer }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn client(&self) -> Client {
        client(&self.endpoint(), "a-secret")
    }

    pub(crate) fn store(&self, prefix: &str) -> S3 {
        S3::new(self.client(), BUCKET, prefix).unwrap()
    }

    /// The file that the server keeps a key in.
    fn file(&self, prefix: &str, key: &Key) -> PathBuf {
        self.place.path().join(BUCKET).join(prefix).join(key.as_str())
    }

    /// Lets some writes pass; the one after them has the mishap.
    fn after(&self, writes: usize, mishap: Mishap) {
        let mut mishaps = self.layer.mishaps.lock().unwrap();
        assert!(mishaps.is_empty(), "the last mishap was met");
        mishaps.resize(writes, None);
        mishaps.push_back(Some(mishap));
    }

    fn writes_asked(&self) -> Vec<HeaderMap> {
        let asked = self.layer.asked.lock().unwrap();
        asked.iter().filter(|(method, _)| method == Method::PUT).map(|(_, h)| h.clone()).collect()
    }
}

impl Layer {
    async fn answer(
        &self,
        service: &S3Service,
        request: Request<Incoming>,
    ) -> Result<Response<s3s::Body>, Infallible> {
        let _turn = self.turn.lock().await;
        let method = request.method().clone();
        self.asked.lock().unwrap().push((method.clone(), request.headers().clone()));
        let mishap = match method {
            Method::PUT => self.mishaps.lock().unwrap().pop_front().flatten(),
            _ => None,
        };
        if let Some(Mishap::Conflict) = mishap {
            return Ok(error(409, "ConditionalRequestConflict"));
        }
        let answer = Service::call(service, request).await.unwrap();
        if let Some(Mishap::AnswerLost) = mishap {
            return Ok(error(500, "InternalError"));
        }
        Ok(answer)
    }
}

fn error(status: u16, code: &str) -> Response<s3s::Body> {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
    Response::builder().status(status).body(body.into()).unwrap()
}

fn client(endpoint: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("an-id", secret, None, None, "test"))
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn scan_at(time: &str) -> Scan {
    Scan::new(TENANT, time.parse().unwrap()).unwrap()
}

fn files_at(time: &str) -> ScanFiles {
    let file = |name: &str| (name.to_owned(), Bytes::from(format!("{name} of {time}")));
    ScanFiles {
        tenant: TENANT.to_owned(),
        started_at: time.parse().unwrap(),
        files: ["snapshot.json.zst", "assessment.json", "executive.html"].map(file).to_vec(),
        predicate: json!({ "score": { "value": 70.6 }, "at": time }),
    }
}

#[tokio::test]
async fn a_scan_in_s3_is_the_same_as_in_a_folder() {
    let server = Server::start().await;
    let s3 = server.store("msp/one");
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open_for_writing(place.path()).unwrap();
    for time in [FIRST, SECOND, FIRST, SECOND] {
        let sealed = seal(&s3, &files_at(time), None).await.unwrap();
        assert_eq!(seal(&folder, &files_at(time), None).await.unwrap(), sealed);
    }
    let tenant = key(&format!("tenants/{TENANT}"));
    let keys = folder.list(&tenant, None).await.unwrap();
    assert_eq!(keys.len(), 9);
    assert_eq!(s3.list(&tenant, None).await.unwrap(), keys);
    for key in keys.iter().map(|text| key(text)) {
        let in_folder = folder.get(&key).await.unwrap().unwrap().bytes;
        assert_eq!(s3.get(&key).await.unwrap().unwrap().bytes, in_folder, "{key}");
        assert_eq!(fs::read(server.file("msp/one", &key)).unwrap(), in_folder, "{key}");
    }
    let scans = history(&s3, TENANT).await.unwrap();
    assert_eq!(
        scans.iter().map(|s| s.scan.clone()).collect::<Vec<_>>(),
        [FIRST, SECOND].map(scan_at)
    );
    for archived in &scans {
        let checked = verify(&s3, &archived.scan, &[]).await.unwrap();
        assert_eq!((checked.problems, checked.files), (vec![], 3));
    }
    let newest = head(&s3, TENANT).await.unwrap().unwrap().newest;
    let manifest = scan_at(SECOND).manifest().to_string();
    assert_eq!(newest, Link { manifest, sha256: scans[1].sha256.clone() });

    // A whole archive is checked the same in both, and so is one that was tampered with.
    let request = Check::default();
    let both = async || {
        let in_s3 = verify_archive(&s3, &request).await.unwrap();
        assert_eq!(in_s3, verify_archive(&folder, &request).await.unwrap());
        in_s3
    };
    assert!(both().await.is_whole());
    for (name, content) in [("added", Some("more")), ("assessment.json", None)] {
        let key = scan_at(FIRST).file(name).unwrap();
        for path in [server.file("msp/one", &key), place.path().join(key.as_str())] {
            match content {
                Some(content) => fs::write(path, content).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
    }
    let expected =
        [Problem::Missing("assessment.json".to_owned()), Problem::Added("added".to_owned())];
    assert_eq!(both().await.tenants[0].scans[0].problems, expected);
}

/// What is asked of S3 for each object; a server that knows locks is asked in `evidence`.
#[tokio::test]
async fn protection_is_asked_for_with_every_write() {
    let server = Server::start().await;
    let protection = Protection {
        retention: Some(Retention { compliance: true, days: 400 }),
        legal_hold: true,
        kms_key: Some("alias/evidence".to_owned()),
    };
    let s3 = server.store("").protected(protection);
    for time in [FIRST, SECOND] {
        // The server may not know these; what counts here is that it was asked.
        let _ = seal(&s3, &files_at(time), None).await;
    }
    let writes = server.writes_asked();
    assert!(!writes.is_empty());
    for headers in writes {
        let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
        assert!(is("x-amz-object-lock-mode", "COMPLIANCE"), "{headers:?}");
        assert!(headers.contains_key("x-amz-object-lock-retain-until-date"), "{headers:?}");
        assert!(is("x-amz-object-lock-legal-hold", "ON"), "{headers:?}");
        assert!(is("x-amz-server-side-encryption", "aws:kms"), "{headers:?}");
        assert!(is("x-amz-server-side-encryption-aws-kms-key-id", "alias/evidence"), "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_erased_from_s3_is_gone() {
    let server = Server::start().await;
    let s3 = server.store("msp");
    for time in [FIRST, SECOND] {
        seal(&s3, &files_at(time), None).await.unwrap();
    }
    let erasure = Erasure {
        at: SECOND.parse().unwrap(),
        by: "Privacy office".to_owned(),
        reason: "Request 4711".to_owned(),
    };
    let erased = erase(&s3, TENANT, SECOND.parse().unwrap(), &erasure, None).await.unwrap();
    assert_eq!(erased, 1);
    assert!(!server.file("msp", &scan_at(FIRST).file("assessment.json").unwrap()).exists());
    assert!(server.file("msp", &scan_at(SECOND).file("assessment.json").unwrap()).exists());
    let verified = verify_archive(&s3, &Check::default()).await.unwrap();
    assert!(verified.is_whole(), "{verified:#?}");
    assert_eq!(verified.tenants[0].scans[0].erased, Some(erasure));
}

#[tokio::test]
async fn every_write_is_conditional_and_carries_its_digest() {
    let server = Server::start().await;
    let s3 = server.store("");
    for time in [FIRST, SECOND] {
        seal(&s3, &files_at(time), None).await.unwrap();
    }
    let writes = server.writes_asked();
    assert_eq!(writes.len(), 10);
    for headers in &writes {
        assert_ne!(headers.contains_key("if-none-match"), headers.contains_key("if-match"));
        let checksums: Vec<_> =
            headers.keys().filter(|n| n.as_str().starts_with("x-amz-checksum-")).collect();
        assert_eq!(checksums, ["x-amz-checksum-sha256"], "S3 takes one checksum, not two");
    }
    // Only the second head replaces something.
    assert_eq!(writes.iter().filter(|headers| headers.contains_key("if-match")).count(), 1);

    // What S3 says of a file is the digest that the manifest has.
    let manifest = &history(&s3, TENANT).await.unwrap()[0].manifest;
    for file in &manifest.subject {
        let key = scan_at(FIRST).file(&file.name).unwrap();
        let said = server.client().head_object().bucket(BUCKET).key(key.as_str());
        let said = said.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        let digest = STANDARD.decode(said.checksum_sha256.unwrap()).unwrap();
        assert_eq!(hex::encode(digest), file.sha256());
    }
}

#[tokio::test]
async fn what_is_written_once_stays() {
    let server = Server::start().await;
    let s3 = server.store("msp");
    assert!(s3.get(&key("a/b")).await.unwrap().is_none());
    s3.put_new(&key("a/b"), "one".into()).await.unwrap();
    s3.put_new(&key("a/b"), "one".into()).await.unwrap();
    let error = s3.put_new(&key("a/b"), "two".into()).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    assert_eq!(s3.get(&key("a/b")).await.unwrap().unwrap().bytes, "one");

    seal(&s3, &files_at(FIRST), None).await.unwrap();
    let mut other = files_at(FIRST);
    other.files[1].1 = "other".into();
    let error = seal(&s3, &other, None).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Differs { .. }), "{error}");
    assert_eq!(verify(&s3, &scan_at(FIRST), &[]).await.unwrap().problems, []);
}

#[tokio::test]
async fn a_replacement_must_have_seen_what_it_replaces() {
    let server = Server::start().await;
    let s3 = server.store("");
    let head = key("a/head.json");
    let changed = |done: Result<(), StoreError>| {
        assert!(matches!(done, Err(StoreError::Changed { .. })), "{done:?}");
    };
    changed(s3.put_if(&head, "x".into(), Some("\"00000000000000000000000000000000\"")).await);
    s3.put_if(&head, "1".into(), None).await.unwrap();
    changed(s3.put_if(&head, "x".into(), None).await);
    let first = s3.get(&head).await.unwrap().unwrap().etag;
    s3.put_if(&head, "2".into(), Some(&first)).await.unwrap();
    changed(s3.put_if(&head, "x".into(), Some(&first)).await);
    assert_eq!(s3.get(&head).await.unwrap().unwrap().bytes, "2");
}

#[tokio::test]
async fn lost_answers_and_conflicts_do_no_harm() {
    let server = Server::start().await;
    let s3 = server.store("msp");
    for (day, mishap) in [(1, Mishap::AnswerLost), (2, Mishap::Conflict)] {
        // Three files, the manifest, the head. A client that repeats a write whose answer was lost
        // meets its own object.
        for write in 0..5 {
            server.after(write, mishap);
            let time = format!("2026-11-0{day}T0{write}:00:00Z");
            let asked = server.writes_asked().len();
            seal(&s3, &files_at(&time), None).await.unwrap();
            assert_eq!(server.writes_asked().len(), asked + 6, "five, and one again: {time}");
            assert_eq!(verify(&s3, &scan_at(&time), &[]).await.unwrap().problems, []);
            let newest = head(&s3, TENANT).await.unwrap().unwrap();
            assert_eq!(newest.newest.manifest, scan_at(&time).manifest().as_str());
        }
    }
    let key = key("head.json");
    s3.put_if(&key, "1".into(), None).await.unwrap();
    let etag = s3.get(&key).await.unwrap().unwrap().etag;
    server.after(0, Mishap::Conflict);
    let error = s3.put_if(&key, "2".into(), Some(&etag)).await.unwrap_err();
    assert!(matches!(error, StoreError::Changed { .. }) && error.is_transient(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_once_all_end_well() {
    let server = Server::start().await;
    let times: Vec<String> = (10..16).map(|day| format!("2026-11-{day}T02:00:00Z")).collect();
    let runs: Vec<_> = times
        .iter()
        .chain(&times)
        .map(|time| {
            let (s3, files) = (server.store("msp"), files_at(time));
            tokio::spawn(async move { seal(&s3, &files, None).await.unwrap() })
        })
        .collect();
    let mut sealed = Vec::new();
    for run in runs {
        sealed.push(run.await.unwrap());
    }
    let (one, again) = sealed.split_at(times.len());
    assert_eq!(one, again);
    let s3 = server.store("msp");
    let found = history(&s3, TENANT).await.unwrap();
    assert_eq!(found.len(), times.len());
    for archived in &found {
        assert_eq!(verify(&s3, &archived.scan, &[]).await.unwrap().problems, []);
    }
    // Whoever was last to seal is the end of one chain through all of them.
    let newest = head(&s3, TENANT).await.unwrap().unwrap().newest;
    assert!(found.iter().any(|archived| archived.sha256 == newest.sha256));
    let whole = verify_archive(&s3, &Check::default()).await.unwrap();
    assert!(whole.is_whole(), "{whole:?}");
}

#[tokio::test]
async fn lists_have_every_page_and_only_their_prefix() {
    let server = Server::start().await;
    let s3 = server.store("msp");
    let names: Vec<String> = (0..1_203).map(|n| format!("tenants/{n:04}")).collect();
    // Straight onto the server's disk, for the time it takes.
    for prefix in ["msp", "msp2", "msp/tenants2"] {
        for name in names.iter().skip(if prefix == "msp" { 0 } else { 1_000 }) {
            let file = server.file(prefix, &key(name));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
    }
    assert_eq!(s3.list(&key("tenants"), None).await.unwrap(), names);
    let after = s3.list(&key("tenants"), Some(&key("tenants/0999"))).await.unwrap();
    assert_eq!(after, names[1_000..]);
    assert_eq!(s3.list(&key("none"), None).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn content_damaged_on_the_way_is_an_error() {
    let server = Server::start().await;
    let s3 = server.store("");
    s3.put_new(&key("a/b"), "sealed".into()).await.unwrap();
    fs::write(server.file("", &key("a/b")), "SEALED").unwrap();
    let error = s3.get(&key("a/b")).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot read s3://evidence/a/b");
}

/// Other programs leave the SDK's own checksum, a CRC, and the archive reads that too.
#[tokio::test]
async fn what_others_wrote_is_read_and_found() {
    let server = Server::start().await;
    let s3 = server.store("");
    seal(&s3, &files_at(FIRST), None).await.unwrap();
    let added = scan_at(FIRST).file("added.txt").unwrap();
    let put = server.client().put_object().bucket(BUCKET).key(added.as_str());
    put.body(ByteStream::from_static(b"by someone else")).send().await.unwrap();
    let headers = server.writes_asked().pop().unwrap();
    assert!(headers.keys().any(|name| name.as_str() == "x-amz-checksum-crc32"), "{headers:?}");
    assert_eq!(s3.get(&added).await.unwrap().unwrap().bytes, "by someone else");

    let removed = scan_at(FIRST).file("assessment.json").unwrap();
    server.client().delete_object().bucket(BUCKET).key(removed.as_str()).send().await.unwrap();
    let expected =
        [Problem::Missing("assessment.json".to_owned()), Problem::Added("added.txt".to_owned())];
    assert_eq!(verify(&s3, &scan_at(FIRST), &[]).await.unwrap().problems, expected);
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let server = Server::start().await;
    let other = S3::new(server.client(), "elsewhere", "").unwrap();
    let error = other.check_bucket().await.unwrap_err();
    assert_eq!(error.to_string(), "the bucket elsewhere does not exist");
    let error = other.list(&key("tenants"), None).await.unwrap_err();
    assert!(matches!(error, StoreError::NoBucket { .. }), "{error}");
    server.store("").check_bucket().await.unwrap();

    let stranger = S3::new(client(&server.endpoint(), "not-the-secret"), BUCKET, "msp").unwrap();
    let error = stranger.put_new(&key("a"), "1".into()).await.unwrap_err();
    assert_eq!(error.to_string(), "not allowed to write s3://evidence/msp/a");
    assert!(!error.is_transient());
    let error = stranger.get(&key("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "not allowed to read s3://evidence/msp/a");

    // A port that was just given back.
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let nobody = client(&format!("http://{nobody}"), "a-secret");
    let error = S3::new(nobody, BUCKET, "").unwrap().check_bucket().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot reach s3://evidence/");
    assert!(error.is_transient());
}

/// As a user has it: nothing but the environment. A process has one environment, so this test runs
/// itself again in another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_environment_is_enough() {
    const LOCATION: &str = "ARCHIVE_S3_TEST_LOCATION";
    if let Ok(location) = env::var(LOCATION) {
        let store = match archive::open_for_writing(&location).await {
            Ok(store) => store,
            Err(error) => panic!("{error}"),
        };
        assert!(matches!(store, AnyStore::S3(_)));
        seal(&store, &files_at(FIRST), None).await.unwrap();
        return;
    }
    let server = Server::start().await;
    let endpoint = server.endpoint();
    let run = |location: &'static str, variables: &[(&'static str, &str)]| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "archive_s3::the_usual_environment_is_enough", "--nocapture"]);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().to_ascii_lowercase().contains("proxy")
                || name.to_string_lossy().starts_with("AWS_")
            {
                command.env_remove(name);
            }
        }
        command.env(LOCATION, location).env("AWS_CONFIG_FILE", "none");
        command.env("AWS_SHARED_CREDENTIALS_FILE", "none").env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ACCESS_KEY_ID", "an-id").env("AWS_SECRET_ACCESS_KEY", "a-secret");
        command.envs(variables.iter().copied());
        tokio::task::spawn_blocking(move || {
            let output = command.output().unwrap();
            (output.status.success(), String::from_utf8(output.stderr).unwrap())
        })
    };
    let s3 = server.store("from/environment");
    assert!(history(&s3, TENANT).await.unwrap().is_empty());
    for endpoint_variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        let variables = [(endpoint_variable, endpoint.as_str())];
        let (success, output) = run("s3://evidence/from/environment/", &variables).await.unwrap();
        assert!(success, "{output}");
    }
    assert_eq!(history(&s3, TENANT).await.unwrap().len(), 1);

    let variables = [("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_REGION", "eu-central-1")];
    let (success, output) = run("s3://elsewhere", &variables).await.unwrap();
    assert!(!success && output.contains("the bucket elsewhere does not exist"), "{output}");
    let (success, output) = run("s3://evidence/x", &[]).await.unwrap();
    assert!(!success && output.contains("no AWS region is set"), "{output}");
}
