//! Catalogs and databases as objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Relation;

/// A catalog: databases.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    /// The WITH options, `type` among them.
    pub options: BTreeMap<String, String>,
    /// COMMENT, if any.
    pub comment: Option<String>,
    /// The database that USE CATALOG makes current.
    pub default_database: Arc<str>,
    pub(super) databases: BTreeMap<Arc<str>, Database>,
}

/// A database: tables and views.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    /// The WITH options.
    pub options: BTreeMap<String, String>,
    /// COMMENT, if any.
    pub comment: Option<String>,
    pub(super) relations: BTreeMap<Arc<str>, Relation>,
}

impl Catalog {
    /// The type of catalog that there is: it holds its objects in memory.
    pub const IN_MEMORY: &'static str = "generic_in_memory";

    /// A catalog with one empty database.
    pub fn in_memory(default_database: Arc<str>) -> Self {
        Self {
            options: BTreeMap::from([("type".to_owned(), Self::IN_MEMORY.to_owned())]),
            comment: None,
            databases: BTreeMap::from([(default_database.clone(), Database::default())]),
            default_database,
        }
    }

    /// The names of its databases, in order.
    pub fn database_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.databases.keys()
    }
}
