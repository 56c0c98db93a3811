//! One message, as it is given and as it is seen.

use super::{BODY_BYTES_MAX, NAME_BYTES_MAX, PROPERTIES_BYTES_MAX};
use crate::wire::{Reader, put_bytes16, put_bytes32};
use crate::{Error, Offset, Result, Timestamp};

/// A message to be written. Everything but the body may be left empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// `None` in a topic that is a table: the key is deleted.
    pub body: Option<&'a [u8]>,
    /// The first one is the key of tables and of compaction.
    pub keys: &'a [&'a [u8]],
    /// What consumers filter by before they touch bodies.
    pub tag: &'a [u8],
    /// The producer's name for the message.
    pub unique_id: &'a [u8],
    /// Messages of one ordering group are delivered one after the other.
    pub ordering: &'a [u8],
    /// Names and values, in the producer's order.
    pub properties: &'a [(&'a str, &'a str)],
    /// When the producer made it.
    pub born: Timestamp,
}

impl<'a> Message<'a> {
    /// A message of only a body.
    pub fn of(body: &'a [u8]) -> Self {
        Self { body: Some(body), ..Self::default() }
    }
}

/// The length of an entry, which stands for a message in front of attributes and bodies.
pub(super) const ENTRY_BYTES: usize = 40;
const TOMBSTONE: u16 = 1;
const HAS_KEYS: u16 = 2;
const HAS_PROPERTIES: u16 = 4;

/// The hash that tags are filtered by: CRC-32C of its bytes, 0 for no tag (and 1 where the sum is 0).
pub fn tag_hash(tag: &[u8]) -> u32 {
    if tag.is_empty() { 0 } else { crc32c::crc32c(tag).max(1) }
}

/// The hash of keys, unique ids and ordering groups: XXH3 of 64 bits; 0 for none (and 1 where the sum is 0).
pub fn key_hash(key: &[u8]) -> u64 {
    if key.is_empty() { 0 } else { xxhash_rust::xxh3::xxh3_64(key).max(1) }
}

/// The low half of a key's hash, as it stands in entries.
#[allow(clippy::cast_possible_truncation)] // The low half is what is meant.
pub(super) fn short_key_hash(key: &[u8]) -> u32 {
    key_hash(key) as u32
}

fn name(what: &str, bytes: &[u8]) -> Result<u16> {
    u16::try_from(bytes.len()).map_err(|_| {
        Error::invalid(format!(
            "the {what} of a message has {} bytes; at most {NAME_BYTES_MAX} are allowed",
            bytes.len()
        ))
    })
}

impl Message<'_> {
    /// Appends the attributes, and gives the entry for the place at which body and attributes then end.
    pub(super) fn encode(&self, attributes: &mut Vec<u8>, bodies: &mut Vec<u8>) -> Result<[u8; ENTRY_BYTES]> {
        let body = self.body.unwrap_or_default();
        if body.len() > BODY_BYTES_MAX {
            return Err(Error::invalid(format!(
                "the body of a message has {} bytes; at most {BODY_BYTES_MAX} are allowed",
                body.len()
            )));
        }
        let tag = name("tag", self.tag)?;
        let unique_id = name("unique id", self.unique_id)?;
        let ordering = name("ordering group", self.ordering)?;
        let mut flags = if self.body.is_none() { TOMBSTONE } else { 0 };
        let start = attributes.len();
        attributes.extend_from_slice(self.tag);
        attributes.extend_from_slice(self.unique_id);
        attributes.extend_from_slice(self.ordering);
        if !self.keys.is_empty() || !self.properties.is_empty() {
            let lists = self.encode_lists(attributes);
            flags |= lists.inspect_err(|_| attributes.truncate(start))?;
        }
        bodies.extend_from_slice(body);
        let ends = u32::try_from(bodies.len()).ok().zip(u32::try_from(attributes.len()).ok());
        let (body_end, attributes_end) = ends.ok_or_else(|| {
            Error::invalid("a commit has over 4 GiB for one queue; commit in smaller parts")
        })?;

        let mut entry = [0; ENTRY_BYTES];
        let key = self.keys.first().copied().unwrap_or_default();
        let (a, rest) = entry.split_at_mut(16);
        let (b, c) = rest.split_at_mut(16);
        put4(a, [body_end, attributes_end, tag_hash(self.tag), short_key_hash(key)]);
        b.get_mut(..8).unwrap_or_default().copy_from_slice(&self.born.0.to_le_bytes());
        b.get_mut(8..).unwrap_or_default().copy_from_slice(&key_hash(self.ordering).to_le_bytes());
        let numbers = [tag, unique_id, ordering, flags];
        for (place, number) in c.chunks_exact_mut(2).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        Ok(entry)
    }

    fn encode_lists(&self, attributes: &mut Vec<u8>) -> Result<u16> {
        let mut flags = 0;
        if !self.keys.is_empty() {
            flags |= HAS_KEYS;
            let count = u16::try_from(self.keys.len())
                .map_err(|_| Error::invalid("a message has over 65535 keys; give fewer"))?;
            attributes.extend_from_slice(&count.to_le_bytes());
            for key in self.keys {
                name("key", key)?;
                put_bytes16(attributes, key);
            }
        }
        if !self.properties.is_empty() {
            flags |= HAS_PROPERTIES;
            let start = attributes.len();
            let count = u16::try_from(self.properties.len())
                .map_err(|_| Error::invalid("a message has over 65535 properties; give fewer"))?;
            attributes.extend_from_slice(&count.to_le_bytes());
            for (key, value) in self.properties {
                name("name of a property", key.as_bytes())?;
                put_bytes16(attributes, key.as_bytes());
                put_bytes32(attributes, value.as_bytes());
            }
            let length = attributes.len() - start;
            if length > PROPERTIES_BYTES_MAX {
                return Err(Error::invalid(format!(
                    "the properties of a message have {length} bytes; at most {PROPERTIES_BYTES_MAX} are allowed"
                )));
            }
        }
        Ok(flags)
    }
}

fn put4(place: &mut [u8], numbers: [u32; 4]) {
    for (place, number) in place.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// An entry, decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub body_end: u32,
    pub attributes_end: u32,
    pub tag_hash: u32,
    #[expect(dead_code, reason = "filters")]
    pub key_hash: u32,
    pub born: Timestamp,
    pub ordering_hash: u64,
    pub tag: u16,
    pub unique_id: u16,
    pub ordering: u16,
    pub flags: u16,
}

impl Entry {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut read = || {
            Ok::<_, crate::wire::Malformed>(Self {
                body_end: reader.u32()?,
                attributes_end: reader.u32()?,
                tag_hash: reader.u32()?,
                key_hash: reader.u32()?,
                born: Timestamp(reader.i64()?),
                ordering_hash: reader.u64()?,
                tag: reader.u16()?,
                unique_id: reader.u16()?,
                ordering: reader.u16()?,
                flags: reader.u16()?,
            })
        };
        read().ok()
    }
}

/// A message in a [`Batch`](super::Batch). All bytes belong to the batch.
#[derive(Clone, Copy, Debug)]
pub struct MessageView<'a> {
    /// Its number in its queue.
    pub offset: Offset,
    pub(super) entry: Entry,
    pub(super) body: &'a [u8],
    pub(super) attributes: &'a [u8],
    /// When it was committed.
    pub store_time: Timestamp,
}

impl<'a> MessageView<'a> {
    /// The body; `None` if the message deletes its key.
    pub fn body(&self) -> Option<&'a [u8]> {
        (self.entry.flags & TOMBSTONE == 0).then_some(self.body)
    }

    /// The tag; empty for none.
    pub fn tag(&self) -> &'a [u8] {
        self.named(0, self.entry.tag)
    }

    /// The hash of the tag, see [`tag_hash`].
    pub fn tag_hash(&self) -> u32 {
        self.entry.tag_hash
    }

    /// The producer's name for the message; empty for none.
    pub fn unique_id(&self) -> &'a [u8] {
        self.named(usize::from(self.entry.tag), self.entry.unique_id)
    }

    /// The ordering group; empty for none.
    pub fn ordering(&self) -> &'a [u8] {
        self.named(usize::from(self.entry.tag) + usize::from(self.entry.unique_id), self.entry.ordering)
    }

    /// The hash of the ordering group, see [`key_hash`].
    pub fn ordering_hash(&self) -> u64 {
        self.entry.ordering_hash
    }

    /// When the producer made it.
    pub fn born(&self) -> Timestamp {
        self.entry.born
    }

    /// The first key, by which tables and compaction go.
    pub fn key(&self) -> Option<&'a [u8]> {
        self.keys().next()
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = self.lists();
        let count = if self.entry.flags & HAS_KEYS == 0 { 0 } else { reader.u16().unwrap_or(0) };
        (0..count).map_while(move |_| reader.bytes16().ok())
    }

    /// The properties, in the producer's order.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut reader = self.lists();
        if self.entry.flags & HAS_KEYS != 0 {
            let keys = reader.u16().unwrap_or(0);
            for _ in 0..keys {
                if reader.bytes16().is_err() {
                    break;
                }
            }
        }
        let count = if self.entry.flags & HAS_PROPERTIES == 0 { 0 } else { reader.u16().unwrap_or(0) };
        (0..count).map_while(move |_| reader.text16().ok().zip(reader.text32().ok()))
    }

    fn named(&self, from: usize, length: u16) -> &'a [u8] {
        self.attributes.get(from..from + usize::from(length)).unwrap_or_default()
    }

    fn lists(&self) -> Reader<'a> {
        let entry = &self.entry;
        let names = usize::from(entry.tag) + usize::from(entry.unique_id) + usize::from(entry.ordering);
        Reader::new(self.attributes.get(names..).unwrap_or_default())
    }
}
