//! `filesystem`: files, directories and patterns of local paths.

mod blocks;
mod columns;
mod glob;
mod input;
mod partition;
mod queue;
mod sink;
mod walk;
mod windows;

use std::sync::Arc;

use millstream_engine::{JobContext, Result, Source};
use millstream_filter::{Ladder, LadderSpec};
use millstream_format::Format;
use millstream_sql::plan::Scan;

use crate::bytes::{ByteSource, RecordLimit};
use crate::failure::format_error;
use crate::options::{KnownOptions, Options};
use crate::select::output_fields;
use blocks::FileBlocks;
use columns::FileColumns;
use queue::{Cutting, FileQueue};
pub(crate) use sink::FileSink;

pub(crate) const OPTIONS: KnownOptions = KnownOptions {
    connector: "filesystem",
    required: &["path"],
    optional: &[
        "partition.default-name",
        "sink.compression",
        "sink.rolling-policy.file-size",
        "sink.rolling-policy.inactivity-interval",
        "sink.rolling-policy.rollover-interval",
        "source.path.regex-pattern",
    ],
    unsupported: &[
        "auto-compaction",
        "compaction.file-size",
        "partition.time-extractor.#",
        "scan.watermark.#",
        "sink.parallelism",
        "sink.partition-commit.#",
        "sink.rolling-policy.check-interval",
        "sink.shuffle-by-partition.enable",
        "source.monitor-interval",
        "source.report-statistics",
    ],
    has_format: true,
};

/// A scan of files, as its options and columns say.
struct FileScan {
    path: String,
    pattern: Option<regex::Regex>,
    format: Format,
    columns: FileColumns,
    ladder: LadderSpec,
}

impl FileScan {
    fn new(scan: &Scan, context: &JobContext) -> Result<Self> {
        let table = &scan.table.path.name;
        let options = Options::check(table, &scan.options, &OPTIONS)?;
        let format = options.format()?;
        let pattern = match options.text("source.path.regex-pattern") {
            // It is to match the whole path, as in Flink.
            Some(pattern) => Some(
                regex::Regex::new(&format!("^(?:{pattern})$"))
                    .map_err(|_| options.wrong("source.path.regex-pattern", "a regular expression"))?,
            ),
            None => None,
        };
        let columns = FileColumns::new(scan, options.text("partition.default-name"), &context.time_zone)?;
        let names = output_fields(scan);
        let ladder = LadderSpec {
            format: format.clone(),
            record: Arc::clone(&columns.record),
            fields: columns.fields.clone(),
            predicate: scan.predicate.clone(),
            output: scan.output.iter().copied().zip(names.into_iter().map(|field| field.name)).collect(),
        };
        Ok(Self { path: options.required("path")?.to_owned(), pattern, format, columns, ladder })
    }

    fn ladder(&self, scan: &Scan, context: &JobContext) -> Result<Ladder> {
        Ladder::new(&self.ladder, &context.time_zone, context.batch_rows)
            .map_err(|e| format_error(e, &format!("table '{}'", scan.table.path.name)))
    }
}

/// The sources of a scan of files.
pub(crate) fn sources(scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
    let file_scan = FileScan::new(scan, context)?;
    let framing = file_scan.format.framing();
    let lanes = context.lanes.max(1);
    let limit = RecordLimit::of(context);
    let cutting = match (lanes, framing.is_splittable()) {
        (1, _) => Cutting::Whole,
        (_, true) => Cutting::Anywhere,
        (_, false) => Cutting::BetweenRecords(framing.clone(), limit),
    };
    let ladders = (0..lanes).map(|_| file_scan.ladder(scan, context)).collect::<Result<Vec<_>>>()?;
    let queue = Arc::new(FileQueue::new(&file_scan.path, file_scan.pattern, cutting)?);
    let columns = Arc::new(file_scan.columns);
    Ok(ladders
        .into_iter()
        .map(|ladder| {
            let blocks = FileBlocks::new(Arc::clone(&queue), Arc::clone(&columns), framing.clone(), limit);
            Box::new(ByteSource::new(ladder, blocks)) as Box<dyn Source>
        })
        .collect())
}

/// How a scan of files will read.
pub(crate) fn describe(scan: &Scan, context: &JobContext) -> Result<Vec<String>> {
    FileScan::new(scan, context)?.ladder(scan, context).map(|ladder| ladder.describe())
}
