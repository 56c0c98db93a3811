//! Messages of a queue as a block for the ladder: their bodies, a line end behind each.

use std::sync::Arc;

use arrow_buffer::Buffer;
use millstream_engine::{ChangeKind, Result};
use millstream_format::{Block, Format, Framing};
use millstream_log::{Batch, MessageView, Offset};

use super::latest::{Changed, Latest};

/// Bodies of a block: it fits into the second-level cache beside what is decoded from it.
const BLOCK_BYTES: usize = 256 << 10;

/// Messages of a block at the most.
const BLOCK_MESSAGES: usize = 8192;

/// Messages on their way into a block.
pub(super) struct BlockBuilder {
    framing: Framing,
    is_raw: bool,
    /// Whether messages without a body are rows.
    takes_bodiless: bool,
    /// Whether those taken have none.
    bodiless: bool,
    bytes: Vec<u8>,
    starts: Vec<u32>,
    messages: Vec<(Batch, usize)>,
    /// What each of them says, where messages are changes.
    kinds: Vec<ChangeKind>,
    /// Nothing may follow the last message.
    closed: bool,
    /// Where reading goes on behind the block.
    next: Offset,
}

/// A block that the ladder reads.
pub(super) struct MessageBlock {
    pub starts: Arc<[u32]>,
    messages: Vec<(Batch, usize)>,
    /// Whether none of them has a body. Those with one stand in other blocks.
    pub bodiless: bool,
    /// What each message says, where messages are changes.
    pub kinds: Vec<ChangeKind>,
    /// Where reading goes on behind it.
    pub next: Offset,
}

/// Whether a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// The block is full: the message belongs to the next one.
    No,
}

impl BlockBuilder {
    /// Begins a block; `takes_bodiless`: messages without a body go into it, where the format is `raw`.
    pub fn new(format: &Format, takes_bodiless: bool, spare: Option<Buffer>, next: Offset) -> Self {
        let mut bytes = spare.and_then(|spare| spare.into_vec::<u8>().ok()).unwrap_or_default();
        if bytes.capacity() > 4 * BLOCK_BYTES {
            bytes = Vec::new();
        }
        bytes.clear();
        Self {
            framing: format.framing(),
            is_raw: matches!(format, Format::Raw(_)),
            takes_bodiless: takes_bodiless && matches!(format, Format::Raw(_)),
            bodiless: false,
            bytes,
            starts: Vec::new(),
            messages: Vec::new(),
            kinds: Vec::new(),
            closed: false,
            next,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Adds a message of a batch. One without a body is passed over, unless such messages are rows.
    pub fn take(&mut self, batch: &Batch, index: usize) -> Taken {
        let Some(message) = batch.message(index) else { return Taken::Yes };
        let body = match message.body() {
            None if !self.takes_bodiless => {
                self.next = message.offset + 1;
                return Taken::Yes;
            }
            body => body,
        };
        if self.messages.is_empty() {
            self.bodiless = body.is_none();
        } else if self.bodiless != body.is_none() {
            return Taken::No;
        }
        let body = body.unwrap_or_default();
        let full = self.messages.len() >= BLOCK_MESSAGES || self.bytes.len() + body.len() > BLOCK_BYTES;
        if full && !self.messages.is_empty() {
            return Taken::No;
        }
        let start = self.bytes.len();
        if !self.append(body) && !self.messages.is_empty() {
            self.bytes.truncate(start);
            self.closed = false;
            return Taken::No;
        }
        self.add(batch, index, start, message.offset);
        Taken::Yes
    }

    /// Adds what a message of a table with a key changes, by what is known of its key.
    pub fn take_change(&mut self, batch: &Batch, index: usize, latest: &mut Latest) -> Result<Taken> {
        let Some(message) = batch.message(index) else { return Ok(Taken::Yes) };
        let changed = latest.change(&message);
        let (former, body) = match &changed {
            Changed::Nothing => {
                self.next = message.offset + 1;
                return Ok(Taken::Yes);
            }
            Changed::New(body) => (None, Some((*body, ChangeKind::Insert))),
            Changed::Replaced { former, body } => {
                (Some((&**former, ChangeKind::UpdateBefore)), Some((*body, ChangeKind::UpdateAfter)))
            }
            Changed::Gone { former } => (Some((&**former, ChangeKind::Delete)), None),
        };
        let records = || former.iter().chain(&body);
        let bytes: usize = records().map(|(body, _)| body.len()).sum();
        let full = self.messages.len() + 1 >= BLOCK_MESSAGES || self.bytes.len() + bytes > BLOCK_BYTES;
        if full && !self.messages.is_empty() {
            return Ok(Taken::No);
        }
        for (body, kind) in records() {
            let start = self.bytes.len();
            self.append(body);
            self.add(batch, index, start, message.offset);
            self.kinds.push(*kind);
        }
        latest.take(batch.queue(), &message)?;
        Ok(Taken::Yes)
    }

    /// Adds a body that is no message's at hand.
    pub fn take_body(&mut self, body: &[u8]) -> Taken {
        let full = self.starts.len() >= BLOCK_MESSAGES || self.bytes.len() + body.len() > BLOCK_BYTES;
        if self.closed || (full && !self.starts.is_empty()) {
            return Taken::No;
        }
        let start = self.bytes.len();
        if !self.append(body) && !self.starts.is_empty() {
            self.bytes.truncate(start);
            self.closed = false;
            return Taken::No;
        }
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        Taken::Yes
    }

    /// Appends a body and a line end. Answers whether the record ends there; else the block is closed.
    fn append(&mut self, body: &[u8]) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(body);
        self.bytes.push(b'\n');
        let own = self.bytes.get_mut(start..).unwrap_or_default();
        match &self.framing {
            // Line ends mean nothing in it.
            Framing::Lines if self.is_raw => {}
            Framing::Lines => {
                // Between tokens of JSON a CR is as blank as a line end, and inside of a string as wrong.
                let length = own.len() - 1;
                let body = own.get_mut(..length).unwrap_or_default();
                if memchr::memchr(b'\n', body).is_some() {
                    body.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b'\r');
                }
            }
            // A quote that is not closed must not reach into the next message.
            framing @ Framing::Csv { .. } => self.closed = framing.whole_records(own, 1) != own.len(),
        }
        !self.closed
    }

    /// Whether nothing more may follow the last message: its record is not closed.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn add(&mut self, batch: &Batch, index: usize, start: usize, offset: Offset) {
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        self.messages.push((batch.clone(), index));
        self.next = offset + 1;
    }

    /// There is nothing to take in front of `offset`.
    pub fn skip_to(&mut self, offset: Offset) {
        self.next = self.next.max(offset);
    }

    /// Where reading goes on behind what was taken.
    pub fn next(&self) -> Offset {
        self.next
    }

    pub fn finish(self) -> (Block, MessageBlock) {
        // Not at 0, where a byte order mark would be looked for.
        let block = Block { bytes: Buffer::from_vec(self.bytes), position: 1, volatile: false };
        let messages = MessageBlock {
            starts: self.starts.into(),
            messages: self.messages,
            bodiless: self.bodiless,
            kinds: self.kinds,
            next: self.next,
        };
        (block, messages)
    }
}

impl MessageBlock {
    pub fn messages(&self) -> impl Iterator<Item = MessageView<'_>> {
        self.messages.iter().filter_map(|(batch, index)| batch.message(*index))
    }

    /// The offset of the message that stands at this place of the block.
    pub fn offset_at(&self, place: usize) -> Option<Offset> {
        let index = self.starts.partition_point(|start| *start as usize <= place).checked_sub(1)?;
        self.messages().nth(index).map(|message| message.offset)
    }
}
