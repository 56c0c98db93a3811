//! Waiting for messages without looking again and again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use crate::log::{Inner, Log};
use crate::writer::Receipt;
use crate::{Error, Offset, QueueId, Result, TopicId};

/// The most queues that all watches of a log together wait for.
const WATCHED_MAX: usize = 1 << 20;

/// Something that is woken when a queue grows. Waits for any number of queues at once; dropped, it waits for none.
pub struct Watch {
    signal: Arc<Signal>,
}

#[derive(Default)]
struct Signal {
    state: Mutex<SignalState>,
    changed: Condvar,
}

#[derive(Default)]
struct SignalState {
    woken: bool,
    waker: Option<Waker>,
}

impl Signal {
    fn wake(&self) {
        let waker = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.woken = true;
            state.waker.take()
        };
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Watch {
    /// Waits until woken, at most for `timeout`; gives whether it was woken. A wake counts once.
    pub fn wait(&self, timeout: Duration) -> bool {
        let state = self.signal.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.signal.changed.wait_timeout_while(state, timeout, |state| !state.woken);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.woken)
    }

    /// Whether it was woken; if not, `waker` is called when it is. For futures. A wake counts once.
    pub fn poll(&self, waker: &Waker) -> bool {
        let mut state = self.signal.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.woken) {
            return true;
        }
        state.waker = Some(waker.clone());
        false
    }
}

/// Who waits for which queue.
#[derive(Default)]
pub(crate) struct Watches {
    state: Mutex<WatchesState>,
}

/// Waits for a message at this offset.
type Waiting = (Offset, Weak<Signal>);

#[derive(Default)]
struct WatchesState {
    waiting: HashMap<(TopicId, QueueId), Vec<Waiting>>,
    count: usize,
    /// Commits that were acknowledged but stand behind one that still waits for the disk, so that nobody can see them yet.
    unseen: VecDeque<Receipt>,
}

impl WatchesState {
    /// Takes out those who wait at `key` for an offset in front of `end`.
    fn take(&mut self, key: (TopicId, QueueId), end: Offset) -> Vec<Arc<Signal>> {
        let Some(waiting) = self.waiting.get_mut(&key) else { return Vec::new() };
        let before = waiting.len();
        let mut woken = Vec::new();
        waiting.retain(|(offset, signal)| match signal.upgrade() {
            None => false,
            Some(signal) if *offset < end => {
                woken.push(signal);
                false
            }
            Some(_) => true,
        });
        self.count -= before - waiting.len();
        if waiting.is_empty() {
            self.waiting.remove(&key);
        }
        woken
    }
}

impl Watches {
    /// Wakes whoever waits for what the commit, which can be seen now, brought.
    pub(crate) fn wake(&self, inner: &Inner, receipt: &Receipt) {
        let mut woken = Vec::new();
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.count == 0 {
                state.unseen.clear();
                return;
            }
            let visible = inner.core().visible;
            state.unseen.push_back(receipt.clone());
            let mut unseen = std::mem::take(&mut state.unseen);
            unseen.retain(|receipt| {
                if receipt.end > visible {
                    return true;
                }
                for queue in &receipt.queues {
                    let end = queue.offset.saturating_add(u64::from(queue.count));
                    woken.extend(state.take((queue.topic, queue.queue), end));
                }
                false
            });
            state.unseen = unseen;
        }
        for signal in woken {
            signal.wake();
        }
    }
}

impl Log {
    /// Something to wait with.
    pub fn watch(&self) -> Watch {
        Watch { signal: Arc::default() }
    }

    /// Wakes `watch` once the queue has a message at `offset` that can be read, at once if it has one. A registration ends when it
    /// woke, or with the watch.
    ///
    /// # Errors
    /// `InvalidInput`: the queue is not there. `Full`: too many queues are waited for.
    pub fn notify(&self, watch: &Watch, topic: TopicId, queue: QueueId, offset: Offset) -> Result<()> {
        {
            let mut state = self.inner.watches.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.count >= WATCHED_MAX {
                state.waiting.retain(|_, waiting| {
                    waiting.retain(|(_, signal)| signal.strong_count() > 0);
                    !waiting.is_empty()
                });
                state.count = state.waiting.values().map(Vec::len).sum();
            }
            if state.count >= WATCHED_MAX {
                return Err(Error::full(format!("over {WATCHED_MAX} queues are waited for; wait for fewer")));
            }
            state.waiting.entry((topic, queue)).or_default().push((offset, Arc::downgrade(&watch.signal)));
            state.count += 1;
        }
        // Registered first, looked second, so that nothing that comes in between is missed.
        let end = self.latest(topic, queue)?;
        let woken = {
            let mut state = self.inner.watches.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.take((topic, queue), end)
        };
        for signal in woken {
            signal.wake();
        }
        Ok(())
    }

    /// Wakes all who wait for the queue, whatever they wait for: a state machine has something for them.
    pub fn wake(&self, topic: TopicId, queue: QueueId) {
        let woken = {
            let mut state = self.inner.watches.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.take((topic, queue), Offset::MAX)
        };
        for signal in woken {
            signal.wake();
        }
    }
}
