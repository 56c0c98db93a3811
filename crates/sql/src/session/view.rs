//! CREATE VIEW and ALTER VIEW.

use std::collections::HashSet;
use std::sync::Arc;

use super::Session;
use crate::catalog::{ObjectPath, Relation, View, ViewColumn};
use crate::error::{Error, Result};
use crate::syntax::ast::{AlterView, AlterViewAction, CreateView, Ident, ObjectName, Query};

impl Session {
    pub(super) fn create_view(&mut self, statement: &CreateView) -> Result<()> {
        let path = self.catalogs.object_path(&statement.name)?;
        let place = statement.name.span();
        let taken = if statement.temporary {
            self.catalogs.temporary_relation(&path)
        } else {
            self.catalogs.permanent_relation(&path)
        };
        if taken.is_some() && statement.if_not_exists {
            return Ok(());
        }
        let comment = statement.comment.as_ref().map(|comment| comment.value.clone());
        let view = self.view(path.clone(), &statement.columns, &statement.query, comment)?;
        let relation = Relation::View(Arc::new(view));
        match taken {
            Some(Relation::View(_)) if statement.or_replace => {
                self.catalogs.put_relation(&path, relation, statement.temporary)
            }
            _ => self.catalogs.create_relation(&path, relation, statement.temporary),
        }
        .map_err(|e| e.at(place))
    }

    pub(super) fn alter_view(&mut self, statement: &AlterView) -> Result<()> {
        let place = statement.name.span();
        let (path, relation) = self.catalogs.resolve(&statement.name)?;
        let Relation::View(view) = relation else {
            return Err(Error::invalid(format!("'{}' is a table; write ALTER TABLE", path.name)).at(place));
        };
        let view = Arc::clone(view);
        let temporary = self.catalogs.temporary_relation(&path).is_some();
        match &statement.action {
            AlterViewAction::Rename(name) => self.rename_view(&path, &view, name, temporary),
            AlterViewAction::SetQuery(query) => {
                let changed = self.view(path.clone(), &[], query, view.comment.clone())?;
                self.catalogs.put_relation(&path, Relation::View(Arc::new(changed)), temporary)
            }
        }
    }

    fn rename_view(
        &mut self,
        path: &ObjectPath,
        view: &View,
        name: &ObjectName,
        temporary: bool,
    ) -> Result<()> {
        let new = match name.as_simple() {
            Some(simple) => ObjectPath { name: Arc::from(simple.value.as_str()), ..path.clone() },
            None => self.catalogs.object_path(name)?,
        };
        if (&new.catalog, &new.database) != (&path.catalog, &path.database) {
            return Err(Error::invalid("a view cannot be renamed into another database").at(name.span()));
        }
        let renamed = Relation::View(Arc::new(View { path: new.clone(), ..view.clone() }));
        self.catalogs.create_relation(&new, renamed, temporary).map_err(|e| e.at(name.span()))?;
        self.catalogs.remove_relation(path, temporary);
        Ok(())
    }

    /// The view of a query, which must be right now.
    fn view(
        &self,
        path: ObjectPath,
        names: &[Ident],
        query: &Query,
        comment: Option<String>,
    ) -> Result<View> {
        let plan = self.bind_definition(query)?;
        if !names.is_empty() && names.len() != plan.schema.len() {
            let shown = |names: Vec<&str>| names.join(", ");
            return Err(Error::invalid(format!(
                "view '{}' gives names to the columns ({}), and its query has ({})",
                path.name,
                shown(names.iter().map(|name| name.value.as_str()).collect()),
                shown(plan.schema.iter().map(|field| field.name.as_ref()).collect())
            ))
            .at(query.span));
        }
        let mut columns = Vec::with_capacity(plan.schema.len());
        let mut seen = HashSet::new();
        for (index, field) in plan.schema.iter().enumerate() {
            let name =
                names.get(index).map_or_else(|| field.name.clone(), |name| Arc::from(name.value.as_str()));
            if !seen.insert(name.clone()) {
                let place = names.get(index).map_or(query.span, |name| name.span);
                return Err(
                    Error::invalid(format!("view '{}' has two columns '{name}'", path.name)).at(place)
                );
            }
            columns.push(ViewColumn { name, data_type: field.data_type.clone() });
        }
        Ok(View {
            path,
            columns,
            query: Arc::new(query.clone()),
            catalog: self.catalogs.current_catalog().clone(),
            database: self.catalogs.current_database().clone(),
            comment,
        })
    }
}
