//! Records with right checksums around any bytes.

use std::io::IoSlice;

use super::lock;
use super::walk::{Piece, spans, walk};
use crate::record::{HEADER_BYTES, Header, RECORD_BYTES_MAX, RecordKind, SECTION_BYTES};
use crate::{Error, Position, Result, Storage, Timestamp};

/// Appends a record made of `bytes` to a closed log: kind and number of sections from the first two, then the directory and what
/// follows it, with all checksums set right. For tests of what stands behind the checksums.
///
/// # Errors
/// The storage holds no log, or fails.
#[doc(hidden)]
pub fn forge(storage: &dyn Storage, bytes: &[u8]) -> Result<()> {
    let _lock = lock(storage)?;
    let span = spans(storage)?.pop().ok_or_else(|| Error::invalid("there is no segment to forge in"))?;
    let Some(file) = &span.file else { return Ok(()) };
    let (mut previous, mut time) = (0, Timestamp(0));
    let (position, _) = walk(&span, &mut |piece| {
        if let Piece::Record(scanned) = piece {
            (previous, time) = (scanned.head.checksum, scanned.head.header.store_time);
        }
        Ok(())
    })?;
    let (intro, content) = bytes.split_at_checked(2).unwrap_or((&[0, 0], &[]));
    let content = content.get(..content.len().min(RECORD_BYTES_MAX / 2)).unwrap_or_default();
    let kind = match intro.first().map_or(0, |byte| byte % 8) {
        0 => RecordKind::Snapshot,
        1 => RecordKind::End,
        2 => RecordKind::Gap,
        _ => RecordKind::Commit,
    };
    let sections = usize::from(intro.get(1).copied().unwrap_or(0) % 8).min(content.len() / SECTION_BYTES);
    let mut record = vec![0; HEADER_BYTES];
    record.extend_from_slice(content);
    record.resize(record.len().next_multiple_of(8), 0);
    let head_length = HEADER_BYTES + sections * SECTION_BYTES;
    for index in 0..sections {
        let entry = HEADER_BYTES + index * SECTION_BYTES;
        let number = |at: usize| {
            let bytes = record.get(entry + at..).and_then(<[u8]>::first_chunk).copied();
            u32::from_le_bytes(bytes.unwrap_or_default()) as usize
        };
        let room = record.len() - head_length;
        let at = head_length + number(8) % (room + 1) / 8 * 8;
        let length = number(12) % (record.len() - at + 1);
        let checksum = crc32c::crc32c(record.get(at..at + length).unwrap_or_default());
        let fields = [u32::try_from(at).unwrap_or(0), u32::try_from(length).unwrap_or(0), checksum];
        let place = record.get_mut(entry + 8..entry + 20).unwrap_or_default();
        for (place, field) in place.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
    }
    let header = Header {
        kind,
        flags: u16::from(intro.first().copied().unwrap_or(0) >> 7),
        length: u32::try_from(record.len()).unwrap_or(0),
        position,
        durable: position,
        store_time: time,
        previous,
        sections: u32::try_from(sections).unwrap_or(0),
        origin: Position(0),
    };
    header.write(record.get_mut(..head_length).unwrap_or_default());
    let io = |error: std::io::Error| Error::io("forge a record", &error);
    file.write_at(&mut [IoSlice::new(&record)], position.0 - span.base.0).map_err(io)
}
