//! Catalog objects: what CREATE statements make and names resolve to.

mod table;

pub use table::{ObjectPath, Table, TableColumn, TableColumnKind};
