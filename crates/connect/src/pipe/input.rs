//! `stdin`: records that come in on standard input, as they come.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use arrow_buffer::Buffer;
use millstream_engine::{Error, ErrorKind, JobContext, Result, Source};
use millstream_filter::{Ladder, LadderSpec, SourceField};
use millstream_format::Block;
use millstream_sql::catalog::TableColumnKind;
use millstream_sql::plan::Scan;

use super::ready::{enlarge, read_once, wait_readable};
use crate::bytes::{Blocks, ByteSource, Fill, NextBlock, RecordLimit, RecordStream};
use crate::failure::{format_error, io_error};
use crate::options::{KnownOptions, Options};
use crate::select::output_fields;

pub(crate) const OPTIONS: KnownOptions =
    KnownOptions { connector: "stdin", required: &[], optional: &[], unsupported: &[], has_format: true };

/// Bytes that the pipe is asked to hold.
const PIPE_BYTES: libc::c_int = 1 << 20;

/// The source of a scan: standard input cannot be shared, so one lane reads it.
pub(crate) fn sources(scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
    let (ladder, spec) = ladder(scan, context)?;
    let input = io::stdin().as_fd().try_clone_to_owned();
    let input = input.map_err(|e| io_error(&e, "cannot open standard input"))?;
    let records = RecordStream::new(spec.format.framing(), RecordLimit::of(context));
    Ok(vec![Box::new(ByteSource::new(ladder, Pipe::new(input, records, RecordLimit::of(context))))])
}

/// How a scan of standard input will read.
pub(crate) fn describe(scan: &Scan, context: &JobContext) -> Result<Vec<String>> {
    ladder(scan, context).map(|(ladder, _)| ladder.describe())
}

fn ladder(scan: &Scan, context: &JobContext) -> Result<(Ladder, LadderSpec)> {
    let table = &scan.table.path.name;
    let format = Options::check(table, &scan.options, &OPTIONS)?.format()?;
    if let Some(column) =
        scan.table.columns.iter().find(|c| matches!(c.kind, TableColumnKind::Metadata { .. }))
    {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "column '{}' of table '{table}' is metadata, but connector 'stdin' has none",
                column.name
            ),
        ));
    }
    let physical = |index: usize| {
        let before = scan.table.columns.iter().take(index);
        before.filter(|c| c.kind == TableColumnKind::Physical).count()
    };
    let spec = LadderSpec {
        format,
        record: scan.table.physical_fields().into(),
        fields: scan
            .fields
            .iter()
            .map(|field| SourceField::Record {
                column: physical(field.column),
                path: field.path.clone(),
                data_type: field.data_type.clone(),
            })
            .collect(),
        predicate: scan.predicate.clone(),
        output: scan.output.iter().copied().zip(output_fields(scan).into_iter().map(|f| f.name)).collect(),
    };
    let ladder = Ladder::new(&spec, &context.time_zone, context.batch_rows)
        .map_err(|e| format_error(e, &format!("table '{table}'")))?;
    Ok((ladder, spec))
}

/// Blocks of a pipe.
pub(super) struct Pipe {
    input: OwnedFd,
    records: RecordStream,
    limit: RecordLimit,
    read: u64,
}

impl Pipe {
    pub fn new(input: OwnedFd, records: RecordStream, limit: RecordLimit) -> Self {
        enlarge(input.as_fd(), PIPE_BYTES);
        Self { input, records, limit, read: 0 }
    }
}

impl Blocks for Pipe {
    fn next(&mut self, spare: Option<Buffer>, wait: Duration) -> Result<NextBlock> {
        let (input, read) = (&self.input, &mut self.read);
        let filled = self.records.fill(spare, true, |to| {
            if !wait_readable(input.as_fd(), wait)? {
                return Ok(None);
            }
            let got = read_once(input.as_fd(), to)?;
            *read += got as u64;
            Ok(Some(got))
        });
        match filled.map_err(|e| io_error(&e, "cannot read standard input"))? {
            Fill::Block(block) => Ok(NextBlock::Block { block, constants: None }),
            Fill::Pending => Ok(NextBlock::Pending),
            Fill::End => Ok(NextBlock::End),
            Fill::TooLong { line, byte } => {
                Err(self.limit.error(&format!("standard input, line {line}, byte {byte}")))
            }
        }
    }

    fn verify(&self) -> Result<()> {
        Ok(())
    }

    fn place(&self, block: &Block, offset: Option<usize>) -> String {
        match offset {
            None => "standard input".to_owned(),
            Some(offset) => {
                let byte = block.position + offset as u64;
                format!("standard input, line {}, byte {byte}", self.records.line(block, offset))
            }
        }
    }

    fn bytes(&self) -> (u64, Option<u64>) {
        (self.read, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_format::Framing;
    use std::io::Write;

    #[test]
    fn records_flow_as_they_arrive() {
        let (reader, mut writer) = io::pipe().unwrap();
        let limit = RecordLimit { bytes: 1000 };
        let mut pipe = Pipe::new(reader.into(), RecordStream::new(Framing::Lines, limit), limit);
        let mut next = || match pipe.next(None, Duration::ZERO).unwrap() {
            NextBlock::Block { block, .. } => String::from_utf8(block.bytes.to_vec()).unwrap(),
            NextBlock::Pending => "pending".to_owned(),
            NextBlock::End => "end".to_owned(),
        };
        assert_eq!(next(), "pending");
        writer.write_all(b"one\ntw").unwrap();
        assert_eq!(next(), "one\n");
        assert_eq!(next(), "pending");
        writer.write_all(b"o\nthree").unwrap();
        assert_eq!(next(), "two\n");
        drop(writer);
        assert_eq!(next(), "three");
        assert_eq!(next(), "end");
    }
}
