//! Records read back: structure and checksums first, meaning after.

use super::header::{self, CHECKSUM_AT, HEADER_BYTES, Header};
use super::section::{SECTION_BYTES, Section};
use crate::wire::Malformed;
use crate::{Error, Position};

/// What is wrong with the bytes at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    /// Nothing was written here, or what was is from another life of these bytes.
    #[error("no record begins here")]
    NoRecord,
    #[error("the record has version {0} of the format; this program reads version 1")]
    Version(u8),
    #[error("the bytes end before the record does")]
    Cut,
    #[error("the checksum of the record's head is wrong")]
    HeadChecksum,
    #[error("the checksum of section {0} is wrong")]
    SectionChecksum(u32),
    #[error("the record does not follow the one in front of it")]
    Chain,
    #[error("{0}")]
    Structure(&'static str),
}

impl From<Malformed> for Damage {
    fn from(malformed: Malformed) -> Self {
        Self::Structure(malformed.0)
    }
}

impl Damage {
    /// The error for damage of the record at `position` in the file `name`.
    pub(crate) fn at(self, position: Position, name: &str) -> Error {
        if let Self::Version(_) = self {
            return Error::unsupported(format!("record at position {position} of segment {name}: {self}"));
        }
        Error::corrupt(
            position,
            format!(
                "record at position {position} of segment {name} is damaged: {self}; `millstream log verify` \
                 lists all damage, `millstream log repair` cuts it out"
            ),
        )
    }
}

/// A record's head, checked; its sections can be found, and checked one by one.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub header: Header,
    pub checksum: u32,
    directory: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads the head at the front of `bytes`, which is to be that of `position`. [`Damage::Cut`] if `bytes` are too few.
    pub(crate) fn read(bytes: &'a [u8], position: Position) -> Result<Self, Damage> {
        if bytes.len() < HEADER_BYTES {
            return Err(Damage::Cut);
        }
        let header = Header::read(bytes, position)?;
        let head = bytes.get(..header.head_length()).ok_or(Damage::Cut)?;
        let stored = head.get(CHECKSUM_AT..).and_then(<[u8]>::first_chunk).copied().map(u32::from_le_bytes);
        let checksum = header::checksum(head);
        if stored != Some(checksum) {
            return Err(Damage::HeadChecksum);
        }
        let directory = head.get(HEADER_BYTES..).unwrap_or_default();
        Ok(Self { header, checksum, directory })
    }

    /// The entries of the directory, each with its place checked against the record's length.
    pub(crate) fn sections(self) -> impl Iterator<Item = Result<Section, Damage>> + 'a {
        let head = self.header;
        self.directory.chunks_exact(SECTION_BYTES).map(move |entry| {
            let section = Section::read(entry)?;
            let end = u64::from(section.at) + u64::from(section.length);
            if (section.at as usize) < head.head_length() || end > u64::from(head.length) {
                return Err(Damage::Structure("a section does not lie inside of its record"));
            }
            Ok(section)
        })
    }

    /// One entry of the directory.
    pub(crate) fn section(self, index: u32) -> Result<Section, Damage> {
        self.sections().nth(index as usize).unwrap_or(Err(Damage::Structure("a section is not there")))
    }

    /// The bytes of a section of the record that `record` holds whole, after its checksum was compared.
    pub(crate) fn content(record: &'a [u8], index: u32, section: &Section) -> Result<&'a [u8], Damage> {
        let content = record.get(section.at as usize..).and_then(|rest| rest.get(..section.length as usize));
        let content = content.ok_or(Damage::Cut)?;
        if crc32c::crc32c(content) != section.checksum {
            return Err(Damage::SectionChecksum(index));
        }
        Ok(content)
    }

    /// Checks all sections of the record that `record` holds whole.
    pub(crate) fn check_sections(self, record: &[u8]) -> Result<(), Damage> {
        for (index, section) in (0..).zip(self.sections()) {
            Head::content(record, index, &section?)?;
        }
        Ok(())
    }
}
