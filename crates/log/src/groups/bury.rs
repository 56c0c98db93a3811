//! Dead letters: messages whose last attempt failed move to their group's dead-letter topic.

use std::collections::HashMap;

use super::receive::leases;
use super::{Dead, GroupPolicy, Handle, Leases, Refused};
use crate::state::copy::copied;
use crate::{Batch, Commit, Error, ErrorKind, Log, QueueId, Result, Timestamp, TopicId, TopicSpec};

/// Messages of one commit, and about how many bytes of them.
const BURY_MAX: usize = 256;
const BURY_BYTES: usize = 8 << 20;

/// What moves: the message, its group's dead-letter topic, and the bytes that are copied there, when they can still be read.
struct Corpse {
    dead: Dead,
    to: Option<TopicId>,
    origin: String,
    message: Option<(Batch, usize)>,
}

impl Log {
    /// Moves messages whose last attempt has failed to the dead-letter topics of their groups, which are made when they are not
    /// there; each message by the commit by which it is done. Gives how many moved, at most a few hundred: call it until it is 0.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn bury_dead(&self, now: Timestamp) -> Result<usize> {
        let dead = self.view(|view| view.machine::<Leases>().map(|leases| leases.dead(now, BURY_MAX)));
        let corpses = self.corpses(dead.unwrap_or_default(), now)?;
        if corpses.is_empty() {
            return Ok(0);
        }
        let (_, buried) = self.transact(now, |view| {
            let leases = leases(view)?;
            let still: Vec<&Corpse> =
                corpses.iter().filter(|corpse| leases.is_dead(&corpse.dead, now)).collect();
            let mut commit = Commit::new();
            for corpse in &still {
                corpse.copy(
                    &mut commit,
                    view.topic(corpse.to.unwrap_or_default()).map_or(0, |topic| topic.queues),
                )?;
            }
            let dead: Vec<Dead> = still.iter().map(|corpse| corpse.dead).collect();
            for entry in leases.dead_entries(&dead) {
                commit.state(Leases::KIND, &entry);
            }
            Ok((commit, dead))
        })?;
        let keys: Vec<_> = buried.iter().map(|dead| dead.key).collect();
        self.wake_all(&keys);
        Ok(corpses.len())
    }

    /// Moves a delivered message to the dead-letter topic because its consumer gives up on it.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn dead_letter(&self, handle: Handle, now: Timestamp) -> Result<Result<(), Refused>> {
        let dead = Dead { key: handle.key, offset: handle.offset, attempts: handle.attempt };
        let corpses = self.corpses(vec![dead], now)?;
        let (_, answer) = self.transact(now, |view| {
            let (answers, entries) = leases(view)?.bury(&[handle], now);
            let mut commit = Commit::new();
            if let Some(corpse) = corpses.first().filter(|_| !entries.is_empty()) {
                corpse.copy(
                    &mut commit,
                    view.topic(corpse.to.unwrap_or_default()).map_or(0, |topic| topic.queues),
                )?;
            }
            for entry in entries {
                commit.state(Leases::KIND, &entry);
            }
            Ok((commit, answers.into_iter().next().unwrap_or(Err(Refused::Gone))))
        })?;
        if answer.is_ok() {
            self.wake(handle.key.topic, handle.key.queue);
        }
        Ok(answer)
    }

    /// Reads dead messages and finds where they go. A message that is gone, or damaged, is done without a copy: nobody could ever
    /// read it, and it must not hold up the others.
    fn corpses(&self, dead: Vec<Dead>, now: Timestamp) -> Result<Vec<Corpse>> {
        let mut topics = HashMap::new();
        let mut corpses = Vec::with_capacity(dead.len());
        let mut bytes = 0;
        for dead in dead {
            if bytes > BURY_BYTES {
                break;
            }
            let to = match topics.get(&dead.key.group) {
                Some(to) => *to,
                None => {
                    let to = self.dead_letter_topic(dead, now)?;
                    topics.insert(dead.key.group, to);
                    to
                }
            };
            let origin = self.view(|view| view.topic(dead.key.topic).map(|topic| topic.name.to_string()));
            let message = match self.cursor(dead.key.topic, dead.key.queue, dead.offset).next_batch() {
                Ok(batch) => batch.and_then(|batch| {
                    let index = batch.index_of(dead.offset);
                    batch.message(index).filter(|message| message.offset == dead.offset)?;
                    Some((batch, index))
                }),
                Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::InvalidInput) => None,
                Err(error) => return Err(error),
            };
            bytes += message.as_ref().map_or(0, |(batch, index)| batch.body_range(*index).len());
            corpses.push(Corpse { dead, to, origin: origin.unwrap_or_default(), message });
        }
        Ok(corpses)
    }

    /// The dead-letter topic of a group, made when it is not there; `None` when the group is gone.
    fn dead_letter_topic(&self, dead: Dead, now: Timestamp) -> Result<Option<TopicId>> {
        let Some(group) = self.view(|view| view.group(dead.key.group)) else { return Ok(None) };
        let name = GroupPolicy::of(&group.attributes)?.dead_letters_of(&group.name);
        if let Some(topic) = self.view(|view| view.topic_named(&name)) {
            return Ok(Some(topic.id));
        }
        match self.create_topic(&name, TopicSpec::default(), now) {
            Ok(topic) => Ok(Some(topic)),
            // Somebody else may have made it in between.
            Err(error) => match self.view(|view| view.topic_named(&name)) {
                Some(topic) => Ok(Some(topic.id)),
                None => Err(error),
            },
        }
    }
}

impl Corpse {
    /// Puts the message into its dead-letter topic of `queues` queues, with where it came from among its properties.
    fn copy(&self, commit: &mut Commit, queues: u32) -> Result<()> {
        let (Some(to), Some((batch, index))) = (self.to, &self.message) else { return Ok(()) };
        if queues == 0 {
            // The dead-letter topic was deleted a moment ago: the next call makes it anew.
            return Err(Error::unavailable("the dead-letter topic was deleted meanwhile; try again"));
        }
        let Some(message) = batch.message(*index) else { return Ok(()) };
        let queue = QueueId(u32::try_from(message.ordering_hash() % u64::from(queues)).unwrap_or(0));
        let (at, offset, attempts) =
            (self.dead.key.queue.0.to_string(), self.dead.offset.to_string(), self.dead.attempts.to_string());
        let origin = [
            ("origin-topic", self.origin.as_str()),
            ("origin-queue", &at),
            ("origin-offset", &offset),
            ("attempts", &attempts),
        ];
        match copied(&message, &origin, |message| commit.message(to, queue, message)) {
            // Its properties are at their limit already.
            Err(error) if error.kind == ErrorKind::InvalidInput => {
                copied(&message, &[], |message| commit.message(to, queue, message))
            }
            done => done,
        }
    }
}
