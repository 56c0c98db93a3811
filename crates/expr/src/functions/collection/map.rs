//! Functions of maps.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, StructArray, UInt32Array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{Field as ArrowField, Fields, SortOptions};

use super::elements::{Arrays, KeySet, Keys};
use super::{array, array_of, common};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::over;
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::{DataType, Field, Kind};
use crate::value::{MapColumn, map_array};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "MAP_KEYS",
        aliases: &[],
        category: Category::Collection,
        signatures: &["MAP_KEYS(map)"],
        summary: "An ARRAY of the keys of the map, in no certain order.",
        examples: &[Example("MAP_KEYS(MAP['a', 1])", "[a]")],
        determinism: Determinism::Pure,
        resolve: |call| parts(call, |key, _| key.clone(), |map| Ok(Arc::clone(map.keys))),
    },
    Function {
        name: "MAP_VALUES",
        aliases: &[],
        category: Category::Collection,
        signatures: &["MAP_VALUES(map)"],
        summary: "An ARRAY of the values of the map, in no certain order.",
        examples: &[Example("MAP_VALUES(MAP['a', 1])", "[1]")],
        determinism: Determinism::Pure,
        resolve: |call| parts(call, |_, value| value.clone(), |map| Ok(Arc::clone(map.values))),
    },
    Function {
        name: "MAP_ENTRIES",
        aliases: &[],
        category: Category::Collection,
        signatures: &["MAP_ENTRIES(map)"],
        summary: "An ARRAY of the entries of the map, as ROWs of `key` and `value`, in no certain order.",
        examples: &[Example("MAP_ENTRIES(MAP['a', 1])", "[(a, 1)]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let entry = |key: &DataType, value: &DataType| {
                DataType::row([Field::new("key", key.clone()), Field::new("value", value.clone())])
            };
            parts(call, entry, |map| {
                let field =
                    |name: &str, array: &ArrayRef| ArrowField::new(name, array.data_type().clone(), true);
                let fields = Fields::from(vec![field("key", map.keys), field("value", map.values)]);
                let columns = vec![Arc::clone(map.keys), Arc::clone(map.values)];
                Ok(Arc::new(StructArray::try_new(fields, columns, None)?))
            })
        },
    },
    Function {
        name: "MAP_FROM_ARRAYS",
        aliases: &[],
        category: Category::Collection,
        signatures: &["MAP_FROM_ARRAYS(keys, values)"],
        summary: "A MAP of the keys and the values at the same places of two arrays, which must be of equal length. Of equal \
                  keys the last one counts.",
        examples: &[Example("MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])", "{a=1, b=2}")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let ((keys, key), (values, value)) = (array(call, 0)?, array(call, 1)?);
            if call.types.len() != 2 {
                return no_overload();
            }
            let map = DataType::map(key.clone(), value.clone());
            Signature::of(vec![keys.clone(), values.clone()]).returns(map.kind).fallible().kernel(
                |arguments| {
                    let returns = arguments.returns.clone();
                    let kernel: Kernel = Box::new(move |_, columns, rows| {
                        over(columns, rows, &[true, true], |rows, nulls| {
                            from_arrays(columns, rows, nulls, &returns)
                        })
                    });
                    Ok(kernel)
                },
            )
        },
    },
    Function {
        name: "MAP_UNION",
        aliases: &[],
        category: Category::Collection,
        signatures: &["MAP_UNION(map[, map…])"],
        summary: "A MAP of the entries of all maps. Those of the last map come first; of equal keys the last one counts. NULL if a map is.",
        examples: &[Example("MAP_UNION(MAP['a', 1], MAP['b', 2])", "{b=2, a=1}")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let common = common(call.types, |kind| matches!(kind, Kind::Map(..)))?;
            let arguments =
                call.types.iter().map(|given| common.clone().with_nullable(given.nullable)).collect();
            Signature::of(arguments).returns(common.kind).kernel(|arguments| {
                let returns = arguments.returns.clone();
                let kernel: Kernel = Box::new(move |_, columns, rows| {
                    let strict = vec![true; columns.len()];
                    over(columns, rows, &strict, |rows, nulls| union(columns, rows, nulls, &returns))
                });
                Ok(kernel)
            })
        },
    },
];

/// The keys and values of a column of maps.
pub(super) fn as_map(column: &Column) -> Result<MapColumn<'_>> {
    MapColumn::of(column.array()).ok_or_else(|| Error::internal("a MAP does not stand as a list of entries"))
}

/// Of the entries in each range, those whose key does not stand again behind them; and how many they are.
pub(super) fn last_of_equal_keys(
    keys: &ArrayRef,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Result<(UInt32Array, Vec<usize>)> {
    of_different_keys(keys, ranges, |range, kept, seen| {
        let before = kept.len();
        kept.extend(range.rev().filter(|at| seen(*at)).filter_map(|at| u32::try_from(at).ok()));
        if let Some(of_this) = kept.get_mut(before..) {
            of_this.reverse();
        }
    })
}

/// Of the entries in each range, those whose key does not stand before them; and how many they are.
fn first_of_equal_keys(
    keys: &ArrayRef,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Result<(UInt32Array, Vec<usize>)> {
    of_different_keys(keys, ranges, |range, kept, seen| {
        kept.extend(range.filter(|at| seen(*at)).filter_map(|at| u32::try_from(at).ok()));
    })
}

/// What `keep` takes of each range; it asks of an entry whether its key was not asked for before.
fn of_different_keys(
    keys: &ArrayRef,
    ranges: impl Iterator<Item = Range<usize>>,
    keep: impl Fn(Range<usize>, &mut Vec<u32>, &mut dyn FnMut(usize) -> bool),
) -> Result<(UInt32Array, Vec<usize>)> {
    let encoded = Keys::new(keys.data_type(), SortOptions::default())?.of(keys)?;
    let (mut kept, mut lengths) = (Vec::new(), Vec::new());
    let mut seen = KeySet::default();
    for range in ranges {
        seen.clear();
        let before = kept.len();
        keep(range, &mut kept, &mut |at| seen.insert(encoded.row(at)));
        lengths.push(kept.len() - before);
    }
    Ok((UInt32Array::from(kept), lengths))
}

/// An array of something of each entry of a map.
fn parts(
    call: &Arguments<'_>,
    of: fn(&DataType, &DataType) -> DataType,
    values: fn(&MapColumn<'_>) -> Result<ArrayRef>,
) -> Result<Overload> {
    let [given @ DataType { kind: Kind::Map(key, value), .. }] = call.types else { return no_overload() };
    let returns = array_of(of(key, value), given.nullable);
    Signature::of(vec![given.clone()]).returns_type(returns).kernel(move |_| {
        let kernel: Kernel = Box::new(move |_, columns, rows| {
            over(columns, rows, &[true], |_, _| -> Result<ArrayRef> {
                let column =
                    columns.first().ok_or_else(|| Error::internal("a map function without a map"))?;
                let map = as_map(column)?;
                let values = values(&map)?;
                let field = Arc::new(ArrowField::new("element", values.data_type().clone(), true));
                Ok(Arc::new(ListArray::try_new(
                    field,
                    map.offsets().clone(),
                    values,
                    column.array().nulls().cloned(),
                )?))
            })
        });
        Ok(kernel)
    })
}

fn from_arrays(
    columns: &[Column],
    rows: usize,
    nulls: Option<&NullBuffer>,
    returns: &DataType,
) -> Result<ArrayRef> {
    let [keys, values] = columns else {
        return Err(Error::internal("MAP_FROM_ARRAYS of other than two arrays"));
    };
    let (keys, values) = (Arrays::of(keys)?, Arrays::of(values)?);
    let (mut key_places, mut value_places, mut ranges) = (Vec::new(), Vec::new(), Vec::with_capacity(rows));
    for row in 0..rows {
        let before = key_places.len();
        if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
            let (from, to) = (keys.range(row), values.range(row));
            if from.len() != to.len() {
                return Err(Error::runtime(format!(
                    "MAP_FROM_ARRAYS of {} keys and {} values; it takes as many of each",
                    from.len(),
                    to.len()
                )));
            }
            key_places.extend(from.filter_map(|at| u32::try_from(at).ok()));
            value_places.extend(to.filter_map(|at| u32::try_from(at).ok()));
        }
        ranges.push(before..key_places.len());
    }
    let take = |array: &ArrayRef, places: Vec<u32>| {
        arrow_select::take::take(array, &UInt32Array::from(places), None)
    };
    let (keys, values) = (take(keys.values(), key_places)?, take(values.values(), value_places)?);
    let (kept, lengths) = last_of_equal_keys(&keys, ranges.into_iter())?;
    let take = |array: &ArrayRef| arrow_select::take::take(array, &kept, None);
    map_array(returns, OffsetBuffer::from_lengths(lengths), [take(&keys)?, take(&values)?], nulls.cloned())
}

fn union(
    columns: &[Column],
    rows: usize,
    nulls: Option<&NullBuffer>,
    returns: &DataType,
) -> Result<ArrayRef> {
    let maps = columns.iter().map(as_map).collect::<Result<Vec<_>>>()?;
    let (mut places, mut ranges) = (Vec::new(), Vec::with_capacity(rows));
    for row in 0..rows {
        let before = places.len();
        if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
            // The last map comes first, as in Flink: an entry of an earlier one stands only where no later one has its key.
            for (column, (map, given)) in maps.iter().zip(columns).enumerate().rev() {
                places.extend(map.entries(if given.is_constant() { 0 } else { row }).map(|at| (column, at)));
            }
        }
        ranges.push(before..places.len());
    }
    let side = |of: for<'a> fn(&MapColumn<'a>) -> &'a ArrayRef| -> Result<ArrayRef> {
        let arrays: Vec<&dyn Array> = maps.iter().map(|map| &**of(map) as &dyn Array).collect();
        Ok(arrow_select::interleave::interleave(&arrays, &places)?)
    };
    let (keys, values) = (side(|map| map.keys)?, side(|map| map.values)?);
    let (kept, lengths) = first_of_equal_keys(&keys, ranges.into_iter())?;
    let take = |array: &ArrayRef| arrow_select::take::take(array, &kept, None);
    map_array(returns, OffsetBuffer::from_lengths(lengths), [take(&keys)?, take(&values)?], nulls.cloned())
}
