//! The work of a scan: files, and ranges of big ones, handed to lanes one after another.

use std::sync::{Arc, Mutex, PoisonError};

use millstream_engine::Result;
use millstream_format::Framing;

use super::input::{Compression, InputFile};
use super::walk::Walk;
use super::windows::Windows;
use crate::bytes::RecordLimit;

/// Ranges that lanes take of a big file: long enough that finding their first record costs nothing, short
/// enough that lanes end at about the same time.
const RANGE_BYTES: u64 = 16 << 20;

/// Files that are looked at beforehand to know how much there is to read.
const SIZED_FILES_MAX: usize = 1000;

/// Shared by the lanes of a scan.
pub(super) struct FileQueue {
    state: Mutex<State>,
    pattern: Option<regex::Regex>,
    cutting: Cutting,
    pub bytes_total: Option<u64>,
}

struct State {
    walk: Walk,
    /// A big file of which ranges are left, and where the next one starts.
    current: Option<(Arc<InputFile>, u64)>,
}

/// How big files are cut for several lanes.
pub(super) enum Cutting {
    /// Not at all: there is one lane.
    Whole,
    /// Anywhere: the lane finds the first record of its range.
    Anywhere,
    /// Between records, which is found out from the start of the file on: a line end inside of quotes looks like any other.
    BetweenRecords(Framing, RecordLimit),
}

/// What a lane takes.
pub(super) struct Unit {
    pub file: Arc<InputFile>,
    /// Bytes from and to.
    pub range: (u64, u64),
    /// Whether a record starts where the range does.
    pub starts_record: bool,
}

impl FileQueue {
    /// The files of `path`; with `pattern`, those whose whole path it matches.
    pub fn new(path: &str, pattern: Option<regex::Regex>, cutting: Cutting) -> Result<Self> {
        let walk = Walk::new(path)?;
        let bytes_total = total(path, pattern.as_ref())?;
        Ok(Self { state: Mutex::new(State { walk, current: None }), pattern, cutting, bytes_total })
    }

    /// The next piece of work, in the order of the files' names.
    pub fn take(&self) -> Result<Option<Unit>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, start) = match state.current.take() {
            Some(current) => current,
            None => loop {
                let Some(path) = state.walk.next()? else { return Ok(None) };
                if is_wanted(self.pattern.as_ref(), &path) {
                    break (Arc::new(InputFile::open(path)?), 0);
                }
            },
        };
        let can_be_cut =
            file.is_regular && file.compression == Compression::None && file.size - start > RANGE_BYTES;
        let (end, starts_record) = match &self.cutting {
            _ if !can_be_cut => (file.size, matches!(self.cutting, Cutting::BetweenRecords(..))),
            Cutting::Whole => (file.size, true),
            Cutting::Anywhere => (start + RANGE_BYTES, false),
            Cutting::BetweenRecords(framing, limit) => {
                let end = Windows::block_end(&file, start, framing, *limit).map_err(|e| file.failed(&e))?;
                (end, true)
            }
        };
        if end < file.size {
            state.current = Some((Arc::clone(&file), end));
        }
        Ok(Some(Unit { file, range: (start, end), starts_record: starts_record || start == 0 }))
    }
}

fn is_wanted(pattern: Option<&regex::Regex>, path: &std::path::Path) -> bool {
    pattern.is_none_or(|pattern| path.to_str().is_some_and(|path| pattern.is_match(path)))
}

/// The bytes of all files, where there are not so many that it would take long to ask.
fn total(path: &str, pattern: Option<&regex::Regex>) -> Result<Option<u64>> {
    let mut walk = Walk::new(path)?;
    let mut total = 0;
    for _ in 0..=SIZED_FILES_MAX {
        let Some(path) = walk.next()? else { return Ok(Some(total)) };
        if is_wanted(pattern, &path) {
            let Ok(metadata) = std::fs::metadata(&path) else { return Ok(None) };
            total += metadata.len();
        }
    }
    Ok(None)
}
