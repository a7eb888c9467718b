//! What the simulated services answer, before it is HTTP.

use std::time::Duration;

use serde_json::Value;

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers beside those that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(crate) body: Body,
    /// Whether the request is one that the simulator does not know: a client's mistake, or a gap
    /// of the simulator.
    pub(crate) unknown: bool,
    /// How long it takes to come.
    pub(crate) after: Duration,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    /// JSON.
    Json(Value),
    /// Bytes of a media type.
    Bytes(&'static str, Vec<u8>),
    /// Bytes after which the connection breaks.
    Cut(Vec<u8>),
    /// Nothing: the connection breaks.
    Dropped,
}

/// Why a request is refused, before it has the form of one service or another.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The service's code.
    pub(crate) code: &'static str,
    /// The service's words.
    pub(crate) message: String,
    /// As [`Answer::unknown`].
    pub(crate) unknown: bool,
}

impl Answer {
    /// An answer of JSON without further headers.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Json(body),
            unknown: false,
            after: Duration::ZERO,
        }
    }

    /// An answer without a body of use.
    pub(crate) fn bytes(status: u16, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(media_type, bytes),
            unknown: false,
            after: Duration::ZERO,
        }
    }

    /// The answer with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Refusal {
    /// A refusal that a correct client may meet.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), unknown: false }
    }

    /// A refusal of something that the service refuses too, and that a correct client never asks.
    pub(crate) fn mistake(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into(), unknown: true }
    }

    /// A refusal of what the simulator does not play.
    pub(crate) fn unknown(what: &str) -> Self {
        Self {
            status: 501,
            code: "NotSimulated",
            message: format!("the simulated cloud does not know {what}"),
            unknown: true,
        }
    }
}
