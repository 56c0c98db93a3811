//! What the log should be: the commits in their order, and what follows from them.

use std::collections::BTreeMap;

use millstream_log::{Change, ErrorKind, Log, Offset, Position, QueueId, Receipt, Timestamp, TopicId};

use super::{GROUP, TABLE, TOPIC_A, TOPIC_B, read};

/// What one commit does.
#[derive(Clone, Debug, Default)]
pub struct Op {
    pub relaxed: bool,
    pub messages: Vec<(TopicId, QueueId, Vec<u8>)>,
    pub puts: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub offset: Option<(QueueId, Offset)>,
    pub held: Option<Vec<u8>>,
    pub changes: Vec<Change>,
}

#[derive(Default)]
pub struct Model {
    /// The commits, and where they went, if that was answered.
    ops: Vec<(Op, Option<Receipt>)>,
    /// The writer gave up: nothing is taken until the log is opened again.
    pub poisoned: bool,
    /// Retention was asked for: queues of topics that it is for may begin later than commits said.
    pub retained: bool,
    /// Where [`TOPIC_B`] began when retention was through.
    begin_of_b: Offset,
}

const QUEUES: [(TopicId, QueueId); 3] = [(TOPIC_A, QueueId(0)), (TOPIC_A, QueueId(1)), (TOPIC_B, QueueId(0))];

impl Model {
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// How many commits were answered.
    pub fn known(&self) -> usize {
        self.ops.iter().filter(|(_, receipt)| receipt.is_some()).count()
    }

    pub fn push(&mut self, op: Op, receipt: Receipt) {
        for appended in &receipt.queues {
            let before = if appended.topic == TABLE {
                self.ops.iter().map(|(op, _)| op.puts.len() as u64).sum()
            } else {
                self.range(appended.topic, appended.queue).1
            };
            assert_eq!(appended.offset, before, "offsets are dense");
        }
        self.ops.push((op, Some(receipt)));
    }

    pub fn push_unknown(&mut self, op: Op) {
        self.ops.push((op, None));
    }

    pub fn cut(&mut self, count: usize) {
        self.ops.truncate(count);
        self.poisoned = false;
        // What was found after opening is as good as answered.
        for (_, receipt) in &mut self.ops {
            receipt.get_or_insert(Receipt {
                position: Position(u64::MAX),
                end: Position(u64::MAX),
                store_time: Timestamp(0),
                queues: Vec::new(),
            });
        }
    }

    /// The messages of a queue from `from` on.
    pub fn bodies(&self, topic: TopicId, queue: QueueId, from: Offset) -> Vec<(Offset, Vec<u8>)> {
        let messages = self.ops.iter().flat_map(|(op, _)| &op.messages);
        let of_queue =
            messages.filter(|(t, q, _)| (*t, *q) == (topic, queue)).map(|(_, _, body)| body.clone());
        (0..).zip(of_queue).skip_while(|(offset, _)| *offset < from).collect()
    }

    pub fn range(&self, topic: TopicId, queue: QueueId) -> (Offset, Offset) {
        let changes = self.ops.iter().flat_map(|(op, _)| &op.changes);
        let begins = changes.filter_map(|change| match change {
            Change::Truncate { topic: t, queue: q, begin } if (*t, *q) == (topic, queue) => Some(*begin),
            _ => None,
        });
        (begins.max().unwrap_or(0), self.bodies(topic, queue, 0).len() as u64)
    }

    pub fn remember_begins(&mut self, log: &Log) {
        if !self.is_empty() {
            self.begin_of_b = log.earliest(TOPIC_B, QueueId(0)).expect("the queue");
        }
    }

    /// Where the queue begins: where commits said, and later if retention took messages.
    fn begin(&self, log: &Log, topic: TopicId, queue: QueueId) -> Offset {
        let (begin, end) = self.range(topic, queue);
        let found = log.earliest(topic, queue).expect("the queue");
        if topic == TOPIC_B && self.retained {
            assert!((begin.max(self.begin_of_b)..=end).contains(&found), "{topic:?} begins at {found}");
        } else {
            assert_eq!(found, begin, "the beginning of {topic:?} {queue:?}");
        }
        found
    }

    /// The log is what the model says.
    pub fn check(&self, log: &Log) {
        if self.is_empty() {
            assert_eq!(log.view(|view| view.topics().count()), 0, "topics out of nothing");
            return;
        }
        for (topic, queue) in QUEUES {
            let (begin, end) = (self.begin(log, topic, queue), self.range(topic, queue).1);
            assert_eq!(log.latest(topic, queue).expect("the queue"), end);
            for from in [0, begin, begin.midpoint(end), end] {
                let found = read(log, topic, queue, from).expect("read");
                let expected = self.bodies(topic, queue, from.max(begin));
                let offsets = |messages: &[(Offset, Vec<u8>)]| {
                    messages.iter().map(|(offset, _)| *offset).collect::<Vec<_>>()
                };
                assert_eq!(offsets(&found), offsets(&expected), "{topic:?} {queue:?} from {from}");
                assert!(found == expected, "a body of {topic:?} {queue:?} from {from}");
            }
        }
        let mut rows: BTreeMap<&[u8], Option<&[u8]>> = BTreeMap::new();
        let mut offsets: BTreeMap<QueueId, Offset> = BTreeMap::new();
        for (op, receipt) in &self.ops {
            rows.extend(op.puts.iter().map(|(key, value)| (key.as_slice(), value.as_deref())));
            offsets.extend(op.offset);
            let position = receipt.as_ref().map(|receipt| receipt.position).filter(|at| at.0 != u64::MAX);
            if let (Some(body), Some(position)) = (&op.held, position) {
                match log.read_held(position, 0) {
                    Ok((batch, index)) => {
                        let found = batch.message(index);
                        assert_eq!(found.and_then(|message| message.body()), Some(body.as_slice()));
                    }
                    // No machine of this log says that it needs it.
                    Err(error) if self.retained => {
                        assert!(
                            matches!(error.kind, ErrorKind::InvalidInput | ErrorKind::Corrupt),
                            "{error}"
                        );
                    }
                    Err(error) => panic!("a held message: {error}"),
                }
            }
        }
        for (key, value) in &rows {
            let row = log.get(TABLE, key, Timestamp(0)).expect("a table").map(|row| row.value);
            assert_eq!(row.as_deref(), *value, "row {key:?}");
        }
        self.check_table(log, &rows);
        for queue in [QueueId(0), QueueId(1)] {
            assert_eq!(log.committed(GROUP, TOPIC_A, queue), offsets.get(&queue).copied());
        }
        if let Some((offset, body)) =
            self.bodies(TOPIC_B, QueueId(0), 0).last().filter(|(_, body)| !body.is_empty())
        {
            let key = &body[..body.len().min(3)];
            let (batch, index) =
                log.find_key(TOPIC_B, key, 1).expect("the key index").pop().expect("the key");
            assert_eq!(batch.message(index).map(|message| message.offset), Some(*offset));
        }
    }

    /// The messages of the table are those that were put, without some that others superseded.
    fn check_table(&self, log: &Log, rows: &BTreeMap<&[u8], Option<&[u8]>>) {
        let puts: Vec<&(Vec<u8>, Option<Vec<u8>>)> = self.ops.iter().flat_map(|(op, _)| &op.puts).collect();
        let mut latest: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        let mut count = 0;
        let mut cursor = log.cursor(TABLE, QueueId(0), 0);
        while let Some(batch) = cursor.next_batch().expect("a batch of the table") {
            for message in batch.messages() {
                let (key, value) = puts[usize::try_from(message.offset).expect("small")];
                assert_eq!((message.key(), message.body()), (Some(key.as_slice()), value.as_deref()));
                latest.insert(key.clone(), value.clone());
                count += 1;
            }
        }
        if !self.retained {
            assert_eq!(count, puts.len(), "messages of the table");
        }
        for (key, value) in rows {
            match latest.get(*key) {
                Some(found) => assert_eq!(found.as_deref(), *value, "the last message of row {key:?}"),
                None => assert_eq!(*value, None, "row {key:?} has no message any more"),
            }
        }
    }
}
