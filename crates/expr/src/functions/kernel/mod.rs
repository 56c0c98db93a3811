//! How kernels are made from functions over single values:
//!
//! ```text
//! map::<(Str, Int32Type), Bool, _>(|(text, count)| …)     // fixed width: the value, Option, Result or both
//! text::<(Str,), _>(|(text,), out| out.push_str(…))       // strings, written into a buffer that is used again
//! slice::<(Int32Type,)>(|text, (start,)| text.get(…))     // a piece of the first argument
//! ```
//!
//! The closures are compiled into the loops over the columns. They see no NULLs: a NULL argument makes the
//! result NULL, except where the input is [`Nullable`]. Constant arguments are read as such, and a call of
//! constants only is computed once.

mod constant;
mod input;
mod output;

use arrow_array::ArrayRef;
use arrow_array::builder::StringViewBuilder;
use arrow_buffer::NullBuffer;

pub(crate) use constant::Compiled;
pub(crate) use input::{Any, Bool, Bytes, Input, Inputs, Instant, Lane, Nullable, Stamp, Str};
pub(crate) use output::{
    Micros, Nanos, Outcome, Output, collect_bytes, collect_slices, collect_text, collect_text_lists,
};

use crate::error::Result;
use crate::eval::Column;
use crate::functions::Kernel;

/// A kernel with results of fixed width.
pub(crate) fn map<I: Inputs, O: Output, R: Outcome<O::Cell>>(
    function: impl for<'a> Fn(I::Items<'a>) -> R + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, I::STRICT, |rows, nulls| {
            let lanes = I::lanes(columns)?;
            match nulls {
                None => O::collect(rows, |row| function(I::items(&lanes, row)).cell()),
                Some(nulls) => O::collect(rows, |row| match nulls.is_valid(row) {
                    true => function(I::items(&lanes, row)).cell(),
                    false => Ok(None),
                }),
            }
        })
    })
}

/// A kernel whose results are strings that the function writes.
pub(crate) fn text<I: Inputs, R: Outcome<()>>(
    function: impl for<'a> Fn(I::Items<'a>, &mut String) -> R + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, I::STRICT, |rows, nulls| {
            let lanes = I::lanes(columns)?;
            collect_text(rows, |row, out| match nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                true => function(I::items(&lanes, row), out).cell(),
                false => Ok(None),
            })
        })
    })
}

/// A kernel whose results are byte strings that the function writes.
pub(crate) fn bytes<I: Inputs, R: Outcome<()>>(
    function: impl for<'a> Fn(I::Items<'a>, &mut Vec<u8>) -> R + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, I::STRICT, |rows, nulls| {
            let lanes = I::lanes(columns)?;
            collect_bytes(rows, |row, out| match nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                true => function(I::items(&lanes, row), out).cell(),
                false => Ok(None),
            })
        })
    })
}

/// A kernel whose results are arrays of strings, which the function appends one by one.
pub(crate) fn text_lists<I: Inputs, R: Outcome<()>>(
    function: impl for<'a> Fn(I::Items<'a>, &mut StringViewBuilder) -> R + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, I::STRICT, |rows, nulls| {
            let lanes = I::lanes(columns)?;
            collect_text_lists(rows, |row, out| match nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                true => function(I::items(&lanes, row), out).cell(),
                false => Ok(None),
            })
        })
    })
}

/// A kernel whose results are pieces of the first argument, a string; `I` are the others.
pub(crate) fn slice<I: Inputs>(
    function: impl for<'a> Fn(&'a str, I::Items<'_>) -> Result<Option<&'a str>> + Send + Sync + 'static,
) -> Kernel {
    slice_of::<I>(0, function)
}

/// A kernel whose results are pieces of the argument `index`, a string; `I` are the others, in order.
pub(crate) fn slice_of<I: Inputs>(
    index: usize,
    function: impl for<'a> Fn(&'a str, I::Items<'_>) -> Result<Option<&'a str>> + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, columns, rows| {
        let mut others = columns.to_vec();
        let cut = [others.remove(index.min(columns.len().saturating_sub(1)))];
        let mut strict = I::STRICT.to_vec();
        strict.insert(index, true);
        over(columns, rows, &strict, |rows, nulls| {
            let (cut,) = <(Str,)>::lanes(&cut)?;
            let others = I::lanes(&others)?;
            collect_slices(rows, |row| match nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                true => function(cut.item(row), I::items(&others, row)),
                false => Ok(None),
            })
        })
    })
}

/// Runs `compute` over the rows of a call: over one, where all arguments are constant, and not at all where a
/// strict argument is a constant NULL. It gets the rows that are NULL because a strict argument is.
pub(crate) fn over(
    columns: &[Column],
    rows: usize,
    strict: &[bool],
    compute: impl FnOnce(usize, Option<&NullBuffer>) -> Result<ArrayRef>,
) -> Result<Column> {
    let constant = columns.iter().all(|column| matches!(column, Column::Constant(_)));
    let mut nulls: Option<NullBuffer> = None;
    let mut never = false;
    for (column, _) in columns.iter().zip(strict).filter(|(_, strict)| **strict) {
        match column {
            Column::Array(array) => nulls = NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref()),
            Column::Constant(array) => never |= array.logical_null_count() > 0,
        }
    }
    let rows = if constant { 1 } else { rows };
    if never {
        let all = NullBuffer::new_null(1);
        return Ok(Column::Constant(compute(1, Some(&all))?));
    }
    let result = compute(rows, nulls.as_ref())?;
    Ok(if constant { Column::Constant(result) } else { Column::Array(result) })
}

/// A kernel that yields the same for every row of a batch.
pub(crate) fn constant(
    value: impl Fn(&crate::eval::EvalContext) -> Result<ArrayRef> + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |context, _, _| Ok(Column::Constant(value(context)?)))
}
