//! `--output csv`: a header, then rows, as RFC 4180 has them but for lines, which end in LF alone.
//!
//! Values are written as by Flink's `csv` format; an ARRAY, MAP, MULTISET or ROW stands as its text.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use jiff::tz::TimeZone;
use millstream_engine::{ChangeBatch, Error, Result};
use millstream_expr::types::physical_schema;
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, Field};
use millstream_format::{CsvOptions, Encoder, Format};

use super::jsonl::encoding_error;
use super::lines::{LineRenderer, RendererFactory};

/// The line with the names of the columns.
pub fn header(schema: &[Field]) -> Vec<u8> {
    let mut line = Vec::new();
    for (index, field) in schema.iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        let name = &field.name;
        if name.contains([',', '"', '\n', '\r']) {
            line.extend_from_slice(format!("\"{}\"", name.replace('"', "\"\"")).as_bytes());
        } else {
            line.extend_from_slice(name.as_bytes());
        }
    }
    line.push(b'\n');
    line
}

/// Makes renderers for rows of `schema`.
pub fn renderer(schema: &Arc<[Field]>, time_zone: &TimeZone) -> RendererFactory {
    let (schema, time_zone) = (Arc::clone(schema), time_zone.clone());
    Box::new(move || Ok(Box::new(Csv::new(&schema, &time_zone)?)))
}

struct Csv {
    encoder: Encoder,
    /// Makes text of the columns that CSV has no form for; absent where there are none.
    flatten: Option<(Evaluator, arrow_schema::SchemaRef)>,
}

impl Csv {
    fn new(schema: &[Field], time_zone: &TimeZone) -> Result<Self> {
        let flat: Vec<Field> = schema
            .iter()
            .map(|field| {
                if field.data_type.kind.is_nested() {
                    let string = DataType::string().with_nullable(field.data_type.nullable);
                    Field::new(Arc::clone(&field.name), string)
                } else {
                    field.clone()
                }
            })
            .collect();
        let format =
            Format::Csv(CsvOptions { decimal_in_scientific_notation: false, ..CsvOptions::default() });
        let encoder = Encoder::new(&format, &flat).map_err(encoding_error)?;
        let flatten = if schema.iter().any(|field| field.data_type.kind.is_nested()) {
            let columns = schema.iter().zip(&flat).enumerate().map(|(index, (field, flat))| {
                let column = Expr::column(index, field.data_type.clone());
                if field.data_type.kind.is_nested() {
                    Expr::cast(column, flat.data_type.clone(), CastMode::Null)
                } else {
                    column
                }
            });
            let evaluator = Evaluator::new(&columns.collect::<Vec<_>>(), time_zone)?;
            Some((evaluator, Arc::new(physical_schema(&flat))))
        } else {
            None
        };
        Ok(Self { encoder, flatten })
    }
}

impl LineRenderer for Csv {
    fn render(&mut self, batch: &ChangeBatch, out: &mut Vec<u8>) -> Result<()> {
        let Some((evaluator, schema)) = &self.flatten else {
            return self.encoder.encode(&batch.rows, out).map_err(encoding_error);
        };
        let rows = batch.rows.num_rows();
        let context = EvalContext { now_micros: 0, seed: 0 };
        let columns = evaluator.evaluate(&context, batch.rows.columns(), rows)?;
        let columns = columns.into_iter().map(|c| c.into_array(rows)).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let flat =
            RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(Error::from)?;
        self.encoder.encode(&flat, out).map_err(encoding_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let fields = ["a", "b,c", "d\"e"].map(|name| Field::new(name, DataType::string()));
        assert_eq!(header(&fields), b"a,\"b,c\",\"d\"\"e\"\n");
    }
}
