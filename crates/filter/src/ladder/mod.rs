//! The ladder: how blocks become batches.
//!
//! A block is cut down to the records that may match ([`crate::raw`]). Of these, the places of the predicate's fields
//! are found and their columns decoded; the predicate is evaluated over them; and of the rows that pass, the other fields
//! are decoded. When most rows pass, the places of all fields are found at once; what is decoded, and
//! judged, stays the same.

pub(crate) mod fields;
mod sift;
mod spec;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use jiff::tz::TimeZone;
use millstream_expr::types::Field;
use millstream_expr::{EvalContext, Evaluator};
use millstream_format::{Block, Error, Format, MalformedCheck, Paused, Result, Rows};

use crate::raw::{Candidates, RawFilter};
use fields::FieldSet;
pub use spec::{LadderSpec, SourceField};

/// Places of values that are held at once.
const PLACES_MAX: usize = 128 << 10;

/// Where a smaller part of the rows passes, the places of the other fields are found for those rows alone.
const WIDE_MIN: f32 = 0.2;

/// How much a ladder has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records. Those that were passed over unread are estimated by their bytes.
    pub records: u64,
    /// Records that could not be read and were passed over under `ignore-parse-errors`.
    pub malformed: u64,
    /// Bytes of the blocks.
    pub bytes: u64,
    /// Bytes of the records that the search for literals left out.
    pub bytes_skipped: u64,
    /// Rows given out.
    pub rows: u64,
}

/// Blocks in, batches of the rows that pass out.
///
/// For each block: [`Ladder::feed`], then [`Ladder::next_batch`] until it answers `None`, then
/// [`Ladder::take_block`] to get the buffer back, which no batch refers to. One ladder serves one lane and any number
/// of files.
#[derive(Debug)]
pub struct Ladder {
    schema: SchemaRef,
    batch_rows: usize,
    /// The types of all fields, by their positions in the spec.
    fields: Vec<SourceField>,
    /// The fields given out.
    output: Vec<usize>,
    raw: Option<RawFilter>,
    predicate: Option<Predicate>,
    /// The predicate's fields, the others that are given out, and both.
    first: FieldSet,
    rest: FieldSet,
    whole: FieldSet,
    format: Format,
    /// Whether all fields of every record are decoded before the predicate is decided.
    strict: bool,
    /// Whether places of all fields may be found at once: never where that would judge more of a record.
    may_be_wide: bool,
    constants: Vec<ArrayRef>,
    messages: Option<Messages>,
    reading: Reading,
    /// The part of the rows that has passed lately.
    passed: f32,
    counts: Counts,
    about: Vec<String>,
}

/// What is known of the records of a block from outside.
#[derive(Debug)]
struct Messages {
    /// Where each of them begins.
    starts: Arc<[u32]>,
    /// The values of [`SourceField::Beside`] fields, one for each record.
    beside: Vec<ArrayRef>,
    /// None of them has a body: what the block holds stands for NULL.
    bodiless: bool,
}

#[derive(Debug)]
struct Predicate {
    evaluator: Evaluator,
    /// Its columns, by their positions in the spec.
    fields: Vec<usize>,
}

/// How far a block has been read.
#[derive(Debug)]
struct Reading {
    block: Option<Block>,
    /// What is to be read of it, in order.
    ranges: Vec<Range<usize>>,
    next_range: usize,
    /// Whether a range has been started and not yet read to its end.
    in_range: bool,
    /// Whether the places of all fields are found at once.
    wide: bool,
    first_rows: Rows,
    rest_rows: Rows,
    whole_rows: Rows,
    ready: VecDeque<RecordBatch>,
    /// What comes after the rows that are ready.
    error: Option<Error>,
}

impl Ladder {
    /// The ladder for `spec`, giving out batches of at most `batch_rows` rows.
    ///
    /// # Errors
    /// Invalid, for types that the format cannot hold; what the predicate's functions refuse.
    pub fn new(spec: &LadderSpec, time_zone: &TimeZone, batch_rows: usize) -> Result<Self> {
        let of_predicate = fields::of_predicate(spec);
        let of_output = fields::of_output_alone(spec, &of_predicate);
        let first = FieldSet::new(spec, of_predicate.iter().copied())?;
        let rest = FieldSet::new(spec, of_output.iter().copied())?;
        let whole = FieldSet::new(spec, of_predicate.iter().chain(&of_output).copied())?;
        let strict = match &spec.format {
            Format::Json(options) => options.malformed_check == MalformedCheck::All,
            Format::Csv(options) => options.malformed_check == MalformedCheck::All,
            Format::Raw(_) => false,
        };
        let raw = if strict { None } else { RawFilter::new(spec, time_zone)? };
        let predicate = match &spec.predicate {
            Some(predicate) => {
                let own = fields::over_its_fields(predicate, &of_predicate);
                Some(Predicate { evaluator: Evaluator::new(&[own], time_zone)?, fields: of_predicate })
            }
            None => None,
        };
        let output: Vec<usize> = spec.output.iter().map(|(field, _)| *field).collect();
        let nested = |field: &usize| matches!(spec.fields.get(*field), Some(SourceField::Record { path, .. }) if !path.is_empty());
        let about = about(spec, raw.as_ref(), &first, &rest);
        Ok(Self {
            schema: Arc::new(schema(spec)?),
            batch_rows: batch_rows.max(1),
            fields: spec.fields.clone(),
            output,
            raw,
            predicate,
            strict,
            may_be_wide: !rest.fields.iter().any(nested),
            reading: Reading {
                block: None,
                ranges: Vec::new(),
                next_range: 0,
                in_range: false,
                wide: false,
                first_rows: first.decoder.rows(),
                rest_rows: rest.decoder.rows(),
                whole_rows: whole.decoder.rows(),
                ready: VecDeque::new(),
                error: None,
            },
            first,
            rest,
            whole,
            format: spec.format.clone(),
            constants: Vec::new(),
            messages: None,
            passed: 1.0,
            counts: Counts::default(),
            about,
        })
    }

    /// The columns of the batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The values of the [`SourceField::Constant`] fields for the blocks that follow: arrays of one value each.
    pub fn set_constants(&mut self, values: Vec<ArrayRef>) {
        self.constants = values;
    }

    /// Takes a block. What is left of the one before is given up.
    pub fn feed(&mut self, block: Block) {
        self.start(block, None);
    }

    /// Takes a block of messages, which begin at `starts` (the first at 0) with one line end behind each, and what stands beside them: for each
    /// slot of a [`SourceField::Beside`] field an array with a value for each message. A message may give several rows, or none.
    ///
    /// Inside of a message of `raw` line ends mean nothing. Those of other formats must not end in the midst of a record.
    pub fn feed_messages(&mut self, block: Block, starts: Arc<[u32]>, beside: Vec<ArrayRef>) {
        self.start(block, Some(Messages { starts, beside, bodiless: false }));
    }

    /// As [`Ladder::feed_messages`], for messages of `raw` without a body, which are rows whose column is NULL. For each the block holds
    /// a line end.
    pub fn feed_bodiless(&mut self, block: Block, starts: Arc<[u32]>, beside: Vec<ArrayRef>) {
        self.start(block, Some(Messages { starts, beside, bodiless: true }));
    }

    fn start(&mut self, block: Block, messages: Option<Messages>) {
        self.messages = messages;
        let is_raw = matches!(self.format, Format::Raw(_));
        let starts = self.messages.as_ref().map(|messages| Arc::clone(&messages.starts));
        for set in [&mut self.first, &mut self.rest, &mut self.whole] {
            set.decoder.set_starts(starts.clone());
        }
        let bytes = block.bytes.as_slice();
        let reading = &mut self.reading;
        reading.ranges.clear();
        let bodiless = self.messages.as_ref().is_some_and(|messages| messages.bodiless);
        // What is not there cannot be searched.
        let raw = self.raw.as_mut().filter(|_| !bodiless);
        let searched = raw.map(|raw| raw.candidates(bytes, &mut reading.ranges));
        self.counts.bytes += bytes.len() as u64;
        if searched == Some(Candidates::Some) {
            if let Some(starts) = starts.filter(|_| is_raw) {
                widen(&mut reading.ranges, &starts, bytes.len());
            }
            let left: usize = reading.ranges.iter().map(Range::len).sum();
            let skipped = bytes.len() - left;
            self.counts.bytes_skipped += skipped as u64;
            self.counts.records += estimated_records(bytes, skipped);
        } else {
            reading.ranges.clear();
            reading.ranges.push(0..bytes.len());
        }
        reading.next_range = 0;
        reading.in_range = false;
        reading.wide = self.strict
            || is_raw
            || self.predicate.is_none()
            || self.rest.fields.is_empty()
            || (self.may_be_wide && self.passed >= WIDE_MIN);
        reading.ready.clear();
        reading.error = None;
        reading.block = Some(block);
    }

    /// The next rows of the block; `None` at its end.
    ///
    /// # Errors
    /// Malformed, with the place of the record in the block; Runtime, where the predicate cannot be computed. The rows
    /// before have been given out by then, and the block is at its end.
    pub fn next_batch(&mut self, context: &EvalContext) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.reading.ready.pop_front() {
                self.counts.rows += batch.num_rows() as u64;
                return Ok(Some(batch));
            }
            if let Some(error) = self.reading.error.take() {
                self.end_block();
                return Err(error);
            }
            if !self.read_rows() {
                return Ok(None);
            }
            match self.sift(context) {
                Ok(Some(batch)) => self.give(batch),
                Ok(None) => {}
                Err(error) => {
                    self.end_block();
                    return Err(error);
                }
            }
        }
    }

    /// The block that has been read, for its buffer to be filled again. No batch holds it.
    pub fn take_block(&mut self) -> Option<Block> {
        self.end_block();
        self.reading.block.take()
    }

    /// What has been seen so far.
    pub fn counts(&self) -> Counts {
        let read = self.first.decoder.records() + self.whole.decoder.records();
        Counts { records: self.counts.records + read, ..self.counts }
    }

    /// How the records are read, for EXPLAIN: literals searched raw, fields decoded first, fields decoded later.
    pub fn describe(&self) -> Vec<String> {
        self.about.clone()
    }

    fn end_block(&mut self) {
        self.reading.ranges.clear();
        self.reading.next_range = 0;
        self.reading.in_range = false;
        self.reading.error = None;
    }

    /// Makes a batch ready, in pieces if it is too long.
    fn give(&mut self, batch: RecordBatch) {
        let rows = batch.num_rows();
        if rows <= self.batch_rows {
            self.reading.ready.push_back(batch);
            return;
        }
        for start in (0..rows).step_by(self.batch_rows) {
            self.reading.ready.push_back(batch.slice(start, self.batch_rows.min(rows - start)));
        }
    }

    /// Finds the rows that follow; false when there are none and no error either.
    fn read_rows(&mut self) -> bool {
        let Self { reading, raw, counts, format, .. } = self;
        let (set, rows) = if reading.wide {
            (&mut self.whole, &mut reading.whole_rows)
        } else {
            (&mut self.first, &mut reading.first_rows)
        };
        rows.clear();
        let Some(block) = &reading.block else { return false };
        let bytes = block.bytes.as_slice();
        let places_max = PLACES_MAX / set.fields.len().max(1);
        let rows_max = self.batch_rows.min(places_max.max(1));
        while rows.len() < rows_max {
            if !reading.in_range {
                let Some(range) = reading.ranges.get(reading.next_range) else { break };
                set.decoder.start(range.clone(), block.position);
                reading.next_range += 1;
                reading.in_range = true;
            }
            match set.decoder.read(bytes, rows_max, rows) {
                Paused::End => reading.in_range = false,
                Paused::Full => break,
                Paused::Malformed(malformed) => {
                    let record = bytes.get(malformed.start..malformed.end).unwrap_or(&[]);
                    if raw.as_ref().is_some_and(|raw| !raw.may_match(record)) {
                        // Searched or not: a record that cannot match is not judged.
                    } else if format.ignores_parse_errors() {
                        counts.malformed += 1;
                    } else {
                        reading.error = Some(malformed.error(bytes, format.name()));
                        reading.next_range = reading.ranges.len();
                        reading.in_range = false;
                        break;
                    }
                }
            }
        }
        !rows.is_empty() || reading.error.is_some()
    }
}

/// Widens ranges of lines to those of the messages that they stand in.
fn widen(ranges: &mut Vec<Range<usize>>, starts: &[u32], length: usize) {
    let mut wide: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges.iter() {
        let first = starts.partition_point(|start| *start as usize <= range.start).saturating_sub(1);
        let next = starts.partition_point(|start| (*start as usize) < range.end);
        let start = starts.get(first).map_or(0, |start| *start as usize);
        let end = starts.get(next).map_or(length, |start| *start as usize);
        match wide.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => wide.push(start..end),
        }
    }
    *ranges = wide;
}

/// About how many records the `skipped` bytes of a block hold, by the length of its first ones.
fn estimated_records(bytes: &[u8], skipped: usize) -> u64 {
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let lines = memchr::memchr_iter(b'\n', sample).count().max(1);
    (skipped * lines / sample.len().max(1)) as u64
}

fn schema(spec: &LadderSpec) -> Result<Schema> {
    let columns = spec.output.iter().map(|(field, name)| {
        let field = spec.fields.get(*field);
        let field = field.ok_or_else(|| Error::internal("an output column is no field of its scan"))?;
        Ok(Field { name: Arc::clone(name), data_type: field.data_type().clone() })
    });
    Ok(millstream_expr::types::physical_schema(&columns.collect::<Result<Vec<_>>>()?))
}

/// The lines of [`Ladder::describe`].
fn about(spec: &LadderSpec, raw: Option<&RawFilter>, first: &FieldSet, rest: &FieldSet) -> Vec<String> {
    let names = |set: &FieldSet| {
        set.fields.iter().map(|field| fields::name_of(spec, *field)).collect::<Vec<_>>().join(", ")
    };
    let mut lines = Vec::new();
    for clause in raw.iter().flat_map(|raw| raw.clauses()) {
        let shown = |literal: &Vec<u8>| format!("'{}'", String::from_utf8_lossy(literal).escape_debug());
        let literals: Vec<String> = clause.literals.iter().take(8).map(shown).collect();
        let more = clause.literals.len() - literals.len();
        let more = if more > 0 { format!(" or {more} more") } else { String::new() };
        lines.push(format!("searched raw: {}{more}", literals.join(" or ")));
    }
    let probed: Vec<&str> = raw.iter().flat_map(|raw| raw.probed()).collect();
    if !probed.is_empty() {
        lines.push(format!("looked at behind the key: {}", probed.join(", ")));
    }
    if spec.predicate.is_some() {
        lines.push(format!("decoded first: {}", names(first)));
        if !rest.fields.is_empty() {
            lines.push(format!("decoded for rows that pass: {}", names(rest)));
        }
    } else {
        lines.push(format!("decoded: {}", names(rest)));
    }
    lines
}
