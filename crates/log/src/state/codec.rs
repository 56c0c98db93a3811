//! How entries and snapshots of state machines are written: LEB128 varints, zigzag for signed values, and fixed
//! little-endian where values are spread over their whole range (hashes).

use crate::{Error, ErrorKind, Timestamp};

/// Appends `value` as an unsigned LEB128 varint (1 to 10 bytes).
pub(crate) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    #[allow(clippy::cast_possible_truncation)] // below 0x80
    out.push(value as u8);
}

/// Appends a length or a count.
pub(crate) fn put_len(out: &mut Vec<u8>, value: usize) {
    put_u64(out, value as u64);
}

/// Appends `value` as a zigzag varint.
#[allow(clippy::cast_sign_loss)] // zigzag keeps every bit
pub(crate) fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends a time as a zigzag varint of its milliseconds.
pub(crate) fn put_time(out: &mut Vec<u8>, value: Timestamp) {
    put_i64(out, value.0);
}

/// Appends `value` in eight bytes, little-endian.
pub(crate) fn put_fixed(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Reads what the `put` functions wrote; every error says which machine's bytes are damaged.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`; `what` names them in errors ("lease entry", "snapshot of held messages").
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| self.corrupt("ends too early"))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.corrupt("has a number over 64 bits"))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.u64()?.try_into().map_err(|_| self.corrupt("has a number over 32 bits"))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.u64()?.try_into().map_err(|_| self.corrupt("has a number over 16 bits"))
    }

    #[allow(clippy::cast_possible_wrap)] // zigzag keeps every bit
    pub(crate) fn i64(&mut self) -> Result<i64, Error> {
        let value = self.u64()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        Ok(Timestamp(self.i64()?))
    }

    pub(crate) fn fixed(&mut self) -> Result<u64, Error> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(|| self.corrupt("ends too early"))?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// A count of things that take at least one byte each, so that damage cannot ask for endless memory.
    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        let count = self.u64()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(self.corrupt("counts more than it holds")),
        }
    }

    /// `base` plus the next varint.
    pub(crate) fn after(&mut self, base: u64) -> Result<u64, Error> {
        let delta = self.u64()?;
        base.checked_add(delta).ok_or_else(|| self.corrupt("has an offset over 64 bits"))
    }

    /// Fails when bytes are left.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.corrupt("has bytes after its end")) }
    }

    pub(crate) fn corrupt(&self, problem: &str) -> Error {
        Error::new(ErrorKind::Corrupt, format!("{} {problem}", self.what))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(unsigned in any::<u64>(), signed in any::<i64>(), shift in 0..64_u32) {
            let mut out = Vec::new();
            put_u64(&mut out, unsigned >> shift);
            put_i64(&mut out, signed >> shift);
            put_fixed(&mut out, unsigned);
            let mut reader = Reader::new(&out, "test");
            prop_assert_eq!(reader.u64().unwrap(), unsigned >> shift);
            prop_assert_eq!(reader.i64().unwrap(), signed >> shift);
            prop_assert_eq!(reader.fixed().unwrap(), unsigned);
            reader.end().unwrap();
        }

        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            let mut reader = Reader::new(&bytes, "test");
            while reader.u64().is_ok() {}
            let _ = reader.count();
        }
    }

    #[test]
    fn eleven_bytes_are_no_number() {
        let mut reader = Reader::new(&[0xff; 11], "lease entry");
        assert_eq!(reader.u64().unwrap_err().to_string(), "lease entry has a number over 64 bits");
        let mut reader = Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], "x");
        assert!(reader.u64().is_err());
    }
}
