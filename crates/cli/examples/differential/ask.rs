//! Runs a script of statements by a command, and reads the lines of `--output changelog`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a statement answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its error, if it failed; rows may have come before.
    pub error: Option<String>,
    /// The types of its columns.
    pub types: Vec<String>,
    /// The rows: for each the values of its columns, as JSON text.
    pub rows: Vec<Vec<String>>,
}

/// A command that takes the name of a script as its last argument, or in place of `{file}`.
pub struct Engine {
    /// The words of the command.
    pub words: Vec<String>,
}

impl Engine {
    /// The command as one would type it, its words separated by spaces.
    pub fn new(command: &str) -> Self {
        Self { words: command.split_whitespace().map(str::to_owned).collect() }
    }

    /// The answers to statements, in their order. A process that ends before the last statement leaves the rest without one.
    ///
    /// # Errors
    /// When the script cannot be written, or the command not be started.
    pub fn ask(&self, statements: &[String], folder: &Path) -> Result<Vec<Option<Answer>>, String> {
        let script = folder.join("script.sql");
        let text: String = statements.iter().map(|statement| format!("{statement}\n;\n")).collect();
        std::fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
        let (program, given) = self.words.split_first().ok_or("the command is empty")?;
        let script = script.display().to_string();
        let mut arguments: Vec<String> = given.iter().map(|word| word.replace("{file}", &script)).collect();
        if arguments == given {
            arguments.push(script);
        }
        let output = Command::new(program)
            .args(arguments)
            .stderr(Stdio::null())
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        let mut answers = answers(&String::from_utf8_lossy(&output.stdout));
        Ok((1..=statements.len()).map(|number| answers.remove(&number)).collect())
    }
}

fn answers(printed: &str) -> BTreeMap<usize, Answer> {
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut current = 0;
    for line in printed.lines().filter(|line| line.starts_with('{')) {
        let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
        let field = |name: &str| entry.get(name);
        if let Some(number) = field("stmt").and_then(Value::as_u64) {
            current = usize::try_from(number).unwrap_or(0);
        }
        let answer = answers.entry(current).or_default();
        if let Some(error) = field("error").and_then(Value::as_str) {
            answer.error = Some(error.to_owned());
        } else if let Some(columns) = field("columns").and_then(Value::as_array) {
            let types = columns.iter().filter_map(|column| column.get("type")?.as_str());
            answer.types = types.map(str::to_owned).collect();
        } else if let Some(row) = field("row").and_then(Value::as_object) {
            answer.rows.push(row.values().map(Value::to_string).collect());
        }
    }
    answers
}
