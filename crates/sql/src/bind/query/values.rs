//! VALUES: constant rows, or rows of expressions without columns.

use std::sync::Arc;

use millstream_expr::types::least_restrictive;
use millstream_expr::{DataType, Expr, Field, Kind, Value};

use super::{QueryBinder, cast_to};
use crate::bind::expression::{ExpressionBinder, Scope, fold_constants};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::syntax::ast::Values;

impl QueryBinder<'_> {
    pub(super) fn bind_values(&self, values: &Values, wanted: Option<&[DataType]>) -> Result<Plan> {
        let scope = Scope::empty();
        let mut rows: Vec<Vec<Expr>> = Vec::with_capacity(values.rows.len());
        let width = values.rows.first().map_or(0, Vec::len);
        for row in &values.rows {
            if row.len() != width {
                return Err(Error::invalid(format!(
                    "the rows of VALUES must be of one length: this one has {} values, the first has {width}",
                    row.len()
                ))
                .at(row.last().map_or(values.span, |last| last.span)));
            }
            let bound = row
                .iter()
                .map(|expr| ExpressionBinder::new(&scope, &self.context, "VALUES").bind(expr))
                .collect::<Result<Vec<_>>>()?;
            rows.push(bound);
        }
        let mut schema: Vec<Field> = Vec::with_capacity(width);
        for column in 0..width {
            let types: Vec<&DataType> =
                rows.iter().filter_map(|row| row.get(column)).map(|e| &e.data_type).collect();
            let place =
                || values.rows.first().and_then(|row| row.get(column)).map_or(values.span, |e| e.span);
            let mut data_type = least_restrictive(types.iter().copied()).ok_or_else(|| {
                let kinds: Vec<String> = types.iter().map(|t| t.to_string()).collect();
                Error::invalid(format!(
                    "the values of column {} have no common type: {}",
                    column + 1,
                    listed(kinds)
                ))
                .at(place())
            })?;
            if data_type.kind == Kind::Null {
                let kind = wanted.and_then(|wanted| wanted.get(column)).map(|wanted| wanted.kind.clone());
                let kind = kind.ok_or_else(|| {
                    Error::invalid(
                        "this NULL has no type; write CAST(NULL AS …) with the type it should have",
                    )
                    .at(place())
                })?;
                data_type = DataType::new(kind);
            }
            schema.push(Field::new(format!("EXPR${column}"), data_type));
        }
        self.rows(rows, schema.into())
    }

    /// Constants where all values are; else a union of rows that are computed.
    fn rows(&self, rows: Vec<Vec<Expr>>, schema: Arc<[Field]>) -> Result<Plan> {
        let cast = |row: Vec<Expr>| -> Vec<Expr> {
            row.into_iter()
                .zip(schema.iter())
                .map(|(value, field)| cast_to(value, &field.data_type))
                .collect()
        };
        let rows: Vec<Vec<Expr>> = rows.into_iter().map(cast).collect();
        let constant = |value: &Expr| -> Option<Value> {
            fold_constants(value.clone(), &self.context.time_zone).as_literal().cloned()
        };
        let constants: Option<Vec<Vec<Value>>> =
            rows.iter().map(|row| row.iter().map(constant).collect()).collect();
        if let Some(constants) = constants {
            return Ok(Plan::values(schema, constants));
        }
        let mut inputs: Vec<Plan> = Vec::with_capacity(rows.len());
        for row in rows {
            let columns: Vec<_> = schema.iter().map(|field| field.name.clone()).zip(row).collect();
            inputs.push(Plan { schema: schema.clone(), ..Plan::project(Plan::single_row(), columns) });
        }
        match (inputs.len(), inputs.pop()) {
            (1, Some(only)) => Ok(only),
            (_, Some(last)) => {
                inputs.push(last);
                Ok(Plan::union_all(inputs, schema))
            }
            (_, None) => Err(Error::internal("VALUES without rows")),
        }
    }
}

/// The different texts among these, in order.
fn listed(mut texts: Vec<String>) -> String {
    texts.sort_unstable();
    texts.dedup();
    texts.join(", ")
}
