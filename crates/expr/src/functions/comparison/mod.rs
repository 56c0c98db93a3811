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
use crate::types::{DataType, Kind, comparison_is_nullable, equality_operands, ordering_operands};
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
    let operands = match operator {
        Operator::Eq | Operator::Ne => equality_operands(a, b),
        _ => ordering_operands(a, b),
    };
    let Some((left, right)) = operands else { return Err(mismatch(arguments, operator.name())) };
    let is_decimal = |t: &DataType| matches!(t.kind, Kind::Decimal { .. });
    let ordering = !matches!(operator, Operator::Eq | Operator::Ne);
    let mixed =
        ordering && (is_decimal(a) && b.kind.is_approximate() || is_decimal(b) && a.kind.is_approximate());
    Ok(Overload {
        arguments: vec![left, right],
        returns: DataType { kind: Kind::Boolean, nullable: comparison_is_nullable(a, b) },
        fallible: false,
        kernel: Box::new(move |known| match mixed {
            true => Ok(compare::kernel_beside_decimal(operator)),
            false => compare::kernel(operator, known),
        }),
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
