//! A part file on its way: written under a hidden name in the directory where it will appear.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use super::super::input::Compression;

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 256 << 10;

const ZSTD_LEVEL: i32 = 3;

/// A file that is being written.
pub(super) struct Part {
    /// Encoded records that have not been written.
    pub buffer: Vec<u8>,
    output: Output,
    names: PartNames,
    /// Bytes of records so far, before compression.
    pub written: u64,
}

/// Where a part is, and where it will appear.
#[derive(Clone, Debug)]
pub(super) struct PartNames {
    pub hidden: PathBuf,
    pub visible: PathBuf,
}

enum Output {
    Plain(File),
    Gzip(GzEncoder<File>),
    Zstd(zstd::Encoder<'static, File>),
}

impl PartNames {
    /// The names of the part `name` in `directory`.
    pub fn new(directory: &Path, name: &str, compression: Compression) -> Self {
        let extension = match compression {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        };
        Self {
            hidden: directory.join(format!(".{name}{extension}.inprogress")),
            visible: directory.join(format!("{name}{extension}")),
        }
    }
}

impl Part {
    /// Creates the file.
    pub fn create(names: PartNames, compression: Compression) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(&names.hidden)?;
        let output = match compression {
            Compression::None => Output::Plain(file),
            Compression::Gzip => Output::Gzip(GzEncoder::new(file, flate2::Compression::fast())),
            Compression::Zstd => Output::Zstd(zstd::Encoder::new(file, ZSTD_LEVEL)?),
        };
        Ok(Self { buffer: Vec::new(), output, names, written: 0 })
    }

    /// Writes what has been gathered, if it is enough.
    pub fn write_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    /// Writes what has been gathered.
    pub fn write(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Plain(file) => file.write_all(&self.buffer)?,
            Output::Gzip(file) => file.write_all(&self.buffer)?,
            Output::Zstd(file) => file.write_all(&self.buffer)?,
        }
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rest and makes it durable. It is still hidden.
    pub fn finish(mut self) -> io::Result<PartNames> {
        self.write()?;
        let file = match self.output {
            Output::Plain(file) => file,
            Output::Gzip(file) => file.finish()?,
            Output::Zstd(file) => file.finish()?,
        };
        file.sync_all()?;
        Ok(self.names)
    }

    pub fn names(&self) -> &PartNames {
        &self.names
    }
}

impl PartNames {
    /// Makes a finished part visible.
    pub fn publish(&self) -> io::Result<()> {
        fs::rename(&self.hidden, &self.visible)
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
