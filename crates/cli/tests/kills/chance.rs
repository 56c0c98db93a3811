//! Chance, from a seed, and the moments of kills.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Numbers by chance (xorshift).
pub struct Chance(u64);

impl Chance {
    /// From the seed that is set, or any; it is printed.
    #[allow(clippy::print_stdout, reason = "by the seed a run can be repeated")]
    pub fn new() -> Self {
        let seed = setting("MILLSTREAM_SEED").unwrap_or_else(|| RandomState::new().hash_one(0)).max(1);
        println!("MILLSTREAM_SEED={seed}");
        Self(seed)
    }

    /// The same numbers for the same seed.
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// One of `count` as an index.
    pub fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap()
    }
}

/// A number from the environment.
pub fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[allow(clippy::disallowed_methods, reason = "when a process is killed is a matter of time")]
pub fn pause(moment: Duration) {
    std::thread::sleep(moment);
}
