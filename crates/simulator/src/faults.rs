//! Trouble: throttling, failures, broken answers, on purpose and the same each time.

use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, Body};
use crate::mix::mix;

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
    /// Seconds in the `Retry-After` header of such an answer. Conditional Access and Identity
    /// Protection send none.
    pub retry_after: u32,
    /// Whether the first page of every list that pages is empty and links to the next.
    pub empty_pages: bool,
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
    /// The beginning of a JSON object, after which the connection breaks.
    Cut,
}

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
        let every = u64::from(self.throttle_every.filter(|every| *every > 0)?);
        let name = format!("{what} {}", tenant.unwrap_or_default());
        if attempt > 0 || !mix(self.seed, &name).is_multiple_of(every) {
            return None;
        }
        let sends_delay = !what.contains("/identity/conditionalAccess/")
            && !what.contains("/identityProtection/");
        let fault = Fault {
            status: 429,
            retry_after: sends_delay.then_some(self.retry_after),
            ..Fault::default()
        };
        Some(fault.answer())
    }
}

impl Fault {
    fn answer(&self) -> Answer {
        let status = if self.status == 0 { 503 } else { self.status };
        let code = match status {
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            504 => "GatewayTimeout",
            _ => "UnknownError",
        };
        let error = json!({"error": {"code": code, "message": "", "innerError": {}}});
        let body = match self.body {
            FaultBody::Error => Body::Json(error),
            FaultBody::Html => Body::Bytes(
                "text/html",
                b"<html><head><title>Service Unavailable</title></head></html>".to_vec(),
            ),
            FaultBody::Empty => Body::Bytes("text/plain", Vec::new()),
            FaultBody::Cut => Body::Cut(b"{\"value\": [{\"id\": \"".to_vec()),
        };
        let answer = Answer { status, headers: Vec::new(), body, unknown: false };
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
