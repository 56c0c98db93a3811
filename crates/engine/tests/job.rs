//! Jobs: what queries give, whatever the batches and the lanes.

mod support;

use std::time::Duration;

use millstream_engine::{ErrorKind, LaneState};
use millstream_expr::types::Field;
use millstream_expr::{DataType, Expr, Kind, Value};
use millstream_sql::plan::{Node, Plan, TableFunction};
use proptest::prelude::*;
use support::*;

fn numbers(n: i32) -> Vec<Vec<Value>> {
    (0..n).map(|i| vec![Value::Int(i), Value::Int(i % 3)]).collect()
}

fn numbered() -> Plan {
    scan("n", &[("a", int()), ("b", int())])
}

fn number(n: i32) -> Expr {
    Expr::literal(Value::Int(n), Kind::Int)
}

#[test]
fn filter_and_projection() {
    let tables = Tables::new(&[("n", numbers(10))]);
    let plan = numbered();
    let is_one = call("=", vec![column(&plan, 1), number(1)]);
    let is_four = call("=", vec![column(&plan, 0), number(4)]);
    let filtered = filter(plan, is_one);
    assert_eq!(tables.query(&filtered).unwrap(), ["1|1", "4|1", "7|1"]);
    assert_eq!(tables.query(&project(filtered, vec![is_four])).unwrap(), ["false", "true", "false"]);
}

#[test]
fn a_projection_to_nothing_still_has_rows() {
    let tables = Tables::new(&[("n", numbers(10))]);
    let none = project(numbered(), Vec::new());
    let count = aggregate(none, Vec::new(), vec![aggregate_call("COUNT", Vec::new(), false)]);
    assert_eq!(tables.query(&count).unwrap(), ["10"]);
}

#[test]
fn a_union_gives_its_inputs_in_order() {
    let tables = Tables::new(&[("n", numbers(4)), ("m", numbers(2))]);
    let m = scan("m", &[("a", int()), ("b", int())]);
    let counted = aggregate(m.clone(), vec![column(&m, 0), column(&m, 1)], Vec::new());
    let plan = union(vec![counted, numbered(), m]);
    assert_eq!(tables.query(&plan).unwrap(), ["0|0", "1|1", "0|0", "1|1", "2|2", "3|0", "0|0", "1|1"]);
}

#[test]
fn a_limit_stops_the_source() {
    let mut tables = Tables::new(&[("n", numbers(1000))]);
    let plan = sort(numbered(), &[], 2, Some(3));
    assert_eq!(tables.query(&plan).unwrap(), ["2|2", "3|0", "4|1"]);
    assert!(*tables.polls.lock().unwrap() <= 2);
    tables.lanes = 3;
    assert_eq!(tables.query(&plan).unwrap().len(), 3);
    // The limit is one for all inputs of a union.
    tables.lanes = 1;
    let both = sort(union(vec![numbered(), numbered()]), &[], 999, Some(2));
    assert_eq!(tables.query(&both).unwrap(), ["999|0", "0|0"]);
}

#[test]
fn an_endless_table_can_be_limited_but_not_sorted() {
    let mut tables = Tables::new(&[("n", numbers(5))]);
    tables.endless = vec!["n".to_owned()];
    assert_eq!(tables.query(&sort(numbered(), &[], 0, Some(2))).unwrap(), ["0|0", "1|1"]);
    let error = tables.query(&sort(numbered(), &[(0, false)], 0, None)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.starts_with("ORDER BY needs all rows, and those of table 'n'"), "{error}");
    let limited = sort(numbered(), &[], 0, Some(4));
    assert_eq!(tables.query(&sort(limited, &[(0, true)], 0, Some(2))).unwrap(), ["3|0", "2|2"]);
}

#[test]
fn nothing_aggregated_is_a_row_in_batch_and_none_in_streaming() {
    let mut tables = Tables::new(&[("n", Vec::new())]);
    let plan = numbered();
    let calls = vec![
        aggregate_call("COUNT", Vec::new(), false),
        aggregate_call("SUM", vec![column(&plan, 0)], false),
    ];
    let plan = aggregate(plan, Vec::new(), calls);
    assert_eq!(tables.query(&plan).unwrap(), Vec::<String>::new());
    tables.config.set("execution.runtime-mode", "batch").unwrap();
    assert_eq!(tables.query(&plan).unwrap(), ["0|-"]);
}

#[test]
fn groups_by_several_keys_with_nulls() {
    let text = |s: Option<&str>| s.map_or(Value::Null, Value::from);
    let row = |s, n: Option<i32>| vec![text(s), n.map_or(Value::Null, Value::Int)];
    let rows = vec![
        row(Some("a"), Some(1)),
        row(None, Some(1)),
        row(Some("a"), None),
        row(Some(""), Some(0)),
        row(None, Some(1)),
        row(Some("a"), None),
    ];
    let tables = Tables::new(&[("t", rows)]);
    let plan = scan("t", &[("s", DataType::string()), ("n", int())]);
    let count = || vec![aggregate_call("COUNT", Vec::new(), false)];
    let by =
        |keys: &[usize]| aggregate(plan.clone(), keys.iter().map(|k| column(&plan, *k)).collect(), count());
    assert_eq!(tables.query(&by(&[0, 1])).unwrap(), ["a|1|1", "-|1|2", "a|-|2", "|0|1"]);
    assert_eq!(tables.query(&by(&[0])).unwrap(), ["a|3", "-|2", "|1"]);
    assert_eq!(tables.query(&by(&[1])).unwrap(), ["1|3", "-|2", "0|1"]);
}

#[test]
fn statements_over_one_table_share_its_scan() {
    let tables = Tables::new(&[("n", numbers(9))]);
    let mut first = numbered();
    let mut second = numbered();
    if let (Node::Scan(a), Node::Scan(b)) = (&mut first.node, &mut second.node) {
        // Other fields, in another order, under another predicate.
        a.predicate = Some(call("=", vec![column(&numbered(), 1), number(1)]));
        a.output = vec![0];
        b.fields.swap(0, 1);
        b.predicate = Some(call(">", vec![column(&numbered(), 1), number(6)]));
    }
    first.schema = [Field::new("a", int())].into();
    let report = tables.run(vec![("one", first), ("two", second)]).unwrap();
    assert_eq!(report.figures.written, [3, 2]);
    assert_eq!(report.figures.records, 9);
    assert_eq!(*tables.polls.lock().unwrap(), 3);
    let written = tables.written.lock().unwrap();
    assert_eq!(written["one"].rows, ["1", "4", "7"]);
    assert_eq!(written["two"].rows, ["1|7", "2|8"]);
    assert!(written.values().all(|w| w.committed && !w.aborted));
}

#[test]
fn unnest_of_arrays_maps_and_rows() {
    let array = |values: &[i32]| Value::Array(values.iter().map(|n| Value::Int(*n)).collect());
    let rows = vec![
        vec![Value::Int(1), array(&[10, 11, 12, 13])],
        vec![Value::Int(2), Value::Null],
        vec![Value::Int(3), array(&[])],
        vec![Value::Int(4), array(&[40])],
    ];
    let tables = Tables::new(&[("t", rows)]);
    let input = scan("t", &[("i", int()), ("a", DataType::array(int()))]);
    let unnest = |left| {
        let function = TableFunction::Unnest { collection: column(&input, 1), with_ordinality: true };
        let element = [Field::new("e", int()), Field::new("o", int())];
        let schema = input.schema.iter().cloned().chain(element).collect();
        let node = Node::Correlate { input: Box::new(input.clone()), function, left };
        let plan = Plan { node, schema };
        let columns = [0, 2, 3].map(|c| column(&plan, c)).to_vec();
        project(plan, columns)
    };
    assert_eq!(tables.query(&unnest(false)).unwrap(), ["1|10|1", "1|11|2", "1|12|3", "1|13|4", "4|40|1"]);
    let left = ["1|10|1", "1|11|2", "1|12|3", "1|13|4", "2|-|-", "3|-|-", "4|40|1"];
    assert_eq!(tables.query(&unnest(true)).unwrap(), left);
}

#[test]
fn a_map_unnests_to_keys_and_values_and_a_multiset_to_occurrences() {
    let entries = |pairs: &[(&str, i32)]| {
        Value::Map(pairs.iter().map(|(k, v)| (Value::from(*k), Value::Int(*v))).collect())
    };
    let tables = Tables::new(&[("t", vec![vec![entries(&[("a", 2), ("b", 1)])]])]);
    let query = |data_type: DataType, output: &[DataType]| {
        let input = scan("t", &[("m", data_type)]);
        let function = TableFunction::Unnest { collection: column(&input, 0), with_ordinality: false };
        let made = output.iter().map(|t| Field::new("x", t.clone()));
        let schema = input.schema.iter().cloned().chain(made).collect();
        let plan = Plan { node: Node::Correlate { input: Box::new(input), function, left: false }, schema };
        let columns = (1..=output.len()).map(|c| column(&plan, c)).collect();
        tables.query(&project(plan, columns)).unwrap()
    };
    assert_eq!(query(DataType::map(DataType::string(), int()), &[DataType::string(), int()]), ["a|2", "b|1"]);
    let multiset = DataType::new(Kind::Multiset(DataType::string().into()));
    assert_eq!(query(multiset, &[DataType::string()]), ["a", "a", "b"]);
}

#[test]
fn an_error_fails_the_job_and_takes_its_output_back() {
    let mut tables = Tables::new(&[("n", numbers(9))]);
    tables.failing = Some("n".to_owned());
    for lanes in [1, 3] {
        tables.lanes = lanes;
        assert_eq!(tables.query(&numbered()).unwrap_err().message, "the source fails");
        let written = tables.written.lock().unwrap();
        assert_eq!(written["out"].rows.len(), 9);
        assert!(written["out"].aborted && !written["out"].committed);
    }
}

#[test]
fn a_job_that_is_stopped_keeps_rows_but_makes_no_partial_results() {
    let mut tables = Tables::new(&[("n", numbers(6)), ("m", numbers(6))]);
    tables.endless = vec!["n".to_owned()];
    let m = scan("m", &[("a", int()), ("b", int())]);
    let count = aggregate(m.clone(), vec![column(&m, 1)], Vec::new());
    let job = tables.job(vec![("rows", numbered()), ("groups", count)]).unwrap();
    job.stop().request();
    let report = job.run(&|| 0, &ScopedThreads).unwrap();
    assert!(report.stopped);
    let written = tables.written.lock().unwrap();
    assert!(written["rows"].committed);
    assert!(written["groups"].aborted && written["groups"].rows.is_empty());
}

#[test]
fn nulls_for_not_null_columns_fail_or_are_left_out() {
    let mut tables = Tables::new(&[("n", vec![vec![Value::Null], vec![Value::Int(1)]])]);
    let strict = table("strict", &[("a", int().with_nullable(false))]);
    let insert = |tables: &Tables| {
        let target =
            millstream_engine::Target::Table { table: std::sync::Arc::new(strict.clone()), overwrite: false };
        let output = millstream_engine::Output { plan: scan("n", &[("a", int())]), target };
        let job = millstream_engine::Job::new(vec![output], tables, &tables.context())?;
        job.run(&|| 0, &ScopedThreads)
    };
    let error = insert(&tables).unwrap_err();
    assert!(
        error.message.starts_with("column 'a' is NOT NULL, but a NULL is being written to it"),
        "{error}"
    );
    tables.written.lock().unwrap().clear();
    tables.config.set("table.exec.sink.not-null-enforcer", "drop").unwrap();
    insert(&tables).unwrap();
    assert_eq!(tables.written.lock().unwrap()["strict"].rows, ["1"]);
}

#[test]
fn too_much_state_is_an_error_that_names_the_operator_and_the_setting() {
    let mut tables = Tables::new(&[("n", numbers(20_000))]);
    tables.batch_rows = 1000;
    tables.config.set("millstream.memory.state", "200 kb").unwrap();
    let error = tables.query(&sort(numbered(), &[(0, true)], 0, None)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Full);
    assert!(
        error.message.starts_with("ORDER BY needs more memory than 'millstream.memory.state'"),
        "{error}"
    );
    // The first rows alone fit.
    let first = sort(numbered(), &[(0, true)], 0, Some(2));
    assert_eq!(tables.query(&first).unwrap(), ["19999|1", "19998|0"]);
    let distinct = aggregate(numbered(), vec![column(&numbered(), 0)], Vec::new());
    let error = tables.query(&distinct).unwrap_err();
    assert!(error.message.starts_with("DISTINCT needs more memory"), "{error}");
}

#[test]
fn lanes_can_be_stepped_by_hand() {
    let tables = Tables::new(&[("n", numbers(7))]);
    let job = tables.job(vec![("out", numbered())]).unwrap();
    let (mut lanes, job) = job.into_lanes();
    let mut steps = 0;
    while lanes[0].step(0, Duration::ZERO).unwrap() != LaneState::Done {
        steps += 1;
    }
    assert!(steps >= 3);
    drop(lanes);
    job.settle(0).unwrap();
    assert_eq!(tables.written.lock().unwrap()["out"].rows.len(), 7);
}

/// Rows of a nullable number, a text and a number to add up.
fn rows() -> impl Strategy<Value = Vec<Vec<Value>>> {
    let number = prop::option::of(0i32..6).prop_map(|n| n.map_or(Value::Null, Value::Int));
    let text = prop::option::of("[ab]{0,2}(a string that is too long to stand in its view)?")
        .prop_map(|s| s.map_or(Value::Null, |s| Value::from(s.as_str())));
    let row = (number, text, 0i32..1000).prop_map(|(n, s, v)| vec![n, s, Value::Int(v)]);
    prop::collection::vec(row, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn results_do_not_depend_on_batches_and_lanes(rows in rows(), batch_rows in 1usize..9, lanes in 1usize..4) {
        let mut tables = Tables::new(&[("t", rows)]);
        let t = scan("t", &[("n", int()), ("s", DataType::string()), ("v", int())]);
        let calls = || {
            let mut filtered = aggregate_call("SUM", vec![column(&t, 2)], false);
            filtered.filter = Some(call("=", vec![column(&t, 0), number(1)]));
            vec![
                aggregate_call("COUNT", Vec::new(), false),
                aggregate_call("COUNT", vec![column(&t, 1)], true),
                aggregate_call("SUM", vec![column(&t, 2)], false),
                aggregate_call("MIN", vec![column(&t, 1)], false),
                aggregate_call("MAX", vec![column(&t, 2)], true),
                filtered,
            ]
        };
        let plans = [
            aggregate(t.clone(), vec![column(&t, 0)], calls()),
            aggregate(t.clone(), vec![column(&t, 1)], calls()),
            aggregate(t.clone(), vec![column(&t, 1), column(&t, 0)], calls()),
            aggregate(t.clone(), Vec::new(), calls()),
            sort(t.clone(), &[(0, false), (1, true), (2, false)], 0, None),
            sort(t.clone(), &[(1, false), (2, true), (0, false)], 3, Some(7)),
            sort(aggregate(t.clone(), vec![column(&t, 1)], Vec::new()), &[(0, true)], 0, Some(4)),
        ];
        for plan in plans {
            tables.batch_rows = 1000;
            tables.lanes = 1;
            let mut expected = tables.query(&plan).unwrap();
            tables.batch_rows = batch_rows;
            let small = tables.query(&plan).unwrap();
            prop_assert_eq!(&small, &expected);
            tables.lanes = lanes;
            let mut several = tables.query(&plan).unwrap();
            if matches!(plan.node, Node::Aggregate { .. }) {
                expected.sort();
                several.sort();
            }
            prop_assert_eq!(several, expected);
        }
    }

    #[test]
    fn rows_come_out_sorted(rows in rows(), batch_rows in 1usize..9, descending: bool) {
        let mut tables = Tables::new(&[("t", rows.clone())]);
        tables.batch_rows = batch_rows;
        let t = scan("t", &[("n", int()), ("s", DataType::string()), ("v", int())]);
        let sorted = tables.query(&sort(t, &[(0, descending)], 0, None)).unwrap();
        // NULLs are lowest; rows with equal keys keep their order.
        let key = |row: &[Value]| match row[0] { Value::Int(n) => n, _ => -1 };
        let mut expected = rows;
        expected.sort_by(|a, b| if descending { key(b).cmp(&key(a)) } else { key(a).cmp(&key(b)) });
        let expected: Vec<String> =
            expected.iter().map(|r| r.iter().map(show).collect::<Vec<_>>().join("|")).collect();
        prop_assert_eq!(sorted, expected);
    }
}
