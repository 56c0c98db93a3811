//! How wide a column is, and how a cell is laid into it: the drawing of Flink's SQL client.

use millstream_expr::{Field, Kind};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for NULL.
pub const NULL: &str = "<NULL>";

/// The widths of columns whose rows are not known yet, by their types.
pub fn widths_by_type(fields: &[Field], width_max: usize) -> Vec<usize> {
    fields
        .iter()
        .map(|field| {
            let width = match &field.data_type.kind {
                Kind::Boolean => 5,
                Kind::TinyInt => 4,
                Kind::SmallInt => 6,
                Kind::Int => 11,
                Kind::BigInt => 20,
                // A sign and a point.
                Kind::Decimal { precision, .. } => usize::from(*precision) + 2,
                Kind::Date => 10,
                Kind::Time { precision: 0 } => 8,
                Kind::Time { precision } => usize::from(*precision) + 9,
                Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => match precision {
                    0 => 19,
                    1..=3 => 23,
                    4..=6 => 26,
                    _ => 29,
                },
                _ => width_max,
            };
            width.max(NULL.len()).max(field.name.width())
        })
        .collect()
}

/// The widths of columns whose rows are known.
pub fn widths_by_content(fields: &[Field], rows: &[Vec<String>], width_max: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = fields.iter().map(|field| field.name.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    widths.iter_mut().for_each(|width| *width = (*width).min(width_max));
    widths
}

/// A line between parts of the table.
pub fn border(widths: &[usize], out: &mut Vec<u8>) {
    out.push(b'+');
    for width in widths {
        out.resize(out.len() + width + 2, b'-');
        out.push(b'+');
    }
    out.push(b'\n');
}

/// A row of cells, aligned to the right; a cell that is too long ends in `...`.
pub fn row<'a>(widths: &[usize], cells: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
    out.push(b'|');
    for (width, cell) in widths.iter().zip(cells) {
        out.push(b' ');
        let given = cell.width();
        if given <= *width {
            out.resize(out.len() + width - given, b' ');
            push_line(cell, out);
        } else {
            let room = width.saturating_sub(3);
            let (kept, kept_width) = prefix(cell, room);
            out.resize(out.len() + room - kept_width, b' ');
            push_line(kept, out);
            out.extend_from_slice(b"...");
        }
        out.extend_from_slice(b" |");
    }
    out.push(b'\n');
}

/// A cell keeps to its line: a line end in it is drawn as a space.
fn push_line(cell: &str, out: &mut Vec<u8>) {
    out.extend(cell.bytes().map(|byte| if matches!(byte, b'\n' | b'\r' | b'\t') { b' ' } else { byte }));
}

/// The longest prefix that is no wider than `room`, and its width.
fn prefix(text: &str, room: usize) -> (&str, usize) {
    let mut width = 0;
    for (at, c) in text.char_indices() {
        let next = width + c.width().unwrap_or(0);
        if next > room {
            return (text.get(..at).unwrap_or(""), width);
        }
        width = next;
    }
    (text, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_expr::DataType;

    fn drawn(widths: &[usize], cells: &[&str]) -> String {
        let mut out = Vec::new();
        row(widths, cells.iter().copied(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_aligned_and_cut() {
        assert_eq!(drawn(&[4, 6], &["ab", "abcdefgh"]), "|   ab | abc... |\n");
        assert_eq!(drawn(&[6], &["日本語日本"]), "|  日... |\n");
        assert_eq!(drawn(&[6], &["a\nb"]), "|    a b |\n");
    }

    #[test]
    fn types_say_how_wide_a_column_is() {
        let field = |name: &str, kind| Field::new(name, DataType::new(kind));
        let fields = [
            field("a", Kind::Int),
            field("a_long_name_of_a_column", Kind::BigInt),
            field("b", Kind::Boolean),
            field("d", Kind::Decimal { precision: 10, scale: 2 }),
            field("t", Kind::Timestamp { precision: 3 }),
            field("s", Kind::VarChar { length: 5 }),
        ];
        assert_eq!(widths_by_type(&fields, 30), [11, 23, 6, 12, 23, 30]);
    }
}
