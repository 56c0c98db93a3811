//! Tables in memory, plans by hand, and rows as text.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part; a test that cannot set up shall fail"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchOptions};
use millstream_engine::{
    ChangeBatch, Connectors, Error, ErrorKind, Job, JobContext, JobReport, Output, Polled, Result, Sink,
    SinkWriter, Source, SourceProgress, Target, Threads,
};
use millstream_expr::aggregate::AggregateCall;
use millstream_expr::functions::Arguments;
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{Call, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};
use millstream_sql::catalog::{ObjectPath, Table, TableColumn, TableColumnKind};
use millstream_sql::config::Configuration;
use millstream_sql::plan::{Node, Plan, Scan, ScanField, SortKey};

/// Tables by name, and what has been written to those that are not there.
#[derive(Clone, Default)]
pub struct Tables {
    rows: BTreeMap<String, Vec<Vec<Value>>>,
    /// Rows of a batch.
    pub batch_rows: usize,
    /// Lanes of a job.
    pub lanes: usize,
    pub config: Configuration,
    pub written: Arc<Mutex<BTreeMap<String, Written>>>,
    /// How many batches all sources have given out.
    pub polls: Arc<Mutex<usize>>,
    /// Tables whose rows do not come to an end: after the last there is nothing yet.
    pub endless: Vec<String>,
    /// A source fails after its rows.
    pub failing: Option<String>,
}

/// What became of a sink.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    pub rows: Vec<String>,
    pub committed: bool,
    pub aborted: bool,
}

impl Tables {
    pub fn new(tables: &[(&str, Vec<Vec<Value>>)]) -> Self {
        Self {
            rows: tables.iter().map(|(name, rows)| ((*name).to_owned(), rows.clone())).collect(),
            batch_rows: 3,
            lanes: 1,
            ..Self::default()
        }
    }

    pub fn context(&self) -> JobContext {
        let mut context = JobContext::new(&self.config, 7);
        context.lanes = self.lanes;
        context.batch_rows = self.batch_rows;
        context
    }

    /// Runs a query and gives its rows.
    pub fn query(&self, plan: &Plan) -> Result<Vec<String>> {
        self.run(vec![("out", plan.clone())])?;
        Ok(self.written.lock().unwrap().get("out").cloned().unwrap_or_default().rows)
    }

    /// Runs queries as one job, each into the sink of a name.
    pub fn run(&self, queries: Vec<(&str, Plan)>) -> Result<JobReport> {
        let job = self.job(queries)?;
        job.run(&|| 0, &ScopedThreads)
    }

    pub fn job(&self, queries: Vec<(&str, Plan)>) -> Result<Job> {
        self.written.lock().unwrap().clear();
        let outputs = queries
            .into_iter()
            .map(|(name, plan)| {
                let types = plan.schema.iter().map(|f| f.data_type.clone()).collect();
                let sink = MemorySink { name: name.to_owned(), types, written: Arc::clone(&self.written) };
                Output { plan, target: Target::Caller(Box::new(sink)) }
            })
            .collect();
        Job::new(outputs, self, &self.context())
    }
}

pub struct ScopedThreads;

impl Threads for ScopedThreads {
    fn run_all<'a>(&self, parts: Vec<Box<dyn FnOnce() + Send + 'a>>) {
        std::thread::scope(|scope| parts.into_iter().for_each(|part| drop(scope.spawn(part))));
    }
}

impl Connectors for Tables {
    fn sources(&self, scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
        let name = scan.table.path.name.to_string();
        let rows = &self.rows[&name];
        let fields = scan.table.physical_fields();
        let batches: VecDeque<_> = rows
            .chunks(context.batch_rows)
            .map(|rows| {
                let columns = scan.fields.iter().map(|field| {
                    let column = rows.iter().map(|row| &row[field.column]);
                    Value::column(column, &fields[field.column].data_type).unwrap()
                });
                let schema = scan.fields.iter().map(|f| fields[f.column].clone()).collect::<Vec<_>>();
                let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
                RecordBatch::try_new_with_options(
                    Arc::new(physical_schema(&schema)),
                    columns.collect(),
                    &options,
                )
                .unwrap()
            })
            .collect();
        let batches = Arc::new(Mutex::new(batches));
        Ok((0..context.lanes)
            .map(|_| {
                Box::new(MemorySource {
                    batches: Arc::clone(&batches),
                    predicate: scan
                        .predicate
                        .as_ref()
                        .map(|p| Evaluator::new(std::slice::from_ref(p), &context.time_zone).unwrap()),
                    output: scan.output.clone(),
                    polls: Arc::clone(&self.polls),
                    is_endless: self.endless.contains(&name),
                    fails: self.failing.as_ref() == Some(&name),
                    records: 0,
                }) as Box<dyn Source>
            })
            .collect())
    }

    fn sink(&self, table: &Arc<Table>, _: bool, _: bool, _: &JobContext) -> Result<Box<dyn Sink>> {
        let types = table.physical_fields().into_iter().map(|f| f.data_type).collect();
        let name = table.path.name.to_string();
        Ok(Box::new(MemorySink { name, types, written: Arc::clone(&self.written) }))
    }

    fn is_bounded(&self, scan: &Scan, _: &JobContext) -> Result<bool> {
        Ok(!self.endless.contains(&scan.table.path.name.to_string()))
    }

    fn describe(&self, _: &Scan, _: &JobContext) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

struct MemorySource {
    batches: Arc<Mutex<VecDeque<RecordBatch>>>,
    predicate: Option<Evaluator>,
    output: Vec<usize>,
    polls: Arc<Mutex<usize>>,
    is_endless: bool,
    fails: bool,
    records: u64,
}

impl Source for MemorySource {
    fn poll(&mut self, context: &EvalContext, _: Duration) -> Result<Polled> {
        let Some(mut batch) = self.batches.lock().unwrap().pop_front() else {
            return match (self.is_endless, self.fails) {
                (true, _) => Ok(Polled::Pending),
                (_, true) => Err(Error::new(ErrorKind::Data, "the source fails")),
                _ => Ok(Polled::End),
            };
        };
        *self.polls.lock().unwrap() += 1;
        self.records += batch.num_rows() as u64;
        if let Some(predicate) = &self.predicate {
            let mask = predicate.predicate(context, batch.columns(), batch.num_rows()).unwrap();
            batch = arrow_select::filter::filter_record_batch(&batch, &mask).unwrap();
        }
        Ok(Polled::Batch(ChangeBatch::inserts(batch.project(&self.output).unwrap())))
    }

    fn progress(&self) -> SourceProgress {
        SourceProgress { records: self.records, ..SourceProgress::default() }
    }
}

struct MemorySink {
    name: String,
    types: Vec<DataType>,
    written: Arc<Mutex<BTreeMap<String, Written>>>,
}

impl Sink for MemorySink {
    fn writer(&mut self, _: usize) -> Result<Box<dyn SinkWriter>> {
        let (name, types) = (self.name.clone(), self.types.clone());
        Ok(Box::new(Self { name, types, written: Arc::clone(&self.written) }))
    }

    fn commit(&mut self) -> Result<()> {
        self.written.lock().unwrap().entry(self.name.clone()).or_default().committed = true;
        Ok(())
    }

    fn abort(&mut self) {
        self.written.lock().unwrap().entry(self.name.clone()).or_default().aborted = true;
    }
}

impl SinkWriter for MemorySink {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        let mut written = self.written.lock().unwrap();
        let rows = &mut written.entry(self.name.clone()).or_default().rows;
        for row in 0..batch.rows.num_rows() {
            let values = (batch.rows.columns().iter().zip(&self.types))
                .map(|(column, data_type)| show(&Value::from_array(column, row, data_type).unwrap()));
            rows.push(values.collect::<Vec<_>>().join("|"));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A value in few letters.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::BigInt(n) => n.to_string(),
        Value::Double(n) => n.to_string(),
        Value::String(s) => s.to_string(),
        Value::Boolean(b) => b.to_string(),
        other => format!("{other:?}"),
    }
}

pub fn int() -> DataType {
    DataType::new(Kind::Int)
}

pub fn bigint() -> DataType {
    DataType::new(Kind::BigInt)
}

/// A scan of all columns of a table.
pub fn scan(name: &str, columns: &[(&str, DataType)]) -> Plan {
    let table = Arc::new(table(name, columns));
    let schema: Arc<[Field]> = table.physical_fields().into();
    let fields = schema
        .iter()
        .enumerate()
        .map(|(column, f)| ScanField { column, path: Vec::new(), data_type: f.data_type.clone() })
        .collect();
    let scan = Scan {
        table,
        options: BTreeMap::new(),
        fields,
        predicate: None,
        output: (0..schema.len()).collect(),
        limit: None,
    };
    Plan { node: Node::Scan(scan), schema }
}

pub fn table(name: &str, columns: &[(&str, DataType)]) -> Table {
    Table {
        path: ObjectPath { catalog: "c".into(), database: "d".into(), name: name.into() },
        columns: columns
            .iter()
            .map(|(name, data_type)| TableColumn {
                name: (*name).into(),
                data_type: data_type.clone(),
                kind: TableColumnKind::Physical,
                comment: None,
            })
            .collect(),
        primary_key: Vec::new(),
        primary_key_name: None,
        watermark: None,
        distribution: None,
        partition_keys: Vec::new(),
        options: BTreeMap::new(),
        comment: None,
    }
}

/// The column of a plan at `index`.
pub fn column(plan: &Plan, index: usize) -> Expr {
    Expr::column(index, plan.schema[index].data_type.clone())
}

/// A call of a function whose arguments have the right types.
pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let function = millstream_expr::functions::lookup(name).unwrap();
    let types: Vec<_> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals: Vec<_> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
    let overload = (function.resolve)(&Arguments { types: &types, literals: &literals }).unwrap();
    let data_type = overload.returns.clone();
    Expr { kind: ExprKind::Call(Call { function, overload: Arc::new(overload), arguments }), data_type }
}

pub fn filter(input: Plan, predicate: Expr) -> Plan {
    let schema = Arc::clone(&input.schema);
    Plan { node: Node::Filter { input: Box::new(input), predicate }, schema }
}

pub fn project(input: Plan, expressions: Vec<Expr>) -> Plan {
    let schema = expressions.iter().map(|e| Field::new("x", e.data_type.clone())).collect();
    Plan { node: Node::Project { input: Box::new(input), expressions }, schema }
}

pub fn union(inputs: Vec<Plan>) -> Plan {
    let schema = Arc::clone(&inputs[0].schema);
    Plan { node: Node::UnionAll { inputs }, schema }
}

pub fn sort(input: Plan, keys: &[(usize, bool)], offset: u64, fetch: Option<u64>) -> Plan {
    let keys = keys
        .iter()
        .map(|(index, descending)| SortKey {
            expression: column(&input, *index),
            descending: *descending,
            nulls_first: !descending,
        })
        .collect();
    let schema = Arc::clone(&input.schema);
    Plan { node: Node::Sort { input: Box::new(input), keys, offset, fetch }, schema }
}

/// An aggregate of a column, or of nothing.
pub fn aggregate_call(name: &str, arguments: Vec<Expr>, distinct: bool) -> AggregateCall {
    let function = millstream_expr::aggregate::lookup(name).unwrap();
    let types: Vec<_> = arguments.iter().map(|a| a.data_type.clone()).collect();
    let literals = vec![None; types.len()];
    let overload = function.overload(&Arguments { types: &types, literals: &literals }).unwrap();
    let data_type = overload.returns.clone();
    AggregateCall { function, overload: Arc::new(overload), arguments, distinct, filter: None, data_type }
}

pub fn aggregate(input: Plan, keys: Vec<Expr>, calls: Vec<AggregateCall>) -> Plan {
    let types = keys.iter().map(|k| &k.data_type).chain(calls.iter().map(|c| &c.data_type));
    let schema = types.map(|t| Field::new("x", t.clone())).collect();
    Plan { node: Node::Aggregate { input: Box::new(input), keys, aggregates: calls }, schema }
}
