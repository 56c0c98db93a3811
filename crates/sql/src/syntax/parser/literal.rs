//! Literals, intervals and time units.

use super::super::ast::{
    BinaryLiteral, DatetimeKind, DatetimeLiteral, IntervalFields, IntervalLiteral, IntervalQualifier,
    Literal, NumberForm, NumberLiteral, Sign, Span, StringLiteral, TimeUnit,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::name::inner;
use super::{Expected, Parse, Parser};
use crate::syntax::datetime;

const STRING: Expected = Expected::Kind("a string");
const NUMBER: Expected = Expected::Kind("a number");

impl Parser<'_> {
    // Numbers.

    /// An unsigned number.
    pub(super) fn number(&mut self) -> Parse<NumberLiteral> {
        let token = self.nth(0);
        let form = match token.kind {
            TokenKind::Integer => NumberForm::Integer,
            TokenKind::Decimal => NumberForm::Decimal,
            TokenKind::Approximate => NumberForm::Approximate,
            _ => {
                self.want(NUMBER);
                return self.unexpected();
            }
        };
        self.bump();
        let text = self.text_of(token.span).to_owned();
        let exponent = text.split_once(['e', 'E']).map_or("0", |(_, exponent)| exponent);
        if !exponent.parse::<i32>().is_ok_and(|n| n > i32::MIN) {
            return self.refuse(token.span, format!("the exponent of {text} is out of range"), None);
        }
        Ok(NumberLiteral { text, form })
    }

    /// Whether an unsigned number stands here.
    pub(super) fn at_number(&mut self) -> bool {
        matches!(self.kind(), TokenKind::Integer | TokenKind::Decimal | TokenKind::Approximate)
    }

    /// A non-negative integer that fits Java's `int`: precisions, lengths, counts.
    pub(super) fn unsigned_int(&mut self) -> Parse<u32> {
        let token = self.nth(0);
        if token.kind != TokenKind::Integer {
            self.want(NUMBER);
            return self.unexpected();
        }
        self.bump();
        match self.text_of(token.span).parse::<i32>().ok().and_then(|n| u32::try_from(n).ok()) {
            Some(number) => Ok(number),
            None => self.refuse(
                token.span,
                format!("{} is too great a number here", self.text_of(token.span)),
                None,
            ),
        }
    }

    // Strings.

    /// Whether any string literal begins here.
    pub(super) fn at_string_literal(&mut self) -> bool {
        matches!(
            self.kind(),
            TokenKind::String
                | TokenKind::PrefixedString
                | TokenKind::UnicodeString
                | TokenKind::EscapedString
                | TokenKind::BinaryString
        )
    }

    /// A plain string, `'…'`: one piece, no prefix.
    pub(super) fn plain_string(&mut self) -> Parse<StringLiteral> {
        let token = self.nth(0);
        if token.kind != TokenKind::String {
            self.want(STRING);
            return self.unexpected();
        }
        self.bump();
        Ok(StringLiteral { value: unquoted(self.text_of(token.span)), charset: None })
    }

    /// A character string of any form; pieces behind one another are joined.
    pub(super) fn string(&mut self) -> Parse<StringLiteral> {
        let token = self.nth(0);
        let text = self.text_of(token.span);
        match token.kind {
            TokenKind::String => {
                self.bump();
                let value = self.string_pieces(unquoted(text));
                self.refuse_uescape()?;
                Ok(StringLiteral { value, charset: None })
            }
            TokenKind::PrefixedString => {
                self.bump();
                let quote = text.find('\'').unwrap_or(0);
                let name = text.get(..quote).unwrap_or("").trim_start_matches('_');
                // `N'…'` is Calcite's national character set.
                let charset =
                    if text.starts_with('_') { name.to_ascii_uppercase() } else { "ISO-8859-1".to_owned() };
                if !known_charset(&charset) {
                    return self.refuse(token.span, format!("unknown character set '{name}'"), None);
                }
                let value = self.string_pieces(unquoted(text.get(quote..).unwrap_or("")));
                self.refuse_uescape()?;
                if matches!(charset.as_str(), "LATIN1" | "ISO-8859-1") && value.chars().any(|c| c > '\u{ff}')
                {
                    return self.refuse(
                        token.span,
                        format!("a string with characters that {charset} has not"),
                        None,
                    );
                }
                Ok(StringLiteral { value, charset: Some(charset) })
            }
            TokenKind::UnicodeString => {
                self.bump();
                let mut pieces = vec![unquoted(text.get(2..).unwrap_or(""))];
                while self.kind() == TokenKind::String {
                    let piece = self.bump().span;
                    pieces.push(unquoted(self.text_of(piece)));
                }
                let escape = self.uescape()?.unwrap_or('\\');
                let mut value = String::new();
                for piece in pieces {
                    match unescape_unicode(&piece, escape) {
                        Ok(decoded) => value.push_str(&decoded),
                        Err(problem) => return self.refuse(token.span, problem, None),
                    }
                }
                Ok(StringLiteral { value, charset: Some("UTF16".to_owned()) })
            }
            TokenKind::EscapedString => {
                self.bump();
                match unescape_c(&inner(text, 2).replace("''", "'")) {
                    Ok(value) => Ok(StringLiteral { value, charset: Some("UTF16".to_owned()) }),
                    Err(problem) => self.refuse(token.span, problem, None),
                }
            }
            _ => {
                self.want(STRING);
                self.unexpected()
            }
        }
    }

    /// What stands in the strings right behind a string.
    fn string_pieces(&mut self, mut value: String) -> String {
        while self.kind() == TokenKind::String {
            let piece = self.bump().span;
            value.push_str(&unquoted(self.text_of(piece)));
        }
        value
    }

    /// `UESCAPE 'c'`: which character escapes.
    pub(super) fn uescape(&mut self) -> Parse<Option<char>> {
        if !self.eat(K::UESCAPE) {
            return Ok(None);
        }
        let span = self.nth(0).span;
        let escape = self.plain_string()?.value;
        let mut chars = escape.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii_hexdigit() || c.is_whitespace() || matches!(c, '+' | '"') => self.refuse(
                span,
                format!("UESCAPE '{escape}' may not be a hexadecimal digit, white space, a plus sign or a double quote"),
                None,
            ),
            (Some(c), None) if c.len_utf16() == 1 => Ok(Some(c)),
            _ => self.refuse(span, format!("UESCAPE '{escape}' must be exactly one character"), None),
        }
    }

    fn refuse_uescape(&mut self) -> Parse<()> {
        if self.nth_is(0, K::UESCAPE) && self.nth_kind(1) == TokenKind::String {
            let span = self.nth(0).span;
            return self.refuse(span, "UESCAPE belongs behind a U&'…' string only", None);
        }
        Ok(())
    }

    /// `X'…'`, with the pieces behind it.
    fn binary(&mut self) -> Parse<Literal> {
        let mut digits = String::new();
        let token = self.bump();
        let mut piece = (token.span, inner(self.text_of(token.span), 2));
        loop {
            if !piece.1.bytes().all(|b| b.is_ascii_hexdigit()) {
                return self.refuse(piece.0, "a binary string holds the digits 0 to 9 and A to F only", None);
            }
            digits.push_str(piece.1);
            if self.kind() != TokenKind::String {
                return Ok(Literal::Binary(BinaryLiteral { digits: digits.to_ascii_uppercase() }));
            }
            let span = self.bump().span;
            piece = (span, inner(self.text_of(span), 1));
        }
    }

    // Dates and times.

    /// A literal that is neither a number nor an interval, if one begins here.
    pub(super) fn literal_opt(&mut self) -> Parse<Option<Literal>> {
        if self.at_number() {
            return self.number().map(|number| Some(Literal::Number(number)));
        }
        let literal = match self.kind() {
            TokenKind::BinaryString => return self.binary().map(Some),
            TokenKind::Keyword(K::TRUE) => Literal::Boolean(true),
            TokenKind::Keyword(K::FALSE) => Literal::Boolean(false),
            TokenKind::Keyword(K::UNKNOWN) => Literal::Unknown,
            TokenKind::Keyword(K::NULL) => Literal::Null,
            TokenKind::Symbol(Symbol::LeftBraceD) => return self.jdbc_datetime(DatetimeKind::Date),
            TokenKind::Symbol(Symbol::LeftBraceT) => return self.jdbc_datetime(DatetimeKind::Time),
            TokenKind::Symbol(Symbol::LeftBraceTs) => return self.jdbc_datetime(DatetimeKind::Timestamp),
            TokenKind::Keyword(word @ (K::DATE | K::TIME | K::TIMESTAMP | K::DATETIME)) => {
                let kind = match word {
                    K::DATE => DatetimeKind::Date,
                    K::TIME => DatetimeKind::Time,
                    K::DATETIME => DatetimeKind::Datetime,
                    _ if self.nth_is(1, K::WITH) => DatetimeKind::TimestampLtz,
                    _ => DatetimeKind::Timestamp,
                };
                if self.nth_is_symbol(1, Symbol::LeftParen) {
                    return Ok(None);
                }
                self.bump();
                if kind == DatetimeKind::TimestampLtz {
                    self.expect_all(&[K::WITH, K::LOCAL, K::TIME, K::ZONE])?;
                }
                let value = self.plain_string()?.value;
                return Ok(Some(Literal::Datetime(DatetimeLiteral { kind, value })));
            }
            _ if self.at_string_literal() => {
                return self.string().map(|string| Some(Literal::String(string)));
            }
            _ => return Ok(None),
        };
        self.bump();
        Ok(Some(literal))
    }

    /// `{d '…'}` and its like, whose strings are checked here already.
    fn jdbc_datetime(&mut self, kind: DatetimeKind) -> Parse<Option<Literal>> {
        let start = self.bump().span.start;
        let value = self.plain_string()?.value;
        self.expect_symbol(Symbol::RightBrace)?;
        let (valid, what, format) = match kind {
            DatetimeKind::Date => (datetime::is_date(&value), "DATE", "yyyy-MM-dd"),
            DatetimeKind::Time => (datetime::is_time(&value), "TIME", "HH:mm:ss"),
            _ => (datetime::is_timestamp(&value), "TIMESTAMP", "yyyy-MM-dd HH:mm:ss"),
        };
        if !valid {
            return self.refuse(
                self.span_from(start),
                format!("illegal {what} literal '{value}': not in format '{format}'"),
                None,
            );
        }
        Ok(Some(Literal::Datetime(DatetimeLiteral { kind, value })))
    }

    // Intervals.

    /// The rest of `INTERVAL [sign] '…' qualifier`, whose string comes next; `start` is where INTERVAL stood.
    pub(super) fn interval_literal(&mut self, start: u32, sign: Sign) -> Parse<IntervalLiteral> {
        let value = self.plain_string()?.value;
        let qualifier = self.interval_qualifier()?;
        if value.is_empty() {
            return self.refuse(self.span_from(start), "an interval without a value", None);
        }
        Ok(IntervalLiteral { sign, value, qualifier })
    }

    /// The sign behind INTERVAL.
    pub(super) fn interval_sign(&mut self) -> Sign {
        if self.eat_symbol(Symbol::Minus) {
            Sign::Minus
        } else {
            self.eat_symbol(Symbol::Plus);
            Sign::Plus
        }
    }

    /// Whether an interval qualifier begins here.
    pub(super) fn at_interval_qualifier(&mut self) -> bool {
        matches!(self.kind(), TokenKind::Keyword(word) if interval_unit(word).is_some())
    }

    /// `DAY(3) TO SECOND(6)`.
    pub(super) fn interval_qualifier(&mut self) -> Parse<IntervalQualifier> {
        self.qualifier(true)
    }

    /// `DAY(3)`: without TO, behind an interval whose value is an expression.
    pub(super) fn interval_qualifier_start(&mut self) -> Parse<IntervalQualifier> {
        self.qualifier(false)
    }

    fn qualifier(&mut self, range: bool) -> Parse<IntervalQualifier> {
        use IntervalFields as F;
        let begin = self.nth(0);
        let unit = match begin.kind {
            TokenKind::Keyword(word) => interval_unit(word),
            _ => None,
        };
        let Some(unit) = unit else {
            self.want(Expected::Kind("a unit of time"));
            return self.unexpected();
        };
        self.bump();
        let mut fields = unit;
        let mut fraction_precision = None;
        let leading_precision = if unit == F::Second {
            let mut leading = None;
            if self.eat_symbol(Symbol::LeftParen) {
                leading = Some(self.unsigned_int()?);
                if self.eat_symbol(Symbol::Comma) {
                    fraction_precision = Some(self.unsigned_int()?);
                }
                self.expect_symbol(Symbol::RightParen)?;
            }
            leading
        } else {
            self.precision()?
        };
        if range && self.is(K::TO) {
            let end = match self.nth_kind(1) {
                TokenKind::Keyword(word) => interval_unit(word),
                _ => None,
            };
            let both = match (unit, end) {
                (F::Year, Some(F::Month)) => Some(F::YearToMonth),
                (F::Day, Some(F::Hour)) => Some(F::DayToHour),
                (F::Day, Some(F::Minute)) => Some(F::DayToMinute),
                (F::Day, Some(F::Second)) => Some(F::DayToSecond),
                (F::Hour, Some(F::Minute)) => Some(F::HourToMinute),
                (F::Hour, Some(F::Second)) => Some(F::HourToSecond),
                (F::Minute, Some(F::Second)) => Some(F::MinuteToSecond),
                _ => None,
            };
            if let Some(both) = both {
                self.at += 2;
                fields = both;
                if end == Some(F::Second) {
                    fraction_precision = self.precision()?;
                }
            }
        }
        Ok(IntervalQualifier {
            fields,
            leading_precision,
            fraction_precision,
            span: self.span_from(begin.span.start),
        })
    }

    /// `(n)`, if it stands here.
    pub(super) fn precision(&mut self) -> Parse<Option<u32>> {
        if !self.eat_symbol(Symbol::LeftParen) {
            return Ok(None);
        }
        let precision = self.unsigned_int()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Some(precision))
    }

    /// A unit of time, or a name in its place.
    pub(super) fn time_unit(&mut self) -> Parse<TimeUnit> {
        if let Some(unit) = self.builtin_time_unit()? {
            return Ok(unit);
        }
        self.want(Expected::Kind("a unit of time"));
        Ok(TimeUnit::Named(self.ident()?.value))
    }

    /// A unit of time, if one stands here.
    pub(super) fn builtin_time_unit(&mut self) -> Parse<Option<TimeUnit>> {
        let TokenKind::Keyword(word) = self.kind() else { return Ok(None) };
        let unit = match word {
            K::NANOSECOND => TimeUnit::Nanosecond,
            K::MICROSECOND => TimeUnit::Microsecond,
            K::MILLISECOND => TimeUnit::Millisecond,
            K::SECOND => TimeUnit::Second,
            K::MINUTE => TimeUnit::Minute,
            K::HOUR => TimeUnit::Hour,
            K::DAY => TimeUnit::Day,
            K::DOW => TimeUnit::DayOfWeek,
            K::DOY => TimeUnit::DayOfYear,
            K::ISODOW => TimeUnit::IsoDayOfWeek,
            K::ISOYEAR => TimeUnit::IsoYear,
            K::WEEK => TimeUnit::Week,
            K::MONTH => TimeUnit::Month,
            K::QUARTER => TimeUnit::Quarter,
            K::YEAR => TimeUnit::Year,
            K::EPOCH => TimeUnit::Epoch,
            K::DECADE => TimeUnit::Decade,
            K::CENTURY => TimeUnit::Century,
            K::MILLENNIUM => TimeUnit::Millennium,
            _ => return Ok(None),
        };
        self.bump();
        if word == K::WEEK
            && self.nth_is_symbol(0, Symbol::LeftParen)
            && let TokenKind::Keyword(
                day @ (K::SUNDAY
                | K::MONDAY
                | K::TUESDAY
                | K::WEDNESDAY
                | K::THURSDAY
                | K::FRIDAY
                | K::SATURDAY),
            ) = self.nth_kind(1)
        {
            self.at += 2;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(Some(TimeUnit::WeekStarting(day.as_str().to_owned())));
        }
        Ok(Some(unit))
    }

    /// The place of the last token taken.
    pub(super) fn last_span(&self) -> Span {
        self.at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(Span::new(0, 0), |token| token.span)
    }
}

/// The unit that a word, singular or plural, means in an interval.
fn interval_unit(word: K) -> Option<IntervalFields> {
    Some(match word {
        K::YEAR | K::YEARS => IntervalFields::Year,
        K::QUARTER | K::QUARTERS => IntervalFields::Quarter,
        K::MONTH | K::MONTHS => IntervalFields::Month,
        K::WEEK | K::WEEKS => IntervalFields::Week,
        K::DAY | K::DAYS => IntervalFields::Day,
        K::HOUR | K::HOURS => IntervalFields::Hour,
        K::MINUTE | K::MINUTES => IntervalFields::Minute,
        K::SECOND | K::SECONDS => IntervalFields::Second,
        _ => return None,
    })
}

/// What stands between single quotes.
fn unquoted(text: &str) -> String {
    inner(text, 1).replace("''", "'")
}

/// The character sets that Flink's parser takes before a string.
fn known_charset(name: &str) -> bool {
    matches!(
        name,
        "LATIN1"
            | "ISO-8859-1"
            | "UTF8"
            | "UTF-8"
            | "UTF16"
            | "UTF-16"
            | "UTF-16LE"
            | "UTF-16BE"
            | "GBK"
            | "GB2312"
            | "BIG5"
    )
}

/// Resolves `\0041` and `\+000041`, where the escape character may be another; doubled it is itself.
pub(super) fn unescape_unicode(text: &str, escape: char) -> Result<String, String> {
    let malformed =
        |at: usize| format!("the Unicode escape at character {at} is not exactly four hexadecimal digits");
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        if c != escape {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        } else if chars.get(at) == Some(&escape) {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            at += 1;
        } else {
            let digits: String = chars.get(at..at + 4).ok_or_else(|| malformed(at - 1))?.iter().collect();
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(malformed(at - 1));
            }
            units.push(u16::from_str_radix(&digits, 16).map_err(|_| malformed(at - 1))?);
            at += 4;
        }
    }
    String::from_utf16(&units).map_err(|_| "a Unicode escape for half of a surrogate pair".to_owned())
}

/// Resolves the escapes of `E'…'`: `\n`, `\101`, `\x41`, `\u0041`, ….
fn unescape_c(text: &str) -> Result<String, String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let digits = |from: usize, most: usize, radix: u32| {
        chars
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take(most)
            .take_while(|c| c.is_digit(radix))
            .collect::<String>()
    };
    while let Some(&c) = chars.get(at) {
        at += 1;
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let Some(&kind) = chars.get(at) else {
            units.push(u16::from(b'\\'));
            break;
        };
        at += 1;
        let (taken, radix) = match kind {
            'b' => (Err(0x08), 0),
            'f' => (Err(0x0c), 0),
            'n' => (Err(0x0a), 0),
            'r' => (Err(0x0d), 0),
            't' => (Err(0x09), 0),
            'x' => (Ok((at, digits(at, 2, 16))), 16),
            'u' => (Ok((at, digits(at, 4, 16))), 16),
            'U' => (Ok((at, digits(at, 8, 16))), 16),
            '0'..='7' => (Ok((at - 1, digits(at - 1, 3, 8))), 8),
            other => {
                units.extend_from_slice(other.encode_utf16(&mut [0; 2]));
                continue;
            }
        };
        match taken {
            Err(unit) => units.push(unit),
            Ok((from, digits)) => {
                let wanted = match kind {
                    'u' => 4,
                    'U' => 8,
                    _ => 1,
                };
                if digits.len() < wanted {
                    if kind == 'x' {
                        units.push(u16::from(b'x'));
                        continue;
                    }
                    return Err(format!("the Unicode escape at character {} is malformed", from - 2));
                }
                let code = u32::from_str_radix(&digits, radix).unwrap_or(u32::MAX);
                match (u16::try_from(code), char::from_u32(code)) {
                    (Ok(unit), _) => units.push(unit),
                    (_, Some(c)) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
                    _ => return Err(format!("the Unicode escape at character {} is malformed", from - 2)),
                }
                at = from + digits.len();
            }
        }
    }
    String::from_utf16(&units).map_err(|_| "a Unicode escape for half of a surrogate pair".to_owned())
}
