//! How fast blocks become batches: `cargo bench -p millstream-filter [NAME]`, over generated lines like those of the bids
//! benchmark. CPU time alone, one lane, bytes in memory, no I/O; the fastest of some rounds.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people, which measures time"
)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use jiff::tz::TimeZone;
use millstream_expr::functions::{self, Arguments};
use millstream_expr::types::{DataType, Field, Kind};
use millstream_expr::{Call, EvalContext, Expr, ExprKind, Value};
use millstream_filter::{Ladder, LadderSpec, SourceField};
use millstream_format::{Block, CsvOptions, Encoder, Format, JsonOptions};

const LINES: usize = 200_000;
const BLOCK_BYTES: usize = 1 << 20;
const ROUNDS: usize = 7;

fn json() -> String {
    let extra = "xyzzyabcdefgh".repeat(5);
    let mut out = String::new();
    for i in 0..LINES {
        let (a, seconds) = (i % 1000, i / 1000);
        let _ = writeln!(
            out,
            "{{\"auction\":{a},\"bidder\":{},\"price\":{},\"channel\":\"channel-{a}\",\
             \"url\":\"https://www.nexmark.com/abc/xyz/item.htm?query={}\",\
             \"dateTime\":\"2024-01-01 {:02}:{:02}:{:02}.{:03}\",\"extra\":\"{extra}\"}}",
            i % 7777,
            (i * 7919) % 100_000,
            i % 3,
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            i % 1000,
        );
    }
    out
}

fn csv() -> String {
    let extra = "xyzzyabcdefgh".repeat(5);
    let mut out = String::new();
    for i in 0..LINES {
        let (a, seconds) = (i % 1000, i / 1000);
        let _ = writeln!(
            out,
            "{a},{},{},channel-{a},https://www.nexmark.com/abc/xyz/item.htm?query={},2024-01-01 {:02}:{:02}:{:02}.{:03},{extra}",
            i % 7777,
            (i * 7919) % 100_000,
            i % 3,
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            i % 1000,
        );
    }
    out
}

fn columns() -> Arc<[Field]> {
    let long = || DataType::new(Kind::BigInt);
    let timestamp = DataType::new(Kind::Timestamp { precision: 3 });
    [
        ("auction", long()),
        ("bidder", long()),
        ("price", long()),
        ("channel", DataType::string()),
        ("url", DataType::string()),
        ("dateTime", timestamp),
        ("extra", DataType::string()),
    ]
    .map(|(name, data_type)| Field::new(name, data_type))
    .into()
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = functions::lookup(name).unwrap_or_else(|| panic!("no function {name}"));
    let types: Vec<DataType> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).unwrap();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

fn column(index: usize) -> Expr {
    Expr::column(index, columns()[index].data_type.clone())
}

fn long(value: i64) -> Expr {
    Expr::literal(Value::BigInt(value), Kind::BigInt)
}

fn text(value: &str) -> Expr {
    Expr::literal(Value::from(value), Kind::Char { length: u32::try_from(value.len()).unwrap() })
}

fn spec(format: Format, predicate: Option<Expr>, output: &[usize]) -> LadderSpec {
    let record = columns();
    let fields = record.iter().enumerate();
    let fields = fields
        .map(|(column, f)| SourceField::Record { column, path: Vec::new(), data_type: f.data_type.clone() })
        .collect();
    let output = output.iter().map(|index| (*index, Arc::clone(&record[*index].name))).collect();
    LadderSpec { format, record, fields, predicate, output }
}

/// CPU seconds of this thread's process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos: Option<f64> = stat.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map_or_else(
        || {
            static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
            START.get_or_init(Instant::now).elapsed().as_secs_f64()
        },
        |nanos| nanos / 1e9,
    )
}

fn run(name: &str, text: &str, spec: &LadderSpec, mut take: impl FnMut(&RecordBatch)) {
    let mut blocks = Vec::new();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let far = BLOCK_BYTES.min(rest.len());
        let end = rest[..far].iter().rposition(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        let (block, behind) = rest.split_at(end);
        blocks.push(Buffer::from(block));
        rest = behind;
    }
    let context = EvalContext { now_micros: 0, seed: 0 };
    let mut ladder = Ladder::new(spec, &TimeZone::UTC, 8192).unwrap();
    let (mut best, mut rows) = (f64::MAX, 0);
    for _ in 0..ROUNDS {
        rows = 0;
        let start = cpu_seconds();
        for bytes in &blocks {
            ladder.feed(Block { bytes: bytes.clone(), position: 1, volatile: false });
            while let Some(batch) = ladder.next_batch(&context).unwrap() {
                rows += batch.num_rows();
                take(&batch);
            }
        }
        best = best.min(cpu_seconds() - start);
    }
    println!(
        "{name:<28} {:>7.2} GB/s {:>7.2} M records/s {:>6.1} ns/record {rows:>8} rows",
        text.len() as f64 / best / 1e9,
        LINES as f64 / best / 1e6,
        best * 1e9 / LINES as f64,
    );
}

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| name.contains(wanted.as_str()));
    let json_text = json();
    let csv_text = csv();
    let b1 = || Expr {
        kind: ExprKind::And(vec![
            call("=", vec![call("MOD", vec![column(0), long(123)]), long(0)]),
            call("LIKE", vec![column(4), text("%query=1%")]),
        ]),
        data_type: DataType::new(Kind::Boolean),
    };
    let b2 = || call("=", vec![column(3), text("channel-77")]);
    let b3 = || call(">", vec![column(2), long(99_000)]);
    let all = [0, 1, 2, 3, 4, 5, 6];
    let formats = [
        ("json", &json_text, Format::Json(JsonOptions::default())),
        ("csv", &csv_text, Format::Csv(CsvOptions::default())),
    ];
    for (format_name, text, format) in formats {
        let cases: [(&str, Option<Expr>, &[usize]); 7] = [
            ("b1", Some(b1()), &[0, 1, 2]),
            ("b2", Some(b2()), &all),
            ("b3", Some(b3()), &[0, 1, 2]),
            ("b3 all columns", Some(b3()), &all),
            ("count", None, &[]),
            ("b5 decode", None, &[0, 2, 5]),
            ("all columns", None, &all),
        ];
        for (case, predicate, output) in cases {
            let name = format!("{format_name} {case}");
            if is_wanted(&name) {
                run(&name, text, &spec(format.clone(), predicate, output), |_| {});
            }
        }
        for (target, to) in
            [("json", Format::Json(JsonOptions::default())), ("csv", Format::Csv(CsvOptions::default()))]
        {
            let name = format!("{format_name} b5 to {target}");
            if is_wanted(&name) {
                let record = columns();
                let fields: Vec<Field> =
                    [0, 2, 5].iter().map(|index: &usize| record[*index].clone()).collect();
                let mut encoder = Encoder::new(&to, &fields).unwrap();
                let mut out = Vec::new();
                run(&name, text, &spec(format.clone(), None, &[0, 2, 5]), |batch| {
                    out.clear();
                    encoder.encode(batch, &mut out).unwrap();
                });
            }
        }
    }
}
