//! Requests to the services: tokens, rates, tries, time, and never a token to a stranger.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::endpoints::{Endpoints, Service};
use crate::fault::{Fault, Kind};
use crate::limits::{Limiter, Limits};
use crate::token::Tokens;
use crate::traffic::Counters;
use crate::wait::{Waits, retry_after};

/// Redirects that one request may take at most.
const MOST_REDIRECTS: u32 = 3;

/// What the services see as our name.
const USER_AGENT: &str = concat!("muster/", env!("CARGO_PKG_VERSION"));

/// A share of the services' capacity with a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// Whatever has no narrower limit.
    Directory,
    /// Conditional Access and Identity Protection.
    ConditionalAccess,
    /// Logs and reports.
    Reports,
    /// Last sign-in times.
    SignInActivity,
}

/// One tenant's connection to the services.
pub(crate) struct Client<'a> {
    http: &'a reqwest::Client,
    pub(crate) endpoints: &'a Endpoints,
    pub(crate) limits: &'a Limits,
    pub(crate) counters: &'a Counters,
    pub(crate) tokens: Tokens<'a>,
    /// The tenant's id.
    pub(crate) tenant: &'a str,
    pub(crate) deadline: Instant,
    graph: Semaphore,
    cmdlets: Semaphore,
    conditional_access: Limiter,
    reports: Limiter,
    started: (Timestamp, Instant),
    /// The same on all requests of a run, for the services' support.
    pub(crate) connection: String,
}

/// One request.
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) bucket: Bucket,
    pub(crate) url: Url,
    /// JSON to post; `None` gets.
    pub(crate) body: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// A good answer: JSON.
pub(crate) struct Answer {
    pub(crate) text: String,
    /// The service's id of the request.
    pub(crate) request_id: Option<String>,
}

/// A client without redirects: a token must not follow one to another host.
pub(crate) fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(20))
        .build()
}

impl<'a> Client<'a> {
    pub(crate) fn new(
        http: &'a reqwest::Client,
        endpoints: &'a Endpoints,
        (limits, counters): (&'a Limits, &'a Counters),
        tokens: Tokens<'a>,
        tenant: &'a str,
        (started_at, deadline): (Timestamp, Instant),
    ) -> Self {
        Self {
            http,
            endpoints,
            limits,
            counters,
            tokens,
            tenant,
            deadline,
            graph: Semaphore::new(limits.graph_at_once.max(1)),
            cmdlets: Semaphore::new(limits.exchange_at_once.max(1)),
            conditional_access: Limiter::new(limits.conditional_access),
            reports: Limiter::new(limits.reports),
            started: (started_at, Instant::now()),
            connection: uuid::Uuid::new_v4().to_string(),
        }
    }

    /// The time now by the caller's clock: the start of the run and what has passed since.
    pub(crate) fn now(&self) -> Timestamp {
        let (started_at, instant) = self.started;
        let passed = SignedDuration::try_from(instant.elapsed()).unwrap_or_default();
        let now = started_at.checked_add(passed).unwrap_or(started_at);
        now.round(Unit::Millisecond).unwrap_or(now)
    }

    /// The address of a path of a service.
    pub(crate) fn url(&self, service: Service, path: &str) -> Result<Url, Fault> {
        let address = format!("{}{path}", self.endpoints.address(service));
        Url::parse(&address)
            .map_err(|error| Fault::new(Kind::Failed, format!("invalid address: {error}")))
    }

    /// The address of a link that a service gave, if it stays on the service.
    ///
    /// # Errors
    ///
    /// When it leads anywhere else: the token must not go there.
    pub(crate) fn link(&self, asked: &Url, service: Service, link: &str) -> Result<Url, Fault> {
        let foreign = || {
            Fault::new(Kind::Failed, "the service links to an address that is not its own; refused")
        };
        let base = self.url(service, "/")?;
        let url = Url::parse(link).map_err(|_| foreign())?;
        let origin = |url: &Url| {
            let host = url.host_str().map(str::to_ascii_lowercase);
            (url.scheme().to_owned(), host, url.port_or_known_default())
        };
        let at_home = origin(&url) == origin(asked) && url.path().starts_with(base.path());
        let anonymous = url.username().is_empty() && url.password().is_none();
        if at_home && anonymous { Ok(url) } else { Err(foreign()) }
    }

    /// Sends a request until there is an answer, a trouble that lasts, or no time left.
    ///
    /// # Errors
    ///
    /// What went wrong last.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, Fault> {
        let mut last = None;
        let answer = tokio::time::timeout_at(self.deadline, self.tries(call, &mut last)).await;
        answer.unwrap_or_else(|_| Err(self.out_of_time(last)))
    }

    fn out_of_time(&self, last: Option<Fault>) -> Fault {
        let seconds = self.limits.budget.as_secs();
        let (kind, before) = match last {
            Some(fault) if fault.kind == Kind::Throttled => {
                (Kind::Throttled, format!("; before that {fault}"))
            }
            Some(fault) => (Kind::Failed, format!("; before that {fault}")),
            // Nothing was answered: it waited for its turn, or for the service.
            None => (Kind::Throttled, String::new()),
        };
        Fault::new(kind, format!("the {seconds} seconds for this tenant are used up{before}"))
    }

    async fn tries(&self, call: &Call, last: &mut Option<Fault>) -> Result<Answer, Fault> {
        let mut waits = Waits::new(self.limits, self.counters, self.deadline);
        let mut renewed = false;
        loop {
            let token = self.tokens.get(call.service).await;
            let token = token.map_err(|error| Fault::sign_in(&error))?;
            self.turn(call.bucket).await;
            let tried = {
                let gate = match call.service {
                    Service::Graph | Service::Azure => &self.graph,
                    Service::Exchange | Service::Compliance => &self.cmdlets,
                };
                let _permit = gate.acquire().await.ok();
                self.once(call, &token).await
            };
            let (fault, retry_after) = match tried {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            tracing::debug!(path = call.url.path(), status = fault.status, "request failed");
            if fault.kind == Kind::Unauthorized && !renewed {
                renewed = true;
                self.tokens.forget(call.service, &token).await;
                continue;
            }
            if !fault.kind.is_transient() {
                return Err(fault);
            }
            self.counters.trouble(fault.kind == Kind::Throttled);
            *last = Some(fault.clone());
            if !waits.again(fault.kind == Kind::Throttled, retry_after).await {
                return Err(fault);
            }
        }
    }

    async fn turn(&self, bucket: Bucket) {
        let began = Instant::now();
        match bucket {
            Bucket::Directory => {}
            Bucket::ConditionalAccess => self.conditional_access.turn().await,
            Bucket::Reports => self.reports.turn().await,
            Bucket::SignInActivity => self.limits.sign_in_activity.turn().await,
        }
        self.counters.paced(began.elapsed());
    }

    async fn once(
        &self,
        call: &Call,
        token: &SecretString,
    ) -> Result<Answer, (Fault, Option<Duration>)> {
        let unstable = |message: String| (Fault::new(Kind::Unstable, message), None);
        let mut url = call.url.clone();
        let mut redirects = 0;
        let mut response = loop {
            self.counters.request();
            let sent = self.request(call, url, token).send().await;
            let response = sent.map_err(|error| unstable(cause(&error)))?;
            if !response.status().is_redirection() {
                break response;
            }
            redirects += 1;
            url = self
                .redirected(call, &response)
                .filter(|_| redirects <= MOST_REDIRECTS)
                .ok_or_else(|| {
                    let fault = Fault::new(
                        Kind::Failed,
                        "the service redirects to an address that is not its own; refused",
                    );
                    (fault, None)
                })?;
        };

        let status = response.status();
        let retry_after = retry_after(response.headers());
        let request_id =
            header(&response, "request-id").or_else(|| header(&response, "x-ms-request-id"));
        let body = self.body(&mut response).await;
        if !status.is_success() {
            // A refusal may come with a body that cannot be read, such as one falsely marked gzip.
            let body = body.unwrap_or_default();
            return Err((Fault::of(call.service, status.as_u16(), &body), retry_after));
        }
        let body = body.map_err(|fault| (fault, None))?;
        let text =
            String::from_utf8(body).map_err(|_| unstable("the answer is no text".to_owned()))?;
        // A cut answer is asked for again, not judged.
        if let Err(error) = serde_json::from_str::<&RawValue>(&text) {
            return Err(unstable(format!("the answer is no whole JSON: {error}")));
        }
        Ok(Answer { text, request_id })
    }

    fn request(&self, call: &Call, url: Url, token: &SecretString) -> reqwest::RequestBuilder {
        let request = match &call.body {
            Some(body) => self
                .http
                .post(url)
                .header("Content-Type", "application/json; charset=utf-8")
                .body(body.clone()),
            None => self.http.get(url),
        };
        let request = call
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, value));
        request
            .header("Accept", "application/json")
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .bearer_auth(token.expose_secret())
            .timeout(self.limits.request_timeout)
    }

    /// Where Exchange Online sends a request on: a regional host of its own, never another one.
    fn redirected(&self, call: &Call, response: &Response) -> Option<Url> {
        if !matches!(call.service, Service::Exchange | Service::Compliance) {
            return None;
        }
        let location = header(response, "location")?;
        let url = response.url().join(&location).ok()?;
        let own = url.scheme() == "https"
            && url.port_or_known_default() == Some(443)
            && self.endpoints.is_host_of(call.service, url.host_str()?);
        own.then_some(url)
    }

    /// The whole body, if it comes and is not too large.
    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > self.limits.body => {
                    let most = self.limits.body >> 20;
                    let message = format!("the answer is larger than {most} MiB");
                    return Err(Fault::new(Kind::Failed, message));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return Err(Fault::new(Kind::Unstable, cause(&error))),
            }
        }
    }

    /// Where Security & Compliance answers for a tenant. The front door tells it in a redirect
    /// whose host begins with the region; without one, the front door is asked itself.
    pub(crate) async fn compliance_region(&self, anchor: &str) -> Option<String> {
        if !self.endpoints.regional_compliance {
            return None;
        }
        let path = format!("/AdminApi/v1.0/{}/EXOModuleFile?Version=3.2.0", self.tenant);
        let url = self.url(Service::Compliance, &path).ok()?;
        let token = self.tokens.get(Service::Compliance).await.ok()?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.counters.request();
        let sent = self
            .http
            .get(url.clone())
            .header("X-AnchorMailbox", anchor)
            .bearer_auth(token.expose_secret())
            .timeout(self.limits.request_timeout.min(left))
            .send()
            .await
            .ok()?;
        let location = url.join(&header(&sent, "location")?).ok()?;
        let region = location.host_str()?.split('.').next()?;
        let host = format!("{region}.{}", url.host_str()?);
        self.endpoints.is_host_of(Service::Compliance, &host).then(|| format!("https://{host}"))
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// An error of the connection with all its causes, without the address, which may hold names.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection failed"
    };
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    match causes.last() {
        Some(last) => format!("{what}: {last}"),
        None => what.to_owned(),
    }
}
