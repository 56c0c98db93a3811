//! Whether the files of a tree can be opened.
//!
//! The tree checks the blocks that it reads, but takes its list of files and the contents of each file on trust: a flipped bit there could
//! ask for endless memory. So these are checked first.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

use crate::wire::{Malformed, Reader};

/// The most that is read to check files as wholes. What is over it is checked block by block when it is read.
const SUMMED_BYTES_MAX: u64 = 256 << 20;
/// The longest table of contents, or list of files.
const CONTENTS_BYTES_MAX: u64 = 16 << 20;
/// The length of the end of a file.
const TRAILER_BYTES: usize = 38;

/// A file, as the list has it.
struct Listed {
    number: u64,
    sum: u128,
}

/// Whether the list of files is the one that was written, and so are the files on it. Others, which a crash left, do no harm.
pub(super) fn is_sound(folder: &Path) -> bool {
    let holds = || -> io::Result<bool> {
        let files = folder.join("tables");
        for entry in fs::read_dir(&files)? {
            if !entry?.file_type()?.is_file() {
                return Ok(false);
            }
        }
        let Some(list) = list(folder)? else { return Ok(false) };
        let Ok(listed) = listed(&list) else { return Ok(false) };
        let mut left = SUMMED_BYTES_MAX;
        for Listed { number, sum } in listed {
            let path = files.join(number.to_string());
            if !contents_hold(&path)? {
                return Ok(false);
            }
            match sum_of(&path, left)? {
                Some((bytes, found)) if found == sum => left -= bytes,
                Some(_) => return Ok(false),
                None => left = 0,
            }
        }
        Ok(true)
    };
    holds().unwrap_or(false)
}

/// The list, if it is whole. "current" holds the number of the newest list (8), the XXH3-128 of its file (16), and the kind of
/// checksum (1).
fn list(folder: &Path) -> io::Result<Option<Vec<u8>>> {
    let current = fs::read(folder.join("current"))?;
    let Some((number, rest)) = current.split_first_chunk() else { return Ok(None) };
    let Some((sum, [0])) = rest.split_first_chunk() else { return Ok(None) };
    let path = folder.join(format!("v{}", u64::from_le_bytes(*number)));
    if fs::metadata(&path)?.len() > CONTENTS_BYTES_MAX {
        return Ok(None);
    }
    let list = fs::read(path)?;
    Ok((xxh3_128(&list) == u128::from_le_bytes(*sum)).then_some(list))
}

/// The section "tables" of a list: a count of levels (1), for each a count of runs (1), for each a count of files (4), for each its
/// number (8), the kind of checksum (1), XXH3-128 (16), and a sequence number (8).
fn listed(list: &[u8]) -> Result<Vec<Listed>, Malformed> {
    let early = Malformed("the list ends early");
    let end = list.len().checked_sub(TRAILER_BYTES).ok_or(early)?;
    let (_, at) = trailer(list.get(end..).unwrap_or_default()).ok_or(early)?;
    let mut contents = Reader::new(list.get(crate::ids::size(at)..end).ok_or(early)?);
    contents.bytes(4)?;
    for _ in 0..contents.u32()? {
        let (at, length) = (contents.u64()?, contents.u64()?);
        if contents.bytes16()? == b"tables" {
            let section =
                list.get(crate::ids::size(at)..).and_then(|rest| rest.get(..crate::ids::size(length)));
            return files(Reader::new(section.ok_or(early)?));
        }
    }
    Err(Malformed("the list has no files"))
}

fn files(mut reader: Reader<'_>) -> Result<Vec<Listed>, Malformed> {
    let mut files = Vec::new();
    for _ in 0..reader.u8()? {
        for _ in 0..reader.u8()? {
            for _ in 0..reader.u32()? {
                let number = reader.u64()?;
                reader.u8()?;
                let (low, high) = (reader.u64()?, reader.u64()?);
                files.push(Listed { number, sum: u128::from(low) | u128::from(high) << 64 });
                reader.u64()?;
            }
        }
    }
    Ok(files)
}

/// The end of a file: "SFA!", version (1), kind of checksum (1), XXH3-128 of the table of contents (16), its place (8) and length
/// (8). Gives the checksum and the place.
fn trailer(bytes: &[u8]) -> Option<(u128, u64)> {
    let rest = bytes.strip_prefix(b"SFA!\x01\x00")?;
    let (sum, rest) = rest.split_first_chunk()?;
    let (at, _) = rest.split_first_chunk()?;
    Some((u128::from_le_bytes(*sum), u64::from_le_bytes(*at)))
}

/// Whether the table of contents of a file is whole.
fn contents_hold(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let Some(end) = file.metadata()?.len().checked_sub(TRAILER_BYTES as u64) else { return Ok(false) };
    file.seek(SeekFrom::Start(end))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let Some((sum, at)) = trailer(&bytes) else { return Ok(false) };
    if at > end || end - at > CONTENTS_BYTES_MAX {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut contents = Vec::new();
    file.take(end - at).read_to_end(&mut contents)?;
    Ok(xxh3_128(&contents) == sum)
}

/// How long a file is, and its checksum; `None` if it is over `bytes_max`.
fn sum_of(path: &Path, bytes_max: u64) -> io::Result<Option<(u64, u128)>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > bytes_max {
        return Ok(None);
    }
    let mut hasher = Xxh3Default::new();
    let mut chunk = vec![0; 1 << 18];
    let mut length = 0;
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(Some((length, hasher.digest128())));
        }
        length += read as u64;
        hasher.update(chunk.get(..read).unwrap_or_default());
    }
}
