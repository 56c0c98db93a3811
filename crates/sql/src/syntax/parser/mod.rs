//! The parser: recursive descent over tokens read on demand, precedence climbing for operators.
//!
//! Each rule is a method of [`Parser`]; the files group them as the grammar does. A rule that fails leaves the parser where it failed, which
//! is where the message points. Whatever a rule would have taken there is noted on the way, so messages list the possibilities without
//! tables of their own.

mod alter_table;
mod call;
mod context;
mod data_type;
mod dml;
mod expr;
mod json;
mod literal;
mod match_recognize;
mod name;
mod objects;
mod primary;
mod query;
mod show;
mod special;
mod statement;
mod table_ddl;
mod table_ref;

use super::ast::{LineColumn, Span};
use super::error::{SyntaxError, SyntaxProblem};
use super::keyword::Keyword;
use super::lexer::Lexer;
use super::token::{LexProblem, Symbol, Token, TokenKind};
use super::{MAX_NESTING, MAX_TREE_HEIGHT};

/// What a rule gives.
type Parse<T> = Result<T, Box<SyntaxError>>;

/// Something a rule would have taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Keyword(Keyword),
    Symbol(Symbol),
    Kind(&'static str),
}

const IDENTIFIER: Expected = Expected::Kind("an identifier");

/// Reads the statements of one text.
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The tokens of the current statement, as far as they have been looked at.
    tokens: Vec<Token>,
    /// The token that comes next.
    at: usize,
    /// What was wanted at token `expected_at`.
    expected: Vec<Expected>,
    expected_at: usize,
    /// How many rules that can contain themselves are being read.
    nesting: u32,
    /// The height of what the innermost of them has read so far.
    height: u32,
    /// How many `?` the statement has had.
    parameters: u32,
}

impl<'a> Parser<'a> {
    /// Starts at the beginning of a text, which must be no longer than [`MAX_TEXT_BYTES`](super::MAX_TEXT_BYTES).
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            lexer: Lexer::new(text),
            tokens: Vec::new(),
            at: 0,
            expected: Vec::new(),
            expected_at: 0,
            nesting: 0,
            height: 0,
            parameters: 0,
        }
    }

    // Tokens.

    /// The token `ahead` places behind the next one.
    fn nth(&mut self, ahead: usize) -> Token {
        let wanted = self.at + ahead;
        loop {
            if let Some(token) = self.tokens.get(wanted) {
                return *token;
            }
            let token = self.lexer.next_token();
            self.tokens.push(token);
        }
    }

    fn kind(&mut self) -> TokenKind {
        self.nth(0).kind
    }

    fn nth_kind(&mut self, ahead: usize) -> TokenKind {
        self.nth(ahead).kind
    }

    fn nth_is(&mut self, ahead: usize, keyword: Keyword) -> bool {
        self.nth_kind(ahead) == TokenKind::Keyword(keyword)
    }

    fn nth_is_symbol(&mut self, ahead: usize, symbol: Symbol) -> bool {
        self.nth_kind(ahead) == TokenKind::Symbol(symbol)
    }

    /// Takes the next token.
    fn bump(&mut self) -> Token {
        let token = self.nth(0);
        self.at += 1;
        token
    }

    /// The text of a token.
    fn text_of(&self, span: Span) -> &'a str {
        span.slice(self.text)
    }

    /// Where the next token begins.
    fn start(&mut self) -> u32 {
        self.nth(0).span.start
    }

    /// Where the last token taken ended.
    fn end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.span.end)
    }

    /// From `start` to the last token taken.
    fn span_from(&self, start: u32) -> Span {
        Span::new(start, self.end().max(start))
    }

    // What is wanted.

    /// Notes that `expected` could stand here.
    fn want(&mut self, expected: Expected) {
        if self.expected_at < self.at {
            self.expected.clear();
            self.expected_at = self.at;
        }
        if self.expected_at == self.at && self.expected.last() != Some(&expected) {
            self.expected.push(expected);
        }
    }

    /// Whether a keyword stands here; notes it if not.
    fn is(&mut self, keyword: Keyword) -> bool {
        let is = self.nth_is(0, keyword);
        if !is {
            self.want(Expected::Keyword(keyword));
        }
        is
    }

    /// Whether a sign stands here; notes it if not.
    fn is_symbol(&mut self, symbol: Symbol) -> bool {
        let is = self.nth_is_symbol(0, symbol);
        if !is {
            self.want(Expected::Symbol(symbol));
        }
        is
    }

    /// Takes a keyword if it stands here.
    fn eat(&mut self, keyword: Keyword) -> bool {
        let is = self.is(keyword);
        if is {
            self.bump();
        }
        is
    }

    /// Takes keywords if all of them stand here, one after another.
    fn eat_all(&mut self, keywords: &[Keyword]) -> bool {
        let all = (0..).zip(keywords).all(|(ahead, keyword)| self.nth_is(ahead, *keyword));
        if all {
            self.at += keywords.len();
        } else if let Some(first) = keywords.first() {
            self.want(Expected::Keyword(*first));
        }
        all
    }

    /// Takes a sign if it stands here.
    fn eat_symbol(&mut self, symbol: Symbol) -> bool {
        let is = self.is_symbol(symbol);
        if is {
            self.bump();
        }
        is
    }

    /// Takes a keyword that must stand here.
    fn expect(&mut self, keyword: Keyword) -> Parse<()> {
        if self.eat(keyword) { Ok(()) } else { self.unexpected() }
    }

    /// Takes keywords that must stand here.
    fn expect_all(&mut self, keywords: &[Keyword]) -> Parse<()> {
        keywords.iter().try_for_each(|keyword| self.expect(*keyword))
    }

    /// Takes a sign that must stand here.
    fn expect_symbol(&mut self, symbol: Symbol) -> Parse<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { self.unexpected() }
    }

    /// One or more of something, between commas.
    fn comma_list<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut list = vec![rule(self)?];
        while self.eat_symbol(Symbol::Comma) {
            list.push(rule(self)?);
        }
        Ok(list)
    }

    /// One or more of something, between commas, in parentheses.
    fn parenthesized_list<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let list = self.comma_list(rule)?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(list)
    }

    // Limits.

    /// Runs a rule that can contain itself, one level deeper.
    fn nest<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting >= MAX_NESTING {
            let span = self.nth(0).span;
            return self.limit(span, format!("nested deeper than {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        let outer = std::mem::replace(&mut self.height, 0);
        let result = rule(self);
        self.nesting -= 1;
        let inner = std::mem::replace(&mut self.height, outer);
        if result.is_ok() {
            // What was read is one level higher than the highest thing in it, and stands beside what was there before.
            self.height = outer.max(inner.saturating_add(1));
            self.check_height()?;
        }
        result
    }

    /// Notes that what has been read at this level now stands one node deeper, because it became the left side of an operator.
    fn grow(&mut self) -> Parse<()> {
        self.height = self.height.saturating_add(1);
        self.check_height()
    }

    fn check_height(&mut self) -> Parse<()> {
        if self.height > MAX_TREE_HEIGHT {
            let span = self.nth(0).span;
            return self.limit(span, format!("a chain or nesting of more than {MAX_TREE_HEIGHT} operators"));
        }
        Ok(())
    }

    // Errors.

    fn error(
        &self,
        problem: SyntaxProblem,
        span: Span,
        mend: Option<String>,
        incomplete: bool,
    ) -> Box<SyntaxError> {
        let place = LineColumn::of(self.text, span.start);
        Box::new(SyntaxError { problem, span, place, mend, incomplete })
    }

    fn limit<T>(&self, span: Span, what: String) -> Parse<T> {
        Err(self.error(SyntaxProblem::Limit(what), span, None, false))
    }

    /// What Flink's parser refuses although its form is right.
    fn refuse<T>(&self, span: Span, what: impl Into<String>, mend: Option<&str>) -> Parse<T> {
        Err(self.error(SyntaxProblem::Refused(what.into()), span, mend.map(str::to_owned), false))
    }

    /// The next token cannot stand here.
    fn unexpected<T>(&mut self) -> Parse<T> {
        let token = self.nth(0);
        let expected = if self.expected_at == self.at { self.expected.clone() } else { Vec::new() };
        let mut listed: Vec<String> = expected
            .iter()
            .map(|one| match one {
                Expected::Keyword(keyword) => keyword.as_str().to_owned(),
                Expected::Symbol(symbol) => format!("'{}'", symbol.as_str()),
                Expected::Kind(kind) => (*kind).to_owned(),
            })
            .collect();
        // Kinds of things first, then words, then signs.
        listed.sort_by_key(|one| {
            (one.starts_with('\''), one.starts_with(|c: char| c.is_ascii_uppercase()), one.clone())
        });
        listed.dedup();
        let found = match token.kind {
            TokenKind::End => "the end of the input".to_owned(),
            TokenKind::Invalid(LexProblem::UnterminatedString) => "a string that does not end".to_owned(),
            TokenKind::Invalid(LexProblem::UnterminatedName) => "a quoted name that does not end".to_owned(),
            TokenKind::Invalid(LexProblem::UnterminatedComment) => "a comment that does not end".to_owned(),
            _ => shortened(self.text_of(token.span)),
        };
        let mend = self.mend(token, &expected);
        let incomplete = match token.kind {
            TokenKind::End => true,
            TokenKind::Invalid(problem) => problem.is_unterminated(),
            _ => false,
        };
        // The end of the input is right behind what was read, not behind the blanks that follow.
        let span = match token.kind {
            TokenKind::End => Span::new(self.end(), self.end()),
            _ => token.span,
        };
        Err(self.error(SyntaxProblem::Unexpected { found, expected: listed }, span, mend, incomplete))
    }

    /// What to write instead, where a common mistake is known.
    fn mend(&mut self, token: Token, expected: &[Expected]) -> Option<String> {
        let text = self.text_of(token.span);
        let wants = |one: Expected| expected.contains(&one);
        let before = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map(|token| token.kind);
        match token.kind {
            TokenKind::Invalid(LexProblem::UnterminatedString) => {
                Some("end it with a single quote".to_owned())
            }
            TokenKind::Invalid(LexProblem::UnterminatedName) => {
                Some("end it with a backtick, on the same line".to_owned())
            }
            TokenKind::Invalid(LexProblem::UnterminatedComment) => Some("end it with */".to_owned()),
            TokenKind::Invalid(LexProblem::EmptyName) => {
                Some("a quoted name has at least one character".to_owned())
            }
            TokenKind::Invalid(LexProblem::DoubleQuote) => {
                Some("quote names with backticks and strings with single quotes".to_owned())
            }
            TokenKind::Invalid(LexProblem::Character) if text == "&" => Some("use AND".to_owned()),
            TokenKind::Invalid(LexProblem::Character) if text == "!" => {
                Some("use NOT, or <> for 'not equal'".to_owned())
            }
            TokenKind::Symbol(Symbol::Equal) if before == Some(TokenKind::Symbol(Symbol::Equal)) => {
                Some("equality is one =".to_owned())
            }
            TokenKind::Symbol(Symbol::Colon) if self.nth_is_symbol(1, Symbol::Colon) => {
                Some("use CAST(… AS type)".to_owned())
            }
            TokenKind::Keyword(Keyword::FROM) | TokenKind::Symbol(Symbol::RightParen)
                if before == Some(TokenKind::Symbol(Symbol::Comma)) =>
            {
                Some("remove the comma before it".to_owned())
            }
            TokenKind::Keyword(keyword) if keyword.is_reserved() && wants(IDENTIFIER) => Some(format!(
                "{} is a reserved word; to use it as a name, quote it with backticks: `{text}`",
                keyword.as_str()
            )),
            kind if (Self::names(kind)
                || matches!(kind, TokenKind::Integer | TokenKind::Decimal | TokenKind::String))
                && wants(Expected::Symbol(Symbol::Comma))
                && !wants(IDENTIFIER) =>
            {
                Some("is a comma missing before it?".to_owned())
            }
            _ => None,
        }
    }
}

/// A piece of text for a message: quoted, and not too long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or("");
    let mut chars = line.chars();
    let head: String = chars.by_ref().take(LONGEST).collect();
    let cut = chars.next().is_some() || line.len() < text.len();
    format!("'{head}{}'", if cut { "…" } else { "" })
}
