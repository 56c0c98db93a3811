//! Sources that make their rows up: `datagen` and `nexmark`.
//!
//! A [`Generator`] makes columns of a table, row after row, from a seed. [`Generated`] is the [`Source`] over it:
//! it keeps the pace, cuts nested fields out, applies the scan's predicate and gives out its fields.

pub(crate) mod datagen;
pub(crate) mod nexmark;

use std::time::Duration;

use arrow_array::{Array, ArrayRef};
use millstream_engine::{ChangeBatch, Error, ErrorKind, JobContext, Polled, Result, Source, SourceProgress};
use millstream_expr::{EvalContext, Evaluator, Expr, ExprKind, Kind};
use millstream_sql::plan::{Scan, ScanField};

use crate::select::Select;

/// Makes the rows of a table, in order.
pub(crate) trait Generator: Send {
    /// The next rows, `rows` of them or fewer where the rows come to an end: one array for each of the table's
    /// columns that were asked for when the generator was made, in that order, all of the same length. No row: the end.
    fn generate(&mut self, rows: usize, context: &EvalContext) -> Result<Vec<ArrayRef>>;
}

/// How many rows a source gives out, and how fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Rows a second; absent: as fast as they can be made.
    pub rows_per_second: Option<u64>,
    /// Rows in all; absent: without end.
    pub rows: Option<u64>,
}

/// A source over a generator.
pub(crate) struct Generated {
    generator: Box<dyn Generator>,
    pace: Pace,
    /// The fields of the scan, over the generated columns.
    fields: Evaluator,
    select: Select,
    batch_rows: usize,
    /// The clock at the first poll, from which the pace is counted.
    started_micros: Option<i64>,
    made: u64,
}

/// The table columns that a scan reads, ascending: what a generator is asked for.
pub(crate) fn columns_of(scan: &Scan) -> Vec<usize> {
    let mut columns: Vec<usize> = scan.fields.iter().map(|f| f.column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Lines for EXPLAIN.
pub(crate) fn describe(scan: &Scan) -> Vec<String> {
    let names: Vec<&str> = columns_of(scan)
        .iter()
        .filter_map(|&i| scan.table.columns.get(i))
        .map(|column| column.name.as_ref())
        .collect();
    let columns =
        if names.is_empty() { "no columns, only their number".to_owned() } else { names.join(", ") };
    let mut lines = vec![format!("rows made up: {columns}")];
    if scan.predicate.is_some() {
        lines.push("then decides the predicate on whole columns".to_owned());
    }
    lines
}

impl Generated {
    /// A source for `scan` over `generator`, which makes the columns [`columns_of`] the scan.
    pub(crate) fn new(
        scan: &Scan,
        generator: Box<dyn Generator>,
        pace: Pace,
        context: &JobContext,
    ) -> Result<Self> {
        let columns = columns_of(scan);
        let fields = scan.fields.iter().map(|f| field_of(scan, f, &columns)).collect::<Result<Vec<_>>>()?;
        let fields = Evaluator::new(&fields, &context.time_zone)?;
        Ok(Self {
            generator,
            pace,
            fields,
            select: Select::new(scan, &context.time_zone)?,
            batch_rows: context.batch_rows,
            started_micros: None,
            made: 0,
        })
    }

    /// Rows that may be made now.
    fn due(&mut self, now_micros: i64) -> usize {
        let left = self.pace.rows.map_or(u64::MAX, |rows| rows.saturating_sub(self.made));
        let allowed = match self.pace.rows_per_second {
            None => u64::MAX,
            Some(rate) => {
                let started = *self.started_micros.get_or_insert(now_micros);
                let elapsed = u128::try_from(now_micros.saturating_sub(started)).unwrap_or(0);
                // The first row comes at once, the others one after the other.
                let due = 1 + u128::from(rate) * elapsed / 1_000_000;
                u64::try_from(due).unwrap_or(u64::MAX).saturating_sub(self.made)
            }
        };
        usize::try_from(left.min(allowed)).unwrap_or(usize::MAX).min(self.batch_rows)
    }
}

impl Source for Generated {
    fn poll(&mut self, context: &EvalContext, wait: Duration) -> Result<Polled> {
        if self.pace.rows.is_some_and(|rows| self.made >= rows) {
            return Ok(Polled::End);
        }
        let due = self.due(context.now_micros);
        if due == 0 {
            // Rows come at their pace: until the next is due there is nothing to wait for but time.
            let interval = Duration::from_secs(1).checked_div(
                u32::try_from(self.pace.rows_per_second.unwrap_or(1)).unwrap_or(u32::MAX).max(1),
            );
            std::thread::sleep(interval.unwrap_or_default().max(Duration::from_millis(1)).min(wait));
            return Ok(Polled::Pending);
        }
        let made = self.generator.generate(due, context)?;
        let rows = made.first().map_or(due, |column| column.len());
        if rows == 0 {
            return Ok(Polled::End);
        }
        self.made += rows as u64;
        let columns: Vec<ArrayRef> = self
            .fields
            .evaluate(context, &made, rows)?
            .into_iter()
            .map(|column| column.into_array(rows))
            .collect::<Result<_, _>>()?;
        Ok(match self.select.apply(&columns, rows, context)? {
            Some(batch) => Polled::Batch(ChangeBatch::inserts(batch)),
            None => Polled::Again,
        })
    }

    fn progress(&self) -> SourceProgress {
        SourceProgress { records: self.made, ..SourceProgress::default() }
    }
}

/// A field of the scan as an expression over the generated `columns`.
fn field_of(scan: &Scan, field: &ScanField, columns: &[usize]) -> Result<Expr> {
    let missing = || Error::new(ErrorKind::Internal, "a scan of a field that its table does not have");
    let table_column = scan.table.columns.get(field.column).ok_or_else(missing)?;
    let position = columns.binary_search(&field.column).map_err(|_| missing())?;
    let mut expression = Expr::column(position, table_column.data_type.clone());
    for &index in &field.path {
        let Kind::Row(fields) = &expression.data_type.kind else { return Err(missing()) };
        let mut data_type = fields.get(index).ok_or_else(missing)?.data_type.clone();
        data_type.nullable |= expression.data_type.nullable;
        expression = Expr { kind: ExprKind::Field { input: Box::new(expression), index }, data_type };
    }
    Ok(expression)
}
