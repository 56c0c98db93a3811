//! Terms that stand twice or say nothing; `x = 1 OR x = 2` to `x IN (1, 2)`.
//!
//! TRUE and FALSE within AND and OR are gone by then: constants have been folded.

use millstream_expr::{Call, DataType, Expr, ExprKind, Kind, Value};

use super::RuleContext;
use super::expression::{call, conjunction, conjuncts, is_boolean, is_null, is_pure};
use super::seen::Seen;
use crate::error::{Error, Result};
use crate::plan::{Node, Plan};

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |plan| {
        let plan = plan
            .map_expressions(&mut |expression| expression.transform(&mut |e| Ok::<_, Error>(simplify(e))))?;
        Ok(match plan.node {
            Node::Filter { input, predicate } => match condition(predicate) {
                Some(predicate) => Plan { node: Node::Filter { input, predicate }, schema: plan.schema },
                None => *input,
            },
            Node::Scan(mut scan) => {
                scan.predicate = scan.predicate.and_then(condition);
                Plan { node: Node::Scan(scan), schema: plan.schema }
            }
            node => Plan { node, schema: plan.schema },
        })
    })
}

/// A predicate of which only TRUE counts: terms that are TRUE are left out; none is left: every row passes.
fn condition(predicate: Expr) -> Option<Expr> {
    let terms = conjuncts(predicate).into_iter().filter(|term| !is_boolean(term, true));
    let terms: Vec<Expr> = terms.map(unknown_as_false).collect();
    match terms.iter().find(|term| is_boolean(term, false)) {
        Some(no) => Some(no.clone()),
        None => conjunction(different(terms)),
    }
}

/// A condition that is FALSE where it may as well be NULL.
fn unknown_as_false(condition: Expr) -> Expr {
    let no = || Expr::literal(Value::Boolean(false), Kind::Boolean);
    let Expr { kind, data_type } = condition;
    match kind {
        ExprKind::Literal(Value::Null) => no(),
        ExprKind::And(parts) if parts.iter().any(is_null) => no(),
        ExprKind::Or(parts) => {
            let mut parts: Vec<Expr> =
                parts.into_iter().filter(|part| !is_null(part)).map(unknown_as_false).collect();
            match (parts.len(), parts.pop()) {
                (_, None) => no(),
                (1, Some(only)) => only,
                (_, Some(last)) => {
                    parts.push(last);
                    Expr { kind: ExprKind::Or(parts), data_type }
                }
            }
        }
        kind => Expr { kind, data_type },
    }
}

/// The terms without those that stand there before; what is drawn by chance is never the same.
fn different(terms: impl IntoIterator<Item = Expr>) -> Vec<Expr> {
    let mut seen = Seen::default();
    for term in terms {
        if is_pure(&term) {
            seen.add(term);
        } else {
            seen.push(term);
        }
    }
    seen.into_things()
}

/// One node, of which the parts are simple already.
fn simplify(expression: Expr) -> Expr {
    let data_type = expression.data_type;
    match expression.kind {
        ExprKind::And(parts) => junction(parts, data_type, ExprKind::And),
        ExprKind::Or(parts) => junction(members(parts), data_type, ExprKind::Or),
        ExprKind::Call(test) if is_negation(&test) => {
            let found = test.arguments.first().and_then(negated);
            found.unwrap_or(Expr { kind: ExprKind::Call(test), data_type })
        }
        kind => Expr { kind, data_type },
    }
}

/// Whether the call is TRUE just where its only argument is FALSE.
fn is_negation(test: &Call) -> bool {
    match test.function.name {
        "NOT" => true,
        "IS NOT TRUE" | "IS FALSE" => test.arguments.iter().all(|operand| !operand.data_type.nullable),
        _ => false,
    }
}

/// `NOT a < b` of numbers that may be NaN is `a >= b`, as Flink's planner has it: both are FALSE for NaN. So it is within AND and OR;
/// elsewhere NOT stays where it is.
fn negated(operand: &Expr) -> Option<Expr> {
    may_meet_nan(operand).then(|| opposite(operand)).flatten()
}

/// Whether numbers that may be NaN are compared in it by their order.
fn may_meet_nan(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::And(terms) | ExprKind::Or(terms) => terms.iter().any(may_meet_nan),
        ExprKind::Call(call) => match call.function.name {
            "NOT" => call.arguments.iter().any(may_meet_nan),
            "<" | "<=" | ">" | ">=" => call.arguments.iter().any(|side| side.data_type.kind.is_approximate()),
            _ => false,
        },
        _ => false,
    }
}

/// What is TRUE where `condition` is FALSE, with NOT at its leaves.
fn opposite(condition: &Expr) -> Option<Expr> {
    let all = |terms: &[Expr]| terms.iter().map(opposite).collect::<Option<Vec<_>>>();
    let data_type = condition.data_type.clone();
    match &condition.kind {
        ExprKind::And(terms) => Some(Expr { kind: ExprKind::Or(all(terms)?), data_type }),
        ExprKind::Or(terms) => Some(Expr { kind: ExprKind::And(all(terms)?), data_type }),
        ExprKind::Call(inner) => {
            let other = match (inner.function.name, inner.arguments.as_slice()) {
                ("NOT", [only]) => return Some(only.clone()),
                ("<", _) => ">=",
                ("<=", _) => ">",
                (">", _) => "<=",
                (">=", _) => "<",
                _ => return call("NOT", vec![condition.clone()]),
            };
            call(other, inner.arguments.clone())
        }
        _ => call("NOT", vec![condition.clone()]),
    }
}

/// AND or OR with the parts of inner ones of its own kind, and without repetitions.
fn junction(parts: Vec<Expr>, data_type: DataType, wrap: fn(Vec<Expr>) -> ExprKind) -> Expr {
    let same = std::mem::discriminant(&wrap(Vec::new()));
    let mut terms: Vec<Expr> = Vec::with_capacity(parts.len());
    for part in parts {
        match part.kind {
            ExprKind::And(inner) | ExprKind::Or(inner) if std::mem::discriminant(&part.kind) == same => {
                terms.extend(inner);
            }
            kind => terms.push(Expr { kind, data_type: part.data_type }),
        }
    }
    let mut kept = different(terms);
    match (kept.len(), kept.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            kept.extend(last);
            Expr { kind: wrap(kept), data_type }
        }
    }
}

/// The terms of an OR, where all `x = constant` and `x IN (constants)` of the same `x` have become one IN,
/// in the place of the first.
fn members(parts: Vec<Expr>) -> Vec<Expr> {
    let mut operands: Seen<Expr> = Seen::default();
    let mut constants: Vec<Seen<Expr>> = Vec::new();
    for (operand, own) in parts.iter().filter_map(membership) {
        let at = operands.position(operand).unwrap_or_else(|| {
            operands.push(operand.clone());
            constants.push(Seen::default());
            constants.len() - 1
        });
        if let Some(seen) = constants.get_mut(at) {
            own.iter().for_each(|constant| {
                seen.add(constant.clone());
            });
        }
    }
    // What one IN stands for; none where there is but one constant.
    let mut made: Vec<Option<Expr>> = operands
        .things()
        .iter()
        .zip(&constants)
        .map(|(operand, seen)| (seen.things().len() > 1).then(|| is_in(operand, seen.things())).flatten())
        .collect();
    let is_made: Vec<bool> = made.iter().map(Option::is_some).collect();
    let mut terms = Vec::with_capacity(parts.len());
    for part in parts {
        let group = membership(&part).and_then(|(operand, _)| operands.position(operand));
        match group {
            Some(group) if is_made.get(group) == Some(&true) => {
                terms.extend(made.get_mut(group).and_then(Option::take));
            }
            _ => terms.push(part),
        }
    }
    terms
}

/// `x = constant` and `x IN (constants)`, as x and its constants.
fn membership(expression: &Expr) -> Option<(&Expr, &[Expr])> {
    let ExprKind::Call(call) = &expression.kind else { return None };
    let constant = |e: &Expr| matches!(&e.kind, ExprKind::Literal(value) if *value != Value::Null);
    let (operand, constants) = match (call.function.name, call.arguments.as_slice()) {
        ("=", [left, right]) if constant(right) && !constant(left) => (left, std::slice::from_ref(right)),
        ("=", [left, right]) if constant(left) && !constant(right) => (right, std::slice::from_ref(left)),
        ("IN", [operand, constants @ ..]) if constants.iter().all(constant) => (operand, constants),
        _ => return None,
    };
    let alike = |kind: &Kind| {
        *kind == operand.data_type.kind
            || (kind.is_character() && operand.data_type.kind.is_character())
            || (kind.is_binary() && operand.data_type.kind.is_binary())
    };
    (is_pure(operand) && constants.iter().all(|c| alike(&c.data_type.kind))).then_some((operand, constants))
}

fn is_in(operand: &Expr, constants: &[Expr]) -> Option<Expr> {
    let kind = &operand.data_type.kind;
    let members = constants.iter().filter_map(|c| Some(Expr::literal(c.as_literal()?.clone(), kind.clone())));
    call("IN", std::iter::once(operand.clone()).chain(members).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn a_chain_of_or_becomes_in() {
        assert_tree(
            "SELECT a FROM t WHERE a = 1 OR b = 'k' OR 2 = a OR a IN (3, 1)",
            &["simplify_predicates"],
            &[
                "Calc(select=[a], where=[a IN (1, 2, 3) OR b = 'k'])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn repeated_terms_are_left_out() {
        assert_tree(
            "SELECT a FROM t WHERE a > 1 AND b = 'k' AND a > 1",
            &["simplify_predicates"],
            &[
                "Calc(select=[a], where=[a > 1 AND b = 'k'])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT a FROM t WHERE TRUE AND a > 1",
            &["simplify_predicates"],
            &[
                "Calc(select=[a], where=[a > 1])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT a FROM t WHERE TRUE",
            &["simplify_predicates"],
            &[
                "Calc(select=[a])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn what_is_null_lets_no_row_through() {
        let scan = "+- TableSourceScan(table=[[default_catalog, default_database, u]], fields=[a, b])";
        for (condition, kept) in [
            ("a = a", "a IS NOT NULL"),
            ("a <> a", "FALSE"),
            ("a = a OR b = 'k'", "a IS NOT NULL OR b = 'k'"),
        ] {
            assert_tree(
                &format!("SELECT a FROM u WHERE {condition}"),
                &["simplify_comparisons", "simplify_predicates"],
                &[&format!("Calc(select=[a], where=[{kept}])"), scan],
            );
        }
    }

    #[test]
    fn chance_is_not_repetition() {
        assert_tree(
            "SELECT a FROM t WHERE RAND() > 0.5 AND RAND() > 0.5",
            &["simplify_predicates"],
            &[
                "Calc(select=[a], where=[RAND() > 5E-1 AND RAND() > 5E-1])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }
}
