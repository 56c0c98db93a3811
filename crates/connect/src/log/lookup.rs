//! Looking rows up in a topic that is a table: by key, in the tables that the log keeps.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, RecordBatch};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use millstream_engine::{Error, ErrorKind, Found, JobContext, LookupTable, Result};
use millstream_expr::types::physical_schema;
use millstream_expr::{DataType, EvalContext, Kind};
use millstream_filter::Ladder;
use millstream_format::Format;
use millstream_log::{Log, Timestamp, TopicInfo};
use millstream_sql::plan::Scan;

use super::block::{BlockBuilder, Taken};
use super::key::KeyEncoder;
use super::log_error;
use super::source::MessageScan;
use super::store::{self, LogStore};
use crate::failure::format_error;
use crate::select::output_fields;

/// A table whose rows are looked up.
struct LogLookup {
    log: Log,
    topic: TopicInfo,
    keys: KeyEncoder,
    ladder: Ladder,
    format: Format,
    schema: SchemaRef,
}

/// The table of a scan, to look rows up in.
pub(crate) fn lookup(scan: &Scan, context: &JobContext, store: &LogStore) -> Result<Box<dyn LookupTable>> {
    let number = DataType { kind: Kind::Int, nullable: false };
    let messages = MessageScan::with_beside(scan, Some(number))?;
    let key = messages.options.key.as_ref().ok_or_else(|| {
        let table = &scan.table.path.name;
        Error::new(ErrorKind::Internal, format!("a look-up in table '{table}', which has no PRIMARY KEY"))
    })?;
    let topic = store::topic_to_read(store, &messages.options)?;
    if !topic.spec.table {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "table '{}' cannot be looked up in: its topic '{}' is no table; make a topic with `millstream topic create NAME --set \
                 table=true`, or let an INSERT into a table with a PRIMARY KEY make it",
                scan.table.path.name, topic.name
            ),
        ));
    }
    Ok(Box::new(LogLookup {
        log: store.log()?,
        topic,
        keys: key.encoder()?,
        ladder: messages.ladder(scan, context)?,
        format: messages.options.format.clone(),
        schema: Arc::new(physical_schema(&output_fields(scan))),
    }))
}

impl LogLookup {
    /// Decodes bodies: the rows, and beside them the numbers of their bodies.
    fn decode(&mut self, bodies: &[(i32, Vec<u8>)], context: &EvalContext) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        let mut left = bodies;
        while !left.is_empty() {
            let mut block = BlockBuilder::new(&self.format, false, None, 0);
            let taken = left.iter().take_while(|(_, body)| block.take_body(body) == Taken::Yes).count();
            let (now, later) = left.split_at(taken.max(1));
            left = later;
            let numbers: Int32Array = now.iter().map(|(number, _)| *number).collect();
            let (block, messages) = block.finish();
            self.ladder.feed_messages(block, Arc::clone(&messages.starts), vec![Arc::new(numbers)]);
            while let Some(rows) = self
                .ladder
                .next_batch(context)
                .map_err(|e| format_error(e, &format!("looked up in topic '{}'", self.topic.name)))?
            {
                batches.push(rows);
            }
            self.ladder.take_block();
        }
        Ok(batches)
    }
}

impl LookupTable for LogLookup {
    fn look_up(&mut self, keys: &[ArrayRef], rows: usize, context: &EvalContext) -> Result<Found> {
        let keys = self.keys.keys(keys, rows)?;
        // Each key once, in the order in which they come.
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut asked: Vec<&[u8]> = Vec::new();
        let mut number_of: Vec<Option<usize>> = Vec::with_capacity(rows);
        for key in &keys {
            number_of.push(key.as_deref().map(|key| {
                *numbers.entry(key).or_insert_with(|| {
                    asked.push(key);
                    asked.len() - 1
                })
            }));
        }
        let now = Timestamp(context.now_micros.div_euclid(1000));
        let found = self.log.multi_get(self.topic.id, &asked, now).map_err(log_error)?;
        let bodies: Vec<(i32, Vec<u8>)> =
            (0..).zip(found).filter_map(|(number, row)| Some((number, row?.value))).collect();
        let batches = self.decode(&bodies, context)?;

        let mut places: Vec<Option<u32>> = vec![None; asked.len()];
        let mut decoded = Vec::with_capacity(batches.len());
        let mut place = 0..;
        for batch in batches {
            let width = batch.num_columns().saturating_sub(1);
            let numbers = batch.columns().last().and_then(|column| column.as_primitive_opt::<Int32Type>());
            let numbers = numbers
                .ok_or_else(|| Error::new(ErrorKind::Internal, "rows that were looked up without numbers"))?;
            for number in numbers.values() {
                let known = usize::try_from(*number).ok().and_then(|number| places.get_mut(number));
                if let (Some(known), Some(place)) = (known, place.next()) {
                    *known = Some(place);
                }
            }
            decoded.push(batch.project(&(0..width).collect::<Vec<_>>())?);
        }
        let rows = match decoded.first() {
            Some(first) => concat_batches(&first.schema(), &decoded)?,
            None => RecordBatch::new_empty(Arc::clone(&self.schema)),
        };
        let places =
            number_of.into_iter().map(|n| n.and_then(|n| places.get(n).copied().flatten())).collect();
        Ok(Found { rows, places })
    }
}
