//! Running a program over a batch.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, make_array, new_empty_array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_select::filter::{FilterBuilder, FilterPredicate};

use super::column::Column;
use super::program::{Program, Region, Register, Step};
use super::{EvalContext, case, logic};
use crate::error::{Error, Result};
use crate::functions::Determinism;

pub(super) fn evaluate(
    program: &Program,
    context: &EvalContext,
    columns: &[ArrayRef],
    rows: usize,
) -> Result<Vec<Column>> {
    if rows == 0 {
        return Ok(program.types.iter().map(|t| Column::Array(new_empty_array(&t.physical()))).collect());
    }
    let frame = Frame {
        program,
        context,
        rows,
        seed: context.seed,
        source: Source::Batch(columns),
        shared: RefCell::new(vec![None; program.shared.len()]),
    };
    program.roots.iter().map(|root| frame.run(root)).collect()
}

/// Rows for which parts of the program are evaluated: the whole batch, or those of an outer
/// frame that reach a branch.
pub(super) struct Frame<'a> {
    program: &'a Program,
    context: &'a EvalContext,
    rows: usize,
    seed: u64,
    source: Source<'a>,
    /// Values of the shared regions that were needed here, by slot.
    shared: RefCell<Vec<Option<Column>>>,
}

enum Source<'a> {
    Batch(&'a [ArrayRef]),
    Selected {
        outer: &'a Frame<'a>,
        filter: FilterPredicate,
        /// Columns filtered so far.
        columns: RefCell<Vec<(usize, ArrayRef)>>,
    },
}

impl<'a> Frame<'a> {
    /// How many rows it has; never 0.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The frame of those rows whose bit is set in `rows`; at least one must be.
    pub fn select(&'a self, rows: &BooleanBuffer) -> Frame<'a> {
        let filter = FilterBuilder::new(&BooleanArray::new(rows.clone(), None)).optimize().build();
        Frame {
            program: self.program,
            context: self.context,
            rows: filter.count(),
            // Another stream of random numbers than that of the outer rows.
            seed: self.seed.rotate_left(17) ^ 0x9E37_79B9_7F4A_7C15,
            source: Source::Selected { outer: self, filter, columns: RefCell::default() },
            shared: RefCell::new(vec![None; self.program.shared.len()]),
        }
    }

    /// The value of a region for these rows.
    pub fn run(&self, region: &Region) -> Result<Column> {
        let mut values: Vec<Column> = Vec::with_capacity(region.steps.len());
        for step in &region.steps {
            let value = self.step(step, &values)?;
            values.push(value);
        }
        values.pop().ok_or_else(|| Error::internal("a region without steps"))
    }

    fn step(&self, step: &Step, values: &[Column]) -> Result<Column> {
        match step {
            Step::Column(index) => Ok(Column::Array(self.column(*index)?)),
            Step::Constant(array) => Ok(Column::Constant(Arc::clone(array))),
            Step::Shared(slot) => self.shared(*slot),
            Step::Call { kernel, arguments, determinism, salt } => {
                let arguments: Vec<Column> =
                    arguments.iter().map(|r| register(values, *r).cloned()).collect::<Result<_>>()?;
                if *determinism == Determinism::Random {
                    let context =
                        EvalContext { seed: self.seed ^ mixed(*salt), ..EvalContext::clone(self.context) };
                    return whole(kernel(&context, &arguments, self.rows)?, self.rows);
                }
                if arguments.iter().all(Column::is_constant) {
                    return constant(kernel(self.context, &arguments, 1)?);
                }
                whole(kernel(self.context, &arguments, self.rows)?, self.rows)
            }
            Step::Cast { input, cast } => match register(values, *input)? {
                Column::Array(array) => Ok(Column::Array(cast.apply(array)?)),
                Column::Constant(array) => Ok(Column::Constant(cast.apply(array)?)),
            },
            Step::Field { input, index } => match register(values, *input)? {
                Column::Array(array) => Ok(Column::Array(field(array, *index)?)),
                Column::Constant(array) => Ok(Column::Constant(field(array, *index)?)),
            },
            Step::And(parts) => logic::connect(self, parts, false),
            Step::Or(parts) => logic::connect(self, parts, true),
            Step::Case { branches, otherwise } => case::choose(self, branches, otherwise),
        }
    }

    fn column(&self, index: usize) -> Result<ArrayRef> {
        match &self.source {
            Source::Batch(columns) => match columns.get(index) {
                Some(column) if column.len() == self.rows => Ok(Arc::clone(column)),
                Some(column) => Err(Error::internal(format!(
                    "column {index} has {} rows in a batch of {}",
                    column.len(),
                    self.rows
                ))),
                None => {
                    Err(Error::internal(format!("column {index} in a batch of {} columns", columns.len())))
                }
            },
            Source::Selected { outer, filter, columns } => {
                if let Some((_, column)) = columns.borrow().iter().find(|(i, _)| *i == index) {
                    return Ok(Arc::clone(column));
                }
                let column = filter.filter(&outer.column(index)?)?;
                columns.borrow_mut().push((index, Arc::clone(&column)));
                Ok(column)
            }
        }
    }

    fn shared(&self, slot: usize) -> Result<Column> {
        if let Some(value) = self.known(slot)? {
            return Ok(value);
        }
        let region =
            self.program.shared.get(slot).ok_or_else(|| Error::internal("an unknown shared part"))?;
        let value = self.run(region)?;
        self.keep(slot, &value);
        Ok(value)
    }

    /// The value of a shared region, if this frame or an outer one has computed it.
    fn known(&self, slot: usize) -> Result<Option<Column>> {
        if let Some(value) = self.shared.borrow().get(slot).and_then(Option::as_ref) {
            return Ok(Some(value.clone()));
        }
        let Source::Selected { outer, filter, .. } = &self.source else {
            return Ok(None);
        };
        let value = match outer.known(slot)? {
            None => return Ok(None),
            Some(Column::Array(array)) => Column::Array(filter.filter(&array)?),
            Some(constant) => constant,
        };
        self.keep(slot, &value);
        Ok(Some(value))
    }

    fn keep(&self, slot: usize, value: &Column) {
        if let Some(place) = self.shared.borrow_mut().get_mut(slot) {
            *place = Some(value.clone());
        }
    }
}

fn register(values: &[Column], register: Register) -> Result<&Column> {
    values.get(register).ok_or_else(|| Error::internal("a step reads a later one"))
}

/// A kernel's result, checked to be of `rows` rows.
fn whole(column: Column, rows: usize) -> Result<Column> {
    match &column {
        Column::Array(array) if array.len() != rows => {
            Err(Error::internal(format!("a kernel gave {} rows for {rows}", array.len())))
        }
        _ => Ok(column),
    }
}

/// A kernel's result over constants, for one row.
pub(super) fn constant(column: Column) -> Result<Column> {
    match whole(column, 1)? {
        Column::Array(array) | Column::Constant(array) => Ok(Column::Constant(array)),
    }
}

/// A field of a ROW column: NULL where the row is.
fn field(array: &ArrayRef, index: usize) -> Result<ArrayRef> {
    let rows = array.as_struct_opt().ok_or_else(|| Error::internal("a field of what is no ROW"))?;
    let Some(column) = rows.columns().get(index) else {
        return Err(Error::internal(format!("field {index} of a ROW of {}", rows.num_columns())));
    };
    match rows.nulls() {
        None => Ok(Arc::clone(column)),
        Some(_) if *column.data_type() == arrow_schema::DataType::Null => Ok(Arc::clone(column)),
        Some(outer) => {
            let nulls = NullBuffer::union(Some(outer), column.nulls());
            Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
        }
    }
}

/// Spreads a small number over all bits (the finaliser of SplitMix64).
fn mixed(salt: u64) -> u64 {
    let mut z = salt.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
