//! How seldom a literal is likely to stand in a record.

/// A guess at the information in `literal`, in bits: rare bytes and long literals have more.
pub(super) fn bits(literal: &[u8]) -> u32 {
    literal.iter().map(|byte| byte_bits(*byte)).sum()
}

/// About -log2 of how often a byte stands in logs and JSON.
fn byte_bits(byte: u8) -> u32 {
    match byte {
        // What JSON is made of.
        b'"' | b':' | b',' => 2,
        b' ' | b'e' | b'a' | b'i' | b'n' | b'o' | b't' | b'r' | b's' | b'0' => 4,
        b'1'..=b'9' | b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'-' | b'.' | b'/' | b'\\' | b'_' => 5,
        b'a'..=b'z' | b'A' | b'C' | b'E' | b'I' | b'M' | b'N' | b'P' | b'S' | b'T' => 6,
        b'A'..=b'Z' => 7,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn longer_and_rarer_is_better() {
        assert!(bits(b"channel-77") > bits(b"channel"));
        assert!(bits(b"XQZ") > bits(b"ese"));
    }
}
