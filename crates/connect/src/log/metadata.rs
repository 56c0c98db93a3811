//! Metadata columns: what stands beside the body of a message.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array};
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::types::Kind;
use millstream_expr::{DataType, Value};
use millstream_log::MessageView;
use millstream_sql::catalog::{Table, TableColumn, TableColumnKind};
use millstream_sql::names::did_you_mean;

use super::commit::Attributes;

/// What a message has beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metadata {
    Topic,
    Queue,
    Offset,
    Keys,
    Tag,
    Properties,
    BornTime,
    StoreTime,
}

const NAMES: &[&str] = &["topic", "queue", "offset", "keys", "tag", "properties", "born-time", "store-time"];
const ALL: &[(Metadata, &str)] = &[
    (Metadata::Topic, "STRING"),
    (Metadata::Queue, "INT"),
    (Metadata::Offset, "BIGINT"),
    (Metadata::Keys, "ARRAY<STRING>"),
    (Metadata::Tag, "STRING"),
    (Metadata::Properties, "MAP<STRING, STRING>"),
    (Metadata::BornTime, "TIMESTAMP_LTZ(3)"),
    (Metadata::StoreTime, "TIMESTAMP_LTZ(3)"),
];

impl Metadata {
    /// What the column with this key holds.
    pub fn of(table: &Table, column: &TableColumn, key: &str) -> Result<Self> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
        let (name, table) = (&column.name, &table.path.name);
        let place = NAMES.iter().position(|known| *known == key);
        let Some((metadata, data_type)) = place.and_then(|place| ALL.get(place)) else {
            return invalid(format!(
                "unknown metadata '{key}' (column '{name}' of table '{table}'){}; a message has {}",
                did_you_mean(key, NAMES),
                NAMES.join(", ")
            ));
        };
        let text = |data_type: &DataType| data_type.kind.is_character();
        let fits = match (metadata, &column.data_type.kind) {
            (Self::Topic | Self::Tag, kind) => kind.is_character(),
            (Self::Queue, kind) => *kind == Kind::Int,
            (Self::Offset, kind) => *kind == Kind::BigInt,
            (Self::Keys, Kind::Array(element)) => text(element),
            (Self::Properties, Kind::Map(key, value)) => text(key) && text(value),
            (Self::BornTime | Self::StoreTime, kind) => matches!(kind, Kind::TimestampLtz { .. }),
            _ => false,
        };
        if !fits {
            return invalid(format!(
                "the metadata '{key}' is {data_type}, but column '{name}' of table '{table}' is declared as {}",
                column.data_type
            ));
        }
        Ok(*metadata)
    }

    /// The metadata that an INSERT writes, with the positions of the columns in its rows.
    pub fn written(table: &Table) -> Result<Vec<(usize, Self)>> {
        let mut written = Vec::new();
        for (index, column) in table.persisted_columns().enumerate() {
            let TableColumnKind::Metadata { key, .. } = &column.kind else { continue };
            let metadata = Self::of(table, column, key)?;
            if !matches!(metadata, Self::Keys | Self::Tag | Self::Properties) {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!(
                        "the metadata '{key}' cannot be written: declare column '{}' of table '{}' as VIRTUAL; keys, tag and properties can be",
                        column.name, table.path.name
                    ),
                ));
            }
            written.push((index, metadata));
        }
        Ok(written)
    }

    /// The values of messages of one queue.
    pub fn column<'a>(
        self,
        topic: &str,
        queue: u32,
        messages: impl Iterator<Item = MessageView<'a>>,
        data_type: &DataType,
    ) -> Result<ArrayRef> {
        let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).as_ref());
        let time = |millis: i64| Value::Timestamp(i128::from(millis) * 1_000_000);
        let values: Vec<Value> = match self {
            Self::Queue => {
                let queue = i32::try_from(queue).unwrap_or(i32::MAX);
                return Ok(Arc::new(Int32Array::from_iter_values(messages.map(|_| queue))));
            }
            Self::Offset => {
                let offsets = messages.map(|message| i64::try_from(message.offset).unwrap_or(i64::MAX));
                return Ok(Arc::new(Int64Array::from_iter_values(offsets)));
            }
            Self::Topic => {
                let topic = Value::from(topic);
                messages.map(|_| topic.clone()).collect()
            }
            Self::Keys => messages.map(|message| Value::Array(message.keys().map(text).collect())).collect(),
            Self::Tag => {
                let tag = |tag: &[u8]| if tag.is_empty() { Value::Null } else { text(tag) };
                messages.map(|message| tag(message.tag())).collect()
            }
            Self::Properties => {
                let pairs = |message: MessageView<'_>| {
                    message
                        .properties()
                        .map(|(name, value)| (Value::from(name), Value::from(value)))
                        .collect()
                };
                messages.map(|message| Value::Map(pairs(message))).collect()
            }
            Self::BornTime => messages.map(|message| time(message.born().0)).collect(),
            Self::StoreTime => messages.map(|message| time(message.store_time.0)).collect(),
        };
        Ok(Value::column(&values, data_type)?)
    }

    /// Puts what a row says into the attributes of its message.
    pub fn write(self, value: &Value, to: &mut Attributes) {
        match (self, value) {
            (Self::Tag, Value::String(tag)) => to.tag = tag.as_bytes().to_vec(),
            (Self::Keys, Value::Array(keys)) => {
                let text = |key: &Value| match key {
                    Value::String(key) => Some(key.as_bytes().to_vec()),
                    _ => None,
                };
                to.keys = keys.iter().filter_map(text).collect();
            }
            (Self::Properties, Value::Map(pairs)) => {
                let pair = |(name, value): &(Value, Value)| match (name, value) {
                    (Value::String(name), Value::String(value)) => {
                        Some((name.as_ref().to_owned(), value.as_ref().to_owned()))
                    }
                    _ => None,
                };
                to.properties = pairs.iter().filter_map(pair).collect();
            }
            _ => {}
        }
    }
}
