//! The state at the start of a segment: the catalog, then each machine.

use crate::catalog::{self, Catalog};
use crate::record::{Encoded, SectionKind};
use crate::state::Machines;
use crate::wire::{Malformed, Reader};
use crate::{Error, Position, Result};

/// How much of a snapshot stands in one record.
const PART_BYTES: usize = 8 << 20;
/// The version of what stands in the parts together.
const VERSION: u8 = 1;

/// The records of a snapshot, not yet placed.
pub(crate) fn encode_snapshot(catalog: &Catalog, machines: &Machines) -> Vec<Encoded> {
    let mut bytes = vec![VERSION];
    catalog::encode_snapshot(catalog, &mut bytes);
    bytes.extend_from_slice(&u16::try_from(machines.iter().count()).unwrap_or(u16::MAX).to_le_bytes());
    for machine in machines.iter() {
        bytes.extend_from_slice(&machine.kind().to_le_bytes());
        let length_at = bytes.len();
        bytes.extend_from_slice(&[0; 8]);
        machine.snapshot(&mut bytes);
        let length = (bytes.len() - length_at - 8) as u64;
        if let Some(place) = bytes.get_mut(length_at..length_at + 8) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }
    bytes.chunks(PART_BYTES).map(|part| Encoded::single(SectionKind::Snapshot, part)).collect()
}

/// Collects the parts of a snapshot.
#[derive(Default)]
pub(crate) struct SnapshotReader {
    bytes: Vec<u8>,
}

impl SnapshotReader {
    /// Takes the content of the next part, of which `length` bytes count.
    pub(crate) fn part(&mut self, content: &[u8], length: u32) -> Result<(), Malformed> {
        let part = content.get(..length as usize).ok_or(Malformed("a part of a snapshot ends early"))?;
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// The whole snapshot.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Sets the machines to a snapshot, and gives its catalog.
///
/// # Errors
/// `Corrupt`: not a snapshot. `Unsupported`: it holds the state of a machine that the caller does not have.
pub(crate) fn restore_snapshot(
    snapshot: &[u8],
    machines: Option<&mut Machines>,
    at: Position,
) -> Result<Catalog> {
    let malformed =
        |error: Malformed| Error::corrupt(at, format!("the snapshot at position {at}: {}", error.0));
    let mut reader = Reader::new(snapshot);
    let version = reader.u8().map_err(malformed)?;
    if version != VERSION {
        return Err(Error::unsupported(format!(
            "the snapshot at position {at} has version {version}; this program reads version {VERSION}"
        )));
    }
    let catalog = catalog::decode_snapshot(&mut reader).map_err(malformed)?;
    let Some(machines) = machines else { return Ok(catalog) };
    for _ in 0..reader.u16().map_err(malformed)? {
        let kind = reader.u16().map_err(malformed)?;
        let length = reader.u64().map_err(malformed)?;
        let bytes = reader.bytes(crate::ids::size(length)).map_err(malformed)?;
        let machine = machines.of_kind_mut(kind).ok_or_else(|| unknown_kind(kind))?;
        machine.restore(bytes)?;
    }
    Ok(catalog)
}

/// The error for state that nobody here understands.
pub(crate) fn unknown_kind(kind: u16) -> Error {
    Error::unsupported(format!(
        "the log holds state of kind {kind}, which this program does not know; open it with the program that wrote it"
    ))
}
