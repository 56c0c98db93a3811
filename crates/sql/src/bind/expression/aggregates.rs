//! Aggregate calls: collected while expressions are bound over the input, then put in the place of the groups' results.

use std::sync::Arc;

use millstream_expr::aggregate::{AggregateCall, AggregateFunction};
use millstream_expr::functions::Arguments;
use millstream_expr::{Expr, ExprKind, Value};

use super::{ExpressionBinder, GroupingColumns, Scope, cast, fold_constants};
use crate::error::{Error, Result};
use crate::syntax::ast::{self, FunctionCall, NullTreatment, SetQuantifier};

/// The aggregate calls of a query. Each stands in the expressions around it as a column behind those of the input.
#[derive(Debug)]
pub struct Aggregates {
    width: usize,
    grouped: bool,
    calls: Vec<AggregateCall>,
    /// What GROUPING asks for; none without GROUP BY.
    pub(super) grouping: Option<GroupingColumns>,
}

impl Aggregates {
    /// No calls yet. `width` is the number of the input's columns; `grouped`, whether there are keys, so that no group is empty.
    pub fn new(width: usize, grouped: bool) -> Self {
        Self { width, grouped, calls: Vec::new(), grouping: None }
    }

    /// The same, in a query with GROUP BY, where GROUPING can be asked for.
    #[must_use]
    pub fn with_grouping(self, grouping: GroupingColumns) -> Self {
        Self { grouping: Some(grouping), ..self }
    }

    /// Whether there are no calls.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls, in the order in which they were met, equal ones once.
    pub fn calls(&self) -> &[AggregateCall] {
        &self.calls
    }

    /// The calls, by value.
    pub fn into_calls(self) -> Vec<AggregateCall> {
        self.calls
    }

    /// An expression over the input, bound with these aggregates, as one over the groups: the keys first, then the calls. What equals
    /// a key becomes the key's column.
    ///
    /// # Errors
    /// Invalid, when it reads a column of the input that is neither in a key nor in an aggregate call.
    pub fn over_groups(&self, expr: Expr, keys: &[Expr], scope: &Scope) -> Result<Expr> {
        if let Some(position) = keys.iter().position(|key| *key == expr) {
            return Ok(Expr::column(position, expr.data_type));
        }
        if let ExprKind::Column(column) = expr.kind {
            let Some(call) = column.checked_sub(self.width) else {
                let name = scope.field(column).map_or("?", |field| field.name.as_ref());
                return Err(Error::invalid(format!(
                    "column '{name}' must be in GROUP BY or inside an aggregate function"
                )));
            };
            return Ok(Expr::column(keys.len() + call, expr.data_type));
        }
        expr.map_children(&mut |part| self.over_groups(part, keys, scope))
    }

    fn add(&mut self, call: AggregateCall) -> Expr {
        let data_type = call.data_type.clone();
        let position = self.calls.iter().position(|known| *known == call).unwrap_or_else(|| {
            self.calls.push(call);
            self.calls.len() - 1
        });
        Expr::column(self.width + position, data_type)
    }
}

impl ExpressionBinder<'_> {
    pub(super) fn bind_aggregate(
        &mut self,
        function: &'static AggregateFunction,
        call: &FunctionCall,
    ) -> Result<Expr> {
        if call.over.is_some() {
            return Err(Error::unsupported("OVER windows cannot run yet").at(call.span));
        }
        let refused = [
            (
                !call.within_group.is_empty() || !call.order_by.is_empty(),
                "an ORDER BY inside of an aggregate",
            ),
            (!call.within_distinct.is_empty(), "WITHIN DISTINCT"),
            (call.separator.is_some(), "SEPARATOR"),
            (call.nulls == Some(NullTreatment::Respect), "RESPECT NULLS"),
        ];
        if let Some((_, clause)) = refused.iter().find(|(present, _)| *present) {
            return Err(Error::unsupported(format!("{clause} cannot run yet")).at(call.span));
        }
        if call.star && function.name != "COUNT" {
            return Err(Error::invalid(format!("{}(*) does not exist; only COUNT takes *", function.name)));
        }
        let distinct = call.quantifier == Some(SetQuantifier::Distinct);
        let mut inner = self.inside_aggregate(function.name, call.span)?;
        let arguments = inner.bind_arguments(call)?;
        let filter = call.filter.as_deref().map(|filter| inner.bind_filter(filter)).transpose()?;
        self.collect(function, arguments, distinct, filter)
    }

    /// The aggregate over bound arguments: its overload chosen, collected, and the column that stands for it.
    pub(super) fn collect(
        &mut self,
        function: &'static AggregateFunction,
        arguments: Vec<Expr>,
        distinct: bool,
        filter: Option<Expr>,
    ) -> Result<Expr> {
        let types: Vec<_> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        // Some arguments must be constants, which may be written as more than a literal: an ARRAY of percentages.
        let constant =
            |argument: &Expr| fold_constants(argument.clone(), &self.context.time_zone).as_literal().cloned();
        let literals: Vec<Option<Value>> = arguments.iter().map(constant).collect();
        let overload = function.overload(&Arguments { types: &types, literals: &literals })?;
        if overload.arguments.len() != arguments.len() {
            return Err(Error::internal(format!("{} took another number of arguments", function.name)));
        }
        let arguments = arguments
            .into_iter()
            .zip(&overload.arguments)
            .map(|(argument, wanted)| cast::implicit(argument, wanted, &self.context.time_zone))
            .collect();
        let Some(aggregates) = self.aggregates.as_deref_mut() else {
            return Err(not_here(function.name, self.clause));
        };
        // A filter may leave a group without rows, as there may be none without keys.
        let may_be_empty = !aggregates.grouped || filter.is_some();
        let nullable = overload.returns.nullable || (may_be_empty && overload.null_when_empty);
        let data_type = overload.returns.clone().with_nullable(nullable);
        let overload = Arc::new(overload);
        Ok(aggregates.add(AggregateCall { function, overload, arguments, distinct, filter, data_type }))
    }

    /// A binder for what stands inside of an aggregate call: no further aggregates.
    pub(super) fn inside_aggregate(&self, name: &str, span: ast::Span) -> Result<ExpressionBinder<'_>> {
        if self.aggregates.is_none() {
            return Err(not_here(name, self.clause).at(span));
        }
        Ok(ExpressionBinder::new(self.scope, self.context, "an aggregate function"))
    }

    fn bind_filter(&mut self, filter: &ast::Expr) -> Result<Expr> {
        let clause = std::mem::replace(&mut self.clause, "FILTER");
        let bound = self.bind_condition(filter);
        self.clause = clause;
        bound
    }
}

fn not_here(name: &str, clause: &str) -> Error {
    let mend = match clause {
        "WHERE" => "; put the condition into HAVING",
        _ => "",
    };
    Error::invalid(format!("aggregate function {name} cannot stand in {clause}{mend}"))
}
