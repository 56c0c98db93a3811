//! What rules ask of expressions.

use std::sync::Arc;

use millstream_expr::functions::{self, Arguments, Determinism};
use millstream_expr::types::implicitly_castable;
use millstream_expr::{Call, DataType, Expr, ExprKind, Kind, Value};

use crate::error::{Error, Result};
use crate::plan::Plan;

/// A call of a function whose overload takes the arguments as they are.
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Option<Expr> {
    let function = functions::lookup(name)?;
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).ok()?;
    let fits = overload.arguments.len() == types.len()
        && overload.arguments.iter().zip(&types).all(|(wanted, given)| wanted.same_kind(given));
    let data_type = overload.returns.clone();
    let kind = ExprKind::Call(Call { function, overload: Arc::new(overload), arguments });
    fits.then_some(Expr { kind, data_type })
}

/// The terms of a conjunction, in order.
pub(crate) fn conjuncts(predicate: Expr) -> Vec<Expr> {
    match predicate.kind {
        ExprKind::And(parts) => parts.into_iter().flat_map(conjuncts).collect(),
        _ => vec![predicate],
    }
}

/// All of the terms under one AND; none without terms.
pub(crate) fn conjunction(mut terms: Vec<Expr>) -> Option<Expr> {
    if terms.len() < 2 {
        return terms.pop();
    }
    let nullable = terms.iter().any(|term| term.data_type.nullable);
    Some(Expr { kind: ExprKind::And(terms), data_type: DataType { kind: Kind::Boolean, nullable } })
}

/// The plan with each part of its expressions replaced, the inner ones first, where `simpler` gives something.
pub(super) fn replace_parts(plan: Plan, simpler: fn(&Expr) -> Option<Expr>) -> Result<Plan> {
    plan.transform_up(&mut |plan| {
        plan.map_expressions(&mut |expression| {
            expression.transform(&mut |part| Ok::<_, Error>(simpler(&part).unwrap_or(part)))
        })
    })
}

/// Each column replaced by the expression at its position.
pub(super) fn substitute(expression: Expr, columns: &[Expr]) -> Expr {
    let replaced = expression.transform::<std::convert::Infallible>(&mut |part| {
        Ok(match &part.kind {
            ExprKind::Column(index) => columns.get(*index).cloned().unwrap_or(part),
            _ => part,
        })
    });
    match replaced {
        Ok(expression) => expression,
        Err(never) => match never {},
    }
}

/// How many nodes it has.
pub(super) fn size(expression: &Expr) -> usize {
    1 + expression.children().into_iter().map(size).sum::<usize>()
}

/// Whether it draws by chance, so that computing it twice is not computing it once.
pub(crate) fn has_random(expression: &Expr) -> bool {
    any(expression, &|part| determinism(part) == Determinism::Random)
}

/// Whether it depends on nothing but its columns.
pub(super) fn is_pure(expression: &Expr) -> bool {
    !any(expression, &|part| determinism(part) != Determinism::Pure)
}

/// Whether there may be a row for which it cannot be computed. When in doubt it can fail.
pub(super) fn can_fail(expression: &Expr) -> bool {
    any(expression, &|part| match &part.kind {
        ExprKind::Call(call) => call.overload.fallible,
        ExprKind::Cast { mode, .. } if mode.gives_null() => false,
        ExprKind::Cast { input, .. } => !always_casts(&input.data_type, &part.data_type),
        _ => false,
    })
}

/// Whether it is computed without work: a column, a field of one, or a constant.
pub(super) fn is_trivial(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) => true,
        ExprKind::Field { input, .. } => is_trivial(input),
        _ => false,
    }
}

/// Whether it is the constant TRUE.
pub(crate) fn is_true(expression: &Expr) -> bool {
    is_boolean(expression, true)
}

/// Whether it is this BOOLEAN constant.
pub(super) fn is_boolean(expression: &Expr, wanted: bool) -> bool {
    matches!(&expression.kind, ExprKind::Literal(Value::Boolean(value)) if *value == wanted)
}

/// Whether it is the constant NULL.
pub(super) fn is_null(expression: &Expr) -> bool {
    matches!(&expression.kind, ExprKind::Literal(Value::Null))
}

fn any(expression: &Expr, test: &impl Fn(&Expr) -> bool) -> bool {
    test(expression) || expression.children().into_iter().any(|child| any(child, test))
}

fn determinism(expression: &Expr) -> Determinism {
    match &expression.kind {
        ExprKind::Call(call) => call.function.determinism,
        _ => Determinism::Pure,
    }
}

fn always_casts(from: &DataType, to: &DataType) -> bool {
    let to_nullable = to.clone().with_nullable(true);
    // A DECIMAL may have too few digits for what comes in.
    let fits = !matches!(to.kind, Kind::Decimal { .. }) && !to.kind.is_nested();
    from.same_kind(to)
        || (fits && implicitly_castable(from, &to_nullable))
        || (to.kind.is_character() && !from.kind.is_nested())
}

#[cfg(test)]
mod tests {
    use millstream_expr::CastMode;

    use super::*;

    fn column(index: usize, kind: Kind) -> Expr {
        Expr::column(index, DataType::new(kind))
    }

    #[test]
    fn a_conjunction_comes_apart_and_together() {
        let terms: Vec<Expr> = (0..3).map(|i| column(i, Kind::Boolean)).collect();
        let whole = conjunction(terms.clone()).unwrap();
        assert_eq!(conjuncts(whole), terms);
        assert_eq!(conjunction(terms[..1].to_vec()), Some(terms[0].clone()));
        assert_eq!(conjunction(Vec::new()), None);
    }

    #[test]
    fn narrowing_casts_can_fail() {
        let cast = |from: Kind, to: Kind, mode| Expr::cast(column(0, from), DataType::new(to), mode);
        assert!(can_fail(&cast(Kind::VarChar { length: 5 }, Kind::Int, CastMode::Fail)));
        assert!(!can_fail(&cast(Kind::VarChar { length: 5 }, Kind::Int, CastMode::Null)));
        assert!(!can_fail(&cast(Kind::Int, Kind::BigInt, CastMode::Implicit)));
        assert!(can_fail(&cast(Kind::Int, Kind::Decimal { precision: 3, scale: 1 }, CastMode::Implicit)));
    }
}
