//! A file as it is opened: what is known of it, how it is compressed, how its bytes are read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use flate2::bufread::MultiGzDecoder;
use memchr::memchr_iter;
use millstream_engine::Result;

use crate::failure::io_error;

/// What decompressors read at a time.
const COMPRESSED_BYTES: usize = 64 << 10;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How the bytes of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// An open file.
#[derive(Debug)]
pub(super) struct InputFile {
    pub path: PathBuf,
    pub file: File,
    /// As it was when it was opened; what is added later is not read.
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified: i64,
    pub compression: Compression,
    /// Whether it can be read at any place. Pipes and devices cannot.
    pub is_regular: bool,
}

impl InputFile {
    pub fn open(path: PathBuf) -> Result<Self> {
        let failed = |e: io::Error| io_error(&e, &format!("cannot read file '{}'", path.display()));
        let file = File::open(&path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|at| i64::try_from(at.as_millis()).ok()).unwrap_or(0);
        // Files that the kernel makes up (/proc) say that they are empty.
        let is_regular = metadata.is_file() && metadata.len() > 0;
        let mut magic = [0; 4];
        let read = if is_regular { file.read_at(&mut magic, 0).map_err(failed)? } else { 0 };
        let compression = Compression::of(&path, magic.get(..read).unwrap_or_default());
        Ok(Self { size: metadata.len(), file, modified, compression, is_regular, path })
    }

    /// The bytes, decompressed, from the start. `read` counts the bytes of the file.
    pub fn reader(self: &Arc<Self>, read: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let counting = Counting { input: Arc::clone(self), read };
        Ok(match self.compression {
            Compression::None => Box::new(counting),
            Compression::Gzip => {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(COMPRESSED_BYTES, counting)))
            }
            Compression::Zstd => {
                Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(COMPRESSED_BYTES, counting))?)
            }
        })
    }

    /// The error of reading, or of decompressing.
    pub fn failed(&self, error: &io::Error) -> millstream_engine::Error {
        let doing = format!("cannot read file '{}'", self.path.display());
        let kind = match self.compression {
            Compression::None => return io_error(error, &doing),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        if error.raw_os_error().is_some() {
            return io_error(error, &doing);
        }
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!(
                    "it ends in the middle of its {kind} data: it was cut short, or is still being written"
                )
            }
            _ => format!("it is not valid {kind}: {}", error.to_string().to_lowercase()),
        };
        millstream_engine::Error::new(millstream_engine::ErrorKind::Data, format!("{doing}: {reason}"))
    }

    /// The line on which byte `position` of an uncompressed file stands. It reads the file again up to there.
    pub fn line_at(&self, position: u64) -> io::Result<u64> {
        let mut buffer = vec![0; COMPRESSED_BYTES];
        let (mut at, mut lines) = (0, 1);
        while at < position {
            let wanted = usize::try_from(position - at).unwrap_or(usize::MAX).min(buffer.len());
            let got = self.file.read_at(buffer.get_mut(..wanted).unwrap_or_default(), at)?;
            if got == 0 {
                break;
            }
            lines += memchr_iter(b'\n', buffer.get(..got).unwrap_or_default()).count() as u64;
            at += got as u64;
        }
        Ok(lines)
    }

    /// For messages.
    pub fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

impl Compression {
    /// By the first bytes; where those say nothing, by the end of the name.
    fn of(path: &Path, magic: &[u8]) -> Self {
        if magic.starts_with(GZIP_MAGIC) {
            return Self::Gzip;
        }
        if magic.starts_with(ZSTD_MAGIC) {
            return Self::Zstd;
        }
        // An empty file holds no records, whatever its name.
        match path.extension().and_then(|e| e.to_str()) {
            Some("gz" | "gzip") if !magic.is_empty() => Self::Gzip,
            Some("zst" | "zstd") if !magic.is_empty() => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Counts what is read of a file.
struct Counting {
    input: Arc<InputFile>,
    read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let got = (&self.input.file).read(to)?;
        self.read.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}
