//! Constants as SQL text.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use millstream_expr::{DataType, Kind, Value};

use crate::catalog::text_literal;

/// Elements of a nested constant, or characters of a string, that are printed at the most.
const SHOWN_MAX: usize = 100;

/// The constant as it could be written, as far as SQL has a way to write it.
pub(super) fn literal_text(value: &Value, data_type: &DataType) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(true) => "TRUE".to_owned(),
        Value::Boolean(false) => "FALSE".to_owned(),
        Value::TinyInt(n) => n.to_string(),
        Value::SmallInt(n) => n.to_string(),
        Value::Int(n) => n.to_string(),
        Value::BigInt(n) => n.to_string(),
        Value::Float(n) => format!("{n:E}"),
        Value::Double(n) => format!("{n:E}"),
        Value::Decimal(unscaled) => match data_type.kind {
            Kind::Decimal { scale, .. } => decimal(*unscaled, scale),
            _ => unscaled.to_string(),
        },
        Value::String(text) => {
            let mut shown: String = text.chars().take(SHOWN_MAX).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            text_literal(&shown)
        }
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().take(SHOWN_MAX).map(|byte| format!("{byte:02X}")).collect();
            format!("X'{hex}{}'", if bytes.len() > SHOWN_MAX { "…" } else { "" })
        }
        Value::Date(days) => date(*days).map_or_else(|| days.to_string(), |date| format!("DATE '{date}'")),
        Value::Time(millis) => {
            let time = Time::midnight().wrapping_add(SignedDuration::from_millis(i64::from(*millis)));
            format!("TIME '{time}'")
        }
        Value::Timestamp(nanos) => {
            let name = if matches!(data_type.kind, Kind::TimestampLtz { .. }) {
                "TIMESTAMP_LTZ"
            } else {
                "TIMESTAMP"
            };
            timestamp(*nanos)
                .map_or_else(|| nanos.to_string(), |t| format!("{name} '{} {}'", t.date(), t.time()))
        }
        Value::Months(months) => format!("INTERVAL '{months}' MONTH"),
        Value::Milliseconds(millis) => {
            let sign = if *millis < 0 { "-" } else { "" };
            let millis = millis.unsigned_abs();
            format!("INTERVAL '{sign}{}.{:03}' SECOND", millis / 1000, millis % 1000)
        }
        Value::Array(elements) => {
            let element_type = match &data_type.kind {
                Kind::Array(element) => element,
                _ => data_type,
            };
            format!("ARRAY[{}]", list(elements.iter().map(|e| literal_text(e, element_type))))
        }
        Value::Map(entries) => {
            let (key_type, value_type) = match &data_type.kind {
                Kind::Map(key, value) => (key.as_ref(), value.as_ref()),
                _ => (data_type, data_type),
            };
            let entry = |(k, v): &(Value, Value)| {
                format!("{}, {}", literal_text(k, key_type), literal_text(v, value_type))
            };
            format!("MAP[{}]", list(entries.iter().map(entry)))
        }
        Value::Row(values) => {
            let text = match &data_type.kind {
                Kind::Row(fields) => {
                    list(values.iter().zip(fields.iter()).map(|(v, f)| literal_text(v, &f.data_type)))
                }
                _ => list(values.iter().map(|v| literal_text(v, data_type))),
            };
            format!("ROW({text})")
        }
    }
}

fn list(parts: impl Iterator<Item = String>) -> String {
    let mut shown: Vec<String> = parts.take(SHOWN_MAX + 1).collect();
    if shown.len() > SHOWN_MAX {
        shown.truncate(SHOWN_MAX);
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn decimal(unscaled: i128, scale: u8) -> String {
    if scale == 0 {
        return unscaled.to_string();
    }
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if unscaled < 0 { "-" } else { "" })
}

fn date(days: i32) -> Option<Date> {
    let epoch = Date::constant(1970, 1, 1);
    epoch.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).ok()
}

fn timestamp(nanos: i128) -> Option<DateTime> {
    let timestamp = jiff::Timestamp::from_nanosecond(nanos).ok()?;
    Some(Offset::UTC.to_datetime(timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_print_as_sql() {
        let text = |value, kind| literal_text(&value, &DataType::new(kind));
        assert_eq!(text(Value::from("it's"), Kind::VarChar { length: 9 }), "'it''s'");
        assert_eq!(text(Value::Decimal(-5), Kind::Decimal { precision: 3, scale: 2 }), "-0.05");
        assert_eq!(text(Value::Date(-1), Kind::Date), "DATE '1969-12-31'");
        assert_eq!(text(Value::Time(45_296_789), Kind::Time { precision: 3 }), "TIME '12:34:56.789'");
        let nanos = 1_700_000_000_123_000_000;
        assert_eq!(
            text(Value::Timestamp(nanos), Kind::Timestamp { precision: 3 }),
            "TIMESTAMP '2023-11-14 22:13:20.123'"
        );
        let second = millstream_expr::types::IntervalField {
            resolution: millstream_expr::types::IntervalResolution::Second,
            precision: 2,
            fraction: 3,
        };
        assert_eq!(
            text(Value::Milliseconds(-1500), Kind::IntervalDayTime(second)),
            "INTERVAL '-1.500' SECOND"
        );
        assert_eq!(text(Value::Double(1500.0), Kind::Double), "1.5E3");
    }
}
