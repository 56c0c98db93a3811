//! Where one record ends and the next begins.

use memchr::memrchr;

/// How records are told apart in a stream of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A record a line: LF, or CR LF.
    Lines,
    /// CSV: a line, but a line end inside of quotes belongs to the field.
    Quoted {
        /// The quote character.
        quote: u8,
        /// The escape character.
        escape: Option<u8>,
    },
}

impl Framing {
    /// The framing of CSV with these characters. One that is not ASCII cannot be told from the bytes of
    /// others one by one, so it does not keep a line end inside of a field.
    pub fn quoted(quote: char, escape: Option<char>) -> Self {
        match u8::try_from(quote) {
            Ok(quote) if quote.is_ascii() => {
                let escape = escape.and_then(|e| u8::try_from(e).ok()).filter(u8::is_ascii);
                Self::Quoted { quote, escape }
            }
            _ => Self::Lines,
        }
    }

    /// Whether reading may start anywhere: the next record starts behind the next line end.
    pub fn is_splittable(&self) -> bool {
        matches!(self, Self::Lines)
    }

    /// The length of the longest prefix of `bytes` that is made of whole records, line ends
    /// included; 0 when the first record has not ended yet. `bytes` starts with a record.
    pub fn whole_records(&self, bytes: &[u8]) -> usize {
        match self {
            Self::Lines => memrchr(b'\n', bytes).map_or(0, |at| at + 1),
            Self::Quoted { quote, escape } => quoted_records(bytes, *quote, *escape),
        }
    }
}

fn quoted_records(bytes: &[u8], quote: u8, escape: Option<u8>) -> usize {
    let mut quoted = false;
    let mut end = 0;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| match escape {
        Some(escape) => memchr::memchr3(quote, b'\n', escape, rest),
        None => memchr::memchr2(quote, b'\n', rest),
    }) {
        at += found;
        match bytes.get(at) {
            Some(&byte) if Some(byte) == escape => at += 1,
            Some(&byte) if byte == quote => quoted = !quoted,
            _ if !quoted => end = at + 1,
            _ => {}
        }
        at += 1;
    }
    end
}
