//! The special characters of CSV records. What they mean where they stand is for the reader to say.

use super::{CHUNK, Lanes, Positions, chunk_at};

/// The characters looked for, beside CR and LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CsvSpecials {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Option<u8>,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CsvScan {
    /// The next byte to look at.
    pub(crate) at: usize,
    /// Whether a byte that is not ASCII has been seen since this was set to false.
    pub(crate) non_ascii: bool,
}

/// See [`Level::csv`](super::Level::csv).
#[inline(always)]
pub(super) fn index<L: Lanes>(
    lanes: L,
    specials: CsvSpecials,
    bytes: &[u8],
    scan: &mut CsvScan,
    until: usize,
    out: &mut Positions,
) {
    let until = until.min(bytes.len());
    // A character that is not there is replaced by one that is looked for anyway.
    let quote = specials.quote.unwrap_or(specials.delimiter);
    let escape = specials.escape.unwrap_or(specials.delimiter);
    let mut pad = [0; CHUNK];
    while scan.at < until {
        let (chunk, real) = chunk_at(bytes, scan.at, &mut pad);
        let vector = lanes.load(chunk);
        let mut found = lanes.equal(vector, specials.delimiter)
            | lanes.equal(vector, quote)
            | lanes.equal(vector, b'\n')
            | lanes.equal(vector, b'\r');
        if escape != specials.delimiter {
            found |= lanes.equal(vector, escape);
        }
        scan.non_ascii |= lanes.non_ascii(vector) & real != 0;
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        out.push_bits(scan.at as u32, found & real);
        scan.at += CHUNK;
    }
    scan.at = scan.at.min(bytes.len());
}
