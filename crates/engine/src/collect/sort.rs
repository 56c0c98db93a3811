//! ORDER BY, and Top-N where only the first rows are wanted.
//!
//! Rows are kept as batches beside their keys in a byte form that compares like the keys (arrow-row).
//! What is sorted are small entries: the first bytes of the key, and where the row is. With FETCH, rows that can no
//! longer be among the first are left out as they come, and what is kept is cut back from time to time.

use std::any::Any;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_row::{RowConverter, Rows, SortField};
use arrow_schema::{SchemaRef, SortOptions};
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave_record_batch;
use jiff::tz::TimeZone;
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator};
use millstream_sql::plan::SortKey;

use super::Collector;
use crate::batch::ChangeBatch;
use crate::compact::compact_batch;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{MemoryBudget, MemoryShare};

/// Batches of fewer rows than this are put together, so that a row here and there does not cost a batch each.
const SMALL_BATCH: usize = 1024;

/// What is sorted, and how.
#[derive(Clone, Debug)]
pub(crate) struct SortSpec {
    pub keys: Vec<SortKey>,
    pub offset: u64,
    pub fetch: Option<u64>,
    pub output: Arc<[Field]>,
    pub batch_rows: usize,
}

/// A share of the rows, and, once finished, all of them in order.
pub(crate) struct Sort {
    spec: SortSpec,
    keys: Evaluator,
    converter: RowConverter,
    schema: SchemaRef,
    /// Rows beyond this many are not wanted.
    keep: Option<usize>,
    run: Run,
    /// Small batches, on their way into the run.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    waiting_bytes: usize,
    /// A row whose key is not below this cannot be among the first.
    bound: Option<Vec<u8>>,
    memory: MemoryShare,
    /// Sorted runs of shares that came after this one.
    more: Vec<Run>,
    /// For giving out: the next entry of each run.
    heads: Vec<usize>,
    /// Rows that have been passed over or given out.
    position: u64,
}

#[derive(Default)]
struct Run {
    batches: Vec<RecordBatch>,
    keys: Vec<Rows>,
    entries: Vec<Entry>,
    bytes: usize,
}

/// A row: the first bytes of its key, big-endian, and where it is. The order of entries with equal keys is that of arrival.
#[derive(Clone, Copy)]
struct Entry {
    prefix: u64,
    batch: u32,
    row: u32,
}

impl Sort {
    pub fn new(spec: SortSpec, time_zone: &TimeZone, budget: &MemoryBudget) -> Result<Self> {
        let expressions: Vec<_> = spec.keys.iter().map(|k| k.expression.clone()).collect();
        let fields = spec
            .keys
            .iter()
            .map(|key| {
                let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
                SortField::new_with_options(key.expression.data_type.physical(), options)
            })
            .collect::<Vec<_>>();
        if !RowConverter::supports_fields(&fields) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "ORDER BY over a MAP or MULTISET is not supported",
            ));
        }
        let keep = spec.fetch.and_then(|fetch| usize::try_from(spec.offset.saturating_add(fetch)).ok());
        Ok(Self {
            keys: Evaluator::new(&expressions, time_zone)?,
            converter: RowConverter::new(fields)?,
            schema: Arc::new(physical_schema(&spec.output)),
            keep,
            run: Run::default(),
            waiting: Vec::new(),
            waiting_rows: 0,
            waiting_bytes: 0,
            bound: None,
            memory: budget.share("ORDER BY"),
            more: Vec::new(),
            heads: Vec::new(),
            position: 0,
            spec,
        })
    }

    /// Takes waiting batches into the run.
    fn absorb(&mut self, context: &EvalContext) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        (self.waiting_rows, self.waiting_bytes) = (0, 0);
        let mut batch = match <[RecordBatch; 1]>::try_from(waiting) {
            Ok([only]) => only,
            Err(several) => arrow_select::concat::concat_batches(&self.schema, &several)?,
        };
        let mut keys = self.convert(&batch, context)?;
        if let Some(bound) = &self.bound {
            let mask: BooleanArray = keys.iter().map(|key| Some(key.as_ref() < bound.as_slice())).collect();
            let passing = mask.true_count();
            if passing == 0 {
                return Ok(());
            }
            if passing < batch.num_rows() {
                batch = filter_record_batch(&batch, &mask)?;
                keys = self.convert(&batch, context)?;
            }
        }
        self.run.add(compact_batch(batch)?, keys)?;
        if let Some(keep) = self.keep
            && self.run.entries.len() > keep.saturating_mul(2).saturating_add(self.spec.batch_rows)
        {
            self.run.sort();
            self.cut(keep)?;
        }
        self.memory.set(self.run.bytes)
    }

    fn convert(&self, batch: &RecordBatch, context: &EvalContext) -> Result<Rows> {
        let rows = batch.num_rows();
        let columns = self
            .keys
            .evaluate(context, batch.columns(), rows)?
            .into_iter()
            .map(|c| c.into_array(rows))
            .collect::<millstream_expr::Result<Vec<_>>>()?;
        Ok(self.converter.convert_columns(&columns)?)
    }

    /// Lets go of all but the first `keep` rows of the sorted run.
    fn cut(&mut self, keep: usize) -> Result<()> {
        if self.run.entries.len() <= keep {
            return Ok(());
        }
        self.run.entries.truncate(keep);
        self.bound = match self.run.entries.last() {
            Some(last) => Some(self.run.key(*last).to_vec()),
            None => Some(Vec::new()),
        };
        let mut cut = Run::default();
        for entries in self.run.entries.chunks(self.spec.batch_rows.max(1)) {
            let picks: Vec<_> = entries.iter().map(|e| (e.batch as usize, e.row as usize)).collect();
            let batches: Vec<_> = self.run.batches.iter().collect();
            let batch = compact_batch(interleave_record_batch(&batches, &picks)?)?;
            let mut keys = self.converter.empty_rows(entries.len(), 0);
            for &entry in entries {
                if let Some(rows) = self.run.keys.get(entry.batch as usize) {
                    keys.push(rows.row(entry.row as usize));
                }
            }
            cut.add(batch, keys)?;
        }
        self.run = cut;
        Ok(())
    }
}

impl Run {
    fn add(&mut self, batch: RecordBatch, keys: Rows) -> Result<()> {
        let too_many = || Error::new(ErrorKind::Full, "ORDER BY has more than 4,294,967,295 batches");
        let number = u32::try_from(self.batches.len()).map_err(|_| too_many())?;
        let rows = u32::try_from(batch.num_rows()).map_err(|_| too_many())?;
        self.bytes += batch.get_array_memory_size() + keys.size() + batch.num_rows() * size_of::<Entry>();
        self.entries.extend((0..rows).zip(keys.iter()).map(|(row, key)| Entry {
            prefix: prefix(key.as_ref()),
            batch: number,
            row,
        }));
        self.batches.push(batch);
        self.keys.push(keys);
        Ok(())
    }

    fn key(&self, entry: Entry) -> &[u8] {
        // Entries are made together with the batch and the keys they point to.
        self.keys.get(entry.batch as usize).map_or(&[], |rows| rows.row(entry.row as usize).data())
    }

    fn sort(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by(|a, b| {
            (a.prefix.cmp(&b.prefix))
                .then_with(|| self.key(*a).cmp(self.key(*b)))
                .then((a.batch, a.row).cmp(&(b.batch, b.row)))
        });
        self.entries = entries;
    }
}

fn prefix(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(bytes)
}

impl Collector for Sort {
    fn add(&mut self, batch: ChangeBatch, context: &EvalContext) -> Result<()> {
        if batch.kinds.is_some() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "ORDER BY over rows that change is not supported yet",
            ));
        }
        if self.keep == Some(0) {
            return Ok(());
        }
        let rows = compact_batch(batch.rows)?;
        self.waiting_rows += rows.num_rows();
        self.waiting_bytes += rows.get_array_memory_size();
        self.waiting.push(rows);
        if self.waiting_rows >= SMALL_BATCH.min(self.spec.batch_rows) {
            self.absorb(context)?;
        } else {
            self.memory.set(self.run.bytes + self.waiting_bytes)?;
        }
        Ok(())
    }

    fn seal(&mut self, context: &EvalContext) -> Result<()> {
        self.absorb(context)?;
        self.run.sort();
        match self.keep {
            Some(keep) => self.cut(keep),
            None => Ok(()),
        }
    }

    fn merge(&mut self, other: Box<dyn Collector>) -> Result<()> {
        let other = other
            .into_any()
            .downcast::<Self>()
            .map_err(|_| Error::new(ErrorKind::Internal, "ORDER BY merged with another operator"))?;
        let other = *other;
        self.more.push(other.run);
        self.more.extend(other.more);
        let bytes = self.run.bytes + self.more.iter().map(|run| run.bytes).sum::<usize>();
        drop(other.memory);
        self.memory.set(bytes)
    }

    fn finish(&mut self) -> Result<()> {
        self.heads = vec![0; 1 + self.more.len()];
        Ok(())
    }

    fn next(&mut self) -> Result<Option<ChangeBatch>> {
        let end = self.spec.fetch.map_or(u64::MAX, |fetch| self.spec.offset.saturating_add(fetch));
        let runs: Vec<&Run> = std::iter::once(&self.run).chain(&self.more).collect();
        // The batches of all runs, numbered through.
        let first_batch: Vec<usize> = runs
            .iter()
            .scan(0, |next, run| {
                let first = *next;
                *next += run.batches.len();
                Some(first)
            })
            .collect();
        let mut picks = Vec::with_capacity(self.spec.batch_rows.min(1 << 16));
        while picks.len() < self.spec.batch_rows && self.position < end {
            let mut least: Option<(usize, Entry)> = None;
            for (number, (run, head)) in runs.iter().zip(&self.heads).enumerate() {
                let Some(&entry) = run.entries.get(*head) else { continue };
                let is_less = match least {
                    None => true,
                    Some((holder, best)) => {
                        let holder = runs.get(holder).map_or(&[][..], |r| r.key(best));
                        entry.prefix < best.prefix || (entry.prefix == best.prefix && run.key(entry) < holder)
                    }
                };
                if is_less {
                    least = Some((number, entry));
                }
            }
            let Some((number, entry)) = least else { break };
            if let Some(head) = self.heads.get_mut(number) {
                *head += 1;
            }
            if self.position >= self.spec.offset {
                let first = first_batch.get(number).copied().unwrap_or(0);
                picks.push((first + entry.batch as usize, entry.row as usize));
            }
            self.position += 1;
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = runs.iter().flat_map(|run| &run.batches).collect();
        Ok(Some(ChangeBatch::inserts(interleave_record_batch(&batches, &picks)?)))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
