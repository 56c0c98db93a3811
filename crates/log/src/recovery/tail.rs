//! What stands behind the last whole record.

use crate::record::{HEADER_BYTES, Header};
use crate::storage::StoredFile;
use crate::{Error, Position, Result};

/// How much is read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Looks behind `at` for a record that was written when the bytes at `at` were already durable.
pub(crate) fn later_witness(
    file: &dyn StoredFile,
    base: Position,
    at: Position,
    length: u64,
) -> Result<Option<Position>> {
    later_record(file, base, at, length, |header| header.durable > at)
}

/// Looks behind `at`, which is no record's start, for the head of a record that `accept` takes.
pub(crate) fn later_record(
    file: &dyn StoredFile,
    base: Position,
    at: Position,
    length: u64,
    accept: impl Fn(&Header) -> bool,
) -> Result<Option<Position>> {
    let io = |error: std::io::Error| Error::io("read a segment", &error);
    let mut found = None;
    let mut offset = at.0 - base.0 + 8;
    let mut data = offset..offset;
    let mut chunk = vec![0; CHUNK_BYTES];
    while found.is_none() && offset + HEADER_BYTES as u64 <= length {
        // Less than a header is none.
        if offset + HEADER_BYTES as u64 > data.end {
            data = file.data_from(offset.max(data.end)).map_err(io)?;
            if data.is_empty() {
                break;
            }
            offset = offset.max(data.start & !7);
        }
        let wanted = crate::ids::size(data.end - offset).min(CHUNK_BYTES);
        let read = file.read_at(chunk.get_mut(..wanted).unwrap_or_default(), offset).map_err(io)?;
        if read < HEADER_BYTES {
            offset = data.end.next_multiple_of(8);
            continue;
        }
        let bytes = chunk.get(..read).unwrap_or_default();
        // Records begin at multiples of eight bytes.
        let places = bytes.chunks_exact(8).enumerate().filter(|(_, eight)| eight.starts_with(b"MSLR"));
        for (index, _) in places {
            let place = base.0 + offset + (index * 8) as u64;
            let Ok(header) = Header::read(bytes.get(index * 8..).unwrap_or_default(), Position(place)) else {
                continue;
            };
            let mut head = vec![0; header.head_length()];
            let whole = file.read_at(&mut head, place - base.0);
            let whole = whole.map_err(io)? == head.len();
            let intact = whole && crate::record::Head::read(&head, Position(place)).is_ok();
            if intact && accept(&header) {
                found = Some(Position(place));
                break;
            }
        }
        // A header may lie across the border of two chunks.
        offset += (read - read % 8).saturating_sub(HEADER_BYTES).max(8) as u64;
    }
    Ok(found)
}

/// Makes everything behind `tail` zero, durably before anything is written there: a whole record of the torn tail could else
/// stand behind a new one some day, and count as its successor.
pub(super) fn clear(
    file: &dyn StoredFile,
    base: Position,
    tail: Position,
    length: u64,
    name: &str,
) -> Result<()> {
    let io = |error: std::io::Error| Error::io(&format!("cut the torn tail of segment {name}"), &error);
    let used = tail.0 - base.0;
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut data = used..used;
    let mut offset = used;
    while offset < length {
        if offset >= data.end {
            data = file.data_from(offset).map_err(io)?;
            offset = data.start;
        }
        let wanted = crate::ids::size(data.end.saturating_sub(offset)).min(CHUNK_BYTES);
        let read = file.read_at(chunk.get_mut(..wanted).unwrap_or_default(), offset).map_err(io)?;
        if read == 0 {
            return Ok(());
        }
        if chunk.iter().take(read).any(|byte| *byte != 0) {
            file.truncate(used).map_err(io)?;
            // With a full disk the space may not come back; the segment is then sealed earlier.
            let _ = file.allocate(length);
            return Ok(());
        }
        offset += read as u64;
    }
    Ok(())
}

/// Writes again what may not be durable. After a failed sync the operating system shows bytes that it will not write any more, because
/// it takes them for clean (Rebello et al. 2020); a further sync alone would succeed and do nothing.
pub(super) fn write_again(
    file: &dyn StoredFile,
    base: Position,
    durable: Position,
    tail: Position,
    name: &str,
) -> Result<()> {
    let io = |error: std::io::Error| Error::io(&format!("write segment {name} again"), &error);
    let mut chunk = vec![0; CHUNK_BYTES];
    let (mut offset, end) = (durable.0 - base.0, tail.0 - base.0);
    while offset < end {
        let length = crate::ids::size(end - offset).min(CHUNK_BYTES);
        let into = chunk.get_mut(..length).unwrap_or_default();
        let read = file.read_at(into, offset).map_err(io)?;
        if read == 0 {
            break;
        }
        let bytes = into.get(..read).unwrap_or_default();
        file.write_at(&mut [std::io::IoSlice::new(bytes)], offset).map_err(io)?;
        offset += read as u64;
    }
    Ok(())
}
