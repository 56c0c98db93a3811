//! Identifiers, simple and compound.

use super::Span;

/// One identifier, without its quotes and with `` `` `` undoubled. Case is kept: Flink's names are case sensitive, quoted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name itself.
    pub value: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// One or more identifiers joined by dots: `catalog.database.table`, `table.column.field`, a function's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    parts: Vec<Ident>,
}

impl ObjectName {
    /// A name of one part.
    pub fn simple(ident: Ident) -> Self {
        Self { parts: vec![ident] }
    }

    /// A name of these parts; none if there is no part.
    pub fn from_parts(parts: Vec<Ident>) -> Option<Self> {
        (!parts.is_empty()).then_some(Self { parts })
    }

    /// All parts, outermost first; at least one.
    pub fn parts(&self) -> &[Ident] {
        &self.parts
    }

    /// All parts, by value.
    pub fn into_parts(self) -> Vec<Ident> {
        self.parts
    }

    /// The last part: the object's own name.
    pub fn last(&self) -> &Ident {
        &self.parts[self.parts.len() - 1]
    }

    /// The parts before the last.
    pub fn qualifier(&self) -> &[Ident] {
        &self.parts[..self.parts.len() - 1]
    }

    /// The only part, if the name is not qualified.
    pub fn as_simple(&self) -> Option<&Ident> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.parts[0].span.to(self.last().span)
    }

    pub(crate) fn push(&mut self, part: Ident) {
        self.parts.push(part);
    }
}
