//! What consumers do with deliveries: acknowledge, give back, keep longer; and where a group stands.

use super::receive::{leases, policy_of};
use super::{Handle, Leases, QueueKey, Refused};
use crate::{Commit, Error, ErrorKind, GroupId, Log, Offset, QueueId, Result, Timestamp, TopicId, View};

impl Log {
    /// Acknowledges deliveries: their messages are done. Gives an answer for each handle, once those that were taken are durable.
    ///
    /// # Errors
    /// The errors of [`Log::commit`]; what is wrong with a handle is its answer.
    pub fn ack(&self, handles: &[Handle], now: Timestamp) -> Result<Vec<Result<(), Refused>>> {
        let (_, (answers, wake)) = self.transact(now, |view| {
            let leases = leases(view)?;
            let (answers, entries) = leases.ack(handles, now);
            let mut commit = Commit::new();
            for entry in entries {
                commit.state(Leases::KIND, &entry);
            }
            let mut keys: Vec<QueueKey> = handles.iter().map(|handle| handle.key).collect();
            keys.sort_unstable();
            keys.dedup();
            if !keys.iter().any(|key| is_strict(view, *key)) {
                commit.relax();
            }
            // Others wait for this only where an ordering group, or the limit, held something back.
            keys.retain(|key| {
                policy_of(view, *key).is_ok_and(|(policy, _)| leases.holds_back(*key, policy.open_max))
            });
            Ok((commit, (answers, keys)))
        })?;
        self.wake_all(&wake);
        Ok(answers)
    }

    /// Makes a delivery visible `invisible_ms` from now: sooner, to give it back, or later, to keep it. The handle stays valid
    /// until then.
    ///
    /// # Errors
    /// `InvalidInput`: the time is out of bounds; and the errors of [`Log::commit`].
    pub fn change_invisible(
        &self,
        handle: Handle,
        invisible_ms: u64,
        now: Timestamp,
    ) -> Result<Result<(), Refused>> {
        self.settle(handle, now, |view| leases(view)?.change(handle, invisible_ms, now))
    }

    /// Gives a delivery back: it is delivered again after the wait that the group's backoff names for its attempt.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn give_back(&self, handle: Handle, now: Timestamp) -> Result<Result<(), Refused>> {
        self.settle(handle, now, |view| match policy_of(view, handle.key) {
            Ok((policy, _)) => Ok(leases(view)?.give_back(handle, &policy, now)),
            // Group or topic are gone, and their deliveries with them.
            Err(error) if error.kind == ErrorKind::InvalidInput => Ok(Err(Refused::Gone)),
            Err(error) => Err(error),
        })
    }

    /// Lets a group go on at `offset` of a queue. What it had in flight there is void.
    ///
    /// # Errors
    /// `InvalidInput`: group or queue are not there; and the errors of [`Log::commit`].
    pub fn reset_group(
        &self,
        group: GroupId,
        topic: TopicId,
        queue: QueueId,
        offset: Offset,
        now: Timestamp,
    ) -> Result<()> {
        let key = QueueKey { group, topic, queue };
        self.transact(now, |view| {
            let mut commit = Commit::new();
            commit.offset(group, topic, queue, offset);
            if let Some(leases) = view.machine::<Leases>()
                && leases.next(key).is_some()
            {
                commit.state(Leases::KIND, &leases.reset(key, offset));
            }
            Ok((commit, ()))
        })?;
        self.wake(topic, queue);
        Ok(())
    }

    /// The first message of the queue that the group is not done with, whether it receives or reads by offset; `None` if it never
    /// did either.
    pub fn progress(&self, group: GroupId, topic: TopicId, queue: QueueId) -> Option<Offset> {
        self.view(|view| {
            let floor =
                view.machine::<Leases>().and_then(|leases| leases.floor(QueueKey { group, topic, queue }));
            floor.or_else(|| view.offset(group, topic, queue))
        })
    }

    fn settle(
        &self,
        handle: Handle,
        now: Timestamp,
        decide: impl FnOnce(&View<'_>) -> Result<Result<Vec<u8>, Refused>>,
    ) -> Result<Result<(), Refused>> {
        let (_, answer) = self.transact(now, |view| {
            let mut commit = Commit::new();
            let answer = decide(view)?.map(|entry| commit.state(Leases::KIND, &entry));
            if !is_strict(view, handle.key) {
                commit.relax();
            }
            Ok((commit, answer))
        })?;
        if answer.is_ok() {
            self.wake(handle.key.topic, handle.key.queue);
        }
        Ok(answer)
    }

    pub(super) fn wake_all(&self, keys: &[QueueKey]) {
        for key in keys {
            self.wake(key.topic, key.queue);
        }
    }
}

fn is_strict(view: &View<'_>, key: QueueKey) -> bool {
    view.topic(key.topic).is_some_and(|topic| topic.spec.durability == crate::Durability::Fsync)
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::invalid(refused.to_string())
    }
}
