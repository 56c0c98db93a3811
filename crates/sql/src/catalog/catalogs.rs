//! All catalogs of a session, the current one, and temporary objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::database::{Catalog, Database};
use super::{ObjectPath, Relation};
use crate::error::{Error, Result};
use crate::names::{did_you_mean, nearest};
use crate::syntax::ast::{Ident, ObjectName};

/// The catalog every session starts with.
pub const DEFAULT_CATALOG: &str = "default_catalog";

/// The database every session starts with.
pub const DEFAULT_DATABASE: &str = "default_database";

/// The most catalogs, databases, tables and views of a session together.
const OBJECTS_MAX: usize = 100_000;

/// All catalogs of a session.
///
/// A temporary object shadows the one of the same path in a catalog, and needs neither catalog nor database.
/// Clones share what they hold, so a statement can work on a clone and be taken back.
#[derive(Clone, Debug)]
pub struct Catalogs {
    catalogs: BTreeMap<Arc<str>, Catalog>,
    current_catalog: Arc<str>,
    current_database: Arc<str>,
    temporary: BTreeMap<ObjectPath, Relation>,
}

impl Default for Catalogs {
    fn default() -> Self {
        let mut catalogs = BTreeMap::new();
        catalogs.insert(DEFAULT_CATALOG.into(), Catalog::in_memory(DEFAULT_DATABASE.into()));
        Self {
            catalogs,
            current_catalog: DEFAULT_CATALOG.into(),
            current_database: DEFAULT_DATABASE.into(),
            temporary: BTreeMap::new(),
        }
    }
}

impl Catalogs {
    /// The name of the current catalog.
    pub fn current_catalog(&self) -> &Arc<str> {
        &self.current_catalog
    }

    /// The name of the current database.
    pub fn current_database(&self) -> &Arc<str> {
        &self.current_database
    }

    /// USE CATALOG: its default database becomes the current one.
    ///
    /// # Errors
    /// When there is no such catalog.
    pub fn use_catalog(&mut self, name: &Ident) -> Result<()> {
        let catalog = self.catalog(name)?;
        self.current_database = catalog.default_database.clone();
        self.current_catalog = name.value.as_str().into();
        Ok(())
    }

    /// USE: `database` or `catalog.database`.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn use_database(&mut self, name: &ObjectName) -> Result<()> {
        let (catalog, database) = self.database_path(name)?;
        self.database(name)?;
        self.current_catalog = catalog;
        self.current_database = database;
        Ok(())
    }

    /// The names of all catalogs, in order.
    pub fn catalog_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.catalogs.keys()
    }

    /// A catalog.
    ///
    /// # Errors
    /// When there is no such catalog.
    pub fn catalog(&self, name: &Ident) -> Result<&Catalog> {
        self.catalog_at(&name.value).map_err(|e| e.at(name.span))
    }

    /// A catalog by its name.
    ///
    /// # Errors
    /// When there is no such catalog.
    pub fn catalog_at(&self, name: &str) -> Result<&Catalog> {
        self.catalogs.get(name).ok_or_else(|| self.no_catalog(name))
    }

    /// A catalog, to change it.
    ///
    /// # Errors
    /// When there is no such catalog.
    pub fn catalog_mut(&mut self, name: &Ident) -> Result<&mut Catalog> {
        if !self.catalogs.contains_key(name.value.as_str()) {
            return Err(self.no_catalog(&name.value).at(name.span));
        }
        self.catalogs.get_mut(name.value.as_str()).ok_or_else(|| Error::internal("a catalog is lost"))
    }

    /// Whether there is a catalog of that name.
    pub fn has_catalog(&self, name: &str) -> bool {
        self.catalogs.contains_key(name)
    }

    /// CREATE CATALOG.
    ///
    /// # Errors
    /// When there is one of that name already, or there are too many objects.
    pub fn create_catalog(&mut self, name: &Ident, catalog: Catalog) -> Result<()> {
        if self.has_catalog(&name.value) {
            return Err(Error::invalid(format!(
                "catalog '{}' exists already; write IF NOT EXISTS to keep it",
                name.value
            ))
            .at(name.span));
        }
        self.check_room()?;
        self.catalogs.insert(name.value.as_str().into(), catalog);
        Ok(())
    }

    /// DROP CATALOG.
    ///
    /// # Errors
    /// When there is no such catalog, or it is the current one.
    pub fn drop_catalog(&mut self, name: &Ident) -> Result<()> {
        self.catalog(name)?;
        if *self.current_catalog == *name.value {
            return Err(Error::invalid(format!(
                "catalog '{}' is the current one and cannot be dropped; USE CATALOG another first",
                name.value
            ))
            .at(name.span));
        }
        self.catalogs.remove(name.value.as_str());
        Ok(())
    }

    /// The catalog and database that a name of one or two parts means.
    ///
    /// # Errors
    /// When the name has more parts.
    pub fn database_path(&self, name: &ObjectName) -> Result<(Arc<str>, Arc<str>)> {
        match name.parts() {
            [database] => Ok((self.current_catalog.clone(), database.value.as_str().into())),
            [catalog, database] => Ok((catalog.value.as_str().into(), database.value.as_str().into())),
            _ => {
                Err(Error::invalid("a database is named `database` or `catalog`.`database`").at(name.span()))
            }
        }
    }

    /// A database by its name of one or two parts.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn database(&self, name: &ObjectName) -> Result<&Database> {
        let (catalog, database) = self.database_path(name)?;
        self.database_at(&catalog, &database).map_err(|e| e.at(name.span()))
    }

    /// A database by the names of its catalog and itself.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn database_at(&self, catalog: &str, database: &str) -> Result<&Database> {
        let found = self.catalogs.get(catalog).ok_or_else(|| self.no_catalog(catalog))?;
        found.databases.get(database).ok_or_else(|| {
            let hint = did_you_mean(database, found.databases.keys());
            Error::invalid(format!("database '{database}' not found in catalog '{catalog}'{hint}"))
        })
    }

    /// A database, to change it.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn database_mut(&mut self, name: &ObjectName) -> Result<&mut Database> {
        self.database(name)?;
        let (catalog, database) = self.database_path(name)?;
        self.database_mut_at(&catalog, &database)
    }

    fn database_mut_at(&mut self, catalog: &str, database: &str) -> Result<&mut Database> {
        self.database_at(catalog, database)?;
        self.catalogs
            .get_mut(catalog)
            .and_then(|c| c.databases.get_mut(database))
            .ok_or_else(|| Error::internal("a database is lost"))
    }

    /// CREATE DATABASE.
    ///
    /// # Errors
    /// When there is one of that name already, its catalog does not exist, or there are too many objects.
    pub fn create_database(&mut self, name: &ObjectName, database: Database) -> Result<()> {
        let (catalog, own) = self.database_path(name)?;
        self.check_room()?;
        let missing = self.no_catalog(&catalog);
        let catalog = self.catalogs.get_mut(&catalog).ok_or_else(|| missing.at(name.span()))?;
        if catalog.databases.contains_key(&own) {
            return Err(Error::invalid(format!(
                "database '{own}' exists already; write IF NOT EXISTS to keep it"
            ))
            .at(name.span()));
        }
        catalog.databases.insert(own, database);
        Ok(())
    }

    /// DROP DATABASE. Without `cascade` it must be empty.
    ///
    /// # Errors
    /// When there is no such database, it is the current one, or it is not empty.
    pub fn drop_database(&mut self, name: &ObjectName, cascade: bool) -> Result<()> {
        let (catalog, own) = self.database_path(name)?;
        let database = self.database(name)?;
        if catalog == self.current_catalog && own == self.current_database {
            return Err(Error::invalid(format!(
                "database '{own}' is the current one and cannot be dropped; USE another first"
            ))
            .at(name.span()));
        }
        if !cascade && !database.relations.is_empty() {
            return Err(Error::invalid(format!(
                "database '{own}' is not empty; write CASCADE to drop its {} objects with it",
                database.relations.len()
            ))
            .at(name.span()));
        }
        if let Some(catalog) = self.catalogs.get_mut(&catalog) {
            catalog.databases.remove(&own);
        }
        Ok(())
    }

    /// The full path that the name of a table, view or function means.
    ///
    /// # Errors
    /// When the name has more than three parts.
    pub fn object_path(&self, name: &ObjectName) -> Result<ObjectPath> {
        Self::object_path_in(name, &self.current_catalog, &self.current_database)
    }

    /// As [`Catalogs::object_path`], with another current catalog and database.
    ///
    /// # Errors
    /// When the name has more than three parts.
    pub fn object_path_in(name: &ObjectName, catalog: &Arc<str>, database: &Arc<str>) -> Result<ObjectPath> {
        let text = |ident: &Ident| Arc::<str>::from(ident.value.as_str());
        let (catalog, database, object) = match name.parts() {
            [object] => (catalog.clone(), database.clone(), object),
            [database, object] => (catalog.clone(), text(database), object),
            [catalog, database, object] => (text(catalog), text(database), object),
            _ => {
                return Err(Error::invalid(
                    "an object's name has at most three parts: `catalog`.`database`.`name`",
                )
                .at(name.span()));
            }
        };
        Ok(ObjectPath { catalog, database, name: text(object) })
    }

    /// The table or view at a path: the temporary one if there is one.
    pub fn relation(&self, path: &ObjectPath) -> Option<&Relation> {
        self.temporary.get(path).or_else(|| self.permanent_relation(path))
    }

    /// The temporary table or view at a path.
    pub fn temporary_relation(&self, path: &ObjectPath) -> Option<&Relation> {
        self.temporary.get(path)
    }

    /// The table or view at a path, temporary ones aside.
    pub fn permanent_relation(&self, path: &ObjectPath) -> Option<&Relation> {
        self.catalogs.get(&path.catalog)?.databases.get(&path.database)?.relations.get(&path.name)
    }

    /// The table or view that a name means.
    ///
    /// # Errors
    /// When there is none: it says which of the parts is missing, and what is written like it.
    pub fn resolve(&self, name: &ObjectName) -> Result<(ObjectPath, &Relation)> {
        let path = self.object_path(name)?;
        match self.relation(&path) {
            Some(relation) => Ok((path, relation)),
            None => Err(self.not_found(&path).at(name.span())),
        }
    }

    /// The error for a table or view that does not exist.
    pub fn not_found(&self, path: &ObjectPath) -> Error {
        if let Err(missing) = self.database_at(&path.catalog, &path.database) {
            return missing;
        }
        let current = path.catalog == self.current_catalog && path.database == self.current_database;
        let shown = if current { path.name.to_string() } else { path.to_string() };
        let here = self.relation_names(&path.catalog, &path.database);
        let hint = match nearest(&path.name, here.iter()) {
            Some(near) => format!("; did you mean '{near}'?"),
            None => match self.elsewhere(&path.name) {
                Some(other) => format!("; there is one at {other}"),
                None if here.is_empty() => "; no table has been created yet".to_owned(),
                None => String::new(),
            },
        };
        Error::invalid(format!("table '{shown}' not found{hint}"))
    }

    /// An object of that name in another database.
    fn elsewhere(&self, name: &Arc<str>) -> Option<ObjectPath> {
        self.catalogs.iter().find_map(|(catalog, found)| {
            found.databases.iter().find_map(|(database, d)| {
                d.relations.contains_key(name).then(|| ObjectPath {
                    catalog: catalog.clone(),
                    database: database.clone(),
                    name: name.clone(),
                })
            })
        })
    }

    /// The names of the tables and views of a database, temporary ones included, in order.
    pub fn relation_names(&self, catalog: &str, database: &str) -> Vec<Arc<str>> {
        self.relations(catalog, database).into_iter().map(|(name, _)| name).collect()
    }

    /// The tables and views of a database by name, temporary ones in the place of those they shadow.
    pub fn relations(&self, catalog: &str, database: &str) -> Vec<(Arc<str>, &Relation)> {
        let mut all: BTreeMap<Arc<str>, &Relation> = BTreeMap::new();
        if let Ok(found) = self.database_at(catalog, database) {
            all.extend(found.relations.iter().map(|(name, relation)| (name.clone(), relation)));
        }
        for (path, relation) in &self.temporary {
            if *path.catalog == *catalog && *path.database == *database {
                all.insert(path.name.clone(), relation);
            }
        }
        all.into_iter().collect()
    }

    /// Puts a table or view where there is none.
    ///
    /// # Errors
    /// When there is one already, or no such database, or there are too many objects.
    pub fn create_relation(&mut self, path: &ObjectPath, relation: Relation, temporary: bool) -> Result<()> {
        let taken = if temporary { self.temporary_relation(path) } else { self.permanent_relation(path) };
        if let Some(taken) = taken {
            return Err(Error::invalid(format!(
                "{} '{}' exists already; write IF NOT EXISTS to keep it, or drop it first",
                taken.noun(),
                path.name
            )));
        }
        self.check_room()?;
        self.put_relation(path, relation, temporary)
    }

    /// Puts a table or view in the place of the one that is there.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn put_relation(&mut self, path: &ObjectPath, relation: Relation, temporary: bool) -> Result<()> {
        if temporary {
            self.temporary.insert(path.clone(), relation);
        } else {
            self.database_mut_at(&path.catalog, &path.database)?
                .relations
                .insert(path.name.clone(), relation);
        }
        Ok(())
    }

    /// Takes a table or view away.
    pub fn remove_relation(&mut self, path: &ObjectPath, temporary: bool) -> Option<Relation> {
        if temporary {
            return self.temporary.remove(path);
        }
        self.catalogs.get_mut(&path.catalog)?.databases.get_mut(&path.database)?.relations.remove(&path.name)
    }

    fn no_catalog(&self, name: &str) -> Error {
        let hint = did_you_mean(name, self.catalogs.keys());
        Error::invalid(format!("catalog '{name}' not found{hint}"))
    }

    fn check_room(&self) -> Result<()> {
        let databases = self.catalogs.values().flat_map(|c| c.databases.values());
        let objects: usize = databases.map(|d| d.relations.len() + 1).sum();
        if objects + self.catalogs.len() + self.temporary.len() >= OBJECTS_MAX {
            return Err(Error::invalid(format!(
                "a session holds at most {OBJECTS_MAX} catalogs, databases, tables and views; drop some first"
            )));
        }
        Ok(())
    }
}
