//! Columns that do not stand in the records of a file: partition directories and metadata.

use std::sync::Arc;

use arrow_array::ArrayRef;
use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::types::Field;
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};
use millstream_filter::SourceField;
use millstream_sql::catalog::{Table, TableColumn, TableColumnKind};
use millstream_sql::names::did_you_mean;
use millstream_sql::plan::Scan;

use super::input::InputFile;
use super::partition::{self, DEFAULT_NAME};

/// The metadata that a file has.
const METADATA: &[&str] = &["file.path", "file.name", "file.size", "file.modification-time"];

/// How the fields of a scan come about.
pub(super) struct FileColumns {
    /// What the format sees of a record.
    pub record: Arc<[Field]>,
    /// For each field of the scan.
    pub fields: Vec<SourceField>,
    /// What the constants are, by slot.
    slots: Vec<Slot>,
    /// The parts of the predicate that read constants only, over the slots.
    file_predicate: Option<Evaluator>,
    default_name: String,
}

struct Slot {
    column: Arc<str>,
    data_type: DataType,
    source: SlotSource,
}

enum SlotSource {
    /// `name=value` in the path; read by a CAST of the text.
    Partition(Evaluator),
    Metadata(usize),
}

impl FileColumns {
    pub fn new(scan: &Scan, default_name: Option<&str>, time_zone: &TimeZone) -> Result<Self> {
        let table = &scan.table;
        let in_record = |column: &TableColumn| {
            column.kind == TableColumnKind::Physical && !table.partition_keys.contains(&column.name)
        };
        let record: Arc<[Field]> = table
            .columns
            .iter()
            .filter(|column| in_record(column))
            .map(|column| Field::new(column.name.clone(), column.data_type.clone()))
            .collect();
        let mut slots = Vec::new();
        let mut fields = Vec::with_capacity(scan.fields.len());
        for field in &scan.fields {
            let column = table.columns.get(field.column).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "a scan reads a column that its table does not have")
            })?;
            if in_record(column) {
                let before = table.columns.iter().take(field.column).filter(|c| in_record(c)).count();
                let (path, data_type) = (field.path.clone(), field.data_type.clone());
                fields.push(SourceField::Record { column: before, path, data_type });
                continue;
            }
            if !field.path.is_empty() {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "column '{}' is not in the records of table '{}', so its fields cannot be read",
                        column.name, table.path.name
                    ),
                ));
            }
            fields.push(SourceField::Constant { slot: slots.len(), data_type: field.data_type.clone() });
            slots.push(Slot {
                column: column.name.clone(),
                data_type: field.data_type.clone(),
                source: SlotSource::new(table, column, time_zone)?,
            });
        }
        let file_predicate = file_predicate(scan, &fields, time_zone)?;
        let default_name = default_name.unwrap_or(DEFAULT_NAME).to_owned();
        Ok(Self { record, fields, slots, file_predicate, default_name })
    }

    /// The constants of a file, an array of one value for each slot; absent when no row of the file can pass the predicate.
    pub fn constants(&self, file: &InputFile) -> Result<Option<Vec<ArrayRef>>> {
        let mut arrays = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            arrays.push(match &slot.source {
                SlotSource::Partition(cast) => self.partition_value(slot, cast, file)?,
                SlotSource::Metadata(which) => metadata(*which, file).to_array(&slot.data_type, 1)?,
            });
        }
        if let Some(predicate) = &self.file_predicate
            && !predicate.predicate(&CONTEXT, &arrays, 1)?.value(0)
        {
            return Ok(None);
        }
        Ok(Some(arrays))
    }

    fn partition_value(&self, slot: &Slot, cast: &Evaluator, file: &InputFile) -> Result<ArrayRef> {
        let found = file
            .path
            .components()
            .rev()
            .find_map(|part| partition::value_in(part.as_os_str().to_str()?, &slot.column));
        let Some(text) = found else {
            return Err(Error::new(
                ErrorKind::Data,
                format!(
                    "file '{}' is in no directory '{}=…', but the table is partitioned by '{}'",
                    file.name(),
                    slot.column,
                    slot.column
                ),
            ));
        };
        let value = if text == self.default_name { Value::Null } else { Value::from(text.as_str()) };
        let text = value.to_array(&DataType::string(), 1)?;
        let column = cast.evaluate(&CONTEXT, &[text], 1).map_err(|e| {
            Error::new(
                ErrorKind::Data,
                format!(
                    "the directory '{}=…' of file '{}' is not a {}: {}",
                    slot.column,
                    file.name(),
                    slot.data_type,
                    e.message
                ),
            )
        })?;
        let column = column
            .into_iter()
            .next()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a CAST without a result"))?;
        Ok(column.into_array(1)?)
    }
}

/// Partition values and metadata do not depend on the clock.
const CONTEXT: EvalContext = EvalContext { now_micros: 0, seed: 0 };

impl SlotSource {
    fn new(table: &Table, column: &TableColumn, time_zone: &TimeZone) -> Result<Self> {
        let TableColumnKind::Metadata { key, .. } = &column.kind else {
            let text = Expr::column(0, DataType::string());
            let data_type = column.data_type.clone().with_nullable(true);
            let cast = Expr::cast(text, data_type, CastMode::Fail);
            return Ok(Self::Partition(Evaluator::new(&[cast], time_zone)?));
        };
        let Some(which) = METADATA.iter().position(|known| known == key) else {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "unknown metadata '{key}' (column '{}' of table '{}'){}; a file has {}",
                    column.name,
                    table.path.name,
                    did_you_mean(key, METADATA),
                    METADATA.join(", ")
                ),
            ));
        };
        let fits = match which {
            0 | 1 => column.data_type.kind.is_character(),
            2 => column.data_type.kind == Kind::BigInt,
            _ => matches!(column.data_type.kind, Kind::TimestampLtz { .. }),
        };
        if !fits {
            let expected =
                ["STRING", "STRING", "BIGINT", "TIMESTAMP_LTZ(3)"].get(which).copied().unwrap_or_default();
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the metadata '{key}' is a {expected}, but column '{}' of table '{}' is declared as {}",
                    column.name, table.path.name, column.data_type
                ),
            ));
        }
        Ok(Self::Metadata(which))
    }
}

fn metadata(which: usize, file: &InputFile) -> Value {
    match which {
        0 => Value::from(file.path.to_string_lossy().as_ref()),
        1 => Value::from(file.path.file_name().unwrap_or_default().to_string_lossy().as_ref()),
        2 => Value::BigInt(i64::try_from(file.size).unwrap_or(i64::MAX)),
        _ => Value::Timestamp(i128::from(file.modified) * 1_000_000),
    }
}

/// Those parts of the scan's predicate, joined by AND, that can be decided for a file without reading it.
fn file_predicate(scan: &Scan, fields: &[SourceField], time_zone: &TimeZone) -> Result<Option<Evaluator>> {
    let Some(predicate) = &scan.predicate else { return Ok(None) };
    let slot_of = |index: usize| match fields.get(index) {
        Some(SourceField::Constant { slot, .. }) => Some(*slot),
        _ => None,
    };
    let parts = match &predicate.kind {
        ExprKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(predicate),
    };
    // A later part is evaluated only for rows for which the earlier ones are not FALSE, so one that may fail must not go before them.
    let mut decidable: Vec<Expr> = Vec::new();
    for part in parts {
        let columns = part.columns();
        if columns.is_empty() || !columns.iter().all(|&index| slot_of(index).is_some()) {
            break;
        }
        let over_slots = part.clone().transform(&mut |mut e: Expr| {
            if let ExprKind::Column(index) = e.kind {
                e.kind = ExprKind::Column(slot_of(index).unwrap_or(index));
            }
            Ok::<_, Error>(e)
        })?;
        decidable.push(over_slots);
    }
    let all = match decidable.len() {
        0 => return Ok(None),
        1 => decidable.swap_remove(0),
        _ => Expr { kind: ExprKind::And(decidable), data_type: DataType::new(Kind::Boolean) },
    };
    Ok(Some(Evaluator::new(&[all], time_zone)?))
}
