//! Topics whose commits do not wait for the disk are brought to it at an interval.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::Log;

/// How much a loss of power may take of a topic with the durability `flush-interval`.
const FLUSH_INTERVAL: Duration = Duration::from_millis(500);

/// Flushes a log at an interval until it is stopped.
pub struct Flusher {
    /// Dropped, it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Flusher {
    /// Flushes `log` from now on.
    ///
    /// # Errors
    /// Unavailable, when there is no thread for it.
    pub fn start(log: Log) -> Result<Self> {
        let (stop, stopped) = channel::<()>();
        let flush = move || {
            while stopped.recv_timeout(FLUSH_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                // A log that failed says so to whoever commits next.
                let _ = log.flush();
            }
        };
        let thread =
            std::thread::Builder::new().name("flush".to_owned()).stack_size(256 << 10).spawn(flush).map_err(
                |e| Error::new(ErrorKind::Unavailable, format!("no thread to flush the log: {e}")),
            )?;
        Ok(Self { stop, thread })
    }

    /// Stops, and waits for a flush that has begun.
    pub fn stop(self) {
        drop(self.stop);
        // A thread that panicked has told so.
        let _ = self.thread.join();
    }
}
