//! JSON_OBJECT, JSON_ARRAY and JSON_STRING: values of SQL as JSON text, keys in the order of Java's strings.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};

use super::member::{Member, write_object};
use super::number::write_number;
use super::string::write_string;
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::{Any, Lane, Str, collect_text, over};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Kernel, KernelArguments, Overload, base64};
use crate::text::{write_decimal, write_double, write_integer, write_timestamp};
use crate::types::{DataType, Kind};
use crate::value::{MapColumn, Value};

const NANOS_PER_MICRO: i128 = 1000;

/// Appends the JSON of the value at a row, which is not NULL.
pub(super) type Write = Box<dyn Fn(&ArrayRef, usize, &mut String) -> Result<()> + Send + Sync>;

/// How values of a type become JSON.
pub(super) fn writer(data_type: &DataType) -> Result<Write> {
    fn scalar<T: 'static>(
        read: fn(&ArrayRef, usize) -> Option<T>,
        write: impl Fn(T, &mut String) + Send + Sync + 'static,
    ) -> Write {
        Box::new(move |array, row, out| {
            let value =
                read(array, row).ok_or_else(|| Error::internal("a column of another type than its own"))?;
            write(value, out);
            Ok(())
        })
    }
    macro_rules! primitive {
        ($t:ty) => {
            |array, row| array.as_primitive_opt::<$t>().map(|array| array.value(row))
        };
    }
    Ok(match &data_type.kind {
        Kind::Null => Box::new(|_, _, out| {
            out.push_str("null");
            Ok(())
        }),
        Kind::Char { .. } | Kind::VarChar { .. } => Box::new(|array, row, out| {
            let strings =
                array.as_string_view_opt().ok_or_else(|| Error::internal("a STRING that is none"))?;
            write_string(strings.value(row), out);
            Ok(())
        }),
        Kind::Variant => Box::new(|array, row, out| {
            let texts =
                array.as_string_view_opt().ok_or_else(|| Error::internal("a VARIANT that is none"))?;
            out.push_str(texts.value(row));
            Ok(())
        }),
        Kind::Boolean => scalar(
            |array, row| array.as_boolean_opt().map(|array| array.value(row)),
            |value, out| out.push_str(if value { "true" } else { "false" }),
        ),
        Kind::TinyInt => scalar(primitive!(Int8Type), |value, out| write_integer(value.into(), out)),
        Kind::SmallInt => scalar(primitive!(Int16Type), |value, out| write_integer(value.into(), out)),
        Kind::Int => scalar(primitive!(Int32Type), |value, out| write_integer(value.into(), out)),
        Kind::BigInt => scalar(primitive!(Int64Type), write_integer),
        Kind::Float => scalar(primitive!(Float32Type), |value, out| {
            // As Flink does it: a FLOAT is written as the DOUBLE that it is.
            write_float_text(out, |text| write_double(value.into(), text))
        }),
        Kind::Double => scalar(primitive!(Float64Type), |value, out| {
            write_float_text(out, |text| write_double(value, text))
        }),
        Kind::Decimal { scale, .. } => {
            let scale = *scale;
            scalar(primitive!(Decimal128Type), move |value, out| {
                let mut text = String::new();
                write_decimal(value, scale, &mut text);
                write_number(&text, out);
            })
        }
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
            let zoned = matches!(data_type.kind, Kind::TimestampLtz { .. });
            let nanos =
                |array: &ArrayRef, row: usize| match array.as_primitive_opt::<TimestampMicrosecondType>() {
                    Some(micros) => Some(i128::from(micros.value(row)) * NANOS_PER_MICRO),
                    None => array.as_primitive_opt::<Decimal128Type>().map(|nanos| nanos.value(row)),
                };
            scalar(nanos, move |value, out| {
                let mut text = String::new();
                write_timestamp(value, 9, 'T', &mut text);
                let text = text.trim_end_matches('0').trim_end_matches('.');
                out.push('"');
                // ISO 8601 has a sign before a year of more than four digits.
                if text.find('-').is_some_and(|year| year > 4) {
                    out.push('+');
                }
                out.push_str(text);
                out.push_str(if zoned { "Z\"" } else { "\"" });
            })
        }
        Kind::Binary { .. } | Kind::VarBinary { .. } => Box::new(|array, row, out| {
            let bytes = array.as_binary_view_opt().ok_or_else(|| Error::internal("BYTES that are none"))?;
            out.push('"');
            base64::encode(bytes.value(row), out);
            out.push('"');
            Ok(())
        }),
        Kind::Array(element) => {
            let write = writer(element)?;
            Box::new(move |array, row, out| {
                let list =
                    array.as_list_opt::<i32>().ok_or_else(|| Error::internal("an ARRAY that is none"))?;
                let elements = list.value(row);
                out.push('[');
                for index in 0..elements.len() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_or_null(&write, &elements, index, out)?;
                }
                out.push(']');
                Ok(())
            })
        }
        Kind::Map(key, value) => members(key, writer(value)?)?,
        Kind::Multiset(element) => members(element, writer(&DataType::not_null(Kind::Int))?)?,
        Kind::Row(fields) => {
            let fields = fields
                .iter()
                .map(|field| Ok((Arc::clone(&field.name), writer(&field.data_type)?)))
                .collect::<Result<Vec<_>>>()?;
            Box::new(move |array, row, out| {
                let columns = array.as_struct_opt().ok_or_else(|| Error::internal("a ROW that is none"))?;
                let mut object = Object::default();
                for ((name, write), column) in fields.iter().zip(columns.columns()) {
                    let mut text = String::new();
                    write_or_null(write, column, row, &mut text)?;
                    object.add(name, text);
                }
                object.write(out);
                Ok(())
            })
        }
        Kind::Date | Kind::Time { .. } | Kind::IntervalYearMonth(_) | Kind::IntervalDayTime(_) => {
            return Err(Error::invalid(format!(
                "{} does not become JSON; cast it to STRING",
                data_type.kind
            )));
        }
    })
}

/// The entries of a MAP, whose keys must be strings.
fn members(key: &DataType, write: Write) -> Result<Write> {
    if !key.kind.is_character() {
        return Err(Error::invalid(format!(
            "only a MAP with STRING keys becomes JSON, not one with {} keys",
            key.kind
        )));
    }
    Ok(Box::new(move |array, row, out| {
        let map = MapColumn::of(array).ok_or_else(|| Error::internal("a MAP that is none"))?;
        let keys = map.keys.as_string_view_opt().ok_or_else(|| Error::internal("a MAP with other keys"))?;
        let mut object = Object::default();
        for entry in map.entries(row) {
            if keys.is_null(entry) {
                return Err(Error::runtime("JSON: a key of the MAP is NULL"));
            }
            let mut text = String::new();
            write_or_null(&write, map.values, entry, &mut text)?;
            object.add(keys.value(entry), text);
        }
        object.write(out);
        Ok(())
    }))
}

fn write_or_null(write: &Write, array: &ArrayRef, row: usize, out: &mut String) -> Result<()> {
    if array.is_null(row) || *array.data_type() == arrow_schema::DataType::Null {
        out.push_str("null");
        return Ok(());
    }
    write(array, row, out)
}

/// FLOAT and DOUBLE print as `BigDecimal`s of their texts; what is no number is a string.
fn write_float_text(out: &mut String, write: impl FnOnce(&mut String)) {
    let mut text = String::new();
    write(&mut text);
    if text.ends_with(|c: char| c.is_ascii_digit()) {
        write_number(&text, out);
    } else {
        write_string(&text, out);
    }
}

/// An object that is put together. Of members with the same key the last one counts.
#[derive(Default)]
struct Object {
    members: Vec<(String, String)>,
}

impl Object {
    fn add(&mut self, key: &str, value: String) {
        match self.members.iter_mut().find(|(known, _)| known == key) {
            Some((_, earlier)) => *earlier = value,
            None => self.members.push((key.to_owned(), value)),
        }
    }

    fn write(self, out: &mut String) {
        write_object(self.members.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(), out);
    }
}

pub(super) fn resolve_string(call: &Arguments<'_>) -> Result<Overload> {
    let [given] = call.types else { return no_overload() };
    // Whether the type becomes JSON is found out here, not with the first row.
    drop(writer(given)?);
    Signature::of(vec![given.clone()]).returns(STRING).fallible().kernel(|arguments| {
        let write = writer(arguments.types.first().unwrap_or(arguments.returns))?;
        Ok(Box::new(move |_, columns, rows| {
            over(columns, rows, &[true], |rows, nulls| {
                let [value] = columns else { return Err(Error::internal("JSON_STRING takes one value")) };
                let value = Lane::<Any>::of(value)?;
                collect_text(rows, |row, out| {
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                        return Ok(None);
                    }
                    let (array, row) = value.item(row);
                    write(array, row, out).map(Some)
                })
            })
        }))
    })
}

/// The first two arguments of a constructor: whether NULLs are left out, and a letter for each value.
fn clauses(literals: &[Option<Value>]) -> Result<(bool, Arc<str>)> {
    match literals {
        [Some(Value::String(on_null)), Some(Value::String(how)), ..] => {
            Ok((on_null.as_ref() == "ABSENT", Arc::clone(how)))
        }
        _ => no_overload(),
    }
}

/// What the values from `first` on, each `step` apart, become.
fn members_of(arguments: &KernelArguments<'_>, how: &str, first: usize, step: usize) -> Result<Vec<Member>> {
    let types = arguments.types.iter().skip(first).step_by(step);
    types
        .zip(how.chars())
        .map(|(data_type, letter)| match letter {
            'j' => Ok(Member::Text),
            _ => Member::value(data_type),
        })
        .collect()
}

/// Checks that each value becomes JSON.
fn check_values(types: &[DataType], how: &str, first: usize, step: usize) -> Result<()> {
    let mut values = types.iter().skip(first).step_by(step).zip(how.chars());
    values.try_for_each(
        |(data_type, letter)| if letter == 'j' { Ok(()) } else { writer(data_type).map(|_| ()) },
    )
}

pub(super) fn resolve_object(call: &Arguments<'_>) -> Result<Overload> {
    let (_, how) = clauses(call.literals)?;
    let keys = call.types.iter().skip(2).step_by(2);
    let entries = keys.clone().count();
    if call.types.len() != 2 + 2 * entries
        || entries != how.len()
        || !keys.into_iter().all(|t| t.kind.is_character())
    {
        return no_overload();
    }
    check_values(call.types, &how, 3, 2)?;
    Signature::of(call.types.to_vec()).returns_not_null(STRING).fallible().kernel(object_kernel)
}

fn object_kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let (absent, how) = clauses(arguments.constants)?;
    let members = members_of(arguments, &how, 3, 2)?;
    Ok(Box::new(move |_, columns, rows| {
        over(columns, rows, &[], |rows, _| {
            let pairs = columns.get(2..).unwrap_or_default();
            let keys = pairs.iter().step_by(2).map(Lane::<Str>::of).collect::<Result<Vec<_>>>()?;
            let values: Vec<&Column> = pairs.iter().skip(1).step_by(2).collect();
            collect_text(rows, |row, out| {
                let mut object = Object::default();
                for ((key, value), member) in keys.iter().zip(&values).zip(&members) {
                    let key = key.get(row).ok_or_else(|| Error::runtime("JSON_OBJECT: a key is NULL"))?;
                    let mut text = String::new();
                    match member.write_at(value, row, &mut text)? {
                        true => object.add(key, text),
                        false if absent => {}
                        false => object.add(key, "null".to_owned()),
                    }
                }
                object.write(out);
                Ok(Some(()))
            })
        })
    }))
}

pub(super) fn resolve_array(call: &Arguments<'_>) -> Result<Overload> {
    let (_, how) = clauses(call.literals)?;
    if call.types.len() != 2 + how.len() {
        return no_overload();
    }
    check_values(call.types, &how, 2, 1)?;
    Signature::of(call.types.to_vec()).returns_not_null(STRING).fallible().kernel(array_kernel)
}

fn array_kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let (absent, how) = clauses(arguments.constants)?;
    let members = members_of(arguments, &how, 2, 1)?;
    Ok(Box::new(move |_, columns, rows| {
        over(columns, rows, &[], |rows, _| {
            let values = columns.get(2..).unwrap_or_default();
            collect_text(rows, |row, out| {
                out.push('[');
                let mut first = true;
                for (value, member) in values.iter().zip(&members) {
                    let before = out.len();
                    if !first {
                        out.push(',');
                    }
                    if !member.write_at(value, row, out)? {
                        if absent {
                            out.truncate(before);
                            continue;
                        }
                        out.push_str("null");
                    }
                    first = false;
                }
                out.push(']');
                Ok(Some(()))
            })
        })
    }))
}
