//! What a string is made of.

use crate::error::Result;
use crate::functions::kernel::{Any, Bool, Nullable, Str, map};
use crate::functions::signature::{Family, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "IS_ALPHA",
        aliases: &[],
        category: Category::String,
        signatures: &["IS_ALPHA(string)"],
        summary: "Whether the string has characters and all of them are letters. FALSE for NULL and for numbers.",
        examples: &[
            Example("IS_ALPHA('abé')", "TRUE"),
            Example("IS_ALPHA('a1')", "FALSE"),
            Example("IS_ALPHA('')", "FALSE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| classify(call, false, |text| !text.is_empty() && text.chars().all(is_letter)),
    },
    Function {
        name: "IS_DIGIT",
        aliases: &[],
        category: Category::String,
        signatures: &["IS_DIGIT(string)", "IS_DIGIT(number)"],
        summary: "Whether the string has characters and all of them are decimal digits. TRUE for integers, FALSE for NULL \
                  strings and other numbers.",
        examples: &[
            Example("IS_DIGIT('123')", "TRUE"),
            Example("IS_DIGIT('-1')", "FALSE"),
            Example("IS_DIGIT(7)", "TRUE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let integer = call.types.first().is_some_and(|given| given.kind.is_integer());
            classify(call, integer, |text| !text.is_empty() && text.chars().all(is_decimal_digit))
        },
    },
    Function {
        name: "IS_DECIMAL",
        aliases: &[],
        category: Category::String,
        signatures: &["IS_DECIMAL(string)", "IS_DECIMAL(number)"],
        summary: "Whether Java can read the string as a number, with an exponent, `NaN` or `Infinity`, too. TRUE for numbers \
                  other than DECIMAL, FALSE for NULL strings.",
        examples: &[
            Example("IS_DECIMAL('1.5e3')", "TRUE"),
            Example("IS_DECIMAL('1,5')", "FALSE"),
            Example("IS_DECIMAL(7)", "TRUE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let number = call.types.first().is_some_and(|g| g.kind.is_integer() || g.kind.is_approximate());
            classify(call, number, is_java_number)
        },
    },
];

fn classify(call: &Arguments<'_>, numbers: bool, test: fn(&str) -> bool) -> Result<Overload> {
    if let Ok(signature) = call.take(&[Family::Character]) {
        return signature
            .returns_not_null(Kind::Boolean)
            .kernel(move |_| Ok(map::<(Nullable<Str>,), Bool, _>(move |(text,)| text.is_some_and(test))));
    }
    match call.types {
        [given] if given.kind.is_numeric() => {}
        _ => return no_overload(),
    }
    call.take(&[Family::Numeric])?
        .returns_not_null(Kind::Boolean)
        .kernel(move |_| Ok(map::<(Nullable<Any>,), Bool, _>(move |_| numbers)))
}

/// Whether Unicode counts it among the letters, as Java's `Character.isLetter` does.
fn is_letter(character: char) -> bool {
    static LETTER: std::sync::LazyLock<Option<regex::Regex>> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"^\p{L}$").ok());
    if character.is_ascii() {
        return character.is_ascii_alphabetic();
    }
    let mut text = [0; 4];
    LETTER.as_ref().is_some_and(|letter| letter.is_match(character.encode_utf8(&mut text)))
}

/// Whether Unicode counts it among the decimal digits, as Java's `Character.isDigit` does.
fn is_decimal_digit(character: char) -> bool {
    static DIGIT: std::sync::LazyLock<Option<regex::Regex>> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"^\p{Nd}$").ok());
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    let mut text = [0; 4];
    DIGIT.as_ref().is_some_and(|digit| digit.is_match(character.encode_utf8(&mut text)))
}

/// Whether Java's `Double.parseDouble` takes it.
fn is_java_number(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c <= ' ');
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(text, "NaN" | "Infinity") {
        return true;
    }
    let text =
        text.strip_suffix(['f', 'F', 'd', 'D']).filter(|_| !is_hex_without_exponent(text)).unwrap_or(text);
    let (digits, hex) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, true),
        None => (text, false),
    };
    let exponent_at = digits.find(if hex { ['p', 'P'] } else { ['e', 'E'] });
    let (mantissa, exponent) = match exponent_at {
        Some(at) => (digits.get(..at).unwrap_or_default(), digits.get(at + 1..)),
        None => (digits, None),
    };
    let exponent_is_good = match exponent {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => !hex,
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digit = |byte: u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    exponent_is_good
        && whole.len() + fraction.len() > 0
        && whole.bytes().chain(fraction.bytes()).all(is_digit)
}

/// In `0xf`, the letter at the end is a digit (and the number malformed, for it lacks its exponent).
fn is_hex_without_exponent(text: &str) -> bool {
    (text.starts_with("0x") || text.starts_with("0X")) && !text.contains(['p', 'P'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_java_reads() {
        for text in [
            "1",
            "-1",
            "+5",
            "5.",
            ".5",
            "1e400",
            " 1 ",
            "1f",
            "1D",
            "0x1p3",
            "0x.8P-1f",
            "NaN",
            "-Infinity",
            "\t1\n",
        ] {
            assert!(is_java_number(text), "{text:?}");
        }
        for text in [
            "", " ", ".", "1_0", "1,5", "e5", "1e", "1e+", "nan", "inf", "0x1", "0xf", "1 2", "--1", "f", "é",
        ] {
            assert!(!is_java_number(text), "{text:?}");
        }
    }

    #[test]
    fn letters_and_digits_are_unicode() {
        assert!("aé中".chars().all(is_letter));
        assert!(!"1_ \u{300}".chars().any(is_letter));
        assert!("1٣".chars().all(is_decimal_digit));
        assert!(!"²a½".chars().any(is_decimal_digit));
    }
}
