//! UNNEST: for each row, the row beside each element of a collection of its own.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take;
use jiff::tz::TimeZone;
use millstream_expr::types::{Field, physical_schema};
use millstream_expr::{EvalContext, Evaluator, Expr, Kind, MapColumn};

use super::Operator;
use crate::batch::{ChangeBatch, ChangeKind, Event};
use crate::error::{Error, ErrorKind, Result};

/// The input's rows beside the elements of a collection.
pub(crate) struct Correlate {
    collection: Evaluator,
    shape: Shape,
    with_ordinality: bool,
    left: bool,
    schema: SchemaRef,
    batch_rows: usize,
    held: Held,
}

/// What becomes of the elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// ARRAY: a column of elements.
    Elements,
    /// ARRAY of ROW: a column for each field.
    Fields,
    /// MAP: keys and values.
    Entries,
    /// MULTISET: each element as often as it occurs.
    Occurrences,
}

enum Held {
    Nothing,
    End,
    Rows(Expansion),
}

/// A batch on its way out, up to a position in one of its collections.
struct Expansion {
    batch: ChangeBatch,
    collection: ArrayRef,
    row: usize,
    /// Elements of the row's collection that are out.
    element: usize,
    /// Occurrences of the element that are out.
    occurrence: i32,
    /// Results of the row that are out: the ordinal of the next, less one.
    ordinal: i32,
}

impl Correlate {
    pub fn unnest(
        collection: &Expr,
        with_ordinality: bool,
        left: bool,
        output: &[Field],
        time_zone: &TimeZone,
        batch_rows: usize,
    ) -> Result<Self> {
        let shape = match &collection.data_type.kind {
            Kind::Array(element) if matches!(element.kind, Kind::Row(_)) => Shape::Fields,
            Kind::Array(_) => Shape::Elements,
            Kind::Map(..) => Shape::Entries,
            Kind::Multiset(_) => Shape::Occurrences,
            other => {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("UNNEST takes an ARRAY, MAP or MULTISET, not {other}"),
                ));
            }
        };
        Ok(Self {
            collection: Evaluator::new(std::slice::from_ref(collection), time_zone)?,
            shape,
            with_ordinality,
            left,
            schema: Arc::new(physical_schema(output)),
            batch_rows: batch_rows.max(1),
            held: Held::Nothing,
        })
    }
}

impl Operator for Correlate {
    fn push(&mut self, event: Event, context: &EvalContext) -> Result<()> {
        self.held = match event {
            Event::End => Held::End,
            Event::Batch(batch) => {
                let rows = batch.rows.num_rows();
                let collection = self
                    .collection
                    .evaluate(context, batch.rows.columns(), rows)?
                    .pop()
                    .ok_or_else(|| Error::new(ErrorKind::Internal, "UNNEST without a collection"))?
                    .into_array(rows)?;
                Held::Rows(Expansion { batch, collection, row: 0, element: 0, occurrence: 0, ordinal: 0 })
            }
        };
        Ok(())
    }

    fn next(&mut self, _: &EvalContext) -> Result<Option<Event>> {
        match &mut self.held {
            Held::Nothing => Ok(None),
            Held::End => {
                self.held = Held::Nothing;
                Ok(Some(Event::End))
            }
            Held::Rows(expansion) => {
                let picks = expansion.pick(self.shape, self.left, self.batch_rows)?;
                if picks.parents.is_empty() {
                    self.held = Held::Nothing;
                    return Ok(None);
                }
                let batch = expansion.emit(picks, self.shape, self.with_ordinality, &self.schema)?;
                Ok(Some(Event::Batch(batch)))
            }
        }
    }
}

/// Which rows and elements make the next batch.
#[derive(Default)]
struct Picks {
    parents: Vec<u32>,
    elements: Vec<Option<u32>>,
    ordinals: Vec<Option<i32>>,
}

fn no_collection() -> Error {
    Error::new(ErrorKind::Internal, "UNNEST of a column that is no collection")
}

impl Expansion {
    fn pick(&mut self, shape: Shape, left: bool, limit: usize) -> Result<Picks> {
        let offsets = match shape {
            Shape::Elements | Shape::Fields => {
                self.collection.as_list_opt::<i32>().map(|l| l.offsets().clone())
            }
            Shape::Entries | Shape::Occurrences => {
                MapColumn::of(&self.collection).map(|map| map.offsets().clone())
            }
        }
        .ok_or_else(no_collection)?;
        let counts = (shape == Shape::Occurrences)
            .then(|| {
                MapColumn::of(&self.collection).and_then(|map| map.values.as_primitive_opt::<Int32Type>())
            })
            .flatten();
        let mut picks = Picks::default();
        while self.row < self.collection.len() && picks.parents.len() < limit {
            let parent = index(self.row)?;
            let (start, end) = match (offsets.get(self.row), offsets.get(self.row + 1)) {
                (Some(&start), Some(&end)) if self.collection.is_valid(self.row) => {
                    (position(start)?, position(end)?)
                }
                _ => (0, 0),
            };
            while start + self.element < end && picks.parents.len() < limit {
                let element = start + self.element;
                let times = counts.map_or(1, |c| c.values().get(element).copied().unwrap_or(0));
                if self.occurrence >= times {
                    self.element += 1;
                    self.occurrence = 0;
                    continue;
                }
                self.occurrence += 1;
                self.ordinal = self.ordinal.saturating_add(1);
                picks.parents.push(parent);
                picks.elements.push(Some(index(element)?));
                picks.ordinals.push(Some(self.ordinal));
            }
            if start + self.element < end {
                break;
            }
            if self.ordinal == 0 && left {
                if picks.parents.len() == limit {
                    break;
                }
                picks.parents.push(parent);
                picks.elements.push(None);
                picks.ordinals.push(None);
            }
            self.row += 1;
            (self.element, self.occurrence, self.ordinal) = (0, 0, 0);
        }
        Ok(picks)
    }

    fn emit(
        &self,
        picks: Picks,
        shape: Shape,
        with_ordinality: bool,
        schema: &SchemaRef,
    ) -> Result<ChangeBatch> {
        let parents = UInt32Array::from(picks.parents);
        let elements = UInt32Array::from(picks.elements);
        let mut columns = Vec::with_capacity(schema.fields().len());
        for column in self.batch.rows.columns() {
            columns.push(take(column, &parents, None)?);
        }
        match shape {
            Shape::Elements => {
                columns.push(take(self.collection.as_list::<i32>().values(), &elements, None)?)
            }
            Shape::Fields => {
                let rows = self.collection.as_list::<i32>().values().as_struct();
                // The fields of a NULL row are NULL, whatever stands in their arrays.
                let elements: UInt32Array =
                    elements.iter().map(|e| e.filter(|&e| rows.is_valid(e as usize))).collect();
                for field in rows.columns() {
                    columns.push(take(field, &elements, None)?);
                }
            }
            Shape::Entries => {
                let map = MapColumn::of(&self.collection).ok_or_else(no_collection)?;
                columns.push(take(map.keys, &elements, None)?);
                columns.push(take(map.values, &elements, None)?);
            }
            Shape::Occurrences => {
                let map = MapColumn::of(&self.collection).ok_or_else(no_collection)?;
                columns.push(take(map.keys, &elements, None)?);
            }
        }
        if with_ordinality {
            columns.push(Arc::new(Int32Array::from(picks.ordinals)));
        }
        let kinds: Option<Vec<ChangeKind>> = self
            .batch
            .kinds
            .as_ref()
            .map(|_| parents.values().iter().map(|&parent| self.batch.kind(parent as usize)).collect());
        Ok(ChangeBatch { rows: RecordBatch::try_new(Arc::clone(schema), columns)?, kinds })
    }
}

fn index(position: usize) -> Result<u32> {
    u32::try_from(position)
        .map_err(|_| Error::new(ErrorKind::Full, "a batch has too many elements to UNNEST"))
}

fn position(offset: i32) -> Result<usize> {
    usize::try_from(offset).map_err(|_| Error::new(ErrorKind::Internal, "a list with a negative offset"))
}
