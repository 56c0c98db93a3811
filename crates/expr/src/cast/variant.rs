//! From VARIANT: a string to strings and datetimes, a number to numbers, a truth to BOOLEAN, null to NULL. Flink 2.1 casts no VARIANT;
//! later versions cast so.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};

use super::failures::{Converted, Failures};
use super::{Conversion, misfit, parse, strings};
use crate::functions::json::{Cursor, decode};
use crate::types::{DataType, Kind};
use crate::zone::Zone;

/// What a VARIANT holds, as the first byte of its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Null,
    Truth,
    Number,
    Text,
    Parts,
}

impl Holds {
    fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Truth,
            Some(b'n') => Self::Null,
            Some(b'{' | b'[') => Self::Parts,
            _ => Self::Number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Truth => "a truth",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Parts => "an object or array",
        }
    }
}

/// Values of VARIANTs as `to`.
pub(super) fn conversion(to: &DataType, zone: &Zone) -> Option<Conversion> {
    let texts = DataType::string();
    if to.kind.is_character() {
        let scalars = scalars(to, |_| true);
        return Some(match strings::conversion(&texts, to, zone) {
            Some(fitting) => scalars.then(fitting),
            None => scalars,
        });
    }
    let takes: fn(Holds) -> bool = match &to.kind {
        kind if kind.is_numeric() => |holds| holds == Holds::Number,
        kind if kind.is_datetime() => |holds| holds == Holds::Text,
        Kind::Boolean => |holds| holds == Holds::Truth,
        _ => return None,
    };
    Some(scalars(to, takes).then(parse::conversion(to, zone)?))
}

/// The texts of VARIANTs: strings without their quotes, all else as JSON; NULL for null.
fn scalars(to: &DataType, takes: fn(Holds) -> bool) -> Conversion {
    let name = to.kind.to_string();
    Conversion::fallible(20, move |array| {
        let variants = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
        let mut column = StringViewBuilder::with_capacity(variants.len());
        let mut failures = Failures::default();
        for row in 0..variants.len() {
            let text = if variants.is_null(row) { "null" } else { variants.value(row) };
            match Holds::of(text) {
                Holds::Null => column.append_null(),
                holds if !takes(holds) => {
                    failures.push(row, || {
                        format!(
                            "a VARIANT that holds {} is no {name}; TRY_CAST would make it NULL",
                            holds.name()
                        )
                    });
                    column.append_null();
                }
                Holds::Text => match Cursor::new(text).string() {
                    Ok(string) => column.append_value(decode(string)),
                    Err(_) => column.append_null(),
                },
                _ => column.append_value(text),
            }
        }
        let array: ArrayRef = Arc::new(column.finish());
        Ok(Converted { array, failures })
    })
}
