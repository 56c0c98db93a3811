//! SELECT: the list, WHERE, GROUP BY, HAVING, DISTINCT, and the ORDER BY that sees all of them.

use std::sync::Arc;

use millstream_expr::{DataType, Expr, ExprKind, Kind, Value};

use super::order::{Limits, Ordering, ordinal, sort_key};
use super::{QueryBinder, Relation};
use crate::bind::expression::{Aggregates, ExpressionBinder, GroupingColumns, Scope};
use crate::error::{Error, Result};
use crate::plan::{Plan, SortKey};
use crate::rules::has_random;
use crate::syntax::ast::{self, ContextVariable, OrderItem, Select, SelectItem, SetQuantifier, Span};

/// An output column: its name, its value, and where it is written.
struct Output {
    name: Arc<str>,
    value: Expr,
    span: Span,
}

/// An ORDER BY item over the rows from which the output columns are computed.
struct OrderKey<'q> {
    item: &'q OrderItem,
    value: Expr,
    /// The output column, where the item names one.
    output: Option<usize>,
}

impl QueryBinder<'_> {
    pub(super) fn bind_select(
        &mut self,
        select: &Select,
        ordering: Ordering<'_>,
        wanted: Option<&[DataType]>,
    ) -> Result<Plan> {
        refuse_clauses(select)?;
        let relation = self.bind_from(&select.from)?;
        self.select_over(select, relation, ordering, wanted)
    }

    /// What follows FROM. It is apart so that the frames of a deep recursion stay small.
    fn select_over(
        &self,
        select: &Select,
        relation: Relation,
        ordering: Ordering<'_>,
        wanted: Option<&[DataType]>,
    ) -> Result<Plan> {
        let Relation { mut plan, scope } = relation;
        if let Some(condition) = &select.filter {
            let predicate =
                ExpressionBinder::new(&scope, &self.context, "WHERE").bind_condition(condition)?;
            plan = Plan::filter(plan, predicate);
        }
        let grouping = self.bind_grouping(select.group_by.as_ref(), plan, scope)?;
        let scope = grouping.scope;
        let (mut keys, mut computed) = (grouping.keys, grouping.computed);
        let mut aggregates = Aggregates::new(scope.width(), select.group_by.is_some() && !keys.is_empty());
        if select.group_by.is_some() {
            aggregates = aggregates.with_grouping(match &grouping.columns {
                Some(columns) => columns.clone(),
                None => GroupingColumns::of_one_set(&keys),
            });
        }
        let mut outputs = self.bind_items(select, &scope, &mut aggregates, wanted)?;
        let having = match &select.having {
            Some(condition) => Some((
                ExpressionBinder::with_aggregates(&scope, &self.context, &mut aggregates, "HAVING")
                    .bind_condition(condition)?,
                condition.span,
            )),
            None => None,
        };
        let mut order = self.bind_order(ordering.order_by, &scope, &outputs, &mut aggregates)?;
        let mut base = grouping.plan;
        if select.group_by.is_some() || having.is_some() || !aggregates.is_empty() {
            refuse_nested(&aggregates, scope.width()).map_err(|e| e.at(select.span))?;
            let place = select.group_by.as_ref().map_or(select.span, |group_by| group_by.span);
            self.require_bounded(&base, "GROUP BY and aggregate functions", place)?;
            if let Some(columns) = &grouping.columns {
                // Sets stay apart by their number; what else is asked of them is asked of keys, too.
                let asked =
                    outputs.iter().map(|output| &output.value).chain(order.iter().map(|key| &key.value));
                let asked = asked.chain(having.iter().map(|(predicate, _)| predicate));
                for column in columns.extra_keys(asked) {
                    keys.push(column.clone());
                    computed.push(column);
                }
            }
            for output in &mut outputs {
                let value = aggregates.over_groups(output.value.clone(), &keys, &scope);
                output.value = value.map_err(|e| e.at(output.span))?;
            }
            for key in &mut order {
                let value = aggregates.over_groups(key.value.clone(), &keys, &scope);
                key.value = value.map_err(|e| e.at(key.item.expr.span))?;
            }
            let having = match having {
                Some((predicate, span)) => {
                    Some(aggregates.over_groups(predicate, &keys, &scope).map_err(|e| e.at(span))?)
                }
                None => None,
            };
            let name_of = |column: usize, fallback: String| {
                let is_it =
                    |output: &&Output| matches!(output.value.kind, ExprKind::Column(c) if c == column);
                outputs.iter().find(is_it).map_or_else(|| fallback.into(), |output| output.name.clone())
            };
            let width = keys.len();
            let named_keys = keys.iter().zip(computed).enumerate().map(|(i, (key, computed))| {
                let own = match key.kind {
                    ExprKind::Column(c) => scope.field(c).map(|field| field.name.to_string()),
                    _ => None,
                };
                (name_of(i, own.unwrap_or_else(|| format!("$k{i}"))), computed)
            });
            let calls = aggregates.into_calls().into_iter().enumerate();
            let named_calls = calls.map(|(i, call)| (name_of(width + i, format!("$a{i}")), call));
            let (named_keys, named_calls) = (named_keys.collect(), named_calls.collect());
            base = Plan::aggregate(base, named_keys, named_calls);
            if let Some(predicate) = having {
                base = Plan::filter(base, predicate);
            }
        }
        if !ordering.kept {
            order.clear();
        }
        let distinct = select.quantifier == Some(SetQuantifier::Distinct);
        self.finish(base, outputs, distinct, order, ordering.limits, select.span)
    }

    /// The output columns over the rows of `base`: distinct, in order, and within limits.
    fn finish(
        &self,
        base: Plan,
        outputs: Vec<Output>,
        distinct: bool,
        order: Vec<OrderKey<'_>>,
        limits: Option<Limits>,
        place: Span,
    ) -> Result<Plan> {
        let width = outputs.len();
        let mut columns: Vec<(Arc<str>, Expr)> = outputs.into_iter().map(|o| (o.name, o.value)).collect();
        let mut keys: Vec<SortKey> = Vec::with_capacity(order.len());
        let order_place = order.iter().map(|key| key.item.expr.span).reduce(Span::to);
        for key in order {
            let equal = |(_, value): &(Arc<str>, Expr)| *value == key.value && !has_random(value);
            let at = match key.output.or_else(|| columns.iter().position(equal)) {
                Some(at) => at,
                None if distinct => {
                    return Err(Error::invalid(
                        "with SELECT DISTINCT, ORDER BY can only use what is in the select list",
                    )
                    .at(key.item.expr.span));
                }
                None => {
                    let own = match key.value.kind {
                        ExprKind::Column(column) => base.schema.get(column).map(|f| f.name.clone()),
                        _ => None,
                    };
                    let name = own.unwrap_or_else(|| format!("$s{}", columns.len()).into());
                    columns.push((name, key.value.clone()));
                    columns.len() - 1
                }
            };
            keys.push(sort_key(key.item, Expr::column(at, key.value.data_type)));
        }
        let hidden = columns.len() > width;
        let mut plan = Plan::project(base, columns);
        if distinct {
            self.require_bounded(&plan, "SELECT DISTINCT", place)?;
            plan = deduplicated(plan);
        }
        if !keys.is_empty() {
            self.require_bounded(&plan, "ORDER BY", order_place.unwrap_or(place))?;
        }
        if !keys.is_empty() || limits.is_some() {
            let Limits { offset, fetch } = limits.unwrap_or(Limits { offset: 0, fetch: None });
            plan = Plan::sort(plan, keys, offset, fetch);
        }
        if hidden {
            let kept = plan.schema.iter().take(width).enumerate();
            let kept: Vec<_> = kept
                .map(|(i, field)| (field.name.clone(), Expr::column(i, field.data_type.clone())))
                .collect();
            plan = Plan::project(plan, kept);
        }
        Ok(plan)
    }

    fn bind_items(
        &self,
        select: &Select,
        scope: &Scope,
        aggregates: &mut Aggregates,
        wanted: Option<&[DataType]>,
    ) -> Result<Vec<Output>> {
        let mut outputs: Vec<Output> = Vec::with_capacity(select.items.len());
        for item in &select.items {
            match item {
                SelectItem::Wildcard(span) => {
                    let columns = scope.expand(None).map_err(|e| e.at(*span))?;
                    outputs.extend(columns.into_iter().map(|(name, value)| Output {
                        name,
                        value,
                        span: *span,
                    }));
                }
                SelectItem::QualifiedWildcard { qualifier, span } => {
                    let columns = scope.expand(Some(qualifier)).map_err(|e| e.at(*span))?;
                    outputs.extend(columns.into_iter().map(|(name, value)| Output {
                        name,
                        value,
                        span: *span,
                    }));
                }
                SelectItem::Expr { expr, alias } => {
                    let mut value =
                        ExpressionBinder::with_aggregates(scope, &self.context, aggregates, "SELECT")
                            .bind(expr)?;
                    if value.data_type.kind == Kind::Null {
                        let kind = wanted.and_then(|types| types.get(outputs.len())).map(|t| t.kind.clone());
                        let Some(kind) = kind else {
                            return Err(Error::invalid(
                                "this NULL has no type; write CAST(NULL AS …) with the type it should have",
                            )
                            .at(expr.span));
                        };
                        value = Expr::literal(Value::Null, kind);
                    }
                    let name = match alias {
                        Some(alias) => Arc::from(alias.value.as_str()),
                        None => derived_name(expr, outputs.len()),
                    };
                    outputs.push(Output { name, value, span: expr.span });
                }
            }
        }
        Ok(outputs)
    }

    fn bind_order<'q>(
        &self,
        order_by: &'q [OrderItem],
        scope: &Scope,
        outputs: &[Output],
        aggregates: &mut Aggregates,
    ) -> Result<Vec<OrderKey<'q>>> {
        // The names of output columns come before those of the input.
        let aliases = outputs.iter().map(|output| (output.name.clone(), output.value.clone()));
        let scope = scope.clone().with_aliases(aliases);
        let mut keys = Vec::with_capacity(order_by.len());
        for item in order_by {
            let named = match item.expr.as_name().and_then(|name| name.as_simple()) {
                Some(name) => outputs.iter().position(|output| *output.name == *name.value),
                None => ordinal(&item.expr, outputs.len())?,
            };
            let value = match named.and_then(|at| outputs.get(at)) {
                Some(output) => output.value.clone(),
                None => ExpressionBinder::with_aggregates(&scope, &self.context, aggregates, "ORDER BY")
                    .bind_typed(&item.expr)?,
            };
            keys.push(OrderKey { item, value, output: named });
        }
        Ok(keys)
    }
}

/// Each row once.
pub(super) fn deduplicated(plan: Plan) -> Plan {
    let columns = plan.schema.iter().enumerate();
    let keys: Vec<_> =
        columns.map(|(i, field)| (field.name.clone(), Expr::column(i, field.data_type.clone()))).collect();
    Plan::aggregate(plan, keys, Vec::new())
}

/// The name of a column that is given none: that of the column, field or context variable it is, else `EXPR$` and its position.
fn derived_name(expr: &ast::Expr, position: usize) -> Arc<str> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Arc::from(name.last().value.as_str()),
        ast::ExprKind::ContextVariable(ContextVariable::CurrentDate) => "CURRENT_DATE".into(),
        ast::ExprKind::ContextVariable(ContextVariable::CurrentTime) => "CURRENT_TIME".into(),
        ast::ExprKind::ContextVariable(ContextVariable::CurrentTimestamp) => "CURRENT_TIMESTAMP".into(),
        ast::ExprKind::ContextVariable(ContextVariable::Localtime) => "LOCALTIME".into(),
        ast::ExprKind::ContextVariable(ContextVariable::Localtimestamp) => "LOCALTIMESTAMP".into(),
        _ => format!("EXPR${position}").into(),
    }
}

/// An alias in ORDER BY may bring an aggregate into the arguments of another.
fn refuse_nested(aggregates: &Aggregates, width: usize) -> Result<()> {
    for call in aggregates.calls() {
        if call
            .arguments
            .iter()
            .chain(&call.filter)
            .any(|e| e.columns().iter().any(|column| *column >= width))
        {
            return Err(Error::invalid(format!(
                "{} cannot have another aggregate function inside; aggregate in a sub-query first",
                call.function.name
            )));
        }
    }
    Ok(())
}

fn refuse_clauses(select: &Select) -> Result<()> {
    if let Some(window) = select.windows.first() {
        return Err(
            Error::unsupported("OVER windows cannot run yet, so WINDOW has no use").at(window.name.span)
        );
    }
    if let Some(condition) = &select.qualify {
        return Err(
            Error::unsupported("QUALIFY cannot run yet: it selects by OVER windows").at(condition.span)
        );
    }
    Ok(())
}
