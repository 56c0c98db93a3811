//! An expression gives the same rows however they are cut into batches, and whether its parts are shared or not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::ArrayRef;
use jiff::tz::TimeZone;
use millstream_expr::functions::{Arguments, lookup};
use millstream_expr::{Call, CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};
use proptest::prelude::*;

const CONTEXT: EvalContext = EvalContext { now_micros: 0, seed: 1 };

fn columns() -> [DataType; 4] {
    [DataType::new(Kind::Int), DataType::new(Kind::BigInt), DataType::string(), DataType::new(Kind::Boolean)]
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = lookup(name).unwrap();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = function.overload(&Arguments { types: &types, literals: &literals }).unwrap();
    let arguments = arguments
        .into_iter()
        .zip(&overload.arguments)
        .map(|(a, t)| if a.data_type.same_kind(t) { a } else { Expr::cast(a, t.clone(), CastMode::Implicit) })
        .collect();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

/// Numbers, some of which fail: a division by zero, a text that is no number.
fn number() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        Just(Expr::column(0, columns()[0].clone())),
        Just(Expr::column(1, columns()[1].clone())),
        (-3..4_i32).prop_map(|v| Expr::literal(Value::Int(v), Kind::Int)),
        Just(Expr::cast(Expr::column(2, columns()[2].clone()), DataType::new(Kind::Int), CastMode::Fail)),
        Just(Expr::cast(Expr::column(2, columns()[2].clone()), DataType::new(Kind::Int), CastMode::Null)),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (prop::sample::select(vec!["+", "-", "*", "/", "MOD"]), inner.clone(), inner)
            .prop_map(|(name, a, b)| call(name, vec![a, b]))
    })
}

fn condition() -> impl Strategy<Value = Expr> {
    let compare = (prop::sample::select(vec!["=", "<>", "<", ">=", "IS DISTINCT FROM"]), number(), number())
        .prop_map(|(name, a, b)| call(name, vec![a, b]));
    let leaf = prop_oneof![
        compare,
        number().prop_map(|n| call("IS NULL", vec![n])),
        Just(Expr::column(3, columns()[3].clone())),
    ];
    let boolean = |kind| Expr { kind, data_type: DataType::new(Kind::Boolean) };
    leaf.prop_recursive(3, 16, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |p| boolean(ExprKind::And(p))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |p| boolean(ExprKind::Or(p))),
            inner.clone().prop_map(|c| call("NOT", vec![c])),
            (inner.clone(), inner.clone(), inner).prop_map(move |(c, a, b)| boolean(ExprKind::Case {
                branches: vec![(c, a)],
                otherwise: Box::new(b),
            })),
        ]
    })
}

type Cells = (Option<i32>, Option<i64>, Option<&'static str>, Option<bool>);

fn row() -> impl Strategy<Value = Cells> {
    (
        prop::option::of(-2..3_i32),
        prop::option::of(-2..3_i64),
        prop::option::of(prop::sample::select(vec!["1", "0", "-2", "3", "7", "x"])),
        prop::option::of(any::<bool>()),
    )
}

fn arrays(rows: &[Cells]) -> Vec<ArrayRef> {
    let column = |values: Vec<Value>, i: usize| Value::column(&values, &columns()[i]).unwrap();
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    vec![
        column(rows.iter().map(|r| or_null(r.0.map(Value::Int))).collect(), 0),
        column(rows.iter().map(|r| or_null(r.1.map(Value::BigInt))).collect(), 1),
        column(rows.iter().map(|r| or_null(r.2.map(Value::from))).collect(), 2),
        column(rows.iter().map(|r| or_null(r.3.map(Value::Boolean))).collect(), 3),
    ]
}

/// The value of each row, or `None` where a row fails.
fn values(evaluator: &Evaluator, expr: &Expr, rows: &[Cells]) -> Option<Vec<Value>> {
    let column = evaluator.evaluate(&CONTEXT, &arrays(rows), rows.len()).ok()?.pop()?;
    let array = column.into_array(rows.len()).unwrap();
    Some((0..rows.len()).map(|i| Value::from_array(&array, i, &expr.data_type).unwrap()).collect())
}

proptest! {
    #[test]
    fn rows_do_not_depend_on_batches(expr in condition(), rows in prop::collection::vec(row(), 1..24)) {
        let evaluator = Evaluator::new(std::slice::from_ref(&expr), &TimeZone::UTC).unwrap();
        let whole = values(&evaluator, &expr, &rows);
        let single: Option<Vec<Value>> = rows
            .iter()
            .map(|row| values(&evaluator, &expr, std::slice::from_ref(row)).and_then(|mut v| v.pop()))
            .collect();
        prop_assert_eq!(&whole, &single);
        // The same expression twice shares all of it, and still gives the same.
        let twice = Evaluator::new(&[expr.clone(), expr.clone()], &TimeZone::UTC).unwrap();
        prop_assert_eq!(&whole, &values(&twice, &expr, &rows));
    }
}
