//! What stands in FROM.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    ExtendColumn, FromItem, Hint, HintArguments, Join, JoinConstraint, JoinKind, Pivot, PivotAggregate,
    PivotValue, Sample, TableAlias, TableFactor, TableFunction, TableSource, TableTarget, Unpivot,
    UnpivotValue,
};
use super::expr::InParentheses;
use super::query::Row;
use super::{Clause, Commas, Optional, Word};

impl Display for FromItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        self.joins.iter().try_for_each(|join| write!(f, " {join}"))
    }
}

impl Display for Join {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            JoinKind::Inner => "INNER",
            JoinKind::Left => "LEFT",
            JoinKind::Right => "RIGHT",
            JoinKind::Full => "FULL",
            JoinKind::Cross => "CROSS",
        };
        write!(f, "{}{kind} JOIN {}", Word(self.natural, "NATURAL "), self.right)?;
        match &self.constraint {
            Some(JoinConstraint::On(condition)) => write!(f, " ON {condition}"),
            Some(JoinConstraint::Using(columns)) => write!(f, " USING ({})", Commas(columns)),
            None => Ok(()),
        }
    }
}

impl Display for TableFactor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Word(self.lateral, "LATERAL "), self.source)?;
        write!(f, "{}{}", Optional(" ", &self.match_recognize), Optional(" ", &self.pivot))?;
        write!(
            f,
            "{}{}{}",
            Optional(" ", &self.unpivot),
            Optional(" AS ", &self.alias),
            Optional(" ", &self.sample)
        )
    }
}

impl Display for TableSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { table, system_time } => {
                write!(f, "{table}{}", Optional(" FOR SYSTEM_TIME AS OF ", system_time))
            }
            Self::Function(function) => write!(f, "{function}"),
            Self::Query(query) => write!(f, "({query})"),
            Self::Unnest { collections, with_ordinality } => {
                write!(
                    f,
                    "UNNEST({}){}",
                    InParentheses(collections),
                    Word(*with_ordinality, " WITH ORDINALITY")
                )
            }
            Self::Join(item) => write!(f, "({item})"),
        }
    }
}

impl Display for TableTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let hints = Clause(" /*+ ", &self.hints, " */");
        write!(f, "{}{hints}{}", self.name, Clause(" EXTEND (", &self.extend, ")"))
    }
}

impl Display for ExtendColumn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.data_type)
    }
}

impl Display for TableFunction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let call = super::call::QuotedCall(&self.call);
        if self.wrapped {
            write!(f, "TABLE({}{call})", Word(self.call.specific, "SPECIFIC "))
        } else {
            write!(f, "{call}")
        }
    }
}

impl Display for TableAlias {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, Clause(" (", &self.columns, ")"))
    }
}

impl Display for Hint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.arguments {
            HintArguments::None => Ok(()),
            HintArguments::Options(options) => write!(f, "({})", Commas(options)),
            HintArguments::Names(names) => write!(f, "({})", Commas(names)),
            HintArguments::Literals(literals) => write!(f, "({})", Commas(literals)),
        }
    }
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Substitute(name) => write!(f, "TABLESAMPLE SUBSTITUTE({name})"),
            Self::Percentage { system, percentage, repeatable } => {
                let method = if *system { "SYSTEM" } else { "BERNOULLI" };
                write!(f, "TABLESAMPLE {method}({percentage})")?;
                match repeatable {
                    Some(seed) => write!(f, " REPEATABLE({seed})"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Display for Pivot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (aggregates, axes, values) = (Commas(&self.aggregates), Commas(&self.axes), Commas(&self.values));
        write!(f, "PIVOT ({aggregates} FOR ({axes}) IN ({values}))")
    }
}

impl Display for PivotAggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.call, Optional(" AS ", &self.alias))
    }
}

impl Display for PivotValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Row(&self.row), Optional(" AS ", &self.alias))
    }
}

impl Display for Unpivot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let nulls = match self.include_nulls {
            Some(true) => "INCLUDE NULLS ",
            Some(false) => "EXCLUDE NULLS ",
            None => "",
        };
        let (measures, axes, values) = (Commas(&self.measures), Commas(&self.axes), Commas(&self.values));
        write!(f, "UNPIVOT {nulls}(({measures}) FOR ({axes}) IN ({values}))")
    }
}

impl Display for UnpivotValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({})", Commas(&self.columns))?;
        match &self.row {
            Some(row) => write!(f, " AS {}", Row(row)),
            None => Ok(()),
        }
    }
}
