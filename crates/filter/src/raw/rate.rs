//! How large a share of the records a search passes, as far as is known.

/// The weight of a new observation.
const WEIGHT: f64 = 0.25;
/// Observations that are left out before a search that is not worthwhile is tried again.
const REST: u32 = 64;

/// A moving share, 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    share: Option<f64>,
    rested: u32,
}

impl Rate {
    /// `passed` of `seen` records passed.
    pub fn add(&mut self, passed: u64, seen: u64) {
        if seen == 0 {
            return;
        }
        let new = Self::share(passed, seen);
        self.share = Some(self.share.map_or(new, |old| old + WEIGHT * (new - old)));
    }

    /// The share of `passed` in `seen`; all, when nothing was seen.
    #[allow(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    pub fn share(passed: u64, seen: u64) -> f64 {
        if seen == 0 { 1.0 } else { passed as f64 / seen as f64 }
    }

    /// Whether it passes less than `limit`; a search of which nothing is known is given the benefit of the doubt.
    pub fn is_below(&self, limit: f64) -> bool {
        self.share.is_none_or(|share| share < limit)
    }

    /// Whether it is time to try again what was not worthwhile.
    pub fn is_due(&mut self) -> bool {
        self.rested += 1;
        let is_due = self.rested >= REST;
        if is_due {
            self.rested = 0;
        }
        is_due
    }
}
