//! Writing to a topic: a message for each row, visible with the commit that also says what was read for it.

use std::sync::Arc;

use millstream_engine::{
    ChangeBatch, Commit, Error, ErrorKind, JobContext, Result, Sink, SinkWriter, Visibility,
};
use millstream_expr::types::Field;
use millstream_expr::{DataType, Value};
use millstream_format::{Encoder, Format};
use millstream_log::{QueueId, TopicInfo, key_hash};
use millstream_sql::catalog::{Table, TableColumnKind};

use super::commit::{Attributes, LogCommit, Staged, StagedMessage};
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
}

/// A topic that is written to.
pub(crate) struct LogSink {
    target: Arc<Target>,
}

struct LogWriter {
    target: Arc<Target>,
    encoder: Encoder,
    staged: Staged,
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
        let metadata = Metadata::written(table)?
            .into_iter()
            .filter_map(|(index, metadata)| Some((index, metadata, written.get(index)?.data_type.clone())))
            .collect();
        let is_body = |(index, column): (usize, &&millstream_sql::catalog::TableColumn)| {
            (column.kind == TableColumnKind::Physical).then_some(index)
        };
        let body = written.iter().enumerate().filter_map(is_body).collect();
        let topic = store::topic(&store.log()?, &options.topic, options.queues)?;
        let target = Target {
            table: table.path.name.to_string(),
            topic,
            format: options.format,
            partitioner: options.partitioner,
            body,
            body_fields: table.physical_fields(),
            metadata,
        };
        target.encoder()?;
        Ok(Self { target: Arc::new(target) })
    }
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
        Ok(Box::new(LogWriter { encoder: target.encoder()?, target, staged, turn }))
    }

    fn visibility(&self) -> Visibility {
        Visibility::WithCommit
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl LogWriter {
    /// What the metadata columns say of each row; empty if there are none.
    fn attributes(&self, batch: &ChangeBatch) -> Result<Vec<Attributes>> {
        if self.target.metadata.is_empty() {
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

impl SinkWriter for LogWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        refuse_changes(batch, &self.target.table)?;
        let mut attributes = self.attributes(batch)?.into_iter();
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
        for end in ends {
            let body = start..end.saturating_sub(1);
            start = end;
            let length = body.len();
            self.staged.bodies.copy_within(body, packed);
            packed += length;
            let attributes = attributes.next();
            let queue = self.queue(attributes.as_ref());
            let attributes = attributes.map(Box::new);
            self.staged.messages.push(StagedMessage { queue, body_end: packed, attributes });
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
        if !staged.messages.is_empty() {
            LogCommit::of(commit)?.stage(staged);
        }
        Ok(())
    }

    fn staged_bytes(&self) -> usize {
        self.staged.bodies.len() + self.staged.messages.len() * 64
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
