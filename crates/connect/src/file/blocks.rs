//! Blocks of the files that a lane takes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow_array::ArrayRef;
use arrow_buffer::Buffer;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_format::{Block, Framing};

use super::columns::FileColumns;
use super::input::{Compression, InputFile};
use super::queue::{FileQueue, Unit};
use super::windows::{Mapped, Windows};
use crate::bytes::{Blocks, Fill, NextBlock, RecordLimit, RecordStream};

/// Files shorter than this are read by copy: mapping them would cost more.
const MAPPED_BYTES_MIN: u64 = 256 << 10;

/// A lane's way through the files of a scan.
pub(super) struct FileBlocks {
    queue: Arc<FileQueue>,
    columns: Arc<FileColumns>,
    framing: Framing,
    limit: RecordLimit,
    current: Current,
    /// The constants of a file whose first block has not been given out.
    constants: Option<Vec<ArrayRef>>,
    /// Bytes read of files by copy, and of windows.
    copied: Arc<AtomicU64>,
    mapped: u64,
}

enum Current {
    Nothing,
    Windows(Windows),
    Stream { file: Arc<InputFile>, reader: Box<dyn Read + Send>, records: RecordStream },
}

impl FileBlocks {
    pub fn new(
        queue: Arc<FileQueue>,
        columns: Arc<FileColumns>,
        framing: Framing,
        limit: RecordLimit,
    ) -> Self {
        Self {
            queue,
            columns,
            framing,
            limit,
            current: Current::Nothing,
            constants: None,
            copied: Arc::default(),
            mapped: 0,
        }
    }

    /// Starts on the next file or range that may hold rows. Whether there was one.
    fn advance(&mut self) -> Result<bool> {
        self.current = Current::Nothing;
        let (unit, constants) = loop {
            let Some(unit) = self.queue.take()? else { return Ok(false) };
            if let Some(constants) = self.columns.constants(&unit.file)? {
                break (unit, constants);
            }
            // The predicate is not TRUE for any row of this file.
        };
        self.constants = Some(constants);
        let Unit { file, range, starts_record } = unit;
        let is_big =
            file.is_regular && file.compression == Compression::None && file.size >= MAPPED_BYTES_MIN;
        if is_big {
            let windows =
                Windows::new(Arc::clone(&file), range, starts_record, self.framing.clone(), self.limit);
            self.current = Current::Windows(windows.map_err(|e| file.failed(&e))?);
            return Ok(true);
        }
        let reader = file.reader(Arc::clone(&self.copied)).map_err(|e| file.failed(&e))?;
        let records = RecordStream::new(self.framing.clone(), self.limit);
        self.current = Current::Stream { file, reader, records };
        Ok(true)
    }

    fn too_long(&self, file: &InputFile, line: io::Result<u64>, byte: u64) -> Error {
        self.limit.error(&place(file, line, byte))
    }
}

impl Blocks for FileBlocks {
    fn next(&mut self, spare: Option<Buffer>, _: Duration) -> Result<NextBlock> {
        let mut spare = spare;
        loop {
            let filled = match &mut self.current {
                Current::Nothing => Fill::End,
                Current::Windows(windows) => {
                    // The buffer of the last window keeps it mapped.
                    spare = None;
                    let before = windows.position();
                    let next = windows.next();
                    self.mapped += windows.position() - before;
                    let file = Arc::clone(windows.file());
                    match next.map_err(|e| file.failed(&e))? {
                        Mapped::Block(block) => Fill::Block(block),
                        Mapped::End => Fill::End,
                        Mapped::TooLong(byte) => return Err(self.too_long(&file, file.line_at(byte), byte)),
                    }
                }
                Current::Stream { file, reader, records } => {
                    let filled = records.fill(spare.take(), false, |to| {
                        let room = to.capacity() - to.len();
                        reader.by_ref().take(room as u64).read_to_end(to).map(Some)
                    });
                    filled.map_err(|e| file.failed(&e))?
                }
            };
            match filled {
                Fill::Block(block) => {
                    return Ok(NextBlock::Block { block, constants: self.constants.take() });
                }
                Fill::TooLong { line, byte } => {
                    return match &self.current {
                        Current::Stream { file, .. } => Err(self.too_long(file, Ok(line), byte)),
                        _ => Err(Error::new(ErrorKind::Internal, "a window counted lines")),
                    };
                }
                Fill::End | Fill::Pending => {
                    if !self.advance()? {
                        return Ok(NextBlock::End);
                    }
                }
            }
        }
    }

    fn verify(&self) -> Result<()> {
        match &self.current {
            Current::Windows(windows) if windows.is_torn() => Err(Error::new(
                ErrorKind::Unavailable,
                format!("cannot read file '{}': it was cut short while it was read", windows.file().name()),
            )),
            _ => Ok(()),
        }
    }

    fn place(&self, block: &Block, offset: Option<usize>) -> String {
        let Some(offset) = offset else {
            return match &self.current {
                Current::Nothing => "unknown file".to_owned(),
                Current::Windows(windows) => format!("file '{}'", windows.file().name()),
                Current::Stream { file, .. } => format!("file '{}'", file.name()),
            };
        };
        let byte = block.position + offset as u64;
        match &self.current {
            Current::Nothing => "unknown file".to_owned(),
            Current::Windows(windows) => place(windows.file(), windows.file().line_at(byte), byte),
            Current::Stream { file, records, .. } => place(file, Ok(records.line(block, offset)), byte),
        }
    }

    fn bytes(&self) -> (u64, Option<u64>) {
        (self.copied.load(Ordering::Relaxed) + self.mapped, self.queue.bytes_total)
    }
}

fn place(file: &InputFile, line: io::Result<u64>, byte: u64) -> String {
    let bytes = if file.compression == Compression::None { "byte" } else { "decompressed byte" };
    match line {
        Ok(line) => format!("file '{}', line {line}, {bytes} {byte}", file.name()),
        Err(_) => format!("file '{}', {bytes} {byte}", file.name()),
    }
}
