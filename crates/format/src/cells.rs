//! Arrays that are read row by row, to be written.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, BinaryViewArray, BooleanArray, StringViewArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType as Arrow;
use millstream_expr::MapColumn;
use millstream_expr::types::{DataType, Kind};

use crate::error::{Error, Result};
use crate::text::temporal::Instant;

/// A column, by what its values are.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    nulls: Option<&'a NullBuffer>,
    values: CellValues<'a>,
}

/// The values of a column, NULLs not told apart.
#[derive(Debug)]
enum CellValues<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Float(&'a [f32]),
    Double(&'a [f64]),
    Decimal(&'a [i128], u8),
    Text(&'a StringViewArray),
    /// JSON texts.
    Variant(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Date(&'a [i32]),
    Time(&'a [i32]),
    Micros(&'a [i64], bool),
    Nanos(&'a [i128], bool),
    Array(&'a OffsetBuffer<i32>, Box<Cells<'a>>),
    Map(&'a OffsetBuffer<i32>, Box<Cells<'a>>, Box<Cells<'a>>),
    Row(Vec<Cells<'a>>),
}

/// One value.
pub(crate) enum Cell<'c, 'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f32),
    Double(f64),
    Decimal(i128, u8),
    Text(&'a str),
    /// JSON text.
    Variant(&'a str),
    Bytes(&'a [u8]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds of the day.
    Time(i32),
    /// A TIMESTAMP or, if the flag says so, a TIMESTAMP_LTZ.
    Timestamp(Instant, bool),
    /// Elements, and which of them.
    Array(&'c Cells<'a>, std::ops::Range<usize>),
    /// Keys and values, and which of them.
    Map(&'c Cells<'a>, &'c Cells<'a>, std::ops::Range<usize>),
    /// Fields, and which row of them.
    Row(&'c [Cells<'a>], usize),
}

impl<'a> Cells<'a> {
    /// The values of `array`, which are of `data_type`.
    pub(crate) fn new(array: &'a ArrayRef, data_type: &DataType) -> Result<Self> {
        let physical = data_type.physical();
        let same = match (array.data_type(), &physical) {
            // Names of elements and fields do not count.
            (Arrow::List(_), Arrow::List(_)) | (Arrow::Struct(_), Arrow::Struct(_)) => true,
            (given, wanted) => given == wanted,
        };
        if !same {
            return Err(Error::internal(format!("a column of {data_type} is held as {}", array.data_type())));
        }
        let values = match &data_type.kind {
            Kind::Null => CellValues::Null,
            Kind::Boolean => CellValues::Boolean(array.as_boolean()),
            Kind::TinyInt => CellValues::Int8(array.as_primitive::<Int8Type>().values()),
            Kind::SmallInt => CellValues::Int16(array.as_primitive::<Int16Type>().values()),
            Kind::Int | Kind::IntervalYearMonth(_) => {
                CellValues::Int32(array.as_primitive::<Int32Type>().values())
            }
            Kind::BigInt | Kind::IntervalDayTime(_) => {
                CellValues::Int64(array.as_primitive::<Int64Type>().values())
            }
            Kind::Float => CellValues::Float(array.as_primitive::<Float32Type>().values()),
            Kind::Double => CellValues::Double(array.as_primitive::<Float64Type>().values()),
            Kind::Decimal { scale, .. } => {
                CellValues::Decimal(array.as_primitive::<Decimal128Type>().values(), *scale)
            }
            Kind::Char { .. } | Kind::VarChar { .. } => CellValues::Text(array.as_string_view()),
            Kind::Variant => CellValues::Variant(array.as_string_view()),
            Kind::Binary { .. } | Kind::VarBinary { .. } => CellValues::Bytes(array.as_binary_view()),
            Kind::Date => CellValues::Date(array.as_primitive::<Date32Type>().values()),
            Kind::Time { .. } => CellValues::Time(array.as_primitive::<Time32MillisecondType>().values()),
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
                let utc = matches!(data_type.kind, Kind::TimestampLtz { .. });
                match physical {
                    Arrow::Decimal128(..) => {
                        CellValues::Nanos(array.as_primitive::<Decimal128Type>().values(), utc)
                    }
                    _ => CellValues::Micros(array.as_primitive::<TimestampMicrosecondType>().values(), utc),
                }
            }
            Kind::Array(element) => {
                let list = array.as_list::<i32>();
                CellValues::Array(list.offsets(), Box::new(Self::new(list.values(), element)?))
            }
            Kind::Map(key, value) => Self::map(array, key, value)?,
            Kind::Multiset(element) => Self::map(array, element, &DataType::new(Kind::Int))?,
            Kind::Row(fields) => {
                let columns = array.as_struct().columns();
                if columns.len() != fields.len() {
                    return Err(Error::internal(format!(
                        "a row of {data_type} has {} fields",
                        columns.len()
                    )));
                }
                let cells = columns.iter().zip(fields.iter()).map(|(c, f)| Self::new(c, &f.data_type));
                CellValues::Row(cells.collect::<Result<_>>()?)
            }
        };
        Ok(Self { nulls: array.nulls(), values })
    }

    fn map(array: &'a ArrayRef, key: &DataType, value: &DataType) -> Result<CellValues<'a>> {
        let map = MapColumn::of(array)
            .ok_or_else(|| Error::internal(format!("a MAP stands as {}", array.data_type())))?;
        let (keys, values) = (Self::new(map.keys, key)?, Self::new(map.values, value)?);
        Ok(CellValues::Map(map.offsets(), Box::new(keys), Box::new(values)))
    }

    /// The value of row `row`; NULL behind the last one.
    #[inline(always)]
    pub(crate) fn get(&self, row: usize) -> Cell<'_, 'a> {
        if self.nulls.is_some_and(|nulls| row >= nulls.len() || nulls.is_null(row)) {
            return Cell::Null;
        }
        self.value(row).unwrap_or(Cell::Null)
    }

    #[inline(always)]
    fn value(&self, row: usize) -> Option<Cell<'_, 'a>> {
        Some(match &self.values {
            CellValues::Null => Cell::Null,
            CellValues::Boolean(values) => Cell::Boolean(row < values.len() && values.value(row)),
            CellValues::Int8(values) => Cell::Integer(i64::from(*values.get(row)?)),
            CellValues::Int16(values) => Cell::Integer(i64::from(*values.get(row)?)),
            CellValues::Int32(values) => Cell::Integer(i64::from(*values.get(row)?)),
            CellValues::Int64(values) => Cell::Integer(*values.get(row)?),
            CellValues::Float(values) => Cell::Float(*values.get(row)?),
            CellValues::Double(values) => Cell::Double(*values.get(row)?),
            CellValues::Decimal(values, scale) => Cell::Decimal(*values.get(row)?, *scale),
            CellValues::Text(values) if row < values.len() => Cell::Text(values.value(row)),
            CellValues::Bytes(values) if row < values.len() => Cell::Bytes(values.value(row)),
            CellValues::Variant(values) if row < values.len() => Cell::Variant(values.value(row)),
            CellValues::Text(_) | CellValues::Variant(_) | CellValues::Bytes(_) => return None,
            CellValues::Date(values) => Cell::Date(*values.get(row)?),
            CellValues::Time(values) => Cell::Time(*values.get(row)?),
            CellValues::Micros(values, utc) => Cell::Timestamp(Instant::from_micros(*values.get(row)?), *utc),
            CellValues::Nanos(values, utc) => Cell::Timestamp(Instant::from_nanos(*values.get(row)?), *utc),
            CellValues::Array(offsets, elements) => Cell::Array(elements, range(offsets, row)),
            CellValues::Map(offsets, keys, values) => Cell::Map(keys, values, range(offsets, row)),
            CellValues::Row(fields) => Cell::Row(fields, row),
        })
    }
}

fn range(offsets: &OffsetBuffer<i32>, row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| offsets.get(index).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    at(row)..at(row + 1)
}
