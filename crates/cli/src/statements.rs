//! The statements of a script, one after another.

use millstream_sql::syntax::ast::Statement;
use millstream_sql::syntax::{self, SyntaxError};

use crate::session::{Failure, Phase};

/// The statements of `text`, in order. One that does not parse is a failure; the next one begins behind its `;`.
pub fn of(text: &str) -> impl Iterator<Item = Result<Statement, Failure>> {
    syntax::statements(text).map(|statement| statement.map_err(failure))
}

fn failure(error: SyntaxError) -> Failure {
    Failure { phase: Phase::Parse, kind: "invalid", message: error.to_string(), place: Some(error.span) }
}
