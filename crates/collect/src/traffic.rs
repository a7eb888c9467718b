//! What a collection asked of the services, and how long it waited.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

/// Counters of one run.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    throttled: AtomicU64,
    failed: AtomicU64,
    waited: AtomicU64,
    paced: AtomicU64,
    draws: AtomicU64,
}

/// What a collection asked of the services, and how long it waited: the member `traffic` of a
/// snapshot. Times of requests side by side are added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// Requests sent, those for tokens included; the parts of a batch are one request.
    pub requests: u64,
    /// Answers, of parts of a batch too, that said to come back later.
    pub throttled: u64,
    /// Answers that failed otherwise, and were asked for again or given up.
    pub failed: u64,
    /// Milliseconds waited before asking again.
    pub waited_ms: u64,
    /// Milliseconds waited so as not to ask faster than the services allow.
    pub paced_ms: u64,
}

impl Counters {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn trouble(&self, throttled: bool) {
        let counter = if throttled { &self.throttled } else { &self.failed };
        counter.fetch_add(1, Relaxed);
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.waited.fetch_add(milliseconds(time), Relaxed);
    }

    pub(crate) fn paced(&self, time: Duration) {
        self.paced.fetch_add(milliseconds(time), Relaxed);
    }

    /// A number that differs each time.
    pub(crate) fn draw(&self) -> u64 {
        self.draws.fetch_add(1, Relaxed)
    }

    pub(crate) fn so_far(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Relaxed),
            throttled: self.throttled.load(Relaxed),
            failed: self.failed.load(Relaxed),
            waited_ms: self.waited.load(Relaxed),
            paced_ms: self.paced.load(Relaxed),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
