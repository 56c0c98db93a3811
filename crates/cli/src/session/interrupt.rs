//! Ctrl-C: the first asks running jobs to stop, the second ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use millstream_engine::Stop;

/// The jobs that run, and whether they were asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    requested: AtomicBool,
    stops: Mutex<Vec<Weak<Stop>>>,
}

impl Interrupt {
    /// Stops every running job. Says whether they had been asked before.
    pub fn request(&self) -> bool {
        let before = self.0.requested.swap(true, Ordering::AcqRel);
        for stop in self.stops().iter().filter_map(Weak::upgrade) {
            stop.request();
        }
        before
    }

    /// Whether jobs were asked to stop.
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::Acquire)
    }

    /// A prompt goes on after an interrupt.
    pub fn reset(&self) {
        self.0.requested.store(false, Ordering::Release);
    }

    /// Stops this job, too, when asked to, for as long as what is given back lives.
    pub fn watch(&self, stop: Stop) -> Arc<Stop> {
        let stop = Arc::new(stop);
        let mut stops = self.stops();
        stops.retain(|stop| stop.strong_count() > 0);
        stops.push(Arc::downgrade(&stop));
        drop(stops);
        // One that came between the job's start and here is not lost.
        if self.is_requested() {
            stop.request();
        }
        stop
    }

    fn stops(&self) -> MutexGuard<'_, Vec<Weak<Stop>>> {
        self.0.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_jobs_stop_and_ended_ones_are_forgotten() {
        let interrupt = Interrupt::default();
        let (running, ended) = (Stop::new(), Stop::new());
        let _watched = interrupt.watch(running.clone());
        drop(interrupt.watch(ended.clone()));
        assert!(!interrupt.request());
        assert!(running.is_requested() && !ended.is_requested());
        assert!(interrupt.request());
        let late = Stop::new();
        let _watched = interrupt.watch(late.clone());
        assert!(late.is_requested());
    }
}
