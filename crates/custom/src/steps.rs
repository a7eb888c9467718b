//! Steps in place of time.
//!
//! The engine asks a clock between its steps whether a limit is crossed. Ours counts how often it
//! was asked, so the limit is a number of steps: the same on every machine and on every run.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

struct Steps;

impl TimeSource for Steps {
    fn now(&self) -> Option<Duration> {
        STEPS.with(|steps| {
            steps.set(steps.get().saturating_add(1));
            Some(Duration::from_nanos(steps.get()))
        })
    }
}

/// A limit of so many steps for what this thread evaluates from here on.
pub(crate) fn at_most(steps: u64) -> ExecutionTimerConfig {
    // It is refused when it is already set, by us: nobody else can.
    let _ = set_time_source(&Steps);
    STEPS.with(|taken| taken.set(0));
    ExecutionTimerConfig { limit: Duration::from_nanos(steps), check_interval: NonZeroU32::MIN }
}
