//! `.slt` files: records of a statement and what it should answer.

/// A statement and what it should answer.
pub struct Record {
    /// The line of its directive, from 1.
    pub line: usize,
    /// The statement.
    pub sql: String,
    /// What it should answer.
    pub expectation: Expectation,
}

/// What a statement should answer.
pub enum Expectation {
    /// Anything but an error.
    Ok,
    /// An error whose message holds this text.
    Error(String),
    /// These rows.
    Rows {
        /// Whether their order counts.
        sort: SortMode,
        /// The types of the columns, as written.
        types: String,
        /// A line for each row.
        rows: Vec<String>,
    },
}

/// Whether the order of rows counts.
#[derive(PartialEq, Eq)]
pub enum SortMode {
    /// It counts.
    None,
    /// Both sides are sorted.
    Rows,
}

/// The records of a file.
pub fn records(text: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let (head, argument) = line.split_once(' ').unwrap_or((line, ""));
        if line.is_empty() || line.starts_with('#') || head == "skipif" {
            continue;
        }
        let mut sql = Vec::new();
        let mut answered = false;
        for (_, line) in lines.by_ref() {
            if line.is_empty() || line == "----" {
                answered = line == "----";
                break;
            }
            sql.push(line);
        }
        let mut rows = Vec::new();
        if answered {
            rows.extend(
                lines.by_ref().map(|(_, line)| line).take_while(|l| !l.is_empty()).map(str::to_owned),
            );
        }
        let (word, rest) = argument.split_once(' ').unwrap_or((argument, ""));
        let expectation = match (head, word) {
            ("statement", "ok") => Expectation::Ok,
            ("statement", "error") => Expectation::Error(rest.to_owned()),
            ("query", "nosort") => Expectation::Rows { sort: SortMode::None, types: rest.to_owned(), rows },
            ("query", "rowsort") => {
                rows.sort();
                Expectation::Rows { sort: SortMode::Rows, types: rest.to_owned(), rows }
            }
            _ => panic!("line {}: '{line}' is no directive", index + 1),
        };
        records.push(Record { line: index + 1, sql: sql.join("\n"), expectation });
    }
    records
}

#[test]
fn records_are_read() {
    let found = records(
        "# why\nquery rowsort INT, STRING\nSELECT 1,\n  'x'\n----\n2\tb\n1\ta\n\nstatement error not found\nSELECT y\n",
    );
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].sql.as_str()), (2, "SELECT 1,\n  'x'"));
    assert!(
        matches!(&found[0].expectation, Expectation::Rows { types, rows, .. } if types == "INT, STRING" && rows[0] == "1\ta")
    );
    assert!(matches!(&found[1].expectation, Expectation::Error(part) if part == "not found"));
}
