//! From trees to a program: equal parts become one node, constant parts their value.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use jiff::tz::TimeZone;

use super::EvalContext;
use super::column::Column;
use super::program::{Program, Region, Register, Step};
use super::run::constant;
use crate::cast::Cast;
use crate::error::{Error, Result};
use crate::expr::{Call, Expr, ExprKind};
use crate::functions::{Category, Determinism, Kernel, KernelArguments};
use crate::types::DataType;
use crate::value::Value;

/// How deeply conditional and shared parts may nest: each level takes stack when it runs.
const MAX_NESTING: usize = 256;

pub(super) fn compile(expressions: &[Expr], time_zone: &TimeZone) -> Result<Program> {
    let mut graph = Graph { nodes: Vec::new(), known: HashMap::new(), time_zone };
    let roots = expressions.iter().map(|e| graph.add(e)).collect::<Result<Vec<_>>>()?;
    let mut layout =
        Layout { uses: graph.uses(&roots), graph: &graph, slots: HashMap::new(), shared: Vec::new() };
    let roots = roots.into_iter().map(|root| layout.region(root, 0)).collect::<Result<_>>()?;
    let shared = layout.shared.into_iter().flatten().collect();
    Ok(Program { roots, types: expressions.iter().map(|e| e.data_type.clone()).collect(), shared })
}

/// A node of the graph, by number. Its inputs have smaller numbers.
type NodeId = usize;

/// Expressions with equal parts made one.
struct Graph<'a> {
    nodes: Vec<Node>,
    known: HashMap<Identity, NodeId>,
    time_zone: &'a TimeZone,
}

struct Node {
    operation: Operation,
    data_type: DataType,
    /// Whether it can fail for a row, for its own sake or its inputs'.
    fallible: bool,
    /// What it takes for a row beside its inputs.
    cost: u32,
}

enum Operation {
    Column(usize),
    Constant(ArrayRef),
    Call { kernel: Arc<Kernel>, arguments: Vec<NodeId>, determinism: Determinism },
    Cast { input: NodeId, cast: Arc<Cast> },
    Field { input: NodeId, index: usize },
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
    Case { branches: Vec<(NodeId, NodeId)>, otherwise: NodeId },
}

/// What makes two nodes equal, besides their type.
#[derive(PartialEq, Eq, Hash)]
enum Form {
    Column(usize),
    Literal(Value),
    /// The function's name stands for it: names are unique in the registry.
    Call(&'static str, Vec<NodeId>),
    Cast(NodeId, bool),
    Field(NodeId, usize),
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
    Case(Vec<NodeId>),
}

#[derive(PartialEq, Eq, Hash)]
struct Identity(Form, DataType);

impl Operation {
    fn inputs(&self) -> Vec<NodeId> {
        match self {
            Self::Column(_) | Self::Constant(_) => Vec::new(),
            Self::Call { arguments, .. } => arguments.clone(),
            Self::Cast { input, .. } | Self::Field { input, .. } => vec![*input],
            Self::And(parts) | Self::Or(parts) => parts.clone(),
            Self::Case { branches, otherwise } => {
                branches.iter().flat_map(|(c, v)| [*c, *v]).chain([*otherwise]).collect()
            }
        }
    }
}

impl Graph<'_> {
    /// Adds an expression: leaves first, with a stack of its own, for trees may be deep.
    fn add(&mut self, root: &Expr) -> Result<NodeId> {
        let mut tasks = vec![(root, false)];
        let mut results: Vec<NodeId> = Vec::new();
        while let Some((expr, ready)) = tasks.pop() {
            let children = expr.children();
            if ready || children.is_empty() {
                let inputs = results.split_off(results.len().saturating_sub(children.len()));
                results.push(self.node(expr, inputs)?);
            } else {
                tasks.push((expr, true));
                tasks.extend(children.into_iter().rev().map(|child| (child, false)));
            }
        }
        results.pop().ok_or_else(|| Error::internal("an expression without a node"))
    }

    fn get(&self, id: NodeId) -> Result<&Node> {
        self.nodes.get(id).ok_or_else(|| Error::internal("an unknown node"))
    }

    fn constant(&self, id: NodeId) -> Option<&ArrayRef> {
        match self.nodes.get(id).map(|n| &n.operation) {
            Some(Operation::Constant(array)) => Some(array),
            _ => None,
        }
    }

    fn node(&mut self, expr: &Expr, inputs: Vec<NodeId>) -> Result<NodeId> {
        let random = matches!(&expr.kind, ExprKind::Call(c) if c.function.determinism == Determinism::Random);
        let form = match &expr.kind {
            ExprKind::Column(index) => Form::Column(*index),
            ExprKind::Literal(value) => Form::Literal(value.clone()),
            ExprKind::Call(call) => Form::Call(call.function.name, inputs.clone()),
            ExprKind::Cast { mode, .. } => Form::Cast(self.only(&inputs)?, mode.gives_null()),
            ExprKind::Field { index, .. } => Form::Field(self.only(&inputs)?, *index),
            ExprKind::And(_) => Form::And(inputs.clone()),
            ExprKind::Or(_) => Form::Or(inputs.clone()),
            ExprKind::Case { .. } => Form::Case(inputs.clone()),
        };
        let identity = Identity(form, expr.data_type.clone());
        if !random && let Some(known) = self.known.get(&identity) {
            return Ok(*known);
        }
        let id = match self.operation(expr, inputs)? {
            Made::Same(id) => id,
            Made::New(operation, fallible, cost) => {
                let inputs = operation.inputs();
                let fallible =
                    fallible || inputs.iter().any(|i| self.nodes.get(*i).is_some_and(|n| n.fallible));
                self.nodes.push(Node { operation, data_type: expr.data_type.clone(), fallible, cost });
                self.nodes.len() - 1
            }
        };
        if !random {
            self.known.insert(identity, id);
        }
        Ok(id)
    }

    fn only(&self, inputs: &[NodeId]) -> Result<NodeId> {
        inputs.first().copied().ok_or_else(|| Error::internal("an expression without its input"))
    }

    fn operation(&self, expr: &Expr, inputs: Vec<NodeId>) -> Result<Made> {
        Ok(match &expr.kind {
            ExprKind::Column(index) => Made::New(Operation::Column(*index), false, 0),
            ExprKind::Literal(value) => {
                Made::New(Operation::Constant(value.to_array(&expr.data_type, 1)?), false, 0)
            }
            ExprKind::Call(call) => self.call(call, &expr.data_type, inputs)?,
            ExprKind::Cast { input, mode } => {
                let id = self.only(&inputs)?;
                let cast = Cast::new(&input.data_type, &expr.data_type, *mode, self.time_zone)?;
                if cast.is_identity() {
                    return Ok(Made::Same(id));
                }
                if let Some(array) = self.constant(id)
                    && let Ok(value) = cast.apply(array)
                {
                    return Ok(Made::New(Operation::Constant(value), false, 0));
                }
                let (fallible, cost) = (cast.fallible(), cast.cost());
                Made::New(Operation::Cast { input: id, cast: Arc::new(cast) }, fallible, cost)
            }
            ExprKind::Field { index, .. } => {
                Made::New(Operation::Field { input: self.only(&inputs)?, index: *index }, false, 0)
            }
            ExprKind::And(_) => self.connective(inputs, false),
            ExprKind::Or(_) => self.connective(inputs, true),
            ExprKind::Case { .. } => self.case(&inputs)?,
        })
    }

    fn call(&self, call: &Call, returns: &DataType, inputs: Vec<NodeId>) -> Result<Made> {
        let types = inputs.iter().map(|i| Ok(self.get(*i)?.data_type.clone())).collect::<Result<Vec<_>>>()?;
        let constants = inputs
            .iter()
            .zip(&types)
            .map(|(i, t)| self.constant(*i).map(|a| Value::from_array(a, 0, t)).transpose())
            .collect::<Result<Vec<_>>>()?;
        let known =
            KernelArguments { types: &types, constants: &constants, returns, time_zone: self.time_zone };
        let kernel = (call.overload.kernel)(&known)?;
        let determinism = call.function.determinism;
        if determinism == Determinism::Pure && constants.iter().all(Option::is_some) {
            let arguments: Vec<Column> =
                inputs.iter().filter_map(|i| self.constant(*i).cloned()).map(Column::Constant).collect();
            // A call that fails stays: it fails for the rows that reach it, if any do.
            let context = EvalContext { now_micros: 0, seed: 0 };
            if let Ok(Column::Constant(value)) = kernel(&context, &arguments, 1).and_then(constant) {
                return Ok(Made::New(Operation::Constant(value), false, 0));
            }
        }
        let light = types.iter().chain([returns]).all(|t| t.physical().is_primitive() || !t.kind.is_nested())
            && !types.iter().any(|t| t.kind.is_character() || t.kind.is_binary());
        let cost = match (call.function.category, light) {
            (Category::Comparison | Category::Logical | Category::Arithmetic, true) => 1,
            (_, true) => 4,
            (Category::Comparison, false) => 4,
            (_, false) => 24,
        };
        let operation = Operation::Call { kernel: Arc::new(kernel), arguments: inputs, determinism };
        Ok(Made::New(operation, call.overload.fallible, cost))
    }

    /// AND (`decisive` is FALSE) or OR: parts that are not decisive are left out, and what follows a decisive one.
    fn connective(&self, inputs: Vec<NodeId>, decisive: bool) -> Made {
        let mut parts = Vec::with_capacity(inputs.len());
        for input in inputs {
            match self.truth(input) {
                Some(Some(truth)) if truth == decisive => {
                    let failing =
                        parts.iter().any(|p: &NodeId| self.nodes.get(*p).is_none_or(|n| n.fallible));
                    if !failing {
                        return Made::Same(input);
                    }
                    parts.push(input);
                    break;
                }
                Some(Some(_)) => {}
                _ => parts.push(input),
            }
        }
        match parts.as_slice() {
            [] => {
                let value: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![!decisive]));
                Made::New(Operation::Constant(value), false, 0)
            }
            [only] => Made::Same(*only),
            _ if decisive => Made::New(Operation::Or(parts), false, 0),
            _ => Made::New(Operation::And(parts), false, 0),
        }
    }

    /// The truth of a constant; `Some(None)` is UNKNOWN.
    fn truth(&self, id: NodeId) -> Option<Option<bool>> {
        use arrow_array::cast::AsArray;
        let array = self.constant(id)?;
        let array = array.as_boolean_opt()?;
        Some(array.is_valid(0).then(|| array.value(0)))
    }

    fn case(&self, inputs: &[NodeId]) -> Result<Made> {
        let Some((otherwise, pairs)) = inputs.split_last() else {
            return Err(Error::internal("a CASE without values"));
        };
        let mut otherwise = *otherwise;
        let mut branches = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let [condition, value] = pair else { continue };
            match self.truth(*condition) {
                Some(Some(true)) => {
                    otherwise = *value;
                    break;
                }
                Some(_) => {}
                None => branches.push((*condition, *value)),
            }
        }
        if branches.is_empty() {
            return Ok(Made::Same(otherwise));
        }
        Ok(Made::New(Operation::Case { branches, otherwise }, false, 1))
    }

    /// How many places need each node.
    fn uses(&self, roots: &[NodeId]) -> Vec<u32> {
        let mut uses = vec![0; self.nodes.len()];
        let mut open: Vec<NodeId> = roots.to_vec();
        while let Some(id) = open.pop() {
            if let (Some(count), Some(node)) = (uses.get_mut(id), self.nodes.get(id)) {
                *count += 1;
                if *count == 1 {
                    open.extend(node.operation.inputs());
                }
            }
        }
        uses
    }
}

/// What became of an expression.
enum Made {
    /// A node that is there.
    Same(NodeId),
    /// An operation, whether it can fail beside its inputs, and its cost.
    New(Operation, bool, u32),
}

/// Lays the graph out in regions.
struct Layout<'a> {
    graph: &'a Graph<'a>,
    uses: Vec<u32>,
    /// The slots of shared nodes.
    slots: HashMap<NodeId, usize>,
    /// Their regions; `None` while one is being laid out.
    shared: Vec<Option<Region>>,
}

impl Layout<'_> {
    /// The region that computes `root`, which stands `depth` regions deep.
    fn region(&mut self, root: NodeId, depth: usize) -> Result<Region> {
        if depth > MAX_NESTING {
            return Err(Error::unsupported(format!(
                "conditions nest more than {MAX_NESTING} levels deep; use fewer levels of CASE, AND and OR"
            )));
        }
        let mut region =
            Region { steps: Vec::new(), fallible: self.graph.get(root)?.fallible, cost: 0, columns: 0 };
        let mut places: HashMap<NodeId, Register> = HashMap::new();
        let mut tasks = vec![(root, false)];
        while let Some((id, ready)) = tasks.pop() {
            if places.contains_key(&id) {
                continue;
            }
            let node = self.graph.get(id)?;
            let leaf = matches!(node.operation, Operation::Column(_) | Operation::Constant(_));
            // The part of the region that is its own root is not read from its slot.
            let shared =
                !leaf && self.uses.get(id).is_some_and(|n| *n > 1) && !(id == root && self.laying(id));
            let eager = matches!(
                node.operation,
                Operation::Call { .. } | Operation::Cast { .. } | Operation::Field { .. }
            );
            if eager && !shared && !ready {
                tasks.push((id, true));
                tasks.extend(node.operation.inputs().into_iter().rev().map(|i| (i, false)));
                continue;
            }
            let step = if shared {
                let slot = self.slot(id, depth)?;
                if let Some(Some(part)) = self.shared.get(slot) {
                    region.add(part);
                }
                Step::Shared(slot)
            } else {
                region.cost = region.cost.saturating_add(node.cost);
                self.step(id, &places, &mut region, depth)?
            };
            places.insert(id, region.steps.len());
            region.steps.push(step);
        }
        Ok(region)
    }

    /// Whether the node's own region is being laid out.
    fn laying(&self, id: NodeId) -> bool {
        self.slots.get(&id).is_some_and(|slot| matches!(self.shared.get(*slot), Some(None)))
    }

    fn slot(&mut self, id: NodeId, depth: usize) -> Result<usize> {
        if let Some(slot) = self.slots.get(&id) {
            return Ok(*slot);
        }
        let slot = self.shared.len();
        self.slots.insert(id, slot);
        self.shared.push(None);
        let region = self.region(id, depth + 1)?;
        if let Some(place) = self.shared.get_mut(slot) {
            *place = Some(region);
        }
        Ok(slot)
    }

    fn step(
        &mut self,
        id: NodeId,
        places: &HashMap<NodeId, Register>,
        region: &mut Region,
        depth: usize,
    ) -> Result<Step> {
        let graph = self.graph;
        let place =
            |id: &NodeId| places.get(id).copied().ok_or_else(|| Error::internal("an input is not laid out"));
        Ok(match &graph.get(id)?.operation {
            Operation::Column(index) => {
                region.columns += 1;
                Step::Column(*index)
            }
            Operation::Constant(array) => Step::Constant(Arc::clone(array)),
            Operation::Call { kernel, arguments, determinism } => Step::Call {
                kernel: Arc::clone(kernel),
                arguments: arguments.iter().map(place).collect::<Result<_>>()?,
                determinism: *determinism,
                salt: id as u64,
            },
            Operation::Cast { input, cast } => Step::Cast { input: place(input)?, cast: Arc::clone(cast) },
            Operation::Field { input, index } => Step::Field { input: place(input)?, index: *index },
            Operation::And(parts) => Step::And(self.parts(parts, region, depth)?),
            Operation::Or(parts) => Step::Or(self.parts(parts, region, depth)?),
            Operation::Case { branches, otherwise } => {
                let mut pairs = Vec::with_capacity(branches.len());
                for (condition, value) in branches {
                    pairs.push((self.part(*condition, region, depth)?, self.part(*value, region, depth)?));
                }
                Step::Case { branches: pairs, otherwise: self.part(*otherwise, region, depth)? }
            }
        })
    }

    fn parts(&mut self, ids: &[NodeId], region: &mut Region, depth: usize) -> Result<Vec<Region>> {
        ids.iter().map(|id| self.part(*id, region, depth)).collect()
    }

    fn part(&mut self, id: NodeId, region: &mut Region, depth: usize) -> Result<Region> {
        let part = self.region(id, depth + 1)?;
        region.add(&part);
        Ok(part)
    }
}

impl Region {
    /// Counts in what a part takes.
    fn add(&mut self, part: &Region) {
        self.cost = self.cost.saturating_add(part.cost);
        self.columns = self.columns.saturating_add(part.columns);
    }
}
