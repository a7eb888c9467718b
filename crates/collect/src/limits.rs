//! How fast and how long the collector may ask.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How fast and how long the collector may ask, for one tenant.
///
/// A clone shares [`Limits::sign_in_activity`]: clone one value for all tenants.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most time that one tenant may take, all waiting included. What is missing then is
    /// unavailable.
    pub budget: Duration,
    /// The most time for one answer.
    pub request_timeout: Duration,
    /// How often one request may be throttled before it is given up.
    pub throttled_tries: u32,
    /// How often one request may fail otherwise before it is given up.
    pub failed_tries: u32,
    /// The first wait where the service does not say how long; it doubles each time, with jitter.
    pub first_wait: Duration,
    /// The longest single wait, whatever the service says.
    pub longest_wait: Duration,
    /// Requests to Microsoft Graph under way at the same time.
    pub graph_at_once: usize,
    /// Cmdlets of Exchange Online under way at the same time.
    pub exchange_at_once: usize,
    /// Conditional Access and Identity Protection: all applications of the tenant share it.
    pub conditional_access: Rate,
    /// Sign-in log, audit log, registration report.
    pub reports: Rate,
    /// Last sign-in times: the application has this rate once, for all its tenants together.
    pub sign_in_activity: Arc<Limiter>,
    /// The most accounts whose per-user MFA state is asked for, which takes a request each; a
    /// tenant with more has none.
    pub per_user_mfa_accounts: usize,
    /// The most bytes of one answer.
    pub body: usize,
    /// Pages of a killed collection are gone on with for so long; the next one begins anew after.
    pub fresh: Duration,
    /// Makes the jitter of waits the same each time, for tests; `None` draws it.
    pub seed: Option<u64>,
}

/// So many calls in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls; 0 means no limit.
    pub calls: usize,
    /// In this time.
    pub per: Duration,
}

impl Rate {
    /// No limit.
    pub const NONE: Self = Self { calls: 0, per: Duration::ZERO };

    const fn new(calls: usize, seconds: u64) -> Self {
        Self { calls, per: Duration::from_secs(seconds) }
    }
}

impl Default for Limits {
    /// What the services allow. Source: Microsoft Graph service-specific throttling limits.
    fn default() -> Self {
        Self {
            budget: Duration::from_mins(10),
            request_timeout: Duration::from_secs(100),
            throttled_tries: 12,
            failed_tries: 5,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_mins(5),
            graph_at_once: 8,
            exchange_at_once: 2,
            conditional_access: Rate::new(1, 1),
            reports: Rate::new(5, 10),
            sign_in_activity: Arc::new(Limiter::new(Rate::new(10, 60))),
            per_user_mfa_accounts: 10_000,
            body: 64 << 20,
            fresh: Duration::from_hours(1),
            seed: None,
        }
    }
}

impl Limits {
    /// For a server on this machine: no rates, and waits of milliseconds whatever it says.
    pub fn loopback() -> Self {
        Self {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(10),
            conditional_access: Rate::NONE,
            reports: Rate::NONE,
            sign_in_activity: Arc::new(Limiter::new(Rate::NONE)),
            ..Self::default()
        }
    }
}

/// Lets so many callers pass in so much time, in the order in which they came.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    passed: Mutex<VecDeque<Instant>>,
}

impl Limiter {
    /// A limiter of that rate.
    pub fn new(rate: Rate) -> Self {
        Self { rate, passed: Mutex::default() }
    }

    /// How long so many calls take at this rate, when nobody else calls.
    pub(crate) fn time_for(&self, calls: usize) -> Duration {
        let rounds = match self.rate.calls {
            0 => 0,
            of => calls.saturating_sub(1) / of,
        };
        self.rate.per * u32::try_from(rounds).unwrap_or(u32::MAX)
    }

    /// Waits for the turn.
    pub(crate) async fn turn(&self) {
        if self.rate.calls == 0 {
            return;
        }
        let mut passed = self.passed.lock().await;
        while passed.len() >= self.rate.calls {
            let Some(first) = passed.front().copied() else { break };
            tokio::time::sleep_until(first + self.rate.per).await;
            passed.pop_front();
        }
        passed.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_third_of_two_waits() {
        let limiter = Limiter::new(Rate { calls: 2, per: Duration::from_millis(60) });
        let start = Instant::now();
        limiter.turn().await;
        limiter.turn().await;
        assert!(start.elapsed() < Duration::from_millis(50));
        limiter.turn().await;
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
}
