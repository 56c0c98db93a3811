//! `bench log`: what the log does on this machine, beside what it must do at least and what the bare disk does.
//!
//! Each measurement runs in a process of its own, so that memory is its own, and a writer can be killed.

mod batches;
mod delays;
mod kill;
mod leases;
mod producers;
mod raw;
mod tables;
mod tail;
mod topics;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::ValueEnum as _;
use millstream_log::{Durability, Log, Machines, Options, QueueId, TopicId, TopicSpec};

use super::{print, usage};
use crate::args::{LogBench, LogBenchArgs};
use crate::clock;

const Q: QueueId = QueueId(0);

/// Measures, and prints a table.
///
/// # Errors
/// What went wrong, for the user.
pub fn run(args: &LogBenchArgs) -> Result<(), String> {
    if let Some(folder) = &args.inside {
        let bench = args.only.first().ok_or("name what to measure with --only")?;
        return measure(*bench, folder, args);
    }
    let parent = args.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("millstream-bench-{}", std::process::id()));
    print("| | measured | at least | beside |\n|---|---:|---:|---:|\n")?;
    for bench in LogBench::value_variants() {
        if !args.only.is_empty() && !args.only.contains(bench) {
            continue;
        }
        std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        let ended = inside(*bench, &folder, args).status();
        let removed = std::fs::remove_dir_all(&folder);
        let ended = ended.map_err(|e| format!("cannot start the program again: {e}"))?;
        if !ended.success() {
            return Err(format!("the measurement '{}' ended with {ended}", name(*bench)));
        }
        removed.map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    }
    Ok(())
}

fn measure(bench: LogBench, folder: &Path, args: &LogBenchArgs) -> Result<(), String> {
    match bench {
        LogBench::Batches => batches::run(folder),
        LogBench::Producers => producers::run_many(folder),
        LogBench::Producer => producers::run_one(folder),
        LogBench::Tail => tail::run(folder),
        LogBench::Table => tables::run(folder),
        LogBench::Leases => leases::run(folder),
        LogBench::Topics => topics::run(folder, args),
        LogBench::Kill => kill::run(folder, args),
        LogBench::Delays => delays::run(folder),
    }
}

fn name(bench: LogBench) -> String {
    bench.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// This program, to measure in `folder`.
fn inside(bench: LogBench, folder: &Path, args: &LogBenchArgs) -> Command {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("millstream"));
    let mut command = Command::new(program);
    command.args(["bench", "log", "--only", &name(bench), "--gigabytes", &args.gigabytes.to_string()]);
    command.arg("--inside").arg(folder).stdin(Stdio::null());
    command
}

/// Prints a line of the table. `beside` may be empty.
fn line(what: &str, measured: &str, least: &str, beside: &str) -> Result<(), String> {
    print(&format!("| {what} | {measured} | {least} | {beside} |\n"))
}

fn open(folder: &Path) -> Result<Log, String> {
    Log::open(folder, Options::default(), Machines::standard(), clock::now()).map_err(|e| e.message)
}

/// A topic that does not wait for the disk.
fn relaxed_topic(log: &Log, name: &str) -> Result<TopicId, String> {
    let spec = TopicSpec { durability: Durability::FlushInterval, ..TopicSpec::default() };
    log.create_topic(name, spec, clock::now()).map_err(|e| e.message)
}

/// The value that so many of a hundred do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

/// How many a second.
#[allow(clippy::cast_precision_loss, reason = "figures for the eye")]
fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
