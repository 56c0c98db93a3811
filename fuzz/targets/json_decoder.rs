//! Any bytes as JSON records: they are read or refused, and what was read is written and read again alike.

#![no_main]

use std::sync::Arc;

use arrow_array::RecordBatch;
use libfuzzer_sys::fuzz_target;
use millstream_expr::types::{DataType, Field, Kind, physical_schema};
use millstream_format::{
    Decoder, Encoder, Format, JsonOptions, MalformedCheck, Paused, TimestampStandard, Wanted,
};

fn columns() -> Vec<Field> {
    let string = DataType::string();
    let int = || DataType::new(Kind::Int);
    let row = DataType::row([
        Field::new("a", int()),
        Field::new("b", DataType::row([Field::new("c", string.clone())])),
    ]);
    [
        ("b", DataType::new(Kind::Boolean)),
        ("i", int()),
        ("l", DataType::new(Kind::BigInt)),
        ("f", DataType::new(Kind::Double)),
        ("d", DataType::new(Kind::Decimal { precision: 20, scale: 4 })),
        ("s", string.clone()),
        ("y", DataType::bytes()),
        ("t", DataType::new(Kind::Timestamp { precision: 3 })),
        ("n", DataType::new(Kind::TimestampLtz { precision: 9 })),
        ("x", DataType::array(string.clone())),
        ("m", DataType::map(string, int())),
        ("r", row),
    ]
    .map(|(name, data_type)| Field::new(name, data_type))
    .to_vec()
}

/// The rows of `bytes` as JSON lines.
fn read(options: &JsonOptions, bytes: &[u8]) -> Vec<u8> {
    let record = columns();
    let wanted: Vec<Wanted> = (record.iter().enumerate())
        .map(|(column, f)| Wanted { column, path: Vec::new(), data_type: f.data_type.clone() })
        .collect();
    let format = Format::Json(options.clone());
    let mut decoder = Decoder::new(&format, &record, &wanted).unwrap();
    let mut rows = decoder.rows();
    decoder.start(0..bytes.len(), 0);
    loop {
        match decoder.read(bytes, usize::MAX, &mut rows) {
            Paused::End => break,
            Paused::Full => unreachable!(),
            Paused::Malformed(malformed) => {
                assert!(malformed.start <= malformed.end && malformed.end <= bytes.len())
            }
        }
    }
    let mut bad = Vec::new();
    let mut arrays = Vec::new();
    for field in 0..wanted.len() {
        let decoded = decoder.decode(field, bytes, &rows, None).unwrap();
        bad.extend(decoded.bad_rows());
        arrays.push(decoded.array);
    }
    let batch = RecordBatch::try_new(Arc::new(physical_schema(&record)), arrays).unwrap();
    let mut lines = Vec::new();
    Encoder::new(&format, &record).unwrap().encode(&batch, &mut lines).unwrap();
    let good = lines.split_inclusive(|b| *b == b'\n').enumerate().filter(|(row, _)| !bad.contains(row));
    good.flat_map(|(_, line)| line.to_vec()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    for timestamp_standard in [TimestampStandard::Sql, TimestampStandard::Iso8601] {
        let options = JsonOptions { ignore_parse_errors: true, timestamp_standard, ..JsonOptions::default() };
        let lines = read(&options, bytes);
        // What has been written is well-formed, so that checking it whole makes no difference.
        let all = JsonOptions { malformed_check: MalformedCheck::All, ..options.clone() };
        assert_eq!(String::from_utf8_lossy(&read(&all, &lines)), String::from_utf8_lossy(&lines));
        let checked = read(&all, bytes);
        assert!(checked.len() <= lines.len());
    }
});
