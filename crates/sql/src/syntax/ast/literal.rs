//! Literals, and the time units and interval qualifiers that go with them.

use super::Span;

/// A constant written in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// `UNKNOWN`: the null BOOLEAN.
    Unknown,
    /// An unsigned number; a sign is an operator.
    Number(NumberLiteral),
    /// A character string.
    String(StringLiteral),
    /// `X'…'`: bytes.
    Binary(BinaryLiteral),
    /// `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`, `{d '…'}`, ….
    Datetime(DatetimeLiteral),
    /// `INTERVAL '…' DAY TO SECOND`.
    Interval(IntervalLiteral),
}

/// An unsigned numeric literal as written: `42`, `1.50`, `.5`, `1e10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberLiteral {
    /// The digits as written.
    pub text: String,
    /// Which kind of number they write.
    pub form: NumberForm,
}

/// The three ways to write a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberForm {
    /// Digits only: exact, scale 0.
    Integer,
    /// Digits with a decimal point: exact.
    Decimal,
    /// With an exponent: approximate (DOUBLE).
    Approximate,
}

/// A character string literal, decoded: quotes undoubled, adjacent pieces joined, Unicode escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringLiteral {
    /// The characters.
    pub value: String,
    /// The character set of `_charset'…'` or `N'…'`, upper case.
    pub charset: Option<String>,
}

/// A binary string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryLiteral {
    /// Its hexadecimal digits, upper case. As in Flink, an odd number of them is not the parser's to refuse.
    pub digits: String,
}

impl BinaryLiteral {
    /// The bytes; none if the number of digits is odd.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let pairs = self.digits.as_bytes().chunks(2);
        pairs
            .map(|pair| match pair {
                [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
                _ => None,
            })
            .collect()
    }
}

/// A date, time or timestamp literal. As in Flink the parser does not look into the string (except in the `{d '…'}` forms, whose
/// strings it refuses when they are malformed); the binder does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatetimeLiteral {
    /// Which type.
    pub kind: DatetimeKind,
    /// What stands between the quotes.
    pub value: String,
}

/// The types of date and time literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatetimeKind {
    /// `DATE '…'`, `{d '…'}`.
    Date,
    /// `TIME '…'`, `{t '…'}`.
    Time,
    /// `TIMESTAMP '…'`, `{ts '…'}`.
    Timestamp,
    /// `DATETIME '…'`: accepted by the grammar, refused by validation.
    Datetime,
    /// `TIMESTAMP WITH LOCAL TIME ZONE '…'`.
    TimestampLtz,
}

/// `INTERVAL [-] 'value' qualifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalLiteral {
    /// The sign before the string.
    pub sign: Sign,
    /// The string: fields separated as the qualifier says, perhaps with a sign of its own. Not empty; otherwise the binder's to check.
    pub value: String,
    /// Which fields the string holds.
    pub qualifier: IntervalQualifier,
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `+` or nothing.
    Plus,
    /// `-`.
    Minus,
}

/// `DAY(3) TO SECOND(6)`, `YEAR TO MONTH`, `HOUR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalQualifier {
    /// The fields.
    pub fields: IntervalFields,
    /// Precision of the leading field, if written.
    pub leading_precision: Option<u32>,
    /// Precision of the fraction of a second, if written.
    pub fraction_precision: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

/// The combinations of fields that Flink's grammar allows in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum IntervalFields {
    Year,
    YearToMonth,
    Quarter,
    Month,
    Week,
    Day,
    DayToHour,
    DayToMinute,
    DayToSecond,
    Hour,
    HourToMinute,
    HourToSecond,
    Minute,
    MinuteToSecond,
    Second,
}

/// A unit of time in `EXTRACT`, `FLOOR(… TO …)`, `TIMESTAMPADD`, ….
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum TimeUnit {
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    DayOfWeek,
    DayOfYear,
    IsoDayOfWeek,
    IsoYear,
    Week,
    /// `WEEK(MONDAY)`: weeks that begin on that day; the day's name in upper case.
    WeekStarting(String),
    Month,
    Quarter,
    Year,
    Epoch,
    Decade,
    Century,
    Millennium,
    /// A name the grammar takes where a unit may be defined by the session; validation decides.
    Named(String),
}
