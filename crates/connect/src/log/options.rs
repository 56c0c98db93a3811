//! The options of the connector `log`: Flink's names for Kafka, where it has some.

use std::collections::BTreeMap;

use millstream_engine::{Error, ErrorKind, Result};
use millstream_format::Format;
use millstream_log::{Offset, Timestamp};
use millstream_sql::catalog::Table;
use millstream_sql::plan::Scan;

use super::key::Key;
use crate::failure::format_error;
use crate::options::{KnownOptions, Options};

const OPTIONS: KnownOptions = KnownOptions {
    connector: "log",
    required: &[],
    optional: &[
        "topic",
        "queues",
        "group",
        "key.format",
        "properties.group.id",
        "properties.auto.offset.reset",
        "scan.startup.mode",
        "scan.startup.timestamp-millis",
        "scan.startup.specific-offsets",
        "scan.bounded.mode",
        "scan.bounded.timestamp-millis",
        "scan.bounded.specific-offsets",
        "scan.queues",
        "sink.partitioner",
    ],
    unsupported: &[
        "key.#",
        "lookup.#",
        "properties.#",
        "scan.parallelism",
        "scan.topic-partition-discovery.interval",
        "sink.delivery-guarantee",
        "sink.parallelism",
        "sink.transactional-id-prefix",
        "topic-pattern",
        "value.fields-include",
    ],
    has_format: true,
};

const STARTUP: &[&str] =
    &["earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"];
const BOUNDED: &[&str] = &["unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"];
const PARTITIONERS: &[&str] = &["default", "fixed", "round-robin"];

/// Offsets by queue.
pub(super) type QueueOffsets = Vec<(u32, Offset)>;

/// Where reading begins, unless the job has begun already.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Startup {
    Earliest,
    Latest,
    Group { latest_without: bool },
    Time(Timestamp),
    Offsets(QueueOffsets),
}

/// Where reading ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    Unbounded,
    Latest,
    Group,
    Time(Timestamp),
    Offsets(QueueOffsets),
}

/// To which queue a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partitioner {
    /// By the first key if there is one; else the rows of a batch go to one queue, those of the next to the next.
    Default,
    /// Each lane has its queue.
    Fixed,
    /// Row by row.
    RoundRobin,
}

/// The options of a table.
#[derive(Debug)]
pub(super) struct LogOptions {
    pub topic: String,
    pub queues: u32,
    pub group: Option<String>,
    /// The queues that are read; none stands for all.
    pub scanned: Option<Vec<u32>>,
    pub startup: Startup,
    pub end: End,
    pub partitioner: Partitioner,
    pub format: Format,
    /// The PRIMARY KEY: messages are changes of the rows that have it.
    pub key: Option<Key>,
}

/// Whether a scan comes to an end.
pub(crate) fn is_bounded(scan: &Scan) -> Result<bool> {
    Ok(LogOptions::of(&scan.table, &scan.options)?.end != End::Unbounded)
}

impl LogOptions {
    /// What `options`, those of `table` or of a hint, say.
    pub fn of(table: &Table, options: &BTreeMap<String, String>) -> Result<Self> {
        let name = &table.path.name;
        let mut values = without_value_prefix(name, options)?;
        let key = key(table, &mut values)?;
        let read = Options::check(name, &values, &OPTIONS)?;
        let topic = read.text("topic").unwrap_or(name).to_owned();
        if topic.contains(';') {
            return Err(read.wrong("topic", "the name of one topic; read several with UNION ALL"));
        }
        let group = read.text("group").or(read.text("properties.group.id")).map(str::to_owned);
        Self {
            topic,
            queues: read.number("queues", 1, 1024)?.unwrap_or(1),
            scanned: scanned(&read)?,
            startup: startup(&read, group.is_some())?,
            end: end(&read, group.is_some())?,
            group,
            partitioner: match read.word("sink.partitioner", PARTITIONERS)? {
                Some(1) => Partitioner::Fixed,
                Some(2) => Partitioner::RoundRobin,
                _ => Partitioner::Default,
            },
            format: read.format()?,
            key,
        }
        .checked(table)
    }

    fn checked(self, table: &Table) -> Result<Self> {
        if self.key.is_some() && self.partitioner != Partitioner::Default {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "table '{}' has a PRIMARY KEY, whose rows go to queues by their key: leave the option 'sink.partitioner' out",
                    table.path.name
                ),
            ));
        }
        Ok(self)
    }
}

/// The key of a table, as `key.format` and its options want it; they are taken out of `values`.
fn key(table: &Table, values: &mut BTreeMap<String, String>) -> Result<Option<Key>> {
    let name = &table.path.name;
    if table.primary_key.is_empty() {
        if values.contains_key("key.format") {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the option 'key.format' of table '{name}' needs a PRIMARY KEY, of which keys are made: declare one, \
                     or write keys by a metadata column 'keys'"
                ),
            ));
        }
        return Ok(None);
    }
    let Some(format) = values.get("key.format").cloned() else { return Key::of(table, None) };
    let known = Format::option_keys(&format);
    let mut own = BTreeMap::new();
    for option in known {
        if let Some(value) = values.remove(&format!("key.{option}")) {
            own.insert((*option).to_owned(), value);
        }
    }
    let format = Format::from_options(&format, &own)
        .map_err(|e| format_error(e, &format!("option 'key.format' of table '{name}'")))?;
    Key::of(table, Some(format))
}

/// `value.format` is `format`, and `value.json.…` is `json.…`.
fn without_value_prefix(table: &str, options: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let is_of_value = |key: &str| {
        key == "format" || Format::NAMES.iter().any(|name| Format::option_keys(name).contains(&key))
    };
    let mut values = BTreeMap::new();
    for (key, value) in options {
        let short = key.strip_prefix("value.").filter(|short| is_of_value(short)).unwrap_or(key);
        if values.insert(short.to_owned(), value.clone()).is_some() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "table '{table}' has both the options '{short}' and 'value.{short}': keep one of them"
                ),
            ));
        }
    }
    Ok(values)
}

/// `0;3`
fn scanned(read: &Options<'_>) -> Result<Option<Vec<u32>>> {
    let Some(text) = read.text("scan.queues") else { return Ok(None) };
    let queues: Option<Vec<u32>> = text.split(';').map(|queue| queue.trim().parse().ok()).collect();
    queues.map(Some).ok_or_else(|| read.wrong("scan.queues", "the numbers of queues, as in '0;3'"))
}

fn startup(read: &Options<'_>, has_group: bool) -> Result<Startup> {
    let latest_without = match read.word("properties.auto.offset.reset", &["earliest", "latest"])? {
        Some(1) => true,
        Some(_) | None => false,
    };
    Ok(match read.word("scan.startup.mode", STARTUP)? {
        None if has_group => Startup::Group { latest_without },
        None | Some(0) => Startup::Earliest,
        Some(1) => Startup::Latest,
        Some(2) if has_group => Startup::Group { latest_without },
        Some(2) => return Err(needs_group(read, "scan.startup.mode")),
        Some(3) => Startup::Time(time(read, "scan.startup.timestamp-millis")?),
        Some(_) => Startup::Offsets(offsets(read, "scan.startup.specific-offsets")?),
    })
}

fn end(read: &Options<'_>, has_group: bool) -> Result<End> {
    Ok(match read.word("scan.bounded.mode", BOUNDED)? {
        None | Some(0) => End::Unbounded,
        Some(1) => End::Latest,
        Some(2) if has_group => End::Group,
        Some(2) => return Err(needs_group(read, "scan.bounded.mode")),
        Some(3) => End::Time(time(read, "scan.bounded.timestamp-millis")?),
        Some(_) => End::Offsets(offsets(read, "scan.bounded.specific-offsets")?),
    })
}

fn needs_group(read: &Options<'_>, key: &str) -> Error {
    read.wrong(key, "'group-offsets' only with the option 'properties.group.id'")
}

fn time(read: &Options<'_>, key: &str) -> Result<Timestamp> {
    read.required(key)?;
    Ok(Timestamp(read.number(key, 0, i64::MAX)?.unwrap_or_default()))
}

/// `queue:0,offset:42;queue:1,offset:300`; `partition` may stand for `queue`, as in Flink.
fn offsets(read: &Options<'_>, key: &str) -> Result<QueueOffsets> {
    let one = |text: &str| {
        let (queue, offset) = text.trim().split_once(',')?;
        let queue = queue.trim();
        let queue = queue.strip_prefix("queue:").or(queue.strip_prefix("partition:"))?;
        Some((queue.trim().parse().ok()?, offset.trim().strip_prefix("offset:")?.trim().parse().ok()?))
    };
    let text = read.required(key)?;
    let offsets: Option<Vec<_>> = text.split(';').filter(|part| !part.trim().is_empty()).map(one).collect();
    offsets.ok_or_else(|| read.wrong(key, "queues and offsets, as in 'queue:0,offset:42;queue:1,offset:300'"))
}
