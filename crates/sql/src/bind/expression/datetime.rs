//! DATE, TIME and TIMESTAMP literals: the text between the quotes, read as Flink reads it.

use jiff::civil::{Date, DateTime, Time};
use millstream_expr::types::{Kind, MAX_TIME_PRECISION};
use millstream_expr::{Expr, Value};

use super::BindContext;
use crate::error::{Error, Result};
use crate::syntax::ast::{DatetimeKind, DatetimeLiteral};

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_MILLI: i32 = 1_000_000;

/// The literal as a constant of its type. The digits of a TIMESTAMP's fraction are the type's; a TIME keeps milliseconds, and no
/// digits in its type.
pub(super) fn bind(literal: &DatetimeLiteral, context: &BindContext) -> Result<Expr> {
    let text = literal.value.as_str();
    let malformed = |kind: &'static str, form: &'static str| {
        move || Error::invalid(format!("'{text}' is no {kind}; it is written like {kind} '{form}'"))
    };
    let (value, kind) = match literal.kind {
        DatetimeKind::Date => {
            let date = date(text).ok_or_else(malformed("DATE", "2024-01-31"))?;
            let days = date.duration_since(EPOCH).as_secs() / SECONDS_PER_DAY;
            (Value::Date(i32::try_from(days).map_err(|_| Error::internal("a date far away"))?), Kind::Date)
        }
        DatetimeKind::Time => {
            let (time, _) = time(text).ok_or_else(malformed("TIME", "12:30:00"))?;
            (Value::Time(milliseconds(time)), Kind::Time { precision: 0 })
        }
        DatetimeKind::Timestamp => {
            let (wall, precision) =
                timestamp(text).ok_or_else(malformed("TIMESTAMP", "2024-01-31 12:30:00.5"))?;
            let since = wall.duration_since(DateTime::from_parts(EPOCH, Time::midnight()));
            (Value::Timestamp(since.as_nanos()), Kind::Timestamp { precision })
        }
        DatetimeKind::TimestampLtz => {
            let name = "TIMESTAMP WITH LOCAL TIME ZONE";
            let (wall, precision) = timestamp(text).ok_or_else(malformed(name, "2024-01-31 12:30:00.5"))?;
            let nanos = context
                .time_zone
                .to_timestamp(wall)
                .map_err(|_| {
                    Error::invalid(format!("'{text}' is out of the range of the session's time zone"))
                })?
                .as_nanosecond();
            (Value::Timestamp(nanos), Kind::TimestampLtz { precision })
        }
        DatetimeKind::Datetime => {
            return Err(Error::unsupported(
                "DATETIME is not supported, in Flink neither; write TIMESTAMP '…'",
            ));
        }
    };
    Ok(Expr::literal(value, kind))
}

const EPOCH: Date = Date::constant(1970, 1, 1);

fn milliseconds(time: Time) -> i32 {
    let seconds = (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second());
    seconds * 1000 + time.subsec_nanosecond() / NANOS_PER_MILLI
}

/// `2024-1-31`; spaces may stand before each number.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = number(parts.next()?, 4)?;
    let month = i8::try_from(number(parts.next()?, 2)?).ok()?;
    let day = i8::try_from(number(parts.next()?, 2)?).ok()?;
    // Flink's years begin with 1.
    if year == 0 { None } else { Date::new(year, month, day).ok() }
}

/// `12:30:00.5`, and how many digits of a fraction count.
fn time(text: &str) -> Option<(Time, u8)> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.splitn(3, ':');
    let mut next = || i8::try_from(number(parts.next()?, 2)?).ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    if second == 60 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = fraction.get(..fraction.len().min(usize::from(MAX_TIME_PRECISION)))?;
    let nanos: i32 = format!("{kept:0<9}").parse().ok()?;
    Some((Time::new(hour, minute, second, nanos).ok()?, u8::try_from(kept.len()).ok()?))
}

/// `2024-01-31 12:30:00.5`, or a date alone for its midnight.
fn timestamp(text: &str) -> Option<(DateTime, u8)> {
    let text = text.trim_start();
    let Some((day, clock)) = text.split_once(' ') else {
        return Some((DateTime::from_parts(date(text)?, Time::midnight()), 0));
    };
    let (time, precision) = time(clock.trim_start())?;
    Some((DateTime::from_parts(date(day)?, time), precision))
}

fn number(text: &str, digits_max: usize) -> Option<i16> {
    let digits = text.trim_start();
    let fits = (1..=digits_max).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(kind: DatetimeKind, value: &str) -> String {
        let context = BindContext {
            time_zone: jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(1)),
            database: "d".into(),
            modules: [millstream_expr::functions::Module::Core].into(),
        };
        match bind(&DatetimeLiteral { kind, value: value.to_owned() }, &context) {
            Ok(expr) => format!("{:?} {}", expr.as_literal().unwrap(), expr.data_type.kind),
            Err(error) => error.message,
        }
    }

    #[test]
    fn literals_have_the_types_of_flink() {
        use DatetimeKind as K;
        assert_eq!(bound(K::Date, "1970-1-2"), "Date(1) DATE");
        assert_eq!(bound(K::Date, "0001-01-01"), "Date(-719162) DATE");
        assert_eq!(bound(K::Time, "1:2:3.1239"), "Time(3723123) TIME(0)");
        assert_eq!(bound(K::Timestamp, "1970-01-01"), "Timestamp(0) TIMESTAMP(0)");
        assert_eq!(bound(K::Timestamp, "1970-01-01  0:0:1.50"), "Timestamp(1500000000) TIMESTAMP(2)");
        assert_eq!(
            bound(K::Timestamp, "1970-01-01 00:00:00.1234567891"),
            "Timestamp(123456789) TIMESTAMP(9)"
        );
        assert_eq!(bound(K::Timestamp, "1969-12-31 23:59:59.9"), "Timestamp(-100000000) TIMESTAMP(1)");
        assert_eq!(bound(K::TimestampLtz, "1970-01-01 01:00:00.5"), "Timestamp(500000000) TIMESTAMP_LTZ(1)");
        assert_eq!(
            bound(K::TimestampLtz, "1969-12-31 00:00:00.5"),
            "Timestamp(-89999500000000) TIMESTAMP_LTZ(1)"
        );
    }

    #[test]
    fn other_forms_are_refused() {
        use DatetimeKind as K;
        let form = "'2020-02-30' is no DATE; it is written like DATE '2024-01-31'";
        assert_eq!(bound(K::Date, "2020-02-30"), form);
        for wrong in [
            "2020-13-01",
            "0000-01-01",
            "2020/01/01",
            "-2020-01-01",
            "2020-01-01 00:00:00",
            "12020-01-01",
            "",
        ] {
            assert!(bound(K::Date, wrong).contains("is no DATE"), "{wrong}");
        }
        for wrong in ["10:00", "25:00:00", "10:00:60", "10:00:00Z"] {
            assert!(bound(K::Time, wrong).contains("is no TIME"), "{wrong}");
        }
        for wrong in
            ["2020-01-01 10:00", "2020-01-01T10:00:00", "2020-01-01 10:00:00 ", "2020-01-01 24:00:00"]
        {
            assert!(bound(K::Timestamp, wrong).contains("is no TIMESTAMP"), "{wrong}");
        }
    }
}
