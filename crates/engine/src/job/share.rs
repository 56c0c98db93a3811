//! One scan for the statements that read the same table.

use std::sync::Arc;

use millstream_expr::types::Field;
use millstream_expr::{DataType, Expr, ExprKind, Kind};
use millstream_sql::plan::{Scan, ScanField};

use super::lower::{Chain, Pipeline, PipelineInput, Step};
use crate::error::Result;
use crate::operator::renumber;

/// Puts pipelines of different queries that scan the same table into one: it reads the fields of all
/// of them, of rows that any of them wants, and each chain starts with its own predicate and fields.
pub(super) fn share_scans(pipelines: Vec<Pipeline>) -> Result<Vec<Pipeline>> {
    let mut groups: Vec<Vec<Pipeline>> = Vec::with_capacity(pipelines.len());
    for pipeline in pipelines {
        match groups.iter_mut().find(|group| group.iter().all(|other| may_share(other, &pipeline))) {
            Some(group) => group.push(pipeline),
            None => groups.push(vec![pipeline]),
        }
    }
    groups.into_iter().map(join).collect()
}

/// Whether both read the same rows of the same table, for different queries: within one query (a table united
/// with itself) the order of the inputs is kept by reading twice.
fn may_share(a: &Pipeline, b: &Pipeline) -> bool {
    let (PipelineInput::Scan(x), PipelineInput::Scan(y)) = (&a.input, &b.input) else { return false };
    // A scan that ends early would end early for the others, too.
    a.query != b.query
        && x.limit.is_none()
        && y.limit.is_none()
        && x.table == y.table
        && x.options == y.options
}

fn join(mut group: Vec<Pipeline>) -> Result<Pipeline> {
    let [first, _, ..] = group.as_slice() else {
        // Every group has a member.
        return Ok(group.swap_remove(0));
    };
    let query = first.query;
    let mut branches: Vec<Chain> = Vec::new();
    let mut fields: Vec<ScanField> = Vec::new();
    let mut predicates: Option<Vec<Expr>> = Some(Vec::new());
    let mut shared: Option<Scan> = None;
    for pipeline in group {
        let PipelineInput::Scan(scan) = pipeline.input else { continue };
        let places: Vec<usize> = scan.fields.iter().map(|field| place(&mut fields, field)).collect();
        let moved = |e: Expr| renumber(e, &|index| places.get(index).copied());
        let predicate = scan.predicate.clone().map(moved).transpose()?;
        let own = own_part(&scan, &places, predicate.clone());
        for mut chain in pipeline.branches {
            chain.steps.insert(0, own.clone());
            branches.push(chain);
        }
        match (&mut predicates, predicate) {
            (Some(all), Some(predicate)) => all.push(predicate),
            // One of them wants every row.
            (_, None) => predicates = None,
            (None, Some(_)) => {}
        }
        shared.get_or_insert(scan);
    }
    let Some(first) = shared else {
        return Err(crate::Error::new(crate::ErrorKind::Internal, "a shared scan without members"));
    };
    let scan = Scan {
        output: (0..fields.len()).collect(),
        fields,
        predicate: predicates.map(any_of),
        limit: None,
        ..first
    };
    Ok(Pipeline { query, input: PipelineInput::Scan(scan), branches })
}

/// The position of `field` among the shared ones.
fn place(fields: &mut Vec<ScanField>, field: &ScanField) -> usize {
    fields.iter().position(|known| known == field).unwrap_or_else(|| {
        fields.push(field.clone());
        fields.len() - 1
    })
}

/// The step that makes of the shared rows what the scan alone would have given.
fn own_part(scan: &Scan, places: &[usize], predicate: Option<Expr>) -> Step {
    let mut expressions = Vec::with_capacity(scan.output.len());
    let mut output = Vec::with_capacity(scan.output.len());
    for &index in &scan.output {
        if let (Some(field), Some(&place)) = (scan.fields.get(index), places.get(index)) {
            expressions.push(Expr::column(place, field.data_type.clone()));
            // Chains know columns by position.
            output.push(Field::new("", field.data_type.clone()));
        }
    }
    Step::Calc { predicate, projection: Some((expressions, Arc::from(output))) }
}

fn any_of(mut predicates: Vec<Expr>) -> Expr {
    if predicates.len() == 1 {
        return predicates.swap_remove(0);
    }
    let nullable = predicates.iter().any(|p| p.data_type.nullable);
    Expr { kind: ExprKind::Or(predicates), data_type: DataType { kind: Kind::Boolean, nullable } }
}
