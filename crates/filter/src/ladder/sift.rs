//! From rows that have been found to the batch of those that pass.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow_schema::DataType as Arrow;
use arrow_select::take::take;
use millstream_expr::EvalContext;
use millstream_format::{Decoded, Error, Result, Rows};

use super::fields::FieldSet;
use super::{Ladder, SourceField};
use crate::raw::RawFilter;

/// Columns of some fields, over the same rows.
struct Columns {
    /// By the positions of the fields.
    arrays: Vec<Option<ArrayRef>>,
    /// Rows that could not be decoded, ascending.
    bad: Vec<usize>,
    /// Those of them whose records count as malformed: all that may match.
    malformed: Vec<usize>,
}

impl Columns {
    fn new(fields: usize) -> Self {
        Self { arrays: vec![None; fields], bad: Vec::new(), malformed: Vec::new() }
    }
}

/// Of the rows, those from the first one on that fails the query are gone.
struct Cut {
    rows: usize,
    error: Option<Error>,
}

impl Ladder {
    /// The batch of the rows that have been read and pass; `None` where there are none. What fails the query is put
    /// behind them.
    pub(super) fn sift(&mut self, context: &EvalContext) -> Result<Option<RecordBatch>> {
        let rows = if self.reading.wide { &self.reading.whole_rows } else { &self.reading.first_rows };
        if rows.is_empty() {
            return Ok(None);
        }
        let total = rows.len();
        let early: Vec<usize> = match &self.predicate {
            _ if self.strict => self.whole.fields.clone(),
            Some(predicate) => predicate.fields.clone(),
            None => Vec::new(),
        };
        let set = if self.reading.wide { &self.whole } else { &self.first };
        let mut columns = Columns::new(self.fields.len());
        let cut = self.decode(set, &early, rows, None, &mut columns)?;
        let mut selection = self.passing(context, &columns, cut.rows)?;
        self.counts.malformed += columns.malformed.len() as u64;
        #[allow(clippy::cast_precision_loss, reason = "a rough measure")]
        let passed = selection.len() as f32 / total as f32;
        self.passed = self.passed * 0.75 + passed * 0.25;
        if let Some(error) = cut.error {
            self.fail(error);
        }
        if selection.is_empty() {
            return Ok(None);
        }
        // Of columns that have been decoded, the rows that pass.
        if selection.len() < total {
            let indices = UInt32Array::from(selection.clone());
            for array in columns.arrays.iter_mut().flatten() {
                *array = compacted(take(array, &indices, None)?, total);
            }
        }
        self.decode_rest(&mut columns, &mut selection)?;
        self.batch(columns, &selection)
    }

    /// The numbers of the first `rows` rows that pass, bad ones left out.
    fn passing(&self, context: &EvalContext, columns: &Columns, rows: usize) -> Result<Vec<u32>> {
        let number = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        let good: Option<Vec<u32>> = (!columns.bad.is_empty())
            .then(|| (0..rows).filter(|row| columns.bad.binary_search(row).is_err()).map(number).collect());
        let Some(predicate) = &self.predicate else {
            return Ok(good.unwrap_or_else(|| (0..rows).map(number).collect()));
        };
        let mut arguments = Vec::with_capacity(predicate.fields.len());
        for field in &predicate.fields {
            arguments.push(match columns.arrays.get(*field) {
                Some(Some(array)) => array.slice(0, rows.min(array.len())),
                _ => self.given(*field, 0..rows)?,
            });
        }
        // The predicate sees good rows only: a NULL in the place of what could not be read might make it fail.
        let whole = match &good {
            None => predicate.evaluator.predicate(context, &arguments, rows),
            Some(good) => predicate.evaluator.predicate(context, &taken(&arguments, good)?, good.len()),
        };
        let (passes, judged) = match (whole, &self.raw) {
            (Ok(passes), _) => (passes, good),
            (Err(error), None) => return Err(error.into()),
            (Err(error), Some(_)) if self.is_bodiless() => return Err(error.into()),
            (Err(_), Some(raw)) => {
                // Only a record that may match can fail the query: whether the others are here at all depends on
                // what has been searched for.
                let good = good.unwrap_or_else(|| (0..rows).map(number).collect());
                let may_match = self.rows_that_may_match(raw, good);
                let arguments = taken(&arguments, &may_match)?;
                (predicate.evaluator.predicate(context, &arguments, may_match.len())?, Some(may_match))
            }
        };
        let passing = passes.values().set_indices();
        Ok(match judged {
            None => passing.map(number).collect(),
            Some(judged) => passing.filter_map(|index| judged.get(index).copied()).collect(),
        })
    }

    fn is_bodiless(&self) -> bool {
        self.messages.as_ref().is_some_and(|messages| messages.bodiless)
    }

    /// Those of the rows whose records may match.
    fn rows_that_may_match(&self, raw: &RawFilter, mut rows: Vec<u32>) -> Vec<u32> {
        let reading = &self.reading;
        let found = if reading.wide { &reading.whole_rows } else { &reading.first_rows };
        let bytes = reading.block.as_ref().map_or(&[][..], |block| block.bytes.as_slice());
        rows.retain(|row| raw.may_match(bytes.get(found.record(*row as usize)).unwrap_or(&[])));
        rows
    }

    /// Decodes the fields that are given out and have not been decoded, of the selected rows. Rows that cannot be decoded
    /// are taken out of the selection.
    fn decode_rest(&mut self, columns: &mut Columns, selection: &mut Vec<u32>) -> Result<()> {
        let decoded = |field: &usize| matches!(columns.arrays.get(*field), Some(Some(_)));
        let late: Vec<usize> = self.rest.fields.iter().copied().filter(|field| !decoded(field)).collect();
        if late.is_empty() {
            return Ok(());
        }
        let mut found = Columns::new(self.fields.len());
        let cut = if self.reading.wide {
            let all = selection.len() == self.reading.whole_rows.len();
            let selected = if all { None } else { Some(selection.as_slice()) };
            self.decode(&self.whole, &late, &self.reading.whole_rows, selected, &mut found)?
        } else {
            let places = self.find_again(selection);
            self.decode(&self.rest, &late, &self.reading.rest_rows, Some(&places), &mut found)?
        };
        let bad = std::mem::take(&mut found.bad);
        self.counts.malformed += found.malformed.len() as u64;
        for (array, late) in columns.arrays.iter_mut().zip(found.arrays) {
            if late.is_some() {
                *array = late;
            }
        }
        if cut.rows < selection.len() || !bad.is_empty() {
            let kept: Vec<u32> = (0..cut.rows)
                .filter(|index| bad.binary_search(index).is_err())
                .map(|index| u32::try_from(index).unwrap_or(u32::MAX))
                .collect();
            *selection = kept.iter().filter_map(|index| selection.get(*index as usize).copied()).collect();
            let indices = UInt32Array::from(kept);
            for array in columns.arrays.iter_mut().flatten() {
                *array = take(array, &indices, None)?;
            }
        }
        if let Some(error) = cut.error {
            self.fail(error);
        }
        Ok(())
    }

    /// Finds the places of the other fields of selected rows; gives the number of each in `rest_rows`.
    fn find_again(&mut self, selection: &[u32]) -> Vec<u32> {
        let reading = &mut self.reading;
        let rest_rows = &mut reading.rest_rows;
        rest_rows.clear();
        let Some(block) = &reading.block else { return Vec::new() };
        let bytes = block.bytes.as_slice();
        let mut places = Vec::with_capacity(selection.len());
        // The record that was found last, and the number of its first row.
        let (mut last, mut first) = (usize::MAX..usize::MAX, 0);
        for row in selection {
            let row = *row as usize;
            let record = reading.first_rows.record(row);
            if record != last {
                first = rest_rows.len();
                last = record.clone();
                self.rest.decoder.start(record, block.position);
                // What is wrong with it has been said already.
                let _ = self.rest.decoder.read(bytes, usize::MAX, rest_rows);
            }
            let place = first + reading.first_rows.number_in_record(row);
            places.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        places
    }

    /// Decodes `fields` of `rows`, or of those selected, into `columns`. Rows are numbered by their place in the columns.
    fn decode(
        &self,
        set: &FieldSet,
        fields: &[usize],
        rows: &Rows,
        selection: Option<&[u32]>,
        columns: &mut Columns,
    ) -> Result<Cut> {
        let total = selection.map_or(rows.len(), <[u32]>::len);
        let mut cut = Cut { rows: total, error: None };
        let bytes = self.reading.block.as_ref().map_or(&[][..], |block| block.bytes.as_slice());
        for field in fields {
            let Some(number) = set.number_of(*field) else { continue };
            let mut decoded = set.decoder.decode(number, bytes, rows, selection)?;
            if self.is_bodiless() {
                decoded.array = new_null_array(decoded.array.data_type(), total);
                if let Some(place) = columns.arrays.get_mut(*field) {
                    *place = Some(decoded.array);
                }
                continue;
            }
            self.judge(set, number, bytes, rows, selection, &decoded, columns, &mut cut);
            if let Some(place) = columns.arrays.get_mut(*field) {
                *place = Some(decoded.array);
            }
        }
        for rows in [&mut columns.bad, &mut columns.malformed] {
            rows.sort_unstable();
            rows.dedup();
            rows.retain(|row| *row < cut.rows);
        }
        Ok(cut)
    }

    /// Takes note of the rows that could not be decoded.
    #[allow(clippy::too_many_arguments, reason = "what decoding one column leaves")]
    fn judge(
        &self,
        set: &FieldSet,
        number: usize,
        bytes: &[u8],
        rows: &Rows,
        selection: Option<&[u32]>,
        decoded: &Decoded,
        columns: &mut Columns,
        cut: &mut Cut,
    ) {
        for (index, row) in decoded.bad_rows().enumerate() {
            // Selections ascend.
            let place = match selection {
                None => Ok(row),
                Some(selection) => selection.binary_search_by(|selected| (*selected as usize).cmp(&row)),
            };
            let Ok(place) = place else { continue };
            let record = bytes.get(rows.record(row)).unwrap_or(&[]);
            let is_judged = self.raw.as_ref().is_none_or(|raw| raw.may_match(record));
            if is_judged && !self.format.ignores_parse_errors() {
                if place < cut.rows {
                    cut.rows = place;
                    cut.error = Some(set.decoder.error(number, index, bytes, rows, decoded));
                }
                return;
            }
            columns.bad.push(place);
            if is_judged {
                columns.malformed.push(place);
            }
        }
    }

    /// What comes behind the rows that are given out: nothing more is read.
    fn fail(&mut self, error: Error) {
        self.reading.error = Some(error);
        self.reading.next_range = self.reading.ranges.len();
        self.reading.in_range = false;
    }

    /// A field that is not in the records, of these rows.
    fn given(&self, field: usize, rows: impl ExactSizeIterator<Item = usize>) -> Result<ArrayRef> {
        let missing = || Error::internal("a field outside of the records has not been given its value");
        match self.fields.get(field) {
            Some(SourceField::Constant { slot, .. }) => {
                let value = self.constants.get(*slot).ok_or_else(missing)?;
                Ok(take(value, &UInt32Array::from(vec![0; rows.len()]), None)?)
            }
            Some(SourceField::Beside { slot, .. }) => {
                let messages = self.messages.as_ref().ok_or_else(missing)?;
                let values = messages.beside.get(*slot).ok_or_else(missing)?;
                let found =
                    if self.reading.wide { &self.reading.whole_rows } else { &self.reading.first_rows };
                let message = |row: usize| {
                    let start = found.record(row).start;
                    let behind = messages.starts.partition_point(|other| *other as usize <= start);
                    u32::try_from(behind.saturating_sub(1)).unwrap_or(u32::MAX)
                };
                let indices: UInt32Array = rows.map(message).collect::<Vec<u32>>().into();
                Ok(take(values, &indices, None)?)
            }
            _ => Err(Error::internal("a field was not decoded")),
        }
    }

    fn batch(&mut self, columns: Columns, selection: &[u32]) -> Result<Option<RecordBatch>> {
        let rows = selection.len();
        if rows == 0 {
            return Ok(None);
        }
        let mut arrays = Vec::with_capacity(self.output.len());
        for field in &self.output {
            arrays.push(match columns.arrays.get(*field) {
                Some(Some(array)) => Arc::clone(array),
                _ => self.given(*field, selection.iter().map(|row| *row as usize))?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(self.schema(), arrays, &options)?))
    }
}

/// The given rows of each column.
fn taken(columns: &[ArrayRef], rows: &[u32]) -> Result<Vec<ArrayRef>> {
    let indices = UInt32Array::from(rows.to_vec());
    columns.iter().map(|column| Ok(take(column, &indices, None)?)).collect()
}

/// Strings that do not hold the memory of those that were left out.
fn compacted(array: ArrayRef, rows_before: usize) -> ArrayRef {
    if array.len() * 2 > rows_before {
        return array;
    }
    match array.data_type() {
        Arrow::Utf8View => Arc::new(array.as_string_view().gc()),
        Arrow::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => array,
    }
}
