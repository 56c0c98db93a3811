//! The line on a terminal that tells how far a long job has come.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_engine::{JobProgress, ProgressFigures};

use crate::clock::Stopwatch;

/// A job that ends sooner is not worth a line.
const FIRST_AFTER: Duration = Duration::from_millis(1500);

/// How often the line is drawn anew.
const EVERY: Duration = Duration::from_millis(250);

/// The line. Where standard error is no terminal there is none, and this does nothing.
#[derive(Debug, Default)]
pub struct ProgressLine {
    drawn: Mutex<Drawn>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Drawn {
    /// Whether the line stands on the terminal.
    visible: bool,
    /// The number of the job that is drawn; a drawing thread ends when it is not its own.
    job: Option<u64>,
    jobs: u64,
}

/// While this lives the line stays off the terminal.
pub struct Hidden<'a> {
    _guard: MutexGuard<'a, Drawn>,
}

impl ProgressLine {
    fn lock(&self) -> MutexGuard<'_, Drawn> {
        // What is kept here is whole at every moment.
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the line off the terminal, so that something else can be written.
    pub fn hide(&self) -> Hidden<'_> {
        let mut guard = self.lock();
        erase(&mut guard);
        Hidden { _guard: guard }
    }

    /// Draws the figures of a job from now on, if standard error is a terminal.
    pub fn begin(self: &Arc<Self>, progress: Arc<JobProgress>) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let mut drawn = self.lock();
        drawn.jobs += 1;
        drawn.job = Some(drawn.jobs);
        let job = drawn.jobs;
        drop(drawn);
        let line = Arc::clone(self);
        // Without a thread there is no line: nothing worse.
        let _ =
            std::thread::Builder::new().name("progress".to_owned()).spawn(move || line.draw(job, &progress));
    }

    /// The job is over: the line goes.
    pub fn end(&self) {
        let mut drawn = self.lock();
        drawn.job = None;
        erase(&mut drawn);
        drop(drawn);
        self.changed.notify_all();
    }

    fn draw(&self, job: u64, progress: &JobProgress) {
        let watch = Stopwatch::start();
        let mut wait = FIRST_AFTER;
        let mut drawn = self.lock();
        loop {
            drawn = self
                .changed
                .wait_timeout_while(drawn, wait, |d| d.job == Some(job))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if drawn.job != Some(job) {
                return;
            }
            wait = EVERY;
            let text = describe(&progress.figures(), watch.elapsed());
            let mut err = std::io::stderr().lock();
            if write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()).is_err() {
                return;
            }
            drawn.visible = true;
        }
    }
}

fn erase(drawn: &mut Drawn) {
    if std::mem::take(&mut drawn.visible) {
        let mut err = std::io::stderr().lock();
        // A terminal that is gone needs no erasing.
        let _ = err.write_all(b"\r\x1b[K").and_then(|()| err.flush());
    }
}

/// `12.3 M records, 2.9 GB of 5.8 GB (50 %), 1.2 GB/s, 2 s left`
fn describe(figures: &ProgressFigures, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let mut text = format!("{} records, {}", count(figures.records), bytes(figures.bytes));
    #[allow(clippy::cast_precision_loss, reason = "figures for the eye")]
    let (read, rate) = (figures.bytes as f64, figures.bytes as f64 / seconds);
    let total = figures.bytes_total.filter(|total| *total > 0);
    if let Some(total) = total {
        #[allow(clippy::cast_precision_loss, reason = "figures for the eye")]
        let part = (read / total as f64).min(1.0);
        text.push_str(&format!(" of {} ({:.0} %)", bytes(total), part * 100.0));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive rate")]
    text.push_str(&format!(", {}/s", bytes(rate as u64)));
    if let Some(total) = total
        && rate > 0.0
    {
        #[allow(clippy::cast_precision_loss, reason = "figures for the eye")]
        let left = ((total as f64 - read) / rate).max(0.0);
        text.push_str(&format!(", {} left", duration(left)));
    }
    if figures.malformed > 0 {
        text.push_str(&format!(", {} malformed", count(figures.malformed)));
    }
    text
}

/// Seconds, for the eye.
fn duration(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else if seconds < 5400.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// A number, for the eye.
pub fn count(number: u64) -> String {
    scaled(number, &[(1_000_000_000, " G"), (1_000_000, " M"), (1_000, " k")], "")
}

/// A number of bytes, for the eye.
pub fn bytes(number: u64) -> String {
    scaled(number, &[(1_000_000_000, " GB"), (1_000_000, " MB"), (1_000, " kB")], " B")
}

fn scaled(number: u64, units: &[(u64, &str)], plain: &str) -> String {
    #[allow(clippy::cast_precision_loss, reason = "figures for the eye")]
    units.iter().find(|(size, _)| number >= *size).map_or_else(
        || format!("{number}{plain}"),
        |(size, unit)| format!("{:.1}{unit}", number as f64 / *size as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_for_the_eye() {
        let figures = ProgressFigures {
            records: 12_300_000,
            bytes: 2_900_000_000,
            bytes_total: Some(5_800_000_000),
            malformed: 0,
            written: vec![7],
        };
        assert_eq!(
            describe(&figures, Duration::from_secs(2)),
            "12.3 M records, 2.9 GB of 5.8 GB (50 %), 1.4 GB/s, 2 s left"
        );
        let pipe =
            ProgressFigures { records: 999, bytes: 10, bytes_total: None, malformed: 3, written: vec![] };
        assert_eq!(describe(&pipe, Duration::from_secs(1)), "999 records, 10 B, 10 B/s, 3 malformed");
    }
}
