//! From a draft to a table: names resolved, types derived, rules checked.

use std::collections::HashSet;
use std::sync::Arc;

use millstream_expr::{DataType, Expr, ExprKind, Field, Kind};

use super::draft::{Draft, DraftColumn, DraftKind};
use crate::bind::expression::{BindContext, ExpressionBinder, Scope};
use crate::catalog::{Computed, ObjectPath, Table, TableColumn, TableColumnKind, Watermark};
use crate::error::{Error, Result};
use crate::names::did_you_mean;

/// The finest time that a time attribute may have: milliseconds.
const ROWTIME_PRECISION_MAX: u8 = 3;

/// Columns of a table at the most.
const COLUMNS_MAX: usize = 10_000;

/// The table that a draft declares.
///
/// # Errors
/// When it breaks a rule; the error has the place of what breaks it.
pub(super) fn build(path: ObjectPath, draft: Draft, context: &BindContext) -> Result<Table> {
    if draft.columns.is_empty() {
        return Err(Error::invalid(format!(
            "table '{}' needs columns: CREATE TABLE t (a INT, …)",
            path.name
        )));
    }
    if draft.columns.len() > COLUMNS_MAX {
        return Err(Error::invalid(format!("a table has {COLUMNS_MAX} columns at the most")));
    }
    check_keys(&draft)?;
    let in_key = |name: &Arc<str>| draft.primary_key.as_ref().is_some_and(|key| key.columns.contains(name));

    // Computed columns see the others; the watermark sees all.
    let declared: Vec<(usize, Field)> = draft
        .columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| {
            let data_type = match &column.kind {
                DraftKind::Physical(data_type) => {
                    data_type.clone().with_nullable(data_type.nullable && !in_key(&column.name))
                }
                DraftKind::Metadata { data_type, .. } => data_type.clone(),
                DraftKind::Computed(_) => return None,
            };
            Some((index, Field { name: column.name.clone(), data_type }))
        })
        .collect();
    let fields: Vec<Field> = declared.iter().map(|(_, field)| field.clone()).collect();
    let scope = Scope::relation(Vec::new(), &fields);
    let mut columns = Vec::with_capacity(draft.columns.len());
    for (index, column) in draft.columns.iter().enumerate() {
        let known = declared.iter().find(|(at, _)| *at == index).map(|(_, field)| field.data_type.clone());
        columns.push(build_column(column, known, &scope, &declared, context)?);
    }
    let watermark = match &draft.watermark {
        Some(_) => Some(build_watermark(&draft, &columns, context)?),
        None => None,
    };
    let (primary_key, primary_key_name) = match draft.primary_key {
        Some(key) => (key.columns, Some(key.name)),
        None => (Vec::new(), None),
    };
    Ok(Table {
        path,
        columns,
        primary_key,
        primary_key_name,
        watermark,
        distribution: draft.distribution,
        partition_keys: draft.partition_keys.into_iter().map(|(key, _)| key).collect(),
        options: draft.options,
        comment: draft.comment,
    })
}

fn build_column(
    column: &DraftColumn,
    known: Option<DataType>,
    scope: &Scope,
    declared: &[(usize, Field)],
    context: &BindContext,
) -> Result<TableColumn> {
    let (data_type, kind) = match (&column.kind, known) {
        (DraftKind::Computed(written), _) => {
            let bound = ExpressionBinder::new(scope, context, "a computed column")
                .bind_typed(written)
                .map_err(|e| in_column(e, column))?;
            let expression = bound.transform(&mut |part| match part.kind {
                ExprKind::Column(at) => match declared.get(at) {
                    Some((index, _)) => Ok(Expr::column(*index, part.data_type)),
                    None => Err(Error::internal("a computed column reads a column that is none")),
                },
                _ => Ok(part),
            })?;
            let data_type = expression.data_type.clone();
            (data_type, TableColumnKind::Computed(Computed { written: written.clone(), expression }))
        }
        (DraftKind::Physical(_), Some(data_type)) => (data_type, TableColumnKind::Physical),
        (DraftKind::Metadata { key, is_virtual, .. }, Some(data_type)) => {
            (data_type, TableColumnKind::Metadata { key: key.clone(), is_virtual: *is_virtual })
        }
        _ => return Err(Error::internal("a column without a type")),
    };
    if !data_type_is_storable(&data_type) {
        return Err(
            Error::invalid(format!("column '{}' cannot be of type {data_type}", column.name)).at(column.span)
        );
    }
    Ok(TableColumn { name: column.name.clone(), data_type, kind, comment: column.comment.clone() })
}

/// An error in the expression of a column. If the column is not written in this statement, its places mean nothing here.
fn in_column(error: Error, column: &DraftColumn) -> Error {
    let place = match error.span {
        Some(span) if span.start >= column.span.start && span.end <= column.span.end => span,
        _ => column.span,
    };
    Error {
        message: format!("computed column '{}': {}", column.name, error.message),
        span: Some(place),
        ..error
    }
}

fn data_type_is_storable(data_type: &DataType) -> bool {
    data_type.kind != Kind::Null
}

fn build_watermark(draft: &Draft, columns: &[TableColumn], context: &BindContext) -> Result<Watermark> {
    let Some(written) = &draft.watermark else { return Err(Error::internal("a watermark is lost")) };
    let Some(column) = columns.iter().position(|column| column.name == written.column) else {
        let hint = did_you_mean(&written.column, columns.iter().map(|column| &column.name));
        return Err(Error::invalid(format!(
            "column '{}', of which a watermark is declared, not found{hint}",
            written.column
        ))
        .at(written.span));
    };
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| Field { name: column.name.clone(), data_type: column.data_type.clone() })
        .collect();
    if let Some(field) = fields.get(column) {
        check_rowtime(&field.data_type, "the column of a watermark").map_err(|e| e.at(written.span))?;
    }
    let scope = Scope::relation(Vec::new(), &fields);
    let expression = ExpressionBinder::new(&scope, context, "WATERMARK")
        .bind_typed(&written.written)
        .map_err(|e| match e.span {
            Some(span) if span.start >= written.span.start => e,
            _ => Error { span: Some(written.span), ..e },
        })?;
    check_rowtime(&expression.data_type, "a watermark").map_err(|e| e.at(written.written.span))?;
    Ok(Watermark { column, written: written.written.clone(), expression })
}

fn check_rowtime(data_type: &DataType, what: &str) -> Result<()> {
    match data_type.kind {
        Kind::Timestamp { precision } | Kind::TimestampLtz { precision }
            if precision <= ROWTIME_PRECISION_MAX =>
        {
            Ok(())
        }
        _ => Err(Error::invalid(format!(
            "{what} must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to {ROWTIME_PRECISION_MAX}, not {data_type}"
        ))),
    }
}

/// The columns of keys exist, are stored, and stand there once.
fn check_keys(draft: &Draft) -> Result<()> {
    let find = |name: &Arc<str>| draft.columns.iter().find(|column| column.name == *name);
    let hint = |name: &Arc<str>| did_you_mean(name, draft.columns.iter().map(|column| &column.name));
    if let Some(key) = &draft.primary_key {
        let mut seen = HashSet::new();
        for name in &key.columns {
            match find(name) {
                Some(DraftColumn { kind: DraftKind::Physical(_), .. }) => {}
                Some(_) => {
                    return Err(Error::invalid(format!(
                        "column '{name}' cannot be part of the primary key: it is not stored"
                    ))
                    .at(key.span));
                }
                None => {
                    return Err(Error::invalid(format!(
                        "primary key column '{name}' not found{}",
                        hint(name)
                    ))
                    .at(key.span));
                }
            }
            if !seen.insert(name) {
                return Err(
                    Error::invalid(format!("column '{name}' stands in the primary key twice")).at(key.span)
                );
            }
        }
    }
    let mut seen = HashSet::new();
    for (name, span) in &draft.partition_keys {
        match find(name) {
            Some(DraftColumn { kind: DraftKind::Computed(_), .. }) => {
                return Err(Error::invalid(format!(
                    "column '{name}' cannot be a partition column: it is computed"
                ))
                .at(*span));
            }
            Some(_) => {}
            None => {
                return Err(
                    Error::invalid(format!("partition column '{name}' not found{}", hint(name))).at(*span)
                );
            }
        }
        if !seen.insert(name) {
            return Err(Error::invalid(format!("column '{name}' stands in PARTITIONED BY twice")).at(*span));
        }
    }
    for name in draft.distribution.iter().flat_map(|distribution| &distribution.columns) {
        if find(name).is_none() {
            return Err(Error::invalid(format!("column '{name}' of DISTRIBUTED BY not found{}", hint(name))));
        }
    }
    Ok(())
}
