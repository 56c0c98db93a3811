//! SHOW CREATE: definitions as SQL text.

use super::Session;
use crate::catalog::{Relation, quoted_path};
use crate::error::{Error, Result};
use crate::syntax::ast::{Ident, ObjectName};

impl Session {
    pub(super) fn show_create_table(&self, name: &ObjectName) -> Result<String> {
        let (path, relation) = self.catalogs.resolve(name)?;
        match relation {
            Relation::Table(table) => {
                Ok(table.create_statement(self.catalogs.temporary_relation(&path).is_some()))
            }
            Relation::View(_) => {
                Err(Error::invalid(format!("{} is a view; write SHOW CREATE VIEW", quoted_path(&path)))
                    .at(name.span()))
            }
        }
    }

    pub(super) fn show_create_view(&self, name: &ObjectName) -> Result<String> {
        let (path, relation) = self.catalogs.resolve(name)?;
        match relation {
            Relation::View(view) => {
                Ok(view.create_statement(self.catalogs.temporary_relation(&path).is_some()))
            }
            Relation::Table(_) => {
                Err(Error::invalid(format!("{} is a table; write SHOW CREATE TABLE", quoted_path(&path)))
                    .at(name.span()))
            }
        }
    }

    pub(super) fn show_create_catalog(&self, name: &Ident) -> Result<String> {
        Ok(self.catalogs.catalog(name)?.create_statement(&name.value))
    }
}
