//! Following the log: rows that the tables lack are read from it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::files::Mark;
use super::rows::Rows;
use super::{LATE_BYTES_MAX, State, Tending};
use crate::log::Log;
use crate::record::{Batch, Damage, HEADER_BYTES, Head, RecordKind, SectionKind};
use crate::segment::{Scan, Scanned, Segment};
use crate::shared::Shared;
use crate::{Error, Position, Result, TopicId};

/// How much of the log is read at most before opening is done; the rest is read by ticks, or by who needs it first.
const OPENING_BYTES: u64 = 64 << 20;
/// How much of the log is read under the eyes of new commits.
const JOINING_BYTES: u64 = 1 << 20;

/// How often rows are made again in one call.
const DAMAGED_MAX: usize = 4;

/// A part of the log to be read.
struct Part {
    segment: Arc<Segment>,
    /// The position behind its commits.
    next: Position,
    /// Where its file, or what of it may be read, ends.
    end: Position,
}

impl Part {
    /// Whether it was written anew: then where records stand is not the positions that commits had.
    fn is_packed(&self) -> bool {
        self.segment.sealed.get().is_some_and(|end| *end < self.next)
    }
}

impl Log {
    /// Takes up the tables that are in the folder, and reads what they lack if that is little.
    pub(crate) fn open_tables(&self) -> Result<()> {
        let tables = &self.inner.tables;
        {
            let mut tending = tables.tending();
            if let Some((rows, mark)) = tables.left_over()?
                && self.is_of_this_log(mark)
            {
                tending.rows = Some(Arc::new(rows));
                tending.mark = mark;
                tending.written = mark.applied;
            }
        }
        match self.follow(OPENING_BYTES) {
            // Damage in the log is told to those who ask for rows; everything else can be read.
            Err(error) if error.kind == crate::ErrorKind::Corrupt => Ok(()),
            done => done.map(|_| ()),
        }
    }

    /// Whether the record that ends where the mark says is the one that the rows followed.
    fn is_of_this_log(&self, mark: Mark) -> bool {
        let core = self.inner.core();
        if mark.applied == core.tail {
            return mark.previous == core.previous;
        }
        let after = core.segments.partition_point(|segment| segment.base <= mark.applied);
        let segments = core.segments.get(..after).unwrap_or_default();
        let head = |segment: &Segment, at: Position| {
            let mut bytes = vec![0; HEADER_BYTES];
            segment.read(&mut bytes, at).ok()?;
            let header = crate::record::Header::read(&bytes, at).ok()?;
            bytes.resize(header.head_length(), 0);
            segment.read(&mut bytes, at).ok()?;
            Head::read(&bytes, at).ok().map(|head| (head.header.previous, head.checksum))
        };
        let found = match segments {
            [.., before, last] if last.base == mark.applied => {
                let end = before.sealed.get().and_then(|end| end.0.checked_sub(HEADER_BYTES as u64));
                end.and_then(|at| head(before, Position(at))).map(|(_, checksum)| checksum)
            }
            [.., last] if mark.applied < core.tail => head(last, mark.applied).map(|(previous, _)| previous),
            _ => None,
        };
        found == Some(mark.previous)
    }

    /// Reads at most about `bytes` of the log for rows that are missing; answers whether all are there.
    pub(super) fn follow(&self, bytes: u64) -> Result<bool> {
        let tables = &self.inner.tables;
        if tables.is_current() {
            return Ok(true);
        }
        let mut tending = tables.tending();
        let mut left = bytes;
        let mut damaged = 0;
        while !tables.is_current() {
            let rows = match &tending.rows {
                Some(rows) => Arc::clone(rows),
                None => {
                    let rows = Arc::new(tables.begin()?);
                    tending.mark = Mark::default();
                    tending.written = Position(0);
                    tables.unwritten_bytes.store(0, Ordering::Relaxed);
                    Arc::clone(tending.rows.insert(rows))
                }
            };
            let (written, tail, none) = {
                let core = self.inner.core();
                (core.written, core.tail, core.catalog.tables().next().is_none())
            };
            if none {
                let core = self.inner.core();
                if core.catalog.tables().next().is_none() {
                    tending.mark = Mark { applied: core.tail, previous: core.previous };
                    *tables.state() = State::Current { rows: Arc::clone(&rows), sealed: core.tail };
                }
            } else if tail.0.saturating_sub(tending.mark.applied.0) <= JOINING_BYTES {
                self.join(&mut tending, &rows)?;
            } else {
                if left == 0 {
                    return Ok(false);
                }
                let before = tending.mark.applied;
                let end = Position(before.0.saturating_add(left.min(16 << 20)));
                let read = self.read_rows(&mut tending, &rows, end, written)?;
                left = left.saturating_sub(read);
                if tending.mark.applied == before {
                    // What comes next is not written yet.
                    self.inner.progress.settle(&self.inner, tail, false)?;
                }
                if tables.unwritten_bytes.load(Ordering::Relaxed) > tables.memory_bytes_max / 2 {
                    let done = self.write_followed(&mut tending, &rows);
                    if tables.unless_damaged(&mut tending, done)?.is_none() {
                        damaged += 1;
                        if damaged == DAMAGED_MAX {
                            return Err(Error::unavailable(format!(
                                "the rows of tables in {} were damaged {damaged} times while they were made again; \
                                 check the disk",
                                self.inner.storage.describe()
                            )));
                        }
                    }
                }
            }
            if let State::Current { rows, .. } = &*tables.state() {
                tending.rows = Some(Arc::clone(rows));
            } else {
                continue;
            }
            *tables.gate.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&rows));
            tables.current.store(true, Ordering::Release);
        }
        Ok(true)
    }

    /// Reads the last rows that are missing, while those of new commits wait.
    fn join(&self, tending: &mut Tending, rows: &Arc<Rows>) -> Result<()> {
        let tables = &self.inner.tables;
        let upto = {
            let core = self.inner.core();
            *tables.state() = State::Joining { late: Vec::new(), bytes: 0 };
            core.tail
        };
        let settled = self.inner.progress.settle(&self.inner, upto, false);
        let read = settled.and_then(|()| self.read_rows(tending, rows, upto, upto));
        let core = self.inner.core();
        let mut state = tables.state();
        let waited = std::mem::replace(&mut *state, State::Behind);
        read?;
        // With too many, what came meanwhile is read from the log, too.
        if let State::Joining { late, bytes } = waited
            && bytes <= LATE_BYTES_MAX
        {
            for (mut sequence, batch) in late {
                tables.put_rows(rows, &batch, &mut sequence, Position(0));
            }
            tending.mark = Mark { applied: core.tail, previous: core.previous };
            let sealed = tending.written;
            *state = State::Current { rows: Arc::clone(rows), sealed };
        }
        Ok(())
    }

    /// Reads rows up to the first record at or behind `end`, at most to `written`. Gives how many bytes were read.
    fn read_rows(&self, tending: &mut Tending, rows: &Rows, end: Position, written: Position) -> Result<u64> {
        let (parts, tables, floor) = {
            let core = self.inner.core();
            let nexts = core.segments.iter().skip(1).map(|next| next.base).chain([core.tail]);
            let parts = core.segments.iter().zip(nexts).map(|(segment, next)| Part {
                segment: Arc::clone(segment),
                next,
                end: segment.sealed.get().copied().unwrap_or(written).min(written),
            });
            (parts.collect::<Vec<_>>(), core.catalog.tables().collect::<HashSet<TopicId>>(), core.visible)
        };
        let mut read = 0;
        for part in parts {
            if part.next <= tending.mark.applied || part.segment.base >= written {
                continue;
            }
            if tending.mark.applied >= end {
                break;
            }
            let base = part.segment.base;
            let packed = part.is_packed();
            let from = if packed { base } else { base.max(tending.mark.applied) };
            let name = part.segment.name();
            let mut scan = Scan::new(Arc::clone(&part.segment.file), base, from, part.end);
            while packed || scan.position() < end {
                let Some(scanned) = scan.next().map_err(|stopped| stopped.into_error(&name))? else {
                    break;
                };
                read += scanned.bytes.len() as u64;
                self.take_record(&scanned, rows, &tables, tending.mark.applied, floor)
                    .map_err(|damage| damage.at(scanned.head.header.position, &name))?;
                if !packed {
                    tending.mark = Mark { applied: scan.position(), previous: scan.previous() };
                }
            }
            if packed {
                tending.mark = Mark { applied: part.next, previous: scan.previous() };
            }
        }
        Ok(read)
    }

    /// Puts the rows of a record that stands behind `applied`.
    fn take_record(
        &self,
        scanned: &Scanned<'_>,
        rows: &Rows,
        tables: &HashSet<TopicId>,
        applied: Position,
        floor: Position,
    ) -> Result<(), Damage> {
        let header = scanned.head.header;
        let position = header.committed_at();
        if header.kind != RecordKind::Commit || position < applied {
            return Ok(());
        }
        let mut sequence = position.0;
        for (number, section) in (0..).zip(scanned.head.sections()) {
            let section = section?;
            if section.kind != SectionKind::Messages || section.is_held() || !tables.contains(&section.topic)
            {
                continue;
            }
            let content = Head::content(scanned.bytes, number, &section)?;
            let content = Shared::from(content.to_vec());
            let batch = Batch::parse(content, section, position, header.store_time)?;
            self.inner.tables.put_rows(rows, &batch, &mut sequence, floor);
        }
        Ok(())
    }

    /// Writes the rows that were read so far, so that they neither fill memory nor have to be read again.
    fn write_followed(&self, tending: &mut Tending, rows: &Rows) -> Result<()> {
        let Some(files) = rows.files() else { return Ok(()) };
        let mark = tending.mark;
        self.inner.progress.settle(&self.inner, mark.applied, true)?;
        files.seal(mark);
        files.flush(mark.applied, mark.applied)?;
        self.inner.tables.unwritten_bytes.store(0, Ordering::Relaxed);
        tending.written = mark.applied;
        files.merge(mark.applied, mark.applied)
    }

    /// Throws `rows` away because they are damaged; they are read from the log again.
    pub(super) fn forget_rows(&self, damaged: &Arc<Rows>) {
        let tables = &self.inner.tables;
        let mut tending = tables.tending();
        if tending.rows.as_ref().is_some_and(|rows| Arc::ptr_eq(rows, damaged)) {
            tables.forget(&mut tending);
        }
    }
}
