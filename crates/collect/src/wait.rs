//! Waiting before asking again.

use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::limits::Limits;
use crate::traffic::Counters;

/// The longest wait that doubling leads to; only the service can ask for more.
const MOST_BACKOFF: Duration = Duration::from_mins(1);

/// The tries of one request, and the waits between them.
pub(crate) struct Waits<'a> {
    limits: &'a Limits,
    counters: &'a Counters,
    deadline: Instant,
    throttled: u32,
    failed: u32,
}

impl<'a> Waits<'a> {
    pub(crate) fn new(limits: &'a Limits, counters: &'a Counters, deadline: Instant) -> Self {
        Self { limits, counters, deadline, throttled: 0, failed: 0 }
    }

    /// Waits as long as the service asked, or ever longer; false when the tries are used up, or
    /// the wait would outlast the budget.
    pub(crate) async fn again(&mut self, throttled: bool, retry_after: Option<Duration>) -> bool {
        let (count, most) = if throttled {
            (&mut self.throttled, self.limits.throttled_tries)
        } else {
            (&mut self.failed, self.limits.failed_tries)
        };
        *count += 1;
        if *count >= most {
            return false;
        }
        let doublings = (self.throttled + self.failed).saturating_sub(1).min(16);
        let backoff = self.limits.first_wait * 2_u32.pow(doublings);
        let backoff = jitter(backoff.min(MOST_BACKOFF), self.random());
        let wait = retry_after.unwrap_or(backoff).min(self.limits.longest_wait);
        let until = Instant::now() + wait;
        if until >= self.deadline {
            return false;
        }
        self.counters.waited(wait);
        tokio::time::sleep_until(until).await;
        true
    }

    fn random(&self) -> u32 {
        match self.limits.seed {
            // The multiplier of SplitMix64 spreads the draws over all numbers.
            Some(seed) => {
                let mixed = (seed ^ self.counters.draw()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                u32::try_from(mixed >> 32).unwrap_or_default()
            }
            None => uuid::Uuid::new_v4().as_fields().0,
        }
    }
}

/// Between half of the time and all of it, so that many callers do not come back together.
fn jitter(time: Duration, random: u32) -> Duration {
    let half = time / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// The header `Retry-After`: seconds, or a date relative to the answer's own.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    parse_retry_after(text("retry-after")?, text("date"))
}

/// Reads the value of `Retry-After`; `now` is the value of the header `Date`.
pub(crate) fn parse_retry_after(value: &str, now: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let time = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|it| it.timestamp());
    let span = time(value)?.duration_since(time(now?)?);
    Duration::try_from(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_both_forms() {
        assert_eq!(parse_retry_after("7", None), Some(Duration::from_secs(7)));
        let now = Some("Mon, 16 Nov 2026 04:00:00 GMT");
        let later = parse_retry_after("Mon, 16 Nov 2026 04:00:09 GMT", now);
        assert_eq!(later, Some(Duration::from_secs(9)));
        assert_eq!(parse_retry_after("Mon, 16 Nov 2026 03:00:09 GMT", now), None);
        assert_eq!(parse_retry_after("soon", now), None);
        assert_eq!(parse_retry_after("-1", None), None);
        assert_eq!(parse_retry_after("1e99", None), None);
    }

    #[test]
    fn jitter_stays_between_half_and_all() {
        let time = Duration::from_secs(8);
        for random in [0, 1, u32::MAX / 3, u32::MAX] {
            let wait = jitter(time, random);
            assert!(wait >= time / 2 && wait <= time, "{wait:?}");
        }
    }

    #[tokio::test]
    async fn tries_end_and_the_budget_ends() {
        let limits = Limits { throttled_tries: 3, ..Limits::loopback() };
        let far = Instant::now() + Duration::from_mins(1);
        let counters = Counters::default();
        let mut waits = Waits::new(&limits, &counters, far);
        assert!(waits.again(true, None).await);
        assert!(waits.again(true, Some(Duration::from_secs(9))).await, "capped to 10 ms");
        assert!(!waits.again(true, None).await);
        let waited = counters.so_far().waited_ms;
        assert!((10..=20).contains(&waited), "one wait of the service's, one of ours: {waited} ms");
        let mut waits = Waits::new(&limits, &counters, Instant::now());
        assert!(!waits.again(true, None).await);
    }
}
