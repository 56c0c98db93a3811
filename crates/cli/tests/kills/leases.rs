//! A process that produces, receives, acknowledges, gives back and lets expire is killed again and again, and the files of its table
//! are damaged meanwhile: what is acknowledged never comes again, what is not is done once in the end, attempts only grow, and
//! ordering groups keep their order.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread::Builder;
use std::time::Duration;

use crate::chance::{Chance, pause, setting};
use crate::facts::Fact;
use crate::promises::Promises;
use crate::worker::{FOLDER, TASK};

/// Numbers that one process gives to messages.
const NUMBERS: u64 = 10_000_000;

/// A process that says nothing for so long is stuck and is killed, too: what it said before tells why.
const QUIET: Duration = Duration::from_secs(5);

/// Handles of a process that was killed that the next one tries.
const HANDLES: usize = 8;

struct Run {
    folder: tempfile::TempDir,
    chance: Chance,
    promises: Promises,
    next: u64,
    /// Handles of what was delivered last; some are settled already.
    handles: VecDeque<String>,
    killed: u64,
    damaged: u64,
}

impl Run {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// This program, as the process to be killed.
    fn worker(&self, task: &str, handles: &[String]) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "worker::worker", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, self.data()).env(TASK, task);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines: String = handles.iter().map(|handle| format!("{handle}\n")).collect();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child
    }

    fn kill_once(&mut self) {
        // While it opens the folder, or once it has said so much.
        let (moment, enough) = match self.chance.below(5) {
            0 => (Duration::from_micros(self.chance.below(40_000)), 0),
            _ => (Duration::from_micros(self.chance.below(3000)), 1 + self.chance.index(1200)),
        };
        let handles: Vec<String> = self.handles.drain(..).collect();
        let task = format!("{} {}", self.chance.below(1 << 32), self.next);
        let mut worker = self.worker(&task, &handles);
        self.next += NUMBERS;
        let lines = BufReader::new(worker.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (send, received) = channel();
        let reader = Builder::new().spawn(move || {
            lines.filter_map(|line| Fact::parse(&line)).for_each(|fact| send.send(fact).unwrap());
        });
        let more = || received.recv_timeout(QUIET).ok();
        let mut facts: Vec<Fact> = std::iter::from_fn(more).take(enough).collect();
        pause(moment);
        let running = worker.try_wait().unwrap().is_none();
        let _ = worker.kill();
        let output = worker.wait_with_output().unwrap();
        reader.unwrap().join().unwrap();
        facts.extend(received);
        assert!(running, "the worker ended by itself: {}", String::from_utf8_lossy(&output.stderr));
        self.killed += 1;
        for fact in &facts {
            self.promises.take(fact);
            if let Fact::Delivered { handle, .. } = fact {
                self.handles.push_back(handle.clone());
            }
        }
        let many = self.handles.len().saturating_sub(HANDLES);
        self.handles.drain(..many);
        self.promises.killed();
    }

    /// Damages what is only derived from the log.
    fn damage(&mut self) {
        let mut files = files_of(&self.data().join("tables"));
        files.extend(
            files_of(&self.data().join("log"))
                .into_iter()
                .filter(|path| path.extension().is_some_and(|end| end == "index")),
        );
        files.sort();
        for _ in 0..self.chance.below(4) {
            if files.is_empty() {
                return;
            }
            let path = files.swap_remove(self.chance.index(files.len()));
            let mut bytes = fs::read(&path).unwrap();
            let at = self.chance.index(bytes.len().max(1));
            match self.chance.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0),
                2 => bytes.extend_from_slice(&[7; 100]),
                3 => {
                    fs::remove_file(&path).unwrap();
                    self.damaged += 1;
                    continue;
                }
                _ => {
                    let bit = self.chance.below(8);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << bit;
                    }
                }
            }
            self.damaged += 1;
            fs::write(&path, bytes).unwrap();
        }
    }

    fn finish(&mut self) {
        let output = self.worker("drain", &[]).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let facts: Vec<Fact> = text.lines().filter_map(Fact::parse).collect();
        facts.iter().for_each(|fact| self.promises.take(fact));
        self.promises.settle(&facts);
        let mut verify = Command::new(env!("CARGO_BIN_EXE_millstream"));
        let output = verify.args(["log", "verify"]).arg(self.data()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_of(&path) } else { vec![path] }).collect()
}

#[test]
fn leases_survive_kills() {
    let kills = setting("MILLSTREAM_KILLS").unwrap_or(10);
    let mut run = Run {
        folder: tempfile::tempdir().unwrap(),
        chance: Chance::new(),
        promises: Promises::default(),
        next: 1,
        handles: VecDeque::new(),
        killed: 0,
        damaged: 0,
    };
    for _ in 0..kills {
        run.kill_once();
        if !run.promises.violations.is_empty() {
            break;
        }
        if run.chance.below(2) == 0 {
            run.damage();
        }
    }
    // Where a promise is broken, there may be no end.
    if run.promises.violations.is_empty() {
        run.finish();
    }
    let (figures, violations) = (&run.promises.figures, &run.promises.violations);
    println!("{} kills, {} files damaged, {figures:?}", run.killed, run.damaged);
    let shown: Vec<_> = violations.iter().take(10).collect();
    assert!(violations.is_empty(), "{} violations: {shown:#?}", violations.len());
    assert!(figures.stand >= figures.produced && (kills < 10 || figures.dead > 0 && figures.acked > 0));
}
