//! From text to tokens, with Flink's lexical rules: names between backticks, strings between single quotes, comments `--`, `//`, `/* */`.

use super::ast::Span;
use super::keyword::Keyword;
use super::token::{LexProblem, Symbol, Token, TokenKind};

/// Reads tokens one after another. It never fails: what is no token is an [`TokenKind::Invalid`] one, and the next begins behind it.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning of a text, which must be shorter than `u32::MAX` bytes.
    pub fn new(text: &'a str) -> Self {
        // A byte order mark is not part of the text.
        Self { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } }
    }

    /// Goes on at another place, which must be a character boundary.
    pub fn seek(&mut self, offset: usize) {
        self.at = offset;
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// The next token; after the last one always [`TokenKind::End`].
    pub fn next_token(&mut self) -> Token {
        let skipped = self.skip_blanks();
        let start = self.at;
        let kind = match skipped {
            Ok(()) => self.scan(),
            Err(problem) => {
                self.at = self.text.len();
                TokenKind::Invalid(problem)
            }
        };
        Token { kind, span: span(start, self.at) }
    }

    /// Skips white space and comments; stops before a comment that does not end.
    fn skip_blanks(&mut self) -> Result<(), LexProblem> {
        loop {
            let rest = self.rest().as_bytes();
            match rest {
                [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, ..] => self.at += 1,
                [b'-', b'-', ..] | [b'/', b'/', ..] => {
                    self.at += rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
                }
                [b'/', b'*', b'+', ..] => return Ok(()),
                [b'/', b'*', ..] => match self.rest().get(2..).and_then(|inner| inner.find("*/")) {
                    Some(length) => self.at += length + 4,
                    None => return Err(LexProblem::UnterminatedComment),
                },
                _ => return Ok(()),
            }
        }
    }

    fn scan(&mut self) -> TokenKind {
        let Some(first) = self.rest().chars().next() else { return TokenKind::End };
        match first {
            '\'' => self.string(0, TokenKind::String),
            '`' => self.quoted_name(),
            '0'..='9' => self.number(),
            '.' if self.byte(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            '$' if !self.rest().chars().nth(1).is_some_and(is_name_part) => self.symbol(Symbol::Dollar),
            c if is_name_start(c) => self.word(),
            _ => self.sign(first),
        }
    }

    fn symbol(&mut self, symbol: Symbol) -> TokenKind {
        self.at += symbol.as_str().len();
        TokenKind::Symbol(symbol)
    }

    fn sign(&mut self, first: char) -> TokenKind {
        let symbol = match (first, self.byte(1)) {
            ('(', _) => Symbol::LeftParen,
            (')', _) => Symbol::RightParen,
            ('[', _) => Symbol::LeftBracket,
            (']', _) => Symbol::RightBracket,
            ('}', _) => Symbol::RightBrace,
            ('{', _) => return self.brace(),
            (';', _) => Symbol::Semicolon,
            (',', _) => Symbol::Comma,
            ('.', Some(b'.')) => Symbol::DoubleDot,
            ('.', _) => Symbol::Dot,
            (':', _) => Symbol::Colon,
            ('?', _) => Symbol::Question,
            ('=', Some(b'>')) => Symbol::Arrow,
            ('=', _) => Symbol::Equal,
            ('<', Some(b'>')) => Symbol::NotEqual,
            ('<', Some(b'=')) => Symbol::LessOrEqual,
            ('<', _) => Symbol::Less,
            ('>', Some(b'=')) => Symbol::GreaterOrEqual,
            ('>', _) => Symbol::Greater,
            ('!', Some(b'=')) => Symbol::BangEqual,
            ('+', _) => Symbol::Plus,
            ('-', _) => Symbol::Minus,
            ('*', Some(b'/')) => Symbol::HintEnd,
            ('*', _) => Symbol::Star,
            // Comments are skipped before, so what begins like one here is a hint.
            ('/', Some(b'*')) => Symbol::HintStart,
            ('/', _) => Symbol::Slash,
            ('%', _) => Symbol::Percent,
            ('|', Some(b'|')) => Symbol::Concat,
            ('|', _) => Symbol::Bar,
            ('^', _) => Symbol::Caret,
            ('"', _) => {
                // The whole of what was meant to be quoted, for the message.
                let inner = self.rest().get(1..).unwrap_or("");
                let line = inner.lines().next().unwrap_or("");
                self.at += line.find('"').map_or(1, |length| length + 2);
                return TokenKind::Invalid(LexProblem::DoubleQuote);
            }
            _ => {
                self.at += first.len_utf8();
                return TokenKind::Invalid(LexProblem::Character);
            }
        };
        self.symbol(symbol)
    }

    /// `{`, and the JDBC escapes `{d`, `{t`, `{ts`, `{fn`, which may have blanks behind the brace.
    fn brace(&mut self) -> TokenKind {
        let inner = self.rest().get(1..).unwrap_or("");
        let blanks = inner.len() - inner.trim_start_matches(' ').len();
        let mut letters = inner.bytes().skip(blanks).map(|b| b.to_ascii_lowercase());
        let (symbol, length) = match (letters.next(), letters.next()) {
            (Some(b't'), Some(b's')) => (Symbol::LeftBraceTs, 2),
            (Some(b'f'), Some(b'n')) => (Symbol::LeftBraceFn, 2),
            (Some(b't'), _) => (Symbol::LeftBraceT, 1),
            (Some(b'd'), _) => (Symbol::LeftBraceD, 1),
            _ => return self.symbol(Symbol::LeftBrace),
        };
        self.at += 1 + blanks + length;
        TokenKind::Symbol(symbol)
    }

    /// A string whose opening quote stands `prefix` bytes ahead; a doubled quote does not end it.
    fn string(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        match quoted_end(self.rest().as_bytes(), prefix, b'\'') {
            Some(length) => {
                self.at += length;
                kind
            }
            None => {
                self.at = self.text.len();
                TokenKind::Invalid(LexProblem::UnterminatedString)
            }
        }
    }

    /// `E'…'`: a backslash takes the next character in, whatever it is.
    fn escaped_string(&mut self) -> TokenKind {
        let bytes = self.rest().as_bytes();
        let mut at = 2;
        loop {
            match bytes.get(at) {
                None => {
                    self.at = self.text.len();
                    return TokenKind::Invalid(LexProblem::UnterminatedString);
                }
                Some(b'\\') => at += 2,
                Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
                Some(b'\'') => break,
                Some(_) => at += 1,
            }
        }
        self.at += at + 1;
        TokenKind::EscapedString
    }

    fn quoted_name(&mut self) -> TokenKind {
        self.name_in_quotes(0, b'`', TokenKind::QuotedName)
    }

    /// A name whose opening quote stands `prefix` bytes ahead; it does not go over lines, so that after one that does not end the next line can
    /// still be read.
    fn name_in_quotes(&mut self, prefix: usize, quote: u8, kind: TokenKind) -> TokenKind {
        let rest = self.rest();
        let end = quoted_end(rest.as_bytes(), prefix, quote);
        let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        match (name.find(['\n', '\r']), end) {
            (None, Some(end)) => {
                self.at += end;
                if end == prefix + 2 { TokenKind::Invalid(LexProblem::EmptyName) } else { kind }
            }
            (line_end, _) => {
                self.at += line_end.unwrap_or(rest.len());
                TokenKind::Invalid(LexProblem::UnterminatedName)
            }
        }
    }

    fn number(&mut self) -> TokenKind {
        let digits = |lexer: &mut Self| {
            let from = lexer.at;
            while lexer.byte(0).is_some_and(|b| b.is_ascii_digit()) {
                lexer.at += 1;
            }
            lexer.at > from
        };
        let mut kind = TokenKind::Integer;
        digits(self);
        if self.byte(0) == Some(b'.') {
            kind = TokenKind::Decimal;
            self.at += 1;
            digits(self);
        }
        let before_exponent = self.at;
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(0), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if digits(self) {
                return TokenKind::Approximate;
            }
        }
        self.at = before_exponent;
        kind
    }

    fn word(&mut self) -> TokenKind {
        let rest = self.rest();
        let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        // A quote right behind some words makes them the prefix of a string.
        let behind =
            rest.as_bytes().get(length..length + 2).unwrap_or(rest.as_bytes().get(length..).unwrap_or(&[]));
        match (word.as_bytes(), behind) {
            ([b'x' | b'X'], [b'\'', ..]) => return self.string(1, TokenKind::BinaryString),
            ([b'n' | b'N'], [b'\'', ..]) => return self.string(1, TokenKind::PrefixedString),
            ([b'e' | b'E'], [b'\'', ..]) => return self.escaped_string(),
            ([b'u' | b'U'], b"&'") => return self.string(2, TokenKind::UnicodeString),
            ([b'u' | b'U'], b"&\"") => return self.name_in_quotes(2, b'"', TokenKind::UnicodeName),
            _ => {}
        }
        if let Some(prefix) = charset_prefix(rest) {
            return self.string(prefix, TokenKind::PrefixedString);
        }
        self.at += length;
        match Keyword::of(word) {
            Some(Keyword::END) if end_exec(rest) => {
                self.at += "-EXEC".len();
                TokenKind::Invalid(LexProblem::Character)
            }
            Some(keyword) => TokenKind::Keyword(keyword),
            None => TokenKind::Word,
        }
    }
}

/// A span; texts are shorter than `u32::MAX` bytes.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the parser refuses texts longer than MAX_TEXT_BYTES, far below u32::MAX"
)]
pub(super) fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

/// The length of a quoted stretch whose opening quote stands at `open`, where a doubled quote is part of it; none if it does not end.
fn quoted_end(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == quote)? + 1;
        if bytes.get(at) != Some(&quote) {
            return Some(at);
        }
        at += 1;
    }
}

/// The length of `_charset` before a quote, if that is what stands here. Unlike names, character sets have `:`, `.` and `-` in them.
fn charset_prefix(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix('_')?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let length = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '.' | '-' | '_'))?;
    (name.as_bytes().get(length) == Some(&b'\'')).then_some(length + 1)
}

/// `END-EXEC` is one word of the grammar, which no rule uses.
fn end_exec(rest: &str) -> bool {
    rest.get(3..8).is_some_and(|tail| tail.eq_ignore_ascii_case("-exec"))
        && !rest.chars().nth(8).is_some_and(is_name_part)
}

/// What a name may begin with: JavaCC's classic letters.
fn is_name_start(c: char) -> bool {
    matches!(c,
        '$' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{1fff}'
        | '\u{3040}'..='\u{318f}' | '\u{3300}'..='\u{337f}' | '\u{3400}'..='\u{3d2d}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// What a name may go on with. (The other digits of JavaCC lie in the letters' ranges.)
fn is_name_part(c: char) -> bool {
    c.is_ascii_digit() || is_name_start(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut lexer = Lexer::new(text);
        let mut all = Vec::new();
        loop {
            let token = lexer.next_token();
            if token.kind == TokenKind::End {
                return all;
            }
            all.push(token.kind);
        }
    }

    #[test]
    fn numbers_end_where_flinks_end() {
        use TokenKind::{Approximate, Decimal, Integer, Word};
        assert_eq!(
            kinds("1 1. .5 1.5 1e3 1.e-3 .5E+1"),
            [Integer, Decimal, Decimal, Decimal, Approximate, Approximate, Approximate]
        );
        assert_eq!(kinds("1e 1a"), [Integer, Word, Integer, TokenKind::Keyword(Keyword::A)]);
        assert_eq!(kinds("1..2"), [Decimal, Decimal]);
    }

    #[test]
    fn quotes_are_doubled_inside() {
        assert_eq!(kinds("'it''s' `a``b` ''"), [TokenKind::String, TokenKind::QuotedName, TokenKind::String]);
        assert_eq!(kinds("'a'''"), [TokenKind::String]);
    }

    #[test]
    fn prefixes_make_other_strings() {
        assert_eq!(
            kinds(r#"x'01' N'a' _utf-8'a' U&'\0041' e'\'' U&"a" _a"#),
            [
                TokenKind::BinaryString,
                TokenKind::PrefixedString,
                TokenKind::PrefixedString,
                TokenKind::UnicodeString,
                TokenKind::EscapedString,
                TokenKind::UnicodeName,
                TokenKind::Word
            ]
        );
    }

    #[test]
    fn comments_are_blanks_and_hints_are_not() {
        assert_eq!(kinds("-- a\n// b\r/* c ; ' */"), []);
        assert_eq!(
            kinds("/*+ */"),
            [TokenKind::Symbol(Symbol::HintStart), TokenKind::Symbol(Symbol::HintEnd)]
        );
    }

    #[test]
    fn what_does_not_end_is_told_apart() {
        assert_eq!(kinds("'abc ; d"), [TokenKind::Invalid(LexProblem::UnterminatedString)]);
        assert_eq!(kinds("/* abc"), [TokenKind::Invalid(LexProblem::UnterminatedComment)]);
        assert_eq!(
            kinds("`abc\n;"),
            [TokenKind::Invalid(LexProblem::UnterminatedName), TokenKind::Symbol(Symbol::Semicolon)]
        );
        assert_eq!(
            kinds("\"abc\" #"),
            [TokenKind::Invalid(LexProblem::DoubleQuote), TokenKind::Invalid(LexProblem::Character)]
        );
    }

    #[test]
    fn jdbc_escapes_may_have_blanks() {
        assert_eq!(
            kinds("{d {  TS { fn {"),
            [
                TokenKind::Symbol(Symbol::LeftBraceD),
                TokenKind::Symbol(Symbol::LeftBraceTs),
                TokenKind::Symbol(Symbol::LeftBraceFn),
                TokenKind::Symbol(Symbol::LeftBrace)
            ]
        );
    }
}
