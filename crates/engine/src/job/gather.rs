//! Where the shares of an operator that must see all rows come together.

use std::sync::Mutex;

use super::lock;
use super::task::{Branch, Input, Task};
use crate::collect::Collector;
use crate::error::Result;
use crate::source::SourceProgress;

/// The shares of one collecting operator, and the branch that its result goes through.
pub(crate) struct Gather {
    state: Mutex<State>,
}

struct State {
    /// In the order of the tasks, so that equal rows keep their order of arrival.
    shares: Vec<Option<Box<dyn Collector>>>,
    missing: usize,
    /// The task that gives out the result, without its input.
    follow: Option<(u64, Branch)>,
}

impl Gather {
    pub fn new() -> Self {
        Self { state: Mutex::new(State { shares: Vec::new(), missing: 0, follow: None }) }
    }

    /// What the result goes through; said once, before the job starts.
    pub fn follow_with(&self, number: u64, branch: Branch) {
        lock(&self.state).follow = Some((number, branch));
    }

    /// Makes room for one more share.
    pub fn expect(&self) -> usize {
        let mut state = lock(&self.state);
        state.shares.push(None);
        state.missing += 1;
        state.shares.len() - 1
    }

    /// Takes a share. The last one to come sets the following task free.
    pub fn put(&self, slot: usize, collector: Box<dyn Collector>) -> Result<Option<Task>> {
        let mut state = lock(&self.state);
        if let Some(place) = state.shares.get_mut(slot) {
            *place = Some(collector);
        }
        state.missing = state.missing.saturating_sub(1);
        if state.missing > 0 {
            return Ok(None);
        }
        let shares = std::mem::take(&mut state.shares);
        let follow = state.follow.take();
        drop(state);
        let mut shares = shares.into_iter().flatten();
        let (Some(mut all), Some((number, branch))) = (shares.next(), follow) else { return Ok(None) };
        for share in shares {
            all.merge(share)?;
        }
        all.finish()?;
        Ok(Some(Task {
            number,
            input: Input::Collected(all),
            branches: vec![branch],
            batches: 0,
            reported: SourceProgress::default(),
        }))
    }
}
