//! Values of every type as the text that CAST to STRING gives.

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrowPrimitiveType};

use crate::error::{Error, Result};
use crate::functions::shown_variant;
use crate::text;
use crate::types::{DataType, Kind, MICRO_PRECISION};
use crate::value::MapColumn;
use crate::zone::Zone;

/// Appends the text of the value at a row, which is not NULL.
pub(super) type CellWriter<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

/// The writer for a column of type `data_type`. The column's type is looked at once, not for each row.
pub(super) fn cell_writer<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    zone: &'a Zone,
) -> Result<CellWriter<'a>> {
    Ok(match &data_type.kind {
        Kind::Null => Box::new(|_, out| out.push_str("NULL")),
        Kind::Boolean => {
            let array = array.as_boolean_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| out.push_str(if array.value(row) { "TRUE" } else { "FALSE" }))
        }
        Kind::TinyInt => integers::<t::Int8Type>(array, data_type)?,
        Kind::SmallInt => integers::<t::Int16Type>(array, data_type)?,
        Kind::Int => integers::<t::Int32Type>(array, data_type)?,
        Kind::BigInt => integers::<t::Int64Type>(array, data_type)?,
        Kind::Float => primitives::<t::Float32Type>(array, data_type, text::write_float)?,
        Kind::Double => primitives::<t::Float64Type>(array, data_type, text::write_double)?,
        Kind::Decimal { scale, .. } => {
            let scale = *scale;
            primitives::<t::Decimal128Type>(array, data_type, move |v, out| {
                text::write_decimal(v, scale, out);
            })?
        }
        Kind::Variant => {
            let array = array.as_string_view_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| out.push_str(&shown_variant(array.value(row))))
        }
        Kind::Char { .. } | Kind::VarChar { .. } => {
            let array = array.as_string_view_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| out.push_str(array.value(row)))
        }
        Kind::Binary { .. } | Kind::VarBinary { .. } => {
            let array = array.as_binary_view_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| text::push_lossy(array.value(row), out))
        }
        Kind::Date => primitives::<t::Date32Type>(array, data_type, |days, out| {
            with_four_digits(out, |out| text::write_date(days, out));
        })?,
        // Flink's planner makes every TIME a TIME(0) before it is printed.
        Kind::Time { .. } => {
            primitives::<t::Time32MillisecondType>(array, data_type, |v, out| text::write_time(v, 0, out))?
        }
        Kind::Timestamp { precision } => timestamps(array, data_type, *precision, None)?,
        Kind::TimestampLtz { precision } => timestamps(array, data_type, *precision, Some(zone))?,
        Kind::IntervalYearMonth(_) => primitives::<t::Int32Type>(array, data_type, text::write_months)?,
        Kind::IntervalDayTime(_) => primitives::<t::Int64Type>(array, data_type, text::write_milliseconds)?,
        Kind::Array(element) => {
            let array = array.as_list_opt::<i32>().ok_or_else(|| misfit(array, data_type))?;
            let element = nullable_writer(array.values(), element, zone)?;
            Box::new(move |row, out| {
                out.push('[');
                separated(range(array.value_offsets(), row), out, |i, out| element(i, out));
                out.push(']');
            })
        }
        Kind::Map(key, value) => maps(array, data_type, key, value, zone)?,
        Kind::Multiset(element) => maps(array, data_type, element, &DataType::not_null(Kind::Int), zone)?,
        Kind::Row(fields) => {
            let array = array.as_struct_opt().ok_or_else(|| misfit(array, data_type))?;
            let fields = array
                .columns()
                .iter()
                .zip(fields.iter())
                .map(|(column, field)| nullable_writer(column, &field.data_type, zone))
                .collect::<Result<Vec<_>>>()?;
            Box::new(move |row, out| {
                out.push('(');
                separated(fields.iter(), out, |field, out| field(row, out));
                out.push(')');
            })
        }
    })
}

/// A writer that prints NULL as `NULL`, as inside of nested values.
fn nullable_writer<'a>(array: &'a dyn Array, data_type: &DataType, zone: &'a Zone) -> Result<CellWriter<'a>> {
    let write = cell_writer(array, data_type, zone)?;
    Ok(match array.nulls() {
        None => write,
        Some(nulls) => {
            Box::new(move |row, out| if nulls.is_null(row) { out.push_str("NULL") } else { write(row, out) })
        }
    })
}

fn misfit(array: &dyn Array, data_type: &DataType) -> Error {
    Error::internal(format!("a column of {data_type} stands as {}", array.data_type()))
}

fn primitives<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    data_type: &DataType,
    write: impl Fn(T::Native, &mut String) + 'a,
) -> Result<CellWriter<'a>> {
    let array = array.as_primitive_opt::<T>().ok_or_else(|| misfit(array, data_type))?;
    Ok(Box::new(move |row, out| write(array.value(row), out)))
}

fn integers<'a, T: ArrowPrimitiveType>(array: &'a dyn Array, data_type: &DataType) -> Result<CellWriter<'a>>
where
    T::Native: Into<i64>,
{
    primitives::<T>(array, data_type, |value, out| text::write_integer(value.into(), out))
}

fn timestamps<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    precision: u8,
    zone: Option<&'a Zone>,
) -> Result<CellWriter<'a>> {
    let local = move |micros: i64| zone.map_or(micros, |zone| zone.to_local(micros));
    if precision <= MICRO_PRECISION {
        return primitives::<t::TimestampMicrosecondType>(array, data_type, move |micros, out| {
            with_four_digits(out, |out| {
                text::write_timestamp(i128::from(local(micros)) * 1_000, precision, ' ', out);
            });
        });
    }
    primitives::<t::Decimal128Type>(array, data_type, move |nanos, out| {
        let micros = i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX);
        let nanos = i128::from(local(micros)) * 1_000 + nanos.rem_euclid(1_000);
        with_four_digits(out, |out| text::write_timestamp(nanos, precision, ' ', out));
    })
}

/// Casts print the last four digits of a year, and those of a year before 0 as what stands so far before the digit 0 in ASCII: so it
/// is in Flink.
fn with_four_digits(out: &mut String, write: impl FnOnce(&mut String)) {
    let start = out.len();
    write(out);
    let written = out.get(start..).unwrap_or_default();
    let Some(end) = written.get(1..).and_then(|rest| rest.find('-')).map(|at| at + 1) else { return };
    if end == 4 && !written.starts_with('-') {
        return;
    }
    let Ok(year) = written.get(..end).unwrap_or_default().parse::<i32>() else { return };
    let digit = |of: i32| u8::try_from(i32::from(b'0') + of % 10).map_or('?', char::from);
    let digits: String = [1_000, 100, 10, 1].map(|by| digit(year / by)).into_iter().collect();
    out.replace_range(start..start + end, &digits);
}

fn maps<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    key: &DataType,
    value: &DataType,
    zone: &'a Zone,
) -> Result<CellWriter<'a>> {
    let map = MapColumn::of(array).ok_or_else(|| misfit(array, data_type))?;
    let keys = nullable_writer(map.keys, key, zone)?;
    let values = nullable_writer(map.values, value, zone)?;
    Ok(Box::new(move |row, out| {
        out.push('{');
        separated(map.entries(row), out, |i, out| {
            keys(i, out);
            out.push('=');
            values(i, out);
        });
        out.push('}');
    }))
}

/// The elements of the list or map at `row`.
pub(super) fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    at(row)..at(row + 1)
}

fn separated<T>(items: impl Iterator<Item = T>, out: &mut String, write: impl Fn(T, &mut String)) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
}
