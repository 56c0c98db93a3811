//! What the other side has said, kept in a file: to compare again after a mend, without asking again.

use std::path::Path;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::node::Node;
use crate::sides::Said;

/// The lines of `answers.jsonl`: an object for each expression. A row is its value as JSON text, an object with the message of its
/// failure, or null where it was not asked for.
pub fn lines(nodes: &[Rc<Node>], other: &[Said]) -> String {
    let mut lines = String::new();
    for (node, said) in nodes.iter().zip(other) {
        let parts: Vec<&str> = node.arguments.iter().map(|argument| argument.text.as_str()).collect();
        let mut line = json!({ "expression": node.text, "head": node.head, "parts": parts });
        match said {
            Said::Refused(error) => line["refused"] = json!(error),
            Said::Evaluated { data_type, rows } => {
                line["type"] = json!(data_type);
                line["rows"] = rows.iter().map(row).collect();
            }
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}

fn row(row: &Option<Result<String, String>>) -> Value {
    match row {
        None => Value::Null,
        Some(Ok(value)) => json!(value),
        Some(Err(error)) => json!({ "error": error }),
    }
}

/// The expressions of such a file, with what was said of them.
///
/// # Errors
/// When it cannot be read, or is no such file.
pub fn read(path: &Path) -> Result<(Vec<Rc<Node>>, Vec<Said>), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (mut nodes, mut said) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let entry: Value =
            serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()))?;
        let word = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let parts = entry.get("parts").and_then(Value::as_array).cloned().unwrap_or_default();
        nodes.push(Rc::new(Node {
            text: word("expression"),
            head: word("head"),
            data_type: None,
            arguments: parts.iter().filter_map(Value::as_str).map(Node::part).collect(),
            reads: true,
            depth: 1,
        }));
        said.push(match entry.get("rows").and_then(Value::as_array) {
            None => Said::Refused(word("refused")),
            Some(rows) => Said::Evaluated {
                data_type: word("type"),
                rows: rows
                    .iter()
                    .map(|row| match row {
                        Value::String(value) => Some(Ok(value.clone())),
                        Value::Object(failure) => Some(Err(failure
                            .get("error")
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .to_owned())),
                        _ => None,
                    })
                    .collect(),
            },
        });
    }
    Ok((nodes, said))
}
