//! Columns while they are filled, value by value.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{
    ArrayRef, BinaryViewArray, BooleanArray, ListArray, NullArray, PrimitiveArray, StringViewArray,
    StructArray,
};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType as Arrow, Field as ArrowField, Fields};
use millstream_expr::types::{DataType, Kind};

use crate::error::{Error, Result};

/// A column that is being filled.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) values: Values,
    pub(crate) nulls: NullBufferBuilder,
    physical: Arrow,
}

/// The values of a [`Column`], by their physical type.
#[derive(Debug)]
pub(crate) enum Values {
    Null,
    Boolean(BooleanBufferBuilder),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Decimal(Vec<i128>),
    Text(Views),
    Binary(Views),
    List { offsets: Vec<i32>, element: Box<Column> },
    Map { offsets: Vec<i32>, key: Box<Column>, value: Box<Column> },
    Row(Vec<Column>),
}

/// Strings of bytes that are copied together.
#[derive(Debug, Default)]
pub(crate) struct Views {
    views: Vec<u128>,
    data: Vec<u8>,
}

impl Views {
    /// Strings up to this length stand in the view itself.
    const INLINE: usize = 12;

    /// Adds a string.
    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        if text.len() <= Self::INLINE {
            let mut view = [0_u8; 16];
            for (to, from) in view.iter_mut().skip(4).zip(text) {
                *to = *from;
            }
            #[allow(clippy::cast_possible_truncation, reason = "at most 12")]
            let length = text.len() as u128;
            self.views.push(u128::from_le_bytes(view) | length);
            return;
        }
        let start = self.data.len();
        self.data.extend_from_slice(text);
        self.view_of_tail(start);
    }

    /// Adds an empty string, for a NULL.
    #[inline]
    pub(crate) fn push_empty(&mut self) {
        self.views.push(0);
    }

    #[inline]
    fn view_of_tail(&mut self, start: usize) {
        let tail = self.data.get(start..).unwrap_or(&[]);
        let prefix = tail.first_chunk::<4>().map_or(0, |prefix| u32::from_le_bytes(*prefix));
        #[allow(clippy::cast_possible_truncation, reason = "columns are cut from blocks below 4 GiB")]
        let (length, offset) = (tail.len() as u32, start as u32);
        // Length, the first four bytes, the number of the buffer (0), and where in it.
        self.views.push(u128::from(length) | (u128::from(prefix) << 32) | (u128::from(offset) << 96));
    }

    fn buffers(data: Vec<u8>) -> Vec<Buffer> {
        if data.is_empty() { Vec::new() } else { vec![Buffer::from_vec(data)] }
    }
}

impl Column {
    /// An empty column of `data_type`, with room for `rows`.
    pub(crate) fn new(data_type: &DataType, rows: usize) -> Self {
        let values = match &data_type.kind {
            Kind::Null => Values::Null,
            Kind::Boolean => Values::Boolean(BooleanBufferBuilder::new(rows)),
            Kind::TinyInt => Values::Int8(Vec::with_capacity(rows)),
            Kind::SmallInt => Values::Int16(Vec::with_capacity(rows)),
            Kind::Int | Kind::IntervalYearMonth(_) | Kind::Date | Kind::Time { .. } => {
                Values::Int32(Vec::with_capacity(rows))
            }
            Kind::BigInt | Kind::IntervalDayTime(_) => Values::Int64(Vec::with_capacity(rows)),
            Kind::Float => Values::Float32(Vec::with_capacity(rows)),
            Kind::Double => Values::Float64(Vec::with_capacity(rows)),
            Kind::Decimal { .. } => Values::Decimal(Vec::with_capacity(rows)),
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
                if matches!(data_type.physical(), Arrow::Decimal128(..)) {
                    Values::Decimal(Vec::with_capacity(rows))
                } else {
                    Values::Int64(Vec::with_capacity(rows))
                }
            }
            Kind::Char { .. } | Kind::VarChar { .. } | Kind::Variant => {
                Values::Text(Views { views: Vec::with_capacity(rows), data: Vec::new() })
            }
            Kind::Binary { .. } | Kind::VarBinary { .. } => {
                Values::Binary(Views { views: Vec::with_capacity(rows), data: Vec::new() })
            }
            Kind::Array(element) => {
                Values::List { offsets: vec![0], element: Box::new(Self::new(element, 0)) }
            }
            Kind::Map(key, value) => Values::Map {
                offsets: vec![0],
                key: Box::new(Self::new(key, 0)),
                value: Box::new(Self::new(value, 0)),
            },
            Kind::Multiset(element) => Values::Map {
                offsets: vec![0],
                key: Box::new(Self::new(element, 0)),
                value: Box::new(Self::new(&DataType::new(Kind::Int), 0)),
            },
            Kind::Row(fields) => Values::Row(fields.iter().map(|f| Self::new(&f.data_type, rows)).collect()),
        };
        Self { values, nulls: NullBufferBuilder::new(rows), physical: data_type.physical() }
    }

    /// How many values it has.
    pub(crate) fn len(&self) -> usize {
        self.nulls.len()
    }

    /// Adds a NULL.
    pub(crate) fn push_null(&mut self) {
        match &mut self.values {
            Values::Null => {}
            Values::Boolean(values) => values.append(false),
            Values::Int8(values) => values.push(0),
            Values::Int16(values) => values.push(0),
            Values::Int32(values) => values.push(0),
            Values::Int64(values) => values.push(0),
            Values::Float32(values) => values.push(0.0),
            Values::Float64(values) => values.push(0.0),
            Values::Decimal(values) => values.push(0),
            Values::Text(views) | Values::Binary(views) => views.push_empty(),
            Values::List { offsets, .. } | Values::Map { offsets, .. } => {
                offsets.push(offsets.last().copied().unwrap_or(0));
            }
            Values::Row(fields) => fields.iter_mut().for_each(Self::push_null),
        }
        self.nulls.append_null();
    }

    /// Takes values away from the end, so that `rows` are left: what a value that failed half way has added.
    pub(crate) fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            Values::Null => {}
            Values::Boolean(values) => values.truncate(rows),
            Values::Int8(values) => values.truncate(rows),
            Values::Int16(values) => values.truncate(rows),
            Values::Int32(values) => values.truncate(rows),
            Values::Int64(values) => values.truncate(rows),
            Values::Float32(values) => values.truncate(rows),
            Values::Float64(values) => values.truncate(rows),
            Values::Decimal(values) => values.truncate(rows),
            Values::Text(views) | Values::Binary(views) => views.views.truncate(rows),
            Values::List { offsets, element } => {
                offsets.truncate(rows + 1);
                element.truncate(usize_of(offsets.last()));
            }
            Values::Map { offsets, key, value } => {
                offsets.truncate(rows + 1);
                key.truncate(usize_of(offsets.last()));
                value.truncate(usize_of(offsets.last()));
            }
            Values::Row(fields) => fields.iter_mut().for_each(|f| f.truncate(rows)),
        }
        self.nulls.truncate(rows);
    }

    /// Ends a list or map whose elements have been added, as a value that is not NULL.
    pub(crate) fn end_list(&mut self) -> Result<()> {
        let (Values::List { offsets, element: last } | Values::Map { offsets, key: last, .. }) =
            &mut self.values
        else {
            return Err(Error::internal("a list ends in a column without lists"));
        };
        let end = i32::try_from(last.len());
        offsets.push(end.map_err(|_| Error::unsupported("a batch holds more than 2^31 elements of arrays"))?);
        self.nulls.append_non_null();
        Ok(())
    }

    /// The array. Strings that are not UTF-8 are an error.
    pub(crate) fn finish(mut self) -> Result<ArrayRef> {
        let length = self.len();
        let nulls = self.nulls.finish();
        Ok(match self.values {
            Values::Null => Arc::new(NullArray::new(length)),
            Values::Boolean(mut values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Int8(values) => primitive::<Int8Type>(values, nulls)?,
            Values::Int16(values) => primitive::<Int16Type>(values, nulls)?,
            Values::Int32(values) => match self.physical {
                Arrow::Date32 => primitive::<Date32Type>(values, nulls)?,
                Arrow::Time32(_) => primitive::<Time32MillisecondType>(values, nulls)?,
                _ => primitive::<Int32Type>(values, nulls)?,
            },
            Values::Int64(values) => match self.physical {
                Arrow::Timestamp(..) => primitive::<TimestampMicrosecondType>(values, nulls)?,
                _ => primitive::<Int64Type>(values, nulls)?,
            },
            Values::Float32(values) => primitive::<Float32Type>(values, nulls)?,
            Values::Float64(values) => primitive::<Float64Type>(values, nulls)?,
            Values::Decimal(values) => {
                let array = PrimitiveArray::<Decimal128Type>::try_new(values.into(), nulls)?;
                Arc::new(array.with_data_type(self.physical))
            }
            Values::Text(Views { views, data }) => {
                Arc::new(StringViewArray::try_new(ScalarBuffer::from(views), Views::buffers(data), nulls)?)
            }
            Values::Binary(Views { views, data }) => {
                Arc::new(BinaryViewArray::try_new(ScalarBuffer::from(views), Views::buffers(data), nulls)?)
            }
            Values::List { offsets, element } => {
                let Arrow::List(field) = self.physical else { return Err(mismatch()) };
                let offsets = OffsetBuffer::new(offsets.into());
                Arc::new(ListArray::try_new(field, offsets, element.finish()?, nulls)?)
            }
            Values::Map { offsets, key, value } => {
                let Arrow::List(field) = self.physical else { return Err(mismatch()) };
                let entries =
                    StructArray::try_new(entry_fields(&field)?, vec![key.finish()?, value.finish()?], None)?;
                let offsets = OffsetBuffer::new(offsets.into());
                Arc::new(ListArray::try_new(field, offsets, Arc::new(entries), nulls)?)
            }
            Values::Row(columns) => {
                let Arrow::Struct(fields) = self.physical else { return Err(mismatch()) };
                let arrays = columns.into_iter().map(Self::finish).collect::<Result<Vec<_>>>()?;
                Arc::new(StructArray::try_new_with_length(fields, arrays, nulls, length)?)
            }
        })
    }
}

fn usize_of(offset: Option<&i32>) -> usize {
    offset.and_then(|offset| usize::try_from(*offset).ok()).unwrap_or(0)
}

fn entry_fields(entries: &ArrowField) -> Result<Fields> {
    match entries.data_type() {
        Arrow::Struct(fields) => Ok(fields.clone()),
        _ => Err(mismatch()),
    }
}

fn mismatch() -> Error {
    Error::internal("a column's values do not fit its type")
}

fn primitive<T: ArrowPrimitiveType>(values: Vec<T::Native>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    Ok(Arc::new(PrimitiveArray::<T>::try_new(values.into(), nulls)?))
}
