//! The index file of a sealed segment. `docs/log-format.md` draws it.

use std::sync::Arc;

use super::KeyEntry;
use crate::catalog::BatchRef;
use crate::storage::{Storage, StoredFile};
use crate::wire::Reader;
use crate::{Error, Offset, Position, QueueId, Result, TopicId};

const MAGIC: [u8; 4] = *b"MSLX";
const VERSION: u8 = 2;
const HEADER_BYTES: usize = 64;
const QUEUE_BYTES: usize = 48;
const BATCH_BYTES: usize = 12;
const KEY_BYTES: usize = 20;
/// Where the header's checksum stands.
const CHECKSUM_AT: usize = 60;

/// How index files end.
pub(crate) const INDEX_SUFFIX: &str = ".index";

/// The name of the index file of the segment at `base`.
pub(crate) fn file_name(base: Position) -> String {
    format!("{base:020}{INDEX_SUFFIX}")
}

/// The batches of one queue in one segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueBatches {
    /// The offset that those in the batches count from.
    pub start: Offset,
    /// The offset behind the last message.
    pub end: Offset,
    /// How many bytes the messages have, with all that belongs to them.
    pub bytes: u64,
    pub batches: Vec<BatchRef>,
}

impl QueueBatches {
    /// The batch that holds `offset`, or the first one behind it; its index.
    pub(crate) fn find(&self, offset: Offset) -> Option<usize> {
        if offset >= self.end || self.batches.is_empty() {
            return None;
        }
        let wanted = offset.saturating_sub(self.start);
        let after = self.batches.partition_point(|batch| u64::from(batch.offset()) <= wanted);
        Some(after.saturating_sub(1))
    }
}

/// What a segment holds of one queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub topic: TopicId,
    pub queue: QueueId,
    pub start: Offset,
    pub end: Offset,
    pub bytes: u64,
}

/// What an index file is made of.
pub(crate) struct IndexBuilder {
    base: Position,
    /// How many bytes the segment's commits have.
    commit_bytes: u64,
    queues: Vec<(TopicId, QueueId, QueueBatches)>,
    keys: Vec<KeyEntry>,
}

impl IndexBuilder {
    /// Of the segment at `base`; `keys` are sorted.
    pub(crate) fn new(
        base: Position,
        commit_bytes: u64,
        mut queues: Vec<(TopicId, QueueId, QueueBatches)>,
        keys: Vec<KeyEntry>,
    ) -> Self {
        queues.sort_unstable_by_key(|(topic, queue, _)| (*topic, *queue));
        Self { base, commit_bytes, queues, keys }
    }

    /// The file, for a segment that ends at `end`.
    pub(crate) fn encode(&self, end: Position) -> Vec<u8> {
        let mut out = vec![0; HEADER_BYTES];
        let mut at = (HEADER_BYTES + self.queues.len() * QUEUE_BYTES) as u64;
        let mut lists = Vec::new();
        for (topic, queue, batches) in &self.queues {
            let start = lists.len();
            lists.extend(batches.batches.iter().flat_map(|batch| batch.to_bytes()));
            let list = lists.get(start..).unwrap_or_default();
            out.extend_from_slice(&topic.0.to_le_bytes());
            out.extend_from_slice(&queue.0.to_le_bytes());
            out.extend_from_slice(&batches.start.to_le_bytes());
            out.extend_from_slice(&batches.end.to_le_bytes());
            out.extend_from_slice(&batches.bytes.to_le_bytes());
            out.extend_from_slice(&at.to_le_bytes());
            out.extend_from_slice(&u32::try_from(batches.batches.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(&crc32c::crc32c(list).to_le_bytes());
            at += list.len() as u64;
        }
        let directory = crc32c::crc32c(out.get(HEADER_BYTES..).unwrap_or_default());
        out.extend_from_slice(&lists);
        let keys_at = out.len();
        for key in &self.keys {
            out.extend_from_slice(&key.hash.to_le_bytes());
            for number in [key.at, key.section, key.index] {
                out.extend_from_slice(&number.to_le_bytes());
            }
        }
        let keys = crc32c::crc32c(out.get(keys_at..).unwrap_or_default());
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&[VERSION, 0, 0, 0]);
        header.extend_from_slice(&self.base.0.to_le_bytes());
        header.extend_from_slice(&end.0.to_le_bytes());
        header.extend_from_slice(&(keys_at as u64).to_le_bytes());
        header.extend_from_slice(&u32::try_from(self.queues.len()).unwrap_or(u32::MAX).to_le_bytes());
        header.extend_from_slice(&u32::try_from(self.keys.len()).unwrap_or(u32::MAX).to_le_bytes());
        header.extend_from_slice(&directory.to_le_bytes());
        header.extend_from_slice(&keys.to_le_bytes());
        header.extend_from_slice(&self.commit_bytes.to_le_bytes());
        header.resize(CHECKSUM_AT, 0);
        header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
        if let Some(place) = out.get_mut(..HEADER_BYTES) {
            place.copy_from_slice(&header);
        }
        out
    }
}

/// Removes the file of the segment at `base`, if it has one.
///
/// # Errors
/// What the disk answers.
pub(crate) fn remove(storage: &dyn Storage, base: Position) -> std::io::Result<()> {
    match storage.remove(&file_name(base)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes the file of the segment at `base`. It is not synced: it can be made again.
///
/// # Errors
/// `Full` or `Unavailable`: what the disk answers.
pub(super) fn write(storage: &dyn Storage, base: Position, bytes: &[u8]) -> Result<()> {
    let name = file_name(base);
    let io = |error: std::io::Error| Error::io(&format!("write {name}"), &error);
    let file = storage.create(&name).map_err(io)?;
    file.write_at(&mut [std::io::IoSlice::new(bytes)], 0).map_err(io)
}

/// An open index file.
pub(crate) struct SegmentIndex {
    file: Arc<dyn StoredFile>,
    base: Position,
    queues: usize,
    keys_at: u64,
    keys: usize,
    commit_bytes: u64,
}

impl SegmentIndex {
    /// The index in `bytes`, as [`IndexBuilder::encode`] gave them.
    ///
    /// # Errors
    /// `Internal`: they are something else.
    pub(crate) fn in_memory(bytes: Vec<u8>, base: Position, end: Position) -> Result<Self> {
        let index = Self::of_file(Arc::new(InMemory(bytes)), base, end);
        index.ok_or_else(|| Error::internal("an index in memory cannot be read"))
    }

    /// Opens the index of the segment at `base` that ends at `end`; `None` if it is missing, of another version, or damaged.
    pub(crate) fn open(storage: &dyn Storage, base: Position, end: Position) -> Option<Self> {
        Self::of_file(storage.open(&file_name(base)).ok()?, base, end)
    }

    fn of_file(file: Arc<dyn StoredFile>, base: Position, end: Position) -> Option<Self> {
        let header = read(file.as_ref(), 0, HEADER_BYTES)?;
        let (checked, checksum) = header.split_at_checked(CHECKSUM_AT)?;
        if checksum != crc32c::crc32c(checked).to_le_bytes() {
            return None;
        }
        let mut reader = Reader::new(checked);
        let intro = reader.bytes(8).ok()?;
        let found = (reader.u64().ok()?, reader.u64().ok()?);
        if intro.get(..5)? != [MAGIC.as_slice(), &[VERSION]].concat() || found != (base.0, end.0) {
            return None;
        }
        let keys_at = reader.u64().ok()?;
        let (queues, keys) = (reader.u32().ok()? as usize, reader.u32().ok()? as usize);
        let (directory, keys_checksum) = (reader.u32().ok()?, reader.u32().ok()?);
        let commit_bytes = reader.u64().ok()?;
        let index = Self { file, base, queues, keys_at, keys, commit_bytes };
        let bytes = read(index.file.as_ref(), HEADER_BYTES as u64, queues * QUEUE_BYTES)?;
        let keys = read(index.file.as_ref(), keys_at, keys * KEY_BYTES)?;
        (crc32c::crc32c(&bytes) == directory && crc32c::crc32c(&keys) == keys_checksum).then_some(index)
    }

    /// How many bytes the segment's commits have.
    pub(crate) fn commit_bytes(&self) -> u64 {
        self.commit_bytes
    }

    /// What the segment holds of each queue, by topic and queue.
    ///
    /// # Errors
    /// See [`SegmentIndex::queue`].
    pub(crate) fn extents(&self) -> Result<Vec<Extent>> {
        let bytes = self.bytes(HEADER_BYTES as u64, self.queues * QUEUE_BYTES)?;
        let entries = bytes.chunks_exact(QUEUE_BYTES).map(|bytes| {
            let QueueEntry { topic, queue, start, end, bytes, .. } = QueueEntry::read(bytes)?;
            Some(Extent { topic, queue, start, end, bytes })
        });
        entries.collect::<Option<_>>().ok_or_else(|| self.damaged())
    }

    /// The batches of a queue; `None` if it has none in this segment.
    ///
    /// # Errors
    /// `Corrupt`: the file is not what was written; `Unavailable`: the disk failed.
    pub(crate) fn queue(&self, topic: TopicId, queue: QueueId) -> Result<Option<QueueBatches>> {
        let (mut low, mut high) = (0, self.queues);
        while low < high {
            let middle = low.midpoint(high);
            let bytes = self.bytes((HEADER_BYTES + middle * QUEUE_BYTES) as u64, QUEUE_BYTES)?;
            let entry = QueueEntry::read(&bytes).ok_or_else(|| self.damaged())?;
            match (entry.topic, entry.queue).cmp(&(topic, queue)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.list(&entry).map(Some),
            }
        }
        Ok(None)
    }

    fn list(&self, entry: &QueueEntry) -> Result<QueueBatches> {
        let bytes = self.bytes(entry.at, entry.count as usize * BATCH_BYTES)?;
        if crc32c::crc32c(&bytes) != entry.checksum {
            return Err(self.damaged());
        }
        let batches: Option<Vec<BatchRef>> =
            bytes.chunks_exact(BATCH_BYTES).map(BatchRef::from_bytes).collect();
        let batches = batches.ok_or_else(|| self.damaged())?;
        Ok(QueueBatches { start: entry.start, end: entry.end, bytes: entry.bytes, batches })
    }

    /// The messages with keys or unique ids of this hash.
    ///
    /// # Errors
    /// See [`SegmentIndex::queue`].
    pub(crate) fn keys(&self, hash: u64) -> Result<Vec<KeyEntry>> {
        let (mut low, mut high) = (0, self.keys);
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle)?.hash < hash {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut found = Vec::new();
        while low < self.keys {
            let entry = self.key(low)?;
            if entry.hash != hash {
                break;
            }
            found.push(entry);
            low += 1;
        }
        Ok(found)
    }

    fn key(&self, index: usize) -> Result<KeyEntry> {
        let bytes = self.bytes(self.keys_at + (index * KEY_BYTES) as u64, KEY_BYTES)?;
        let mut reader = Reader::new(&bytes);
        let mut read = || {
            Some(KeyEntry {
                hash: reader.u64().ok()?,
                at: reader.u32().ok()?,
                section: reader.u32().ok()?,
                index: reader.u32().ok()?,
            })
        };
        read().ok_or_else(|| self.damaged())
    }

    fn bytes(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = self.file.read_at(&mut bytes, at);
        let read = read.map_err(|error| Error::io(&format!("read {}", file_name(self.base)), &error))?;
        if read < length { Err(self.damaged()) } else { Ok(bytes) }
    }

    fn damaged(&self) -> Error {
        Error::corrupt(
            self.base,
            format!(
                "index {} is damaged; delete the file while the log is closed, it is made again from its segment",
                file_name(self.base)
            ),
        )
    }
}

struct QueueEntry {
    topic: TopicId,
    queue: QueueId,
    start: Offset,
    end: Offset,
    bytes: u64,
    at: u64,
    count: u32,
    checksum: u32,
}

impl QueueEntry {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        Some(Self {
            topic: TopicId(reader.u32().ok()?),
            queue: QueueId(reader.u32().ok()?),
            start: reader.u64().ok()?,
            end: reader.u64().ok()?,
            bytes: reader.u64().ok()?,
            at: reader.u64().ok()?,
            count: reader.u32().ok()?,
            checksum: reader.u32().ok()?,
        })
    }
}

fn read(file: &dyn StoredFile, at: u64, length: usize) -> Option<Vec<u8>> {
    // Lengths come from the file; more than it has is damage, not a reason to ask for memory.
    if (length as u64) > file.length().ok()? {
        return None;
    }
    let mut bytes = vec![0; length];
    (file.read_at(&mut bytes, at).ok()? == length).then_some(bytes)
}

/// An index for which the disk has no place.
struct InMemory(Vec<u8>);

impl StoredFile for InMemory {
    fn length(&self) -> std::io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> std::io::Result<usize> {
        let from = self.0.get(crate::ids::size(at)..).unwrap_or_default();
        let length = from.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..length), from.get(..length)) {
            into.copy_from_slice(from);
        }
        Ok(length)
    }

    fn write_at(&self, _: &mut [std::io::IoSlice<'_>], _: u64) -> std::io::Result<()> {
        Err(std::io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn allocate(&self, _: u64) -> std::io::Result<()> {
        Err(std::io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn truncate(&self, _: u64) -> std::io::Result<()> {
        Err(std::io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
