//! Bringing messages that are due to their queues, and keeping those that are not when their segments go.

use std::collections::HashMap;

use super::send::delay;
use super::{Delay, Delayed, DueId};
use crate::state::held::{HeldMessage, HeldReader};
use crate::{Commit, Log, Position, Result, Timestamp};

/// Messages of one commit, and about how many bytes of them.
const FIRE_MAX: usize = 2048;
const FIRE_BYTES: usize = 8 << 20;

impl Log {
    /// Brings messages that are due to their queues, each by the commit by which it is no longer delayed. Gives how many, at most
    /// a few thousand: [`Log::tick`] calls it until it is 0.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn fire_due(&self, now: Timestamp) -> Result<usize> {
        let due = self.view(|view| {
            let visible = view.visible();
            let due = view.machine::<Delay>().map(|delay| delay.due(now, FIRE_MAX)).unwrap_or_default();
            // One whose own commit is still on its way to the disk waits for it, and so do those behind it.
            due.into_iter().take_while(|message| message.position < visible).collect()
        });
        let read = self.read_delayed(due)?;
        if read.is_empty() {
            return Ok(0);
        }
        let (_, fired) = self.transact(now, |view| {
            let delay = delay(view)?;
            let mut commit = Commit::new();
            let mut strict = false;
            let mut fired = delay.due(now, read.len());
            let mut count = 0;
            for message in &fired {
                // What came in front meanwhile was not read: it, and what is behind it, fires next time.
                let Some(held) = read.get(&message.name) else { break };
                if let Some(held) = held {
                    strict |= held.deliver(&mut commit, view, message.name.id)?;
                }
                count += 1;
            }
            fired.truncate(count);
            if let Some(entry) = delay.fired(&fired) {
                commit.state(Delay::KIND, &entry);
            }
            if !strict {
                commit.relax();
            }
            Ok((commit, count))
        })?;
        Ok(fired)
    }

    /// Holds delayed messages that stand before `before` in a new commit, so that the segments there can go. Gives how many, at
    /// most a few thousand: call it until it is 0.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn carry_delayed(&self, before: Position, now: Timestamp) -> Result<usize> {
        let old = self.view(|view| {
            let delay = view.machine::<Delay>();
            delay.map(|delay| delay.carry(before.min(view.visible()), FIRE_MAX)).unwrap_or_default()
        });
        let read = self.read_delayed(old)?;
        if read.is_empty() {
            return Ok(0);
        }
        let mut read: Vec<(DueId, Option<HeldMessage>)> = read.into_iter().collect();
        read.sort_unstable_by_key(|(name, _)| *name);
        let (_, carried) = self.transact(now, |view| {
            let delay = delay(view)?;
            let mut commit = Commit::new();
            let mut places = Vec::with_capacity(read.len());
            let mut gone = 0;
            for (name, held) in &read {
                match (held, delay.cancel(*name)) {
                    (Some(held), Some(_)) => places.push((*name, held.hold(&mut commit)?)),
                    // Its topic, or its bytes, are gone.
                    (None, Some(entry)) => {
                        commit.state(Delay::KIND, &entry);
                        gone += 1;
                    }
                    (_, None) => {}
                }
            }
            if !places.is_empty() {
                commit.state(Delay::KIND, &delay.carried(&places));
            }
            Ok((commit, places.len() + gone))
        })?;
        Ok(carried)
    }

    /// Reads delayed messages, in their order, up to a number of bytes. `None` for one that nobody will ever be able to read, or
    /// whose topic is gone: it must not hold up the others.
    fn read_delayed(&self, messages: Vec<Delayed>) -> Result<HashMap<DueId, Option<HeldMessage>>> {
        let mut reader = HeldReader::new(self);
        let mut read = HashMap::with_capacity(messages.len());
        let mut bytes = 0;
        for message in messages {
            if bytes > FIRE_BYTES {
                break;
            }
            let held = reader.read_if_whole(message.position, message.index)?;
            let held = held.filter(|held| self.view(|view| view.topic(held.topic()).is_some()));
            bytes += held.as_ref().map_or(0, HeldMessage::bytes);
            read.insert(message.name, held);
        }
        Ok(read)
    }
}
