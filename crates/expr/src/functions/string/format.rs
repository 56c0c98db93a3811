//! Java's format strings: parsed once, written for each row.

use crate::error::{Error, Result};
use crate::text::{write_double, write_float};

/// The greatest width and precision of a specifier: longer results are refused.
const WIDTH_MAX: usize = 1 << 16;

/// A value that a specifier formats.
#[derive(Clone, Debug)]
pub(super) enum Argument<'a> {
    Null,
    Boolean(bool),
    /// And how many bits its type has.
    Integer(i64, u32),
    Float(f32),
    Double(f64),
    Text(&'a str),
    /// Something that only prints itself.
    Object(String),
    /// Something of this type that Flink prints by its place in memory.
    Opaque(String),
}

/// A parsed format.
#[derive(Debug)]
pub(super) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    Specifier(Specifier),
}

#[derive(Clone, Debug, Default)]
struct Specifier {
    argument: Which,
    left: bool,
    alternate: bool,
    plus: bool,
    space: bool,
    zeros: bool,
    grouped: bool,
    parentheses: bool,
    width: Option<usize>,
    precision: Option<usize>,
    upper: bool,
    conversion: char,
}

/// Which argument a specifier formats.
#[derive(Clone, Copy, Debug, Default)]
enum Which {
    #[default]
    Next,
    Previous,
    /// From 1.
    Number(usize),
}

impl Format {
    /// Parses a format: `None` where Java refuses it.
    pub(super) fn parse(text: &str) -> Result<Option<Self>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            let Some((specifier, after)) = Specifier::parse(after)? else { return Ok(None) };
            pieces.push(Piece::Specifier(specifier));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Some(Self { pieces }))
    }

    /// Writes it with the values: `None` where Java throws an exception.
    pub(super) fn write(&self, arguments: &[Argument<'_>], out: &mut String) -> Result<Option<()>> {
        let (mut next, mut previous) = (0, None);
        for piece in &self.pieces {
            let specifier = match piece {
                Piece::Literal(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Specifier(specifier) => specifier,
            };
            if matches!(specifier.conversion, '%' | 'n') {
                specifier.pad(if specifier.conversion == '%' { "%" } else { "\n" }, out);
                continue;
            }
            let index = match specifier.argument {
                Which::Next => {
                    next += 1;
                    Some(next - 1)
                }
                Which::Previous => previous,
                Which::Number(number) => number.checked_sub(1),
            };
            previous = index;
            let Some(argument) = index.and_then(|index| arguments.get(index)) else { return Ok(None) };
            let Some(text) = specifier.text(argument)? else { return Ok(None) };
            let text = if specifier.upper { text.to_uppercase() } else { text };
            specifier.pad(&text, out);
        }
        Ok(Some(()))
    }
}

impl Specifier {
    /// Parses what follows a `%`.
    fn parse(mut text: &str) -> Result<Option<(Self, &str)>> {
        let mut specifier = Self::default();
        if let Some((number, after)) = text.split_once('$')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            let Ok(number) = number.parse() else { return Ok(None) };
            specifier.argument = Which::Number(number);
            text = after;
        }
        if let Some(after) = text.strip_prefix('<') {
            specifier.argument = Which::Previous;
            text = after;
        }
        while let Some(character) = text.chars().next() {
            let flag = match character {
                '-' => &mut specifier.left,
                '#' => &mut specifier.alternate,
                '+' => &mut specifier.plus,
                ' ' => &mut specifier.space,
                '0' => &mut specifier.zeros,
                ',' => &mut specifier.grouped,
                '(' => &mut specifier.parentheses,
                _ => break,
            };
            if std::mem::replace(flag, true) {
                return Ok(None);
            }
            text = text.get(1..).unwrap_or_default();
        }
        let Some((width, after)) = number(text) else { return Ok(None) };
        specifier.width = width;
        text = after;
        if let Some(after) = text.strip_prefix('.') {
            let Some((Some(precision), after)) = number(after) else { return Ok(None) };
            specifier.precision = Some(precision);
            text = after;
        }
        let Some(conversion) = text.chars().next() else { return Ok(None) };
        if specifier.width.into_iter().chain(specifier.precision).any(|number| number > WIDTH_MAX) {
            return Err(Error::unsupported(format!("widths and precisions of formats beyond {WIDTH_MAX}")));
        }
        if matches!(conversion, 'h' | 'H' | 'a' | 'A' | 't' | 'T') {
            return Err(Error::unsupported(format!("the format specifier %{conversion}")));
        }
        specifier.upper = matches!(conversion, 'B' | 'S' | 'C' | 'X' | 'E' | 'G');
        specifier.conversion = if specifier.upper { conversion.to_ascii_lowercase() } else { conversion };
        let good = match specifier.conversion {
            's' | 'b' => {
                !(specifier.plus
                    || specifier.space
                    || specifier.zeros
                    || specifier.grouped
                    || specifier.parentheses
                    || specifier.alternate)
            }
            'c' => specifier.precision.is_none() && !specifier.any_number_flag() && !specifier.alternate,
            'd' => specifier.precision.is_none() && !specifier.alternate,
            'x' | 'o' => {
                specifier.precision.is_none()
                    && !(specifier.plus || specifier.space || specifier.grouped || specifier.parentheses)
            }
            'f' => !specifier.alternate || specifier.precision != Some(0),
            'e' => !specifier.grouped,
            'g' => !specifier.alternate,
            '%' => specifier.precision.is_none(),
            'n' => specifier.precision.is_none() && specifier.width.is_none() && !specifier.left,
            _ => false,
        };
        let padded = specifier.left || specifier.zeros;
        let contradicts = specifier.left && specifier.zeros
            || specifier.plus && specifier.space
            || padded && specifier.width.is_none();
        Ok((good && !contradicts).then(|| (specifier, text.get(conversion.len_utf8()..).unwrap_or_default())))
    }

    fn any_number_flag(&self) -> bool {
        self.plus || self.space || self.zeros || self.grouped || self.parentheses
    }

    /// The text of an argument, not padded, except with zeros.
    fn text(&self, argument: &Argument<'_>) -> Result<Option<String>> {
        if let Argument::Null = argument {
            let text = if self.conversion == 'b' { "false" } else { "null" };
            return Ok(Some(self.cut(text)));
        }
        Ok(match (self.conversion, argument) {
            ('s', Argument::Opaque(data_type)) => {
                return Err(Error::unsupported(format!(
                    "%s of a value of type {data_type}; cast it to STRING"
                )));
            }
            ('s', argument) => Some(self.cut(&printed(argument))),
            ('b', Argument::Boolean(value)) => Some(self.cut(if *value { "true" } else { "false" })),
            ('b', _) => Some(self.cut("true")),
            ('c', Argument::Integer(code, bits)) if *bits < 64 => {
                u32::try_from(*code).ok().and_then(char::from_u32).map(String::from)
            }
            ('d', Argument::Integer(value, _)) => {
                Some(self.signed(*value < 0, &value.unsigned_abs().to_string()))
            }
            ('x' | 'o', Argument::Integer(value, bits)) => Some(self.unsigned(*value, *bits)),
            ('f' | 'e' | 'g', Argument::Float(value)) => Some(self.real(f64::from(*value))),
            ('f' | 'e' | 'g', Argument::Double(value)) => Some(self.real(*value)),
            _ => None,
        })
    }

    /// The text, cut to the precision.
    fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        }
    }

    fn unsigned(&self, value: i64, bits: u32) -> String {
        let value = value.cast_unsigned() & (u64::MAX >> (64 - bits));
        let (prefix, digits) = match self.conversion {
            'x' => ("0x", format!("{value:x}")),
            _ => ("0", format!("{value:o}")),
        };
        let prefix = if self.alternate { prefix } else { "" };
        let width = self.width.filter(|_| self.zeros).unwrap_or(0).saturating_sub(prefix.len());
        format!("{prefix}{digits:0>width$}")
    }

    fn real(&self, value: f64) -> String {
        if !value.is_finite() {
            let text = if value.is_nan() { "NaN" } else { "Infinity" };
            return match (value < 0.0, self.parentheses, self.plus) {
                (true, true, _) => format!("({text})"),
                (true, false, _) => format!("-{text}"),
                (false, _, true) if !value.is_nan() => format!("+{text}"),
                _ => text.to_owned(),
            };
        }
        let precision = self.precision.unwrap_or(6);
        let digits = Digits::of(value.abs());
        let text = match self.conversion {
            'f' => digits.fixed(precision),
            'e' => digits.scientific(precision),
            _ => {
                let precision = precision.max(1);
                let exponent = digits.clone().rounded(precision).exponent();
                match exponent {
                    Some(exponent)
                        if exponent < -4 || exponent >= i32::try_from(precision).unwrap_or(i32::MAX) =>
                    {
                        digits.scientific(precision - 1)
                    }
                    exponent => {
                        let whole = exponent.unwrap_or(0).saturating_add(1);
                        let fraction = i32::try_from(precision).unwrap_or(i32::MAX).saturating_sub(whole);
                        digits.fixed(usize::try_from(fraction).unwrap_or(0))
                    }
                }
            }
        };
        let text = if self.alternate && !text.contains('.') { format!("{text}.") } else { text };
        self.signed(value.is_sign_negative(), &text)
    }

    /// A number without its sign, with the sign, groups and zeros that the flags ask for.
    fn signed(&self, negative: bool, number: &str) -> String {
        let (whole, rest) = number.split_at(number.find(['.', 'e']).unwrap_or(number.len()));
        let mut digits = String::with_capacity(number.len() + 8);
        for (index, digit) in whole.chars().enumerate() {
            if self.grouped && index > 0 && (whole.len() - index) % 3 == 0 {
                digits.push(',');
            }
            digits.push(digit);
        }
        digits.push_str(rest);
        let (before, after) = match (negative, self.parentheses, self.plus, self.space) {
            (true, true, _, _) => ("(", ")"),
            (true, false, _, _) => ("-", ""),
            (false, _, true, _) => ("+", ""),
            (false, _, false, true) => (" ", ""),
            _ => ("", ""),
        };
        let width = self.width.filter(|_| self.zeros).unwrap_or(0).saturating_sub(before.len() + after.len());
        format!("{before}{digits:0>width$}{after}")
    }

    fn pad(&self, text: &str, out: &mut String) {
        let width = self.width.unwrap_or(0);
        let padding = width.saturating_sub(super::utf16::length(text));
        let spaces = std::iter::repeat_n(' ', padding);
        if self.left {
            out.push_str(text);
            out.extend(spaces);
        } else {
            out.extend(spaces);
            out.push_str(text);
        }
    }
}

/// A number at the start of `text`, if there is one, and what follows; `None` where it is too large.
fn number(text: &str) -> Option<(Option<usize>, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    match digits {
        "" => Some((None, rest)),
        _ => Some((Some(digits.parse().ok()?), rest)),
    }
}

/// What the value prints without a width or precision.
pub(super) fn printed(argument: &Argument<'_>) -> String {
    let mut text = String::new();
    match argument {
        Argument::Null => text.push_str("null"),
        Argument::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Argument::Integer(value, _) => text.push_str(&value.to_string()),
        Argument::Float(value) => write_float(*value, &mut text),
        Argument::Double(value) => write_double(*value, &mut text),
        Argument::Text(value) => text.push_str(value),
        Argument::Object(value) | Argument::Opaque(value) => text.push_str(value),
    }
    text
}

/// A number as Java rounds it: its shortest decimal digits, as 0.d₁d₂… times a power of ten.
#[derive(Clone, Debug)]
struct Digits {
    digits: Vec<u8>,
    power: i32,
}

impl Digits {
    fn of(value: f64) -> Self {
        // Java's digits are not always the shortest: the least number is 4.9E-324 there.
        let mut text = format!("{value:e}");
        if value.is_subnormal() {
            text.clear();
            write_double(value, &mut text);
            text.make_ascii_lowercase();
        }
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        let power = exponent.parse::<i32>().unwrap_or(0) + 1;
        if digits.iter().all(|digit| *digit == 0) {
            Self { digits: Vec::new(), power: 0 }
        } else {
            Self { digits, power }
        }
    }

    /// With `count` digits, rounded half up.
    fn rounded(mut self, count: usize) -> Self {
        let up = self.digits.get(count).is_some_and(|digit| *digit >= 5);
        self.digits.truncate(count);
        if up {
            let nines = self.digits.iter().rev().take_while(|digit| **digit == 9).count();
            self.digits.truncate(self.digits.len() - nines);
            match self.digits.last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.digits.push(1);
                    self.power += 1;
                }
            }
        }
        self
    }

    /// The exponent of the first digit; `None` for zero.
    fn exponent(&self) -> Option<i32> {
        (!self.digits.is_empty()).then_some(self.power - 1)
    }

    fn digit(&self, place: i32) -> char {
        let digit = usize::try_from(place).ok().and_then(|place| self.digits.get(place));
        char::from(b'0' + digit.copied().unwrap_or(0))
    }

    /// With `precision` digits after the point.
    fn fixed(self, precision: usize) -> String {
        let places = i32::try_from(precision).unwrap_or(i32::MAX);
        let kept = self.power.saturating_add(places);
        let digits = match usize::try_from(kept) {
            Ok(kept) => self.rounded(kept),
            Err(_) => Self { digits: Vec::new(), power: 0 },
        };
        let whole = digits.power.max(0);
        let mut text: String =
            if whole == 0 { "0".into() } else { (0..whole).map(|place| digits.digit(place)).collect() };
        if precision > 0 {
            text.push('.');
            text.extend((0..places).map(|place| digits.digit(digits.power + place)));
        }
        text
    }

    /// With one digit before and `precision` after the point, and an exponent.
    fn scientific(self, precision: usize) -> String {
        let digits = self.rounded(precision + 1);
        let exponent = digits.exponent().unwrap_or(0);
        let mut text = digits.digit(0).to_string();
        if precision > 0 {
            text.push('.');
            text.extend((1..=precision).map(|place| digits.digit(i32::try_from(place).unwrap_or(i32::MAX))));
        }
        text.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printf(format: &str, arguments: &[Argument<'_>]) -> Option<String> {
        let mut out = String::new();
        Format::parse(format).unwrap()?.write(arguments, &mut out).unwrap().map(|()| out)
    }

    fn ints(values: &[i64]) -> Vec<Argument<'static>> {
        values.iter().map(|value| Argument::Integer(*value, 32)).collect()
    }

    fn doubles(values: &[f64]) -> Vec<Argument<'static>> {
        values.iter().map(|value| Argument::Double(*value)).collect()
    }

    #[test]
    fn strings() {
        let abc =
            [Argument::Text("abc"), Argument::Text("abc"), Argument::Text("abc"), Argument::Text("abc")];
        assert_eq!(printf("%5s|%-5s|%.2s|%5.1s|", &abc).unwrap(), "  abc|abc  |ab|    a|");
        assert_eq!(printf("%2$s %1$s %<s", &[Argument::Text("a"), Argument::Text("b")]).unwrap(), "b a a");
        assert_eq!(printf("%S%%%n", &[Argument::Text("ß")]).unwrap(), "SS%\n");
        assert_eq!(
            printf("%d %s %b", &[Argument::Null, Argument::Null, Argument::Null]).unwrap(),
            "null null false"
        );
    }

    #[test]
    fn integers() {
        let text = printf("%d %5d %-5d| %05d %+d %,d %(d", &ints(&[1, 2, 3, 4, 5, 1_234_567, -6])).unwrap();
        assert_eq!(text, "1     2 3    | 00004 +5 1,234,567 (6)");
        let text = printf("%x %X %o %#x %08x", &ints(&[255, 255, 8, 255, -1])).unwrap();
        assert_eq!(text, "ff FF 10 0xff ffffffff");
        assert_eq!(printf("%x", &[Argument::Integer(-1, 8)]).unwrap(), "ff");
        assert_eq!(printf("%c", &ints(&[97])).unwrap(), "a");
    }

    #[test]
    fn reals() {
        let text = printf(
            "%f %.2f %10.3f %e %E %g",
            &doubles(&[1.5, 2.345, 5.24159, 12345.678, 0.00012, 0.000_123_45]),
        )
        .unwrap();
        assert_eq!(text, "1.500000 2.35      5.242 1.234568e+04 1.200000E-04 0.000123450");
        let text =
            printf("%,.2f %(.1f %+.0f %010.2f", &doubles(&[1_234_567.891, -2.5, 2.5, 5.24159])).unwrap();
        assert_eq!(text, "1,234,567.89 (2.5) +3 0000005.24");
        assert_eq!(
            printf("%.1e %.0f %.2f %g", &doubles(&[0.0, 0.5, 0.001, 0.0])).unwrap(),
            "0.0e+00 1 0.00 0.00000"
        );
        assert_eq!(printf("%f %.0f %.1f", &doubles(&[f64::NAN, 9.5, 99.96])).unwrap(), "NaN 10 100.0");
        assert_eq!(printf("%.3f %.0e", &doubles(&[1e20, 9.5])).unwrap(), "100000000000000000000.000 1e+01");
    }

    #[test]
    fn what_java_refuses_is_null() {
        for (format, argument) in [
            ("%d", Argument::Text("a")),
            ("%s%s", Argument::Text("a")),
            ("%q", Argument::Integer(1, 32)),
            ("%c", Argument::Text("a")),
            ("%f", Argument::Integer(1, 32)),
            ("%", Argument::Null),
            ("%-d", Argument::Null),
            ("%--5d", Argument::Null),
            ("%.d", Argument::Null),
            ("%.2d", Argument::Null),
            ("%<s", Argument::Null),
            ("%0$s", Argument::Null),
        ] {
            assert_eq!(printf(format, &[argument]), None, "{format}");
        }
        assert!(Format::parse("%h").is_err());
        assert!(Format::parse("%999999s").is_err());
    }
}
