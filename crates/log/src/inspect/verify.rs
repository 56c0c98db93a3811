//! Every byte of a log read, and what is wrong listed.

use std::path::Path;

use super::walk::{Piece, Span, is_packed, spans, walk};
use super::{Finding, FindingKind, dump, lock, storage_of};
use crate::index::SegmentIndex;
use crate::record::RecordKind;
use crate::{Position, Result, Storage};

/// The most findings that are listed; the others are counted.
const FINDINGS_MAX: usize = 10_000;

/// What a log holds, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many segments there are.
    pub segments: u64,
    /// How many whole records, snapshots and ends included.
    pub records: u64,
    /// How many messages stand in them, those that retention or compaction has still to take included.
    pub messages: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// Behind the last whole record.
    pub end: Position,
    /// What is wrong, the first 10,000.
    pub findings: Vec<Finding>,
    /// How many findings there are, also those that are not listed.
    pub found: u64,
    /// How many bytes were damaged, and taken out by an earlier repair.
    pub gap_bytes: u64,
    /// How many bytes segments are shorter by since they were written anew without what was dead in them.
    pub reclaimed_bytes: u64,
}

impl Verified {
    /// Whether nothing that was durable is damaged: a torn tail, or an index that has to be made again, is no damage.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind != FindingKind::Damage)
    }

    fn add(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < FINDINGS_MAX || finding.kind == FindingKind::Damage && self.is_whole() {
            self.findings.push(finding);
        }
    }
}

/// Reads all of the log in `folder`, which must not be open.
///
/// # Errors
/// `InvalidInput`: there is no log. `Unavailable`: it is open in a process, or the disk failed.
pub fn verify(folder: &Path) -> Result<Verified> {
    verify_of(&storage_of(folder)?)
}

/// Reads all of a log on any storage.
///
/// # Errors
/// See [`verify`].
pub fn verify_of(storage: &dyn Storage) -> Result<Verified> {
    let _lock = lock(storage)?;
    let mut verified = Verified::default();
    for span in spans(storage)? {
        verified.segments += 1;
        let (end, missing) = walk(&span, &mut |piece| {
            take_up(&mut verified, &span, piece);
            Ok(())
        })?;
        verified.end = end;
        if span.next.is_some() && SegmentIndex::open(storage, span.base, end).is_none() {
            verified.add(Finding {
                kind: FindingKind::Index,
                file: crate::index::index_name(span.base),
                position: span.base,
                bytes: 0,
                message: "the index is missing or damaged; it is made again when it is needed".to_owned(),
            });
        }
        if let Some(missing) = missing {
            let next = missing.next.unwrap_or(missing.base);
            verified.add(Finding {
                kind: FindingKind::Damage,
                file: missing.name(),
                position: missing.base,
                bytes: next.0 - missing.base.0,
                message: "the file of the segment is missing".to_owned(),
            });
        }
    }
    Ok(verified)
}

fn take_up(verified: &mut Verified, span: &Span, piece: Piece<'_>) {
    let finding = |kind, start: Position, end: Position, message: String| Finding {
        kind,
        file: span.name(),
        position: start,
        bytes: end.0 - start.0,
        message,
    };
    match piece {
        Piece::Record(scanned) => {
            let header = scanned.head.header;
            verified.records += 1;
            verified.bytes += u64::from(header.length);
            if header.kind == RecordKind::Gap {
                verified.gap_bytes += u64::from(header.length);
            }
            if let Some(next) = span.next.filter(|_| is_packed(&header)) {
                let end = header.position.0 + u64::from(header.length);
                verified.reclaimed_bytes += next.0.saturating_sub(end);
            }
            match dump::sections(scanned) {
                Ok(sections) => {
                    let counts = sections.iter().map(dump::DumpedSection::messages);
                    verified.messages += counts.sum::<u64>();
                }
                Err(damage) => {
                    let end = Position(header.position.0 + u64::from(header.length));
                    verified.add(finding(
                        FindingKind::Damage,
                        header.position,
                        end,
                        format!("the checksums are right, but {damage}"),
                    ));
                }
            }
        }
        Piece::Damage(start, end, damage) => {
            verified.add(finding(FindingKind::Damage, start, end, damage.to_string()));
        }
        Piece::Torn(start, end) => {
            let text = "the last writes before a crash are not whole; opening the log cuts them off";
            verified.add(finding(FindingKind::TornTail, start, end, text.to_owned()));
        }
    }
}
