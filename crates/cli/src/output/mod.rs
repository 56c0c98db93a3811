//! What statements give, printed: results to standard output, all else to standard error.

mod changelog;
mod csv;
pub mod json;
mod jsonl;
mod lines;
pub mod progress;
mod stdout;
mod table;
mod tableau;
mod value;

use std::io::Write;
use std::sync::Arc;

use millstream_engine::{JobProgress, Result, Sink};

use crate::args::OutputForm;
use crate::report;
use crate::session::{Ended, Failure, Observer, ResultInfo};
pub use changelog::{done as done_line, failed as failed_line};
use lines::LineSink;
use progress::ProgressLine;
pub use stdout::Stdout;
use table::Table;

/// Prints in one form.
pub struct Printer {
    form: OutputForm,
    stdout: Stdout,
    progress: Arc<ProgressLine>,
    /// The table that is being drawn.
    table: Option<Table>,
    /// Whether somebody waits for an answer to each statement.
    answers: bool,
}

impl Printer {
    /// Prints results in `form`.
    pub fn new(form: OutputForm) -> Self {
        let progress = Arc::new(ProgressLine::default());
        Self { form, stdout: Stdout::new(Arc::clone(&progress)), progress, table: None, answers: false }
    }

    /// As [`Printer::new`], for a prompt: a statement without rows is answered, too.
    pub fn for_prompt(form: OutputForm) -> Self {
        Self { answers: true, ..Self::new(form) }
    }

    /// Says something on standard error.
    pub fn say(&self, text: &str) {
        let _hidden = self.progress.hide();
        // Without standard error there is nobody to tell.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    fn say_malformed(&self, malformed: u64) {
        if malformed > 0 {
            let records = if malformed == 1 { "record was" } else { "records were" };
            self.say(&format!("warning: {malformed} malformed {records} passed over\n"));
        }
    }
}

impl Observer for Printer {
    fn done(&mut self, statement: usize) -> Result<()> {
        match self.form {
            OutputForm::Changelog => self.stdout.write(changelog::done(statement).as_bytes()),
            _ => {
                if self.answers {
                    self.say("[INFO] Execute statement succeeded.\n");
                }
                Ok(())
            }
        }
    }

    fn result_begins(&mut self, info: &ResultInfo) -> Result<Box<dyn Sink>> {
        let renderer = match self.form {
            OutputForm::Table => {
                let table = Table::new(info, self.stdout.clone())?;
                let sink = table.sink();
                self.table = Some(table);
                return Ok(sink);
            }
            OutputForm::Jsonl => jsonl::renderer(&info.schema),
            OutputForm::Csv => {
                self.stdout.write(&csv::header(&info.schema))?;
                csv::renderer(&info.schema, &info.time_zone)
            }
            OutputForm::Changelog => {
                self.stdout.write(&changelog::header(info))?;
                changelog::renderer(&info.schema)
            }
        };
        let shows_changes = self.form == OutputForm::Changelog;
        Ok(Box::new(LineSink::new(self.stdout.clone(), renderer, shows_changes)))
    }

    fn result_ended(&mut self, info: &ResultInfo, ended: Ended) -> Result<()> {
        if let Some(table) = self.table.take() {
            table.end(ended)?;
        }
        if self.form == OutputForm::Changelog {
            self.stdout.write(changelog::end(info.statement, ended).as_bytes())?;
        }
        self.say_malformed(ended.malformed);
        Ok(())
    }

    fn explained(&mut self, info: &ResultInfo, text: &str) -> Result<()> {
        match self.form {
            OutputForm::Changelog => self.stdout.write(&changelog::explained(info, text)),
            _ => self.stdout.write(format!("{}\n", text.trim_end()).as_bytes()),
        }
    }

    fn job_begins(&mut self, progress: Arc<JobProgress>) {
        self.progress.begin(progress);
    }

    fn job_is_over(&mut self) {
        self.progress.end();
    }

    fn insert_ended(&mut self, statement: usize, ended: Ended) -> Result<()> {
        match self.form {
            OutputForm::Changelog => self.stdout.write(changelog::job(statement, ended).as_bytes())?,
            OutputForm::Table => {
                let rows = if ended.rows == 1 { "row" } else { "rows" };
                let seconds = ended.elapsed.as_secs_f64();
                self.say(&format!("{} {rows} written ({seconds:.2} seconds)\n", ended.rows));
            }
            OutputForm::Jsonl | OutputForm::Csv => {}
        }
        self.say_malformed(ended.malformed);
        Ok(())
    }

    fn failed(&mut self, statement: usize, failure: &Failure, text: &str) -> Result<()> {
        // What was drawn of a table stands; its end does not come.
        self.table = None;
        if self.form == OutputForm::Changelog {
            return self.stdout.write(changelog::failed(statement, failure, text).as_bytes());
        }
        self.say(&report::describe(failure, text));
        Ok(())
    }
}
