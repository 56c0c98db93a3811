//! Values out of columns, and columns out of values.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, BooleanBuilder, PrimitiveBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, ListArray, NullArray, PrimitiveArray, StructArray, UInt32Array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType as Arrow, Field as ArrowField, Fields};

use super::Value;
use crate::error::{Error, Result};
use crate::types::{DataType, Kind, MICRO_PRECISION};

const NANOS_PER_MICRO: i128 = 1_000;

impl Value {
    /// The value at `row` of a column of type `data_type`.
    ///
    /// # Errors
    /// Internal, when the array is not of the type's physical form or has no such row.
    pub fn from_array(array: &dyn Array, row: usize, data_type: &DataType) -> Result<Self> {
        if row >= array.len() {
            return Err(Error::internal(format!("row {row} of a column of {} rows", array.len())));
        }
        if array.is_null(row) || data_type.kind == Kind::Null {
            return Ok(Self::Null);
        }
        Ok(match &data_type.kind {
            Kind::Null => Self::Null,
            Kind::Boolean => match array.as_boolean_opt() {
                Some(a) => Self::Boolean(a.value(row)),
                None => return Err(misfit(array, data_type)),
            },
            Kind::TinyInt => Self::TinyInt(primitive::<Int8Type>(array, row, data_type)?),
            Kind::SmallInt => Self::SmallInt(primitive::<Int16Type>(array, row, data_type)?),
            Kind::Int => Self::Int(primitive::<Int32Type>(array, row, data_type)?),
            Kind::BigInt => Self::BigInt(primitive::<Int64Type>(array, row, data_type)?),
            Kind::Float => Self::Float(primitive::<Float32Type>(array, row, data_type)?),
            Kind::Double => Self::Double(primitive::<Float64Type>(array, row, data_type)?),
            Kind::Decimal { .. } => Self::Decimal(primitive::<Decimal128Type>(array, row, data_type)?),
            Kind::Char { .. } | Kind::VarChar { .. } | Kind::Variant => match array.as_string_view_opt() {
                Some(a) => Self::String(a.value(row).into()),
                None => return Err(misfit(array, data_type)),
            },
            Kind::Binary { .. } | Kind::VarBinary { .. } => match array.as_binary_view_opt() {
                Some(a) => Self::Bytes(a.value(row).into()),
                None => return Err(misfit(array, data_type)),
            },
            Kind::Date => Self::Date(primitive::<Date32Type>(array, row, data_type)?),
            Kind::Time { .. } => Self::Time(primitive::<Time32MillisecondType>(array, row, data_type)?),
            Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
                Self::Timestamp(if *precision <= MICRO_PRECISION {
                    let micros = primitive::<TimestampMicrosecondType>(array, row, data_type)?;
                    i128::from(micros) * NANOS_PER_MICRO
                } else {
                    primitive::<Decimal128Type>(array, row, data_type)?
                })
            }
            Kind::IntervalYearMonth(_) => Self::Months(primitive::<Int32Type>(array, row, data_type)?),
            Kind::IntervalDayTime(_) => Self::Milliseconds(primitive::<Int64Type>(array, row, data_type)?),
            Kind::Array(element) => {
                let elements = array.as_list_opt::<i32>().ok_or_else(|| misfit(array, data_type))?.value(row);
                Self::Array(column_values(&elements, element)?)
            }
            Kind::Map(key, value) => Self::Map(entries(array, row, data_type, key, value)?),
            Kind::Multiset(element) => {
                Self::Map(entries(array, row, data_type, element, &DataType::not_null(Kind::Int))?)
            }
            Kind::Row(fields) => {
                let columns = array.as_struct_opt().ok_or_else(|| misfit(array, data_type))?.columns();
                if columns.len() != fields.len() {
                    return Err(misfit(array, data_type));
                }
                Self::Row(
                    columns
                        .iter()
                        .zip(fields.iter())
                        .map(|(c, f)| Self::from_array(c, row, &f.data_type))
                        .collect::<Result<_>>()?,
                )
            }
        })
    }

    /// A column of `rows` rows that all hold this value.
    ///
    /// # Errors
    /// Internal, when the value is not one of the type.
    pub fn to_array(&self, data_type: &DataType, rows: usize) -> Result<ArrayRef> {
        let one = Self::column([self], data_type)?;
        if rows == 1 {
            return Ok(one);
        }
        Ok(arrow_select::take::take(&one, &UInt32Array::from(vec![0; rows]), None)?)
    }

    /// A column of these values, all of type `data_type` or NULL.
    ///
    /// # Errors
    /// Internal, when a value is not one of the type.
    pub fn column<'a>(values: impl IntoIterator<Item = &'a Value>, data_type: &DataType) -> Result<ArrayRef> {
        let values: Vec<&Value> = values.into_iter().collect();
        build(&values, data_type)
    }
}

/// A MAP or MULTISET column taken apart: the entries of all rows, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct MapColumn<'a> {
    /// The keys of all entries, or the elements of a MULTISET.
    pub keys: &'a ArrayRef,
    /// The values of all entries, or how often each element occurs.
    pub values: &'a ArrayRef,
    list: &'a ListArray,
}

impl<'a> MapColumn<'a> {
    /// The parts of a column that stands as a MAP does.
    pub fn of(array: &'a dyn Array) -> Option<Self> {
        let list = array.as_list_opt::<i32>()?;
        match list.values().as_struct_opt()?.columns() {
            [keys, values] => Some(Self { keys, values, list }),
            _ => None,
        }
    }

    /// Where the entries of each row begin, and where those of the last one end.
    pub fn offsets(&self) -> &'a OffsetBuffer<i32> {
        self.list.offsets()
    }

    /// The places of a row's entries among all.
    pub fn entries(&self, row: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.offsets().get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
        at(row)..at(row + 1)
    }
}

fn misfit(array: &dyn Array, data_type: &DataType) -> Error {
    Error::internal(format!("a column of {data_type} stands as {}", array.data_type()))
}

fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    row: usize,
    data_type: &DataType,
) -> Result<T::Native> {
    match array.as_primitive_opt::<T>() {
        Some(array) => Ok(array.value(row)),
        None => Err(misfit(array, data_type)),
    }
}

fn column_values(array: &dyn Array, data_type: &DataType) -> Result<Vec<Value>> {
    (0..array.len()).map(|row| Value::from_array(array, row, data_type)).collect()
}

fn entries(
    array: &dyn Array,
    row: usize,
    data_type: &DataType,
    key: &DataType,
    value: &DataType,
) -> Result<Vec<(Value, Value)>> {
    let map = MapColumn::of(array).ok_or_else(|| misfit(array, data_type))?;
    map.entries(row)
        .map(|entry| {
            Ok((Value::from_array(map.keys, entry, key)?, Value::from_array(map.values, entry, value)?))
        })
        .collect()
}

/// A primitive column from what `get` reads out of each value; `None` from it is a value of another type.
fn build_primitive<T: ArrowPrimitiveType>(
    values: &[&Value],
    data_type: &DataType,
    get: impl Fn(&Value) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => builder.append_null(),
            value => builder.append_value(get(value).ok_or_else(|| foreign(value, data_type))?),
        }
    }
    let array: PrimitiveArray<T> = builder.finish();
    Ok(Arc::new(array.with_data_type(data_type.physical())))
}

fn foreign(value: &Value, data_type: &DataType) -> Error {
    Error::internal(format!("{value:?} is no value of {data_type}"))
}

macro_rules! get {
    ($($variant:ident)|+) => {
        |value| match value {
            $(Value::$variant(v) => Some(*v),)+
            _ => None,
        }
    };
}

fn build(values: &[&Value], data_type: &DataType) -> Result<ArrayRef> {
    Ok(match &data_type.kind {
        Kind::Null => Arc::new(NullArray::new(values.len())),
        Kind::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(values.len());
            for value in values {
                match value {
                    Value::Null => builder.append_null(),
                    Value::Boolean(v) => builder.append_value(*v),
                    other => return Err(foreign(other, data_type)),
                }
            }
            Arc::new(builder.finish())
        }
        Kind::TinyInt => build_primitive::<Int8Type>(values, data_type, get!(TinyInt))?,
        Kind::SmallInt => build_primitive::<Int16Type>(values, data_type, get!(SmallInt))?,
        Kind::Int => build_primitive::<Int32Type>(values, data_type, get!(Int))?,
        Kind::BigInt => build_primitive::<Int64Type>(values, data_type, get!(BigInt))?,
        Kind::Float => build_primitive::<Float32Type>(values, data_type, get!(Float))?,
        Kind::Double => build_primitive::<Float64Type>(values, data_type, get!(Double))?,
        Kind::Decimal { .. } => build_primitive::<Decimal128Type>(values, data_type, get!(Decimal))?,
        Kind::Char { .. } | Kind::VarChar { .. } | Kind::Variant => {
            let mut builder = StringViewBuilder::with_capacity(values.len());
            for value in values {
                match value {
                    Value::Null => builder.append_null(),
                    Value::String(v) => builder.append_value(v),
                    other => return Err(foreign(other, data_type)),
                }
            }
            Arc::new(builder.finish())
        }
        Kind::Binary { .. } | Kind::VarBinary { .. } => {
            let mut builder = BinaryViewBuilder::with_capacity(values.len());
            for value in values {
                match value {
                    Value::Null => builder.append_null(),
                    Value::Bytes(v) => builder.append_value(v),
                    other => return Err(foreign(other, data_type)),
                }
            }
            Arc::new(builder.finish())
        }
        Kind::Date => build_primitive::<Date32Type>(values, data_type, get!(Date))?,
        Kind::Time { .. } => build_primitive::<Time32MillisecondType>(values, data_type, get!(Time))?,
        Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
            if *precision <= MICRO_PRECISION {
                build_primitive::<TimestampMicrosecondType>(values, data_type, |value| match value {
                    Value::Timestamp(nanos) => i64::try_from(nanos.div_euclid(NANOS_PER_MICRO)).ok(),
                    _ => None,
                })?
            } else {
                build_primitive::<Decimal128Type>(values, data_type, get!(Timestamp))?
            }
        }
        Kind::IntervalYearMonth(_) => build_primitive::<Int32Type>(values, data_type, get!(Months))?,
        Kind::IntervalDayTime(_) => build_primitive::<Int64Type>(values, data_type, get!(Milliseconds))?,
        Kind::Array(element) => build_list(values, data_type, element)?,
        Kind::Map(key, value) => build_map(values, data_type, key, value)?,
        Kind::Multiset(element) => build_map(values, data_type, element, &DataType::not_null(Kind::Int))?,
        Kind::Row(_) => build_row(values, data_type)?,
    })
}

fn nulls(values: &[&Value]) -> Option<NullBuffer> {
    let valid = NullBuffer::from_iter(values.iter().map(|v| **v != Value::Null));
    (valid.null_count() > 0).then_some(valid)
}

fn build_list(values: &[&Value], data_type: &DataType, element: &DataType) -> Result<ArrayRef> {
    let mut elements = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => lengths.push(0),
            Value::Array(parts) => {
                elements.extend(parts.iter());
                lengths.push(parts.len());
            }
            other => return Err(foreign(other, data_type)),
        }
    }
    let Arrow::List(field) = data_type.physical() else {
        return Err(Error::internal("an ARRAY does not stand as a list"));
    };
    Ok(Arc::new(ListArray::try_new(
        field,
        OffsetBuffer::from_lengths(lengths),
        build(&elements, element)?,
        nulls(values),
    )?))
}

fn build_map(values: &[&Value], data_type: &DataType, key: &DataType, value: &DataType) -> Result<ArrayRef> {
    let (mut keys, mut items) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => lengths.push(0),
            Value::Map(entries) => {
                lengths.push(entries.len());
                for (k, v) in entries {
                    keys.push(k);
                    items.push(v);
                }
            }
            other => return Err(foreign(other, data_type)),
        }
    }
    map_array(
        data_type,
        OffsetBuffer::from_lengths(lengths),
        [build(&keys, key)?, build(&items, value)?],
        nulls(values),
    )
}

/// A MAP or MULTISET column of type `data_type` from its parts.
pub(crate) fn map_array(
    data_type: &DataType,
    offsets: OffsetBuffer<i32>,
    [keys, values]: [ArrayRef; 2],
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let Arrow::List(entry) = data_type.physical() else {
        return Err(Error::internal("a MAP does not stand as a list"));
    };
    let Arrow::Struct(fields) = entry.data_type() else {
        return Err(Error::internal("a MAP's entries do not stand as a struct"));
    };
    let columns = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    Ok(Arc::new(ListArray::try_new(entry, offsets, Arc::new(columns), nulls)?))
}

fn build_row(values: &[&Value], data_type: &DataType) -> Result<ArrayRef> {
    let Kind::Row(fields) = &data_type.kind else {
        return Err(Error::internal("a ROW was asked of another type"));
    };
    let mut columns = Vec::with_capacity(fields.len());
    for (i, field) in fields.iter().enumerate() {
        let column: Vec<&Value> = values
            .iter()
            .map(|value| match value {
                Value::Null => Ok(&Value::Null),
                Value::Row(parts) => parts.get(i).ok_or_else(|| foreign(value, data_type)),
                other => Err(foreign(other, data_type)),
            })
            .collect::<Result<_>>()?;
        columns.push(build(&column, &field.data_type)?);
    }
    row_array(data_type, columns, values.len(), nulls(values))
}

/// A ROW column of type `data_type` from its fields' columns, each of `rows` rows.
pub(crate) fn row_array(
    data_type: &DataType,
    columns: Vec<ArrayRef>,
    rows: usize,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let Arrow::Struct(fields) = data_type.physical() else {
        return Err(Error::internal("a ROW does not stand as a struct"));
    };
    let fields: Fields = fields.iter().map(|f| ArrowField::clone(f)).collect();
    Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, rows)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Field;

    fn round_trip(data_type: &DataType, values: &[Value]) {
        let column = Value::column(values, data_type).unwrap();
        assert_eq!(column.data_type(), &data_type.physical());
        let back: Vec<Value> =
            (0..values.len()).map(|row| Value::from_array(&column, row, data_type).unwrap()).collect();
        assert_eq!(back, values);
    }

    #[test]
    fn values_survive_the_way_through_a_column() {
        round_trip(&DataType::new(Kind::Boolean), &[Value::Boolean(true), Value::Null]);
        round_trip(&DataType::new(Kind::Decimal { precision: 5, scale: 2 }), &[Value::Decimal(-150)]);
        let map = DataType::map(DataType::string(), DataType::new(Kind::Int));
        round_trip(
            &map,
            &[Value::Map(vec![(Value::Null, Value::Int(1)), ("k".into(), Value::Null)]), Value::Null],
        );
        round_trip(&DataType::string(), &["a".into(), Value::Null, "ein längerer Text".into()]);
        for precision in [3, 9] {
            let timestamp = DataType::new(Kind::Timestamp { precision });
            round_trip(&timestamp, &[Value::Timestamp(-1_000_000), Value::Null]);
        }
        let row = DataType::row([
            Field::new("a", DataType::new(Kind::Int)),
            Field::new("m", DataType::map(DataType::string(), DataType::array(DataType::new(Kind::BigInt)))),
        ]);
        round_trip(
            &row,
            &[
                Value::Row(vec![
                    Value::Int(1),
                    Value::Map(vec![("k".into(), Value::Array(vec![Value::BigInt(2), Value::Null]))]),
                ]),
                Value::Null,
                Value::Row(vec![Value::Null, Value::Null]),
            ],
        );
    }

    #[test]
    fn one_value_fills_a_column() {
        let column = Value::Int(7).to_array(&DataType::new(Kind::Int), 3).unwrap();
        assert_eq!(column.len(), 3);
        assert_eq!(Value::from_array(&column, 2, &DataType::new(Kind::Int)).unwrap(), Value::Int(7));
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        assert!(Value::column([&Value::Int(1)], &DataType::string()).is_err());
    }
}
