//! What `datagen` and `nexmark` tables give.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_select::concat::concat_batches;
use millstream_connect::StandardConnectors;
use millstream_engine::{Connectors, JobContext, Polled, Result};
use millstream_expr::EvalContext;
use millstream_expr::types::{DataType, Field, Kind};
use millstream_sql::catalog::{ObjectPath, Table, TableColumn, TableColumnKind};
use millstream_sql::config::Configuration;
use millstream_sql::plan::{Scan, ScanField};

/// A scan of a table with these columns and options, that reads what the paths lead to.
fn scan(
    columns: &[(&str, DataType)],
    options: &[(&str, &str)],
    paths: &[(usize, &[usize], DataType)],
) -> Scan {
    let options: BTreeMap<String, String> =
        options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let columns = columns
        .iter()
        .map(|(name, data_type)| TableColumn {
            name: (*name).into(),
            data_type: data_type.clone(),
            kind: TableColumnKind::Physical,
            comment: None,
        })
        .collect();
    let table = Table {
        path: ObjectPath { catalog: "c".into(), database: "d".into(), name: "t".into() },
        columns,
        primary_key: Vec::new(),
        primary_key_name: None,
        watermark: None,
        distribution: None,
        partition_keys: Vec::new(),
        options: options.clone(),
        comment: None,
    };
    let fields: Vec<ScanField> = paths
        .iter()
        .map(|(column, path, data_type)| ScanField {
            column: *column,
            path: path.to_vec(),
            data_type: data_type.clone(),
        })
        .collect();
    let output = (0..fields.len()).collect();
    Scan { table: Arc::new(table), options, fields, predicate: None, output, limit: None }
}

/// The rows of each lane.
fn rows(scan: &Scan, batch_rows: usize, lanes: usize) -> Result<Vec<RecordBatch>> {
    let mut context = JobContext::new(&Configuration::default(), 7);
    context.batch_rows = batch_rows;
    context.lanes = lanes;
    let mut all = Vec::new();
    for mut source in StandardConnectors::default().sources(scan, &context)? {
        let mut now_micros = 1_700_000_000_000_000;
        let mut batches = Vec::new();
        loop {
            now_micros += 1_000_000;
            match source.poll(&EvalContext { now_micros, seed: 1 }, Duration::ZERO)? {
                Polled::Batch(batch) => batches.push(batch.rows),
                Polled::Again | Polled::Pending => {}
                Polled::End => break,
            }
        }
        if let Some(first) = batches.first() {
            all.push(concat_batches(&first.schema(), &batches)?);
        }
    }
    Ok(all)
}

fn int() -> DataType {
    DataType::new(Kind::Int)
}

#[test]
fn a_sequence_counts_to_its_end_and_then_the_table_ends() {
    let options = [
        ("connector", "datagen"),
        ("fields.n.kind", "sequence"),
        ("fields.n.start", "5"),
        ("fields.n.end", "9"),
    ];
    let scan = scan(&[("n", int()), ("s", DataType::string())], &options, &[(0, &[], int())]);
    assert!(
        StandardConnectors::default()
            .is_bounded(&scan, &JobContext::new(&Configuration::default(), 0))
            .unwrap()
    );
    let batches = rows(&scan, 3, 1).unwrap();
    assert_eq!(batches[0].column(0).as_primitive::<Int32Type>().values(), &[5, 6, 7, 8, 9]);
}

#[test]
fn the_same_seed_gives_the_same_rows_whatever_the_batches() {
    let options =
        [("connector", "datagen"), ("number-of-rows", "100"), ("seed", "3"), ("fields.s.length", "7")];
    let columns = [("n", int()), ("s", DataType::string()), ("a", DataType::array(int()))];
    let fields = [(0, &[][..], int()), (1, &[], DataType::string()), (2, &[], DataType::array(int()))];
    let scan = scan(&columns, &options, &fields);
    let one = rows(&scan, 8192, 1).unwrap();
    assert_eq!(one, rows(&scan, 9, 1).unwrap());
    assert_eq!(one[0].num_rows(), 100);
    assert!(one[0].column(1).as_string_view().iter().all(|s| s.is_some_and(|s| s.len() == 7)));
}

#[test]
fn rows_come_at_their_pace() {
    let options = [("connector", "datagen"), ("number-of-rows", "30"), ("rows-per-second", "10")];
    let scan = scan(&[("n", int())], &options, &[(0, &[], int())]);
    let context = JobContext::new(&Configuration::default(), 7);
    let mut source = StandardConnectors::default().sources(&scan, &context).unwrap().remove(0);
    let mut counts = Vec::new();
    for second in 0..4_i64 {
        let now_micros = 1_700_000_000_000_000 + second * 1_000_000;
        match source.poll(&EvalContext { now_micros, seed: 1 }, Duration::ZERO).unwrap() {
            Polled::Batch(batch) => counts.push(batch.rows.num_rows()),
            other => panic!("no rows but {other:?}"),
        }
    }
    assert_eq!(counts, [1, 10, 10, 9]);
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let columns = [("n", int().with_nullable(false)), ("d", DataType::new(Kind::Date))];
    let message = |options: &[(&str, &str)]| {
        let mut all = vec![("connector", "datagen")];
        all.extend_from_slice(options);
        rows(&scan(&columns, &all, &[(0, &[], int())]), 10, 1).unwrap_err().message
    };
    let unknown = message(&[("fields.m.kind", "random")]);
    assert!(unknown.contains("is about no column of it; its columns are n, d"), "{unknown}");
    let missing = message(&[("fields.n.kind", "sequence"), ("fields.n.start", "1")]);
    assert!(missing.contains("'fields.n.end' is missing"), "{missing}");
    let uncountable = message(&[("fields.d.kind", "sequence")]);
    assert!(uncountable.contains("values of type DATE cannot be counted"), "{uncountable}");
    let reversed = message(&[("fields.n.min", "5"), ("fields.n.max", "4")]);
    assert!(reversed.contains("'fields.n.min' is 5, which lies above 'fields.n.max', 4"), "{reversed}");
    let null = message(&[("fields.n.null-rate", "0.5")]);
    assert!(null.contains("is never NULL"), "{null}");
}

#[test]
fn nexmark_gives_one_person_three_auctions_and_forty_six_bids() {
    let bid = DataType::row([
        Field::new("auction", DataType::new(Kind::BigInt)),
        Field::new("bidder", DataType::new(Kind::BigInt)),
        Field::new("price", DataType::new(Kind::BigInt)),
        Field::new("channel", DataType::string()),
        Field::new("url", DataType::string()),
        Field::new("dateTime", DataType::new(Kind::Timestamp { precision: 3 })),
        Field::new("extra", DataType::string()),
    ]);
    let price: &[usize] = &[2];
    let scan = scan(
        &[("bid", bid), ("event_type", int())],
        &[("connector", "nexmark"), ("events.num", "100")],
        &[(1, &[], int()), (0, price, DataType::new(Kind::BigInt))],
    );
    let one = rows(&scan, 64, 1).unwrap();
    let types = one[0].column(0).as_primitive::<Int32Type>();
    let prices = one[0].column(1).as_primitive::<Int64Type>();
    let count = |event| types.iter().filter(|t| *t == Some(event)).count();
    assert_eq!((count(0), count(1), count(2)), (2, 6, 92));
    assert!((0..100).all(|i| prices.is_valid(i) == (types.value(i) == 2)));
    // Two lanes share the same events.
    let two = rows(&scan, 64, 2).unwrap();
    assert_eq!(two[1].column(0).as_primitive::<Int32Type>().value(0), types.value(1));
    assert_eq!((two[0].num_rows(), two[1].num_rows()), (50, 50));
}

#[test]
fn nexmark_tables_declare_what_events_have() {
    let wrong = scan(&[("person", int())], &[("connector", "nexmark")], &[(0, &[], int())]);
    let message = rows(&wrong, 10, 1).unwrap_err().message;
    assert!(message.contains("is declared as INT; its type is ROW<`id` BIGINT"), "{message}");
}
