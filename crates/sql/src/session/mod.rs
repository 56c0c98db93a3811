//! A session: what statements see and change, and what is left to do for each of them.
//!
//! [`Session::plan`] takes a statement, changes the catalog or the configuration where the statement
//! says so, and gives back an [`Action`]: rows to show, a plan to run, or nothing. What it must know of the
//! world outside (whether an input ends, how a connector will read it) it asks its [`Environment`].

mod settings;

use std::sync::Arc;

use millstream_expr::{Field, Value};

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
        let _ = environment;
        match &statement.kind {
            StatementKind::Set(option) => self.set(option.as_ref(), statement.span),
            StatementKind::Reset(key) => Ok(self.reset(key.as_deref())),
            StatementKind::Client(command) => Ok(Action::Client(*command)),
            _ => Err(Error::unsupported("this statement cannot run yet").at(statement.span)),
        }
    }

    /// As [`Session::plan`]; but a statement that would run gives the text of EXPLAIN in place of its plan.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub fn explain(&mut self, statement: &Statement, environment: &dyn Environment) -> Result<Action> {
        self.plan(statement, environment)
    }
}
