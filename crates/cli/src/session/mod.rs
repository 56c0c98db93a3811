//! A session: executes statements in order.
//!
//! It reads no terminal and prints nothing; what happens it tells an [`Observer`]. Planning is the `sql` crate's,
//! running the `engine` crate's; here is what lies between: which rows go where, what is waited for, what runs beside.

mod background;
mod environment;
mod failure;
mod interrupt;
mod lanes;
mod observer;

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use millstream_connect::LogStore;
use millstream_engine::{
    ChangeBatch, Committer, Connectors, Error, ErrorKind, Job, JobContext, Output, Result, Target,
};
use millstream_expr::types::physical_schema;
use millstream_expr::{DataType, Field, Value};
use millstream_sql::config::{Configuration, RuntimeMode};
use millstream_sql::plan::{Insert, Plan};
use millstream_sql::session::{Action, Rows};
use millstream_sql::syntax::ast::{ClientCommand, Statement};

use crate::clock::{self, Stopwatch};
use background::Background;
pub use environment::ConnectorEnvironment;
pub use failure::{Failure, Phase};
pub use interrupt::Interrupt;
use lanes::LaneThreads;
pub use observer::{Ended, Observer, ResultInfo};

/// A session.
pub struct Session {
    planner: millstream_sql::session::Session,
    connectors: Arc<dyn Connectors>,
    log: LogStore,
    interrupt: Interrupt,
    background: Background,
    /// Statements so far.
    statements: usize,
}

/// How a statement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it says, or what it started goes on beside the next ones.
    Done,
    /// It failed; the observer has been told.
    Failed,
    /// It is for the prompt.
    Client(ClientCommand),
}

impl Session {
    /// A session with empty catalogs.
    pub fn new(connectors: Arc<dyn Connectors>, log: LogStore, interrupt: Interrupt) -> Self {
        Self {
            planner: millstream_sql::session::Session::new(),
            connectors,
            log,
            interrupt,
            background: Background::default(),
            statements: 0,
        }
    }

    /// Sets a configuration key, as SET does.
    ///
    /// # Errors
    /// When a known key's value is not of its kind.
    pub fn set(&mut self, key: &str, value: &str) -> millstream_sql::Result<()> {
        self.planner.config.set(key, value)
    }

    /// The planner's session: catalogs and configuration.
    pub fn planner(&self) -> &millstream_sql::session::Session {
        &self.planner
    }

    /// Executes a statement of the script `text`, or tells why it does not parse.
    ///
    /// # Errors
    /// Those of the observer: the run is over.
    pub fn execute(
        &mut self,
        statement: Result<Statement, Failure>,
        text: &str,
        observer: &mut dyn Observer,
    ) -> Result<Outcome> {
        self.statements += 1;
        let number = self.statements;
        let planned = statement.and_then(|statement| {
            let environment = ConnectorEnvironment { connectors: &*self.connectors };
            self.planner.plan(&statement, &environment).map_err(Failure::from)
        });
        let failure = match planned {
            Ok(action) => match self.act(action, number, text, observer)? {
                Ok(outcome) => return Ok(outcome),
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        observer.failed(number, &failure, text)?;
        Ok(Outcome::Failed)
    }

    /// Waits for the INSERTs that run beside. Says whether all went well.
    ///
    /// # Errors
    /// Those of the observer.
    pub fn wait(&mut self, observer: &mut dyn Observer) -> Result<bool> {
        self.background.wait(observer)
    }

    /// The outer error is the observer's, the inner one the statement's.
    fn act(
        &mut self,
        action: Action,
        number: usize,
        text: &str,
        observer: &mut dyn Observer,
    ) -> Result<Result<Outcome, Failure>> {
        match action {
            Action::Done => observer.done(number)?,
            Action::Client(command) => return Ok(Ok(Outcome::Client(command))),
            Action::Explain(plan) => observer.explained(&self.explain_info(number), &plan)?,
            Action::Rows(rows) => return self.show(&rows, number, observer),
            Action::Query(plan) => return self.query(plan, number, observer),
            Action::Insert(inserts) => return self.insert(inserts, number, text, observer),
        }
        Ok(Ok(Outcome::Done))
    }

    /// Rows that the planner answered with.
    fn show(
        &self,
        rows: &Rows,
        number: usize,
        observer: &mut dyn Observer,
    ) -> Result<Result<Outcome, Failure>> {
        let info = ResultInfo { streaming: false, ..self.info(number, Arc::clone(&rows.schema)) };
        Ok(show_rows(rows, &info, observer)?.map(|()| Outcome::Done))
    }

    /// Runs a query; its rows go to the observer.
    fn query(
        &self,
        plan: Plan,
        number: usize,
        observer: &mut dyn Observer,
    ) -> Result<Result<Outcome, Failure>> {
        let watch = Stopwatch::start();
        let shown = plan.schema.iter().map(|f| Field::new(Arc::clone(&f.name), f.data_type.as_result()));
        let info = self.info(number, shown.collect());
        let sink = observer.result_begins(&info)?;
        let job = match self.job(vec![Output { plan, target: Target::Caller(sink) }], None) {
            Ok(job) => job,
            Err(error) => return Ok(Err(error.into())),
        };
        let _watched = self.interrupt.watch(job.stop());
        observer.job_begins(job.progress());
        let report = job.run(&clock::now_micros, &LaneThreads);
        observer.job_is_over();
        match report {
            Ok(report) => {
                observer.result_ended(&info, ended(&report, watch))?;
                Ok(Ok(Outcome::Done))
            }
            // Nobody reads what is printed any more.
            Err(error) if error.kind == ErrorKind::Closed => Err(error),
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Runs inserts as one job: waited for, or beside what follows if its input has no end.
    fn insert(
        &mut self,
        inserts: Vec<Insert>,
        number: usize,
        text: &str,
        observer: &mut dyn Observer,
    ) -> Result<Result<Outcome, Failure>> {
        let watch = Stopwatch::start();
        let environment = ConnectorEnvironment { connectors: &*self.connectors };
        let mut bounded = true;
        for insert in &inserts {
            match environment::is_bounded(&insert.query, &environment, &self.planner.config) {
                Ok(ends) => bounded &= ends,
                Err(error) => return Ok(Err(error.into())),
            }
        }
        let committer = self.log.committer(&self.job_name(&inserts, number), what_it_does(&inserts));
        let outputs = inserts.into_iter().map(|insert| Output {
            plan: insert.query,
            target: Target::Table { table: insert.table, overwrite: insert.overwrite },
        });
        let job = match self.job(outputs.collect(), Some(committer)) {
            Ok(job) => job,
            Err(error) => return Ok(Err(error.into())),
        };
        let watched = self.interrupt.watch(job.stop());
        if !bounded && !self.planner.config.is_true("table.dml-sync") {
            return Ok(match self.background.start(number, text, job, watched, watch) {
                Ok(()) => Ok(Outcome::Done),
                Err(error) => Err(error.into()),
            });
        }
        observer.job_begins(job.progress());
        let report = job.run(&clock::now_micros, &LaneThreads);
        observer.job_is_over();
        match report {
            Ok(report) => {
                observer.insert_ended(number, ended(&report, watch))?;
                Ok(Ok(Outcome::Done))
            }
            Err(error) if error.kind == ErrorKind::Closed => Err(error),
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// The name under which a job's progress is kept. A log in memory is gone with the session, so that every statement begins anew.
    fn job_name(&self, inserts: &[Insert], number: usize) -> String {
        if !self.log.is_durable() {
            return format!("statement-{number}");
        }
        match self.planner.config.get("pipeline.name") {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => {
                let tables: Vec<String> =
                    inserts.iter().map(|insert| insert.table.path.to_string()).collect();
                format!("insert-into_{}", tables.join(","))
            }
        }
    }

    /// A job whose progress `committer` keeps.
    fn job(&self, outputs: Vec<Output>, committer: Option<Arc<dyn Committer>>) -> Result<Job> {
        let context = JobContext { committer, ..JobContext::new(&self.planner.config, clock::chance()) };
        Job::new(outputs, &*self.connectors, &context)
    }

    fn info(&self, statement: usize, schema: Arc<[Field]>) -> ResultInfo {
        let config = &self.planner.config;
        ResultInfo {
            statement,
            schema,
            streaming: config.runtime_mode() == RuntimeMode::Streaming,
            time_zone: config.time_zone(),
            column_width_max: column_width_max(config),
        }
    }

    /// EXPLAIN has one column, as in Flink.
    fn explain_info(&self, statement: usize) -> ResultInfo {
        let schema = [Field::new("result", DataType::string())].into();
        ResultInfo { streaming: false, ..self.info(statement, schema) }
    }
}

/// A number for what a job does: the same for the same statement over the same tables.
fn what_it_does(inserts: &[Insert]) -> u64 {
    struct Hashed(DefaultHasher);
    impl std::fmt::Write for Hashed {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut hashed = Hashed(DefaultHasher::new());
    // Hashing does not fail.
    let _ = write!(hashed, "{inserts:?}");
    hashed.0.finish()
}

fn column_width_max(config: &Configuration) -> usize {
    config.get("table.display.max-column-width").and_then(|width| width.parse().ok()).unwrap_or(30)
}

fn ended(report: &millstream_engine::JobReport, watch: Stopwatch) -> Ended {
    Ended {
        rows: report.figures.written.iter().sum(),
        elapsed: watch.elapsed(),
        stopped: report.stopped,
        malformed: report.figures.malformed,
    }
}

/// Gives rows that are at hand to an observer. The outer error is the observer's.
pub fn show_rows(rows: &Rows, info: &ResultInfo, observer: &mut dyn Observer) -> Result<Result<(), Failure>> {
    let watch = Stopwatch::start();
    let batch = match batch_of(rows) {
        Ok(batch) => batch,
        Err(error) => return Ok(Err(error.into())),
    };
    let mut sink = observer.result_begins(info)?;
    let mut writer = sink.writer(0)?;
    writer.write(&batch)?;
    writer.finish()?;
    sink.commit()?;
    let rows = rows.rows.len() as u64;
    observer.result_ended(info, Ended { rows, elapsed: watch.elapsed(), stopped: false, malformed: 0 })?;
    Ok(Ok(()))
}

/// The planner's rows as columns.
fn batch_of(rows: &Rows) -> Result<ChangeBatch> {
    let columns = rows.schema.iter().enumerate().map(|(index, field)| {
        let values = rows.rows.iter().map(|row| row.get(index).unwrap_or(&Value::Null));
        Value::column(values, &field.data_type)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.rows.len()));
    let schema = Arc::new(physical_schema(&rows.schema));
    let batch = RecordBatch::try_new_with_options(schema, columns, &options).map_err(Error::from)?;
    Ok(ChangeBatch::inserts(batch))
}
