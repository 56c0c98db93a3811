//! State machines: what leases, delayed and held messages are, kept by entries in commits.
//!
//! A machine is pure: it reads no clock and does no I/O. Whoever wants something of it *decides* first, under the writer's
//! lock (see [`Log::transact`](crate::Log::transact)), and commits the entries that say what was decided; the machine
//! changes only when it *applies* them. So replaying the log gives the same state.

pub(crate) mod codec;
pub(crate) mod copy;
pub(crate) mod held;
mod tick;

use std::any::Any;

use crate::delay::Delay;
use crate::groups::Leases;
use crate::hold::Hold;
use crate::{Change, Position, Result, Timestamp};

/// A state that entries of commits change. The log keeps it in memory, writes a snapshot of it at the start of each segment, and
/// replays the entries since then when it is opened.
pub trait StateMachine: Any + Send {
    /// Which entries are its own. One machine of a kind in a log. Never changes, it stands in the log.
    fn kind(&self) -> u16;

    /// Whether [`StateMachine::apply`] would take the entry. Called before the commit is written: what is refused here fails
    /// the commit; what `apply` refuses later stops the log.
    ///
    /// # Errors
    /// Why the entry cannot be applied.
    fn check(&self, entry: &[u8]) -> Result<()>;

    /// Takes up an entry of the commit at `at`, which was stored at `store_time`. Must depend on nothing else.
    ///
    /// # Errors
    /// The entry is not one of this machine's.
    fn apply(&mut self, at: Position, store_time: Timestamp, entry: &[u8]) -> Result<()>;

    /// Appends everything that [`StateMachine::restore`] needs.
    fn snapshot(&self, out: &mut Vec<u8>);

    /// Becomes what the snapshot was taken of.
    ///
    /// # Errors
    /// The bytes are no snapshot of this machine.
    fn restore(&mut self, snapshot: &[u8]) -> Result<()>;

    /// Topics, queues or groups were changed by the commit whose entries follow: what belongs to one that is gone goes, too.
    fn catalog_changed(&mut self, _change: &Change) {}

    /// The oldest commit of which this machine still needs a held message. Its segment, and younger ones, stay as they are.
    fn oldest_held(&self) -> Option<Position> {
        None
    }
}

/// The machines of a log, each of its own kind.
#[derive(Default)]
pub struct Machines {
    machines: Vec<Box<dyn StateMachine>>,
}

impl Machines {
    /// No machines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leases of consumer groups, delayed messages and transactions.
    pub fn standard() -> Self {
        Self::new().with(Leases::default()).with(Delay::default()).with(Hold::default())
    }

    /// Adds a machine, in place of the one of its kind.
    #[must_use]
    pub fn with(mut self, machine: impl StateMachine) -> Self {
        self.machines.retain(|other| other.kind() != machine.kind());
        self.machines.push(Box::new(machine));
        self
    }

    /// The machine of this type.
    pub fn get<M: StateMachine>(&self) -> Option<&M> {
        self.machines.iter().find_map(|machine| (machine.as_ref() as &dyn Any).downcast_ref())
    }

    pub(crate) fn of_kind(&self, kind: u16) -> Option<&dyn StateMachine> {
        self.machines.iter().find(|machine| machine.kind() == kind).map(AsRef::as_ref)
    }

    pub(crate) fn of_kind_mut(&mut self, kind: u16) -> Option<&mut Box<dyn StateMachine>> {
        self.machines.iter_mut().find(|machine| machine.kind() == kind)
    }

    pub(crate) fn catalog_changed(&mut self, change: &Change) {
        for machine in &mut self.machines {
            machine.catalog_changed(change);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn StateMachine> {
        self.machines.iter().map(AsRef::as_ref)
    }
}
