//! Literals, units of time and types.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    DataType, DataTypeKind, DatetimeKind, FieldDef, IntervalFields, IntervalLiteral, IntervalQualifier,
    Literal, NumberLiteral, Sign, StringLiteral, TimeUnit, TimeZoneSpec,
};
use super::{Commas, Optional, Word};

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Boolean(true) => f.write_str("TRUE"),
            Self::Boolean(false) => f.write_str("FALSE"),
            Self::Unknown => f.write_str("UNKNOWN"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(string) => write!(f, "{string}"),
            Self::Binary(literal) => write!(f, "X'{}'", literal.digits),
            Self::Datetime(literal) => {
                let word = match literal.kind {
                    DatetimeKind::Date => "DATE",
                    DatetimeKind::Time => "TIME",
                    DatetimeKind::Timestamp => "TIMESTAMP",
                    DatetimeKind::Datetime => "DATETIME",
                    DatetimeKind::TimestampLtz => "TIMESTAMP WITH LOCAL TIME ZONE",
                };
                write!(f, "{word} {}", Quoted(&literal.value))
            }
            Self::Interval(interval) => write!(f, "{interval}"),
        }
    }
}

impl Display for NumberLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text between single quotes.
pub(super) struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

impl Display for StringLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Optional("_", &self.charset), Quoted(&self.value))
    }
}

impl Display for IntervalLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = Word(self.sign == Sign::Minus, "-");
        write!(f, "INTERVAL {sign}{} {}", Quoted(&self.value), self.qualifier)
    }
}

impl Display for IntervalQualifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use IntervalFields as F;
        let (lead, end) = match self.fields {
            F::Year => ("YEAR", None),
            F::YearToMonth => ("YEAR", Some("MONTH")),
            F::Quarter => ("QUARTER", None),
            F::Month => ("MONTH", None),
            F::Week => ("WEEK", None),
            F::Day => ("DAY", None),
            F::DayToHour => ("DAY", Some("HOUR")),
            F::DayToMinute => ("DAY", Some("MINUTE")),
            F::DayToSecond => ("DAY", Some("SECOND")),
            F::Hour => ("HOUR", None),
            F::HourToMinute => ("HOUR", Some("MINUTE")),
            F::HourToSecond => ("HOUR", Some("SECOND")),
            F::Minute => ("MINUTE", None),
            F::MinuteToSecond => ("MINUTE", Some("SECOND")),
            F::Second => ("SECOND", None),
        };
        f.write_str(lead)?;
        match (end, self.leading_precision, self.fraction_precision) {
            (None, Some(leading), Some(fraction)) => write!(f, "({leading}, {fraction})"),
            (end, leading, fraction) => {
                write!(f, "{}", Precision(leading))?;
                match end {
                    Some(end) => write!(f, " TO {end}{}", Precision(fraction)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Display for TimeUnit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nanosecond => "NANOSECOND",
            Self::Microsecond => "MICROSECOND",
            Self::Millisecond => "MILLISECOND",
            Self::Second => "SECOND",
            Self::Minute => "MINUTE",
            Self::Hour => "HOUR",
            Self::Day => "DAY",
            Self::DayOfWeek => "DOW",
            Self::DayOfYear => "DOY",
            Self::IsoDayOfWeek => "ISODOW",
            Self::IsoYear => "ISOYEAR",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Quarter => "QUARTER",
            Self::Year => "YEAR",
            Self::Epoch => "EPOCH",
            Self::Decade => "DECADE",
            Self::Century => "CENTURY",
            Self::Millennium => "MILLENNIUM",
            Self::WeekStarting(day) => return write!(f, "WEEK({day})"),
            Self::Named(name) => return write!(f, "`{}`", name.replace('`', "``")),
        })
    }
}

/// `(n)`, if there is a number.
struct Precision(Option<u32>);

impl Display for Precision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "({number})"),
            None => Ok(()),
        }
    }
}

impl Display for DataType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let nullability = match self.nullable {
            Some(true) => " NULL",
            Some(false) => " NOT NULL",
            None => "",
        };
        write!(f, "{}{nullability}", self.kind)
    }
}

impl Display for DataTypeKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let zone = |zone: &TimeZoneSpec| match zone {
            TimeZoneSpec::Without => "",
            TimeZoneSpec::WithLocal => " WITH LOCAL TIME ZONE",
        };
        match self {
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::TinyInt => f.write_str("TINYINT"),
            Self::SmallInt => f.write_str("SMALLINT"),
            Self::Int => f.write_str("INT"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Float => f.write_str("FLOAT"),
            Self::Real => f.write_str("REAL"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Decimal { precision: Some(precision), scale: Some(scale) } => {
                write!(f, "DECIMAL({precision}, {scale})")
            }
            Self::Decimal { precision, .. } => write!(f, "DECIMAL{}", Precision(*precision)),
            Self::Char { length, charset } => {
                write!(f, "CHAR{}{}", Precision(*length), Optional(" CHARACTER SET ", charset))
            }
            Self::Varchar { length, charset } => {
                write!(f, "VARCHAR{}{}", Precision(*length), Optional(" CHARACTER SET ", charset))
            }
            Self::String => f.write_str("STRING"),
            Self::Binary { length } => write!(f, "BINARY{}", Precision(*length)),
            Self::Varbinary { length } => write!(f, "VARBINARY{}", Precision(*length)),
            Self::Bytes => f.write_str("BYTES"),
            Self::Date => f.write_str("DATE"),
            Self::Time { precision, zone: z } => write!(f, "TIME{}{}", Precision(*precision), zone(z)),
            Self::Timestamp { precision, zone: z } => {
                write!(f, "TIMESTAMP{}{}", Precision(*precision), zone(z))
            }
            Self::TimestampLtz { precision } => write!(f, "TIMESTAMP_LTZ{}", Precision(*precision)),
            Self::Interval(qualifier) => write!(f, "INTERVAL {qualifier}"),
            Self::Array(element) => write!(f, "ARRAY<{element}>"),
            Self::Multiset(element) => write!(f, "MULTISET<{element}>"),
            Self::Map(key, value) => write!(f, "MAP<{key}, {value}>"),
            Self::Row(fields) => write!(f, "ROW<{}>", Commas(fields)),
            Self::Structured { class, fields } => {
                write!(f, "STRUCTURED<{class}{}{}>", Word(!fields.is_empty(), ", "), Commas(fields))
            }
            Self::Raw { class, serializer } => write!(f, "RAW({class}, {serializer})"),
            Self::Variant => f.write_str("VARIANT"),
            Self::Any => f.write_str("ANY"),
            Self::Named(name) => write!(f, "{name}"),
        }
    }
}

impl Display for FieldDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.name, self.data_type, Optional(" ", &self.comment))
    }
}
