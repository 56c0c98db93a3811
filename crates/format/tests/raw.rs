//! Raw lines, read and written as Flink 2.1 does it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at what should not be")]

mod rendered;

use rendered::*;

use millstream_expr::types::{DataType, Kind};
use millstream_format::{Decoder, Encoder, Wanted};

fn lines(data_type: DataType, options: &[(&str, &str)], bytes: &[u8]) -> Read {
    read(&format("raw", options), &columns(&[("a", data_type)]), bytes)
}

#[test]
fn a_line_is_a_value() {
    assert_eq!(
        lines(string(), &[], b"x\r\ny\n\nz\xff").rows,
        ["{\"a\":\"x\"}", "{\"a\":\"y\"}", "{\"a\":\"\"}", "{\"a\":\"z\u{fffd}\"}"]
    );
    assert_eq!(lines(string(), &[("raw.charset", "ISO-8859-1")], b"x\xe9\n").rows, ["{\"a\":\"xé\"}"]);
    assert_eq!(lines(DataType::bytes(), &[], b"1\xff\n\n").rows, ["{\"a\":\"Mf8=\"}", "{\"a\":\"\"}"]);
}

#[test]
fn numbers_are_their_bytes() {
    let little = [("raw.endianness", "little-endian")];
    assert_eq!(lines(int(), &little, b"abcd\nefgh\n").rows, ["{\"a\":1684234849}", "{\"a\":1751606885}"]);
    assert_eq!(lines(int(), &[], b"abcd\n").rows, ["{\"a\":1633837924}"]);
    let boolean = DataType::new(Kind::Boolean);
    assert_eq!(lines(boolean, &[], b"1\n\0\n").rows, ["{\"a\":true}", "{\"a\":false}"]);
    assert!(lines(int(), &[], b"abcd\n22\n").error.unwrap().contains("another length"));
}

#[test]
fn what_raw_does_not_hold_is_refused() {
    let two = columns(&[("a", string()), ("b", int())]);
    assert!(Decoder::new(&format("raw", &[]), &two, &[]).unwrap_err().message.contains("one column"));
    let decimal = columns(&[("a", decimal(10, 2))]);
    let wanted = [Wanted { column: 0, path: Vec::new(), data_type: decimal[0].data_type.clone() }];
    assert!(Decoder::new(&format("raw", &[]), &decimal, &wanted).is_err());
    assert!(Encoder::new(&format("raw", &[]), &decimal).is_err());
}
