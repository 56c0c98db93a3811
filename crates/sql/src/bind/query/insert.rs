//! INSERT INTO: a query whose columns are brought to those of a table.

use std::sync::Arc;

use millstream_expr::types::implicitly_castable;
use millstream_expr::{CastMode, DataType, Expr, Field, Value};

use super::table::option_hints;
use super::{QueryBinder, cast_to, unique_names};
use crate::bind::expression::{ExpressionBinder, Scope, fold_constants};
use crate::catalog::{Relation, Table, TableColumn};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::plan::{Insert, Plan};
use crate::syntax::ast;

/// Where the value of a written column comes from.
enum Source {
    /// A column of the query.
    Query(usize),
    /// A constant of PARTITION.
    Constant(Expr),
    /// Nothing is written: NULL.
    Nothing,
}

impl QueryBinder<'_> {
    /// The plan of an INSERT.
    ///
    /// # Errors
    /// When the table cannot be written to, the query is wrong, or its columns do not fit those of the table.
    pub(crate) fn bind_insert(&mut self, insert: &ast::Insert) -> Result<Insert> {
        if insert.upsert {
            return Err(Error::unsupported("UPSERT INTO is not supported; write INSERT INTO").at(insert.span));
        }
        let name = &insert.table.name;
        let (_, relation) = self.catalogs.resolve(name)?;
        let table = match relation {
            Relation::Table(table) => Arc::clone(table),
            Relation::View(view) => {
                return Err(Error::invalid(format!(
                    "'{}' is a view and cannot be written to",
                    view.path.name
                ))
                .at(name.span()));
            }
        };
        if table.distribution.is_some() {
            return Err(Error::unsupported(format!(
                "table '{}' is DISTRIBUTED into buckets, and no connector here writes buckets",
                table.path.name
            ))
            .at(name.span()));
        }
        let columns: Vec<&TableColumn> = table.persisted_columns().collect();
        let sources = self.sources(insert, &table, &columns)?;
        // What the query's columns go to, in the query's order.
        let mut goals: Vec<(usize, DataType)> = sources
            .iter()
            .zip(&columns)
            .filter_map(|(source, column)| match source {
                Source::Query(at) => Some((*at, column.data_type.clone())),
                Source::Constant(_) | Source::Nothing => None,
            })
            .collect();
        goals.sort_by_key(|(at, _)| *at);
        let wanted: Vec<DataType> = goals.into_iter().map(|(_, data_type)| data_type).collect();
        let query = self.bind_query(&insert.source, true, Some(&wanted))?;
        self.check_size(&query, insert.source.span)?;
        if query.schema.len() != wanted.len() {
            return Err(mismatch(&table, "Different number of columns.", &query, &sources, &columns)
                .at(insert.source.span));
        }
        let mut written = Vec::with_capacity(columns.len());
        for (position, column) in columns.iter().enumerate() {
            let source = sources.get(position).ok_or_else(|| Error::internal("a column is lost"))?;
            let expression = match source {
                Source::Nothing => Expr::literal(Value::Null, column.data_type.kind.clone()),
                Source::Constant(constant) => constant.clone(),
                Source::Query(at) => {
                    let value = query.column(*at).ok_or_else(|| Error::internal("a column is lost"))?;
                    let nullable = column.data_type.clone().with_nullable(true);
                    if !implicitly_castable(&value.data_type, &nullable) {
                        let cause = format!(
                            "Incompatible types for sink column '{}' at position {position}.",
                            column.name
                        );
                        return Err(
                            mismatch(&table, &cause, &query, &sources, &columns).at(insert.source.span)
                        );
                    }
                    cast_to(value, &column.data_type)
                }
            };
            written.push((column.name.clone(), expression));
        }
        let is_as_it_is = query.schema.len() == written.len()
            && written.iter().enumerate().all(|(at, (name, e))| {
                query.column(at).as_ref() == Some(e) && query.schema.get(at).is_some_and(|f| f.name == *name)
            });
        let plan = if is_as_it_is { query } else { Plan::project(query, written) };
        let options = option_hints(&table, &insert.table.hints, self.config)?;
        let table =
            if options == table.options { table } else { Arc::new(Table { options, ..(*table).clone() }) };
        Ok(Insert { table, overwrite: insert.overwrite, query: plan })
    }

    /// For each column that is written, where its values come from.
    fn sources(&self, insert: &ast::Insert, table: &Table, columns: &[&TableColumn]) -> Result<Vec<Source>> {
        let mut constants: Vec<Option<Expr>> = columns.iter().map(|_| None).collect();
        for partition in &insert.partition {
            let at = target(table, columns, &partition.name)?;
            if !table.partition_keys.iter().any(|key| **key == *partition.name.value) {
                let keys = match table.partition_keys.as_slice() {
                    [] => "it is not partitioned".to_owned(),
                    keys => format!("its partition columns are {}", keys.join(", ")),
                };
                return Err(Error::invalid(format!(
                    "'{}' is no partition column of table '{}'; {keys}",
                    partition.name.value, table.path.name
                ))
                .at(partition.name.span));
            }
            let Some(value) = &partition.value else {
                return Err(Error::invalid(format!(
                    "PARTITION needs a value for '{}'; leave the column out where the query gives it",
                    partition.name.value
                ))
                .at(partition.name.span));
            };
            if let (Some(place), Some(column)) = (constants.get_mut(at), columns.get(at)) {
                *place = Some(self.partition_constant(value, column)?);
            }
        }
        let mut next = 0_usize..;
        let mut from_query = || Source::Query(next.next().unwrap_or(usize::MAX));
        if insert.columns.is_empty() {
            return Ok(constants
                .into_iter()
                .map(|constant| constant.map_or_else(&mut from_query, Source::Constant))
                .collect());
        }
        let mut sources: Vec<Source> = constants
            .into_iter()
            .map(|constant| constant.map_or(Source::Nothing, Source::Constant))
            .collect();
        for name in &insert.columns {
            let Some(simple) = name.as_simple() else {
                return Err(Error::unsupported("only whole columns can be written, not fields of ROWs")
                    .at(name.span()));
            };
            let at = target(table, columns, simple)?;
            match sources.get_mut(at) {
                Some(place @ Source::Nothing) => *place = from_query(),
                _ => {
                    return Err(
                        Error::invalid(format!("column '{}' is written twice", simple.value)).at(simple.span)
                    );
                }
            }
        }
        for (source, column) in sources.iter().zip(columns) {
            if matches!(source, Source::Nothing) && !column.data_type.nullable {
                let place = insert.columns.last().map_or(insert.span, ast::ObjectName::span);
                return Err(Error::invalid(format!(
                    "column '{}' is NOT NULL and must be among the columns that are written",
                    column.name
                ))
                .at(place));
            }
        }
        Ok(sources)
    }

    /// The value of a static partition, in the type of its column.
    fn partition_constant(&self, value: &ast::Expr, column: &TableColumn) -> Result<Expr> {
        let scope = Scope::empty();
        let bound = ExpressionBinder::new(&scope, &self.context, "PARTITION").bind(value)?;
        let nullable = bound.data_type.nullable;
        let wanted = column.data_type.clone().with_nullable(nullable);
        let cast = Expr::cast(bound, wanted, CastMode::Fail);
        let folded = fold_constants(cast, &self.context.time_zone);
        match folded.as_literal() {
            Some(_) => Ok(folded),
            None => Err(Error::invalid(format!(
                "the partition value of '{}' is no constant of type {}",
                column.name, column.data_type
            ))
            .at(value.span)),
        }
    }
}

/// The position of a column among those that can be written.
fn target(table: &Table, columns: &[&TableColumn], name: &ast::Ident) -> Result<usize> {
    columns.iter().position(|column| *column.name == *name.value).ok_or_else(|| {
        let why = if table.columns.iter().any(|column| *column.name == *name.value) {
            format!(
                "column '{}' of table '{}' is computed or virtual and cannot be written to",
                name.value, table.path.name
            )
        } else {
            let hint = did_you_mean(&name.value, columns.iter().map(|column| &column.name));
            format!("column '{}' not found in table '{}'{hint}", name.value, table.path.name)
        };
        Error::invalid(why).at(name.span)
    })
}

/// The error for a query that does not fit the table, with both schemas.
fn mismatch(table: &Table, cause: &str, query: &Plan, sources: &[Source], columns: &[&TableColumn]) -> Error {
    let shown = |fields: &[Field]| {
        let columns: Vec<String> = fields.iter().map(|f| format!("{}: {}", f.name, f.data_type)).collect();
        format!("[{}]", columns.join(", "))
    };
    // What stands in the sink may always be NULL as far as types go: NOT NULL is enforced row by row.
    let sink: Vec<Field> = sources
        .iter()
        .zip(columns)
        .filter(|(source, _)| matches!(source, Source::Query(_)))
        .map(|(_, column)| Field {
            name: column.name.clone(),
            data_type: column.data_type.clone().with_nullable(true),
        })
        .collect();
    Error::invalid(format!(
        "Column types of query result and sink for '{}' do not match.\nCause: {cause}\n\nQuery schema: {}\nSink schema:  {}",
        table.path,
        shown(&unique_names(&query.schema)),
        shown(&sink)
    ))
}
