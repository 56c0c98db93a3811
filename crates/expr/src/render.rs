//! Values as JSON, without loss: the form in which a changelog shows them.
//!
//! | type | JSON |
//! |---|---|
//! | NULL | `null` |
//! | BOOLEAN, integers | `true`, `1` |
//! | FLOAT, DOUBLE | numbers as Java prints them; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | DECIMAL | a string with the type's scale: `"1.50"` |
//! | CHAR, VARCHAR | strings |
//! | BINARY, VARBINARY | base64 |
//! | DATE, TIME(p) | `"2024-02-29"`, `"12:34:56.123"` with p fractional digits |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p) | `"2024-02-29T12:34:56.123"`, and with `Z` in UTC |
//! | intervals | months, milliseconds |
//! | ARRAY | an array |
//! | MAP, MULTISET | an array of `[key,value]`, sorted by the rendered key |
//! | ROW | an object in the order of the fields |
//!
//! There are no spaces, and what is not ASCII stays as it is.

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrowPrimitiveType};

use crate::error::{Error, Result};
use crate::text;
use crate::types::{DataType, Field, Kind, MICRO_PRECISION};

/// Appends the JSON of the value at a row.
pub type Renderer<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

/// The renderer for a column of type `data_type`. The column's type is looked at once, not for each row.
///
/// # Errors
/// Internal, when the column is not of the type's physical form.
pub fn renderer<'a>(array: &'a dyn Array, data_type: &DataType) -> Result<Renderer<'a>> {
    let render = value_renderer(array, data_type)?;
    Ok(match array.nulls() {
        None => render,
        Some(nulls) => Box::new(move |row, out| {
            if nulls.is_null(row) {
                out.push_str("null");
            } else {
                render(row, out);
            }
        }),
    })
}

/// Appends `text` as a JSON string.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "\\u00",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or(""));
        out.push_str(escape);
        if escape.len() > 2 {
            out.extend([byte >> 4, byte & 0xF].map(hex_digit));
        }
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or(""));
    out.push('"');
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).unwrap_or('0')
}

/// Appends `bytes` in base64 with padding (RFC 4648, section 4).
fn write_base64(bytes: &[u8], out: &mut String) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let sextet = usize::try_from(bits >> (18 - 6 * place) & 0x3F).unwrap_or(0);
            let digit = ALPHABET.get(sextet).copied().unwrap_or(b'A');
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
}

fn value_renderer<'a>(array: &'a dyn Array, data_type: &DataType) -> Result<Renderer<'a>> {
    Ok(match &data_type.kind {
        Kind::Null => Box::new(|_, out| out.push_str("null")),
        Kind::Boolean => {
            let array = array.as_boolean_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| out.push_str(if array.value(row) { "true" } else { "false" }))
        }
        Kind::TinyInt => integers::<t::Int8Type>(array, data_type)?,
        Kind::SmallInt => integers::<t::Int16Type>(array, data_type)?,
        Kind::Int | Kind::IntervalYearMonth(_) => integers::<t::Int32Type>(array, data_type)?,
        Kind::BigInt | Kind::IntervalDayTime(_) => integers::<t::Int64Type>(array, data_type)?,
        Kind::Float => primitives::<t::Float32Type>(array, data_type, |v, out| {
            if v.is_finite() {
                text::write_float(v, out)
            } else {
                quoted(out, |out| text::write_float(v, out))
            }
        })?,
        Kind::Double => primitives::<t::Float64Type>(array, data_type, |v, out| {
            if v.is_finite() {
                text::write_double(v, out)
            } else {
                quoted(out, |out| text::write_double(v, out))
            }
        })?,
        Kind::Decimal { scale, .. } => {
            let scale = *scale;
            primitives::<t::Decimal128Type>(array, data_type, move |v, out| {
                quoted(out, |out| text::write_decimal(v, scale, out));
            })?
        }
        Kind::Char { .. } | Kind::VarChar { .. } => {
            let array = array.as_string_view_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| write_string(array.value(row), out))
        }
        Kind::Binary { .. } | Kind::VarBinary { .. } => {
            let array = array.as_binary_view_opt().ok_or_else(|| misfit(array, data_type))?;
            Box::new(|row, out| quoted(out, |out| write_base64(array.value(row), out)))
        }
        Kind::Date => primitives::<t::Date32Type>(array, data_type, |v, out| {
            quoted(out, |out| text::write_date(v, out))
        })?,
        Kind::Time { precision } => {
            let precision = *precision;
            primitives::<t::Time32MillisecondType>(array, data_type, move |v, out| {
                quoted(out, |out| text::write_time(v, precision, out));
            })?
        }
        Kind::Timestamp { precision } => timestamps(array, data_type, *precision, "")?,
        Kind::TimestampLtz { precision } => timestamps(array, data_type, *precision, "Z")?,
        Kind::Array(element) => {
            let array = array.as_list_opt::<i32>().ok_or_else(|| misfit(array, data_type))?;
            let element = renderer(array.values(), element)?;
            Box::new(move |row, out| {
                out.push('[');
                for (i, place) in range(array.value_offsets(), row).enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    element(place, out);
                }
                out.push(']');
            })
        }
        Kind::Map(key, value) => maps(array, data_type, key, value)?,
        Kind::Multiset(element) => maps(array, data_type, element, &DataType::not_null(Kind::Int))?,
        Kind::Row(fields) => rows(array, data_type, fields)?,
    })
}

fn misfit(array: &dyn Array, data_type: &DataType) -> Error {
    Error::internal(format!("a column of {data_type} stands as {}", array.data_type()))
}

fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}

fn primitives<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    data_type: &DataType,
    write: impl Fn(T::Native, &mut String) + 'a,
) -> Result<Renderer<'a>> {
    let array = array.as_primitive_opt::<T>().ok_or_else(|| misfit(array, data_type))?;
    Ok(Box::new(move |row, out| write(array.value(row), out)))
}

fn integers<'a, T: ArrowPrimitiveType>(array: &'a dyn Array, data_type: &DataType) -> Result<Renderer<'a>>
where
    T::Native: Into<i64>,
{
    primitives::<T>(array, data_type, |value, out| text::write_integer(value.into(), out))
}

fn timestamps<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    precision: u8,
    suffix: &'static str,
) -> Result<Renderer<'a>> {
    let write = move |nanos: i128, out: &mut String| {
        quoted(out, |out| {
            text::write_timestamp(nanos, precision, 'T', out);
            out.push_str(suffix);
        });
    };
    if precision <= MICRO_PRECISION {
        primitives::<t::TimestampMicrosecondType>(array, data_type, move |micros, out| {
            write(i128::from(micros) * 1_000, out);
        })
    } else {
        primitives::<t::Decimal128Type>(array, data_type, write)
    }
}

fn maps<'a>(
    array: &'a dyn Array,
    data_type: &DataType,
    key: &DataType,
    value: &DataType,
) -> Result<Renderer<'a>> {
    let array = array.as_map_opt().ok_or_else(|| misfit(array, data_type))?;
    let (keys, values) = (renderer(array.keys(), key)?, renderer(array.values(), value)?);
    Ok(Box::new(move |row, out| {
        let mut entries: Vec<(String, usize)> = range(array.value_offsets(), row)
            .map(|place| {
                let mut key = String::new();
                keys(place, &mut key);
                (key, place)
            })
            .collect();
        entries.sort();
        out.push('[');
        for (i, (key, place)) in entries.iter().enumerate() {
            out.push_str(if i > 0 { ",[" } else { "[" });
            out.push_str(key);
            out.push(',');
            values(*place, out);
            out.push(']');
        }
        out.push(']');
    }))
}

fn rows<'a>(array: &'a dyn Array, data_type: &DataType, fields: &[Field]) -> Result<Renderer<'a>> {
    let array = array.as_struct_opt().ok_or_else(|| misfit(array, data_type))?;
    let mut parts = Vec::with_capacity(fields.len());
    for (i, (column, field)) in array.columns().iter().zip(fields).enumerate() {
        let mut name = String::from(if i > 0 { "," } else { "" });
        write_string(&field.name, &mut name);
        name.push(':');
        parts.push((name, renderer(column, &field.data_type)?));
    }
    Ok(Box::new(move |row, out| {
        out.push('{');
        for (name, render) in &parts {
            out.push_str(name);
            render(row, out);
        }
        out.push('}');
    }))
}

/// The elements of the list or map at `row`.
fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    at(row)..at(row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    fn json(value: &Value, data_type: &DataType) -> String {
        let column = Value::column([value], data_type).unwrap();
        let mut out = String::new();
        renderer(&column, data_type).unwrap()(0, &mut out);
        out
    }

    fn of(value: &Value, kind: Kind) -> String {
        json(value, &DataType::new(kind))
    }

    #[test]
    fn flat_values() {
        assert_eq!(of(&Value::Null, Kind::Int), "null");
        assert_eq!(of(&Value::Boolean(true), Kind::Boolean), "true");
        assert_eq!(of(&Value::BigInt(-7), Kind::BigInt), "-7");
        assert_eq!(of(&Value::Double(1e7), Kind::Double), "1.0E7");
        assert_eq!(of(&Value::Float(f32::NEG_INFINITY), Kind::Float), "\"-Infinity\"");
        assert_eq!(of(&Value::Decimal(150), Kind::Decimal { precision: 3, scale: 2 }), "\"1.50\"");
        assert_eq!(of(&Value::Date(0), Kind::Date), "\"1970-01-01\"");
        assert_eq!(of(&Value::Time(1_120), Kind::Time { precision: 3 }), "\"00:00:01.120\"");
        let second = Value::Timestamp(1_500_000_000);
        assert_eq!(of(&second, Kind::Timestamp { precision: 3 }), "\"1970-01-01T00:00:01.500\"");
        assert_eq!(of(&second, Kind::TimestampLtz { precision: 0 }), "\"1970-01-01T00:00:01Z\"");
        assert_eq!(of(&second, Kind::Timestamp { precision: 9 }), "\"1970-01-01T00:00:01.500000000\"");
    }

    #[test]
    fn strings_and_bytes() {
        let text = |t: &str| json(&t.into(), &DataType::string());
        assert_eq!(text("a\"b\\c\n\r\t\u{1}\u{1f}ä\u{7f}"), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001fä\u{7f}\"");
        let bytes = |b: &[u8]| json(&Value::Bytes(b.into()), &DataType::bytes());
        assert_eq!(bytes(b""), "\"\"");
        assert_eq!(bytes(b"a"), "\"YQ==\"");
        assert_eq!(bytes(b"ab"), "\"YWI=\"");
        assert_eq!(bytes(b"abc\xFF"), "\"YWJj/w==\"");
    }

    #[test]
    fn nested_values() {
        let int = || DataType::new(Kind::Int);
        let array = Value::Array(vec![Value::Int(1), Value::Null]);
        assert_eq!(json(&array, &DataType::array(int())), "[1,null]");
        let map = Value::Map(vec![("b".into(), Value::Int(2)), ("a".into(), Value::Null)]);
        assert_eq!(json(&map, &DataType::map(DataType::string(), int())), "[[\"a\",null],[\"b\",2]]");
        let multiset = Value::Map(vec![("x".into(), Value::Int(2))]);
        assert_eq!(json(&multiset, &DataType::new(Kind::Multiset(DataType::string().into()))), "[[\"x\",2]]");
        let row = DataType::row([Field::new("a\"", int()), Field::new("b", DataType::array(int()))]);
        assert_eq!(
            json(&Value::Row(vec![Value::Int(1), Value::Array(vec![])]), &row),
            "{\"a\\\"\":1,\"b\":[]}"
        );
    }
}
