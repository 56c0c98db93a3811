//! Definitions as SQL text that makes them again.

use std::fmt::Write;

use millstream_expr::{DataType, Kind};

use super::{Catalog, Distribution, ObjectPath, Table, TableColumn, TableColumnKind, View};
use crate::syntax::ast::DistributionKind;

/// `` `name` ``, with backticks doubled.
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `'text'`, with quotes doubled.
pub fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `` `catalog`.`database`.`name` ``
pub fn quoted_path(path: &ObjectPath) -> String {
    format!("{}.{}.{}", quoted(&path.catalog), quoted(&path.database), quoted(&path.name))
}

/// A type in full: as `Display`, but with the lengths of STRING and BYTES, and the long form of TIMESTAMP_LTZ.
pub fn type_text(data_type: &DataType) -> String {
    let mut text = String::new();
    write_type(&mut text, data_type);
    text
}

fn write_type(out: &mut String, data_type: &DataType) {
    match &data_type.kind {
        Kind::VarChar { length } => push(out, format_args!("VARCHAR({length})")),
        Kind::VarBinary { length } => push(out, format_args!("VARBINARY({length})")),
        Kind::TimestampLtz { precision } => {
            push(out, format_args!("TIMESTAMP({precision}) WITH LOCAL TIME ZONE"));
        }
        Kind::Array(element) => {
            out.push_str("ARRAY<");
            write_type(out, element);
            out.push('>');
        }
        Kind::Multiset(element) => {
            out.push_str("MULTISET<");
            write_type(out, element);
            out.push('>');
        }
        Kind::Map(key, value) => {
            out.push_str("MAP<");
            write_type(out, key);
            out.push_str(", ");
            write_type(out, value);
            out.push('>');
        }
        Kind::Row(fields) => {
            out.push_str("ROW<");
            for (i, field) in fields.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(&quoted(&field.name));
                out.push(' ');
                write_type(out, &field.data_type);
            }
            out.push('>');
        }
        kind => push(out, format_args!("{kind}")),
    }
    if !data_type.nullable && data_type.kind != Kind::Null {
        out.push_str(" NOT NULL");
    }
}

impl Table {
    /// CREATE TABLE as Flink's SHOW CREATE TABLE prints it.
    pub fn create_statement(&self, temporary: bool) -> String {
        let mut elements: Vec<String> = self.columns.iter().map(TableColumn::definition).collect();
        if let Some(watermark) = &self.watermark
            && let Some(column) = self.columns.get(watermark.column)
        {
            elements.push(format!("WATERMARK FOR {} AS {}", quoted(&column.name), watermark.written));
        }
        if let Some(name) = &self.primary_key_name {
            elements.push(format!(
                "CONSTRAINT {} PRIMARY KEY ({}) NOT ENFORCED",
                quoted(name),
                name_list(&self.primary_key)
            ));
        }
        let mut out =
            format!("CREATE {}TABLE {}", if temporary { "TEMPORARY " } else { "" }, quoted_path(&self.path));
        if !elements.is_empty() {
            push(&mut out, format_args!(" (\n  {}\n)", elements.join(",\n  ")));
        }
        out.push('\n');
        if let Some(comment) = &self.comment {
            push(&mut out, format_args!("COMMENT {}\n", text_literal(comment)));
        }
        if let Some(distribution) = &self.distribution {
            push(&mut out, format_args!("{}\n", distribution.text()));
        }
        if !self.partition_keys.is_empty() {
            push(&mut out, format_args!("PARTITIONED BY ({})\n", name_list(&self.partition_keys)));
        }
        push_options(&mut out, &self.options);
        out
    }
}

impl TableColumn {
    /// Where a column's values come from, where not from the data itself: `AS …`, `METADATA …`.
    pub fn extras(&self) -> Option<String> {
        match &self.kind {
            TableColumnKind::Physical => None,
            TableColumnKind::Computed(computed) => Some(format!("AS {}", computed.written)),
            TableColumnKind::Metadata { key, is_virtual } => {
                let mut text = "METADATA".to_owned();
                if **key != *self.name {
                    push(&mut text, format_args!(" FROM {}", text_literal(key)));
                }
                if *is_virtual {
                    text.push_str(" VIRTUAL");
                }
                Some(text)
            }
        }
    }

    fn definition(&self) -> String {
        let mut out = quoted(&self.name);
        if !matches!(self.kind, TableColumnKind::Computed(_)) {
            push(&mut out, format_args!(" {}", type_text(&self.data_type)));
        }
        if let Some(extras) = self.extras() {
            push(&mut out, format_args!(" {extras}"));
        }
        if let Some(comment) = self.comment.as_deref().filter(|comment| !comment.is_empty()) {
            push(&mut out, format_args!(" COMMENT {}", text_literal(comment)));
        }
        out
    }
}

impl Distribution {
    /// `DISTRIBUTED BY HASH(a) INTO 4 BUCKETS`
    fn text(&self) -> String {
        let mut out = "DISTRIBUTED".to_owned();
        if !self.columns.is_empty() {
            let kind = match self.kind {
                Some(DistributionKind::Hash) => "HASH",
                Some(DistributionKind::Range) => "RANGE",
                None => "",
            };
            push(&mut out, format_args!(" BY {kind}({})", name_list(&self.columns)));
        }
        if let Some(buckets) = self.buckets {
            push(&mut out, format_args!(" INTO {buckets} BUCKETS"));
        }
        out
    }
}

impl View {
    /// CREATE VIEW as Flink's SHOW CREATE VIEW prints it, with the names of the query as they were written.
    pub fn create_statement(&self, temporary: bool) -> String {
        let mut out =
            format!("CREATE {}VIEW {}", if temporary { "TEMPORARY " } else { "" }, quoted_path(&self.path));
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        push(&mut out, format_args!(" (\n  {}\n)\n", columns.join(",\n  ")));
        if let Some(comment) = &self.comment {
            push(&mut out, format_args!("COMMENT {}\n", text_literal(comment)));
        }
        push(&mut out, format_args!("AS {}\n", self.query));
        out
    }
}

impl Catalog {
    /// CREATE CATALOG as Flink's SHOW CREATE CATALOG prints it.
    pub fn create_statement(&self, name: &str) -> String {
        let mut out = format!("CREATE CATALOG {}\n", quoted(name));
        if let Some(comment) = &self.comment {
            push(&mut out, format_args!("COMMENT {}\n", text_literal(comment)));
        }
        push_options(&mut out, &self.options);
        out
    }
}

fn name_list(names: &[std::sync::Arc<str>]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn push_options(out: &mut String, options: &std::collections::BTreeMap<String, String>) {
    if options.is_empty() {
        return;
    }
    let lines: Vec<String> = options
        .iter()
        .map(|(key, value)| format!("  {} = {}", text_literal(key), text_literal(value)))
        .collect();
    push(out, format_args!("WITH (\n{}\n)\n", lines.join(",\n")));
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(arguments);
}
