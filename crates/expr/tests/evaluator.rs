//! What an evaluator promises: three-valued logic, errors only for rows that are reached, and the same
//! rows however they are cut into batches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, Int32Array, StringViewArray};
use jiff::tz::TimeZone;
use millstream_expr::functions::{Arguments, lookup};
use millstream_expr::{Call, Column, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};

const CONTEXT: EvalContext = EvalContext { now_micros: 0, seed: 1 };

fn int(index: usize) -> Expr {
    Expr::column(index, DataType::new(Kind::Int))
}

fn number(value: i32) -> Expr {
    Expr::literal(Value::Int(value), Kind::Int)
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = lookup(name).unwrap();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).unwrap();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

fn boolean(kind: ExprKind) -> Expr {
    Expr { kind, data_type: DataType::new(Kind::Boolean) }
}

fn evaluate(expr: &Expr, columns: &[ArrayRef]) -> ArrayRef {
    let rows = columns[0].len();
    let evaluator = Evaluator::new(std::slice::from_ref(expr), &TimeZone::UTC).unwrap();
    let column = evaluator.evaluate(&CONTEXT, columns, rows).unwrap().remove(0);
    column.into_array(rows).unwrap()
}

fn truths(values: &[Option<bool>]) -> ArrayRef {
    Arc::new(BooleanArray::from(values.to_vec()))
}

#[test]
fn and_and_or_know_unknown() {
    let all = [Some(true), Some(false), None];
    let (mut left, mut right, mut and, mut or) = (vec![], vec![], vec![], vec![]);
    for a in all {
        for b in all {
            left.push(a);
            right.push(b);
            and.push(match (a, b) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            });
            or.push(match (a, b) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            });
        }
    }
    let columns = [truths(&left), truths(&right)];
    let parts = || (0..2).map(|i| Expr::column(i, DataType::new(Kind::Boolean))).collect::<Vec<_>>();
    assert_eq!(&evaluate(&boolean(ExprKind::And(parts())), &columns), &truths(&and));
    assert_eq!(&evaluate(&boolean(ExprKind::Or(parts())), &columns), &truths(&or));
}

#[test]
fn a_predicate_keeps_the_rows_that_are_true() {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![Some(1), None, Some(3), Some(4)]))];
    let expr =
        boolean(ExprKind::Or(vec![call("=", vec![int(0), number(1)]), call(">", vec![int(0), number(3)])]));
    let evaluator = Evaluator::new(&[expr], &TimeZone::UTC).unwrap();
    let kept = evaluator.predicate(&CONTEXT, &columns, 4).unwrap();
    assert_eq!(kept, BooleanArray::from(vec![true, false, false, true]));
}

#[test]
fn case_takes_the_first_branch_that_is_true() {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![Some(1), Some(2), None, Some(9)]))];
    let text = |s: &str| Expr::literal(s.into(), DataType::string().kind);
    let expr = Expr {
        kind: ExprKind::Case {
            branches: vec![
                (call("=", vec![int(0), number(1)]), text("one")),
                (call("<", vec![int(0), number(5)]), text("few, but more than fit in a view")),
            ],
            otherwise: Box::new(Expr::literal(Value::Null, DataType::string().kind)),
        },
        data_type: DataType::string(),
    };
    let expected =
        StringViewArray::from(vec![Some("one"), Some("few, but more than fit in a view"), None, None]);
    assert_eq!(&evaluate(&expr, &columns), &(Arc::new(expected) as ArrayRef));
}

#[test]
fn constants_stay_constant() {
    let evaluator = Evaluator::new(&[call("=", vec![number(1), number(1)])], &TimeZone::UTC).unwrap();
    let columns = evaluator.evaluate(&CONTEXT, &[], 5).unwrap();
    assert!(matches!(&columns[0], Column::Constant(a) if a.len() == 1));
    assert_eq!(evaluator.predicate(&CONTEXT, &[], 5).unwrap().true_count(), 5);
}

#[test]
fn a_long_chain_is_flat_and_a_deep_tree_is_refused() {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1, 2]))];
    let chain =
        boolean(ExprKind::And((0..10_000).map(|i| call("<>", vec![int(0), number(i + 2)])).collect()));
    assert_eq!(&evaluate(&chain, &columns), &truths(&[Some(true), Some(false)]));

    let mut deep = call("IS NULL", vec![int(0)]);
    for i in 0..600 {
        let part = call("=", vec![int(0), number(i)]);
        deep = boolean(if i % 2 == 0 {
            ExprKind::And(vec![part, deep])
        } else {
            ExprKind::Or(vec![part, deep])
        });
    }
    let error = Evaluator::new(&[deep], &TimeZone::UTC).unwrap_err();
    assert!(error.message.contains("256 levels deep"), "{error}");
}

#[test]
fn no_rows_give_empty_columns() {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(Vec::<i32>::new()))];
    assert_eq!(evaluate(&call("=", vec![int(0), number(1)]), &columns).len(), 0);
}
