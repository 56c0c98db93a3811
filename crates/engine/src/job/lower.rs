//! From plans to tasks: where a plan is cut, which operators make a chain, which statements share a scan.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex};

use arrow_array::{RecordBatch, RecordBatchOptions};
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{Expr, Value};
use millstream_sql::catalog::{Table, TableColumnKind};
use millstream_sql::config::{NotNullEnforcer, RuntimeMode};
use millstream_sql::plan::{Lookup, Node, Plan, Scan, TableFunction};

use super::commits::Commits;
use super::gather::Gather;
use super::lane::Lane;
use super::progress::JobProgress;
use super::refused::{changes_into, changing, endless};
use super::task::{self, Branch, Input, Task};
use super::{Job, Output, Shared, SinkSlot, Target, share};
use crate::batch::ChangeBatch;
use crate::collect::{Aggregate, AggregateSpec, Collector, Latest, LatestSpec, Sort, SortSpec};
use crate::context::JobContext;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::MemoryBudget;
use crate::operator::{self, Calc, Correlate, Limit, LimitCount, NotNull, Operator};
use crate::sink::Sink;
use crate::source::{Connectors, SourceProgress};
use crate::stop::Stop;

/// An input and the chains that its rows go through, before it is dealt out to lanes.
pub(super) struct Pipeline {
    /// The query that it belongs to.
    pub query: usize,
    pub input: PipelineInput,
    pub branches: Vec<Chain>,
}

/// Where the rows of a pipeline come from.
pub(super) enum PipelineInput {
    Scan(Scan),
    Values { rows: Vec<Vec<Value>>, schema: Arc<[Field]> },
}

/// Steps in order, and where they end.
#[derive(Clone)]
pub(super) struct Chain {
    pub steps: Vec<Step>,
    pub end: End,
}

#[derive(Clone, Copy)]
pub(super) enum End {
    Sink(usize),
    /// The position in [`Lowering::gathers`].
    Gather(usize),
}

/// What an operator is made from; each task has its own operators.
#[derive(Clone)]
pub(super) enum Step {
    Calc {
        predicate: Option<Expr>,
        projection: Option<(Vec<Expr>, Arc<[Field]>)>,
    },
    Correlate {
        function: TableFunction,
        left: bool,
        output: Arc<[Field]>,
    },
    Lookup {
        lookup: Box<Lookup>,
        output: Arc<[Field]>,
    },
    /// The count is shared by all tasks.
    Limit(Arc<LimitCount>),
    NotNull {
        columns: Vec<(usize, String)>,
        drop: bool,
    },
}

/// An operator that must see all rows.
pub(super) struct GatherSpec {
    pub collect: CollectSpec,
    follow: Chain,
}

pub(super) enum CollectSpec {
    Aggregate(AggregateSpec),
    Sort(SortSpec),
    Latest(LatestSpec),
}

struct Lowering<'a> {
    context: &'a JobContext,
    pipelines: Vec<Pipeline>,
    gathers: Vec<GatherSpec>,
    /// Whether the query's rows are given out in the form that they have in the end, once.
    once: bool,
}

/// Lowers queries to a job.
pub(super) fn lower(outputs: Vec<Output>, connectors: &dyn Connectors, context: &JobContext) -> Result<Job> {
    let mut lowering = Lowering { context, pipelines: Vec::new(), gathers: Vec::new(), once: false };
    let mut sinks = Vec::with_capacity(outputs.len());
    for (number, Output { plan, target }) in outputs.into_iter().enumerate() {
        let mut steps = Vec::new();
        let is_bounded = is_bounded(&plan, connectors, context)?;
        let sink = match target {
            Target::Caller(sink) => {
                let batch = context.config.runtime_mode() == RuntimeMode::Batch;
                lowering.once = batch || !sink.takes_changes();
                steps.extend(not_null_result(&plan, context));
                sink
            }
            Target::Table { table, overwrite } => {
                steps.extend(not_null_table(&table, context));
                lowering.once = false;
                let sink = connectors.sink(&table, overwrite, is_bounded, context)?;
                if let Some(scan) = changing(&plan).filter(|_| !sink.takes_changes()) {
                    return Err(changes_into(&table, scan));
                }
                sink
            }
        };
        let gathers_before = lowering.gathers.len();
        lowering.cut(number, plan, steps, End::Sink(number))?;
        sinks.push(SinkSlot { sink, partial_is_right: lowering.gathers.len() == gathers_before });
    }
    let Lowering { pipelines, gathers: specs, .. } = lowering;
    let pipelines = share::share_scans(pipelines)?;
    let counts = |step: &Step| matches!(step, Step::Limit(_));
    let counting = pipelines.iter().flat_map(|p| &p.branches).any(|chain| chain.steps.iter().any(counts));
    let opened: Vec<&dyn Sink> = sinks.iter().map(|slot| slot.sink.as_ref()).collect();
    let whole = counting || !specs.is_empty();
    let commits = Commits::of(context.committer.as_ref(), &opened, whole, context.commit_interval)?;
    let budget = MemoryBudget::new(context.state_memory);
    let gathers: Vec<Arc<Gather>> = specs.iter().map(|_| Arc::new(Gather::new())).collect();
    let plant = Plant { connectors, context, budget: &budget, gathers: &gathers, specs: &specs };

    let lanes = context.lanes.max(1);
    let mut next_task = 0..;
    let mut number = || next_task.next().unwrap_or(u64::MAX);
    let mut queue = VecDeque::new();
    let mut unbounded: Vec<Vec<Task>> = (0..lanes).map(|_| Vec::new()).collect();
    let mut unfinished = specs.len();
    let mut scans = 0;
    for pipeline in &pipelines {
        let (inputs, bounded) = match &pipeline.input {
            PipelineInput::Values { rows, schema } => {
                (vec![Input::Values(values(rows, schema, context.batch_rows)?)], true)
            }
            PipelineInput::Scan(scan) => {
                let bounded = connectors.is_bounded(scan, context)?;
                // A limit on the way ends the rows even where the scan does not.
                let needs_all = |chain: &Chain| {
                    let ends = |step: &Step| matches!(step, Step::Limit(count) if count.is_finite());
                    let limited = chain.steps.iter().any(ends);
                    matches!(chain.end, End::Gather(_)) && !limited
                };
                if !bounded && pipeline.branches.iter().any(needs_all) {
                    return Err(endless(scan, &specs, &pipeline.branches));
                }
                let numbered = JobContext { scan: scans, whole, ..context.clone() };
                let sources = connectors.sources(scan, &numbered)?;
                scans += 1;
                let inputs =
                    sources.into_iter().map(|source| Input::Source { source, scan: scans - 1 }).collect();
                (inputs, bounded)
            }
        };
        for (instance, input) in inputs.into_iter().enumerate() {
            let branches =
                pipeline.branches.iter().map(|chain| plant.branch(chain)).collect::<Result<Vec<_>>>()?;
            let reported = SourceProgress::default();
            let task = Task { number: number(), input, branches, batches: 0, reported };
            unfinished += 1;
            match unbounded.get_mut(instance % lanes) {
                Some(lane) if !bounded => lane.push(task),
                _ => queue.push_back(task),
            }
        }
    }
    for (gather, spec) in gathers.iter().zip(&specs) {
        gather.follow_with(number(), plant.branch(&spec.follow)?);
    }
    let shared = Arc::new(Shared {
        queue: Mutex::new(queue),
        changed: Condvar::new(),
        unfinished: AtomicUsize::new(unfinished),
        progress: Arc::new(JobProgress::new(scans, sinks.len())),
        sinks: Mutex::new(sinks),
        commits,
        error: Mutex::new(None),
        failed: AtomicBool::new(false),
        stop: Stop::new(),
        seed: context.seed,
    });
    let lanes = unbounded
        .into_iter()
        .enumerate()
        .map(|(number, tasks)| Lane::new(number, Arc::clone(&shared), tasks))
        .collect();
    Ok(Job { shared, lanes })
}

impl Lowering<'_> {
    /// Walks down from `plan`, whose rows go through `above` (the last step first) to `end`.
    fn cut(&mut self, query: usize, plan: Plan, mut above: Vec<Step>, end: End) -> Result<()> {
        let Plan { node, schema } = plan;
        match node {
            Node::Scan(scan) => {
                // What comes later may need each row once, in its last form.
                let counts = above.iter().any(|step| matches!(step, Step::Limit(_)));
                let once = self.once || counts || matches!(end, End::Gather(_));
                if scan.table.gives_changes() && once {
                    let spec = LatestSpec {
                        keys: scan.key_positions(),
                        input: schema.to_vec(),
                        batch_rows: self.context.batch_rows,
                    };
                    above.reverse();
                    let follow = Chain { steps: above, end };
                    self.gathers.push(GatherSpec { collect: CollectSpec::Latest(spec), follow });
                    let latest = End::Gather(self.gathers.len() - 1);
                    self.start(query, PipelineInput::Scan(scan), Vec::new(), latest);
                } else {
                    self.start(query, PipelineInput::Scan(scan), above, end);
                }
            }
            Node::Values(rows) => self.start(query, PipelineInput::Values { rows, schema }, above, end),
            Node::Project { input, expressions } => {
                above.push(Step::Calc { predicate: None, projection: Some((expressions, schema)) });
                self.cut(query, *input, above, end)?;
            }
            Node::Filter { input, predicate: condition } => {
                match above.last_mut() {
                    Some(Step::Calc { predicate: place @ None, .. }) => *place = Some(condition),
                    _ => above.push(Step::Calc { predicate: Some(condition), projection: None }),
                }
                self.cut(query, *input, above, end)?;
            }
            Node::UnionAll { inputs } => {
                for input in inputs {
                    self.cut(query, input, above.clone(), end)?;
                }
            }
            Node::Correlate { input, function, left } => {
                above.push(Step::Correlate { function, left, output: schema });
                self.cut(query, *input, above, end)?;
            }
            Node::Lookup { input, lookup } => {
                above.push(Step::Lookup { lookup, output: schema });
                self.cut(query, *input, above, end)?;
            }
            Node::Aggregate { input, keys, aggregates } => {
                let spec = AggregateSpec {
                    keys,
                    calls: aggregates,
                    output: schema,
                    batch_rows: self.context.batch_rows,
                    row_of_nothing: self.context.config.runtime_mode() == RuntimeMode::Batch,
                    seed: self.context.seed,
                };
                self.gather(query, *input, CollectSpec::Aggregate(spec), above, end)?;
            }
            Node::Sort { input, keys, offset, fetch } if keys.is_empty() => {
                if offset > 0 || fetch.is_some() {
                    above.push(Step::Limit(LimitCount::new(offset, fetch)));
                }
                self.cut(query, *input, above, end)?;
            }
            Node::Sort { input, keys, offset, fetch } => {
                let batch_rows = self.context.batch_rows;
                let spec = SortSpec { keys, offset, fetch, output: schema, batch_rows };
                self.gather(query, *input, CollectSpec::Sort(spec), above, end)?;
            }
        }
        Ok(())
    }

    fn gather(
        &mut self,
        query: usize,
        input: Plan,
        collect: CollectSpec,
        mut above: Vec<Step>,
        end: End,
    ) -> Result<()> {
        above.reverse();
        self.gathers.push(GatherSpec { collect, follow: Chain { steps: above, end } });
        self.cut(query, input, Vec::new(), End::Gather(self.gathers.len() - 1))
    }

    fn start(&mut self, query: usize, input: PipelineInput, mut above: Vec<Step>, end: End) {
        above.reverse();
        self.pipelines.push(Pipeline { query, input, branches: vec![Chain { steps: above, end }] });
    }
}

/// Makes operators.
struct Plant<'a> {
    connectors: &'a dyn Connectors,
    context: &'a JobContext,
    budget: &'a MemoryBudget,
    gathers: &'a [Arc<Gather>],
    specs: &'a [GatherSpec],
}

impl Plant<'_> {
    fn branch(&self, chain: &Chain) -> Result<Branch> {
        let operators = chain.steps.iter().map(|step| self.operator(step)).collect::<Result<Vec<_>>>()?;
        let output = match chain.end {
            End::Sink(sink) => task::Output::Sink(sink),
            End::Gather(position) => {
                let (Some(gather), Some(spec)) = (self.gathers.get(position), self.specs.get(position))
                else {
                    return Err(Error::new(ErrorKind::Internal, "a chain that ends nowhere"));
                };
                task::Output::Gather {
                    gather: Arc::clone(gather),
                    slot: gather.expect(),
                    collector: Some(self.collector(&spec.collect)?),
                }
            }
        };
        Ok(Branch { chain: operators, output, ended: false })
    }

    fn operator(&self, step: &Step) -> Result<Box<dyn Operator>> {
        let zone = &self.context.time_zone;
        Ok(match step {
            Step::Calc { predicate, projection } => {
                let projection = projection.as_ref().map(|(e, output)| (e.as_slice(), output.as_ref()));
                Box::new(Calc::new(predicate.as_ref(), projection, zone)?)
            }
            Step::Correlate {
                function: TableFunction::Unnest { collection, with_ordinality },
                left,
                output,
            } => {
                let rows = self.context.batch_rows;
                Box::new(Correlate::unnest(collection, *with_ordinality, *left, output, zone, rows)?)
            }
            Step::Lookup { lookup, output } => {
                let table = self.connectors.lookup(&lookup.scan, self.context)?;
                Box::new(operator::Lookup::new(table, lookup, output, zone)?)
            }
            Step::Limit(count) => Box::new(Limit::new(Arc::clone(count))),
            Step::NotNull { columns, drop } => Box::new(NotNull::new(columns.clone(), *drop)),
        })
    }

    fn collector(&self, spec: &CollectSpec) -> Result<Box<dyn Collector>> {
        let zone = &self.context.time_zone;
        Ok(match spec {
            CollectSpec::Aggregate(spec) => Box::new(Aggregate::new(spec.clone(), zone, self.budget)?),
            CollectSpec::Sort(spec) => Box::new(Sort::new(spec.clone(), zone, self.budget)?),
            CollectSpec::Latest(spec) => Box::new(Latest::new(spec.clone(), self.budget)?),
        })
    }
}

/// Whether all inputs of a query come to an end.
fn is_bounded(plan: &Plan, connectors: &dyn Connectors, context: &JobContext) -> Result<bool> {
    match &plan.node {
        Node::Scan(scan) => connectors.is_bounded(scan, context),
        Node::Values(_) => Ok(true),
        Node::Sort { keys, fetch: Some(_), .. } if keys.is_empty() => Ok(true),
        Node::Project { input, .. }
        | Node::Filter { input, .. }
        | Node::Aggregate { input, .. }
        | Node::Sort { input, .. }
        | Node::Correlate { input, .. }
        | Node::Lookup { input, .. } => is_bounded(input, connectors, context),
        Node::UnionAll { inputs } => {
            inputs.iter().try_fold(true, |all, input| Ok(all && is_bounded(input, connectors, context)?))
        }
    }
}

/// The check that a table's NOT NULL columns get no NULLs.
fn not_null_table(table: &Table, context: &JobContext) -> Option<Step> {
    let written = table.columns.iter().filter(|column| match &column.kind {
        TableColumnKind::Physical => true,
        TableColumnKind::Computed(_) => false,
        TableColumnKind::Metadata { is_virtual, .. } => !is_virtual,
    });
    let columns: Vec<_> = written
        .enumerate()
        .filter(|(_, column)| !column.data_type.nullable)
        .map(|(index, column)| (index, column.name.to_string()))
        .collect();
    not_null_step(columns, context)
}

/// What a query's own types promise is checked, too, when its rows are shown: an overflow of DECIMAL, for one, is NULL
/// whatever the type says.
fn not_null_result(plan: &Plan, context: &JobContext) -> Option<Step> {
    let fields = plan.schema.iter().enumerate().filter(|(_, field)| !field.data_type.nullable);
    not_null_step(fields.map(|(index, field)| (index, field.name.to_string())).collect(), context)
}

fn not_null_step(columns: Vec<(usize, String)>, context: &JobContext) -> Option<Step> {
    let drop = context.config.not_null_enforcer() == NotNullEnforcer::Drop;
    (!columns.is_empty()).then_some(Step::NotNull { columns, drop })
}

/// Constant rows as batches.
fn values(rows: &[Vec<Value>], schema: &Arc<[Field]>, batch_rows: usize) -> Result<VecDeque<ChangeBatch>> {
    let arrow_schema = Arc::new(physical_schema(schema));
    rows.chunks(batch_rows.max(1))
        .map(|rows| {
            let columns = schema
                .iter()
                .enumerate()
                .map(|(index, field)| {
                    Value::column(
                        rows.iter().map(|row| row.get(index).unwrap_or(&Value::Null)),
                        &field.data_type,
                    )
                })
                .collect::<millstream_expr::Result<Vec<_>>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&arrow_schema), columns, &options)?;
            Ok(ChangeBatch::inserts(batch))
        })
        .collect()
}
