//! Sources of bytes: blocks of whole records, through the ladder, to batches.

mod limit;
mod stream;

use std::time::Duration;

use arrow_array::ArrayRef;
use arrow_buffer::Buffer;
use millstream_engine::{ChangeBatch, Polled, Result, Source, SourceProgress};
use millstream_expr::EvalContext;
use millstream_filter::Ladder;
use millstream_format::Block;

pub(crate) use limit::RecordLimit;
pub(crate) use stream::{Fill, RecordStream};

use crate::failure::format_error;

/// After this many blocks of which no row has passed, the lane is told.
const BLOCKS_AT_ONCE: usize = 8;

/// Where the blocks of a source come from.
pub(crate) trait Blocks: Send {
    /// The next block. It may wait for input up to `wait`. `spare` is the last block's buffer.
    fn next(&mut self, spare: Option<Buffer>, wait: Duration) -> Result<NextBlock>;

    /// Whether what has been seen of the block at hand is to be believed.
    fn verify(&self) -> Result<()>;

    /// Where a byte of the block at hand is: `file 'x', line 3, byte 120`; without a byte, what is being read.
    fn place(&self, block: &Block, offset: Option<usize>) -> String;

    /// Bytes read so far, and bytes that all lanes together will read, if that is known; before decompression.
    fn bytes(&self) -> (u64, Option<u64>);
}

/// What there is to read.
pub(crate) enum NextBlock {
    Block {
        block: Block,
        /// Partition and metadata columns, when the block is of another file than the one before.
        constants: Option<Vec<ArrayRef>>,
    },
    Pending,
    End,
}

/// A source that reads blocks through a ladder.
pub(crate) struct ByteSource<B> {
    ladder: Ladder,
    blocks: B,
    /// Whether the ladder has a block that has not been read to its end.
    has_block: bool,
}

impl<B: Blocks> ByteSource<B> {
    pub fn new(ladder: Ladder, blocks: B) -> Self {
        Self { ladder, blocks, has_block: false }
    }
}

impl<B: Blocks> Source for ByteSource<B> {
    fn poll(&mut self, context: &EvalContext, wait: Duration) -> Result<Polled> {
        for _ in 0..BLOCKS_AT_ONCE {
            if self.has_block {
                match self.ladder.next_batch(context) {
                    Ok(batch) => {
                        self.blocks.verify()?;
                        if let Some(rows) = batch {
                            return Ok(Polled::Batch(ChangeBatch::inserts(rows)));
                        }
                    }
                    Err(error) => {
                        self.blocks.verify()?;
                        let place = match self.ladder.take_block() {
                            Some(block) => self.blocks.place(&block, error.record),
                            None => "unknown place".to_owned(),
                        };
                        return Err(format_error(error, &place));
                    }
                }
                self.has_block = false;
            }
            let spare = self.ladder.take_block().map(|block| block.bytes);
            match self.blocks.next(spare, wait)? {
                NextBlock::Block { block, constants } => {
                    if let Some(constants) = constants {
                        self.ladder.set_constants(constants);
                    }
                    self.ladder.feed(block);
                    self.has_block = true;
                }
                NextBlock::Pending => return Ok(Polled::Pending),
                NextBlock::End => return Ok(Polled::End),
            }
        }
        Ok(Polled::Again)
    }

    fn progress(&self) -> SourceProgress {
        let counts = self.ladder.counts();
        let (bytes, bytes_total) = self.blocks.bytes();
        SourceProgress { records: counts.records, bytes, bytes_total, malformed: counts.malformed }
    }
}
