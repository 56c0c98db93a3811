//! Reading a topic: queues dealt out to lanes, their messages through the ladder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::ArrayRef;
use arrow_buffer::Buffer;
use millstream_engine::{
    ChangeBatch, Commit, Error, ErrorKind, JobContext, Polled, Result, Source, SourceProgress,
};
use millstream_expr::{DataType, EvalContext, Kind};
use millstream_filter::{Ladder, LadderSpec, SourceField};
use millstream_log::{GroupId, Log, TopicInfo, Watch};
use millstream_sql::catalog::TableColumnKind;
use millstream_sql::plan::Scan;

use super::block::{BlockBuilder, MessageBlock};
use super::changes::{Changes, kind_column};
use super::commit::{LogCommit, committer_of};
use super::latest::{self, Bound, Latest, Reading};
use super::log_error;
use super::metadata::Metadata;
use super::options::LogOptions;
use super::queue::{QueueReader, Ranges, scanned};
use super::store::{self, LogStore};
use crate::failure::format_error;
use crate::select::output_fields;

/// After this many blocks of which no row has passed, the lane is told.
const BLOCKS_AT_ONCE: usize = 8;

/// How a scan reads messages.
pub(super) struct MessageScan {
    pub options: LogOptions,
    ladder: LadderSpec,
    /// The metadata columns that are read, by slot.
    slots: Vec<(Metadata, DataType)>,
}

impl MessageScan {
    fn new(scan: &Scan) -> Result<Self> {
        // What each message of a table with a key says goes with its row.
        let kind = DataType { kind: Kind::TinyInt, nullable: false };
        Self::with_beside(scan, scan.table.gives_changes().then_some(kind))
    }

    /// With a column behind the others, of what will stand beside each message in a last slot.
    pub fn with_beside(scan: &Scan, beside: Option<DataType>) -> Result<Self> {
        let options = LogOptions::of(&scan.table, &scan.options)?;
        if options.key.is_some() && options.format.ignores_parse_errors() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "table '{}' has a PRIMARY KEY, and a message that is passed over would lose the row that it replaces: leave the \
                     option 'ignore-parse-errors' of its format out",
                    scan.table.path.name
                ),
            ));
        }
        let mut slots = Vec::new();
        let mut fields = Vec::with_capacity(scan.fields.len());
        for field in &scan.fields {
            let column = scan.table.columns.get(field.column).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "a scan reads a column that its table does not have")
            })?;
            let data_type = field.data_type.clone();
            fields.push(match &column.kind {
                TableColumnKind::Metadata { key, .. } => {
                    if options.key.is_some() {
                        return Err(no_metadata(&scan.table.path.name, &column.name));
                    }
                    slots.push((Metadata::of(&scan.table, column, key)?, data_type.clone()));
                    SourceField::Beside { slot: slots.len() - 1, data_type }
                }
                _ => {
                    let before = scan.table.columns.iter().take(field.column);
                    let column = before.filter(|c| c.kind == TableColumnKind::Physical).count();
                    SourceField::Record { column, path: field.path.clone(), data_type }
                }
            });
        }
        let names = output_fields(scan).into_iter().map(|field| field.name);
        let mut output: Vec<(usize, Arc<str>)> = scan.output.iter().copied().zip(names).collect();
        if let Some(data_type) = beside {
            output.push((fields.len(), "".into()));
            fields.push(SourceField::Beside { slot: slots.len(), data_type });
        }
        let ladder = LadderSpec {
            format: options.format.clone(),
            record: scan.table.physical_fields().into(),
            fields,
            predicate: scan.predicate.clone(),
            output,
        };
        Ok(Self { options, ladder, slots })
    }

    pub fn ladder(&self, scan: &Scan, context: &JobContext) -> Result<Ladder> {
        Ladder::new(&self.ladder, &context.time_zone, context.batch_rows)
            .map_err(|e| format_error(e, &format!("table '{}'", scan.table.path.name)))
    }
}

fn no_metadata(table: &str, column: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "metadata column '{column}' of table '{table}' cannot be read beside a PRIMARY KEY: read the topic as a table without a key"
        ),
    )
}

/// How a scan of a topic will read.
pub(crate) fn describe(scan: &Scan, context: &JobContext) -> Result<Vec<String>> {
    Ok(MessageScan::new(scan)?.ladder(scan, context)?.describe())
}

/// The sources of a scan: the queues of the topic, dealt out.
pub(crate) fn sources(scan: &Scan, context: &JobContext, store: &LogStore) -> Result<Vec<Box<dyn Source>>> {
    let messages = MessageScan::new(scan)?;
    let log = store.log()?;
    let topic = store::topic_to_read(store, &messages.options)?;
    // Changes mean nothing without those before them: what must see all of them begins anew with each run.
    let committer = committer_of(context.committer.as_ref());
    let committer = committer.filter(|_| messages.options.key.is_none() || !context.whole);
    let job = committer.map(|committer| committer.group(context.scan)).transpose()?;
    let group = match &messages.options.group {
        // A query whose rows are only shown leaves no trace.
        Some(name) if job.is_none() => log.view(|view| view.group_named(name)).map(|group| group.id),
        Some(name) => Some(store::group(&log, name)?),
        None => None,
    };
    let ranges = Ranges { log: &log, topic: &topic, job, group, options: &messages.options };
    let queues = scanned(&topic, messages.options.scanned.as_deref())?;
    let count = queues.len().clamp(1, context.lanes.max(1));
    let mut dealt: Vec<Vec<QueueReader>> = (0..count).map(|_| Vec::new()).collect();
    let mut read = HashMap::new();
    for (number, queue) in queues.into_iter().enumerate() {
        let reader = ranges.reader(queue)?;
        read.insert(queue, Reading { lane: number % count.max(1), begun: ranges.begun(queue) });
        if let Some(readers) = dealt.get_mut(number % count.max(1)) {
            readers.push(reader);
        }
    }
    let mut latest: Vec<Option<Latest>> = dealt.iter().map(|_| None).collect();
    if messages.options.key.is_some() {
        let kept = match committer {
            Some(committer) => Some(latest::kept(&log, &committer.group_name(context.scan))?),
            None => None,
        };
        let bound = Bound::new(&scan.table.path.name, context.state_memory);
        latest.iter_mut().for_each(|place| *place = Some(Latest::new(bound.clone(), kept)));
        if let Some(kept) = kept {
            let mut lanes: Vec<&mut Latest> = latest.iter_mut().flatten().collect();
            latest::restore(&log, kept, &mut lanes, &read)?;
        }
    }
    dealt
        .into_iter()
        .zip(latest)
        .map(|(queues, latest)| {
            Ok(Box::new(LogSource {
                log: log.clone(),
                topic: topic.clone(),
                queues,
                turn: 0,
                latest,
                changes: Changes::default(),
                ladder: messages.ladder(scan, context)?,
                format: messages.options.format.clone(),
                takes_bodiless: messages.ladder.record.iter().all(|field| field.data_type.nullable),
                slots: messages.slots.clone(),
                block: None,
                watch: log.watch(),
                is_watching: false,
                groups: job.into_iter().chain(group.filter(|_| job.is_some())).collect(),
                gave_rows: false,
                bytes: 0,
            }) as Box<dyn Source>)
        })
        .collect()
}

/// The queues of one lane.
struct LogSource {
    log: Log,
    topic: TopicInfo,
    queues: Vec<QueueReader>,
    /// The queue that is read next.
    turn: usize,
    /// What is known by key, if messages are changes.
    latest: Option<Latest>,
    changes: Changes,
    ladder: Ladder,
    format: millstream_format::Format,
    /// Whether messages without a body are rows: in the format `raw` such a row is NULL, if its column can be.
    takes_bodiless: bool,
    slots: Vec<(Metadata, DataType)>,
    /// What the ladder has not read to its end, and of which queue it is.
    block: Option<(usize, MessageBlock)>,
    watch: Watch,
    /// Whether the watch waits for all queues.
    is_watching: bool,
    /// Their offsets are committed.
    groups: Vec<GroupId>,
    /// Whether rows of the block were given out.
    gave_rows: bool,
    bytes: u64,
}

impl LogSource {
    /// Feeds the ladder from the next queue that has something.
    fn feed(&mut self) -> Result<bool> {
        let mut spare: Option<Buffer> = self.ladder.take_block().map(|block| block.bytes);
        for _ in 0..self.queues.len() {
            let number = self.turn;
            self.turn = (self.turn + 1) % self.queues.len().max(1);
            let Some(reader) = self.queues.get_mut(number) else { continue };
            let builder = BlockBuilder::new(&self.format, self.takes_bodiless, spare.take(), reader.next);
            let builder = reader.fill(builder, self.latest.as_mut())?;
            if builder.is_empty() {
                reader.next =
                    builder.next().max(if reader.left.is_none() { reader.cursor.offset() } else { 0 });
                continue;
            }
            let (block, messages) = builder.finish();
            let queue = reader.queue.0;
            self.bytes += block.bytes.len() as u64;
            let mut beside: Vec<ArrayRef> = self
                .slots
                .iter()
                .map(|(metadata, data_type)| {
                    metadata.column(&self.topic.name, queue, messages.messages(), data_type)
                })
                .collect::<Result<_>>()?;
            if self.latest.is_some() {
                beside.push(Arc::new(kind_column(&messages.kinds)));
            }
            let starts = Arc::clone(&messages.starts);
            if messages.bodiless {
                self.ladder.feed_bodiless(block, starts, beside);
            } else {
                self.ladder.feed_messages(block, starts, beside);
            }
            self.block = Some((number, messages));
            return Ok(true);
        }
        Ok(false)
    }

    fn is_done(&self) -> Result<bool> {
        for reader in &self.queues {
            if !reader.is_done(&self.log, self.topic.id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits until one of the queues grows.
    fn wait(&mut self, wait: Duration) -> Result<()> {
        if wait.is_zero() {
            return Ok(());
        }
        if !self.is_watching {
            for reader in &self.queues {
                self.log
                    .notify(&self.watch, self.topic.id, reader.queue, reader.cursor.offset())
                    .map_err(log_error)?;
            }
            self.is_watching = true;
        }
        if self.watch.wait(wait) {
            // A registration ends when it woke; the others are waited for anew as well.
            self.watch = self.log.watch();
            self.is_watching = false;
        }
        Ok(())
    }

    fn failed(&mut self, error: millstream_format::Error) -> Error {
        let place = match &self.block {
            Some((number, messages)) => {
                let queue = self.queues.get(*number).map_or(0, |reader| reader.queue.0);
                let offset = messages.offset_at(error.record.unwrap_or_default());
                let offset = offset.map_or(String::new(), |offset| format!(", offset {offset}"));
                format!("topic '{}', queue {queue}{offset}", self.topic.name)
            }
            None => format!("topic '{}'", self.topic.name),
        };
        format_error(error, &place)
    }
}

impl Source for LogSource {
    fn poll(&mut self, context: &EvalContext, wait: Duration) -> Result<Polled> {
        for _ in 0..BLOCKS_AT_ONCE {
            if self.block.is_none() && !self.feed()? {
                if self.is_done()? {
                    return Ok(Polled::End);
                }
                self.wait(wait)?;
                return Ok(Polled::Pending);
            }
            match self.ladder.next_batch(context) {
                Ok(Some(rows)) => {
                    let changes = match self.latest {
                        Some(_) => self.changes.of(rows)?,
                        None => Some(ChangeBatch::inserts(rows)),
                    };
                    if let Some(changes) = changes {
                        self.gave_rows = true;
                        return Ok(Polled::Batch(changes));
                    }
                }
                Ok(None) => {
                    if let Some((number, messages)) = self.block.take()
                        && let Some(reader) = self.queues.get_mut(number)
                    {
                        reader.next = messages.next;
                    }
                    if let Some(rest) = self.changes.rest()? {
                        return Ok(Polled::Batch(rest));
                    }
                    // Between two blocks is where the lane can commit.
                    if std::mem::take(&mut self.gave_rows) {
                        break;
                    }
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(Polled::Again)
    }

    fn is_at_rest(&self) -> bool {
        self.block.is_none()
    }

    fn stage(&mut self, commit: &mut dyn Commit) -> Result<()> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let commit = LogCommit::of(commit)?;
        for reader in &self.queues {
            for group in &self.groups {
                commit.offset(*group, self.topic.id, reader.queue, reader.next);
            }
        }
        if let Some(latest) = &mut self.latest {
            let positions: Vec<_> = self.queues.iter().map(|reader| (reader.queue, reader.next)).collect();
            latest.stage(commit, &positions);
        }
        Ok(())
    }

    fn progress(&self) -> SourceProgress {
        let counts = self.ladder.counts();
        SourceProgress {
            records: counts.records,
            bytes: self.bytes,
            bytes_total: None,
            malformed: counts.malformed,
        }
    }
}
