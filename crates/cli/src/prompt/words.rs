//! What could stand where the cursor is: keywords, functions, tables, columns.

use std::sync::Arc;

use millstream_sql::catalog::Relation;
use millstream_sql::session::Session;
use millstream_sql::syntax::Keyword;

/// Columns that are proposed while no table stands in the text.
const COLUMNS_MAX: usize = 10_000;

/// The words that a session knows.
#[derive(Clone, Debug, Default)]
pub struct Words {
    keywords: Vec<&'static str>,
    functions: Vec<&'static str>,
    tables: Vec<TableWords>,
}

#[derive(Clone, Debug)]
struct TableWords {
    name: Arc<str>,
    columns: Vec<Arc<str>>,
}

impl Words {
    /// The words of the language, and the tables of the current database.
    pub fn of(session: &Session) -> Self {
        let mut keywords: Vec<_> = Keyword::all().map(Keyword::as_str).collect();
        keywords.sort_unstable();
        let scalars = millstream_expr::functions::all().map(|f| f.name);
        let aggregates = millstream_expr::aggregate::all().map(|f| f.name);
        let is_word = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let mut functions: Vec<_> = scalars.chain(aggregates).filter(is_word).collect();
        functions.sort_unstable();
        let catalogs = &session.catalogs;
        let relations = catalogs.relations(catalogs.current_catalog(), catalogs.current_database());
        let tables =
            relations.into_iter().map(|(name, relation)| TableWords { name, columns: columns(relation) });
        Self { keywords, functions, tables: tables.collect() }
    }

    /// Where the word before the cursor begins in `line`, and what it could become.
    pub fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = line.get(..cursor).unwrap_or(line);
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '$' | '`'))
            .last()
            .map_or(before.len(), |(at, _)| at);
        let typed = before.get(start..).unwrap_or("");
        let qualified = before.get(..start).unwrap_or("").ends_with('.');
        if typed.is_empty() && !qualified {
            return (cursor, Vec::new());
        }
        let wanted = typed.trim_start_matches('`').to_lowercase();
        let fits = |name: &str| name.to_lowercase().starts_with(&wanted);
        let mut found = Vec::new();
        for name in self.columns_in(line).into_iter().filter(|name| fits(name)) {
            found.push(quoted(name));
        }
        for table in self.tables.iter().filter(|table| fits(&table.name)) {
            found.push(quoted(&table.name));
        }
        if !qualified && !typed.starts_with('`') {
            let lower = typed.chars().any(char::is_lowercase);
            let cased = |word: &str| if lower { word.to_lowercase() } else { word.to_owned() };
            found.extend(
                self.functions.iter().filter(|name| fits(name)).map(|name| format!("{}(", cased(name))),
            );
            found.extend(self.keywords.iter().filter(|name| fits(name)).map(|name| cased(name)));
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|name| seen.insert(name.clone()));
        (start, found)
    }

    /// The columns of the tables that the text names; of all tables while it names none.
    fn columns_in(&self, text: &str) -> Vec<&str> {
        let words: std::collections::HashSet<&str> =
            text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).collect();
        let mut tables: Vec<_> = self.tables.iter().filter(|t| words.contains(t.name.as_ref())).collect();
        if tables.is_empty() {
            tables.extend(&self.tables);
        }
        tables.into_iter().flat_map(|table| &table.columns).map(AsRef::as_ref).take(COLUMNS_MAX).collect()
    }
}

fn columns(relation: &Relation) -> Vec<Arc<str>> {
    match relation {
        Relation::Table(table) => table.columns.iter().map(|column| Arc::clone(&column.name)).collect(),
        Relation::View(view) => view.columns.iter().map(|column| Arc::clone(&column.name)).collect(),
    }
}

/// A name as it must be written.
fn quoted(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
        && !Keyword::of(name).is_some_and(Keyword::is_reserved);
    if plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let table = |name: &str, columns: &[&str]| TableWords {
            name: name.into(),
            columns: columns.iter().map(|c| (*c).into()).collect(),
        };
        Words {
            keywords: vec!["SELECT", "SET", "USER"],
            functions: vec!["SUBSTRING", "SUM"],
            tables: vec![table("logins", &["user", "surname", "at time"]), table("orders", &["sum_total"])],
        }
    }

    fn at_end(line: &str) -> Vec<String> {
        words().complete(line, line.len()).1
    }

    #[test]
    fn keywords_and_functions_follow_the_case_that_is_typed() {
        assert_eq!(at_end("SE"), ["SELECT", "SET"]);
        assert_eq!(at_end("se"), ["select", "set"]);
        assert_eq!(at_end("SELECT SUB"), ["SUBSTRING("]);
    }

    #[test]
    fn columns_are_those_of_the_tables_in_the_text() {
        assert_eq!(words().complete("SELECT su FROM logins", 9).1, ["surname", "substring(", "sum("]);
        assert_eq!(at_end("SELECT l.su"), ["surname", "sum_total"]);
        assert_eq!(at_end("SELECT * FROM lo"), ["logins"]);
    }

    #[test]
    fn names_that_need_quotes_get_them() {
        assert_eq!(words().complete("SELECT us FROM logins", 9).1, ["`user`", "user"]);
        assert_eq!(at_end("SELECT `at"), ["`at time`"]);
        assert_eq!(at_end("SELECT "), Vec::<String>::new());
    }
}
