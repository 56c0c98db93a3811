//! Look-up joins: beside each row, the row that a table has for its key at that time.

use std::sync::Arc;

use millstream_expr::{Expr, ExprKind, Field};

use super::table::option_hints;
use super::{QueryBinder, Relation, cast_to, rename};
use crate::bind::expression::{ExpressionBinder, Scope};
use crate::catalog::{self, Table, TableColumnKind};
use crate::error::{Error, Result};
use crate::plan::{Lookup, Node, Plan};
use crate::rules::{conjunction, conjuncts};
use crate::syntax::ast::{self, Join, JoinConstraint, JoinKind, TableSource, TableTarget};

impl QueryBinder<'_> {
    /// `JOIN table FOR SYSTEM_TIME AS OF time`
    pub(super) fn bind_lookup(
        &mut self,
        left: Relation,
        join: &Join,
        target: &TableTarget,
        time: &ast::Expr,
    ) -> Result<Relation> {
        let is_left = match join.kind {
            JoinKind::Inner if !join.natural => false,
            JoinKind::Left if !join.natural => true,
            _ => {
                return Err(Error::unsupported(
                    "FOR SYSTEM_TIME AS OF goes with JOIN or LEFT JOIN … ON: for each row one is looked up by its key",
                )
                .at(join.span));
            }
        };
        let Some(JoinConstraint::On(condition)) = &join.constraint else {
            return Err(Error::unsupported(
                "FOR SYSTEM_TIME AS OF needs ON, with a condition on the PRIMARY KEY of the table that is looked up",
            )
            .at(join.span));
        };
        let read =
            ExpressionBinder::new(&left.scope, &self.context, "FOR SYSTEM_TIME AS OF").bind_typed(time)?;
        let is_processing_time =
            matches!(read.kind, ExprKind::Column(column) if is_processing_time(&left.plan, column));
        if !is_processing_time {
            return Err(Error::unsupported(
                "FOR SYSTEM_TIME AS OF takes a processing-time column of the left side, one declared AS PROCTIME(); a temporal join by \
                 event time, or as of any other time, cannot run yet",
            )
            .at(time.span));
        }
        let (table, options) = self.looked_up(target)?;
        let scan_plan = Plan::scan(Arc::clone(&table), options);
        let name = match &join.right.alias {
            Some(alias) => vec![Arc::from(alias.name.value.as_str())],
            None => {
                let path = &table.path;
                vec![path.catalog.clone(), path.database.clone(), path.name.clone()]
            }
        };
        let mut made: Vec<Field> = scan_plan.schema.to_vec();
        if let Some(alias) = &join.right.alias {
            rename(&mut made, &alias.columns, alias.name.span)?;
        }
        let scope = left.scope.clone().beside(Scope::relation(name.clone(), &made));
        let predicate = ExpressionBinder::new(&scope, &self.context, "ON").bind_condition(condition)?;
        let width = left.plan.schema.len();
        let (keys, condition) =
            key_values(predicate, &table, &scan_plan, width).map_err(|error| error.at(condition.span))?;
        let Node::Scan(scan) = scan_plan.node else {
            return Err(Error::internal("a look-up in something other than a table"));
        };
        let lookup = Lookup { scan, keys, condition, left: is_left };
        let plan = Plan::lookup(left.plan, lookup, made);
        let right = Scope::relation(name, plan.schema.get(width..).unwrap_or_default());
        Ok(Relation { plan, scope: left.scope.beside(right) })
    }

    fn looked_up(
        &self,
        target: &TableTarget,
    ) -> Result<(Arc<Table>, std::collections::BTreeMap<String, String>)> {
        let place = target.name.span();
        let path = self.path_of(&target.name)?;
        let table = match self.catalogs.relation(&path) {
            Some(catalog::Relation::Table(table)) => Arc::clone(table),
            Some(catalog::Relation::View(_)) => {
                return Err(Error::unsupported(format!(
                    "'{}' is a view: only tables can be looked up in, FOR SYSTEM_TIME AS OF",
                    path.name
                ))
                .at(place));
            }
            None => return Err(self.table_not_found(&target.name, &path)),
        };
        if !table.gives_changes() {
            return Err(Error::unsupported(format!(
                "table '{}' cannot be looked up in: only tables of connector 'log' with a PRIMARY KEY can",
                path.name
            ))
            .at(place));
        }
        if let Some(column) = table.columns.iter().find(|column| column.kind != TableColumnKind::Physical) {
            return Err(Error::unsupported(format!(
                "column '{}' of table '{}' is computed or metadata, which a look-up does not give: declare the topic as a table without it",
                column.name, path.name
            ))
            .at(place));
        }
        let options = option_hints(&table, &target.hints, self.config)?;
        Ok((table, options))
    }
}

/// For each column of the primary key the value that is looked up, over the left side, and what else must hold.
fn key_values(
    predicate: Expr,
    table: &Table,
    right: &Plan,
    width: usize,
) -> Result<(Vec<Expr>, Option<Expr>)> {
    let mut terms = conjuncts(predicate);
    let mut keys = Vec::with_capacity(table.primary_key.len());
    for name in &table.primary_key {
        let place = right.schema.iter().position(|field| field.name == *name);
        let place = place.ok_or_else(|| Error::internal("a key without its column"))?;
        let found =
            terms.iter().enumerate().find_map(|(at, term)| Some((at, equal_to(term, width + place, width)?)));
        let Some((at, value)) = found else {
            return Err(Error::invalid(format!(
                "the PRIMARY KEY ({}) of table '{}' must be included in the equality conditions of the look-up join; there is none on '{name}' \
                 that compares it with the left side, as in ON o.{name} = d.{name}",
                table.primary_key.join(", "),
                table.path.name
            )));
        };
        let data_type = right.schema.get(place).map(|field| field.data_type.clone());
        let data_type = data_type.ok_or_else(|| Error::internal("a key without its type"))?;
        if value.data_type.same_kind(&data_type) {
            terms.remove(at);
        }
        // What a conversion changes does not pass the condition, which stays.
        keys.push(cast_to(value, &data_type));
    }
    Ok((keys, conjunction(terms)))
}

/// The other side of `column = …`, if it reads nothing but the first `width` columns.
fn equal_to(term: &Expr, column: usize, width: usize) -> Option<Expr> {
    let ExprKind::Call(call) = &term.kind else { return None };
    let [a, b] = call.arguments.as_slice() else { return None };
    if call.function.name != "=" {
        return None;
    }
    let is_column = |e: &Expr| matches!(e.kind, ExprKind::Column(index) if index == column);
    let is_left = |e: &Expr| e.columns().iter().all(|index| *index < width);
    match () {
        () if is_column(a) && is_left(b) => Some(b.clone()),
        () if is_column(b) && is_left(a) => Some(a.clone()),
        () => None,
    }
}

/// Whether a column is what PROCTIME() gives.
fn is_processing_time(plan: &Plan, column: usize) -> bool {
    match &plan.node {
        Node::Project { input, expressions } => match expressions.get(column).map(|e| &e.kind) {
            Some(ExprKind::Column(below)) => is_processing_time(input, *below),
            Some(ExprKind::Call(call)) => call.function.name == "PROCTIME",
            _ => false,
        },
        Node::Filter { input, .. } | Node::Sort { input, .. } => is_processing_time(input, column),
        Node::Correlate { input, .. } | Node::Lookup { input, .. } => {
            column < input.schema.len() && is_processing_time(input, column)
        }
        Node::UnionAll { inputs } => inputs.iter().all(|input| is_processing_time(input, column)),
        Node::Scan(_) | Node::Values(_) | Node::Aggregate { .. } => false,
    }
}

/// Whether what stands behind JOIN is looked up row by row.
pub(super) fn system_time(source: &TableSource) -> Option<(&TableTarget, &ast::Expr)> {
    match source {
        TableSource::Named { table, system_time: Some(time) } => Some((table, time)),
        _ => None,
    }
}
