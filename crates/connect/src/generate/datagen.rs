//! `datagen`: rows of random or counted values, for trying things out and for load, with Flink's options.
//!
//! Unlike Flink's, its rows can be had again: `seed` chooses them. Without it the job's seed does.

use std::fmt::Write;

use arrow_array::ArrayRef;
use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, JobContext, Result, Source};
use millstream_expr::types::{DataType, Kind, MAX_LENGTH};
use millstream_expr::{EvalContext, Value};
use millstream_sql::plan::Scan;
use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};

use super::{Generated, Generator, Pace, columns_of};
use crate::options::{KnownOptions, Options};

/// Rows a second, unless `rows-per-second` says otherwise.
const ROWS_PER_SECOND: u64 = 10_000;
/// Characters of a random STRING, unless its `length` says otherwise.
const STRING_LENGTH: u32 = 100;
/// Bytes of a random BYTES, unless its `length` says otherwise.
const BYTES_LENGTH: u32 = 20;
/// Elements of a random collection, unless its `length` says otherwise.
const COLLECTION_LENGTH: u32 = 3;
/// The most characters, bytes or elements of one value.
const LENGTH_MAX: u32 = 1 << 20;
/// Months in the widest random interval of months: ten thousand years.
const MONTHS_MAX: i128 = 120_000;
const NANOS_OF_MICRO: i128 = 1000;
const NANOS_OF_MILLI: u128 = 1_000_000;
const MICROS_OF_DAY: i64 = 86_400_000_000;

const KNOWN: KnownOptions = KnownOptions {
    connector: "datagen",
    required: &[],
    optional: &[
        "rows-per-second",
        "number-of-rows",
        "seed",
        "fields.#.kind",
        "fields.#.min",
        "fields.#.max",
        "fields.#.max-past",
        "fields.#.length",
        "fields.#.var-len",
        "fields.#.start",
        "fields.#.end",
        "fields.#.null-rate",
    ],
    unsupported: &["scan.parallelism"],
    has_format: false,
};

/// Whether the rows come to an end: they are counted, or one of the columns is.
pub(crate) fn is_bounded(scan: &Scan) -> Result<bool> {
    let options = Options::check(&scan.table.path.name, &scan.options, &KNOWN)?;
    Ok(options.text("number-of-rows").is_some()
        || scan
            .table
            .columns
            .iter()
            .any(|c| options.text(&format!("fields.{}.kind", c.name)) == Some("sequence")))
}

/// The one source of a scan: counted columns have one counter.
pub(crate) fn sources(scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
    let options = Options::check(&scan.table.path.name, &scan.options, &KNOWN)?;
    for key in options.keys() {
        check_field_key(scan, key)?;
    }
    let read = columns_of(scan);
    let mut columns = Vec::new();
    let mut rows = options.number("number-of-rows", 0, u64::MAX)?;
    for (index, column) in scan.table.columns.iter().enumerate() {
        let values = ColumnValues::read(&options, &format!("fields.{}", column.name), &column.data_type)?;
        // The shortest count ends the table, whether it is read or not.
        if let Values::Sequence { start, end } = values.values {
            let length = u64::try_from(end.saturating_sub(start).saturating_add(1)).unwrap_or(0);
            rows = Some(rows.map_or(length, |rows| rows.min(length)));
        }
        if read.contains(&index) {
            columns.push(values);
        }
    }
    let seed = options.number("seed", 0, u64::MAX)?.unwrap_or(context.seed);
    let pace = Pace {
        rows_per_second: Some(options.number("rows-per-second", 1, u64::MAX)?.unwrap_or(ROWS_PER_SECOND)),
        rows,
    };
    let generator = DataGen {
        columns,
        random: SmallRng::seed_from_u64(seed),
        row: 0,
        time_zone: context.time_zone.clone(),
    };
    Ok(vec![Box::new(Generated::new(scan, Box::new(generator), pace, context)?)])
}

/// `fields.NAME.…` names a column of the table.
fn check_field_key(scan: &Scan, key: &str) -> Result<()> {
    let Some(path) = key.strip_prefix("fields.") else { return Ok(()) };
    let columns = &scan.table.columns;
    if columns.iter().any(|c| path.strip_prefix(c.name.as_ref()).is_some_and(|rest| rest.starts_with('.'))) {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_ref()).collect();
    Err(invalid(format!(
        "the option '{key}' of table '{}' is about no column of it; its columns are {}",
        scan.table.path.name,
        names.join(", ")
    )))
}

/// The values of a column, or of a part of a nested one.
struct ColumnValues {
    data_type: DataType,
    values: Values,
    /// The share of NULLs, 0 to 1.
    null_rate: f64,
}

enum Values {
    /// `start`, `start + 1`, … `end`.
    Sequence {
        start: i128,
        end: i128,
    },
    Boolean,
    /// Whole numbers and unscaled decimals from the first to the second, both included.
    Whole(i128, i128),
    /// From the first to the second.
    Real(f64, f64),
    /// Hexadecimal digits.
    Text(Length),
    Bytes(Length),
    /// Today.
    Date,
    /// The time of day now.
    Time,
    /// Now, less a random part of so many milliseconds.
    Timestamp {
        max_past_ms: u128,
        is_local: bool,
    },
    Array(Box<ColumnValues>, u32),
    Map(Box<ColumnValues>, Box<ColumnValues>, u32),
    Multiset(Box<ColumnValues>, u32),
    Row(Vec<ColumnValues>),
}

/// How long texts and bytes are.
#[derive(Clone, Copy)]
struct Length {
    most: u32,
    /// Whether they may be shorter, down to 1.
    varies: bool,
}

impl ColumnValues {
    fn read(options: &Options<'_>, path: &str, data_type: &DataType) -> Result<Self> {
        let key = |name: &str| format!("{path}.{name}");
        let kind = options.word(&key("kind"), &["random", "sequence"])?.unwrap_or(0);
        let null_rate = options.number(&key("null-rate"), 0.0, 1.0)?.unwrap_or(0.0);
        if null_rate > 0.0 && !data_type.nullable {
            return Err(invalid(format!(
                "the option '{}' is set, but {data_type} is never NULL",
                key("null-rate")
            )));
        }
        let values = if kind == 1 {
            Self::sequence(options, path, &data_type.kind)?
        } else {
            Self::random(options, path, &data_type.kind)?
        };
        Ok(Self { data_type: data_type.clone(), values, null_rate })
    }

    fn sequence(options: &Options<'_>, path: &str, kind: &Kind) -> Result<Values> {
        if !(kind.is_numeric() || kind.is_character()) {
            return Err(invalid(format!(
                "'{path}.kind' is 'sequence', but values of type {kind} cannot be counted: numbers and strings can"
            )));
        }
        let (least, most) = whole_range(kind).unwrap_or((i64::MIN.into(), i64::MAX.into()));
        let bound = |name: &str| {
            let key = format!("{path}.{name}");
            match options.number(&key, least, most)? {
                Some(bound) => Ok(bound),
                None => {
                    Err(invalid(format!("the option '{key}' is missing: a sequence needs its start and end")))
                }
            }
        };
        let (start, end) = (bound("start")?, bound("end")?);
        if start > end {
            return Err(invalid(format!("'{path}.start' is {start}, which lies behind '{path}.end', {end}")));
        }
        Ok(Values::Sequence { start, end })
    }

    fn random(options: &Options<'_>, path: &str, kind: &Kind) -> Result<Values> {
        let key = |name: &str| format!("{path}.{name}");
        let part = |name: &str, part: &DataType| Self::read(options, &key(name), part).map(Box::new);
        let collection = || {
            let length = options.number(&key("length"), 0, LENGTH_MAX)?;
            Ok::<_, Error>(length.unwrap_or(COLLECTION_LENGTH))
        };
        Ok(match kind {
            Kind::Boolean => Values::Boolean,
            Kind::Float | Kind::Double => {
                let most = if matches!(kind, Kind::Float) { f64::from(f32::MAX) } else { f64::MAX };
                let from = options.number(&key("min"), -most, most)?.unwrap_or(-most);
                let to = options.number(&key("max"), -most, most)?.unwrap_or(most);
                ordered(path, from, to)?;
                Values::Real(from, to)
            }
            Kind::Decimal { precision, scale } => {
                let most = 10_i128.pow(u32::from(*precision)) - 1;
                let factor = 10_f64.powi(i32::from(*scale));
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    reason = "clamped to the type's range"
                )]
                let unscaled = |bound: f64| ((bound * factor) as i128).clamp(-most, most);
                let bound = |name| options.number(&key(name), f64::MIN, f64::MAX);
                let from = bound("min")?.map_or(-most, unscaled);
                let to = bound("max")?.map_or(most, unscaled);
                ordered(path, from, to)?;
                Values::Whole(from, to)
            }
            Kind::TinyInt
            | Kind::SmallInt
            | Kind::Int
            | Kind::BigInt
            | Kind::IntervalYearMonth(_)
            | Kind::IntervalDayTime(_) => {
                let (least, most) = whole_range(kind).unwrap_or_default();
                let from = options.number(&key("min"), least, most)?.unwrap_or(least);
                let to = options.number(&key("max"), least, most)?.unwrap_or(most);
                ordered(path, from, to)?;
                Values::Whole(from, to)
            }
            Kind::Char { length } => Values::Text(Self::length(options, path, *length, STRING_LENGTH, true)?),
            Kind::VarChar { length } => {
                Values::Text(Self::length(options, path, *length, STRING_LENGTH, false)?)
            }
            Kind::Binary { length } => {
                Values::Bytes(Self::length(options, path, *length, BYTES_LENGTH, true)?)
            }
            Kind::VarBinary { length } => {
                Values::Bytes(Self::length(options, path, *length, BYTES_LENGTH, false)?)
            }
            Kind::Date => Values::Date,
            Kind::Time { .. } => Values::Time,
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
                let max_past_ms = options.duration(&key("max-past"))?.unwrap_or_default().as_millis();
                Values::Timestamp { max_past_ms, is_local: matches!(kind, Kind::Timestamp { .. }) }
            }
            Kind::Array(element) => Values::Array(part("element", element)?, collection()?),
            Kind::Map(k, v) => Values::Map(part("key", k)?, part("value", v)?, collection()?),
            Kind::Multiset(element) => Values::Multiset(part("element", element)?, collection()?),
            Kind::Row(fields) => Values::Row(
                fields
                    .iter()
                    .map(|f| Self::read(options, &key(&f.name), &f.data_type))
                    .collect::<Result<_>>()?,
            ),
            Kind::Null | Kind::Variant => {
                return Err(invalid(format!("'{path}' has type {kind}, of which datagen makes no values")));
            }
        })
    }

    /// The length of texts and bytes: what `length` says, within what the type allows.
    fn length(
        options: &Options<'_>,
        path: &str,
        of_type: u32,
        default: u32,
        is_fixed: bool,
    ) -> Result<Length> {
        let key = format!("{path}.length");
        let most = if is_fixed {
            match options.number(&key, 0, LENGTH_MAX)? {
                Some(length) if length != of_type => {
                    return Err(options.wrong(&key, &format!("{of_type}, for the type says so")));
                }
                _ => of_type,
            }
        } else {
            let default = if of_type == MAX_LENGTH { default } else { of_type };
            options.number(&key, 0, of_type.min(LENGTH_MAX))?.unwrap_or(default)
        };
        let varies = options.truth(&format!("{path}.var-len"))?.unwrap_or(false);
        if varies && is_fixed {
            return Err(options.wrong(&format!("{path}.var-len"), "false, for the type has one length"));
        }
        Ok(Length { most: most.min(LENGTH_MAX), varies })
    }

    fn value(&self, row: u64, random: &mut SmallRng, now: Now<'_>) -> Value {
        if self.null_rate > 0.0 && random.gen_bool(self.null_rate) {
            return Value::Null;
        }
        let mut list =
            |part: &Self, length: u32| (0..length).map(|_| part.value(row, random, now)).collect::<Vec<_>>();
        match &self.values {
            Values::Sequence { start, .. } => whole(&self.data_type.kind, start + i128::from(row)),
            Values::Boolean => Value::Boolean(random.r#gen()),
            Values::Whole(from, to) => whole(&self.data_type.kind, random.gen_range(*from..=*to)),
            Values::Real(from, to) => {
                // Halved, so that the widest range does not overflow.
                let share: f64 = random.r#gen();
                real(&self.data_type.kind, 2.0 * (from / 2.0 + share * (to / 2.0 - from / 2.0)))
            }
            Values::Text(length) => {
                let length = length.draw(random);
                let mut text = String::with_capacity(length + 16);
                while text.len() < length {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "{:016x}", random.next_u64());
                }
                text.truncate(length);
                Value::String(text.into())
            }
            Values::Bytes(length) => {
                let mut bytes = vec![0; length.draw(random)];
                random.fill_bytes(&mut bytes);
                Value::Bytes(bytes.into())
            }
            Values::Date => Value::Date(i32::try_from(now.local().div_euclid(MICROS_OF_DAY)).unwrap_or(0)),
            Values::Time => {
                Value::Time(i32::try_from(now.local().rem_euclid(MICROS_OF_DAY) / 1000).unwrap_or(0))
            }
            Values::Timestamp { max_past_ms, is_local } => {
                let past = if *max_past_ms == 0 { 0 } else { random.gen_range(0..*max_past_ms) };
                let micros = if *is_local { now.local() } else { now.micros };
                // Flink's are of whole milliseconds.
                let now = i128::from(micros / 1000 * 1000) * NANOS_OF_MICRO;
                Value::Timestamp(now - i128::try_from(past * NANOS_OF_MILLI).unwrap_or(0))
            }
            Values::Array(element, length) => Value::Array(list(element, *length)),
            Values::Map(key, value, length) => {
                let keys = list(key, *length);
                let mut entries: Vec<(Value, Value)> = Vec::with_capacity(keys.len());
                for (key, value) in keys.into_iter().zip(list(value, *length)) {
                    if key != Value::Null && entries.iter().all(|(k, _)| *k != key) {
                        entries.push((key, value));
                    }
                }
                Value::Map(entries)
            }
            Values::Multiset(element, length) => {
                let mut counts: Vec<(Value, i32)> = Vec::new();
                for element in list(element, *length).into_iter().filter(|e| *e != Value::Null) {
                    match counts.iter_mut().find(|(e, _)| *e == element) {
                        Some((_, count)) => *count += 1,
                        None => counts.push((element, 1)),
                    }
                }
                Value::Map(counts.into_iter().map(|(e, count)| (e, Value::Int(count))).collect())
            }
            Values::Row(fields) => Value::Row(fields.iter().map(|f| f.value(row, random, now)).collect()),
        }
    }
}

impl Length {
    fn draw(self, random: &mut SmallRng) -> usize {
        let length = if self.varies && self.most > 1 { random.gen_range(1..=self.most) } else { self.most };
        length as usize
    }
}

/// The clock of a batch.
#[derive(Clone, Copy)]
struct Now<'a> {
    /// Microseconds since 1970-01-01 UTC.
    micros: i64,
    zone: &'a TimeZone,
}

impl Now<'_> {
    /// Microseconds on the wall clock of the session's zone.
    fn local(self) -> i64 {
        let offset =
            jiff::Timestamp::from_microsecond(self.micros).map_or(0, |t| self.zone.to_offset(t).seconds());
        self.micros + i64::from(offset) * 1_000_000
    }
}

/// The least and the greatest whole number of a type.
fn whole_range(kind: &Kind) -> Option<(i128, i128)> {
    Some(match kind {
        Kind::TinyInt => (i8::MIN.into(), i8::MAX.into()),
        Kind::SmallInt => (i16::MIN.into(), i16::MAX.into()),
        Kind::Int => (i32::MIN.into(), i32::MAX.into()),
        Kind::BigInt | Kind::IntervalDayTime(_) => (i64::MIN.into(), i64::MAX.into()),
        Kind::IntervalYearMonth(_) => (0, MONTHS_MAX),
        _ => return None,
    })
}

/// A whole number as a value of a type that [`whole_range`] bounds, or that a sequence can count.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the number lies within the type's range"
)]
fn whole(kind: &Kind, number: i128) -> Value {
    match kind {
        Kind::TinyInt => Value::TinyInt(number as i8),
        Kind::SmallInt => Value::SmallInt(number as i16),
        Kind::Int => Value::Int(number as i32),
        Kind::IntervalYearMonth(_) => Value::Months(number as i32),
        Kind::IntervalDayTime(_) => Value::Milliseconds(number as i64),
        Kind::Float | Kind::Double => real(kind, number as f64),
        Kind::Decimal { .. } => Value::Decimal(number),
        Kind::Char { .. } | Kind::VarChar { .. } => Value::String(number.to_string().into()),
        _ => Value::BigInt(number as i64),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a FLOAT's bounds lie within its range")]
fn real(kind: &Kind, number: f64) -> Value {
    if matches!(kind, Kind::Float) { Value::Float(number as f32) } else { Value::Double(number) }
}

fn ordered<N: PartialOrd + std::fmt::Display>(path: &str, from: N, to: N) -> Result<()> {
    if from <= to {
        return Ok(());
    }
    Err(invalid(format!("'{path}.min' is {from}, which lies above '{path}.max', {to}")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

struct DataGen {
    columns: Vec<ColumnValues>,
    random: SmallRng,
    /// Rows made so far: what sequences count by.
    row: u64,
    time_zone: TimeZone,
}

impl Generator for DataGen {
    fn generate(&mut self, rows: usize, context: &EvalContext) -> Result<Vec<ArrayRef>> {
        let now = Now { micros: context.now_micros, zone: &self.time_zone };
        // Row by row, so that a row is the same however rows fall into batches.
        let mut values: Vec<Vec<Value>> = self.columns.iter().map(|_| Vec::with_capacity(rows)).collect();
        for row in self.row..self.row + rows as u64 {
            for (column, values) in self.columns.iter().zip(&mut values) {
                values.push(column.value(row, &mut self.random, now));
            }
        }
        self.row += rows as u64;
        self.columns
            .iter()
            .zip(&values)
            .map(|(column, values)| Ok(Value::column(values, &column.data_type)?))
            .collect()
    }
}
