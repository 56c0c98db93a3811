//! USE, and what is done to catalogs and databases.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Session;
use crate::catalog::{Catalog, DEFAULT_DATABASE, Database};
use crate::error::{Error, Result};
use crate::syntax::ast::{
    AlterCatalog, AlterCatalogAction, AlterDatabase, CreateCatalog, CreateDatabase, DropDatabase, DropObject,
    Span, StringLiteral, TableOption, UseTarget,
};

/// The option that names a catalog's type.
const CATALOG_TYPE: &str = "type";

/// The option that names a catalog's default database.
const CATALOG_DEFAULT_DATABASE: &str = "default-database";

impl Session {
    pub(super) fn use_object(&mut self, target: &UseTarget) -> Result<()> {
        match target {
            UseTarget::Catalog(name) => self.catalogs.use_catalog(name),
            UseTarget::Database(name) => self.catalogs.use_database(name),
            UseTarget::Modules(names) => self.modules.use_only(names),
        }
    }

    pub(super) fn create_catalog(&mut self, statement: &CreateCatalog) -> Result<()> {
        if statement.if_not_exists && self.catalogs.has_catalog(&statement.name.value) {
            return Ok(());
        }
        let options = options_map(&statement.options)?;
        let place = statement.name.span;
        match options.get(CATALOG_TYPE).map(String::as_str) {
            Some(Catalog::IN_MEMORY) => {}
            Some(other) => {
                return Err(Error::unsupported(format!(
                    "there is no catalog of type '{other}'; the type there is: '{}'",
                    Catalog::IN_MEMORY
                ))
                .at(option_span(&statement.options, CATALOG_TYPE).unwrap_or(place)));
            }
            None => {
                return Err(Error::invalid(format!(
                    "catalog '{}' needs a type: WITH ('type' = '{}')",
                    statement.name.value,
                    Catalog::IN_MEMORY
                ))
                .at(place));
            }
        }
        for option in &statement.options {
            let key = option.key.value.as_str();
            if key != CATALOG_TYPE && key != CATALOG_DEFAULT_DATABASE {
                return Err(Error::invalid(format!(
                    "a catalog of type '{}' has no option '{key}'; its options are '{CATALOG_DEFAULT_DATABASE}' and '{CATALOG_TYPE}'",
                    Catalog::IN_MEMORY
                ))
                .at(option.key_span));
            }
        }
        let database = options.get(CATALOG_DEFAULT_DATABASE).map_or(DEFAULT_DATABASE, String::as_str);
        let mut catalog = Catalog::in_memory(Arc::from(database));
        catalog.options = options;
        catalog.comment = statement.comment.as_ref().map(|c| c.value.clone());
        self.catalogs.create_catalog(&statement.name, catalog)
    }

    pub(super) fn alter_catalog(&mut self, statement: &AlterCatalog) -> Result<()> {
        let name = &statement.name;
        let catalog = self.catalogs.catalog_mut(name)?;
        match &statement.action {
            AlterCatalogAction::SetOptions(options) => set_options(&mut catalog.options, options),
            AlterCatalogAction::ResetOptions(keys) => {
                if keys.is_empty() {
                    return Err(Error::invalid("RESET needs a key").at(name.span));
                }
                reset_options(&mut catalog.options, keys, CATALOG_TYPE, name.span)
            }
            AlterCatalogAction::Comment(comment) => {
                catalog.comment = Some(comment.value.clone());
                Ok(())
            }
        }
    }

    pub(super) fn drop_catalog(&mut self, statement: &DropObject) -> Result<()> {
        let Some(name) = statement.name.as_simple() else {
            return Err(Error::invalid("a catalog's name has one part").at(statement.name.span()));
        };
        if statement.if_exists && !self.catalogs.has_catalog(&name.value) {
            return Ok(());
        }
        self.catalogs.drop_catalog(name)
    }

    pub(super) fn create_database(&mut self, statement: &CreateDatabase) -> Result<()> {
        let (catalog, database) = self.catalogs.database_path(&statement.name)?;
        if statement.if_not_exists && self.catalogs.database_at(&catalog, &database).is_ok() {
            return Ok(());
        }
        let mut made = Database::default();
        made.options = options_map(&statement.options)?;
        made.comment = statement.comment.as_ref().map(|c| c.value.clone());
        self.catalogs.create_database(&statement.name, made)
    }

    pub(super) fn alter_database(&mut self, statement: &AlterDatabase) -> Result<()> {
        let database = self.catalogs.database_mut(&statement.name)?;
        set_options(&mut database.options, &statement.options)
    }

    pub(super) fn drop_database(&mut self, statement: &DropDatabase) -> Result<()> {
        if statement.if_exists && self.catalogs.database(&statement.name).is_err() {
            return Ok(());
        }
        self.catalogs.drop_database(&statement.name, statement.cascade)
    }
}

/// WITH options as a map.
///
/// # Errors
/// When a key is written twice, or is empty.
pub(super) fn options_map(options: &[TableOption]) -> Result<BTreeMap<String, String>> {
    let mut map = BTreeMap::new();
    for option in options {
        let key = &option.key.value;
        if key.is_empty() {
            return Err(Error::invalid("an option's key must not be empty").at(option.key_span));
        }
        if map.insert(key.clone(), option.value.value.clone()).is_some() {
            return Err(Error::invalid(format!("option '{key}' is written twice")).at(option.key_span));
        }
    }
    Ok(map)
}

/// SET (…): the options take their new values.
pub(super) fn set_options(options: &mut BTreeMap<String, String>, new: &[TableOption]) -> Result<()> {
    options.extend(options_map(new)?);
    Ok(())
}

/// RESET (…): the options are taken away; `kept` cannot be.
pub(super) fn reset_options(
    options: &mut BTreeMap<String, String>,
    keys: &[StringLiteral],
    kept: &str,
    place: Span,
) -> Result<()> {
    if keys.iter().any(|key| key.value == kept) {
        return Err(Error::invalid(format!("option '{kept}' cannot be reset")).at(place));
    }
    for key in keys {
        options.remove(&key.value);
    }
    Ok(())
}

/// Where the value of an option stands.
pub(super) fn option_span(options: &[TableOption], key: &str) -> Option<Span> {
    options.iter().find(|option| option.key.value == key).map(|option| option.value_span)
}
