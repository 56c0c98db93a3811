//! `log`: looking at the log of a folder that nobody has open, and mending it.

use std::io::Write as _;
use std::path::Path;

use millstream_connect::log_error;
use millstream_engine::{ErrorKind, Result};
use millstream_log::inspect::{self, DumpedRecord, DumpedSection, Finding, FindingKind};
use millstream_log::{Batch, Compression};

use super::consume::{push_json, push_time};
use crate::args::LogCommand;
use crate::exit::{self, Exit};
use crate::output::Stdout;
use crate::output::json::push_string;

/// Bytes that are gathered before they are printed.
const CHUNK_BYTES: usize = 128 << 10;

/// Runs the command.
pub fn run(command: &LogCommand) -> Exit {
    let done = match command {
        LogCommand::Verify(args) => verify(&args.folder),
        LogCommand::Dump(args) => dump(&args.folder, args.messages),
        LogCommand::Repair(args) => repair(&args.folder),
    };
    match done {
        Ok(exit) => exit,
        Err(error) if error.kind == ErrorKind::Closed => Exit::Success,
        Err(error) => exit::failure(&error.message),
    }
}

fn verify(folder: &Path) -> Result<Exit> {
    let verified = inspect::verify(folder).map_err(log_error)?;
    let mut text: String = verified.findings.iter().map(told).collect();
    let listed = u64::try_from(verified.findings.len()).unwrap_or(u64::MAX);
    if verified.found > listed {
        text.push_str(&format!("… and {} more\n", verified.found - listed));
    }
    text.push_str(&format!(
        "{} segments, {} records, {} messages, {} bytes, up to position {}\n",
        verified.segments, verified.records, verified.messages, verified.bytes, verified.end
    ));
    if verified.gap_bytes > 0 {
        text.push_str(&format!("{} bytes were taken out by earlier repairs\n", verified.gap_bytes));
    }
    text.push_str(if verified.is_whole() {
        "nothing that was durable is damaged\n"
    } else {
        "damaged: `millstream log repair` takes the damage out, and what stood there is lost\n"
    });
    Stdout::default().write(text.as_bytes())?;
    Ok(if verified.is_whole() { Exit::Success } else { Exit::Failure })
}

fn told(finding: &Finding) -> String {
    let kind = match finding.kind {
        FindingKind::TornTail => "torn tail",
        FindingKind::Damage => "damage",
        FindingKind::Index => "index",
    };
    let Finding { file, position, bytes, message, .. } = finding;
    format!("{kind}: {file}, position {position}, {bytes} bytes: {message}\n")
}

fn repair(folder: &Path) -> Result<Exit> {
    let repaired = inspect::repair(folder).map_err(log_error)?;
    let mut text: String = repaired.taken_out.iter().map(told).collect();
    text.push_str(&match repaired.taken_out.len() {
        0 => "nothing is damaged; nothing was changed\n".to_owned(),
        1 => "1 stretch was taken out\n".to_owned(),
        n => format!("{n} stretches were taken out\n"),
    });
    Stdout::default().write(text.as_bytes())?;
    Ok(Exit::Success)
}

fn dump(folder: &Path, messages: bool) -> Result<Exit> {
    let stdout = Stdout::default();
    let mut out = Vec::new();
    let mut printed = Ok(());
    let mut take = |record: Result<DumpedRecord, Finding>| {
        match record {
            Ok(record) => push_record(&record, messages, &mut out),
            Err(finding) => push_finding(&finding, &mut out),
        }
        if out.len() >= CHUNK_BYTES {
            printed = stdout.write(&out);
            out.clear();
        }
        printed.is_ok()
    };
    inspect::dump(folder, &mut take).map_err(log_error)?;
    printed?;
    stdout.write(&out)?;
    Ok(Exit::Success)
}

fn push_finding(finding: &Finding, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"damage\":");
    push_string(&finding.message, out);
    out.extend_from_slice(b",\"file\":");
    push_string(&finding.file, out);
    push(out, format_args!(",\"position\":{},\"bytes\":{}}}\n", finding.position, finding.bytes));
}

fn push_record(record: &DumpedRecord, messages: bool, out: &mut Vec<u8>) {
    push(
        out,
        format_args!(
            "{{\"position\":{},\"bytes\":{},\"kind\":\"{}\",\"storeTime\":",
            record.position, record.bytes, record.kind
        ),
    );
    push_time(record.store_time, out);
    out.extend_from_slice(b",\"file\":");
    push_string(&record.file, out);
    out.extend_from_slice(b",\"sections\":[");
    for (number, section) in record.sections.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        push_section(section, messages, out);
    }
    out.extend_from_slice(b"]}\n");
}

fn push_section(section: &DumpedSection, messages: bool, out: &mut Vec<u8>) {
    match section {
        DumpedSection::Messages { batch, held, compression } => {
            push_batch(batch, *held, *compression, messages, out);
        }
        DumpedSection::Offsets(offsets) => {
            out.extend_from_slice(b"{\"offsets\":[");
            for (number, (group, topic, queue, next)) in offsets.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                push(
                    out,
                    format_args!(
                        "{comma}{{\"group\":{},\"topic\":{},\"queue\":{},\"next\":{next}}}",
                        group.0, topic.0, queue.0
                    ),
                );
            }
            out.extend_from_slice(b"]}");
        }
        DumpedSection::Changes(changes) => {
            out.extend_from_slice(b"{\"changes\":[");
            for (number, change) in changes.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                push_string(&format!("{change:?}"), out);
            }
            out.extend_from_slice(b"]}");
        }
        DumpedSection::State(entries) => {
            out.extend_from_slice(b"{\"state\":[");
            for (number, (machine, entry)) in entries.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                push(out, format_args!("{comma}{{\"machine\":{machine},\"bytes\":{}}}", entry.len()));
            }
            out.extend_from_slice(b"]}");
        }
        DumpedSection::Snapshot(bytes) => push(out, format_args!("{{\"snapshot\":{bytes}}}")),
    }
}

fn push_batch(batch: &Batch, held: bool, compression: Compression, messages: bool, out: &mut Vec<u8>) {
    let compression = match compression {
        Compression::None => "none",
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    };
    push(
        out,
        format_args!(
            "{{\"topic\":{},\"queue\":{},\"from\":{},\"to\":{},\"held\":{held},\"compression\":\"{compression}\"",
            batch.topic().0,
            batch.queue().0,
            batch.base_offset(),
            batch.end_offset()
        ),
    );
    if messages {
        out.extend_from_slice(b",\"messages\":[");
        for (number, message) in (0..batch.len()).filter_map(|index| batch.message(index)).enumerate() {
            if number > 0 {
                out.push(b',');
            }
            push_json(batch.queue(), &message, out);
        }
        out.push(b']');
    }
    out.push(b'}');
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a buffer in memory does not fail.
    let _ = out.write_fmt(text);
}
