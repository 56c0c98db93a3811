//! Plans as trees of text, in the style of Flink's EXPLAIN.

use millstream_expr::{Expr, Field, Value};

use super::expression::{aggregate_text, expression_text};
use super::value::literal_text;
use crate::plan::{Insert, Lookup, Node, Plan, Scan, SortKey, TableFunction};

/// Rows of VALUES that are printed.
const ROWS_SHOWN_MAX: usize = 5;

/// How a plan is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Each node for itself, as the statement says it.
    Written,
    /// A filter and the projection over it as one Calc, as they run.
    Optimized,
}

/// What is told of each node besides.
#[derive(Clone, Copy, Default)]
pub(super) struct Details {
    /// The kinds of change that a node gives out.
    pub(super) changelog_mode: bool,
}

/// A node of the text: its line, and the nodes it takes its rows from.
struct Line<'a> {
    text: String,
    inputs: Vec<&'a Plan>,
}

/// The sink over its query.
pub(super) fn insert_tree(insert: &Insert, style: Style, details: Details) -> String {
    let name = if style == Style::Written { "LogicalSink" } else { "Sink" };
    let overwrite = if insert.overwrite { ", overwrite=[true]" } else { "" };
    let mut out = format!(
        "{name}(table=[{}], fields=[{}]{overwrite})\n",
        insert.table.path,
        names(&insert.query.schema)
    );
    branch(&mut out, &insert.query, "", true, style, details);
    out
}

/// The plan, a line for each node, its inputs beneath it.
pub(super) fn plan_tree(plan: &Plan, style: Style, details: Details) -> String {
    let mut out = String::new();
    let line = line_of(plan, style, details);
    out.push_str(&line.text);
    out.push('\n');
    inputs(&mut out, &line.inputs, "", style, details);
    out
}

fn branch(out: &mut String, plan: &Plan, indent: &str, last: bool, style: Style, details: Details) {
    let line = line_of(plan, style, details);
    out.push_str(indent);
    out.push_str(if last { "+- " } else { ":- " });
    out.push_str(&line.text);
    out.push('\n');
    let indent = format!("{indent}{}", if last { "   " } else { ":  " });
    inputs(out, &line.inputs, &indent, style, details);
}

fn inputs(out: &mut String, plans: &[&Plan], indent: &str, style: Style, details: Details) {
    for (i, plan) in plans.iter().enumerate() {
        branch(out, plan, indent, i + 1 == plans.len(), style, details);
    }
}

fn line_of<'a>(plan: &'a Plan, style: Style, details: Details) -> Line<'a> {
    let mut line = match style {
        Style::Written => written(plan),
        Style::Optimized => optimized(plan),
    };
    if details.changelog_mode && line.text.ends_with(')') {
        line.text.pop();
        let comma = if line.text.ends_with('(') { "" } else { ", " };
        line.text.push_str(comma);
        // Every row of a plan is final: inputs are insert-only, and what gathers rows gives its result at the end.
        line.text.push_str("changelogMode=[I])");
    }
    line
}

fn written(plan: &Plan) -> Line<'_> {
    let text = match &plan.node {
        Node::Scan(scan) => format!("LogicalTableScan(table=[[{}]]{})", path(scan), hints(scan)),
        Node::Values(rows) => format!("LogicalValues({})", tuples(rows, &plan.schema)),
        Node::Project { input, expressions } => {
            format!("LogicalProject({})", assignments(expressions, &plan.schema, &input.schema))
        }
        Node::Filter { input, predicate } => {
            format!("LogicalFilter(condition=[{}])", expression_text(predicate, &input.schema))
        }
        Node::UnionAll { .. } => "LogicalUnion(all=[true])".to_owned(),
        Node::Aggregate { input, keys, aggregates } => {
            let group: Vec<String> = keys.iter().map(|key| expression_text(key, &input.schema)).collect();
            let mut text = format!("LogicalAggregate(group=[{{{}}}]", group.join(", "));
            for (call, field) in aggregates.iter().zip(plan.schema.iter().skip(keys.len())) {
                text.push_str(&format!(", {}=[{}]", field.name, aggregate_text(call, &input.schema)));
            }
            text.push(')');
            text
        }
        Node::Sort { input, keys, offset, fetch } => {
            format!("LogicalSort({})", sort_parts(keys, &input.schema, *offset, *fetch, false))
        }
        Node::Correlate { input, function, left } => {
            format!("LogicalCorrelate({})", correlate_parts(plan, function, &input.schema, *left))
        }
        Node::Lookup { input, lookup } => {
            format!("LogicalLookupJoin({})", lookup_parts(plan, lookup, &input.schema))
        }
    };
    Line { text, inputs: plan.inputs() }
}

fn optimized(plan: &Plan) -> Line<'_> {
    let text = match &plan.node {
        Node::Project { input, expressions } => {
            if let Node::Filter { input: below, predicate } = &input.node {
                let text = format!(
                    "Calc(select=[{}], where=[{}])",
                    select(expressions, &plan.schema, &input.schema),
                    expression_text(predicate, &below.schema)
                );
                return Line { text, inputs: vec![below] };
            }
            format!("Calc(select=[{}])", select(expressions, &plan.schema, &input.schema))
        }
        Node::Filter { input, predicate } => format!(
            "Calc(select=[{}], where=[{}])",
            names(&plan.schema),
            expression_text(predicate, &input.schema)
        ),
        Node::Scan(scan) => {
            format!(
                "TableSourceScan(table=[[{}{}]], fields=[{}])",
                path(scan),
                pushed(scan),
                names(&plan.schema)
            )
        }
        Node::Values(rows) => format!("Values({})", tuples(rows, &plan.schema)),
        Node::UnionAll { .. } => format!("Union(all=[true], union=[{}])", names(&plan.schema)),
        Node::Aggregate { input, keys, aggregates } => {
            let group: Vec<String> = keys.iter().map(|key| expression_text(key, &input.schema)).collect();
            let calls = aggregates.iter().map(|call| aggregate_text(call, &input.schema));
            let selected: Vec<String> = group
                .iter()
                .cloned()
                .chain(calls)
                .zip(plan.schema.iter())
                .map(|(text, field)| aliased(text, &field.name))
                .collect();
            let by =
                if group.is_empty() { String::new() } else { format!("groupBy=[{}], ", group.join(", ")) };
            format!("GroupAggregate({by}select=[{}])", selected.join(", "))
        }
        Node::Sort { input, keys, offset, fetch } => {
            let name = match (keys.is_empty(), fetch) {
                (true, _) => "Limit",
                (false, Some(_)) => "SortLimit",
                (false, None) => "Sort",
            };
            format!("{name}({})", sort_parts(keys, &input.schema, *offset, *fetch, true))
        }
        Node::Correlate { input, function, left } => {
            format!("Correlate({})", correlate_parts(plan, function, &input.schema, *left))
        }
        Node::Lookup { input, lookup } => {
            format!("LookupJoin({})", lookup_parts(plan, lookup, &input.schema))
        }
    };
    Line { text, inputs: plan.inputs() }
}

/// As Flink writes a LookupJoin.
fn lookup_parts(plan: &Plan, lookup: &Lookup, input: &[Field]) -> String {
    let keys = lookup.scan.table.primary_key.iter().zip(&lookup.keys);
    let keys: Vec<String> =
        keys.map(|(name, value)| format!("{name}={}", expression_text(value, input))).collect();
    let condition = match &lookup.condition {
        Some(condition) => format!(", joinCondition=[{}]", expression_text(condition, &plan.schema)),
        None => String::new(),
    };
    let path = &lookup.scan.table.path;
    format!(
        "table=[{path}], joinType=[{}], lookup=[{}]{condition}, select=[{}]",
        if lookup.left { "LeftOuterJoin" } else { "InnerJoin" },
        keys.join(", "),
        names(&plan.schema)
    )
}

/// `catalog, database, table`
fn path(scan: &Scan) -> String {
    let path = &scan.table.path;
    format!("{}, {}, {}", path.catalog, path.database, path.name)
}

/// The OPTIONS hint, where it changes something.
fn hints(scan: &Scan) -> String {
    let changed: Vec<String> = scan
        .options
        .iter()
        .filter(|(key, value)| scan.table.options.get(*key) != Some(*value))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if changed.is_empty() {
        String::new()
    } else {
        format!(", hints=[[[OPTIONS options:{{{}}}]]]", changed.join(", "))
    }
}

/// What a scan does beyond reading whole rows.
fn pushed(scan: &Scan) -> String {
    let fields: Vec<Field> =
        scan.fields.iter().map(|f| Field::new(scan.field_name(f), f.data_type.clone())).collect();
    let mut text = String::new();
    if let Some(predicate) = &scan.predicate {
        text.push_str(&format!(", filter=[{}]", expression_text(predicate, &fields)));
    }
    if scan.table.gives_changes() {
        text.push_str(&format!(", changelogKey=[{}]", scan.table.primary_key.join(", ")));
    }
    if let Some(limit) = scan.limit {
        text.push_str(&format!(", limit=[{limit}]"));
    }
    text
}

fn names(schema: &[Field]) -> String {
    schema.iter().map(|field| field.name.as_ref()).collect::<Vec<_>>().join(", ")
}

/// `a, b + 1 AS c`
fn select(expressions: &[Expr], schema: &[Field], input: &[Field]) -> String {
    let columns = expressions.iter().zip(schema);
    columns.map(|(e, field)| aliased(expression_text(e, input), &field.name)).collect::<Vec<_>>().join(", ")
}

fn aliased(text: String, name: &str) -> String {
    if text == name { text } else { format!("{text} AS {name}") }
}

/// `a=[a], c=[b + 1]`
fn assignments(expressions: &[Expr], schema: &[Field], input: &[Field]) -> String {
    let columns = expressions.iter().zip(schema);
    columns
        .map(|(e, field)| format!("{}=[{}]", field.name, expression_text(e, input)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn sort_parts(keys: &[SortKey], input: &[Field], offset: u64, fetch: Option<u64>, always: bool) -> String {
    let mut parts = Vec::new();
    if !keys.is_empty() {
        let keys: Vec<String> = keys.iter().map(|key| sort_key_text(key, input)).collect();
        parts.push(format!("orderBy=[{}]", keys.join(", ")));
    }
    if offset > 0 || (always && fetch.is_some()) {
        parts.push(format!("offset=[{offset}]"));
    }
    if let Some(fetch) = fetch {
        parts.push(format!("fetch=[{fetch}]"));
    }
    parts.join(", ")
}

fn sort_key_text(key: &SortKey, input: &[Field]) -> String {
    let direction = if key.descending { "DESC" } else { "ASC" };
    // NULLs are lowest unless something else is written.
    let nulls = match (key.nulls_first, key.descending) {
        (true, true) => " NULLS FIRST",
        (false, false) => " NULLS LAST",
        _ => "",
    };
    format!("{} {direction}{nulls}", expression_text(&key.expression, input))
}

fn correlate_parts(plan: &Plan, function: &TableFunction, input: &[Field], left: bool) -> String {
    let TableFunction::Unnest { collection, with_ordinality } = function;
    let ordinality = if *with_ordinality { " WITH ORDINALITY" } else { "" };
    let collection = expression_text(collection, input);
    let join = if left { "LEFT" } else { "INNER" };
    format!(
        "invocation=[UNNEST({collection}){ordinality}], select=[{}], joinType=[{join}]",
        names(&plan.schema)
    )
}

fn tuples(rows: &[Vec<Value>], schema: &[Field]) -> String {
    let mut shown: Vec<String> = rows
        .iter()
        .take(ROWS_SHOWN_MAX)
        .map(|row| {
            let values: Vec<String> =
                row.iter().zip(schema).map(|(value, field)| literal_text(value, &field.data_type)).collect();
            format!("{{ {} }}", values.join(", "))
        })
        .collect();
    if rows.len() > ROWS_SHOWN_MAX {
        shown.push(format!("… {} more", rows.len() - ROWS_SHOWN_MAX));
    }
    format!("tuples=[[{}]]", shown.join(", "))
}
