//! A session: what statements see and change, and what is left to do for each of them.
//!
//! [`Session::plan`] takes a statement, changes the catalog or the configuration where the statement
//! says so, and gives back an [`Action`]: rows to show, a plan to run, or nothing. What it must know of the
//! world outside (whether an input ends, how a connector will read it) it asks its [`Environment`].

mod describe;
mod drop;
mod modules;
mod name_filter;
mod objects;
mod settings;
mod show;
mod show_create;
mod table;
mod view;
mod work;

use std::sync::Arc;

use millstream_expr::{Field, Value};

pub use modules::Modules;

use crate::catalog::Catalogs;
use crate::config::Configuration;
use crate::error::{Error, Result};
use crate::plan::{Insert, Plan, Scan};
use crate::syntax::ast::{ClientCommand, Statement, StatementKind};

/// What a session's statements share.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Tables, views, functions.
    pub catalogs: Catalogs,
    /// What SET has set.
    pub config: Configuration,
    /// The modules whose functions there are.
    pub modules: Modules,
    /// The inserts since BEGIN STATEMENT SET.
    statement_set: Option<Vec<Insert>>,
}

/// What is left to do for a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing: it is done (a definition, SET, USE, an INSERT kept for its statement set).
    Done,
    /// Show these rows.
    Rows(Rows),
    /// Show this text.
    Explain(String),
    /// Run this query and show its rows. The plan is optimised.
    Query(Plan),
    /// Run these inserts as one job: one for INSERT, more for a statement set. Their plans are optimised.
    Insert(Vec<Insert>),
    /// CLEAR, HELP, QUIT: for a prompt.
    Client(ClientCommand),
}

/// Rows that the planner itself answers with.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The columns.
    pub schema: Arc<[Field]>,
    /// The rows; each has a value for each column.
    pub rows: Vec<Vec<Value>>,
}

/// What the planner asks about the world outside.
pub trait Environment {
    /// Whether the rows of a scan come to an end.
    ///
    /// # Errors
    /// When the table's options name no connector, or are wrong.
    fn is_bounded(&self, scan: &Scan, config: &Configuration) -> Result<bool>;

    /// How a scan will be read: lines for EXPLAIN.
    ///
    /// # Errors
    /// When the table's options name no connector, or are wrong.
    fn describe(&self, scan: &Scan, config: &Configuration) -> Result<Vec<String>>;
}

impl Session {
    /// A session with an empty `default_catalog`.`default_database`.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is left to do for a statement, after what is the session's own has been done. A statement that fails
    /// has changed nothing.
    ///
    /// # Errors
    /// When the statement is wrong, or cannot run here. The place is in the text that the statement was parsed from.
    pub fn plan(&mut self, statement: &Statement, environment: &dyn Environment) -> Result<Action> {
        let unsupported = |what: &str| Err(Error::unsupported(what).at(statement.span));
        self.check_statement_set(statement)?;
        match &statement.kind {
            StatementKind::Query(query) => {
                Ok(Action::Query(self.optimized_query(self.bind_statement(query, environment)?)?))
            }
            StatementKind::Insert(insert) => self.insert(insert, environment),
            StatementKind::StatementSet(inserts) => {
                let inserts = self.bind_inserts(inserts, environment)?;
                inserts
                    .into_iter()
                    .map(|i| self.optimized_insert(i))
                    .collect::<Result<_>>()
                    .map(Action::Insert)
            }
            StatementKind::BeginStatementSet => self.begin_statement_set(statement.span).map(done),
            StatementKind::EndStatementSet => self.end_statement_set(statement.span),
            StatementKind::Execute(inner) => self.plan(inner, environment),
            StatementKind::Explain(explain) => {
                self.explain_statement(&explain.statement, &explain.details, environment).map(Action::Explain)
            }
            StatementKind::CreateTable(create) => match self.create_table(create, environment)? {
                Some(insert) => Ok(Action::Insert(vec![self.optimized_insert(insert)?])),
                None => Ok(Action::Done),
            },
            StatementKind::AlterTable(alter) => self.alter_table(alter).map(done),
            StatementKind::CreateView(create) => self.create_view(create).map(done),
            StatementKind::AlterView(alter) => self.alter_view(alter).map(done),
            StatementKind::CreateCatalog(create) => self.create_catalog(create).map(done),
            StatementKind::CreateDatabase(create) => self.create_database(create).map(done),
            StatementKind::AlterCatalog(alter) => self.alter_catalog(alter).map(done),
            StatementKind::AlterDatabase(alter) => self.alter_database(alter).map(done),
            StatementKind::DropTable(drop) => self.drop_table(drop).map(done),
            StatementKind::DropView(drop) => self.drop_view(drop).map(done),
            StatementKind::DropFunction(drop) => drop::drop_function(drop).map(done),
            StatementKind::DropCatalog(drop) => self.drop_catalog(drop).map(done),
            StatementKind::DropDatabase(drop) => self.drop_database(drop).map(done),
            StatementKind::Show(show) => self.show(show, statement.span),
            StatementKind::Describe(target) => self.describe(target),
            StatementKind::Use(target) => self.use_object(target).map(done),
            StatementKind::LoadModule { name, options } => self.modules.load(name, options).map(done),
            StatementKind::UnloadModule(name) => self.modules.unload(name).map(done),
            StatementKind::Set(option) => self.set(option.as_ref(), statement.span),
            StatementKind::Reset(key) => Ok(self.reset(key.as_deref())),
            StatementKind::SetVariable { .. } | StatementKind::ResetVariable { .. } => {
                unsupported("a key of SET and RESET is written in quotes: SET 'key' = 'value'")
            }
            StatementKind::Client(command) => Ok(Action::Client(*command)),
            StatementKind::Update(_) => {
                unsupported("UPDATE is not supported; no connector here changes rows in place")
            }
            StatementKind::Delete(_) => {
                unsupported("DELETE is not supported; no connector here changes rows in place")
            }
            StatementKind::Merge(_) => unsupported("MERGE is not supported"),
            StatementKind::Truncate(_) => {
                unsupported("TRUNCATE TABLE is not supported; INSERT OVERWRITE replaces what a table holds")
            }
            StatementKind::CreateFunction(_) | StatementKind::AlterFunction(_) => unsupported(
                "user-defined functions are not supported; SHOW FUNCTIONS lists the built-in ones",
            ),
            StatementKind::CreateMaterializedTable(_)
            | StatementKind::AlterMaterializedTable(_)
            | StatementKind::DropMaterializedTable(_) => unsupported("materialized tables are not supported"),
            StatementKind::CreateModel(_) | StatementKind::AlterModel(_) | StatementKind::DropModel(_) => {
                unsupported("models are not supported")
            }
            StatementKind::AddJar(_) | StatementKind::RemoveJar(_) => {
                unsupported("JARs cannot be loaded: there is no JVM here")
            }
            StatementKind::StopJob { .. } => {
                unsupported("STOP JOB is not supported: a job here ends with the statements that started it")
            }
            StatementKind::Call(call) => {
                Err(Error::unsupported("procedures are not supported").at(call.name.span()))
            }
            StatementKind::Analyze(_) => {
                unsupported("ANALYZE TABLE is not supported: statistics are not kept")
            }
            StatementKind::CompilePlan(_)
            | StatementKind::ExecutePlan(_)
            | StatementKind::CompileAndExecutePlan { .. } => unsupported("compiled plans are not supported"),
        }
    }

    /// As [`Session::plan`]; but a statement that would run gives the text of EXPLAIN in place of its plan.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub fn explain(&mut self, statement: &Statement, environment: &dyn Environment) -> Result<Action> {
        self.check_statement_set(statement)?;
        match &statement.kind {
            StatementKind::Insert(_) if self.statement_set.is_some() => self.plan(statement, environment),
            StatementKind::Query(_) | StatementKind::Insert(_) | StatementKind::StatementSet(_) => {
                self.explain_statement(statement, &[], environment).map(Action::Explain)
            }
            StatementKind::Execute(inner) => self.explain(inner, environment),
            StatementKind::EndStatementSet => {
                let inserts = self.take_statement_set(statement.span)?;
                self.explain_inserts(inserts, &[], environment).map(Action::Explain)
            }
            StatementKind::CreateTable(create) => match self.create_table(create, environment)? {
                Some(insert) => self.explain_inserts(vec![insert], &[], environment).map(Action::Explain),
                None => Ok(Action::Done),
            },
            _ => self.plan(statement, environment),
        }
    }
}

fn done((): ()) -> Action {
    Action::Done
}
