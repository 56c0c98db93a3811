//! Predicate and output fields of a scan, for sources that make columns rather than decode them.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use arrow_select::filter::FilterBuilder;
use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator};
use millstream_sql::plan::Scan;

/// Decides a scan's predicate over its fields and gives out its output.
pub(crate) struct Select {
    predicate: Option<Evaluator>,
    output: Vec<usize>,
    schema: SchemaRef,
}

impl Select {
    pub fn new(scan: &Scan, time_zone: &TimeZone) -> Result<Self> {
        let predicate = scan
            .predicate
            .as_ref()
            .map(|p| Evaluator::new(std::slice::from_ref(p), time_zone))
            .transpose()?;
        Ok(Self {
            predicate,
            output: scan.output.clone(),
            schema: Arc::new(physical_schema(&output_fields(scan))),
        })
    }

    /// The rows that pass, of `rows` rows whose `columns` are the scan's fields; absent when there are none.
    pub fn apply(
        &self,
        columns: &[ArrayRef],
        rows: usize,
        context: &EvalContext,
    ) -> Result<Option<RecordBatch>> {
        let mask = match &self.predicate {
            Some(predicate) => Some(predicate.predicate(context, columns, rows)?),
            None => None,
        };
        let passing = mask.as_ref().map_or(rows, BooleanArray::true_count);
        if passing == 0 {
            return Ok(None);
        }
        let filter = mask.filter(|_| passing < rows).map(|mask| FilterBuilder::new(&mask).optimize().build());
        let mut output = Vec::with_capacity(self.output.len());
        for &index in &self.output {
            let column = columns.get(index).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "a scan gives out a field that it does not read")
            })?;
            output.push(match &filter {
                Some(filter) => filter.filter(column.as_ref())?,
                None => Arc::clone(column),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(passing));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), output, &options)?))
    }
}

/// The output columns of a scan, named by the last part of what is read.
pub(crate) fn output_fields(scan: &Scan) -> Vec<Field> {
    scan.output
        .iter()
        .filter_map(|&index| scan.fields.get(index))
        .map(|field| {
            let name = scan.table.columns.get(field.column).map_or("", |column| column.name.as_ref());
            Field::new(name, field.data_type.clone())
        })
        .collect()
}
