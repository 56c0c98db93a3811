//! How much the stateful operators of a job may hold together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// The setting that bounds what a job's stateful operators hold, in bytes.
pub(crate) const STATE_MEMORY: &str = "millstream.memory.state";

/// A budget of bytes, shared by all operators and lanes of a job.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    limit: usize,
    used: Arc<AtomicUsize>,
}

/// What one operator of one lane holds of a [`MemoryBudget`]; given back when dropped.
#[derive(Debug)]
pub(crate) struct MemoryShare {
    budget: MemoryBudget,
    held: usize,
    owner: &'static str,
}

impl MemoryBudget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: Arc::default() }
    }

    /// An empty share; errors will name `owner` (`GROUP BY`, `ORDER BY`).
    pub fn share(&self, owner: &'static str) -> MemoryShare {
        MemoryShare { budget: self.clone(), held: 0, owner }
    }
}

impl MemoryShare {
    /// Says that the owner holds `bytes` now.
    ///
    /// # Errors
    /// [`ErrorKind::Full`] when the job would hold more than its budget.
    pub fn set(&mut self, bytes: usize) -> Result<()> {
        let used = &self.budget.used;
        let total = if bytes >= self.held {
            let more = bytes - self.held;
            used.fetch_add(more, Ordering::Relaxed) + more
        } else {
            let less = self.held - bytes;
            used.fetch_sub(less, Ordering::Relaxed) - less
        };
        let grew = bytes > self.held;
        self.held = bytes;
        if grew && total > self.budget.limit {
            return Err(Error::new(
                ErrorKind::Full,
                format!(
                    "{} needs more memory than '{STATE_MEMORY}' allows ({} MB, with {} MB held by this operator): \
                     raise it, as in SET '{STATE_MEMORY}' = '{} mb', or filter the input",
                    self.owner,
                    self.budget.limit >> 20,
                    self.held >> 20,
                    (self.budget.limit >> 20).max(1) * 4,
                ),
            ));
        }
        Ok(())
    }
}

impl Drop for MemoryShare {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_are_given_back() {
        let budget = MemoryBudget::new(100);
        let mut a = budget.share("GROUP BY");
        let mut b = budget.share("ORDER BY");
        a.set(60).unwrap();
        b.set(40).unwrap();
        let error = b.set(41).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Full);
        assert!(error.message.starts_with("ORDER BY needs more memory than 'millstream.memory.state'"));
        drop(a);
        b.set(100).unwrap();
    }
}
