//! The folder of tables: which tree in it is in use.
//!
//! `tables/1`, `tables/2`, …: a tree that is thrown away is followed by one in a new folder, so that who still reads the old one does not
//! meet files of the new.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Tables;
use super::files::{FileRows, Mark};
use super::hot::HotRows;
use super::memory::MemoryRows;
use super::rows::Rows;
use crate::{Error, ErrorKind, Result};

impl Tables {
    /// The rows that an earlier process left, and how far they follow the log; `None` if there are none that can be used.
    pub(super) fn left_over(&self) -> Result<Option<(Rows, Mark)>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let Some(newest) = numbers(folder)?.pop() else { return Ok(None) };
        let opened = self.open_files(&folder.join(newest.to_string()));
        let marked = opened.and_then(|rows| Ok((rows.mark()?, rows)));
        match marked {
            Ok((mark, rows)) => Ok(mark.map(|mark| (Rows::Files(rows), mark))),
            Err(error) if error.kind == ErrorKind::Corrupt => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// No rows, in a folder of their own; earlier ones go.
    pub(super) fn begin(&self) -> Result<Rows> {
        let Some(folder) = &self.folder else { return Ok(Rows::Memory(Arc::new(MemoryRows::default()))) };
        let old = numbers(folder)?;
        let next = old.last().map_or(1, |newest| newest + 1);
        for old in old {
            let path = folder.join(old.to_string());
            // What cannot be removed takes space, but is not read: its number is lower. A file is none of ours, but in our place.
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
        self.open_files(&folder.join(next.to_string())).map(Rows::Files)
    }

    fn open_files(&self, folder: &Path) -> Result<FileRows> {
        FileRows::open(folder, Arc::clone(&self.cache), HotRows::new(self.hot_bytes))
    }
}

/// The numbers of the folders that are there, in their order.
fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let failed = |error: io::Error| Error::io(&format!("list {}", folder.display()), &error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        // Whatever else lies there is not ours; neither is the last number, behind which no folder could come.
        let number = name.to_str().and_then(|name| name.parse::<u64>().ok());
        numbers.extend(number.filter(|number| *number < u64::MAX));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
