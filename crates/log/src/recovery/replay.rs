//! Records taken up one after the other, as commits were when they were made.

use crate::catalog::{Catalog, Change};
use crate::index::{KeyEntry, KeyRuns};
use crate::record::{Batch, Damage, RecordKind, SNAPSHOT_LAST, Section, SectionKind, key_hash};
use crate::segment::{Scanned, SnapshotReader, restore_snapshot, unknown_kind};
use crate::shared::Shared;
use crate::state::Machines;
use crate::wire::{Malformed, Reader};
use crate::{Error, GroupId, Position, QueueId, Result, Timestamp, TopicId};

/// The state of a log as far as its newest segment was read.
pub(crate) struct Replay {
    pub catalog: Catalog,
    pub machines: Machines,
    pub keys: KeyRuns,
    pub last_time: Timestamp,
    base: Position,
    snapshot: Option<SnapshotReader>,
    /// A repair took something out: what follows may not fit what stands in front of it, and is taken up as far as it does.
    gapped: bool,
}

impl Replay {
    /// A log without segments.
    pub(crate) fn empty(machines: Machines) -> Self {
        Self {
            catalog: Catalog::default(),
            machines,
            keys: KeyRuns::default(),
            last_time: Timestamp(i64::MIN),
            base: Position(0),
            snapshot: None,
            gapped: false,
        }
    }

    /// Reads the segment at `base` from its start.
    pub(crate) fn start(machines: Machines, base: Position) -> Self {
        Self { base, snapshot: Some(SnapshotReader::default()), ..Self::empty(machines) }
    }

    /// Reads on behind damage in the snapshot of the segment at `base`, with the state that the segments in front of it left.
    pub(crate) fn go_on(&mut self, base: Position) {
        self.base = base;
        self.snapshot = None;
        self.gapped = true;
        self.keys.take();
        for (_, topic) in self.catalog.topics_mut() {
            for queue in &mut topic.queues {
                queue.start_segment();
            }
        }
    }

    /// Whether the segment's snapshot was read whole.
    pub(crate) fn is_born(&self) -> bool {
        self.snapshot.is_none()
    }

    pub(crate) fn into_machines(self) -> Machines {
        self.machines
    }

    /// Takes up a record whose checksums were compared.
    pub(crate) fn record(&mut self, scanned: &Scanned<'_>, name: &str) -> Result<()> {
        let header = scanned.head.header;
        let at = header.position;
        self.last_time = header.store_time;
        let damaged = |damage: Damage| damage.at(at, name);
        match header.kind {
            RecordKind::End => return Ok(()),
            RecordKind::Gap => {
                self.gapped = true;
                self.snapshot = None;
                return Ok(());
            }
            RecordKind::Snapshot if self.gapped && self.is_born() => return Ok(()),
            RecordKind::Snapshot => {
                let section = scanned.head.section(0).map_err(damaged)?;
                let content = content(scanned, &section).map_err(damaged)?;
                let snapshot = self.snapshot.as_mut();
                let snapshot = snapshot
                    .ok_or_else(|| damaged(Damage::Structure("a snapshot stands between commits")))?;
                snapshot.part(content, section.bodies_raw_length).map_err(|error| damaged(error.into()))?;
                if header.flags & SNAPSHOT_LAST != 0 {
                    self.catalog = restore_snapshot(snapshot.bytes(), Some(&mut self.machines), self.base)?;
                    self.snapshot = None;
                }
                return Ok(());
            }
            RecordKind::Commit => {}
        }
        if !self.is_born() {
            return Err(damaged(Damage::Structure("a commit stands in front of the snapshot's end")));
        }
        // Messages first, as when they were committed: a topic that the same commit deletes is still there for them.
        for (number, section) in (0..).zip(scanned.head.sections()) {
            let section = section.map_err(damaged)?;
            if section.kind == SectionKind::Messages && !section.is_held() {
                self.messages(scanned, &section, number).map_err(damaged)?;
            }
        }
        for section in scanned.head.sections() {
            let section = section.map_err(damaged)?;
            let bytes = content(scanned, &section).map_err(damaged)?;
            match section.kind {
                SectionKind::Messages | SectionKind::Snapshot => {}
                SectionKind::Catalog => {
                    for change in changes(bytes, section.count) {
                        let change = change.map_err(|error| damaged(error.into()))?;
                        match change.check(&self.catalog) {
                            Err(_) if self.gapped && !change.is_new_in(&self.catalog) => continue,
                            Err(error) if !self.gapped => return Err(Error::corrupt(at, error.message)),
                            _ => {}
                        }
                        change.apply(&mut self.catalog);
                        self.machines.catalog_changed(&change);
                    }
                }
                SectionKind::Offsets => {
                    for entry in offsets(bytes, section.count) {
                        let (group, topic, queue, offset) = entry.map_err(|error| damaged(error.into()))?;
                        self.catalog.set_offset(group, topic, queue, offset);
                    }
                }
                SectionKind::State => {
                    for entry in states(bytes, section.count) {
                        let (kind, entry) = entry.map_err(|error| damaged(error.into()))?;
                        let machine = self.machines.of_kind_mut(kind).ok_or_else(|| unknown_kind(kind))?;
                        match machine.apply(at, header.store_time, entry) {
                            Err(error) if !self.gapped => {
                                let text = format!("state of kind {kind} at position {at}: {error}");
                                return Err(Error::corrupt(at, text));
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn messages(&mut self, scanned: &Scanned<'_>, section: &Section, number: u32) -> Result<(), Damage> {
        let header = scanned.head.header;
        if self.gapped {
            self.catalog.find_again(section.topic, section.queue);
        }
        let queue = self.catalog.queue_mut(section.topic, section.queue);
        let queue = queue.ok_or(Damage::Structure("messages belong to a queue that is not there"))?;
        if self.gapped && section.base_offset > queue.end {
            queue.skip_to(section.base_offset);
        }
        if section.base_offset != queue.end {
            return Err(Damage::Structure("the offsets of messages do not follow those in front of them"));
        }
        queue
            .push(section.count, section.length, self.base, header.position, number)
            .ok_or(Damage::Structure("a segment is too long for its index"))?;
        let bytes = Shared::from(content(scanned, section)?.to_vec());
        let batch = Batch::parse(bytes, *section, header.position, header.store_time)?;
        let at = u32::try_from((header.position.0 - self.base.0) / 8).unwrap_or(u32::MAX);
        for (index, message) in (0..).zip(batch.messages()) {
            let names = message.keys().chain((!message.unique_id().is_empty()).then(|| message.unique_id()));
            for name in names {
                self.keys.push(KeyEntry { hash: key_hash(name), at, section: number, index });
            }
        }
        Ok(())
    }
}

/// The content of a section whose checksum was compared before.
fn content<'a>(scanned: &Scanned<'a>, section: &Section) -> Result<&'a [u8], Damage> {
    let start = section.at as usize;
    scanned.bytes.get(start..start + section.length as usize).ok_or(Damage::Cut)
}

/// The changes in a section of the catalog.
pub(crate) fn changes(bytes: &[u8], count: u32) -> impl Iterator<Item = Result<Change, Malformed>> {
    let mut reader = Reader::new(bytes);
    (0..count).map(move |_| Change::decode(&mut reader))
}

/// The offsets of groups in a section.
pub(crate) fn offsets(
    bytes: &[u8],
    count: u32,
) -> impl Iterator<Item = Result<(GroupId, TopicId, QueueId, u64), Malformed>> {
    let mut reader = Reader::new(bytes);
    (0..count).map(move |_| {
        let ids = (GroupId(reader.u32()?), TopicId(reader.u32()?), QueueId(reader.u32()?));
        reader.u32()?;
        Ok((ids.0, ids.1, ids.2, reader.u64()?))
    })
}

/// The entries of state machines in a section.
pub(crate) fn states(bytes: &[u8], count: u32) -> impl Iterator<Item = Result<(u16, &[u8]), Malformed>> {
    let mut reader = Reader::new(bytes);
    (0..count).map(move |_| Ok((reader.u16()?, reader.bytes32()?)))
}
