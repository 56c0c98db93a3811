//! Arrays as sets, and arrays one after the other.

use arrow_array::{Array, ArrayRef};
use arrow_row::Row;
use arrow_schema::SortOptions;

use super::common;
use super::comparing::Elements;
use super::elements::{Arrays, KeySet, Keys, Picks};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::over;
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ARRAY_DISTINCT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_DISTINCT(array)"],
        summary: "The elements of the array, each once, in the order of their first occurrences.",
        examples: &[Example("ARRAY_DISTINCT(ARRAY[1, 2, 1])", "[1, 2]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (given, _) = super::array(call, 0)?;
            if call.types.len() != 1 {
                return no_overload();
            }
            Signature::of(vec![given.clone()])
                .returns(given.kind.clone())
                .kernel(|_| Ok(kernel(true, |_, _| true)))
        },
    },
    Function {
        name: "ARRAY_UNION",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_UNION(array, array)"],
        summary: "The elements of both arrays, each once, in the order of their first occurrences.",
        examples: &[Example("ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])", "[1, 2, 3]")],
        determinism: Determinism::Pure,
        resolve: |call| two(call, || kernel(true, |_, _| true)),
    },
    Function {
        name: "ARRAY_EXCEPT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_EXCEPT(array, array)"],
        summary: "The elements of the first array that do not stand in the second one, each once.",
        examples: &[Example("ARRAY_EXCEPT(ARRAY[1, 2, 2, 3], ARRAY[1])", "[2, 3]")],
        determinism: Determinism::Pure,
        resolve: |call| two(call, || kernel(false, |key, second| !second.contains(key))),
    },
    Function {
        name: "ARRAY_INTERSECT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_INTERSECT(array, array)"],
        summary: "The elements of the first array that stand in the second one, too, each once.",
        examples: &[Example("ARRAY_INTERSECT(ARRAY[1, 1, 2], ARRAY[1, 3])", "[1]")],
        determinism: Determinism::Pure,
        resolve: |call| two(call, || kernel(false, |key, second| second.contains(key))),
    },
    Function {
        name: "ARRAY_CONCAT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_CONCAT(array[, array…])"],
        summary: "The elements of all arrays, one array after the other. NULL if any of them is NULL.",
        examples: &[Example("ARRAY_CONCAT(ARRAY[1, 2], ARRAY[2, 3])", "[1, 2, 2, 3]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let common = common(call.types, |kind| matches!(kind, Kind::Array(_)))?;
            let arguments =
                call.types.iter().map(|given| common.clone().with_nullable(given.nullable)).collect();
            Signature::of(arguments).returns(common.kind).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &vec![true; columns.len()], |rows, _| concat(columns, rows))
                });
                Ok(kernel)
            })
        },
    },
];

/// A call of two arrays of a common type.
fn two(call: &Arguments<'_>, make: fn() -> Kernel) -> Result<Overload> {
    let [first, second] = call.types else { return no_overload() };
    let common = common(call.types, |kind| matches!(kind, Kind::Array(_)))?;
    let cast = |nullable| common.clone().with_nullable(nullable);
    Signature::of(vec![cast(first.nullable), cast(second.nullable)])
        .returns(common.kind)
        .kernel(move |_| Ok(make()))
}

type Keep = for<'r> fn(&Row<'r>, &KeySet<'r>) -> bool;

/// A kernel that takes each element of the first array, and then of the others if `all`, once, if `keep` wants it.
fn kernel(all: bool, keep: Keep) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, &[true, true], |rows, _| distinct(columns, rows, all, keep))
    })
}

fn distinct(columns: &[Column], rows: usize, all: bool, keep: Keep) -> Result<ArrayRef> {
    let arrays = columns.iter().map(Arrays::of).collect::<Result<Vec<_>>>()?;
    let Some(first) = arrays.first() else {
        return Err(Error::internal("an array function without an array"));
    };
    let keys = Keys::new(first.values().data_type(), SortOptions::default())?;
    let encoded =
        arrays.iter().map(|array| Elements::new(&keys, array.values())).collect::<Result<Vec<_>>>()?;
    let mut picks = Picks::new(rows);
    let (mut seen, mut second) = (KeySet::default(), KeySet::default());
    for row in 0..rows {
        seen.clear();
        second.clear();
        if let (false, Some(array), Some(encoded)) = (all, arrays.get(1), encoded.get(1)) {
            for at in array.range(row) {
                if !encoded.is_alone(at) {
                    second.insert(encoded.key(at));
                }
            }
        }
        for (column, (array, encoded)) in
            arrays.iter().zip(&encoded).enumerate().take(if all { 2 } else { 1 })
        {
            for at in array.range(row) {
                let (key, alone) = (encoded.key(at), encoded.is_alone(at));
                if keep(&key, &second) && (alone || seen.insert(key)) {
                    picks.push(column, at);
                }
            }
        }
        picks.end(!arrays.iter().any(|array| array.is_null(row)));
    }
    picks.finish(&arrays.iter().map(Arrays::values).collect::<Vec<_>>())
}

fn concat(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let arrays = columns.iter().map(Arrays::of).collect::<Result<Vec<_>>>()?;
    let mut picks = Picks::new(rows);
    for row in 0..rows {
        for (column, array) in arrays.iter().enumerate() {
            picks.extend(column, array.range(row));
        }
        picks.end(!arrays.iter().any(|array| array.is_null(row)));
    }
    picks.finish(&arrays.iter().map(Arrays::values).collect::<Vec<_>>())
}
