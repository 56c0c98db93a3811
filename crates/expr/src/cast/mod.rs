//! Conversions between types, as Flink's CAST does them.

use arrow_array::{Array, ArrayRef, new_null_array};
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::expr::CastMode;
use crate::types::{DataType, Kind};

/// A conversion, made once and applied to columns.
pub(crate) struct Cast {
    convert: Option<Convert>,
    fallible: bool,
    cost: u32,
}

type Convert = Box<dyn Fn(&ArrayRef) -> Result<ArrayRef> + Send + Sync>;

impl Cast {
    /// The conversion of `from` into `to`.
    ///
    /// # Errors
    /// Invalid, when the types do not convert.
    pub(crate) fn new(from: &DataType, to: &DataType, mode: CastMode, time_zone: &TimeZone) -> Result<Self> {
        let _ = (mode, time_zone);
        if from.physical() == to.physical() && from.same_kind(to) {
            return Ok(Self { convert: None, fallible: false, cost: 0 });
        }
        if from.kind == Kind::Null {
            let physical = to.physical();
            let convert: Convert = Box::new(move |array| Ok(new_null_array(&physical, array.len())));
            return Ok(Self { convert: Some(convert), fallible: false, cost: 0 });
        }
        Err(Error::unsupported(format!("a cast from {from} to {to}")))
    }

    /// Whether it changes nothing.
    pub(crate) fn is_identity(&self) -> bool {
        self.convert.is_none()
    }

    /// Whether a row's value can fail to convert.
    pub(crate) fn fallible(&self) -> bool {
        self.fallible
    }

    /// About how long it takes for a row.
    pub(crate) fn cost(&self) -> u32 {
        self.cost
    }

    /// Converts a column.
    pub(crate) fn apply(&self, array: &ArrayRef) -> Result<ArrayRef> {
        match &self.convert {
            None => Ok(array.clone()),
            Some(convert) => convert(array),
        }
    }
}
