//! CREATE, ALTER and DROP of everything but tables: views, functions, catalogs, databases, materialized tables, models.

use super::{
    ColumnDef, Constraint, Ident, IntervalLiteral, ObjectName, PartitionValue, Query, StringLiteral,
    TableOption,
};

/// `CREATE [TEMPORARY] VIEW v [(columns)] AS query`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateView {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// Its columns' names.
    pub columns: Vec<Ident>,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// What it shows.
    pub query: Query,
}

/// `ALTER VIEW v …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterView {
    /// The view.
    pub name: ObjectName,
    /// What to do.
    pub action: AlterViewAction,
}

/// What ALTER VIEW can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterViewAction {
    /// `RENAME TO v2`.
    Rename(ObjectName),
    /// `AS query`.
    SetQuery(Box<Query>),
}

/// `CREATE [TEMPORARY] [SYSTEM] FUNCTION f AS 'class'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateFunction {
    /// How long it lives and where.
    pub scope: FunctionScope,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// What implements it.
    pub class: StringLiteral,
    /// `LANGUAGE`.
    pub language: Option<FunctionLanguage>,
    /// `USING JAR '…', …`.
    pub resources: Vec<Resource>,
}

/// How long a function lives and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionScope {
    /// In a catalog.
    Catalog,
    /// `TEMPORARY`: for the session, in a catalog's namespace.
    Temporary,
    /// `TEMPORARY SYSTEM`: for the session, without a namespace.
    TemporarySystem,
}

/// What a function is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum FunctionLanguage {
    Java,
    Scala,
    Sql,
    Python,
}

/// A file that a function needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `JAR 'path'`.
    Jar(StringLiteral),
}

/// `ALTER [TEMPORARY] [SYSTEM] FUNCTION f AS 'class'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterFunction {
    /// Which one is meant.
    pub scope: FunctionScope,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// What implements it now.
    pub class: StringLiteral,
    /// `LANGUAGE`.
    pub language: Option<FunctionLanguage>,
}

/// `DROP [TEMPORARY] [SYSTEM] FUNCTION f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropFunction {
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `SYSTEM`.
    pub system: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its name.
    pub name: ObjectName,
}

/// `DROP [TEMPORARY] … [IF EXISTS] name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropObject {
    /// `TEMPORARY`, where there is such a thing.
    pub temporary: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its name.
    pub name: ObjectName,
}

/// `CREATE CATALOG c [COMMENT '…'] [WITH (…)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCatalog {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: Ident,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// `WITH (…)`.
    pub options: Vec<TableOption>,
}

/// `ALTER CATALOG c …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterCatalog {
    /// The catalog.
    pub name: Ident,
    /// What to do.
    pub action: AlterCatalogAction,
}

/// What ALTER CATALOG can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterCatalogAction {
    /// `SET (…)`.
    SetOptions(Vec<TableOption>),
    /// `RESET (…)`: keys.
    ResetOptions(Vec<StringLiteral>),
    /// `COMMENT '…'`.
    Comment(StringLiteral),
}

/// `CREATE DATABASE d [COMMENT '…'] [WITH (…)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateDatabase {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// `WITH (…)`.
    pub options: Vec<TableOption>,
}

/// `ALTER DATABASE d SET (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDatabase {
    /// The database.
    pub name: ObjectName,
    /// What is set.
    pub options: Vec<TableOption>,
}

/// `DROP DATABASE d [RESTRICT | CASCADE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropDatabase {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// `CASCADE`; otherwise the database must be empty.
    pub cascade: bool,
}

/// `CREATE MATERIALIZED TABLE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateMaterializedTable {
    /// Its name.
    pub name: ObjectName,
    /// The constraint in the parentheses.
    pub constraint: Option<Constraint>,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// `PARTITIONED BY (…)`.
    pub partitioned_by: Vec<Ident>,
    /// `WITH (…)`.
    pub options: Vec<TableOption>,
    /// `FRESHNESS = INTERVAL …`.
    pub freshness: IntervalLiteral,
    /// `REFRESH_MODE = …`.
    pub refresh_mode: Option<RefreshMode>,
    /// What it holds.
    pub query: Query,
}

/// How a materialized table is kept fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshMode {
    /// `CONTINUOUS`.
    Continuous,
    /// `FULL`.
    Full,
}

/// `ALTER MATERIALIZED TABLE t …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterMaterializedTable {
    /// The table.
    pub name: ObjectName,
    /// What to do.
    pub action: AlterMaterializedTableAction,
}

/// What ALTER MATERIALIZED TABLE can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterMaterializedTableAction {
    /// `SUSPEND`.
    Suspend,
    /// `RESUME [WITH (…)]`.
    Resume(Vec<TableOption>),
    /// `REFRESH [PARTITION (…)]`.
    Refresh(Vec<PartitionValue>),
    /// `SET FRESHNESS = …`.
    SetFreshness(IntervalLiteral),
    /// `SET REFRESH_MODE = …`.
    SetRefreshMode(RefreshMode),
    /// `SET (…)`.
    SetOptions(Vec<TableOption>),
    /// `RESET (…)`: keys.
    ResetOptions(Vec<StringLiteral>),
    /// `AS query`.
    SetQuery(Box<Query>),
}

/// `CREATE MODEL m …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateModel {
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// `INPUT (…)`.
    pub input: Vec<ColumnDef>,
    /// `OUTPUT (…)`.
    pub output: Vec<ColumnDef>,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// `WITH (…)`.
    pub options: Vec<TableOption>,
    /// `AS query`.
    pub as_query: Option<Query>,
}

/// `ALTER MODEL [IF EXISTS] m …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterModel {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The model.
    pub name: ObjectName,
    /// What to do.
    pub action: AlterModelAction,
}

/// What ALTER MODEL can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterModelAction {
    /// `RENAME TO m2`.
    Rename(ObjectName),
    /// `SET (…)`.
    SetOptions(Vec<TableOption>),
    /// `RESET (…)`: keys.
    ResetOptions(Vec<StringLiteral>),
}
