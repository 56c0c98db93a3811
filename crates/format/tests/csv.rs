//! CSV records, read and written as Flink 2.1 does it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at what should not be")]

mod rendered;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{ArrayRef, Decimal128Array, StringViewArray};
use rendered::*;

use millstream_expr::types::{DataType, Kind, physical_schema};
use millstream_format::{Decoder, Encoder, Wanted};

fn texts() -> Vec<millstream_expr::types::Field> {
    columns(&[("a", string()), ("b", string())])
}

fn pairs(options: &[(&str, &str)], text: &[u8]) -> Read {
    let mut read = read(&format("csv", options), &texts(), text);
    for row in &mut read.rows {
        *row = row.strip_prefix("{\"a\":").unwrap().strip_suffix('}').unwrap().replace(",\"b\":", "|");
    }
    read
}

const IGNORE: (&str, &str) = ("csv.ignore-parse-errors", "true");

#[test]
fn records_and_fields() {
    for (text, expected) in [
        ("1,2\n3,4", &[r#""1"|"2""#, r#""3"|"4""#][..]),
        ("a\"b,c\n", &[r#""a\"b"|"c""#]),
        ("\"a,b\",c\n\"x\"\"y\",z\n\"l1\nl2\",m\n", &[r#""a,b"|"c""#, r#""x\"y"|"z""#, r#""l1\nl2"|"m""#]),
        ("\"a\" ,b\n", &[r#""a"|"b""#]),
        (" \"a\",b\n", &[r#"" \"a\""|"b""#]),
        ("a,\n,b\n,\n\"\",x\n", &[r#""a"|"""#, r#"""|"b""#, r#"""|"""#, r#"""|"x""#]),
        ("\u{feff}a,b\r\nc,d\re,f\n", &[r#""a"|"b""#, r#""c"|"d""#, r#""e"|"f""#]),
        ("1,2,\n", &[r#""1"|"2""#]),
    ] {
        assert_eq!(pairs(&[], text.as_bytes()).rows, expected, "{text:?}");
    }
}

#[test]
fn malformed_records_fail_or_are_passed_over() {
    for (text, ignored, malformed) in [
        ("\"a\"x,b\nc,d\n", &[r#""c"|"d""#][..], 1),
        ("a,b,c\nd,e\n", &[r#""d"|"e""#], 1),
        ("1,2,,\nd,e\n", &[r#""d"|"e""#], 1),
        ("a,\"unterminated\nc,d\n", &[], 1),
    ] {
        let read = pairs(&[IGNORE], text.as_bytes());
        assert_eq!(
            (read.rows.as_slice(), read.malformed),
            (&ignored.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>()[..], malformed),
            "{text:?}"
        );
        assert!(pairs(&[], text.as_bytes()).error.is_some(), "{text:?}");
    }
    // Too few fields are NULLs, where errors are ignored.
    let few = b"a\nd,e\n\nf,g\n";
    assert_eq!(pairs(&[IGNORE], few).rows, [r#""a"|null"#, r#""d"|"e""#, r#"""|null"#, r#""f"|"g""#]);
    assert!(pairs(&[], few).error.unwrap().contains("fewer fields"));
    let not_utf8 = pairs(&[IGNORE], b"a,x\xffy\nc,d\n");
    assert_eq!((not_utf8.rows.len(), not_utf8.malformed), (1, 1));
}

#[test]
fn options() {
    assert_eq!(pairs(&[("csv.allow-comments", "true")], b"# c,\"\na,b\n #x,y\n").rows, [r#""a"|"b""#]);
    assert_eq!(pairs(&[], b"#c,d\n").rows, [r##""#c"|"d""##]);
    assert_eq!(
        pairs(&[("csv.escape-character", "\\")], b"a\\,b,c\n\"q\\\"r\",s\n\\n,\\t\nx\\\ny,z\n").rows,
        [r#""a,b"|"c""#, r#""q\"r"|"s""#, r#""\n"|"\t""#, r#""x\ny"|"z""#]
    );
    assert_eq!(
        pairs(&[("csv.null-literal", "n/a")], b"n/a,b\n\"n/a\",n/a\n n/a,x\n").rows,
        [r#"null|"b""#, "null|null", r#"" n/a"|"x""#]
    );
    assert_eq!(
        pairs(&[("csv.field-delimiter", "|"), ("csv.disable-quote-character", "true")], b"1|\"2\n").rows,
        [r#""1"|"\"2""#]
    );
    assert_eq!(
        pairs(&[("csv.field-delimiter", ";"), ("csv.quote-character", "'")], b"1;'2;3'\n'x''y';z\n").rows,
        [r#""1"|"2;3""#, r#""x'y"|"z""#]
    );
}

fn converted(data_type: DataType, values: &[&str]) -> Vec<String> {
    let record = columns(&[("i", int()), ("a", data_type)]);
    let one = |value: &&str| {
        let read = read(&format("csv", &[IGNORE]), &record, format!("0,{value}\n").as_bytes());
        read.rows[0].strip_prefix("{\"i\":0,\"a\":").unwrap().strip_suffix('}').unwrap().to_owned()
    };
    values.iter().map(one).collect()
}

#[test]
fn values_become_what_flink_makes_of_them() {
    let values = ["1", " 1 ", "+1", "3.7", "x", "", "true", "TRUE", "\" 1 \"", "01", "1f"];
    let cases: [(DataType, [&str; 11]); 5] = [
        (int(), ["1", "1", "1", "null", "null", "null", "null", "null", "1", "1", "null"]),
        (
            DataType::new(Kind::TinyInt),
            ["1", "1", "1", "null", "null", "null", "null", "null", "1", "1", "null"],
        ),
        (
            DataType::new(Kind::Double),
            ["1.0", "1.0", "1.0", "3.7", "null", "null", "null", "null", "1.0", "1.0", "1.0"],
        ),
        (
            decimal(10, 2),
            ["1.00", "null", "1.00", "3.70", "null", "null", "null", "null", "null", "1.00", "null"],
        ),
        (
            DataType::new(Kind::Boolean),
            ["false", "false", "false", "false", "false", "false", "true", "true", "false", "false", "false"],
        ),
    ];
    for (data_type, expected) in cases {
        assert_eq!(converted(data_type.clone(), &values), expected, "{data_type}");
    }
    assert_eq!(
        converted(DataType::new(Kind::Date), &["2024-1-2", "2024-02-30", " 2024-01-02"]),
        ["\"2024-01-02\"", "\"2024-03-01\"", "null"]
    );
    assert_eq!(
        converted(timestamp(3), &["2024-02-30 00:00:00", "2024-01-02 03:04:05.", "2024-1-2 3:4:5"]),
        ["\"2024-02-29 00:00:00\"", "\"2024-01-02 03:04:05\"", "null"]
    );
    assert_eq!(converted(DataType::bytes(), &["YWJj", "YQ", ""]), ["\"YWJj\"", "null", "\"\""]);
}

#[test]
fn arrays_and_rows() {
    assert_eq!(
        converted(DataType::array(int()), &["1;2;3", "", "\"7\"", "x;1", " 1 ; 2 ", ";"]),
        ["[1,2,3]", "[]", "[7]", "[null,1]", "[1,2]", "[null,null]"]
    );
    let pair = row(&[("x", int()), ("y", string())]);
    assert_eq!(
        converted(pair.clone(), &["2;ab", "", "\"4;c\"", "5", "1;2;3", ";"]),
        [
            "{\"x\":2,\"y\":\"ab\"}",
            "null",
            "{\"x\":4,\"y\":\"c\"}",
            "{\"x\":5,\"y\":null}",
            "{\"x\":1,\"y\":\"2\"}",
            "{\"x\":null,\"y\":\"\"}"
        ]
    );
    let record = columns(&[("a", int()), ("r", pair)]);
    let wanted = [Wanted { column: 1, path: vec![1], data_type: string() }];
    let read = read_wanted(
        &format("csv", &[]),
        &record,
        &wanted,
        &columns(&[("y", string())]),
        b"1,2;ab\n2,\n3,3;c\n",
    );
    assert_eq!(read.rows, ["{\"y\":\"ab\"}", "{\"y\":null}", "{\"y\":\"c\"}"]);
    for refused in [DataType::map(string(), int()), DataType::array(DataType::array(int()))] {
        let record = columns(&[("a", refused)]);
        assert!(Decoder::new(&format("csv", &[]), &record, &[]).is_err());
    }
}

fn written(options: &[(&str, &str)], rows: &[(&str, Option<&str>)]) -> String {
    let a = StringViewArray::from_iter_values(rows.iter().map(|(a, _)| *a));
    let b = StringViewArray::from_iter(rows.iter().map(|(_, b)| *b));
    let batch = RecordBatch::try_new(
        Arc::new(physical_schema(&texts())),
        vec![Arc::new(a) as ArrayRef, Arc::new(b) as ArrayRef],
    );
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&format("csv", options), &texts()).unwrap();
    encoder.encode(&batch.unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

// Each of these was written by Flink 2.1.
#[test]
fn quotes_stand_where_jackson_puts_them() {
    let rows = [
        ("a,b", Some("q\"r")),
        (" lead", Some("-5")),
        ("", Some("\n")),
        ("#x", Some("a;b")),
        ("abcdefghijklmnopqrstuvwxyz0123456789", Some("é")),
        ("a\\b", Some("a:b")),
        ("a'b", Some("a/b")),
        ("x y", None),
    ];
    assert_eq!(
        written(&[], &rows),
        "\"a,b\",\"q\"\"r\"\n\" lead\",-5\n,\"\n\"\n\"#x\",a;b\n\"abcdefghijklmnopqrstuvwxyz0123456789\",é\n\
         \"a\\b\",a:b\n\"a'b\",a/b\n\"x y\",\n"
    );
    let options = [
        ("csv.null-literal", "N"),
        ("csv.escape-character", "\\"),
        ("csv.quote-character", "'"),
        ("csv.field-delimiter", "|"),
    ];
    assert_eq!(
        written(&options, &[("a\\b", Some("q'q")), ("|", None), ("", Some("N"))]),
        "'a\\\\b'|'q''q'\n'|'|N\n|'N'\n"
    );
    assert_eq!(written(&[("csv.disable-quote-character", "true")], &[("a,b", Some("q\"r"))]), "a,b,q\"r\n");
}

#[test]
fn decimals_are_written_as_jackson_does_or_plainly() {
    let fields = columns(&[("d", decimal(20, 5))]);
    let array =
        Decimal128Array::from(vec![10_000_000_000, 150_000, 1, 0]).with_precision_and_scale(20, 5).unwrap();
    let batch =
        RecordBatch::try_new(Arc::new(physical_schema(&fields)), vec![Arc::new(array) as ArrayRef]).unwrap();
    let write = |value: &str| {
        let format = format("csv", &[("csv.write-bigdecimal-in-scientific-notation", value)]);
        let mut out = Vec::new();
        Encoder::new(&format, &fields).unwrap().encode(&batch, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(write("true"), "1E+5\n1.5\n0.00001\n0\n");
    assert_eq!(write("false"), "100000\n1.5\n0.00001\n0\n");
}
