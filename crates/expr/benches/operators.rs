//! What predicates, CASE and casts cost: nanoseconds per row at 8192 rows, on one core. (Each function alone is in `functions`.)
//!
//! `cargo bench -p millstream-expr --bench operators`
//!
//! The last lines hold two figures against what is asked of them: rows a second of five numeric comparisons, and bytes a second of
//! a search in strings.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench measures time, prints, and fails by panicking"
)]

use std::sync::Arc;
use std::time::Instant;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, StringViewArray};
use jiff::tz::TimeZone;
use millstream_expr::functions::{Arguments, lookup};
use millstream_expr::{Call, CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};

const ROWS: usize = 8192;
const BATCHES: u32 = 300;

/// Which of the cases the first figure is of.
const FIVE_COMPARISONS: usize = 2;

/// What five comparisons should filter, in millions of rows a second.
const FILTER_TARGET: f64 = 100.0;

/// What LIKE should search, in GB a second.
const SEARCH_TARGET: f64 = 1.0;

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

fn and(parts: Vec<Expr>) -> Expr {
    Expr { kind: ExprKind::And(parts), data_type: DataType::new(Kind::Boolean) }
}

fn main() {
    let decimal = DataType::new(Kind::Decimal { precision: 12, scale: 2 });
    let types = [
        DataType::new(Kind::Int),
        DataType::new(Kind::BigInt),
        DataType::new(Kind::Double),
        DataType::string(),
        decimal.clone(),
    ];
    // A multiplicative walk: spread out, and the same on every machine.
    let walk = |i: usize| i64::try_from(i * 7_919 % 100_003).unwrap();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_iter_values((0..ROWS).map(|i| i32::try_from(walk(i)).unwrap()))),
        Arc::new(Int64Array::from_iter_values((0..ROWS).map(|i| walk(i) << 20))),
        Arc::new(Float64Array::from_iter_values(
            (0..ROWS).map(|i| f64::from(i32::try_from(walk(i)).unwrap()) / 8.0),
        )),
        Arc::new(StringViewArray::from_iter_values((0..ROWS).map(|i| format!("{}", walk(i))))),
        Arc::new(
            Decimal128Array::from_iter_values((0..ROWS).map(|i| i128::from(walk(i))))
                .with_precision_and_scale(12, 2)
                .unwrap(),
        ),
    ];
    let col = |i: usize| Expr::column(i, types[i].clone());
    let int = |v: i32| Expr::literal(Value::Int(v), Kind::Int);
    let long = |v: i64| Expr::literal(Value::BigInt(v), Kind::BigInt);
    let cast = |e: Expr, kind: Kind| Expr::cast(e, DataType::new(kind), CastMode::Fail);
    let text = DataType::string().kind;
    let five = and(vec![
        call(">", vec![col(0), int(10)]),
        call("<", vec![col(0), int(99_000)]),
        call(">=", vec![col(1), long(1 << 21)]),
        call("<>", vec![col(1), long(77)]),
        call("<", vec![col(2), Expr::literal(Value::Double(12_000.0), Kind::Double)]),
    ]);
    let members = |n: i32| {
        let mut list = vec![col(0)];
        list.extend((0..n).map(|v| int(v * 31)));
        call("IN", list)
    };
    let case = Expr {
        kind: ExprKind::Case {
            branches: vec![
                (call("<", vec![col(0), int(30_000)]), col(1)),
                (call("<", vec![col(0), int(60_000)]), long(0)),
            ],
            otherwise: Box::new(call("+", vec![col(1), long(1)])),
        },
        data_type: DataType::new(Kind::BigInt),
    };
    let cases: Vec<(&str, Expr)> = vec![
        ("INT > constant", call(">", vec![col(0), int(50_000)])),
        ("BIGINT = BIGINT", call("=", vec![col(1), col(1)])),
        ("five comparisons under AND", five),
        ("STRING = constant", call("=", vec![col(3), Expr::literal("12345".into(), text.clone())])),
        ("IN of 5", members(5)),
        ("IN of 500", members(500)),
        ("INT + INT", call("+", vec![col(0), col(0)])),
        ("BIGINT MOD constant", call("MOD", vec![col(1), long(123)])),
        ("DOUBLE / DOUBLE", call("/", vec![col(2), col(2)])),
        ("DECIMAL * DECIMAL", call("*", vec![col(4), col(4)])),
        ("CASE of two branches", case),
        ("CAST(BIGINT AS STRING)", cast(col(1), text.clone())),
        ("CAST(DOUBLE AS STRING)", cast(col(2), text)),
        ("CAST(STRING AS INT)", cast(col(3), Kind::Int)),
    ];
    let nanos: Vec<f64> = cases
        .into_iter()
        .map(|(name, expr)| {
            let nanos = measure(expr, &columns);
            println!("{name:<28} {nanos:>8.2} ns/row {:>8.0} M rows/s", 1e3 / nanos);
            nanos
        })
        .collect();
    let filter = 1e3 / nanos.get(FIVE_COMPARISONS).unwrap();
    println!("five comparisons: {filter:.0} M rows/s of {FILTER_TARGET:.0}");
    let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..ROWS).map(|i| {
        format!(
            "{} a line of a log that tells of nothing much, at length {}, until it ends",
            walk(i),
            walk(i + 1)
        )
    })));
    let bytes: usize = texts.as_string_view().iter().flatten().map(str::len).sum();
    let like = call(
        "LIKE",
        vec![Expr::column(0, DataType::string()), Expr::literal("%x%".into(), DataType::string().kind)],
    );
    let nanos = measure(like, &[texts]);
    let speed = f64::from(u32::try_from(bytes).unwrap()) / (nanos * 8192.0);
    println!("LIKE '%x%': {speed:.2} GB/s of {SEARCH_TARGET:.0}");
}

/// The fastest of many batches, in nanoseconds per row: what else runs on the machine only ever makes one slower.
fn measure(expr: Expr, columns: &[ArrayRef]) -> f64 {
    let context = EvalContext { now_micros: 0, seed: 1 };
    let evaluator = Evaluator::new(&[expr], &TimeZone::UTC).unwrap();
    let batch = |_| {
        let start = Instant::now();
        std::hint::black_box(evaluator.evaluate(&context, std::hint::black_box(columns), ROWS).unwrap());
        start.elapsed()
    };
    (0..BATCHES).map(batch).min().unwrap().as_secs_f64() * 1e9 / 8192.0
}
