//! Producers and a job are killed at random moments, again and again: nothing that was acknowledged is lost, nothing stands twice,
//! and offsets do not go back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread::Builder;
use std::time::Duration;

use crate::chance::{Chance, pause, setting};

/// A line matches if its number is divisible by it.
const EVERY: u64 = 3;

/// Lines of a producer that is not killed before.
const LINES: u64 = 20_000;

/// The latest moment of a kill, after the start of the program.
const LATEST_MICROS: u64 = 120_000;

const JOB: &str = "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'log', 'topic' = 'input', 'format' = 'json'); \
     CREATE TABLE hits (n BIGINT, queue INT METADATA VIRTUAL) WITH ('connector' = 'log', 'topic' = 'output', 'format' = 'json', \
     'queues' = '2'); \
     SET 'pipeline.name' = 'filter';";

struct Run {
    folder: tempfile::TempDir,
    chance: Chance,
    /// The number of the next line.
    next: u64,
    /// What stands where, as it was acknowledged.
    acknowledged: HashMap<(u64, u64), u64>,
    /// Where the job went on when it was looked at last.
    offsets: BTreeMap<u64, u64>,
    /// Kills that came before the program had ended.
    killed: u64,
}

impl Run {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
        command.args(words).arg("--data").arg(self.data()).stdin(Stdio::null());
        command
    }

    fn ok(&self, words: &[&str]) -> String {
        told(&self.command(words).output().unwrap())
    }

    /// Produces numbered lines until it is killed, and keeps what was acknowledged.
    fn produce(&mut self) {
        // While it starts, or once so many lines were acknowledged.
        let (moment, enough) = match self.chance.below(4) {
            0 => (Duration::from_micros(self.chance.below(LATEST_MICROS / 2)), 0),
            _ => (Duration::from_micros(self.chance.below(3000)), 1 + self.chance.below(LINES / 4)),
        };
        // How many lines come at once; how many share a commit is chance.
        let at_once = if self.chance.below(2) == 0 { 1 } else { 100 };
        let mut producer = self
            .command(&["produce", "input", "--acks"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let first = self.next;
        self.next += LINES;
        let mut input = producer.stdin.take().unwrap();
        let feeder = Builder::new().spawn(move || {
            for start in (first..first + LINES).step_by(at_once) {
                let numbers = start..start + at_once as u64;
                let lines = numbers.map(|n| format!("{{\"n\":{n},\"text\":\"some more of it\"}}\n"));
                if input.write_all(lines.collect::<String>().as_bytes()).is_err() {
                    break;
                }
                if at_once > 1 {
                    pause(Duration::from_micros(500));
                }
            }
        });
        let feeder = feeder.unwrap();
        let output = BufReader::new(producer.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (send, received) = channel();
        let reader = Builder::new().spawn(move || output.for_each(|ack| send.send(ack).unwrap())).unwrap();
        let mut acks: Vec<String> = received.iter().take(usize::try_from(enough).unwrap()).collect();
        pause(moment);
        self.killed += u64::from(producer.try_wait().unwrap().is_none());
        let _ = producer.kill();
        producer.wait().unwrap();
        reader.join().unwrap();
        acks.extend(received);
        feeder.join().unwrap();
        for (n, ack) in (first..).zip(acks) {
            // The last line may be cut.
            let Ok(ack) = serde_json::from_str::<serde_json::Value>(&ack) else { continue };
            let place = (ack["queue"].as_u64().unwrap(), ack["offset"].as_u64().unwrap());
            assert_eq!(self.acknowledged.insert(place, n), None, "{place:?} was acknowledged twice");
        }
    }

    /// Runs the job until it is killed.
    fn filter(&mut self) {
        let moment = Duration::from_micros(self.chance.below(LATEST_MICROS));
        let lanes = if self.chance.below(2) == 0 { "parallelism.default=1" } else { "parallelism.default=2" };
        let mut job = self
            .command(&["run", "--set", lanes, "-e", &format!("{JOB} {}", insert(""))])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        pause(moment);
        self.killed += u64::from(job.try_wait().unwrap().is_none());
        let _ = job.kill();
        let output = job.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }

    /// Looks where the job goes on.
    fn look(&mut self) {
        let output = self.command(&["group", "describe", "filter"]).output().unwrap();
        if !output.status.success() {
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(error.contains("there is no group 'filter'") && self.offsets.is_empty(), "{error}");
            return;
        }
        let group: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for entry in group["offsets"].as_array().unwrap() {
            let (queue, offset) = (entry["queue"].as_u64().unwrap(), entry["offset"].as_u64().unwrap());
            let before = self.offsets.insert(queue, offset).unwrap_or(0);
            assert!(offset >= before, "the offset of queue {queue} went from {before} back to {offset}");
        }
    }

    /// Lets the job end what is left, and compares everything with what it should be.
    fn check(&mut self) -> (usize, usize) {
        let bounded = insert(" /*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */");
        self.ok(&["run", "-e", &format!("{JOB} {bounded}")]);
        self.look();

        let mut expected = HashSet::new();
        let mut all = HashSet::new();
        for line in self.ok(&["consume", "input", "--output", "jsonl"]).lines() {
            let message: serde_json::Value = serde_json::from_str(line).unwrap();
            let body: serde_json::Value = serde_json::from_str(message["body"].as_str().unwrap()).unwrap();
            let n = body["n"].as_u64().unwrap();
            let place = (message["queue"].as_u64().unwrap(), message["offset"].as_u64().unwrap());
            assert!(all.insert(n), "line {n} stands twice");
            if let Some(acknowledged) = self.acknowledged.remove(&place) {
                assert_eq!(acknowledged, n, "another line stands at {place:?}");
            }
            if n.is_multiple_of(EVERY) {
                expected.insert(n);
            }
        }
        assert!(self.acknowledged.is_empty(), "{} acknowledged lines are lost", self.acknowledged.len());
        let mut found = HashSet::new();
        for line in self.ok(&["consume", "output"]).lines() {
            let n = serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].as_u64().unwrap();
            assert!(found.insert(n), "match {n} stands twice");
        }
        assert_eq!(found.len(), expected.len());
        assert_eq!(found, expected);

        let mut verify = Command::new(env!("CARGO_BIN_EXE_millstream"));
        told(&verify.args(["log", "verify"]).arg(self.data()).output().unwrap());
        (all.len(), found.len())
    }
}

fn insert(hint: &str) -> String {
    format!("INSERT INTO hits SELECT n FROM numbers{hint} WHERE MOD(n, {EVERY}) = 0")
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn kills_lose_nothing_and_double_nothing() {
    let kills = setting("MILLSTREAM_KILLS").unwrap_or(12);
    let mut run = Run {
        folder: tempfile::tempdir().unwrap(),
        chance: Chance::new(),
        next: 0,
        acknowledged: HashMap::new(),
        offsets: BTreeMap::new(),
        killed: 0,
    };
    run.ok(&["topic", "create", "input", "--queues", "3"]);
    let mut acknowledged = 0;
    for kill in 0..kills {
        if kill.is_multiple_of(2) {
            run.produce();
        } else {
            run.filter();
        }
        run.look();
        acknowledged = run.acknowledged.len();
    }
    let (lines, matches) = run.check();
    println!(
        "{kills} times, {} of them before the end: {acknowledged} lines acknowledged, {lines} there, {matches} matches, \
         offsets {:?}",
        run.killed, run.offsets
    );
    assert!(kills < 12 || run.killed > kills / 4, "only {} of {kills} kills came before the end", run.killed);
}
