//! A table as declared: columns, keys, options.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use millstream_expr::Expr;
use millstream_expr::types::{DataType, Field};

use crate::syntax::ast;

/// The full name of a catalog object: catalog, database, name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectPath {
    /// The catalog.
    pub catalog: Arc<str>,
    /// The database in the catalog.
    pub database: Arc<str>,
    /// The object in the database.
    pub name: Arc<str>,
}

/// A table: what a connector needs to know to read or write it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its full name.
    pub path: ObjectPath,
    /// Its columns, in the order declared.
    pub columns: Vec<TableColumn>,
    /// The names of the columns of PRIMARY KEY … NOT ENFORCED; empty without one.
    pub primary_key: Vec<Arc<str>>,
    /// The name of the primary key, if there is one: the one it was given, or `PK_` and its first columns.
    pub primary_key_name: Option<Arc<str>>,
    /// WATERMARK FOR, if any.
    pub watermark: Option<Watermark>,
    /// DISTRIBUTED, if any.
    pub distribution: Option<Distribution>,
    /// The names of the PARTITIONED BY columns, in order.
    pub partition_keys: Vec<Arc<str>>,
    /// The WITH options, as written.
    pub options: BTreeMap<String, String>,
    /// COMMENT, if any.
    pub comment: Option<String>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub data_type: DataType,
    /// Where its values come from.
    pub kind: TableColumnKind,
    /// COMMENT, if any.
    pub comment: Option<String>,
}

/// Where the values of a [`TableColumn`] come from.
#[derive(Clone, Debug, PartialEq)]
pub enum TableColumnKind {
    /// From the data itself.
    Physical,
    /// From an expression over the other columns.
    Computed(Computed),
    /// From the connector: the metadata key, and whether it is read only (VIRTUAL).
    Metadata {
        /// The connector's name for it.
        key: String,
        /// Left out when the table is written to.
        is_virtual: bool,
    },
}

/// The expression of a computed column.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// As it was written.
    pub written: Arc<ast::Expr>,
    /// Over [`Table::columns`], of which it reads physical and metadata columns only.
    pub expression: Expr,
}

/// WATERMARK FOR column AS expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Watermark {
    /// The position of the event-time column in [`Table::columns`].
    pub column: usize,
    /// The expression as it was written.
    pub written: Arc<ast::Expr>,
    /// Over [`Table::columns`].
    pub expression: Expr,
}

/// DISTRIBUTED [BY [HASH | RANGE] (columns)] [INTO n BUCKETS].
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// HASH or RANGE, if written.
    pub kind: Option<ast::DistributionKind>,
    /// The names of the columns by which rows are distributed.
    pub columns: Vec<Arc<str>>,
    /// How many buckets, if written.
    pub buckets: Option<u32>,
}

impl Table {
    /// The physical columns: what the format sees, in order.
    pub fn physical_fields(&self) -> Vec<Field> {
        self.columns
            .iter()
            .filter(|c| c.kind == TableColumnKind::Physical)
            .map(|c| Field { name: c.name.clone(), data_type: c.data_type.clone() })
            .collect()
    }

    /// The columns that are written: all but computed ones and virtual metadata.
    pub fn persisted_columns(&self) -> impl Iterator<Item = &TableColumn> {
        self.columns.iter().filter(|column| match &column.kind {
            TableColumnKind::Physical => true,
            TableColumnKind::Computed(_) => false,
            TableColumnKind::Metadata { is_virtual, .. } => !is_virtual,
        })
    }

    /// Whether what is read of it changes: rows are replaced and deleted by their PRIMARY KEY. In tables of other connectors a key says only
    /// what their rows are like.
    pub fn gives_changes(&self) -> bool {
        !self.primary_key.is_empty() && self.option("connector") == Some("log")
    }

    /// The option named `key`.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.catalog, self.database, self.name)
    }
}
