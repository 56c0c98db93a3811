//! The longest record that a file or pipe may have.

use millstream_engine::{Error, ErrorKind, JobContext};
use millstream_format::Framing;

/// The setting that bounds the length of a record.
const MAX_RECORD_SIZE: &str = "millstream.source.max-record-size";

/// Bytes of a record at the most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordLimit {
    pub bytes: usize,
}

impl RecordLimit {
    /// The limit of a session.
    pub fn of(context: &JobContext) -> Self {
        Self { bytes: context.config.bytes(MAX_RECORD_SIZE).max(1) }
    }

    /// Where the first record that is too long starts, in bytes of whole records that begin at `position`.
    pub fn first_too_long(self, framing: &Framing, bytes: &[u8], position: u64) -> Option<usize> {
        // Shorter than the limit as a whole: so is each of them.
        let mut start = 0;
        while bytes.len() - start > self.bytes {
            let window = bytes.get(start..start + self.bytes + 1).unwrap_or_default();
            match framing.whole_records(window, position + start as u64) {
                0 => return Some(start),
                length => start += length,
            }
        }
        None
    }

    /// The error for a record that is too long.
    pub fn error(self, place: &str) -> Error {
        Error::new(
            ErrorKind::Data,
            format!(
                "a record is longer than {} bytes ({place}): raise the limit, as in SET '{MAX_RECORD_SIZE}' = '{} mb', \
                 or check that its line end is not missing",
                self.bytes,
                (self.bytes >> 20).max(1) * 4,
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_records_are_found_wherever_they_stand() {
        let limit = RecordLimit { bytes: 4 };
        let found = |text: &str| limit.first_too_long(&Framing::Lines, text.as_bytes(), 0);
        assert_eq!(found(""), None);
        assert_eq!(found("abc\nabc\nabc\n"), None);
        assert_eq!(found("abc\nabcde\nabc\n"), Some(4));
        assert_eq!(found("a\nb\nc\nabcdefgh"), Some(6));
        assert_eq!(found("abcd\nabcd\n"), None);
        assert_eq!(found("abcd"), None);
        assert_eq!(found("abcde"), Some(0));
    }
}
