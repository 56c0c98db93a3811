//! Keys of messages, made of the PRIMARY KEY of a table.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::DataType as Physical;
use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr};
use millstream_format::{Encoder, Format};
use millstream_sql::catalog::{Table, TableColumnKind};

use crate::failure::format_error;

/// The columns of a PRIMARY KEY, and how they are written.
#[derive(Clone, Debug)]
pub(super) struct Key {
    table: String,
    fields: Vec<Field>,
    form: Form,
}

/// How a key is written.
#[derive(Clone, Debug)]
enum Form {
    /// One column: its text, or its bytes; as `millstream produce --key-field` writes it.
    Text,
    /// In a format: several columns, or what `key.format` asks for.
    Encoded(Box<Format>),
}

impl Key {
    /// The key of a table that has one. `format` is what `key.format` says, with its options.
    pub fn of(table: &Table, format: Option<Format>) -> Result<Option<Self>> {
        if table.primary_key.is_empty() {
            return Ok(None);
        }
        let mut fields = Vec::with_capacity(table.primary_key.len());
        for name in &table.primary_key {
            let column = table.columns.iter().find(|column| column.name == *name);
            let physical = column.filter(|column| column.kind == TableColumnKind::Physical);
            let Some(column) = physical else {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "column '{name}' in the PRIMARY KEY of table '{}' is no part of the messages' bodies: \
                         a key of connector 'log' is made of physical columns",
                        table.path.name
                    ),
                ));
            };
            fields.push(Field::new(name.clone(), column.data_type.clone()));
        }
        let form = match format {
            Some(format) => Form::Encoded(Box::new(format)),
            None if fields.len() == 1 => Form::Text,
            None => {
                let json = Format::from_options("json", &BTreeMap::new());
                Form::Encoded(Box::new(json.map_err(|e| format_error(e, "PRIMARY KEY"))?))
            }
        };
        let key = Self { table: table.path.name.to_string(), fields, form };
        key.encoder()?;
        Ok(Some(key))
    }

    /// The names of its columns, in the order of the key.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_ref())
    }

    pub fn encoder(&self) -> Result<KeyEncoder> {
        let place = format!("PRIMARY KEY of table '{}'", self.table);
        let form = match (&self.form, self.fields.as_slice()) {
            (Form::Text, [field]) => {
                let text = DataType::string().with_nullable(field.data_type.nullable);
                let column = Expr::column(0, field.data_type.clone());
                // A key must not depend on the session's time zone.
                let cast = Expr::cast(column, text, CastMode::Fail);
                EncoderForm::Text(Evaluator::new(&[cast], &TimeZone::UTC)?)
            }
            (Form::Encoded(format), fields) => {
                let encoder = Encoder::new(format, fields).map_err(|e| format_error(e, &place))?;
                EncoderForm::Encoded(Box::new(encoder))
            }
            (Form::Text, _) => return Err(Error::new(ErrorKind::Internal, "a text key of several columns")),
        };
        Ok(KeyEncoder { form, fields: self.fields.clone(), place, bytes: Vec::new() })
    }
}

/// Writes keys.
pub(super) struct KeyEncoder {
    form: EncoderForm,
    fields: Vec<Field>,
    place: String,
    bytes: Vec<u8>,
}

enum EncoderForm {
    Text(Evaluator),
    Encoded(Box<Encoder>),
}

impl KeyEncoder {
    /// The keys of rows, from the columns of the key in its order. A row with a NULL in it has none.
    pub fn keys(&mut self, columns: &[ArrayRef], rows: usize) -> Result<Vec<Option<Vec<u8>>>> {
        let nulls: Vec<bool> =
            (0..rows).map(|row| columns.iter().any(|column| column.is_null(row))).collect();
        let present =
            |(row, key): (usize, Vec<u8>)| (!nulls.get(row).copied().unwrap_or(true)).then_some(key);
        match &mut self.form {
            EncoderForm::Text(evaluator) => {
                let [column] = columns else {
                    return Err(Error::new(ErrorKind::Internal, "a text key of several columns"));
                };
                if column.data_type() == &Physical::BinaryView {
                    let bytes = column.as_binary_view();
                    return Ok((0..rows).map(|row| (row, bytes.value(row).to_vec())).map(present).collect());
                }
                let context = EvalContext { now_micros: 0, seed: 0 };
                let texts = evaluator.evaluate(&context, columns, rows)?.pop();
                let texts = texts.ok_or_else(|| Error::new(ErrorKind::Internal, "a key without a text"))?;
                let texts = texts.into_array(rows)?;
                let texts = texts.as_string_view();
                Ok((0..rows).map(|row| (row, texts.value(row).as_bytes().to_vec())).map(present).collect())
            }
            EncoderForm::Encoded(encoder) => {
                let schema = physical_schema(&self.fields);
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let batch = RecordBatch::try_new_with_options(schema.into(), columns.to_vec(), &options)?;
                self.bytes.clear();
                let mut ends = Vec::with_capacity(rows);
                encoder
                    .encode_rows(&batch, &mut self.bytes, &mut |end| ends.push(end))
                    .map_err(|e| format_error(e, &self.place))?;
                let mut start = 0;
                let mut keys = Vec::with_capacity(rows);
                for end in ends {
                    // The line end behind each is no part of it.
                    keys.push(self.bytes.get(start..end.saturating_sub(1)).unwrap_or_default().to_vec());
                    start = end;
                }
                Ok(keys.into_iter().enumerate().map(present).collect())
            }
        }
    }
}
