//! Units of time, as the binder names them.

use crate::error::{Error, Result};
use crate::functions::Arguments;
use crate::value::Value;

pub(super) const MILLIS_PER_SECOND: i64 = 1_000;
pub(super) const MILLIS_PER_MINUTE: i64 = 60 * MILLIS_PER_SECOND;
pub(super) const MILLIS_PER_HOUR: i64 = 60 * MILLIS_PER_MINUTE;
pub(super) const MILLIS_PER_DAY: i64 = 24 * MILLIS_PER_HOUR;
pub(super) const MICROS_PER_MILLI: i64 = 1_000;

/// A unit of time, or a part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millennium,
    Century,
    Decade,
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    IsoYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    Epoch,
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "MILLENNIUM" => Self::Millennium,
            "CENTURY" => Self::Century,
            "DECADE" => Self::Decade,
            "YEAR" => Self::Year,
            "QUARTER" => Self::Quarter,
            "MONTH" => Self::Month,
            "WEEK" => Self::Week,
            "DAY" => Self::Day,
            "DOW" => Self::DayOfWeek,
            "ISODOW" => Self::IsoDayOfWeek,
            "DOY" => Self::DayOfYear,
            "ISOYEAR" => Self::IsoYear,
            "HOUR" => Self::Hour,
            "MINUTE" => Self::Minute,
            "SECOND" => Self::Second,
            "MILLISECOND" => Self::Millisecond,
            "MICROSECOND" => Self::Microsecond,
            "NANOSECOND" => Self::Nanosecond,
            "EPOCH" => Self::Epoch,
            _ => return None,
        })
    }

    /// The unit that the constant argument `index` of a call names.
    pub(super) fn argument(call: &Arguments<'_>, index: usize) -> Result<Self> {
        match call.literals.get(index) {
            Some(Some(Value::String(name))) => {
                Self::named(name).ok_or_else(|| Error::invalid(format!("'{name}' is no unit of time")))
            }
            _ => Err(Error::invalid("a unit of time such as DAY is needed here")),
        }
    }

    /// How many months it has, if it is made of months.
    pub(super) fn months(self) -> Option<i32> {
        Some(match self {
            Self::Millennium => 12_000,
            Self::Century => 1_200,
            Self::Decade => 120,
            Self::Year => 12,
            Self::Quarter => 3,
            Self::Month => 1,
            _ => return None,
        })
    }

    /// How many milliseconds it has, if it always has as many, and not less than one.
    pub(super) fn millis(self) -> Option<i64> {
        Some(match self {
            Self::Week => 7 * MILLIS_PER_DAY,
            Self::Day => MILLIS_PER_DAY,
            Self::Hour => MILLIS_PER_HOUR,
            Self::Minute => MILLIS_PER_MINUTE,
            Self::Second => MILLIS_PER_SECOND,
            Self::Millisecond => 1,
            _ => return None,
        })
    }
}
