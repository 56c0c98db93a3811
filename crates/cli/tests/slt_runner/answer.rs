//! The lines of `--output changelog`, by statement, as `.slt` files write rows.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a statement answered.
#[derive(Default)]
pub struct Answer {
    /// Its error, if it failed.
    pub error: Option<String>,
    /// The types of its columns.
    pub types: Vec<String>,
    /// The rows there are in the end, in the order in which they came.
    pub rows: Vec<String>,
}

/// The answers in what the program printed, by the number of the statement.
pub fn answers(printed: &str) -> BTreeMap<usize, Answer> {
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut current = 0;
    // A `print` table writes to standard output, too.
    for line in printed.lines().filter(|line| line.starts_with('{')) {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        if let Some(number) = entry["stmt"].as_u64() {
            current = usize::try_from(number).unwrap();
        }
        let answer = answers.entry(current).or_default();
        if let Some(error) = entry["error"].as_str() {
            answer.error = Some(error.to_owned());
        } else if let Some(columns) = entry["columns"].as_array() {
            answer.types = columns.iter().map(|c| c["type"].as_str().unwrap().to_owned()).collect();
        } else if let Some(op) = entry["op"].as_str() {
            let row = cells(line);
            if matches!(op, "+I" | "+U") {
                answer.rows.push(row);
            } else {
                let at =
                    answer.rows.iter().rposition(|r| *r == row).expect("a row that was there is taken back");
                answer.rows.remove(at);
            }
        }
    }
    answers
}

/// The cells of a line `{"op":"+I","row":{…}}`, separated by tabs. Numbers stay as they are printed.
fn cells(line: &str) -> String {
    let object = line.split_once(r#""row":"#).expect("a row").1;
    let object = object.strip_suffix('}').expect("an object");
    let inner = object.strip_prefix('{').and_then(|o| o.strip_suffix('}')).expect("an object in an object");
    let mut cells = Vec::new();
    for member in split(inner) {
        let key_end = string_end(member);
        cells.push(cell(&member[key_end + 1..]));
    }
    cells.join("\t")
}

/// A value as `.slt` files write it.
fn cell(json: &str) -> String {
    if json == "null" {
        return "NULL".to_owned();
    }
    if json.starts_with('"') {
        let text: String = serde_json::from_str(json).unwrap();
        let quoted = text.is_empty()
            || text == "NULL"
            || text.trim() != text
            || text.starts_with(['"', '[', '{'])
            || text.chars().any(|c| c < ' ');
        return if quoted { json.to_owned() } else { text };
    }
    json.to_owned()
}

/// The members of a JSON object, without its braces.
fn split(inner: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start, mut at) = (Vec::new(), 0, 0, 0);
    let bytes = inner.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += string_end(&inner[at..]) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => {
                members.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if start < bytes.len() {
        members.push(&inner[start..]);
    }
    members
}

/// Where the JSON string ends with which `text` begins.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    panic!("a string without an end: {text}");
}

#[test]
fn rows_are_written_cell_by_cell() {
    let line = r#"{"op":"+I","row":{"a":1.0E10,"b,\"c":"x\ty","d":null,"e":[1,{"f":2}],"g":"NULL","h":"plain, text"}}"#;
    assert_eq!(cells(line), "1.0E10\t\"x\\ty\"\tNULL\t[1,{\"f\":2}]\t\"NULL\"\tplain, text");
}
