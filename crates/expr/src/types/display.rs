//! Types as Flink prints them: `DECIMAL(10, 2) NOT NULL`, ``ROW<`a` INT>``, `STRING`.

use std::fmt::{Display, Formatter, Result};

use super::{DataType, IntervalField, IntervalResolution, Kind, MAX_LENGTH};

impl Display for DataType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.kind)?;
        if !self.nullable && self.kind != Kind::Null {
            f.write_str(" NOT NULL")?;
        }
        Ok(())
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Kind::Null => f.write_str("NULL"),
            Kind::Boolean => f.write_str("BOOLEAN"),
            Kind::TinyInt => f.write_str("TINYINT"),
            Kind::SmallInt => f.write_str("SMALLINT"),
            Kind::Int => f.write_str("INT"),
            Kind::BigInt => f.write_str("BIGINT"),
            Kind::Float => f.write_str("FLOAT"),
            Kind::Double => f.write_str("DOUBLE"),
            Kind::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Kind::Char { length } => write!(f, "CHAR({length})"),
            Kind::VarChar { length: MAX_LENGTH } => f.write_str("STRING"),
            Kind::VarChar { length } => write!(f, "VARCHAR({length})"),
            Kind::Binary { length } => write!(f, "BINARY({length})"),
            Kind::VarBinary { length: MAX_LENGTH } => f.write_str("BYTES"),
            Kind::VarBinary { length } => write!(f, "VARBINARY({length})"),
            Kind::Date => f.write_str("DATE"),
            Kind::Time { precision } => write!(f, "TIME({precision})"),
            Kind::Timestamp { precision } => write!(f, "TIMESTAMP({precision})"),
            Kind::TimestampLtz { precision } => write!(f, "TIMESTAMP_LTZ({precision})"),
            Kind::IntervalYearMonth(field) | Kind::IntervalDayTime(field) => write!(f, "INTERVAL {field}"),
            Kind::Array(element) => write!(f, "ARRAY<{element}>"),
            Kind::Map(key, value) => write!(f, "MAP<{key}, {value}>"),
            Kind::Multiset(element) => write!(f, "MULTISET<{element}>"),
            Kind::Variant => f.write_str("VARIANT"),
            Kind::Row(fields) => {
                f.write_str("ROW<")?;
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "`{}` {}", field.name.replace('`', "``"), field.data_type)?;
                }
                f.write_str(">")
            }
        }
    }
}

impl Display for IntervalField {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        use IntervalResolution as R;
        let (from, to) = match self.resolution {
            R::Year => ("YEAR", None),
            R::YearToMonth => ("YEAR", Some("MONTH")),
            R::Month => ("MONTH", None),
            R::Day => ("DAY", None),
            R::DayToHour => ("DAY", Some("HOUR")),
            R::DayToMinute => ("DAY", Some("MINUTE")),
            R::DayToSecond => ("DAY", Some("SECOND")),
            R::Hour => ("HOUR", None),
            R::HourToMinute => ("HOUR", Some("MINUTE")),
            R::HourToSecond => ("HOUR", Some("SECOND")),
            R::Minute => ("MINUTE", None),
            R::MinuteToSecond => ("MINUTE", Some("SECOND")),
            R::Second => ("SECOND", None),
        };
        f.write_str(from)?;
        // Flink prints the digits of the leading field where they count as part of the type: years and days.
        if matches!(from, "YEAR" | "DAY") {
            write!(f, "({})", self.precision)?;
        }
        if let Some(to) = to {
            write!(f, " TO {to}")?;
        }
        if from == "SECOND" || to == Some("SECOND") {
            write!(f, "({})", self.fraction)?;
        }
        Ok(())
    }
}
