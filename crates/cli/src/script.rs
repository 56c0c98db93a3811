//! Scripts: where the text of statements comes from.

use std::io::Read;
use std::path::Path;

use millstream_sql::syntax::MAX_TEXT_BYTES;

use crate::args::ScriptArgs;

/// A text of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Where it comes from, for messages; absent for the text of `-e`.
    pub name: Option<String>,
    /// The statements.
    pub text: String,
}

/// A script that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {name}: {reason}")]
pub struct ScriptError {
    name: String,
    reason: String,
}

/// The scripts of the command line, in order: files, then the texts of `-e`.
///
/// # Errors
/// When a file cannot be read, is no UTF-8 or is too long.
pub fn read(args: &ScriptArgs) -> Result<Vec<Script>, ScriptError> {
    let files = args.files.iter().map(|path| read_file(path));
    let texts = args.execute.iter().map(|text| Ok(Script { name: None, text: text.clone() }));
    files.chain(texts).collect()
}

fn read_file(path: &Path) -> Result<Script, ScriptError> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let failed = |reason: String| ScriptError { name: name.clone(), reason };
    let limit = MAX_TEXT_BYTES as u64;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(failed(format!("it is longer than {limit} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        failed(format!("it is not UTF-8 at byte {at}; save it as UTF-8"))
    })?;
    // A byte order mark is no part of the text.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Script { name: Some(name.clone()), text })
}
