//! Values as `--output changelog` writes them: JSON that says what each type holds, without loss.
//!
//! | type | form |
//! |---|---|
//! | BOOLEAN, integers | `true`, `42` |
//! | FLOAT, DOUBLE | as Java prints them; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | DECIMAL | `"1.50"`, with the type's scale |
//! | CHAR, VARCHAR | string |
//! | BINARY, VARBINARY | base64 |
//! | DATE, TIME(p) | `"2024-02-29"`, `"12:34:56.789"` with p digits |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p) | `"2024-02-29T12:34:56.789"` with p digits; LTZ in UTC with `Z` |
//! | INTERVAL | months, or milliseconds |
//! | ARRAY, ROW | array, object |
//! | MAP, MULTISET | array of `[key,value]`, sorted by the key as it is written |

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, BinaryViewArray, BooleanArray, ListArray, PrimitiveArray, StringViewArray, StructArray,
};
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::functions::shown_variant;
use millstream_expr::{DataType, Field, Kind, MapColumn, text};

use super::json::{push_base64, push_integer, push_string};

/// A column, ready to be written value by value.
pub struct Writer<'a> {
    array: &'a dyn Array,
    values: Values<'a>,
}

enum Values<'a> {
    Null,
    Boolean(&'a BooleanArray),
    TinyInt(&'a PrimitiveArray<Int8Type>),
    SmallInt(&'a PrimitiveArray<Int16Type>),
    Int(&'a PrimitiveArray<Int32Type>),
    BigInt(&'a PrimitiveArray<Int64Type>),
    Float(&'a PrimitiveArray<Float32Type>),
    Double(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, u8),
    String(&'a StringViewArray),
    Variant(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time32MillisecondType>, u8),
    Micros(&'a PrimitiveArray<TimestampMicrosecondType>, Timestamp),
    Nanos(&'a PrimitiveArray<Decimal128Type>, Timestamp),
    List(&'a ListArray, Box<Writer<'a>>),
    Map(MapColumn<'a>, Box<Writer<'a>>, Box<Writer<'a>>),
    Row(Vec<(Vec<u8>, Writer<'a>)>),
}

#[derive(Clone, Copy)]
struct Timestamp {
    precision: u8,
    utc: bool,
}

/// The columns of rows, each behind its key: `{"a":` for the first, `,"b":` for the others.
pub fn row_writers<'a>(
    fields: &[Field],
    columns: impl Iterator<Item = &'a dyn Array>,
) -> Result<Vec<(Vec<u8>, Writer<'a>)>> {
    let keyed = fields.iter().zip(columns).enumerate().map(|(index, (field, array))| {
        let mut key = if index == 0 { b"{".to_vec() } else { b",".to_vec() };
        push_string(&field.name, &mut key);
        key.push(b':');
        Ok((key, Writer::new(array, &field.data_type)?))
    });
    keyed.collect()
}

/// Writes the object of row `index`.
pub fn write_row(columns: &[(Vec<u8>, Writer<'_>)], index: usize, out: &mut Vec<u8>) {
    if columns.is_empty() {
        out.push(b'{');
    }
    for (key, column) in columns {
        out.extend_from_slice(key);
        column.write(index, out);
    }
    out.push(b'}');
}

impl<'a> Writer<'a> {
    /// A writer for a column of `data_type`.
    ///
    /// # Errors
    /// Internal, when the array is not of the type's physical form.
    pub fn new(array: &'a dyn Array, data_type: &DataType) -> Result<Self> {
        let values = match &data_type.kind {
            Kind::Null => Values::Null,
            Kind::Boolean => Values::Boolean(array.as_boolean_opt().ok_or_else(|| misfit(array, data_type))?),
            Kind::TinyInt => Values::TinyInt(primitive(array, data_type)?),
            Kind::SmallInt => Values::SmallInt(primitive(array, data_type)?),
            Kind::Int | Kind::IntervalYearMonth(_) => Values::Int(primitive(array, data_type)?),
            Kind::BigInt | Kind::IntervalDayTime(_) => Values::BigInt(primitive(array, data_type)?),
            Kind::Float => Values::Float(primitive(array, data_type)?),
            Kind::Double => Values::Double(primitive(array, data_type)?),
            Kind::Decimal { scale, .. } => Values::Decimal(primitive(array, data_type)?, *scale),
            Kind::Variant => {
                Values::Variant(array.as_string_view_opt().ok_or_else(|| misfit(array, data_type))?)
            }
            Kind::Char { .. } | Kind::VarChar { .. } => {
                Values::String(array.as_string_view_opt().ok_or_else(|| misfit(array, data_type))?)
            }
            Kind::Binary { .. } | Kind::VarBinary { .. } => {
                Values::Bytes(array.as_binary_view_opt().ok_or_else(|| misfit(array, data_type))?)
            }
            Kind::Date => Values::Date(primitive(array, data_type)?),
            Kind::Time { precision } => Values::Time(primitive(array, data_type)?, *precision),
            Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
                let form = Timestamp {
                    precision: *precision,
                    utc: matches!(data_type.kind, Kind::TimestampLtz { .. }),
                };
                match array.as_primitive_opt() {
                    Some(micros) => Values::Micros(micros, form),
                    None => Values::Nanos(primitive(array, data_type)?, form),
                }
            }
            Kind::Array(element) => {
                let list = array.as_list_opt::<i32>().ok_or_else(|| misfit(array, data_type))?;
                Values::List(list, Box::new(Writer::new(list.values(), element)?))
            }
            Kind::Map(key, value) => map(array, data_type, key, value)?,
            Kind::Multiset(element) => map(array, data_type, element, &DataType::not_null(Kind::Int))?,
            Kind::Row(fields) => {
                let rows: &StructArray = array.as_struct_opt().ok_or_else(|| misfit(array, data_type))?;
                Values::Row(row_writers(fields, rows.columns().iter().map(AsRef::as_ref))?)
            }
        };
        Ok(Self { array, values })
    }

    /// Appends the value at `row`, which the column must have.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        if self.array.is_null(row) {
            return out.extend_from_slice(b"null");
        }
        match &self.values {
            Values::Null => out.extend_from_slice(b"null"),
            Values::Boolean(a) => out.extend_from_slice(if a.value(row) { b"true" } else { b"false" }),
            Values::TinyInt(a) => push_integer(a.value(row).into(), out),
            Values::SmallInt(a) => push_integer(a.value(row).into(), out),
            Values::Int(a) => push_integer(a.value(row).into(), out),
            Values::BigInt(a) => push_integer(a.value(row), out),
            Values::Float(a) => {
                let value = a.value(row);
                plain(!value.is_finite(), out, |text| text::write_float(value, text));
            }
            Values::Double(a) => {
                let value = a.value(row);
                plain(!value.is_finite(), out, |text| text::write_double(value, text));
            }
            Values::Decimal(a, scale) => plain(true, out, |t| text::write_decimal(a.value(row), *scale, t)),
            Values::String(a) => push_string(a.value(row), out),
            Values::Variant(a) => push_string(&shown_variant(a.value(row)), out),
            Values::Bytes(a) => {
                out.push(b'"');
                push_base64(a.value(row), out);
                out.push(b'"');
            }
            Values::Date(a) => plain(true, out, |t| text::write_date(a.value(row), t)),
            Values::Time(a, precision) => plain(true, out, |t| text::write_time(a.value(row), *precision, t)),
            Values::Micros(a, form) => timestamp(i128::from(a.value(row)) * 1_000, *form, out),
            Values::Nanos(a, form) => timestamp(a.value(row), *form, out),
            Values::List(list, elements) => {
                out.push(b'[');
                for (at, element) in range(list.value_offsets(), row).enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    elements.write(element, out);
                }
                out.push(b']');
            }
            Values::Map(map, keys, values) => {
                let mut entries: Vec<Vec<u8>> = map
                    .entries(row)
                    .map(|entry| {
                        let mut text = vec![b'['];
                        keys.write(entry, &mut text);
                        text.push(b',');
                        values.write(entry, &mut text);
                        text.push(b']');
                        text
                    })
                    .collect();
                entries.sort_unstable();
                out.push(b'[');
                out.extend_from_slice(&entries.join(&b','));
                out.push(b']');
            }
            Values::Row(columns) => write_row(columns, row, out),
        }
    }
}

/// The elements of row `row` of a list.
fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| offsets.get(index).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    at(row)..at(row + 1)
}

/// What the `text` functions of `expr` write, in quotes or without.
fn plain(quoted: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut String)) {
    let mut text = String::with_capacity(40);
    write(&mut text);
    if quoted {
        out.push(b'"');
    }
    out.extend_from_slice(text.as_bytes());
    if quoted {
        out.push(b'"');
    }
}

fn timestamp(nanos: i128, form: Timestamp, out: &mut Vec<u8>) {
    plain(true, out, |text| {
        text::write_timestamp(nanos, form.precision, 'T', text);
        if form.utc {
            text.push('Z');
        }
    });
}

fn primitive<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    data_type: &DataType,
) -> Result<&'a PrimitiveArray<T>> {
    array.as_primitive_opt::<T>().ok_or_else(|| misfit(array, data_type))
}

fn map<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    key: &DataType,
    value: &DataType,
) -> Result<Values<'a>> {
    let map = MapColumn::of(array).ok_or_else(|| misfit(array, data_type))?;
    let (keys, values) = (Writer::new(map.keys, key)?, Writer::new(map.values, value)?);
    Ok(Values::Map(map, Box::new(keys), Box::new(values)))
}

fn misfit(array: &dyn Array, data_type: &DataType) -> Error {
    Error::new(ErrorKind::Internal, format!("a column of {data_type} holds {}", array.data_type()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_expr::Value;

    fn written(value: &Value, kind: Kind) -> String {
        let data_type = DataType::new(kind);
        let array = value.to_array(&data_type, 1).unwrap();
        let mut out = Vec::new();
        Writer::new(&array, &data_type).unwrap().write(0, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn simple_values() {
        assert_eq!(written(&Value::Null, Kind::Int), "null");
        assert_eq!(written(&Value::Boolean(true), Kind::Boolean), "true");
        assert_eq!(written(&Value::TinyInt(-128), Kind::TinyInt), "-128");
        assert_eq!(written(&Value::BigInt(i64::MIN), Kind::BigInt), "-9223372036854775808");
        assert_eq!(written(&Value::Double(1e10), Kind::Double), "1.0E10");
        assert_eq!(written(&Value::Double(f64::NAN), Kind::Double), "\"NaN\"");
        assert_eq!(written(&Value::Float(f32::NEG_INFINITY), Kind::Float), "\"-Infinity\"");
        assert_eq!(written(&Value::Decimal(150), Kind::Decimal { precision: 5, scale: 2 }), "\"1.50\"");
        assert_eq!(written(&Value::Date(0), Kind::Date), "\"1970-01-01\"");
        assert_eq!(written(&Value::Time(3_723_004), Kind::Time { precision: 3 }), "\"01:02:03.004\"");
        assert_eq!(written(&"a\"b".into(), Kind::VarChar { length: 9 }), "\"a\\\"b\"");
    }

    #[test]
    fn instants_have_all_digits() {
        let nanos = Value::Timestamp(1_500_000_000);
        assert_eq!(written(&nanos, Kind::Timestamp { precision: 3 }), "\"1970-01-01T00:00:01.500\"");
        assert_eq!(written(&nanos, Kind::TimestampLtz { precision: 0 }), "\"1970-01-01T00:00:01Z\"");
        assert_eq!(written(&nanos, Kind::Timestamp { precision: 9 }), "\"1970-01-01T00:00:01.500000000\"");
    }

    #[test]
    fn bytes_are_base64() {
        for (bytes, expected) in [
            (&b""[..], "\"\""),
            (b"f", "\"Zg==\""),
            (b"fo", "\"Zm8=\""),
            (b"foo", "\"Zm9v\""),
            (b"\x00\xff", "\"AP8=\""),
        ] {
            assert_eq!(written(&Value::Bytes(bytes.into()), Kind::VarBinary { length: 9 }), expected);
        }
    }

    #[test]
    fn nested_values() {
        let int = DataType::new(Kind::Int);
        let list = Value::Array(vec![Value::Int(1), Value::Null]);
        assert_eq!(written(&list, DataType::array(int.clone()).kind), "[1,null]");
        let map = Value::Map(vec![("b".into(), Value::Int(1)), ("a".into(), Value::Null)]);
        assert_eq!(
            written(&map, DataType::map(DataType::string(), int.clone()).kind),
            "[[\"a\",null],[\"b\",1]]"
        );
        let row = DataType::row([Field::new("x", int), Field::new("y\"", DataType::string())]);
        assert_eq!(
            written(&Value::Row(vec![Value::Int(1), "z".into()]), row.kind),
            "{\"x\":1,\"y\\\"\":\"z\"}"
        );
    }
}
