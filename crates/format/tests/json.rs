//! JSON records, read as Flink 2.1 reads them. Where its two decoders differ, or one trips over a value it cannot
//! convert, the sane answer is kept: a value that does not convert is NULL alone, the last of equal keys counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at what should not be")]

mod rendered;

use rendered::*;

use millstream_expr::types::{DataType, Field, Kind};
use millstream_format::{Decoder, Wanted};

fn ignoring(options: &[(&str, &str)]) -> millstream_format::Format {
    let mut all = vec![("json.ignore-parse-errors", "true")];
    all.extend_from_slice(options);
    format("json", &all)
}

/// What each value becomes as `data_type`, NULL where it does not convert; `-` where its record is malformed.
fn converted(data_type: DataType, options: &[(&str, &str)], values: &[&str]) -> Vec<String> {
    let record = columns(&[("a", data_type)]);
    let one = |value: &&str| {
        let read = read(&ignoring(options), &record, format!("{{\"a\":{value}}}\n").as_bytes());
        match read.rows.as_slice() {
            [row] => row.strip_prefix("{\"a\":").unwrap().strip_suffix('}').unwrap().to_owned(),
            [] => "-".to_owned(),
            _ => panic!("{read:?}"),
        }
    };
    values.iter().map(one).collect()
}

#[test]
fn scalars_become_what_flink_makes_of_them() {
    let values =
        ["1", "3.7", "1E400", "\"5\"", "\" 5 \"", "\"x\"", "true", "\"TRUE\"", "null", "{}", "[1]", "128"];
    let cases: [(Kind, [&str; 12]); 8] = [
        (
            Kind::Boolean,
            [
                "false", "false", "false", "false", "false", "false", "true", "true", "null", "false",
                "false", "false",
            ],
        ),
        (
            Kind::TinyInt,
            ["1", "null", "null", "5", "5", "null", "null", "null", "null", "null", "null", "null"],
        ),
        (
            Kind::SmallInt,
            ["1", "null", "null", "5", "5", "null", "null", "null", "null", "null", "null", "128"],
        ),
        (Kind::Int, ["1", "3", "null", "5", "5", "null", "null", "null", "null", "null", "null", "128"]),
        (Kind::BigInt, ["1", "3", "null", "5", "5", "null", "null", "null", "null", "null", "null", "128"]),
        (
            Kind::Float,
            [
                "1.0",
                "3.7",
                "\"Infinity\"",
                "5.0",
                "5.0",
                "null",
                "null",
                "null",
                "null",
                "null",
                "null",
                "128.0",
            ],
        ),
        (
            Kind::Double,
            [
                "1.0",
                "3.7",
                "\"Infinity\"",
                "5.0",
                "5.0",
                "null",
                "null",
                "null",
                "null",
                "null",
                "null",
                "128.0",
            ],
        ),
        (
            Kind::Decimal { precision: 4, scale: 2 },
            ["1.00", "3.70", "null", "5.00", "5.00", "null", "null", "null", "null", "null", "null", "null"],
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(converted(DataType::new(kind.clone()), &[], &values), expected, "{kind}");
    }
    assert_eq!(
        converted(string(), &[], &values),
        [
            "\"1\"",
            "\"3.7\"",
            "\"1E400\"",
            "\"5\"",
            "\" 5 \"",
            "\"x\"",
            "\"true\"",
            "\"TRUE\"",
            "null",
            "\"{}\"",
            "\"[1]\"",
            "\"128\""
        ]
    );
    assert_eq!(
        converted(DataType::bytes(), &[], &["\"YWJj\"", "\"YWJ\"", "\"YWJj\\n\"", "\"YW Jj\"", "1"]),
        ["\"YWJj\"", "null", "\"YWJj\"", "null", "null"]
    );
}

#[test]
fn dates_and_times() {
    assert_eq!(
        converted(
            DataType::new(Kind::Date),
            &[],
            &["\"2024-01-02\"", "\"2024-02-30\"", "\"2024-1-2\"", "20000"]
        ),
        ["\"2024-01-02\"", "null", "null", "null"]
    );
    assert_eq!(
        converted(DataType::new(Kind::Time { precision: 0 }), &[], &["\"03:04:05.678\"", "\"03:04\""]),
        ["\"03:04:05\"", "null"]
    );
    let values =
        ["\"2024-01-02 03:04:05.123456789\"", "\"2024-01-02T03:04:05.5\"", "\"2024-01-02 24:00:00\""];
    assert_eq!(
        converted(timestamp(3), &[], &values),
        ["\"2024-01-02 03:04:05.123\"", "null", "\"2024-01-03 00:00:00\""]
    );
    assert_eq!(
        converted(timestamp(9), &[], &values),
        ["\"2024-01-02 03:04:05.123456789\"", "null", "\"2024-01-03 00:00:00\""]
    );
    // Rendered in SQL style, read in ISO style.
    assert_eq!(
        converted(timestamp(3), &[("json.timestamp-format.standard", "ISO-8601")], &values),
        ["null", "\"2024-01-02 03:04:05.5\"", "null"]
    );
    let utc = DataType::new(Kind::TimestampLtz { precision: 3 });
    assert_eq!(
        converted(utc, &[], &["\"2024-01-02 03:04:05Z\"", "\"2024-01-02 03:04:05\""]),
        ["\"2024-01-02 03:04:05Z\"", "null"]
    );
}

#[test]
fn containers() {
    let ints = DataType::array(int());
    assert_eq!(
        converted(ints, &[], &["[ 1 , \"2\",null,\"x\",3.5,[4]]", "[]", "3", "{}", "null", "[1", "[1,tru]"]),
        ["[1,2,null,null,3,null]", "[]", "null", "null", "null", "-", "-"]
    );
    let map = DataType::map(string(), int());
    assert_eq!(
        converted(map, &[], &["{\"k\":1,\"j\":\"x\",\"k\":2,\"\\u0041\":null}", "[]"]),
        // In the order in which Flink's hash map gives them.
        ["{\"j\":null,\"A\":null,\"k\":2}", "null"]
    );
    let nested = row(&[("x", int()), ("y", row(&[("z", string())]))]);
    assert_eq!(
        converted(
            nested,
            &[],
            &["{\"y\":{\"z\":{\"q\": [ ]}},\"w\":9,\"x\":1}", "{}", "{\"x\":1,\"y\":3}", "4"]
        ),
        [
            "{\"x\":1,\"y\":{\"z\":\"{\\\"q\\\":[]}\"}}",
            "{\"x\":null,\"y\":null}",
            "{\"x\":1,\"y\":null}",
            "null"
        ]
    );
    let multiset = DataType::new(Kind::Multiset(std::sync::Arc::new(string())));
    assert_eq!(converted(multiset, &[], &["{\"a\":2}"]), ["{\"a\":2}"]);
}

#[test]
fn lines_that_are_no_objects() {
    let record = columns(&[("a", int())]);
    let rows = |line: &str| read(&ignoring(&[]), &record, line.as_bytes());
    for (line, expected, malformed) in [
        ("{\"a\":1} xyz\n", &["{\"a\":1}"][..], 0),
        ("{\"a\":1}{\"a\":2}\n", &["{\"a\":1}"], 0),
        ("[{\"a\":1},{\"a\":2}]\n", &["{\"a\":1}", "{\"a\":2}"], 0),
        ("[{\"a\":1},3]\n", &["{\"a\":1}"], 1),
        ("[]\n", &[], 0),
        ("\n\r\n", &[], 0),
        ("   \n", &[], 1),
        ("null\n3\n\"x\"\n", &[], 3),
        ("{}\n", &["{\"a\":null}"], 0),
        ("\u{feff}{\"a\":1}\n", &["{\"a\":1}"], 0),
        ("{\"a\":1}\r\n\r\n{\"a\":2}", &["{\"a\":1}", "{\"a\":2}"], 0),
        (" \t{ \"a\" :\t1 , \"b\" : [ 1 , { \"c\" : \"}\" } ] }  \n", &["{\"a\":1}"], 0),
        ("{\"a\":4}\0\n", &["{\"a\":4}"], 0),
        ("{\"a\"\n:2}\n", &[], 2),
        ("{\"\\u0061\":7}\n", &["{\"a\":7}"], 0),
        ("{\"z\":\"a tab\there\",\"a\":7}\n", &["{\"a\":7}"], 0),
    ] {
        assert_eq!(
            rows(line),
            Read { rows: expected.iter().map(|r| (*r).to_owned()).collect(), malformed, error: None },
            "{line:?}"
        );
    }
    for line in [
        "{\"a\":1,}",
        "{\"a\":1",
        "{\"a\":1]",
        "{\"a\":1,\"b\":}",
        "{\"b\":1 \"a\":1}",
        "{\"a\":1,\"z\":[1,2}",
        "{\"a\":1,\"z\":\"abc",
        "{'a':1}",
        "{a:1}",
        "{\"a\":tru}",
        "{\"a\":01}",
        "{\"a\":\"\\q\"}",
        "{\"a\" 1}",
        "{\"a\":1,\"z\"}",
        "/**/{\"a\":1}",
    ] {
        assert_eq!((rows(line).rows.len(), rows(line).malformed), (0, 1), "{line}");
    }
}

#[test]
fn the_last_of_equal_keys_counts() {
    let record = columns(&[("a", int()), ("r", row(&[("x", int()), ("y", int())]))]);
    let text = b"{\"a\":1,\"a\":2}\n{\"a\":1,\"a\":null}\n{\"r\":{\"x\":1,\"y\":2},\"r\":{\"x\":5}}\n";
    let all = read(&format("json", &[]), &record, text);
    assert_eq!(
        all.rows,
        ["{\"a\":2,\"r\":null}", "{\"a\":null,\"r\":null}", "{\"a\":null,\"r\":{\"x\":5,\"y\":null}}"]
    );
    // And no otherwise where a field of the row is read alone.
    let wanted = [0, 1].map(|index| Wanted { column: 1, path: vec![index], data_type: int() });
    let shown = columns(&[("x", int()), ("y", int())]);
    let parts = read_wanted(&format("json", &[]), &record, &wanted, &shown, text);
    assert_eq!(parts.rows[2], "{\"x\":5,\"y\":null}");
}

#[test]
fn fields_of_rows_are_read_alone() {
    let record = columns(&[("a", row(&[("b", row(&[("c", string())])), ("d", int())])), ("e", int())]);
    let wanted = [
        Wanted { column: 0, path: vec![0, 0], data_type: string() },
        Wanted { column: 0, path: vec![1], data_type: int() },
        Wanted { column: 1, path: Vec::new(), data_type: int() },
    ];
    let shown = columns(&[("c", string()), ("d", int()), ("e", int())]);
    let text = concat!(
        "{\"e\":1,\"a\":{\"x\":[{\"d\":9}],\"b\":{\"c\":\"v\",\"d\":8},\"d\":2}}\n",
        "{\"a\":{\"b\":null},\"e\":2}\n",
        "{\"a\":null,\"e\":3}\n",
        "{\"a\":{\"d\":4},\"e\":{}}\n",
        "{\"a\":5,\"e\":5}\n",
    );
    let read = read_wanted(&ignoring(&[]), &record, &wanted, &shown, text.as_bytes());
    assert_eq!(
        read.rows,
        [
            "{\"c\":\"v\",\"d\":2,\"e\":1}",
            "{\"c\":null,\"d\":null,\"e\":2}",
            "{\"c\":null,\"d\":null,\"e\":3}",
            "{\"c\":null,\"d\":4,\"e\":null}",
            "{\"c\":null,\"d\":null,\"e\":5}",
        ]
    );
    let strict = read_wanted(&format("json", &[]), &record, &wanted, &shown, b"{\"a\":5,\"e\":5}\n");
    assert!(strict.error.unwrap().contains("field 'a.b.c'"));
}

#[test]
fn text_that_is_not_utf8_is_malformed() {
    let record = columns(&[("s", string()), ("a", int())]);
    let text = b"{\"s\":\"x\xffy and more than twelve bytes\",\"a\":1}\n{\"s\":\"x\xc0\x80\",\"a\":2}\n{\"s\":\"ok\",\"a\":3}\n";
    let all = read(&ignoring(&[]), &record, text);
    assert_eq!((all.rows.as_slice(), all.malformed), (&["{\"s\":\"ok\",\"a\":3}".to_owned()][..], 2));
    let error = read(&format("json", &[]), &record, text).error.unwrap();
    assert!(error.contains("not UTF-8"), "{error}");
    // Lone surrogates, which no UTF-8 holds, become question marks.
    let surrogates = read(&format("json", &[]), &record, b"{\"s\":\"\\ud800x\\ud83d\\ude00\"}\n");
    assert_eq!(surrogates.rows, ["{\"s\":\"?x😀\",\"a\":null}"]);
}

#[test]
fn what_nobody_reads_is_judged_only_when_all_is() {
    let record = columns(&[("a", int())]);
    let lenient =
        ["{\"z\":tru,\"a\":1}", "{\"a\":1,\"z\":\"\\q\"}", "{\"a\":1,\"z\":01}", "{\"a\":1,\"z\":[1 2,:]}"];
    for line in lenient {
        let needed = read(&ignoring(&[]), &record, line.as_bytes());
        assert_eq!((needed.rows.len(), needed.malformed), (1, 0), "{line}");
        let all = read(&ignoring(&[("json.malformed-check", "all")]), &record, line.as_bytes());
        assert_eq!((all.rows.len(), all.malformed), (0, 1), "{line}");
    }
}

#[test]
fn missing_fields_fail_when_they_must() {
    let failing = format("json", &[("json.fail-on-missing-field", "true")]);
    let record = columns(&[("a", int()), ("b", int())]);
    let read_all = read(&failing, &record, b"{\"a\":1,\"b\":null}\n{\"a\":1}\n");
    assert_eq!(read_all.rows.len(), 1);
    assert!(read_all.error.unwrap().contains("field 'b' is missing"));
    let nested = columns(&[("r", row(&[("x", int()), ("y", int())]))]);
    assert!(read(&failing, &nested, b"{\"r\":null}\n").error.is_none());
    assert!(read(&failing, &nested, b"{\"r\":{\"x\":1}}\n").error.is_some());
}

#[test]
fn errors_name_the_field_the_value_and_the_mend() {
    let record = columns(&[("a", int())]);
    let error = read(&format("json", &[]), &record, b"{\"a\":1}\n{\"a\":\"x\"}\n").error.unwrap();
    assert_eq!(
        error,
        "field 'a' of the json record '{\"a\":\"x\"}' does not fit its type: a whole number that fits the type was \
         expected; set 'json.ignore-parse-errors' to make it NULL"
    );
    let error = read(&format("json", &[]), &record, b"{\"a\":1,}\n").error.unwrap();
    assert_eq!(error, "malformed json record: ':' was expected at byte 8 of '{\"a\":1,}'");
}

#[test]
fn types_that_json_does_not_hold_are_refused() {
    let record = columns(&[("m", DataType::map(int(), string()))]);
    let wanted = [Wanted { column: 0, path: Vec::new(), data_type: record[0].data_type.clone() }];
    let error = Decoder::new(&format("json", &[]), &record, &wanted).unwrap_err();
    assert!(error.message.contains("STRING keys"), "{}", error.message);
}

#[test]
fn names_are_case_sensitive_and_may_hold_anything() {
    let record: Vec<Field> =
        columns(&[("a", int()), ("A", int()), ("a b", int()), ("q\"\\", int()), ("é", int())]);
    let text = "{\"a\":1,\"A\":2,\"a b\":3,\"q\\\"\\\\\":4,\"é\":5}\n{\"\\u00e9\":6}\n";
    let rows = read(&format("json", &[]), &record, text.as_bytes()).rows;
    assert_eq!(rows[0], text.lines().next().unwrap());
    assert!(rows[1].ends_with("\"é\":6}"));
}
