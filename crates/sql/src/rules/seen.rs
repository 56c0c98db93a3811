//! Things met before, found again without comparing each with all.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Debug, Write};
use std::hash::Hasher;

/// Things by what they look like. Expressions and values have no hash of their own; what prints alike is then compared.
pub(super) struct Seen<T> {
    things: Vec<T>,
    by_look: HashMap<u64, Vec<usize>>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { things: Vec::new(), by_look: HashMap::new() }
    }
}

impl<T: Debug + PartialEq> Seen<T> {
    /// The position of an equal thing, if there is one.
    pub(super) fn position(&self, thing: &T) -> Option<usize> {
        let candidates = self.by_look.get(&look(thing))?;
        candidates.iter().copied().find(|at| self.things.get(*at) == Some(thing))
    }

    /// Adds a thing, unless it has been seen. Whether it was new.
    pub(super) fn add(&mut self, thing: T) -> bool {
        if self.position(&thing).is_some() {
            return false;
        }
        self.push(thing);
        true
    }

    /// Adds a thing, seen or not.
    pub(super) fn push(&mut self, thing: T) {
        self.by_look.entry(look(&thing)).or_default().push(self.things.len());
        self.things.push(thing);
    }

    /// The things in the order in which they came.
    pub(super) fn things(&self) -> &[T] {
        &self.things
    }

    /// The things, by value.
    pub(super) fn into_things(self) -> Vec<T> {
        self.things
    }
}

fn look(thing: &impl Debug) -> u64 {
    struct Sink(DefaultHasher);
    impl Write for Sink {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut sink = Sink(DefaultHasher::new());
    // The sink takes everything.
    let _ = write!(sink, "{thing:?}");
    sink.0.finish()
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn equal_things_are_seen_once() {
        let mut seen = Seen::default();
        assert!(seen.add("a") && seen.add("b") && !seen.add("a"));
        assert_eq!(seen.position(&"b"), Some(1));
        assert_eq!(seen.into_things(), ["a", "b"]);
    }
}
