//! A segment is written anew without what is dead in it.
//!
//! Records move together: each tells where it stood when it was committed ([`Header::origin`]), and the file becomes shorter than the
//! span of positions that it has. The new file takes the name of the old one by a rename, so that a crash leaves either.

use std::io::IoSlice;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::Sealed;
use super::live::{Rules, Survey};
use super::reclaim::{io_error, remove_index};
use crate::record::{
    Batch, BatchBuilder, END_PACKED, END_SEALED, Encoded, HEADER_BYTES, Head, Header, Placement, RecordKind,
    Section, SectionKind,
};
use crate::segment::{Scan, Scanned, Segment};
use crate::shared::Shared;
use crate::state::copy::copied;
use crate::{Error, Log, Position, Result, StoredFile, Timestamp};

impl Log {
    /// Writes the segment anew; gives about how many bytes came back.
    pub(super) fn rewrite(&self, sealed: &Sealed, survey: &Survey, now: Timestamp) -> Result<u64> {
        let segment = &sealed.segment;
        let storage = self.inner.storage.as_ref();
        let io = |error: std::io::Error| io_error("write anew", segment.base, &error);
        self.carry_held(sealed.next, now)?;
        let available = storage.available_bytes().map_err(io)?;
        if available < survey.live_bytes() {
            return Err(Error::full(format!(
                "cannot write segment {} anew without what is dead in it: {available} bytes are free, {} are needed",
                segment.name(),
                survey.live_bytes()
            )));
        }
        let name = segment.rewrite_name();
        let file = storage.create(&name).map_err(io)?;
        let written = self.write_anew(sealed, &survey.rules, Arc::clone(&file)).and_then(|end| {
            file.sync().map_err(io)?;
            self.make_reasons_durable()?;
            Ok(end)
        });
        let end = written.inspect_err(|_| {
            // What is left of it goes when the log is opened, too.
            let _ = storage.remove(&name);
        })?;
        let new = Segment::new(segment.base, file, end.0 - segment.base.0, segment.first_time);
        let _ = new.sealed.set(end);
        {
            // Nobody writes an index meanwhile: that of the old file would fit the new one's name.
            let _place = segment.index.lock().unwrap_or_else(PoisonError::into_inner);
            segment.retired.store(true, Ordering::Release);
            remove_index(storage, segment.base)?;
            storage.rename(&name, &segment.name()).map_err(io)?;
        }
        let mut core = self.inner.core();
        if let Some(place) = core.segments.iter_mut().find(|other| Arc::ptr_eq(other, segment)) {
            *place = Arc::new(new);
        }
        drop(core);
        storage.sync_names().map_err(io)?;
        Ok(survey.gain())
    }

    /// Gives where the new file ends.
    fn write_anew(&self, sealed: &Sealed, rules: &Rules, file: Arc<dyn StoredFile>) -> Result<Position> {
        let Sealed { segment, end, .. } = sealed;
        let name = segment.name();
        let mut out = Anew { base: segment.base, file, at: segment.base, previous: 0 };
        let mut scan = Scan::new(Arc::clone(&segment.file), segment.base, segment.base, *end);
        while let Some(scanned) = scan.next().map_err(|stopped| stopped.into_error(&name))? {
            let header = scanned.head.header;
            scanned.head.check_sections(scanned.bytes).map_err(|damage| damage.at(header.position, &name))?;
            match header.kind {
                RecordKind::Commit => match self.living(&scanned, rules, &name)? {
                    Living::All => out.record(header, scanned.bytes)?,
                    Living::None => {}
                    Living::Some(encoded) => out.encoded(header, encoded)?,
                },
                RecordKind::Snapshot => out.record(header, scanned.bytes)?,
                RecordKind::End => {
                    let flags = END_SEALED | END_PACKED;
                    out.record(Header { flags, ..header }, scanned.bytes)?;
                }
                // What was lost stays known, but its place is not needed.
                RecordKind::Gap => {
                    let head = scanned.bytes.get(..HEADER_BYTES).unwrap_or_default();
                    let length = u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX);
                    out.record(Header { length, ..header }, head)?;
                }
            }
        }
        Ok(out.at)
    }

    /// What lives of a commit that is not one of the newest.
    fn living(&self, scanned: &Scanned<'_>, rules: &Rules, name: &str) -> Result<Living> {
        let header = scanned.head.header;
        let damaged = |damage: crate::record::Damage| damage.at(header.position, name);
        let mut all = true;
        let mut batches: Vec<(Section, BatchBuilder)> = Vec::new();
        for (number, section) in (0..).zip(scanned.head.sections()) {
            let section = section.map_err(damaged)?;
            // Offsets, changes and state are in the snapshots of younger segments; held messages were carried.
            if section.kind != SectionKind::Messages || section.is_held() {
                all = false;
                continue;
            }
            let content = Head::content(scanned.bytes, number, &section).map_err(damaged)?;
            let content = Shared::from(content.to_vec());
            let batch = Batch::parse(content, section, header.committed_at(), header.store_time)
                .map_err(|malformed| damaged(malformed.into()))?;
            let live = rules.live(self, &batch)?;
            all &= live.len() == batch.len();
            if let Some(living) = thin_out(&batch, section, &live)? {
                batches.push(living);
            }
        }
        Ok(match batches.is_empty() {
            _ if all => Living::All,
            true => Living::None,
            false => Living::Some(Encoded::of_batches(&batches)),
        })
    }
}

enum Living {
    All,
    Some(Encoded),
    None,
}

/// The messages of a batch at `live`; `None` for no message.
fn thin_out(batch: &Batch, section: Section, live: &[usize]) -> Result<Option<(Section, BatchBuilder)>> {
    let offset = |index: Option<&usize>| Some(batch.message(*index?)?.offset);
    let (Some(first), Some(last)) = (offset(live.first()), offset(live.last())) else {
        return Ok(None);
    };
    let mut builder = BatchBuilder::default();
    let dense = last - first + 1 == live.len() as u64;
    for index in live {
        let Some(message) = batch.message(*index) else { continue };
        let gap = u32::try_from(message.offset - first)
            .map_err(|_| Error::internal("a batch has over 2^32 messages"))?;
        copied(
            &message,
            &[],
            |message| {
                if dense { builder.push(message) } else { builder.push_sparse(message, gap) }
            },
        )?;
    }
    Ok(Some((Section { base_offset: first, ..section }, builder)))
}

/// The new file.
struct Anew {
    base: Position,
    file: Arc<dyn StoredFile>,
    /// Where the next record goes.
    at: Position,
    /// The head checksum of the record that was written last.
    previous: u32,
}

impl Anew {
    /// Writes a record as it was, with another header.
    fn record(&mut self, was: Header, bytes: &[u8]) -> Result<()> {
        let header = Header { position: self.at, origin: self.origin(&was), previous: self.previous, ..was };
        let (head, rest) = bytes.split_at_checked(was.head_length()).unwrap_or((bytes, &[]));
        let mut head = head.to_vec();
        self.previous = header.write(&mut head);
        self.put(&[&head, rest])
    }

    /// Writes what is left of a commit.
    fn encoded(&mut self, was: Header, encoded: Encoded) -> Result<()> {
        let Header { durable, store_time, flags, kind, .. } = was;
        let origin = self.origin(&was);
        let at = Placement { position: self.at, durable, store_time, previous: self.previous, origin };
        let (bytes, checksum, _) = encoded.place(kind, flags, at);
        self.previous = checksum;
        self.put(&[&bytes])
    }

    /// The position of the commit, in so far as it is not where the record stands.
    fn origin(&self, was: &Header) -> Position {
        if was.committed_at() == self.at { Position(0) } else { was.committed_at() }
    }

    fn put(&mut self, pieces: &[&[u8]]) -> Result<()> {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let written = self.file.write_at(&mut slices, self.at.0 - self.base.0);
        written.map_err(|error| io_error("write anew", self.base, &error))?;
        self.at = Position(self.at.0 + length as u64);
        Ok(())
    }
}
