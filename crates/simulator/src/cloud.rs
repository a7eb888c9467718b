//! The server: takes requests, finds out whose they are, and hands them to a service.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answer::{Answer, Body, Refusal};
use crate::faults::Faults;
use crate::mix::{guid, mix};
use crate::tenant::{NOW, Tenant};
use crate::{azure, exchange, graph, login};

/// The largest request body, in bytes.
const MOST_BODY: usize = 4 << 20;

/// How the cloud behaves.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The most records on a page of a list that pages, whatever the client asks; `None` leaves it
    /// to each list, as the services do.
    pub page_size: Option<usize>,
    /// What goes wrong.
    pub faults: Faults,
    /// The cloud's clock, which stands still; every time in the samples is moved along with it.
    /// `None` is [`NOW`].
    pub now: Option<Timestamp>,
    /// Seconds for which a token is good; `None` is about an hour.
    pub token_lifetime: Option<u32>,
}

/// A running cloud. It ends with [`Cloud::stop`], or when it is dropped.
#[derive(Debug)]
pub struct Cloud {
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The id of the tenant it was about; `None` when nobody could tell.
    pub tenant: Option<String>,
    /// Service, method, path and query, such as `graph GET /v1.0/users?$top=999`; for a cmdlet
    /// followed by its name. The parts of a batch are requests too.
    pub what: String,
    /// The status of the answer.
    pub status: u16,
    /// Whether it was a part of a batch.
    pub is_part: bool,
}

/// What was asked of a cloud so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests over HTTP, those for tokens included.
    pub requests: usize,
    /// Parts of batches.
    pub parts: usize,
    /// Both, by the status of their answers.
    pub statuses: BTreeMap<u16, usize>,
    /// Both, by path without its query, ids in it replaced by `{id}`.
    pub paths: BTreeMap<String, usize>,
}

/// What the services share.
#[derive(Debug)]
pub(crate) struct State {
    /// Scheme, address and port, without a slash at the end.
    pub(crate) base: String,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) options: Options,
    /// The cloud's clock.
    pub(crate) now: Timestamp,
    tokens: Mutex<HashMap<String, Grant>>,
    attempts: Mutex<HashMap<u64, u32>>,
    seen: Mutex<Vec<Seen>>,
    unknown: Mutex<Vec<String>>,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    /// The place of the tenant.
    pub(crate) tenant: usize,
    pub(crate) audience: Audience,
    pub(crate) expires: Instant,
}

/// The resource that a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Graph,
    Exchange,
    Compliance,
    Azure,
}

/// One request, or one part of a batch.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) service: &'static str,
    /// Whom it is about, by its token or path.
    pub(crate) tenant: Option<&'a Tenant>,
    pub(crate) method: String,
    /// Below the service, without a leading slash, decoded.
    pub(crate) path: String,
    /// As it came.
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: &'a [u8],
    /// How often this very request was made before.
    pub(crate) attempt: u32,
    /// The id that the service gives the request.
    pub(crate) request_id: String,
}

impl Cloud {
    /// Starts a cloud of tenants at an address, on the current Tokio runtime. Port 0 takes a free
    /// one.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub async fn start(
        mut tenants: Vec<Tenant>,
        options: Options,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let now = options.now.unwrap_or(NOW);
        let span = now.duration_since(NOW);
        if !span.is_zero() {
            for tenant in &mut tenants {
                tenant.move_by(span);
            }
        }
        let state = Arc::new(State {
            base: format!("http://{}", listener.local_addr()?),
            tenants,
            options,
            now,
            tokens: Mutex::default(),
            attempts: Mutex::default(),
            seen: Mutex::default(),
            unknown: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let router = Router::new().fallback(move |request| {
            let state = Arc::clone(&shared);
            async move { serve(&state, request).await }
        });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            drop(axum::serve(listener, router).with_graceful_shutdown(stopped).await);
        });
        Ok(Self { state, stop: Some(stop), server })
    }

    /// Scheme, address and port, such as `http://127.0.0.1:4711`.
    pub fn url(&self) -> String {
        self.state.base.clone()
    }

    /// Every request that was answered so far, in the order of the answers.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// What was asked so far, in numbers.
    pub fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for seen in lock(&self.state.seen).iter() {
            *if seen.is_part { &mut counters.parts } else { &mut counters.requests } += 1;
            *counters.statuses.entry(seen.status).or_default() += 1;
            *counters.paths.entry(path_of(&seen.what)).or_default() += 1;
        }
        counters
    }

    /// The requests that no service knows, or that a correct client never makes: unknown paths,
    /// options, properties, cmdlets and parameters. A test that talks to the cloud should see none.
    pub fn unknown_requests(&self) -> Vec<String> {
        lock(&self.state.unknown).clone()
    }

    /// Ends the cloud, after the requests that are being answered.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error says that the server has ended already.
            stop.send(()).ok();
        }
        // A client that keeps an idle connection open must not keep the cloud alive.
        if tokio::time::timeout(Duration::from_secs(1), &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A request without its query, with `{id}` for each id.
fn path_of(what: &str) -> String {
    let (path, rest) = what.split_once('?').unwrap_or((what, ""));
    let cmdlet = rest.rsplit_once(' ').map_or("", |(_, cmdlet)| cmdlet);
    let is_id = |part: &str| part.len() == 36 && part.bytes().filter(|it| *it == b'-').count() == 4;
    let parts: Vec<_> =
        path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    [&parts.join("/"), cmdlet].join(if cmdlet.is_empty() { "" } else { " " })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path without its percent signs.
pub(crate) fn decode_path(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

async fn serve(state: &State, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return respond(state, Answer::bytes(413, "text/plain", Vec::new()), "");
    };
    let path = decode_path(head.uri.path());
    let (service, path) = path.trim_start_matches('/').split_once('/').unwrap_or((&path, ""));
    let headers: BTreeMap<_, _> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let service = match service {
        "login" => "login",
        "graph" => "graph",
        "exchange" => "exchange",
        "compliance" => "compliance",
        "arm" => "arm",
        _ => "",
    };
    let tenant = state.tenant_of(service, path, &headers);
    let query = head.uri.query().unwrap_or_default();
    let call = Call::new(state, service, tenant, head.method.as_str(), path, query, headers, &body);
    let answer = state.fault(&call).unwrap_or_else(|| match service {
        "login" => login::answer(&call),
        "graph" => state.authorized(&call, Audience::Graph, graph::answer),
        "exchange" => state.authorized(&call, Audience::Exchange, exchange::answer),
        "compliance" => state.authorized(&call, Audience::Compliance, exchange::answer),
        "arm" => state.authorized(&call, Audience::Azure, azure::answer),
        _ => graph::refuse(&call, &Refusal::unknown(&call.what())),
    });
    state.note(&call, &answer, false);
    let latency = Duration::from_millis(state.options.faults.latency);
    if !(answer.after + latency).is_zero() {
        tokio::time::sleep(answer.after + latency).await;
    }
    let echoed = call.header("client-request-id").unwrap_or_default().to_owned();
    let request_id = call.request_id.clone();
    respond(state, answer.with("client-request-id", echoed), &request_id)
}

impl<'a> Call<'a> {
    #[expect(clippy::too_many_arguments, reason = "the parts of a request")]
    pub(crate) fn new(
        state: &'a State,
        service: &'static str,
        tenant: Option<&'a Tenant>,
        method: &str,
        path: &str,
        query: &str,
        headers: BTreeMap<String, String>,
        body: &'a [u8],
    ) -> Self {
        let mut call = Self {
            state,
            service,
            tenant,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
            attempt: 0,
            request_id: String::new(),
        };
        // The body of a token request differs each time, by its signature.
        let body = if service == "login" { "".into() } else { String::from_utf8_lossy(body) };
        let name = format!("{} {} {body}", call.tenant_id().unwrap_or_default(), call.what());
        call.attempt = state.attempt(mix(0, &name));
        call.request_id = guid(u64::from(call.attempt), &name);
        call
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn tenant_id(&self) -> Option<&'a str> {
        self.tenant.map(Tenant::id)
    }

    /// The request as [`Seen::what`] shows it.
    pub(crate) fn what(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        let cmdlet = exchange::cmdlet_name(self).unwrap_or_default();
        let space = if cmdlet.is_empty() { "" } else { " " };
        let (service, method, path, query) = (self.service, &self.method, &self.path, &self.query);
        format!("{service} {method} /{path}{mark}{query}{space}{cmdlet}")
    }
}

impl State {
    /// The moment so many days before the cloud's clock.
    pub(crate) fn days_ago(&self, days: i64) -> Timestamp {
        self.now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(self.now)
    }

    /// The place of the tenant of that id or domain.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.tenants.iter().position(|tenant| tenant.is_called(name))
    }

    pub(crate) fn keep(&self, token: String, grant: Grant) {
        lock(&self.tokens).insert(token, grant);
    }

    fn grant(&self, headers: &BTreeMap<String, String>) -> Option<Grant> {
        let token = headers.get("authorization")?.strip_prefix("Bearer ")?;
        lock(&self.tokens).get(token).copied()
    }

    fn tenant_of(
        &self,
        service: &str,
        path: &str,
        headers: &BTreeMap<String, String>,
    ) -> Option<&Tenant> {
        let place = match service {
            "login" => self.find(path.split('/').next()?)?,
            "exchange" | "compliance" => self.find(path.split('/').nth(2)?)?,
            _ => self.grant(headers)?.tenant,
        };
        self.tenants.get(place)
    }

    /// How often the request of that name was made before.
    fn attempt(&self, name: u64) -> u32 {
        let mut attempts = lock(&self.attempts);
        let count = attempts.entry(name).or_insert(0);
        *count += 1;
        *count - 1
    }

    /// The trouble of a request, if it has any.
    pub(crate) fn fault(&self, call: &Call<'_>) -> Option<Answer> {
        self.options.faults.of(&call.what(), call.tenant_id(), call.attempt)
    }

    /// Remembers a request and its answer.
    pub(crate) fn note(&self, call: &Call<'_>, answer: &Answer, is_part: bool) {
        let what = call.what();
        if answer.unknown {
            let words = match &answer.body {
                Body::Json(body) => {
                    body.pointer("/error/message").and_then(|it| it.as_str()).unwrap_or_default()
                }
                Body::Bytes(..) | Body::Cut(_) | Body::Dropped => "",
            };
            lock(&self.unknown).push(format!("{what}: {words}"));
        }
        let tenant = call.tenant_id().map(str::to_owned);
        lock(&self.seen).push(Seen { tenant, what, status: answer.status, is_part });
    }

    /// Answers when the token is good for the audience and for the tenant of the path.
    fn authorized(
        &self,
        call: &Call<'_>,
        audience: Audience,
        answer: fn(&Call<'_>, &Tenant) -> Answer,
    ) -> Answer {
        let refuse = |message: &str| {
            let refusal = Refusal::new(401, "InvalidAuthenticationToken", message);
            graph::refuse(call, &refusal).with("www-authenticate", "Bearer realm=\"\"")
        };
        if call.header("authorization").is_none() {
            return refuse("Access token is empty.");
        }
        let Some(grant) = self.grant(&call.headers) else {
            return refuse("The access token is not one of this cloud.");
        };
        if grant.audience != audience {
            return refuse("Access token validation failure. Invalid audience.");
        }
        if grant.expires <= Instant::now() {
            return refuse("Lifetime validation failed, the token is expired.");
        }
        match (self.tenants.get(grant.tenant), call.tenant) {
            (Some(tenant), Some(named)) if tenant.id() == named.id() => answer(call, tenant),
            _ => refuse("The access token is of another tenant."),
        }
    }
}

fn respond(state: &State, answer: Answer, request_id: &str) -> Response {
    let (media_type, body) = match answer.body {
        Body::Json(body) => ("application/json", HttpBody::from(body.to_string())),
        Body::Bytes(media_type, bytes) => (media_type, HttpBody::from(bytes)),
        Body::Dropped => {
            let end =
                stream::once(async { Err::<Vec<u8>, _>(io::Error::other("dropped on purpose")) });
            ("application/json", HttpBody::from_stream(end))
        }
        Body::Cut(bytes) => {
            let beginning = stream::once(async { Ok(bytes) });
            let end = stream::once(async {
                // What was written must be on its way before the connection breaks.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(io::Error::other("cut on purpose"))
            });
            ("application/json", HttpBody::from_stream(beginning.chain(end)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let date = state.now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    for (name, value) in
        [("date", date.as_str()), ("request-id", request_id), ("x-ms-request-id", request_id)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    for (name, value) in answer.headers.iter().filter(|(_, value)| !value.is_empty()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
