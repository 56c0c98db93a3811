//! What the lanes of a job have written, until it is committed or taken back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use millstream_engine::Result;

use super::part::{PartNames, sync_directory};
use crate::failure::io_error;
use crate::file::glob::is_hidden;

/// Shared by the writers of a sink.
#[derive(Default)]
pub(super) struct Ledger {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Finished parts, still hidden.
    finished: Vec<PartNames>,
    /// Hidden files that have not been finished.
    unfinished: BTreeSet<PathBuf>,
    /// Directories that were made for this job, outer ones first.
    made: Vec<PathBuf>,
}

impl Ledger {
    /// Makes a directory, and those above it, and remembers which were not there.
    pub fn make_directory(&self, directory: &Path) -> io::Result<()> {
        let missing: Vec<_> =
            directory.ancestors().take_while(|d| !d.as_os_str().is_empty() && !d.exists()).collect();
        fs::create_dir_all(directory)?;
        let mut state = self.lock();
        state.made.extend(missing.into_iter().rev().map(Path::to_owned));
        Ok(())
    }

    /// A part has been started.
    pub fn started(&self, names: &PartNames) {
        self.lock().unfinished.insert(names.hidden.clone());
    }

    /// A part has been finished: it waits for the commit.
    pub fn finished(&self, names: PartNames) {
        let mut state = self.lock();
        state.unfinished.remove(&names.hidden);
        state.finished.push(names);
    }

    /// A part has been made visible before the commit.
    pub fn published(&self, names: &PartNames) {
        self.lock().unfinished.remove(&names.hidden);
    }

    /// Makes all finished parts visible and durable. With `replaces`, what else is visible in their directories goes; in
    /// `root` itself even if there are no parts.
    pub fn commit(&self, replaces: bool, root: Option<&Path>) -> Result<()> {
        let mut state = self.lock();
        let directories: BTreeSet<PathBuf> = (state.finished.iter())
            .filter_map(|names| names.visible.parent().map(Path::to_owned))
            .chain(root.filter(|_| replaces).map(Path::to_owned))
            .collect();
        // What is there before the new files appear, so that at no time there is nothing.
        let mut old = Vec::new();
        if replaces {
            for directory in &directories {
                visible_files(directory, &mut old)
                    .map_err(|e| failed("list the directory", directory, &e))?;
            }
        }
        for names in &state.finished {
            names.publish().map_err(|e| failed("make visible the file", &names.visible, &e))?;
        }
        state.finished.clear();
        for path in &old {
            fs::remove_file(path).map_err(|e| failed("remove the replaced file", path, &e))?;
        }
        // The names of files stand in their directories, those of new directories in the ones above.
        let above = state.made.iter().filter_map(|made| made.parent().map(Path::to_owned));
        let changed: BTreeSet<PathBuf> = directories.into_iter().chain(above).collect();
        for directory in &changed {
            let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
            sync_directory(directory).map_err(|e| failed("make durable the directory", directory, &e))?;
        }
        Ok(())
    }

    /// Takes away all that is not visible, and the directories that were made for it.
    pub fn abort(&self) {
        let mut state = self.lock();
        let State { finished, unfinished, made } = std::mem::take(&mut *state);
        // What cannot be removed is hidden; the error that led here says more.
        for path in finished.iter().map(|names| &names.hidden).chain(&unfinished) {
            let _ = fs::remove_file(path);
        }
        for directory in made.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files of a directory and those below that a reader of the table would see.
fn visible_files(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if is_hidden(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            visible_files(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> millstream_engine::Error {
    io_error(error, &format!("cannot {doing} '{}'", path.display()))
}
