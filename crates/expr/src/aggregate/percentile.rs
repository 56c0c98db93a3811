//! PERCENTILE: the value below which a share of the values lies, exact, between two values in a straight line.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};

use super::ranked::{Outcome, Ranking, Ranks, Read};
use super::{AggregateFunction, AggregateOverload, argument, overload};
use crate::decimal::to_double;
use crate::error::{Error, Result};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Example};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "PERCENTILE",
    aliases: &[],
    signatures: &["PERCENTILE([DISTINCT] number, percentage[, frequency])"],
    summary: "The number at a constant percentage, 0 to 1, of the ordered values that are not NULL, as a DOUBLE; between two values it \
              lies on the straight line between them. With an ARRAY of percentages, an ARRAY of such numbers. A value counts \
              `frequency` times, an integer, where it is given; not at all where that is NULL or less than 1. NULL where there is no \
              value.",
    examples: &[
        Example("PERCENTILE(x, 0.5)", "2.0"),
        Example("PERCENTILE(x, ARRAY[0, 0.25, 1])", "[1.0, 1.5, 3.0]"),
    ],
    resolve,
}];

/// What is asked for.
enum Percentages {
    One(f64),
    Several(Vec<f64>),
}

fn resolve(call: &Arguments<'_>) -> Result<AggregateOverload> {
    let (value, percentage, frequency) = match call.types {
        [value, percentage] => (value, percentage, None),
        [value, percentage, frequency] => (value, percentage, Some(frequency)),
        _ => return no_overload(),
    };
    let fits = |kind: &Kind| kind.is_numeric() || *kind == Kind::Null;
    if !fits(&value.kind) || frequency.is_some_and(|f| !(f.kind.is_integer() || f.kind == Kind::Null)) {
        return no_overload();
    }
    let percentages = percentages(percentage, call.literals.get(1).and_then(Option::as_ref))?;
    let double = |nullable| DataType { kind: Kind::Double, nullable };
    let returns = match percentages {
        Percentages::One(_) => double(true),
        Percentages::Several(_) => DataType::array(double(true)),
    };
    let mut arguments = vec![double(value.nullable), percentage.clone()];
    arguments.extend(frequency.map(|f| DataType { kind: Kind::BigInt, nullable: f.nullable }));
    let read: Read = match frequency {
        None => super::ranked::values(double(true)),
        Some(_) => Arc::new(weighted),
    };
    let result: Outcome = Arc::new(move |ranks| at(ranks, &percentages));
    let ranking = Ranking::new(returns.clone(), read, result);
    Ok(overload(Signature::of(arguments), returns, move || Box::new(ranking.clone())))
}

/// The percentages of a constant.
fn percentages(data_type: &DataType, constant: Option<&Value>) -> Result<Percentages> {
    let number = |value: &Value, kind: &Kind| {
        let number = match (value, kind) {
            (Value::TinyInt(v), _) => f64::from(*v),
            (Value::SmallInt(v), _) => f64::from(*v),
            (Value::Int(v), _) => f64::from(*v),
            (Value::Float(v), _) => f64::from(*v),
            (Value::Double(v), _) => *v,
            (Value::BigInt(v @ (0 | 1)), _) => f64::from(u8::from(*v == 1)),
            (Value::Decimal(v), Kind::Decimal { scale, .. }) => to_double(*v, *scale),
            _ => return Err(out_of_range()),
        };
        if (0.0..=1.0).contains(&number) { Ok(number) } else { Err(out_of_range()) }
    };
    match (&data_type.kind, constant) {
        (Kind::Array(element), Some(Value::Array(values))) if !values.is_empty() => values
            .iter()
            .map(|value| number(value, &element.kind))
            .collect::<Result<_>>()
            .map(Percentages::Several),
        (kind, Some(value)) => number(value, kind).map(Percentages::One),
        (_, None) => Err(out_of_range()),
    }
}

fn out_of_range() -> Error {
    Error::invalid(
        "the percentage of PERCENTILE must be a constant number from 0 to 1, or a constant ARRAY of such numbers",
    )
}

/// A value, and how often it counts.
fn weighted(arguments: &[ArrayRef], row: usize) -> Result<Option<(Value, i64)>> {
    let value = argument(arguments, 0, |array| array.as_primitive_opt::<Float64Type>())?;
    let frequency = argument(arguments, 2, |array| array.as_primitive_opt::<Int64Type>())?;
    let counts = value.is_valid(row) && frequency.is_valid(row) && frequency.value(row) > 0;
    Ok(counts.then(|| (Value::Double(value.value(row)), frequency.value(row))))
}

fn at(ranks: &Ranks, percentages: &Percentages) -> Value {
    let values: Vec<(f64, i64)> = ranks
        .present()
        .filter_map(|(value, count)| if let Value::Double(v) = value { Some((*v, count)) } else { None })
        .collect();
    let total = values.iter().fold(0_i64, |total, (_, count)| total.saturating_add(*count));
    match percentages {
        _ if total == 0 => Value::Null,
        Percentages::One(percentage) => interpolated(&values, total, *percentage),
        Percentages::Several(all) => {
            Value::Array(all.iter().map(|percentage| interpolated(&values, total, *percentage)).collect())
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 round, as in Flink")]
fn interpolated(values: &[(f64, i64)], total: i64, percentage: f64) -> Value {
    // Places count from 1: rounding depends on it.
    let position = (total - 1) as f64 * percentage + 1.0;
    // The value at a place of the ordered row of all.
    let value_at = |place: f64| {
        let mut passed = 0.0;
        values
            .iter()
            .find(|(_, count)| {
                passed += *count as f64;
                place <= passed
            })
            .or(values.last())
            .map_or(f64::NAN, |(value, _)| *value)
    };
    let (below, above) = (position.floor(), position.ceil());
    let (low, high) = (value_at(below), value_at(above));
    Value::Double(if below == above || low == high {
        low
    } else {
        (above - position) * low + (position - below) * high
    })
}
