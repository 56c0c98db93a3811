//! What aggregates answer, group by group: with NULLs, with rows left out, merged, and taken back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int8Array, Int32Array,
    Int64Array, StringViewArray,
};
use jiff::tz::TimeZone;
use millstream_expr::aggregate::{Accumulator, all, lookup};
use millstream_expr::functions::Arguments;
use millstream_expr::types::Kind;
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, Value};

/// The groups of the rows below.
const GROUPS: &[u32] = &[0, 0, 0, 0, 1, 2, 2];

fn accumulator(name: &str, kind: &Kind) -> (DataType, Box<dyn Accumulator>) {
    let types = [DataType::new(kind.clone())];
    let overload = lookup(name).unwrap().overload(&Arguments { types: &types, literals: &[None] }).unwrap();
    assert_eq!(overload.arguments, types);
    (overload.returns.clone(), (overload.accumulator)())
}

/// The results of the three groups, after checking that cutting the rows and merging do not change them.
fn run(name: &str, kind: Kind, column: &ArrayRef) -> (String, Vec<Value>) {
    let (returns, mut whole) = accumulator(name, &kind);
    whole.update(&[Arc::clone(column)], GROUPS, 3, None, false).unwrap();
    let results = values(&*whole.finish(3).unwrap(), &returns);

    let (_, mut cut) = accumulator(name, &kind);
    for (row, group) in GROUPS.iter().enumerate() {
        cut.update(&[column.slice(row, 1)], &[*group], *group as usize + 1, None, false).unwrap();
    }
    assert_eq!(values(&*cut.finish(3).unwrap(), &returns), results, "{name} of rows cut into batches");

    // The second half is collected with its own numbers for the groups: 2 is 0 there, and 0 is 1.
    let (_, mut left) = accumulator(name, &kind);
    let (_, mut right) = accumulator(name, &kind);
    left.update(&[column.slice(0, 2)], &GROUPS[..2], 1, None, false).unwrap();
    right.update(&[column.slice(2, 5)], &[1, 1, 2, 0, 0], 3, None, false).unwrap();
    left.merge(right, &[2, 0, 1], 3).unwrap();
    assert_eq!(values(&*left.finish(3).unwrap(), &returns), results, "{name} merged");
    (returns.to_string(), results)
}

fn values(array: &dyn Array, data_type: &DataType) -> Vec<Value> {
    assert_eq!(array.data_type(), &data_type.physical());
    (0..array.len()).map(|row| Value::from_array(array, row, data_type).unwrap()).collect()
}

fn ints() -> ArrayRef {
    let max = Some(i32::MAX);
    Arc::new(Int32Array::from(vec![Some(1), Some(2), Some(4), None, None, max, max]))
}

#[test]
fn count_counts_what_is_not_null() {
    let expected = vec![Value::BigInt(3), Value::BigInt(0), Value::BigInt(2)];
    assert_eq!(run("COUNT", Kind::Int, &ints()), ("BIGINT NOT NULL".into(), expected));

    let overload = lookup("COUNT").unwrap().overload(&Arguments { types: &[], literals: &[] }).unwrap();
    let mut rows = (overload.accumulator)();
    rows.update(&[], GROUPS, 3, None, false).unwrap();
    let all = rows.finish(3).unwrap();
    assert_eq!(&all, &(Arc::new(Int64Array::from(vec![4, 1, 2])) as ArrayRef));
}

#[test]
fn integer_sums_keep_their_type_and_wrap() {
    let expected = vec![Value::Int(7), Value::Null, Value::Int(-2)];
    assert_eq!(run("SUM", Kind::Int, &ints()), ("INT".into(), expected));
    let bytes: ArrayRef = Arc::new(Int8Array::from(vec![100, 100, 0, 0, 1, -7, -6]));
    let expected = vec![Value::TinyInt(-56), Value::TinyInt(1), Value::TinyInt(-13)];
    assert_eq!(run("SUM", Kind::TinyInt, &bytes), ("TINYINT".into(), expected));
}

#[test]
fn float_sums_are_made_in_their_type() {
    let floats: ArrayRef = Arc::new(Float32Array::from(vec![1.1, 2.2, 0.0, 0.0, 1.0, 3e38, 3e38]));
    let expected = vec![Value::Float(1.1 + 2.2), Value::Float(1.0), Value::Float(f32::INFINITY)];
    assert_eq!(run("SUM", Kind::Float, &floats), ("FLOAT".into(), expected));
}

fn decimals(precision: u8, scale: i8, values: Vec<Option<i128>>) -> ArrayRef {
    Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, scale).unwrap())
}

#[test]
fn decimals_are_summed_with_38_digits() {
    let column = decimals(10, 2, vec![Some(125), Some(226), None, None, None, Some(-1), Some(2)]);
    let kind = Kind::Decimal { precision: 10, scale: 2 };
    let expected = vec![Value::Decimal(351), Value::Null, Value::Decimal(1)];
    assert_eq!(run("SUM", kind.clone(), &column), ("DECIMAL(38, 2)".into(), expected));
    let expected = vec![Value::Decimal(1_755_000), Value::Null, Value::Decimal(5_000)];
    assert_eq!(run("AVG", kind, &column), ("DECIMAL(38, 6)".into(), expected));
}

#[test]
fn integer_averages_are_cut() {
    let expected = vec![Value::Int(2), Value::Null, Value::Int(i32::MAX)];
    assert_eq!(run("AVG", Kind::Int, &ints()), ("INT".into(), expected));
    let negative: ArrayRef = Arc::new(Int32Array::from(vec![-1, -2, 0, -4, 5, -3, -4]));
    let expected = vec![Value::Int(-1), Value::Int(5), Value::Int(-3)];
    assert_eq!(run("AVG", Kind::Int, &negative), ("INT".into(), expected));
}

#[test]
fn least_and_greatest() {
    let expected = vec![Value::Int(1), Value::Null, Value::Int(i32::MAX)];
    assert_eq!(run("MIN", Kind::Int, &ints()), ("INT".into(), expected));
    let expected = vec![Value::Int(4), Value::Null, Value::Int(i32::MAX)];
    assert_eq!(run("MAX", Kind::Int, &ints()), ("INT".into(), expected));
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![
        Some("b"),
        Some("a"),
        Some("b longer than a view holds"),
        None,
        None,
        Some("z"),
        Some(""),
    ]));
    let expected = vec!["a".into(), Value::Null, "".into()];
    assert_eq!(run("MIN", Kind::VarChar { length: 99 }, &texts), ("VARCHAR(99)".into(), expected));
    let expected = vec!["b longer than a view holds".into(), Value::Null, "z".into()];
    assert_eq!(run("MAX", Kind::Char { length: 99 }, &texts), ("CHAR(99)".into(), expected));
    let truths: ArrayRef =
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, None, None, Some(true), None]));
    let expected = vec![Value::Boolean(false), Value::Null, Value::Boolean(true)];
    assert_eq!(run("MIN", Kind::Boolean, &truths).1, expected);
    let stamps = decimals(38, 9, vec![Some(5), Some(-3), None, None, None, Some(0), Some(9)]);
    let expected = vec![Value::Timestamp(-3), Value::Null, Value::Timestamp(0)];
    assert_eq!(run("MIN", Kind::Timestamp { precision: 9 }, &stamps).1, expected);
}

#[test]
fn filtered_rows_are_passed_over() {
    let (returns, mut sum) = accumulator("SUM", &Kind::Double);
    let column: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]));
    let keep: BooleanArray = [Some(true), Some(false), None, Some(true), Some(false), Some(true), Some(true)]
        .into_iter()
        .collect();
    sum.update(&[column], GROUPS, 3, Some(&keep), false).unwrap();
    let expected = vec![Value::Double(9.0), Value::Null, Value::Double(96.0)];
    assert_eq!(values(&*sum.finish(3).unwrap(), &returns), expected);
}

#[test]
fn rows_are_taken_back() {
    for (name, expected) in [("COUNT", Value::BigInt(1)), ("SUM", Value::Int(4)), ("AVG", Value::Int(4))] {
        let (returns, mut accumulator) = accumulator(name, &Kind::Int);
        accumulator.update(&[ints()], GROUPS, 3, None, false).unwrap();
        accumulator.update(&[ints().slice(0, 2)], &[0, 0], 3, None, true).unwrap();
        accumulator.update(&[ints().slice(5, 2)], &[2, 2], 3, None, true).unwrap();
        let results = values(&*accumulator.finish(3).unwrap(), &returns);
        assert_eq!(results[0], expected, "{name}");
        assert_eq!(results[2], if name == "COUNT" { Value::BigInt(0) } else { Value::Null }, "{name}");
    }
}

#[test]
fn arguments_that_fit_nothing_are_refused() {
    let types = [DataType::string()];
    let error =
        lookup("SUM").unwrap().overload(&Arguments { types: &types, literals: &[None] }).err().unwrap();
    assert_eq!(error.message, "function SUM does not take (STRING); it is written as SUM([DISTINCT] number)");
    let types = [DataType::array(DataType::new(Kind::Int))];
    assert!(lookup("MAX").unwrap().overload(&Arguments { types: &types, literals: &[None] }).is_err());
}

/// What CAST to STRING prints.
fn printed(array: ArrayRef, data_type: &DataType) -> String {
    let text = Expr::cast(Expr::column(0, data_type.clone()), DataType::string(), CastMode::Fail);
    let evaluator = Evaluator::new(&[text], &TimeZone::UTC).unwrap();
    let context = EvalContext { now_micros: 0, seed: 0 };
    let column = evaluator.evaluate(&context, &[array], 1).unwrap().remove(0).into_array(1).unwrap();
    match Value::from_array(&column, 0, &DataType::string()).unwrap() {
        Value::String(text) => text.to_string(),
        _ => "NULL".to_owned(),
    }
}

/// The arguments of an example, as the binder hands them over, with their constants.
fn example_arguments(inside: &str) -> Vec<(DataType, ArrayRef, Option<Value>)> {
    let text = |values: [Option<&str>; 3]| -> ArrayRef { Arc::new(StringViewArray::from(values.to_vec())) };
    let of_type = |array: ArrayRef| (DataType::string(), array, None);
    let constant = |value: Value, data_type: DataType| {
        let array = value.to_array(&data_type, 3).unwrap();
        (data_type, array, Some(value))
    };
    let word = |word: &str| constant(word.into(), DataType::string());
    let double = |value: f64| constant(Value::Double(value), DataType::new(Kind::Double));
    let x = || -> (DataType, ArrayRef, Option<Value>) {
        (DataType::new(Kind::Int), Arc::new(Int32Array::from(vec![Some(1), Some(3), None])), None)
    };
    match inside.trim_start_matches("DISTINCT ") {
        "x" => vec![x()],
        "*" => vec![],
        "CAST(x AS STRING), '-'" => vec![of_type(text([Some("1"), Some("3"), None])), word("-")],
        "x, 0.5" => vec![x(), double(0.5)],
        "x, ARRAY[0, 0.25, 1]" => {
            let several = [0.0, 0.25, 1.0].map(Value::Double).to_vec();
            vec![x(), constant(Value::Array(several), DataType::array(DataType::new(Kind::Double)))]
        }
        "KEY COALESCE(CAST(x AS STRING), '-') VALUE x" => {
            vec![word("NULL"), word("v"), of_type(text([Some("1"), Some("3"), Some("-")])), x()]
        }
        "x NULL ON NULL" => vec![word("NULL"), word("v"), x()],
        "x ABSENT ON NULL" => vec![word("ABSENT"), word("v"), x()],
        other => panic!("an example over {other}"),
    }
}

/// The examples of the registry, over a column `x` of 1, 3 and NULL. Its values are distinct, so DISTINCT changes nothing.
#[test]
fn examples_give_what_they_say() {
    for function in all() {
        for example in function.examples {
            let (name, inside) = example.0.strip_suffix(')').unwrap().split_once('(').unwrap();
            let inside = if name == "JSON_ARRAYAGG" && inside == "x" { "x ABSENT ON NULL" } else { inside };
            let mut arguments = example_arguments(inside);
            let types: Vec<DataType> = arguments.iter().map(|a| a.0.clone()).collect();
            let literals: Vec<Option<Value>> = arguments.iter_mut().map(|a| a.2.take()).collect();
            let call = Arguments { types: &types, literals: &literals };
            let overload = lookup(name).unwrap().overload(&call).unwrap();
            let columns: Vec<ArrayRef> = arguments
                .into_iter()
                .zip(&overload.arguments)
                .map(|((given, column, _), wanted)| cast(column, &given, wanted))
                .collect();
            let mut accumulator = overload.accumulate(false);
            accumulator.update(&columns, &[0, 0, 0], 1, None, false).unwrap();
            let result = printed(accumulator.finish(1).unwrap(), &overload.returns);
            assert_eq!(result, example.1, "{}", example.0);
        }
    }
}

fn cast(column: ArrayRef, from: &DataType, to: &DataType) -> ArrayRef {
    let expr = Expr::cast(Expr::column(0, from.clone()), to.clone(), CastMode::Implicit);
    let evaluator = Evaluator::new(&[expr], &TimeZone::UTC).unwrap();
    let rows = column.len();
    let context = EvalContext { now_micros: 0, seed: 0 };
    evaluator.evaluate(&context, &[column], rows).unwrap().remove(0).into_array(rows).unwrap()
}

#[test]
fn variances_are_computed_in_the_argument_s_arithmetic() {
    let expected = vec![Value::Int(1), Value::Null, Value::Int(0)];
    assert_eq!(run("VAR_POP", Kind::Int, &ints()), ("INT".into(), expected));
    let expected = vec![Value::Int(2), Value::Null, Value::Int(0)];
    assert_eq!(run("VARIANCE", Kind::Int, &ints()).1, expected);
    let reals: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(1.1),
        Some(2.2),
        None,
        Some(0.3),
        None,
        Some(1e300),
        Some(1e300),
    ]));
    let (of_type, results) = run("VAR_POP", Kind::Double, &reals);
    assert_eq!(
        (of_type.as_str(), &results[0], &results[1]),
        ("DOUBLE", &Value::Double(0.606_666_666_666_666_8), &Value::Null)
    );
    assert!(matches!(results[2], Value::Double(result) if result.is_nan()));
    assert_eq!(run("STDDEV_SAMP", Kind::Double, &reals).1[0], Value::Double(0.953_939_201_416_945_8));
}

#[test]
fn variances_of_decimals_are_exact() {
    let max = Some(9_999_999_999);
    let column = decimals(10, 2, vec![Some(125), Some(226), None, None, None, max, Some(9_999_999_998)]);
    let kind = Kind::Decimal { precision: 10, scale: 2 };
    let expected = vec![Value::Decimal(255_025), Value::Null, Value::Decimal(25)];
    assert_eq!(run("VAR_POP", kind.clone(), &column), ("DECIMAL(38, 6)".into(), expected));
    let expected = vec![Value::Decimal(714_178), Value::Null, Value::Decimal(7_071)];
    assert_eq!(run("STDDEV_SAMP", kind, &column).1, expected);
}

#[test]
fn first_and_last_pass_over_nulls() {
    let one = |name: &str| {
        let (returns, mut accumulator) = accumulator(name, &Kind::Int);
        accumulator.update(&[ints()], GROUPS, 3, None, false).unwrap();
        let earlier: ArrayRef = Arc::new(Int32Array::from(vec![Some(9), None]));
        accumulator.update(&[earlier], &[0, 1], 3, None, false).unwrap();
        values(&*accumulator.finish(3).unwrap(), &returns)
    };
    assert_eq!(one("FIRST_VALUE"), [Value::Int(1), Value::Null, Value::Int(i32::MAX)]);
    assert_eq!(one("LAST_VALUE"), [Value::Int(9), Value::Null, Value::Int(i32::MAX)]);
}

#[test]
fn values_are_listed_and_taken_back() {
    let list = |name: &str| {
        let (returns, mut accumulator) = accumulator(name, &Kind::Int);
        accumulator.update(&[ints()], GROUPS, 3, None, false).unwrap();
        accumulator.update(&[ints().slice(1, 1)], &[0], 3, None, true).unwrap();
        values(&*accumulator.finish(3).unwrap(), &returns)
    };
    let int = Value::Int;
    let array = |values: Vec<Value>| Value::Array(values);
    let max = int(i32::MAX);
    let expected = [
        array(vec![int(1), int(4), Value::Null]),
        array(vec![Value::Null]),
        array(vec![max.clone(), max.clone()]),
    ];
    assert_eq!(list("ARRAY_AGG"), expected);
    let expected = [
        Value::Map(vec![(int(1), int(1)), (int(4), int(1))]),
        Value::Map(vec![]),
        Value::Map(vec![(max, int(2))]),
    ];
    assert_eq!(list("COLLECT"), expected);
}
