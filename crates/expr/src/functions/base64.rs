//! Base64 as RFC 4648 has it, read as strictly as Java's basic decoder does.

use crate::error::{Error, Result};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends `bytes` as Base64, padded.
pub(super) fn encode(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 0x3f;
            out.push(if place <= chunk.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
}

/// What the Base64 stands for. The padding may be left out, but not half of it.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>> {
    let malformed = |what: String| Error::runtime(format!("malformed Base64: {what}"));
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = text.get(..text.len() - padding).unwrap_or_default();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for (at, character) in digits.iter().copied().enumerate() {
        let sextet = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(malformed(format!("illegal character {character:#04x} at byte {at}"))),
        };
        bits = (bits << 6) | u32::from(sextet);
        count += 1;
        if count == 4 {
            bytes.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
            (bits, count) = (0, 0);
        }
    }
    let needed = match count {
        0 => 0,
        1 => return Err(malformed("one character stands alone at the end".to_owned())),
        2 => {
            bytes.extend_from_slice((bits << 12).to_be_bytes().get(1..2).unwrap_or_default());
            2
        }
        _ => {
            bytes.extend_from_slice((bits << 6).to_be_bytes().get(1..3).unwrap_or_default());
            1
        }
    };
    match padding == needed || padding == 0 {
        true => Ok(bytes),
        false => Err(malformed(format!("{padding} characters of padding where {needed} belong"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        let mut out = String::new();
        encode(bytes, &mut out);
        out
    }

    #[test]
    fn the_examples_of_the_rfc() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (bytes, text) in pairs {
            assert_eq!(encoded(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes.as_bytes());
            assert_eq!(decode(text.trim_end_matches('=').as_bytes()).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn what_java_refuses() {
        for text in ["a", "!!", "aGk==", "aG k=", "_-8=", "Zg=", "Z=g="] {
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn goes_there_and_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(encoded(&bytes).as_bytes()).unwrap(), bytes);
        }
    }
}
