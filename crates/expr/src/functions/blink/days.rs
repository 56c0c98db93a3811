//! Days counted from dates, which may be written as strings.

use arrow_array::types::{Date32Type, Int32Type};

use super::function;
use crate::cast::parse_date;
use crate::error::Result;
use crate::functions::kernel::{Str, map, text};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Category, Example, Function, Overload};
use crate::text::write_date;
use crate::types::{DataType, Kind};

pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "DATEDIFF",
        Category::Temporal,
        &["DATEDIFF(end, start)"],
        "The days from `start` to `end`: strings that begin with a date as `2024-01-31`, DATEs or TIMESTAMPs, of which the time of day does \
         not count. NULL where a string is no date.",
        &[
            Example("DATEDIFF('2024-03-01', '2024-02-28 23:59:59')", "2"),
            Example("DATEDIFF(DATE '2024-01-01', DATE '2024-01-31')", "-30"),
            Example("DATEDIFF('', '2024-01-01')", "NULL"),
        ],
        difference,
    ),
    function(
        "DATE_ADD",
        Category::Temporal,
        &["DATE_ADD(start, days)"],
        "The date so many days later, as a string: `start` is what DATEDIFF takes. NULL where a string is no date.",
        &[
            Example("DATE_ADD('2024-02-28', 2)", "2024-03-01"),
            Example("DATE_ADD(TIMESTAMP '2024-01-01 12:00:00', -1)", "2023-12-31"),
        ],
        |call| later(call, i32::checked_add),
    ),
    function(
        "DATE_SUB",
        Category::Temporal,
        &["DATE_SUB(start, days)"],
        "The date so many days earlier, as a string: `start` is what DATEDIFF takes. NULL where a string is no date.",
        &[Example("DATE_SUB('2024-03-01', 2)", "2024-02-28"), Example("DATE_SUB('x', 1)", "NULL")],
        |call| later(call, i32::checked_sub),
    ),
];

/// Days from 0001-01-01 to 1970-01-01, and from there to 9999-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// What a date is cast to: strings stay as they are, what has a date becomes a DATE.
fn day(given: &DataType) -> Result<DataType> {
    let kind = match &given.kind {
        kind if kind.is_character() => kind.clone(),
        Kind::Null => STRING,
        Kind::Date | Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => Kind::Date,
        _ => return no_overload(),
    };
    Ok(DataType { kind, nullable: given.nullable })
}

fn difference(call: &Arguments<'_>) -> Result<Overload> {
    let [end, start] = call.types else { return no_overload() };
    let (end, start) = (day(end)?, day(start)?);
    let texts = (end.kind.is_character(), start.kind.is_character());
    Signature::of(vec![end, start]).returns_nullable(Kind::Int).kernel(move |_| {
        Ok(match texts {
            (true, true) => map::<(Str, Str), Int32Type, _>(|(end, start)| {
                parse_date(end)?.checked_sub(parse_date(start)?)
            }),
            (true, false) => {
                map::<(Str, Date32Type), Int32Type, _>(|(end, start)| parse_date(end)?.checked_sub(start))
            }
            (false, true) => {
                map::<(Date32Type, Str), Int32Type, _>(|(end, start)| end.checked_sub(parse_date(start)?))
            }
            (false, false) => {
                map::<(Date32Type, Date32Type), Int32Type, _>(|(end, start)| end.checked_sub(start))
            }
        })
    })
}

fn later(call: &Arguments<'_>, step: fn(i32, i32) -> Option<i32>) -> Result<Overload> {
    let [start, days] = call.types else { return no_overload() };
    let start = day(start)?;
    if !matches!(days.kind, Kind::TinyInt | Kind::SmallInt | Kind::Int | Kind::Null) {
        return no_overload();
    }
    let days = DataType { kind: Kind::Int, nullable: days.nullable };
    let write = move |start: Option<i32>, days: i32, out: &mut String| {
        let day = step(start?, days).filter(|day| DAYS.contains(day))?;
        write_date(day, out);
        Some(())
    };
    let is_text = start.kind.is_character();
    Signature::of(vec![start, days]).returns_nullable(STRING).kernel(move |_| {
        Ok(if is_text {
            text::<(Str, Int32Type), _>(move |(start, days), out| write(parse_date(start), days, out))
        } else {
            text::<(Date32Type, Int32Type), _>(move |(start, days), out| write(Some(start), days, out))
        })
    })
}
