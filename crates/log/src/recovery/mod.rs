//! What a log is after a crash: the newest segment's snapshot, and the whole commits behind it.
//!
//! Bytes behind the last whole record are a torn write if nothing says otherwise. What says otherwise is a later record that
//! was written when those bytes were already durable: then they are damage, and the log does not open.

mod replay;
mod tail;

use std::collections::HashSet;
use std::sync::Arc;

pub(crate) use replay::{Replay, changes, offsets, states};
pub(crate) use tail::{later_record, later_witness};

use crate::index::{INDEX_SUFFIX, index_name, remove_index_file};
use crate::record::{Damage, END_SEALED, HEADER_BYTES, Head, RecordKind};
use crate::segment::{REWRITE_SUFFIX, Scan, Segment, Stopped, base_of, file_name};
use crate::state::Machines;
use crate::storage::{Storage, StoredFile};
use crate::{Error, Position, Result};

/// What was found.
pub(crate) struct Recovered {
    pub replay: Replay,
    /// Oldest first, the newest one included.
    pub segments: Vec<Arc<Segment>>,
    /// Where the next record goes.
    pub tail: Position,
    pub previous: u32,
}

/// The bases of the segments in the folder, oldest first.
pub(crate) fn bases(storage: &dyn Storage) -> Result<Vec<Position>> {
    let names = storage.list().map_err(|error| Error::io("list the folder of the log", &error))?;
    let mut bases: Vec<Position> = names.iter().filter_map(|name| base_of(name)).collect();
    bases.sort_unstable();
    Ok(bases)
}

/// Removes segments that were being written anew, and indexes whose segments are gone.
fn clear_leftovers(storage: &dyn Storage) -> Result<()> {
    let names = storage.list().map_err(|error| Error::io("list the folder of the log", &error))?;
    let segments: HashSet<&str> = names.iter().filter_map(|name| name.strip_suffix(".log")).collect();
    for name in &names {
        let orphan = name.strip_suffix(INDEX_SUFFIX).is_some_and(|base| !segments.contains(base));
        if orphan || name.ends_with(REWRITE_SUFFIX) {
            storage.remove(name).map_err(|error| Error::io(&format!("remove {name}"), &error))?;
        }
    }
    Ok(())
}

/// Reads the newest segment, cuts a torn tail, and makes sure that what is left is durable.
pub(crate) fn recover(storage: &dyn Storage, mut machines: Machines) -> Result<Recovered> {
    clear_leftovers(storage)?;
    let mut bases = bases(storage)?;
    loop {
        let Some(newest) = bases.last().copied() else {
            let replay = Replay::empty(machines);
            return Ok(Recovered { replay, segments: Vec::new(), tail: Position(0), previous: 0 });
        };
        let older = bases.split_last().map_or(&[][..], |(_, older)| older);
        match recover_newest(storage, newest, older, machines)? {
            Newest::Whole(mut recovered) => {
                bases.pop();
                let mut next = newest;
                for base in bases.into_iter().rev() {
                    recovered.segments.insert(0, open_sealed(storage, base, next)?);
                    next = base;
                }
                return Ok(*recovered);
            }
            // The crash came while the segment was begun; the one in front of it is whole.
            Newest::Unborn(given_back) => {
                let name = file_name(newest);
                storage.remove(&name).map_err(|error| Error::io(&format!("remove {name}"), &error))?;
                machines = given_back;
                bases.pop();
            }
        }
    }
}

enum Newest {
    Whole(Box<Recovered>),
    Unborn(Machines),
}

fn recover_newest(
    storage: &dyn Storage,
    base: Position,
    older: &[Position],
    machines: Machines,
) -> Result<Newest> {
    let name = file_name(base);
    let io = |error: std::io::Error| Error::io(&format!("open segment {name}"), &error);
    let file = storage.open(&name).map_err(io)?;
    file.read_no_further();
    let length = file.length().map_err(io)?;
    let mut scan = Scan::new(Arc::clone(&file), base, base, Position(base.0.saturating_add(length)));
    let mut replay = Replay::start(machines, base);
    let mut sealed = false;
    let mut durable = base;
    let mut first_time = None;
    let (tail, previous) = loop {
        let (at, previous) = (scan.position(), scan.previous());
        let damage = match scan.next() {
            Ok(Some(scanned)) => {
                first_time.get_or_insert(scanned.head.header.store_time);
                durable = durable.max(scanned.head.header.durable.min(scanned.head.header.position));
                sealed = scanned.head.header.kind == RecordKind::End
                    && scanned.head.header.flags & END_SEALED != 0;
                match scanned.head.check_sections(scanned.bytes) {
                    Ok(()) => {
                        if scanned.head.header.kind == RecordKind::Gap && !replay.is_born() {
                            replay = replay_older(storage, older, base, replay.into_machines())?;
                        }
                        replay.record(&scanned, &name)?;
                        if sealed {
                            break (scan.position(), scan.previous());
                        }
                        continue;
                    }
                    Err(damage) => damage,
                }
            }
            Ok(None) => break (at, previous),
            Err(Stopped::Damage(_, damage)) => damage,
            Err(Stopped::Io(error)) => return Err(error),
        };
        if let Damage::Version(_) = damage {
            return Err(damage.at(at, &name));
        }
        if let Some(witness) = later_witness(file.as_ref(), base, at, length)? {
            let mut error = damage.at(at, &name);
            error
                .message
                .push_str(&format!("; it was on disk when the record at position {witness} was written"));
            return Err(error);
        }
        break (at, previous);
    };
    if !replay.is_born() {
        return Ok(Newest::Unborn(replay.into_machines()));
    }
    if !sealed {
        tail::clear(file.as_ref(), base, tail, length, &name)?;
        // It was sealed once, and the crash took that back; what comes now is not what the index names.
        remove_index_file(storage, base)
            .map_err(|error| Error::io(&format!("remove {}", index_name(base)), &error))?;
    }
    let capacity = file.length().map_err(io)?;
    // Readers like what is read ahead.
    let segment =
        Segment::new(base, storage.open(&name).map_err(io)?, capacity, first_time.unwrap_or_default());
    if sealed {
        let _ = segment.sealed.set(tail);
    }
    tail::write_again(file.as_ref(), base, durable, tail, &name)?;
    // What a killed process wrote may only be in memory yet; from here on it is seen and built upon.
    file.sync().map_err(|error| Error::io(&format!("sync segment {name}"), &error))?;
    storage.sync_names().map_err(|error| Error::io("sync the folder of the log", &error))?;
    Ok(Newest::Whole(Box::new(Recovered { replay, segments: vec![Arc::new(segment)], tail, previous })))
}

/// The state at the start of the segment at `base`, whose snapshot was damaged: what the segments in front of it left.
fn replay_older(
    storage: &dyn Storage,
    older: &[Position],
    base: Position,
    machines: Machines,
) -> Result<Replay> {
    let mut replay = Replay::empty(machines);
    let whole = older.iter().rposition(|start| begins_whole(storage, *start)).unwrap_or(0);
    let ends = older.iter().skip(1).chain([&base]);
    for (start, end) in older.iter().zip(ends).skip(whole) {
        let name = file_name(*start);
        let file = storage.open(&name);
        let file = file.map_err(|error| Error::io(&format!("open segment {name}"), &error))?;
        let mut scan = Scan::new(file, *start, *start, *end);
        let mut first = true;
        while let Some(scanned) = scan.next().map_err(|stopped| stopped.into_error(&name))? {
            let at = scanned.head.header.position;
            scanned.head.check_sections(scanned.bytes).map_err(|damage| damage.at(at, &name))?;
            if std::mem::take(&mut first) {
                if scanned.head.header.kind == RecordKind::Snapshot {
                    replay = Replay::start(replay.into_machines(), *start);
                } else {
                    replay.go_on(*start);
                }
            }
            replay.record(&scanned, &name)?;
        }
    }
    replay.go_on(base);
    Ok(replay)
}

/// Whether the segment begins with a snapshot.
fn begins_whole(storage: &dyn Storage, base: Position) -> bool {
    let name = file_name(base);
    let head = storage.open(&name).ok().and_then(|file| read_head(file.as_ref(), base, base, &name).ok());
    head.is_some_and(|head| head.kind == RecordKind::Snapshot)
}

/// Opens a sealed segment, looking only at its first and last record. If it was written anew, its file ends in front of `next`.
pub(crate) fn open_sealed(storage: &dyn Storage, base: Position, next: Position) -> Result<Arc<Segment>> {
    let name = file_name(base);
    let io = |error: std::io::Error| Error::io(&format!("open segment {name}"), &error);
    let file = storage.open(&name).map_err(io)?;
    let length = file.length().map_err(io)?.min(next.0.saturating_sub(base.0));
    let first = read_head(file.as_ref(), base, base, &name)?;
    let end = Position(base.0 + length);
    let last_at = Position(end.0.saturating_sub(HEADER_BYTES as u64).max(base.0));
    let last = read_head(file.as_ref(), base, last_at, &name)?;
    if last.kind != RecordKind::End || last.flags & END_SEALED == 0 {
        return Err(Damage::Structure("the segment's end is missing").at(last_at, &name));
    }
    let segment = Segment::new(base, file, length, first.store_time);
    let _ = segment.sealed.set(end);
    Ok(Arc::new(segment))
}

fn read_head(
    file: &dyn StoredFile,
    base: Position,
    at: Position,
    name: &str,
) -> Result<crate::record::Header> {
    let mut head = vec![0; HEADER_BYTES + crate::record::SECTION_BYTES];
    let read = file.read_at(&mut head, at.0 - base.0);
    let read = read.map_err(|error| Error::io(&format!("read segment {name}"), &error))?;
    head.truncate(read);
    Head::read(&head, at).map(|head| head.header).map_err(|damage| damage.at(at, name))
}
