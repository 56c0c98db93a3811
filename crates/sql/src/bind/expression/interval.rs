//! Interval literals: the text between the quotes, read by its qualifier.

use millstream_expr::types::{IntervalField, IntervalResolution, IntervalUnit, Kind};
use millstream_expr::{Expr, Value};

use crate::bind::data_type::bind_interval;
use crate::error::{Error, Result};
use crate::syntax::ast::{IntervalLiteral, Sign};

const MONTHS_PER_YEAR: i64 = 12;

/// `INTERVAL '1 02:03' DAY TO MINUTE` as a value of its type.
pub(super) fn bind(literal: &IntervalLiteral) -> Result<Expr> {
    let kind = bind_interval(&literal.qualifier)?;
    let (Kind::IntervalYearMonth(field) | Kind::IntervalDayTime(field)) = kind else {
        return Err(Error::internal("an interval of another type"));
    };
    let malformed = || {
        let form = form(field.resolution);
        Error::invalid(format!("'{}' is no interval of {field}; it is written like '{form}'", literal.value))
            .at(literal.qualifier.span)
    };
    let (negative, digits) = signed(literal.value.trim());
    let negative = negative != (literal.sign == Sign::Minus);
    let fields = read(digits, field).ok_or_else(malformed)?;
    if let Some((unit, value)) = fields.first()
        && value.checked_div(10_i64.pow(u32::from(field.precision))).is_some_and(|over| over > 0)
    {
        let message = format!(
            "{value} has more than the {} digits of the field {unit:?}; write them as {unit:?}({})",
            field.precision,
            value.ilog10() + 1
        );
        return Err(Error::invalid(message).at(literal.qualifier.span));
    }
    let amount = fields.iter().try_fold(0_i64, |sum, (unit, value)| {
        value.checked_mul(amount_of(*unit)).and_then(|amount| sum.checked_add(amount))
    });
    // Only seconds have a fraction; it is given in milliseconds already.
    let amount =
        amount.and_then(|amount| amount.checked_add(fraction(digits, field)?)).ok_or_else(malformed)?;
    let amount = if negative { -amount } else { amount };
    let value = value_of(&kind, amount).ok_or_else(malformed)?;
    Ok(Expr::literal(value, kind))
}

/// One unit of an interval that has one field only.
pub(super) fn unit(kind: &Kind) -> Option<Value> {
    let (Kind::IntervalYearMonth(field) | Kind::IntervalDayTime(field)) = kind else { return None };
    let unit = field.resolution.from();
    if unit == field.resolution.to() { value_of(kind, amount_of(unit)) } else { None }
}

/// INTERVAL MONTH.
pub(super) fn months() -> Kind {
    Kind::IntervalYearMonth(IntervalField {
        resolution: IntervalResolution::Month,
        precision: 2,
        fraction: 0,
    })
}

fn value_of(kind: &Kind, amount: i64) -> Option<Value> {
    match kind {
        Kind::IntervalYearMonth(_) => i32::try_from(amount).ok().map(Value::Months),
        _ => Some(Value::Milliseconds(amount)),
    }
}

/// In months or milliseconds.
fn amount_of(unit: IntervalUnit) -> i64 {
    match unit {
        IntervalUnit::Year => MONTHS_PER_YEAR,
        IntervalUnit::Month => 1,
        IntervalUnit::Day => 86_400_000,
        IntervalUnit::Hour => 3_600_000,
        IntervalUnit::Minute => 60_000,
        IntervalUnit::Second => 1_000,
    }
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

const UNITS: [IntervalUnit; 6] = [
    IntervalUnit::Year,
    IntervalUnit::Month,
    IntervalUnit::Day,
    IntervalUnit::Hour,
    IntervalUnit::Minute,
    IntervalUnit::Second,
];

/// The units from the first to the last of a resolution, each with what stands before it when it is not the first.
fn parts(resolution: IntervalResolution) -> impl Iterator<Item = (IntervalUnit, char)> {
    let (from, to) = (resolution.from(), resolution.to());
    UNITS.into_iter().filter(move |unit| (from..=to).contains(unit)).map(|unit| {
        let separator = match unit {
            IntervalUnit::Year | IntervalUnit::Month => '-',
            IntervalUnit::Day | IntervalUnit::Hour => ' ',
            IntervalUnit::Minute | IntervalUnit::Second => ':',
        };
        (unit, separator)
    })
}

/// The whole numbers of an interval's fields; none where the text has another form.
fn read(text: &str, field: IntervalField) -> Option<Vec<(IntervalUnit, i64)>> {
    let mut rest = text;
    let mut found = Vec::new();
    for (unit, separator) in parts(field.resolution) {
        if !found.is_empty() {
            rest = rest.strip_prefix(separator)?;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        let value: i64 = digits.parse().ok()?;
        let most = match unit {
            _ if found.is_empty() => i64::MAX,
            IntervalUnit::Month => 11,
            IntervalUnit::Hour => 23,
            _ => 59,
        };
        if value > most {
            return None;
        }
        found.push((unit, value));
        rest = after;
    }
    let fraction_follows = field.resolution.to() == IntervalUnit::Second;
    let well_ended = rest.is_empty()
        || fraction_follows
            && rest.strip_prefix('.').is_some_and(|digits| {
                (1..=usize::from(field.fraction)).contains(&digits.len())
                    && digits.bytes().all(|b| b.is_ascii_digit())
            });
    well_ended.then_some(found)
}

/// The milliseconds behind the point; what is finer is cut off.
fn fraction(text: &str, field: IntervalField) -> Option<i64> {
    let Some((_, digits)) = text.split_once('.') else { return Some(0) };
    if field.resolution.to() != IntervalUnit::Second {
        return None;
    }
    let milliseconds: String = digits.chars().chain("000".chars()).take(3).collect();
    milliseconds.parse().ok()
}

/// How an interval of this resolution is written.
fn form(resolution: IntervalResolution) -> String {
    let mut form = String::new();
    for (unit, separator) in parts(resolution) {
        if !form.is_empty() {
            form.push(separator);
        }
        form.push_str(match unit {
            IntervalUnit::Year => "2",
            IntervalUnit::Month => "6",
            IntervalUnit::Day => "10",
            IntervalUnit::Hour => "12",
            IntervalUnit::Minute => "30",
            IntervalUnit::Second => "15.5",
        });
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::{IntervalFields, IntervalQualifier, Span};

    fn value(text: &str, fields: IntervalFields) -> std::result::Result<Value, String> {
        let qualifier = IntervalQualifier {
            fields,
            leading_precision: None,
            fraction_precision: None,
            span: Span::default(),
        };
        let literal = IntervalLiteral { sign: Sign::Plus, value: text.to_owned(), qualifier };
        bind(&literal).map(|expr| expr.as_literal().cloned().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn fields_are_read_by_the_qualifier() {
        use IntervalFields as F;
        assert_eq!(value("1-2", F::YearToMonth), Ok(Value::Months(14)));
        assert_eq!(value("-2", F::Year), Ok(Value::Months(-24)));
        assert_eq!(value(" 1 ", F::Day), Ok(Value::Milliseconds(86_400_000)));
        assert_eq!(value("1 02:03:04.123456", F::DayToSecond), Ok(Value::Milliseconds(93_784_123)));
        assert_eq!(value("10:10.5", F::MinuteToSecond), Ok(Value::Milliseconds(610_500)));
        assert_eq!(value("+1 1:1", F::DayToMinute), Ok(Value::Milliseconds(90_060_000)));
        assert_eq!(value("25", F::Hour), Ok(Value::Milliseconds(90_000_000)));
    }

    #[test]
    fn other_forms_are_refused() {
        use IntervalFields as F;
        let form = "'1 25' is no interval of DAY(2) TO HOUR; it is written like '10 12'";
        assert_eq!(value("1 25", F::DayToHour), Err(form.to_owned()));
        assert!(value("1-12", F::YearToMonth).is_err());
        assert!(value("1.1234567", F::Second).is_err());
        assert!(value("1.5", F::Day).is_err());
        assert!(value("", F::Day).is_err());
        assert!(value("x", F::Day).is_err());
        assert!(value("99999999999999999999", F::Day).is_err());
        let digits = "100 has more than the 2 digits of the field Day; write them as Day(3)";
        assert_eq!(value("100", F::Day), Err(digits.to_owned()));
    }
}
