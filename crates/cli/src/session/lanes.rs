//! The threads that a job's lanes run on.

use millstream_engine::Threads;

/// Threads that last as long as the job.
pub struct LaneThreads;

impl Threads for LaneThreads {
    fn run_all<'a>(&self, parts: Vec<Box<dyn FnOnce() + Send + 'a>>) {
        std::thread::scope(|scope| {
            let mut parts = parts.into_iter();
            // The caller's thread is one of them.
            let own = parts.next();
            for (number, part) in parts.enumerate() {
                let name = format!("lane {}", number + 1);
                // A part that gets no thread is dropped with what it holds: its lane has done nothing,
                // and tasks in the common queue are taken by the others.
                let _ = std::thread::Builder::new().name(name).spawn_scoped(scope, part);
            }
            if let Some(own) = own {
                own();
            }
        });
    }
}
