//! Look-up join: beside each row, the row that a table has for its key when it passes.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take;
use jiff::tz::TimeZone;
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator};
use millstream_sql::plan::Lookup as LookupPlan;

use super::Operator;
use crate::batch::{ChangeBatch, Event};
use crate::error::Result;
use crate::source::{Found, LookupTable};

/// Rows that are looked up together: what is found for them is in memory at once.
const ROWS_AT_ONCE: usize = 1024;

/// The input's rows beside those of a table.
pub(crate) struct Lookup {
    table: Box<dyn LookupTable>,
    keys: Evaluator,
    condition: Option<Evaluator>,
    left: bool,
    schema: SchemaRef,
    held: Held,
}

enum Held {
    Nothing,
    End,
    /// A batch, and how many of its rows have been looked up.
    Rows(ChangeBatch, usize),
}

impl Lookup {
    pub fn new(
        table: Box<dyn LookupTable>,
        plan: &LookupPlan,
        output: &[Field],
        time_zone: &TimeZone,
    ) -> Result<Self> {
        let condition = plan.condition.as_ref();
        Ok(Self {
            table,
            keys: Evaluator::new(&plan.keys, time_zone)?,
            condition: condition.map(|c| Evaluator::new(std::slice::from_ref(c), time_zone)).transpose()?,
            left: plan.left,
            schema: Arc::new(physical_schema(output)),
            held: Held::Nothing,
        })
    }

    fn join(&mut self, batch: &ChangeBatch, start: usize, context: &EvalContext) -> Result<ChangeBatch> {
        let length = ROWS_AT_ONCE.min(batch.rows.num_rows() - start);
        let rows = batch.rows.slice(start, length);
        let keys = self
            .keys
            .evaluate(context, rows.columns(), length)?
            .into_iter()
            .map(|column| column.into_array(length))
            .collect::<millstream_expr::Result<Vec<_>>>()?;
        let Found { rows: found, places } = self.table.look_up(&keys, length, context)?;
        let mut places = UInt32Array::from(places);
        if let Some(condition) = &self.condition {
            // Over all rows side by side, of which those without a partner do not count.
            let columns = beside(&rows, &found, &places)?;
            let passes = condition.predicate(context, &columns, length)?;
            let passing = |(row, place): (usize, Option<u32>)| place.filter(|_| passes.value(row));
            places = places.iter().enumerate().map(passing).collect();
        }
        let columns = beside(&rows, &found, &places)?;
        let kinds = batch.kinds.as_ref().map(|_| (start..start + length).map(|row| batch.kind(row)));
        let options = RecordBatchOptions::new().with_row_count(Some(length));
        if self.left || places.null_count() == 0 {
            let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
            return Ok(ChangeBatch { rows, kinds: kinds.map(Iterator::collect) });
        }
        let matched: BooleanArray = places.iter().map(|place| Some(place.is_some())).collect();
        let kinds = kinds
            .map(|kinds| kinds.zip(matched.values()).filter_map(|(k, keep)| keep.then_some(k)).collect());
        // A column of the table may be NOT NULL, which rows without a partner would not be: they go first.
        let columns = columns
            .iter()
            .map(|column| Ok(arrow_select::filter::filter(column.as_ref(), &matched)?))
            .collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(matched.true_count()));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        Ok(ChangeBatch { rows, kinds })
    }
}

/// The columns of `rows` beside those of the rows of `found` at `places`; NULLs where there is none.
fn beside(rows: &RecordBatch, found: &RecordBatch, places: &UInt32Array) -> Result<Vec<ArrayRef>> {
    let mut columns = rows.columns().to_vec();
    for column in found.columns() {
        columns.push(take(column, places, None)?);
    }
    Ok(columns)
}

impl Operator for Lookup {
    fn push(&mut self, event: Event, _: &EvalContext) -> Result<()> {
        self.held = match event {
            Event::End => Held::End,
            Event::Batch(batch) => Held::Rows(batch, 0),
        };
        Ok(())
    }

    fn next(&mut self, context: &EvalContext) -> Result<Option<Event>> {
        loop {
            match std::mem::replace(&mut self.held, Held::Nothing) {
                Held::Nothing => return Ok(None),
                Held::End => return Ok(Some(Event::End)),
                Held::Rows(batch, start) if start >= batch.rows.num_rows() => return Ok(None),
                Held::Rows(batch, start) => {
                    let joined = self.join(&batch, start, context)?;
                    self.held = Held::Rows(batch, start + ROWS_AT_ONCE);
                    if joined.rows.num_rows() > 0 {
                        return Ok(Some(Event::Batch(joined)));
                    }
                }
            }
        }
    }
}
