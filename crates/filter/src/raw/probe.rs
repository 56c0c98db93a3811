//! Conditions on one field, decided where the field's key stands in raw JSON, without the record's structure.
//!
//! [`Sightings`] tells where the value stands if the record has the field. If the condition is not TRUE for that value, nor for
//! NULL, then the record cannot match, whatever else it holds.

use std::ops::Range;

use arrow_array::new_null_array;
use jiff::tz::TimeZone;
use millstream_expr::functions::Determinism;
use millstream_expr::types::{DataType, Kind};
use millstream_expr::{EvalContext, Evaluator, Expr, ExprKind};
use millstream_format::{Decoder, Format, KeySearch, Result, Sightings, Wanted};

use super::add;
use crate::ladder::fields::{over_its_fields, path_of};
use crate::ladder::{LadderSpec, SourceField};

/// What pure conditions are evaluated with: they do not look at it.
const NO_CONTEXT: EvalContext = EvalContext { now_micros: 0, seed: 0 };

/// A condition on one field of JSON records that is not TRUE where the field is NULL or missing.
#[derive(Debug)]
pub(crate) struct Probe {
    search: KeySearch,
    decoder: Decoder,
    condition: Evaluator,
    label: String,
    seen: Sightings,
}

impl Probe {
    /// The probes of the conditions that every match of the predicate satisfies, one for each field.
    ///
    /// # Errors
    /// What the functions of the predicate refuse.
    pub(crate) fn of(spec: &LadderSpec, time_zone: &TimeZone) -> Result<Vec<Self>> {
        let (Format::Json(_), Some(predicate)) = (&spec.format, &spec.predicate) else {
            return Ok(Vec::new());
        };
        let parts = match &predicate.kind {
            ExprKind::And(parts) => parts.as_slice(),
            _ => std::slice::from_ref(predicate),
        };
        let mut conditions: Vec<(usize, Vec<Expr>)> = Vec::new();
        for part in parts.iter().filter(|part| is_pure(part)) {
            let [field] = part.columns()[..] else { continue };
            let part = over_its_fields(part, &[field]);
            match conditions.iter_mut().find(|(own, _)| *own == field) {
                Some((_, parts)) => parts.push(part),
                None => conditions.push((field, vec![part])),
            }
        }
        let probes = conditions.into_iter().map(|(field, parts)| Self::new(spec, field, parts, time_zone));
        probes.filter_map(Result::transpose).collect()
    }

    fn new(spec: &LadderSpec, field: usize, parts: Vec<Expr>, time_zone: &TimeZone) -> Result<Option<Self>> {
        let Some(SourceField::Record { column, path, data_type }) = spec.fields.get(field) else {
            return Ok(None);
        };
        let names = path_of(spec, field);
        let Some(search) = names.last().and_then(|key| KeySearch::new(key)) else { return Ok(None) };
        if data_type.kind.is_nested() {
            return Ok(None);
        }
        let condition = Evaluator::new(&[all_of(parts)], time_zone)?;
        let probe = Self {
            search,
            decoder: Decoder::new(
                &spec.format,
                &spec.record,
                &[Wanted { column: *column, path: path.clone(), data_type: data_type.clone() }],
            )?,
            condition,
            label: names.join("."),
            seen: Sightings::default(),
        };
        // It must not be TRUE of a record without the field, nor fail for it.
        let null = new_null_array(&data_type.physical(), 1);
        Ok(matches!(probe.condition.predicate(&NO_CONTEXT, &[null], 1), Ok(passes) if passes.true_count() == 0)
            .then_some(probe))
    }

    /// The field, as a user writes it.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Replaces `ranges` of whole records by those of the records in them that may match, ascending, neighbours in one.
    /// Where that cannot be computed they are left as they are.
    pub(crate) fn narrow(&mut self, bytes: &[u8], ranges: &mut Vec<Range<usize>>) {
        self.seen.clear();
        for range in ranges.iter() {
            self.search.search(bytes, range.clone(), &mut self.seen);
        }
        let Some(passing) = self.passing(bytes, &self.seen) else { return };
        ranges.clear();
        let mut before = 0;
        for (line, passes) in self.seen.lines().iter().zip(passing) {
            if passes {
                let start = memchr::memrchr(b'\n', bytes.get(before..line.at).unwrap_or(&[]));
                let start = start.map_or(before, |at| before + at + 1);
                add(ranges, start..line.end);
            }
            before = line.end;
        }
    }

    /// Whether a record may match.
    pub(crate) fn may_match(&self, record: &[u8]) -> bool {
        let mut seen = Sightings::default();
        self.search.search(record, 0..record.len(), &mut seen);
        self.passing(record, &seen).is_none_or(|passing| passing.contains(&true))
    }

    /// For each line that was seen, whether its record may match; `None` if the condition fails for one of them.
    fn passing(&self, bytes: &[u8], seen: &Sightings) -> Option<Vec<bool>> {
        let lines = seen.lines();
        let decoded = self.decoder.decode(0, bytes, seen.rows(), None).ok()?;
        let bad: Vec<usize> = decoded.bad_rows().collect();
        let passes = self.condition.predicate(&NO_CONTEXT, &[decoded.array], lines.len()).ok()?;
        let mut passing: Vec<bool> =
            passes.values().iter().zip(lines).map(|(passes, line)| passes || !line.certain).collect();
        for row in bad {
            if let Some(passes) = passing.get_mut(row) {
                *passes = true;
            }
        }
        Some(passing)
    }
}

/// Whether the same values always give the same result.
fn is_pure(expr: &Expr) -> bool {
    let own = match &expr.kind {
        ExprKind::Call(call) => call.function.determinism == Determinism::Pure,
        _ => true,
    };
    own && expr.children().into_iter().all(is_pure)
}

/// The AND of one or more conditions.
fn all_of(mut parts: Vec<Expr>) -> Expr {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        last => {
            parts.extend(last);
            Expr { kind: ExprKind::And(parts), data_type: DataType::new(Kind::Boolean) }
        }
    }
}
