//! The rows that are left of changes by key: what operators that need all rows, each once, are given of a table whose rows change.

use std::any::Any;
use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_row::{RowConverter, SortField};
use arrow_select::interleave::interleave_record_batch;
use millstream_expr::EvalContext;
use millstream_expr::types::{Field, physical_schema};

use super::Collector;
use crate::batch::{ChangeBatch, ChangeKind};
use crate::compact::compact_batch;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{MemoryBudget, MemoryShare};

/// What a key costs beside its bytes.
const KEY_BYTES: usize = 64;

/// Rows that may be kept beside those that count before they are let go of.
const STALE_ROWS_MAX: usize = 8192;

/// By which columns rows are told apart.
#[derive(Clone, Debug)]
pub(crate) struct LatestSpec {
    /// Positions of the key's columns.
    pub keys: Vec<usize>,
    pub input: Vec<Field>,
    pub batch_rows: usize,
}

/// A share of the rows, and, once finished, those that are left.
pub(crate) struct Latest {
    spec: LatestSpec,
    converter: RowConverter,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    /// For each key the batch and the row of its latest row.
    places: HashMap<Box<[u8]>, (usize, usize)>,
    key_bytes: usize,
    memory: MemoryShare,
    /// What is given out, the last first.
    result: Vec<(usize, usize)>,
}

impl Latest {
    pub fn new(spec: LatestSpec, budget: &MemoryBudget) -> Result<Self> {
        let schema = physical_schema(&spec.input);
        let fields: Vec<SortField> = spec
            .keys
            .iter()
            .filter_map(|key| schema.fields().get(*key))
            .map(|field| SortField::new(field.data_type().clone()))
            .collect();
        if !RowConverter::supports_fields(&fields) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a PRIMARY KEY with a MAP or MULTISET is not supported",
            ));
        }
        Ok(Self {
            converter: RowConverter::new(fields)?,
            batches: Vec::new(),
            rows: 0,
            bytes: 0,
            places: HashMap::new(),
            key_bytes: 0,
            memory: budget.share("the latest rows by PRIMARY KEY"),
            result: Vec::new(),
            spec,
        })
    }

    fn keep(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = compact_batch(batch)?;
        self.rows += batch.num_rows();
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        Ok(())
    }

    /// Where the rows that count stand, in the order in which they came.
    fn ordered(&self) -> Vec<(usize, usize)> {
        let mut places: Vec<(usize, usize)> = self.places.values().copied().collect();
        places.sort_unstable();
        places
    }

    /// Lets go of rows that do not count any more.
    fn clean(&mut self) -> Result<()> {
        let kept = self.ordered();
        let old = std::mem::take(&mut self.batches);
        let old: Vec<&RecordBatch> = old.iter().collect();
        (self.rows, self.bytes) = (0, 0);
        let size = self.spec.batch_rows.max(1);
        for chunk in kept.chunks(size) {
            let batch = interleave_record_batch(&old, chunk)?;
            self.keep(batch)?;
        }
        for place in self.places.values_mut() {
            let position = kept.binary_search(place).unwrap_or_default();
            *place = (position / size, position % size);
        }
        Ok(())
    }

    fn hold(&mut self) -> Result<()> {
        self.memory.set(self.bytes + self.key_bytes + self.places.len() * KEY_BYTES)
    }

    fn put(&mut self, key: Box<[u8]>, place: (usize, usize)) {
        let bytes = key.len();
        if self.places.insert(key, place).is_none() {
            self.key_bytes += bytes;
        }
    }
}

impl Collector for Latest {
    fn add(&mut self, batch: ChangeBatch, _: &EvalContext) -> Result<()> {
        let columns = batch.rows.project(&self.spec.keys)?;
        let keys = self.converter.convert_columns(columns.columns())?;
        let number = self.batches.len();
        for (row, key) in keys.iter().enumerate() {
            match batch.kind(row) {
                ChangeKind::Insert | ChangeKind::UpdateAfter => self.put(key.as_ref().into(), (number, row)),
                ChangeKind::UpdateBefore | ChangeKind::Delete => {
                    if self.places.remove(key.as_ref()).is_some() {
                        self.key_bytes = self.key_bytes.saturating_sub(key.as_ref().len());
                    }
                }
            }
        }
        self.keep(batch.rows)?;
        if self.rows > 2 * self.places.len() + STALE_ROWS_MAX {
            self.clean()?;
        }
        self.hold()
    }

    fn seal(&mut self, _: &EvalContext) -> Result<()> {
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Collector>) -> Result<()> {
        let other = *other
            .into_any()
            .downcast::<Self>()
            .map_err(|_| Error::new(ErrorKind::Internal, "rows by key merged with another operator"))?;
        let Self { batches, places, memory, .. } = other;
        let before = self.batches.len();
        drop(memory);
        batches.into_iter().try_for_each(|batch| self.keep(batch))?;
        for (key, (batch, row)) in places {
            self.put(key, (before + batch, row));
        }
        self.hold()
    }

    fn finish(&mut self) -> Result<()> {
        self.result = self.ordered();
        self.result.reverse();
        Ok(())
    }

    fn next(&mut self) -> Result<Option<ChangeBatch>> {
        let left = self.result.len().saturating_sub(self.spec.batch_rows.max(1));
        let mut places = self.result.split_off(left);
        if places.is_empty() {
            return Ok(None);
        }
        places.reverse();
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok(Some(ChangeBatch::inserts(interleave_record_batch(&batches, &places)?)))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, Int32Array};
    use millstream_expr::{DataType, Kind};

    use super::*;

    const KEYS: i32 = 100;

    fn latest() -> Latest {
        let field = |name: &str| Field::new(name, DataType::not_null(Kind::Int));
        let input = vec![field("v"), field("k")];
        let spec = LatestSpec { keys: vec![1], input, batch_rows: 64 };
        Latest::new(spec, &MemoryBudget::new(usize::MAX)).unwrap()
    }

    fn batch(round: i32, kind: ChangeKind, keys: impl Iterator<Item = i32> + Clone) -> ChangeBatch {
        let column = |values: Int32Array| Arc::new(values) as ArrayRef;
        let values = column(keys.clone().map(|key| round * KEYS + key).collect());
        let columns = [("v", values), ("k", column(keys.collect()))];
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        ChangeBatch { kinds: Some(vec![kind; rows.num_rows()]), rows }
    }

    #[test]
    fn the_last_form_of_each_row_is_left() {
        let context = EvalContext { now_micros: 0, seed: 0 };
        let (mut one, mut other) = (latest(), latest());
        // Often enough that stale rows are let go of several times.
        for round in 0..300 {
            one.add(batch(round, ChangeKind::UpdateAfter, 0..KEYS), &context).unwrap();
        }
        assert!(one.rows <= 2 * 100 + STALE_ROWS_MAX + 100, "{} rows are kept", one.rows);
        one.add(batch(0, ChangeKind::Delete, 0..10), &context).unwrap();
        other.add(batch(7, ChangeKind::Insert, KEYS..KEYS + 5), &context).unwrap();
        one.merge(Box::new(other)).unwrap();
        one.finish().unwrap();
        let mut left = Vec::new();
        while let Some(batch) = one.next().unwrap() {
            assert!(batch.kinds.is_none() && batch.rows.num_rows() <= 64);
            left.extend_from_slice(batch.rows.column(0).as_primitive::<Int32Type>().values());
        }
        left.sort_unstable();
        let mut expected: Vec<i32> = (10..KEYS).map(|key| 299 * KEYS + key).collect();
        expected.extend((KEYS..KEYS + 5).map(|key| 7 * KEYS + key));
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}
