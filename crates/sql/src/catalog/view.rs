//! A view as declared: a named query.

use std::sync::Arc;

use millstream_expr::DataType;

use super::{ObjectPath, Table};
use crate::syntax::ast::Query;

/// A view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its full name.
    pub path: ObjectPath,
    /// Its columns as they were when it was created.
    pub columns: Vec<ViewColumn>,
    /// What it shows.
    pub query: Arc<Query>,
    /// The catalog in which the query's names are looked up: the current one when the view was created.
    pub catalog: Arc<str>,
    /// The database in which the query's names are looked up.
    pub database: Arc<str>,
    /// COMMENT, if any.
    pub comment: Option<String>,
}

/// A column of a [`View`].
#[derive(Clone, Debug, PartialEq)]
pub struct ViewColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub data_type: DataType,
}

/// What a name in FROM can mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Relation {
    /// A table.
    Table(Arc<Table>),
    /// A view.
    View(Arc<View>),
}

impl Relation {
    /// `table` or `view`.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Table(_) => "table",
            Self::View(_) => "view",
        }
    }

    /// Its full name.
    pub fn path(&self) -> &ObjectPath {
        match self {
            Self::Table(table) => &table.path,
            Self::View(view) => &view.path,
        }
    }
}
