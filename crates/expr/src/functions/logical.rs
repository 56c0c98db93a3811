//! NOT and the tests of truth. AND and OR are forms of [`Expr`](crate::Expr).

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray};
use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType as Arrow;

use super::registry::mismatch;
use super::vector::{arity, like};
use super::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::types::{DataType, Kind};

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "NOT",
        aliases: &[],
        category: Category::Logical,
        signatures: &["NOT boolean"],
        summary: "TRUE for FALSE, FALSE for TRUE, UNKNOWN for UNKNOWN.",
        examples: &[Example("NOT TRUE", "FALSE"), Example("NOT CAST(NULL AS BOOLEAN)", "NULL")],
        determinism: Determinism::Pure,
        resolve: |arguments| {
            let [given] = arguments.types else { return Err(mismatch(arguments, "NOT")) };
            overload(arguments, "NOT", given.nullable, not)
        },
    },
    test(
        "IS TRUE",
        &["boolean IS TRUE"],
        "TRUE for TRUE; FALSE for FALSE and UNKNOWN. Never NULL.",
        &[Example("(2 > 1) IS TRUE", "TRUE"), Example("CAST(NULL AS BOOLEAN) IS TRUE", "FALSE")],
        |arguments| overload(arguments, "IS TRUE", false, |c, rows| is(c, rows, true, false)),
    ),
    test(
        "IS NOT TRUE",
        &["boolean IS NOT TRUE"],
        "FALSE for TRUE; TRUE for FALSE and UNKNOWN. Never NULL.",
        &[Example("(2 > 1) IS NOT TRUE", "FALSE"), Example("CAST(NULL AS BOOLEAN) IS NOT TRUE", "TRUE")],
        |arguments| overload(arguments, "IS NOT TRUE", false, |c, rows| is(c, rows, true, true)),
    ),
    test(
        "IS FALSE",
        &["boolean IS FALSE"],
        "TRUE for FALSE; FALSE for TRUE and UNKNOWN. Never NULL.",
        &[Example("(2 > 1) IS FALSE", "FALSE"), Example("CAST(NULL AS BOOLEAN) IS FALSE", "FALSE")],
        |arguments| overload(arguments, "IS FALSE", false, |c, rows| is(c, rows, false, false)),
    ),
    test(
        "IS NOT FALSE",
        &["boolean IS NOT FALSE"],
        "FALSE for FALSE; TRUE for TRUE and UNKNOWN. Never NULL.",
        &[Example("(2 > 1) IS NOT FALSE", "TRUE"), Example("CAST(NULL AS BOOLEAN) IS NOT FALSE", "TRUE")],
        |arguments| overload(arguments, "IS NOT FALSE", false, |c, rows| is(c, rows, false, true)),
    ),
];

const fn test(
    name: &'static str,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    Function {
        name,
        aliases: &[],
        category: Category::Logical,
        signatures,
        summary,
        examples,
        determinism: Determinism::Pure,
        resolve,
    }
}

fn overload(
    arguments: &Arguments<'_>,
    name: &str,
    nullable: bool,
    compute: fn(&Column, usize) -> Result<Column>,
) -> Result<Overload> {
    let [DataType { kind: Kind::Boolean | Kind::Null, .. }] = arguments.types else {
        return Err(mismatch(arguments, name));
    };
    Ok(Overload {
        arguments: vec![DataType::new(Kind::Boolean)],
        returns: DataType { kind: Kind::Boolean, nullable },
        fallible: false,
        kernel: Box::new(move |_| {
            let kernel: Kernel = Box::new(move |_, arguments, rows| match arguments {
                [argument] if argument.is_constant() => compute(argument, 1),
                [argument] => compute(argument, rows),
                _ => Err(arity(1, arguments)),
            });
            Ok(kernel)
        }),
    })
}

fn booleans(column: &Column) -> Result<&BooleanArray> {
    let array = column.array();
    array.as_boolean_opt().ok_or_else(|| Error::internal(format!("a truth is of type {}", array.data_type())))
}

fn not(column: &Column, _: usize) -> Result<Column> {
    let array = booleans(column)?;
    let negated = BooleanArray::new(!array.values(), array.nulls().cloned());
    Ok(like(column.is_constant(), Arc::new(negated)))
}

/// Whether the truth is `truth`, turned around where `negated`.
fn is(column: &Column, rows: usize, truth: bool, negated: bool) -> Result<Column> {
    let hits = if *column.array().data_type() == Arrow::Null {
        BooleanBuffer::new_unset(rows)
    } else {
        let array = booleans(column)?;
        let values = if truth { array.values().clone() } else { !array.values() };
        array.nulls().map_or_else(|| values.clone(), |valid| &values & valid.inner())
    };
    let hits = if negated { !&hits } else { hits };
    Ok(like(column.is_constant(), Arc::new(BooleanArray::new(hits, None))))
}
