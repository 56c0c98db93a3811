//! Bids: rows of JSON as an auction's site would log them, the same for each run.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// As in `bench/bids.py`: 13 letters, five times.
const EXTRA: &str = "xyzzyabcdefghxyzzyabcdefghxyzzyabcdefghxyzzyabcdefghxyzzyabcdefgh";

/// The columns of the table.
pub const COLUMNS: &str = "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, \
                           `dateTime` TIMESTAMP(3), extra STRING";

/// Writes `count` bids, a JSON object a line.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, count: u64) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for n in 0..count {
        let (auction, millis, seconds) = (n % 1000, n % 1000, n / 1000);
        writeln!(
            out,
            "{{\"auction\":{auction},\"bidder\":{},\"price\":{},\"channel\":\"channel-{auction}\",\
             \"url\":\"https://www.nexmark.com/abc/xyz/item.htm?query={}\",\
             \"dateTime\":\"2024-01-01 {:02}:{:02}:{:02}.{millis:03}\",\"extra\":\"{EXTRA}\"}}",
            n % 7777,
            n * 7919 % 100_000,
            n % 3,
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
        )?;
    }
    out.flush()
}
