//! Conversions between types, as Flink's CAST and TRY_CAST do them.
//!
//! A conversion is chosen once for its types and run over columns. A row that does not convert is noted
//! with the reason of the first one; what becomes of it, an error or NULL, is decided at the top, so that a nested
//! value fails as a whole. Each room holds the conversions of one family: [`numbers`], [`interval`],
//! [`datetime`], [`bytes`], [`strings`] (everything prints), [`parse`] (strings are read), [`nested`].

mod bytes;
mod datetime;
mod failures;
mod interval;
mod moment;
mod nested;
mod numbers;
mod parse;
mod print;
mod strings;
mod variant;

pub(crate) use moment::{parse_date, parse_timestamp};

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, new_null_array};
use arrow_buffer::BooleanBufferBuilder;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::expr::CastMode;
use crate::types::{DataType, Kind};
use crate::zone::Zone;
use failures::Converted;

/// A conversion, made once and applied to columns.
pub(crate) struct Cast {
    /// `None` where nothing changes.
    conversion: Option<Conversion>,
    mode: CastMode,
}

/// How a column is converted.
struct Conversion {
    convert: Convert,
    /// Whether a row's value can fail to convert.
    fallible: bool,
    /// About how long it takes for a row; a comparison of numbers takes 1.
    cost: u32,
}

type Convert = Box<dyn Fn(&ArrayRef) -> Result<Converted> + Send + Sync>;

impl Conversion {
    fn new(
        fallible: bool,
        cost: u32,
        convert: impl Fn(&ArrayRef) -> Result<Converted> + Send + Sync + 'static,
    ) -> Self {
        Self { convert: Box::new(convert), fallible, cost }
    }

    /// A conversion that no row fails.
    fn sure(cost: u32, convert: impl Fn(&ArrayRef) -> Result<ArrayRef> + Send + Sync + 'static) -> Self {
        Self::new(false, cost, move |array| Ok(convert(array)?.into()))
    }

    /// A conversion that rows may fail.
    fn fallible(cost: u32, convert: impl Fn(&ArrayRef) -> Result<Converted> + Send + Sync + 'static) -> Self {
        Self::new(true, cost, convert)
    }

    /// This conversion and then another.
    fn then(self, next: Self) -> Self {
        let (fallible, cost) = (self.fallible || next.fallible, self.cost.saturating_add(next.cost));
        Self::new(fallible, cost, move |array| {
            let first = self.run(array)?;
            let mut second = next.run(&first.array)?;
            second.failures.merge(first.failures);
            Ok(second)
        })
    }

    fn run(&self, array: &ArrayRef) -> Result<Converted> {
        (self.convert)(array)
    }
}

impl Cast {
    /// The conversion of `from` into `to`.
    ///
    /// # Errors
    /// Invalid, when the types do not convert.
    pub(crate) fn new(from: &DataType, to: &DataType, mode: CastMode, time_zone: &TimeZone) -> Result<Self> {
        let conversion =
            if changes_nothing(from, to) { None } else { Some(converter(from, to, &Zone::new(time_zone))?) };
        Ok(Self { conversion, mode })
    }

    /// Whether it changes nothing.
    pub(crate) fn is_identity(&self) -> bool {
        self.conversion.is_none()
    }

    /// Whether a row's value can fail the query.
    pub(crate) fn fallible(&self) -> bool {
        !self.mode.gives_null() && self.conversion.as_ref().is_some_and(|c| c.fallible)
    }

    /// About how long it takes for a row; a comparison of numbers takes 1.
    pub(crate) fn cost(&self) -> u32 {
        self.conversion.as_ref().map_or(0, |c| c.cost)
    }

    /// Converts a column.
    ///
    /// # Errors
    /// Runtime, when a row does not convert and the mode is not [`CastMode::Null`].
    pub(crate) fn apply(&self, array: &ArrayRef) -> Result<ArrayRef> {
        let Some(conversion) = &self.conversion else {
            return Ok(Arc::clone(array));
        };
        let Converted { array, failures } = conversion.run(array)?;
        if failures.rows.is_empty() {
            return Ok(array);
        }
        if !self.mode.gives_null() {
            return Err(Error::runtime(failures.first.unwrap_or_default()));
        }
        let mut failed = BooleanBufferBuilder::new(array.len());
        failed.append_n(array.len(), false);
        for row in failures.rows {
            failed.set_bit(row, true);
        }
        Ok(arrow_select::nullif::nullif(&array, &BooleanArray::new(failed.finish(), None))?)
    }
}

/// How values of `from` become values of `to`.
fn converter(from: &DataType, to: &DataType, zone: &Zone) -> Result<Conversion> {
    if from.kind == Kind::Null {
        let physical = to.physical();
        return Ok(Conversion::sure(0, move |array| Ok(new_null_array(&physical, array.len()))));
    }
    let found = if changes_nothing(from, to) {
        Some(Conversion::sure(0, |array| Ok(Arc::clone(array))))
    } else if from.kind == Kind::Variant {
        variant::conversion(to, zone)
    } else if to.kind.is_character() {
        strings::conversion(from, to, zone)
    } else if to.kind.is_binary() {
        bytes::conversion(from, to)
    } else if from.kind.is_character() {
        parse::conversion(to, zone)
    } else if from.kind.is_interval() || to.kind.is_interval() {
        interval::conversion(from, to)
    } else if from.kind.is_datetime() {
        datetime::conversion(from, to, zone)
    } else if from.kind.is_nested() {
        nested::conversion(from, to, zone)?
    } else {
        numbers::conversion(from, to)
    };
    found.ok_or_else(|| Error::invalid(format!("a value of {from} does not convert to {to}")))
}

/// Whether every value of `from` is the same value of `to`, and stands the same in memory.
fn changes_nothing(from: &DataType, to: &DataType) -> bool {
    match (&from.kind, &to.kind) {
        (Kind::Char { length: m } | Kind::VarChar { length: m }, Kind::VarChar { length: n })
        | (Kind::Binary { length: m } | Kind::VarBinary { length: m }, Kind::VarBinary { length: n }) => {
            m <= n
        }
        // Every TIME holds milliseconds, and intervals of one family differ in how they are written.
        (Kind::Time { .. }, Kind::Time { .. })
        | (Kind::IntervalYearMonth(_), Kind::IntervalYearMonth(_))
        | (Kind::IntervalDayTime(_), Kind::IntervalDayTime(_)) => true,
        _ => from.same_kind(to),
    }
}

fn misfit(array: &dyn Array) -> Error {
    Error::internal(format!("a cast got a column of {}", array.data_type()))
}
