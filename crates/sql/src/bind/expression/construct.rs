//! ROW, ARRAY and MAP values, and what is taken out of them.

use millstream_expr::types::Kind;
use millstream_expr::{Expr, Value};

use super::{ExpressionBinder, refuse_untyped_null, scope, span_of};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::syntax::ast;

impl ExpressionBinder<'_> {
    pub(super) fn bind_constructor(&mut self, name: &str, members: &[ast::Expr]) -> Result<Expr> {
        let bound = self.bind_all(members)?;
        if name == "ROW" {
            for (field, written) in bound.iter().zip(members) {
                refuse_untyped_null(field).map_err(|error| error.at(written.span))?;
            }
        }
        if bound.is_empty() {
            return Err(Error::invalid(format!(
                "an empty {name} has no type; cast a NULL to the type in its place"
            )));
        }
        self.operator(name, bound).map_err(|error| match span_of(members) {
            Some(span) => error.at(span),
            None => error,
        })
    }

    /// `a[i]`: an element of an ARRAY (from 1), the value of a MAP's key, a field of a ROW by name or position (from 1).
    pub(super) fn bind_item(&mut self, base: &ast::Expr, index: &ast::Expr) -> Result<Expr> {
        let base = self.bind(base)?;
        let position = self.bind(index)?;
        let Kind::Row(fields) = &base.data_type.kind else {
            refuse_untyped_null(&position).map_err(|error| error.at(index.span))?;
            return self.operator("ITEM", vec![base, position]);
        };
        let found = match position.as_literal() {
            Some(Value::String(name)) => {
                let mend = did_you_mean(name, fields.iter().map(|f| f.name.as_ref()));
                fields.iter().position(|f| f.name == *name).ok_or_else(|| {
                    Error::invalid(format!("field '{name}' not found in {}{mend}", base.data_type))
                        .at(index.span)
                })?
            }
            Some(Value::Int(number)) => usize::try_from(*number)
                .ok()
                .and_then(|number| number.checked_sub(1))
                .filter(|number| *number < fields.len())
                .ok_or_else(|| {
                    Error::invalid(format!("{} has fields 1 to {}", base.data_type, fields.len()))
                        .at(index.span)
                })?,
            _ => {
                let message = "a field of a ROW is named by a literal, for its type must be known";
                return Err(Error::invalid(message).at(index.span));
            }
        };
        scope::field(base, found)
            .map(|(_, field)| field)
            .ok_or_else(|| Error::internal("a ROW without its fields"))
    }
}
