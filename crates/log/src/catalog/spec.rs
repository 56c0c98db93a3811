//! What a topic is asked to be.

use crate::record::{Compression, Durability};
use crate::wire::{Malformed, Reader, put_bytes16, put_bytes32};
use crate::{Error, Result};

/// Names and values that the log keeps for its callers.
pub type Attributes = Vec<(String, String)>;

/// What kind of messages a topic takes. The log only keeps it; senders and receivers go by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// Messages in any order.
    #[default]
    Normal,
    /// Messages of one ordering group are consumed one after the other.
    Fifo,
    /// Messages that are delivered at a time.
    Delay,
    /// Messages that are prepared, then committed or rolled back.
    Transaction,
}

/// What a topic is asked to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// The kind of its messages.
    pub kind: TopicKind,
    /// How many queues it has: at least one. May grow.
    pub queues: u32,
    /// When a commit to it is acknowledged.
    pub durability: Durability,
    /// How its bodies are compressed.
    pub compression: Compression,
    /// Messages may go when they are older, in milliseconds.
    pub retention_ms: Option<u64>,
    /// Messages may go when those after them, in all queues together, have so many bytes.
    pub retention_bytes: Option<u64>,
    /// Its latest message for each key can be looked up; older ones are compacted away.
    pub table: bool,
    /// Rows of a table are gone so many milliseconds after they were put.
    pub ttl_ms: Option<u64>,
    /// What callers keep here.
    pub attributes: Attributes,
}

impl Default for TopicSpec {
    fn default() -> Self {
        Self {
            kind: TopicKind::Normal,
            queues: 1,
            durability: Durability::Fsync,
            compression: Compression::None,
            retention_ms: None,
            retention_bytes: None,
            table: false,
            ttl_ms: None,
            attributes: Vec::new(),
        }
    }
}

impl TopicSpec {
    /// A table: one queue, kept by key.
    pub fn table() -> Self {
        Self { table: true, ..Self::default() }
    }

    pub(super) fn check(&self, name: &str) -> Result<()> {
        if self.queues == 0 || self.queues > super::QUEUES_MAX {
            return Err(Error::invalid(format!(
                "topic '{name}' cannot have {} queues; give 1 to {}",
                self.queues,
                super::QUEUES_MAX
            )));
        }
        if self.ttl_ms.is_some() && !self.table {
            return Err(Error::invalid(format!(
                "topic '{name}' has a time to live but is no table; give it a retention time, or make it a table"
            )));
        }
        if self.table && (self.retention_ms.is_some() || self.retention_bytes.is_some()) {
            return Err(Error::invalid(format!(
                "topic '{name}' is a table, which keeps the latest row of each key; give it a time to live in place of a retention"
            )));
        }
        check_attributes(name, &self.attributes)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let kind = match self.kind {
            TopicKind::Normal => 0,
            TopicKind::Fifo => 1,
            TopicKind::Delay => 2,
            TopicKind::Transaction => 3,
        };
        let durability = match self.durability {
            Durability::Fsync => 0,
            Durability::FlushInterval => 1,
        };
        out.extend_from_slice(&[kind, durability, self.compression.code(), u8::from(self.table)]);
        out.extend_from_slice(&self.queues.to_le_bytes());
        for limit in [self.retention_ms, self.retention_bytes, self.ttl_ms] {
            out.extend_from_slice(&limit.unwrap_or(u64::MAX).to_le_bytes());
        }
        encode_attributes(out, &self.attributes);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = match reader.u8()? {
            0 => TopicKind::Normal,
            1 => TopicKind::Fifo,
            2 => TopicKind::Delay,
            3 => TopicKind::Transaction,
            _ => return Err(Malformed("the kind of a topic is unknown")),
        };
        let durability = match reader.u8()? {
            0 => Durability::Fsync,
            1 => Durability::FlushInterval,
            _ => return Err(Malformed("the durability of a topic is unknown")),
        };
        let compression =
            Compression::of(reader.u8()?).ok_or(Malformed("the compression of a topic is unknown"))?;
        let table = reader.u8()? != 0;
        let queues = reader.u32()?;
        if queues == 0 || queues > super::QUEUES_MAX {
            return Err(Malformed("the number of queues of a topic is out of bounds"));
        }
        let mut limit = || reader.u64().map(|limit| (limit != u64::MAX).then_some(limit));
        let (retention_ms, retention_bytes, ttl_ms) = (limit()?, limit()?, limit()?);
        let attributes = decode_attributes(reader)?;
        Ok(Self {
            kind,
            queues,
            durability,
            compression,
            retention_ms,
            retention_bytes,
            table,
            ttl_ms,
            attributes,
        })
    }
}

pub(super) fn check_attributes(owner: &str, attributes: &Attributes) -> Result<()> {
    let too_long = attributes.iter().find(|(key, value)| key.len() > 255 || value.len() > 65_535);
    if let Some((key, _)) = too_long {
        return Err(Error::invalid(format!(
            "attribute '{key}' of '{owner}' is too long; names have at most 255 bytes, values 65535"
        )));
    }
    if attributes.len() > 255 {
        return Err(Error::invalid(format!("'{owner}' has over 255 attributes; give fewer")));
    }
    Ok(())
}

pub(super) fn encode_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    out.extend_from_slice(&u16::try_from(attributes.len()).unwrap_or(u16::MAX).to_le_bytes());
    for (key, value) in attributes.iter().take(usize::from(u16::MAX)) {
        put_bytes16(out, key.as_bytes());
        put_bytes32(out, value.as_bytes());
    }
}

pub(super) fn decode_attributes(reader: &mut Reader<'_>) -> Result<Attributes, Malformed> {
    let count = reader.u16()?;
    (0..count).map(|_| Ok((reader.text16()?.to_owned(), reader.text32()?.to_owned()))).collect()
}
