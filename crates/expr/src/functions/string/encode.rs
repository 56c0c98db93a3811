//! Strings as codes, bytes and back.

use arrow_array::types::{Int32Type, Int64Type};

use crate::error::{Error, Result};
use crate::functions::base64;
use crate::functions::kernel::{Bytes, Str, bytes, map, text};
use crate::functions::signature::{BYTES, Family, STRING};
use crate::functions::{Category, Determinism, Example, Function};
use crate::text::push_lossy;
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ASCII",
        aliases: &[],
        category: Category::String,
        signatures: &["ASCII(string)"],
        summary: "The first byte of the string, from -128 to 127: for an ASCII character its code. 0 for the empty string.",
        examples: &[Example("ASCII('abc')", "97"), Example("ASCII('')", "0"), Example("ASCII('é')", "-61")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?.returns(Kind::Int).kernel(|_| {
                Ok(map::<(Str,), Int32Type, _>(|(text,)| {
                    text.as_bytes().first().map_or(0, |byte| i32::from(byte.cast_signed()))
                }))
            })
        },
    },
    Function {
        name: "CHR",
        aliases: &[],
        category: Category::String,
        signatures: &["CHR(integer)"],
        summary: "The ISO 8859-1 character with the code that the integer leaves when divided by 256. Empty for a negative one.",
        examples: &[Example("CHR(97)", "a"), Example("CHR(353)", "a"), Example("CHR(-1)", "")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::BigInt])?.returns_nullable(STRING).kernel(|_| {
                Ok(text::<(Int64Type,), _>(|(code,), out| {
                    if code >= 0 {
                        out.extend(u8::try_from(code & 0xff).map(char::from));
                    }
                }))
            })
        },
    },
    Function {
        name: "TO_BASE64",
        aliases: &[],
        category: Category::String,
        signatures: &["TO_BASE64(string)", "TO_BASE64(bytes)"],
        summary: "The bytes, or the bytes of the string in UTF-8, in Base64.",
        examples: &[Example("TO_BASE64('hello world')", "aGVsbG8gd29ybGQ=")],
        determinism: Determinism::Pure,
        resolve: |call| {
            if let Ok(signature) = call.take(&[Family::Character]) {
                return signature
                    .returns(STRING)
                    .kernel(|_| Ok(text::<(Str,), _>(|(text,), out| base64::encode(text.as_bytes(), out))));
            }
            call.take(&[Family::Binary])?
                .returns(STRING)
                .kernel(|_| Ok(text::<(Bytes,), _>(|(bytes,), out| base64::encode(bytes, out))))
        },
    },
    Function {
        name: "FROM_BASE64",
        aliases: &[],
        category: Category::String,
        signatures: &["FROM_BASE64(string)", "FROM_BASE64(bytes)"],
        summary: "The string that the Base64 stands for; bytes that are no UTF-8 become U+FFFD. Malformed Base64 is an error.",
        examples: &[Example("FROM_BASE64('aGVsbG8gd29ybGQ=')", "hello world")],
        determinism: Determinism::Pure,
        resolve: |call| {
            if let Ok(signature) = call.take(&[Family::Character]) {
                return signature
                    .returns(STRING)
                    .fallible()
                    .kernel(|_| Ok(text::<(Str,), _>(|(text,), out| from_base64(text.as_bytes(), out))));
            }
            call.take(&[Family::Binary])?
                .returns(STRING)
                .fallible()
                .kernel(|_| Ok(text::<(Bytes,), _>(|(bytes,), out| from_base64(bytes, out))))
        },
    },
    Function {
        name: "ENCODE",
        aliases: &[],
        category: Category::String,
        signatures: &["ENCODE(string, charset)"],
        summary: "The bytes of the string in a character set: `US-ASCII`, `ISO-8859-1`, `UTF-8`, `UTF-16BE`, `UTF-16LE` or \
                  `UTF-16`. What the set lacks becomes `?`. An unknown set is an error.",
        examples: &[Example("DECODE(ENCODE('aé', 'UTF-16'), 'UTF-16')", "aé")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            // Flink derives BINARY(1), whatever the length is.
            signature.returns_nullable(Kind::Binary { length: 1 }).fallible().kernel(|_| {
                Ok(bytes::<(Str, Str), _>(|(text, charset), out| Charset::named(charset)?.encode(text, out)))
            })
        },
    },
    Function {
        name: "DECODE",
        aliases: &[],
        category: Category::String,
        signatures: &["DECODE(bytes, charset)"],
        summary: "The string that the bytes are in a character set, as for ENCODE. Malformed bytes become U+FFFD. An unknown \
                  set is an error.",
        examples: &[Example("DECODE(x'61c3a9', 'UTF-8')", "aé")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Binary, Family::Character])?;
            signature.returns_nullable(STRING).fallible().kernel(|_| {
                Ok(text::<(Bytes, Str), _>(|(bytes, charset), out| {
                    Charset::named(charset)?.decode(bytes, out)
                }))
            })
        },
    },
    Function {
        name: "HEX",
        aliases: &[],
        category: Category::String,
        signatures: &["HEX(integer)", "HEX(string)"],
        summary: "The integer in hexadecimal, a negative one as 64 bits; or the bytes of the string in UTF-8, two digits each.",
        examples: &[Example("HEX(255)", "FF"), Example("HEX('hello')", "68656C6C6F")],
        determinism: Determinism::Pure,
        resolve: |call| {
            if let Ok(signature) = call.take(&[Family::BigInt]) {
                return signature.returns(STRING).kernel(|_| {
                    Ok(text::<(Int64Type,), _>(|(number,), out| {
                        out.push_str(&format!("{number:X}"));
                    }))
                });
            }
            call.take(&[Family::Character])?.returns(STRING).kernel(|_| {
                Ok(text::<(Str,), _>(|(text,), out| {
                    for byte in text.bytes() {
                        out.extend(
                            [byte >> 4, byte & 15]
                                .map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
                        );
                    }
                }))
            })
        },
    },
    Function {
        name: "UNHEX",
        aliases: &[],
        category: Category::String,
        signatures: &["UNHEX(string)"],
        summary: "The bytes that the hexadecimal digits stand for. Of an odd number of digits, the first stands for the byte 0. \
                  NULL where there is another character.",
        examples: &[Example("DECODE(UNHEX('466C696E6B'), 'UTF-8')", "Flink"), Example("UNHEX('XZ')", "NULL")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?.returns_nullable(BYTES).kernel(|_| {
                Ok(bytes::<(Str,), _>(|(text,), out| {
                    let digit = |character: &u8| {
                        char::from(*character).to_digit(16).and_then(|d| u8::try_from(d).ok())
                    };
                    let digits: Option<Vec<u8>> = text.as_bytes().iter().map(digit).collect();
                    let digits = digits?;
                    let (odd, pairs) = digits.split_at(digits.len() % 2);
                    out.extend(odd.iter().map(|_| 0));
                    out.extend(pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
                    Some(())
                }))
            })
        },
    },
];

fn from_base64(encoded: &[u8], out: &mut String) -> Result<()> {
    push_lossy(&base64::decode(encoded)?, out);
    Ok(())
}

/// The character sets that every Java has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Ascii,
    Latin1,
    Utf8,
    Utf16,
    Utf16Be,
    Utf16Le,
}

impl Charset {
    fn named(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "US-ASCII" | "ASCII" | "ISO646-US" => Self::Ascii,
            "ISO-8859-1" | "ISO8859_1" | "ISO8859-1" | "LATIN1" | "L1" => Self::Latin1,
            "UTF-8" | "UTF8" => Self::Utf8,
            "UTF-16" | "UTF16" | "UTF_16" | "UNICODE" => Self::Utf16,
            "UTF-16BE" | "UTF_16BE" => Self::Utf16Be,
            "UTF-16LE" | "UTF_16LE" => Self::Utf16Le,
            _ => {
                return Err(Error::runtime(format!(
                    "unknown character set '{name}': US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16 are known"
                )));
            }
        })
    }

    fn encode(self, text: &str, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Ascii => out.extend(
                text.chars().map(|c| if c.is_ascii() { u8::try_from(c).unwrap_or(b'?') } else { b'?' }),
            ),
            Self::Latin1 => out.extend(text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))),
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Utf16 if text.is_empty() => {}
            Self::Utf16 => {
                out.extend([0xfe, 0xff]);
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
            Self::Utf16Be => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Self::Utf16Le => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        }
        Ok(())
    }

    fn decode(self, bytes: &[u8], out: &mut String) -> Result<()> {
        match (self, bytes) {
            (Self::Ascii, _) => {
                out.extend(
                    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' }),
                );
            }
            (Self::Latin1, _) => out.extend(bytes.iter().copied().map(char::from)),
            (Self::Utf8, _) => push_lossy(bytes, out),
            (Self::Utf16, [0xff, 0xfe, rest @ ..]) => utf16(rest, u16::from_le_bytes, out),
            (Self::Utf16, [0xfe, 0xff, rest @ ..]) => utf16(rest, u16::from_be_bytes, out),
            (Self::Utf16 | Self::Utf16Be, _) => utf16(bytes, u16::from_be_bytes, out),
            (Self::Utf16Le, _) => utf16(bytes, u16::from_le_bytes, out),
        }
        Ok(())
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, out: &mut String) {
    let pairs = bytes.chunks_exact(2);
    let half = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    out.extend(char::decode_utf16(units).map(|character| character.unwrap_or('\u{fffd}')));
    if half {
        out.push('\u{fffd}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_sets_go_there_and_back() {
        for name in ["UTF-8", "utf8", "UTF-16", "UTF-16BE", "UTF-16LE"] {
            let (charset, mut bytes, mut text) = (Charset::named(name).unwrap(), Vec::new(), String::new());
            charset.encode("aé😀", &mut bytes).unwrap();
            charset.decode(&bytes, &mut text).unwrap();
            assert_eq!(text, "aé😀", "{name}");
        }
        let mut bytes = Vec::new();
        Charset::Latin1.encode("aé😀", &mut bytes).unwrap();
        Charset::Ascii.encode("aé", &mut bytes).unwrap();
        assert_eq!(bytes, b"a\xe9?a?");
        assert!(Charset::named("xx").is_err());
    }

    #[test]
    fn malformed_bytes_are_replaced() {
        let decoded = |charset: Charset, bytes: &[u8]| {
            let mut out = String::new();
            charset.decode(bytes, &mut out).unwrap();
            out
        };
        assert_eq!(decoded(Charset::Utf16Be, &[0xd8, 0x3d]), "\u{fffd}");
        assert_eq!(decoded(Charset::Utf16, &[0xff, 0xfe, 0x61, 0]), "a");
        assert_eq!(decoded(Charset::Ascii, &[0x61, 0xff]), "a\u{fffd}");
        assert_eq!(decoded(Charset::Utf8, &[0xff, 0x62]), "\u{fffd}b");
    }
}
