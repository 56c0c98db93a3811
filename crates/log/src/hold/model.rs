//! Random calls against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const POLICY: CheckPolicy = CheckPolicy { first_ms: 60, interval_ms: 100, checks_max: 2 };

#[derive(Debug, Clone)]
enum Call {
    Prepare { topic: u32, first: u32, count: u32 },
    End { at: prop::sample::Index, commit: bool },
    Check { wait: i64, max: usize },
    Carry { share: u64, max: usize },
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        5 => (1..4_u32, 0..9_u32, 1..4_u32)
            .prop_map(|(topic, first, count)| Call::Prepare { topic, first, count }),
        4 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(at, commit)| Call::End { at, commit }),
        3 => (0..90_i64, 1..9_usize).prop_map(|(wait, max)| Call::Check { wait, max }),
        1 => (0..=100_u64, 1..9_usize).prop_map(|(share, max)| Call::Carry { share, max }),
        1 => Just(Call::Reopen),
    ]
}

#[derive(Default)]
struct World {
    machine: Hold,
    entries: Vec<(Position, Vec<u8>)>,
    open: BTreeMap<TransactionId, Prepared>,
    ended: BTreeMap<TransactionId, Outcome>,
    now: i64,
    end: u64,
}

impl World {
    fn commit(&mut self, entry: Vec<u8>) -> Position {
        let at = Position(self.end);
        self.end += 1000;
        self.machine.apply(at, Timestamp(self.now), &entry).unwrap();
        self.entries.push((at, entry));
        at
    }

    fn run(&mut self, call: &Call) {
        match call {
            Call::Prepare { topic, first, count } => {
                let topic = TopicId(*topic);
                let (entry, id) =
                    self.machine.prepare(topic, *first, *count, &POLICY, Timestamp(self.now)).unwrap();
                let position = self.commit(entry);
                let check_at = Timestamp(self.now + 60);
                let prepared =
                    Prepared { id, topic, position, first: *first, count: *count, check_at, checks: 0 };
                assert_eq!(id.to_string().parse::<TransactionId>().unwrap(), id);
                assert!(self.open.insert(id, prepared).is_none() && !self.ended.contains_key(&id));
            }
            Call::End { at, commit } => {
                let all: Vec<_> = self.open.keys().chain(self.ended.keys()).copied().collect();
                if !all.is_empty() {
                    let outcome = if *commit { Outcome::Committed } else { Outcome::RolledBack };
                    self.end(*at.get(&all), outcome);
                }
            }
            Call::Check { wait, max } => self.check(*wait, *max),
            Call::Carry { share, max } => {
                let before = Position(self.end * share / 100);
                let carried = self.machine.carry(before, *max);
                let old = self.open.values().filter(|prepared| prepared.position < before).count();
                assert_eq!(carried.len(), old.min(*max));
                let places: Vec<_> = carried.iter().map(|prepared| prepared.id).zip(3..).collect();
                let position = self.commit(self.machine.carried(&places));
                for (id, first) in places {
                    let prepared = self.open.get_mut(&id).unwrap();
                    (prepared.position, prepared.first) = (position, first);
                }
            }
            Call::Reopen => self.reopen(),
        }
        assert!(self.machine.prepared().eq(self.open.values()));
        assert_eq!(self.machine.oldest(), self.open.values().map(|prepared| prepared.position).min());
        assert_eq!(self.machine.next_due(), self.open.values().map(|prepared| prepared.check_at).min());
    }

    fn end(&mut self, id: TransactionId, outcome: Outcome) {
        match self.machine.end(id, outcome) {
            End::Now(prepared, entry) => {
                assert_eq!(self.open.remove(&id), Some(prepared));
                self.commit(entry);
                assert!(self.ended.insert(id, outcome).is_none());
            }
            End::Before(before) => assert_eq!(self.ended.get(&id), Some(&before)),
            End::Unknown => panic!("{id} was prepared"),
        }
    }

    fn check(&mut self, wait: i64, max: usize) {
        self.now += wait;
        let now = Timestamp(self.now);
        let due = self.machine.due(now, max);
        let expected = self.open.values().filter(|prepared| prepared.check_at <= now).count();
        assert_eq!(due.len(), expected.min(max));
        let mut ids = Vec::new();
        for prepared in due {
            assert!(prepared.check_at <= now && self.open[&prepared.id] == prepared);
            if prepared.checks >= POLICY.checks_max {
                self.end(prepared.id, Outcome::Expired);
            } else {
                ids.push(prepared.id);
            }
        }
        match self.machine.checked(&ids, &POLICY, now) {
            Some(entry) => drop(self.commit(entry)),
            None => assert!(ids.is_empty()),
        }
        for id in ids {
            let prepared = self.open.get_mut(&id).unwrap();
            prepared.checks += 1;
            prepared.check_at = Timestamp(self.now + 100);
        }
    }

    fn reopen(&mut self) {
        let (mut live, mut again) = (Vec::new(), Vec::new());
        self.machine.snapshot(&mut live);
        self.machine = Hold::default();
        self.machine.restore(&live).unwrap();
        self.machine.snapshot(&mut again);
        assert_eq!(live, again, "a restored state is the one that was written");
        let mut replayed = Hold::default();
        for (at, entry) in &self.entries {
            replayed.apply(*at, Timestamp(0), entry).unwrap();
        }
        again.clear();
        replayed.snapshot(&mut again);
        assert_eq!(live, again, "replayed state is live state");
    }
}

proptest! {
    #[test]
    fn transactions_end_once(calls in prop::collection::vec(call(), 1..80)) {
        let mut world = World::default();
        for call in &calls {
            world.run(call);
        }
        world.reopen();
        // What nobody ends expires after its last question.
        for _ in 0..=POLICY.checks_max {
            world.run(&Call::Check { wait: 1000, max: usize::MAX });
        }
        assert!(world.machine.is_empty());
    }

    #[test]
    fn damaged_entries_and_snapshots_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..60), kind in 0..8_u8) {
        let mut machine = Hold::default();
        let entry: Vec<u8> = std::iter::once(kind).chain(bytes.iter().copied()).collect();
        let _ = machine.apply(Position(0), Timestamp(0), &entry);
        let snapshot: Vec<u8> = std::iter::once(1).chain(bytes).collect();
        let _ = Hold::default().restore(&snapshot);
    }
}

#[test]
fn what_ended_long_ago_is_unknown() {
    let mut machine = Hold::default();
    for at in 0..ENDED_MAX as u64 + 2 {
        let (entry, id) = machine.prepare(TopicId(1), 0, 1, &POLICY, Timestamp(0)).unwrap();
        machine.apply(Position(at), Timestamp(0), &entry).unwrap();
        let End::Now(_, entry) = machine.end(id, Outcome::Committed) else { panic!("{id} is prepared") };
        machine.apply(Position(at), Timestamp(0), &entry).unwrap();
    }
    assert_eq!(machine.end(TransactionId(1), Outcome::Committed), End::Unknown);
    assert_eq!(machine.end(TransactionId(2), Outcome::RolledBack), End::Before(Outcome::Committed));
}

#[test]
fn texts_that_no_prepare_gave_are_refused() {
    for text in ["", "t", "1", "t+1", "t10000000000000000", "x1"] {
        assert!(
            text.parse::<TransactionId>().unwrap_err().to_string().contains("hand it back as it came"),
            "{text}"
        );
    }
    assert!(Hold::default().prepare(TopicId(1), 0, 0, &POLICY, Timestamp(0)).is_err());
}
