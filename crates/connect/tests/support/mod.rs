//! SQL over files of a temporary directory.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses a part; a test that cannot set up shall fail"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use millstream_connect::StandardConnectors;
use millstream_engine::{
    ChangeBatch, Connectors, Error, ErrorKind, Job, JobContext, JobReport, Output, Result, Sink, SinkWriter,
    Target, Threads,
};
use millstream_expr::{DataType, Value};
use millstream_sql::config::Configuration;
use millstream_sql::plan::Scan;
use millstream_sql::session::{Action, Environment, Session};

/// A session and a directory. `$D` in statements stands for the directory.
pub struct Files {
    directory: tempfile::TempDir,
    session: Session,
    pub batch_rows: Option<usize>,
}

/// What a query gave.
#[derive(Debug)]
pub struct Answer {
    pub rows: Vec<String>,
    pub report: Option<JobReport>,
}

impl Files {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), session: Session::new(), batch_rows: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// All files below `name`, hidden ones too, with what is in them; the unique part of names left out.
    pub fn listing(&self, name: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        list(&self.path(name), &self.path(name), &mut found);
        found.sort();
        found
    }

    /// Executes statements; the rows of the last one.
    pub fn run(&mut self, sql: &str) -> Result<Answer> {
        let sql = sql.replace("$D", self.directory.path().to_str().unwrap());
        let mut answer = Answer { rows: Vec::new(), report: None };
        for statement in millstream_sql::syntax::parse(&sql).unwrap() {
            let planned = self
                .session
                .plan(&statement, &World)
                .map_err(|e| Error::new(ErrorKind::Invalid, e.message))?;
            answer = match planned {
                Action::Query(plan) => {
                    let rows: Arc<Mutex<Vec<String>>> = Arc::default();
                    let types = plan.schema.iter().map(|f| f.data_type.clone()).collect();
                    let sink = Rows { types, rows: Arc::clone(&rows) };
                    let report = self.job(vec![Output { plan, target: Target::Caller(Box::new(sink)) }]);
                    let rows = std::mem::take(&mut *rows.lock().unwrap());
                    Answer { rows, report: Some(report?) }
                }
                Action::Insert(inserts) => {
                    let outputs = inserts.into_iter().map(|insert| Output {
                        plan: insert.query,
                        target: Target::Table { table: insert.table, overwrite: insert.overwrite },
                    });
                    Answer { rows: Vec::new(), report: Some(self.job(outputs.collect())?) }
                }
                _ => Answer { rows: Vec::new(), report: None },
            };
        }
        Ok(answer)
    }

    /// The rows of a query.
    pub fn rows(&mut self, sql: &str) -> Vec<String> {
        match self.run(sql) {
            Ok(answer) => answer.rows,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// The message of a failing statement.
    pub fn error(&mut self, sql: &str) -> String {
        let root = format!("{}/", self.directory.path().display());
        match self.run(sql) {
            Ok(answer) => panic!("{sql} gave {:?}", answer.rows),
            Err(error) => error.message.replace(&root, ""),
        }
    }

    /// The job of a query, not run.
    pub fn prepare(&mut self, sql: &str) -> Job {
        let sql = sql.replace("$D", self.directory.path().to_str().unwrap());
        let statement = millstream_sql::syntax::parse(&sql).unwrap().remove(0);
        match self.session.plan(&statement, &World).unwrap() {
            Action::Query(plan) => {
                let sink = Rows { types: Vec::new(), rows: Arc::default() };
                Job::new(
                    vec![Output { plan, target: Target::Caller(Box::new(sink)) }],
                    &StandardConnectors::default(),
                    &self.context(),
                )
                .unwrap()
            }
            other => panic!("no query: {other:?}"),
        }
    }

    /// The job of an INSERT, not run.
    pub fn prepare_insert(&mut self, sql: &str) -> Job {
        let statement = millstream_sql::syntax::parse(sql).unwrap().remove(0);
        match self.session.plan(&statement, &World).unwrap() {
            Action::Insert(inserts) => {
                let outputs = inserts.into_iter().map(|insert| Output {
                    plan: insert.query,
                    target: Target::Table { table: insert.table, overwrite: insert.overwrite },
                });
                Job::new(outputs.collect(), &StandardConnectors::default(), &self.context()).unwrap()
            }
            other => panic!("no insert: {other:?}"),
        }
    }

    fn context(&self) -> JobContext {
        let mut context = JobContext::new(&self.session.config, 7);
        context.batch_rows = self.batch_rows.unwrap_or(context.batch_rows);
        context
    }

    fn job(&self, outputs: Vec<Output>) -> Result<JobReport> {
        Job::new(outputs, &StandardConnectors::default(), &self.context())?.run(&clock(), &ScopedThreads)
    }
}

/// A clock that goes on by a second whenever somebody looks, so that nothing is waited for.
pub fn clock() -> impl Fn() -> i64 + Sync {
    let seconds = AtomicI64::new(0);
    move || seconds.fetch_add(1, Ordering::Relaxed) * 1_000_000
}

pub struct ScopedThreads;

impl Threads for ScopedThreads {
    fn run_all<'a>(&self, parts: Vec<Box<dyn FnOnce() + Send + 'a>>) {
        std::thread::scope(|scope| parts.into_iter().for_each(|part| drop(scope.spawn(part))));
    }
}

struct World;

impl Environment for World {
    fn is_bounded(&self, scan: &Scan, config: &Configuration) -> millstream_sql::Result<bool> {
        StandardConnectors::default()
            .is_bounded(scan, &JobContext::new(config, 0))
            .map_err(|e| millstream_sql::Error::invalid(e.message))
    }

    fn describe(&self, scan: &Scan, config: &Configuration) -> millstream_sql::Result<Vec<String>> {
        StandardConnectors::default()
            .describe(scan, &JobContext::new(config, 0))
            .map_err(|e| millstream_sql::Error::invalid(e.message))
    }
}

/// Keeps rows as text.
#[derive(Clone)]
struct Rows {
    types: Vec<DataType>,
    rows: Arc<Mutex<Vec<String>>>,
}

impl Sink for Rows {
    fn writer(&mut self, _: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(self.clone()))
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl SinkWriter for Rows {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        let rows: &RecordBatch = &batch.rows;
        let mut kept = self.rows.lock().unwrap();
        for row in 0..rows.num_rows() {
            let cells = rows
                .columns()
                .iter()
                .zip(&self.types)
                .map(|(column, data_type)| show(&Value::from_array(column, row, data_type).unwrap()));
            kept.push(cells.collect::<Vec<_>>().join("|"));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::BigInt(n) => n.to_string(),
        Value::Double(n) => n.to_string(),
        Value::String(s) => s.to_string(),
        Value::Boolean(b) => b.to_string(),
        other => format!("{other:?}"),
    }
}

fn list(root: &Path, directory: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            // part-TIME-PROCESS-SEED-LANE-NUMBER
            let shown = match name.split_once("part-") {
                Some((before, rest)) => {
                    let after = rest.splitn(4, '-').nth(3).unwrap();
                    format!("{before}part-{after}")
                }
                None => name.to_owned(),
            };
            found.push((shown, fs::read_to_string(&path).unwrap_or_else(|_| "not text".to_owned())));
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
