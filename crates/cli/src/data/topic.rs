//! `topic`: what topics there are, and how they are set.

use millstream_connect::log_error;
use millstream_engine::Result;
use millstream_expr::types::Kind;
use millstream_expr::{DataType, Value};
use millstream_log::{Change, Log, QueueId, QueueRange, TopicInfo, TopicKind, TopicSpec};

use super::listing::{column, count, form_of, number, print, print_one, text};
use super::{DataFolder, listing, named, settings};
use crate::args::{ListForm, TopicAlterArgs, TopicCommand, TopicCreateArgs, TopicType};
use crate::clock;
use crate::exit::Exit;

/// Runs the command.
pub fn run(command: &TopicCommand) -> Exit {
    match command {
        TopicCommand::List(args) => DataFolder::with(&args.place, |log| list(log, form_of(args.output))),
        TopicCommand::Describe(args) => DataFolder::with(&args.list.place, |log| {
            describe(log, &named::topic(log, &args.name)?, form_of(args.list.output))
        }),
        TopicCommand::Create(args) => DataFolder::with(&args.named.place, |log| create(log, args)),
        TopicCommand::Alter(args) => DataFolder::with(&args.named.place, |log| alter(log, args)),
        TopicCommand::Delete(args) => DataFolder::with(&args.list.place, |log| {
            let id = named::topic(log, &args.name)?.id;
            log.change(Change::DeleteTopic { id }, clock::now()).map(|_| ()).map_err(log_error)
        }),
    }
}

fn type_name(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Normal => "normal",
        TopicKind::Fifo => "fifo",
        TopicKind::Delay => "delay",
        TopicKind::Transaction => "transaction",
    }
}

fn ranges(log: &Log, topic: &TopicInfo) -> Vec<QueueRange> {
    let range = |queue| log.view(|view| view.queue(topic.id, QueueId(queue))).unwrap_or_default();
    (0..topic.queues).map(range).collect()
}

fn messages(ranges: &[QueueRange]) -> u64 {
    ranges.iter().map(|range| range.end - range.begin).sum()
}

fn list(log: &Log, form: ListForm) -> Result<()> {
    let mut topics: Vec<TopicInfo> = log.view(|view| view.topics().collect());
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    let row = |topic: &TopicInfo| {
        vec![
            Value::from(topic.name.as_ref()),
            Value::from(type_name(topic.spec.kind)),
            count(u64::from(topic.queues)),
            count(messages(&ranges(log, topic))),
        ]
    };
    let columns = vec![text("name"), text("type"), number("queues"), number("messages")];
    print(form, columns, topics.iter().map(row).collect())
}

fn describe(log: &Log, topic: &TopicInfo, form: ListForm) -> Result<()> {
    let ranges = ranges(log, topic);
    let set = settings::of(&topic.spec);
    let offsets = (0_u64..)
        .zip(&ranges)
        .map(|(queue, range)| Value::Row(vec![count(queue), count(range.begin), count(range.end)]));
    let offset = DataType::row([number("queue"), number("begin"), number("end")]);
    let said = vec![
        (text("name"), Value::from(topic.name.as_ref())),
        (text("type"), Value::from(type_name(topic.spec.kind))),
        (column("queues", DataType::new(Kind::BigInt)), count(u64::from(topic.queues))),
        (number("messages"), count(messages(&ranges))),
        listing::settings(&set),
        (column("offsets", DataType::array(offset)), Value::Array(offsets.collect())),
    ];
    let mut lines = vec![
        ("name".to_owned(), topic.name.to_string()),
        ("type".to_owned(), type_name(topic.spec.kind).to_owned()),
        ("messages".to_owned(), messages(&ranges).to_string()),
    ];
    lines.extend(set);
    lines.extend((0..).zip(&ranges).map(|(queue, range): (u32, _)| {
        (format!("queue {queue}"), format!("offsets {} to {}", range.begin, range.end))
    }));
    print_one(form, said, lines)
}

fn create(log: &Log, args: &TopicCreateArgs) -> Result<()> {
    let kind = match args.kind {
        TopicType::Normal => TopicKind::Normal,
        TopicType::Fifo => TopicKind::Fifo,
        TopicType::Delay => TopicKind::Delay,
        TopicType::Transaction => TopicKind::Transaction,
    };
    let mut spec = TopicSpec { kind, queues: args.queues, ..TopicSpec::default() };
    settings::apply(&mut spec, &args.named.set)?;
    log.create_topic(&args.named.name, spec, clock::now()).map(|_| ()).map_err(log_error)
}

fn alter(log: &Log, args: &TopicAlterArgs) -> Result<()> {
    let topic = named::topic(log, &args.named.name)?;
    let mut spec = TopicSpec::clone(&topic.spec);
    spec.queues = args.queues.unwrap_or(topic.queues);
    settings::apply(&mut spec, &args.named.set)?;
    log.change(Change::AlterTopic { id: topic.id, spec }, clock::now()).map(|_| ()).map_err(log_error)
}
