//! What happens by time alone.

use crate::delay::Delay;
use crate::groups::Leases;
use crate::{Log, Result, Timestamp};

impl Log {
    /// Does what is due by `now`: delayed messages come to their queues, dead ones to their dead-letter topics. Gives the time at
    /// which there is something to do again, as far as is known now. Whoever owns the log calls it at that time, and every 50 ms
    /// or so for what is sent meanwhile; with nothing to do it costs a look.
    ///
    /// # Errors
    /// The errors of [`Log::commit`]; the next call goes on.
    pub fn tick(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        while self.fire_due(now)? > 0 {}
        while self.bury_dead(now)? > 0 {}
        Ok(self.view(|view| {
            let due = view.machine::<Delay>().and_then(Delay::next_due);
            let dead = view.machine::<Leases>().and_then(Leases::next_dead);
            due.into_iter().chain(dead).min()
        }))
    }
}
