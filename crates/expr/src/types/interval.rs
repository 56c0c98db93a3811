//! The units in which intervals are written.

use super::{DataType, Field, IntervalField, IntervalResolution, Kind};

/// A field of an interval, from the longest to the shortest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the meaning")]
pub enum IntervalUnit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl IntervalResolution {
    /// The longest unit.
    pub fn from(self) -> IntervalUnit {
        use IntervalUnit::{Day, Hour, Minute, Month, Second, Year};
        match self {
            Self::Year | Self::YearToMonth => Year,
            Self::Month => Month,
            Self::Day | Self::DayToHour | Self::DayToMinute | Self::DayToSecond => Day,
            Self::Hour | Self::HourToMinute | Self::HourToSecond => Hour,
            Self::Minute | Self::MinuteToSecond => Minute,
            Self::Second => Second,
        }
    }

    /// The shortest unit.
    pub fn to(self) -> IntervalUnit {
        use IntervalUnit::{Day, Hour, Minute, Month, Second, Year};
        match self {
            Self::Year => Year,
            Self::YearToMonth | Self::Month => Month,
            Self::Day => Day,
            Self::DayToHour | Self::Hour => Hour,
            Self::DayToMinute | Self::HourToMinute | Self::Minute => Minute,
            Self::DayToSecond | Self::HourToSecond | Self::MinuteToSecond | Self::Second => Second,
        }
    }

    /// The resolution with these ends; none where they are of different families or the wrong way round.
    pub fn between(from: IntervalUnit, to: IntervalUnit) -> Option<Self> {
        use IntervalUnit::{Day, Hour, Minute, Month, Second, Year};
        Some(match (from, to) {
            (Year, Year) => Self::Year,
            (Year, Month) => Self::YearToMonth,
            (Month, Month) => Self::Month,
            (Day, Day) => Self::Day,
            (Day, Hour) => Self::DayToHour,
            (Day, Minute) => Self::DayToMinute,
            (Day, Second) => Self::DayToSecond,
            (Hour, Hour) => Self::Hour,
            (Hour, Minute) => Self::HourToMinute,
            (Hour, Second) => Self::HourToSecond,
            (Minute, Minute) => Self::Minute,
            (Minute, Second) => Self::MinuteToSecond,
            (Second, Second) => Self::Second,
            _ => return None,
        })
    }
}

impl DataType {
    /// The type as a query's result shows it: Flink's planner gives every interval out as MONTH or SECOND(3), and
    /// every TIME as TIME(0).
    #[must_use]
    pub fn as_result(&self) -> Self {
        let interval = |resolution| IntervalField { resolution, precision: 2, fraction: 3 };
        let kind = match &self.kind {
            Kind::IntervalYearMonth(_) => Kind::IntervalYearMonth(interval(IntervalResolution::Month)),
            Kind::IntervalDayTime(_) => Kind::IntervalDayTime(interval(IntervalResolution::Second)),
            Kind::Time { .. } => Kind::Time { precision: 0 },
            Kind::Array(element) => Kind::Array(element.as_result().into()),
            Kind::Multiset(element) => Kind::Multiset(element.as_result().into()),
            Kind::Map(key, value) => Kind::Map(key.as_result().into(), value.as_result().into()),
            Kind::Row(fields) => Kind::Row(
                fields.iter().map(|f| Field::new(f.name.clone(), f.data_type.as_result())).collect(),
            ),
            other => other.clone(),
        };
        Self { kind, nullable: self.nullable }
    }
}
