//! A lane: what one thread does of a job.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::commits::{Commits, STAGED_AT_END_BYTES_MAX, Uncommitted};
use super::task::{Input, Output, SinkRows, Stepped, Task};
use super::{Shared, lock};
use crate::batch::ChangeBatch;
use crate::commit::Commit;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::SinkWriter;

/// One of the parallel parts of a job. The caller steps it until it is done.
pub struct Lane {
    number: usize,
    shared: Arc<Shared>,
    /// The bounded task it works on.
    current: Option<Task>,
    /// Unbounded tasks, which it works on in turn.
    unbounded: Vec<Task>,
    next_unbounded: usize,
    writers: Writers,
    uncommitted: Uncommitted,
}

/// How a step of a lane went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    /// It has done something and may have more to do.
    Worked,
    /// It has nothing to do now.
    Idle,
    /// It will never have anything to do again.
    Done,
}

/// The lane's writers, made when the first rows come.
struct Writers {
    lane: usize,
    shared: Arc<Shared>,
    open: HashMap<usize, Box<dyn SinkWriter>>,
    /// Whether anything was written since the last flush.
    unflushed: bool,
}

impl SinkRows for Writers {
    fn write(&mut self, sink: usize, batch: &ChangeBatch) -> Result<()> {
        let writer = match self.open.entry(sink) {
            std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let mut sinks = lock(&self.shared.sinks);
                let slot = sinks
                    .get_mut(sink)
                    .ok_or_else(|| Error::new(ErrorKind::Internal, format!("a job without sink {sink}")))?;
                place.insert(slot.sink.writer(self.lane)?)
            }
        };
        writer.write(batch)?;
        self.unflushed = true;
        self.shared.progress.count_written(sink, batch.rows.num_rows());
        Ok(())
    }
}

impl Lane {
    pub(super) fn new(number: usize, shared: Arc<Shared>, unbounded: Vec<Task>) -> Self {
        let writers =
            Writers { lane: number, shared: Arc::clone(&shared), open: HashMap::new(), unflushed: false };
        let uncommitted = Uncommitted::default();
        Self { number, shared, current: None, unbounded, next_unbounded: 0, writers, uncommitted }
    }

    /// Its number, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Does a piece of work, of about a batch. `now_micros` is the clock, since 1970-01-01 UTC. When there is
    /// nothing to do it hands what was written to the operating system and waits up to `wait` for input.
    ///
    /// # Errors
    /// The first error of any lane; it has failed the job, and the other lanes are done.
    pub fn step(&mut self, now_micros: i64, wait: Duration) -> Result<LaneState> {
        let stepped = self.work(now_micros, wait);
        if let Err(error) = &stepped {
            self.shared.fail(error.clone());
            // What came before the error is shown; an error of this, too, would only hide the first.
            let _ = self.writers.flush();
        }
        stepped
    }

    fn work(&mut self, now_micros: i64, wait: Duration) -> Result<LaneState> {
        if self.shared.has_failed() {
            let _ = self.writers.flush();
            return Ok(LaneState::Done);
        }
        if self.shared.stop.is_requested() {
            self.stop(now_micros)?;
        }
        if self.current.is_none() {
            self.current = self.shared.take_task();
        }
        let mut state = LaneState::Idle;
        // A source may wait for its input only where nothing else could be done meanwhile.
        let alone = usize::from(self.current.is_some()) + self.unbounded.len() == 1;
        let wait_in_source = if alone && !self.writers.unflushed { wait } else { Duration::ZERO };
        if let Some(mut task) = self.current.take() {
            match self.step_task(&mut task, now_micros, wait_in_source)? {
                Stepped::Ended => state = LaneState::Worked,
                stepped => {
                    if stepped == Stepped::Worked {
                        state = LaneState::Worked;
                    }
                    self.current = Some(task);
                }
            }
        }
        for _ in 0..self.unbounded.len() {
            self.next_unbounded %= self.unbounded.len();
            let mut task = self.unbounded.swap_remove(self.next_unbounded);
            let stepped = self.step_task(&mut task, now_micros, wait_in_source)?;
            if stepped != Stepped::Ended {
                self.unbounded.push(task);
                let last = self.unbounded.len() - 1;
                self.unbounded.swap(self.next_unbounded, last);
                self.next_unbounded += 1;
            }
            if stepped != Stepped::Idle {
                state = LaneState::Worked;
                break;
            }
        }
        self.commit_if_due(now_micros, state == LaneState::Idle)?;
        if state == LaneState::Idle {
            self.writers.flush()?;
            if self.current.is_none() && self.unbounded.is_empty() {
                if self.shared.is_over() {
                    self.finish(now_micros)?;
                    return Ok(LaneState::Done);
                }
                self.shared.wait(wait);
            }
        }
        Ok(state)
    }

    fn step_task(&mut self, task: &mut Task, now_micros: i64, wait: Duration) -> Result<Stepped> {
        let stepped = task.step(now_micros, wait, self.shared.seed, &mut self.writers)?;
        self.shared.progress.report(task);
        if stepped != Stepped::Idle {
            self.uncommitted.note();
        }
        if stepped == Stepped::Ended {
            let context = task.end(now_micros, self.shared.seed, &mut self.writers)?;
            for branch in &mut task.branches {
                if let Output::Gather { gather, slot, collector } = &mut branch.output
                    && let Some(mut collector) = collector.take()
                {
                    collector.seal(&context)?;
                    let Some(task) = gather.put(*slot, collector)? else { continue };
                    self.shared.free_task(task);
                }
            }
            self.stage_source(task)?;
            self.shared.count_ended();
        }
        Ok(stepped)
    }

    /// Puts where a task goes on into the commit that comes next.
    fn stage_source(&mut self, task: &mut Task) -> Result<()> {
        let Input::Source { source, .. } = &mut task.input else { return Ok(()) };
        match &self.shared.commits {
            Commits::Never => Ok(()),
            Commits::Often { committer, .. } => source.stage(self.uncommitted.commit(committer)?),
            commits @ Commits::AtEnd { .. } => commits.with_last(|commit| source.stage(commit)),
        }
    }

    /// Commits, if it is time to: what the writers hold and where the sources go on, once all of them are at rest.
    fn commit_if_due(&mut self, now_micros: i64, idle: bool) -> Result<()> {
        let staged = self.writers.staged_bytes();
        let shared = Arc::clone(&self.shared);
        let committer = match &shared.commits {
            Commits::Never => return Ok(()),
            Commits::AtEnd { committer, .. } => {
                if staged >= STAGED_AT_END_BYTES_MAX {
                    let mut commit = committer.begin()?;
                    self.writers.stage(commit.as_mut())?;
                    commit.settle(now_micros)?;
                }
                return Ok(());
            }
            Commits::Often { committer, .. } => committer,
        };
        if !self.uncommitted.is_due(&shared.commits, staged, idle, now_micros) {
            return Ok(());
        }
        self.bring_to_rest(now_micros)?;
        self.writers.stage(self.uncommitted.commit(committer)?)?;
        for task in self.current.iter_mut().chain(&mut self.unbounded) {
            if let Input::Source { source, .. } = &mut task.input {
                source.stage(self.uncommitted.commit(committer)?)?;
            }
        }
        self.uncommitted.settle(now_micros)
    }

    /// Steps the tasks whose sources have read more than they gave out.
    fn bring_to_rest(&mut self, now_micros: i64) -> Result<()> {
        let mut tasks: Vec<(bool, Task)> = self.current.take().map(|task| (true, task)).into_iter().collect();
        tasks.extend(self.unbounded.drain(..).map(|task| (false, task)));
        for (bounded, mut task) in tasks {
            let mut ended = false;
            while !ended && !task.is_at_rest() {
                ended = self.step_task(&mut task, now_micros, Duration::ZERO)? == Stepped::Ended;
            }
            match bounded {
                _ if ended => {}
                true => self.current = Some(task),
                false => self.unbounded.push(task),
            }
        }
        Ok(())
    }

    /// The lane's part of the job is over.
    fn finish(&mut self, now_micros: i64) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        match &shared.commits {
            Commits::Never => {}
            Commits::AtEnd { .. } => shared.commits.with_last(|commit| self.writers.stage(commit))?,
            Commits::Often { committer, .. } => {
                self.writers.stage(self.uncommitted.commit(committer)?)?;
                self.uncommitted.settle(now_micros)?;
            }
        }
        self.writers.finish()
    }

    /// The job was asked to stop: rows that are right by themselves are kept, results of
    /// part of the input are not made.
    fn stop(&mut self, now_micros: i64) -> Result<()> {
        let mut tasks: Vec<Task> = self.current.take().into_iter().chain(self.unbounded.drain(..)).collect();
        while let Some(task) = self.shared.take_task() {
            tasks.push(task);
        }
        for mut task in tasks {
            // What a source has read and not given out yet still goes through, so that its position is exact.
            let commits = matches!(self.shared.commits, Commits::Often { .. });
            let mut ended = false;
            while commits && !ended && !task.is_at_rest() {
                ended = self.step_task(&mut task, now_micros, Duration::ZERO)? == Stepped::Ended;
            }
            if !ended {
                task.end(now_micros, self.shared.seed, &mut self.writers)?;
                self.stage_source(&mut task)?;
            }
        }
        Ok(())
    }
}

impl Writers {
    fn staged_bytes(&self) -> usize {
        self.open.values().map(|writer| writer.staged_bytes()).sum()
    }

    fn stage(&mut self, commit: &mut dyn Commit) -> Result<()> {
        self.unflushed = false;
        let mut open: Vec<_> = self.open.iter_mut().collect();
        open.sort_by_key(|(sink, _)| **sink);
        open.into_iter().try_for_each(|(_, writer)| writer.stage(commit))
    }

    fn flush(&mut self) -> Result<()> {
        if std::mem::take(&mut self.unflushed) {
            self.open.values_mut().try_for_each(|writer| writer.flush())?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let mut open: Vec<_> = self.open.drain().collect();
        open.sort_by_key(|(sink, _)| *sink);
        open.into_iter().try_for_each(|(_, mut writer)| writer.finish())
    }
}
