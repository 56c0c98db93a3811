//! Random calls against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Call {
    Schedule(Vec<(i64, u32)>),
    Cancel(prop::sample::Index),
    Fire { wait: i64, max: usize },
    Carry { share: u64, max: usize },
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => prop::collection::vec((-20..2000_i64, 0..3_u32), 1..20).prop_map(Call::Schedule),
        3 => any::<prop::sample::Index>().prop_map(Call::Cancel),
        3 => (0..300_i64, 1..30_usize).prop_map(|(wait, max)| Call::Fire { wait, max }),
        1 => (0..=100_u64, 1..30_usize).prop_map(|(share, max)| Call::Carry { share, max }),
        1 => Just(Call::Reopen),
    ]
}

#[derive(Default)]
struct World {
    machine: Delay,
    entries: Vec<(Position, Vec<u8>)>,
    pending: BTreeMap<DueId, (Position, u32)>,
    gone: Vec<DueId>,
    now: i64,
    end: u64,
}

impl World {
    fn commit(&mut self, entry: Vec<u8>) -> Position {
        let at = Position(self.end);
        self.end += 20 << 20;
        self.machine.apply(at, Timestamp(self.now), &entry).unwrap();
        self.entries.push((at, entry));
        at
    }

    fn run(&mut self, call: &Call) {
        match call {
            Call::Schedule(messages) => {
                let messages: Vec<_> =
                    messages.iter().map(|(wait, index)| (Timestamp(self.now + wait), *index)).collect();
                let (entry, names) = self.machine.schedule(&messages).unwrap();
                let at = self.commit(entry);
                for (name, (due, index)) in names.into_iter().zip(messages) {
                    assert_eq!(name.due, due.max(Timestamp(0)));
                    assert_eq!(name.to_string().parse::<DueId>().unwrap(), name);
                    assert!(self.pending.insert(name, (at, index)).is_none() && !self.gone.contains(&name));
                }
            }
            Call::Cancel(at) => {
                let all: Vec<DueId> = self.pending.keys().chain(&self.gone).copied().collect();
                if all.is_empty() {
                    return;
                }
                let name = *at.get(&all);
                let entry = self.machine.cancel(name);
                assert_eq!(entry.is_some(), self.pending.remove(&name).is_some());
                if let Some(entry) = entry {
                    self.commit(entry);
                    self.gone.push(name);
                }
            }
            Call::Fire { wait, max } => {
                self.now += wait;
                let due = self.machine.due(Timestamp(self.now), *max);
                for message in &due {
                    let (first, place) = self.pending.pop_first().unwrap();
                    assert_eq!((message.name, (message.position, message.index)), (first, place));
                    assert!(first.due.0 <= self.now);
                    self.gone.push(first);
                }
                match self.machine.fired(&due) {
                    Some(entry) => drop(self.commit(entry)),
                    None => assert!(due.is_empty()),
                }
                let next = self.pending.keys().next().map(|name| name.due);
                assert_eq!(self.machine.next_due(), next);
                assert!(due.len() == *max || next.is_none_or(|next| next.0 > self.now));
            }
            Call::Carry { share, max } => {
                let before = Position(self.end * share / 100);
                let carried = self.machine.carry(before, *max);
                let old = self.pending.values().filter(|(position, _)| *position < before).count();
                assert_eq!(carried.len(), old.min(*max));
                if carried.is_empty() {
                    return;
                }
                let places: Vec<(DueId, u32)> = carried.iter().map(|message| message.name).zip(7..).collect();
                let at = self.commit(self.machine.carried(&places));
                for (name, index) in places {
                    self.pending.insert(name, (at, index)).unwrap();
                }
            }
            Call::Reopen => self.reopen(),
        }
        let oldest = self.pending.values().map(|(position, _)| *position).min();
        match (self.machine.oldest(), oldest) {
            (Some(said), Some(is)) => assert!(said <= is && is.0 - said.0 < 64 << 20),
            (said, is) => assert_eq!(said, is),
        }
    }

    fn reopen(&mut self) {
        let (mut live, mut again) = (Vec::new(), Vec::new());
        self.machine.snapshot(&mut live);
        self.machine = Delay::default();
        self.machine.restore(&live).unwrap();
        self.machine.snapshot(&mut again);
        assert_eq!(live, again, "a restored state is the one that was written");
        let mut replayed = Delay::default();
        for (at, entry) in &self.entries {
            replayed.apply(*at, Timestamp(0), entry).unwrap();
        }
        again.clear();
        replayed.snapshot(&mut again);
        assert_eq!(live, again, "replayed state is live state");
        assert_eq!(self.machine.len(), self.pending.len());
    }
}

proptest! {
    #[test]
    fn messages_fire_once_or_are_cancelled_once(calls in prop::collection::vec(call(), 1..80)) {
        let mut world = World::default();
        for call in &calls {
            world.run(call);
        }
        world.reopen();
        world.run(&Call::Fire { wait: 5000, max: usize::MAX });
        assert!(world.machine.is_empty() && world.machine.oldest().is_none());
    }

    #[test]
    fn damaged_entries_and_snapshots_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..60), kind in 0..6_u8) {
        let mut machine = Delay::default();
        let entry: Vec<u8> = std::iter::once(kind).chain(bytes.iter().copied()).collect();
        let _ = machine.apply(Position(0), Timestamp(0), &entry);
        let snapshot: Vec<u8> = std::iter::once(1).chain(bytes).collect();
        let _ = Delay::default().restore(&snapshot);
    }
}

#[test]
fn texts_that_no_send_gave_are_refused() {
    for text in ["", "d", "d-", "d1-", "d-1", "d1", "d+1-2", "dffffffffffff0-1", "d1-1000000000000", "x1-2"] {
        let error = text.parse::<DueId>().unwrap_err();
        assert!(error.to_string().contains("hand it back as it came"), "{text}");
    }
}
