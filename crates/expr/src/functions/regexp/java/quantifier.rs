//! Quantifiers: how often what stands before them is repeated.

use super::Rewriter;
use crate::error::Result;

/// How often an atom is repeated.
pub(super) struct Quantifier {
    /// The least number of times.
    pub(super) least: u32,
    /// How it is written.
    pub(super) text: String,
}

impl Rewriter<'_> {
    /// `*`, `+`, `?` or `{n,m}`.
    pub(super) fn quantifier(&mut self) -> Result<Option<Quantifier>> {
        Ok(match self.peek() {
            Some(c @ ('*' | '+' | '?')) => {
                self.at += 1;
                Some(Quantifier { least: u32::from(c == '+'), text: c.to_string() })
            }
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = match self.eat(',') {
                    true if self.peek() == Some('}') => None,
                    true => Some(self.number()?),
                    false => Some(least),
                };
                if !self.eat('}') {
                    return Err(self.invalid("unclosed counted closure"));
                }
                let text = match most {
                    Some(most) if most < least => return Err(self.invalid("illegal repetition range")),
                    Some(most) => format!("{{{least},{most}}}"),
                    None => format!("{{{least},}}"),
                };
                Some(Quantifier { least, text })
            }
            _ => None,
        })
    }

    fn number(&mut self) -> Result<u32> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            let grown = number.unwrap_or(0_u32).checked_mul(10).and_then(|n| n.checked_add(digit));
            number = Some(grown.ok_or_else(|| self.invalid("illegal repetition range"))?);
        }
        number.ok_or_else(|| self.invalid("illegal repetition"))
    }
}
