//! `a + b IS NULL` to `a IS NULL OR b IS NULL`: what is NULL just where its arguments are need not be computed for that.
//!
//! Flink's planner does so, too, and a query can see it: where a sum of DECIMALs has too many digits it is NULL, but its IS NULL
//! is FALSE, and `1 / x IS NULL` does not fail where x is 0.

use millstream_expr::{CastMode, DataType, Expr, ExprKind, Kind, Value};

use super::RuleContext;
use super::expression::{call, is_pure, replace_parts};
use crate::error::Result;
use crate::plan::Plan;

/// The functions of which Flink's planner knows that they are NULL just where an argument is.
const STRICT: &[&str] = &["+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">=", "NOT", "FLOOR", "CEIL"];

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    replace_parts(plan, simplify)
}

/// The test of the arguments in place of the test of the call, where it is one of a strict function.
fn simplify(expression: &Expr) -> Option<Expr> {
    let ExprKind::Call(test) = &expression.kind else { return None };
    let (name, [tested]) = (test.function.name, test.arguments.as_slice()) else { return None };
    let is_null = match name {
        "IS NULL" => true,
        "IS NOT NULL" => false,
        _ => return None,
    };
    let mut columns = Vec::new();
    if !is_pure(tested) || !collect(tested, &mut columns) {
        return None;
    }
    let tests: Option<Vec<Expr>> = columns.into_iter().map(|argument| call(name, vec![argument])).collect();
    let mut tests = tests?;
    let boolean = DataType { kind: Kind::Boolean, nullable: false };
    Some(match (tests.len(), tests.pop()) {
        (0, _) | (_, None) => Expr::literal(Value::Boolean(!is_null), Kind::Boolean),
        (1, Some(only)) => only,
        (_, Some(last)) => {
            tests.push(last);
            Expr {
                kind: if is_null { ExprKind::Or(tests) } else { ExprKind::And(tests) },
                data_type: boolean,
            }
        }
    })
}

/// Adds what decides whether the call of a strict function is NULL; false if it is no such call.
fn collect(expression: &Expr, into: &mut Vec<Expr>) -> bool {
    let ExprKind::Call(call) = &expression.kind else { return false };
    if !STRICT.contains(&call.function.name) || !call.arguments.iter().all(is_plain) {
        return false;
    }
    for argument in &call.arguments {
        let argument = without_widening(argument);
        if argument.data_type.nullable && !collect(argument, into) && !into.contains(argument) {
            into.push(argument.clone());
        }
    }
    true
}

/// Neither a nested value nor read from a text for the call's sake: Flink compares those in ways of their own.
fn is_plain(argument: &Expr) -> bool {
    let read = match &argument.kind {
        ExprKind::Cast { input, mode: CastMode::Implicit } => {
            input.data_type.kind.is_character() != argument.data_type.kind.is_character()
        }
        _ => false,
    };
    !read && !argument.data_type.kind.is_nested() && argument.data_type.kind != Kind::Null
}

/// The number that the planner made fit for the call, or the text that it reads as a time: Flink's planner does not see that this
/// may give NULL.
fn without_widening(argument: &Expr) -> &Expr {
    match &argument.kind {
        ExprKind::Cast { input, mode: CastMode::Read } => input,
        ExprKind::Cast { input, mode: CastMode::Implicit }
            if input.data_type.kind.is_numeric() && argument.data_type.kind.is_numeric() =>
        {
            without_widening(input)
        }
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    fn assert_calc(select: &str, calc: &str) {
        super::super::testing::assert_calc(select, "simplify_null_tests", calc);
    }

    #[test]
    fn arithmetic_and_comparisons_are_null_where_their_arguments_are() {
        assert_calc("1 / a IS NULL", "Calc(select=[a IS NULL AS v])");
        assert_calc(
            "(a * CHAR_LENGTH(b) > 5) IS NOT NULL",
            "Calc(select=[a IS NOT NULL AND CHAR_LENGTH(b) IS NOT NULL AS v])",
        );
        assert_calc("NOT (-a = 5) IS NULL", "Calc(select=[NOT a IS NULL AS v])");
    }

    #[test]
    fn what_may_be_null_by_itself_is_computed() {
        assert_calc("MOD(a, 2) IS NULL", "Calc(select=[MOD(a, 2) IS NULL AS v])");
        assert_calc("TRY_CAST(b AS INT) + 1 IS NULL", "Calc(select=[TRY_CAST(b AS INT) IS NULL AS v])");
    }
}
