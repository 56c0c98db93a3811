//! What a log that is open needs done at intervals: delayed messages come to their queues and dead ones to their dead-letter topics, topics
//! whose commits do not wait for the disk are brought to it, files of tables are merged, and what retention allows to go goes.

use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::Log;

use crate::clock;

/// How late a delayed message may be.
const TICK_INTERVAL: Duration = Duration::from_millis(50);

/// How much a loss of power may take of a topic with the durability `flush-interval`: half a second.
const TICKS_A_FLUSH: u32 = 10;

/// Retention is looked at once in so many flushes: every ten seconds.
const FLUSHES_A_RETENTION: u32 = 20;

/// Looks after a log until it is stopped.
pub struct Upkeep {
    /// Dropped, it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Upkeep {
    /// Looks after `log` from now on, with a ticker that has ticked.
    ///
    /// # Errors
    /// Unavailable, when there is no thread for it.
    pub fn start(log: Log, mut ticker: Ticker) -> Result<Self> {
        let (stop, stopped) = channel::<()>();
        let look_after = move || {
            let (mut ticks, mut flushes) = (0, 0);
            while stopped.recv_timeout(TICK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                ticker.tick(&log);
                ticks += 1;
                if ticks < TICKS_A_FLUSH {
                    continue;
                }
                ticks = 0;
                // A log that failed says so to whoever commits next.
                let _ = log.flush();
                tell(log.tend_tables(clock::now()).map(|_| ()));
                flushes += 1;
                if flushes >= FLUSHES_A_RETENTION {
                    flushes = 0;
                    let_go(&log);
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(look_after)
            .map_err(|e| Error::new(ErrorKind::Unavailable, format!("no thread to flush the log: {e}")))?;
        Ok(Self { stop, thread })
    }

    /// Stops, and waits for what has begun.
    pub fn stop(self) {
        drop(self.stop);
        // A thread that panicked has told so.
        let _ = self.thread.join();
    }
}

/// Does what is due, and says once that it cannot be done.
#[derive(Default)]
pub struct Ticker {
    failed: bool,
}

impl Ticker {
    /// Ticks for the first time.
    pub fn now(log: &Log) -> Self {
        let mut ticker = Self::default();
        ticker.tick(log);
        ticker
    }

    /// Brings delayed messages that are due to their queues, and dead ones to their dead-letter topics.
    fn tick(&mut self, log: &Log) {
        match log.tick(clock::now()) {
            Ok(_) => self.failed = false,
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    // Without standard error there is nobody to tell.
                    let _ = writeln!(std::io::stderr().lock(), "warning: what is due has to wait: {error}");
                }
            }
        }
    }
}

/// Lets go what retention allows.
pub fn let_go(log: &Log) {
    tell(log.retain(clock::now()).map(|_| ()));
}

/// That something cannot be tidied now is no reason to stop what is being done.
fn tell(done: millstream_log::Result<()>) {
    if let Err(error) = done {
        // Without standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr().lock(), "warning: old data stays for now: {error}");
    }
}
