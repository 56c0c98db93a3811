//! The records of a log, one by one.

use std::path::Path;

use super::walk::{Piece, spans, walk};
use super::{Finding, FindingKind, lock, storage_of};
use crate::record::{Batch, Compression, Damage, Head, RecordKind, SectionKind};
use crate::recovery::{changes, offsets, states};
use crate::segment::Scanned;
use crate::shared::Shared;
use crate::{Change, GroupId, Offset, Position, QueueId, Result, Storage, Timestamp, TopicId};

/// A record.
#[derive(Debug)]
pub struct DumpedRecord {
    /// The file that it stands in.
    pub file: String,
    /// Where it begins.
    pub position: Position,
    /// How many bytes it has.
    pub bytes: u64,
    /// `commit`, `snapshot`, `end` or `gap`.
    pub kind: &'static str,
    /// When it was written.
    pub store_time: Timestamp,
    /// Everything in front of this position was durable when it was written.
    pub durable: Position,
    /// What is in it.
    pub sections: Vec<DumpedSection>,
}

/// A section of a record.
#[derive(Debug)]
pub enum DumpedSection {
    /// Messages of a queue.
    Messages {
        /// The messages.
        batch: Batch,
        /// Whether they are in no queue, but kept for a state machine.
        held: bool,
        /// How their bodies are compressed.
        compression: Compression,
    },
    /// How far groups have read.
    Offsets(Vec<(GroupId, TopicId, QueueId, Offset)>),
    /// Changes of topics, queues and groups.
    Changes(Vec<Change>),
    /// Entries of state machines: the machine's kind, and its bytes.
    State(Vec<(u16, Vec<u8>)>),
    /// A part of a snapshot; its length in bytes.
    Snapshot(u64),
}

impl DumpedSection {
    /// How many messages it holds.
    pub(super) fn messages(&self) -> u64 {
        match self {
            Self::Messages { batch, held: false, .. } => batch.len() as u64,
            _ => 0,
        }
    }
}

/// Gives all records of the log in `folder`, which must not be open, in their order, and damage where it stands, until `take` gives
/// false.
///
/// # Errors
/// `InvalidInput`: there is no log. `Unavailable`: it is open in a process, or the disk failed.
pub fn dump(folder: &Path, take: &mut dyn FnMut(Result<DumpedRecord, Finding>) -> bool) -> Result<()> {
    dump_of(&storage_of(folder)?, take)
}

/// Gives all records of a log on any storage.
///
/// # Errors
/// See [`dump`].
pub fn dump_of(
    storage: &dyn Storage,
    take: &mut dyn FnMut(Result<DumpedRecord, Finding>) -> bool,
) -> Result<()> {
    let _lock = lock(storage)?;
    let mut goes_on = true;
    for span in spans(storage)? {
        walk(&span, &mut |piece| {
            if goes_on {
                goes_on = take(dumped(&span.name(), piece));
            }
            Ok(())
        })?;
        if !goes_on {
            break;
        }
    }
    Ok(())
}

fn dumped(file: &str, piece: Piece<'_>) -> Result<DumpedRecord, Finding> {
    let finding = |kind, start: Position, end: Position, message: String| Finding {
        kind,
        file: file.to_owned(),
        position: start,
        bytes: end.0 - start.0,
        message,
    };
    let scanned = match piece {
        Piece::Record(scanned) => scanned,
        Piece::Damage(start, end, damage) => {
            return Err(finding(FindingKind::Damage, start, end, damage.to_string()));
        }
        Piece::Torn(start, end) => {
            return Err(finding(FindingKind::TornTail, start, end, "a torn write".to_owned()));
        }
    };
    let header = scanned.head.header;
    let bytes = u64::from(header.length);
    let sections = sections(scanned).map_err(|damage| {
        let end = Position(header.position.0 + bytes);
        finding(FindingKind::Damage, header.position, end, damage.to_string())
    })?;
    Ok(DumpedRecord {
        file: file.to_owned(),
        position: header.position,
        bytes,
        kind: match header.kind {
            RecordKind::Commit => "commit",
            RecordKind::Snapshot => "snapshot",
            RecordKind::End => "end",
            RecordKind::Gap => "gap",
        },
        store_time: header.store_time,
        durable: header.durable,
        sections,
    })
}

/// What is in a record, decoded.
pub(super) fn sections(scanned: &Scanned<'_>) -> Result<Vec<DumpedSection>, Damage> {
    let header = scanned.head.header;
    let mut sections = Vec::new();
    for (number, section) in (0..).zip(scanned.head.sections()) {
        let section = section?;
        let content = Head::content(scanned.bytes, number, &section)?;
        sections.push(match section.kind {
            SectionKind::Messages => DumpedSection::Messages {
                batch: Batch::parse(
                    Shared::from(content.to_vec()),
                    section,
                    header.committed_at(),
                    header.store_time,
                )?,
                held: section.is_held(),
                compression: Compression::of(section.encoding).unwrap_or_default(),
            },
            SectionKind::Offsets => {
                DumpedSection::Offsets(offsets(content, section.count).collect::<Result<_, _>>()?)
            }
            SectionKind::Catalog => {
                DumpedSection::Changes(changes(content, section.count).collect::<Result<_, _>>()?)
            }
            SectionKind::State => {
                let entries = states(content, section.count);
                let entries = entries.map(|entry| entry.map(|(kind, bytes)| (kind, bytes.to_vec())));
                DumpedSection::State(entries.collect::<Result<_, _>>()?)
            }
            SectionKind::Snapshot => DumpedSection::Snapshot(u64::from(section.bodies_raw_length)),
        });
    }
    Ok(sections)
}
