//! Any text through the parser: it answers, and what it prints of a tree parses to the same tree.

#![no_main]

use libfuzzer_sys::fuzz_target;
use millstream_sql::syntax;

fuzz_target!(|text: &str| {
    let _ = syntax::completeness(text);
    for statement in syntax::statements(text).flatten() {
        let printed = statement.to_string();
        let again = syntax::parse(&printed).unwrap_or_else(|error| panic!("{error}\nprinted: {printed}"));
        assert_eq!(again.len(), 1, "printed: {printed}");
        assert_eq!(again[0].to_string(), printed);
    }
});
