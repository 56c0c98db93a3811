//! Compares expressions with Apache Flink: `cargo run -p millstream-cli --example differential -- --help`.
//!
//! Expressions come from a list, or are made at random from the registry's signatures and the forms of SQL. Both sides
//! evaluate them over one table of edge values. What differs is told by kind: by the innermost call that differs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

mod answers;
mod ask;
mod chance;
mod compare;
mod defects;
mod forms;
mod generate;
mod node;
mod planner;
mod record;
mod report;
mod sides;
mod signatures;
mod suspicion;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;

use ask::Engine;
use compare::{Difference, difference};
use generate::Generator;
use node::Node;
use planner::Planner;
use sides::{Said, Side};
use suspicion::{Manner, Suspicion};

/// Waves of expressions: those of a later one have those of earlier ones as arguments.
const WAVES: usize = 4;

/// Expressions of the first part for which the other side is asked.
const FIRST_PART: usize = 1200;

#[derive(Parser)]
struct Options {
    /// The command that runs a script on Apache Flink 2.1 and prints what `millstream run --output changelog` prints
    #[arg(long, required_unless_present = "answers")]
    flink: Option<String>,
    /// What it answered in an earlier run: the `answers.jsonl` of that, to compare with again
    #[arg(long, conflicts_with_all = ["flink", "expressions"])]
    answers: Option<PathBuf>,
    /// The command that runs a script here
    #[arg(long, default_value = "target/debug/millstream run --output changelog --keep-going")]
    ours: String,
    /// A file of expressions over the table, one a line, in place of random ones
    #[arg(long)]
    expressions: Option<PathBuf>,
    /// Every function with a NULL without a type in each place, in place of random ones
    #[arg(long, conflicts_with = "expressions")]
    nulls: bool,
    /// Where chance starts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many expressions are made
    #[arg(long, default_value_t = 5000)]
    count: usize,
    /// Of those that are refused here, one in so many is asked
    #[arg(long, default_value_t = 12)]
    refused_one_in: usize,
    /// Of those that fail for a row here, one in so many is asked for that row
    #[arg(long, default_value_t = 3)]
    failing_one_in: usize,
    /// The session's time zone
    #[arg(long, default_value = "UTC")]
    zone: String,
    /// A folder for what is written: `mismatches.jsonl`, `expressions.txt`, `answers.jsonl`
    #[arg(long)]
    out: PathBuf,
    /// Writes agreeing expressions into this .slt file, for `tests/record.py` to record
    #[arg(long)]
    record: Option<PathBuf>,
    /// How many of them
    #[arg(long, default_value_t = 200)]
    record_count: usize,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    std::fs::create_dir_all(&options.out).map_err(|error| format!("{}: {error}", options.out.display()))?;
    let definition = table::definition(Path::new(table::ROWS));
    let settings = [format!("SET 'table.local-time-zone' = '{}'", options.zone)];
    let ours = Engine::new(&options.ours);
    let ours = Side::new(&ours, &definition, &settings, &options.out);
    let (nodes, said, other) = match (&options.answers, &options.flink) {
        (Some(file), _) => {
            let (nodes, other) = answers::read(file)?;
            let said = ours.one_by_one(&texts(&nodes))?;
            (nodes, said, other)
        }
        (None, Some(flink)) => {
            let flink = Engine::new(flink);
            let flink = Side::new(&flink, &definition, &settings, &options.out);
            let (nodes, said) = match &options.expressions {
                Some(file) => listed(file, &ours)?,
                None => generated(options, &definition, &ours)?,
            };
            ask_flink(options, &flink, nodes, said)?
        }
        (None, None) => return Err("there is nobody to ask".to_owned()),
    };
    let differences: Vec<Option<Difference>> =
        said.iter().zip(&other).map(|(a, b)| difference(a, b)).collect();
    let lines = report::write(&nodes, &differences);
    write(&options.out.join("mismatches.jsonl"), &lines)?;
    if let Some(file) = &options.record {
        write(file, &record::skeleton(&nodes, &said, &differences, options.record_count, &options.zone))?;
    }
    Ok(())
}

/// Expressions with what both sides say of them: ours, then the other's.
type Compared = (Vec<Rc<Node>>, Vec<Said>, Vec<Said>);

/// Asks in parts, each three times as large as the one before: what breaks is learnt from the small ones.
fn ask_flink(
    options: &Options,
    flink: &Side<'_>,
    nodes: Vec<Rc<Node>>,
    said: Vec<Said>,
) -> Result<Compared, String> {
    write(&options.out.join("expressions.txt"), &(texts(&nodes).join("\n") + "\n"))?;
    let fails =
        |s: &&Said| matches!(s, Said::Evaluated { rows, .. } if rows.iter().flatten().any(Result::is_err));
    let failing = said.iter().filter(fails).count();
    let refused = said.iter().filter(|s| matches!(s, Said::Refused(_))).count();
    eprintln!("{} expressions; {refused} are refused here, {failing} fail for some row", nodes.len());
    let mut suspicion = Suspicion::default();
    let (mut asked, mut ours, mut other) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = nodes.into_iter().zip(said);
    let mut size = FIRST_PART;
    loop {
        let part: Vec<(Rc<Node>, Said)> = rest.by_ref().take(size).collect();
        if part.is_empty() {
            return Ok((asked, ours, other));
        }
        size *= 3;
        let (nodes, said, alone) = manners(part, &suspicion);
        let found = ask_part(options, flink, &texts(&nodes), &said, &alone)?;
        for ((node, said), found) in nodes.iter().zip(&said).zip(&found) {
            suspicion.learn(node, said, found);
        }
        asked.extend(nodes);
        ours.extend(said);
        other.extend(found);
        write(&options.out.join("answers.jsonl"), &answers::lines(&asked, &other))?;
    }
}

/// What is to be asked for, with what ours says, and whether each is asked for alone.
fn manners(part: Vec<(Rc<Node>, Said)>, suspicion: &Suspicion) -> (Vec<Rc<Node>>, Vec<Said>, Vec<bool>) {
    let (mut nodes, mut ours, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for (node, said) in part {
        let manner = suspicion.manner(&node);
        if manner != Manner::Never {
            nodes.push(node);
            ours.push(said);
            alone.push(manner == Manner::Alone);
        }
    }
    (nodes, ours, alone)
}

fn ask_part(
    options: &Options,
    flink: &Side<'_>,
    texts: &[String],
    said: &[Said],
    alone: &[bool],
) -> Result<Vec<Said>, String> {
    let mut other = flink.together(texts, said, alone, options.failing_one_in)?;
    // A machine that was busy for too long makes jobs fail, too: what failed is asked for once more.
    let failed_there = |index: &usize| {
        let found = said.get(*index).zip(other.get(*index)).and_then(|(ours, other)| difference(ours, other));
        matches!(found, Some(Difference::OtherFails(..) | Difference::OtherRefuses(_)))
    };
    let doubtful: Vec<usize> = (0..texts.len()).filter(failed_there).collect();
    flink.again(texts, &mut other, &doubtful)?;
    Ok(other)
}

fn texts(nodes: &[Rc<Node>]) -> Vec<String> {
    nodes.iter().map(|node| node.text.clone()).collect()
}

fn listed(file: &Path, ours: &Side<'_>) -> Result<(Vec<Rc<Node>>, Vec<Said>), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let nodes: Vec<Rc<Node>> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
        .map(|line| {
            Rc::new(Node {
                text: line.to_owned(),
                head: line.to_owned(),
                data_type: None,
                arguments: Vec::new(),
                reads: true,
                depth: 1,
            })
        })
        .collect();
    let said = ours.one_by_one(&texts(&nodes))?;
    Ok((nodes, said))
}

fn generated(
    options: &Options,
    definition: &str,
    ours: &Side<'_>,
) -> Result<(Vec<Rc<Node>>, Vec<Said>), String> {
    let mut generator = Generator::new(options.seed, Planner::new(definition)?)?;
    if options.nulls {
        let nodes = generator.with_nulls();
        let said = ours.one_by_one(&texts(&nodes))?;
        return Ok((nodes, said));
    }
    let (mut nodes, mut said) = (Vec::new(), Vec::new());
    for wave in 0..WAVES {
        let count = options.count * (wave + 1) / WAVES - nodes.len();
        let made = generator.wave(count, options.refused_one_in);
        let answers = ours.one_by_one(&texts(&made))?;
        for (node, answer) in made.iter().zip(&answers) {
            // What fails makes everything around it fail: nothing would be learnt of that.
            let whole =
                matches!(answer, Said::Evaluated { rows, .. } if rows.iter().flatten().all(Result::is_ok));
            if whole {
                generator.keep(node);
            }
        }
        nodes.extend(made);
        said.extend(answers);
    }
    Ok((nodes, said))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
