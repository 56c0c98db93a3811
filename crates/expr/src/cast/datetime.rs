//! Between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Time32MillisecondType, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, PrimitiveArray};

use super::{Conversion, misfit};
use crate::error::Result;
use crate::types::{DataType, Kind, MICRO_PRECISION};
use crate::zone::Zone;

const MICROS_PER_MILLI: i64 = 1_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// A point of time: microseconds since 1970-01-01 00:00:00, and nanoseconds beyond.
#[derive(Clone, Copy)]
struct Moment {
    micros: i64,
    nanos: i64,
}

/// Between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; `None` for other types.
pub(super) fn conversion(from: &DataType, to: &DataType, zone: &Zone) -> Option<Conversion> {
    let zoned = |t: &DataType| matches!(t.kind, Kind::TimestampLtz { .. });
    let precision = |t: &DataType| match t.kind {
        Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => Some(precision),
        _ => None,
    };
    let (from_zoned, to_zoned, zone) = (zoned(from), zoned(to), zone.clone());
    // Date and time of day are those of the wall clock; so what has a zone goes through it.
    let shifted = move |moment: Moment| match (from_zoned, to_zoned) {
        (true, false) => Moment { micros: zone.to_local(moment.micros), ..moment },
        (false, true) => Moment { micros: zone.to_instant(moment.micros), ..moment },
        _ => moment,
    };
    Some(match (&from.kind, &to.kind) {
        (Kind::Date, _) => {
            let write = writer(to, precision(to)?);
            Conversion::sure(cost(from_zoned, to_zoned), move |array| {
                let days = array.as_primitive_opt::<Date32Type>().ok_or_else(|| misfit(array))?;
                write(array, &|row| {
                    let millis = i64::from(days.value(row)) * MILLIS_PER_DAY;
                    shifted(Moment { micros: millis * MICROS_PER_MILLI, nanos: 0 })
                })
            })
        }
        (Kind::Time { .. }, _) => {
            let write = writer(to, precision(to)?);
            Conversion::sure(cost(from_zoned, to_zoned), move |array| {
                let times = array.as_primitive_opt::<Time32MillisecondType>().ok_or_else(|| misfit(array))?;
                write(array, &|row| {
                    shifted(Moment { micros: i64::from(times.value(row)) * MICROS_PER_MILLI, nanos: 0 })
                })
            })
        }
        (Kind::Timestamp { .. } | Kind::TimestampLtz { .. }, Kind::Date) => {
            let read = reader(precision(from)?);
            Conversion::sure(cost(from_zoned, to_zoned), move |array| {
                let moments = read(array)?;
                let days = |row| to_days(millis(shifted(moments(row))), from_zoned);
                Ok(Arc::new(each::<Date32Type>(array, days)))
            })
        }
        (Kind::Timestamp { .. } | Kind::TimestampLtz { .. }, Kind::Time { .. }) => {
            let read = reader(precision(from)?);
            Conversion::sure(cost(from_zoned, to_zoned), move |array| {
                let moments = read(array)?;
                let time = |row| {
                    i32::try_from(millis(shifted(moments(row))).rem_euclid(MILLIS_PER_DAY)).unwrap_or(0)
                };
                Ok(Arc::new(each::<Time32MillisecondType>(array, time)))
            })
        }
        _ => {
            let (p, q) = (precision(from)?, precision(to)?);
            let (read, write) = (reader(p), writer(to, q));
            let cut = q < p;
            Conversion::sure(cost(from_zoned, to_zoned), move |array| {
                let moments = read(array)?;
                write(array, &|row| {
                    let moment = shifted(moments(row));
                    if cut { truncated(moment, q) } else { moment }
                })
            })
        }
    })
}

fn cost(from_zoned: bool, to_zoned: bool) -> u32 {
    if from_zoned == to_zoned { 4 } else { 40 }
}

fn millis(moment: Moment) -> i64 {
    moment.micros.div_euclid(MICROS_PER_MILLI)
}

/// The day of a moment. Flink divides the milliseconds of a TIMESTAMP towards zero, so before 1970 all but
/// midnight belongs to the next day; a TIMESTAMP_LTZ it takes apart properly.
fn to_days(millis: i64, floored: bool) -> i32 {
    let days = if floored { millis.div_euclid(MILLIS_PER_DAY) } else { millis / MILLIS_PER_DAY };
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// The moment with `precision` fractional digits. Down to milliseconds it is cut towards zero, finer ones downwards:
/// so Flink does it.
fn truncated(moment: Moment, precision: u8) -> Moment {
    let power = |n: u8| 10_i64.pow(u32::from(n));
    match precision {
        0..=3 => {
            let millis = millis(moment);
            let unit = power(3 - precision);
            Moment { micros: millis / unit * unit * MICROS_PER_MILLI, nanos: 0 }
        }
        4..=6 => {
            let unit = power(6 - precision);
            Moment { micros: moment.micros.div_euclid(unit) * unit, nanos: 0 }
        }
        _ => {
            let unit = power(9_u8.saturating_sub(precision));
            Moment { micros: moment.micros, nanos: moment.nanos / unit * unit }
        }
    }
}

/// Reads the moments of a column by row.
type Reader = fn(&ArrayRef) -> Result<Box<dyn Fn(usize) -> Moment + '_>>;

fn reader(precision: u8) -> Reader {
    if precision <= MICRO_PRECISION {
        |array| {
            let array = array.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| misfit(array))?;
            Ok(Box::new(|row| Moment { micros: array.value(row), nanos: 0 }))
        }
    } else {
        |array| {
            let array = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| misfit(array))?;
            Ok(Box::new(|row| {
                let nanos = array.value(row);
                Moment {
                    micros: i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX),
                    nanos: i64::try_from(nanos.rem_euclid(1_000)).unwrap_or(0),
                }
            }))
        }
    }
}

/// Writes a column of moments, NULL where the input is.
type Writer = Box<dyn Fn(&ArrayRef, &dyn Fn(usize) -> Moment) -> Result<ArrayRef> + Send + Sync>;

fn writer(to: &DataType, precision: u8) -> Writer {
    let physical = to.physical();
    if precision <= MICRO_PRECISION {
        Box::new(|input, moment| {
            Ok(Arc::new(each::<TimestampMicrosecondType>(input, |row| moment(row).micros)))
        })
    } else {
        Box::new(move |input, moment| {
            let nanos = |row| {
                let moment = moment(row);
                i128::from(moment.micros) * 1_000 + i128::from(moment.nanos)
            };
            Ok(Arc::new(each::<Decimal128Type>(input, nanos).with_data_type(physical.clone())))
        })
    }
}

/// A column of `value` for each row that is not NULL.
fn each<T: arrow_array::ArrowPrimitiveType>(
    input: &ArrayRef,
    value: impl Fn(usize) -> T::Native,
) -> PrimitiveArray<T> {
    let nulls = input.nulls();
    let values = (0..input.len()).map(|row| match nulls {
        Some(nulls) if nulls.is_null(row) => T::Native::default(),
        _ => value(row),
    });
    PrimitiveArray::new(values.collect(), nulls.cloned())
}
