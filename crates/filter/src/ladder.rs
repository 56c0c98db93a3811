//! The ladder: its specification and how it is driven.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use jiff::tz::TimeZone;
use millstream_expr::types::{DataType, Field};
use millstream_expr::{EvalContext, Expr};
use millstream_format::{Block, Error, Format, Result};

/// What is to be read of the records of a source.
#[derive(Clone, Debug)]
pub struct LadderSpec {
    /// How records are written.
    pub format: Format,
    /// The columns of a record, in order, as the format sees them (without partition and metadata columns).
    pub record: Arc<[Field]>,
    /// What is read of each record.
    pub fields: Vec<SourceField>,
    /// BOOLEAN over `fields`; absent: every row passes.
    pub predicate: Option<Expr>,
    /// The columns of the batches: positions in `fields`, and the name of each.
    pub output: Vec<(usize, Arc<str>)>,
}

/// Where the values of a field come from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceField {
    /// From the record.
    Record {
        /// The position in [`LadderSpec::record`].
        column: usize,
        /// From there down: positions of fields of ROWs. Empty: the whole column.
        path: Vec<usize>,
        /// The type of what is read.
        data_type: DataType,
    },
    /// The same for all records of a file: a partition or metadata column.
    Constant {
        /// The position in the slice given to [`Ladder::set_constants`].
        slot: usize,
        /// The type.
        data_type: DataType,
    },
}

/// How much a ladder has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records, those that were passed over unread included.
    pub records: u64,
    /// Records that did not decode and were passed over under `ignore-parse-errors`.
    pub malformed: u64,
    /// Records that were left out by the search for literals.
    pub skipped_raw: u64,
    /// Rows given out.
    pub rows: u64,
}

/// Blocks in, batches of the rows that pass out.
///
/// For each block: [`Ladder::feed`], then [`Ladder::next_batch`] until it answers `None`, then
/// [`Ladder::take_block`] to get the buffer back. One ladder serves one lane and any number of files.
pub struct Ladder {
    schema: SchemaRef,
}

impl Ladder {
    /// The ladder for `spec`. Types that the format cannot hold are errors. `batch_rows` bounds the rows of a batch.
    pub fn new(spec: &LadderSpec, time_zone: &TimeZone, batch_rows: usize) -> Result<Self> {
        let _ = (spec, time_zone, batch_rows);
        Err(Error::unsupported("the ladder is being built"))
    }

    /// The columns of the batches.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The values of the [`SourceField::Constant`] fields for the blocks that follow: arrays of one value each.
    pub fn set_constants(&mut self, values: Vec<ArrayRef>) {
        let _ = values;
    }

    /// Takes a block. The one before must have been read to its end.
    pub fn feed(&mut self, block: Block) {
        let _ = block;
    }

    /// The next rows of the block; `None` at its end. After an error the block is at its end, too.
    pub fn next_batch(&mut self, context: &EvalContext) -> Result<Option<RecordBatch>> {
        let _ = context;
        Ok(None)
    }

    /// The block that has been read, for its buffer to be filled again. Batches may still hold it.
    pub fn take_block(&mut self) -> Option<Block> {
        None
    }

    /// What has been seen so far.
    pub fn counts(&self) -> Counts {
        Counts::default()
    }

    /// How the records are read, for EXPLAIN: literals searched raw, fields decoded first, fields decoded later.
    pub fn describe(&self) -> Vec<String> {
        Vec::new()
    }
}
