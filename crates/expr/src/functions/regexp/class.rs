//! Character classes and escapes of Java's regular expressions.

use std::fmt::Write as _;

use super::java::Rewriter;
use super::property::{property, unicode_class};
use crate::error::Result;

/// What an escape stands for.
pub(super) enum Escape {
    /// One character.
    Character(char),
    /// A class, in brackets.
    Class(String),
}

/// White space other than line breaks, after `\h`.
const HORIZONTAL: &str = r"\t\x{20}\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";

/// Line breaks, after `\v`.
const VERTICAL: &str = r"\n\x{b}\x{c}\r\x{85}\x{2028}\x{2029}";

/// A class after its `[`, up to and with its `]`.
pub(super) fn class(rewriter: &mut Rewriter<'_>) -> Result<String> {
    rewriter.enter()?;
    let mut class = String::from("[");
    if rewriter.eat('^') {
        class.push('^');
    }
    let mut any = false;
    loop {
        let Some(character) = rewriter.next() else {
            return Err(rewriter.invalid("unclosed character class"));
        };
        match character {
            ']' if any => break,
            '[' => {
                let inner = self::class(rewriter)?;
                class.push_str(&inner);
            }
            '&' if rewriter.ahead(0) == Some('&') => {
                while rewriter.eat('&') {}
                if !any {
                    return Err(rewriter.invalid("bad class syntax"));
                }
                if rewriter.peek() == Some(']') {
                    continue;
                }
                class.push_str("&&");
            }
            character => item(rewriter, character, &mut class)?,
        }
        any = true;
    }
    class.push(']');
    rewriter.leave();
    Ok(class)
}

/// A character, a range or an escape in a class.
fn item(rewriter: &mut Rewriter<'_>, character: char, class: &mut String) -> Result<()> {
    let first = match character {
        '\\' => match escape(rewriter)? {
            Escape::Character(character) => character,
            Escape::Class(inner) => {
                class.push_str(&inner);
                return Ok(());
            }
        },
        character => character,
    };
    let dash = rewriter.peek() == Some('-') && !matches!(rewriter.ahead(1), Some('[' | ']') | None);
    if !dash {
        range(rewriter, first, first, class);
        return Ok(());
    }
    rewriter.skip(1);
    let last = match rewriter.next() {
        Some('\\') => match escape(rewriter)? {
            Escape::Character(character) => character,
            Escape::Class(_) => return Err(rewriter.invalid("illegal character range")),
        },
        Some(character) => character,
        None => return Err(rewriter.invalid("unclosed character class")),
    };
    if last < first {
        return Err(rewriter.invalid("illegal character range"));
    }
    range(rewriter, first, last, class);
    Ok(())
}

/// Writes a range, and its letters of the other case where `(?i)` holds.
fn range(rewriter: &Rewriter<'_>, first: char, last: char, class: &mut String) {
    let mut write = |first: char, last: char| {
        let _ = match first == last {
            true => write!(class, r"\x{{{:x}}}", u32::from(first)),
            false => write!(class, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(first), u32::from(last)),
        };
    };
    write(first, last);
    let flags = rewriter.flags();
    if flags.ignore_case && !flags.unicode_case {
        for (from, to, turn) in
            [('a', 'z', char::to_ascii_uppercase as fn(&char) -> char), ('A', 'Z', char::to_ascii_lowercase)]
        {
            let (from, to) = (first.max(from), last.min(to));
            if from <= to {
                write(turn(&from), turn(&to));
            }
        }
    }
}

/// An escape after its backslash, other than those that are assertions or references.
pub(super) fn escape(rewriter: &mut Rewriter<'_>) -> Result<Escape> {
    let Some(character) = rewriter.ahead(0) else {
        return Err(rewriter.invalid("nothing after the backslash"));
    };
    rewriter.skip(1);
    let class = |text: &str| Ok(Escape::Class(text.to_owned()));
    if rewriter.flags().unicode_classes
        && let Some(inside) = unicode_class(character.to_ascii_lowercase().encode_utf8(&mut [0; 4]))
    {
        let not = if character.is_ascii_uppercase() { "^" } else { "" };
        return Ok(Escape::Class(format!("[{not}{inside}]")));
    }
    Ok(Escape::Character(match character {
        'd' => return class("[0-9]"),
        'D' => return class("[^0-9]"),
        'w' => return class("[0-9A-Z_a-z]"),
        'W' => return class("[^0-9A-Z_a-z]"),
        's' => return class(r"[\t-\r\x{20}]"),
        'S' => return class(r"[^\t-\r\x{20}]"),
        'h' => return Ok(Escape::Class(format!("[{HORIZONTAL}]"))),
        'H' => return Ok(Escape::Class(format!("[^{HORIZONTAL}]"))),
        'v' => return Ok(Escape::Class(format!("[{VERTICAL}]"))),
        'V' => return Ok(Escape::Class(format!("[^{VERTICAL}]"))),
        'p' => return property(rewriter, false),
        'P' => return property(rewriter, true),
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'e' => '\u{1b}',
        'c' => {
            let Some(control) = rewriter.ahead(0) else { return Err(rewriter.invalid("nothing after \\c")) };
            rewriter.skip(1);
            char::from_u32(u32::from(control) ^ 64).unwrap_or(control)
        }
        '0' => octal(rewriter)?,
        'x' => hexadecimal(rewriter)?,
        'u' => utf16(rewriter)?,
        'N' if rewriter.ahead(0) == Some('{') => return Err(rewriter.unsupported(r"\N{name}")),
        letter if letter.is_ascii_alphanumeric() => {
            return Err(rewriter.invalid(&format!("illegal escape '\\{letter}'")));
        }
        other => other,
    }))
}

fn digits(rewriter: &mut Rewriter<'_>, radix: u32, most: usize) -> (u32, usize) {
    let (mut number, mut count) = (0_u32, 0);
    while count < most {
        let Some(digit) = rewriter.ahead(0).and_then(|c| c.to_digit(radix)) else { break };
        number = number.saturating_mul(radix).saturating_add(digit);
        rewriter.skip(1);
        count += 1;
    }
    (number, count)
}

fn octal(rewriter: &mut Rewriter<'_>) -> Result<char> {
    let most = if matches!(rewriter.ahead(0), Some('0'..='3')) { 3 } else { 2 };
    match digits(rewriter, 8, most) {
        (_, 0) => Err(rewriter.invalid("illegal octal escape")),
        (number, _) => Ok(char::from_u32(number).unwrap_or_default()),
    }
}

fn hexadecimal(rewriter: &mut Rewriter<'_>) -> Result<char> {
    let braces = rewriter.ahead(0) == Some('{');
    rewriter.skip(usize::from(braces));
    let (number, count) = digits(rewriter, 16, if braces { 8 } else { 2 });
    let closed = !braces || rewriter.ahead(0) == Some('}');
    rewriter.skip(usize::from(braces));
    match char::from_u32(number) {
        Some(character) if closed && (if braces { count > 0 } else { count == 2 }) => Ok(character),
        _ => Err(rewriter.invalid("illegal hexadecimal escape")),
    }
}

fn utf16(rewriter: &mut Rewriter<'_>) -> Result<char> {
    let (unit, count) = digits(rewriter, 16, 4);
    if count != 4 {
        return Err(rewriter.invalid("illegal Unicode escape"));
    }
    if (0xd800..0xdc00).contains(&unit) && rewriter.ahead(0) == Some('\\') && rewriter.ahead(1) == Some('u') {
        rewriter.skip(2);
        let (low, _) = digits(rewriter, 16, 4);
        if (0xdc00..0xe000).contains(&low) {
            let character = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            return Ok(character.unwrap_or_default());
        }
    }
    char::from_u32(unit).ok_or_else(|| rewriter.unsupported("half a surrogate pair"))
}
