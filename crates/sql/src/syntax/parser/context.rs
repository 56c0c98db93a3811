//! Where an expression stands decides whether a query may stand there, too.

use super::super::ast::{Expr, Query, Span};
use super::{Parse, Parser};

/// What a place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Expressions; queries in parentheses.
    SubQuery,
    /// Expressions; queries nowhere, not even in parentheses.
    NonQuery,
    /// Expressions; queries even without parentheses, because there is a pair around already.
    NonCursor,
    /// As [`Context::SubQuery`], and cursors: the arguments of a table function.
    Cursor,
    /// As [`Context::NonCursor`], and cursors.
    All,
}

impl Context {
    /// What the place right behind an opening parenthesis takes.
    pub fn parenthesized(self) -> Context {
        match self {
            Self::SubQuery => Self::NonCursor,
            Self::Cursor => Self::All,
            other => other,
        }
    }

    pub fn takes_query(self) -> bool {
        matches!(self, Self::NonCursor | Self::All)
    }

    pub fn takes_cursor(self) -> bool {
        matches!(self, Self::Cursor | Self::All)
    }
}

/// What stands where both can.
pub(super) enum QueryOrExpr {
    Query(Box<Query>),
    Expr(Expr),
}

impl Parser<'_> {
    /// Refuses a query where the context takes none.
    pub(super) fn check_query(&self, context: Context, span: Span) -> Parse<()> {
        if context.takes_query() {
            Ok(())
        } else if context == Context::NonQuery {
            self.refuse(span, "a query cannot stand here", None)
        } else {
            self.refuse(span, "a query cannot stand here without parentheses", Some("put it in parentheses"))
        }
    }
}
