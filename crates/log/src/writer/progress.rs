//! Group commit: whoever waits first writes, or syncs, for all.

use std::io::IoSlice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Pending;
use crate::log::Inner;
use crate::segment::Segment;
use crate::{Error, Position, Result};

/// How often a syncer lets others come along before it writes.
const GATHER_MAX: usize = 32;

/// How far the disk has come.
///
/// Writing and syncing are two roles, each taken by one waiting thread at a time. Who only has to be written does not wait for a
/// sync; who has to be durable joins those whom the next sync takes along, and is not written on its own. A role that ends
/// is handed to one of those who wait, and only those are woken who have what they wait for.
pub(crate) struct Progress {
    state: Mutex<State>,
    /// Whether the writer gave up, for those who only want to know that it did not.
    has_failed: AtomicBool,
}

struct State {
    written: Position,
    durable: Position,
    writing: bool,
    syncing: bool,
    waiting: Vec<Waiting>,
    /// The segment that was written to last.
    segment: Option<Arc<Segment>>,
    /// After a failed write or sync nobody knows what is on disk: nothing is acknowledged any more.
    failed: Option<Error>,
    syncs: u64,
    /// How many records the last sync took along.
    group: usize,
}

/// A thread that waits until everything in front of `end` is written and, if `strict`, durable; or for a role.
struct Waiting {
    end: Position,
    strict: bool,
    thread: Arc<Sleeper>,
}

#[derive(Default)]
struct Sleeper {
    news: Mutex<Option<News>>,
    changed: Condvar,
}

/// What a thread is woken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    /// What it waits for has come: it need not look again.
    Settled,
    /// There is a role to take, or the writer gave up.
    Look,
}

impl Sleeper {
    fn sleep(&self) -> News {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(news) = news.take() {
                return news;
            }
            news = self.changed.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wake(&self, news: News) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
        self.changed.notify_one();
    }
}

impl State {
    fn is_settled(&self, end: Position, strict: bool) -> bool {
        self.durable >= end || !strict && self.written >= end
    }

    /// Takes out those who have what they wait for, behind one for each role that is free and has something to do.
    fn take_ready(&mut self) -> Vec<(Arc<Sleeper>, News)> {
        let mut settled = Vec::new();
        let waiting = std::mem::take(&mut self.waiting);
        for waiting in waiting {
            if self.is_settled(waiting.end, waiting.strict) {
                settled.push((waiting.thread, News::Settled));
            } else if self.failed.is_some() {
                settled.push((waiting.thread, News::Look));
            } else {
                self.waiting.push(waiting);
            }
        }
        let mut woken = Vec::with_capacity(settled.len() + 2);
        for strict in [true, false] {
            let next = self.waiting.iter().position(|waiting| {
                waiting.strict == strict && if strict { self.can_sync(waiting.end) } else { !self.writing }
            });
            woken.extend(next.map(|next| (self.waiting.swap_remove(next).thread, News::Look)));
        }
        woken.append(&mut settled);
        woken
    }

    /// Whether the role of the syncer is free, and with it that of the writer if it needs it.
    fn can_sync(&self, end: Position) -> bool {
        !(self.syncing || self.writing && self.written < end)
    }
}

impl Progress {
    /// Everything in front of `at` is written and durable.
    pub(crate) fn new(at: Position, segment: Option<Arc<Segment>>) -> Self {
        let state = State {
            written: at,
            durable: at,
            writing: false,
            syncing: false,
            waiting: Vec::new(),
            segment,
            failed: None,
            syncs: 0,
            group: 1,
        };
        Self { state: Mutex::new(state), has_failed: AtomicBool::new(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the writer gave up, if it did.
    pub(crate) fn failure(&self) -> Option<Error> {
        // Set in front of the error under the lock, so that who sees it finds the error there.
        if self.has_failed.load(Ordering::Acquire) { self.state().failed.clone() } else { None }
    }

    /// How many times the disk was synced.
    pub(crate) fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Gives up: `error` is answered to everybody from now on.
    pub(crate) fn fail(&self, error: &Error) {
        let mut state = self.state();
        self.give_up(&mut state, error);
        wake_all(state);
    }

    fn give_up(&self, state: &mut State, error: &Error) {
        state.failed.get_or_insert_with(|| poisoned(error));
        self.has_failed.store(true, Ordering::Release);
    }

    /// Waits until everything in front of `end` is written and, if `strict`, durable; does the work if nobody does.
    pub(crate) fn settle(&self, inner: &Inner, end: Position, strict: bool) -> Result<()> {
        let sleeper = Arc::new(Sleeper::default());
        loop {
            let mut state = self.state();
            if state.is_settled(end, strict) {
                return Ok(());
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if strict && state.can_sync(end) {
                state.syncing = true;
                // What came meanwhile is taken along.
                let writes = !state.writing;
                state.writing = true;
                let group = state.group;
                drop(state);
                if writes {
                    gather(inner, group);
                }
                if !writes || self.write(inner) {
                    self.sync(inner);
                }
            } else if !strict && !state.writing {
                state.writing = true;
                drop(state);
                self.write(inner);
            } else {
                state.waiting.push(Waiting { end, strict, thread: Arc::clone(&sleeper) });
                drop(state);
                if sleeper.sleep() == News::Settled {
                    return Ok(());
                }
            }
        }
    }

    /// Writes what is pending, in the role of the writer; gives whether that went well.
    fn write(&self, inner: &Inner) -> bool {
        let last = self.state().segment.clone();
        let wrote = write(inner, last);
        let mut state = self.state();
        state.writing = false;
        let went_well = match wrote {
            Ok(Wrote { segment, written, durable, syncs, records }) => {
                state.group = if state.syncing { records } else { state.group };
                state.segment = segment;
                state.written = state.written.max(written);
                state.durable = state.durable.max(durable);
                state.syncs += syncs;
                true
            }
            Err(error) => {
                self.give_up(&mut state, &error);
                // Whoever syncs goes on only after a write that went well.
                state.syncing = false;
                false
            }
        };
        wake_all(state);
        went_well
    }

    /// Syncs what is written, in the role of the syncer.
    fn sync(&self, inner: &Inner) {
        let (target, segment) = {
            let state = self.state();
            (state.written, state.segment.clone())
        };
        let synced = sync(inner, segment.as_deref(), target);
        let mut state = self.state();
        state.syncing = false;
        match synced {
            Ok(()) => {
                state.durable = state.durable.max(target);
                state.syncs += 1;
            }
            Err(error) => self.give_up(&mut state, &error),
        }
        wake_all(state);
    }
}

/// Wakes whom there is something for, outside of the lock.
fn wake_all(mut state: MutexGuard<'_, State>) {
    let woken = state.take_ready();
    drop(state);
    for (thread, news) in woken {
        thread.wake(news);
    }
}

/// Lets those who were woken by the last sync, and are about to commit again, come along, as long as they keep coming: a producer
/// alone waits for nobody.
fn gather(inner: &Inner, group: usize) {
    let mut seen = inner.core().pending.len();
    for _ in 0..GATHER_MAX {
        if seen >= group {
            break;
        }
        std::thread::yield_now();
        let now = inner.core().pending.len();
        if now == seen {
            break;
        }
        seen = now;
    }
}

fn poisoned(error: &Error) -> Error {
    Error::unavailable(format!(
        "{error}; the log takes no commits until it is opened again, so that none is lost unseen"
    ))
}

struct Wrote {
    records: usize,
    segment: Option<Arc<Segment>>,
    written: Position,
    durable: Position,
    syncs: u64,
}

/// Writes what is pending. Before the first byte goes to a new segment the old one is synced, so that damage in it is never a
/// torn write, and so are the names.
fn write(inner: &Inner, mut last: Option<Arc<Segment>>) -> Result<Wrote> {
    let pending = std::mem::take(&mut inner.core().pending);
    let mut durable = Position(0);
    let mut written = Position(0);
    let mut syncs = 0;
    for group in pending.chunk_by(|a, b| a.segment.base == b.segment.base) {
        let Some(Pending { segment, position, .. }) = group.first() else { continue };
        if last.as_ref().is_none_or(|old| old.base != segment.base) {
            if let Some(old) = &last {
                sync_file(old)?;
                syncs += 1;
            }
            inner.storage.sync_names().map_err(|error| Error::io("sync the folder of the log", &error))?;
            durable = *position;
            syncs += 1;
        }
        let mut pieces: Vec<IoSlice<'_>> =
            group.iter().map(|pending| IoSlice::new(&pending.record)).collect();
        let at = position.0 - segment.base.0;
        segment
            .file
            .write_at(&mut pieces, at)
            .map_err(|error| Error::io(&format!("write segment {}", segment.name()), &error))?;
        written = group.last().map_or(written, |last| Position(last.position.0 + last.record.len() as u64));
        last = Some(Arc::clone(segment));
    }
    inner.core().advance(written, durable);
    Ok(Wrote { records: pending.len(), segment: last, written, durable, syncs })
}

fn sync(inner: &Inner, segment: Option<&Segment>, target: Position) -> Result<()> {
    if let Some(segment) = segment {
        sync_file(segment)?;
    }
    inner.core().advance(target, target);
    Ok(())
}

fn sync_file(segment: &Segment) -> Result<()> {
    segment.file.sync().map_err(|error| Error::io(&format!("sync segment {}", segment.name()), &error))
}
