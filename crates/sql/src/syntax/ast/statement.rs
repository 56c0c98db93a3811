//! Statements, and the parts of those that are neither queries nor definitions.

use super::{
    AlterCatalog, AlterDatabase, AlterFunction, AlterMaterializedTable, AlterModel, AlterTable, AlterView,
    CreateCatalog, CreateDatabase, CreateFunction, CreateMaterializedTable, CreateModel, CreateTable,
    CreateView, DropDatabase, DropFunction, DropObject, Expr, FunctionCall, Ident, ObjectName, Query, Span,
    StringLiteral, TableFactor, TableOption, TableTarget,
};

/// A statement and its place, the `;` behind it not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// Every statement of Flink SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `SELECT …`, `VALUES …`, `WITH …`, `TABLE t`.
    Query(Box<Query>),
    /// `INSERT INTO …`.
    Insert(Box<Insert>),
    /// `UPDATE …`.
    Update(Box<Update>),
    /// `DELETE FROM …`.
    Delete(Box<Delete>),
    /// `MERGE INTO …`.
    Merge(Box<Merge>),
    /// `TRUNCATE TABLE t`.
    Truncate(ObjectName),
    /// `[EXECUTE] STATEMENT SET BEGIN insert; … END`: at least one.
    StatementSet(Vec<Insert>),
    /// `BEGIN STATEMENT SET`: inserts follow as statements of their own, up to `END`.
    BeginStatementSet,
    /// `END`.
    EndStatementSet,
    /// `EXECUTE statement`: a query or an insert.
    Execute(Box<Statement>),
    /// `EXPLAIN …`.
    Explain(Box<Explain>),
    /// `COMPILE PLAN …`.
    CompilePlan(Box<CompilePlan>),
    /// `EXECUTE PLAN 'file'`.
    ExecutePlan(StringLiteral),
    /// `COMPILE AND EXECUTE PLAN 'file' FOR …`.
    CompileAndExecutePlan {
        /// Where the plan is kept.
        file: StringLiteral,
        /// Of what.
        source: Box<PlanSource>,
    },
    /// `CREATE TABLE`, `REPLACE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE VIEW`.
    CreateView(Box<CreateView>),
    /// `CREATE FUNCTION`.
    CreateFunction(Box<CreateFunction>),
    /// `CREATE CATALOG`.
    CreateCatalog(Box<CreateCatalog>),
    /// `CREATE DATABASE`.
    CreateDatabase(Box<CreateDatabase>),
    /// `CREATE MATERIALIZED TABLE`.
    CreateMaterializedTable(Box<CreateMaterializedTable>),
    /// `CREATE MODEL`.
    CreateModel(Box<CreateModel>),
    /// `ALTER TABLE`.
    AlterTable(Box<AlterTable>),
    /// `ALTER VIEW`.
    AlterView(Box<AlterView>),
    /// `ALTER FUNCTION`.
    AlterFunction(Box<AlterFunction>),
    /// `ALTER CATALOG`.
    AlterCatalog(Box<AlterCatalog>),
    /// `ALTER DATABASE`.
    AlterDatabase(Box<AlterDatabase>),
    /// `ALTER MATERIALIZED TABLE`.
    AlterMaterializedTable(Box<AlterMaterializedTable>),
    /// `ALTER MODEL`.
    AlterModel(Box<AlterModel>),
    /// `DROP TABLE`.
    DropTable(DropObject),
    /// `DROP VIEW`.
    DropView(DropObject),
    /// `DROP FUNCTION`.
    DropFunction(DropFunction),
    /// `DROP CATALOG`.
    DropCatalog(DropObject),
    /// `DROP DATABASE`.
    DropDatabase(DropDatabase),
    /// `DROP MATERIALIZED TABLE`.
    DropMaterializedTable(DropObject),
    /// `DROP MODEL`.
    DropModel(DropObject),
    /// `SHOW …`.
    Show(Show),
    /// `DESCRIBE …`, `DESC …`.
    Describe(DescribeTarget),
    /// `USE …`.
    Use(UseTarget),
    /// `LOAD MODULE m [WITH (…)]`.
    LoadModule {
        /// Its name.
        name: Ident,
        /// Its options.
        options: Vec<TableOption>,
    },
    /// `UNLOAD MODULE m`.
    UnloadModule(Ident),
    /// `SET`, `SET 'key' = 'value'`, `SET key = value`.
    Set(Option<SetOption>),
    /// `RESET`, `RESET 'key'`, `RESET key`.
    Reset(Option<String>),
    /// `ALTER SESSION SET name = value`: Calcite's form.
    SetVariable {
        /// Where it is set.
        scope: VariableScope,
        /// The option.
        name: ObjectName,
        /// Its value.
        value: Expr,
    },
    /// `ALTER SESSION RESET name`, `ALTER SESSION RESET ALL`: Calcite's form. No name is all.
    ResetVariable {
        /// Where it is reset.
        scope: VariableScope,
        /// The option.
        name: Option<ObjectName>,
    },
    /// `ADD JAR 'path'`.
    AddJar(StringLiteral),
    /// `REMOVE JAR 'path'`.
    RemoveJar(StringLiteral),
    /// `STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]`.
    StopJob {
        /// Its id.
        id: StringLiteral,
        /// `WITH SAVEPOINT`.
        with_savepoint: bool,
        /// `WITH DRAIN`.
        with_drain: bool,
    },
    /// `CALL procedure(…)`.
    Call(FunctionCall),
    /// `ANALYZE TABLE …`.
    Analyze(Box<AnalyzeTable>),
    /// What only a prompt understands.
    Client(ClientCommand),
}

/// Commands of Flink's SQL client that its parser takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientCommand {
    /// `CLEAR`.
    Clear,
    /// `HELP`.
    Help,
    /// `QUIT`, `EXIT`.
    Quit,
}

/// `INSERT INTO t [PARTITION (…)] [(columns)] query`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// `UPSERT` in place of `INSERT`.
    pub upsert: bool,
    /// `OVERWRITE` in place of `INTO`.
    pub overwrite: bool,
    /// The table.
    pub table: TableTarget,
    /// `PARTITION (p = value, …)`.
    pub partition: Vec<PartitionValue>,
    /// The columns, as paths; empty is all.
    pub columns: Vec<ObjectName>,
    /// The rows.
    pub source: Query,
    /// Where it stands.
    pub span: Span,
}

/// `name = literal` of a partition; without a value where the grammar allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionValue {
    /// The partition column.
    pub name: Ident,
    /// Its value: a literal.
    pub value: Option<Expr>,
}

/// `column = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The column.
    pub column: ObjectName,
    /// Its new value.
    pub value: Expr,
}

/// `UPDATE t SET …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub table: TableTarget,
    /// Its alias.
    pub alias: Option<Ident>,
    /// What is set; at least one.
    pub assignments: Vec<Assignment>,
    /// `WHERE`.
    pub filter: Option<Expr>,
}

/// `DELETE FROM t …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// The table.
    pub table: TableTarget,
    /// Its alias.
    pub alias: Option<Ident>,
    /// `WHERE`.
    pub filter: Option<Expr>,
}

/// `MERGE INTO t USING s ON …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The table.
    pub table: TableTarget,
    /// Its alias.
    pub alias: Option<Ident>,
    /// What is merged in.
    pub source: TableFactor,
    /// Which rows belong together.
    pub condition: Expr,
    /// `WHEN MATCHED THEN UPDATE SET …`.
    pub when_matched: Vec<Assignment>,
    /// `WHEN NOT MATCHED THEN INSERT …`.
    pub when_not_matched: Option<MergeInsert>,
}

/// `INSERT [(columns)] VALUES (…)` of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeInsert {
    /// The columns; empty is all.
    pub columns: Vec<Ident>,
    /// The values.
    pub row: Vec<Expr>,
}

/// `EXPLAIN [details | PLAN FOR] statement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explain {
    /// What to show beside the plan.
    pub details: Vec<ExplainDetail>,
    /// Of what.
    pub statement: Statement,
}

/// What EXPLAIN can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum ExplainDetail {
    EstimatedCost,
    ChangelogMode,
    JsonExecutionPlan,
    PlanAdvice,
}

/// `COMPILE PLAN 'file' [IF NOT EXISTS] FOR …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilePlan {
    /// Where it is written.
    pub file: StringLiteral,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Of what.
    pub source: PlanSource,
}

/// What a plan can be compiled of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanSource {
    /// One insert.
    Insert(Box<Insert>),
    /// A statement set.
    StatementSet(Vec<Insert>),
}

/// `SHOW …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum Show {
    Catalogs(Option<LikeFilter>),
    CurrentCatalog,
    CurrentDatabase,
    Databases { from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Tables { from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Views { from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Functions { user: bool, from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Procedures { from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Models { from: Option<(ScopePreposition, ObjectName)>, like: Option<LikeFilter> },
    Columns { from: (ScopePreposition, ObjectName), like: Option<LikeFilter> },
    Partitions { table: ObjectName, partition: Vec<PartitionValue> },
    Modules { full: bool },
    Jars,
    Jobs,
    CreateTable(ObjectName),
    CreateView(ObjectName),
    CreateModel(ObjectName),
    CreateCatalog(Ident),
}

/// `FROM` or `IN`: the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum ScopePreposition {
    From,
    In,
}

/// `[NOT] LIKE 'pattern'`, `[NOT] ILIKE 'pattern'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikeFilter {
    /// `NOT`.
    pub negated: bool,
    /// `ILIKE`.
    pub case_insensitive: bool,
    /// The pattern.
    pub pattern: StringLiteral,
}

/// `DESCRIBE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum DescribeTarget {
    Table {
        extended: bool,
        name: ObjectName,
    },
    Database {
        extended: bool,
        name: ObjectName,
    },
    Catalog {
        extended: bool,
        name: Ident,
    },
    Function {
        extended: bool,
        name: ObjectName,
    },
    Model {
        extended: bool,
        name: ObjectName,
    },
    Job(StringLiteral),
    /// `DESCRIBE TABLE t [column]`: Calcite's form.
    TableColumn {
        name: ObjectName,
        column: Option<Ident>,
    },
    /// `DESCRIBE [STATEMENT] statement`: Calcite's form.
    Statement(Box<Statement>),
}

/// `USE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum UseTarget {
    Catalog(Ident),
    Database(ObjectName),
    Modules(Vec<Ident>),
}

/// `SET 'key' = 'value'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOption {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Where `ALTER … SET` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum VariableScope {
    System,
    Session,
}

/// `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR …]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalyzeTable {
    /// The table.
    pub table: ObjectName,
    /// The partition; a column without a value is every partition of it.
    pub partition: Vec<PartitionValue>,
    /// Of which columns.
    pub columns: AnalyzeColumns,
}

/// Of which columns statistics are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnalyzeColumns {
    /// Of none: the number of rows only.
    None,
    /// `FOR COLUMNS a, b`.
    Listed(Vec<Ident>),
    /// `FOR ALL COLUMNS`.
    All,
}
