//! Every function of Flink 2.1 is in the reference: as what it is, or among the refused.

use std::collections::HashSet;

use millstream_expr::functions::REFUSED;

use super::chapters;

/// What Flink 2.1's reference, its `SHOW FUNCTIONS` and its table of SQL operators name. What only the Table API calls is left out.
const FLINK: &str = include_str!("flink.txt");

#[test]
fn every_function_of_flink_is_there_or_refused() {
    let chapters = chapters::all();
    let entries = chapters.iter().flat_map(|chapter| &chapter.entries);
    let mut known: HashSet<&str> =
        entries.flat_map(|entry| std::iter::once(&entry.name).chain(entry.aliases)).copied().collect();
    known.extend(REFUSED.iter().flat_map(|refused| refused.names));
    let names = FLINK.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let missing: Vec<&str> = names.clone().filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "neither there nor refused: {}", missing.join(", "));
    assert!(names.count() > 250);
}
