//! Any bytes through the ladder: what the search for literals and behind keys leaves out would not have matched, however the bytes are
//! cut into blocks and whatever has been learned.

#![no_main]

use std::sync::Arc;

use arrow_buffer::Buffer;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use millstream_expr::functions::{self, Arguments};
use millstream_expr::types::{DataType, Field, Kind};
use millstream_expr::{Call, EvalContext, Expr, ExprKind, Value};
use millstream_filter::{Ladder, LadderSpec, SourceField};
use millstream_format::{Block, Encoder, Format, JsonOptions, MalformedCheck};

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = functions::lookup(name).unwrap();
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).unwrap();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

fn predicate(choice: u8) -> Expr {
    let column = |index| Expr::column(index, DataType::string());
    let text = |value: &str| Expr::literal(Value::from(value), Kind::VarChar { length: 20 });
    let boolean = |kind| Expr { kind, data_type: DataType::new(Kind::Boolean) };
    let above = |number| {
        call(
            ">",
            vec![
                Expr::column(2, DataType::new(Kind::BigInt)),
                Expr::literal(Value::BigInt(number), Kind::BigInt),
            ],
        )
    };
    match choice % 11 {
        0 => call("=", vec![column(0), text("ab/c")]),
        1 => call("LIKE", vec![column(0), text("%b\"c%")]),
        2 => call("LIKE", vec![column(1), text("ab%")]),
        3 => call("=", vec![column(1), text("12")]),
        4 => boolean(ExprKind::Or(vec![
            call("=", vec![column(0), text("true")]),
            call("LIKE", vec![column(1), text("%é_a")]),
        ])),
        5 => boolean(ExprKind::And(vec![
            call("LIKE", vec![column(0), text("%a:b%")]),
            call("LIKE", vec![column(1), text("%\\n%")]),
        ])),
        6 => call("LIKE", vec![column(0), text("%\ta")]),
        7 => call("LIKE", vec![column(0), text("{%}")]),
        8 => call("=", vec![call("UPPER", vec![column(0)]), text("AB")]),
        9 => above(5),
        _ => boolean(ExprKind::And(vec![above(-7), call("LIKE", vec![column(1), text("%b")])])),
    }
}

/// The rows that pass, as text.
fn climb(spec: &LadderSpec, bytes: &[u8], block_bytes: usize) -> Vec<String> {
    let mut ladder = Ladder::new(spec, &TimeZone::UTC, 7).unwrap();
    let context = EvalContext { now_micros: 0, seed: 0 };
    let field = |(field, name): &(usize, Arc<str>)| {
        Field::new(Arc::clone(name), spec.fields[*field].data_type().clone())
    };
    let fields: Vec<Field> = spec.output.iter().map(field).collect();
    let mut encoder = Encoder::new(&Format::Json(JsonOptions::default()), &fields).unwrap();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let far = (at + block_bytes).min(bytes.len());
        let end = bytes[far..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |line| far + line + 1);
        ladder.feed(Block { bytes: Buffer::from(&bytes[at..end]), position: at as u64, volatile: true });
        while let Some(batch) = ladder.next_batch(&context).unwrap() {
            encoder.encode(&batch, &mut out).unwrap();
        }
        at = end;
    }
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let record: Arc<[Field]> = [
        Field::new("s", DataType::string()),
        Field::new("t", DataType::string()),
        Field::new("n", DataType::new(Kind::BigInt)),
    ]
    .into();
    let spec = |check, predicate| LadderSpec {
        format: Format::Json(JsonOptions {
            ignore_parse_errors: true,
            malformed_check: check,
            ..JsonOptions::default()
        }),
        record: Arc::clone(&record),
        fields: (0..3)
            .map(|column| SourceField::Record {
                column,
                path: Vec::new(),
                data_type: record[column].data_type.clone(),
            })
            .collect(),
        predicate,
        output: vec![(0, "s".into()), (1, "t".into()), (2, "n".into())],
    };
    let searched = spec(MalformedCheck::Needed, Some(predicate(*choice)));
    let rows = climb(&searched, bytes, usize::MAX / 2);
    assert_eq!(climb(&searched, bytes, 5), rows);
    // With every record checked whole nothing is searched raw.
    let strict = climb(&spec(MalformedCheck::All, Some(predicate(*choice))), bytes, 1000);
    let mut given = rows.iter();
    assert!(strict.iter().all(|row| given.any(|other| other == row)), "{strict:?} {rows:?}");
});
