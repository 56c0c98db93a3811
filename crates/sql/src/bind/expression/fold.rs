//! Constant folding: what does not depend on rows is computed once, while planning.

use jiff::tz::TimeZone;
use millstream_expr::functions::Determinism;
use millstream_expr::{Column, EvalContext, Evaluator, Expr, ExprKind, Value};

/// `expr` with every part that has the same value for all rows replaced by that value. The types stay. A part whose computation
/// fails stays as it is, so that it fails when a row reaches it. `time_zone` is the session's.
pub fn fold_constants(expr: Expr, time_zone: &TimeZone) -> Expr {
    let folded: Result<Expr, std::convert::Infallible> =
        expr.transform(&mut |part| Ok(simplify(fold_whole(part, time_zone))));
    match folded {
        Ok(expr) => expr,
        Err(never) => match never {},
    }
}

/// The literal that an expression over literals is, if it can be computed; else the expression.
pub(super) fn fold_whole(expr: Expr, time_zone: &TimeZone) -> Expr {
    let foldable = match &expr.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) => false,
        ExprKind::Call(call) => call.function.determinism == Determinism::Pure,
        _ => true,
    };
    if !foldable || !expr.children().iter().all(|part| part.as_literal().is_some()) {
        return expr;
    }
    match evaluate(&expr, time_zone) {
        Some(value) => Expr { kind: ExprKind::Literal(value), data_type: expr.data_type },
        None => expr,
    }
}

fn evaluate(expr: &Expr, time_zone: &TimeZone) -> Option<Value> {
    let evaluator = Evaluator::new(std::slice::from_ref(expr), time_zone).ok()?;
    // Nothing that is folded asks for the clock or the seed.
    let context = EvalContext { now_micros: 0, seed: 0 };
    let result = evaluator.evaluate(&context, &[], 1).ok()?.into_iter().next()?;
    let (Column::Array(array) | Column::Constant(array)) = &result;
    Value::from_array(array.as_ref(), 0, &expr.data_type).ok()
}

/// Takes constant parts out of AND, OR and CASE.
fn simplify(expr: Expr) -> Expr {
    let Expr { kind, data_type } = expr;
    let kind = match kind {
        ExprKind::And(parts) => return junction(parts, false, data_type),
        ExprKind::Or(parts) => return junction(parts, true, data_type),
        ExprKind::Case { branches, otherwise } => {
            let mut kept: Vec<(Expr, Expr)> = Vec::with_capacity(branches.len());
            let mut last = *otherwise;
            for (condition, value) in branches {
                match condition.as_literal() {
                    Some(Value::Boolean(true)) => {
                        last = value;
                        break;
                    }
                    // FALSE and NULL: the branch is never taken.
                    Some(_) => {}
                    None => kept.push((condition, value)),
                }
            }
            if kept.is_empty() {
                return Expr { kind: last.kind, data_type };
            }
            ExprKind::Case { branches: kept, otherwise: Box::new(last) }
        }
        other => other,
    };
    Expr { kind, data_type }
}

/// AND is decided by a FALSE part, OR by a TRUE one; the other truth value adds nothing.
fn junction(parts: Vec<Expr>, decides: bool, data_type: millstream_expr::DataType) -> Expr {
    let literal =
        |value| Expr { kind: ExprKind::Literal(Value::Boolean(value)), data_type: data_type.clone() };
    if parts.iter().any(|part| part.as_literal() == Some(&Value::Boolean(decides))) {
        return literal(decides);
    }
    let mut kept: Vec<Expr> =
        parts.into_iter().filter(|part| part.as_literal() != Some(&Value::Boolean(!decides))).collect();
    match (kept.pop(), kept.is_empty()) {
        (None, _) => literal(!decides),
        (Some(only), true) => only,
        (Some(last), false) => {
            kept.push(last);
            let kind = if decides { ExprKind::Or(kept) } else { ExprKind::And(kept) };
            Expr { kind, data_type }
        }
    }
}
