//! CREATE, ALTER and DROP of everything but tables.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    AlterCatalog, AlterCatalogAction, AlterDatabase, AlterFunction, AlterMaterializedTable,
    AlterMaterializedTableAction, AlterModel, AlterModelAction, AlterView, AlterViewAction, CreateCatalog,
    CreateDatabase, CreateFunction, CreateMaterializedTable, CreateModel, CreateView, DropDatabase,
    DropFunction, DropObject, FunctionLanguage, FunctionScope, RefreshMode, Resource,
};
use super::{Clause, Commas, Optional, Word};

const IF_EXISTS: &str = "IF EXISTS ";
const IF_NOT_EXISTS: &str = "IF NOT EXISTS ";

impl DropObject {
    /// `DROP WORD name`.
    pub(super) fn write(&self, f: &mut Formatter<'_>, word: &str) -> fmt::Result {
        let (temporary, if_exists) = (Word(self.temporary, "TEMPORARY "), Word(self.if_exists, IF_EXISTS));
        write!(f, "DROP {temporary}{word} {if_exists}{}", self.name)
    }
}

impl Display for CreateView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (or_replace, temporary) =
            (Word(self.or_replace, "OR REPLACE "), Word(self.temporary, "TEMPORARY "));
        write!(
            f,
            "CREATE {or_replace}{temporary}VIEW {}{}",
            Word(self.if_not_exists, IF_NOT_EXISTS),
            self.name
        )?;
        write!(f, "{}{}", Clause(" (", &self.columns, ")"), Optional(" COMMENT ", &self.comment))?;
        write!(f, " AS {}", self.query)
    }
}

impl Display for AlterView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER VIEW {} ", self.name)?;
        match &self.action {
            AlterViewAction::Rename(name) => write!(f, "RENAME TO {name}"),
            AlterViewAction::SetQuery(query) => write!(f, "AS {query}"),
        }
    }
}

impl Display for FunctionScope {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Catalog => "",
            Self::Temporary => "TEMPORARY ",
            Self::TemporarySystem => "TEMPORARY SYSTEM ",
        })
    }
}

impl Display for FunctionLanguage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Java => "JAVA",
            Self::Scala => "SCALA",
            Self::Sql => "SQL",
            Self::Python => "PYTHON",
        })
    }
}

impl Display for CreateFunction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}FUNCTION {}", self.scope, Word(self.if_not_exists, IF_NOT_EXISTS))?;
        write!(f, "{} AS {}{}", self.name, self.class, Optional(" LANGUAGE ", &self.language))?;
        write!(f, "{}", Clause(" USING ", &self.resources, ""))
    }
}

impl Display for Resource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jar(path) => write!(f, "JAR {path}"),
        }
    }
}

impl Display for AlterFunction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {}FUNCTION {}", self.scope, Word(self.if_exists, IF_EXISTS))?;
        write!(f, "{} AS {}{}", self.name, self.class, Optional(" LANGUAGE ", &self.language))
    }
}

impl Display for DropFunction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (temporary, system) = (Word(self.temporary, "TEMPORARY "), Word(self.system, "SYSTEM "));
        write!(f, "DROP {temporary}{system}FUNCTION {}{}", Word(self.if_exists, IF_EXISTS), self.name)
    }
}

impl Display for CreateCatalog {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE CATALOG {}{}", Word(self.if_not_exists, IF_NOT_EXISTS), self.name)?;
        write!(f, "{}{}", Optional(" COMMENT ", &self.comment), Clause(" WITH (", &self.options, ")"))
    }
}

impl Display for AlterCatalog {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER CATALOG {} ", self.name)?;
        match &self.action {
            AlterCatalogAction::SetOptions(options) => write!(f, "SET ({})", Commas(options)),
            AlterCatalogAction::ResetOptions(keys) => write!(f, "RESET ({})", Commas(keys)),
            AlterCatalogAction::Comment(comment) => write!(f, "COMMENT {comment}"),
        }
    }
}

impl Display for CreateDatabase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE DATABASE {}{}", Word(self.if_not_exists, IF_NOT_EXISTS), self.name)?;
        write!(f, "{}{}", Optional(" COMMENT ", &self.comment), Clause(" WITH (", &self.options, ")"))
    }
}

impl Display for AlterDatabase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER DATABASE {} SET ({})", self.name, Commas(&self.options))
    }
}

impl Display for DropDatabase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let cascade = Word(self.cascade, " CASCADE");
        write!(f, "DROP DATABASE {}{}{cascade}", Word(self.if_exists, IF_EXISTS), self.name)
    }
}

impl Display for RefreshMode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Continuous => "CONTINUOUS",
            Self::Full => "FULL",
        })
    }
}

impl Display for CreateMaterializedTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE MATERIALIZED TABLE {}", self.name)?;
        if let Some(constraint) = &self.constraint {
            write!(f, " ({constraint})")?;
        }
        write!(f, "{}", Optional(" COMMENT ", &self.comment))?;
        write!(f, "{}", Clause(" PARTITIONED BY (", &self.partitioned_by, ")"))?;
        write!(f, "{}", Clause(" WITH (", &self.options, ")"))?;
        write!(f, " FRESHNESS = {}", self.freshness)?;
        write!(f, "{} AS {}", Optional(" REFRESH_MODE = ", &self.refresh_mode), self.query)
    }
}

impl Display for AlterMaterializedTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use AlterMaterializedTableAction as A;
        write!(f, "ALTER MATERIALIZED TABLE {} ", self.name)?;
        match &self.action {
            A::Suspend => f.write_str("SUSPEND"),
            A::Resume(options) => write!(f, "RESUME{}", Clause(" WITH (", options, ")")),
            A::Refresh(partition) => write!(f, "REFRESH{}", Clause(" PARTITION (", partition, ")")),
            A::SetFreshness(interval) => write!(f, "SET FRESHNESS = {interval}"),
            A::SetRefreshMode(mode) => write!(f, "SET REFRESH_MODE = {mode}"),
            A::SetOptions(options) => write!(f, "SET ({})", Commas(options)),
            A::ResetOptions(keys) => write!(f, "RESET ({})", Commas(keys)),
            A::SetQuery(query) => write!(f, "AS {query}"),
        }
    }
}

impl Display for CreateModel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (temporary, if_not_exists) =
            (Word(self.temporary, "TEMPORARY "), Word(self.if_not_exists, IF_NOT_EXISTS));
        write!(f, "CREATE {temporary}MODEL {if_not_exists}{}", self.name)?;
        write!(f, "{}{}", Clause(" INPUT (", &self.input, ")"), Clause(" OUTPUT (", &self.output, ")"))?;
        write!(f, "{}{}", Optional(" COMMENT ", &self.comment), Clause(" WITH (", &self.options, ")"))?;
        write!(f, "{}", Optional(" AS ", &self.as_query))
    }
}

impl Display for AlterModel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER MODEL {}{} ", Word(self.if_exists, IF_EXISTS), self.name)?;
        match &self.action {
            AlterModelAction::Rename(name) => write!(f, "RENAME TO {name}"),
            AlterModelAction::SetOptions(options) => write!(f, "SET ({})", Commas(options)),
            AlterModelAction::ResetOptions(keys) => write!(f, "RESET ({})", Commas(keys)),
        }
    }
}
