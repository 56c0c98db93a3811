//! CAST and TRY_CAST, as Apache Flink 2.1.0 does them: the results were recorded from it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use arrow_array::Array;
use jiff::tz::TimeZone;
use millstream_expr::types::{IntervalField, IntervalResolution, MAX_LENGTH};
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, Field, Kind, Result, Value};

const CONTEXT: EvalContext = EvalContext { now_micros: 0, seed: 1 };
const STRING: Kind = Kind::VarChar { length: MAX_LENGTH };

fn decimal(precision: u8, scale: u8) -> Kind {
    Kind::Decimal { precision, scale }
}

fn timestamp(precision: u8) -> Kind {
    Kind::Timestamp { precision }
}

fn array(element: Kind) -> Kind {
    Kind::Array(DataType::new(element).into())
}

fn row(fields: &[(&str, Kind)]) -> Kind {
    Kind::Row(fields.iter().map(|(name, kind)| Field::new(*name, DataType::new(kind.clone()))).collect())
}

/// The value through a chain of casts, the last one in `mode`, in a zone.
fn chain(value: Value, kinds: &[Kind], mode: CastMode, zone: &TimeZone) -> Result<Value> {
    let (from, targets) = kinds.split_first().unwrap();
    let mut expr = Expr::column(0, DataType::new(from.clone()));
    for target in targets {
        expr = Expr::cast(expr, DataType::new(target.clone()), mode);
    }
    let to = expr.data_type.clone();
    let column = value.to_array(&DataType::new(from.clone()), 3).unwrap();
    let evaluator = Evaluator::new(&[expr], zone).unwrap();
    let result = evaluator.evaluate(&CONTEXT, &[column], 3)?.remove(0).into_array(3).unwrap();
    assert_eq!(result.data_type(), &to.physical());
    assert_eq!(result.len(), 3);
    Value::from_array(&result, 2, &to)
}

/// The value of the first kind, cast to the others in turn and to STRING at last.
fn text(value: impl Into<Value>, kinds: &[Kind]) -> String {
    text_in(value, kinds, &TimeZone::UTC)
}

fn text_in(value: impl Into<Value>, kinds: &[Kind], zone: &TimeZone) -> String {
    let mut kinds = kinds.to_vec();
    kinds.push(STRING);
    match chain(value.into(), &kinds, CastMode::Null, zone).unwrap() {
        Value::String(text) => text.to_string(),
        Value::Null => "NULL".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn integers_keep_their_low_bits() {
    assert_eq!(text(Value::Int(300), &[Kind::Int, Kind::TinyInt]), "44");
    assert_eq!(text(Value::BigInt(3_000_000_000), &[Kind::BigInt, Kind::Int]), "-1294967296");
    assert_eq!(text(Value::Int(0), &[Kind::Int, Kind::Boolean]), "FALSE");
    assert_eq!(text(Value::Boolean(true), &[Kind::Boolean, Kind::Float]), "1.0");
    assert_eq!(text(Value::Int(123_456_789), &[Kind::Int, Kind::Float]), "1.23456792E8");
}

#[test]
fn floats_stop_at_the_bounds_of_int() {
    let double = |value, kind| text(Value::Double(value), &[Kind::Double, kind]);
    assert_eq!(double(1e20, Kind::BigInt), "9223372036854775807");
    assert_eq!(double(f64::NAN, Kind::Int), "0");
    assert_eq!(double(f64::NEG_INFINITY, Kind::TinyInt), "0");
    assert_eq!(double(1e10, Kind::SmallInt), "-1");
    assert_eq!(double(123_456.789, Kind::SmallInt), "-7616");
    assert_eq!(double(-1.5, Kind::BigInt), "-1");
    assert_eq!(double(f64::NAN, Kind::Boolean), "TRUE");
    assert_eq!(double(1e300, Kind::Float), "Infinity");
    assert_eq!(text(Value::Float(0.1), &[Kind::Float, Kind::Double]), "0.10000000149011612");
}

#[test]
fn decimals_round_half_up_and_overflow_to_null() {
    let from_double = |value, to| text(Value::Double(value), &[Kind::Double, to]);
    assert_eq!(from_double(1.005, decimal(5, 2)), "1.01");
    assert_eq!(from_double(2.5, decimal(5, 0)), "3");
    assert_eq!(from_double(0.1 + 0.2, decimal(20, 18)), "0.300000000000000040");
    assert_eq!(from_double(1e20, decimal(38, 2)), "100000000000000000000.00");
    assert_eq!(from_double(1000.0, decimal(3, 0)), "NULL");
    assert_eq!(text(Value::Float(0.1), &[Kind::Float, decimal(20, 15)]), "0.100000001490116");
    assert_eq!(text(Value::Decimal(-12_345), &[decimal(5, 3), decimal(4, 2)]), "-12.35");
    assert_eq!(text(Value::Decimal(12_345), &[decimal(5, 3), decimal(3, 2)]), "NULL");
    assert_eq!(text(Value::Int(1000), &[Kind::Int, decimal(3, 0)]), "NULL");
    assert_eq!(text(Value::TinyInt(-1), &[Kind::TinyInt, decimal(5, 3)]), "-1.000");
    assert_eq!(text(Value::Boolean(true), &[Kind::Boolean, decimal(3, 2)]), "1.00");
    assert_eq!(text(Value::Boolean(true), &[Kind::Boolean, decimal(2, 2)]), "NULL");
    let large = Value::Decimal(123_456_789_012_345_678_909);
    assert_eq!(text(large.clone(), &[decimal(38, 1), Kind::BigInt]), "-6101065172474983726");
    assert_eq!(text(large.clone(), &[decimal(38, 1), Kind::Int]), "-350287150");
    assert_eq!(text(large.clone(), &[decimal(38, 1), Kind::Double]), "1.2345678901234567E19");
    assert_eq!(text(large, &[decimal(38, 1), Kind::Float]), "1.2345679E19");
    assert_eq!(text(Value::Decimal(9), &[decimal(38, 1), Kind::Boolean]), "TRUE");
}

#[test]
fn nan_is_no_decimal_even_to_try_cast() {
    for mode in [CastMode::Fail, CastMode::Null] {
        let error = chain(Value::Double(f64::NAN), &[Kind::Double, decimal(38, 2)], mode, &TimeZone::UTC)
            .unwrap_err();
        assert!(error.to_string().contains("NaN is no DECIMAL"), "{error}");
    }
}

#[test]
fn texts_are_read_or_fail() {
    assert_eq!(text(" 12 ", &[STRING, Kind::Int]), "12");
    assert_eq!(text("-12.9", &[STRING, Kind::Int]), "-12");
    assert_eq!(text("300", &[STRING, Kind::TinyInt]), "NULL");
    assert_eq!(text("999.995", &[STRING, decimal(5, 2)]), "NULL");
    assert_eq!(text("12.345", &[STRING, decimal(5, 2)]), "12.35");
    assert_eq!(text("2021-9", &[STRING, Kind::Date]), "2021-09-01");
    assert_eq!(text("12:60", &[STRING, Kind::Time { precision: 0 }]), "13:00:00");
    assert_eq!(text("2021-09-27 12:34:56.7891", &[STRING, timestamp(9)]), "2021-09-27 12:34:56.789100000");

    let cast = |from: &str, to| chain(from.into(), &[STRING, to], CastMode::Fail, &TimeZone::UTC);
    let error = cast("foo", Kind::Boolean).unwrap_err();
    assert_eq!(error.message, "cannot parse 'foo' as BOOLEAN; TRY_CAST would make it NULL");
    assert_eq!(
        cast("1000", decimal(3, 0)).unwrap_err().message,
        "'1000' has more digits than DECIMAL(3, 0) holds"
    );
    assert!(cast("2024-13-01", Kind::Date).is_err());
    assert_eq!(cast("x", Kind::VarChar { length: 2 }).unwrap(), "x".into());
}

#[test]
fn everything_prints() {
    let nanos = 1_704_067_200_120_000_000;
    assert_eq!(text(Value::Timestamp(nanos), &[timestamp(3)]), "2024-01-01 00:00:00.120");
    assert_eq!(text(Value::Timestamp(nanos), &[timestamp(0)]), "2024-01-01 00:00:00");
    assert_eq!(text(Value::Time(45_296_789), &[Kind::Time { precision: 3 }]), "12:34:56");
    assert_eq!(text(Value::Decimal(150), &[decimal(5, 2)]), "1.50");
    assert_eq!(
        text(Value::Bytes(b"A\xC3\xA4\xFF".as_slice().into()), &[Kind::Binary { length: 4 }]),
        "Aä\u{FFFD}"
    );
    let nested = row(&[
        ("b", Kind::Boolean),
        ("c", Kind::Char { length: 3 }),
        ("a", array(Kind::Int)),
        ("m", Kind::Map(DataType::new(STRING).into(), DataType::new(Kind::Double).into())),
    ]);
    let value = Value::Row(vec![
        Value::Boolean(true),
        "x  ".into(),
        Value::Array(vec![Value::Int(1), Value::Null]),
        Value::Map(vec![("a".into(), Value::Double(1.0)), ("b".into(), Value::Null)]),
    ]);
    assert_eq!(text(value, std::slice::from_ref(&nested)), "(TRUE, x  , [1, NULL], {a=1.0, b=NULL})");
    assert_eq!(text(Value::Null, &[nested]), "NULL");
}

#[test]
fn texts_are_cut_and_padded_by_character() {
    let cast = |value: &str, to| chain(value.into(), &[STRING, to], CastMode::Fail, &TimeZone::UTC).unwrap();
    assert_eq!(cast("äöü", Kind::Char { length: 2 }), "äö".into());
    assert_eq!(cast("ä", Kind::Char { length: 3 }), "ä  ".into());
    assert_eq!(cast("😀😁😂", Kind::VarChar { length: 2 }), "😀😁".into());
    assert_eq!(cast("äbc", Kind::Binary { length: 2 }), Value::Bytes("ä".as_bytes().into()));
    assert_eq!(cast("a", Kind::Binary { length: 3 }), Value::Bytes(b"a\0\0".as_slice().into()));
    assert_eq!(cast("abc", Kind::VarBinary { length: 2 }), Value::Bytes(b"ab".as_slice().into()));
    assert_eq!(text(Value::Int(12_345), &[Kind::Int, Kind::Char { length: 3 }]), "123");
    assert_eq!(text(Value::Int(12), &[Kind::Int, Kind::Char { length: 4 }]), "12  ");
    let ints = Value::Array(vec![Value::Int(1), Value::Int(2)]);
    assert_eq!(text(ints, &[array(Kind::Int), Kind::VarChar { length: 3 }]), "[1,");
}

#[test]
fn wall_clocks_and_instants() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let ltz = |precision| Kind::TimestampLtz { precision };
    let noon = Value::Timestamp(1_719_835_200_123_456_789); // 2024-07-01 12:00:00.123456789
    assert_eq!(text_in(noon.clone(), &[timestamp(9), ltz(9)], &shanghai), "2024-07-01 12:00:00.123456789");
    assert_eq!(text_in(noon.clone(), &[ltz(9)], &shanghai), "2024-07-01 20:00:00.123456789");
    assert_eq!(text_in(noon.clone(), &[ltz(3), timestamp(6)], &shanghai), "2024-07-01 20:00:00.123456");
    assert_eq!(text_in(noon.clone(), &[ltz(9), Kind::Time { precision: 0 }], &shanghai), "20:00:00");
    assert_eq!(text_in(noon, &[timestamp(9), timestamp(2)], &shanghai), "2024-07-01 12:00:00.12");
    assert_eq!(text_in(Value::Date(19_905), &[Kind::Date, ltz(3), Kind::Date], &shanghai), "2024-07-01");
    assert_eq!(
        text("12:34:56.7", &[STRING, Kind::Time { precision: 3 }, timestamp(3)]),
        "1970-01-01 12:34:56.700"
    );
    // Before 1970 Flink's division towards zero shows.
    let before = Value::Timestamp(-41_103_211_000_000); // 1969-12-31 12:34:56.789
    assert_eq!(text(before.clone(), &[timestamp(3), Kind::Date]), "1970-01-01");
    assert_eq!(text(before.clone(), &[timestamp(3), timestamp(0)]), "1969-12-31 12:34:57");
    assert_eq!(text(before.clone(), &[ltz(3), Kind::Date]), "1969-12-31");
    assert_eq!(text(before, &[ltz(3), Kind::Time { precision: 0 }]), "12:34:56");
}

#[test]
fn intervals_count_their_unit() {
    let interval = |resolution| IntervalField { resolution, precision: 2, fraction: 3 };
    let day = Kind::IntervalDayTime(interval(IntervalResolution::Day));
    let second = Kind::IntervalDayTime(interval(IntervalResolution::Second));
    let year = Kind::IntervalYearMonth(interval(IntervalResolution::Year));
    assert_eq!(text(Value::Int(-5), &[Kind::Int, day.clone()]), "-5 00:00:00.000");
    assert_eq!(text(Value::Decimal(17), &[decimal(2, 1), second.clone()]), "+0 00:00:01.700");
    assert_eq!(text(Value::Int(5), &[Kind::Int, year.clone()]), "+5-00");
    assert_eq!(text(Value::Milliseconds(5_500), &[second.clone(), Kind::Int]), "5");
    assert_eq!(text(Value::Milliseconds(5_700), &[second, Kind::BigInt]), "6");
    assert_eq!(text(Value::Months(60), &[year, decimal(5, 1)]), "5.0");
    assert_eq!(text(Value::Milliseconds(90_000_000), &[day, Kind::TinyInt]), "1");
}

#[test]
fn nested_values_convert_part_by_part_and_fail_as_a_whole() {
    let strings = |parts: &[&str]| Value::Array(parts.iter().map(|p| (*p).into()).collect());
    assert_eq!(text(strings(&["1", "2"]), &[array(STRING), array(Kind::Int)]), "[1, 2]");
    assert_eq!(text(strings(&["1", "x"]), &[array(STRING), array(Kind::Int)]), "NULL");
    let value = Value::Row(vec!["1".into(), Value::Int(2)]);
    let kinds = [
        row(&[("a", STRING), ("b", Kind::Int)]),
        row(&[("x", Kind::BigInt), ("y", Kind::Char { length: 3 })]),
    ];
    assert_eq!(text(value, &kinds), "(1, 2  )");
    let map = |key, value| Kind::Map(DataType::new(key).into(), DataType::new(value).into());
    let value = Value::Map(vec![(Value::Int(1), "2".into())]);
    assert_eq!(text(value, &[map(Kind::Int, STRING), map(STRING, Kind::Int)]), "{1=2}");
    let value = Value::Map(vec![("x".into(), Value::Int(1))]);
    assert_eq!(text(value, &[map(STRING, Kind::Int), map(Kind::Int, Kind::Int)]), "NULL");
}

#[test]
fn only_the_rows_that_fail_become_null() {
    let column =
        Value::column(&["1".into(), "x".into(), Value::Null, "4".into()], &DataType::string()).unwrap();
    let expr = Expr::cast(Expr::column(0, DataType::string()), DataType::new(Kind::Int), CastMode::Null);
    let evaluator = Evaluator::new(&[expr], &TimeZone::UTC).unwrap();
    let result = evaluator.evaluate(&CONTEXT, &[column], 4).unwrap().remove(0).into_array(4).unwrap();
    let expected = arrow_array::Int32Array::from(vec![Some(1), None, None, Some(4)]);
    assert_eq!(result.to_data(), expected.to_data());
}

#[test]
fn types_that_do_not_convert_are_refused() {
    let expr =
        Expr::cast(Expr::column(0, DataType::new(Kind::Date)), DataType::new(Kind::Int), CastMode::Fail);
    let error = Evaluator::new(&[expr], &TimeZone::UTC).unwrap_err();
    assert_eq!(error.message, "a value of DATE does not convert to INT");
}
