//! All bytes of a segment, the damaged ones, too.

use std::sync::Arc;

use crate::record::{Damage, END_PACKED, END_SEALED, HEADER_BYTES, Head, Header, RecordKind};
use crate::recovery::{bases, later_record};
use crate::segment::{Scan, Scanned, Stopped, file_name};
use crate::{Error, Position, Result, Storage, StoredFile};

/// How much is read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// What stands in a segment.
pub(super) enum Piece<'a> {
    /// A record whose checksums are right.
    Record(&'a Scanned<'a>),
    /// Bytes from the first position to the second that are no record, although they were durable.
    Damage(Position, Position, Damage),
    /// Bytes that the last writes left.
    Torn(Position, Position),
}

/// A segment file, and the span of positions that it has to fill.
pub(super) struct Span {
    pub base: Position,
    /// Where the next segment begins; `None` for the newest.
    pub next: Option<Position>,
    /// The file; `None` if it is missing.
    pub file: Option<Arc<dyn StoredFile>>,
}

impl Span {
    /// The name of the file.
    pub(super) fn name(&self) -> String {
        file_name(self.base)
    }
}

/// The segments of a log, oldest first.
pub(super) fn spans(storage: &dyn Storage) -> Result<Vec<Span>> {
    let bases = bases(storage)?;
    let nexts = bases.iter().skip(1).copied().map(Some).chain([None]);
    let mut spans = Vec::new();
    for (base, next) in bases.iter().zip(nexts) {
        let name = file_name(*base);
        let file = storage.open(&name).map_err(|error| Error::io(&format!("open segment {name}"), &error))?;
        spans.push(Span { base: *base, next, file: Some(file) });
    }
    Ok(spans)
}

/// Goes through a segment. Gives where it ends: behind its last whole record; and the segment whose file is missing behind it, if
/// it was sealed in front of where the next one begins.
pub(super) fn walk(
    span: &Span,
    visit: &mut dyn FnMut(Piece<'_>) -> Result<()>,
) -> Result<(Position, Option<Span>)> {
    let Some(file) = &span.file else { return Ok((span.base, None)) };
    let io = |error: std::io::Error| Error::io(&format!("read segment {}", span.name()), &error);
    file.read_no_further();
    let length = file.length().map_err(io)?;
    let file_end = Position(span.base.0.saturating_add(length));
    let limit = span.next.unwrap_or(file_end);
    let readable = limit.min(file_end);
    let mut at = span.base;
    loop {
        let mut scan = Scan::new(Arc::clone(file), span.base, at, readable);
        let (mut sealed, mut packed) = (false, false);
        let (damaged_at, damage, damaged_end) = loop {
            let start = scan.position();
            match scan.next() {
                Ok(None) if start >= limit => return Ok((start, None)),
                Ok(None) => break (start, Damage::Cut, None),
                Err(Stopped::Io(error)) => return Err(error),
                Err(Stopped::Damage(position, damage)) => break (position, damage, None),
                Ok(Some(scanned)) => {
                    let header = scanned.head.header;
                    let end = Position(start.0 + u64::from(header.length));
                    if let Err(damage) = scanned.head.check_sections(scanned.bytes) {
                        break (start, damage, Some(end));
                    }
                    visit(Piece::Record(&scanned))?;
                    sealed = header.kind == RecordKind::End && header.flags & END_SEALED != 0;
                    packed = is_packed(&header);
                    if sealed {
                        at = end;
                        break (end, Damage::NoRecord, None);
                    }
                }
            }
        };
        if sealed {
            let missing = span.next.filter(|next| *next > at && !packed);
            return Ok((at, missing.map(|next| Span { base: at, next: Some(next), file: None })));
        }
        if span.next.is_none() && damaged_at >= readable {
            return Ok((damaged_at, None));
        }
        let next = match damaged_end.filter(|end| has_record(file.as_ref(), span.base, *end)) {
            Some(end) => Some(end),
            None => later_record(file.as_ref(), span.base, damaged_at, readable.0 - span.base.0, |_| true)?,
        };
        let proof = |header: &Header| header.durable > damaged_at;
        if span.next.is_none() && later_record(file.as_ref(), span.base, damaged_at, length, proof)?.is_none()
        {
            let end = last_byte(file.as_ref(), span.base, damaged_at, readable)?;
            if end > damaged_at {
                visit(Piece::Torn(damaged_at, end))?;
            }
            return Ok((damaged_at, None));
        }
        let end = next.unwrap_or(limit);
        visit(Piece::Damage(damaged_at, end, damage))?;
        at = end;
        if at >= readable {
            return Ok((at, None));
        }
    }
}

/// Whether the record ends a segment that was written anew: the next one begins further on.
pub(super) fn is_packed(header: &Header) -> bool {
    header.kind == RecordKind::End && header.flags & END_PACKED != 0
}

fn has_record(file: &dyn StoredFile, base: Position, at: Position) -> bool {
    let mut head = vec![0; HEADER_BYTES];
    let read = file.read_at(&mut head, at.0 - base.0);
    if read.ok() != Some(HEADER_BYTES) {
        return false;
    }
    let Ok(header) = Header::read(&head, at) else { return false };
    head.resize(header.head_length(), 0);
    let read = file.read_at(&mut head, at.0 - base.0);
    read.ok() == Some(head.len()) && Head::read(&head, at).is_ok()
}

/// Behind the last byte that is not zero.
fn last_byte(file: &dyn StoredFile, base: Position, from: Position, end: Position) -> Result<Position> {
    let io = |error: std::io::Error| Error::io(&format!("read segment {}", file_name(base)), &error);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = from.0 - base.0;
    let mut data = at..at;
    let mut last = from;
    while at < end.0 - base.0 {
        if at >= data.end {
            data = file.data_from(at).map_err(io)?;
            at = data.start;
        }
        let length = crate::ids::size(data.end.min(end.0 - base.0).saturating_sub(at)).min(CHUNK_BYTES);
        let into = chunk.get_mut(..length).unwrap_or_default();
        let read = file.read_at(into, at).map_err(io)?;
        if read == 0 {
            break;
        }
        if let Some(index) = into.iter().take(read).rposition(|byte| *byte != 0) {
            last = Position(base.0 + at + index as u64 + 1);
        }
        at += read as u64;
    }
    Ok(last)
}
