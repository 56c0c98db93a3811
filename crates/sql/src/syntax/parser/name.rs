//! Names.

use super::super::ast::{Ident, ObjectName, Span};
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::literal::unescape_unicode;
use super::{IDENTIFIER, Parse, Parser};

/// The longest name, in UTF-16 units, as in Flink.
const MAX_NAME_UNITS: usize = 256;

impl Parser<'_> {
    /// Whether a token can be a name.
    pub(super) fn names(kind: TokenKind) -> bool {
        match kind {
            TokenKind::Word | TokenKind::QuotedName | TokenKind::UnicodeName => true,
            TokenKind::Keyword(keyword) => !keyword.is_reserved(),
            _ => false,
        }
    }

    /// Whether a name stands here; notes it if not.
    pub(super) fn is_name(&mut self) -> bool {
        let is = Self::names(self.kind());
        if !is {
            self.want(IDENTIFIER);
        }
        is
    }

    /// One name.
    pub(super) fn ident(&mut self) -> Parse<Ident> {
        if !self.is_name() {
            return self.unexpected();
        }
        let token = self.bump();
        let text = self.text_of(token.span);
        let mut span = token.span;
        let value = match token.kind {
            TokenKind::QuotedName => inner(text, 1).replace("``", "`"),
            TokenKind::UnicodeName => {
                let escape = self.uescape()?;
                span = self.span_from(span.start);
                match unescape_unicode(&inner(text, 3).replace("\"\"", "\""), escape.unwrap_or('\\')) {
                    Ok(value) => value,
                    Err(problem) => return self.refuse(span, problem, None),
                }
            }
            _ => text.to_owned(),
        };
        if value.encode_utf16().count() > MAX_NAME_UNITS {
            return self.refuse(span, format!("a name longer than {MAX_NAME_UNITS} characters"), None);
        }
        Ok(Ident { value, span })
    }

    /// `a.b.c`.
    pub(super) fn object_name(&mut self) -> Parse<ObjectName> {
        let mut name = ObjectName::simple(self.ident()?);
        while self.nth_is_symbol(0, Symbol::Dot) && Self::names(self.nth_kind(1)) {
            self.bump();
            name.push(self.ident()?);
        }
        Ok(name)
    }

    /// `(a, b)`.
    pub(super) fn parenthesized_idents(&mut self) -> Parse<Vec<Ident>> {
        self.parenthesized_list(Self::ident)
    }

    /// `a` or `(a, b)`.
    pub(super) fn ident_or_list(&mut self) -> Parse<Vec<Ident>> {
        if self.is_symbol(Symbol::LeftParen) { self.parenthesized_idents() } else { Ok(vec![self.ident()?]) }
    }

    /// `.*` behind a name.
    pub(super) fn eat_dot_star(&mut self) -> bool {
        let is = self.nth_is_symbol(0, Symbol::Dot) && self.nth_is_symbol(1, Symbol::Star);
        if is {
            self.at += 2;
        }
        is
    }

    /// `[AS] name`, where a table or a value can get a name.
    pub(super) fn alias(&mut self) -> Parse<Option<Ident>> {
        if self.eat(Keyword::AS) || self.is_name() { self.ident().map(Some) } else { Ok(None) }
    }

    /// A name made of a keyword that was just taken.
    pub(super) fn ident_at(&self, span: Span) -> Ident {
        Ident { value: self.text_of(span).to_owned(), span }
    }
}

/// A token's text without a prefix of `prefix` bytes (which ends with the opening quote) and without the closing quote.
pub(super) fn inner(text: &str, prefix: usize) -> &str {
    text.get(prefix..text.len().saturating_sub(1)).unwrap_or("")
}
