//! DESCRIBE and SHOW COLUMNS.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_expr::functions::{self, Determinism, Module};
use millstream_expr::{DataType, Field, Kind, Value, aggregate};

use super::name_filter::shows;
use super::show::text_column;
use super::{Action, Rows, Session};
use crate::catalog::{Relation, Table, TableColumn, TableColumnKind};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::syntax::ast::{self, DescribeTarget, LikeFilter, ObjectName};

impl Session {
    pub(super) fn describe(&self, target: &DescribeTarget) -> Result<Action> {
        let rows = match target {
            // EXTENDED adds nothing: there is nothing else that is known.
            DescribeTarget::Table { name, .. } => self.show_columns(name, None)?,
            DescribeTarget::Catalog { extended, name } => {
                let catalog = self.catalogs.catalog(name)?;
                describe_object(&name.value, catalog.comment.as_deref(), &catalog.options, *extended)
            }
            DescribeTarget::Database { extended, name } => {
                let database = self.catalogs.database(name)?;
                let own = &name.last().value;
                describe_object(own, database.comment.as_deref(), &database.options, *extended)
            }
            DescribeTarget::Function { extended, name } => {
                describe_function(name, *extended, &self.modules.used())?
            }
            DescribeTarget::Model { name, .. } => {
                return Err(Error::unsupported("models are not supported").at(name.span()));
            }
            DescribeTarget::TableColumn { name, column } => {
                let mut rows = self.show_columns(name, None)?;
                if let Some(column) = column {
                    rows.rows.retain(
                        |row| matches!(row.first(), Some(Value::String(name)) if **name == *column.value),
                    );
                    if rows.rows.is_empty() {
                        let message =
                            format!("column '{}' not found in '{}'", column.value, name.last().value);
                        return Err(Error::invalid(message).at(column.span));
                    }
                }
                rows
            }
            DescribeTarget::Statement(statement) => {
                return Err(Error::invalid("DESCRIBE takes no statement; write EXPLAIN").at(statement.span));
            }
            DescribeTarget::Job(_) => {
                return Err(Error::unsupported(
                    "DESCRIBE JOB: a job here ends with the statements that started it",
                ));
            }
        };
        Ok(Action::Rows(rows))
    }

    /// The columns of a table or view, one row each.
    pub(super) fn show_columns(&self, name: &ObjectName, like: Option<&LikeFilter>) -> Result<Rows> {
        let (_, relation) = self.catalogs.resolve(name)?;
        let text = |text: Option<String>| text.map_or(Value::Null, |t| Value::from(t.as_str()));
        let mut rows = Vec::new();
        let mut commented = false;
        match relation {
            Relation::Table(table) => {
                commented = table.columns.iter().any(|column| column.comment.is_some());
                for (index, column) in table.columns.iter().enumerate() {
                    let key = table.primary_key.contains(&column.name);
                    let watermark = table.watermark.as_ref().filter(|watermark| watermark.column == index);
                    rows.push(vec![
                        Value::String(column.name.clone()),
                        Value::from(type_of(table, index, column).as_str()),
                        Value::Boolean(column.data_type.nullable),
                        text(key.then(|| format!("PRI({})", table.primary_key.join(", ")))),
                        text(column.extras()),
                        text(watermark.map(|watermark| watermark.written.to_string())),
                        text(column.comment.clone()),
                    ]);
                }
            }
            Relation::View(view) => {
                for column in &view.columns {
                    rows.push(vec![
                        Value::String(column.name.clone()),
                        Value::from(column.data_type.kind.to_string().as_str()),
                        Value::Boolean(column.data_type.nullable),
                        Value::Null,
                        Value::Null,
                        Value::Null,
                        Value::Null,
                    ]);
                }
            }
        }
        let mut schema = vec![
            text_column("name"),
            text_column("type"),
            Field::new("null", DataType::new(Kind::Boolean)),
            text_column("key"),
            text_column("extras"),
            text_column("watermark"),
        ];
        if commented {
            schema.push(text_column("comment"));
        }
        rows.retain(|row| matches!(row.first(), Some(Value::String(name)) if shows(like, name)));
        rows.iter_mut().for_each(|row| row.truncate(schema.len()));
        Ok(Rows { schema: schema.into(), rows })
    }
}

/// A column's type without its nullability, and whether it is a time attribute.
fn type_of(table: &Table, index: usize, column: &TableColumn) -> String {
    let attribute = if table.watermark.as_ref().is_some_and(|watermark| watermark.column == index) {
        " *ROWTIME*"
    } else if matches!(&column.kind, TableColumnKind::Computed(c) if is_proctime(&c.written)) {
        " *PROCTIME*"
    } else {
        ""
    };
    format!("{}{attribute}", column.data_type.kind)
}

fn is_proctime(written: &ast::Expr) -> bool {
    let ast::ExprKind::Call(call) = &written.kind else { return false };
    call.name.as_simple().is_some_and(|name| name.value.eq_ignore_ascii_case("PROCTIME"))
}

fn describe_object(
    name: &str,
    comment: Option<&str>,
    options: &BTreeMap<String, String>,
    extended: bool,
) -> Rows {
    let mut pairs = vec![("name".to_owned(), name)];
    if let Some(kind) = options.get("type") {
        pairs.push(("type".to_owned(), kind));
    }
    pairs.push(("comment".to_owned(), comment.unwrap_or_default()));
    if extended {
        let others = options.iter().filter(|(key, _)| *key != "type");
        pairs.extend(others.map(|(key, value)| (format!("option:{key}"), value.as_str())));
    }
    info(pairs)
}

fn describe_function(name: &ObjectName, extended: bool, modules: &[Module]) -> Result<Rows> {
    let own = &name.last().value;
    let mut pairs = vec![("is system function".to_owned(), "true"), ("is temporary".to_owned(), "false")];
    let signatures;
    let scalar = |module: &Module| module.lookup(own).or_else(|| module.table_function(own));
    if let Some(function) = modules.iter().find_map(scalar) {
        signatures = function.signatures.join("\n");
        if extended {
            let pure = function.determinism == Determinism::Pure;
            let is_table = modules.iter().any(|module| module.table_function(own).is_some());
            pairs.push(("kind".to_owned(), if is_table { "TABLE" } else { "SCALAR" }));
            pairs.push(("is deterministic".to_owned(), if pure { "true" } else { "false" }));
            pairs.push(("supports constant folding".to_owned(), if pure { "true" } else { "false" }));
            pairs.push(("signature".to_owned(), &signatures));
        }
    } else if let Some(function) = modules.iter().find_map(|m| aggregate::lookup_in(*m, own)) {
        signatures = function.signatures.join("\n");
        if extended {
            pairs.push(("kind".to_owned(), "AGGREGATE"));
            pairs.push(("signature".to_owned(), &signatures));
        }
    } else {
        let names = functions::all().map(|f| f.name).chain(aggregate::all().map(|f| f.name));
        let hint = did_you_mean(own, names);
        return Err(Error::invalid(format!("function '{own}' not found{hint}")).at(name.span()));
    }
    Ok(info(pairs))
}

fn info<'a>(pairs: impl IntoIterator<Item = (String, &'a str)>) -> Rows {
    let schema: Arc<[Field]> = [text_column("info name"), text_column("info value")].into();
    let rows = pairs.into_iter().map(|(k, v)| vec![Value::from(k.as_str()), Value::from(v)]).collect();
    Rows { schema, rows }
}
