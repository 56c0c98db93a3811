//! Going through plans: the inputs of a node, and plans rewritten.

use super::{Node, Plan, Scan, TableFunction};
use millstream_expr::Expr;

impl Plan {
    /// The plans that a node takes its rows from, in order.
    pub fn inputs(&self) -> Vec<&Plan> {
        match &self.node {
            Node::Scan(_) | Node::Values(_) => Vec::new(),
            Node::Project { input, .. }
            | Node::Filter { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Correlate { input, .. }
            | Node::Lookup { input, .. } => vec![input],
            Node::UnionAll { inputs } => inputs.iter().collect(),
        }
    }

    /// The plans that a node takes its rows from, in order, to change them.
    pub fn inputs_mut(&mut self) -> &mut [Plan] {
        match &mut self.node {
            Node::Scan(_) | Node::Values(_) => &mut [],
            Node::Project { input, .. }
            | Node::Filter { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Correlate { input, .. }
            | Node::Lookup { input, .. } => std::slice::from_mut(input),
            Node::UnionAll { inputs } => inputs,
        }
    }

    /// Rewritten from the leaves up: `rewrite` sees each node after its inputs have been rewritten.
    ///
    /// # Errors
    /// The first error of `rewrite`.
    pub fn transform_up<E>(mut self, rewrite: &mut impl FnMut(Plan) -> Result<Plan, E>) -> Result<Self, E> {
        self.transform_inputs(rewrite)?;
        rewrite(self)
    }

    /// Apart from [`Plan::transform_up`], so that the frames of a deep recursion stay small: plans move through the heap.
    fn transform_inputs<E>(&mut self, rewrite: &mut impl FnMut(Plan) -> Result<Plan, E>) -> Result<(), E> {
        for input in self.inputs_mut() {
            input.transform_inputs(rewrite)?;
            input.replace_with(rewrite)?;
        }
        Ok(())
    }

    /// Puts what `rewrite` makes of the plan into its place.
    fn replace_with<E>(&mut self, rewrite: &mut impl FnMut(Plan) -> Result<Plan, E>) -> Result<(), E> {
        *self = rewrite(std::mem::replace(self, Plan::single_row()))?;
        Ok(())
    }

    /// Every scan in it, in the order of the text.
    pub fn scans(&self) -> Vec<&Scan> {
        match &self.node {
            Node::Scan(scan) => vec![scan],
            _ => self.inputs().into_iter().flat_map(Plan::scans).collect(),
        }
    }

    /// How many nodes it has.
    pub fn node_count(&self) -> usize {
        1 + self.inputs().into_iter().map(Plan::node_count).sum::<usize>()
    }

    /// The nodes on the longest way down.
    pub fn height(&self) -> usize {
        1 + self.inputs().into_iter().map(Plan::height).max().unwrap_or(0)
    }

    /// A scan that keeps the plan's rows from coming to an end, if there is one. `is_bounded` tells whether those of a scan do.
    ///
    /// # Errors
    /// The first error of `is_bounded`.
    pub fn unbounded_scan<E>(
        &self,
        is_bounded: &dyn Fn(&Scan) -> Result<bool, E>,
    ) -> Result<Option<&Scan>, E> {
        match &self.node {
            Node::Scan(scan) if scan.limit.is_none() && !is_bounded(scan)? => Ok(Some(scan)),
            // Once it has its rows it asks for no more.
            Node::Sort { keys, fetch: Some(_), .. } if keys.is_empty() => Ok(None),
            _ => {
                for input in self.inputs() {
                    if let Some(scan) = input.unbounded_scan(is_bounded)? {
                        return Ok(Some(scan));
                    }
                }
                Ok(None)
            }
        }
    }

    /// The node's own expressions, over the columns of its inputs (of a scan: over its fields; of a look-up: over its output, too).
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let all: Vec<&Expr> = match &self.node {
            Node::Scan(scan) => scan.predicate.iter().collect(),
            Node::Values(_) | Node::UnionAll { .. } => Vec::new(),
            Node::Project { expressions, .. } => expressions.iter().collect(),
            Node::Filter { predicate, .. } => vec![predicate],
            Node::Aggregate { keys, aggregates, .. } => {
                let calls = aggregates.iter().flat_map(|call| call.arguments.iter().chain(&call.filter));
                keys.iter().chain(calls).collect()
            }
            Node::Sort { keys, .. } => keys.iter().map(|key| &key.expression).collect(),
            Node::Correlate { function, .. } => function.expressions().collect(),
            Node::Lookup { lookup, .. } => lookup.keys.iter().chain(&lookup.condition).collect(),
        };
        all.into_iter()
    }

    /// The same node with each of its own expressions rewritten; they keep their types.
    pub fn map_expressions<E>(self, rewrite: &mut impl FnMut(Expr) -> Result<Expr, E>) -> Result<Self, E> {
        let Self { node, schema } = self;
        let node = match node {
            Node::Scan(mut scan) => {
                scan.predicate = scan.predicate.map(&mut *rewrite).transpose()?;
                Node::Scan(scan)
            }
            node @ (Node::Values(_) | Node::UnionAll { .. }) => node,
            Node::Project { input, expressions } => Node::Project {
                input,
                expressions: expressions.into_iter().map(rewrite).collect::<Result<_, E>>()?,
            },
            Node::Filter { input, predicate } => Node::Filter { input, predicate: rewrite(predicate)? },
            Node::Aggregate { input, keys, mut aggregates } => {
                let keys = keys.into_iter().map(&mut *rewrite).collect::<Result<_, E>>()?;
                for call in &mut aggregates {
                    let arguments = std::mem::take(&mut call.arguments);
                    call.arguments = arguments.into_iter().map(&mut *rewrite).collect::<Result<_, E>>()?;
                    call.filter = call.filter.take().map(&mut *rewrite).transpose()?;
                }
                Node::Aggregate { input, keys, aggregates }
            }
            Node::Sort { input, mut keys, offset, fetch } => {
                for key in &mut keys {
                    key.expression = rewrite(key.expression.clone())?;
                }
                Node::Sort { input, keys, offset, fetch }
            }
            Node::Correlate { input, function, left } => {
                Node::Correlate { input, function: function.map_expressions(rewrite)?, left }
            }
            Node::Lookup { input, mut lookup } => {
                lookup.keys = lookup.keys.into_iter().map(&mut *rewrite).collect::<Result<_, E>>()?;
                lookup.condition = lookup.condition.take().map(&mut *rewrite).transpose()?;
                Node::Lookup { input, lookup }
            }
        };
        Ok(Self { node, schema })
    }
}

impl TableFunction {
    /// Its expressions, over the columns of the input.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        match self {
            Self::Unnest { collection, .. } => std::iter::once(collection),
        }
    }

    /// The same function with each expression rewritten.
    ///
    /// # Errors
    /// The first error of `rewrite`.
    pub fn map_expressions<E>(self, rewrite: &mut impl FnMut(Expr) -> Result<Expr, E>) -> Result<Self, E> {
        match self {
            Self::Unnest { collection, with_ordinality } => {
                Ok(Self::Unnest { collection: rewrite(collection)?, with_ordinality })
            }
        }
    }
}
