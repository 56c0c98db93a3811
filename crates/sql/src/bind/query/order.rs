//! ORDER BY, LIMIT, OFFSET and FETCH.

use millstream_expr::{Expr, Kind};

use super::QueryBinder;
use crate::bind::expression::{ExpressionBinder, Scope};
use crate::error::{Error, Result};
use crate::plan::{Plan, SortKey};
use crate::syntax::ast::{
    self, ExprKind, LimitCount, Literal, NullsOrder, NumberForm, OrderItem, Query, SortDirection, Span,
};

/// OFFSET, and how many rows at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) offset: u64,
    pub(super) fetch: Option<u64>,
}

/// What stands behind a SELECT and belongs to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ordering<'q> {
    /// ORDER BY.
    pub(super) order_by: &'q [OrderItem],
    /// Whether the order counts: in a sub-query without limits it must be right, but says nothing.
    pub(super) kept: bool,
    /// LIMIT, OFFSET, FETCH.
    pub(super) limits: Option<Limits>,
}

/// The limits of a query, if it has any.
pub(super) fn limits(query: &Query) -> Result<Option<Limits>> {
    let count = |count: &LimitCount, what: &str| match count {
        LimitCount::Number { number, span } => number.text.parse::<u64>().map_err(|_| {
            Error::invalid(format!("{what} takes a whole number of rows, not {}", number.text)).at(*span)
        }),
        LimitCount::Parameter { span, .. } => {
            Err(Error::unsupported("parameters (?) are not supported; write the number").at(*span))
        }
    };
    let offset = query.offset.as_ref().map(|offset| count(offset, "OFFSET")).transpose()?;
    let fetch = query.limit.as_ref().map(|limit| count(limit, "LIMIT")).transpose()?;
    Ok((offset.is_some() || fetch.is_some()).then_some(Limits { offset: offset.unwrap_or(0), fetch }))
}

/// The position in the select list that an ORDER BY item names by number, if it is a number.
pub(super) fn ordinal(expr: &ast::Expr, width: usize) -> Result<Option<usize>> {
    let ExprKind::Literal(Literal::Number(number)) = &expr.kind else { return Ok(None) };
    if number.form != NumberForm::Integer {
        return Ok(None);
    }
    match number.text.parse::<usize>() {
        Ok(position) if (1..=width).contains(&position) => Ok(Some(position - 1)),
        _ => Err(Error::invalid(format!(
            "ORDER BY {} names no column of the select list, which has {width}",
            number.text
        ))
        .at(expr.span)),
    }
}

/// The key that sorts by `expression` the way an item says.
pub(super) fn sort_key(item: &OrderItem, expression: Expr) -> SortKey {
    let descending = item.direction == SortDirection::Descending;
    let nulls_first = match item.nulls {
        Some(NullsOrder::First) => true,
        Some(NullsOrder::Last) => false,
        // NULLs are lower than all values.
        None => !descending,
    };
    SortKey { expression, descending, nulls_first }
}

impl QueryBinder<'_> {
    /// The keys of an ORDER BY that can only see the output columns: behind VALUES and set operations.
    pub(super) fn order_keys_of_output(&self, plan: &Plan, order_by: &[OrderItem]) -> Result<Vec<SortKey>> {
        let scope = Scope::relation(Vec::new(), &plan.schema);
        let mut keys = Vec::with_capacity(order_by.len());
        for item in order_by {
            let expression = match ordinal(&item.expr, plan.schema.len())? {
                Some(position) => plan.column(position).ok_or_else(|| Error::internal("a column is lost"))?,
                None => ExpressionBinder::new(&scope, &self.context, "ORDER BY").bind_typed(&item.expr)?,
            };
            keys.push(sort_key(item, expression));
        }
        Ok(keys)
    }

    /// The plan in order and within its limits.
    pub(super) fn sorted(
        &self,
        plan: Plan,
        keys: Vec<SortKey>,
        limits: Option<Limits>,
        query: &Query,
    ) -> Result<Plan> {
        if keys.is_empty() && limits.is_none() {
            return Ok(plan);
        }
        if !keys.is_empty() {
            let place = order_span(&query.order_by).unwrap_or(query.span);
            if keys.iter().any(|key| key.expression.data_type.kind == Kind::Variant) {
                let message = "values of VARIANT have no order; cast them: ORDER BY CAST(v AS DOUBLE)";
                return Err(Error::invalid(message).at(place));
            }
            self.require_bounded(&plan, "ORDER BY", place)?;
        }
        let Limits { offset, fetch } = limits.unwrap_or(Limits { offset: 0, fetch: None });
        Ok(Plan::sort(plan, keys, offset, fetch))
    }
}

/// Where the items of an ORDER BY stand.
pub(super) fn order_span(order_by: &[OrderItem]) -> Option<Span> {
    order_by.iter().map(|item| item.expr.span).reduce(Span::to)
}
