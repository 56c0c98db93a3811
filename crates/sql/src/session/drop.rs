//! DROP TABLE, DROP VIEW, DROP FUNCTION.

use super::Session;
use crate::catalog::{ObjectPath, Relation, quoted_path};
use crate::error::{Error, Result};
use crate::syntax::ast::{DropFunction, DropObject};

impl Session {
    pub(super) fn drop_table(&mut self, statement: &DropObject) -> Result<()> {
        self.drop_relation(statement, "table", |relation| matches!(relation, Relation::Table(_)))
    }

    pub(super) fn drop_view(&mut self, statement: &DropObject) -> Result<()> {
        self.drop_relation(statement, "view", |relation| matches!(relation, Relation::View(_)))
    }

    fn drop_relation(
        &mut self,
        statement: &DropObject,
        noun: &str,
        wanted: impl Fn(&Relation) -> bool,
    ) -> Result<()> {
        let path = self.catalogs.object_path(&statement.name)?;
        let place = statement.name.span();
        let temporary = self.catalogs.temporary_relation(&path);
        let found = if statement.temporary { temporary } else { self.catalogs.permanent_relation(&path) };
        // A permanent object that is shadowed cannot have been meant.
        if !statement.temporary && temporary.is_some_and(&wanted) {
            return Err(Error::invalid(format!(
                "{} is temporary here; write DROP TEMPORARY {}",
                quoted_path(&path),
                noun.to_uppercase()
            ))
            .at(place));
        }
        match found {
            Some(relation) if wanted(relation) => {
                self.catalogs.remove_relation(&path, statement.temporary);
                Ok(())
            }
            _ if statement.if_exists => Ok(()),
            Some(relation) => Err(Error::invalid(format!(
                "'{}' is a {}, not a {noun}; write DROP {}{}",
                path.name,
                relation.noun(),
                if statement.temporary { "TEMPORARY " } else { "" },
                relation.noun().to_uppercase()
            ))
            .at(place)),
            None => Err(self.nothing_to_drop(&path, statement.temporary, noun).at(place)),
        }
    }

    fn nothing_to_drop(&self, path: &ObjectPath, temporary: bool, noun: &str) -> Error {
        if temporary {
            return Error::invalid(format!("there is no temporary {noun} {}", quoted_path(path)));
        }
        let error = self.catalogs.not_found(path);
        Error { message: error.message.replacen("table '", &format!("{noun} '"), 1), ..error }
    }
}

/// DROP FUNCTION: there are no user functions.
pub(super) fn drop_function(statement: &DropFunction) -> Result<()> {
    if statement.if_exists {
        return Ok(());
    }
    let name = &statement.name.last().value;
    Err(Error::invalid(format!("there is no user-defined function '{name}'")).at(statement.name.span()))
}
