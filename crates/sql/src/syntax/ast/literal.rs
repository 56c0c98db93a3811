//! Literals, and the time units and interval qualifiers that go with them.

use super::Span;

/// A constant written in the text. Dates, times and timestamps were checked while parsing, as Flink does.
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
    Binary(Vec<u8>),
    /// `DATE '…'`, `{d '…'}`.
    Date(DateValue),
    /// `TIME '…'`, `{t '…'}`.
    Time(TimeValue),
    /// `TIMESTAMP '…'`, `{ts '…'}`.
    Timestamp(TimestampValue),
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
    /// The collation of a `COLLATE` behind the literal.
    pub collation: Option<String>,
}

/// A calendar date. The day is checked against its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateValue {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeValue {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Nanosecond of the second.
    pub nanosecond: u32,
    /// How many fraction digits were written, 0 to 9: the precision of the literal's type.
    pub precision: u8,
}

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampValue {
    /// The date.
    pub date: DateValue,
    /// The time of day; the literal's precision is its precision.
    pub time: TimeValue,
    /// Whether it was written with `WITH LOCAL TIME ZONE`.
    pub local_zone: bool,
}

/// `INTERVAL [-] 'value' qualifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalLiteral {
    /// The sign before the string.
    pub sign: Sign,
    /// The string: fields separated as the qualifier says, perhaps with a sign of its own. The parser does not check it (Flink's does not either).
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
