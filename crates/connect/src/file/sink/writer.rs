//! A lane's part files: one for a table without partitions, one for each partition that it has rows of.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use millstream_engine::{ChangeBatch, Error, ErrorKind, Result, SinkWriter};
use millstream_format::Encoder;

use super::Target;
use super::part::{Part, PartNames, sync_directory};
use crate::failure::{format_error, io_error};
use crate::file::input::Compression;
use crate::file::partition;
use crate::pipe::sink::refuse_changes;
use crate::print::Rendering;

/// Files that a lane has open at most; beyond it the one that was written to longest ago is finished. A compressor of zstd
/// takes some MB.
const OPEN_MAX: usize = 64;
const OPEN_MAX_ZSTD: usize = 4;

/// Rows encoded at a time.
const ROWS_AT_ONCE: usize = 256;

pub(super) struct PartWriter {
    target: Arc<Target>,
    lane: usize,
    encoder: Encoder,
    /// How the values of the partition columns are written in names.
    names: Vec<Rendering>,
    /// By the directory below the table's; empty without partitions.
    open: HashMap<String, OpenPart>,
    open_max: usize,
    /// Parts so far: each has its own number.
    parts: u64,
    writes: u64,
}

struct OpenPart {
    part: Part,
    /// The number of the write that wrote to it last.
    last_write: u64,
    /// For jobs without an end: when it was opened and when it was written to last.
    times: Option<(Instant, Instant)>,
}

impl PartWriter {
    pub fn new(target: Arc<Target>, lane: usize) -> Result<Self> {
        let encoder = target.encoder()?;
        let partitioned: Vec<_> =
            target.partitioned.iter().filter_map(|index| target.fields.get(*index).cloned()).collect();
        let names = Rendering::of_fields(&partitioned)?;
        let open_max = if target.compression == Compression::Zstd { OPEN_MAX_ZSTD } else { OPEN_MAX };
        Ok(Self { target, lane, encoder, names, open: HashMap::new(), open_max, parts: 0, writes: 0 })
    }

    /// Writes rows of one partition.
    fn write_part(&mut self, directory: String, rows: &RecordBatch) -> Result<()> {
        self.writes += 1;
        let records = rows.project(&self.target.recorded)?;
        if !self.open.contains_key(&directory) {
            self.make_room()?;
            let part = self.create(&directory)?;
            let times = self.now().map(|now| (now, now));
            self.open.insert(directory.clone(), OpenPart { part, last_write: self.writes, times });
        }
        let now = self.now();
        let Some(open) = self.open.get_mut(&directory) else {
            return Err(Error::new(ErrorKind::Internal, "a part file that was not opened"));
        };
        open.last_write = self.writes;
        if let (Some((_, last)), Some(now)) = (&mut open.times, now) {
            *last = now;
        }
        for start in (0..records.num_rows()).step_by(ROWS_AT_ONCE) {
            let piece = records.slice(start, ROWS_AT_ONCE.min(records.num_rows() - start));
            self.encoder
                .encode(&piece, &mut open.part.buffer)
                .map_err(|e| format_error(e, &format!("table '{}'", self.target.table)))?;
            open.part.write_if_full().map_err(|e| cannot_write(open.part.names(), &e))?;
        }
        let is_full = open.part.written + open.part.buffer.len() as u64 >= self.target.roll_bytes;
        if is_full { self.finish_part(&directory) } else { Ok(()) }
    }

    fn create(&mut self, directory: &str) -> Result<Part> {
        let mut path: PathBuf = self.target.directory.clone();
        if !directory.is_empty() {
            path.push(directory);
        }
        self.target
            .ledger
            .make_directory(&path)
            .map_err(|e| io_error(&e, &format!("cannot make the directory '{}'", path.display())))?;
        let name = format!("part-{}-{}-{}", self.target.unique, self.lane, self.parts);
        self.parts += 1;
        let names = PartNames::new(&path, &name, self.target.compression);
        self.target.ledger.started(&names);
        Part::create(names.clone(), self.target.compression).map_err(|e| cannot_write(&names, &e))
    }

    /// Finishes the part that was written to longest ago when there are too many.
    fn make_room(&mut self) -> Result<()> {
        while self.open.len() >= self.open_max {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.last_write).map(|(d, _)| d.clone());
            let Some(oldest) = oldest else { break };
            self.finish_part(&oldest)?;
        }
        Ok(())
    }

    fn finish_part(&mut self, directory: &str) -> Result<()> {
        let Some(OpenPart { part, .. }) = self.open.remove(directory) else { return Ok(()) };
        let names = part.names().clone();
        let names = part.finish().map_err(|e| cannot_write(&names, &e))?;
        if self.target.roll_ages.is_none() {
            self.target.ledger.finished(names);
            return Ok(());
        }
        // The job has no end to wait for.
        names.publish().map_err(|e| cannot_write(&names, &e))?;
        self.target.ledger.published(&names);
        match names.visible.parent() {
            Some(parent) => sync_directory(parent).map_err(|e| cannot_write(&names, &e)),
            None => Ok(()),
        }
    }

    /// Finishes parts that are old, or that have not grown for long.
    fn finish_aged(&mut self) -> Result<()> {
        let (Some((age, idle)), Some(now)) = (self.target.roll_ages, self.now()) else { return Ok(()) };
        let aged: Vec<String> = (self.open.iter())
            .filter(|(_, open)| {
                open.times.is_some_and(|(opened, last)| now - opened >= age || now - last >= idle)
            })
            .map(|(directory, _)| directory.clone())
            .collect();
        aged.iter().try_for_each(|directory| self.finish_part(directory))
    }

    /// The clock, where the age of parts counts.
    #[allow(
        clippy::disallowed_methods,
        reason = "the age of a part decides when it appears, not what is in it"
    )]
    fn now(&self) -> Option<Instant> {
        self.target.roll_ages.map(|_| Instant::now())
    }

    /// The directory of each row, below the table's.
    fn directories(&self, rows: &RecordBatch) -> Result<Vec<String>> {
        let mut directories = vec![String::new(); rows.num_rows()];
        let mut value = String::new();
        for (&index, rendering) in self.target.partitioned.iter().zip(&self.names) {
            let (Some(field), Some(array)) = (self.target.fields.get(index), rows.columns().get(index))
            else {
                return Err(Error::new(ErrorKind::Internal, "rows without a partition column"));
            };
            let column = rendering.column(array)?;
            for (row, directory) in directories.iter_mut().enumerate() {
                value.clear();
                if array.is_valid(row) {
                    column.write(row, &mut value);
                }
                if value.is_empty() {
                    value.push_str(&self.target.default_name);
                }
                if !directory.is_empty() {
                    directory.push('/');
                }
                directory.push_str(&partition::directory(&field.name, &value));
            }
        }
        Ok(directories)
    }
}

impl SinkWriter for PartWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        refuse_changes(batch, &self.target.table)?;
        if self.target.partitioned.is_empty() {
            self.write_part(String::new(), &batch.rows)?;
            return self.finish_aged();
        }
        // In the order in which the partitions first appear.
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (row, directory) in (0..).zip(self.directories(&batch.rows)?) {
            let place = *places.entry(directory).or_insert_with_key(|directory| {
                groups.push((directory.clone(), Vec::new()));
                groups.len() - 1
            });
            if let Some((_, rows)) = groups.get_mut(place) {
                rows.push(row);
            }
        }
        for (directory, rows) in groups {
            let rows = take_record_batch(&batch.rows, &UInt32Array::from(rows))?;
            self.write_part(directory, &rows)?;
        }
        self.finish_aged()
    }

    fn flush(&mut self) -> Result<()> {
        for open in self.open.values_mut() {
            open.part.write().map_err(|e| cannot_write(open.part.names(), &e))?;
        }
        self.finish_aged()
    }

    fn finish(&mut self) -> Result<()> {
        let mut directories: Vec<String> = self.open.keys().cloned().collect();
        directories.sort_unstable();
        directories.iter().try_for_each(|directory| self.finish_part(directory))
    }
}

fn cannot_write(names: &PartNames, error: &std::io::Error) -> Error {
    io_error(error, &format!("cannot write file '{}'", names.visible.display()))
}
