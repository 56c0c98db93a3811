//! Real files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Advice, FallocateFlags, FlockOperation, SeekFrom};

use super::{Storage, StoredFile};

/// The most pieces that one system call takes (`IOV_MAX` of Linux).
const PIECES_MAX: usize = 1024;

/// A data folder on a file system: `lock`, `log/` and `tables/`.
pub struct DiskStorage {
    folder: PathBuf,
    log: PathBuf,
    tables: PathBuf,
}

impl DiskStorage {
    /// Uses `folder`, and makes it if it is not there.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("log"))?;
        let tables = folder.join("tables");
        if fs::symlink_metadata(&tables).is_ok() && !tables.is_dir() {
            let text = format!(
                "{} is no folder; remove it: the tables that belong there are made again from the log",
                tables.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotADirectory, text));
        }
        fs::create_dir_all(&tables)?;
        sync_folder(folder)?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent)?;
        }
        Ok(Self { folder: folder.to_owned(), log: folder.join("log"), tables })
    }

    /// Uses `folder`, which must hold a log.
    ///
    /// # Errors
    /// `NotFound` without a folder `log` in it.
    pub fn existing(folder: &Path) -> io::Result<Self> {
        if !folder.join("log").is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it holds no folder 'log'"));
        }
        Self::create(folder)
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Holds the lock file; closing it gives the lock back, also when the process dies.
struct Locked {
    _file: File,
}

impl Storage for DiskStorage {
    fn lock(&self) -> io::Result<Box<dyn Send + Sync>> {
        let path = self.folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(Locked { _file: file }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names =
            fs::read_dir(&self.log)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let path = self.log.join(name);
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
        Ok(Arc::new(DiskFile { file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.log.join(name))?;
        Ok(Arc::new(DiskFile { file }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.log.join(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.log.join(from), self.log.join(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_folder(&self.log)
    }

    fn available_bytes(&self) -> io::Result<u64> {
        let answer = rustix::fs::statvfs(&self.log)?;
        Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
    }

    fn tables_folder(&self) -> Option<&Path> {
        Some(&self.tables)
    }

    fn describe(&self) -> String {
        self.folder.display().to_string()
    }
}

struct DiskFile {
    file: File,
}

impl StoredFile for DiskFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, mut into: &mut [u8], mut at: u64) -> io::Result<usize> {
        let wanted = into.len();
        while !into.is_empty() {
            match self.file.read_at(into, at) {
                Ok(0) => break,
                Ok(read) => {
                    into = into.get_mut(read..).unwrap_or_default();
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(wanted - into.len())
    }

    fn read_no_further(&self) {
        // Without it more is read than need be.
        let _ = rustix::fs::fadvise(&self.file, 0, None, Advice::Random);
    }

    fn data_from(&self, at: u64) -> io::Result<Range<u64>> {
        let length = self.length()?.max(at);
        // Reads and writes say where, so the file's own place is nobody's. A file system that does not know answers with an error.
        let start = match rustix::fs::seek(&self.file, SeekFrom::Data(at)) {
            Ok(start) => start,
            Err(rustix::io::Errno::NXIO) => return Ok(length..length),
            Err(_) => return Ok(at..length),
        };
        let end = rustix::fs::seek(&self.file, SeekFrom::Hole(start)).unwrap_or(length);
        Ok(start..end)
    }

    fn write_at(&self, mut pieces: &mut [IoSlice<'_>], mut at: u64) -> io::Result<()> {
        IoSlice::advance_slices(&mut pieces, 0);
        while !pieces.is_empty() {
            let batch = pieces.get(..pieces.len().min(PIECES_MAX)).unwrap_or_default();
            match rustix::io::pwritev(&self.file, batch, at) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    IoSlice::advance_slices(&mut pieces, written);
                    at += written as u64;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fdatasync(&self.file)?)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, length) {
            // A file system that cannot reserve space: writes may then find the disk full, which stops the writer.
            Err(rustix::io::Errno::OPNOTSUPP) if self.length()? < length => self.file.set_len(length),
            Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
            answer => Ok(answer?),
        }
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_zeros_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let storage = DiskStorage::create(folder.path()).unwrap();
        let file = storage.create("a").unwrap();
        file.allocate(8 << 20).unwrap();
        let places = [1_000_000, 4_096_000];
        for place in places {
            file.write_at(&mut [IoSlice::new(b"x")], place).unwrap();
        }
        let mut found = Vec::new();
        let mut at = 0;
        loop {
            let stretch = file.data_from(at).unwrap();
            if stretch.is_empty() {
                break;
            }
            assert!(stretch.start >= at);
            at = stretch.end;
            found.push(stretch);
        }
        for place in places {
            assert!(found.iter().any(|stretch| stretch.contains(&place)), "{place}: {found:?}");
        }
        assert!(file.data_from(8 << 20).unwrap().is_empty());
    }
}
