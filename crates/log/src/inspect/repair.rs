//! Damage taken out, so that a log opens again and is read around what is lost.

use std::io::IoSlice;
use std::path::Path;

use super::walk::{Piece, Span, spans, walk};
use super::{Finding, FindingKind, lock, storage_of};
use crate::index::{index_name, remove_index_file};
use crate::record::{END_SEALED, HEADER_BYTES, Header, RECORD_BYTES_MAX, RecordKind};
use crate::segment::file_name;
use crate::{Error, Position, Result, Storage, StoredFile, Timestamp};

/// What was taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The damage that was replaced by gaps. What stood there is lost.
    pub taken_out: Vec<Finding>,
}

/// Takes all damage out of the log in `folder`, which must not be open. Messages whose bytes are whole stay, at their offsets. It can be
/// run again after it was interrupted.
///
/// # Errors
/// `InvalidInput`: there is no log. `Unsupported`: a later version wrote it. `Unavailable`: it is open in a process, or the disk failed.
pub fn repair(folder: &Path) -> Result<Repaired> {
    repair_of(&storage_of(folder)?)
}

/// Takes all damage out of a log on any storage.
///
/// # Errors
/// See [`repair`].
pub fn repair_of(storage: &dyn Storage) -> Result<Repaired> {
    let _lock = lock(storage)?;
    let mut repaired = Repaired::default();
    for span in spans(storage)? {
        let Some(file) = &span.file else { continue };
        let mut gaps = Vec::new();
        let mut last = (Timestamp(0), 0);
        let (_, missing) = walk(&span, &mut |piece| {
            match piece {
                Piece::Record(scanned) => {
                    last = (scanned.head.header.store_time, scanned.head.checksum);
                    return Ok(());
                }
                Piece::Torn(..) => return Ok(()),
                Piece::Damage(start, _, damage @ crate::record::Damage::Version(_)) => {
                    return Err(damage.at(start, &span.name()));
                }
                Piece::Damage(start, end, damage) => {
                    gaps.push((Gap { start, end, time: last.0, previous: last.1 }, damage));
                    last.1 = 0;
                }
            }
            Ok(())
        })?;
        if !gaps.is_empty() {
            forget_index(storage, span.base)?;
        }
        if !gaps.is_empty() || missing.is_some() {
            forget_tables(storage)?;
        }
        for (gap, damage) in gaps {
            gap.write(file.as_ref(), &span)?;
            repaired.taken_out.push(gap.finding(&span, damage.to_string()));
        }
        if let Some(missing) = missing {
            let name = missing.name();
            let io = |error: std::io::Error| Error::io(&format!("begin segment {name}"), &error);
            let next = missing.next.unwrap_or(missing.base);
            forget_index(storage, missing.base)?;
            let file = storage.create(&name).map_err(io)?;
            file.allocate(next.0 - missing.base.0).map_err(io)?;
            let gap = Gap { start: missing.base, end: next, time: last.0, previous: 0 };
            gap.write(file.as_ref(), &missing)?;
            storage.sync_names().map_err(io)?;
            repaired.taken_out.push(gap.finding(&missing, "the file of the segment was missing".to_owned()));
        }
    }
    Ok(repaired)
}

/// Removes the rows of tables, lest they are what the log does not hold any more: they are made again of what is left.
fn forget_tables(storage: &dyn Storage) -> Result<()> {
    let Some(folder) = storage.tables_folder() else { return Ok(()) };
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(&format!("remove {}", folder.display()), &error))
        }
        _ => Ok(()),
    }
}

/// Removes an index that may name records which are about to go.
fn forget_index(storage: &dyn Storage, base: Position) -> Result<()> {
    let removed = remove_index_file(storage, base);
    removed.map_err(|error| Error::io(&format!("remove {}", index_name(base)), &error))?;
    storage.sync_names().map_err(|error| Error::io("sync the folder of the log", &error))
}

struct Gap {
    start: Position,
    end: Position,
    time: Timestamp,
    /// The checksum of the record in front.
    previous: u32,
}

impl Gap {
    fn finding(&self, span: &Span, message: String) -> Finding {
        let bytes = self.end.0 - self.start.0;
        Finding { kind: FindingKind::Damage, file: span.name(), position: self.start, bytes, message }
    }

    /// Fills the damage with gaps; where a sealed segment's end was in it, that comes back.
    fn write(&self, file: &dyn StoredFile, span: &Span) -> Result<()> {
        let io = |error: std::io::Error| Error::io(&format!("repair segment {}", span.name()), &error);
        let had_end = span.next == Some(self.end);
        let gap_end = if had_end { Position(self.end.0 - HEADER_BYTES as u64) } else { self.end };
        let length = file.length().map_err(io)?;
        if span.base.0 + length < self.end.0 {
            file.allocate(self.end.0 - span.base.0).map_err(io)?;
        }
        let mut previous = self.previous;
        let mut at = self.start;
        while at < gap_end {
            let left = gap_end.0 - at.0;
            let largest = (RECORD_BYTES_MAX - HEADER_BYTES) as u64;
            // What is left has to have room for a header, too.
            let bytes = if left <= largest { left } else { largest.min(left - HEADER_BYTES as u64) };
            previous = self.put(file, span, RecordKind::Gap, at, bytes, previous)?;
            at = Position(at.0 + bytes);
        }
        if had_end {
            self.put(file, span, RecordKind::End, at, HEADER_BYTES as u64, previous)?;
        }
        file.sync().map_err(io)
    }

    fn put(
        &self,
        file: &dyn StoredFile,
        span: &Span,
        kind: RecordKind,
        at: Position,
        bytes: u64,
        previous: u32,
    ) -> Result<u32> {
        let header = Header {
            kind,
            flags: if kind == RecordKind::End { END_SEALED } else { 0 },
            length: u32::try_from(bytes).unwrap_or(u32::MAX),
            position: at,
            durable: at,
            store_time: self.time,
            previous,
            sections: 0,
            origin: Position(0),
        };
        let mut head = vec![0; HEADER_BYTES];
        let checksum = header.write(&mut head);
        let io =
            |error: std::io::Error| Error::io(&format!("repair segment {}", file_name(span.base)), &error);
        file.write_at(&mut [IoSlice::new(&head)], at.0 - span.base.0).map_err(io)?;
        Ok(checksum)
    }
}
