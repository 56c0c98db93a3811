//! Catalog objects: what CREATE statements make and names resolve to.

mod catalogs;
mod database;
mod sql_text;
mod table;
mod view;

pub use catalogs::{Catalogs, DEFAULT_CATALOG, DEFAULT_DATABASE};
pub use database::{Catalog, Database};
pub use sql_text::{quoted, quoted_path, text_literal, type_text};
pub use table::{Computed, Distribution, ObjectPath, Table, TableColumn, TableColumnKind, Watermark};
pub use view::{Relation, View, ViewColumn};
