//! `--output changelog`: for programs. A line of JSON for each thing that happens.

use std::sync::Arc;

use millstream_engine::{ChangeBatch, Result};
use millstream_expr::Field;
use millstream_sql::syntax::ast::LineColumn;

use super::json::{push_string, string};
use super::lines::{LineRenderer, RendererFactory};
use super::value;
use crate::session::{Ended, Failure, ResultInfo};

/// A statement without rows is done.
pub fn done(statement: usize) -> String {
    format!("{{\"stmt\":{statement},\"ok\":true}}\n")
}

/// The columns of a result.
pub fn header(info: &ResultInfo) -> Vec<u8> {
    let mut out = format!("{{\"stmt\":{},\"columns\":[", info.statement).into_bytes();
    for (index, field) in info.schema.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"name\":");
        push_string(&field.name, &mut out);
        out.extend_from_slice(b",\"type\":");
        push_string(&field.data_type.as_result().to_string(), &mut out);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}\n");
    out
}

/// The end of a result.
pub fn end(statement: usize, ended: Ended) -> String {
    format!(
        "{{\"stmt\":{statement},\"end\":{},\"rows\":{},\"ms\":{}}}\n",
        !ended.stopped,
        ended.rows,
        ended.elapsed.as_millis()
    )
}

/// An INSERT, or a statement set, has ended.
pub fn job(statement: usize, ended: Ended) -> String {
    let state = if ended.stopped { "CANCELED" } else { "FINISHED" };
    format!("{{\"stmt\":{statement},\"job\":\"{state}\",\"ms\":{}}}\n", ended.elapsed.as_millis())
}

/// The text of EXPLAIN, as a result of one row.
pub fn explained(info: &ResultInfo, text: &str) -> Vec<u8> {
    let mut out = header(info);
    out.extend_from_slice(b"{\"op\":\"+I\",\"row\":{\"result\":");
    push_string(text, &mut out);
    out.extend_from_slice(
        format!("}}}}\n{{\"stmt\":{},\"end\":true,\"rows\":1,\"ms\":0}}\n", info.statement).as_bytes(),
    );
    out
}

/// A statement failed.
pub fn failed(statement: usize, failure: &Failure, text: &str) -> String {
    let mut line = format!(
        "{{\"stmt\":{statement},\"error\":{},\"phase\":\"{}\",\"kind\":\"{}\"",
        string(&failure.message),
        failure.phase.name(),
        failure.kind
    );
    if let Some(span) = failure.place {
        let place = LineColumn::of(text, span.start);
        line.push_str(&format!(",\"line\":{},\"column\":{}", place.line, place.column));
    }
    line.push_str("}\n");
    line
}

/// Makes renderers for rows of `schema`.
pub fn renderer(schema: &Arc<[Field]>) -> RendererFactory {
    let schema = Arc::clone(schema);
    Box::new(move || Ok(Box::new(Changes { schema: Arc::clone(&schema) })))
}

struct Changes {
    schema: Arc<[Field]>,
}

impl LineRenderer for Changes {
    fn render(&mut self, batch: &ChangeBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = value::row_writers(&self.schema, batch.rows.columns().iter().map(AsRef::as_ref))?;
        for row in 0..batch.rows.num_rows() {
            out.extend_from_slice(b"{\"op\":\"");
            out.extend_from_slice(batch.kind(row).short().as_bytes());
            out.extend_from_slice(b"\",\"row\":");
            value::write_row(&columns, row, out);
            out.extend_from_slice(b"}\n");
        }
        Ok(())
    }
}
