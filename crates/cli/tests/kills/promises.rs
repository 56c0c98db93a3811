//! What leases promise, held against what processes said before they were killed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::facts::{Delivery, Fact, Place, Wish};

/// The group that gets ordering groups in order, and its topic.
pub const FIFO: u64 = 1;
pub const MAX_ATTEMPTS: u64 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Done {
    #[default]
    No,
    /// It was asked for when the process was killed.
    Maybe,
    Acked,
    Buried,
    /// Later ones of its ordering group were delivered: it must have died.
    Passed,
    /// The same of one that may have been acknowledged.
    Settled,
}

/// What is known of a message.
#[derive(Debug, Default)]
struct Known {
    attempts: u64,
    /// Its delivery ends then; after a kill, at one of two times.
    until: (i64, i64),
    done: Done,
    /// Its time was changed.
    changed: bool,
    call: u64,
    /// How many kills there had been at its last delivery.
    kills: u64,
    /// What was asked and not answered yet.
    asked: Option<(Wish, i64)>,
}

/// An ordering group in a queue.
#[derive(Debug, Default)]
struct Lane {
    /// Those delivered so far that may be open.
    open: BTreeSet<u64>,
    /// The last one delivered for the first time.
    last: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Figures {
    pub produced: u64,
    pub deliveries: u64,
    /// Delivered again because its time ran out.
    pub expired: u64,
    /// Delivered again after its time was changed or it was given back.
    pub again: u64,
    pub acked: u64,
    /// Acknowledged by a handle that was given before a kill.
    pub after_kill: u64,
    pub changed: u64,
    pub refused: u64,
    pub dead: u64,
    pub stand: u64,
}

#[derive(Default)]
pub struct Promises {
    pub figures: Figures,
    pub violations: Vec<String>,
    pub kills: u64,
    known: HashMap<Place, Known>,
    lanes: HashMap<(u64, u64), Lane>,
    produced: BTreeMap<Place, u64>,
    later: HashMap<u64, i64>,
    opened: HashMap<(u64, u64), (u64, u64)>,
}

impl Promises {
    pub fn take(&mut self, fact: &Fact) {
        let before = self.violations.len();
        match fact {
            Fact::Produced { place, n, .. } => {
                self.figures.produced += 1;
                if self.produced.insert(*place, *n).is_some_and(|other| other != *n) {
                    self.violations.push("two messages stand at one place".to_owned());
                }
            }
            Fact::Later { n, due } => {
                self.later.insert(*n, *due);
            }
            Fact::Opened { topic, queue, floor, next } => {
                let was = self.opened.insert((*topic, *queue), (*floor, *next)).unwrap_or_default();
                if *floor < was.0 || *next < was.1 {
                    self.violations.push(format!("the group went back from {was:?}"));
                }
            }
            Fact::Delivered { delivery, lane, now, after, until, call, .. } => {
                let first = self.delivered(*delivery, (*now, *until), *call);
                if delivery.place.topic == FIFO {
                    self.in_order(delivery.place, *lane, first, (*call, *after));
                }
            }
            Fact::Asks { delivery, wish, now } => {
                self.known.entry(delivery.place).or_default().asked = Some((*wish, *now));
            }
            Fact::Answer { delivery, granted, now } => self.answered(*delivery, *granted, *now),
            Fact::Wrong(what) => self.violations.push(what.clone()),
            Fact::Stands { .. } | Fact::Buried { .. } => {}
        }
        for violation in self.violations.iter_mut().skip(before) {
            *violation = format!("{violation}: {fact:?}");
        }
    }

    /// The process was killed.
    pub fn killed(&mut self) {
        self.kills += 1;
        for known in self.known.values_mut() {
            match known.asked.take() {
                Some((Wish::Until(until), _)) => {
                    known.until = (known.until.0.min(until), known.until.1.max(until));
                }
                Some(_) if known.done == Done::No => known.done = Done::Maybe,
                _ => {}
            }
        }
    }

    /// Says whether it is the first delivery.
    fn delivered(&mut self, delivery: Delivery, (now, until): (i64, i64), call: u64) -> bool {
        let Delivery { place, attempt } = delivery;
        let kills = self.kills;
        let known = self.known.entry(place).or_default();
        self.figures.deliveries += 1;
        match (known.attempts, known.changed) {
            (0, _) => {}
            (_, true) => self.figures.again += 1,
            (_, false) => self.figures.expired += 1,
        }
        if !matches!(known.done, Done::No | Done::Maybe) {
            self.violations.push(format!("delivered again though it is done ({:?})", known.done));
        }
        if now < known.until.0 {
            self.violations.push(format!("delivered before its time, {:?}", known.until));
        }
        // A kill may have come between a delivery and the word of it.
        let untold = kills - known.kills;
        if attempt <= known.attempts || attempt > known.attempts + 1 + untold || attempt > MAX_ATTEMPTS {
            let attempts = known.attempts;
            self.violations.push(format!("attempt {attempt} follows {attempts} and {untold} kills"));
        }
        let first = known.attempts == 0;
        *known = Known { attempts: attempt, until: (until, until), call, kills, ..Known::default() };
        if self.opened.get(&(place.topic, place.queue)).is_some_and(|opened| place.offset < opened.0) {
            self.violations.push("delivered though the group said to be done with it".to_owned());
        }
        first
    }

    /// Whatever stands before the message in its ordering group must be done by `now`, or come with it.
    fn in_order(&mut self, place: Place, lane: u64, first: bool, (call, now): (u64, i64)) {
        let lane = self.lanes.entry((place.queue, lane)).or_default();
        if first && lane.last.is_some_and(|last| last > place.offset) {
            self.violations.push(format!("delivered for the first time after {:?}", lane.last));
        }
        lane.last = lane.last.max(Some(place.offset));
        lane.open.insert(place.offset);
        let earlier: Vec<u64> = lane.open.range(..place.offset).copied().collect();
        for offset in earlier {
            let known = self.known.entry(Place { offset, ..place }).or_default();
            match known.done {
                Done::No if known.call == call => continue,
                // Its last attempt may have been one that nothing is known of.
                Done::No
                    if known.until.0 > now || known.attempts + (self.kills - known.kills) < MAX_ATTEMPTS =>
                {
                    self.violations.push(format!("delivered while {offset} is not done: {known:?}"));
                }
                Done::No => known.done = Done::Passed,
                Done::Maybe => known.done = Done::Settled,
                Done::Acked | Done::Buried | Done::Passed | Done::Settled => {}
            }
            lane.open.remove(&offset);
        }
    }

    fn answered(&mut self, delivery: Delivery, granted: bool, now: i64) {
        let known = self.known.entry(delivery.place).or_default();
        let Some((wish, asked)) = known.asked.take() else {
            return self.violations.push("an answer to nothing".to_owned());
        };
        let current = known.attempts == delivery.attempt;
        let stands = current && known.done == Done::No && known.until.0 > now;
        let void = delivery.attempt < known.attempts
            || known.until.1 <= asked
            || !matches!(known.done, Done::No | Done::Maybe);
        match (granted, wish) {
            (false, _) => {
                self.figures.refused += 1;
                if stands {
                    self.violations.push(format!("a handle good until {:?} is refused", known.until));
                }
            }
            (true, _) if void => {
                let was = (known.attempts, known.until, known.done);
                self.violations.push(format!("a void handle is taken: {was:?}"));
            }
            (true, Wish::Ack) => {
                known.done = Done::Acked;
                self.figures.acked += 1;
                self.figures.after_kill += u64::from(known.kills < self.kills);
            }
            (true, Wish::Bury) => known.done = Done::Buried,
            (true, Wish::Until(until)) => {
                (known.until, known.changed) = ((until, until), true);
                known.done = Done::No;
                self.figures.changed += 1;
            }
        }
    }

    /// Compares what stands in the end with what was said.
    pub fn settle(&mut self, facts: &[Fact]) {
        let mut places = HashSet::new();
        let mut numbers = HashSet::new();
        let mut dead: HashMap<Place, u64> = HashMap::new();
        let wrong = |violations: &mut Vec<String>, what: &str, fact: &dyn std::fmt::Debug| {
            violations.push(format!("{what}: {fact:?}"));
        };
        for fact in facts {
            match fact {
                Fact::Stands { place, n, stored } => {
                    self.figures.stand += 1;
                    places.insert(*place);
                    if !numbers.insert(*n) {
                        wrong(&mut self.violations, "a message stands twice", fact);
                    }
                    if self.produced.remove(place).is_some_and(|known| known != *n) {
                        wrong(&mut self.violations, "another message stands there", fact);
                    }
                    if self.later.remove(n).is_some_and(|due| *stored < due) {
                        wrong(&mut self.violations, "it came before it was due", fact);
                    }
                }
                Fact::Buried { place, attempts, .. } => {
                    self.figures.dead += 1;
                    if dead.insert(*place, *attempts).is_some() {
                        wrong(&mut self.violations, "a message died twice", fact);
                    }
                }
                _ => {}
            }
        }
        for (place, n) in &self.produced {
            wrong(&mut self.violations, "an acknowledged message is lost", &(place, n));
        }
        for (n, due) in &self.later {
            wrong(&mut self.violations, "a delayed message is lost", &(n, due));
        }
        for place in places {
            let known = self.known.remove(&place).unwrap_or_default();
            let fits = match (known.done, dead.remove(&place)) {
                (Done::Acked, None) | (Done::Maybe | Done::Settled, _) | (Done::Buried, Some(_)) => true,
                (Done::No | Done::Passed, Some(attempts)) => attempts == MAX_ATTEMPTS,
                (Done::Acked, Some(_)) | (Done::No | Done::Passed | Done::Buried, None) => false,
            };
            if !fits {
                wrong(&mut self.violations, "it is not done once", &(place, known));
            }
        }
        for place in dead.keys() {
            wrong(&mut self.violations, "what died stands nowhere", place);
        }
    }
}
