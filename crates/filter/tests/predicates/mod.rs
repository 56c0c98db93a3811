//! Predicates built by hand, and ladders run over text.
#![allow(dead_code, reason = "each test uses its part")]

pub mod chance;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use jiff::tz::TimeZone;
use millstream_expr::functions::{self, Arguments};
use millstream_expr::types::{DataType, Field, Kind};
use millstream_expr::{Call, CastMode, EvalContext, Expr, ExprKind, Value};
use millstream_filter::{Counts, Ladder, LadderSpec, SourceField};
use millstream_format::{Block, Encoder, Error, Format, JsonOptions};

pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = functions::lookup(name).unwrap_or_else(|| panic!("no function {name}"));
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).unwrap();
    let arguments = arguments
        .into_iter()
        .zip(&overload.arguments)
        .map(|(argument, wanted)| {
            if argument.data_type.same_kind(wanted) {
                argument
            } else {
                Expr::cast(argument, wanted.clone(), CastMode::Implicit)
            }
        })
        .collect();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

pub fn all_of(parts: Vec<Expr>) -> Expr {
    junction(parts, ExprKind::And)
}

pub fn one_of(parts: Vec<Expr>) -> Expr {
    junction(parts, ExprKind::Or)
}

fn junction(mut parts: Vec<Expr>, kind: fn(Vec<Expr>) -> ExprKind) -> Expr {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    Expr { kind: kind(parts), data_type: DataType::new(Kind::Boolean) }
}

pub fn long(value: i64) -> Expr {
    Expr::literal(Value::BigInt(value), Kind::BigInt)
}

pub fn text(value: &str) -> Expr {
    let length = u32::try_from(value.chars().count()).unwrap();
    Expr::literal(Value::from(value), Kind::VarChar { length: length.max(1) })
}

/// A field as a source has it, from `record`.
pub fn field(record: &[Field], column: usize, path: &[usize]) -> SourceField {
    let mut data_type = record[column].data_type.clone();
    for index in path {
        let Kind::Row(fields) = &data_type.kind else { panic!("no row") };
        data_type = fields[*index].data_type.clone().with_nullable(true);
    }
    SourceField::Record { column, path: path.to_vec(), data_type }
}

/// What a ladder gives out: rows as JSON, and what ended it.
#[derive(Debug, PartialEq)]
pub struct Given {
    pub rows: Vec<String>,
    pub error: Option<Error>,
    pub counts: Counts,
}

/// Rows of a batch as JSON.
pub fn rendered(spec: &LadderSpec, batch: &RecordBatch) -> Vec<String> {
    let fields: Vec<Field> = spec
        .output
        .iter()
        .map(|(field, name)| Field {
            name: Arc::clone(name),
            data_type: spec.fields[*field].data_type().clone(),
        })
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&Format::Json(JsonOptions::default()), &fields).unwrap();
    encoder.encode(batch, &mut out).unwrap();
    String::from_utf8(out).unwrap().split_terminator('\n').map(str::to_owned).collect()
}

/// Runs a ladder over blocks of about `block_bytes`, cut between records; errors give the place in the whole.
pub fn climb(spec: &LadderSpec, bytes: &[u8], block_bytes: usize, batch_rows: usize) -> Given {
    let mut ladder = Ladder::new(spec, &TimeZone::UTC, batch_rows).unwrap();
    climb_with(&mut ladder, spec, bytes, block_bytes, batch_rows)
}

pub fn climb_with(
    ladder: &mut Ladder,
    spec: &LadderSpec,
    bytes: &[u8],
    block_bytes: usize,
    batch_rows: usize,
) -> Given {
    let context = EvalContext { now_micros: 0, seed: 0 };
    let framing = spec.format.framing();
    let mut given = Given { rows: Vec::new(), error: None, counts: Counts::default() };
    let mut at = 0;
    while at < bytes.len() {
        let mut length = block_bytes.max(1);
        let end = loop {
            let far = (at + length).min(bytes.len());
            if far == bytes.len() {
                break far;
            }
            match framing.whole_records(&bytes[at..far], at as u64) {
                0 => length *= 2,
                whole => break at + whole,
            }
        };
        let block = Block { bytes: Buffer::from(&bytes[at..end]), position: at as u64, volatile: false };
        ladder.feed(block);
        loop {
            match ladder.next_batch(&context) {
                Ok(None) => break,
                Ok(Some(batch)) => {
                    assert!(batch.num_rows() > 0 && batch.num_rows() <= batch_rows);
                    given.rows.extend(rendered(spec, &batch));
                }
                Err(mut error) => {
                    error.record = error.record.map(|record| record + at);
                    given.error = Some(error);
                    given.counts = ladder.counts();
                    return given;
                }
            }
        }
        at = end;
    }
    given.counts = ladder.counts();
    given
}
