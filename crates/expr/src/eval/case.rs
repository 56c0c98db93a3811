//! CASE: each row's value from the branch it reaches.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::BooleanBuffer;
use arrow_select::interleave::interleave;

use super::column::Column;
use super::logic::{Truth, filled, scatter, worth_selecting};
use super::program::Region;
use super::run::Frame;
use crate::error::{Error, Result};

/// Values that some rows take.
struct Piece {
    values: Column,
    /// The rows that take them.
    rows: BooleanBuffer,
    /// Whether there is a value for each of those rows only; else for every row of the frame.
    dense: bool,
}

pub(super) fn choose(frame: &Frame<'_>, branches: &[(Region, Region)], otherwise: &Region) -> Result<Column> {
    let rows = frame.rows();
    let mut open = filled(rows, true);
    let mut left = rows;
    let mut pieces = Vec::new();
    for (condition, value) in branches {
        if left == 0 {
            break;
        }
        let hits = if left == rows || (!condition.fallible && !worth_selecting(condition, left, rows)) {
            &Truth::of(&frame.run(condition)?, rows)?.trues() & &open
        } else {
            let selected = frame.select(&open);
            scatter(&Truth::of(&selected.run(condition)?, left)?.trues(), &open)
        };
        let count = hits.count_set_bits();
        if count > 0 {
            open = &open & &!&hits;
            left -= count;
            pieces.push(piece(frame, value, hits, count)?);
        }
    }
    if left > 0 {
        pieces.push(piece(frame, otherwise, open, left)?);
    }
    match pieces.pop() {
        None => Err(Error::internal("a CASE without rows")),
        // One piece that all rows take has a value for each of them.
        Some(only) if pieces.is_empty() => Ok(only.values),
        Some(last) => {
            pieces.push(last);
            Ok(Column::Array(merge(&pieces, rows)?))
        }
    }
}

fn piece(frame: &Frame<'_>, value: &Region, hits: BooleanBuffer, count: usize) -> Result<Piece> {
    let rows = frame.rows();
    if count == rows || (!value.fallible && !worth_selecting(value, count, rows)) {
        return Ok(Piece { values: frame.run(value)?, rows: hits, dense: false });
    }
    let values = frame.select(&hits).run(value)?;
    Ok(Piece { values, rows: hits, dense: true })
}

fn merge(pieces: &[Piece], rows: usize) -> Result<ArrayRef> {
    let mut places = vec![(0, 0); rows];
    for (number, piece) in pieces.iter().enumerate() {
        for (rank, row) in piece.rows.set_indices().enumerate() {
            let index = match (&piece.values, piece.dense) {
                (Column::Constant(_), _) => 0,
                (Column::Array(_), true) => rank,
                (Column::Array(_), false) => row,
            };
            if let Some(place) = places.get_mut(row) {
                *place = (number, index);
            }
        }
    }
    let arrays: Vec<&dyn Array> = pieces.iter().map(|p| p.values.array().as_ref()).collect();
    Ok(interleave(&arrays, &places)?)
}
