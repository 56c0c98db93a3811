//! Elements of arrays, values of maps, and how many there are.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, UInt32Array};

use super::element;
use super::elements::{Arrays, Keys, Needle};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::{Lane, Output, over};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload, variant};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ITEM",
        aliases: &[],
        category: Category::Collection,
        signatures: &["array[index]", "map[key]", "variant[key]", "variant[index]"],
        summary: "The element at the index, counted from 1, or the value of the key. NULL if there is none. Of a VARIANT it is a VARIANT, and NULL, \
                  too, where the VARIANT is no object or array.",
        examples: &[
            Example("ARRAY[1, 2][2]", "2"),
            Example("ARRAY[1, 2][3]", "NULL"),
            Example("MAP['a', 1]['a']", "1"),
            Example("CAST(PARSE_JSON('{\"a\": [1, 2]}')['a'][2] AS INT)", "2"),
            Example("PARSE_JSON('{}')['a'] IS NULL", "TRUE"),
        ],
        determinism: Determinism::Pure,
        resolve: item,
    },
    Function {
        name: "CARDINALITY",
        aliases: &[],
        category: Category::Collection,
        signatures: &["CARDINALITY(array)", "CARDINALITY(map)"],
        summary: "How many elements or entries there are.",
        examples: &[Example("CARDINALITY(ARRAY[1, 2])", "2"), Example("CARDINALITY(MAP['a', 1])", "1")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let [given @ DataType { kind: Kind::Array(_) | Kind::Map(..), .. }] = call.types else {
                return no_overload();
            };
            Signature::of(vec![given.clone()]).returns(Kind::Int).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true], |rows, _| cardinality(columns, rows))
                });
                Ok(kernel)
            })
        },
    },
    Function {
        name: "ELEMENT",
        aliases: &[],
        category: Category::Collection,
        signatures: &["ELEMENT(array)"],
        summary: "The only element of the array; NULL if it is empty. An array with more elements is an error.",
        examples: &[Example("ELEMENT(ARRAY[7])", "7")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (given, element) = super::array(call, 0)?;
            if call.types.len() != 1 {
                return no_overload();
            }
            // Flink gives the element's own nullability, though an empty array has none.
            let returns = element.clone().with_nullable(element.nullable || given.nullable);
            Signature::of(vec![given.clone()]).returns_type(returns).fallible().kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true], |rows, _| only_element(columns, rows))
                });
                Ok(kernel)
            })
        },
    },
];

fn item(call: &Arguments<'_>) -> Result<Overload> {
    match call.types {
        [given @ DataType { kind: Kind::Array(element), .. }, index] if index.kind.is_integer() => {
            if index.kind != Kind::Int {
                return Err(Error::invalid(format!(
                    "the index of an ARRAY is an INT, not a {}; write array[CAST(index AS INT)]",
                    index.kind
                )));
            }
            if matches!(call.literals.get(1), Some(Some(Value::Int(index))) if *index < 1) {
                return Err(Error::invalid("the elements of an ARRAY are counted from 1"));
            }
            let index = index.clone();
            let returns = (**element).clone().with_nullable(true);
            Signature::of(vec![given.clone(), index]).returns_type(returns).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true, true], |rows, _| array_item(columns, rows))
                });
                Ok(kernel)
            })
        }
        [given @ DataType { kind: Kind::Map(key, value), .. }, needle] => {
            let needle = match needle.kind.is_numeric() && key.kind.is_numeric() {
                true => DataType { kind: key.kind.clone(), nullable: needle.nullable },
                false => element(needle, key)?,
            };
            let returns = (**value).clone().with_nullable(true);
            Signature::of(vec![given.clone(), needle]).returns_type(returns).kernel(|_| {
                let kernel: Kernel = Box::new(|_, columns, rows| {
                    over(columns, rows, &[true, true], |rows, _| map_value(columns, rows))
                });
                Ok(kernel)
            })
        }
        [given @ DataType { kind: Kind::Variant, .. }, at] => variant::item(given, at),
        _ => no_overload(),
    }
}

/// The values at these places, NULL where there is none.
fn taken(values: &ArrayRef, places: Vec<Option<u32>>) -> Result<ArrayRef> {
    Ok(arrow_select::take::take(values, &UInt32Array::from(places), None)?)
}

fn place(place: usize) -> Option<u32> {
    u32::try_from(place).ok()
}

fn array_item(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let [arrays, index] = columns else {
        return Err(Error::internal("ITEM of other than an array and an index"));
    };
    let (arrays, index) = (Arrays::of(arrays)?, Lane::<Int32Type>::of(index)?);
    let places = (0..rows).map(|row| {
        let range = arrays.range(row);
        let at = usize::try_from(index.get(row)?).ok()?.checked_sub(1)?;
        range.start.checked_add(at).filter(|at| *at < range.end && !arrays.is_null(row)).and_then(place)
    });
    taken(arrays.values(), places.collect())
}

fn map_value(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let [map, needle] = columns else { return Err(Error::internal("ITEM of other than a map and a key")) };
    let mask = if map.is_constant() { 0 } else { usize::MAX };
    let (array, map) = (map.array(), super::map::as_map(map)?);
    let keys = Keys::new(map.keys.data_type(), arrow_schema::SortOptions::default())?;
    let (needle_keys, all) = (Needle::of(&keys, needle)?, keys.of(map.keys)?);
    let places = (0..rows).map(|row| {
        if array.is_null(row & mask) || needle.is_null(row) {
            return None;
        }
        map.entries(row & mask).rev().find(|at| all.row(*at) == needle_keys.at(row)).and_then(place)
    });
    taken(map.values, places.collect())
}

fn cardinality(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let [column] = columns else { return Err(Error::internal("CARDINALITY of other than one argument")) };
    let mask = if column.is_constant() { 0 } else { usize::MAX };
    let array = column.array();
    let Some(lists) = array.as_list_opt::<i32>() else {
        return Err(Error::internal("CARDINALITY of a column that is no collection"));
    };
    let lengths: Vec<i32> =
        lists.offsets().lengths().map(|length| i32::try_from(length).unwrap_or(i32::MAX)).collect();
    Int32Type::collect(rows, |row| {
        let row = row & mask;
        Ok(lengths.get(row).copied().filter(|_| array.is_valid(row)))
    })
}

fn only_element(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let [arrays] = columns else { return Err(Error::internal("ELEMENT of other than one argument")) };
    let arrays = Arrays::of(arrays)?;
    let places = (0..rows).map(|row| {
        let range = arrays.range(row);
        match range.len() {
            _ if arrays.is_null(row) => Ok(None),
            0 => Ok(None),
            1 => Ok(place(range.start)),
            count => Err(Error::runtime(format!("ELEMENT of an array of {count} elements; it takes one"))),
        }
    });
    taken(arrays.values(), places.collect::<Result<_>>()?)
}
