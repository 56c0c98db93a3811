//! Records cut from bytes that come one after another: pipes, compressed files, small files.

use std::io;

use arrow_buffer::Buffer;
use memchr::memchr_iter;
use millstream_format::{Block, Framing};

use super::RecordLimit;

/// What is read at a time: it fits into the second-level cache beside what is decoded from it.
const BLOCK_BYTES: usize = 256 << 10;

/// Bytes on their way to becoming blocks of whole records.
pub(crate) struct RecordStream {
    framing: Framing,
    limit: RecordLimit,
    /// The beginning of a record whose end has not come.
    carry: Vec<u8>,
    /// Where `carry` starts in the stream.
    position: u64,
    /// Line ends before the block given out last, and in it.
    lines_before: u64,
    lines_in_block: u64,
    ended: bool,
}

/// How reading went.
pub(crate) enum Fill {
    Block(Block),
    /// Nothing more has come in.
    Pending,
    End,
    /// A record that starts on this line, at this byte, exceeds the limit.
    TooLong {
        line: u64,
        byte: u64,
    },
}

impl RecordStream {
    pub fn new(framing: Framing, limit: RecordLimit) -> Self {
        Self {
            framing,
            limit,
            carry: Vec::new(),
            position: 0,
            lines_before: 0,
            lines_in_block: 0,
            ended: false,
        }
    }

    /// The next block. `read` appends to the vector, up to its capacity, and gives the number of bytes (0 at the end), or none when
    /// nothing has come in. With `eager`, what one read brought is given out at once; else blocks are filled.
    pub fn fill(
        &mut self,
        spare: Option<Buffer>,
        eager: bool,
        mut read: impl FnMut(&mut Vec<u8>) -> io::Result<Option<usize>>,
    ) -> io::Result<Fill> {
        self.lines_before += std::mem::take(&mut self.lines_in_block);
        let mut bytes = spare.and_then(|spare| spare.into_vec::<u8>().ok()).unwrap_or_default();
        // One long record does not make every later block long.
        if bytes.capacity() > 2 * BLOCK_BYTES && self.carry.len() < BLOCK_BYTES {
            bytes = Vec::new();
        }
        bytes.clear();
        bytes.reserve(BLOCK_BYTES.max(self.carry.len() * 2));
        bytes.append(&mut self.carry);
        let mut searched = 0;
        let whole = loop {
            if bytes.len() == bytes.capacity() {
                bytes.reserve(bytes.len());
            }
            let got = if self.ended { Some(0) } else { read(&mut bytes)? };
            let Some(got) = got else {
                self.carry = bytes;
                return Ok(Fill::Pending);
            };
            if got == 0 {
                self.ended = true;
                break bytes.len();
            }
            if !eager && bytes.len() < bytes.capacity() {
                continue;
            }
            // Lines are looked for only in what is new; quotes must be followed from the start.
            let from = if self.framing.is_splittable() { searched } else { 0 };
            let whole = {
                let position = self.position + from as u64;
                self.framing.whole_records(bytes.get(from..).unwrap_or_default(), position)
            };
            if whole > 0 {
                break from + whole;
            }
            searched = bytes.len();
            if bytes.len() > self.limit.bytes {
                return Ok(self.too_long(&[]));
            }
        };
        if whole == 0 {
            return Ok(Fill::End);
        }
        self.carry.extend_from_slice(bytes.get(whole..).unwrap_or_default());
        bytes.truncate(whole);
        if let Some(start) = self.limit.first_too_long(&self.framing, &bytes, self.position) {
            return Ok(self.too_long(bytes.get(..start).unwrap_or_default()));
        }
        self.lines_in_block = count_lines(&bytes);
        let block = Block { position: self.position, bytes: Buffer::from_vec(bytes), volatile: false };
        self.position += whole as u64;
        Ok(Fill::Block(block))
    }

    /// The line on which a byte of the block given out last stands.
    pub fn line(&self, block: &Block, offset: usize) -> u64 {
        let before = block.bytes.as_slice().get(..offset).unwrap_or_default();
        self.lines_before + count_lines(before) + 1
    }

    fn too_long(&self, before: &[u8]) -> Fill {
        Fill::TooLong {
            line: self.lines_before + count_lines(before) + 1,
            byte: self.position + before.len() as u64,
        }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads all, `sizes` bytes at a time; gives the blocks.
    fn blocks(text: &[u8], sizes: &[usize], framing: Framing, eager: bool) -> Vec<(u64, Vec<u8>)> {
        let mut stream = RecordStream::new(framing, RecordLimit { bytes: 1 << 20 });
        let mut rest = text;
        let mut sizes = sizes.iter().cycle();
        let mut spare = None;
        let mut blocks = Vec::new();
        loop {
            let filled = stream.fill(spare.take(), eager, |to| {
                // A size of zero: nothing has come in.
                let size = *sizes.next().unwrap();
                if size == 0 && !rest.is_empty() {
                    return Ok(None);
                }
                let n = size.min(rest.len()).min(to.capacity() - to.len());
                to.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
                Ok(Some(n))
            });
            match filled.unwrap() {
                Fill::Block(block) => {
                    blocks.push((block.position, block.bytes.to_vec()));
                    spare = Some(block.bytes);
                }
                Fill::Pending => {}
                Fill::End => return blocks,
                Fill::TooLong { .. } => panic!("no record is that long"),
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_are_whole_records_and_nothing_is_lost(
            text in "[ab\"\n]{0,300}",
            sizes in prop::collection::vec(0usize..20, 1..8),
            eager: bool,
        ) {
            let sizes: Vec<_> = sizes.into_iter().chain([3]).collect();
            let csv = Framing::Csv { delimiter: b',', quote: Some(b'"'), escape: None, comments: false };
            for framing in [Framing::Lines, csv] {
                let blocks = blocks(text.as_bytes(), &sizes, framing.clone(), eager);
                let mut at = 0;
                for (number, (position, bytes)) in blocks.iter().enumerate() {
                    prop_assert_eq!(*position, at);
                    at += bytes.len() as u64;
                    let whole = framing.whole_records(bytes, 0) == bytes.len();
                    prop_assert!(whole || number + 1 == blocks.len());
                }
                prop_assert_eq!(blocks.concat_bytes(), text.as_bytes());
            }
        }
    }

    trait Concat {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl Concat for Vec<(u64, Vec<u8>)> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
        }
    }

    #[test]
    fn a_long_record_is_found_with_its_line_and_byte() {
        let text = [b"a\nb\n".as_slice(), &[b'x'; 600_000], b"\nc\n"].concat();
        for limit in [100, 300_000] {
            let mut stream = RecordStream::new(Framing::Lines, RecordLimit { bytes: limit });
            let mut rest = text.as_slice();
            let found = loop {
                let filled = stream.fill(None, true, |to| {
                    let n = 1000.min(rest.len()).min(to.capacity() - to.len());
                    to.extend_from_slice(&rest[..n]);
                    rest = &rest[n..];
                    Ok(Some(n))
                });
                match filled.unwrap() {
                    Fill::TooLong { line, byte } => break (line, byte),
                    Fill::Block(_) => {}
                    _ => panic!("the record is too long"),
                }
            };
            assert_eq!(found, (3, 4));
        }
    }
}
