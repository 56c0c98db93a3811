//! ARRAY[…], MAP[…] and ROW(…).

use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use arrow_buffer::OffsetBuffer;

use super::array_of;
use crate::error::Result;
use crate::eval::Column;
use crate::functions::kernel::over;
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{
    Arguments, Category, Determinism, Example, Function, Kernel, KernelArguments, Overload,
};
use crate::types::{DataType, Field, least_restrictive};
use crate::value::{map_array, row_array};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ARRAY",
        aliases: &[],
        category: Category::ValueConstruction,
        signatures: &["ARRAY[value, …]"],
        summary: "An ARRAY of the values, all cast to their common type.",
        examples: &[Example("ARRAY[1, 2, CAST(NULL AS INT)]", "[1, 2, NULL]")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let Some(element) = least_restrictive(call.types) else { return no_overload() };
            let arguments = cast_all(call.types, &element);
            let returns = array_of(element, false);
            Signature::of(arguments).returns_type(returns).kernel(|_| Ok(array()))
        },
    },
    Function {
        name: "MAP",
        aliases: &[],
        category: Category::ValueConstruction,
        signatures: &["MAP[key, value, …]"],
        summary: "A MAP of the keys and values, all keys and all values cast to their common types. Of equal keys the last \
                  one counts. A key must not be NULL: Flink allows it, the columnar format here does not.",
        examples: &[Example("MAP['a', 1, 'b', 2]", "{a=1, b=2}")],
        determinism: Determinism::Pure,
        resolve: map_overload,
    },
    Function {
        name: "ROW",
        aliases: &[],
        category: Category::ValueConstruction,
        signatures: &["ROW(value, …)", "(value, value, …)"],
        summary: "A ROW of the values, with the fields EXPR$0, EXPR$1, ….",
        examples: &[Example("ROW(1, 'a', TRUE)", "(1, a, TRUE)")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let fields = call.types.iter().enumerate();
            let row = DataType::row(fields.map(|(i, given)| Field::new(format!("EXPR${i}"), given.clone())));
            Signature::of(call.types.to_vec())
                .returns_type(row.with_nullable(false))
                .kernel(|arguments| Ok(row_kernel(arguments)))
        },
    },
];

/// Every argument as `common`; NULLs of no type become NULLs of it.
fn cast_all(types: &[DataType], common: &DataType) -> Vec<DataType> {
    types.iter().map(|given| common.clone().with_nullable(given.nullable)).collect()
}

/// The columns interleaved: row 0 of each, then row 1 of each, …
fn interleaved(columns: &[Column], rows: usize) -> Result<ArrayRef> {
    let arrays: Vec<&dyn Array> = columns.iter().map(|column| &**column.array() as &dyn Array).collect();
    let places: Vec<(usize, usize)> = (0..rows)
        .flat_map(|row| {
            columns.iter().enumerate().map(move |(i, column)| (i, if column.is_constant() { 0 } else { row }))
        })
        .collect();
    Ok(arrow_select::interleave::interleave(&arrays, &places)?)
}

fn array() -> Kernel {
    Box::new(|_, columns, rows| {
        over(columns, rows, &[], |rows, _| -> Result<ArrayRef> {
            let values = interleaved(columns, rows)?;
            let field = Arc::new(arrow_schema::Field::new("element", values.data_type().clone(), true));
            let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(columns.len(), rows));
            Ok(Arc::new(arrow_array::ListArray::try_new(field, offsets, values, None)?))
        })
    })
}

fn map_overload(call: &Arguments<'_>) -> Result<Overload> {
    let side = |first: usize| call.types.iter().skip(first).step_by(2).cloned().collect::<Vec<_>>();
    let (keys, values) = (side(0), side(1));
    if keys.len() != values.len() {
        return no_overload();
    }
    let (Some(key), Some(value)) = (least_restrictive(&keys), least_restrictive(&values)) else {
        return no_overload();
    };
    let arguments = cast_all(&keys, &key).into_iter().zip(cast_all(&values, &value));
    let arguments = arguments.flat_map(|(key, value)| [key, value]).collect();
    let returns = DataType::map(key, value).with_nullable(false);
    Signature::of(arguments).returns_type(returns).kernel(|arguments| {
        let returns = arguments.returns.clone();
        let kernel: Kernel = Box::new(move |_, columns, rows| {
            over(columns, rows, &[], |rows, _| map(columns, rows, &returns))
        });
        Ok(kernel)
    })
}

fn map(columns: &[Column], rows: usize, returns: &DataType) -> Result<ArrayRef> {
    let side = |first: usize| columns.iter().skip(first).step_by(2).cloned().collect::<Vec<_>>();
    let (keys, values) = (side(0), side(1));
    let pairs = keys.len();
    let (keys, values) = (interleaved(&keys, rows)?, interleaved(&values, rows)?);
    let (kept, lengths) =
        super::map::last_of_equal_keys(&keys, (0..rows).map(|row| row * pairs..(row + 1) * pairs))?;
    let take = |array: &ArrayRef| arrow_select::take::take(array, &kept, None);
    map_array(returns, OffsetBuffer::from_lengths(lengths), [take(&keys)?, take(&values)?], None)
}

fn row_kernel(arguments: &KernelArguments<'_>) -> Kernel {
    let returns = arguments.returns.clone();
    Box::new(move |_, columns, rows| {
        over(columns, rows, &[], |rows, _| {
            let fields =
                columns.iter().map(|column| column.clone().into_array(rows)).collect::<Result<_>>()?;
            row_array(&returns, fields, rows, None)
        })
    })
}
