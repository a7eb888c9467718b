//! Trouble: throttling, failures, broken answers, on purpose and the same each time.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, Body};
use crate::mix::{falls_into, mix};

/// What goes wrong, and when. Nothing by default.
///
/// Attempts are counted for each different request of each tenant, so that what a client meets does
/// not depend on the order in which it asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Faults {
    /// Another number disturbs other requests.
    pub seed: u64,
    /// One in so many different requests is answered with 429 at its first attempt, with 1 each of
    /// them; `None` throttles nobody.
    pub throttle_every: Option<u32>,
    /// The share of all requests, parts of a batch too and each attempt anew, that is answered with
    /// 429: 0.0 to 1.0.
    pub throttled: f64,
    /// The share of all requests, each attempt anew, that fails in one way or another: statuses,
    /// bodies that are none, broken connections.
    pub failing: f64,
    /// Seconds in the `Retry-After` header of a 429. Conditional Access and Identity Protection
    /// send none, and of the share `throttled` every other one.
    pub retry_after: u32,
    /// Whether the first page of every list that pages is empty and links to the next.
    pub empty_pages: bool,
    /// Whether each page repeats records of the one before, and some pages come twice.
    pub overlapping_pages: bool,
    /// Lists whose path contains this link to a next page on another host; empty: none.
    pub foreign_links: String,
    /// Milliseconds that each answer takes.
    pub latency: u64,
    /// Trouble for chosen requests; the first that matches happens.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
}

/// Trouble for chosen requests.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Fault {
    /// A part of the request as [`crate::Seen`] shows it, such as `graph GET /v1.0/users`; empty
    /// matches all. The requests of a cmdlet end in its name, such as `Get-CASMailbox`.
    pub matching: String,
    /// The id of the tenant; `None` means every tenant.
    pub tenant: Option<String>,
    /// Only the first so many attempts of each different request; `None` means always.
    pub times: Option<u32>,
    /// The status; 0 counts as 503.
    pub status: u16,
    /// Seconds in the `Retry-After` header; `None` sends none.
    pub retry_after: Option<u32>,
    /// The body.
    pub body: FaultBody,
    /// The error's code; empty is the usual one of the status.
    pub code: String,
    /// The error's words.
    pub message: String,
    /// Milliseconds until the answer comes.
    pub after: u64,
}

/// The body of an answer that went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultBody {
    /// An error object.
    #[default]
    Error,
    /// A page of HTML, as a gateway sends.
    Html,
    /// Nothing.
    Empty,
    /// NUL bytes, falsely marked as compressed: Exchange Online refuses so.
    Nul,
    /// A whole answer of text that is no JSON.
    NotJson,
    /// The beginning of a JSON object, after which the connection breaks.
    Cut,
    /// The beginning of a JSON object as if it were all.
    Half,
    /// No answer at all: the connection breaks.
    Dropped,
}

/// The ways in which a share of requests fails.
const WAYS: &[(u16, FaultBody)] = &[
    (500, FaultBody::Error),
    (502, FaultBody::Html),
    (503, FaultBody::Empty),
    (504, FaultBody::Error),
    (200, FaultBody::Cut),
    (200, FaultBody::Half),
    (200, FaultBody::NotJson),
    (200, FaultBody::Dropped),
];

impl Faults {
    /// The trouble of a request, if it has any. `attempt` starts at 0.
    pub(crate) fn of(&self, what: &str, tenant: Option<&str>, attempt: u32) -> Option<Answer> {
        let chosen = self.faults.iter().find(|fault| {
            what.contains(&fault.matching)
                && fault.tenant.as_deref().is_none_or(|id| Some(id) == tenant)
                && fault.times.is_none_or(|times| attempt < times)
        });
        if let Some(fault) = chosen {
            return Some(fault.answer());
        }
        let name = format!("{what} {}", tenant.unwrap_or_default());
        let sends_delay = !what.contains("/identity/conditionalAccess/")
            && !what.contains("/identityProtection/");
        let busy = |sends_delay: bool| {
            let retry_after = sends_delay.then_some(self.retry_after);
            Fault { status: 429, retry_after, ..Fault::default() }.answer()
        };
        let this = format!("{name} {attempt}");
        if falls_into(self.throttled, self.seed, &this) {
            return Some(busy(sends_delay && mix(self.seed, &this) & 1 == 0));
        }
        if falls_into(self.failing, self.seed.wrapping_add(1), &this) {
            let way = usize::try_from(mix(self.seed.wrapping_add(2), &this) >> 8).unwrap_or(0);
            let (status, body) = *WAYS.get(way % WAYS.len())?;
            return Some(Fault { status, body, ..Fault::default() }.answer());
        }
        let every = u64::from(self.throttle_every.filter(|every| *every > 0)?);
        let is_hit = attempt == 0 && mix(self.seed, &name).is_multiple_of(every);
        is_hit.then(|| busy(sends_delay))
    }
}

impl Fault {
    fn answer(&self) -> Answer {
        let status = if self.status == 0 { 503 } else { self.status };
        let code = match status {
            _ if !self.code.is_empty() => &self.code,
            401 => "InvalidAuthenticationToken",
            403 => "Authorization_RequestDenied",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            504 => "GatewayTimeout",
            _ => "UnknownError",
        };
        let error = json!({"error": {"code": code, "message": self.message, "innerError": {}}});
        let body = match self.body {
            FaultBody::Error => Body::Json(error),
            FaultBody::Html => Body::Bytes(
                "text/html",
                b"<html><head><title>Service Unavailable</title></head></html>".to_vec(),
            ),
            FaultBody::Empty => Body::Bytes("text/plain", Vec::new()),
            FaultBody::Nul => Body::Bytes("application/json", vec![0; 4096]),
            FaultBody::NotJson => Body::Bytes("application/json", b"The value is: [1, 2".to_vec()),
            FaultBody::Cut => Body::Cut(b"{\"value\": [{\"id\": \"".to_vec()),
            FaultBody::Half => {
                Body::Bytes("application/json", b"{\"value\": [{\"id\": \"x\"}".to_vec())
            }
            FaultBody::Dropped => Body::Dropped,
        };
        let answer = Answer {
            status,
            headers: Vec::new(),
            body,
            unknown: false,
            after: Duration::from_millis(self.after),
        };
        let answer = match self.body {
            FaultBody::Nul => answer.with("content-encoding", "gzip"),
            _ => answer,
        };
        match self.retry_after {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_requests_is_throttled_once() {
        let faults = Faults { throttle_every: Some(4), ..Faults::default() };
        let names: Vec<_> = (0..400).map(|n| format!("graph GET /v1.0/users/{n}")).collect();
        let hit = names.iter().filter(|name| faults.of(name, None, 0).is_some()).count();
        assert!((60..140).contains(&hit), "{hit}");
        assert!(names.iter().all(|name| faults.of(name, None, 1).is_none()));
    }

    #[test]
    fn shares_are_about_as_large_as_asked_and_drawn_anew_each_time() {
        let faults = Faults { throttled: 0.3, failing: 0.05, ..Faults::default() };
        let status = |n: u32, attempt| {
            faults.of(&format!("graph GET /v1.0/users/{n}"), None, attempt).map(|it| it.status)
        };
        let throttled = (0..1000).filter(|n| status(*n, 0) == Some(429)).count();
        assert!((250..350).contains(&throttled), "{throttled}");
        let failing = (0..1000).filter(|n| status(*n, 0).is_some_and(|it| it != 429)).count();
        assert!((20..60).contains(&failing), "{failing}");
        let twice = (0..1000).filter(|n| status(*n, 0) == Some(429) && status(*n, 1) == Some(429));
        assert!((60..120).contains(&twice.count()));
    }

    #[test]
    fn a_fault_is_read_from_toml_and_ends() {
        let faults: Faults = toml::from_str(
            "[[fault]]\nmatching = 'GET /v1.0/domains'\ntimes = 2\nstatus = 504\nbody = 'html'\n",
        )
        .unwrap();
        assert_eq!(faults.of("graph GET /v1.0/domains", None, 1).unwrap().status, 504);
        assert!(faults.of("graph GET /v1.0/domains", None, 2).is_none());
        assert!(faults.of("graph GET /v1.0/users", None, 0).is_none());
    }
}
