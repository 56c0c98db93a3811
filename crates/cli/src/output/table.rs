//! `--output table`: rows as Flink's SQL client draws them.
//!
//! As a stream, columns are as wide as their types say and rows are drawn as they come, each with its
//! change kind. In batch mode columns are as wide as the first [`ROWS_MEASURED`] rows need.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use millstream_engine::{ChangeBatch, Error, ErrorKind, Result, Sink, SinkWriter};
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, Field};

use super::stdout::{CHUNK_BYTES, Stdout};
use super::tableau::{self, NULL};
use crate::session::{Ended, ResultInfo};

/// Rows by which the widths of columns are measured in batch mode.
const ROWS_MEASURED: usize = 1000;

/// A result drawn as a table.
pub struct Table {
    drawing: Arc<Mutex<Drawing>>,
}

struct Drawing {
    stdout: Stdout,
    fields: Vec<Field>,
    /// Each column as a STRING.
    text: Evaluator,
    streaming: bool,
    column_width_max: usize,
    /// Known once the head has been drawn.
    widths: Option<Vec<usize>>,
    /// Rows that came before the widths were known.
    waiting: Vec<Vec<String>>,
    rows: u64,
    out: Vec<u8>,
}

impl Table {
    /// A table for a result.
    ///
    /// # Errors
    /// Internal, when a column cannot be shown.
    pub fn new(info: &ResultInfo, stdout: Stdout) -> Result<Self> {
        let as_text = info.schema.iter().enumerate().map(|(index, field)| {
            let column = Expr::column(index, field.data_type.clone());
            if field.data_type.kind.is_character() {
                return column;
            }
            let string = DataType::string().with_nullable(field.data_type.nullable);
            Expr::cast(column, string, CastMode::Null)
        });
        let text = Evaluator::new(&as_text.collect::<Vec<_>>(), &info.time_zone)?;
        let mut fields = info.schema.to_vec();
        if info.streaming {
            fields.insert(0, Field::new("op", DataType::string()));
        }
        let mut drawing = Drawing {
            stdout,
            fields,
            text,
            streaming: info.streaming,
            column_width_max: info.column_width_max,
            widths: None,
            waiting: Vec::new(),
            rows: 0,
            out: Vec::new(),
        };
        if info.streaming {
            let mut widths = tableau::widths_by_type(&info.schema, info.column_width_max);
            widths.insert(0, 2);
            drawing.head(widths);
        }
        Ok(Self { drawing: Arc::new(Mutex::new(drawing)) })
    }

    /// A sink that draws the rows it gets.
    pub fn sink(&self) -> Box<dyn Sink> {
        Box::new(TableSink(Arc::clone(&self.drawing)))
    }

    /// Draws the end.
    ///
    /// # Errors
    /// That of standard output.
    pub fn end(&self, ended: Ended) -> Result<()> {
        let mut drawing = lock(&self.drawing);
        drawing.draw_waiting();
        if drawing.rows > 0
            && let Some(widths) = drawing.widths.clone()
        {
            tableau::border(&widths, &mut drawing.out);
        }
        let rows = if drawing.rows > 1 { "rows" } else { "row" };
        let told = match (ended.stopped, drawing.streaming, drawing.rows) {
            (true, _, n) => format!("Query terminated, received a total of {n} {rows}"),
            (false, true, n) => format!("Received a total of {n} {rows}"),
            (false, false, 0) => "Empty set".to_owned(),
            (false, false, n) => format!("{n} {rows} in set"),
        };
        let seconds = ended.elapsed.as_secs_f64();
        drawing.out.extend_from_slice(format!("{told} ({seconds:.2} seconds)\n").as_bytes());
        drawing.write()
    }
}

fn lock(drawing: &Mutex<Drawing>) -> MutexGuard<'_, Drawing> {
    // A lane that failed in here has failed the job; what is drawn is at worst cut short.
    drawing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drawing {
    fn head(&mut self, widths: Vec<usize>) {
        tableau::border(&widths, &mut self.out);
        tableau::row(&widths, self.fields.iter().map(|field| field.name.as_ref()), &mut self.out);
        tableau::border(&widths, &mut self.out);
        self.widths = Some(widths);
    }

    fn add(&mut self, batch: &ChangeBatch) -> Result<()> {
        let rows = batch.rows.num_rows();
        let context = EvalContext { now_micros: 0, seed: 0 };
        let columns = self
            .text
            .evaluate(&context, batch.rows.columns(), rows)?
            .into_iter()
            .map(|column| column.into_array(rows))
            .collect::<Result<Vec<ArrayRef>, _>>()?;
        for row in 0..rows {
            let mut cells = Vec::with_capacity(self.fields.len());
            if self.streaming {
                cells.push(batch.kind(row).short().to_owned());
            }
            for column in &columns {
                cells.push(cell(column, row)?);
            }
            self.rows += 1;
            match &self.widths {
                Some(widths) => {
                    tableau::row(widths, cells.iter().map(String::as_str), &mut self.out);
                    if self.out.len() >= CHUNK_BYTES {
                        self.write()?;
                    }
                }
                None => {
                    self.waiting.push(cells);
                    if self.waiting.len() >= ROWS_MEASURED {
                        self.draw_waiting();
                    }
                }
            }
        }
        if self.widths.is_some() { self.write() } else { Ok(()) }
    }

    /// The widths are settled by the rows that wait; these are drawn.
    fn draw_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return;
        }
        let widths = tableau::widths_by_content(&self.fields, &waiting, self.column_width_max);
        self.head(widths.clone());
        for cells in waiting {
            tableau::row(&widths, cells.iter().map(String::as_str), &mut self.out);
        }
    }

    fn write(&mut self) -> Result<()> {
        let written = self.stdout.write(&self.out);
        self.out.clear();
        written
    }
}

fn cell(column: &ArrayRef, row: usize) -> Result<String> {
    if column.is_null(row) {
        return Ok(NULL.to_owned());
    }
    let strings = column
        .as_string_view_opt()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "a column that was cast to STRING holds none"))?;
    Ok(strings.value(row).to_owned())
}

struct TableSink(Arc<Mutex<Drawing>>);

impl Sink for TableSink {
    fn writer(&mut self, _lane: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(TableWriter(Arc::clone(&self.0))))
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

struct TableWriter(Arc<Mutex<Drawing>>);

impl SinkWriter for TableWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        lock(&self.0).add(batch)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
