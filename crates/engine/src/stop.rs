//! The word that ends a job before its input does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends a job from outside, from a signal handler or another thread: its sources stop, what they gave out
/// so far is written and committed, and the job ends.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Not stopped yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the job to stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the job was asked to stop.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
