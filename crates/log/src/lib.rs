//! A durable log: topics, the offsets of their consumers, tables and state, kept by one kind of record.
//!
//! What it is: a [`Commit`] holds messages for any number of queues, offsets of groups, rows of tables, changes of the
//! catalog and entries of state machines; it is one record with one fsync, visible all at once or not at all. [`Cursor`]s read
//! queues, [`Watch`]es wait for them, tables give the latest row of a key. `docs/log-format.md` draws every byte.
//!
//! What it is not: it knows no SQL, no wire protocol and no formats of bodies; it has no threads and no clock (the time comes in
//! with each call), and it does not replicate.
//!
//! Invariants:
//! - Offsets of a queue are dense and never change. Readers see whole commits only, in the order of their positions.
//! - What was acknowledged for [`Durability::Fsync`] survives a loss of power; after a failed sync nothing more is acknowledged.
//! - Everything but the segments is derived: indexes and tables can be deleted while the log is closed.
//! - A topic costs memory, but no file, handle or thread.
//!
//! ```
//! use millstream_log::{Commit, Log, Machines, Message, Options, QueueId, Timestamp, TopicSpec};
//!
//! # fn main() -> millstream_log::Result<()> {
//! let folder = tempfile::tempdir().expect("a folder");
//! let now = Timestamp(1_700_000_000_000);
//! let log = Log::open(folder.path(), Options::default(), Machines::new(), now)?;
//! let logins = log.create_topic("logins", TopicSpec::default(), now)?;
//! let users = log.create_topic("users", TopicSpec::table(), now)?;
//! let mut commit = Commit::new();
//! commit.message(logins, QueueId(0), &Message::of(b"ada"))?;
//! commit.put(users, QueueId(0), b"ada", b"active")?;
//! log.commit(&commit, now)?; // returns once both are on disk
//! let batch = log.cursor(logins, QueueId(0), 0).next_batch()?.expect("a batch");
//! assert_eq!(batch.message(0).and_then(|message| message.body()), Some(&b"ada"[..]));
//! assert_eq!(log.get(users, b"ada", now)?.expect("a row").value, b"active");
//! # Ok(())
//! # }
//! ```

mod catalog;
pub mod delay;
mod error;
pub mod groups;
pub mod hold;
mod ids;
mod index;
pub mod inspect;
mod log;
mod options;
mod read;
mod record;
mod recovery;
mod retention;
mod segment;
mod shared;
mod state;
mod storage;
mod tables;
mod view;
mod watch;
mod wire;
mod writer;

pub use catalog::{
    Attributes, CATALOG_NAME_BYTES_MAX, Change, IDS_MAX, QUEUES_MAX, Span, TopicKind, TopicSpec,
};
pub use error::{Error, ErrorKind, Result};
pub use ids::{GroupId, Offset, Position, QueueId, Timestamp, TopicId};
pub use log::Log;
pub use options::Options;
pub use read::{Cursor, Found, Held, Start};
pub use record::{
    BODY_BYTES_MAX, Batch, Commit, Compression, Durability, Message, MessageView, NAME_BYTES_MAX,
    PROPERTIES_BYTES_MAX, RECORD_BYTES_MAX, key_hash, tag_hash,
};
pub use retention::Retained;
pub use state::{Machines, StateMachine};
pub use storage::{DiskStorage, Faults, SimulatedDisk, Storage, StoredFile};
pub use tables::{Row, RowScan, TABLE_KEY_BYTES_MAX, TableSnapshot};
pub use view::{GroupInfo, QueueRange, TopicInfo, View};
pub use watch::Watch;
pub use writer::{Appended, Receipt, Submitted};
