//! Any bytes as CSV records: they are read or refused, and cutting them between records changes nothing.

#![no_main]

use std::sync::Arc;

use arrow_array::RecordBatch;
use libfuzzer_sys::fuzz_target;
use millstream_expr::types::{DataType, Field, Kind, physical_schema};
use millstream_format::{CsvOptions, Decoder, Encoder, Format, JsonOptions, Paused, Wanted};

fn columns() -> Vec<Field> {
    [
        ("s", DataType::string()),
        ("l", DataType::new(Kind::BigInt)),
        ("d", DataType::new(Kind::Decimal { precision: 20, scale: 4 })),
        ("x", DataType::array(DataType::string())),
        ("t", DataType::string()),
    ]
    .map(|(name, data_type)| Field::new(name, data_type))
    .to_vec()
}

/// The rows of `bytes`, which start at `position`, as JSON lines.
fn read(format: &Format, bytes: &[u8], position: u64) -> Vec<String> {
    let record = columns();
    let wanted: Vec<Wanted> = (record.iter().enumerate())
        .map(|(column, f)| Wanted { column, path: Vec::new(), data_type: f.data_type.clone() })
        .collect();
    let mut decoder = Decoder::new(format, &record, &wanted).unwrap();
    let mut rows = decoder.rows();
    decoder.start(0..bytes.len(), position);
    while decoder.read(bytes, usize::MAX, &mut rows) != Paused::End {}
    let mut bad = Vec::new();
    let mut arrays = Vec::new();
    for field in 0..wanted.len() {
        let decoded = decoder.decode(field, bytes, &rows, None).unwrap();
        bad.extend(decoded.bad_rows());
        arrays.push(decoded.array);
    }
    let batch = RecordBatch::try_new(Arc::new(physical_schema(&record)), arrays).unwrap();
    let mut lines = Vec::new();
    let json = Format::Json(JsonOptions::default());
    Encoder::new(&json, &record).unwrap().encode(&batch, &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let good = lines.lines().enumerate().filter(|(row, _)| !bad.contains(row));
    good.map(|(_, line)| line.to_owned()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let options = CsvOptions {
        quote: (choice & 1 == 0).then_some('"'),
        escape: (choice & 2 != 0).then_some('\\'),
        allow_comments: choice & 4 != 0,
        ignore_parse_errors: true,
        ..CsvOptions::default()
    };
    let format = Format::Csv(options);
    let whole = read(&format, bytes, 0);
    let framing = format.framing();
    let cut = framing.whole_records(&bytes[..bytes.len() / 2], 0);
    let mut parts = read(&format, &bytes[..cut], 0);
    parts.extend(read(&format, &bytes[cut..], cut as u64));
    assert_eq!(whole, parts);
});
