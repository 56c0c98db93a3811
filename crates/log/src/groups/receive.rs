//! Receiving: messages of a queue, or of any queue of a topic, for a time.

use super::{Fresh, GroupPolicy, Handle, Leased, Leases, Order, QueueKey, RECEIVE_MAX, Receive, Received};
use crate::{
    Batch, Commit, Durability, Error, GroupId, Log, MessageView, Offset, QueueId, Result, Start, Timestamp,
    TopicId, View, Watch,
};

/// Messages that one round looks at to find some that a filter lets pass.
const SCAN_MAX: usize = 4096;

/// Rounds of a call that finds nothing: up to half a million messages passed over, the next call goes on behind them.
const ROUNDS_MAX: usize = 128;

/// A call to receive. Needs a log that was opened with [`Leases`].
#[derive(Clone, Copy)]
pub struct ReceiveRequest<'a> {
    /// Who receives.
    pub group: GroupId,
    /// The topic.
    pub topic: TopicId,
    /// The queue; [`QueueId::ANY`] for whichever has something.
    pub queue: QueueId,
    /// The most messages to deliver, 1 to [`RECEIVE_MAX`].
    pub max: usize,
    /// For how long nobody else gets them, in milliseconds.
    pub invisible_ms: u64,
    /// A name for this call that its retries repeat. With order, a retry gets what the call got.
    pub attempt_id: Option<&'a str>,
    /// Where the group starts in a queue that it has never received from.
    pub start: Start,
    /// Which messages the group wants; the others are passed over for good.
    pub filter: Option<&'a dyn Fn(&MessageView<'_>) -> bool>,
}

/// What a receive gave.
#[derive(Debug, Default)]
pub struct Deliveries {
    /// The messages, those of one queue by offset.
    pub messages: Vec<Delivered>,
    /// When there are none: the time from which a message that is open now can be received, if nobody settles it before. New
    /// messages, and those that are given back, wake a watch set by [`Log::watch_deliveries`].
    pub retry_at: Option<Timestamp>,
}

/// One delivery of a message. Holding it holds the bytes of its record.
#[derive(Clone, Debug)]
pub struct Delivered {
    batch: Batch,
    index: usize,
    /// How often the message has been delivered, with this time.
    pub attempt: u16,
    /// What acknowledges it.
    pub handle: Handle,
}

impl Delivered {
    /// The message.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn message(&self) -> Result<MessageView<'_>> {
        self.batch
            .message(self.index)
            .ok_or_else(|| Error::internal("a delivered message is not in its batch"))
    }
}

/// A queue as one round of a receive finds it.
struct Found {
    policy: GroupPolicy,
    /// Whether deliveries wait for the disk.
    strict: bool,
    /// Where the group goes on; `None` when it has never received from the queue.
    next: Option<Offset>,
    begin: Offset,
}

impl Log {
    /// Delivers messages to a consumer of a group: first those whose time is over or that were given back, then new ones. Does
    /// not wait for messages, see [`Log::watch_deliveries`].
    ///
    /// # Errors
    /// `InvalidInput`: group, topic or queue are not there, or a number is out of bounds. `Full`: too many messages are in flight.
    /// `Corrupt`: a message could not be read; it is tried again when its time is over. And the errors of [`Log::commit`].
    pub fn receive(&self, request: &ReceiveRequest<'_>, now: Timestamp) -> Result<Deliveries> {
        let mut all = Deliveries::default();
        let mut failure = None;
        for queue in self.queues_in_turn(request.topic, request.queue)? {
            let wanted = request.max.saturating_sub(all.messages.len());
            if wanted == 0 && request.max > 0 {
                break;
            }
            match self.receive_of(request, queue, wanted, now) {
                Ok(deliveries) => {
                    all.messages.extend(deliveries.messages);
                    all.retry_at = all.retry_at.into_iter().chain(deliveries.retry_at).min();
                }
                // What other queues gave is leased: it is delivered, and the error comes with the next call.
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        match failure {
            Some(error) if all.messages.is_empty() => Err(error),
            _ => Ok(all),
        }
    }

    /// Wakes `watch` once there may be something to receive: the queue (all, for [`QueueId::ANY`]) grew, or a message of it was
    /// settled or given back. Set it before the receive that may find nothing.
    ///
    /// # Errors
    /// See [`Log::notify`].
    pub fn watch_deliveries(
        &self,
        watch: &Watch,
        group: GroupId,
        topic: TopicId,
        queue: QueueId,
    ) -> Result<()> {
        for queue in self.queues_in_turn(topic, queue)? {
            let next = self.view(|view| view.machine::<Leases>()?.next(QueueKey { group, topic, queue }));
            let next = match next {
                Some(next) => next,
                None => self.start_offset(topic, queue, Start::Committed(group))?,
            };
            self.notify(watch, topic, queue, next)?;
        }
        Ok(())
    }

    /// The queues that a call asks, in its order. Calls for any queue begin at one that changes with every commit, so that queues
    /// are emptied evenly and consumers do not all ask the same one.
    fn queues_in_turn(
        &self,
        topic: TopicId,
        queue: QueueId,
    ) -> Result<impl Iterator<Item = QueueId> + use<>> {
        let (queues, tail) = self.view(|view| (view.topic(topic).map(|topic| topic.queues), view.tail()));
        let queues = queues.ok_or_else(|| crate::catalog::no_topic(topic))?;
        let (first, count) = if queue == QueueId::ANY {
            let turn = crate::key_hash(&tail.0.to_le_bytes()) % u64::from(queues.max(1));
            (u32::try_from(turn).unwrap_or(0), queues)
        } else if queue.0 < queues {
            (queue.0, 1)
        } else {
            let text = format!("topic {} has no queue {}; it has {queues}", topic.0, queue.0);
            return Err(Error::invalid(text));
        };
        Ok((first..queues).chain(0..first).take(count as usize).map(QueueId))
    }

    fn receive_of(
        &self,
        request: &ReceiveRequest<'_>,
        queue: QueueId,
        max: usize,
        now: Timestamp,
    ) -> Result<Deliveries> {
        let key = QueueKey { group: request.group, topic: request.topic, queue };
        let mut batches = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let found = self.view(|view| find(view, key))?;
            let start = match found.next {
                Some(next) => next,
                None => self.start_offset(key.topic, queue, request.start)?,
            };
            batches.clear();
            let fresh = self.scan(
                key,
                start.max(found.begin),
                found.policy.order,
                max,
                request.filter,
                &mut batches,
            )?;
            let call = Receive {
                key,
                max,
                invisible_ms: request.invisible_ms,
                attempt_id: request.attempt_id,
                start,
                begin: found.begin,
                fresh: &fresh,
            };
            let received = self.commit_receive(call, &found, now)?;
            let end = fresh.last().map(|fresh| fresh.offset);
            let passed = received.next > end.unwrap_or(Offset::MAX);
            if !received.leased.is_empty() || end.is_none() || !passed {
                let messages = self.deliver(key, found.policy.order, &received.leased, &batches)?;
                return Ok(Deliveries { messages, retry_at: received.retry_at });
            }
        }
        Ok(Deliveries { messages: Vec::new(), retry_at: Some(now) })
    }

    fn commit_receive(&self, call: Receive<'_>, found: &Found, now: Timestamp) -> Result<Received> {
        let (_, received) = self.transact(now, |view| {
            let mut received = leases(view)?.receive(call, &found.policy, now)?;
            let mut commit = Commit::new();
            if let Some(entry) = received.entry.take() {
                commit.state(Leases::KIND, &entry);
            }
            // What is only passed over is found again after a crash.
            if !found.strict || received.leased.is_empty() {
                commit.relax();
            }
            Ok((commit, received))
        })?;
        Ok(received)
    }

    /// Looks at messages from `from` on, until there are enough that may be delivered.
    fn scan(
        &self,
        key: QueueKey,
        from: Offset,
        order: Order,
        max: usize,
        filter: Option<&dyn Fn(&MessageView<'_>) -> bool>,
        batches: &mut Vec<Batch>,
    ) -> Result<Vec<Fresh>> {
        // With order, some of them may have to wait for others of their ordering group.
        let enough = if order == Order::Fifo { (max * 4).min(RECEIVE_MAX) } else { max };
        let mut cursor = self.cursor(key.topic, key.queue, from);
        let mut fresh = Vec::with_capacity(enough.min(RECEIVE_MAX));
        let mut wanted = 0;
        while wanted < enough && fresh.len() < SCAN_MAX {
            let Some(batch) = cursor.next_batch()? else { break };
            for index in batch.index_of(from)..batch.len() {
                let Some(message) = batch.message(index) else { break };
                let passes = filter.is_none_or(|filter| filter(&message));
                fresh.push(Fresh { offset: message.offset, wanted: passes, lane: message.ordering_hash() });
                wanted += usize::from(passes);
                if wanted >= enough || fresh.len() >= SCAN_MAX {
                    break;
                }
            }
            batches.push(batch);
        }
        Ok(fresh)
    }

    /// The messages of deliveries, out of the batches that were looked at, or read for them.
    /// With order, none is delivered when one cannot be read: those behind it in its ordering group have to wait for it.
    fn deliver(
        &self,
        key: QueueKey,
        order: Order,
        leased: &[Leased],
        batches: &[Batch],
    ) -> Result<Vec<Delivered>> {
        let mut read: Vec<Batch> = Vec::new();
        let mut cursor = None;
        let mut failure = None;
        let mut messages = Vec::with_capacity(leased.len());
        for leased in leased {
            let known = place(&read, leased.offset).or_else(|| place(batches, leased.offset));
            let place = match known {
                Some(place) => Some(place),
                None => {
                    let cursor =
                        cursor.get_or_insert_with(|| self.cursor(key.topic, key.queue, leased.offset));
                    cursor.seek(leased.offset);
                    match cursor.next_batch() {
                        Ok(batch) => {
                            read.extend(batch);
                            place(&read, leased.offset)
                        }
                        Err(error) => {
                            failure.get_or_insert(error);
                            None
                        }
                    }
                }
            };
            // Retention may have taken it a moment ago: the next call takes that in.
            if let Some((batch, index)) = place {
                messages.push(Delivered { batch, index, attempt: leased.attempt, handle: leased.handle });
            }
        }
        match failure {
            Some(error) if messages.is_empty() || order == Order::Fifo => Err(error),
            _ => Ok(messages),
        }
    }
}

/// Where the message at `offset` stands in batches that ascend.
fn place(batches: &[Batch], offset: Offset) -> Option<(Batch, usize)> {
    let after = batches.partition_point(|batch| batch.base_offset() <= offset);
    let batch = batches.get(after.checked_sub(1)?)?;
    let index = batch.index_of(offset);
    batch.message(index).filter(|message| message.offset == offset)?;
    Some((batch.clone(), index))
}

fn find(view: &View<'_>, key: QueueKey) -> Result<Found> {
    let (policy, strict) = policy_of(view, key)?;
    let begin = view.queue(key.topic, key.queue).unwrap_or_default().begin;
    Ok(Found { policy, strict, next: leases(view)?.next(key), begin })
}

/// The group's policy, and whether changes of its leases of the topic wait for the disk.
pub(super) fn policy_of(view: &View<'_>, key: QueueKey) -> Result<(GroupPolicy, bool)> {
    let group = view.group(key.group).ok_or_else(|| {
        Error::invalid(format!("there is no group with id {}; it was deleted, or never made", key.group.0))
    })?;
    let topic = view.topic(key.topic).ok_or_else(|| crate::catalog::no_topic(key.topic))?;
    Ok((GroupPolicy::of(&group.attributes)?, topic.spec.durability == Durability::Fsync))
}

pub(super) fn leases<'a>(view: &View<'a>) -> Result<&'a Leases> {
    view.machine().ok_or_else(|| {
        Error::invalid(
            "the log was opened without leases; add groups::Leases to the machines that it is opened with",
        )
    })
}
