//! A server of a few answers, for troubles that a well-behaved cloud does not have.

#![allow(dead_code, reason = "no test binary uses all of it")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use collect::{CollectError, Credential, Endpoints, Limits, Silence, collect};
use model::{Cloud, Data, Dataset, Profile, SignInMethod, Snapshot, Unavailable};

pub(crate) const TENANT: &str = "0a0a0a0a-0000-4000-8000-000000000001";
pub(crate) const SECRET: &str = "the-marked-secret";
pub(crate) const TOKEN: &str = "the-marked-token";

/// An answer: status, headers, body.
pub(crate) type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// What answers a path; the number says how often it was asked before.
type Handler = Box<dyn Fn(&Asked, usize) -> Reply + Send + Sync>;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Where the server is.
    pub(crate) base: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) token: Option<String>,
    pub(crate) body: String,
}

pub(crate) struct Stub {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

pub(crate) fn json(body: impl Into<String>) -> Reply {
    (200, Vec::new(), body.into().into_bytes())
}

pub(crate) fn refused(status: u16, code: &str, message: &str) -> Reply {
    let body =
        format!(r#"{{"error":{{"code":"{code}","message":"{message}","innerError":{{}}}}}}"#);
    (status, Vec::new(), body.into_bytes())
}

/// Answers a batch: for each part its path and how often it was asked before.
pub(crate) fn batch(asked: &Asked, before: usize, part: fn(&str, usize) -> (u16, String)) -> Reply {
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    let requests = body["requests"].as_array().unwrap();
    assert!(requests.len() <= 20);
    let answers: Vec<_> = requests
        .iter()
        .rev()
        .map(|request| {
            let (status, body) = part(request["url"].as_str().unwrap(), before);
            let id = &request["id"];
            format!(
                r#"{{"id":{id},"status":{status},"headers":{{"Retry-After":"1"}},"body":{body}}}"#
            )
        })
        .collect();
    json(format!(r#"{{"responses":[{}]}}"#, answers.join(",")))
}

/// A server that answers tokens, the organization and its subscriptions, and what is given:
/// the ends of paths with their answers.
pub(crate) struct Builder(Vec<(&'static str, Handler)>);

pub(crate) fn stub() -> Builder {
    Builder(Vec::new())
}

impl Builder {
    pub(crate) fn on(
        mut self,
        end: &'static str,
        handler: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.0.push((end, Box::new(handler)));
        self
    }

    pub(crate) async fn start(self) -> Stub {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let all = self
            .on("/oauth2/v2.0/token", |_, _| {
                json(format!(r#"{{"access_token":"{TOKEN}","expires_in":3599}}"#))
            })
            .on("/v1.0/organization", |_, _| {
                json(format!(
                    r#"{{"value":[{{"id":"{TENANT}","displayName":"Larkspur","verifiedDomains":[]}}]}}"#
                ))
            })
            .on("/v1.0/subscribedSkus", |_, _| json(r#"{"value":[]}"#))
            .0;
        let seen = Arc::new(Mutex::new(Vec::<Asked>::new()));
        let (handlers, log, base) = (Arc::new(all), Arc::clone(&seen), url.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (handlers, log, base) = (Arc::clone(&handlers), Arc::clone(&log), base.clone());
            async move { answer(&handlers, &log, base, request).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Stub { url, seen }
    }
}

async fn answer(
    handlers: &[(&'static str, Handler)],
    log: &Mutex<Vec<Asked>>,
    base: String,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let token = head.headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
    let asked = Asked {
        base,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        token,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let before = {
        let mut log = log.lock().unwrap();
        let same = |it: &&Asked| it.path == asked.path && it.query == asked.query;
        let before = log.iter().filter(same).count();
        log.push(asked.clone());
        before
    };
    let handler = handlers.iter().find(|(end, _)| asked.path.ends_with(end));
    let (status, headers, body) = match handler {
        Some((_, handler)) => handler(&asked, before),
        None => refused(404, "NotFound", "no handler"),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Stub {
    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, end: &str) -> usize {
        self.seen().iter().filter(|asked| asked.path.ends_with(end)).count()
    }

    pub(crate) async fn collect(&self, wanted: &[Data]) -> Result<Snapshot, CollectError> {
        self.collect_with(wanted, Limits::loopback(), "").await
    }

    /// Collects with a profile that has `more` in it.
    pub(crate) async fn collect_with(
        &self,
        wanted: &[Data],
        limits: Limits,
        more: &str,
    ) -> Result<Snapshot, CollectError> {
        let profile = Profile::parse(&format!(
            "[tenant]\nid = \"{TENANT}\"\n[sign-in]\nclient-id = \"app\"\n{more}"
        ))
        .unwrap();
        let credential = Credential::new(SignInMethod::Secret, SECRET).unwrap();
        let request = collect::Request {
            profile: &profile,
            endpoints: Endpoints::of(Cloud::Commercial).at(&self.url),
            credential: &credential,
            wanted: wanted.iter().copied().collect::<BTreeSet<_>>(),
            started_at: "2026-11-16T04:00:00Z".parse().unwrap(),
            limits,
        };
        assert!(!format!("{request:?}").contains(SECRET));
        collect(&request, &Silence).await
    }

    /// Collects one dataset.
    pub(crate) async fn dataset(&self, data: Data) -> Dataset {
        let mut snapshot = self.collect(&[data]).await.unwrap();
        snapshot.datasets.remove(data.name()).unwrap()
    }

    /// Collects one dataset that cannot be read.
    pub(crate) async fn unavailable(&self, data: Data) -> Unavailable {
        match self.dataset(data).await {
            Dataset::Unavailable(unavailable) => unavailable,
            Dataset::Collected(collected) => panic!("collected: {}", collected.records.get()),
        }
    }

    /// The records of one dataset.
    pub(crate) async fn records(&self, data: Data) -> String {
        match self.dataset(data).await {
            Dataset::Collected(collected) => collected.records.get().to_owned(),
            Dataset::Unavailable(unavailable) => panic!("unavailable: {unavailable:?}"),
        }
    }
}
