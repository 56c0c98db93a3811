//! Blocks of a range of a plain file, as mapped windows.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use arrow_buffer::Buffer;
use memchr::memchr;
use millstream_format::{Block, Framing};

use super::input::InputFile;
use crate::bytes::RecordLimit;
use crate::mapped::{Window, page_bytes};

/// Bytes of a window. Measured on 1.2 GB of JSON: searching 4 MiB windows costs a tenth more than one mapping of
/// everything, 1 MiB a third more; a copy through a buffer costs two thirds more.
const WINDOW_BYTES: usize = 4 << 20;

/// The records that begin in a range of a file.
pub(super) struct Windows {
    file: Arc<InputFile>,
    framing: Framing,
    limit: RecordLimit,
    /// Where the next record starts.
    position: u64,
    /// Records that start here or later belong to the next range.
    end: u64,
    /// What the block at hand is a part of.
    window: Option<View>,
}

/// A part of a file.
enum View {
    Mapped(Arc<Window>),
    Copied(Buffer),
}

impl View {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped(window) => window.bytes(),
            Self::Copied(bytes) => bytes,
        }
    }

    fn buffer(&self) -> Buffer {
        match self {
            Self::Mapped(window) => window.buffer(),
            Self::Copied(bytes) => bytes.clone(),
        }
    }
}

/// What comes of a window.
pub(super) enum Mapped {
    Block(Block),
    End,
    /// A record that starts at this byte exceeds the limit.
    TooLong(u64),
}

impl Windows {
    /// The records of `file` that begin at `start` or later, and before `end`. With `starts_record` one begins at `start`.
    pub fn new(
        file: Arc<InputFile>,
        (start, end): (u64, u64),
        starts_record: bool,
        framing: Framing,
        limit: RecordLimit,
    ) -> io::Result<Self> {
        let end = end.min(file.size);
        let mut windows = Self { file, framing, limit, position: start, end, window: None };
        if !starts_record && start > 0 {
            windows.position = windows.first_record(start)?;
        }
        Ok(windows)
    }

    /// The first place at `start` or later that is behind a line end; the end of the range if there is none in it.
    fn first_record(&self, start: u64) -> io::Result<u64> {
        let mut at = start - 1;
        while at < self.end {
            let (window, skip) = self.map(at, WINDOW_BYTES)?;
            let bytes = window.bytes().get(skip..).unwrap_or_default();
            if let Some(found) = memchr(b'\n', bytes) {
                return Ok(at + found as u64 + 1);
            }
            at += bytes.len() as u64;
        }
        Ok(self.end)
    }

    /// Where a block that begins with a record at `start` ends; the end of the file if that cannot be found out.
    pub fn block_end(
        file: &Arc<InputFile>,
        start: u64,
        framing: &Framing,
        limit: RecordLimit,
    ) -> io::Result<u64> {
        let whole = (start, file.size);
        let mut windows = Self::new(Arc::clone(file), whole, true, framing.clone(), limit)?;
        match windows.next()? {
            Mapped::Block(_) => Ok(windows.position),
            Mapped::End | Mapped::TooLong(_) => Ok(file.size),
        }
    }

    /// The next block of the range.
    pub fn next(&mut self) -> io::Result<Mapped> {
        self.window = None;
        let mut size = WINDOW_BYTES;
        while self.position < self.end {
            let (window, skip) = self.map(self.position, size)?;
            let bytes = window.bytes().get(skip..).unwrap_or_default();
            let reaches_end = self.position + bytes.len() as u64 == self.file.size;
            let whole = self.whole_records(bytes, reaches_end);
            if whole == 0 {
                if bytes.len() > self.limit.bytes {
                    return Ok(Mapped::TooLong(self.position));
                }
                size *= 2;
                continue;
            }
            let records = bytes.get(..whole).unwrap_or_default();
            if let Some(start) = self.limit.first_too_long(&self.framing, records, self.position) {
                return Ok(Mapped::TooLong(self.position + start as u64));
            }
            let bytes = window.buffer().slice_with_length(skip, whole);
            let volatile = matches!(window, View::Mapped(_));
            let block = Block { bytes, position: self.position, volatile };
            self.position += whole as u64;
            self.window = Some(window);
            return Ok(Mapped::Block(block));
        }
        Ok(Mapped::End)
    }

    /// The length of the records that begin in the range and end in `bytes`, which start at the position.
    fn whole_records(&self, bytes: &[u8], reaches_end: bool) -> usize {
        // The last record of the range ends at the first line end from the range's last byte on.
        let last = usize::try_from(self.end - self.position - 1).unwrap_or(usize::MAX);
        if self.end < self.file.size
            && let Some(rest) = bytes.get(last..)
            && let Some(found) = memchr(b'\n', rest)
        {
            return last + found + 1;
        }
        if reaches_end {
            return bytes.len();
        }
        self.framing.whole_records(bytes, self.position)
    }

    /// A window of up to `length` bytes that holds the byte at `position`, and how many bytes come before that.
    fn map(&self, position: u64, length: usize) -> io::Result<(View, usize)> {
        let page = page_bytes() as u64;
        let start = position / page * page;
        let length = usize::try_from(self.file.size - start).unwrap_or(usize::MAX).min(length);
        let window = match Window::map(&self.file.file, start, length) {
            Ok(window) => View::Mapped(Arc::new(window)),
            // Some file systems cannot map; then it is read by copy.
            Err(_) => {
                let mut bytes = vec![0; length];
                self.file.file.read_exact_at(&mut bytes, start)?;
                View::Copied(Buffer::from_vec(bytes))
            }
        };
        let skip = usize::try_from(position - start).unwrap_or(0);
        Ok((window, skip))
    }

    /// Whether the file was cut short under the block at hand.
    pub fn is_torn(&self) -> bool {
        matches!(&self.window, Some(View::Mapped(window)) if window.is_torn())
    }

    pub fn file(&self) -> &Arc<InputFile> {
        &self.file
    }

    pub fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn read(text: &[u8], cuts: &[u64]) -> Vec<Vec<u8>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let file = Arc::new(InputFile::open(file.path().to_owned()).unwrap());
        let limit = RecordLimit { bytes: 16 << 20 };
        let mut ranges = Vec::new();
        for pair in cuts.windows(2) {
            let mut windows =
                Windows::new(Arc::clone(&file), (pair[0], pair[1]), false, Framing::Lines, limit).unwrap();
            let mut bytes = Vec::new();
            while let Mapped::Block(block) = windows.next().unwrap() {
                let from = usize::try_from(block.position).unwrap();
                assert_eq!(&text[from..][..block.bytes.len()], block.bytes.as_slice());
                bytes.extend_from_slice(&block.bytes);
            }
            ranges.push(bytes);
        }
        ranges
    }

    proptest! {
        #[test]
        fn any_split_gives_each_record_once(text in "[ab\n]{1,200}", cuts in prop::collection::vec(0u64..200, 0..6)) {
            let size = text.len() as u64;
            let mut cuts: Vec<u64> = cuts.into_iter().map(|c| c.min(size)).chain([0, size]).collect();
            cuts.sort_unstable();
            let ranges = read(text.as_bytes(), &cuts);
            prop_assert_eq!(ranges.concat(), text.as_bytes());
            for range in &ranges[..ranges.len() - 1] {
                prop_assert!(range.is_empty() || range.ends_with(b"\n") || ranges.concat().ends_with(range));
            }
        }
    }

    #[test]
    fn every_cut_of_a_file_longer_than_a_window() {
        let line = [vec![b'x'; 1_500_000], vec![b'\n']].concat();
        let text = [line.clone(), b"y\n".to_vec(), line.clone(), line, b"z".to_vec()].concat();
        let size = text.len() as u64;
        for cut in [
            1,
            1_500_000,
            1_500_001,
            1_500_002,
            1_500_003,
            1_500_004,
            3_000_004,
            4_194_304,
            size - 2,
            size - 1,
        ] {
            let ranges = read(&text, &[0, cut, size]);
            assert!(ranges.concat() == text, "cut at {cut}");
        }
    }
}
