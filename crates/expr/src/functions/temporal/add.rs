//! TIMESTAMPADD.

use arrow_array::types::{Date32Type, Int64Type, Time32MillisecondType};

use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY, Unit};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::arithmetic::add_months;
use crate::functions::kernel::{Instant, Micros, Nanos, Stamp, Str, map};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::types::{DataType, Kind, MICRO_PRECISION};

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "TIMESTAMPADD",
    aliases: &[],
    category: Category::Temporal,
    signatures: &["TIMESTAMPADD(unit, count, datetime)"],
    summary: "The date, time or timestamp moved by so many units, backwards where the count is negative. Where a month is too \
              short, its last day is taken. A DATE moved by hours or less becomes a TIMESTAMP(6); a TIME goes round the clock, \
              and longer units leave it as it is.",
    examples: &[
        Example("TIMESTAMPADD(WEEK, 1, DATE '2003-01-02')", "2003-01-09"),
        Example("TIMESTAMPADD(MONTH, 1, DATE '2020-01-31')", "2020-02-29"),
        Example("TIMESTAMPADD(HOUR, 1, TIME '23:30:00')", "00:30:00"),
    ],
    determinism: Determinism::Pure,
    resolve,
}];

fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let [_, count, given] = call.types else { return no_overload() };
    if !(count.kind.is_integer() || count.kind == Kind::Null) {
        return no_overload();
    }
    let unit = Unit::argument(call, 0)?;
    let step = match (unit.months(), unit.millis()) {
        // Flink takes years of weeks for years.
        _ if unit == Unit::IsoYear => Step::Months(12),
        (Some(months), _) => Step::Months(months),
        (_, Some(millis)) => Step::Millis(millis),
        _ if matches!(unit, Unit::Microsecond | Unit::Nanosecond) => {
            return Err(Error::unsupported(format!(
                "TIMESTAMPADD counts in milliseconds at the finest, not in {}S, as in Flink",
                format!("{unit:?}").to_uppercase()
            )));
        }
        // Days of the week and of the year, and seconds since 1970, are no units: Flink's answer is always NULL.
        _ => return nothing(call, given),
    };
    let count = DataType { kind: Kind::BigInt, nullable: count.nullable };
    let signature = Signature::of(vec![DataType::not_null(STRING), count, given.clone()]);
    match &given.kind {
        Kind::Date if unit == Unit::Millisecond => no_overload(),
        Kind::Date if matches!(step, Step::Millis(millis) if millis < MILLIS_PER_DAY) => {
            signature.returns(Kind::Timestamp { precision: MICRO_PRECISION }).kernel(move |_| {
                Ok(map::<(Str, Int64Type, Date32Type), Micros, _>(move |(_, count, days)| {
                    step.instant(
                        Instant { micros: i64::from(days) * MILLIS_PER_DAY * MICROS_PER_MILLI, nanos: 0 },
                        count,
                    )
                }))
            })
        }
        Kind::Date => signature.returns(Kind::Date).kernel(move |_| {
            Ok(map::<(Str, Int64Type, Date32Type), Date32Type, _>(move |(_, count, days)| {
                step.days(days, count)
            }))
        }),
        Kind::Time { .. } => signature.returns(given.kind.clone()).kernel(move |_| {
            Ok(map::<(Str, Int64Type, Time32MillisecondType), Time32MillisecondType, _>(
                move |(_, count, time)| step.time(time, count),
            ))
        }),
        Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
            let micro = *precision <= MICRO_PRECISION;
            // Milliseconds must have a place to stand.
            let returns = match (&given.kind, unit) {
                (Kind::Timestamp { precision }, Unit::Millisecond) => {
                    Kind::Timestamp { precision: 3.max(*precision) }
                }
                (Kind::TimestampLtz { precision }, Unit::Millisecond) => {
                    Kind::TimestampLtz { precision: 3.max(*precision) }
                }
                (kind, _) => kind.clone(),
            };
            signature.returns(returns).kernel(move |_| {
                Ok(match micro {
                    true => map::<(Str, Int64Type, Stamp), Micros, _>(move |(_, count, at)| {
                        step.instant(at, count)
                    }),
                    false => map::<(Str, Int64Type, Stamp), Nanos, _>(move |(_, count, at)| {
                        step.instant(at, count)
                    }),
                })
            })
        }
        _ => no_overload(),
    }
}

/// NULL for every row.
fn nothing(call: &Arguments<'_>, given: &DataType) -> Result<Overload> {
    if !given.kind.is_datetime() {
        return no_overload();
    }
    let returns = DataType { kind: given.kind.clone(), nullable: true };
    Signature::of(call.types.to_vec()).returns_type(returns).kernel(|arguments| {
        let physical = arguments.returns.physical();
        Ok(Box::new(move |_, _, _| Ok(Column::null(&physical))))
    })
}

/// What one unit moves a value by.
#[derive(Clone, Copy, Debug)]
enum Step {
    Months(i32),
    Millis(i64),
}

impl Step {
    /// So many times the unit, in months or milliseconds; what leaves the range of the type wraps, as in Flink.
    #[allow(clippy::cast_possible_truncation, reason = "Flink counts months in 32 bits")]
    fn times(self, count: i64) -> i64 {
        match self {
            Self::Months(months) => i64::from((i64::from(months)).wrapping_mul(count) as i32),
            Self::Millis(millis) => millis.wrapping_mul(count),
        }
    }

    fn days(self, days: i32, count: i64) -> Option<i32> {
        match self {
            Self::Months(_) => Some(add_months(days, i32::try_from(self.times(count)).ok()?)),
            Self::Millis(_) => {
                i32::try_from(i64::from(days).wrapping_add(self.times(count) / MILLIS_PER_DAY)).ok()
            }
        }
    }

    fn time(self, time: i32, count: i64) -> Option<i32> {
        match self {
            Self::Months(_) => Some(time),
            Self::Millis(_) => i32::try_from(
                (i64::from(time) + self.times(count) % MILLIS_PER_DAY).rem_euclid(MILLIS_PER_DAY),
            )
            .ok(),
        }
    }

    fn instant(self, instant: Instant, count: i64) -> Option<Instant> {
        let micros = match self {
            Self::Months(_) => {
                let day = MILLIS_PER_DAY * MICROS_PER_MILLI;
                let days = i32::try_from(instant.micros.div_euclid(day)).ok()?;
                i64::from(self.days(days, count)?) * day + instant.micros.rem_euclid(day)
            }
            Self::Millis(_) => {
                instant.micros.saturating_add(self.times(count).saturating_mul(MICROS_PER_MILLI))
            }
        };
        Some(Instant { micros, ..instant })
    }
}
