//! MATCH_RECOGNIZE.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    AfterMatch, MatchRecognize, Measure, Pattern, PatternKind, PatternQuantifier, RowsPerMatch, Subset,
    VariableDefinition,
};
use super::{Clause, Commas, Optional, Word};

impl Display for MatchRecognize {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "MATCH_RECOGNIZE (")?;
        write!(f, "{}", Clause("PARTITION BY ", &self.partition_by, " "))?;
        write!(f, "{}", Clause("ORDER BY ", &self.order_by, " "))?;
        write!(f, "{}", Clause("MEASURES ", &self.measures, " "))?;
        match self.rows_per_match {
            Some(RowsPerMatch::One) => f.write_str("ONE ROW PER MATCH ")?,
            Some(RowsPerMatch::All) => f.write_str("ALL ROWS PER MATCH ")?,
            None => {}
        }
        match &self.after_match {
            Some(AfterMatch::NextRow) => f.write_str("AFTER MATCH SKIP TO NEXT ROW ")?,
            Some(AfterMatch::PastLastRow) => f.write_str("AFTER MATCH SKIP PAST LAST ROW ")?,
            Some(AfterMatch::First(variable)) => write!(f, "AFTER MATCH SKIP TO FIRST {variable} ")?,
            Some(AfterMatch::Last(variable)) => write!(f, "AFTER MATCH SKIP TO LAST {variable} ")?,
            None => {}
        }
        let (start, end) = (Word(self.anchored_start, "^ "), Word(self.anchored_end, " $"));
        write!(f, "PATTERN ({start}{}{end}){}", self.pattern, Optional(" WITHIN ", &self.within))?;
        write!(f, "{} DEFINE {})", Clause(" SUBSET ", &self.subsets, ""), Commas(&self.define))
    }
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", self.expr, self.alias)
    }
}

impl Display for Subset {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ({})", self.name, Commas(&self.variables))
    }
}

impl Display for VariableDefinition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", self.variable, self.condition)
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            PatternKind::Variable(name) => write!(f, "{name}"),
            PatternKind::Sequence(parts) => {
                let parts: Vec<Part<'_>> = parts.iter().map(Part).collect();
                super::write_list(f, &parts, " ")
            }
            PatternKind::Alternation(choices) => {
                let choices: Vec<Choice<'_>> = choices.iter().map(Choice).collect();
                super::write_list(f, &choices, " | ")
            }
            PatternKind::Quantified { pattern, quantifier, reluctant } => {
                let reluctant = Word(*reluctant, "?");
                match pattern.kind {
                    // One quantifier cannot stand behind another.
                    PatternKind::Quantified { .. } => write!(f, "({pattern}){quantifier}{reluctant}"),
                    _ => write!(f, "{}{quantifier}{reluctant}", Part(pattern)),
                }
            }
            PatternKind::Permute(parts) => write!(f, "PERMUTE({})", Commas(parts)),
            PatternKind::Exclude(pattern) => write!(f, "{{- {pattern} -}}"),
        }
    }
}

/// A part of a sequence, or what is repeated.
struct Part<'a>(&'a Pattern);

impl Display for Part<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            PatternKind::Sequence(_) | PatternKind::Alternation(_) => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// One of the choices of an alternation.
struct Choice<'a>(&'a Pattern);

impl Display for Choice<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            PatternKind::Alternation(_) => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}

impl Display for PatternQuantifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (Some(0), None) => f.write_str("*"),
            (Some(1), None) => f.write_str("+"),
            (Some(0), Some(1)) => f.write_str("?"),
            (Some(min), None) => write!(f, "{{{min},}}"),
            (Some(min), Some(max)) if min == max => write!(f, "{{{min}}}"),
            (Some(min), Some(max)) => write!(f, "{{{min},{max}}}"),
            (None, Some(max)) => write!(f, "{{,{max}}}"),
            (None, None) => f.write_str("{,0}"),
        }
    }
}
