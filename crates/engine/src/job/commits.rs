//! When a job commits, and what its commits hold together.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::commit::{Commit, Committer, Visibility};
use crate::error::{Error, ErrorKind, Result};
use crate::sink::Sink;

/// Bytes that a lane's writers hold at the most between commits, but for the rows of one batch.
pub(super) const STAGED_BYTES_MAX: usize = 4 << 20;

/// Bytes that a lane's writers hold at the most when the job commits at its end; what is more goes ahead of that commit.
pub(super) const STAGED_AT_END_BYTES_MAX: usize = 32 << 20;

/// Without rows for a commit, positions are saved so often.
const POSITIONS_INTERVAL_MICROS: i64 = 1_000_000;

/// How the lanes of a job commit.
pub(crate) enum Commits {
    /// Nothing is committed before the end, and no progress is kept.
    Never,
    /// Each lane by itself, again and again.
    Often { committer: Arc<dyn Committer>, interval: Duration },
    /// All lanes together: rows come from operators that saw, or counted, the rows of all lanes. Output that is longer than
    /// a commit may be goes ahead of the last one, which holds the positions.
    AtEnd { committer: Arc<dyn Committer>, last: Mutex<Option<Box<dyn Commit>>> },
}

impl Commits {
    /// How a job with these sinks commits; `whole` is whether it has operators that need the rows of all lanes.
    pub fn of(
        committer: Option<&Arc<dyn Committer>>,
        sinks: &[&dyn Sink],
        whole: bool,
        interval: Duration,
    ) -> Result<Self> {
        let any = |wanted: Visibility| sinks.iter().any(|sink| sink.visibility() == wanted);
        let Some(committer) = committer else {
            return match any(Visibility::WithCommit) {
                true => {
                    Err(Error::new(ErrorKind::Internal, "a job that writes to a log without a committer"))
                }
                false => Ok(Self::Never),
            };
        };
        if any(Visibility::AtEnd) {
            if any(Visibility::WithCommit) {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "a statement set cannot write to topics, which see rows as they come, and to files, which appear when the job \
                     ends: write them as two statement sets",
                ));
            }
            return Ok(Self::Never);
        }
        let committer = Arc::clone(committer);
        Ok(if whole {
            let last = Mutex::new(None);
            Self::AtEnd { committer, last }
        } else {
            Self::Often { committer, interval }
        })
    }

    /// Puts something into the last commit of a job that commits at its end.
    pub fn with_last(&self, put: impl FnOnce(&mut dyn Commit) -> Result<()>) -> Result<()> {
        match self {
            Self::AtEnd { committer, last } => {
                let mut last = lock(last);
                if last.is_none() {
                    *last = Some(committer.begin()?);
                }
                last.as_mut().map_or(Ok(()), |last| put(last.as_mut()))
            }
            Self::Never | Self::Often { .. } => Ok(()),
        }
    }

    /// The job has ended as it should.
    pub fn settle_last(&self, now_micros: i64) -> Result<()> {
        match self {
            Self::AtEnd { last, .. } => match lock(last).take() {
                Some(commit) => commit.settle(now_micros),
                None => Ok(()),
            },
            Self::Never | Self::Often { .. } => Ok(()),
        }
    }
}

/// What a lane has not committed.
#[derive(Default)]
pub(super) struct Uncommitted {
    /// Whether anything was read or written since the last commit.
    dirty: bool,
    last_micros: i64,
    /// Has the positions of sources that have ended.
    begun: Option<Box<dyn Commit>>,
}

impl Uncommitted {
    pub fn note(&mut self) {
        self.dirty = true;
    }

    /// Whether a commit is due, with this much staged.
    pub fn is_due(&self, commits: &Commits, staged_bytes: usize, idle: bool, now_micros: i64) -> bool {
        let Commits::Often { interval, .. } = commits else { return false };
        if !self.dirty {
            return false;
        }
        let waited = now_micros.saturating_sub(self.last_micros);
        let least = if staged_bytes > 0 {
            i64::try_from(interval.as_micros()).unwrap_or(i64::MAX)
        } else {
            POSITIONS_INTERVAL_MICROS
        };
        // A clock that was set back must not hold commits up.
        idle || staged_bytes >= STAGED_BYTES_MAX || waited >= least || waited < 0
    }

    /// The commit that is being made.
    pub fn commit(&mut self, committer: &Arc<dyn Committer>) -> Result<&mut dyn Commit> {
        let begun = match self.begun.take() {
            Some(begun) => begun,
            None => committer.begin()?,
        };
        Ok(self.begun.insert(begun).as_mut())
    }

    pub fn settle(&mut self, now_micros: i64) -> Result<()> {
        self.dirty = false;
        self.last_micros = now_micros;
        match self.begun.take() {
            Some(commit) => commit.settle(now_micros),
            None => Ok(()),
        }
    }
}
