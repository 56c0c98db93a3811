//! A file of the simulated disk.

use std::io::{self, IoSlice};

use super::{Change, Content, SimulatedDisk, State, failed, size_below};
use crate::storage::StoredFile;

/// A file of one life of the disk: after a crash it is gone.
pub(super) struct SimulatedFile {
    pub disk: SimulatedDisk,
    pub id: u64,
    pub life: u64,
}

impl SimulatedFile {
    fn with<T>(&self, work: impl FnOnce(&mut State, &mut Content) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state();
        if state.life != self.life {
            return Err(failed("the machine was restarted"));
        }
        let mut content = state.files.remove(&self.id).ok_or_else(|| failed("the file is gone"))?;
        let answer = work(&mut state, &mut content);
        state.files.insert(self.id, content);
        answer
    }

    fn grow(&self, length: usize) -> io::Result<()> {
        let mut state = self.disk.state();
        let used = state.used();
        let current = state.files.get(&self.id).map_or(0, |content| content.current.len());
        let more = length.saturating_sub(current) as u64;
        if more > 0 && state.capacity_bytes.is_some_and(|capacity| used.saturating_add(more) > capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if let Some(content) = state.files.get_mut(&self.id).filter(|content| content.current.len() < length)
        {
            let change = Change::Length(length);
            change.apply(&mut content.current);
            content.unsynced.push(change);
        }
        Ok(())
    }
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.life != self.life {
            return;
        }
        let open = state.open.entry(self.id).or_default();
        *open = open.saturating_sub(1);
        if *open == 0 {
            state.open.remove(&self.id);
            state.forget_unnamed();
        }
    }
}

impl StoredFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        self.with(|_, content| Ok(content.current.len() as u64))
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        self.with(|state, content| {
            let faults = state.faults;
            if state.fails(faults.read) {
                return Err(failed("read"));
            }
            let from = content.current.get(crate::ids::size(at)..).unwrap_or_default();
            let length = from.len().min(into.len());
            if let (Some(into), Some(from)) = (into.get_mut(..length), from.get(..length)) {
                into.copy_from_slice(from);
            }
            Ok(length)
        })
    }

    fn write_at(&self, pieces: &mut [IoSlice<'_>], at: u64) -> io::Result<()> {
        let mut bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
        let at = crate::ids::size(at);
        self.grow(at + bytes.len())?;
        self.with(|state, content| {
            let faults = state.faults;
            let broken = state.fails(faults.write);
            if broken {
                bytes.truncate(size_below(&mut state.random, bytes.len() + 1));
            }
            let change = Change::Write { at, bytes };
            change.apply(&mut content.current);
            content.unsynced.push(change);
            if broken { Err(failed("write")) } else { Ok(()) }
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.with(|state, content| {
            let faults = state.faults;
            let unsynced = std::mem::take(&mut content.unsynced);
            if state.fails(faults.sync) {
                // As Linux does: the pages count as clean from now on, and will not be written again.
                for change in unsynced {
                    change.keep_some(&mut content.durable, &mut state.random);
                }
                return Err(failed("sync"));
            }
            for change in unsynced {
                change.apply(&mut content.durable);
            }
            Ok(())
        })
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.grow(crate::ids::size(length))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.with(|_, content| {
            let change = Change::Length(crate::ids::size(length));
            change.apply(&mut content.current);
            content.unsynced.push(change);
            Ok(())
        })
    }
}
