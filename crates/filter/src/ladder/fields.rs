//! Which fields are decoded when.

use millstream_expr::{Expr, ExprKind};
use millstream_format::{Decoder, Result, Wanted};

use super::spec::{LadderSpec, SourceField};

/// Fields of a [`LadderSpec`] that are decoded together.
#[derive(Debug)]
pub(super) struct FieldSet {
    pub(super) decoder: Decoder,
    /// The positions in [`LadderSpec::fields`], by the decoder's numbers.
    pub(super) fields: Vec<usize>,
}

impl FieldSet {
    /// The set of those of `fields` that come from the record.
    pub(super) fn new(spec: &LadderSpec, fields: impl Iterator<Item = usize>) -> Result<Self> {
        let mut wanted = Vec::new();
        let mut kept = Vec::new();
        for index in fields {
            if let Some(SourceField::Record { column, path, data_type }) = spec.fields.get(index) {
                wanted.push(Wanted { column: *column, path: path.clone(), data_type: data_type.clone() });
                kept.push(index);
            }
        }
        Ok(Self { decoder: Decoder::new(&spec.format, &spec.record, &wanted)?, fields: kept })
    }

    /// The decoder's number of a field.
    pub(super) fn number_of(&self, field: usize) -> Option<usize> {
        self.fields.iter().position(|own| *own == field)
    }
}

/// The fields that the predicate reads, ascending.
pub(super) fn of_predicate(spec: &LadderSpec) -> Vec<usize> {
    spec.predicate.as_ref().map(Expr::columns).unwrap_or_default()
}

/// The fields that are given out and not read by the predicate, ascending.
pub(super) fn of_output_alone(spec: &LadderSpec, of_predicate: &[usize]) -> Vec<usize> {
    let mut fields: Vec<usize> =
        spec.output.iter().map(|(field, _)| *field).filter(|field| !of_predicate.contains(field)).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// `predicate` over its fields alone: column `i` is field `of_predicate[i]`.
pub(crate) fn over_its_fields(predicate: &Expr, of_predicate: &[usize]) -> Expr {
    let renumbered = predicate.clone().transform(&mut |mut expr: Expr| {
        if let ExprKind::Column(index) = &mut expr.kind
            && let Some(own) = of_predicate.iter().position(|field| field == index)
        {
            *index = own;
        }
        Ok::<_, std::convert::Infallible>(expr)
    });
    match renumbered {
        Ok(expr) => expr,
        Err(never) => match never {},
    }
}

/// The names of a field of the record, from the record down.
pub(crate) fn path_of(spec: &LadderSpec, field: usize) -> Vec<&str> {
    use millstream_expr::types::Kind;

    let Some(SourceField::Record { column, path, .. }) = spec.fields.get(field) else { return Vec::new() };
    let Some(mut own) = spec.record.get(*column) else { return Vec::new() };
    let mut names = vec![own.name.as_ref()];
    for index in path {
        let Kind::Row(fields) = &own.data_type.kind else { return names };
        let Some(inner) = fields.get(*index) else { return names };
        own = inner;
        names.push(own.name.as_ref());
    }
    names
}

/// The name of a field, as a user writes it.
pub(super) fn name_of(spec: &LadderSpec, field: usize) -> String {
    path_of(spec, field).join(".")
}
