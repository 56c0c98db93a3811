//! `filesystem` as a sink: part files in a directory, or in a directory for each partition.
//!
//! Parts are written under hidden names beside where they will appear, made durable, and renamed when the job
//! commits; of a job without an end, when they are full or old enough. A path is always a directory, as in Flink.

mod ledger;
mod part;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::{Error, ErrorKind, JobContext, Result, Sink, SinkWriter};
use millstream_expr::types::Field;
use millstream_format::{Encoder, Format};
use millstream_sql::catalog::Table;

use super::OPTIONS;
use super::glob::is_pattern;
use super::input::Compression;
use super::partition::DEFAULT_NAME;
use super::walk::local_path;
use crate::failure::format_error;
use crate::options::Options;
use ledger::Ledger;
use writer::PartWriter;

/// Flink's sizes and times at which a part is finished.
const ROLL_BYTES: usize = 128 << 20;
const ROLL_AGE: Duration = Duration::from_secs(30 * 60);

/// What all writers of a table know.
struct Target {
    pub table: String,
    pub directory: PathBuf,
    pub format: Format,
    /// The columns written to records, by their positions in the rows.
    pub recorded: Vec<usize>,
    /// The columns that name directories, by their positions in the rows.
    pub partitioned: Vec<usize>,
    pub fields: Vec<Field>,
    pub default_name: String,
    pub compression: Compression,
    /// Bytes of records, before compression, at which a part is full.
    pub roll_bytes: u64,
    /// For jobs without an end: how old a part may get, and how long it may lie without new rows.
    pub roll_ages: Option<(Duration, Duration)>,
    /// A part of the files' names that no other job has.
    pub unique: String,
    pub ledger: Ledger,
}

pub(crate) struct FileSink {
    target: Arc<Target>,
    replaces: bool,
}

impl FileSink {
    /// The sink of `table`, for rows of `fields`.
    pub fn new(
        table: &Table,
        fields: Vec<Field>,
        replaces: bool,
        is_bounded: bool,
        context: &JobContext,
    ) -> Result<Self> {
        let name = &table.path.name;
        let options = Options::check(name, &table.options, &OPTIONS)?;
        let path = local_path(options.required("path")?)?;
        let directory = PathBuf::from(path);
        if directory.is_file() {
            return Err(invalid(format!(
                "table '{name}' cannot be written: its path '{path}' is a file, and a table is written as a directory of files"
            )));
        }
        if is_pattern(path) && !directory.exists() {
            return Err(invalid(format!(
                "table '{name}' cannot be written: its path '{path}' is a pattern, which is for reading; give a directory"
            )));
        }
        if replaces && !is_bounded {
            return Err(invalid(format!(
                "INSERT OVERWRITE INTO '{name}' needs a query that comes to an end, for the old rows go when all new ones are there"
            )));
        }
        let format = options.format()?;
        let partitioned = positions(table, &fields)?;
        let recorded: Vec<usize> = (0..fields.len()).filter(|index| !partitioned.contains(index)).collect();
        if recorded.is_empty() {
            return Err(invalid(format!(
                "table '{name}' is partitioned by all of its columns: one must be left for the records"
            )));
        }
        let compression = match options.word("sink.compression", &["none", "gzip", "zstd"])? {
            Some(1) => Compression::Gzip,
            Some(2) => Compression::Zstd,
            _ => Compression::None,
        };
        let roll_bytes = options.bytes("sink.rolling-policy.file-size")?.unwrap_or(ROLL_BYTES).max(1);
        let age = options.duration("sink.rolling-policy.rollover-interval")?.unwrap_or(ROLL_AGE);
        let idle = options.duration("sink.rolling-policy.inactivity-interval")?.unwrap_or(ROLL_AGE);
        let target = Target {
            table: name.to_string(),
            directory,
            format,
            recorded,
            partitioned,
            fields,
            default_name: options.text("partition.default-name").unwrap_or(DEFAULT_NAME).to_owned(),
            compression,
            roll_bytes: roll_bytes as u64,
            roll_ages: (!is_bounded).then_some((age, idle)),
            unique: unique(context.seed),
            ledger: Ledger::default(),
        };
        target.encoder()?;
        Ok(Self { target: Arc::new(target), replaces })
    }
}

impl Target {
    /// An encoder for the columns that are written to records.
    pub fn encoder(&self) -> Result<Encoder> {
        let fields: Vec<Field> = self.recorded.iter().filter_map(|i| self.fields.get(*i).cloned()).collect();
        Encoder::new(&self.format, &fields).map_err(|e| format_error(e, &format!("table '{}'", self.table)))
    }
}

impl Sink for FileSink {
    fn writer(&mut self, lane: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(PartWriter::new(Arc::clone(&self.target), lane)?))
    }

    fn takes_changes(&self) -> bool {
        false
    }

    fn commit(&mut self) -> Result<()> {
        // Without partitions the whole table is replaced, even by nothing.
        let root = self.target.partitioned.is_empty().then_some(self.target.directory.as_path());
        self.target.ledger.commit(self.replaces, root)
    }

    fn abort(&mut self) {
        self.target.ledger.abort();
    }
}

/// The positions of the partition columns in the rows, in the order of PARTITIONED BY.
fn positions(table: &Table, fields: &[Field]) -> Result<Vec<usize>> {
    table
        .partition_keys
        .iter()
        .map(|key| {
            let position = fields.iter().position(|field| field.name == *key);
            position.ok_or_else(|| {
                invalid(format!("the partition column '{key}' of table '{}' is not written", table.path.name))
            })
        })
        .collect()
}

/// A name that differs from that of any other job: the time, the process, and the job's seed.
#[allow(clippy::disallowed_methods, reason = "the clock names files, it does not decide what is in them")]
fn unique(seed: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}-{:x}", now.as_nanos(), std::process::id(), seed & 0xffff)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
