//! Sixty-four bytes at a time: where the characters stand that give records their structure.
//!
//! The algorithms (`json`, `csv`, `text`) are safe code, written once over the [`Lanes`] of a machine:
//! [`portable`] words of eight bytes, or the vector registers of [`x86`], chosen when the program runs.
//! `x86` alone holds `unsafe` code; a test lays its every answer beside that of `portable`.

mod csv;
mod json;
mod portable;
mod positions;
mod text;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use csv::{CsvScan, CsvSpecials};
pub(crate) use json::JsonScan;
pub(crate) use positions::Positions;

/// Bytes looked at in one step.
pub(crate) const CHUNK: usize = 64;

/// What a machine can ask of a chunk of bytes. Bit `i` of an answer tells of byte `i`.
trait Lanes: Copy {
    /// A chunk in registers.
    type Vector: Copy;

    fn load(self, chunk: &[u8; CHUNK]) -> Self::Vector;
    /// Which bytes equal `byte`.
    fn equal(self, vector: Self::Vector, byte: u8) -> u64;
    /// Which bytes are below `bound`, which is not 0.
    fn below(self, vector: Self::Vector, bound: u8) -> u64;
    /// Which bytes are not ASCII.
    fn non_ascii(self, vector: Self::Vector) -> u64;
    /// Which bytes are one of `{ } [ ] : ,`, or form feed or substitute, which have no place outside of strings
    /// and are told from `,` and `:` by the reader.
    fn json_operators(self, vector: Self::Vector) -> u64;
    /// Bit `i` of the answer is the parity of bits 0 to `i`.
    fn prefix_xor(self, bits: u64) -> u64;
}

/// The instructions in use. A value other than [`Level::PORTABLE`] exists only where the processor has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(Instructions);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
}

impl Level {
    /// The instructions that every processor has.
    #[cfg(test)]
    pub(crate) const PORTABLE: Self = Self(Instructions::Portable);

    /// The best that this processor has.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(lanes) = x86::Avx512::detect() {
                return Self(Instructions::Avx512(lanes));
            }
            if let Some(lanes) = x86::Avx2::detect() {
                return Self(Instructions::Avx2(lanes));
            }
        }
        Self(Instructions::Portable)
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::PORTABLE];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(x86::Avx2::detect().map(|lanes| Self(Instructions::Avx2(lanes))));
            all.extend(x86::Avx512::detect().map(|lanes| Self(Instructions::Avx512(lanes))));
        }
        all
    }

    /// Adds to `out` where the structure of JSON records stands, from `scan` on, until a chunk ends at or
    /// behind `until`, or the bytes end.
    pub(crate) fn json(self, bytes: &[u8], scan: &mut JsonScan, until: usize, out: &mut Positions) {
        match self.0 {
            Instructions::Portable => json::index(portable::Portable, bytes, scan, until, out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(lanes) => lanes.json(bytes, scan, until, out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(lanes) => lanes.json(bytes, scan, until, out),
        }
    }

    /// Adds to `out` where the special characters of CSV records stand, from `scan` on, as for JSON.
    pub(crate) fn csv(
        self,
        specials: CsvSpecials,
        bytes: &[u8],
        scan: &mut CsvScan,
        until: usize,
        out: &mut Positions,
    ) {
        match self.0 {
            Instructions::Portable => csv::index(portable::Portable, specials, bytes, scan, until, out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(lanes) => lanes.csv(specials, bytes, scan, until, out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(lanes) => lanes.csv(specials, bytes, scan, until, out),
        }
    }

    /// The length of the prefix of `text` that stands in a JSON string as it is.
    pub(crate) fn json_plain_prefix(self, text: &[u8]) -> usize {
        match self.0 {
            Instructions::Portable => text::json_plain_prefix(portable::Portable, text),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(lanes) => lanes.json_plain_prefix(text),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(lanes) => lanes.json_plain_prefix(text),
        }
    }
}

/// The chunk of `bytes` at `at`, filled up with zeros behind the end, and which of its bytes are real.
#[inline(always)]
fn chunk_at<'a>(bytes: &'a [u8], at: usize, pad: &'a mut [u8; CHUNK]) -> (&'a [u8; CHUNK], u64) {
    let rest = bytes.get(at..).unwrap_or(&[]);
    if let Some(chunk) = rest.first_chunk::<CHUNK>() {
        return (chunk, u64::MAX);
    }
    for (to, from) in pad.iter_mut().zip(rest) {
        *to = *from;
    }
    (pad, (1 << rest.len()) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json_positions(level: Level, bytes: &[u8], step: usize) -> (Vec<u32>, bool, bool) {
        let mut scan = JsonScan::default();
        let mut out = Positions::default();
        while scan.at < bytes.len() {
            let until = scan.at + step;
            level.json(bytes, &mut scan, until, &mut out);
        }
        (out.as_slice().to_vec(), scan.backslash, scan.non_ascii)
    }

    /// What the scan is to find, character by character.
    fn json_expected(bytes: &[u8]) -> Vec<u32> {
        let (mut found, mut in_string, mut escaped) = (Vec::new(), false, false);
        for (i, byte) in bytes.iter().enumerate() {
            let at = u32::try_from(i).unwrap();
            match byte {
                b'\n' => {
                    found.push(at);
                    (in_string, escaped) = (false, false);
                    continue;
                }
                b'"' if !escaped => in_string = !in_string,
                b'{' | b'}' | b'[' | b']' | b':' | b',' | 0x0c | 0x1a if !in_string => found.push(at),
                _ => {}
            }
            escaped = *byte == b'\\' && !escaped;
        }
        found
    }

    proptest! {
        #[test]
        fn json_structure_is_found_by_every_level(
            text in "(\\{|\\}|\\[|\\]|:|,|\x0c|\"|\\\\|\\\\\\\\|\n|a|é|            ){0,300}", step in 1..200_usize,
        ) {
            let expected = json_expected(text.as_bytes());
            for level in Level::all() {
                let (found, backslash, non_ascii) = json_positions(level, text.as_bytes(), step);
                prop_assert_eq!(&found, &expected, "{:?}", level);
                prop_assert!(backslash || !text.contains('\\'));
                prop_assert!(non_ascii || text.is_ascii());
            }
        }

        #[test]
        fn csv_specials_are_found_by_every_level(
            text in "(,|\"|\n|\r|\\\\|a|é|            ){0,300}", step in 1..200_usize,
        ) {
            let specials = CsvSpecials { delimiter: b',', quote: Some(b'"'), escape: Some(b'\\') };
            let expected: Vec<u32> = text.bytes().enumerate()
                .filter(|(_, b)| b",\"\n\r\\".contains(b))
                .map(|(i, _)| u32::try_from(i).unwrap())
                .collect();
            for level in Level::all() {
                let (mut scan, mut out) = (CsvScan::default(), Positions::default());
                while scan.at < text.len() {
                    let until = scan.at + step;
                    level.csv(specials, text.as_bytes(), &mut scan, until, &mut out);
                }
                prop_assert_eq!(out.as_slice(), &expected[..], "{:?}", level);
                prop_assert!(scan.non_ascii || text.is_ascii());
            }
        }

        #[test]
        fn the_plain_prefix_ends_at_the_first_byte_to_escape(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let expected = text.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(text.len());
            for level in Level::all() {
                prop_assert_eq!(level.json_plain_prefix(&text), expected, "{:?}", level);
            }
        }

        #[test]
        fn lanes_agree(chunk in proptest::collection::vec(any::<u8>(), CHUNK), byte in any::<u8>()) {
            fn answers<L: Lanes>(lanes: L, chunk: &[u8; CHUNK], byte: u8) -> [u64; 5] {
                let vector = lanes.load(chunk);
                [
                    lanes.equal(vector, byte),
                    lanes.below(vector, byte.max(1)),
                    lanes.non_ascii(vector),
                    lanes.json_operators(vector),
                    lanes.prefix_xor(lanes.equal(vector, byte) | lanes.non_ascii(vector)),
                ]
            }
            let chunk: &[u8; CHUNK] = chunk.as_slice().try_into().unwrap();
            let expected = answers(portable::Portable, chunk, byte);
            prop_assert_eq!(expected[0].count_ones() as usize, chunk.iter().filter(|b| **b == byte).count());
            #[cfg(target_arch = "x86_64")]
            {
                if let Some(lanes) = x86::Avx2::detect() {
                    prop_assert_eq!(answers(lanes, chunk, byte), expected);
                }
                if let Some(lanes) = x86::Avx512::detect() {
                    prop_assert_eq!(answers(lanes, chunk, byte), expected);
                }
            }
        }
    }
}
