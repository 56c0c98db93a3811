//! The bare disk: the same bytes written and synced without a log.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::{FallocateFlags, fallocate};

use crate::clock::Stopwatch;

/// A file whose space is reserved, as that of a segment is.
pub(super) struct Raw {
    file: File,
    at: u64,
    bytes: Vec<u8>,
}

impl Raw {
    pub(super) fn new(folder: &Path, length: u64) -> Result<Self, String> {
        let path = folder.join("raw");
        let failed = |e: String| format!("cannot write {}: {e}", path.display());
        let file = File::create(&path).map_err(|e| failed(e.to_string()))?;
        let reserved = i64::try_from(length).unwrap_or(i64::MAX);
        fallocate(&file, FallocateFlags::empty(), 0, reserved).map_err(|e| failed(e.to_string()))?;
        file.sync_all().map_err(|e| failed(e.to_string()))?;
        Ok(Self { file, at: 0, bytes: Vec::new() })
    }

    /// Writes so many bytes behind the last ones and waits until they are on disk; gives how long that took.
    pub(super) fn write(&mut self, bytes: usize) -> Result<Duration, String> {
        self.bytes.resize(bytes, b'x');
        let watch = Stopwatch::start();
        let written = self.file.write_all_at(&self.bytes, self.at).and_then(|()| self.file.sync_data());
        written.map_err(|e| format!("cannot write to the bare disk: {e}"))?;
        self.at += bytes as u64;
        Ok(watch.elapsed())
    }
}
