//! Group commit: whoever waits first writes, or syncs, for all.

use std::io::IoSlice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::Pending;
use super::waiting::{News, Sleeper, Waiting, Who};
use crate::log::Inner;
use crate::segment::Segment;
use crate::{Error, Position, Result};

/// A driver waits for one in so many of those whom its last sync settled: it is better busy than thorough. A thread that syncs waits
/// for all, because waking threads costs more than the disk.
const DRIVER_GATHERS: usize = 16;

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
    /// The thread that takes the roles for tasks, if there is one, and whether it has nothing to do.
    driver: Option<Arc<Sleeper>>,
    driver_sleeps: bool,
    /// The segment that was written to last.
    segment: Option<Arc<Segment>>,
    /// After a failed write or sync nobody knows what is on disk: nothing is acknowledged any more.
    failed: Option<Error>,
    syncs: u64,
    /// How many records the last sync took along.
    group: usize,
}

impl State {
    fn is_settled(&self, end: Position, strict: bool) -> bool {
        self.durable >= end || !strict && self.written >= end
    }

    /// Takes out those who have what they wait for, behind one for each role that is free and has something to do.
    fn take_ready(&mut self) -> Vec<(Who, News)> {
        let mut settled = Vec::new();
        let waiting = std::mem::take(&mut self.waiting);
        for waiting in waiting {
            if self.is_settled(waiting.end, waiting.strict) {
                settled.push((waiting.who, News::Settled));
            } else if self.failed.is_some() {
                settled.push((waiting.who, News::Look));
            } else {
                self.waiting.push(waiting);
            }
        }
        let mut woken = Vec::with_capacity(settled.len() + 2);
        woken.extend(self.driver_to_wake());
        for strict in [true, false] {
            let next = self.waiting.iter().position(|waiting| {
                let is_thread = matches!(waiting.who, Who::Thread(_));
                is_thread && waiting.strict == strict && self.can_work_for(waiting)
            });
            woken.extend(next.map(|next| (self.waiting.swap_remove(next).who, News::Look)));
        }
        woken.append(&mut settled);
        woken
    }

    /// The driver, if it sleeps and there is something for it to do.
    fn driver_to_wake(&mut self) -> Option<(Who, News)> {
        let work = self.failed.is_some() || self.waiting.iter().any(|waiting| self.can_work_for(waiting));
        if !self.driver_sleeps || !work {
            return None;
        }
        self.driver_sleeps = false;
        self.driver.clone().map(|driver| (Who::Thread(driver), News::Look))
    }

    fn can_work_for(&self, waiting: &Waiting) -> bool {
        if waiting.strict { self.can_sync(waiting.end) } else { !self.writing && self.written < waiting.end }
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
            driver: None,
            driver_sleeps: false,
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

    /// Whether everything in front of `end` is written and, if `strict`, durable; if not, `waker` is called when it is. Does the work itself
    /// if there is no driver.
    pub(crate) fn poll(&self, inner: &Inner, end: Position, strict: bool, waker: &Waker) -> Poll<Result<()>> {
        let mut state = self.state();
        if state.is_settled(end, strict) {
            return Poll::Ready(Ok(()));
        }
        if let Some(error) = &state.failed {
            return Poll::Ready(Err(error.clone()));
        }
        if state.driver.is_none() {
            drop(state);
            return Poll::Ready(self.settle(inner, end, strict));
        }
        state.waiting.push(Waiting { end, strict, who: Who::Task(waker.clone()) });
        let driver = state.driver_to_wake();
        drop(state);
        if let Some((driver, news)) = driver {
            driver.wake(news);
        }
        Poll::Pending
    }

    /// Takes the roles for tasks until `stopped` says that it is to end, which is looked at after each [`Progress::nudge_driver`].
    pub(crate) fn drive(&self, inner: &Inner, stopped: &dyn Fn() -> bool) -> Result<()> {
        let sleeper = Arc::new(Sleeper::default());
        {
            let mut state = self.state();
            if state.driver.is_some() {
                return Err(Error::invalid("the log has a thread that writes for tasks already"));
            }
            state.driver = Some(Arc::clone(&sleeper));
        }
        let ended = loop {
            let mut state = self.state();
            if let Some(error) = &state.failed {
                break Err(error.clone());
            }
            if stopped() {
                break Ok(());
            }
            let next = state.waiting.iter().find(|waiting| state.can_work_for(waiting));
            if let Some((end, strict)) = next.map(|waiting| (waiting.end, waiting.strict)) {
                let group = state.group / DRIVER_GATHERS;
                self.work(inner, state, end, strict, group);
            } else {
                state.driver_sleeps = true;
                drop(state);
                sleeper.sleep();
            }
        };
        // Tasks that still wait have to look for themselves.
        let left = {
            let mut state = self.state();
            (state.driver, state.driver_sleeps) = (None, false);
            std::mem::take(&mut state.waiting)
        };
        for waiting in left {
            waiting.who.wake(News::Look);
        }
        ended
    }

    /// Has the driver look whether it is to end.
    pub(crate) fn nudge_driver(&self) {
        let driver = self.state().driver.clone();
        if let Some(driver) = driver {
            driver.wake(News::Look);
        }
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
            let waiting = Waiting { end, strict, who: Who::Thread(Arc::clone(&sleeper)) };
            if state.can_work_for(&waiting) {
                let group = state.group;
                self.work(inner, state, end, strict, group);
            } else {
                state.waiting.push(waiting);
                drop(state);
                if sleeper.sleep() == News::Settled {
                    return Ok(());
                }
            }
        }
    }

    /// Writes, and syncs if `strict`, in roles that are free. Waits for `more` commits, as long as they keep coming.
    fn work(
        &self,
        inner: &Inner,
        mut state: MutexGuard<'_, State>,
        end: Position,
        strict: bool,
        more: usize,
    ) {
        // What came meanwhile is taken along.
        let writes = !state.writing && (strict || state.written < end);
        state.writing |= writes;
        state.syncing |= strict;
        drop(state);
        if strict && writes {
            gather(inner, more);
        }
        if (!writes || self.write(inner)) && strict {
            self.sync(inner);
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
    for (who, news) in woken {
        who.wake(news);
    }
}

/// Lets those who were woken by the last sync, and are about to commit again, come along, as long as they keep coming: a producer
/// alone waits for nobody.
fn gather(inner: &Inner, more: usize) {
    let mut seen = inner.core().pending.len();
    // One that is there already is the caller's own.
    let enough = (seen + more).saturating_sub(1);
    for _ in 0..GATHER_MAX {
        if seen >= enough {
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
