//! Columns filled from the places of their values, whatever the format.

use arrow_buffer::NullBufferBuilder;

use crate::problem::{Problem, RowProblem};
use crate::rows::{Place, Rows};

pub(crate) const NO_OBJECT: Problem = Problem::Value("an object was expected");

/// Values of one slot, of all rows or of some.
#[derive(Clone, Copy)]
pub(crate) struct Selected<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) rows: &'a Rows,
    pub(crate) slot: usize,
    pub(crate) selection: Option<&'a [u32]>,
}

impl Selected<'_> {
    pub(crate) fn len(&self) -> usize {
        self.selection.map_or(self.rows.len(), <[u32]>::len)
    }

    /// `add` with each row's number and value.
    #[inline(always)]
    pub(crate) fn each(&self, mut add: impl FnMut(usize, Place<'_>)) {
        match self.selection {
            None => {
                for row in 0..self.rows.len() {
                    add(row, self.rows.span(row, self.slot).place(self.bytes));
                }
            }
            Some(selection) => {
                for row in selection {
                    let row = *row as usize;
                    add(row, self.rows.span(row, self.slot).place(self.bytes));
                }
            }
        }
    }
}

/// The problems met while a column is filled.
#[derive(Debug)]
pub(crate) struct Problems {
    ignore_errors: bool,
    fail_on_missing: bool,
    pub(crate) found: Vec<RowProblem>,
}

impl Problems {
    pub(crate) fn new(ignore_errors: bool, fail_on_missing: bool) -> Self {
        Self { ignore_errors, fail_on_missing, found: Vec::new() }
    }

    /// Keeps the problem, unless it is to be ignored.
    #[cold]
    pub(crate) fn add(&mut self, row: usize, problem: Problem) {
        if !self.ignore_errors || matches!(problem, Problem::Malformed(_)) {
            self.found.push(RowProblem { row, problem });
        }
    }

    /// The problem, if it is one, of a value that is not there.
    #[cold]
    pub(crate) fn absent(&mut self, row: usize, place: &Place<'_>) {
        match place {
            Place::Missing if self.fail_on_missing => self.add(row, Problem::Missing),
            Place::NoRow => self.add(row, NO_OBJECT),
            _ => {}
        }
    }
}

/// Fills `values` with what `convert` makes of each text, and NULL where it answers `None` or a problem.
#[inline(always)]
pub(crate) fn primitives<T: Default>(
    selected: Selected<'_>,
    values: &mut Vec<T>,
    nulls: &mut NullBufferBuilder,
    problems: &mut Problems,
    convert: impl Fn(&[u8]) -> Result<Option<T>, Problem>,
) {
    selected.each(|row, place| {
        let converted = match place {
            Place::Text(text) => convert(text),
            place => {
                problems.absent(row, &place);
                Ok(None)
            }
        };
        match converted {
            Ok(Some(value)) => {
                values.push(value);
                nulls.append_non_null();
            }
            other => {
                if let Err(problem) = other {
                    problems.add(row, problem);
                }
                values.push(T::default());
                nulls.append_null();
            }
        }
    });
}

/// Adds `value` or, where there is none, a stand-in; answers whether there is one.
pub(crate) fn add<T: Default>(values: &mut Vec<T>, value: Option<T>) -> bool {
    let is_valid = value.is_some();
    values.push(value.unwrap_or_default());
    is_valid
}
