//! Receipt handles: what a consumer shows to acknowledge a delivery.

use std::fmt;
use std::str::FromStr;

use super::QueueKey;
use crate::state::codec::{Reader, put_u64};
use crate::{Error, ErrorKind, GroupId, QueueId, TopicId};

/// The layout of a handle's bytes.
const VERSION: u8 = 1;

/// Longest text of a handle: version, five numbers of up to 10 bytes, two of up to 5, in hexadecimal.
const TEXT_MAX: usize = 128;

/// One delivery of one message to one group. Its text is opaque to consumers and stays valid until the delivery is
/// acknowledged or its time is over, however often that time is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle {
    /// Whose delivery it is, and of which queue.
    pub key: QueueKey,
    /// How often the group's place in the queue had been reset: older handles are void.
    pub epoch: u32,
    /// The message.
    pub offset: u64,
    /// Which delivery of the message it is, from 1.
    pub attempt: u16,
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION];
        put_u64(&mut bytes, u64::from(self.key.group.0));
        put_u64(&mut bytes, u64::from(self.key.topic.0));
        put_u64(&mut bytes, u64::from(self.key.queue.0));
        put_u64(&mut bytes, u64::from(self.epoch));
        put_u64(&mut bytes, self.offset);
        put_u64(&mut bytes, u64::from(self.attempt));
        for byte in bytes {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Handle {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "the receipt handle is not one that a receive gave; hand it back as it came",
            )
        })
    }
}

fn parse(text: &str) -> Option<Handle> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let bytes = unhex(text.as_bytes())?;
    let mut reader = Reader::new(&bytes, "receipt handle");
    if reader.u8().ok()? != VERSION {
        return None;
    }
    let key = QueueKey {
        group: GroupId(reader.u32().ok()?),
        topic: TopicId(reader.u32().ok()?),
        queue: QueueId(reader.u32().ok()?),
    };
    let handle =
        Handle { key, epoch: reader.u32().ok()?, offset: reader.u64().ok()?, attempt: reader.u16().ok()? };
    reader.end().ok()?;
    Some(handle)
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut pairs = text.chunks_exact(2);
    let bytes = pairs
        .by_ref()
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect();
    if pairs.remainder().is_empty() { bytes } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn handles_come_back(group: u32, topic: u32, queue: u32, epoch: u32, offset: u64, attempt: u16) {
            let key = QueueKey { group: GroupId(group), topic: TopicId(topic), queue: QueueId(queue) };
            let handle = Handle { key, epoch, offset, attempt };
            prop_assert_eq!(handle.to_string().parse::<Handle>().unwrap(), handle);
        }

        #[test]
        fn other_texts_are_refused(text in ".{0,40}|[0-9a-f]{0,140}") {
            if let Ok(handle) = text.parse::<Handle>() {
                // Whatever is taken is written in one way only, or shorter.
                prop_assert!(handle.to_string().len() <= text.len());
            }
        }
    }

    #[test]
    fn a_garbled_handle_is_refused_with_the_mend() {
        for text in ["", "1", "0x", "02010101010101", "0101010101010101ff", "01010101010101zz", "é1"] {
            let error = text.parse::<Handle>().unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidInput);
            assert!(error.to_string().contains("hand it back as it came"), "{text}");
        }
    }
}
