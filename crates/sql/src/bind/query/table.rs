//! Names in FROM: what WITH has named, tables, and views written out.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_expr::{Expr, ExprKind};

use super::{QueryBinder, Relation};
use crate::bind::expression::Scope;
use crate::catalog::{self, Catalogs, ObjectPath, Table, TableColumnKind, View};
use crate::config::Configuration;
use crate::error::{Error, Result};
use crate::names::nearest;
use crate::plan::Plan;
use crate::syntax::ast::{Hint, HintArguments, ObjectName};

/// Views within views at the most.
const VIEW_DEPTH_MAX: usize = 32;

impl QueryBinder<'_> {
    pub(super) fn bind_table(&mut self, name: &ObjectName, hints: &[Hint]) -> Result<Relation> {
        if let Some(simple) = name.as_simple()
            && let Some((cte, plan)) = self.ctes.iter().rev().find(|(cte, _)| **cte == *simple.value)
        {
            let scope = Scope::relation(vec![cte.clone()], &plan.schema);
            let plan = plan.clone();
            self.check_size(&plan, simple.span)?;
            return Ok(Relation { plan, scope });
        }
        let path = self.path_of(name)?;
        let plan = match self.catalogs.relation(&path) {
            Some(catalog::Relation::Table(table)) => {
                let options = option_hints(table, hints, self.config)?;
                scan_with_computed(table, options)?
            }
            Some(catalog::Relation::View(view)) => {
                let view = Arc::clone(view);
                let plan = self.bind_view(&view, name)?;
                self.check_size(&plan, name.span())?;
                plan
            }
            None => return Err(self.table_not_found(name, &path)),
        };
        let scope = Scope::relation(vec![path.catalog, path.database, path.name], &plan.schema);
        Ok(Relation { plan, scope })
    }

    /// The path of a name in the database in which the query is bound.
    pub(super) fn path_of(&self, name: &ObjectName) -> Result<ObjectPath> {
        let (catalog, database) = &self.namespace;
        Catalogs::object_path_in(name, catalog, database)
    }

    pub(super) fn table_not_found(&self, name: &ObjectName, path: &ObjectPath) -> Error {
        // A name that WITH gives is nearer than one of the catalog.
        let near = name.as_simple().and_then(|n| nearest(&n.value, self.ctes.iter().map(|(cte, _)| cte)));
        match near {
            Some(near) => Error::invalid(format!("table '{}' not found; did you mean '{near}'?", path.name)),
            None => self.catalogs.not_found(path),
        }
        .at(name.span())
    }

    /// The view's query, under the view's column names.
    fn bind_view(&mut self, view: &View, name: &ObjectName) -> Result<Plan> {
        if self.views.contains(&view.path) {
            return Err(Error::invalid(format!("view '{}' reads itself", view.path.name)).at(name.span()));
        }
        if self.views.len() >= VIEW_DEPTH_MAX {
            return Err(Error::invalid(format!(
                "views read views more than {VIEW_DEPTH_MAX} deep; put intermediate results into tables"
            ))
            .at(name.span()));
        }
        let ctes = std::mem::take(&mut self.ctes);
        let own = (view.catalog.clone(), view.database.clone());
        let namespace = std::mem::replace(&mut self.namespace, own);
        self.views.push(view.path.clone());
        let plan = self.bind_query(&view.query, false, None);
        self.views.pop();
        self.namespace = namespace;
        self.ctes = ctes;
        // Places in the view's text mean nothing in that of the statement.
        let plan = plan.map_err(|error| {
            let message = format!("in view '{}': {}", view.path.name, error.message);
            Error { message, span: Some(name.span()), ..error }
        })?;
        if plan.schema.len() != view.columns.len() {
            return Err(Error::invalid(format!(
                "view '{}' was created with {} columns, but its query now gives {}; create it again",
                view.path.name,
                view.columns.len(),
                plan.schema.len()
            ))
            .at(name.span()));
        }
        let same = plan.schema.iter().zip(&view.columns).all(|(field, column)| field.name == column.name);
        if same {
            return Ok(plan);
        }
        let columns: Vec<_> = view
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| Some((column.name.clone(), plan.column(index)?)))
            .collect();
        Ok(Plan::project(plan, columns))
    }
}

/// All columns of a table in the order declared, computed ones computed.
fn scan_with_computed(table: &Arc<Table>, options: BTreeMap<String, String>) -> Result<Plan> {
    let scan = Plan::scan(Arc::clone(table), options);
    if !table.columns.iter().any(|column| matches!(column.kind, TableColumnKind::Computed(_))) {
        return Ok(scan);
    }
    // Where each of the table's columns is found in the scan.
    let mut positions = Vec::with_capacity(table.columns.len());
    let mut next = 0_usize;
    for column in &table.columns {
        let computed = matches!(column.kind, TableColumnKind::Computed(_));
        positions.push((!computed).then_some(next));
        next += usize::from(!computed);
    }
    let read = |index: usize| -> Result<Expr> {
        let position = positions.get(index).copied().flatten();
        position.and_then(|position| scan.column(position)).ok_or_else(|| {
            Error::internal(format!(
                "a computed column of table '{}' reads a column that is none",
                table.path.name
            ))
        })
    };
    let mut columns = Vec::with_capacity(table.columns.len());
    for (index, column) in table.columns.iter().enumerate() {
        let value = match &column.kind {
            TableColumnKind::Computed(computed) => {
                computed.expression.clone().transform(&mut |part| match part.kind {
                    ExprKind::Column(index) => read(index),
                    _ => Ok(part),
                })?
            }
            TableColumnKind::Physical | TableColumnKind::Metadata { .. } => read(index)?,
        };
        columns.push((column.name.clone(), value));
    }
    Ok(Plan::project(scan, columns))
}

/// The table's options with those of an OPTIONS hint over them. Other hints are about joins and state, and change nothing here.
pub(crate) fn option_hints(
    table: &Table,
    hints: &[Hint],
    config: &Configuration,
) -> Result<BTreeMap<String, String>> {
    let mut options = table.options.clone();
    for hint in hints.iter().filter(|hint| hint.name.value.eq_ignore_ascii_case("OPTIONS")) {
        if !config.is_true("table.dynamic-table-options.enabled") {
            return Err(Error::invalid(
                "the OPTIONS hint is switched off; SET 'table.dynamic-table-options.enabled' = 'true' allows it",
            )
            .at(hint.span));
        }
        let HintArguments::Options(given) = &hint.arguments else {
            return Err(Error::invalid("the OPTIONS hint takes 'key' = 'value' pairs").at(hint.span));
        };
        for option in given {
            if option.key.value == "connector" {
                return Err(
                    Error::invalid("the OPTIONS hint cannot change the connector").at(option.key_span)
                );
            }
            options.insert(option.key.value.clone(), option.value.value.clone());
        }
    }
    Ok(options)
}
