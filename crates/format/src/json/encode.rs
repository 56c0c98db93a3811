//! Rows to JSON objects, as Flink's JSON format writes them.

use std::borrow::Cow;
use std::sync::OnceLock;

use arrow_array::RecordBatch;
use millstream_expr::types::{DataType, Field, Kind};

use crate::cells::{Cell, Cells};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{JsonOptions, MapNullKey, TimestampStandard};
use crate::simd::Level;
use crate::text::temporal::{self, Style};
use crate::text::{base64, decimal, float, integer};

/// Writes rows as JSON objects, a line each.
#[derive(Debug)]
pub(crate) struct JsonEncoder {
    options: JsonOptions,
    style: Style,
    fields: Vec<Shape>,
}

/// What is to be known of a field, or a field inside of it, to write it.
#[derive(Debug)]
struct Shape {
    /// The name in quotes, and the colon.
    key: Vec<u8>,
    data_type: DataType,
    /// The fields of a ROW; of an ARRAY the element, of a MAP the value, alone.
    inner: Vec<Shape>,
}

impl Shape {
    fn new(name: &str, data_type: &DataType) -> Result<Self> {
        let mut key = Vec::new();
        write_string(name.as_bytes(), &mut key);
        key.push(b':');
        let inner = match &data_type.kind {
            Kind::Row(fields) => {
                fields.iter().map(|f| Self::new(&f.name, &f.data_type)).collect::<Result<_>>()?
            }
            Kind::Array(element) => vec![Self::new("", element)?],
            Kind::Map(key, value) if key.kind.is_character() => vec![Self::new("", value)?],
            Kind::Multiset(element) if element.kind.is_character() => {
                vec![Self::new("", &DataType::new(Kind::Int))?]
            }
            Kind::Map(..) | Kind::Multiset(_) => return Err(no_such_key(name, data_type)),
            _ => Vec::new(),
        };
        Ok(Self { key, data_type: data_type.clone(), inner })
    }
}

/// The error for a MAP or MULTISET whose keys are not strings.
pub(super) fn no_such_key(name: &str, data_type: &DataType) -> Error {
    Error::invalid(format!(
        "format 'json' holds maps with STRING keys only, and column '{name}' is {data_type}; cast its keys to STRING"
    ))
}

impl JsonEncoder {
    pub(crate) fn new(options: &JsonOptions, fields: &[Field]) -> Result<Self> {
        let style = match options.timestamp_standard {
            TimestampStandard::Sql => Style::Sql,
            TimestampStandard::Iso8601 => Style::Iso,
        };
        let fields = fields.iter().map(|f| Shape::new(&f.name, &f.data_type)).collect::<Result<_>>()?;
        Ok(Self { options: options.clone(), style, fields })
    }

    /// Appends the rows of `batch`.
    pub(crate) fn encode(
        &self,
        batch: &RecordBatch,
        out: &mut Vec<u8>,
        ended: &mut dyn FnMut(usize),
    ) -> Result<()> {
        if batch.num_columns() != self.fields.len() {
            return Err(Error::internal("a batch has other columns than its encoder"));
        }
        let cells = batch.columns().iter().zip(&self.fields).map(|(c, f)| Cells::new(c, &f.data_type));
        let cells = cells.collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            self.object(&self.fields, &cells, row, out)?;
            out.push(b'\n');
            ended(out.len());
        }
        Ok(())
    }

    fn object(&self, shapes: &[Shape], cells: &[Cells<'_>], row: usize, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'{');
        let mut is_first = true;
        for (shape, cells) in shapes.iter().zip(cells) {
            let cell = cells.get(row);
            if self.options.ignore_null_fields && matches!(cell, Cell::Null) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&shape.key);
            self.value(shape, &cell, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    #[inline]
    fn value(&self, shape: &Shape, cell: &Cell<'_, '_>, out: &mut Vec<u8>) -> Result<()> {
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Boolean(true) => out.extend_from_slice(b"true"),
            Cell::Boolean(false) => out.extend_from_slice(b"false"),
            Cell::Integer(value) => integer::write(out, *value),
            Cell::Text(text) => write_string(text.as_bytes(), out),
            Cell::Timestamp(instant, utc) => {
                out.push(b'"');
                temporal::write_timestamp(out, *instant, self.style, *utc);
                out.push(b'"');
            }
            other => self.rare_value(shape, other, out)?,
        }
        Ok(())
    }

    fn rare_value(&self, shape: &Shape, cell: &Cell<'_, '_>, out: &mut Vec<u8>) -> Result<()> {
        match cell {
            Cell::Float(value) => {
                quoted_unless(value.is_finite(), out, |out| float::write_float(out, *value))
            }
            Cell::Double(value) => {
                quoted_unless(value.is_finite(), out, |out| float::write_double(out, *value))
            }
            Cell::Decimal(unscaled, scale) if self.options.decimal_as_plain_number => {
                decimal::write_plain(out, *unscaled, u32::from(*scale));
            }
            Cell::Decimal(unscaled, scale) => decimal::write_stripped(out, *unscaled, i32::from(*scale)),
            Cell::Variant(json) => out.extend_from_slice(json.as_bytes()),
            Cell::Bytes(bytes) => quoted_unless(false, out, |out| base64::encode(bytes, out)),
            Cell::Date(days) => quoted_unless(false, out, |out| temporal::write_date(out, i64::from(*days))),
            // Flink's JSON knows no fractions of a second of the day.
            Cell::Time(millis) => quoted_unless(false, out, |out| {
                temporal::write_time(out, u32::try_from(millis / 1000).unwrap_or(0), 0);
            }),
            Cell::Array(elements, range) => {
                out.push(b'[');
                for index in range.clone() {
                    if index > range.start {
                        out.push(b',');
                    }
                    self.value(inner(shape)?, &elements.get(index), out)?;
                }
                out.push(b']');
            }
            Cell::Map(keys, values, range) => {
                out.push(b'{');
                let mut is_first = true;
                for index in range.clone() {
                    let key = match keys.get(index) {
                        Cell::Text(key) => Cow::Borrowed(key),
                        _ => match self.null_key()? {
                            Some(key) => Cow::Owned(key),
                            None => continue,
                        },
                    };
                    if !is_first {
                        out.push(b',');
                    }
                    is_first = false;
                    write_string(key.as_bytes(), out);
                    out.push(b':');
                    self.value(inner(shape)?, &values.get(index), out)?;
                }
                out.push(b'}');
            }
            Cell::Row(fields, row) => self.object(&shape.inner, fields, *row, out)?,
            Cell::Null | Cell::Boolean(_) | Cell::Integer(_) | Cell::Text(_) | Cell::Timestamp(..) => {
                self.value(shape, cell, out)?;
            }
        }
        Ok(())
    }

    /// What stands for a NULL key; `None`: its entry is left out.
    fn null_key(&self) -> Result<Option<String>> {
        match &self.options.map_null_key {
            MapNullKey::Drop => Ok(None),
            MapNullKey::Literal(literal) => Ok(Some(literal.clone())),
            MapNullKey::Fail => Err(Error {
                kind: ErrorKind::Runtime,
                message: "a map with a NULL key cannot be written as JSON; set 'json.map-null-key.mode' to \
                          'DROP' or 'LITERAL'"
                    .to_owned(),
                record: None,
            }),
        }
    }
}

fn inner(shape: &Shape) -> Result<&Shape> {
    shape.inner.first().ok_or_else(|| Error::internal("a container without the type of its elements"))
}

fn quoted_unless(plain: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if !plain {
        out.push(b'"');
    }
    write(out);
    if !plain {
        out.push(b'"');
    }
}

/// Appends `text` in quotes, with Jackson's escapes.
pub(super) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    write_escaped(text, out);
    out.push(b'"');
}

/// Appends `text` with Jackson's escapes.
pub(super) fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    let level = *LEVEL.get_or_init(Level::detect);
    let mut rest = text;
    loop {
        let (plain, behind) = rest.split_at_checked(level.json_plain_prefix(rest)).unwrap_or((rest, &[]));
        out.extend_from_slice(plain);
        let Some((special, behind)) = behind.split_first() else { break };
        rest = behind;
        let short = match special {
            b'"' | b'\\' => *special,
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            _ => {
                let hexadecimal = |digit: u8| if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[hexadecimal(special >> 4), hexadecimal(special & 15)]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
}
