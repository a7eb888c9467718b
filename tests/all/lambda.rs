//! The function `scan` in the real Lambda runtime: the real binary, against the runtime's HTTP
//! interface (`/2018-06-01/runtime/…`) played by this test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::Folder;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use simulator::{Cloud, Options};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::program;

/// How an event ended: the function's response, or its error.
type Ended = Result<Value, Value>;

/// The runtime's interface: hands out events in turn and keeps what comes back.
#[derive(Default)]
struct Runtime {
    events: Mutex<VecDeque<Value>>,
    ended: Mutex<Vec<Ended>>,
    more: Notify,
    done: Notify,
}

impl Runtime {
    async fn start() -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = Arc::new(Self::default());
        let shared = Arc::clone(&runtime);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let runtime = Arc::clone(&shared);
                let answer = service_fn(move |request| {
                    let runtime = Arc::clone(&runtime);
                    async move { Ok::<_, std::convert::Infallible>(runtime.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer);
                tokio::spawn(connection);
            }
        });
        (runtime, address)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<http_body::Full> {
        let path = request.uri().path().to_owned();
        if request.method() == Method::GET && path.ends_with("/invocation/next") {
            loop {
                if let Some(event) = self.events.lock().unwrap().pop_front() {
                    return Response::builder()
                        .header(
                            "Lambda-Runtime-Aws-Request-Id",
                            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                        )
                        .header("Lambda-Runtime-Deadline-Ms", "4102444800000")
                        .header(
                            "Lambda-Runtime-Invoked-Function-Arn",
                            "arn:aws:lambda:eu-central-1:000000000000:function:scan",
                        )
                        .body(http_body::Full::new(event.to_string()))
                        .unwrap();
                }
                self.more.notified().await;
            }
        }
        let body = http_body::read(request.into_body()).await;
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let ended = if path.ends_with("/response") { Ok(value) } else { Err(value) };
        self.ended.lock().unwrap().push(ended);
        self.done.notify_one();
        let accepted = http_body::Full::new("{}".to_owned());
        Response::builder().status(202).body(accepted).unwrap()
    }

    /// Hands the function an event and waits for how it ends.
    async fn invoke(&self, event: Value) -> Ended {
        self.events.lock().unwrap().push_back(event);
        self.more.notify_one();
        tokio::time::timeout(Duration::from_mins(1), self.done.notified()).await.unwrap();
        self.ended.lock().unwrap().pop().unwrap()
    }
}

/// Bodies, without another crate.
mod http_body {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Body, Bytes, Frame, Incoming};

    /// A whole body.
    pub(super) struct Full(Option<Bytes>);

    impl Full {
        pub(super) fn new(text: String) -> Self {
            Self(Some(text.into()))
        }
    }

    impl Body for Full {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
        }
    }

    /// Reads a body to its end.
    pub(super) async fn read(mut body: Incoming) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
        {
            if let Ok(data) = frame.unwrap().into_data() {
                bytes.extend_from_slice(&data);
            }
        }
        bytes
    }
}

/// The function's process; it ends with this value.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(runtime: SocketAddr, place: &Path, cloud: &str) -> Function {
    let mut command = Command::new(program::path("scan"));
    command
        .env("AWS_LAMBDA_RUNTIME_API", runtime.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "scan")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "scan")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
        .env("MUSTER_PROFILES", place.join("profiles"))
        .env("MUSTER_ARCHIVE", place.join("archive"))
        .env("MUSTER_CLOUD_URL", cloud)
        .env("MUSTER_SIMULATOR_SECRET", "simulated")
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    Function(command.spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_scans_and_a_repeated_event_changes_nothing() {
    let samples = simulator::samples().unwrap();
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("profiles")).unwrap();
    for sample in &samples {
        let path = place.path().join("profiles").join(format!("{}.toml", sample.id()));
        std::fs::write(path, sample.profile()).unwrap();
    }
    let tenant =
        samples.iter().find(|sample| sample.name().contains("nordhaven")).unwrap().id().to_owned();
    let cloud =
        Cloud::start(samples, Options::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let (runtime, address) = Runtime::start().await;
    let _function = start(address, place.path(), &cloud.url());

    let event = json!({ "tenant": tenant, "startedAt": "2026-11-16T04:00:00Z" });
    let response = runtime.invoke(event.clone()).await.unwrap();
    let manifest = format!("tenants/{tenant}/2026/11/20261116T040000Z/manifest.dsse.json");
    assert_eq!(response["manifest"], manifest.as_str());
    assert_eq!(response["unread"], json!([]));
    assert!(response["score"].as_f64().is_some_and(|score| score > 0.0), "{response}");
    let store = Folder::open(place.path().join("archive")).unwrap();
    let history = archive::history(&store, &tenant).await.unwrap();
    assert_eq!(history.len(), 1);
    let checked = archive::verify(&store, &history[0].scan, &[]).await.unwrap();
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);

    let before = program::tree(&place.path().join("archive"));
    assert_eq!(runtime.invoke(event).await.unwrap(), response);
    program::assert_same(&program::tree(&place.path().join("archive")), &before);

    // What cannot get better is told apart from what may.
    let unknown = "0b0b0b0b-0000-4000-8000-000000000002";
    let event = json!({ "tenant": unknown, "startedAt": "2026-11-16T04:00:00Z" });
    let error = runtime.invoke(event).await.unwrap_err();
    assert_eq!(error["errorType"], "Permanent", "{error}");
    assert!(error["errorMessage"].as_str().unwrap().contains(unknown), "{error}");
    let hostile = json!({ "tenant": "../../etc/passwd", "startedAt": "2026-11-16T04:00:00Z" });
    assert_eq!(runtime.invoke(hostile).await.unwrap_err()["errorType"], "Permanent");
    assert!(cloud.unknown_requests().is_empty(), "{:?}", cloud.unknown_requests());
    cloud.stop().await;
}
