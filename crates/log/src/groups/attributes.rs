//! A group's policy as attributes in the catalog.

use super::{Backoff, GroupPolicy, Order};
use crate::{Attributes, Error, Result};

/// `free` or `fifo`.
const ORDER: &str = "order";
/// A number.
const MAX_ATTEMPTS: &str = "max-attempts";
/// Milliseconds between commas, or `exponential` with the first wait, the longest wait and the multiplier.
const BACKOFF: &str = "backoff";
/// A number.
const OPEN_MAX: &str = "open-max";
/// The name of a topic.
const DEAD_LETTER_TOPIC: &str = "dead-letter-topic";

impl GroupPolicy {
    /// What a group's attributes say. What they do not say is as in [`GroupPolicy::default`]; attributes of other names are not
    /// looked at.
    ///
    /// # Errors
    /// `InvalidInput` for a value that does not read, or that [`GroupPolicy::check`] refuses.
    pub fn of(attributes: &Attributes) -> Result<Self> {
        let mut policy = Self::default();
        for (name, value) in attributes {
            let bad = |expected: &str| {
                Error::invalid(format!("attribute '{name}' of a group is '{value}'; give {expected}"))
            };
            match name.as_str() {
                ORDER => {
                    policy.order = match value.as_str() {
                        "free" => Order::Free,
                        "fifo" => Order::Fifo,
                        _ => return Err(bad("'free' or 'fifo'")),
                    }
                }
                MAX_ATTEMPTS => {
                    policy.max_attempts = value.parse().map_err(|_| bad("a number from 1 to 65535"))?
                }
                OPEN_MAX => policy.open_max = value.parse().map_err(|_| bad("a number of messages"))?,
                BACKOFF => {
                    policy.backoff = backoff(value).ok_or_else(|| {
                        bad("waits in milliseconds with commas between them, or 'exponential FIRST LONGEST MULTIPLIER'")
                    })?;
                }
                DEAD_LETTER_TOPIC => policy.dead_letter_topic = Some(value.clone()),
                _ => {}
            }
        }
        policy.check()?;
        Ok(policy)
    }

    /// The policy as attributes of a group.
    pub fn attributes(&self) -> Attributes {
        let backoff = match &self.backoff {
            Backoff::Steps(steps) => steps.iter().map(u64::to_string).collect::<Vec<_>>().join(","),
            Backoff::Exponential { initial_ms, max_ms, multiplier } => {
                format!("exponential {initial_ms} {max_ms} {multiplier}")
            }
        };
        let order = match self.order {
            Order::Free => "free",
            Order::Fifo => "fifo",
        };
        let mut attributes = vec![
            (ORDER.to_owned(), order.to_owned()),
            (MAX_ATTEMPTS.to_owned(), self.max_attempts.to_string()),
            (BACKOFF.to_owned(), backoff),
            (OPEN_MAX.to_owned(), self.open_max.to_string()),
        ];
        if let Some(topic) = &self.dead_letter_topic {
            attributes.push((DEAD_LETTER_TOPIC.to_owned(), topic.clone()));
        }
        attributes
    }
}

fn backoff(text: &str) -> Option<Backoff> {
    if let Some(rest) = text.strip_prefix("exponential ") {
        let mut parts = rest.split(' ');
        let backoff = Backoff::Exponential {
            initial_ms: parts.next()?.parse().ok()?,
            max_ms: parts.next()?.parse().ok()?,
            multiplier: parts.next()?.parse().ok()?,
        };
        return parts.next().is_none().then_some(backoff);
    }
    let steps = text.split(',').map(|step| step.trim().parse().ok());
    steps.collect::<Option<Vec<u64>>>().map(Backoff::Steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_come_back() {
        let exponential = Backoff::Exponential { initial_ms: 5, max_ms: 700, multiplier: 1.5 };
        for policy in [
            GroupPolicy::default(),
            GroupPolicy {
                order: Order::Fifo,
                max_attempts: 3,
                backoff: exponential,
                open_max: 9,
                dead_letter_topic: Some("graveyard".to_owned()),
            },
        ] {
            assert_eq!(GroupPolicy::of(&policy.attributes()).unwrap(), policy);
        }
        assert_eq!(GroupPolicy::of(&vec![("colour".into(), "red".into())]).unwrap(), GroupPolicy::default());
    }

    #[test]
    fn values_that_do_not_read_are_named() {
        for (name, value) in [
            (ORDER, "any"),
            (MAX_ATTEMPTS, "many"),
            (MAX_ATTEMPTS, "0"),
            (BACKOFF, "exponential 1 2"),
            (BACKOFF, "exponential 1 2 3 4"),
            (BACKOFF, ""),
            (OPEN_MAX, "-1"),
        ] {
            let error = GroupPolicy::of(&vec![(name.into(), value.into())]).unwrap_err();
            assert!(error.to_string().contains("give"), "{name} {value}: {error}");
        }
    }
}
