//! Groups: those that look around, those with names, and those with flags.

use super::{Atom, Rewriter};
use crate::error::Result;

impl Rewriter<'_> {
    /// What follows an opening parenthesis.
    pub(super) fn group(&mut self) -> Result<Atom> {
        let outer = self.flags;
        let assertion = ["?<=", "?<!", "?=", "?!", "?>"].into_iter().find(|opening| self.eat_all(opening));
        if let Some(opening) = assertion {
            self.backtracks = true;
            self.both("(");
            self.both(opening);
        } else if self.eat_all("?:") {
            self.both("(?:");
        } else if self.ahead(0) == Some('?') && self.ahead(1) == Some('<') {
            self.at += 2;
            let name = self.name()?;
            self.groups += 1;
            if self.named.iter().any(|(known, _)| *known == name) {
                return Err(self.invalid("a group of the same name stands before"));
            }
            self.named.push((name, self.groups));
            self.both("(");
        } else if self.eat_all("?") {
            self.set_flags()?;
            if self.eat(')') {
                // The flags hold until the group around ends.
                return Ok(Atom::Flags);
            }
            if !self.eat(':') {
                return Err(self.invalid("unknown inline modifier"));
            }
            self.both("(?:");
        } else {
            self.groups += 1;
            self.both("(");
        }
        self.alternatives()?;
        if !self.eat(')') {
            return Err(self.invalid("unclosed group"));
        }
        self.both(")");
        self.flags = outer;
        Ok(if assertion.is_some_and(|opening| opening != "?>") { Atom::Assertion } else { Atom::Text })
    }

    fn set_flags(&mut self) -> Result<()> {
        let mut on = true;
        loop {
            let flags = &mut self.flags;
            let flag = match self.characters.get(self.at) {
                Some('-') if on => {
                    on = false;
                    self.at += 1;
                    continue;
                }
                Some('i') => &mut flags.ignore_case,
                Some('u') => &mut flags.unicode_case,
                Some('m') => &mut flags.multiline,
                Some('s') => &mut flags.dot_all,
                Some('d') => &mut flags.unix_lines,
                Some('x') => &mut flags.comments,
                Some('U') => {
                    flags.unicode_case |= on;
                    &mut flags.unicode_classes
                }
                Some(')' | ':') => return Ok(()),
                _ => return Err(self.invalid("unknown inline modifier")),
            };
            *flag = on;
            self.at += 1;
        }
    }

    pub(super) fn name(&mut self) -> Result<String> {
        let mut name = String::new();
        while let Some(character) = self.ahead(0).filter(char::is_ascii_alphanumeric) {
            name.push(character);
            self.at += 1;
        }
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts_well || self.ahead(0) != Some('>') {
            return Err(self.invalid("a group name is made of ASCII letters and digits and ends with '>'"));
        }
        self.at += 1;
        Ok(name)
    }
}
