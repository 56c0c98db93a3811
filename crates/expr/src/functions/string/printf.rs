//! PRINTF, as Java's `Formatter` formats.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType,
};
use arrow_array::{Array, ArrayRef};

use super::format::{Argument, Format, printed};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::{Compiled, Input, Instant, Lane, Stamp, Str, collect_text, over};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Category, Determinism, Example, Function, Kernel, KernelArguments};
use crate::types::{DataType, Field, Kind};

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "PRINTF",
    aliases: &[],
    category: Category::String,
    signatures: &["PRINTF(format[, value…])"],
    summary: "The format with its specifiers (`%s`, `%d`, `%x`, `%o`, `%f`, `%e`, `%g`, `%b`, `%c`, with the flags, widths and \
              precisions that Java's Formatter knows) replaced by the values. A DATE, TIME or interval is the number that Flink \
              keeps for it. NULL where the format is NULL or malformed, or a value does not fit its specifier.",
    examples: &[
        Example("PRINTF('%s-%5d-%x', 'a', 3, 255)", "a-    3-ff"),
        Example("PRINTF('%.2f', CAST(2.345 AS DOUBLE))", "2.35"),
        Example("PRINTF('%d', 'a')", "NULL"),
    ],
    determinism: Determinism::Pure,
    resolve: |call| {
        let signature = call.take_rest(&[Family::Character], Family::Any)?;
        signature.returns_nullable(STRING).fallible().kernel(kernel)
    },
}];

fn kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let formats = Compiled::argument(arguments, 0, Format::parse)?;
    let types: Vec<DataType> = arguments.types.get(1..).unwrap_or_default().to_vec();
    Ok(Box::new(move |_, columns, rows| {
        over(columns, rows, &[true], |rows, nulls| -> Result<ArrayRef> {
            let Some((format, values)) = columns.split_first() else {
                return Err(Error::internal("PRINTF without a format"));
            };
            let format = Lane::<Str>::of(format)?;
            let mut given = Vec::with_capacity(values.len());
            collect_text(rows, |row, out| {
                if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    return Ok(None);
                }
                given.clear();
                for (column, data_type) in values.iter().zip(&types) {
                    given.push(argument(column, row, data_type)?);
                }
                formats.with(format.item(row), |format| {
                    format.as_ref().map_or(Ok(None), |format| format.write(&given, out))
                })?
            })
        })
    }))
}

/// The value of a column at `row`, as the Java object that Flink hands to the formatter.
fn argument<'a>(column: &'a Column, row: usize, data_type: &DataType) -> Result<Argument<'a>> {
    let (array, row) = match column {
        Column::Array(array) => (array, row),
        Column::Constant(array) => (array, 0),
    };
    if array.is_null(row) || data_type.kind == Kind::Null {
        return Ok(Argument::Null);
    }
    Ok(match &data_type.kind {
        Kind::Boolean => Argument::Boolean(value::<crate::functions::kernel::Bool>(array, row)?),
        Kind::TinyInt => Argument::Integer(value::<Int8Type>(array, row)?.into(), 8),
        Kind::SmallInt => Argument::Integer(value::<Int16Type>(array, row)?.into(), 16),
        Kind::Int | Kind::IntervalYearMonth(_) => {
            Argument::Integer(value::<Int32Type>(array, row)?.into(), 32)
        }
        Kind::Date => Argument::Integer(value::<Date32Type>(array, row)?.into(), 32),
        Kind::Time { .. } => Argument::Integer(value::<Time32MillisecondType>(array, row)?.into(), 32),
        Kind::BigInt | Kind::IntervalDayTime(_) => Argument::Integer(value::<Int64Type>(array, row)?, 64),
        Kind::Float => Argument::Float(value::<Float32Type>(array, row)?),
        Kind::Double => Argument::Double(value::<Float64Type>(array, row)?),
        Kind::Decimal { scale, .. } => {
            let mut text = String::new();
            crate::text::write_decimal(value::<Decimal128Type>(array, row)?, *scale, &mut text);
            Argument::Object(text)
        }
        Kind::Char { .. } | Kind::VarChar { .. } => Argument::Text(value::<Str>(array, row)?),
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
            let mut text = String::new();
            write_iso(value::<Stamp>(array, row)?, &mut text);
            Argument::Object(text)
        }
        Kind::Row(fields) => match row_text(array, row, fields)? {
            Some(text) => Argument::Object(text),
            None => Argument::Opaque(data_type.kind.to_string()),
        },
        other => Argument::Opaque(other.to_string()),
    })
}

/// A row as Flink's own prints itself: `+I(1,a)`; none where it holds something that prints as its place in memory.
fn row_text(array: &ArrayRef, row: usize, fields: &[Field]) -> Result<Option<String>> {
    let Some(rows) = array.as_struct_opt() else {
        return Err(Error::internal(format!("PRINTF of a row of the Arrow type {}", array.data_type())));
    };
    let mut texts = Vec::with_capacity(fields.len());
    for (column, field) in rows.columns().iter().zip(fields) {
        let column = Column::Array(Arc::clone(column));
        let text = match argument(&column, row, &field.data_type)? {
            Argument::Opaque(_) => None,
            plain => Some(printed(&plain)),
        };
        let Some(text) = text else { return Ok(None) };
        texts.push(text);
    }
    Ok(Some(format!("+I({})", texts.join(","))))
}

fn value<I: Input>(array: &ArrayRef, row: usize) -> Result<I::Item<'_>> {
    match I::values(array) {
        Some(values) => Ok(I::item(&values, row)),
        None => Err(Error::internal(format!("PRINTF of a column of the Arrow type {}", array.data_type()))),
    }
}

/// As Java's `LocalDateTime` prints itself: seconds only if there are some, fractions in threes.
fn write_iso(instant: Instant, out: &mut String) {
    let nanos = instant.as_nanos();
    let precision = match nanos.rem_euclid(1_000_000_000) {
        0 => 0,
        fraction if fraction % 1_000_000 == 0 => 3,
        fraction if fraction % 1_000 == 0 => 6,
        _ => 9,
    };
    crate::text::write_timestamp(nanos, precision, 'T', out);
    if precision == 0 && out.ends_with(":00") {
        out.truncate(out.len() - 3);
    }
}
