//! FROM: what stands in it, from left to right.

use std::sync::Arc;

use millstream_expr::functions::{Function, Module};

use super::lookup::system_time;
use super::{QueryBinder, Relation, renamed};
use crate::bind::expression::{ExpressionBinder, Scope, elsewhere};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::rules::is_true;
use crate::syntax::ast::{
    self, FromItem, Join, JoinConstraint, JoinKind, Span, TableAlias, TableFactor, TableFunction,
    TableSource, TableTarget,
};

impl QueryBinder<'_> {
    /// All items of FROM side by side; without FROM one row without columns.
    pub(super) fn bind_from(&mut self, items: &[FromItem]) -> Result<Relation> {
        let mut relation: Option<Relation> = None;
        for item in items {
            relation = Some(self.bind_item(item, relation)?);
        }
        Ok(relation.unwrap_or_else(nothing))
    }

    fn bind_item(&mut self, item: &FromItem, left: Option<Relation>) -> Result<Relation> {
        let mut relation = match left {
            None if is_lateral(&item.first) => self.bind_lateral(nothing(), &item.first, false)?,
            None => self.bind_factor(&item.first)?,
            Some(left) if is_lateral(&item.first) => self.bind_lateral(left, &item.first, false)?,
            Some(_) => return Err(joins_cannot_run("a join (`,`)", item.first.span)),
        };
        for join in &item.joins {
            relation = self.bind_join(relation, join)?;
        }
        Ok(relation)
    }

    /// A join of which the right side is made from each row of the left one; others cannot run.
    fn bind_join(&mut self, left: Relation, join: &Join) -> Result<Relation> {
        let name = match join.kind {
            JoinKind::Inner => "an INNER JOIN",
            JoinKind::Left => "a LEFT JOIN",
            JoinKind::Right => "a RIGHT JOIN",
            JoinKind::Full => "a FULL JOIN",
            JoinKind::Cross => "a CROSS JOIN",
        };
        if let Some((table, time)) = system_time(&join.right.source) {
            refuse_suffixes(&join.right)?;
            return self.bind_lookup(left, join, table, time);
        }
        let lateral = is_lateral(&join.right);
        if !lateral || join.natural || matches!(join.kind, JoinKind::Right | JoinKind::Full) {
            return Err(joins_cannot_run(name, join.span));
        }
        let outer = join.kind == JoinKind::Left;
        let joined = self.bind_lateral(left, &join.right, outer)?;
        let condition = match &join.constraint {
            None => return Ok(joined),
            Some(JoinConstraint::On(condition)) => condition,
            Some(JoinConstraint::Using(_)) => return Err(joins_cannot_run("a join with USING", join.span)),
        };
        let predicate =
            ExpressionBinder::new(&joined.scope, &self.context, "ON").bind_condition(condition)?;
        if is_true(&predicate) {
            return Ok(joined);
        }
        if outer {
            return Err(Error::unsupported(
                "a LEFT JOIN with what is made of each row can only be ON TRUE; put other conditions into WHERE",
            )
            .at(condition.span));
        }
        Ok(Relation { plan: Plan::filter(joined.plan, predicate), scope: joined.scope })
    }

    /// What stands for itself.
    fn bind_factor(&mut self, factor: &TableFactor) -> Result<Relation> {
        refuse_suffixes(factor)?;
        let relation = match &factor.source {
            TableSource::Named { table, system_time } => self.bind_named(table, system_time.as_deref())?,
            TableSource::Query(query) => unnamed(self.bind_query(query, false, None)?),
            TableSource::Join(item) => {
                let relation = self.bind_item(item, None)?;
                if factor.alias.is_none() {
                    return Ok(relation);
                }
                relation
            }
            TableSource::Function(_) => return self.bind_lateral(nothing(), factor, false),
            TableSource::Unnest { .. } => return Err(Error::internal("UNNEST was taken for a table")),
        };
        match &factor.alias {
            Some(alias) => aliased(relation, alias),
            None => Ok(relation),
        }
    }

    fn bind_named(&mut self, table: &TableTarget, system_time: Option<&ast::Expr>) -> Result<Relation> {
        if let Some(time) = system_time {
            return Err(Error::unsupported(
                "FOR SYSTEM_TIME AS OF cannot run here, only behind JOIN or LEFT JOIN (a look-up join)",
            )
            .at(time.span));
        }
        if let Some(column) = table.extend.first() {
            return Err(Error::unsupported("EXTEND is not supported; declare the column with the table")
                .at(column.name.span()));
        }
        self.bind_table(&table.name, &table.hints)
    }

    /// What is made of each row of `left`, beside it.
    fn bind_lateral(&mut self, left: Relation, factor: &TableFactor, outer: bool) -> Result<Relation> {
        refuse_suffixes(factor)?;
        match &factor.source {
            TableSource::Unnest { collections, with_ordinality } => {
                self.bind_unnest(left, collections, *with_ordinality, factor, outer)
            }
            TableSource::Function(function) => self.bind_table_function(left, function, factor, outer),
            TableSource::Query(query) => Err(Error::unsupported(
                "LATERAL over a sub-query cannot run yet; only UNNEST makes rows of a row",
            )
            .at(query.span)),
            TableSource::Named { .. } | TableSource::Join(_) => {
                Err(Error::invalid("LATERAL goes with a sub-query or a table function").at(factor.span))
            }
        }
    }
}

/// The table function of this name in the modules.
pub(super) fn table_function(modules: &[Module], called: &TableFunction) -> Result<&'static Function> {
    let found = called
        .call
        .name
        .as_simple()
        .and_then(|name| modules.iter().find_map(|module| module.table_function(&name.value)));
    found.ok_or_else(|| refuse_function(called))
}

/// The rows of a query, whose columns have no table.
fn unnamed(plan: Plan) -> Relation {
    let scope = Scope::relation(Vec::new(), &plan.schema);
    Relation { plan, scope }
}

/// The same rows under an alias.
fn aliased(relation: Relation, alias: &TableAlias) -> Result<Relation> {
    let plan = renamed(relation.plan, &alias.columns, alias.name.span)?;
    let scope = Scope::relation(vec![Arc::from(alias.name.value.as_str())], &plan.schema);
    Ok(Relation { plan, scope })
}

/// One row without columns.
fn nothing() -> Relation {
    Relation { plan: Plan::single_row(), scope: Scope::empty() }
}

fn is_lateral(factor: &TableFactor) -> bool {
    factor.lateral || matches!(factor.source, TableSource::Unnest { .. })
}

fn joins_cannot_run(name: &str, place: Span) -> Error {
    Error::unsupported(format!("{name} of two tables cannot run yet; only UNNEST can stand beside a table"))
        .at(place)
}

fn refuse_suffixes(factor: &TableFactor) -> Result<()> {
    let found = [
        (factor.match_recognize.is_some(), "MATCH_RECOGNIZE"),
        (factor.pivot.is_some(), "PIVOT"),
        (factor.unpivot.is_some(), "UNPIVOT"),
        (factor.sample.is_some(), "TABLESAMPLE"),
    ];
    match found.iter().find(|(present, _)| *present) {
        Some((_, name)) => Err(Error::unsupported(format!("{name} cannot run yet")).at(factor.span)),
        None => Ok(()),
    }
}

/// The error for a table function that cannot run.
fn refuse_function(function: &TableFunction) -> Error {
    let name = function.call.name.last().value.to_uppercase();
    let place = function.call.span;
    match name.as_str() {
        "TUMBLE" | "HOP" | "CUMULATE" | "SESSION" => {
            Error::unsupported(format!("the window table function {name} cannot run yet")).at(place)
        }
        "ML_PREDICT" | "ML_EVALUATE" | "VECTOR_SEARCH" => {
            Error::unsupported(format!("{name} is not supported: there are no models")).at(place)
        }
        _ => {
            let own = &function.call.name.last().value;
            let mend =
                elsewhere(own).unwrap_or_else(|| "; user-defined functions are not supported".to_owned());
            Error::unsupported(format!("table function '{own}' not found{mend}")).at(place)
        }
    }
}
