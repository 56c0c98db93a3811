//! From syntax tree to text: `Display` of the tree's nodes.
//!
//! The text is canonical: one line, keywords in capitals, names between backticks, parentheses only where they are needed. Parsing it
//! gives the same tree, spans aside.

mod call;
mod expr;
mod literal;
mod objects;
mod pattern;
mod query;
mod statement;
mod table_ddl;
mod table_ref;

use std::fmt::{self, Display, Formatter};

use super::ast::{Ident, ObjectName};

impl Display for Ident {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.value.replace('`', "``"))
    }
}

impl Display for ObjectName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_list(f, self.parts(), ".")
    }
}

/// Items with something between them.
fn write_list<T: Display>(f: &mut Formatter<'_>, items: &[T], separator: &str) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// `a, b, c`.
struct Commas<'a, T>(&'a [T]);

impl<T: Display> Display for Commas<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_list(f, self.0, ", ")
    }
}

/// A clause with what leads to it, if there is anything in it: `LEAD item`.
struct Optional<'a, T>(&'a str, &'a Option<T>);

impl<T: Display> Display for Optional<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(item) => write!(f, "{}{item}", self.0),
            None => Ok(()),
        }
    }
}

/// A list with what stands around it, if it has items: `LEAD a, b TAIL`.
struct Clause<'a, T>(&'a str, &'a [T], &'a str);

impl<T: Display> Display for Clause<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.1.is_empty() {
            return Ok(());
        }
        write!(f, "{}{}{}", self.0, Commas(self.1), self.2)
    }
}

/// A word, if it is there.
struct Word<'a>(bool, &'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { self.1 } else { "" })
    }
}
