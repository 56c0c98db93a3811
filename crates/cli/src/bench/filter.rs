//! `bench filter`: queries that filter a JSON file, through the path that every query takes, beside a plain search of
//! the same bytes for one literal.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use memchr::memmem;
use millstream_connect::LogStore;
use millstream_engine::{ChangeBatch, Result, Sink, SinkWriter};

use super::{bids, print, usage};
use crate::args::{FilterBenchArgs, SessionArgs};
use crate::clock::Stopwatch;
use crate::output::progress::{bytes, count};
use crate::report;
use crate::run;
use crate::session::{Failure, Interrupt, Observer, Outcome, ResultInfo};
use crate::statements;

/// Each query runs so often; the fastest counts.
const RUNS: usize = 3;

/// Bytes read at once by the plain search.
const BLOCK_BYTES: usize = 1 << 20;

/// What is measured.
const QUERIES: &[(&str, &str)] = &[
    (
        "a literal of one line in a thousand",
        "SELECT auction, bidder, price FROM bids WHERE channel = 'channel-77'",
    ),
    (
        "a literal of every third line, and MOD",
        "SELECT auction, bidder, price FROM bids WHERE MOD(auction, 123) = 0 AND url LIKE '%query=1%'",
    ),
    ("a number", "SELECT auction, bidder, price FROM bids WHERE price > 99000"),
    ("every row", "SELECT auction, price, `dateTime` FROM bids"),
];

/// What one run took.
#[derive(Clone, Copy)]
struct Run {
    rows: u64,
    wall: Duration,
    cpu: Duration,
}

/// Generates bids, runs the queries and prints a table.
///
/// # Errors
/// What went wrong, for the user.
pub fn run(args: &FilterBenchArgs) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("millstream-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let measured = measure(args, &folder.join("bids.json"));
    let removed = std::fs::remove_dir_all(&folder);
    measured?;
    removed.map_err(|e| format!("cannot remove {}: {e}", folder.display()))
}

fn measure(args: &FilterBenchArgs, file: &Path) -> Result<(), String> {
    bids::write(file, args.events).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
    let size = std::fs::metadata(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?.len();
    let scan = best(|| scan(file))?;
    print(&format!(
        "{} events, {} of JSON; {} lane{}; the fastest of {RUNS} runs\n\n\
         | | rows | wall s | CPU s | events / CPU s | bytes / CPU s | of the plain search |\n|---|---:|---:|---:|---:|---:|---:|\n",
        count(args.events),
        bytes(size),
        args.lanes,
        if args.lanes == 1 { "" } else { "s" },
    ))?;
    row("plain search of the bytes for \"channel-77\"", scan, args.events, size, scan)?;
    for (name, sql) in QUERIES {
        let run = best(|| query(args, file, sql))?;
        row(&format!("{name}: `{sql}`"), run, args.events, size, scan)?;
    }
    print(&format!("\npeak memory {}\n", bytes(usage::memory_max())))
}

/// The fastest of some runs.
fn best(mut run: impl FnMut() -> Result<Run, String>) -> Result<Run, String> {
    let mut best: Option<Run> = None;
    for _ in 0..RUNS {
        let this = run()?;
        if best.is_none_or(|best| this.cpu < best.cpu) {
            best = Some(this);
        }
    }
    best.ok_or_else(|| "nothing was run".to_owned())
}

fn row(name: &str, run: Run, events: u64, size: u64, scan: Run) -> Result<(), String> {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "figures for the eye"
    )]
    let each = |total: u64| (total as f64 / run.cpu.as_secs_f64().max(1e-6)) as u64;
    print(&format!(
        "| {} | {} | {:.3} | {:.3} | {} | {} | {:.2} |\n",
        name.replace('|', "\\|"),
        run.rows,
        run.wall.as_secs_f64(),
        run.cpu.as_secs_f64(),
        count(each(events)),
        bytes(each(size)),
        scan.cpu.as_secs_f64() / run.cpu.as_secs_f64().max(1e-6),
    ))
}

/// Reads the file and counts a literal: what no filter can be faster than.
fn scan(file: &Path) -> Result<Run, String> {
    let (watch, cpu) = (Stopwatch::start(), usage::cpu());
    let failed = |e: std::io::Error| format!("cannot read {}: {e}", file.display());
    let finder = memmem::Finder::new(b"\"channel-77\"");
    let mut input = File::open(file).map_err(failed)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut rows = 0;
    loop {
        // A literal across two blocks is not counted: a handful, and no matter for the time.
        let read = input.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        rows += finder.find_iter(block.get(..read).unwrap_or(&[])).count() as u64;
    }
    Ok(Run { rows, wall: watch.elapsed(), cpu: usage::cpu().saturating_sub(cpu) })
}

/// Runs a query; its rows are counted.
fn query(args: &FilterBenchArgs, file: &Path, sql: &str) -> Result<Run, String> {
    let (watch, cpu) = (Stopwatch::start(), usage::cpu());
    let settings = SessionArgs { set: vec![("parallelism.default".to_owned(), args.lanes.to_string())] };
    let mut session = run::session(&settings, LogStore::default(), Interrupt::default())
        .map_err(|_| "the number of lanes is not one that a session takes".to_owned())?;
    let text = format!(
        "CREATE TABLE bids ({}) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'json');\n{sql};\n",
        bids::COLUMNS,
        file.display().to_string().replace('\'', "''"),
    );
    let mut counter = Counter::default();
    for statement in statements::of(&text) {
        let outcome = session.execute(statement, &text, &mut counter).map_err(|e| e.message)?;
        if outcome == Outcome::Failed {
            return Err(std::mem::take(&mut counter.failure));
        }
    }
    let rows = counter.rows.load(Ordering::Relaxed);
    Ok(Run { rows, wall: watch.elapsed(), cpu: usage::cpu().saturating_sub(cpu) })
}

/// Counts rows and shows none.
#[derive(Default)]
struct Counter {
    rows: Arc<AtomicU64>,
    failure: String,
}

impl Observer for Counter {
    fn result_begins(&mut self, _info: &ResultInfo) -> Result<Box<dyn Sink>> {
        Ok(Box::new(CountingSink(Arc::clone(&self.rows))))
    }

    fn failed(&mut self, _statement: usize, failure: &Failure, text: &str) -> Result<()> {
        self.failure = report::describe(failure, text);
        Ok(())
    }
}

struct CountingSink(Arc<AtomicU64>);

impl Sink for CountingSink {
    fn writer(&mut self, _lane: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(CountingWriter(Arc::clone(&self.0))))
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

struct CountingWriter(Arc<AtomicU64>);

impl SinkWriter for CountingWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        self.0.fetch_add(batch.rows.num_rows() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
