//! The ladder against plain decode-then-filter, over drawn predicates and hostile records.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at what should not be")]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small numbers")]

mod predicates;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use jiff::tz::TimeZone;
use millstream_expr::types::{DataType, Field, Kind};
use millstream_expr::{CastMode, EvalContext, Evaluator, Expr};
use millstream_filter::{Ladder, LadderSpec};
use millstream_format::{CsvOptions, Format, JsonOptions, MalformedCheck};
use predicates::chance::Chance;
use predicates::*;
use proptest::prelude::*;

fn record() -> Arc<[Field]> {
    let inner =
        DataType::row([Field::new("c", DataType::string()), Field::new("d", DataType::new(Kind::BigInt))]);
    let nested = DataType::row([Field::new("a", DataType::string()), Field::new("b", inner)]);
    [
        ("id", DataType::new(Kind::BigInt)),
        ("s", DataType::string()),
        ("t", DataType::string()),
        ("n", DataType::new(Kind::BigInt)),
        ("r", nested),
        ("x", DataType::array(DataType::string())),
    ]
    .map(|(name, data_type)| Field::new(name, data_type))
    .into()
}

/// The fields id, s, t, n, r.a, r.b.c, r.b.d, x; of them text: 1, 2, 4, 5; numbers: 0, 3, 6.
const TEXTS: [usize; 4] = [1, 2, 4, 5];
const NUMBERS: [usize; 3] = [0, 3, 6];

fn json_spec(options: JsonOptions, predicate: Option<Expr>, output: &[usize]) -> LadderSpec {
    let record = record();
    let fields = vec![
        field(&record, 0, &[]),
        field(&record, 1, &[]),
        field(&record, 2, &[]),
        field(&record, 3, &[]),
        field(&record, 4, &[0]),
        field(&record, 4, &[1, 0]),
        field(&record, 4, &[1, 1]),
        field(&record, 5, &[]),
    ];
    let names = ["id", "s", "t", "n", "ra", "rbc", "rbd", "x"];
    let output = output.iter().map(|field| (*field, names[*field].into())).collect();
    LadderSpec { format: Format::Json(options), record, fields, predicate, output }
}

/// What decoding everything first and filtering after gives, as lines.
fn plain(spec: &LadderSpec, bytes: &[u8]) -> Given {
    let whole = LadderSpec {
        predicate: None,
        output: (0..spec.fields.len()).map(|field| (field, format!("c{field}").into())).collect(),
        ..spec.clone()
    };
    let context = EvalContext { now_micros: 0, seed: 0 };
    let mut ladder = Ladder::new(&whole, &TimeZone::UTC, usize::MAX).unwrap();
    ladder.feed(millstream_format::Block { bytes: bytes.into(), position: 0, volatile: false });
    let mut given = Given { rows: Vec::new(), error: None, counts: ladder.counts() };
    let evaluator =
        spec.predicate.as_ref().map(|p| Evaluator::new(std::slice::from_ref(p), &TimeZone::UTC).unwrap());
    loop {
        match ladder.next_batch(&context) {
            Ok(None) => break,
            Ok(Some(batch)) => {
                let columns: Vec<ArrayRef> = batch.columns().to_vec();
                let passes =
                    evaluator.as_ref().map(|e| e.predicate(&context, &columns, batch.num_rows()).unwrap());
                let output: Vec<usize> = spec.output.iter().map(|(field, _)| *field).collect();
                let columns = output.iter().map(|field| Arc::clone(batch.column(*field))).collect();
                let shown = RecordBatch::try_new(schema(spec), columns).unwrap();
                let lines = rendered(spec, &shown);
                let passes = |row: usize| passes.as_ref().is_none_or(|p| p.value(row));
                given
                    .rows
                    .extend(lines.into_iter().enumerate().filter(|(row, _)| passes(*row)).map(|(_, l)| l));
            }
            Err(error) => {
                given.error = Some(error);
                break;
            }
        }
    }
    given.counts = ladder.counts();
    given
}

fn schema(spec: &LadderSpec) -> arrow_schema::SchemaRef {
    Ladder::new(spec, &TimeZone::UTC, 1).unwrap().schema()
}

fn is_subsequence(short: &[String], long: &[String]) -> bool {
    let mut long = long.iter();
    short.iter().all(|line| long.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_those_of_decoding_and_filtering(seed: u64, block in 1..4000_usize, rows in 1..40_usize) {
        let mut chance = Chance(seed);
        let bytes = chance.lines(40, false);
        let options = JsonOptions { ignore_parse_errors: true, ..JsonOptions::default() };
        for _ in 0..4 {
            let predicate = chance.predicate(&TEXTS, &NUMBERS, 2);
            let output: &[usize] = chance.of(&[&[0_usize][..], &[0, 1, 7], &[0, 1, 2, 3, 4, 5, 6, 7], &[3, 6]]);
            let spec = json_spec(options.clone(), Some(predicate), output);
            let expected = plain(&spec, &bytes);
            let given = climb(&spec, &bytes, block, rows);
            prop_assert_eq!(&given.rows, &expected.rows, "{:?}\n{}", spec.predicate, String::from_utf8_lossy(&bytes));
            prop_assert_eq!(given.error, None);
            prop_assert_eq!(given.counts.malformed, 0);
            prop_assert_eq!(given.counts.rows as usize, given.rows.len());
        }
    }

    #[test]
    fn all_records_are_judged_when_all_are_checked(seed: u64, ignore: bool, block in 1..4000_usize) {
        let mut chance = Chance(seed);
        let bytes = chance.lines(30, true);
        let options = JsonOptions {
            ignore_parse_errors: ignore,
            malformed_check: MalformedCheck::All,
            ..JsonOptions::default()
        };
        let everything = [0, 1, 2, 3, 4, 5, 6, 7];
        let spec = json_spec(options, Some(chance.predicate(&TEXTS, &NUMBERS, 2)), &everything);
        let expected = plain(&spec, &bytes);
        let given = climb(&spec, &bytes, block, 16);
        prop_assert_eq!(&given.rows, &expected.rows, "{:?}\n{}", spec.predicate, String::from_utf8_lossy(&bytes));
        // Which of its wrong fields is named may differ.
        prop_assert_eq!(given.error.map(|e| e.record), expected.error.map(|e| e.record));
        if ignore {
            prop_assert_eq!(given.counts.malformed, expected.counts.malformed);
        }
    }

    #[test]
    fn neither_blocks_nor_what_was_learned_change_the_rows(seed: u64, ignore: bool, blocks in prop::array::uniform3(1..4000_usize)) {
        let mut chance = Chance(seed);
        let bytes = chance.lines(40, true);
        let options = JsonOptions { ignore_parse_errors: ignore, ..JsonOptions::default() };
        let spec = json_spec(options.clone(), Some(chance.predicate(&TEXTS, &NUMBERS, 2)), &[0, 1, 2, 7]);
        let first = climb(&spec, &bytes, usize::MAX, 8192);
        // One ladder over the same bytes again and again learns, and rests, and tries again.
        let mut ladder = Ladder::new(&spec, &TimeZone::UTC, 16).unwrap();
        let mut malformed = 0;
        for block in blocks {
            let given = climb_with(&mut ladder, &spec, &bytes, block, 16);
            prop_assert_eq!(&given.rows, &first.rows, "{:?}\n{}", spec.predicate, String::from_utf8_lossy(&bytes));
            prop_assert_eq!(given.error.as_ref().map(|e| &e.message), first.error.as_ref().map(|e| &e.message));
            prop_assert_eq!(given.error.and_then(|e| e.record), first.error.as_ref().and_then(|e| e.record));
            if first.error.is_none() {
                prop_assert_eq!(given.counts.malformed - malformed, first.counts.malformed);
                malformed = given.counts.malformed;
            }
        }
        // Whoever judges less gives out all that whoever judges more gives out.
        if ignore {
            let all = JsonOptions { malformed_check: MalformedCheck::All, ..options };
            let strict = climb(&LadderSpec { format: Format::Json(all), ..spec.clone() }, &bytes, 1000, 16);
            prop_assert!(is_subsequence(&strict.rows, &first.rows), "{:?} {:?}", strict.rows, first.rows);
        }
    }

    #[test]
    fn csv_rows_are_those_of_decoding_and_filtering(seed: u64, ignore: bool, escape: bool, block in 1..600_usize) {
        let mut chance = Chance(seed);
        let bytes = csv_lines(&mut chance, 40);
        let record: Arc<[Field]> = [
            ("id", DataType::new(Kind::BigInt)),
            ("s", DataType::string()),
            ("t", DataType::string()),
            ("n", DataType::new(Kind::BigInt)),
        ]
        .map(|(name, data_type)| Field::new(name, data_type))
        .into();
        let predicate = chance.predicate(&[1, 2], &[0, 3], 2);
        for malformed_check in [MalformedCheck::All, MalformedCheck::Needed] {
            let options = CsvOptions {
                ignore_parse_errors: ignore,
                escape: escape.then_some('\\'),
                malformed_check,
                ..CsvOptions::default()
            };
            let spec = LadderSpec {
                format: Format::Csv(options),
                fields: (0..4).map(|column| field(&record, column, &[])).collect(),
                record: Arc::clone(&record),
                predicate: Some(predicate.clone()),
                output: match malformed_check {
                    MalformedCheck::All => (0..4).map(|column| (column, record[column].name.clone())).collect(),
                    MalformedCheck::Needed => vec![(0, "id".into()), (2, "t".into())],
                },
            };
            let given = climb(&spec, &bytes, block, 16);
            let whole = climb(&spec, &bytes, usize::MAX, 8192);
            prop_assert_eq!(&given.rows, &whole.rows, "{:?}\n{}", spec.predicate, String::from_utf8_lossy(&bytes));
            prop_assert_eq!(given.error.map(|e| (e.message, e.record)), whole.error.map(|e| (e.message, e.record)));
            let expected = plain(&spec, &bytes);
            if malformed_check == MalformedCheck::All {
                prop_assert_eq!(&given.rows, &expected.rows, "{:?}\n{}", spec.predicate, String::from_utf8_lossy(&bytes));
            } else if ignore {
                prop_assert!(is_subsequence(&expected.rows, &given.rows));
            }
        }
    }
}

#[test]
fn a_broken_csv_record_ends_where_it_does_in_any_block() {
    // What stands behind a closing quote goes on as plain text: the escaped line end belongs to it, and so does
    // the line end inside of the quotes that open behind the next comma.
    let bytes = b"1,\"a\"%\\\n\",x\n2,\"b\"c,\"d\ne\",f\n3,,x\n";
    let record: Arc<[Field]> = [
        Field::new("id", DataType::string()),
        Field::new("s", DataType::string()),
        Field::new("t", DataType::string()),
    ]
    .into();
    let options = CsvOptions { ignore_parse_errors: true, escape: Some('\\'), ..CsvOptions::default() };
    let spec = LadderSpec {
        format: Format::Csv(options),
        fields: (0..3).map(|column| field(&record, column, &[])).collect(),
        record,
        predicate: None,
        output: vec![(0, "id".into())],
    };
    for block in [1, 5, usize::MAX] {
        let given = climb(&spec, bytes, block, 16);
        assert_eq!(given.rows, ["{\"id\":\"3\"}"], "blocks of {block} bytes");
        assert_eq!(given.counts.malformed, 2);
    }
}

fn csv_lines(chance: &mut Chance, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for id in 0..count {
        let field = |chance: &mut Chance| {
            let words = chance.words().replace('\t', "\n");
            match chance.below(5) {
                0 => format!("\"{}\"", words.replace('"', "\"\"")),
                1 => words,
                _ => words.replace(['"', ',', '\n', '\\'], ""),
            }
        };
        let (s, t) = (field(chance), field(chance));
        let n = chance.of(&["1", "50", "", "x", " 7"]);
        let line = match chance.below(12) {
            0 => format!("{id},{s},{t}"),
            1 => format!("{id},{s},{t},{n},more"),
            _ => format!("{id},{s},{t},{n}"),
        };
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(chance.of(&[&b"\n"[..], b"\n", b"\r\n", b"\r"]));
    }
    out
}

#[test]
fn texts_that_look_alike_are_told_apart() {
    // A literal in a key, in another field, cut by an escape, in an unread container.
    let lines = concat!(
        "{\"id\":1,\"ab\":1}\n",
        "{\"id\":2,\"t\":\"ab\"}\n",
        "{\"id\":3,\"s\":\"a\\u0062\"}\n",
        "{\"id\":4,\"s\":{\"k\":\"ab\"}}\n",
        "{\"id\":5,\"s\":\"ab\",\"s\":\"x\"}\n",
        "{\"id\":6,\"s\":\"x\",\"\\u0073\":\"ab\"}\n",
    );
    let predicate = call("=", vec![Expr::column(1, DataType::string()), text("ab")]);
    let spec = json_spec(JsonOptions::default(), Some(predicate), &[0]);
    assert_eq!(climb(&spec, lines.as_bytes(), 50, 10).rows, ["{\"id\":3}", "{\"id\":6}"]);
}

#[test]
fn malformed_records_are_judged_if_they_may_match() {
    let lines = b"{\"id\":1,\"s\":\"ab\"}\n{\"id\":2,\"s\":\"cd\"\n{\"id\":3,\"s\":\"ab\"\n";
    let predicate = call("=", vec![Expr::column(1, DataType::string()), text("ab")]);
    let spec = json_spec(JsonOptions::default(), Some(predicate.clone()), &[0]);
    let given = climb(&spec, lines, 1, 10);
    assert_eq!(given.rows, ["{\"id\":1}"]);
    let error = given.error.unwrap();
    assert_eq!(error.record, Some(35));
    assert!(error.message.contains("ends too early"), "{}", error.message);
    let ignoring = JsonOptions { ignore_parse_errors: true, ..JsonOptions::default() };
    let given = climb(&json_spec(ignoring, Some(predicate.clone()), &[0]), lines, 1, 10);
    assert_eq!((given.rows.len(), given.counts.malformed), (1, 1));
    let all = JsonOptions {
        ignore_parse_errors: true,
        malformed_check: MalformedCheck::All,
        ..JsonOptions::default()
    };
    let given = climb(&json_spec(all, Some(predicate), &[0]), lines, 1, 10);
    assert_eq!((given.rows.len(), given.counts.malformed), (1, 2));
}

#[test]
fn a_value_behind_another_key_of_the_name_decides_nothing() {
    // The field is an inner one, comes twice, is hidden by an escape, or stands in an array of records.
    let lines = concat!(
        "{\"id\":1,\"r\":{\"n\":9},\"n\":1}\n",
        "{\"id\":2,\"n\":9,\"n\":1}\n",
        "{\"id\":3,\"n\":1,\"n\":9}\n",
        "{\"id\":4,\"n\":1,\"\\u006e\":9}\n",
        "{\"id\":5,\"r\":{\"n\":9}}\n",
        "[{\"id\":6,\"n\":1},{\"id\":7,\"n\" : 9 }]\n",
        "{\"id\":8,\"n\":\"9\"}\n",
        "{\"id\":9,\"s\":\"n\"}\n",
        "{\"id\":10,\"n\":9}",
    );
    let predicate = call(">", vec![Expr::column(3, DataType::new(Kind::BigInt)), long(5)]);
    let spec = json_spec(JsonOptions::default(), Some(predicate), &[0]);
    for block in [1, 70, 1000] {
        let ids: Vec<String> = [3, 4, 7, 8, 10].iter().map(|id| format!("{{\"id\":{id}}}")).collect();
        assert_eq!(climb(&spec, lines.as_bytes(), block, 10).rows, ids);
    }
}

#[test]
fn a_record_that_cannot_match_does_not_fail_the_query_either() {
    // The cast fails for the first record; whether its number is looked at before depends on what was learned.
    let lines = b"{\"id\":1,\"s\":\"x\",\"n\":1}\n{\"id\":2,\"s\":\"7\",\"n\":9}\n".repeat(3);
    let number = Expr::cast(Expr::column(1, DataType::string()), DataType::new(Kind::BigInt), CastMode::Fail);
    let predicate = all_of(vec![
        call(">", vec![number, long(5)]),
        call(">", vec![Expr::column(3, DataType::new(Kind::BigInt)), long(5)]),
    ]);
    let spec = json_spec(JsonOptions::default(), Some(predicate), &[0]);
    let mut ladder = Ladder::new(&spec, &TimeZone::UTC, 10).unwrap();
    for _ in 0..200 {
        let given = climb_with(&mut ladder, &spec, &lines, 1000, 10);
        assert_eq!((given.error, given.rows.len()), (None, 3));
    }
    let may_match = b"{\"id\":1,\"s\":\"x\",\"n\":9}\n";
    assert!(climb_with(&mut ladder, &spec, may_match, 1000, 10).error.is_some());
}

#[test]
fn constants_are_columns_like_others() {
    let record = record();
    let spec = LadderSpec {
        format: Format::Json(JsonOptions::default()),
        fields: vec![
            field(&record, 0, &[]),
            millstream_filter::SourceField::Constant { slot: 0, data_type: DataType::string() },
        ],
        record,
        predicate: Some(call("=", vec![Expr::column(1, DataType::string()), text("p")])),
        output: vec![(1, "part".into()), (0, "id".into())],
    };
    let mut ladder = Ladder::new(&spec, &TimeZone::UTC, 10).unwrap();
    let one = |value: &str| Arc::new(arrow_array::StringViewArray::from(vec![value])) as ArrayRef;
    ladder.set_constants(vec![one("p")]);
    let given = climb_with(&mut ladder, &spec, b"{\"id\":1}\n{\"id\":2}\n", 100, 10);
    assert_eq!(given.rows, ["{\"part\":\"p\",\"id\":1}", "{\"part\":\"p\",\"id\":2}"]);
    ladder.set_constants(vec![one("q")]);
    assert!(climb_with(&mut ladder, &spec, b"{\"id\":1}\n", 100, 10).rows.is_empty());
}

/// The rows of messages, whose numbers stand beside them.
fn messages(spec: &LadderSpec, bodies: &[&str], rounds: usize) -> Vec<String> {
    let mut ladder = Ladder::new(spec, &TimeZone::UTC, 3).unwrap();
    let (mut bytes, mut starts) = (Vec::new(), Vec::new());
    for body in bodies {
        starts.push(u32::try_from(bytes.len()).unwrap());
        bytes.extend_from_slice(body.as_bytes());
        bytes.push(b'\n');
    }
    let numbers: arrow_array::Int64Array = (0..).take(bodies.len()).collect::<Vec<i64>>().into();
    let context = EvalContext { now_micros: 0, seed: 0 };
    let mut rows = Vec::new();
    for _ in 0..rounds {
        rows.clear();
        let block = millstream_format::Block { bytes: bytes.clone().into(), position: 1, volatile: false };
        ladder.feed_messages(block, starts.clone().into(), vec![Arc::new(numbers.clone())]);
        while let Some(batch) = ladder.next_batch(&context).unwrap() {
            let mut out = Vec::new();
            let fields = spec
                .output
                .iter()
                .map(|(field, name)| Field::new(Arc::clone(name), spec.fields[*field].data_type().clone()));
            let fields: Vec<_> = fields.collect();
            let json = Format::Json(JsonOptions::default());
            millstream_format::Encoder::new(&json, &fields).unwrap().encode(&batch, &mut out).unwrap();
            rows.extend(String::from_utf8(out).unwrap().lines().map(str::to_owned));
        }
    }
    rows
}

#[test]
fn what_stands_beside_messages_goes_with_their_rows() {
    let record = record();
    let beside = millstream_filter::SourceField::Beside { slot: 0, data_type: DataType::new(Kind::BigInt) };
    let spec = |predicate| LadderSpec {
        format: Format::Json(JsonOptions::default()),
        fields: vec![field(&record, 0, &[]), beside.clone(), field(&record, 1, &[])],
        record: record.clone(),
        predicate,
        output: vec![(1, "number".into()), (0, "id".into())],
    };
    let bodies = ["{\"id\":10,\"s\":\"x\"}", "", "{\"id\":12}", "{\"id\":13,\"s\":\"x\"}", "{\"id\":14}"];
    assert_eq!(
        messages(&spec(None), &bodies, 1),
        [
            r#"{"number":0,"id":10}"#,
            r#"{"number":2,"id":12}"#,
            r#"{"number":3,"id":13}"#,
            r#"{"number":4,"id":14}"#
        ]
    );
    let at_least = call(">=", vec![Expr::column(1, DataType::new(Kind::BigInt)), long(3)]);
    let expected = [r#"{"number":3,"id":13}"#, r#"{"number":4,"id":14}"#];
    assert_eq!(messages(&spec(Some(at_least.clone())), &bodies, 9), expected);
    let x = call("=", vec![Expr::column(2, DataType::string()), text("x")]);
    assert_eq!(messages(&spec(Some(all_of(vec![at_least, x]))), &bodies, 9), expected[..1]);
}

#[test]
fn line_ends_in_raw_messages_belong_to_them() {
    let value =
        millstream_filter::SourceField::Record { column: 0, path: Vec::new(), data_type: DataType::string() };
    let spec = |predicate| LadderSpec {
        format: Format::Raw(millstream_format::RawOptions::default()),
        record: [Field::new("v", DataType::string())].into(),
        fields: vec![
            value.clone(),
            millstream_filter::SourceField::Beside { slot: 0, data_type: DataType::new(Kind::BigInt) },
        ],
        predicate,
        output: vec![(1, "number".into()), (0, "v".into())],
    };
    let bodies = ["a\nb", "", "c\r", "needle\nd", "e\nneedle", "f"];
    let all = messages(&spec(None), &bodies, 1);
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[..3],
        [r#"{"number":0,"v":"a\nb"}"#, r#"{"number":1,"v":""}"#, r#"{"number":2,"v":"c\r"}"#]
    );
    let like = call("LIKE", vec![Expr::column(0, DataType::string()), text("%needle%")]);
    assert_eq!(messages(&spec(Some(like)), &bodies, 9), all[3..5]);
    let numbered = call(">=", vec![Expr::column(1, DataType::new(Kind::BigInt)), long(4)]);
    assert_eq!(messages(&spec(Some(numbered)), &bodies, 9), all[4..]);
}

#[test]
fn no_columns_are_rows_all_the_same() {
    let spec = json_spec(JsonOptions::default(), None, &[]);
    let mut ladder = Ladder::new(&spec, &TimeZone::UTC, 2).unwrap();
    ladder.feed(millstream_format::Block { bytes: b"{}\n{}\n{}\n"[..].into(), position: 0, volatile: false });
    let context = EvalContext { now_micros: 0, seed: 0 };
    let mut rows = Vec::new();
    while let Some(batch) = ladder.next_batch(&context).unwrap() {
        rows.push(batch.num_rows());
    }
    assert_eq!(rows, [2, 1]);
    assert_eq!(ladder.counts().records, 3);
}

#[test]
fn strings_do_not_hold_the_block() {
    let spec = json_spec(JsonOptions::default(), None, &[1]);
    let mut ladder = Ladder::new(&spec, &TimeZone::UTC, 10).unwrap();
    let text = b"{\"s\":\"a text of more than twelve bytes\"}\n";
    ladder.feed(millstream_format::Block { bytes: text[..].into(), position: 0, volatile: true });
    let batch = ladder.next_batch(&EvalContext { now_micros: 0, seed: 0 }).unwrap().unwrap();
    assert!(ladder.take_block().unwrap().bytes.into_mutable().is_ok());
    assert_eq!(batch.column(0).as_string_view().value(0), "a text of more than twelve bytes");
}

#[test]
fn how_it_reads_is_told() {
    let predicate = all_of(vec![
        call(">", vec![Expr::column(3, DataType::new(Kind::BigInt)), long(5)]),
        call("LIKE", vec![Expr::column(5, DataType::string()), text("%query=1%")]),
    ]);
    let spec = json_spec(JsonOptions::default(), Some(predicate), &[0, 5]);
    let ladder = Ladder::new(&spec, &TimeZone::UTC, 10).unwrap();
    assert_eq!(
        ladder.describe(),
        [
            "searched raw: 'query=1'",
            "looked at behind the key: n, r.b.c",
            "decoded first: n, r.b.c",
            "decoded for rows that pass: id"
        ]
    );
}
