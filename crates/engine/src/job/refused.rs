//! Queries that cannot run: rows without an end where all are needed, and rows that change where only new ones are taken.

use millstream_sql::catalog::Table;
use millstream_sql::plan::{Node, Plan, Scan};

use super::lower::{Chain, CollectSpec, End, GatherSpec};
use crate::error::{Error, ErrorKind};

/// A scan whose rows change on their way to the end of the plan, if there is one.
pub(super) fn changing(plan: &Plan) -> Option<&Scan> {
    match &plan.node {
        Node::Scan(scan) => scan.table.gives_changes().then_some(scan),
        // They take rows in the form that they have in the end.
        Node::Aggregate { .. } | Node::Sort { .. } => None,
        _ => plan.inputs().into_iter().find_map(changing),
    }
}

/// The error for a table that does not take the rows of `scan`.
pub(super) fn changes_into(table: &Table, scan: &Scan) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "table '{}' takes new rows only, but those of table '{}' change by its PRIMARY KEY: write to a table of connector 'log' with \
             a PRIMARY KEY, or to 'print'",
            table.path.name, scan.table.path.name
        ),
    )
}

/// The error for a scan that has no end, though one of its branches needs it.
pub(super) fn endless(scan: &Scan, specs: &[GatherSpec], branches: &[Chain]) -> Error {
    if branches.iter().any(|branch| match branch.end {
        End::Gather(position) => {
            matches!(specs.get(position).map(|spec| &spec.collect), Some(CollectSpec::Latest(_)))
        }
        End::Sink(_) => false,
    }) {
        return Error::new(
            ErrorKind::Unsupported,
            format!(
                "the rows of table '{}' change by its PRIMARY KEY and do not come to an end, but what is made of them needs each once: bound \
                 the table, as with 'scan.bounded.mode' = 'latest-offset', or show the changes of a plain query with --output table or \
                 changelog",
                scan.table.path.name
            ),
        );
    }
    let what = branches
        .iter()
        .find_map(|branch| match branch.end {
            End::Gather(position) => specs.get(position),
            End::Sink(_) => None,
        })
        .map_or("an operator that must see all rows", |spec| match &spec.collect {
            CollectSpec::Aggregate(spec) if spec.calls.is_empty() => "DISTINCT",
            CollectSpec::Aggregate(_) => "an aggregate that is given out once",
            CollectSpec::Sort(_) => "ORDER BY",
            CollectSpec::Latest(_) => "what follows a table with a PRIMARY KEY",
        });
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "{what} needs all rows, and those of table '{}' do not come to an end: put a LIMIT below it, or bound the table",
            scan.table.path.name
        ),
    )
}
