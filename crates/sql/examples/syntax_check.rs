//! Parses a file and prints a JSON line for each statement: `{"stmt":1,"ok":true}`, or the error and its place.

use millstream_sql::syntax;

#[allow(clippy::print_stdout, reason = "a program's output")]
fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(path)?;
    for (number, result) in (1..).zip(syntax::statements(&text)) {
        match result {
            Ok(_) => println!("{{\"stmt\":{number},\"ok\":true}}"),
            Err(error) => println!(
                "{{\"stmt\":{number},\"error\":{:?},\"phase\":\"parse\",\"line\":{},\"column\":{}}}",
                error.to_string().replace(['\'', '\u{2026}'], "`"),
                error.place.line,
                error.place.column
            ),
        }
    }
    Ok(())
}
