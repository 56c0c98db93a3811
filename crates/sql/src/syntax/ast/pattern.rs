//! MATCH_RECOGNIZE.

use super::{Expr, Ident, IntervalLiteral, OrderItem, Span};

/// `MATCH_RECOGNIZE (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRecognize {
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `MEASURES`.
    pub measures: Vec<Measure>,
    /// `ONE ROW PER MATCH`, `ALL ROWS PER MATCH`.
    pub rows_per_match: Option<RowsPerMatch>,
    /// `AFTER MATCH SKIP …`.
    pub after_match: Option<AfterMatch>,
    /// `PATTERN ( ^ …`: the match begins at the partition's first row.
    pub anchored_start: bool,
    /// The pattern.
    pub pattern: Pattern,
    /// `… $ )`: the match ends at the partition's last row.
    pub anchored_end: bool,
    /// `WITHIN interval`.
    pub within: Option<IntervalLiteral>,
    /// `SUBSET`.
    pub subsets: Vec<Subset>,
    /// `DEFINE`; at least one.
    pub define: Vec<VariableDefinition>,
    /// Where it stands.
    pub span: Span,
}

/// `expression AS name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The value.
    pub expr: Expr,
    /// Its column.
    pub alias: Ident,
}

/// How many rows a match gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowsPerMatch {
    /// `ONE ROW PER MATCH`.
    One,
    /// `ALL ROWS PER MATCH`.
    All,
}

/// Where the search goes on after a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterMatch {
    /// `SKIP TO NEXT ROW`.
    NextRow,
    /// `SKIP PAST LAST ROW`.
    PastLastRow,
    /// `SKIP TO FIRST v`.
    First(Ident),
    /// `SKIP TO [LAST] v`.
    Last(Ident),
}

/// A pattern and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// A variable.
    Variable(Ident),
    /// `a b c`: two or more.
    Sequence(Vec<Pattern>),
    /// `a | b | c`: two or more.
    Alternation(Vec<Pattern>),
    /// `a*`, `a+`, `a?`, `a{n,m}`, and the reluctant `a*?`, ….
    Quantified {
        /// What is repeated.
        pattern: Box<Pattern>,
        /// How often.
        quantifier: PatternQuantifier,
        /// As few as possible instead of as many.
        reluctant: bool,
    },
    /// `PERMUTE(a, b)`; at least one.
    Permute(Vec<Pattern>),
    /// `{- a -}`: matched but not output.
    Exclude(Box<Pattern>),
}

/// How often a pattern repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PatternQuantifier {
    /// At least so often; none where `{,m}` leaves it out.
    pub min: Option<u32>,
    /// At most so often; none is without bound.
    pub max: Option<u32>,
}

/// `name = (a, b)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subset {
    /// The union's name.
    pub name: Ident,
    /// Its variables.
    pub variables: Vec<Expr>,
}

/// `variable AS condition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableDefinition {
    /// The variable.
    pub variable: Ident,
    /// What its rows fulfil.
    pub condition: Expr,
}
