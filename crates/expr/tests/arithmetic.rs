//! Operators and functions over numbers and intervals, as Apache Flink 2.1.0 computes them: types and results
//! were recorded from it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use jiff::tz::TimeZone;
use millstream_expr::functions::{Arguments, lookup};
use millstream_expr::types::{IntervalField, IntervalResolution};
use millstream_expr::{
    Call, CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Result, Value,
};

/// A NOT NULL constant.
fn value(value: Value, kind: Kind) -> Expr {
    Expr::literal(value, kind)
}

fn int(v: i32) -> Expr {
    value(Value::Int(v), Kind::Int)
}

fn double(v: f64) -> Expr {
    value(Value::Double(v), Kind::Double)
}

/// A DECIMAL literal of as many digits as are written.
fn dec(text: &str) -> Expr {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len()).try_into().unwrap();
    let precision = digits.trim_start_matches('0').len().max(usize::from(scale)).try_into().unwrap();
    let unscaled: i128 = digits.parse().unwrap();
    let unscaled = if text.starts_with('-') { -unscaled } else { unscaled };
    value(Value::Decimal(unscaled), Kind::Decimal { precision, scale })
}

fn cast(expr: Expr, kind: Kind) -> Expr {
    let nullable = expr.data_type.nullable;
    Expr::cast(expr, DataType { kind, nullable }, CastMode::Implicit)
}

/// A call, with the casts that the binder writes.
fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = lookup(name).unwrap();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = function.overload(&Arguments { types: &types, literals: &literals }).unwrap();
    let arguments = arguments
        .into_iter()
        .zip(&overload.arguments)
        .map(|(a, t)| if a.data_type.same_kind(t) { a } else { cast(a, t.kind.clone()) })
        .collect();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

/// Every constant made a column, so that nothing is folded.
fn lifted(expr: Expr, columns: &mut Vec<(Value, DataType)>) -> Expr {
    expr.transform(&mut |e| {
        Ok::<_, ()>(match e.kind {
            ExprKind::Literal(value) => {
                columns.push((value, e.data_type.clone()));
                Expr::column(columns.len() - 1, e.data_type)
            }
            _ => e,
        })
    })
    .unwrap()
}

fn run(expr: Expr) -> Result<Value> {
    let context = EvalContext { now_micros: 0, seed: 7 };
    let data_type = expr.data_type.clone();
    let text = |expr: &Expr, columns: &[(Value, DataType)]| {
        let arrays: Vec<_> = columns.iter().map(|(v, t)| v.to_array(t, 2).unwrap()).collect();
        let evaluator = Evaluator::new(std::slice::from_ref(expr), &TimeZone::UTC)?;
        let result = evaluator.evaluate(&context, &arrays, 2)?.remove(0).into_array(2).unwrap();
        assert_eq!(result.data_type(), &data_type.physical());
        Value::from_array(&result, 1, &data_type)
    };
    let folded = text(&expr, &[]);
    let mut columns = Vec::new();
    let over_columns = lifted(expr, &mut columns);
    let run = text(&over_columns, &columns);
    assert_eq!(folded, run, "constants and columns differ");
    run
}

fn check(name: &str, arguments: Vec<Expr>, expected_type: &str, expected: &str) {
    let expr = call(name, arguments);
    assert_eq!(expr.data_type.to_string(), expected_type, "{name}");
    let printed = Expr::cast(expr, DataType::string(), CastMode::Fail);
    let text = match run(printed).unwrap() {
        Value::String(text) => text.to_string(),
        _ => "NULL".to_owned(),
    };
    assert_eq!(text, expected, "{name}");
}

#[test]
fn integers_wrap_and_take_the_wider_type() {
    check("+", vec![int(2_147_483_647), int(1)], "INT NOT NULL", "-2147483648");
    let tiny = |v| value(Value::TinyInt(v), Kind::TinyInt);
    check("+", vec![tiny(127), tiny(1)], "TINYINT NOT NULL", "-128");
    check("+", vec![tiny(1), int(1)], "INT NOT NULL", "2");
    check("*", vec![tiny(100), value(Value::SmallInt(100), Kind::SmallInt)], "SMALLINT NOT NULL", "10000");
    check("-", vec![tiny(-128)], "TINYINT NOT NULL", "-128");
    check("/", vec![int(-7), int(2)], "INT NOT NULL", "-3");
    check("/", vec![int(i32::MIN), int(-1)], "INT NOT NULL", "-2147483648");
    check("%", vec![int(-7), int(2)], "INT NOT NULL", "-1");
    check("MOD", vec![int(7), int(-2)], "INT NOT NULL", "1");
    check("MOD", vec![value(Value::BigInt(1 << 40), Kind::BigInt), int(1000)], "INT NOT NULL", "776");
}

#[test]
fn zero_divides_only_floats() {
    for name in ["/", "MOD"] {
        for zero in [int(0), dec("0.0")] {
            let error = run(call(name, vec![int(5), zero])).unwrap_err();
            assert_eq!(
                error.message,
                "division by zero; guard the divisor with NULLIF(…, 0) to get NULL instead"
            );
        }
    }
    check("/", vec![double(5.0), int(0)], "DOUBLE NOT NULL", "Infinity");
    check("/", vec![double(0.0), int(0)], "DOUBLE NOT NULL", "NaN");
}

#[test]
fn decimals_have_the_types_and_digits_of_flink() {
    check("/", vec![dec("7.5"), int(2)], "DECIMAL(13, 12) NOT NULL", "3.750000000000");
    check("/", vec![dec("2.0"), int(3)], "DECIMAL(13, 12) NOT NULL", "0.666666666667");
    check("%", vec![dec("-7.5"), int(2)], "DECIMAL(2, 1) NOT NULL", "-1.5");
    check("MOD", vec![int(5), dec("2.5")], "DECIMAL(2, 1) NOT NULL", "0.0");
    let wide = |text: &str, precision, scale| {
        cast(value(text.into(), DataType::string().kind), Kind::Decimal { precision, scale })
    };
    let nines = "99999999999999999999999999999999999999";
    check("+", vec![wide(nines, 38, 0), int(1)], "DECIMAL(38, 0) NOT NULL", "NULL");
    check("*", vec![wide(nines, 38, 0), int(2)], "DECIMAL(38, 0) NOT NULL", "NULL");
    let x = "1.123456789012345678";
    check("*", vec![wide(x, 38, 18), wide(x, 38, 18)], "DECIMAL(38, 6) NOT NULL", "1.262155");
    check(
        "+",
        vec![wide(x, 38, 18), wide("1.1234567890123456785", 38, 19)],
        "DECIMAL(38, 17) NOT NULL",
        "2.24691357802469136",
    );
    check("/", vec![wide("1", 38, 10), int(3)], "DECIMAL(38, 10) NOT NULL", "0.3333333333");
    check("/", vec![wide("10", 38, 2), wide("3", 38, 10)], "DECIMAL(38, 6) NOT NULL", "3.333333");
    check(
        "/",
        vec![wide("12345678901234567890.12345678", 38, 8), wide("0.00000001", 38, 8)],
        "DECIMAL(38, 6) NOT NULL",
        "1234567890123456789012345678.000000",
    );
    check("MOD", vec![wide("5", 5, 2), wide("3", 10, 5)], "DECIMAL(8, 5) NOT NULL", "2.00000");
}

#[test]
fn floats_keep_to_the_first_approximate_type() {
    let float = |v| value(Value::Float(v), Kind::Float);
    check("+", vec![float(0.1), float(0.2)], "FLOAT NOT NULL", "0.3");
    check("+", vec![float(0.1), dec("0.2")], "DOUBLE NOT NULL", "0.30000000149011613");
    check("+", vec![float(1.0), double(1.5)], "FLOAT NOT NULL", "2.5");
    check("+", vec![int(16_777_217), float(0.5)], "FLOAT NOT NULL", "1.6777216E7");
}

#[test]
fn rounding() {
    check("ROUND", vec![dec("2.345"), int(2)], "DECIMAL(4, 2) NOT NULL", "2.35");
    check("ROUND", vec![dec("1234.5"), int(-2)], "DECIMAL(5, 0) NOT NULL", "1200");
    check("ROUND", vec![dec("-2.5")], "DECIMAL(2, 0) NOT NULL", "-3");
    check("ROUND", vec![dec("99.99"), int(1)], "DECIMAL(4, 1) NOT NULL", "100.0");
    check("ROUND", vec![dec("2.345"), int(5)], "DECIMAL(4, 3) NOT NULL", "2.345");
    check("ROUND", vec![double(1.005), int(2)], "DOUBLE NOT NULL", "1.01");
    check("ROUND", vec![double(-2.5)], "DOUBLE NOT NULL", "-3.0");
    check("ROUND", vec![value(Value::TinyInt(127), Kind::TinyInt), int(-1)], "TINYINT NOT NULL", "-126");
    check("ROUND", vec![int(i32::MAX), int(-1)], "INT NOT NULL", "-2147483646");
    check("ROUND", vec![value(Value::Float(2.345), Kind::Float), int(2)], "FLOAT NOT NULL", "2.35");
    check("TRUNCATE", vec![dec("-2.345"), int(2)], "DECIMAL(4, 2) NOT NULL", "-2.34");
    check("TRUNCATE", vec![dec("2.345")], "DECIMAL(2, 0) NOT NULL", "2");
    check("TRUNCATE", vec![double(1.005), int(2)], "DOUBLE NOT NULL", "1.0");
    check("TRUNCATE", vec![int(25), int(-1)], "INT NOT NULL", "20");
    check("CEIL", vec![dec("-1.2")], "DECIMAL(2, 0) NOT NULL", "-1");
    check("CEILING", vec![dec("99.9")], "DECIMAL(3, 0) NOT NULL", "100");
    check("FLOOR", vec![dec("-1.2")], "DECIMAL(2, 0) NOT NULL", "-2");
    check("FLOOR", vec![double(-1.2)], "DOUBLE NOT NULL", "-2.0");
    check("FLOOR", vec![int(5)], "INT NOT NULL", "5");
    assert!(run(call("ROUND", vec![double(f64::NAN), int(1)])).is_err());
}

#[test]
fn signs_and_real_functions() {
    check("ABS", vec![int(i32::MIN)], "INT NOT NULL", "-2147483648");
    check("ABS", vec![dec("-1.5")], "DECIMAL(2, 1) NOT NULL", "1.5");
    check("SIGN", vec![dec("-1.50")], "DECIMAL(3, 2) NOT NULL", "-1.00");
    check("SIGN", vec![double(f64::NAN)], "DOUBLE NOT NULL", "NaN");
    check("POWER", vec![int(-8), dec("0.5")], "DOUBLE NOT NULL", "NaN");
    check("LOG", vec![int(1), int(8)], "DOUBLE NOT NULL", "Infinity");
    check("LOG2", vec![int(8)], "DOUBLE NOT NULL", "3.0");
    check("LN", vec![int(0)], "DOUBLE NOT NULL", "-Infinity");
    check("COT", vec![int(1)], "DOUBLE NOT NULL", "0.6420926159343306");
    check("SINH", vec![int(1)], "DOUBLE NOT NULL", "1.1752011936438014");
    check("DEGREES", vec![int(1)], "DOUBLE NOT NULL", "57.29577951308232");
    check("BIN", vec![int(-4)], "STRING NOT NULL", &format!("{}00", "1".repeat(62)));
}

#[test]
fn greatest_and_least() {
    check("GREATEST", vec![int(1), dec("2.5"), int(3)], "DECIMAL(11, 1) NOT NULL", "3.0");
    check("GREATEST", vec![double(1.5), double(f64::NAN)], "DOUBLE NOT NULL", "NaN");
    check("LEAST", vec![int(1), double(2.0)], "DOUBLE NOT NULL", "1.0");
    let null = cast(Expr::literal(Value::Null, Kind::Null), Kind::Int);
    check("GREATEST", vec![int(1), null], "INT", "NULL");
    let text = |t: &str| value(t.into(), Kind::Char { length: t.len().try_into().unwrap() });
    check("GREATEST", vec![text("a"), text("bb")], "VARCHAR(2) NOT NULL", "bb");
}

#[test]
fn intervals_move_dates_and_times() {
    let field = |resolution| IntervalField { resolution, precision: 2, fraction: 3 };
    let months = |v| value(Value::Months(v), Kind::IntervalYearMonth(field(IntervalResolution::Month)));
    let seconds = |v: i64| {
        value(Value::Milliseconds(v * 1_000), Kind::IntervalDayTime(field(IntervalResolution::Second)))
    };
    let date = || value(Value::Date(19_753), Kind::Date); // 2024-01-31
    check("+", vec![date(), months(1)], "DATE NOT NULL", "2024-02-29");
    check("+", vec![seconds(90_000), date()], "DATE NOT NULL", "2024-02-01");
    check("-", vec![date(), seconds(1)], "DATE NOT NULL", "2024-01-31");
    let noon = || value(Value::Time(43_200_000), Kind::Time { precision: 0 });
    check("-", vec![noon(), seconds(46_800)], "TIME(0) NOT NULL", "23:00:00");
    let stamp = |precision| {
        value(Value::Timestamp(1_706_702_400_123_456_000), Kind::Timestamp { precision }) // 2024-01-31 12:00
    };
    check("+", vec![stamp(6), months(1)], "TIMESTAMP(6) NOT NULL", "2024-02-29 12:00:00.123456");
    check("+", vec![stamp(9), months(1)], "TIMESTAMP(9) NOT NULL", "2024-02-29 12:00:00.123456000");
    check("-", vec![stamp(3), seconds(1)], "TIMESTAMP(3) NOT NULL", "2024-01-31 11:59:59.123");
    check("*", vec![int(2), months(7)], "INTERVAL MONTH NOT NULL", "+1-02");
    check("*", vec![seconds(3), int(2)], "INTERVAL SECOND(3) NOT NULL", "+0 00:00:06.000");
    check("-", vec![months(12), months(1)], "INTERVAL MONTH NOT NULL", "+0-11");
    check("-", vec![seconds(1)], "INTERVAL SECOND(3) NOT NULL", "-0 00:00:01.000");
}

#[test]
fn types_without_an_overload_are_refused_with_the_signatures() {
    let function = lookup("SQRT").unwrap();
    let types = [DataType::string()];
    let error = function.overload(&Arguments { types: &types, literals: &[None] }).err().unwrap();
    assert_eq!(error.message, "function SQRT does not take (STRING); it is written as SQRT(numeric)");
}

#[test]
fn random_functions_draw_from_their_seed() {
    let context = EvalContext { now_micros: 0, seed: 7 };
    let run = |expr: &Expr| {
        let evaluator = Evaluator::new(std::slice::from_ref(expr), &TimeZone::UTC).unwrap();
        let column = evaluator.evaluate(&context, &[], 3).unwrap().remove(0).into_array(3).unwrap();
        (0..3).map(|row| Value::from_array(&column, row, &expr.data_type).unwrap()).collect::<Vec<_>>()
    };
    let seeded = call("RAND_INTEGER", vec![int(1), int(10)]);
    assert_eq!(run(&seeded), [5, 8, 7].map(Value::Int));
    let unseeded = run(&call("RAND", vec![]));
    assert_ne!(unseeded[0], unseeded[1]);
    assert_eq!(unseeded, run(&call("RAND", vec![])));
    assert!(run(&call("UUID", vec![])).iter().all(|v| matches!(v, Value::String(s) if s.len() == 36)));
}
