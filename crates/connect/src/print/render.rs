//! Rows as Flink's `print` shows them: the text that Java's `toString` gives.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, BinaryViewArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow_buffer::OffsetBuffer;
use jiff::civil;
use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::functions::shown_variant;
use millstream_expr::types::Field;
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, Kind, MapColumn};

const MICROS_PER_SECOND: i128 = 1_000_000;
const NANOS_PER_MICRO: i128 = 1_000;

/// How the values of a type are shown; made once, used for every batch.
pub(crate) struct Rendering {
    form: Form,
}

enum Form {
    Null,
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    /// FLOAT and DOUBLE, as CAST to STRING writes them.
    Float(Evaluator),
    Decimal {
        scale: usize,
    },
    Text,
    Variant,
    Bytes,
    Date,
    Time,
    Timestamp {
        is_instant: bool,
        is_micros: bool,
    },
    List(Box<Rendering>),
    Map(Box<Rendering>, Box<Rendering>),
    Row(Vec<Rendering>),
}

/// A column, ready to be shown row by row.
pub(crate) struct Column<'a> {
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
    Float(ArrayRef),
    Decimal(&'a PrimitiveArray<Decimal128Type>, usize),
    Text(&'a StringViewArray),
    Variant(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time32MillisecondType>),
    Micros(&'a PrimitiveArray<TimestampMicrosecondType>, bool),
    Nanos(&'a PrimitiveArray<Decimal128Type>, bool),
    List(&'a OffsetBuffer<i32>, Box<Column<'a>>),
    Map(&'a OffsetBuffer<i32>, Box<Column<'a>>, Box<Column<'a>>),
    Row(Vec<Column<'a>>),
}

impl Rendering {
    /// For the columns of a table.
    pub fn of_fields(fields: &[Field]) -> Result<Vec<Self>> {
        fields.iter().map(|field| Self::new(&field.data_type)).collect()
    }

    fn new(data_type: &DataType) -> Result<Self> {
        let form = match &data_type.kind {
            Kind::Null => Form::Null,
            Kind::Boolean => Form::Boolean,
            Kind::TinyInt => Form::TinyInt,
            Kind::SmallInt => Form::SmallInt,
            Kind::Int => Form::Int,
            Kind::BigInt => Form::BigInt,
            Kind::Float | Kind::Double => {
                let value = Expr::column(0, data_type.clone());
                let text = Expr::cast(value, DataType::string(), CastMode::Fail);
                Form::Float(Evaluator::new(&[text], &TimeZone::UTC)?)
            }
            Kind::Decimal { scale, .. } => Form::Decimal { scale: usize::from(*scale) },
            Kind::Variant => Form::Variant,
            Kind::Char { .. } | Kind::VarChar { .. } => Form::Text,
            Kind::Binary { .. } | Kind::VarBinary { .. } => Form::Bytes,
            Kind::Date => Form::Date,
            Kind::Time { .. } => Form::Time,
            Kind::Timestamp { precision } => {
                Form::Timestamp { is_instant: false, is_micros: *precision <= 6 }
            }
            Kind::TimestampLtz { precision } => {
                Form::Timestamp { is_instant: true, is_micros: *precision <= 6 }
            }
            Kind::IntervalYearMonth(_) | Kind::IntervalDayTime(_) => {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("connector 'print' cannot show {data_type}: a table has no INTERVAL columns"),
                ));
            }
            Kind::Array(element) => Form::List(Box::new(Self::new(element)?)),
            Kind::Map(key, value) => Form::Map(Box::new(Self::new(key)?), Box::new(Self::new(value)?)),
            Kind::Multiset(element) => {
                Form::Map(Box::new(Self::new(element)?), Box::new(Self { form: Form::Int }))
            }
            Kind::Row(fields) => {
                Form::Row(fields.iter().map(|f| Self::new(&f.data_type)).collect::<Result<_>>()?)
            }
        };
        Ok(Self { form })
    }

    /// A column of values of the type.
    pub fn column<'a>(&self, array: &'a dyn Array) -> Result<Column<'a>> {
        let misfit =
            || Error::new(ErrorKind::Internal, format!("'print' got a column of {}", array.data_type()));
        let values = match &self.form {
            Form::Null => Some(Values::Null),
            Form::Boolean => array.as_boolean_opt().map(Values::Boolean),
            Form::TinyInt => array.as_primitive_opt().map(Values::TinyInt),
            Form::SmallInt => array.as_primitive_opt().map(Values::SmallInt),
            Form::Int => array.as_primitive_opt().map(Values::Int),
            Form::BigInt => array.as_primitive_opt().map(Values::BigInt),
            Form::Float(cast) => {
                let rows = array.len();
                let context = EvalContext { now_micros: 0, seed: 0 };
                let text =
                    cast.evaluate(&context, &[array.slice(0, rows)], rows)?.pop().ok_or_else(misfit)?;
                Some(Values::Float(text.into_array(rows)?))
            }
            Form::Decimal { scale } => array.as_primitive_opt().map(|a| Values::Decimal(a, *scale)),
            Form::Text => array.as_string_view_opt().map(Values::Text),
            Form::Variant => array.as_string_view_opt().map(Values::Variant),
            Form::Bytes => array.as_binary_view_opt().map(Values::Bytes),
            Form::Date => array.as_primitive_opt().map(Values::Date),
            Form::Time => array.as_primitive_opt().map(Values::Time),
            Form::Timestamp { is_instant, is_micros: true } => {
                array.as_primitive_opt().map(|a| Values::Micros(a, *is_instant))
            }
            Form::Timestamp { is_instant, is_micros: false } => {
                array.as_primitive_opt().map(|a| Values::Nanos(a, *is_instant))
            }
            Form::List(element) => {
                let list = array.as_list_opt::<i32>().ok_or_else(misfit)?;
                Some(Values::List(list.offsets(), Box::new(element.column(list.values())?)))
            }
            Form::Map(key, value) => {
                let map = MapColumn::of(array).ok_or_else(misfit)?;
                let (keys, values) = (key.column(map.keys)?, value.column(map.values)?);
                Some(Values::Map(map.offsets(), Box::new(keys), Box::new(values)))
            }
            Form::Row(fields) => {
                let row = array.as_struct_opt().ok_or_else(misfit)?;
                let columns =
                    fields.iter().zip(row.columns()).map(|(f, c)| f.column(c)).collect::<Result<_>>()?;
                Some(Values::Row(columns))
            }
        };
        Ok(Column { array, values: values.ok_or_else(misfit)? })
    }
}

/// Appends a row: its change kind, then the values in brackets.
pub(super) fn write_row(kind: &str, columns: &[Column<'_>], row: usize, out: &mut String) {
    out.push_str(kind);
    out.push('[');
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        column.write(row, out);
    }
    out.push(']');
}

impl Column<'_> {
    /// Appends the value at `row`.
    pub fn write(&self, row: usize, out: &mut String) {
        if self.array.is_null(row) {
            out.push_str("null");
            return;
        }
        match &self.values {
            Values::Null => out.push_str("null"),
            Values::Boolean(array) => out.push_str(if array.value(row) { "true" } else { "false" }),
            Values::TinyInt(array) => display(out, array.value(row)),
            Values::SmallInt(array) => display(out, array.value(row)),
            Values::Int(array) => display(out, array.value(row)),
            Values::BigInt(array) => display(out, array.value(row)),
            Values::Float(array) => out.push_str(array.as_string_view().value(row)),
            Values::Decimal(array, scale) => decimal(out, array.value(row), *scale),
            Values::Text(array) => out.push_str(array.value(row)),
            Values::Variant(array) => out.push_str(&shown_variant(array.value(row))),
            Values::Bytes(array) => {
                let bytes = array.value(row).iter().map(|b| b.cast_signed().to_string());
                out.push('[');
                out.push_str(&bytes.collect::<Vec<_>>().join(", "));
                out.push(']');
            }
            Values::Date(array) => date(out, array.value(row).into()),
            Values::Time(array) => time(out, i128::from(array.value(row)) * 1_000_000, false),
            Values::Micros(array, is_instant) => {
                timestamp(out, i128::from(array.value(row)) * NANOS_PER_MICRO, *is_instant);
            }
            Values::Nanos(array, is_instant) => timestamp(out, array.value(row), *is_instant),
            Values::List(offsets, elements) => {
                out.push('[');
                for (index, element) in span(offsets, row).enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    elements.write(element, out);
                }
                out.push(']');
            }
            Values::Map(offsets, keys, values) => {
                out.push('{');
                for (index, entry) in span(offsets, row).enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    keys.write(entry, out);
                    out.push('=');
                    values.write(entry, out);
                }
                out.push('}');
            }
            Values::Row(columns) => write_row("+I", columns, row, out),
        }
    }
}

fn span(offsets: &OffsetBuffer<i32>, row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| offsets.get(index).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    at(row)..at(row + 1)
}

fn display(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = write!(out, "{value}");
}

fn decimal(out: &mut String, unscaled: i128, scale: usize) {
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    if unscaled < 0 {
        out.push('-');
    }
    out.push_str(whole);
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
}

fn date(out: &mut String, days: i64) {
    let epoch = civil::date(1970, 1, 1);
    match epoch.checked_add(jiff::Span::new().try_days(days).unwrap_or_default()) {
        Ok(date) => {
            let _ = write!(out, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
        }
        Err(_) => display(out, days),
    }
}

/// Nanoseconds since 1970, as `LocalDateTime` (seconds left out when they are zero) or `Instant` shows them.
fn timestamp(out: &mut String, nanos: i128, is_instant: bool) {
    let seconds = nanos.div_euclid(NANOS_PER_MICRO * MICROS_PER_SECOND);
    let days = i64::try_from(seconds.div_euclid(86_400)).unwrap_or_default();
    date(out, days);
    out.push('T');
    time(out, nanos - i128::from(days) * 86_400 * NANOS_PER_MICRO * MICROS_PER_SECOND, is_instant);
    if is_instant {
        out.push('Z');
    }
}

/// Nanoseconds of a day. The fraction has three, six or nine digits.
fn time(out: &mut String, nanos: i128, always_seconds: bool) {
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{hours:02}:{minutes:02}");
    if seconds > 0 || fraction > 0 || always_seconds {
        let _ = write!(out, ":{seconds:02}");
    }
    let _ = if fraction == 0 {
        Ok(())
    } else if fraction % 1_000_000 == 0 {
        write!(out, ".{:03}", fraction / 1_000_000)
    } else if fraction % 1_000 == 0 {
        write!(out, ".{:06}", fraction / 1_000)
    } else {
        write!(out, ".{fraction:09}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_expr::Value;

    fn shown(value: Value, kind: Kind) -> String {
        let data_type = DataType::new(kind);
        let array = value.to_array(&data_type, 1).unwrap();
        let rendering = Rendering::new(&data_type).unwrap();
        let mut out = String::new();
        rendering.column(&array).unwrap().write(0, &mut out);
        out
    }

    #[test]
    fn values_look_as_in_flink() {
        let nanos = |text: &str| {
            let at: civil::DateTime = text.parse().unwrap();
            Value::Timestamp(at.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0)).as_nanos())
        };
        let stamp = |precision| Kind::Timestamp { precision };
        assert_eq!(shown(nanos("2024-01-01T00:00:00"), stamp(3)), "2024-01-01T00:00");
        assert_eq!(shown(nanos("2024-01-01T10:20:30.1234"), stamp(6)), "2024-01-01T10:20:30.123400");
        assert_eq!(shown(nanos("9999-12-31T10:20:30.1"), stamp(6)), "9999-12-31T10:20:30.100");
        assert_eq!(shown(nanos("0001-01-01T00:00:01"), stamp(3)), "0001-01-01T00:00:01");
        assert_eq!(shown(nanos("2024-01-01T00:00:00.000000001"), stamp(9)), "2024-01-01T00:00:00.000000001");
        let ltz = Kind::TimestampLtz { precision: 3 };
        assert_eq!(shown(nanos("2024-01-01T10:20:00"), ltz.clone()), "2024-01-01T10:20:00Z");
        assert_eq!(shown(nanos("2024-01-01T10:20:30.5"), ltz), "2024-01-01T10:20:30.500Z");
        assert_eq!(shown(Value::Time(37_200_000), Kind::Time { precision: 3 }), "10:20");
        assert_eq!(shown(Value::Time(37_230_120), Kind::Time { precision: 3 }), "10:20:30.120");
        assert_eq!(shown(Value::Date(-719_162), Kind::Date), "0001-01-01");
        let money = Kind::Decimal { precision: 10, scale: 2 };
        assert_eq!(shown(Value::Decimal(150), money.clone()), "1.50");
        assert_eq!(shown(Value::Decimal(-5), money), "-0.05");
        assert_eq!(shown(Value::Bytes([10, 255].into()), DataType::bytes().kind), "[10, -1]");
        assert_eq!(shown(Value::Null, Kind::Int), "null");
    }

    #[test]
    fn nested_values_look_as_in_flink() {
        let int = DataType::new(Kind::Int);
        let map = Kind::Map(DataType::string().into(), int.clone().into());
        let entries = vec![("k".into(), Value::Int(1)), ("l".into(), Value::Null)];
        assert_eq!(shown(Value::Map(entries), map), "{k=1, l=null}");
        let row = DataType::row([Field::new("x", int.clone()), Field::new("y", DataType::string())]);
        let one = Value::Row(vec![Value::Int(1), "a".into()]);
        assert_eq!(shown(one.clone(), row.kind.clone()), "+I[1, a]");
        assert_eq!(shown(Value::Array(vec![one, Value::Null]), Kind::Array(row.into())), "[+I[1, a], null]");
    }
}
