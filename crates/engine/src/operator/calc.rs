//! Filter and projection in one step.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use arrow_select::filter::FilterBuilder;
use jiff::tz::TimeZone;
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator, Expr, ExprKind};

use super::Operator;
use crate::batch::{ChangeBatch, Event};
use crate::error::{Error, Result};

/// Rows for which a condition is TRUE, and expressions over them.
pub(crate) struct Calc {
    predicate: Option<Evaluator>,
    projection: Option<Projection>,
    held: Option<Event>,
}

struct Projection {
    /// The input columns that the expressions read: only those are filtered.
    needed: Vec<usize>,
    /// Over the needed columns.
    evaluator: Evaluator,
    schema: SchemaRef,
}

impl Calc {
    /// `predicate` and `expressions` are both over the input's columns; `output` names the expressions.
    pub fn new(
        predicate: Option<&Expr>,
        projection: Option<(&[Expr], &[Field])>,
        time_zone: &TimeZone,
    ) -> Result<Self> {
        let predicate = predicate.map(|p| Evaluator::new(std::slice::from_ref(p), time_zone)).transpose()?;
        let projection = projection.map(|(e, output)| Projection::new(e, output, time_zone)).transpose()?;
        Ok(Self { predicate, projection, held: None })
    }

    fn apply(&self, batch: ChangeBatch, context: &EvalContext) -> Result<Option<ChangeBatch>> {
        let ChangeBatch { rows, kinds } = batch;
        let mask = match &self.predicate {
            Some(predicate) => Some(predicate.predicate(context, rows.columns(), rows.num_rows())?),
            None => None,
        };
        let passing = mask.as_ref().map_or(rows.num_rows(), BooleanArray::true_count);
        if passing == 0 {
            return Ok(None);
        }
        let mask = mask.filter(|_| passing < rows.num_rows());
        let kinds = match (&mask, kinds) {
            (Some(mask), Some(kinds)) => {
                Some(kinds.into_iter().zip(mask.values()).filter_map(|(k, keep)| keep.then_some(k)).collect())
            }
            (_, kinds) => kinds,
        };
        let filter = mask.map(|mask| {
            let builder = FilterBuilder::new(&mask);
            if rows.num_columns() > 1 { builder.optimize().build() } else { builder.build() }
        });
        let rows = match (&self.projection, &filter) {
            (None, None) => rows,
            (None, Some(filter)) => filter.filter_record_batch(&rows)?,
            (Some(projection), filter) => {
                let mut inputs = Vec::with_capacity(projection.needed.len());
                for &index in &projection.needed {
                    let column = rows.columns().get(index).ok_or_else(|| missing(index))?;
                    inputs.push(match filter {
                        Some(filter) => filter.filter(column.as_ref())?,
                        None => Arc::clone(column),
                    });
                }
                projection.apply(&inputs, passing, context)?
            }
        };
        Ok(Some(ChangeBatch { rows, kinds }))
    }
}

impl Projection {
    fn new(expressions: &[Expr], output: &[Field], time_zone: &TimeZone) -> Result<Self> {
        let mut needed: Vec<usize> = expressions.iter().flat_map(Expr::columns).collect();
        needed.sort_unstable();
        needed.dedup();
        let over_needed = expressions
            .iter()
            .map(|e| renumber(e.clone(), &|index| needed.binary_search(&index).ok()))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            evaluator: Evaluator::new(&over_needed, time_zone)?,
            needed,
            schema: Arc::new(physical_schema(output)),
        })
    }

    fn apply(&self, inputs: &[ArrayRef], rows: usize, context: &EvalContext) -> Result<RecordBatch> {
        let columns = self.evaluator.evaluate(context, inputs, rows)?;
        let columns =
            columns.into_iter().map(|c| c.into_array(rows)).collect::<millstream_expr::Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// `expression` with each column's position replaced by what `place` says.
pub(crate) fn renumber(expression: Expr, place: &dyn Fn(usize) -> Option<usize>) -> Result<Expr> {
    expression.transform(&mut |mut e| {
        if let ExprKind::Column(index) = e.kind {
            e.kind = ExprKind::Column(place(index).ok_or_else(|| missing(index))?);
        }
        Ok(e)
    })
}

fn missing(index: usize) -> Error {
    Error::new(crate::ErrorKind::Internal, format!("no column {index} in the input of a projection"))
}

impl Operator for Calc {
    fn push(&mut self, event: Event, context: &EvalContext) -> Result<()> {
        self.held = match event {
            Event::Batch(batch) => self.apply(batch, context)?.map(Event::Batch),
            Event::End => Some(Event::End),
        };
        Ok(())
    }

    fn next(&mut self, _: &EvalContext) -> Result<Option<Event>> {
        Ok(self.held.take())
    }
}
