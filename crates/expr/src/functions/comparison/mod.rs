//! `=`, `<` and their kind, IS NULL, IS DISTINCT FROM and IN.

mod bits;
mod compare;
mod equality;
mod member;

use std::sync::Arc;

use arrow_array::{Array, BooleanArray};
use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType as Arrow;

use super::registry::mismatch;
use super::vector::{arity, like};
use super::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::error::Result;
use crate::eval::Column;
use crate::types::{DataType, Kind};
use compare::Operator;

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    comparison(
        "=",
        &["value1 = value2"],
        "Whether both are equal; UNKNOWN where either is NULL. NaN equals nothing, not even NaN.",
        &[Example("1 = 1.0", "TRUE"), Example("'a' = 'a '", "FALSE")],
        |arguments| compare(arguments, Operator::Eq),
    ),
    comparison(
        "<>",
        &["value1 <> value2"],
        "Whether both differ; UNKNOWN where either is NULL.",
        &[Example("1 <> 2", "TRUE"), Example("'a' <> 'a'", "FALSE")],
        |arguments| compare(arguments, Operator::Ne),
    ),
    comparison(
        "<",
        &["value1 < value2"],
        "Whether the first is less; UNKNOWN where either is NULL. Strings compare by their bytes.",
        &[Example("1 < 2", "TRUE"), Example("'b' < 'a'", "FALSE")],
        |arguments| compare(arguments, Operator::Lt),
    ),
    comparison(
        "<=",
        &["value1 <= value2"],
        "Whether the first is less or equal; UNKNOWN where either is NULL.",
        &[Example("1 <= 1", "TRUE")],
        |arguments| compare(arguments, Operator::Le),
    ),
    comparison(
        ">",
        &["value1 > value2"],
        "Whether the first is greater; UNKNOWN where either is NULL.",
        &[Example("DATE '2024-01-02' > DATE '2024-01-01'", "TRUE")],
        |arguments| compare(arguments, Operator::Gt),
    ),
    comparison(
        ">=",
        &["value1 >= value2"],
        "Whether the first is greater or equal; UNKNOWN where either is NULL.",
        &[Example("2 >= 2.5", "FALSE")],
        |arguments| compare(arguments, Operator::Ge),
    ),
    comparison(
        "IS DISTINCT FROM",
        &["value1 IS DISTINCT FROM value2"],
        "Whether both differ, where NULL equals NULL. Never NULL.",
        &[Example("1 IS DISTINCT FROM CAST(NULL AS INT)", "TRUE"), Example("1 IS DISTINCT FROM 1", "FALSE")],
        |arguments| equality::overload(arguments, "IS DISTINCT FROM", true),
    ),
    comparison(
        "IS NOT DISTINCT FROM",
        &["value1 IS NOT DISTINCT FROM value2"],
        "Whether both are equal, where NULL equals NULL. Never NULL.",
        &[Example("CAST(NULL AS INT) IS NOT DISTINCT FROM CAST(NULL AS INT)", "TRUE")],
        |arguments| equality::overload(arguments, "IS NOT DISTINCT FROM", false),
    ),
    comparison(
        "IS NULL",
        &["value IS NULL"],
        "Whether it is NULL.",
        &[Example("CAST(NULL AS INT) IS NULL", "TRUE"), Example("1 IS NULL", "FALSE")],
        |arguments| null_test(arguments, "IS NULL", false),
    ),
    comparison(
        "IS NOT NULL",
        &["value IS NOT NULL"],
        "Whether it is not NULL.",
        &[Example("1 IS NOT NULL", "TRUE")],
        |arguments| null_test(arguments, "IS NOT NULL", true),
    ),
    comparison(
        "IN",
        &["value1 IN (value2, …)"],
        "Whether the value is in the list; UNKNOWN where it is not and either it or a member is NULL.",
        &[Example("2 IN (1, 2, 3)", "TRUE"), Example("4 IN (1, NULL)", "NULL")],
        member::overload,
    ),
];

const fn comparison(
    name: &'static str,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    Function {
        name,
        aliases: &[],
        category: Category::Comparison,
        signatures,
        summary,
        examples,
        determinism: Determinism::Pure,
        resolve,
    }
}

fn compare(arguments: &Arguments<'_>, operator: Operator) -> Result<Overload> {
    let [a, b] = arguments.types else { return Err(mismatch(arguments, operator.name())) };
    let Some(common) = compared_as(a, b) else {
        return Err(mismatch(arguments, operator.name()));
    };
    if common.iter().any(|t| t.kind.is_nested()) && !matches!(operator, Operator::Eq | Operator::Ne) {
        return Err(mismatch(arguments, operator.name()));
    }
    Ok(Overload {
        arguments: common,
        returns: DataType { kind: Kind::Boolean, nullable: a.nullable || b.nullable },
        fallible: false,
        kernel: Box::new(move |known| compare::kernel(operator, known)),
    })
}

/// The types as which two values are compared; `None` when they cannot be.
///
/// Numbers compare as Java's operators do: the wider integer, FLOAT before BIGINT, DOUBLE before
/// all; DECIMALs and integers compare exactly, whatever their scales.
fn compared_as(a: &DataType, b: &DataType) -> Option<Vec<DataType>> {
    let pair = |kind: &Kind| Some(vec![DataType::new(kind.clone()), DataType::new(kind.clone())]);
    let (x, y) = (&a.kind, &b.kind);
    match (x, y) {
        (Kind::Null, other) | (other, Kind::Null) => pair(other),
        _ if x.is_character() && y.is_character() || x.is_binary() && y.is_binary() => {
            Some(vec![a.clone(), b.clone()])
        }
        (Kind::Boolean, Kind::Boolean) | (Kind::Date, Kind::Date) => Some(vec![a.clone(), b.clone()]),
        (Kind::IntervalYearMonth(_), Kind::IntervalYearMonth(_))
        | (Kind::IntervalDayTime(_), Kind::IntervalDayTime(_))
        | (Kind::Time { .. }, Kind::Time { .. }) => Some(vec![a.clone(), b.clone()]),
        _ if x.is_numeric() && y.is_numeric() => numbers(a, b),
        (Kind::Timestamp { precision: p }, Kind::Timestamp { precision: q }) => {
            pair(&Kind::Timestamp { precision: *p.max(q) })
        }
        (Kind::TimestampLtz { precision: p }, Kind::TimestampLtz { precision: q }) => {
            pair(&Kind::TimestampLtz { precision: *p.max(q) })
        }
        (Kind::Date, other @ (Kind::Timestamp { .. } | Kind::TimestampLtz { .. }))
        | (other @ (Kind::Timestamp { .. } | Kind::TimestampLtz { .. }), Kind::Date) => pair(other),
        (Kind::Timestamp { precision: p }, Kind::TimestampLtz { precision: q })
        | (Kind::TimestampLtz { precision: q }, Kind::Timestamp { precision: p }) => {
            pair(&Kind::TimestampLtz { precision: *p.max(q) })
        }
        _ if x.is_nested() && DataType::new(x.clone()).physical() == DataType::new(y.clone()).physical() => {
            Some(vec![a.clone(), b.clone()])
        }
        _ => None,
    }
}

fn numbers(a: &DataType, b: &DataType) -> Option<Vec<DataType>> {
    let rank = |kind: &Kind| match kind {
        Kind::TinyInt => Some(0),
        Kind::SmallInt => Some(1),
        Kind::Int => Some(2),
        Kind::BigInt => Some(3),
        Kind::Float => Some(4),
        Kind::Double => Some(5),
        _ => None,
    };
    let exact = |kind: &Kind| match kind {
        Kind::TinyInt => Some(3),
        Kind::SmallInt => Some(5),
        Kind::Int => Some(10),
        Kind::BigInt => Some(19),
        _ => None,
    };
    Some(match (&a.kind, &b.kind) {
        (Kind::Decimal { .. }, Kind::Decimal { .. }) => vec![a.clone(), b.clone()],
        (decimal @ Kind::Decimal { .. }, other) | (other, decimal @ Kind::Decimal { .. }) => {
            match exact(other) {
                None => vec![DataType::new(Kind::Double), DataType::new(Kind::Double)],
                Some(precision) => {
                    let whole = Kind::Decimal { precision, scale: 0 };
                    let (left, right) =
                        if *decimal == a.kind { (decimal.clone(), whole) } else { (whole, decimal.clone()) };
                    vec![DataType::new(left), DataType::new(right)]
                }
            }
        }
        (x, y) => {
            let wider = if rank(x)? >= rank(y)? { x } else { y };
            vec![DataType::new(wider.clone()), DataType::new(wider.clone())]
        }
    })
}

fn null_test(arguments: &Arguments<'_>, name: &str, negated: bool) -> Result<Overload> {
    let [argument] = arguments.types else { return Err(mismatch(arguments, name)) };
    Ok(Overload {
        arguments: vec![argument.clone()],
        returns: DataType::not_null(Kind::Boolean),
        fallible: false,
        kernel: Box::new(move |_| {
            let kernel: Kernel = Box::new(move |_, arguments, rows| match arguments {
                [argument] => Ok(is_null(argument, rows, negated)),
                _ => Err(arity(1, arguments)),
            });
            Ok(kernel)
        }),
    })
}

fn is_null(column: &Column, rows: usize, negated: bool) -> Column {
    let rows = if column.is_constant() { 1 } else { rows };
    let array = column.array();
    let nulls = if *array.data_type() == Arrow::Null {
        BooleanBuffer::new_set(rows)
    } else {
        match array.nulls() {
            None => BooleanBuffer::new_unset(rows),
            Some(valid) => !valid.inner(),
        }
    };
    let hits = if negated { !&nulls } else { nulls };
    like(column.is_constant(), Arc::new(BooleanArray::new(hits, None)))
}
