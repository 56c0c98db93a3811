//! Tokens.

use super::ast::Span;
use super::keyword::Keyword;

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// What a token is; its text is that of its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word that is a keyword, reserved or not.
    Keyword(Keyword),
    /// A word that is none.
    Word,
    /// `` `name` ``.
    QuotedName,
    /// `U&"name"`.
    UnicodeName,
    /// `12`.
    Integer,
    /// `1.2`, `1.`, `.2`.
    Decimal,
    /// `1e2`.
    Approximate,
    /// `'…'`.
    String,
    /// `_charset'…'`, `N'…'`.
    PrefixedString,
    /// `U&'…'`.
    UnicodeString,
    /// `E'…'`.
    EscapedString,
    /// `X'…'`.
    BinaryString,
    /// Signs.
    Symbol(Symbol),
    /// What no token begins with, or what does not end.
    Invalid(LexProblem),
    /// The end of the text.
    End,
}

macro_rules! symbols {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Signs and brackets.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Symbol { $($(#[$doc])* $name,)* }

        impl Symbol {
            /// How it is written.
            pub fn as_str(self) -> &'static str {
                match self { $(Symbol::$name => $text,)* }
            }
        }
    };
}

symbols! {
    LeftParen = "(",
    RightParen = ")",
    LeftBracket = "[",
    RightBracket = "]",
    LeftBrace = "{",
    /// `{d`, before a date.
    LeftBraceD = "{d",
    /// `{t`, before a time.
    LeftBraceT = "{t",
    /// `{ts`, before a timestamp.
    LeftBraceTs = "{ts",
    /// `{fn`, before a call.
    LeftBraceFn = "{fn",
    RightBrace = "}",
    Semicolon = ";",
    Comma = ",",
    Dot = ".",
    DoubleDot = "..",
    Colon = ":",
    Question = "?",
    Equal = "=",
    NotEqual = "<>",
    BangEqual = "!=",
    Less = "<",
    LessOrEqual = "<=",
    Greater = ">",
    GreaterOrEqual = ">=",
    Arrow = "=>",
    Plus = "+",
    Minus = "-",
    Star = "*",
    Slash = "/",
    Percent = "%",
    Concat = "||",
    Bar = "|",
    Caret = "^",
    Dollar = "$",
    HintStart = "/*+",
    HintEnd = "*/",
}

/// Why a stretch of text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexProblem {
    UnterminatedString,
    UnterminatedName,
    UnterminatedComment,
    EmptyName,
    DoubleQuote,
    Character,
}

impl LexProblem {
    /// Whether more text could make a token of it.
    pub fn is_unterminated(self) -> bool {
        matches!(self, Self::UnterminatedString | Self::UnterminatedName | Self::UnterminatedComment)
    }
}
