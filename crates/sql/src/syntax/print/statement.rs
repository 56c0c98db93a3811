//! Statements.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    AnalyzeColumns, AnalyzeTable, Assignment, ClientCommand, Delete, DescribeTarget, ExplainDetail, Insert,
    LikeFilter, Merge, ObjectName, PartitionValue, PlanSource, ScopePreposition, SetOption, Show, Statement,
    StatementKind, Update, UseTarget, VariableScope,
};
use super::literal::Quoted;
use super::query::Row;
use super::{Clause, Commas, Optional, Word};

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)
    }
}

impl Display for StatementKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(query) => write!(f, "{query}"),
            Self::Insert(insert) => write!(f, "{insert}"),
            Self::Update(update) => write!(f, "{update}"),
            Self::Delete(delete) => write!(f, "{delete}"),
            Self::Merge(merge) => write!(f, "{merge}"),
            Self::Truncate(name) => write!(f, "TRUNCATE TABLE {name}"),
            Self::StatementSet(inserts) => write!(f, "EXECUTE {}", Inserts(inserts)),
            Self::BeginStatementSet => f.write_str("BEGIN STATEMENT SET"),
            Self::EndStatementSet => f.write_str("END"),
            Self::Execute(statement) => write!(f, "EXECUTE {statement}"),
            Self::Explain(explain) => {
                write!(f, "EXPLAIN {}", Clause("", &explain.details, " "))?;
                match &explain.statement.kind {
                    Self::StatementSet(inserts) => write!(f, "{}", Inserts(inserts)),
                    _ => write!(f, "{}", explain.statement),
                }
            }
            Self::CompilePlan(compile) => {
                let if_not_exists = Word(compile.if_not_exists, " IF NOT EXISTS");
                write!(f, "COMPILE PLAN {}{if_not_exists} FOR {}", compile.file, compile.source)
            }
            Self::ExecutePlan(file) => write!(f, "EXECUTE PLAN {file}"),
            Self::CompileAndExecutePlan { file, source } => {
                write!(f, "COMPILE AND EXECUTE PLAN {file} FOR {source}")
            }
            Self::CreateTable(create) => write!(f, "{create}"),
            Self::CreateView(create) => write!(f, "{create}"),
            Self::CreateFunction(create) => write!(f, "{create}"),
            Self::CreateCatalog(create) => write!(f, "{create}"),
            Self::CreateDatabase(create) => write!(f, "{create}"),
            Self::CreateMaterializedTable(create) => write!(f, "{create}"),
            Self::CreateModel(create) => write!(f, "{create}"),
            Self::AlterTable(alter) => write!(f, "{alter}"),
            Self::AlterView(alter) => write!(f, "{alter}"),
            Self::AlterFunction(alter) => write!(f, "{alter}"),
            Self::AlterCatalog(alter) => write!(f, "{alter}"),
            Self::AlterDatabase(alter) => write!(f, "{alter}"),
            Self::AlterMaterializedTable(alter) => write!(f, "{alter}"),
            Self::AlterModel(alter) => write!(f, "{alter}"),
            Self::DropTable(object) => object.write(f, "TABLE"),
            Self::DropView(object) => object.write(f, "VIEW"),
            Self::DropCatalog(object) => object.write(f, "CATALOG"),
            Self::DropModel(object) => object.write(f, "MODEL"),
            Self::DropMaterializedTable(object) => object.write(f, "MATERIALIZED TABLE"),
            Self::DropFunction(drop) => write!(f, "{drop}"),
            Self::DropDatabase(drop) => write!(f, "{drop}"),
            Self::Show(show) => write!(f, "SHOW {show}"),
            Self::Describe(target) => write!(f, "DESCRIBE {target}"),
            Self::Use(target) => write!(f, "USE {target}"),
            Self::LoadModule { name, options } => {
                write!(f, "LOAD MODULE {name}{}", Clause(" WITH (", options, ")"))
            }
            Self::UnloadModule(name) => write!(f, "UNLOAD MODULE {name}"),
            Self::Set(option) => write!(f, "SET{}", Optional(" ", option)),
            Self::Reset(None) => f.write_str("RESET"),
            Self::Reset(Some(key)) => write!(f, "RESET {}", Quoted(key)),
            Self::SetVariable { scope, name, value } => {
                let on =
                    value.as_name().and_then(ObjectName::as_simple).is_some_and(|name| name.value == "ON");
                if on {
                    write!(f, "ALTER {scope} SET {name} = ON")
                } else {
                    write!(f, "ALTER {scope} SET {name} = {value}")
                }
            }
            Self::ResetVariable { scope, name: Some(name) } => write!(f, "ALTER {scope} RESET {name}"),
            Self::ResetVariable { scope, name: None } => write!(f, "ALTER {scope} RESET ALL"),
            Self::AddJar(path) => write!(f, "ADD JAR {path}"),
            Self::RemoveJar(path) => write!(f, "REMOVE JAR {path}"),
            Self::StopJob { id, with_savepoint, with_drain } => {
                let (savepoint, drain) =
                    (Word(*with_savepoint, " WITH SAVEPOINT"), Word(*with_drain, " WITH DRAIN"));
                write!(f, "STOP JOB {id}{savepoint}{drain}")
            }
            Self::Call(call) => write!(f, "CALL {}", super::call::QuotedCall(call)),
            Self::Analyze(analyze) => write!(f, "{analyze}"),
            Self::Client(ClientCommand::Clear) => f.write_str("CLEAR"),
            Self::Client(ClientCommand::Help) => f.write_str("HELP"),
            Self::Client(ClientCommand::Quit) => f.write_str("QUIT"),
        }
    }
}

/// `STATEMENT SET BEGIN … END`.
struct Inserts<'a>(&'a [Insert]);

impl Display for Inserts<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("STATEMENT SET BEGIN")?;
        self.0.iter().try_for_each(|insert| write!(f, " {insert};"))?;
        f.write_str(" END")
    }
}

impl Display for PlanSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert(insert) => write!(f, "{insert}"),
            Self::StatementSet(inserts) => write!(f, "{}", Inserts(inserts)),
        }
    }
}

impl Display for ExplainDetail {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EstimatedCost => "ESTIMATED_COST",
            Self::ChangelogMode => "CHANGELOG_MODE",
            Self::JsonExecutionPlan => "JSON_EXECUTION_PLAN",
            Self::PlanAdvice => "PLAN_ADVICE",
        })
    }
}

// Statements that write.

impl Display for Insert {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verb = if self.upsert { "UPSERT" } else { "INSERT" };
        let into = if self.overwrite { "OVERWRITE" } else { "INTO" };
        write!(f, "{verb} {into} {}", self.table)?;
        write!(f, "{}{}", Clause(" PARTITION (", &self.partition, ")"), Clause(" (", &self.columns, ")"))?;
        write!(f, " {}", self.source)
    }
}

impl Display for PartitionValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, Optional(" = ", &self.value))
    }
}

impl Display for Assignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.column, self.value)
    }
}

impl Display for Update {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "UPDATE {}{} SET ", self.table, Optional(" AS ", &self.alias))?;
        write!(f, "{}{}", Commas(&self.assignments), Optional(" WHERE ", &self.filter))
    }
}

impl Display for Delete {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "DELETE FROM {}{}", self.table, Optional(" AS ", &self.alias))?;
        write!(f, "{}", Optional(" WHERE ", &self.filter))
    }
}

impl Display for Merge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "MERGE INTO {}{}", self.table, Optional(" AS ", &self.alias))?;
        write!(f, " USING {} ON {}", self.source, self.condition)?;
        write!(f, "{}", Clause(" WHEN MATCHED THEN UPDATE SET ", &self.when_matched, ""))?;
        match &self.when_not_matched {
            Some(insert) => {
                let columns = Clause(" (", &insert.columns, ")");
                write!(f, " WHEN NOT MATCHED THEN INSERT{columns} VALUES {}", Row(&insert.row))
            }
            None => Ok(()),
        }
    }
}

// The others.

impl Display for Show {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scoped = |f: &mut Formatter<'_>, word, from: &Option<(ScopePreposition, ObjectName)>, like| {
            f.write_str(word)?;
            if let Some((preposition, name)) = from {
                write!(f, " {preposition} {name}")?;
            }
            write!(f, "{}", Optional(" ", like))
        };
        match self {
            Self::Catalogs(like) => scoped(f, "CATALOGS", &None, like),
            Self::CurrentCatalog => f.write_str("CURRENT CATALOG"),
            Self::CurrentDatabase => f.write_str("CURRENT DATABASE"),
            Self::Databases { from, like } => scoped(f, "DATABASES", from, like),
            Self::Tables { from, like } => scoped(f, "TABLES", from, like),
            Self::Views { from, like } => scoped(f, "VIEWS", from, like),
            Self::Functions { user: true, from, like } => scoped(f, "USER FUNCTIONS", from, like),
            Self::Functions { user: false, from, like } => scoped(f, "FUNCTIONS", from, like),
            Self::Procedures { from, like } => scoped(f, "PROCEDURES", from, like),
            Self::Models { from, like } => scoped(f, "MODELS", from, like),
            Self::Columns { from: (preposition, name), like } => {
                write!(f, "COLUMNS {preposition} {name}{}", Optional(" ", like))
            }
            Self::Partitions { table, partition } => {
                write!(f, "PARTITIONS {table}{}", Clause(" PARTITION (", partition, ")"))
            }
            Self::Modules { full } => write!(f, "{}MODULES", Word(*full, "FULL ")),
            Self::Jars => f.write_str("JARS"),
            Self::Jobs => f.write_str("JOBS"),
            Self::CreateTable(name) => write!(f, "CREATE TABLE {name}"),
            Self::CreateView(name) => write!(f, "CREATE VIEW {name}"),
            Self::CreateModel(name) => write!(f, "CREATE MODEL {name}"),
            Self::CreateCatalog(name) => write!(f, "CREATE CATALOG {name}"),
        }
    }
}

impl Display for ScopePreposition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "FROM",
            Self::In => "IN",
        })
    }
}

impl Display for LikeFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = if self.case_insensitive { "ILIKE" } else { "LIKE" };
        write!(f, "{}{word} {}", Word(self.negated, "NOT "), self.pattern)
    }
}

impl Display for DescribeTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let extended = |extended: &bool| Word(*extended, "EXTENDED ");
        match self {
            Self::Table { extended: e, name } => write!(f, "{}{name}", extended(e)),
            Self::Database { extended: e, name } => write!(f, "DATABASE {}{name}", extended(e)),
            Self::Catalog { extended: e, name } => write!(f, "CATALOG {}{name}", extended(e)),
            Self::Function { extended: e, name } => write!(f, "FUNCTION {}{name}", extended(e)),
            Self::Model { extended: e, name } => write!(f, "MODEL {}{name}", extended(e)),
            Self::Job(id) => write!(f, "JOB {id}"),
            Self::TableColumn { name, column } => write!(f, "TABLE {name}{}", Optional(" ", column)),
            Self::Statement(statement) => write!(f, "STATEMENT {statement}"),
        }
    }
}

impl Display for UseTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog(name) => write!(f, "CATALOG {name}"),
            Self::Database(name) => write!(f, "{name}"),
            Self::Modules(names) => write!(f, "MODULES {}", Commas(names)),
        }
    }
}

impl Display for SetOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", Quoted(&self.key), Quoted(&self.value))
    }
}

impl Display for VariableScope {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "SYSTEM",
            Self::Session => "SESSION",
        })
    }
}

impl Display for AnalyzeTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let partition = Clause(" PARTITION (", &self.partition, ")");
        write!(f, "ANALYZE TABLE {}{partition} COMPUTE STATISTICS", self.table)?;
        match &self.columns {
            AnalyzeColumns::None => Ok(()),
            AnalyzeColumns::Listed(columns) => write!(f, " FOR COLUMNS {}", Commas(columns)),
            AnalyzeColumns::All => f.write_str(" FOR ALL COLUMNS"),
        }
    }
}
