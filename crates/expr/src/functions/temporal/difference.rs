//! TIMESTAMPDIFF, and differences as intervals.

use arrow_array::types::{Date32Type, Int32Type, Int64Type, Time32MillisecondType};

use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY, MILLIS_PER_SECOND, Unit};
use crate::error::{Error, Result};
use crate::functions::arithmetic::add_months;
use crate::functions::kernel::{Input, Instant, Stamp, Str, map};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::{DataType, IntervalField, IntervalResolution, Kind};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "TIMESTAMPDIFF",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["TIMESTAMPDIFF(unit, from, to)"],
        summary: "How many whole units lie between two dates or timestamps; negative where the second one is earlier. A \
                  TIMESTAMP_LTZ is compared with another one only. Fractions of milliseconds do not count.",
        examples: &[
            Example(
                "TIMESTAMPDIFF(DAY, TIMESTAMP '2003-01-02 10:00:00', TIMESTAMP '2003-01-03 10:00:00')",
                "1",
            ),
            Example("TIMESTAMPDIFF(MONTH, DATE '2019-09-01', DATE '2016-08-01')", "-37"),
        ],
        determinism: Determinism::Pure,
        resolve,
    },
    Function {
        name: "MINUS AS INTERVAL",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["(time1 - time2) unit"],
        summary: "The time from time2 to time1 as an interval: of whole months where the unit is one of years or months, of milliseconds \
                  where it is one of days or less. Both sides are dates, timestamps, or instants (TIMESTAMP_LTZ).",
        examples: &[
            Example("(DATE '2024-03-01' - DATE '2024-01-31') MONTH", "+0-01"),
            Example(
                "(TIMESTAMP '2024-03-01 12:00:00' - TIMESTAMP '2024-02-28 00:00:00') DAY TO SECOND",
                "+2 12:00:00.000",
            ),
        ],
        determinism: Determinism::Pure,
        resolve: minus,
    },
];

/// The milliseconds between two of a kind; months are counted by TIMESTAMPDIFF.
fn minus(call: &Arguments<'_>) -> Result<Overload> {
    let [a, b] = call.types else { return no_overload() };
    let field = IntervalField { resolution: IntervalResolution::Second, precision: 2, fraction: 3 };
    let signature = Signature::of(call.types.to_vec()).returns(Kind::IntervalDayTime(field));
    match (&a.kind, &b.kind) {
        (Kind::Date, Kind::Date) => signature
            .kernel(|_| Ok(map::<(Date32Type, Date32Type), Int64Type, _>(|(a, b)| of_date(a) - of_date(b)))),
        (Kind::Timestamp { .. }, Kind::Timestamp { .. })
        | (Kind::TimestampLtz { .. }, Kind::TimestampLtz { .. }) => signature.kernel(|_| {
            Ok(map::<(Stamp, Stamp), Int64Type, _>(|(a, b)| of_stamp(a).wrapping_sub(of_stamp(b))))
        }),
        _ => no_overload(),
    }
}

fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let [_, from, to] = call.types else { return no_overload() };
    let unit = Unit::argument(call, 0)?;
    let count = match (unit, unit.months(), unit.millis()) {
        // Flink counts years where it is asked for decades or years of weeks.
        (Unit::Decade | Unit::IsoYear, ..) => Count::Months(12),
        (_, Some(months), _) => Count::Months(months),
        (Unit::Epoch, ..) => Count::Seconds(1),
        (Unit::Week, ..) => Count::Weeks,
        // Flink takes days of the week and of the year for days.
        (Unit::DayOfWeek | Unit::IsoDayOfWeek | Unit::DayOfYear, ..) => Count::Millis(MILLIS_PER_DAY),
        (Unit::Millisecond, ..) => Count::Seconds(1_000),
        (Unit::Microsecond, ..) => Count::Seconds(1_000_000),
        (Unit::Nanosecond, ..) => Count::Seconds(1_000_000_000),
        (_, _, Some(millis)) => Count::Millis(millis),
        _ => return Err(Error::invalid(format!("TIMESTAMPDIFF does not count in {unit:?}").to_uppercase())),
    };
    let local = |given: &DataType| matches!(given.kind, Kind::TimestampLtz { .. });
    if local(from) != local(to) && from.kind != Kind::Null && to.kind != Kind::Null {
        return Err(Error::invalid("a TIMESTAMP_LTZ is compared with another one only; cast one of the two"));
    }
    let (from, to) = (moment(from, to, count)?, moment(to, from, count)?);
    let both_dates = from.kind == Kind::Date && to.kind == Kind::Date;
    let signature = Signature::of(vec![DataType::not_null(STRING), from.clone(), to.clone()]);
    if unit == Unit::Nanosecond {
        return signature.returns(Kind::BigInt).kernel(move |_| nanos_kernel(&from.kind, &to.kind, count));
    }
    signature.returns(Kind::Int).kernel(move |_| {
        if both_dates {
            return Ok(map::<(Str, Date32Type, Date32Type), Int32Type, _>(move |(_, from, to)| {
                count.of_dates(from, to)
            }));
        }
        Ok(match (&from.kind, &to.kind) {
            (Kind::Date, _) => to_kernel::<Date32Type>(&to.kind, count, of_date, of_time),
            (Kind::Time { .. }, Kind::Date | Kind::Time { .. }) => {
                to_kernel::<Time32MillisecondType>(&to.kind, count, of_time, of_time)
            }
            (Kind::Time { .. }, _) => {
                to_kernel::<Time32MillisecondType>(&to.kind, count, i64::from, i64::from)
            }
            _ => to_kernel::<Stamp>(&to.kind, count, of_stamp, i64::from),
        })
    })
}

/// What a side is cast to: a bare NULL to the type of the other one.
fn moment(given: &DataType, other: &DataType, count: Count) -> Result<DataType> {
    match (&given.kind, &other.kind) {
        (Kind::Null, Kind::Null) => Ok(DataType::new(Kind::Date)),
        (Kind::Null, other) => Ok(DataType::new(other.clone())),
        (Kind::Date | Kind::Timestamp { .. } | Kind::TimestampLtz { .. }, _) => Ok(given.clone()),
        // Flink counts months from times of day, too.
        (Kind::Time { .. }, _) if matches!(count, Count::Months(_)) => Ok(given.clone()),
        _ => no_overload(),
    }
}

fn of_date(days: i32) -> i64 {
    i64::from(days) * MILLIS_PER_DAY
}

/// Beside a DATE or another TIME, Flink takes the milliseconds of a TIME for days.
fn of_time(millis: i32) -> i64 {
    of_date(millis)
}

fn of_stamp(instant: Instant) -> i64 {
    instant.micros.div_euclid(MICROS_PER_MILLI)
}

/// The kernel for a `from` of this input, by the type of the other side.
fn to_kernel<From: Input>(
    to: &Kind,
    count: Count,
    from_millis: fn(From::Item<'_>) -> i64,
    to_time: fn(i32) -> i64,
) -> Kernel {
    match to {
        Kind::Date => map::<(Str, From, Date32Type), Int32Type, _>(move |(_, from, to)| {
            count.of_millis(from_millis(from), of_date(to))
        }),
        Kind::Time { .. } => map::<(Str, From, Time32MillisecondType), Int32Type, _>(move |(_, from, to)| {
            count.of_millis(from_millis(from), to_time(to))
        }),
        _ => map::<(Str, From, Stamp), Int32Type, _>(move |(_, from, to)| {
            count.of_millis(from_millis(from), of_stamp(to))
        }),
    }
}

/// The kernel for nanoseconds, the only unit whose count is a BIGINT.
fn nanos_kernel(from: &Kind, to: &Kind, count: Count) -> Result<Kernel> {
    macro_rules! kernel {
        ($from:ty, $from_millis:expr, $to:ty, $to_millis:expr) => {
            map::<(Str, $from, $to), Int64Type, _>(move |(_, from, to)| {
                count.of($from_millis(from), $to_millis(to))
            })
        };
    }
    Ok(match (from, to) {
        (Kind::Date, Kind::Date) => kernel!(Date32Type, of_date, Date32Type, of_date),
        (Kind::Date, _) => kernel!(Date32Type, of_date, Stamp, of_stamp),
        (_, Kind::Date) => kernel!(Stamp, of_stamp, Date32Type, of_date),
        _ => kernel!(Stamp, of_stamp, Stamp, of_stamp),
    })
}

const SECONDS_PER_WEEK: i64 = 7 * MILLIS_PER_DAY / MILLIS_PER_SECOND;

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Count {
    Months(i32),
    Millis(i64),
    /// Whole seconds, and what they are multiplied by: Flink cuts to seconds first.
    Seconds(i64),
    /// Of seconds, of which Flink keeps the low 32 bits.
    Weeks,
}

impl Count {
    fn of_dates(self, from: i32, to: i32) -> i32 {
        match self {
            Self::Months(months) => months_between(from, to) / months,
            Self::Millis(_) | Self::Seconds(_) | Self::Weeks => self.of_millis(of_date(from), of_date(to)),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "Flink keeps the low 32 bits")]
    fn of_millis(self, from: i64, to: i64) -> i32 {
        self.of(from, to) as i32
    }

    #[allow(clippy::cast_possible_truncation, reason = "the days of 64-bit microseconds fit")]
    fn of(self, from: i64, to: i64) -> i64 {
        match self {
            Self::Millis(millis) => to.wrapping_sub(from) / millis,
            Self::Seconds(factor) => (to.wrapping_sub(from) / MILLIS_PER_SECOND).wrapping_mul(factor),
            Self::Weeks => i64::from((to.wrapping_sub(from) / MILLIS_PER_SECOND) as i32) / SECONDS_PER_WEEK,
            Self::Months(months) => {
                let day = |millis: i64| millis.div_euclid(MILLIS_PER_DAY) as i32;
                let (from_day, to_day) = (day(from), day(to));
                let between = months_between(from_day, to_day);
                // The last month is not whole where its last day is reached but not its time of day.
                let short = add_months(from_day, between) == to_day
                    && to.rem_euclid(MILLIS_PER_DAY) < from.rem_euclid(MILLIS_PER_DAY);
                i64::from((between - i32::from(short)) / months)
            }
        }
    }
}

/// The greatest number of months that, added to the earlier day, do not lead beyond the later one.
fn months_between(from: i32, to: i32) -> i32 {
    if to < from {
        return -months_between(to, from);
    }
    // No month has more than 31 days: the estimate is not too high.
    let mut months = to.saturating_sub(from) / 31;
    while add_months(from, months + 1) <= to {
        months += 1;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::calendar::Date;

    #[test]
    fn months_are_whole() {
        let day = |year, month, day| Date { year, month, day }.to_days();
        assert_eq!(months_between(day(2020, 1, 31), day(2020, 2, 29)), 1);
        assert_eq!(months_between(day(2020, 3, 31), day(2020, 2, 29)), -1);
        assert_eq!(months_between(day(2019, 9, 1), day(2016, 8, 1)), -37);
        assert_eq!(months_between(day(1, 1, 1), day(9999, 12, 31)), 119_987);
        let second = i64::from(day(2019, 9, 1)) * MILLIS_PER_DAY + 1_000;
        assert_eq!(Count::Months(12).of_millis(second, i64::from(day(2020, 9, 1)) * MILLIS_PER_DAY), 0);
    }
}
