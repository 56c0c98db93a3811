//! Arrays sorted, and the ends of their order.

use arrow_array::{Array, ArrayRef, UInt32Array};

use super::array::first;
use super::comparing::Greater;
use super::elements::Picks;
use crate::error::Result;
use crate::eval::Column;
use crate::functions::kernel::{Bool, Lane, over};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::{DataType, Kind, ordering_operands};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ARRAY_SORT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_SORT(array[, ascending[, nulls_first]])"],
        summary: "The array with its elements in ascending order, or in descending order where `ascending` is FALSE. NULLs \
                  stand where `nulls_first` tells; by default first in ascending and last in descending order. NULL if an \
                  argument is.",
        examples: &[
            Example("ARRAY_SORT(ARRAY[3, 1, 2])", "[1, 2, 3]"),
            Example("ARRAY_SORT(ARRAY[3, CAST(NULL AS INT), 2], FALSE)", "[3, 2, NULL]"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let given = sortable(call)?;
            let mut arguments = vec![given.clone()];
            for flag in call.types.iter().skip(1) {
                match flag.kind {
                    Kind::Boolean | Kind::Null => {
                        arguments.push(DataType { kind: Kind::Boolean, nullable: flag.nullable })
                    }
                    _ => return no_overload(),
                }
            }
            if arguments.len() > 3 {
                return no_overload();
            }
            Signature::of(arguments).returns(given.kind.clone()).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true; 3], |rows, nulls| {
                        sort(columns, rows, |row| nulls.is_none_or(|nulls| nulls.is_valid(row)))
                    })
                });
                Ok(kernel)
            })
        },
    },
    Function {
        name: "ARRAY_MAX",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_MAX(array)"],
        summary: "The greatest element of the array that is not NULL; NULL if there is none.",
        examples: &[Example("ARRAY_MAX(ARRAY[1, 3, 2])", "3")],
        determinism: Determinism::Pure,
        resolve: |call| end(call, true),
    },
    Function {
        name: "ARRAY_MIN",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_MIN(array)"],
        summary: "The least element of the array that is not NULL; NULL if there is none.",
        examples: &[Example("ARRAY_MIN(ARRAY[2, 1, 3])", "1")],
        determinism: Determinism::Pure,
        resolve: |call| end(call, false),
    },
];

/// The first argument, if it is an array of elements that have an order.
fn sortable<'a>(call: &Arguments<'a>) -> Result<&'a DataType> {
    let (given, element) = super::array(call, 0)?;
    match ordering_operands(element, element) {
        Some(_) if element.kind != Kind::Boolean => Ok(given),
        _ => no_overload(),
    }
}

fn sort(columns: &[Column], rows: usize, valid: impl Fn(usize) -> bool) -> Result<ArrayRef> {
    let arrays = first(columns)?;
    let flag = |index: usize| columns.get(index).map(Lane::<Bool>::of).transpose();
    let (ascending, nulls_first) = (flag(1)?, flag(2)?);
    let greater = Greater::new(arrays.values())?;
    let mut picks = Picks::new(rows);
    for row in 0..rows {
        let ascending = ascending.as_ref().is_none_or(|flag| flag.item(row));
        let nulls_first = nulls_first.as_ref().map_or(ascending, |flag| flag.item(row));
        let (mut places, missing): (Vec<usize>, Vec<usize>) =
            arrays.range(row).partition(|at| arrays.values().is_valid(*at));
        greater.sort(&mut places, ascending);
        let (first, then) = if nulls_first { (missing, places) } else { (places, missing) };
        picks.extend(0, first);
        picks.extend(0, then);
        picks.end(valid(row));
    }
    picks.finish(&[arrays.values()])
}

fn end(call: &Arguments<'_>, greatest: bool) -> Result<Overload> {
    let given = sortable(call)?;
    let (_, element) = super::array(call, 0)?;
    if call.types.len() != 1 {
        return no_overload();
    }
    let returns = element.clone().with_nullable(true);
    Signature::of(vec![given.clone()]).returns_type(returns).kernel(move |_| {
        let kernel: Kernel = Box::new(move |_, columns, rows| {
            over(columns, rows, &[true], |rows, _| {
                let arrays = first(columns)?;
                let values = arrays.values();
                let greater = Greater::new(values)?;
                let places: UInt32Array = (0..rows)
                    .map(|row| {
                        let range = if arrays.is_null(row) { 0..0 } else { arrays.range(row) };
                        let beyond = |one, other| {
                            if greatest { greater.test(one, other) } else { greater.test(other, one) }
                        };
                        let place = range
                            .filter(|at| values.is_valid(*at))
                            .reduce(|best, at| if beyond(at, best) { at } else { best });
                        place.and_then(|place| u32::try_from(place).ok())
                    })
                    .collect();
                Ok(arrow_select::take::take(values, &places, None)?)
            })
        });
        Ok(kernel)
    })
}
