//! ALTER TABLE: the declaration is changed, and the table built anew.

use std::sync::Arc;

use super::build::build;
use super::draft::{Draft, DraftColumn, column_name, draft_column};
use millstream_expr::Expr;

use crate::catalog::{ObjectPath, Relation, Table, TableColumnKind};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::session::Session;
use crate::session::objects::{reset_options, set_options};
use crate::syntax::ast::{
    AlterElement, AlterTable, AlterTableAction, ColumnDef, ColumnPosition, ObjectName, Span,
};

impl Session {
    pub(in crate::session) fn alter_table(&mut self, statement: &AlterTable) -> Result<()> {
        let place = statement.name.span();
        let path = self.catalogs.object_path(&statement.name)?;
        let temporary = self.catalogs.temporary_relation(&path).is_some();
        let table = match self.catalogs.relation(&path) {
            Some(Relation::Table(table)) => Arc::clone(table),
            Some(Relation::View(_)) => {
                return Err(Error::invalid(format!("'{}' is a view; write ALTER VIEW", path.name)).at(place));
            }
            None if statement.if_exists => return Ok(()),
            None => return Err(self.catalogs.not_found(&path).at(place)),
        };
        if let AlterTableAction::Rename(name) = &statement.action {
            return self.rename_table(&path, &table, name, temporary);
        }
        let mut draft = Draft::of(&table, place);
        change(&mut draft, &table, &statement.action, place)?;
        let table = build(path.clone(), draft, &self.bind_context()).map_err(|e| e.at(place))?;
        self.catalogs.put_relation(&path, Relation::Table(Arc::new(table)), temporary)
    }

    fn rename_table(
        &mut self,
        path: &ObjectPath,
        table: &Table,
        name: &ObjectName,
        temporary: bool,
    ) -> Result<()> {
        let new = match name.as_simple() {
            Some(simple) => ObjectPath { name: Arc::from(simple.value.as_str()), ..path.clone() },
            None => self.catalogs.object_path(name)?,
        };
        if (&new.catalog, &new.database) != (&path.catalog, &path.database) {
            return Err(Error::invalid("a table cannot be renamed into another database").at(name.span()));
        }
        let renamed = Relation::Table(Arc::new(Table { path: new.clone(), ..table.clone() }));
        self.catalogs.create_relation(&new, renamed, temporary).map_err(|e| e.at(name.span()))?;
        self.catalogs.remove_relation(path, temporary);
        Ok(())
    }
}

fn change(draft: &mut Draft, table: &Table, action: &AlterTableAction, place: Span) -> Result<()> {
    match action {
        AlterTableAction::Rename(_) => Err(Error::internal("RENAME TO changes no declaration")),
        AlterTableAction::RenameColumn { from, to } => rename_column(draft, table, from, to),
        AlterTableAction::SetOptions(options) => set_options(&mut draft.options, options),
        AlterTableAction::ResetOptions(keys) => {
            if keys.is_empty() {
                return Err(Error::invalid("RESET needs a key").at(place));
            }
            reset_options(&mut draft.options, keys, "connector", place)
        }
        AlterTableAction::Add(elements) => elements.iter().try_for_each(|element| add(draft, element, table)),
        AlterTableAction::Modify(elements) => {
            elements.iter().try_for_each(|element| modify(draft, element, table))
        }
        AlterTableAction::DropColumns(names) => drop_columns(draft, table, names),
        AlterTableAction::DropPrimaryKey => match draft.primary_key.take() {
            Some(_) => Ok(()),
            None => Err(no_key(table).at(place)),
        },
        AlterTableAction::DropConstraint(name) => match draft.primary_key.take() {
            Some(key) if *key.name == *name.value => Ok(()),
            Some(key) => Err(Error::invalid(format!(
                "constraint '{}' not found in table '{}'; its primary key is '{}'",
                name.value, table.path.name, key.name
            ))
            .at(name.span)),
            None => Err(no_key(table).at(name.span)),
        },
        AlterTableAction::DropWatermark => match draft.watermark.take() {
            Some(_) => Ok(()),
            None => Err(Error::invalid(format!("table '{}' has no watermark", table.path.name)).at(place)),
        },
        AlterTableAction::DropDistribution => match draft.distribution.take() {
            Some(_) => Ok(()),
            None => Err(Error::invalid(format!("table '{}' has no distribution", table.path.name)).at(place)),
        },
        AlterTableAction::AddPartitions { .. } | AlterTableAction::DropPartitions { .. } => {
            Err(Error::unsupported(
                "partitions are not kept in the catalog: those of a table are what its files say",
            )
            .at(place))
        }
    }
}

fn no_key(table: &Table) -> Error {
    Error::invalid(format!("table '{}' has no primary key", table.path.name))
}

fn add(draft: &mut Draft, element: &AlterElement, table: &Table) -> Result<()> {
    match element {
        AlterElement::Column { column, position } => {
            let drafted = draft_column(column)?;
            if draft.position(&drafted.name).is_some() {
                return Err(Error::invalid(format!(
                    "column '{}' is in table '{}' already; MODIFY changes it",
                    drafted.name, table.path.name
                ))
                .at(column.name.span()));
            }
            place_column(draft, drafted, position.as_ref(), None)?;
            draft.add_column_constraint(column)
        }
        AlterElement::Watermark(watermark) => draft.add_watermark(watermark),
        AlterElement::Constraint(constraint) => draft.add_constraint(constraint),
        AlterElement::Distribution(distribution) => {
            if draft.distribution.is_some() {
                return Err(Error::invalid(format!(
                    "table '{}' has a distribution already; MODIFY changes it",
                    table.path.name
                ))
                .at(distribution.span));
            }
            draft.set_distribution(distribution)
        }
    }
}

fn modify(draft: &mut Draft, element: &AlterElement, table: &Table) -> Result<()> {
    match element {
        AlterElement::Column { column, position } => modify_column(draft, column, position.as_ref(), table),
        AlterElement::Watermark(watermark) => {
            if draft.watermark.take().is_none() {
                return Err(Error::invalid(format!(
                    "table '{}' has no watermark; ADD makes one",
                    table.path.name
                ))
                .at(watermark.span));
            }
            draft.add_watermark(watermark)
        }
        AlterElement::Constraint(constraint) => {
            if draft.primary_key.take().is_none() {
                return Err(Error::invalid(format!(
                    "table '{}' has no primary key; ADD makes one",
                    table.path.name
                ))
                .at(constraint.span));
            }
            draft.add_constraint(constraint)
        }
        AlterElement::Distribution(distribution) => {
            if draft.distribution.is_none() {
                return Err(Error::invalid(format!(
                    "table '{}' has no distribution; ADD makes one",
                    table.path.name
                ))
                .at(distribution.span));
            }
            draft.set_distribution(distribution)
        }
    }
}

fn modify_column(
    draft: &mut Draft,
    column: &ColumnDef,
    position: Option<&ColumnPosition>,
    table: &Table,
) -> Result<()> {
    let mut drafted = draft_column(column)?;
    let Some(at) = draft.position(&drafted.name) else {
        return Err(no_column(draft, table, &drafted.name).at(column.name.span()));
    };
    let old = draft.columns.remove(at);
    drafted.comment = drafted.comment.or(old.comment);
    place_column(draft, drafted, position, Some(at))?;
    draft.add_column_constraint(column)
}

/// Puts a column where it is said to be; else at `default`; else at the end.
fn place_column(
    draft: &mut Draft,
    column: DraftColumn,
    position: Option<&ColumnPosition>,
    default: Option<usize>,
) -> Result<()> {
    let at = match position {
        Some(ColumnPosition::First) => 0,
        Some(ColumnPosition::After(name)) => {
            let wanted = column_name(name)?;
            let known = draft.position(&wanted);
            known.map(|at| at + 1).ok_or_else(|| {
                let hint = did_you_mean(&wanted, draft.columns.iter().map(|c| &c.name));
                Error::invalid(format!(
                    "column '{wanted}', behind which another should stand, not found{hint}"
                ))
                .at(name.span())
            })?
        }
        None => default.unwrap_or(draft.columns.len()),
    };
    draft.columns.insert(at.min(draft.columns.len()), column);
    Ok(())
}

fn rename_column(draft: &mut Draft, table: &Table, from: &ObjectName, to: &ObjectName) -> Result<()> {
    let (old, new) = (column_name(from)?, column_name(to)?);
    let Some(at) = draft.position(&old) else { return Err(no_column(draft, table, &old).at(from.span())) };
    if draft.position(&new).is_some() {
        return Err(
            Error::invalid(format!("column '{new}' is in table '{}' already", table.path.name)).at(to.span())
        );
    }
    refuse_references(draft, table, &old, from.span(), "renamed")?;
    if let Some(column) = draft.columns.get_mut(at) {
        column.name = new.clone();
    }
    for key in draft.primary_key.iter_mut().flat_map(|key| &mut key.columns) {
        if *key == old {
            *key = new.clone();
        }
    }
    Ok(())
}

fn drop_columns(draft: &mut Draft, table: &Table, names: &[ObjectName]) -> Result<()> {
    let mut dropped: Vec<(Arc<str>, Span)> = Vec::with_capacity(names.len());
    for name in names {
        let column = column_name(name)?;
        if dropped.iter().any(|(known, _)| *known == column) {
            return Err(Error::invalid(format!("column '{column}' is dropped twice")).at(name.span()));
        }
        let Some(at) = draft.position(&column) else {
            return Err(no_column(draft, table, &column).at(name.span()));
        };
        draft.columns.remove(at);
        dropped.push((column, name.span()));
    }
    // What is computed from a column may be dropped together with it.
    for (column, span) in &dropped {
        if draft.primary_key.as_ref().is_some_and(|key| key.columns.contains(column)) {
            return Err(Error::invalid(format!(
                "column '{column}' is part of the primary key and cannot be dropped"
            ))
            .at(*span));
        }
        refuse_references(draft, table, column, *span, "dropped")?;
    }
    Ok(())
}

/// Refuses to touch a column of `table` by whose name something that is left in the draft knows it.
fn refuse_references(draft: &Draft, table: &Table, column: &Arc<str>, place: Span, what: &str) -> Result<()> {
    let by = |user: String| {
        Err(Error::invalid(format!("column '{column}' is used by {user} and cannot be {what}")).at(place))
    };
    let at = table.columns.iter().position(|known| known.name == *column);
    let reads = |expression: &Expr| at.is_some_and(|at| expression.columns().contains(&at));
    for other in &table.columns {
        if let TableColumnKind::Computed(computed) = &other.kind
            && draft.position(&other.name).is_some()
            && reads(&computed.expression)
        {
            return by(format!("computed column '{}'", other.name));
        }
    }
    if let Some(watermark) = &table.watermark
        && draft.watermark.is_some()
        && (Some(watermark.column) == at || reads(&watermark.expression))
    {
        return by("the watermark".to_owned());
    }
    if draft.partition_keys.iter().any(|(key, _)| key == column) {
        return by("PARTITIONED BY".to_owned());
    }
    if draft.distribution.iter().any(|distribution| distribution.columns.contains(column)) {
        return by("DISTRIBUTED BY".to_owned());
    }
    Ok(())
}

fn no_column(draft: &Draft, table: &Table, name: &str) -> Error {
    let hint = did_you_mean(name, draft.columns.iter().map(|column| &column.name));
    Error::invalid(format!("column '{name}' not found in table '{}'{hint}", table.path.name))
}
