//! Records: what one commit is on disk. `docs/log-format.md` draws every byte.
//!
//! A record is a header, a directory with an entry for each section, and the sections. The header's checksum covers header
//! and directory; each section has its own, so a reader of one queue reads, and checks, only the head and its section.

mod commit;
mod header;
mod message;
mod messages;
mod parse;
mod section;

pub use commit::{Commit, Durability};
pub(crate) use commit::{Encoded, Placement};
pub(crate) use header::{
    END_PACKED, END_SEALED, HEADER_BYTES, Header, RecordKind, SNAPSHOT_LAST, head_length_of_any, is_intact,
};
pub use message::{Message, MessageView, key_hash, tag_hash};
pub(crate) use messages::BatchBuilder;
pub use messages::{Batch, Compression};
pub(crate) use parse::{Damage, Head};
pub(crate) use section::{SECTION_BYTES, Section, SectionKind};

/// The longest record, in bytes.
pub const RECORD_BYTES_MAX: usize = 64 << 20;
/// The longest body of a message, in bytes.
pub const BODY_BYTES_MAX: usize = 16 << 20;
/// The longest key, tag, unique id or ordering group of a message, in bytes.
pub const NAME_BYTES_MAX: usize = 65_535;
/// The longest properties of a message, in bytes, with the lengths between them.
pub const PROPERTIES_BYTES_MAX: usize = 1 << 20;
