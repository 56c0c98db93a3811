//! Timestamps as strings, and strings of one zone as strings of another.

use arrow_array::types::Int64Type;
use jiff::tz::TimeZone;

use super::convert::{USUAL_PATTERN, legacy};
use super::moment::Moment;
use super::pattern::{Dialect, Pattern};
use super::unit::{MICROS_PER_MILLI, MILLIS_PER_SECOND};
use super::zones::{self, OldZone};
use crate::error::{Error, Result};
use crate::functions::kernel::{Compiled, Instant, Stamp, Str, map, text};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Arguments, Category, Determinism, Example, Function, KernelArguments, Overload};
use crate::types::Kind;
use crate::zone::Zone;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "DATE_FORMAT",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["DATE_FORMAT(timestamp, format)", "DATE_FORMAT(string, format)"],
        summary: "The timestamp written by a pattern of Java's DateTimeFormatter, a TIMESTAMP_LTZ on the clocks of the session's \
                  zone. A string is read as `yyyy-MM-dd HH:mm:ss`, NULL if it cannot be, and written by a pattern of \
                  SimpleDateFormat. A malformed pattern is an error.",
        examples: &[
            Example(
                "DATE_FORMAT(TIMESTAMP '2020-02-03 14:05:06.123', 'yyyy/MM/dd HH:mm:ss.SSS')",
                "2020/02/03 14:05:06.123",
            ),
            Example("DATE_FORMAT('2020-02-03 14:05:06', 'd MMM yy')", "3 Feb 20"),
        ],
        determinism: Determinism::Pure,
        resolve: date_format,
    },
    Function {
        name: "FROM_UNIXTIME",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["FROM_UNIXTIME(seconds[, format])"],
        summary: "The instant that is so many seconds after 1970-01-01 00:00:00 UTC, on the clocks of the session's zone, written \
                  `yyyy-MM-dd HH:mm:ss` or by a pattern of Java's SimpleDateFormat.",
        examples: &[
            Example("CHAR_LENGTH(FROM_UNIXTIME(44))", "19"),
            Example("FROM_UNIXTIME(1580691723, 'yyyy')", "2020"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::BigInt], &[Family::Character])?;
            signature.returns_nullable(STRING).fallible().kernel(|arguments| {
                let zone = OldZone::new(arguments.time_zone);
                let print = move |pattern: &Pattern, seconds: i64, out: &mut String| {
                    // Flink multiplies without looking whether that fits.
                    print_legacy(pattern, seconds.wrapping_mul(MILLIS_PER_SECOND), &zone, out)
                };
                if arguments.types.len() == 1 {
                    let pattern = Pattern::new(USUAL_PATTERN, Dialect::Legacy)?;
                    return Ok(text::<(Int64Type,), _>(move |(seconds,), out| print(&pattern, seconds, out)));
                }
                let patterns = legacy(arguments, 1)?;
                Ok(text::<(Int64Type, Str), _>(move |(seconds, pattern), out| {
                    patterns.with(pattern, |pattern| print(pattern, seconds, out))?
                }))
            })
        },
    },
    Function {
        name: "CONVERT_TZ",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["CONVERT_TZ(string, from_zone, to_zone)"],
        summary: "What the clocks of one zone show when those of another show the time `yyyy-MM-dd HH:mm:ss` of the string. A zone \
                  is `America/Los_Angeles`, `PST` or `GMT+8:00`; an unknown one is taken for GMT. NULL where the string cannot be \
                  read.",
        examples: &[Example(
            "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')",
            "1969-12-31 16:00:00",
        )],
        determinism: Determinism::Pure,
        resolve: |call| {
            use Family::Character;
            let signature = call.take(&[Character, Character, Character])?;
            signature.returns_nullable(STRING).fallible().kernel(|arguments| {
                let zone = |index| {
                    Compiled::argument(arguments, index, |name| Ok(OldZone::new(&zones::lenient(name))))
                };
                let (from_zones, to_zones) = (zone(1)?, zone(2)?);
                let pattern = Pattern::new(USUAL_PATTERN, Dialect::Legacy)?;
                Ok(text::<(Str, Str, Str), _>(move |(text, from, to), out| {
                    match from_zones.with(from, |zone| pattern.read_legacy(text, zone))? {
                        Some(millis) => {
                            to_zones.with(to, |zone| print_legacy(&pattern, millis, zone, out))?
                        }
                        None => Ok(None),
                    }
                }))
            })
        },
    },
    Function {
        name: "UNIX_TIMESTAMP",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["UNIX_TIMESTAMP()", "UNIX_TIMESTAMP(string[, format])"],
        summary: "The seconds since 1970-01-01 00:00:00 UTC: now, or when the clocks of the session's zone show the time of the \
                  string, written `yyyy-MM-dd HH:mm:ss` or by a pattern of Java's SimpleDateFormat, which reads leniently. \
                  -9223372036854775808 where it cannot be read, as in Flink.",
        examples: &[
            Example("UNIX_TIMESTAMP('1970-01-02 00:00:00 +0000', 'yyyy-MM-dd HH:mm:ss Z')", "86400"),
            Example("UNIX_TIMESTAMP('abc')", "-9223372036854775808"),
        ],
        determinism: Determinism::Clock,
        resolve: |call| {
            if call.types.is_empty() {
                return super::now::seconds(call);
            }
            let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
            signature.returns(Kind::BigInt).fallible().kernel(|arguments| {
                let zone = OldZone::new(arguments.time_zone);
                let seconds = move |pattern: &Pattern, text: &str| match pattern.read_legacy(text, &zone) {
                    Some(millis) => millis / MILLIS_PER_SECOND,
                    None => i64::MIN,
                };
                if arguments.types.len() == 1 {
                    let pattern = Pattern::new(USUAL_PATTERN, Dialect::Legacy)?;
                    return Ok(map::<(Str,), Int64Type, _>(move |(text,)| seconds(&pattern, text)));
                }
                let patterns = legacy(arguments, 1)?;
                Ok(map::<(Str, Str), Int64Type, _>(move |(text, pattern)| {
                    patterns.with(pattern, |pattern| seconds(pattern, text))
                }))
            })
        },
    },
];

/// Prints the wall clock of an instant, in milliseconds.
fn print_legacy(pattern: &Pattern, millis: i64, zone: &OldZone, out: &mut String) -> Result<Option<()>> {
    let (offset, abbreviation) = zone.offset_at(millis.div_euclid(MILLIS_PER_SECOND));
    let local =
        millis.checked_add(offset * MILLIS_PER_SECOND).and_then(|local| local.checked_mul(MICROS_PER_MILLI));
    let Some(mut moment) = local.and_then(|micros| Moment::hybrid(Instant { micros, nanos: 0 })) else {
        return Err(Error::runtime(format!("the instant {millis} ms after 1970 is beyond all calendars")));
    };
    moment.zone = i32::try_from(offset).ok().map(|offset| (offset, abbreviation));
    pattern.print(&moment, out)?;
    Ok(Some(()))
}

fn date_format(call: &Arguments<'_>) -> Result<Overload> {
    if let Ok(signature) = call.take(&[Family::Character, Family::Character]) {
        return signature.returns_nullable(STRING).fallible().kernel(|arguments| {
            let patterns = legacy(arguments, 1)?;
            let (usual, utc) = (Pattern::new(USUAL_PATTERN, Dialect::Legacy)?, OldZone::new(&TimeZone::UTC));
            Ok(text::<(Str, Str), _>(move |(text, pattern), out| {
                // A malformed pattern is an error even where there is nothing to write by it.
                patterns.with(pattern, |pattern| match usual.read_legacy(text, &utc) {
                    Some(millis) => print_legacy(pattern, millis, &utc, out),
                    None => Ok(None),
                })?
            }))
        });
    }
    let local = call.take(&[Family::TimestampLtz, Family::Character]);
    let is_local = local.is_ok();
    let signature = local.or_else(|_| call.take(&[Family::Timestamp, Family::Character]))?;
    signature.returns_nullable(STRING).fallible().kernel(move |arguments| timestamps(arguments, is_local))
}

fn timestamps(arguments: &KernelArguments<'_>, is_local: bool) -> Result<crate::functions::Kernel> {
    let patterns = Compiled::argument(arguments, 1, |text| Pattern::new(text, Dialect::Modern))?;
    let zone = is_local.then(|| Zone::new(arguments.time_zone));
    Ok(text::<(Stamp, Str), _>(move |(instant, pattern), out| {
        let micros = zone.as_ref().map_or(instant.micros, |zone| zone.to_local(instant.micros));
        match Moment::new(Instant { micros, ..instant }) {
            Some(moment) => patterns.with(pattern, |pattern| pattern.print(&moment, out))?,
            None => Err(Error::runtime("a timestamp beyond all calendars")),
        }
    }))
}
