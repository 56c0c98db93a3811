//! Messages that move: the same one, written again.

use crate::{Message, MessageView};

/// Gives `take` a message as it was seen, with `more` properties behind its own.
pub(crate) fn copied<T>(
    seen: &MessageView<'_>,
    more: &[(&str, &str)],
    take: impl FnOnce(&Message<'_>) -> T,
) -> T {
    let keys: Vec<&[u8]> = seen.keys().collect();
    let properties: Vec<(&str, &str)> = seen.properties().chain(more.iter().copied()).collect();
    take(&Message {
        body: seen.body(),
        keys: &keys,
        tag: seen.tag(),
        unique_id: seen.unique_id(),
        ordering: seen.ordering(),
        properties: &properties,
        born: seen.born(),
    })
}
