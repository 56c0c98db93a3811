//! Base64 with padding (RFC 4648), the form of BYTES in JSON and CSV.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut i = 0;
    #[allow(clippy::cast_possible_truncation, reason = "below 64")]
    while i < 64 {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// Appends what `text` stands for. Blanks may stand between groups of four, not inside of one. `None` if `text` is not
/// base64; then `out` may have got some bytes.
pub(crate) fn decode(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    loop {
        let blanks = rest.iter().take_while(|b| **b <= b' ').count();
        rest = rest.get(blanks..)?;
        if rest.is_empty() {
            return Some(());
        }
        let (group, behind) = rest.split_first_chunk::<4>()?;
        rest = behind;
        let [a, b, c, d] =
            group.map(|byte| u32::from(VALUES.get(usize::from(byte)).copied().unwrap_or(u8::MAX)));
        if a > 63 || b > 63 {
            return None;
        }
        let bits = (a << 18) | (b << 12) | ((c & 63) << 6) | (d & 63);
        let [_, first, second, third] = bits.to_be_bytes();
        match group {
            [_, _, b'=', b'='] => out.push(first),
            [_, _, _, b'='] if c <= 63 => out.extend_from_slice(&[first, second]),
            _ if c <= 63 && d <= 63 => out.extend_from_slice(&[first, second, third]),
            _ => return None,
        }
    }
}

/// Appends `bytes` as base64.
pub(crate) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    let symbol = |bits: u32| ALPHABET.get((bits & 63) as usize).copied().unwrap_or(b'=');
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        out.push(symbol(bits >> 18));
        out.push(symbol(bits >> 12));
        out.push(if group.len() > 1 { symbol(bits >> 6) } else { b'=' });
        out.push(if group.len() > 2 { symbol(bits) } else { b'=' });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(text.as_bytes(), &mut out).map(|()| out)
    }

    #[test]
    fn padding_is_asked_for_and_blanks_stand_between_groups() {
        assert_eq!(decoded("YWJj").unwrap(), b"abc");
        assert_eq!(decoded(" YWJj\nYQ== ").unwrap(), b"abca");
        assert_eq!(decoded("YW==").unwrap(), b"a");
        assert_eq!(decoded("").unwrap(), b"");
        for text in ["YWJ", "YQ", "Y*Jj", "YW Jj", "-_-_", "=AAA", "YQ=A"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut text = Vec::new();
            encode(&bytes, &mut text);
            let mut back = Vec::new();
            prop_assert_eq!(decode(&text, &mut back), Some(()));
            prop_assert_eq!(back, bytes);
        }
    }
}
