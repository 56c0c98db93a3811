//! The command line as users type it.

mod data;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

pub use data::{
    ConsumeArgs, ConsumeForm, GroupAlterArgs, GroupCommand, ListForm, LogCommand, PlaceArgs, Position,
    ProduceArgs, TopicAlterArgs, TopicCommand, TopicCreateArgs, TopicType,
};

/// Flink SQL over files, pipes and a durable log.
#[derive(Debug, Parser)]
#[command(
    name = "millstream",
    version,
    disable_help_subcommand = true,
    after_help = "Results go to standard output, all else to standard error. Exit status: 0 all went well, 1 a statement failed,\n2 wrong usage, 130 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run SQL statements in order, then end
    Run(RunArgs),
    /// A prompt for SQL statements, with history and completion
    Sql(SqlArgs),
    /// Show the plan of each query; nothing runs
    Explain(ExplainArgs),
    /// List, describe, create, alter or delete topics
    #[command(subcommand)]
    Topic(TopicCommand),
    /// List, describe, create, alter or delete groups and their offsets
    #[command(subcommand)]
    Group(GroupCommand),
    /// Write the lines of standard input to a topic, a message each
    Produce(ProduceArgs),
    /// Print the messages of a topic
    Consume(ConsumeArgs),
    /// Verify, dump or repair the log of a data folder that no process has open
    #[command(subcommand)]
    Log(LogCommand),
    /// Measure what this machine does
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// Where statements come from.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("script").required(true).multiple(true).args(["files", "execute"]))]
pub struct ScriptArgs {
    /// Files of statements, each ended by ';', run in order; - is standard input
    #[arg(value_name = "FILE.sql")]
    pub files: Vec<PathBuf>,
    /// Statements to run, after the files; may be given more than once
    #[arg(short = 'e', long = "execute", value_name = "SQL")]
    pub execute: Vec<String>,
}

/// Settings of a session.
#[derive(Debug, Args)]
pub struct SessionArgs {
    /// A configuration key, as SET 'key' = 'value' would set it; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub set: Vec<(String, String)>,
}

/// Where topics and the progress of jobs live.
#[derive(Debug, Default, Args)]
pub struct DataArgs {
    /// A folder in which topics and the progress of jobs live and survive; without it they are in memory, gone at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where statements come from.
    #[command(flatten)]
    pub script: ScriptArgs,
    /// Settings of the session.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Where topics live.
    #[command(flatten)]
    pub data: DataArgs,
    /// How SELECT prints [default: table on a terminal, jsonl on a pipe]
    #[arg(long, value_enum, value_name = "FORM")]
    pub output: Option<OutputForm>,
    /// Report a failing statement and run the next ones
    #[arg(long)]
    pub keep_going: bool,
}

/// `sql`
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// Settings of the session.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Where topics live.
    #[command(flatten)]
    pub data: DataArgs,
    /// How SELECT prints [default: table]
    #[arg(long, value_enum, value_name = "FORM")]
    pub output: Option<OutputForm>,
}

/// `explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Where statements come from.
    #[command(flatten)]
    pub script: ScriptArgs,
    /// Settings of the session.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Parse only: a line of JSON for each statement, {"stmt":1,"ok":true} or the error
    #[arg(long)]
    pub syntax: bool,
}

/// The benchmarks.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Queries that filter a JSON file, beside a plain search of the same bytes
    Filter(FilterBenchArgs),
    /// The log: writing, reading, tables, leases, delays, recovery, beside the bare disk
    Log(LogBenchArgs),
}

/// `bench filter`
#[derive(Debug, Args)]
pub struct FilterBenchArgs {
    /// Events to generate
    #[arg(long, default_value_t = 2_000_000)]
    pub events: u64,
    /// Lanes: threads that share the file
    #[arg(long, default_value_t = 1)]
    pub lanes: usize,
}

/// `bench log`
#[derive(Debug, Args)]
pub struct LogBenchArgs {
    /// A folder on the disk to measure; the benchmark makes its own folder in it and removes it. Default: that for temporary files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Only these measurements; may be given more than once
    #[arg(long, value_enum)]
    pub only: Vec<LogBench>,
    /// How long the log is whose writer is killed, in gigabytes
    #[arg(long, default_value_t = 10)]
    pub gigabytes: u64,
    /// Measure in this process, in this folder; the program starts itself so
    #[arg(long, hide = true, value_name = "DIR")]
    pub inside: Option<PathBuf>,
}

/// What `bench log` measures, each in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogBench {
    /// Batches without fsync, and reading them
    Batches,
    /// 64 producers with fsync
    Producers,
    /// One producer with fsync
    Producer,
    /// From a message to the reader who waits for it
    Tail,
    /// Rows of a table
    Table,
    /// Receiving and acknowledging
    Leases,
    /// 100,000 topics
    Topics,
    /// Opening a long log after its writer was killed
    Kill,
    /// A million delayed messages
    Delays,
}

/// How SELECT prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// A table, as Flink's SQL client draws it
    Table,
    /// A JSON object a row
    Jsonl,
    /// A header, then rows, comma separated
    Csv,
    /// A JSON line for each change, with types, ends and errors: for programs
    Changelog,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write it as KEY=VALUE, such as parallelism.default=2".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn several_files_settings_and_statements() {
        let line =
            ["millstream", "run", "a.sql", "-", "-e", "SELECT 1", "--set", "a = b=c", "--output", "csv"];
        let Command::Run(run) = Cli::try_parse_from(line).unwrap().command else { panic!("run") };
        assert_eq!(run.script.files, [PathBuf::from("a.sql"), PathBuf::from("-")]);
        assert_eq!(run.script.execute, ["SELECT 1"]);
        assert_eq!(run.session.set, [("a".to_owned(), "b=c".to_owned())]);
        assert_eq!(run.output, Some(OutputForm::Csv));
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            &["millstream"][..],
            &["millstream", "run"],
            &["millstream", "serve"],
            &["millstream", "run", "-e", "SELECT 1", "--set", "novalue"],
            &["millstream", "run", "-e", "SELECT 1", "--output", "xml"],
        ] {
            assert!(Cli::try_parse_from(line).is_err(), "{line:?}");
        }
    }
}
