//! `--where`: a query finds the offsets of the messages that match, which are then read and printed.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type};
use millstream_connect::{LogStore, log_error};
use millstream_engine::{ChangeBatch, Error, ErrorKind, Result, Sink, SinkWriter};
use millstream_log::{Batch, Cursor, Log, Offset, QueueId, TopicInfo};

use super::consumer::Consumer;
use super::{Stretch, gone};
use crate::args::SessionArgs;
use crate::exit::Exit;
use crate::session::{Failure, Interrupt, Observer, Outcome, ResultInfo};
use crate::{report, run, statements};

/// What a condition can speak of.
const COLUMNS: &str = "body STRING, `queue` INT METADATA VIRTUAL, `offset` BIGINT METADATA VIRTUAL, \
     `keys` ARRAY<STRING> METADATA VIRTUAL, tag STRING METADATA VIRTUAL, properties MAP<STRING, STRING> METADATA VIRTUAL, \
     bornTime TIMESTAMP_LTZ(3) METADATA FROM 'born-time' VIRTUAL, storeTime TIMESTAMP_LTZ(3) METADATA FROM 'store-time' VIRTUAL";

/// Reads the messages of the stretches that match `condition`.
pub fn read(
    log: &Log,
    topic: &TopicInfo,
    stretches: &[Stretch],
    consumer: Consumer,
    condition: &str,
    interrupt: &Interrupt,
) -> Result<()> {
    let consumer = Arc::new(Mutex::new(consumer));
    let matches =
        Matches { log: log.clone(), topic: topic.clone(), open: Vec::new(), consumer: Arc::clone(&consumer) };
    let mut observer = Matching { sink: Some(matches), failure: None };
    let settings = SessionArgs { set: Vec::new() };
    let session = run::session(&settings, LogStore::on(log.clone()), interrupt.clone());
    let mut session = session.map_err(|_: Exit| Error::new(ErrorKind::Internal, "no session for --where"))?;
    let text = script(topic, stretches, condition);
    for statement in statements::of(&text) {
        match session.execute(statement, &text, &mut observer) {
            Ok(Outcome::Done | Outcome::Client(_)) => {}
            Ok(Outcome::Failed) => break,
            // It has all that it may take; or nobody reads what it prints, which flushing tells.
            Err(error) if error.kind == ErrorKind::Closed => break,
            Err(error) => return Err(error),
        }
    }
    if let Some(failure) = observer.failure {
        return Err(failure);
    }
    let mut consumer = consumer.lock().unwrap_or_else(PoisonError::into_inner);
    if !consumer.has_all() && !interrupt.is_requested() {
        // What did not match is done with, too.
        for stretch in stretches {
            if let Some(end) = stretch.end {
                consumer.goes_on(stretch.queue, end);
            }
        }
    }
    consumer.flush()
}

/// The statements that find what matches. The condition has a line of its own, which messages show.
fn script(topic: &TopicInfo, stretches: &[Stretch], condition: &str) -> String {
    let queues: Vec<String> = stretches.iter().map(|stretch| stretch.queue.0.to_string()).collect();
    let starts = offsets(stretches, |stretch| Some(stretch.start));
    let mut options = format!(
        "'connector' = 'log', 'topic' = '{}', 'format' = 'raw', 'scan.queues' = '{}', \
         'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = '{starts}'",
        topic.name.replace('\'', "''"),
        queues.join(";")
    );
    if stretches.iter().all(|stretch| stretch.end.is_some()) {
        let ends = offsets(stretches, |stretch| stretch.end);
        options.push_str(&format!(
            ", 'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = '{ends}'"
        ));
    }
    format!(
        "CREATE TABLE messages ({COLUMNS}) WITH ({options}); SELECT `queue`, `offset` FROM messages WHERE (\n{condition}\n);\n"
    )
}

fn offsets(stretches: &[Stretch], of: impl Fn(&Stretch) -> Option<Offset>) -> String {
    let one =
        |stretch: &Stretch| of(stretch).map(|offset| format!("queue:{},offset:{offset}", stretch.queue.0));
    stretches.iter().filter_map(one).collect::<Vec<_>>().join(";")
}

/// Takes the offsets that a query finds.
struct Matching {
    sink: Option<Matches>,
    failure: Option<Error>,
}

impl Observer for Matching {
    fn result_begins(&mut self, _info: &ResultInfo) -> Result<Box<dyn Sink>> {
        let sink = self.sink.take();
        let sink = sink.ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "--where is one condition, not several statements")
        })?;
        Ok(Box::new(MatchSink { matches: Some(sink) }))
    }

    fn failed(&mut self, _statement: usize, failure: &Failure, text: &str) -> Result<()> {
        let told = report::describe(failure, text);
        let told = told.trim_end().trim_start_matches("error: ").to_owned();
        self.failure = Some(Error::new(ErrorKind::Invalid, format!("--where: {told}")));
        Ok(())
    }
}

struct MatchSink {
    matches: Option<Matches>,
}

impl Sink for MatchSink {
    fn writer(&mut self, _lane: usize) -> Result<Box<dyn SinkWriter>> {
        let matches = self.matches.take();
        let matches = matches.ok_or_else(|| Error::new(ErrorKind::Internal, "--where runs in one lane"))?;
        Ok(Box::new(matches))
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

/// Reads the messages at the offsets that match, which ascend in each queue.
struct Matches {
    log: Log,
    topic: TopicInfo,
    /// The batch that was read last of each queue.
    open: Vec<(QueueId, Cursor, Option<Batch>)>,
    consumer: Arc<Mutex<Consumer>>,
}

impl Matches {
    fn take(&mut self, queue: QueueId, offset: Offset) -> Result<()> {
        let place = self.open.iter().position(|(open, _, _)| *open == queue);
        let place = place.unwrap_or_else(|| {
            let cursor = self.log.cursor(self.topic.id, queue, offset);
            self.open.push((queue, cursor, None));
            self.open.len() - 1
        });
        let Some((_, cursor, batch)) = self.open.get_mut(place) else { return Ok(()) };
        if batch.as_ref().is_none_or(|batch| batch.end_offset() <= offset) {
            cursor.seek(offset);
            *batch = cursor.next_batch().map_err(log_error)?;
        }
        let message = batch.as_ref().and_then(|batch| batch.message(batch.index_of(offset)));
        let message = message.filter(|message| message.offset == offset);
        let message = message.ok_or_else(|| gone(&self.topic, queue, offset))?;
        self.consumer.lock().unwrap_or_else(PoisonError::into_inner).take(queue, &message)
    }
}

impl SinkWriter for Matches {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        let columns = batch.rows.columns();
        let queues = columns.first().and_then(|column| column.as_primitive_opt::<Int32Type>());
        let offsets = columns.get(1).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let (Some(queues), Some(offsets)) = (queues, offsets) else {
            return Err(Error::new(ErrorKind::Internal, "--where found something else than offsets"));
        };
        for (queue, offset) in queues.values().iter().zip(offsets.values()) {
            let queue = QueueId(u32::try_from(*queue).unwrap_or_default());
            self.take(queue, Offset::try_from(*offset).unwrap_or_default())?;
        }
        if self.consumer.lock().unwrap_or_else(PoisonError::into_inner).has_all() {
            return Err(Error::new(ErrorKind::Closed, "all that was asked for is there"));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.consumer.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }

    fn finish(&mut self) -> Result<()> {
        self.flush()
    }
}
