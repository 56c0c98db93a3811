//! Lines of an input, read ahead of whoever takes them.

use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use millstream_engine::{Error, Result};
use millstream_log::BODY_BYTES_MAX;

/// How much is read at a time.
const READ_BYTES: usize = 256 << 10;

/// How many reads wait to be taken.
const READ_AHEAD: usize = 8;

/// Whole lines, each with its end; only the last one of the input may go without.
type Chunk = Result<Vec<u8>>;

/// The lines of an input.
pub struct Lines {
    chunks: Receiver<Chunk>,
}

impl Lines {
    /// Reads `input`, which messages call `name`, from now on.
    ///
    /// # Errors
    /// Unavailable, when there is no thread for it.
    pub fn read(input: impl Read + Send + 'static, name: &'static str) -> Result<Self> {
        let (send, chunks) = sync_channel(READ_AHEAD);
        std::thread::Builder::new()
            .name("lines".to_owned())
            .stack_size(256 << 10)
            .spawn(move || read_all(input, name, &send))
            .map_err(|e| {
                Error::new(millstream_engine::ErrorKind::Unavailable, format!("no thread to read: {e}"))
            })?;
        Ok(Self { chunks })
    }

    /// The next lines, waited for; `None` at the end.
    pub fn next(&self) -> Option<Chunk> {
        self.chunks.recv().ok()
    }

    /// The next lines, if they are there already.
    pub fn next_at_hand(&self) -> Option<Chunk> {
        self.chunks.try_recv().ok()
    }
}

/// Sends whole lines until the input ends, or nobody takes them.
fn read_all(mut input: impl Read, name: &str, send: &SyncSender<Chunk>) {
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let start = rest.len();
        rest.resize(start + READ_BYTES, 0);
        let read = input.read(rest.get_mut(start..).unwrap_or_default());
        let read = match read {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                rest.truncate(start);
                continue;
            }
            Err(error) => {
                let kind = millstream_engine::ErrorKind::Unavailable;
                let _ = send.send(Err(Error::new(kind, format!("cannot read {name}: {error}"))));
                return;
            }
        };
        rest.truncate(start + read);
        if read == 0 {
            if !rest.is_empty() {
                let _ = send.send(Ok(rest));
            }
            return;
        }
        let new = rest.get(start..).unwrap_or_default();
        if let Some(end) = memchr::memrchr(b'\n', new) {
            let behind = rest.split_off(start + end + 1);
            let lines = std::mem::replace(&mut rest, behind);
            if send.send(Ok(lines)).is_err() {
                return;
            }
        }
        if rest.len() > BODY_BYTES_MAX {
            let kind = millstream_engine::ErrorKind::Data;
            let message = format!(
                "{name} has a line of more than {BODY_BYTES_MAX} bytes, which no message may have; the lines before it were written"
            );
            let _ = send.send(Err(Error::new(kind, message)));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte, then three, and so on.
    struct Slow(Vec<u8>, usize);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let length = (1 + self.1 % 3).min(self.0.len() - self.1);
            into[..length].copy_from_slice(&self.0[self.1..self.1 + length]);
            self.1 += length;
            Ok(length)
        }
    }

    fn lines(text: &str) -> Vec<String> {
        let lines = Lines::read(Slow(text.into(), 0), "the test").unwrap();
        std::iter::from_fn(|| lines.next()).map(|chunk| String::from_utf8(chunk.unwrap()).unwrap()).collect()
    }

    #[test]
    fn lines_come_whole() {
        let text = "a\n\nlonger\r\nend";
        let chunks = lines(text);
        assert_eq!(chunks.concat(), text);
        let (last, others) = chunks.split_last().unwrap();
        assert!(others.iter().all(|chunk| chunk.ends_with('\n')), "{chunks:?}");
        assert_eq!(last, "end");
        assert!(lines("").is_empty());
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let lines = Lines::read(std::io::repeat(b'x'), "the test").unwrap();
        let error = std::iter::from_fn(|| lines.next()).last().unwrap().unwrap_err();
        assert!(error.message.starts_with("the test has a line of more than"), "{error}");
    }
}
