//! Types as written to types as meant.

use std::sync::Arc;

use millstream_expr::types::{
    DataType, Field, IntervalField, IntervalResolution, Kind, MAX_DECIMAL_PRECISION, MAX_LENGTH,
    MAX_TIME_PRECISION,
};

use crate::error::{Error, Result};
use crate::syntax::ast::{self, DataTypeKind, IntervalFields, IntervalQualifier, Span, TimeZoneSpec};

/// Digits of a DECIMAL written without any.
const DEFAULT_DECIMAL_PRECISION: u8 = 10;

/// Fraction digits of a TIMESTAMP written without any.
const DEFAULT_TIMESTAMP_PRECISION: u8 = 6;

/// Digits of an interval's leading field where none are written.
const DEFAULT_INTERVAL_PRECISION: u8 = 2;

/// The most digits Flink's planner keeps of the leading field of an interval of days or seconds.
const MAX_DAY_TIME_PRECISION: u8 = 3;

/// Fraction digits of an interval's seconds where none are written.
const DEFAULT_INTERVAL_FRACTION: u8 = 6;

/// The type that is written; nullable unless NOT NULL stands there.
///
/// # Errors
/// Invalid, when a length, precision or scale is out of range or fields share a name; unsupported, when the type has no values here.
pub fn bind_data_type(written: &ast::DataType) -> Result<DataType> {
    bind_with_nullability(written, written.nullable.unwrap_or(true))
}

/// The type that is written, but that of a value that may be NULL or not whatever stands there: the target of a cast.
///
/// # Errors
/// As [`bind_data_type`].
pub(crate) fn bind_with_nullability(written: &ast::DataType, nullable: bool) -> Result<DataType> {
    let bound = DataType { kind: bind_kind(&written.kind, written.span)?, nullable };
    Ok(if nullable { nullable_all_the_way(bound) } else { bound })
}

/// A ROW that may be NULL has fields that may be: Flink takes no notice of their NOT NULL.
fn nullable_all_the_way(data_type: DataType) -> DataType {
    let kind = match data_type.kind {
        Kind::Row(fields) => Kind::Row(
            fields
                .iter()
                .map(|field| Field {
                    name: field.name.clone(),
                    data_type: nullable_all_the_way(field.data_type.clone()),
                })
                .collect(),
        ),
        other => other,
    };
    DataType { kind, nullable: true }
}

/// The interval type of a qualifier.
///
/// # Errors
/// Invalid, when a precision is out of range.
pub(crate) fn bind_interval(qualifier: &IntervalQualifier) -> Result<Kind> {
    use IntervalResolution as R;
    let resolution = match qualifier.fields {
        IntervalFields::Year => R::Year,
        IntervalFields::YearToMonth => R::YearToMonth,
        IntervalFields::Month => R::Month,
        IntervalFields::Day => R::Day,
        IntervalFields::DayToHour => R::DayToHour,
        IntervalFields::DayToMinute => R::DayToMinute,
        IntervalFields::DayToSecond => R::DayToSecond,
        IntervalFields::Hour => R::Hour,
        IntervalFields::HourToMinute => R::HourToMinute,
        IntervalFields::HourToSecond => R::HourToSecond,
        IntervalFields::Minute => R::Minute,
        IntervalFields::MinuteToSecond => R::MinuteToSecond,
        IntervalFields::Second => R::Second,
        // Flink takes both and then miscounts them: one hour, one month.
        IntervalFields::Quarter => {
            return Err(Error::unsupported(
                "INTERVAL … QUARTER is not supported; write three times the MONTHs",
            )
            .at(qualifier.span));
        }
        IntervalFields::Week => {
            return Err(Error::unsupported("INTERVAL … WEEK is not supported; write seven times the DAYs")
                .at(qualifier.span));
        }
    };
    let precision = in_range(qualifier.leading_precision, DEFAULT_INTERVAL_PRECISION, 1..=10, || {
        Error::invalid("the digits of an interval's leading field must be 1 to 10").at(qualifier.span)
    })?;
    let fraction = in_range(qualifier.fraction_precision, DEFAULT_INTERVAL_FRACTION, 0..=9, || {
        Error::invalid("the fraction digits of an interval must be 0 to 9").at(qualifier.span)
    })?;
    let field = IntervalField { resolution, precision, fraction };
    match resolution {
        R::Year | R::YearToMonth | R::Month => Ok(Kind::IntervalYearMonth(field)),
        _ if precision <= MAX_DAY_TIME_PRECISION => Ok(Kind::IntervalDayTime(field)),
        _ => {
            let message = format!(
                "an interval of days or seconds has {MAX_DAY_TIME_PRECISION} leading digits at the most"
            );
            Err(Error::unsupported(message).at(qualifier.span))
        }
    }
}

fn bind_kind(written: &DataTypeKind, span: Span) -> Result<Kind> {
    let unsupported = |name: &str| Err(Error::unsupported(format!("type {name} is not supported")).at(span));
    Ok(match written {
        DataTypeKind::Boolean => Kind::Boolean,
        DataTypeKind::TinyInt => Kind::TinyInt,
        DataTypeKind::SmallInt => Kind::SmallInt,
        DataTypeKind::Int => Kind::Int,
        DataTypeKind::BigInt => Kind::BigInt,
        DataTypeKind::Float | DataTypeKind::Real => Kind::Float,
        DataTypeKind::Double => Kind::Double,
        DataTypeKind::Decimal { precision, scale } => decimal(*precision, *scale, span)?,
        DataTypeKind::Char { length, .. } => Kind::Char { length: bind_length(*length, 1, span)? },
        DataTypeKind::Varchar { length, .. } => {
            Kind::VarChar { length: bind_length(*length, MAX_LENGTH, span)? }
        }
        DataTypeKind::String => Kind::VarChar { length: MAX_LENGTH },
        DataTypeKind::Binary { length } => Kind::Binary { length: bind_length(*length, 1, span)? },
        DataTypeKind::Varbinary { length } => {
            Kind::VarBinary { length: bind_length(*length, MAX_LENGTH, span)? }
        }
        DataTypeKind::Bytes => Kind::VarBinary { length: MAX_LENGTH },
        DataTypeKind::Date => Kind::Date,
        DataTypeKind::Time { precision, zone: TimeZoneSpec::Without } => {
            // Flink takes the precision and forgets it: in SQL every TIME is a TIME(0).
            time_precision(*precision, 0, span)?;
            Kind::Time { precision: 0 }
        }
        DataTypeKind::Timestamp { precision, zone: TimeZoneSpec::Without } => {
            Kind::Timestamp { precision: time_precision(*precision, DEFAULT_TIMESTAMP_PRECISION, span)? }
        }
        DataTypeKind::TimestampLtz { precision }
        | DataTypeKind::Timestamp { precision, zone: TimeZoneSpec::WithLocal } => {
            Kind::TimestampLtz { precision: time_precision(*precision, DEFAULT_TIMESTAMP_PRECISION, span)? }
        }
        DataTypeKind::Interval(qualifier) => bind_interval(qualifier)?,
        DataTypeKind::Array(element) => Kind::Array(Arc::new(bind_data_type(element)?)),
        DataTypeKind::Multiset(element) => Kind::Multiset(Arc::new(bind_data_type(element)?)),
        DataTypeKind::Map(key, value) => {
            Kind::Map(Arc::new(bind_data_type(key)?), Arc::new(bind_data_type(value)?))
        }
        DataTypeKind::Row(fields) => row(fields)?,
        DataTypeKind::Time { .. } => return unsupported("TIME with a time zone"),
        DataTypeKind::Structured { .. } => return unsupported("STRUCTURED; use ROW"),
        DataTypeKind::Raw { .. } => return unsupported("RAW"),
        DataTypeKind::Variant => Kind::Variant,
        DataTypeKind::Any => return unsupported("ANY"),
        DataTypeKind::Named(name) => {
            let name: Vec<&str> = name.parts().iter().map(|part| part.value.as_str()).collect();
            return Err(Error::invalid(format!("type '{}' not found", name.join("."))).at(span));
        }
    })
}

fn decimal(precision: Option<u32>, scale: Option<u32>, span: Span) -> Result<Kind> {
    let precision = in_range(precision, DEFAULT_DECIMAL_PRECISION, 1..=MAX_DECIMAL_PRECISION, || {
        Error::invalid(format!("a DECIMAL has 1 to {MAX_DECIMAL_PRECISION} digits")).at(span)
    })?;
    let scale =
        u8::try_from(scale.unwrap_or(0)).ok().filter(|scale| *scale <= precision).ok_or_else(|| {
            Error::invalid(format!("the scale of a DECIMAL({precision}, …) must be 0 to {precision}"))
                .at(span)
        })?;
    Ok(Kind::Decimal { precision, scale })
}

fn bind_length(length: Option<u32>, default: u32, span: Span) -> Result<u32> {
    match length {
        None => Ok(default),
        Some(length) if (1..=MAX_LENGTH).contains(&length) => Ok(length),
        Some(_) => Err(Error::invalid(format!("a length must be 1 to {MAX_LENGTH}")).at(span)),
    }
}

fn time_precision(precision: Option<u32>, default: u8, span: Span) -> Result<u8> {
    in_range(precision, default, 0..=MAX_TIME_PRECISION, || {
        Error::invalid(format!("the fraction digits of a second must be 0 to {MAX_TIME_PRECISION}")).at(span)
    })
}

fn in_range(
    written: Option<u32>,
    default: u8,
    allowed: std::ops::RangeInclusive<u8>,
    error: impl Fn() -> Error,
) -> Result<u8> {
    match written {
        None => Ok(default),
        Some(value) => u8::try_from(value).ok().filter(|value| allowed.contains(value)).ok_or_else(error),
    }
}

fn row(fields: &[ast::FieldDef]) -> Result<Kind> {
    let mut bound: Vec<Field> = Vec::with_capacity(fields.len());
    for field in fields {
        let name = field.name.value.as_str();
        if bound.iter().any(|earlier| earlier.name.as_ref() == name) {
            return Err(Error::invalid(format!("field '{name}' stands twice in a ROW")).at(field.name.span));
        }
        bound.push(Field::new(name, bind_data_type(&field.data_type)?));
    }
    Ok(Kind::Row(bound.into()))
}
