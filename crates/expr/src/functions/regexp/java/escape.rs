//! What a backslash makes of the character behind it.

use std::fmt::Write as _;

use super::{Atom, LINE_END, Rewriter};
use crate::error::Result;
use crate::functions::regexp::class;

impl Rewriter<'_> {
    /// What follows a backslash.
    pub(super) fn escape(&mut self) -> Result<Atom> {
        let Some(character) = self.ahead(0) else { return Err(self.invalid("nothing after the backslash")) };
        match character {
            'A' => return self.assertion(r"\A"),
            'z' => return self.assertion(r"\z"),
            'b' if self.ahead(1) == Some('{') && self.ahead(2) == Some('g') => {
                return Err(self.unsupported(r"\b{g}"));
            }
            'b' => return self.assertion(r"\b"),
            'B' => return self.assertion(r"\B"),
            'Z' => {
                self.at += 1;
                self.dollar();
                return Ok(Atom::Assertion);
            }
            'G' => return Err(self.unsupported(r"\G")),
            'X' => return Err(self.unsupported(r"\X")),
            'R' => {
                self.at += 1;
                self.both(&format!(r"(?:\r\n|[\x{{b}}\x{{c}}]|{LINE_END})"));
            }
            'k' => {
                self.at += 1;
                if !self.eat('<') {
                    return Err(self.invalid(r"\k without a group name"));
                }
                let name = self.name()?;
                let group = self.named.iter().find(|(known, _)| *known == name).map(|(_, group)| *group);
                let group = group.ok_or_else(|| self.invalid("a reference to a group of no such name"))?;
                self.reference(group);
            }
            '1'..='9' => {
                let mut group = 0;
                while let Some(digit) = self.ahead(0).and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if group > 0 && longer > self.groups {
                        break;
                    }
                    group = longer;
                    self.at += 1;
                }
                self.reference(group);
            }
            _ => match class::escape(self)? {
                class::Escape::Character(character) => self.literal(character),
                class::Escape::Class(class) => self.class(&class),
            },
        }
        Ok(Atom::Text)
    }

    fn assertion(&mut self, text: &str) -> Result<Atom> {
        self.at += 1;
        self.both(text);
        Ok(Atom::Assertion)
    }

    fn reference(&mut self, group: usize) {
        self.backtracks = true;
        self.references.push(group);
        if self.flags.ignore_case {
            let _ = write!(self.full, r"(?i:\{group})");
        } else {
            let _ = write!(self.full, r"(?:\{group})");
        }
    }
}
