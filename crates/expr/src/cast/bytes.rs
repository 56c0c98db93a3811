//! To BINARY and VARBINARY: the bytes, or a text's UTF-8, cut or filled up with zeros.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryViewBuilder;
use arrow_array::cast::AsArray;

use super::{Conversion, misfit};
use crate::error::Result;
use crate::types::{DataType, Kind};

/// From CHAR, VARCHAR, BINARY or VARBINARY to BINARY or VARBINARY; `None` for other types.
pub(super) fn conversion(from: &DataType, to: &DataType) -> Option<Conversion> {
    let (length, padded) = match to.kind {
        Kind::Binary { length } => (length, true),
        // Flink fills up, too, what is cast to fewer bytes than its type allows.
        Kind::VarBinary { length } => {
            (length, from.kind.is_binary() && from.kind.length().is_some_and(|given| given > length))
        }
        _ => return None,
    };
    let (characters, binary) = (from.kind.is_character(), from.kind.is_binary());
    if !characters && !binary {
        return None;
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Some(Conversion::sure(4, move |array| {
        if characters {
            let texts = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
            return fitted(texts.iter().map(|text| text.map(str::as_bytes)), length, padded);
        }
        let bytes = array.as_binary_view_opt().ok_or_else(|| misfit(array))?;
        let fits = |bytes: &[u8]| if padded { bytes.len() == length } else { bytes.len() <= length };
        if bytes.iter().flatten().all(fits) {
            return Ok(Arc::clone(array));
        }
        fitted(bytes.iter(), length, padded)
    }))
}

fn fitted<'a>(
    values: impl Iterator<Item = Option<&'a [u8]>>,
    length: usize,
    padded: bool,
) -> Result<ArrayRef> {
    let mut column = BinaryViewBuilder::with_capacity(values.size_hint().0);
    let mut filled = Vec::new();
    for value in values {
        match value {
            None => column.append_null(),
            Some(bytes) if padded && bytes.len() < length => {
                filled.clear();
                filled.extend_from_slice(bytes);
                filled.resize(length, 0);
                column.try_append_value(&filled)?;
            }
            Some(bytes) => column.try_append_value(bytes.get(..length).unwrap_or(bytes))?,
        }
    }
    Ok(Arc::new(column.finish()))
}
