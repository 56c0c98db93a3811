//! The string functions that have words between their arguments.

use millstream_expr::Expr;

use super::{ExpressionBinder, word};
use crate::error::Result;
use crate::syntax::ast::{self, TrimSide};

impl ExpressionBinder<'_> {
    pub(super) fn bind_trim(
        &mut self,
        side: TrimSide,
        characters: Option<&ast::Expr>,
        from: &ast::Expr,
    ) -> Result<Expr> {
        let side = match side {
            TrimSide::Both => "BOTH",
            TrimSide::Leading => "LEADING",
            TrimSide::Trailing => "TRAILING",
        };
        let characters = match characters {
            Some(characters) => self.bind(characters)?,
            None => word(" "),
        };
        let from = self.bind(from)?;
        self.operator("TRIM", vec![word(side), characters, from])
    }

    /// A call of `name` with those of the parts that are there.
    pub(super) fn bind_parts(&mut self, name: &str, parts: &[Option<&ast::Expr>]) -> Result<Expr> {
        let arguments = parts.iter().flatten().map(|part| self.bind(part)).collect::<Result<_>>()?;
        self.operator(name, arguments)
    }
}
