//! The contract of accumulators, for every aggregate of the registry over the types it takes: batches do not show, parts
//! merge to the whole, what is taken away was never there, and a state goes on from its bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use arrow_array::{Array, ArrayRef};
use millstream_expr::aggregate::{Accumulator, AggregateOverload, all, lookup};
use millstream_expr::functions::Arguments;
use millstream_expr::types::Kind;
use millstream_expr::{DataType, Value};
use proptest::prelude::*;

/// A row: its group, a number from which its values are made, whether its first value is NULL.
type Row = (u32, u8, bool);

const GROUPS: usize = 3;

/// A column of a call.
#[derive(Clone, Debug)]
enum Source {
    /// Values of this type made from the rows.
    Values(DataType),
    /// The same number for each row, small and positive.
    Weights,
    /// A string that no other row has.
    Unique,
    Constant(Value, DataType),
}

#[derive(Clone, Debug)]
struct Case {
    name: &'static str,
    sources: Vec<Source>,
}

/// The types of which values are made.
fn types() -> Vec<DataType> {
    let kinds = [
        Kind::Boolean,
        Kind::TinyInt,
        Kind::SmallInt,
        Kind::Int,
        Kind::BigInt,
        Kind::Float,
        Kind::Double,
        Kind::Decimal { precision: 10, scale: 2 },
        Kind::Decimal { precision: 30, scale: 2 },
        Kind::VarChar { length: 99 },
        Kind::VarBinary { length: 99 },
        Kind::Date,
        Kind::Time { precision: 3 },
        Kind::Timestamp { precision: 3 },
        Kind::TimestampLtz { precision: 9 },
    ];
    let mut types: Vec<DataType> = kinds.into_iter().map(DataType::new).collect();
    types.push(DataType::array(DataType::new(Kind::Int)));
    types
}

/// Numbers are whole, so that sums of floats are exact.
fn value(number: u8, data_type: &DataType) -> Value {
    let n = i64::from(number);
    match &data_type.kind {
        Kind::Boolean => Value::Boolean(n % 2 == 0),
        Kind::TinyInt => Value::TinyInt(i8::try_from(n).unwrap()),
        Kind::SmallInt => Value::SmallInt(i16::from(number)),
        Kind::Int => Value::Int(i32::from(number)),
        Kind::BigInt => Value::BigInt(n),
        Kind::Float => Value::Float(f32::from(number)),
        Kind::Double => Value::Double(f64::from(number)),
        Kind::Decimal { .. } => Value::Decimal(n.into()),
        Kind::VarChar { .. } => Value::from(format!("text {n}").as_str()),
        Kind::VarBinary { .. } => Value::Bytes([number].as_slice().into()),
        Kind::Date => Value::Date(n.try_into().unwrap()),
        Kind::Time { .. } => Value::Time(n.try_into().unwrap()),
        Kind::Timestamp { .. } => Value::Timestamp(i128::from(n) * 1_000_000),
        Kind::TimestampLtz { .. } => Value::Timestamp(n.into()),
        Kind::Array(element) => Value::Array(vec![value(number, element), Value::Null]),
        other => panic!("no values of {other}"),
    }
}

fn cases() -> Vec<Case> {
    let word = |text: &str| Source::Constant(text.into(), DataType::string());
    let one = |source: Source| vec![source];
    let double = DataType::new(Kind::Double);
    let mut cases = vec![Case { name: "COUNT", sources: vec![] }];
    for function in all() {
        for data_type in types() {
            let values = Source::Values(data_type.clone());
            let half = Source::Constant(Value::Double(0.5), double.clone());
            let sources = match function.name {
                "LISTAGG" => vec![values, word("-")],
                "PERCENTILE" => vec![values, half, Source::Weights],
                "JSON_ARRAYAGG" => vec![word("NULL"), word("v"), values],
                "JSON_OBJECTAGG" => vec![word("ABSENT"), word("v"), Source::Unique, values],
                _ => one(values),
            };
            let case = Case { name: function.name, sources };
            if overload(&case).is_some() {
                cases.push(case);
            }
        }
    }
    cases
}

fn overload(case: &Case) -> Option<AggregateOverload> {
    let given: Vec<(DataType, Option<Value>)> = case
        .sources
        .iter()
        .map(|source| match source {
            Source::Values(data_type) => (data_type.clone(), None),
            Source::Weights => (DataType::new(Kind::BigInt), None),
            Source::Unique => (DataType::string(), None),
            Source::Constant(value, data_type) => (data_type.clone(), Some(value.clone())),
        })
        .collect();
    let (types, literals): (Vec<_>, Vec<_>) = given.into_iter().unzip();
    let overload =
        lookup(case.name).unwrap().overload(&Arguments { types: &types, literals: &literals }).ok()?;
    // Casts are the binder's: what is not taken as it is, is left to another type here.
    overload.arguments.iter().zip(&types).all(|(a, b)| a.same_kind(b)).then_some(overload)
}

/// The columns of rows; `first` is the number of the first of them among all.
fn columns(case: &Case, rows: &[Row], first: usize) -> Vec<ArrayRef> {
    let column = |source: &Source| {
        let cell = |(at, (_, number, null)): (usize, &Row)| match source {
            Source::Values(_) if *null => Value::Null,
            Source::Values(data_type) => value(*number, data_type),
            Source::Weights => Value::BigInt(2),
            Source::Unique => Value::from(format!("key {}", first + at).as_str()),
            Source::Constant(value, _) => value.clone(),
        };
        let data_type = match source {
            Source::Values(data_type) | Source::Constant(_, data_type) => data_type.clone(),
            Source::Weights => DataType::new(Kind::BigInt),
            Source::Unique => DataType::string(),
        };
        let values: Vec<Value> = rows.iter().enumerate().map(cell).collect();
        Value::column(&values, &data_type).unwrap()
    };
    case.sources.iter().map(column).collect()
}

/// Adds rows, or takes them away, with `number` for the number of each group.
fn update(
    to: &mut dyn Accumulator,
    case: &Case,
    rows: &[Row],
    first: usize,
    retract: bool,
    number: fn(u32) -> u32,
) {
    let groups: Vec<u32> = rows.iter().map(|row| number(row.0)).collect();
    to.update(&columns(case, rows, first), &groups, GROUPS, None, retract).unwrap();
}

fn results(of: &mut dyn Accumulator, returns: &DataType) -> Vec<Value> {
    let array = of.finish(GROUPS).unwrap();
    assert_eq!(array.data_type(), &returns.physical());
    (0..array.len()).map(|row| Value::from_array(&array, row, returns).unwrap()).collect()
}

const SAME: fn(u32) -> u32 = |group| group;
const TURNED: fn(u32) -> u32 = |group| 2 - group;

fn check_batches_and_parts(case: &Case, rows: &[Row], cut: usize) {
    let overload = overload(case).unwrap();
    for retracts in [false, true] {
        let mut whole = overload.accumulate(retracts);
        update(&mut *whole, case, rows, 0, false, SAME);
        let expected = results(&mut *whole, &overload.returns);

        let mut single = overload.accumulate(retracts);
        for (at, row) in rows.iter().enumerate() {
            update(&mut *single, case, &[*row], at, false, SAME);
        }
        assert_eq!(results(&mut *single, &overload.returns), expected, "{case:?} row by row");

        let (head, tail) = rows.split_at(cut.min(rows.len()));
        let (mut left, mut right) = (overload.accumulate(retracts), overload.accumulate(retracts));
        update(&mut *left, case, head, 0, false, SAME);
        update(&mut *right, case, tail, head.len(), false, TURNED);
        left.merge(right, &[2, 1, 0], GROUPS).unwrap();
        assert_eq!(results(&mut *left, &overload.returns), expected, "{case:?} merged");
    }
}

fn check_retraction(case: &Case, rows: &[Row], more: &[Row]) {
    let overload = overload(case).unwrap();
    let mut kept = overload.accumulate(true);
    update(&mut *kept, case, rows, 0, false, SAME);
    let before = results(&mut *kept, &overload.returns);
    update(&mut *kept, case, more, rows.len(), false, SAME);
    update(&mut *kept, case, more, rows.len(), true, SAME);
    assert_eq!(results(&mut *kept, &overload.returns), before, "{case:?} after taking rows back");

    let nothing = results(&mut *overload.accumulate(true), &overload.returns);
    update(&mut *kept, case, rows, 0, true, SAME);
    assert_eq!(results(&mut *kept, &overload.returns), nothing, "{case:?} after taking all back");
}

fn check_state(case: &Case, rows: &[Row], more: &[Row]) {
    let overload = overload(case).unwrap();
    for retracts in [false, true] {
        let mut kept = overload.accumulate(retracts);
        update(&mut *kept, case, rows, 0, false, SAME);
        let mut restored = overload.accumulate(retracts);
        for group in 0..GROUPS {
            let mut state = Vec::new();
            kept.encode(group, &mut state).unwrap();
            restored.decode(2 - group, &state).unwrap();
            for length in 1..state.len() {
                // Cut bytes are refused, or are a state of their own; they never panic.
                let _ = overload.accumulate(retracts).decode(0, &state[..length]);
            }
        }
        let mut turned = results(&mut *restored, &overload.returns);
        turned.reverse();
        assert_eq!(turned, results(&mut *kept, &overload.returns), "{case:?} restored");

        update(&mut *kept, case, more, rows.len(), false, SAME);
        update(&mut *restored, case, more, rows.len(), false, TURNED);
        let mut turned = results(&mut *restored, &overload.returns);
        turned.reverse();
        assert_eq!(turned, results(&mut *kept, &overload.returns), "{case:?} restored and gone on");

        for group in 0..GROUPS {
            restored.decode(group, &[]).unwrap();
        }
        let nothing = results(&mut *overload.accumulate(retracts), &overload.returns);
        assert_eq!(results(&mut *restored, &overload.returns), nothing, "{case:?} emptied");
    }
}

fn rows(numbers: std::ops::Range<u8>, nulls: bool) -> impl Strategy<Value = Vec<Row>> {
    let null = if nulls { prop::bool::weighted(0.2).boxed() } else { Just(false).boxed() };
    prop::collection::vec((0..3_u32, numbers, null), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn aggregates_keep_their_contract(
        first in rows(0..6, true),
        // Other values than those of the first: of equal ones, lists forget the one that came first.
        more in rows(10..16, false),
        cut in 0..12_usize,
    ) {
        for case in cases() {
            check_batches_and_parts(&case, &first, cut);
            check_state(&case, &first, &more);
            let lists = matches!(
                case.name,
                "ARRAY_AGG" | "LISTAGG" | "JSON_ARRAYAGG" | "FIRST_VALUE" | "LAST_VALUE"
            );
            let of_two = matches!(&case.sources[..], [.., Source::Values(of)] if of.kind == Kind::Boolean);
            if case.name != "APPROX_COUNT_DISTINCT" && !(lists && of_two) {
                check_retraction(&case, &first, &more);
            }
        }
    }
}

#[test]
fn every_aggregate_stands_in_a_case() {
    let cases = cases();
    for function in all() {
        assert!(cases.iter().any(|case| case.name == function.name), "{} is not tested", function.name);
    }
}

#[test]
fn what_cannot_forget_says_so() {
    let case =
        Case { name: "APPROX_COUNT_DISTINCT", sources: vec![Source::Values(DataType::new(Kind::Int))] };
    let mut estimate = overload(&case).unwrap().accumulate(true);
    let error = estimate.update(&columns(&case, &[(0, 1, false)], 0), &[0], GROUPS, None, true).unwrap_err();
    assert!(error.message.contains("COUNT(DISTINCT"), "{}", error.message);
}
