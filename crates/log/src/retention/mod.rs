//! What may go of a log, and how its space comes back.
//!
//! Segments hold the messages of all topics, so what one topic no longer needs does not end where a segment ends. In three steps:
//! messages *expire* by time or size, segment by segment: their queues begin behind them, by a commit (`expire.rs`). Old segments in
//! which nothing lives any more are *dropped* (`reclaim.rs`). Others in which less than half lives are *rewritten* (`rewrite.rs`):
//! a shorter file takes the place of theirs. Tables are compacted so: of rows, the latest one of each key
//! lives (`live.rs`).
//!
//! Invariants:
//! - Offsets, and the positions of commits, stay what they were; readers of a replaced file go on with the old one.
//! - Nothing is taken from the disk before what made it dead is durable.
//! - Held messages are brought to the log's end before their segment goes or is rewritten.
//! - The two newest sealed segments are neither dropped nor rewritten: with their snapshots the log can be read if the newest segment's
//!   is damaged.
//! - Work on files goes on outside of the writer's lock, but for the moment in which a segment is exchanged.

mod expire;
mod live;
mod reclaim;
mod rewrite;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use crate::segment::Segment;
use crate::{Log, Position, Result, Timestamp};

/// Sealed segments, from the newest on, that are left alone.
const KEPT_SEGMENTS: usize = 2;

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// How many messages expired.
    pub messages: u64,
    /// How many segments were dropped.
    pub dropped: u64,
    /// How many segments were rewritten without what was dead in them.
    pub rewritten: u64,
    /// About how many bytes of the disk came back.
    pub bytes: u64,
}

/// When a segment with rows of tables was last looked through: where the log ended then.
pub(crate) type Examined = HashMap<Position, Position>;

/// A segment that may go, or be rewritten.
struct Sealed {
    segment: Arc<Segment>,
    /// Where its file ends.
    end: Position,
    /// Where the next segment begins.
    next: Position,
    /// Nothing in it is younger.
    last_time: Timestamp,
}

impl Log {
    /// Lets go what retention allows: messages that are too old or too many, superseded rows of tables, and the segments that held
    /// nothing else. Whoever owns the log calls it every ten seconds or so, from a thread that may wait for the disk; while nothing has
    /// to go it costs a look into the indexes of the segments.
    ///
    /// # Errors
    /// `Corrupt`: a record that has to be copied is damaged. `Unavailable`, `Full`: the disk. What was done before the error stays done, and
    /// the next call goes on.
    pub fn retain(&self, now: Timestamp) -> Result<Retained> {
        // What was let go while the disk failed may be back when the log is opened again.
        self.refuse_after_failure()?;
        let mut examined = self.inner.retention.lock().unwrap_or_else(PoisonError::into_inner);
        let mut retained = Retained::default();
        let sealed = self.sealed_segments();
        if sealed.is_empty() {
            return Ok(retained);
        }
        retained.messages = self.expire(&sealed, now)?;
        let old = sealed.len().saturating_sub(KEPT_SEGMENTS);
        // Of the segments so far: whether all went, and the topics of those that stay.
        let (mut all_went, mut older) = (true, BTreeSet::new());
        for sealed in sealed.get(..old).unwrap_or_default() {
            if self.is_pinned(sealed.next) {
                break;
            }
            let survey = self.survey(sealed, &older, &mut examined, now)?;
            all_went &= survey.is_dead();
            if all_went {
                retained.bytes += self.drop_oldest(sealed, now)?;
                retained.dropped += 1;
                examined.remove(&sealed.segment.base);
                continue;
            }
            older.extend(survey.rules.topics());
            if survey.is_worth_rewriting() {
                retained.bytes += self.rewrite(sealed, &survey, now)?;
                retained.rewritten += 1;
            }
        }
        Ok(retained)
    }

    fn sealed_segments(&self) -> Vec<Sealed> {
        let core = self.inner.core();
        let ends = core.segments.iter().map(|segment| segment.sealed.get().copied());
        let nexts = core.segments.iter().skip(1).map(|next| (next.base, next.first_time));
        core.segments
            .iter()
            .zip(ends)
            .zip(nexts)
            .filter_map(|((segment, end), (next, last_time))| {
                // The end of a segment that was sealed a moment ago may still be on its way to the disk.
                let end = end.filter(|end| *end <= core.visible)?;
                Some(Sealed { segment: Arc::clone(segment), end, next, last_time })
            })
            .collect()
    }
}
