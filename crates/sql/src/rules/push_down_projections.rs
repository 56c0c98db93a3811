//! Only the columns and nested fields that are wanted are read.
//!
//! From the top down each node says which of its input's columns it reads, and of ROW columns which fields; the scans
//! then read those fields and no others. On the way back every expression is rewritten to the columns that are left.

mod access;

use millstream_expr::aggregate::AggregateCall;
use millstream_expr::{Expr, Field, Value};

use self::access::{Path, Wanted, field_of, path_of, rewrite};
use super::RuleContext;
use crate::error::{Error, Result};
use crate::plan::{Lookup, Node, Plan, Scan, ScanField, SortKey, TableFunction};

/// A plan that gives at least what was wanted of it.
struct Pruned {
    plan: Plan,
    /// For each output column the path that it holds, over the output of the plan as it was.
    layout: Vec<Path>,
}

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    let schema = plan.schema.clone();
    let wanted = Wanted::columns(0..schema.len());
    let pruned = prune(plan, &wanted)?;
    let plan = exactly(pruned, schema.len())?;
    Ok(Plan { schema, ..plan })
}

/// The plan with the columns 0 to `width` and no others.
fn exactly(pruned: Pruned, width: usize) -> Result<Plan> {
    select(pruned, &(0..width).collect::<Vec<_>>())
}

/// The plan with these whole columns and no others.
fn select(pruned: Pruned, columns: &[usize]) -> Result<Plan> {
    if pruned.layout.iter().map(Vec::as_slice).eq(columns.iter().map(std::slice::from_ref)) {
        return Ok(pruned.plan);
    }
    let mut selected = Vec::with_capacity(columns.len());
    for column in columns {
        let at = pruned.layout.iter().position(|path| path.as_slice() == [*column]);
        let found = at.and_then(|at| Some((pruned.plan.schema.get(at)?, pruned.plan.column(at)?)));
        let (field, expression) = found.ok_or_else(lost)?;
        selected.push((field.name.clone(), expression));
    }
    Ok(Plan::project(pruned.plan, selected))
}

/// One node each; each kind has a function of its own, so that the frames of a deep recursion stay small.
fn prune(plan: Plan, wanted: &Wanted) -> Result<Pruned> {
    match plan.node {
        Node::Scan(scan) => prune_scan(&scan, wanted),
        Node::Values(rows) => Ok(prune_values(rows, &plan.schema, wanted)),
        Node::Project { input, expressions } => prune_project(*input, &expressions, &plan.schema, wanted),
        Node::Filter { input, predicate } => prune_filter(*input, predicate, wanted),
        Node::UnionAll { inputs } => prune_union(inputs, &plan.schema, wanted),
        Node::Sort { input, keys, offset, fetch } => prune_sort(*input, keys, (offset, fetch), wanted),
        Node::Aggregate { input, keys, aggregates } => {
            prune_aggregate(input, keys, aggregates, &plan.schema, wanted)
        }
        Node::Correlate { input, function, left } => {
            prune_correlate(*input, function, left, &plan.schema, wanted)
        }
        Node::Lookup { input, lookup } => prune_lookup(*input, *lookup, &plan.schema, wanted),
    }
}

fn prune_values(rows: Vec<Vec<Value>>, schema: &[Field], wanted: &Wanted) -> Pruned {
    let kept = wanted.whole_columns();
    let rows = rows
        .into_iter()
        .map(|row| kept.iter().filter_map(|column| row.get(*column).cloned()).collect())
        .collect();
    let schema = kept.iter().filter_map(|column| schema.get(*column).cloned()).collect();
    let layout = kept.into_iter().map(|column| vec![column]).collect();
    Pruned { plan: Plan { node: Node::Values(rows), schema }, layout }
}

fn prune_filter(input: Plan, predicate: Expr, wanted: &Wanted) -> Result<Pruned> {
    let mut below = wanted.clone();
    below.read_by(&predicate);
    let Pruned { plan, layout } = prune(input, &below)?;
    let predicate = rewrite(predicate, &layout)?;
    Ok(Pruned { plan: Plan::filter(plan, predicate), layout })
}

fn prune_union(inputs: Vec<Plan>, schema: &[Field], wanted: &Wanted) -> Result<Pruned> {
    let kept = wanted.whole_columns();
    let below = Wanted::columns(kept.iter().copied());
    let mut pruned = Vec::with_capacity(inputs.len());
    for input in inputs {
        pruned.push(select(prune(input, &below)?, &kept)?);
    }
    let schema = kept.iter().filter_map(|column| schema.get(*column).cloned()).collect();
    let layout = kept.into_iter().map(|column| vec![column]).collect();
    Ok(Pruned { plan: Plan { node: Node::UnionAll { inputs: pruned }, schema }, layout })
}

fn prune_sort(
    input: Plan,
    mut keys: Vec<SortKey>,
    limits: (u64, Option<u64>),
    wanted: &Wanted,
) -> Result<Pruned> {
    let mut below = wanted.clone();
    keys.iter().for_each(|key| below.read_by(&key.expression));
    let Pruned { plan, layout } = prune(input, &below)?;
    for key in &mut keys {
        key.expression = rewrite(key.expression.clone(), &layout)?;
    }
    Ok(Pruned { plan: Plan::sort(plan, keys, limits.0, limits.1), layout })
}

fn prune_aggregate(
    input: Box<Plan>,
    keys: Vec<Expr>,
    aggregates: Vec<AggregateCall>,
    schema: &[Field],
    wanted: &Wanted,
) -> Result<Pruned> {
    // A grouping without keys and aggregates would say nothing at all: then all stay.
    let any = !keys.is_empty() || aggregates.iter().enumerate().any(|(i, _)| wanted.has_column(i));
    let (calls, kept): (Vec<_>, Vec<usize>) = aggregates
        .into_iter()
        .zip(keys.len()..)
        .filter(|(_, column)| !any || wanted.has_column(*column))
        .unzip();
    let layout: Vec<Path> = (0..keys.len()).chain(kept).map(|column| vec![column]).collect();
    let schema = layout.iter().flatten().filter_map(|column| schema.get(*column).cloned()).collect();
    let node = Node::Aggregate { input, keys, aggregates: calls };
    Ok(Pruned { plan: over_pruned_input(Plan { node, schema })?, layout })
}

fn prune_correlate(
    input: Plan,
    function: TableFunction,
    left: bool,
    schema: &[Field],
    wanted: &Wanted,
) -> Result<Pruned> {
    let width = input.schema.len();
    let mut below = wanted.before(width);
    function.expressions().for_each(|expression| below.read_by(expression));
    let Pruned { plan, mut layout } = prune(input, &below)?;
    let function = function.map_expressions(&mut |expression| rewrite(expression, &layout))?;
    let made: Vec<Field> = schema.iter().skip(width).cloned().collect();
    layout.extend((width..schema.len()).map(|column| vec![column]));
    Ok(Pruned { plan: Plan::correlate(plan, function, made, left), layout })
}

fn prune_lookup(input: Plan, mut lookup: Lookup, schema: &[Field], wanted: &Wanted) -> Result<Pruned> {
    let width = input.schema.len();
    let mut read = wanted.clone();
    lookup.condition.iter().for_each(|condition| read.read_by(condition));
    let mut below = read.before(width);
    lookup.keys.iter().for_each(|key| below.read_by(key));
    let Pruned { plan, mut layout } = prune(input, &below)?;
    for key in &mut lookup.keys {
        *key = rewrite(key.clone(), &layout)?;
    }
    let kept: Vec<usize> = (width..schema.len()).filter(|column| read.has_column(*column)).collect();
    let made: Vec<Field> = kept.iter().filter_map(|column| schema.get(*column).cloned()).collect();
    let output = kept.iter().filter_map(|column| lookup.scan.output.get(column - width));
    lookup.scan.fields =
        output.filter_map(|position| lookup.scan.fields.get(*position).cloned()).collect::<Vec<_>>();
    lookup.scan.output = (0..lookup.scan.fields.len()).collect();
    layout.extend(kept.into_iter().map(|column| vec![column]));
    lookup.condition = lookup.condition.map(|condition| rewrite(condition, &layout)).transpose()?;
    Ok(Pruned { plan: Plan::lookup(plan, lookup, made), layout })
}

/// A node whose output does not depend on which columns its input has, over an input with what it reads.
fn over_pruned_input(mut plan: Plan) -> Result<Plan> {
    let mut below = Wanted::default();
    plan.expressions().for_each(|expression| below.read_by(expression));
    let mut layout = Vec::new();
    if let Node::Project { input, .. } | Node::Aggregate { input, .. } = &mut plan.node {
        let taken = std::mem::replace(input.as_mut(), Plan::single_row());
        let pruned = prune(taken, &below)?;
        **input = pruned.plan;
        layout = pruned.layout;
    }
    plan.map_expressions(&mut |expression| rewrite(expression, &layout))
}

fn prune_project(input: Plan, expressions: &[Expr], schema: &[Field], wanted: &Wanted) -> Result<Pruned> {
    let mut columns = Vec::new();
    let mut layout: Vec<Path> = Vec::new();
    for path in wanted.paths() {
        let (column, inner) = path.split_first().ok_or_else(lost)?;
        let (expression, field) = expressions.get(*column).zip(schema.get(*column)).ok_or_else(lost)?;
        // Fields of what is handed on as it is can be wanted one by one; what is computed is computed whole.
        if !inner.is_empty() && path_of(expression).is_some() {
            let (name, expression) = field_of(expression.clone(), inner, &field.name)?;
            columns.push((name, expression));
            layout.push(path.clone());
        } else if !layout.iter().any(|known| known.as_slice() == [*column]) {
            columns.push((field.name.clone(), expression.clone()));
            layout.push(vec![*column]);
        }
    }
    let plan = over_pruned_input(Plan::project(input, columns))?;
    Ok(Pruned { plan, layout })
}

fn prune_scan(scan: &Scan, wanted: &Wanted) -> Result<Pruned> {
    // Paths over the table's columns: what is given out, and what the predicate reads besides.
    let absolute = |position: usize, inner: &[usize]| -> Result<Path> {
        let field = scan.fields.get(position).ok_or_else(lost)?;
        Ok(std::iter::once(field.column)
            .chain(field.path.iter().copied())
            .chain(inner.iter().copied())
            .collect())
    };
    let mut wanted = wanted.clone();
    // Changes are told apart by their keys.
    scan.key_positions().into_iter().for_each(|position| wanted.add(vec![position]));
    let mut given = Vec::new();
    for path in wanted.paths() {
        let (column, inner) = path.split_first().ok_or_else(lost)?;
        let position = *scan.output.get(*column).ok_or_else(lost)?;
        given.push((*column, absolute(position, inner)?));
    }
    let mut read = Wanted::default();
    given.iter().for_each(|(_, path)| read.add(path.clone()));
    if let Some(predicate) = &scan.predicate {
        let mut by_predicate = Wanted::default();
        by_predicate.read_by(predicate);
        for path in by_predicate.paths() {
            let (position, inner) = path.split_first().ok_or_else(lost)?;
            read.add(absolute(*position, inner)?);
        }
    }
    let paths: Vec<&Path> = read.paths().collect();
    let fields = paths.iter().map(|path| scan_field(scan, path)).collect::<Result<Vec<_>>>()?;

    // Which of them hold what is given out, each once.
    let (mut output, mut layout): (Vec<usize>, Vec<Path>) = (Vec::new(), Vec::new());
    for (column, path) in &given {
        let position = paths.iter().position(|held| path.starts_with(held)).ok_or_else(lost)?;
        if output.contains(&position) {
            continue;
        }
        let old =
            scan.output.get(*column).and_then(|position| scan.fields.get(*position)).ok_or_else(lost)?;
        let inner = fields.get(position).and_then(|f| f.path.get(old.path.len()..)).ok_or_else(lost)?;
        output.push(position);
        layout.push(std::iter::once(*column).chain(inner.iter().copied()).collect());
    }

    // The predicate moves from the old fields to the new ones.
    let predicate = scan.predicate.clone().map(|predicate| {
        let held: Vec<(usize, Path)> = scan
            .fields
            .iter()
            .enumerate()
            .map(|(position, _)| Ok((position, absolute(position, &[])?)))
            .collect::<Result<_>>()?;
        let over_old: Vec<Path> = paths
            .iter()
            .map(|path| {
                let old = held.iter().find(|(_, held)| path.starts_with(held));
                let (position, held) = old.ok_or_else(lost)?;
                Ok(std::iter::once(*position).chain(path.iter().skip(held.len()).copied()).collect())
            })
            .collect::<Result<_>>()?;
        rewrite(predicate, &over_old)
    });
    let scan = Scan {
        table: scan.table.clone(),
        options: scan.options.clone(),
        fields,
        predicate: predicate.transpose()?,
        output,
        limit: scan.limit,
    };
    Ok(Pruned { plan: Plan::from_scan(scan), layout })
}

/// The field of a table at a path: its column, and fields of ROWs from there down.
fn scan_field(scan: &Scan, path: &[usize]) -> Result<ScanField> {
    let (column, inner) = path.split_first().ok_or_else(lost)?;
    let declared = scan.table.columns.get(*column).ok_or_else(lost)?;
    let whole = Expr::column(*column, declared.data_type.clone());
    let (_, expression) = field_of(whole, inner, &declared.name)?;
    Ok(ScanField { column: *column, path: inner.to_vec(), data_type: expression.data_type })
}

fn lost() -> Error {
    Error::internal("a column was lost while projections were pushed down")
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn only_what_is_wanted_is_read() {
        assert_tree(
            "SELECT a FROM t WHERE b = 'k'",
            &["push_down_projections"],
            &[
                "Calc(select=[a], where=[b = 'k'])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b])",
            ],
        );
        assert_tree(
            "SELECT r.x, r.y.z FROM t WHERE r.y.w > 1",
            &["push_down_projections"],
            &[
                "Calc(select=[r.x AS x, r.y.z AS z], where=[r.y.w > 1])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[r.x, r.y.z, r.y.w])",
            ],
        );
        assert_tree(
            "SELECT r.y, r.y.z FROM t",
            &["push_down_projections"],
            &[
                "Calc(select=[r.y AS y, r.y.z AS z])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[r.y])",
            ],
        );
        assert_tree(
            "SELECT COUNT(*) FROM t",
            &["push_down_projections"],
            &[
                "Calc(select=[EXPR$0])",
                "+- GroupAggregate(select=[COUNT(*) AS EXPR$0])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[])",
            ],
        );
        assert_tree(
            "SELECT x.y FROM (SELECT r AS x, b FROM t)",
            &["push_down_projections"],
            &[
                "Calc(select=[x.y AS y])",
                "+- Calc(select=[r.y AS x.y])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[r.y])",
            ],
        );
    }

    #[test]
    fn through_unions_sorts_and_unnest() {
        assert_tree(
            "SELECT a FROM (SELECT a, b FROM t UNION ALL SELECT a, b FROM u)",
            &["push_down_projections"],
            &[
                "Calc(select=[a])",
                "+- Union(all=[true], union=[a])",
                "   :- Calc(select=[a])",
                "   :  +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a])",
                "   +- Calc(select=[a])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, u]], fields=[a])",
            ],
        );
        assert_tree(
            "SELECT a FROM t ORDER BY r.x",
            &["push_down_projections"],
            &[
                "Calc(select=[a])",
                "+- Sort(orderBy=[$s1 ASC])",
                "   +- Calc(select=[a, r.x AS $s1])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, r.x])",
            ],
        );
        assert_tree(
            "SELECT e FROM t, UNNEST(ar) AS q(e)",
            &["push_down_projections"],
            &[
                "Calc(select=[e])",
                "+- Correlate(invocation=[UNNEST(ar)], select=[ar, e], joinType=[INNER])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[ar])",
            ],
        );
    }

    #[test]
    fn unused_aggregates_go() {
        assert_tree(
            "SELECT n FROM (SELECT b, COUNT(*) AS n, MAX(a) AS m FROM t GROUP BY b)",
            &["push_down_projections"],
            &[
                "Calc(select=[n])",
                "+- Calc(select=[n])",
                "   +- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS n])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[b])",
            ],
        );
    }
}
