//! What the binder says of an expression over the table: its type, or that it is refused.

use millstream_expr::types::{DataType, Field};
use millstream_sql::config::Configuration;
use millstream_sql::plan::Scan;
use millstream_sql::session::{Action, Environment, Session};
use millstream_sql::syntax;

/// A session in which the table is known.
pub struct Planner {
    session: Session,
}

struct Nowhere;

impl Environment for Nowhere {
    fn is_bounded(&self, _: &Scan, _: &Configuration) -> millstream_sql::Result<bool> {
        Ok(true)
    }

    fn describe(&self, _: &Scan, _: &Configuration) -> millstream_sql::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

impl Planner {
    /// A session after this CREATE TABLE.
    ///
    /// # Errors
    /// When the statement is wrong.
    pub fn new(definition: &str) -> Result<Self, String> {
        let mut planner = Self { session: Session::new() };
        planner.plan(definition)?;
        Ok(planner)
    }

    /// The columns of the table.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn columns(&mut self) -> Result<Vec<Field>, String> {
        self.schema("SELECT * FROM edge")
    }

    /// The type of an expression; none if it is refused.
    pub fn type_of(&mut self, expression: &str) -> Option<DataType> {
        let schema = self.schema(&format!("SELECT {expression} AS v FROM edge")).ok()?;
        schema.into_iter().next().map(|field| field.data_type)
    }

    fn schema(&mut self, query: &str) -> Result<Vec<Field>, String> {
        match self.plan(query)? {
            Action::Query(plan) => Ok(plan.schema.to_vec()),
            _ => Err("not a query".to_owned()),
        }
    }

    fn plan(&mut self, text: &str) -> Result<Action, String> {
        let statements = syntax::parse(text).map_err(|error| error.to_string())?;
        let statement = statements.first().ok_or("no statement")?;
        self.session.plan(statement, &Nowhere).map_err(|error| error.to_string())
    }
}
