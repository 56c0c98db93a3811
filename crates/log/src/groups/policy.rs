//! How a group delivers: in what order, how often, how long after a failure, and how much at once.

use crate::{Error, ErrorKind};

/// Attempts a group makes for a message when it does not say.
pub const MAX_ATTEMPTS_DEFAULT: u16 = 16;

/// Messages of one queue that one group may have in flight or parked when it does not say.
pub const OPEN_MAX_DEFAULT: u32 = 65_536;

/// Longest time for which a message can be made invisible: 12 hours of milliseconds.
pub const INVISIBLE_MAX_MS: u64 = 12 * 60 * 60 * 1000;

/// Longest wait that a backoff may name: 7 days of milliseconds.
pub const BACKOFF_MAX_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// The waits that RocketMQ groups have when they name none: 10 s up to 2 h.
const LADDER_MS: [u64; 16] = [
    10_000, 30_000, 60_000, 120_000, 180_000, 240_000, 300_000, 360_000, 420_000, 480_000, 540_000, 600_000,
    1_200_000, 1_800_000, 3_600_000, 7_200_000,
];

/// In what order a group gets the messages of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Any message that is not in flight.
    #[default]
    Free,
    /// One ordering group's messages in the order of their offsets, and none of them while one is in flight.
    Fifo,
}

/// How long a message that was given back waits for its next attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Backoff {
    /// `initial_ms`, then each time `multiplier` times as long, never longer than `max_ms`.
    Exponential {
        /// The wait after the first attempt.
        initial_ms: u64,
        /// The longest wait.
        max_ms: u64,
        /// By how much a wait is longer than the one before.
        multiplier: f32,
    },
    /// One wait after each attempt, the last one for all that follow.
    Steps(Vec<u64>),
}

/// What the catalog says of a group, as far as leases ask.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPolicy {
    /// The order of deliveries.
    pub order: Order,
    /// Deliveries after which a message that was not acknowledged goes to the dead-letter topic; at least 1.
    pub max_attempts: u16,
    /// The waits of messages that are given back.
    pub backoff: Backoff,
    /// Messages of one queue that may be in flight or parked at once; at least 1.
    pub open_max: u32,
    /// Where dead messages go, if not to `%DLQ%` with the group's name behind it.
    pub dead_letter_topic: Option<String>,
}

impl Default for GroupPolicy {
    fn default() -> Self {
        Self {
            order: Order::Free,
            max_attempts: MAX_ATTEMPTS_DEFAULT,
            backoff: Backoff::Steps(LADDER_MS.to_vec()),
            open_max: OPEN_MAX_DEFAULT,
            dead_letter_topic: None,
        }
    }
}

impl GroupPolicy {
    /// The name of the topic to which dead messages of the group called `group` go.
    pub fn dead_letters_of(&self, group: &str) -> String {
        self.dead_letter_topic.clone().unwrap_or_else(|| format!("%DLQ%{group}"))
    }

    /// Refuses a policy under which nothing could be delivered or waits have no bound.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |text: &str| Err(Error::new(ErrorKind::InvalidInput, text));
        if self.max_attempts == 0 {
            return refuse("a group's maximum of attempts is 0; give at least 1");
        }
        if self.open_max == 0 {
            return refuse("a group's limit of messages in flight is 0; give at least 1");
        }
        match &self.backoff {
            Backoff::Exponential { multiplier, max_ms, .. } => {
                if !multiplier.is_finite() || *multiplier < 1.0 {
                    return refuse("a group's backoff multiplier is not a number of at least 1");
                }
                if *max_ms > BACKOFF_MAX_MS {
                    return refuse("a group's longest backoff is over 7 days");
                }
            }
            Backoff::Steps(steps) if steps.is_empty() => {
                return refuse("a group's list of backoffs is empty; give at least one wait");
            }
            Backoff::Steps(steps) => {
                if steps.iter().any(|step| *step > BACKOFF_MAX_MS) {
                    return refuse("a group's longest backoff is over 7 days");
                }
            }
        }
        Ok(())
    }
}

impl Backoff {
    /// The wait in milliseconds after attempt number `attempt` (from 1) failed.
    pub fn after(&self, attempt: u16) -> u64 {
        let before = attempt.saturating_sub(1);
        match self {
            Self::Exponential { initial_ms, max_ms, multiplier } => {
                let factor = f64::from(*multiplier).powi(i32::from(before));
                #[allow(clippy::cast_precision_loss)] // waits are far below 2^53 ms
                let wait = *initial_ms as f64 * factor;
                #[allow(clippy::cast_precision_loss)]
                let longest = *max_ms as f64;
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and `max_ms`
                let wait = wait.clamp(0.0, longest) as u64;
                wait
            }
            Self::Steps(steps) => steps.get(usize::from(before)).or(steps.last()).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_their_bound() {
        let backoff = Backoff::Exponential { initial_ms: 100, max_ms: 1500, multiplier: 2.0 };
        let waits: Vec<_> = [1, 2, 3, 4, 5, 6, u16::MAX].map(|attempt| backoff.after(attempt)).into();
        assert_eq!(waits, [100, 200, 400, 800, 1500, 1500, 1500]);
        let backoff = Backoff::Steps(vec![5, 7]);
        assert_eq!([0, 1, 2, 3, 9].map(|attempt| backoff.after(attempt)), [5, 5, 7, 7, 7]);
    }

    #[test]
    fn policies_that_deliver_nothing_are_refused() {
        let ok = GroupPolicy::default();
        ok.check().unwrap();
        for bad in [
            GroupPolicy { max_attempts: 0, ..ok.clone() },
            GroupPolicy { open_max: 0, ..ok.clone() },
            GroupPolicy { backoff: Backoff::Steps(vec![]), ..ok.clone() },
            GroupPolicy { backoff: Backoff::Steps(vec![BACKOFF_MAX_MS + 1]), ..ok.clone() },
            GroupPolicy {
                backoff: Backoff::Exponential { initial_ms: 1, max_ms: 2, multiplier: f32::NAN },
                ..ok.clone()
            },
        ] {
            assert_eq!(bad.check().unwrap_err().kind, ErrorKind::InvalidInput, "{bad:?}");
        }
    }
}
