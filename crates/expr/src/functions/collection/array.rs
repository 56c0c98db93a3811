//! Elements added to arrays, looked for in them, taken out of them.

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::SortOptions;

use super::comparing::Elements;
use super::elements::{Arrays, Keys, Needle, Picks};
use super::{array, array_of, element};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::{Bool, Lane, Output, over};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::{DataType, Kind};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ARRAY_APPEND",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_APPEND(array, element)"],
        summary: "The array with the element after its last one. NULL if the array is.",
        examples: &[Example("ARRAY_APPEND(ARRAY[1, 2], 3)", "[1, 2, 3]")],
        determinism: Determinism::Pure,
        resolve: |call| add(call, false),
    },
    Function {
        name: "ARRAY_PREPEND",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_PREPEND(array, element)"],
        summary: "The array with the element before its first one. NULL if the array is.",
        examples: &[Example("ARRAY_PREPEND(ARRAY[1, 2], 3)", "[3, 1, 2]")],
        determinism: Determinism::Pure,
        resolve: |call| add(call, true),
    },
    Function {
        name: "ARRAY_CONTAINS",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_CONTAINS(array, element)"],
        summary: "Whether the element, which may be NULL, stands in the array. NULL if the array is.",
        examples: &[
            Example("ARRAY_CONTAINS(ARRAY[1, 2], 2)", "TRUE"),
            Example("ARRAY_CONTAINS(ARRAY[1, 2], CAST(NULL AS INT))", "FALSE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (signature, nullable) = array_and_element(call)?;
            let returns = DataType { kind: Kind::Boolean, nullable };
            signature.returns_type(returns).kernel(|_| {
                Ok(with_needle(|arrays, needle, keys, rows| {
                    Bool::collect(rows, |row| {
                        let found = arrays.range(row).any(|at| keys.equal(at, needle.at(row)));
                        Ok((!arrays.is_null(row)).then_some(found))
                    })
                }))
            })
        },
    },
    Function {
        name: "ARRAY_POSITION",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_POSITION(array, element)"],
        summary: "The position, from 1, of the first occurrence of the element in the array; 0 if it does not occur. NULL if \
                  an argument is.",
        examples: &[
            Example("ARRAY_POSITION(ARRAY[1, 2, 2], 2)", "2"),
            Example("ARRAY_POSITION(ARRAY[1, 2], 3)", "0"),
            Example("ARRAY_POSITION(ARRAY[1, 2], CAST(NULL AS INT))", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (signature, _) = array_and_element(call)?;
            signature.returns(Kind::Int).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true, true], |rows, nulls| {
                        search(columns, |arrays, needle, keys| {
                            Int32Type::collect(rows, |row| {
                                let place = arrays.range(row).position(|at| keys.equal(at, needle.at(row)));
                                let place =
                                    place.map_or(0, |place| i32::try_from(place + 1).unwrap_or(i32::MAX));
                                Ok(nulls.is_none_or(|nulls| nulls.is_valid(row)).then_some(place))
                            })
                        })
                    })
                });
                Ok(kernel)
            })
        },
    },
    Function {
        name: "ARRAY_REMOVE",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_REMOVE(array, element)"],
        summary: "The array without all occurrences of the element, which may be NULL. NULL if the array is.",
        examples: &[Example("ARRAY_REMOVE(ARRAY[1, 2, 2], 2)", "[1]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (signature, nullable) = array_and_element(call)?;
            let returns = DataType { kind: signature.kind(0).clone(), nullable };
            signature.returns_type(returns).kernel(|_| {
                Ok(with_needle(|arrays, needle, keys, rows| {
                    let mut picks = Picks::new(rows);
                    for row in 0..rows {
                        picks.extend(0, arrays.range(row).filter(|at| !keys.equal(*at, needle.at(row))));
                        picks.end(!arrays.is_null(row));
                    }
                    picks.finish(&[arrays.values()])
                }))
            })
        },
    },
    Function {
        name: "ARRAY_REVERSE",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_REVERSE(array)"],
        summary: "The array with its elements in the opposite order.",
        examples: &[Example("ARRAY_REVERSE(ARRAY[1, 2, 3])", "[3, 2, 1]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (given, _) = array(call, 0)?;
            if call.types.len() != 1 {
                return no_overload();
            }
            Signature::of(vec![given.clone()]).returns(given.kind.clone()).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true], |rows, _| {
                        let arrays = first(columns)?;
                        let mut picks = Picks::new(rows);
                        for row in 0..rows {
                            picks.extend(0, arrays.range(row).rev());
                            picks.end(!arrays.is_null(row));
                        }
                        picks.finish(&[arrays.values()])
                    })
                });
                Ok(kernel)
            })
        },
    },
    Function {
        name: "ARRAY_SLICE",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ARRAY_SLICE(array, start[, end])"],
        summary: "The elements from the position `start` up to and with the position `end`, or the last one. Positions count \
                  from 1, negative ones from the end; 0 counts as 1. Positions beyond the ends of the array stand for its ends; \
                  empty where `start` is behind the last element or behind `end`. NULL if an argument is.",
        examples: &[
            Example("ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)", "[2, 3]"),
            Example("ARRAY_SLICE(ARRAY[1, 2, 3, 4], -2)", "[3, 4]"),
            Example("ARRAY_SLICE(ARRAY[1, 2, 3, 4], 9)", "[]"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (given, _) = array(call, 0)?;
            let mut arguments = vec![given.clone()];
            for bound in call.types.iter().skip(1) {
                match bound.kind {
                    Kind::TinyInt | Kind::SmallInt | Kind::Int | Kind::Null => {
                        arguments.push(DataType { kind: Kind::Int, nullable: bound.nullable });
                    }
                    _ => return no_overload(),
                }
            }
            if !(2..=3).contains(&arguments.len()) {
                return no_overload();
            }
            Signature::of(arguments).returns(given.kind.clone()).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true; 3], |rows, nulls| {
                        let arrays = first(columns)?;
                        let bound = |index: usize| columns.get(index).map(Lane::<Int32Type>::of).transpose();
                        let (start, end) = (bound(1)?, bound(2)?);
                        let mut picks = Picks::new(rows);
                        for row in 0..rows {
                            let range = arrays.range(row);
                            let start = start.as_ref().map_or(1, |start| start.item(row));
                            let end = end.as_ref().map_or(-1, |end| end.item(row));
                            let (from, to) = slice(range.len(), start, end);
                            picks.extend(0, range.start + from..range.start + to);
                            picks.end(nulls.is_none_or(|nulls| nulls.is_valid(row)));
                        }
                        picks.finish(&[arrays.values()])
                    })
                });
                Ok(kernel)
            })
        },
    },
];

/// The first argument, an ARRAY.
pub(super) fn first(columns: &[Column]) -> Result<Arrays<'_>> {
    Arrays::of(columns.first().ok_or_else(|| Error::internal("an array function without an array"))?)
}

/// The elements from one position to another: which are left out before, and up to which they reach.
fn slice(length: usize, start: i32, end: i32) -> (usize, usize) {
    if length == 0 {
        return (0, 0);
    }
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |position: i32| match i64::from(position) {
        0 => 1,
        position if position < 0 => length + position + 1,
        position => position,
    };
    // An end that is just before the first element counts as the first one.
    let end = match place(end) {
        0 => 1,
        end => end.min(length),
    };
    let start = place(start).max(1);
    match (usize::try_from(start - 1), usize::try_from(end)) {
        (Ok(from), Ok(to)) if from < to => (from, to),
        _ => (0, 0),
    }
}

/// A call of an array and an element of its type, and whether the array may be NULL.
fn array_and_element(call: &Arguments<'_>) -> Result<(Signature, bool)> {
    let (given, of) = array(call, 0)?;
    let [_, needle] = call.types else { return no_overload() };
    Ok((Signature::of(vec![given.clone(), element(needle, of)?]), given.nullable))
}

type Search<'f> = &'f mut dyn FnMut(&Arrays<'_>, &Needle, &Elements) -> Result<ArrayRef>;

fn search(
    columns: &[Column],
    mut compute: impl FnMut(&Arrays<'_>, &Needle, &Elements) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    let compute: Search<'_> = &mut compute;
    let (arrays, Some(needle)) = (first(columns)?, columns.get(1)) else {
        return Err(Error::internal("an array function without an element"));
    };
    let keys = Keys::new(arrays.values().data_type(), SortOptions::default())?;
    compute(&arrays, &Needle::of(&keys, needle)?, &Elements::new(&keys, arrays.values())?)
}

/// A kernel over an array and an element that may be NULL.
fn with_needle(
    compute: impl Fn(&Arrays<'_>, &Needle, &Elements, usize) -> Result<ArrayRef> + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, &[true, false], |rows, _| {
            search(columns, |arrays, needle, keys| compute(arrays, needle, keys, rows))
        })
    })
}

/// ARRAY_APPEND and ARRAY_PREPEND.
fn add(call: &Arguments<'_>, before: bool) -> Result<Overload> {
    let (given, of) = array(call, 0)?;
    let [_, added] = call.types else { return no_overload() };
    let added = element(added, of)?;
    let nullable = given.nullable || added.nullable;
    let returns = array_of(of.clone().with_nullable(of.nullable || added.nullable), nullable);
    Signature::of(vec![given.clone(), added]).returns_type(returns).kernel(move |_| {
        let kernel: Kernel = Box::new(move |_, columns, rows| {
            over(columns, rows, &[true, false], |rows, _| {
                let arrays = first(columns)?;
                let Some(added) = columns.get(1) else {
                    return Err(Error::internal("nothing to add to an array"));
                };
                let place = |row: usize| if added.is_constant() { 0 } else { row };
                let mut picks = Picks::new(rows);
                for row in 0..rows {
                    if before {
                        picks.push(1, place(row));
                    }
                    picks.extend(0, arrays.range(row));
                    if !before {
                        picks.push(1, place(row));
                    }
                    picks.end(!arrays.is_null(row));
                }
                picks.finish(&[arrays.values(), added.array()])
            })
        });
        Ok(kernel)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_end_at_the_ends() {
        for (length, start, end, expected) in [
            (5, 1, -1, (0, 5)),
            (5, -123, -1, (0, 5)),
            (5, 0, -1, (0, 5)),
            (5, -3, -1, (2, 5)),
            (5, 9, -1, (0, 0)),
            (5, -123, -231, (0, 0)),
            (5, -6, -5, (0, 1)),
            (5, 5, 6, (4, 5)),
            (8, 1, 0, (0, 1)),
            (8, -1, 15, (7, 8)),
            (1, 0, -2, (0, 1)),
            (0, 1, -1, (0, 0)),
            (5, i32::MIN, i32::MAX, (0, 5)),
        ] {
            assert_eq!(slice(length, start, end), expected, "{length} {start} {end}");
        }
    }
}
