//! What stands in an object or an array that is put together: values turned into JSON, and JSON put in as it is.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};

use super::construct::{Write, writer};
use super::string::{compare, write_string};
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::types::DataType;

/// A value of a constructor: turned into JSON, or JSON text put in as it is.
pub(crate) enum Member {
    /// A value of SQL.
    Value(Write),
    /// A string that is JSON.
    Text,
}

impl Member {
    /// Values of this type, turned into JSON.
    ///
    /// # Errors
    /// Invalid, for a type that does not become JSON.
    pub(crate) fn value(data_type: &DataType) -> Result<Self> {
        writer(data_type).map(Self::Value)
    }

    /// Appends the value at a row of a batch; gives false, and appends nothing, where it is NULL.
    pub(super) fn write_at(&self, column: &Column, row: usize, out: &mut String) -> Result<bool> {
        match column {
            Column::Array(array) => self.write(array, row, out),
            Column::Constant(array) => self.write(array, 0, out),
        }
    }

    /// Appends the value at a row of an array; gives false, and appends nothing, where it is NULL.
    pub(crate) fn write(&self, array: &ArrayRef, row: usize, out: &mut String) -> Result<bool> {
        if array.is_null(row) || *array.data_type() == arrow_schema::DataType::Null {
            return Ok(false);
        }
        match self {
            Self::Value(write) => write(array, row, out)?,
            Self::Text => {
                let texts = array
                    .as_string_view_opt()
                    .ok_or_else(|| Error::internal("JSON text that is no STRING"))?;
                let text = texts.value(row);
                if text.trim().is_empty() {
                    return Ok(false);
                }
                let tree = Tree::parse(text).map_err(|error| {
                    Error::runtime(format!("JSON: the text is no JSON: {}, at byte {}", error.what, error.at))
                })?;
                tree.write(out);
            }
        }
        Ok(true)
    }
}

/// Appends an object of keys and their values, which are JSON: keys in the order of Java's strings.
pub(crate) fn write_object(mut members: Vec<(&str, &str)>, out: &mut String) {
    members.sort_by(|(a, _), (b, _)| compare(a, b));
    out.push('{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
}
