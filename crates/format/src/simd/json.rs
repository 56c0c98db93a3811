//! The structure of JSON records: the operators outside of strings, and the line ends.

use super::{CHUNK, Lanes, Positions, chunk_at};

/// How far a scan has come. Every line end starts afresh: a string cannot reach over it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JsonScan {
    /// The next byte to look at.
    pub(crate) at: usize,
    /// All ones inside of a string, all zeros outside.
    in_string: u64,
    /// 1 when the next byte stands behind a backslash that escapes it.
    escaped: u64,
    /// Whether a backslash has been seen since this was set to false.
    pub(crate) backslash: bool,
    /// Whether a byte that is not ASCII has been seen since this was set to false.
    pub(crate) non_ascii: bool,
}

const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

impl JsonScan {
    /// A scan that starts with the record at `at`.
    pub(crate) fn starting_at(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Which bytes stand behind a backslash that escapes them.
    #[inline(always)]
    fn escapes(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::take(&mut self.escaped);
        }
        self.backslash = true;
        // In a run of backslashes every second one escapes its neighbour. Runs are told apart by whether they
        // start at an even or an odd place: adding the starts of one kind carries through to the byte
        // behind the run, and the parity of that place tells whether the run has odd length.
        let own = backslash & !self.escaped;
        let candidates = (own << 1) | ODD;
        let behind_even = candidates.wrapping_sub(own);
        let ends = behind_even ^ ODD;
        let escaped = ends ^ (backslash | self.escaped);
        self.escaped = (ends & backslash) >> 63;
        escaped
    }
}

/// See [`Level::json`](super::Level::json).
#[inline(always)]
pub(super) fn index<L: Lanes>(
    lanes: L,
    bytes: &[u8],
    scan: &mut JsonScan,
    until: usize,
    out: &mut Positions,
) {
    let until = until.min(bytes.len());
    let mut pad = [0; CHUNK];
    while scan.at < until {
        let (chunk, real) = chunk_at(bytes, scan.at, &mut pad);
        let vector = lanes.load(chunk);
        let newline = lanes.equal(vector, b'\n') & real;
        let operators = lanes.json_operators(vector) & real;
        scan.non_ascii |= lanes.non_ascii(vector) & real != 0;
        let escaped = scan.escapes(lanes.equal(vector, b'\\') & real);
        let quote = lanes.equal(vector, b'"') & real & !escaped;
        let in_string = lanes.prefix_xor(quote) ^ scan.in_string;
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        let base = scan.at as u32;
        let torn = newline & (in_string | escaped);
        if torn == 0 {
            out.push_bits(base, (operators & !in_string) | newline);
            #[allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "spreads the last bit")]
            {
                scan.in_string = (in_string as i64 >> 63) as u64;
            }
            scan.at += CHUNK;
        } else {
            // A record ends inside of a string, or behind a backslash: the next one starts afresh.
            let end = torn.trailing_zeros();
            let before = (1_u64 << end) - 1;
            out.push_bits(base, (((operators & !in_string) | newline) & before) | (1 << end));
            *scan = JsonScan { at: scan.at + end as usize + 1, in_string: 0, escaped: 0, ..*scan };
        }
    }
    scan.at = scan.at.min(bytes.len());
}
