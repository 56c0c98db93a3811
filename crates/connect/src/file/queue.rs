//! The work of a scan: files, and ranges of big ones, handed to lanes one after another.

use std::sync::{Arc, Mutex, PoisonError};

use millstream_engine::Result;

use super::input::{Compression, InputFile};
use super::walk::Walk;

/// Ranges that lanes take of a big file: long enough that finding their first record costs nothing, short
/// enough that lanes end at about the same time.
const RANGE_BYTES: u64 = 16 << 20;

/// Files that are looked at beforehand to know how much there is to read.
const SIZED_FILES_MAX: usize = 1000;

/// Shared by the lanes of a scan.
pub(super) struct FileQueue {
    state: Mutex<State>,
    pattern: Option<regex::Regex>,
    /// Whether files may be cut into ranges: the format allows it and there is more than one lane.
    splits: bool,
    pub bytes_total: Option<u64>,
}

struct State {
    walk: Walk,
    /// A big file of which ranges are left, and where the next one starts.
    current: Option<(Arc<InputFile>, u64)>,
}

/// What a lane takes.
pub(super) struct Unit {
    pub file: Arc<InputFile>,
    /// Bytes from and to.
    pub range: (u64, u64),
}

impl FileQueue {
    /// The files of `path`; with `pattern`, those whose whole path it matches.
    pub fn new(path: &str, pattern: Option<regex::Regex>, splits: bool) -> Result<Self> {
        let walk = Walk::new(path)?;
        let bytes_total = total(path, pattern.as_ref())?;
        Ok(Self { state: Mutex::new(State { walk, current: None }), pattern, splits, bytes_total })
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
        let is_split = self.splits && file.is_regular && file.compression == Compression::None;
        let end = if is_split { (start + RANGE_BYTES).min(file.size) } else { file.size };
        if end < file.size {
            state.current = Some((Arc::clone(&file), end));
        }
        Ok(Some(Unit { file, range: (start, end) }))
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
