//! One schedule.

mod model;

use std::sync::Arc;

use millstream_log::{
    Change, Commit, Durability, ErrorKind, Faults, GroupId, Log, Machines, Message, Options, Position,
    QueueId, Result, SimulatedDisk, StateMachine, Storage, Timestamp, TopicId, TopicSpec,
};

use model::{Model, Op};

/// How often what happened, so that it can be seen that everything does.
#[derive(Debug, Default)]
pub struct Totals {
    pub commits: u64,
    pub crashes: u64,
    pub kills: u64,
    pub closes: u64,
    pub poisoned: u64,
    pub full: u64,
    pub lost_unacknowledged: u64,
    pub segments: u64,
    pub expired: u64,
    pub dropped: u64,
    pub rewritten: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.crashes += other.crashes;
        self.kills += other.kills;
        self.closes += other.closes;
        self.poisoned += other.poisoned;
        self.full += other.full;
        self.lost_unacknowledged += other.lost_unacknowledged;
        self.segments += other.segments;
        self.expired += other.expired;
        self.dropped += other.dropped;
        self.rewritten += other.rewritten;
    }

    pub fn named(&self) -> [(&'static str, u64); 11] {
        [
            ("commit", self.commits),
            ("crash", self.crashes),
            ("kill", self.kills),
            ("close", self.closes),
            ("poisoned writer", self.poisoned),
            ("full disk", self.full),
            ("lost commit that was not acknowledged", self.lost_unacknowledged),
            ("sealed segment", self.segments),
            ("expired message", self.expired),
            ("dropped segment", self.dropped),
            ("rewritten segment", self.rewritten),
        ]
    }
}

/// Counts the commits, so that after a crash it can be told which prefix of them survived.
#[derive(Default)]
struct Count(u64);

const COUNT: u16 = 9;

impl StateMachine for Count {
    fn kind(&self) -> u16 {
        COUNT
    }

    fn check(&self, entry: &[u8]) -> Result<()> {
        assert_eq!(entry, self.0.to_le_bytes(), "entries come in the order of the commits");
        Ok(())
    }

    fn apply(&mut self, _: Position, _: Timestamp, entry: &[u8]) -> Result<()> {
        assert_eq!(entry, self.0.to_le_bytes(), "replayed in the order of the commits");
        self.0 += 1;
        Ok(())
    }

    fn snapshot(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        self.0 = u64::from_le_bytes(snapshot.try_into().expect("eight bytes"));
        Ok(())
    }
}

pub struct Schedule {
    random: u64,
    disk: SimulatedDisk,
    log: Option<Log>,
    model: Model,
    /// So many commits at least must be there after a crash.
    acknowledged: usize,
    /// So many commits at least must be there after the process was killed.
    written: usize,
    now: i64,
    loud: bool,
    counts: Totals,
}

pub const TOPIC_A: TopicId = TopicId(0);
pub const TOPIC_B: TopicId = TopicId(1);
pub const TABLE: TopicId = TopicId(2);
pub const GROUP: GroupId = GroupId(0);

fn options() -> Options {
    Options { segment_bytes: 8192, tail_cache_bytes: 2048, reserve_bytes: 4096, ..Options::default() }
}

impl Schedule {
    pub fn new(seed: u64, loud: bool) -> Self {
        Self {
            random: seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x1234_5678,
            disk: SimulatedDisk::new(seed, Faults::default()),
            log: None,
            model: Model::default(),
            acknowledged: 0,
            written: 0,
            now: 1000,
            loud,
            counts: Totals::default(),
        }
    }

    fn next(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.loud {
            println!("{}", what());
        }
    }

    pub fn run(mut self) -> Totals {
        self.open();
        // Some are long, so that there are many segments of which some may go.
        let longest = if self.next(4) == 0 { 300 } else { 60 };
        let steps = 20 + self.next(longest);
        for _ in 0..steps {
            match self.next(100) {
                0..60 => self.commit(),
                60..70 => self.check_some(),
                70..74 => self.flush(),
                74..80 => self.stop(Stop::Crash),
                80..84 => self.stop(Stop::Kill),
                84..87 => self.stop(Stop::Close),
                87..93 => self.change_faults(),
                93..95 => self.change_capacity(),
                95..98 => self.retain(),
                _ => self.lose_an_index(),
            }
        }
        self.disk.set_faults(Faults::default());
        self.disk.set_capacity(None);
        self.stop(Stop::Crash);
        self.counts.segments += (self.disk.list().expect("names").len() as u64).saturating_sub(1);
        self.counts
    }

    fn log(&self) -> &Log {
        self.log.as_ref().expect("open")
    }

    fn commit(&mut self) {
        self.now += i64::try_from(self.next(5)).expect("small");
        let number = self.model.len() as u64;
        let op = self.random_op();
        let mut commit = Commit::new();
        commit.state(COUNT, &number.to_le_bytes());
        op.fill(&mut commit);
        if op.relaxed {
            commit.relax();
        }
        let poisoned_before = self.model.poisoned;
        let result = self.log().commit(&commit, Timestamp(self.now));
        self.say(|| format!("commit {number} {op:?}: {:?}", result.as_ref().map(|receipt| receipt.position)));
        match result {
            Ok(receipt) => {
                assert!(!poisoned_before, "a poisoned log took a commit");
                self.counts.commits += 1;
                let relaxed = op.relaxed;
                self.model.push(op, receipt);
                self.written = self.model.len();
                if !relaxed {
                    self.acknowledged = self.model.len();
                }
            }
            Err(error) if error.kind == ErrorKind::Full => self.counts.full += 1,
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
                if !poisoned_before {
                    self.counts.poisoned += 1;
                    // It may be there after a crash.
                    self.model.push_unknown(op);
                    self.model.poisoned = true;
                }
            }
        }
    }

    fn random_op(&mut self) -> Op {
        let mut op = Op { relaxed: self.next(3) == 0, ..Op::default() };
        if self.model.is_empty() {
            op.changes = vec![
                create(TOPIC_A, "a", TopicSpec { queues: 2, ..TopicSpec::default() }),
                create(
                    TOPIC_B,
                    "b",
                    TopicSpec {
                        durability: Durability::FlushInterval,
                        retention_bytes: Some(4096),
                        ..TopicSpec::default()
                    },
                ),
                create(TABLE, "table", TopicSpec::table()),
                Change::CreateGroup { id: GROUP, name: "g".to_owned(), attributes: Vec::new() },
            ];
            return op;
        }
        for _ in 0..self.next(4) {
            let (topic, queue) = match self.next(3) {
                0 => (TOPIC_A, QueueId(0)),
                1 => (TOPIC_A, QueueId(1)),
                _ => (TOPIC_B, QueueId(0)),
            };
            let length = if self.next(20) == 0 { self.next(3000) } else { self.next(60) };
            let fill = u8::try_from(self.next(256)).expect("a byte");
            op.messages.push((topic, queue, vec![fill; usize::try_from(length).expect("small")]));
        }
        for _ in 0..self.next(3) {
            let key = vec![b'k', u8::try_from(self.next(6)).expect("a byte")];
            let value = (self.next(4) > 0).then(|| self.next(1000).to_string().into_bytes());
            op.puts.push((key, value));
        }
        if self.next(3) == 0 {
            op.offset = Some((QueueId(u32::try_from(self.next(2)).expect("small")), self.next(1000)));
        }
        if self.next(4) == 0 {
            op.held = Some(self.next(1_000_000).to_string().into_bytes());
        }
        if self.next(10) == 0 {
            let queue = QueueId(u32::try_from(self.next(2)).expect("small"));
            let (begin, end) = self.model.range(TOPIC_A, queue);
            let begin = begin + self.next(end - begin + 1);
            op.changes.push(Change::Truncate { topic: TOPIC_A, queue, begin });
        }
        op
    }

    fn retain(&mut self) {
        let result = self.log().retain(Timestamp(self.now));
        self.say(|| format!("retain: {result:?}"));
        self.model.retained = true;
        match result {
            Ok(retained) => {
                self.counts.expired += retained.messages;
                self.counts.dropped += retained.dropped;
                self.counts.rewritten += retained.rewritten;
                self.model.remember_begins(self.log.as_ref().expect("open"));
            }
            Err(error) if error.kind == ErrorKind::Full => self.counts.full += 1,
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
                self.notice_poison();
            }
        }
    }

    fn notice_poison(&mut self) {
        let refused = |error: millstream_log::Error| error.kind == ErrorKind::Unavailable;
        if !self.model.poisoned && self.log().commit(&Commit::new(), Timestamp(0)).is_err_and(refused) {
            self.model.poisoned = true;
            self.counts.poisoned += 1;
        }
    }

    fn flush(&mut self) {
        let result = self.log().flush();
        self.say(|| format!("flush: {result:?}"));
        match result {
            Ok(()) => self.acknowledged = self.model.known(),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
                self.notice_poison();
            }
        }
    }

    fn change_faults(&mut self) {
        let faults = match self.next(5) {
            0 => Faults { write: 100_000, ..Faults::default() },
            1 => Faults { sync: 100_000, ..Faults::default() },
            2 => Faults { read: 100_000, ..Faults::default() },
            _ => Faults::default(),
        };
        self.say(|| format!("{faults:?}"));
        self.disk.set_faults(faults);
    }

    fn change_capacity(&mut self) {
        let used: u64 = 8192 * (1 + self.next(6));
        let capacity = (self.next(2) == 0).then_some(used);
        self.say(|| format!("capacity {capacity:?}"));
        self.disk.set_capacity(capacity);
    }

    fn lose_an_index(&mut self) {
        let names = self.disk.list().expect("names");
        let indexes: Vec<String> = names.into_iter().filter(|name| name.ends_with(".index")).collect();
        if indexes.is_empty() {
            return;
        }
        let which = usize::try_from(self.next(indexes.len() as u64)).expect("small");
        self.say(|| format!("lose {}", indexes[which]));
        if self.next(2) == 0 {
            self.disk.remove(&indexes[which]).expect("removed");
        } else {
            let byte = self.next(200);
            // Only damage that is there when it is opened is found then; so the log is closed first.
            self.log = None;
            self.disk.flip(&indexes[which], byte, 3);
            self.check_reopened(self.written);
        }
    }

    fn stop(&mut self, how: Stop) {
        self.say(|| format!("{how:?}"));
        match how {
            Stop::Close => {
                let closed = self.log().close();
                if closed.is_ok() {
                    self.acknowledged = self.model.known();
                }
                self.log = None;
                self.counts.closes += 1;
                self.check_reopened(self.acknowledged.max(self.written));
            }
            Stop::Kill => {
                // First, so that what the log does while it is dropped goes nowhere.
                self.disk.kill();
                self.log = None;
                self.counts.kills += 1;
                self.check_reopened(self.written);
            }
            Stop::Crash => {
                self.disk.crash();
                self.log = None;
                self.counts.crashes += 1;
                self.check_reopened(self.acknowledged);
            }
        }
    }

    /// Opens the log again: at least `kept` commits are there, and everything is as it was after the last of them.
    fn check_reopened(&mut self, kept: usize) {
        self.open();
        let count = self.log().view(|view| view.machine::<Count>().expect("the machine").0);
        let count = usize::try_from(count).expect("small");
        self.say(|| format!("{count} of {} commits are there, {kept} must be", self.model.len()));
        assert!(count >= kept, "{count} commits are there; {kept} were acknowledged");
        assert!(count <= self.model.len(), "{count} commits are there; {} were made", self.model.len());
        self.counts.lost_unacknowledged += (self.model.len() - count) as u64;
        self.model.cut(count);
        self.acknowledged = count;
        self.written = count;
        self.check_all();
    }

    fn open(&mut self) {
        for attempt in 0.. {
            let machines = Machines::new().with(Count::default());
            match Log::open_on(Arc::new(self.disk.clone()), options(), machines, Timestamp(self.now)) {
                Ok(log) => {
                    self.log = Some(log);
                    return;
                }
                Err(error) => {
                    self.say(|| format!("open: {error}"));
                    assert!(
                        matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Full),
                        "cannot be opened: {error}"
                    );
                    if attempt > 3 {
                        self.disk.set_faults(Faults::default());
                    }
                    assert!(attempt < 10, "cannot be opened: {error}");
                }
            }
        }
    }

    fn check_some(&mut self) {
        if self.model.poisoned || self.model.is_empty() {
            return;
        }
        let queue = QueueId(u32::try_from(self.next(2)).expect("small"));
        let (begin, end) = self.model.range(TOPIC_A, queue);
        let from = self.next(end + 2);
        let found = read(self.log(), TOPIC_A, queue, from);
        let Ok(found) = found else { return };
        assert_eq!(found, self.model.bodies(TOPIC_A, queue, from.max(begin)), "from offset {from} on");
    }

    fn check_all(&mut self) {
        let faults = self.disk.faults();
        self.disk.set_faults(Faults::default());
        self.model.check(self.log());
        self.disk.set_faults(faults);
    }
}

#[derive(Clone, Copy, Debug)]
enum Stop {
    Crash,
    Kill,
    Close,
}

fn create(id: TopicId, name: &str, spec: TopicSpec) -> Change {
    Change::CreateTopic { id, name: name.to_owned(), spec }
}

/// What a reader from `from` on sees.
pub fn read(log: &Log, topic: TopicId, queue: QueueId, from: u64) -> Result<Vec<(u64, Vec<u8>)>> {
    let mut cursor = log.cursor(topic, queue, from);
    let mut found = Vec::new();
    loop {
        let Some(batch) = cursor.next_batch()? else { return Ok(found) };
        for message in batch.messages() {
            found.push((message.offset, message.body().unwrap_or_default().to_vec()));
        }
    }
}

impl Op {
    fn fill(&self, commit: &mut Commit) {
        for (topic, queue, body) in &self.messages {
            let key = body.get(..body.len().min(3)).unwrap_or_default();
            commit
                .message(*topic, *queue, &Message { keys: &[key], ..Message::of(body) })
                .expect("a message");
        }
        for (key, value) in &self.puts {
            match value {
                Some(value) => commit.put(TABLE, QueueId(0), key, value).expect("a put"),
                None => commit.delete(TABLE, QueueId(0), key).expect("a delete"),
            }
        }
        if let Some((queue, offset)) = self.offset {
            commit.offset(GROUP, TOPIC_A, queue, offset);
        }
        if let Some(body) = &self.held {
            commit.hold(TOPIC_A, QueueId::ANY, &Message::of(body)).expect("a held message");
        }
        for change in &self.changes {
            commit.change(change.clone());
        }
    }
}
