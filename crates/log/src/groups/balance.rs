//! Which queues a consumer reads.

/// The queues, of `queues` in all, that the consumer at place `member` of `members` reads when each queue has one reader: as even
/// as can be, neighbours together, the same for everyone who computes it.
pub fn share(queues: u32, members: u32, member: u32) -> std::ops::Range<u32> {
    if member >= members {
        return 0..0;
    }
    let (each, over) = (queues / members, queues % members);
    let first = member * each + member.min(over);
    first..first + each + u32::from(member < over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_whole() {
        for queues in 0..40 {
            for members in 1..12 {
                let shares: Vec<_> = (0..members).map(|member| share(queues, members, member)).collect();
                let all: Vec<u32> = shares.iter().cloned().flatten().collect();
                assert_eq!(all, (0..queues).collect::<Vec<_>>());
                let sizes: Vec<_> = shares.iter().map(ExactSizeIterator::len).collect();
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
        assert!(share(4, 2, 2).is_empty());
        assert!(share(4, 0, 0).is_empty());
    }
}
