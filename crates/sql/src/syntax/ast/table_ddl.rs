//! CREATE TABLE and ALTER TABLE.

use super::{DataType, Expr, Ident, ObjectName, PartitionValue, Query, Span, StringLiteral};

/// `CREATE [OR REPLACE] [TEMPORARY] TABLE …`, `REPLACE TABLE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// `CREATE`, `CREATE OR REPLACE`, `REPLACE`.
    pub mode: CreateMode,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: ObjectName,
    /// Between the parentheses.
    pub body: TableBody,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// `DISTRIBUTED …`.
    pub distribution: Option<Distribution>,
    /// `PARTITIONED BY (…)`.
    pub partitioned_by: Vec<Ident>,
    /// `WITH (…)`.
    pub options: Vec<TableOption>,
    /// `LIKE …`.
    pub like: Option<TableLike>,
    /// `AS query`.
    pub as_query: Option<Query>,
}

/// What happens if the table exists, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreateMode {
    /// `CREATE TABLE`.
    Create,
    /// `CREATE OR REPLACE TABLE`.
    CreateOrReplace,
    /// `REPLACE TABLE`: it must exist.
    Replace,
}

/// What stands in the parentheses of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableBody {
    /// No parentheses.
    None,
    /// Columns, constraints and watermarks; at least one.
    Elements(Vec<SchemaElement>),
    /// Names only, in `CREATE TABLE t (a, b) AS query`: the order of the query's columns; at least one.
    Names(Vec<ObjectName>),
}

/// An element of a table's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaElement {
    /// A column.
    Column(ColumnDef),
    /// A watermark.
    Watermark(Watermark),
    /// A constraint.
    Constraint(Constraint),
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name; more than one part is validation's to refuse.
    pub name: ObjectName,
    /// What kind of column.
    pub kind: ColumnKind,
    /// `COMMENT`.
    pub comment: Option<StringLiteral>,
    /// Where it stands.
    pub span: Span,
}

/// The three kinds of column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// `name type [constraint]`.
    Physical {
        /// Its type.
        data_type: DataType,
        /// A constraint written with the column; its only column is this one.
        constraint: Option<Constraint>,
    },
    /// `name AS expression`.
    Computed(Expr),
    /// `name type METADATA [FROM 'key'] [VIRTUAL]`.
    Metadata {
        /// Its type.
        data_type: DataType,
        /// `FROM 'key'`; without it the column's name is the key.
        key: Option<StringLiteral>,
        /// `VIRTUAL`: cannot be written.
        is_virtual: bool,
    },
}

/// An element of `ALTER TABLE … ADD` or `MODIFY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterElement {
    /// A column.
    Column {
        /// What it is.
        column: ColumnDef,
        /// Where it is put; at the end, or where it is, if not written.
        position: Option<ColumnPosition>,
    },
    /// A watermark.
    Watermark(Watermark),
    /// A constraint.
    Constraint(Constraint),
    /// `DISTRIBUTION …`.
    Distribution(Distribution),
}

/// Where a column is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnPosition {
    /// `FIRST`.
    First,
    /// `AFTER a`.
    After(ObjectName),
}

/// `WATERMARK FOR column AS expression`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The event-time column, perhaps a nested one.
    pub column: ObjectName,
    /// The watermark.
    pub expr: Expr,
    /// Where it stands.
    pub span: Span,
}

/// `[CONSTRAINT name] PRIMARY KEY (a, b) [NOT ENFORCED]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Its name.
    pub name: Option<Ident>,
    /// Which.
    pub kind: ConstraintKind,
    /// Its columns.
    pub columns: Vec<Ident>,
    /// `ENFORCED` is true, `NOT ENFORCED` false.
    pub enforced: Option<bool>,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique,
}

/// `DISTRIBUTED [BY [HASH | RANGE] (columns)] [INTO n BUCKETS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// `HASH`, `RANGE`.
    pub kind: Option<DistributionKind>,
    /// The columns.
    pub columns: Vec<Ident>,
    /// How many buckets.
    pub buckets: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

/// How rows are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DistributionKind {
    /// `HASH`.
    Hash,
    /// `RANGE`.
    Range,
}

/// `'key' = 'value'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOption {
    /// The key.
    pub key: StringLiteral,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: StringLiteral,
    /// Where the value stands.
    pub value_span: Span,
}

/// `LIKE t [(options)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLike {
    /// The table whose definition is taken over.
    pub source: ObjectName,
    /// What is taken over, and how.
    pub options: Vec<LikeOption>,
    /// Where it stands.
    pub span: Span,
}

/// `INCLUDING CONSTRAINTS`, `OVERWRITING OPTIONS`, ….
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LikeOption {
    /// How.
    pub merge: LikeMerge,
    /// What.
    pub feature: LikeFeature,
}

/// How LIKE takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum LikeMerge {
    Including,
    Excluding,
    Overwriting,
}

/// What LIKE takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum LikeFeature {
    All,
    Constraints,
    Distribution,
    Generated,
    Metadata,
    Options,
    Partitions,
    Watermarks,
}

/// `ALTER TABLE [IF EXISTS] t …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterTable {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The table.
    pub name: ObjectName,
    /// What to do.
    pub action: AlterTableAction,
}

/// What ALTER TABLE can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterTableAction {
    /// `RENAME TO t2`.
    Rename(ObjectName),
    /// `RENAME a TO b`.
    RenameColumn {
        /// The column.
        from: ObjectName,
        /// Its new name.
        to: ObjectName,
    },
    /// `SET (…)`.
    SetOptions(Vec<TableOption>),
    /// `RESET (…)`: keys.
    ResetOptions(Vec<StringLiteral>),
    /// `ADD element`, `ADD (elements)`; at least one.
    Add(Vec<AlterElement>),
    /// `MODIFY element`, `MODIFY (elements)`; at least one.
    Modify(Vec<AlterElement>),
    /// `ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] …`.
    AddPartitions {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The partitions with their options; at least one.
        partitions: Vec<(Vec<PartitionValue>, Vec<TableOption>)>,
    },
    /// `DROP [IF EXISTS] PARTITION (…), …`.
    DropPartitions {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The partitions; at least one.
        partitions: Vec<Vec<PartitionValue>>,
    },
    /// `DROP a`, `DROP (a, b)`.
    DropColumns(Vec<ObjectName>),
    /// `DROP PRIMARY KEY`.
    DropPrimaryKey,
    /// `DROP CONSTRAINT c`.
    DropConstraint(Ident),
    /// `DROP WATERMARK`.
    DropWatermark,
    /// `DROP DISTRIBUTION`.
    DropDistribution,
}
