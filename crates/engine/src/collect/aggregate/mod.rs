//! GROUP BY and DISTINCT over bounded input: groups by hash, accumulators by column.

mod distinct;
mod keys;
mod table;

use std::any::Any;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use jiff::tz::TimeZone;
use millstream_expr::aggregate::{Accumulator, AggregateCall};
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator, Expr};

use super::Collector;
use crate::batch::ChangeBatch;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{MemoryBudget, MemoryShare};
use distinct::Distinct;
use keys::Keys;

/// What is grouped, and what is computed of the groups.
#[derive(Clone, Debug)]
pub(crate) struct AggregateSpec {
    pub keys: Vec<Expr>,
    pub calls: Vec<AggregateCall>,
    pub output: Arc<[Field]>,
    pub batch_rows: usize,
    /// Whether a global aggregate over no rows gives a row, as a finished table does, or none, as a stream does.
    pub row_of_nothing: bool,
    pub seed: u64,
}

/// A share of the groups, and, once finished, the result.
pub(crate) struct Aggregate {
    spec: AggregateSpec,
    /// The keys, then for each call its arguments and its filter.
    inputs: Evaluator,
    keys: Keys,
    calls: Vec<Call>,
    /// The group of each row of the batch at hand.
    groups: Vec<u32>,
    has_rows: bool,
    memory: MemoryShare,
    schema: SchemaRef,
    result: Option<GroupedRows>,
}

struct Call {
    arguments: usize,
    has_filter: bool,
    accumulator: Box<dyn Accumulator>,
    distinct: Option<Distinct>,
}

struct GroupedRows {
    aggregates: Vec<ArrayRef>,
    groups: usize,
    given: usize,
}

impl Aggregate {
    pub fn new(spec: AggregateSpec, time_zone: &TimeZone, budget: &MemoryBudget) -> Result<Self> {
        let mut inputs = spec.keys.clone();
        for call in &spec.calls {
            inputs.extend(call.arguments.iter().cloned());
            inputs.extend(call.filter.iter().cloned());
        }
        let calls = spec
            .calls
            .iter()
            .map(|call| {
                let types: Vec<_> = call.arguments.iter().map(|a| a.data_type.physical()).collect();
                // COUNT(DISTINCT …) of nothing cannot be written, so what is distinct has arguments.
                let distinct = call.distinct.then(|| Distinct::new(&types, spec.seed)).transpose()?;
                Ok(Call {
                    arguments: call.arguments.len(),
                    has_filter: call.filter.is_some(),
                    accumulator: (call.overload.accumulator)(),
                    distinct,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let key_types: Vec<_> = spec.keys.iter().map(|key| key.data_type.physical()).collect();
        Ok(Self {
            inputs: Evaluator::new(&inputs, time_zone)?,
            keys: Keys::new(&key_types, spec.seed)?,
            calls,
            groups: Vec::new(),
            has_rows: false,
            memory: budget.share(if spec.calls.is_empty() { "DISTINCT" } else { "GROUP BY" }),
            schema: Arc::new(physical_schema(&spec.output)),
            result: None,
            spec,
        })
    }

    fn hold(&mut self) -> Result<()> {
        let calls: usize = self.calls.iter().map(Call::memory).sum();
        self.memory.set(self.keys.memory() + calls)
    }
}

impl Call {
    fn memory(&self) -> usize {
        self.accumulator.memory() + self.distinct.as_ref().map_or(0, Distinct::memory)
    }

    /// Adds rows of the groups; rows where `keep` is not TRUE are passed over.
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
    ) -> Result<()> {
        let first_seen = match &mut self.distinct {
            Some(distinct) => Some(distinct.first_seen(arguments, groups, keep)?),
            None => None,
        };
        let keep = first_seen.as_ref().or(keep);
        Ok(self.accumulator.update(arguments, groups, groups_total, keep, false)?)
    }
}

impl Collector for Aggregate {
    fn add(&mut self, batch: ChangeBatch, context: &EvalContext) -> Result<()> {
        if batch.kinds.is_some() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "GROUP BY over rows that change is not supported yet",
            ));
        }
        let rows = batch.rows.num_rows();
        if rows == 0 {
            return Ok(());
        }
        self.has_rows = true;
        let inputs = self
            .inputs
            .evaluate(context, batch.rows.columns(), rows)?
            .into_iter()
            .map(|column| column.into_array(rows))
            .collect::<millstream_expr::Result<Vec<_>>>()?;
        let (keys, mut inputs) = inputs.split_at_checked(self.spec.keys.len()).ok_or_else(too_few)?;
        self.keys.assign(keys, rows, &mut self.groups)?;
        let groups_total = self.keys.len();
        for call in &mut self.calls {
            let (arguments, rest) = inputs.split_at_checked(call.arguments).ok_or_else(too_few)?;
            let (filter, rest) = rest.split_at_checked(usize::from(call.has_filter)).ok_or_else(too_few)?;
            inputs = rest;
            let keep = filter.first().map(|filter| filter.as_boolean());
            call.update(arguments, &self.groups, groups_total, keep)?;
        }
        self.hold()
    }

    fn seal(&mut self, _: &EvalContext) -> Result<()> {
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Collector>) -> Result<()> {
        let mut other = *other
            .into_any()
            .downcast::<Self>()
            .map_err(|_| Error::new(ErrorKind::Internal, "GROUP BY merged with another operator"))?;
        if !other.has_rows {
            return Ok(());
        }
        self.has_rows = true;
        // The number here of each group there.
        let mut numbers = Vec::with_capacity(other.keys.len());
        for start in (0..other.keys.len()).step_by(self.spec.batch_rows) {
            let length = self.spec.batch_rows.min(other.keys.len() - start);
            self.keys.assign(&other.keys.columns(start, length)?, length, &mut self.groups)?;
            numbers.extend_from_slice(&self.groups);
        }
        let groups_total = self.keys.len();
        for (call, theirs) in self.calls.iter_mut().zip(other.calls.drain(..)) {
            match theirs.distinct {
                None => call.accumulator.merge(theirs.accumulator, &numbers, groups_total)?,
                // What each of the two has seen may overlap: theirs is added row by row.
                Some(distinct) => distinct.each_seen(self.spec.batch_rows, |groups, arguments| {
                    let groups: Vec<u32> =
                        groups.iter().map(|g| numbers.get(*g as usize).copied().unwrap_or(0)).collect();
                    call.update(arguments, &groups, groups_total, None)
                })?,
            }
        }
        drop(other.memory);
        self.hold()
    }

    fn finish(&mut self) -> Result<()> {
        let is_global = self.spec.keys.is_empty();
        let groups =
            if is_global && !self.has_rows && !self.spec.row_of_nothing { 0 } else { self.keys.len() };
        let aggregates = self
            .calls
            .iter_mut()
            .map(|call| call.accumulator.finish(groups))
            .collect::<millstream_expr::Result<Vec<_>>>()?;
        self.result = Some(GroupedRows { aggregates, groups, given: 0 });
        Ok(())
    }

    fn next(&mut self) -> Result<Option<ChangeBatch>> {
        let Some(result) = &mut self.result else { return Ok(None) };
        let length = (result.groups - result.given).min(self.spec.batch_rows.max(1));
        if length == 0 {
            return Ok(None);
        }
        let mut columns = self.keys.columns(result.given, length)?;
        columns.extend(result.aggregates.iter().map(|a| a.slice(result.given, length)));
        result.given += length;
        let options = RecordBatchOptions::new().with_row_count(Some(length));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        Ok(Some(ChangeBatch::inserts(rows)))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn too_few() -> Error {
    Error::new(ErrorKind::Internal, "an aggregate without its arguments")
}
