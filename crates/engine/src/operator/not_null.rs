//! What a table says must not be NULL, checked where rows are written.

use arrow_array::{Array, BooleanArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_select::filter::filter_record_batch;
use millstream_expr::EvalContext;

use super::Operator;
use crate::batch::{ChangeBatch, Event};
use crate::error::{Error, ErrorKind, Result};

/// The setting that says what a NULL in a NOT NULL column of a sink does.
pub(crate) const NOT_NULL_ENFORCER: &str = "table.exec.sink.not-null-enforcer";

/// Fails the job, or leaves the row out, when a NOT NULL column of a sink would get a NULL.
pub(crate) struct NotNull {
    /// Positions and names of the columns that must hold values.
    columns: Vec<(usize, String)>,
    drop: bool,
    held: Option<Event>,
}

impl NotNull {
    pub fn new(columns: Vec<(usize, String)>, drop: bool) -> Self {
        Self { columns, drop, held: None }
    }

    fn check(&self, batch: ChangeBatch) -> Result<Option<ChangeBatch>> {
        let mut valid: Option<NullBuffer> = None;
        for (index, name) in &self.columns {
            let nulls = batch.rows.columns().get(*index).and_then(|c| c.logical_nulls());
            let Some(nulls) = nulls.filter(|n| n.null_count() > 0) else { continue };
            if !self.drop {
                return Err(Error::new(
                    ErrorKind::Data,
                    format!(
                        "column '{name}' is NOT NULL, but a NULL is being written to it: leave such rows out with \
                         WHERE {name} IS NOT NULL, or with SET '{NOT_NULL_ENFORCER}' = 'DROP'"
                    ),
                ));
            }
            valid = NullBuffer::union(valid.as_ref(), Some(&nulls));
        }
        let Some(valid) = valid else { return Ok(Some(batch)) };
        let mask = BooleanArray::new(BooleanBuffer::from_iter(valid.iter()), None);
        let rows = filter_record_batch(&batch.rows, &mask)?;
        let kinds = batch.kinds.map(|kinds| {
            kinds.into_iter().zip(valid.iter()).filter_map(|(k, keep)| keep.then_some(k)).collect()
        });
        Ok((rows.num_rows() > 0).then_some(ChangeBatch { rows, kinds }))
    }
}

impl Operator for NotNull {
    fn push(&mut self, event: Event, _: &EvalContext) -> Result<()> {
        self.held = match event {
            Event::Batch(batch) => self.check(batch)?.map(Event::Batch),
            Event::End => Some(Event::End),
        };
        Ok(())
    }

    fn next(&mut self, _: &EvalContext) -> Result<Option<Event>> {
        Ok(self.held.take())
    }
}
