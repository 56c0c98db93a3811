//! A disk in memory that forgets what was not synced, tears and reorders writes, fails, and fills up, all from a seed.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use file::SimulatedFile;

use super::{Storage, StoredFile};

/// What a write becomes durable in: a crash keeps or loses each sector of an unsynced write on its own.
const SECTOR_BYTES: usize = 512;

/// How often things go wrong, each in 1,000,000 calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// A write fails and has written some of its bytes.
    pub write: u32,
    /// A sync fails; what it should have made durable is lost at the next crash, although it can be read until then.
    pub sync: u32,
    /// A read fails.
    pub read: u32,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    random: u64,
    faults: Faults,
    /// How many calls have failed so far.
    failures: u64,
    capacity_bytes: Option<u64>,
    next_file: u64,
    files: BTreeMap<u64, Content>,
    /// How often each file is open.
    open: BTreeMap<u64, usize>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    /// The names after each change that is not durable yet, oldest first.
    name_changes: Vec<BTreeMap<String, u64>>,
    /// The lock file's holder; a crash lets go of it.
    lock: Arc<AtomicBool>,
    /// Handles of an earlier life of the machine find the disk gone.
    life: u64,
}

#[derive(Default)]
struct Content {
    current: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl SimulatedDisk {
    /// An empty disk whose faults and crashes follow from `seed`.
    pub fn new(seed: u64, faults: Faults) -> Self {
        let disk = Self::default();
        {
            let mut state = disk.state();
            state.random = seed ^ 0x9E37_79B9_7F4A_7C15;
            state.faults = faults;
        }
        disk
    }

    /// Sets how often things go wrong from here on.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// How often things go wrong now.
    pub fn faults(&self) -> Faults {
        self.state().faults
    }

    /// How many calls have failed so far.
    pub fn failures(&self) -> u64 {
        self.state().failures
    }

    /// Sets how many bytes fit; `None`: any number.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state().capacity_bytes = bytes;
    }

    /// The machine loses power: of what was not synced, any part may stay. Open files are gone.
    pub fn crash(&self) {
        let mut state = self.state();
        let State { random, files, names, durable_names, name_changes, .. } = &mut *state;
        // A file system keeps changes of names in their order.
        let kept = size_below(random, name_changes.len() + 1);
        if let Some(after) = kept.checked_sub(1).and_then(|last| name_changes.get(last)) {
            durable_names.clone_from(after);
        }
        name_changes.clear();
        names.clone_from(durable_names);
        for content in files.values_mut() {
            for change in std::mem::take(&mut content.unsynced) {
                change.keep_some(&mut content.durable, random);
            }
            content.current.clone_from(&content.durable);
        }
        let named: Vec<u64> = state.names.values().copied().collect();
        state.files.retain(|id, _| named.contains(id));
        state.open.clear();
        state.life += 1;
        state.lock = Arc::default();
    }

    /// The process dies, the machine goes on: everything written stays, open files are gone.
    pub fn kill(&self) {
        let mut state = self.state();
        state.open.clear();
        state.life += 1;
        state.lock = Arc::default();
    }

    /// Flips one bit of the file `name` at `byte`, as failing media do; nothing happens outside of the file.
    pub fn flip(&self, name: &str, byte: u64, bit: u8) {
        let mut state = self.state();
        let Some(id) = state.names.get(name).copied() else { return };
        let Some(content) = state.files.get_mut(&id) else { return };
        for bytes in [&mut content.current, &mut content.durable] {
            if let Some(byte) = bytes.get_mut(crate::ids::size(byte)) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, state: &mut State, id: u64) -> Arc<dyn StoredFile> {
        *state.open.entry(id).or_default() += 1;
        Arc::new(SimulatedFile { disk: self.clone(), id, life: state.life })
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Length(length) => to.resize(*length, 0),
            Self::Write { at, bytes } => overwrite(to, *at, bytes),
        }
    }

    /// A crash: of a write, each sector stays or not, one of them perhaps in part.
    fn keep_some(&self, to: &mut Vec<u8>, random: &mut u64) {
        match self {
            Self::Length(length) => {
                if next(random).is_multiple_of(2) {
                    to.resize(*length, 0);
                }
            }
            Self::Write { at, bytes } => {
                let fate = next(random) % 4;
                let mut from = 0;
                while from < bytes.len() {
                    let sector_end = ((at + from) / SECTOR_BYTES + 1) * SECTOR_BYTES - at;
                    let mut end = sector_end.min(bytes.len());
                    let next_from = end;
                    let keep = match fate {
                        0 => false,
                        1 => true,
                        _ => next(random).is_multiple_of(2),
                    };
                    if keep && fate == 3 && next(random).is_multiple_of(8) {
                        end = from + size_below(random, end - from);
                    }
                    if keep {
                        overwrite(to, at + from, bytes.get(from..end).unwrap_or_default());
                    }
                    from = next_from;
                }
            }
        }
    }
}

fn overwrite(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if to.len() < at + bytes.len() {
        to.resize(at + bytes.len(), 0);
    }
    if let Some(place) = to.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn size_below(state: &mut u64, bound: usize) -> usize {
    crate::ids::size(next(state) % (bound.max(1) as u64))
}

impl State {
    fn fails(&mut self, in_a_million: u32) -> bool {
        let fails = in_a_million > 0 && next(&mut self.random) % 1_000_000 < u64::from(in_a_million);
        self.failures += u64::from(fails);
        fails
    }

    fn used(&self) -> u64 {
        self.names
            .values()
            .filter_map(|id| self.files.get(id))
            .map(|content| content.current.len() as u64)
            .sum()
    }

    /// Frees files that nobody can reach any more.
    fn forget_unnamed(&mut self) {
        if !self.name_changes.is_empty() {
            return;
        }
        let Self { files, names, durable_names, open, .. } = self;
        let named: BTreeSet<u64> = names.values().chain(durable_names.values()).copied().collect();
        files.retain(|id, _| named.contains(id) || open.contains_key(id));
    }

    fn change_names(&mut self, change: impl FnOnce(&mut BTreeMap<String, u64>)) {
        change(&mut self.names);
        self.name_changes.push(self.names.clone());
    }
}

fn failed(what: &str) -> io::Error {
    io::Error::other(format!("input/output error ({what}, simulated)"))
}

/// The lock's holder: dropped with the log, or forgotten by a crash.
struct Held(Arc<AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Storage for SimulatedDisk {
    fn lock(&self) -> io::Result<Box<dyn Send + Sync>> {
        let lock = Arc::clone(&self.state().lock);
        if lock.swap(true, Ordering::AcqRel) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Held(lock)))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let mut state = self.state();
        let id = state.next_file;
        state.next_file += 1;
        state.files.insert(id, Content::default());
        state.change_names(|names| {
            names.insert(name.to_owned(), id);
        });
        Ok(self.file(&mut state, id))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let mut state = self.state();
        let id = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.file(&mut state, id))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().change_names(|names| {
            names.remove(name);
        });
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let id = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        state.change_names(|names| {
            names.remove(from);
            names.insert(to.to_owned(), id);
        });
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        let faults = state.faults;
        if state.fails(faults.sync) {
            return Err(failed("sync of the folder"));
        }
        state.durable_names = state.names.clone();
        state.name_changes.clear();
        state.forget_unnamed();
        Ok(())
    }

    fn available_bytes(&self) -> io::Result<u64> {
        let state = self.state();
        Ok(state.capacity_bytes.map_or(u64::MAX, |capacity| capacity.saturating_sub(state.used())))
    }

    fn tables_folder(&self) -> Option<&Path> {
        None
    }

    fn describe(&self) -> String {
        "a disk in memory".to_owned()
    }
}
