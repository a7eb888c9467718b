//! Credentials never appear: not in an output, a log, a snapshot or an archive. And nothing needs
//! to be stored at all: AWS signs a token, over real HTTP.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use hyper_util::rt::TokioIo;
use simulator::{Cloud, Options, Tenant};

use crate::program::{self, Run};

/// In every credential here, and nowhere else.
const MARK: &str = "M4rk3d-Cr3d3nt1al";

/// Endpoints of AWS that answer what the scanner asks them, and remember it.
struct Aws {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// A token of the usual form, with the mark in it.
fn token() -> String {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{}"), part(MARK), part("signature"))
}

async fn aws(secret: &'static str) -> Aws {
    use hyper::body::{Body as _, Bytes};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let log = Arc::clone(&log);
            let service = hyper::service::service_fn(
                move |request: hyper::Request<hyper::body::Incoming>| {
                    let log = Arc::clone(&log);
                    async move {
                        let target = request.headers().get("x-amz-target").cloned();
                        let mut body = request.into_body();
                        let mut text = Vec::new();
                        while let Some(frame) =
                            std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx))
                                .await
                        {
                            text.extend(
                                frame.unwrap().into_data().unwrap_or_else(|_| Bytes::new()),
                            );
                        }
                        log.lock().unwrap().push(String::from_utf8(text).unwrap());
                        let answer = if target.is_some() {
                            format!(r#"{{"ARN":"arn","Name":"n","SecretString":"{secret}"}}"#)
                        } else {
                            format!(
                                "<GetWebIdentityTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetWebIdentityTokenResult><WebIdentityToken>{}</WebIdentityToken><Expiration>2099-01-01T00:00:00Z</Expiration></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>",
                                token()
                            )
                        };
                        Ok::<_, std::convert::Infallible>(hyper::Response::new(Whole(Some(
                            answer.into(),
                        ))))
                    }
                },
            );
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    Aws { url, asked }
}

/// A body that comes at once.
struct Whole(Option<hyper::body::Bytes>);

impl hyper::body::Body for Whole {
    type Data = hyper::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|bytes| Ok(hyper::body::Frame::data(bytes))))
    }
}

/// A sample whose secret is marked, and the folder of its profile.
async fn cloud(sign_in: &str) -> (Cloud, Tenant, tempfile::TempDir) {
    let samples = simulator::samples().unwrap();
    let tenant = samples.into_iter().find(|it| it.name().contains("kestrel")).unwrap();
    let tenant = tenant.with_secret(MARK);
    let folder = tempfile::tempdir().unwrap();
    let (before, rest) = tenant.profile().split_once("[sign-in]").unwrap();
    let client = rest.lines().find(|line| line.starts_with("client-id")).unwrap();
    let after = rest.find("\n[").map_or("", |place| &rest[place..]);
    let profile = format!("{before}[sign-in]\n{client}\n{sign_in}\n{after}");
    std::fs::write(folder.path().join("tenant.toml"), profile).unwrap();
    let address = ([127, 0, 0, 1], 0).into();
    let cloud = Cloud::start(vec![tenant.clone()], Options::default(), address).await.unwrap();
    (cloud, tenant, folder)
}

fn muster(arguments: &[&str], aws: &str) -> Command {
    let mut command = Command::new(program::path("muster"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.to_ascii_lowercase().contains("proxy") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .env("AWS_ENDPOINT_URL", aws)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "an-id")
        .env("AWS_SECRET_ACCESS_KEY", MARK)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("MARKED", MARK);
    command
}

async fn run(mut command: Command) -> Run {
    tokio::task::spawn_blocking(move || program::run(&mut command)).await.unwrap()
}

/// Looks for the mark in everything that a run wrote, unpacked where it is compressed.
fn assert_unmarked(folder: &Path, runs: &[Run]) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(MARK);
    let is_marked = |bytes: &[u8]| {
        [MARK.as_bytes(), encoded.as_bytes()]
            .iter()
            .any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
    };
    assert!(is_marked(token().as_bytes()), "the search finds what it looks for");
    for run in runs {
        assert!(!is_marked(run.out.as_bytes()), "{}", run.out);
        assert!(!is_marked(run.err.as_bytes()), "{}", run.err);
    }
    let files = program::tree(folder);
    assert!(!files.is_empty());
    for (name, bytes) in files {
        assert!(!is_marked(&bytes), "{name}");
        if Path::new(&name).extension().is_some_and(|ending| ending == "zst") {
            assert!(
                !is_marked(&model::Snapshot::read(&bytes).unwrap().to_json().unwrap()),
                "{name}"
            );
        }
    }
}

/// Everything that signs in, with one way to keep the credential.
async fn everything(sign_in: &str, secret: &'static str) -> Vec<String> {
    let (cloud, tenant, profiles) = cloud(sign_in).await;
    let aws = aws(secret).await;
    let out = tempfile::tempdir().unwrap();
    let archive = out.path().join("archive");
    let snapshot = out.path().join("snapshot.json.zst");
    let (folder, url) = (profiles.path().to_str().unwrap(), cloud.url());
    let (archive, snapshot) = (archive.to_str().unwrap(), snapshot.to_str().unwrap());
    let common = ["--tenants", folder, "--cloud-url", &url];
    let collect = [&["collect"], &common[..], &["--tenant", tenant.id(), "-o", snapshot]].concat();
    let scan = [&["scan"], &common[..], &["--archive", archive]].concat();
    let doctor = [&["doctor"], &common[..]].concat();
    let wrong = [
        &["scan", "--tenants", folder, "--cloud-url", "http://127.0.0.1:9"],
        &["--archive", archive][..],
    ]
    .concat();
    let mut runs = Vec::new();
    for (arguments, status) in
        [(collect, Some(0)), (scan, Some(0)), (doctor, None), (wrong, Some(4))]
    {
        let run = run(muster(&arguments, &aws.url)).await;
        if let Some(status) = status {
            assert_eq!(run.status, status, "{arguments:?}: {}{}", run.out, run.err);
        }
        runs.push(run);
    }
    // Over the wire it did go: to the token service.
    assert!(cloud.requests().iter().any(|seen| seen.what.contains("/token") && seen.status == 200));
    assert_unmarked(out.path(), &runs);
    cloud.stop().await;
    aws.asked.lock().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_the_environment_appears_nowhere() {
    let asked =
        everything("method = \"secret\"\ncredential = \"env:MARKED\"", "not this one").await;
    assert!(asked.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_secrets_manager_appears_nowhere() {
    let arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:muster-AbCdEf";
    let asked = everything(&format!("method = \"secret\"\ncredential = \"{arn}\""), MARK).await;
    assert!(asked.iter().all(|body| body.contains(arn)), "{asked:?}");
    assert!(!asked.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_token_of_aws_nothing_is_stored() {
    let asked = everything("method = \"federated\"", "not this one").await;
    assert!(!asked.is_empty());
    for body in &asked {
        assert!(body.contains("Action=GetWebIdentityToken"), "{body}");
        assert!(body.contains("SigningAlgorithm=RS256"), "{body}");
        assert!(body.contains("api%3A%2F%2FAzureADTokenExchange"), "{body}");
    }
}
