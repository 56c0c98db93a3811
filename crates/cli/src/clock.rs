//! The clock, for the whole program: the crates below take its values as arguments.

#![allow(clippy::disallowed_methods, reason = "the program at the top owns the clock")]

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use millstream_log::Timestamp;

/// Microseconds since 1970-01-01 UTC; 0 for a clock set before that.
pub fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970-01-01 UTC, as the log counts time.
pub fn now() -> Timestamp {
    Timestamp(now_micros().div_euclid(1000))
}

/// A moment from which time is measured.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it started.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A number that differs from run to run.
pub fn chance() -> u64 {
    // Each `RandomState` draws its keys from the operating system.
    RandomState::new().hash_one(0)
}
