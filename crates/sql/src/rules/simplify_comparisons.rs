//! `x = x` to `x IS NOT NULL`, and `x + 0` to `x`.
//!
//! Flink's planner does so, too, and a query can see it: NaN is equal to itself then, though it equals nothing else, and -0.0
//! with 0 added stays -0.0.

use millstream_expr::{Call, DataType, Expr, ExprKind, Kind, Value};

use super::RuleContext;
use super::expression::{call, is_pure, replace_parts};
use crate::error::Result;
use crate::plan::Plan;

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    replace_parts(plan, simplify)
}

fn simplify(expression: &Expr) -> Option<Expr> {
    let ExprKind::Call(Call { function, arguments, .. }) = &expression.kind else { return None };
    let [left, right] = arguments.as_slice() else { return None };
    match function.name {
        "+" if expression.data_type.kind.is_approximate() => without_zero(left, right),
        "=" | "<=" | ">=" if is_same(left, right) => unless_null(left, true),
        "<>" | "<" | ">" if is_same(left, right) => unless_null(left, false),
        "IS NOT DISTINCT FROM" if is_same(left, right) => Some(truth(true)),
        "IS DISTINCT FROM" if is_same(left, right) => Some(truth(false)),
        _ => None,
    }
}

/// The other side of a sum with 0.
fn without_zero(left: &Expr, right: &Expr) -> Option<Expr> {
    let is_zero = |side: &Expr| match side.as_literal() {
        Some(Value::Double(number)) => *number == 0.0,
        Some(Value::Float(number)) => *number == 0.0,
        _ => false,
    };
    match (is_zero(left), is_zero(right)) {
        (true, false) => Some(right.clone()),
        (false, true) => Some(left.clone()),
        _ => None,
    }
}

/// Whether both sides are the same value in each row. Constants are folded elsewhere, and nested values are compared in ways of
/// their own.
fn is_same(left: &Expr, right: &Expr) -> bool {
    left == right && !left.data_type.kind.is_nested() && left.as_literal().is_none() && is_pure(left)
}

/// TRUE or FALSE, but NULL where `operand` is.
fn unless_null(operand: &Expr, wanted: bool) -> Option<Expr> {
    if !operand.data_type.nullable {
        return Some(truth(wanted));
    }
    let nullable = DataType::new(Kind::Boolean);
    let unknown = Expr { kind: ExprKind::Literal(Value::Null), data_type: nullable.clone() };
    let test = call(if wanted { "IS NOT NULL" } else { "IS NULL" }, vec![operand.clone()])?;
    let terms = vec![unknown, test];
    let kind = if wanted { ExprKind::Or(terms) } else { ExprKind::And(terms) };
    Some(Expr { kind, data_type: nullable })
}

fn truth(value: bool) -> Expr {
    Expr::literal(Value::Boolean(value), Kind::Boolean)
}

#[cfg(test)]
mod tests {
    fn assert_calc(select: &str, calc: &str) {
        super::super::testing::assert_calc(select, "simplify_comparisons", calc);
    }

    #[test]
    fn what_is_compared_with_itself_is_equal_where_it_is_not_null() {
        assert_calc("a = a", "Calc(select=[NULL OR a IS NOT NULL AS v])");
        assert_calc("a + 1 > a + 1", "Calc(select=[NULL AND a + 1 IS NULL AS v])");
        assert_calc("b IS DISTINCT FROM b", "Calc(select=[FALSE AS v])");
        assert_calc("RAND() = RAND()", "Calc(select=[RAND() = RAND() AS v])");
    }

    #[test]
    fn zero_changes_no_sum() {
        assert_calc("0e0 + SIN(a)", "Calc(select=[SIN(a) AS v])");
        assert_calc("a + 0", "Calc(select=[a + 0 AS v])");
    }
}
