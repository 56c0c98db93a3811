//! Writing to a topic: a message for each row, visible with the commit that also says what was read for it.
//!
//! Into a table with a PRIMARY KEY rows are put by their key, and deleted by a message without a body.

use std::sync::Arc;

use millstream_engine::{
    ChangeBatch, ChangeKind, Commit, Error, ErrorKind, JobContext, Result, Sink, SinkWriter, Visibility,
};
use millstream_expr::types::Field;
use millstream_expr::{DataType, Value};
use millstream_format::{Encoder, Format};
use millstream_log::{QueueId, TopicInfo, key_hash};
use millstream_sql::catalog::{Table, TableColumnKind};

use super::commit::{Attributes, LogCommit, Staged, StagedMessage};
use super::key::{Key, KeyEncoder};
use super::metadata::Metadata;
use super::options::{LogOptions, Partitioner};
use super::store::{self, LogStore};
use crate::failure::format_error;
use crate::pipe::sink::refuse_changes;

/// What writers of all lanes go by.
struct Target {
    table: String,
    topic: TopicInfo,
    format: Format,
    partitioner: Partitioner,
    /// The columns that make bodies, by their positions in the rows.
    body: Vec<usize>,
    body_fields: Vec<Field>,
    /// The columns that make attributes.
    metadata: Vec<(usize, Metadata, DataType)>,
    /// The PRIMARY KEY, and where its columns stand in the rows.
    key: Option<(Key, Vec<usize>)>,
}

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Put,
    Delete,
    /// What it says is said by the row behind it.
    Drop,
}

/// A topic that is written to.
pub(crate) struct LogSink {
    target: Arc<Target>,
}

struct LogWriter {
    target: Arc<Target>,
    encoder: Encoder,
    keys: Option<KeyEncoder>,
    staged: Staged,
    staged_key_bytes: usize,
    /// The queue that the next row or batch goes to.
    turn: u32,
}

impl LogSink {
    pub fn new(table: &Table, context: &JobContext, store: &LogStore) -> Result<Self> {
        if context.committer.is_none() {
            return Err(Error::new(
                ErrorKind::Internal,
                "a job that writes to a topic has nothing to commit by",
            ));
        }
        let options = LogOptions::of(table, &table.options)?;
        let written: Vec<_> = table.persisted_columns().collect();
        let metadata: Vec<(usize, Metadata, DataType)> = Metadata::written(table)?
            .into_iter()
            .filter_map(|(index, metadata)| Some((index, metadata, written.get(index)?.data_type.clone())))
            .collect();
        let is_body = |(index, column): (usize, &&millstream_sql::catalog::TableColumn)| {
            (column.kind == TableColumnKind::Physical).then_some(index)
        };
        let body = written.iter().enumerate().filter_map(is_body).collect();
        let key = match options.key.clone() {
            Some(key) => {
                let positions = key_positions(table, &key, &metadata)?;
                Some((key, positions))
            }
            None => None,
        };
        let topic = store::topic(&store.log()?, &options)?;
        let target = Target {
            table: table.path.name.to_string(),
            topic,
            format: options.format,
            partitioner: options.partitioner,
            body,
            body_fields: table.physical_fields(),
            metadata,
            key,
        };
        target.encoder()?;
        Ok(Self { target: Arc::new(target) })
    }
}

/// Where the columns of a key stand in the rows that are written.
fn key_positions(table: &Table, key: &Key, metadata: &[(usize, Metadata, DataType)]) -> Result<Vec<usize>> {
    if metadata.iter().any(|(_, metadata, _)| *metadata == Metadata::Keys) {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "table '{}' has a PRIMARY KEY, of which the keys of messages are made: its metadata column 'keys' cannot be \
                 written, declare it as VIRTUAL",
                table.path.name
            ),
        ));
    }
    let place = |name: &str| table.persisted_columns().position(|column| *column.name == *name);
    key.names()
        .map(|name| place(name).ok_or_else(|| Error::new(ErrorKind::Internal, "a key without its column")))
        .collect()
}

impl Target {
    fn encoder(&self) -> Result<Encoder> {
        Encoder::new(&self.format, &self.body_fields).map_err(|e| self.error(e))
    }

    fn error(&self, error: millstream_format::Error) -> Error {
        format_error(error, &format!("table '{}'", self.table))
    }
}

impl Sink for LogSink {
    fn writer(&mut self, lane: usize) -> Result<Box<dyn SinkWriter>> {
        let target = Arc::clone(&self.target);
        let turn = u32::try_from(lane).unwrap_or_default() % target.topic.queues.max(1);
        let staged = Staged { topic: target.topic.id, ..Staged::default() };
        let keys = target.key.as_ref().map(|(key, _)| key.encoder()).transpose()?;
        let encoder = target.encoder()?;
        Ok(Box::new(LogWriter { target, encoder, keys, staged, staged_key_bytes: 0, turn }))
    }

    fn visibility(&self) -> Visibility {
        Visibility::WithCommit
    }

    fn takes_changes(&self) -> bool {
        self.target.key.is_some()
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl LogWriter {
    /// What key and metadata columns say of each row; empty if there are none.
    fn attributes(&mut self, batch: &ChangeBatch) -> Result<Vec<Attributes>> {
        if self.target.metadata.is_empty() && self.target.key.is_none() {
            return Ok(Vec::new());
        }
        let mut attributes: Vec<Attributes> = Vec::new();
        attributes.resize_with(batch.rows.num_rows(), Attributes::default);
        for (index, metadata, data_type) in &self.target.metadata {
            let Some(column) = batch.rows.columns().get(*index) else { continue };
            for (row, attributes) in attributes.iter_mut().enumerate() {
                metadata.write(&Value::from_array(column.as_ref(), row, data_type)?, attributes);
            }
        }
        if let (Some((_, positions)), Some(keys)) = (&self.target.key, &mut self.keys) {
            let columns = batch.rows.project(positions)?;
            let keys = keys.keys(columns.columns(), columns.num_rows())?;
            for (attributes, key) in attributes.iter_mut().zip(keys) {
                let Some(key) = key else {
                    return Err(Error::new(
                        ErrorKind::Data,
                        format!("a row for table '{}' has a NULL in its PRIMARY KEY", self.target.table),
                    ));
                };
                self.staged_key_bytes += key.len();
                attributes.keys = vec![key];
            }
        }
        Ok(attributes)
    }

    fn queue(&mut self, attributes: Option<&Attributes>) -> QueueId {
        let queues = self.target.topic.queues.max(1);
        let key = attributes.and_then(|attributes| attributes.keys.first());
        match (self.target.partitioner, key) {
            (Partitioner::Default, Some(key)) => {
                QueueId(u32::try_from(key_hash(key) % u64::from(queues)).unwrap_or_default())
            }
            (Partitioner::Default | Partitioner::Fixed, _) => QueueId(self.turn),
            (Partitioner::RoundRobin, _) => {
                let queue = QueueId(self.turn);
                self.turn = (self.turn + 1) % queues;
                queue
            }
        }
    }
}

/// What becomes of the rows of a batch; empty where all of them are put.
fn actions(batch: &ChangeBatch, attributes: &[Attributes]) -> Vec<Action> {
    let Some(kinds) = &batch.kinds else { return Vec::new() };
    let key = |row: usize| attributes.get(row).map(|attributes| &attributes.keys);
    let action = |(row, kind): (usize, &ChangeKind)| match kind {
        ChangeKind::Insert | ChangeKind::UpdateAfter => Action::Put,
        ChangeKind::Delete => Action::Delete,
        // The new form takes the place of the old one, unless it has another key or was filtered out on its way.
        ChangeKind::UpdateBefore => match kinds.get(row + 1) {
            Some(ChangeKind::UpdateAfter) if key(row) == key(row + 1) => Action::Drop,
            _ => Action::Delete,
        },
    };
    kinds.iter().enumerate().map(action).collect()
}

impl SinkWriter for LogWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        if self.target.key.is_none() {
            refuse_changes(batch, &self.target.table)?;
        }
        let attributes = self.attributes(batch)?;
        let actions = actions(batch, &attributes);
        let mut attributes = attributes.into_iter();
        let bodies = batch.rows.project(&self.target.body)?;
        let mut ends = Vec::with_capacity(bodies.num_rows());
        let before = self.staged.bodies.len();
        let encoded = self.encoder.encode_rows(&bodies, &mut self.staged.bodies, &mut |end| ends.push(end));
        if let Err(error) = encoded {
            self.staged.bodies.truncate(before);
            return Err(self.target.error(error));
        }
        // The line end behind each row is no part of its message.
        let mut packed = before;
        let mut start = before;
        for (row, end) in ends.into_iter().enumerate() {
            let action = actions.get(row).copied().unwrap_or(Action::Put);
            let attributes = attributes.next();
            // What is deleted has a key, and no body.
            let body = if action == Action::Put { start..end.saturating_sub(1) } else { start..start };
            start = end;
            if action == Action::Drop {
                continue;
            }
            let length = body.len();
            self.staged.bodies.copy_within(body, packed);
            packed += length;
            let queue = self.queue(attributes.as_ref());
            let attributes = attributes.map(Box::new);
            self.staged.messages.push(StagedMessage {
                queue,
                body_end: packed,
                deletes: action == Action::Delete,
                attributes,
            });
        }
        self.staged.bodies.truncate(packed);
        if self.target.partitioner == Partitioner::Default {
            self.turn = (self.turn + 1) % self.target.topic.queues.max(1);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn stage(&mut self, commit: &mut dyn Commit) -> Result<()> {
        let empty = Staged { topic: self.target.topic.id, ..Staged::default() };
        let staged = std::mem::replace(&mut self.staged, empty);
        self.staged_key_bytes = 0;
        if !staged.messages.is_empty() {
            LogCommit::of(commit)?.stage(staged);
        }
        Ok(())
    }

    fn staged_bytes(&self) -> usize {
        self.staged.bodies.len() + self.staged.messages.len() * 64 + self.staged_key_bytes
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
