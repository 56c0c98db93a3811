//! To CHAR and VARCHAR: everything prints, then is cut or padded to its length.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringViewArray};

use super::print::cell_writer;
use super::{Conversion, misfit};
use crate::error::Result;
use crate::types::{DataType, Kind, MAX_LENGTH};
use crate::zone::Zone;

/// How long a text has to be, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Length {
    characters: usize,
    /// CHAR: shorter texts are filled up with spaces.
    padded: bool,
}

impl Length {
    /// The length of a CHAR or VARCHAR; `None` for STRING.
    fn of(data_type: &DataType) -> Option<Self> {
        let (length, padded) = match data_type.kind {
            Kind::Char { length } => (length, true),
            Kind::VarChar { length: MAX_LENGTH } => return None,
            Kind::VarChar { length } => (length, false),
            _ => return None,
        };
        Some(Self { characters: usize::try_from(length).unwrap_or(usize::MAX), padded })
    }

    /// Whether `text` has it already.
    fn holds(self, text: &str) -> bool {
        if !self.padded && text.len() <= self.characters {
            return true;
        }
        let characters = text.chars().take(self.characters.saturating_add(1)).count();
        if self.padded { characters == self.characters } else { characters <= self.characters }
    }

    /// Cuts or pads the text of what was no text before, of which Flink counts the UTF-16 units.
    fn fit_units(self, out: &mut String) {
        if out.is_ascii() {
            return self.fit(out);
        }
        let units: Vec<u16> = out.encode_utf16().take(self.characters).collect();
        if units.len() < self.characters {
            if self.padded {
                out.extend(std::iter::repeat_n(' ', self.characters - units.len()));
            }
            return;
        }
        *out = char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect();
    }

    /// Cuts or pads a text.
    fn fit(self, out: &mut String) {
        if let Some((cut, _)) = out.char_indices().nth(self.characters) {
            out.truncate(cut);
        } else if self.padded {
            let missing = self.characters - out.chars().count();
            out.extend(std::iter::repeat_n(' ', missing));
        }
    }
}

/// Prints values of `from` as `to`, a CHAR or VARCHAR.
pub(super) fn conversion(from: &DataType, to: &DataType, zone: &Zone) -> Option<Conversion> {
    if !to.kind.is_character() {
        return None;
    }
    let length = Length::of(to);
    if from.kind.is_character() {
        let length = length?;
        return Some(Conversion::sure(4, move |array| fitted(array, length)));
    }
    let (from, zone) = (from.clone(), zone.clone());
    Some(Conversion::sure(40, move |array| {
        let write = cell_writer(array, &from, &zone)?;
        let nulls = array.logical_nulls();
        let mut column = StringViewBuilder::with_capacity(array.len());
        let mut text = String::new();
        for row in 0..array.len() {
            if nulls.as_ref().is_some_and(|n| n.is_null(row)) {
                column.append_null();
                continue;
            }
            text.clear();
            write(row, &mut text);
            if let Some(length) = length {
                length.fit_units(&mut text);
            }
            column.try_append_value(&text)?;
        }
        Ok(Arc::new(column.finish()))
    }))
}

/// The texts, each of a length that fits. Where all of them do, as mostly, nothing is copied.
fn fitted(array: &ArrayRef, length: Length) -> Result<ArrayRef> {
    let texts: &StringViewArray = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
    if texts.iter().flatten().all(|text| length.holds(text)) {
        return Ok(Arc::clone(array));
    }
    let mut column = StringViewBuilder::with_capacity(texts.len());
    let mut fitted = String::new();
    for text in texts {
        let Some(text) = text else {
            column.append_null();
            continue;
        };
        fitted.clear();
        fitted.push_str(text);
        length.fit(&mut fitted);
        column.try_append_value(&fitted)?;
    }
    Ok(Arc::new(column.finish()))
}
