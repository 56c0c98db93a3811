//! `group`: what groups there are, how they are set, and where they go on.

use millstream_connect::log_error;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::{DataType, Value};
use millstream_log::groups::GroupPolicy;
use millstream_log::{Attributes, Change, Commit, GroupInfo, Log, QueueId};
use millstream_sql::names::did_you_mean;

use super::listing::{column, count, form_of, number, print, print_one, text};
use super::{DataFolder, listing, named, start_of};
use crate::args::{GroupAlterArgs, GroupCommand, ListForm};
use crate::clock;
use crate::exit::Exit;

/// The settings, as the log keeps them.
const KEYS: &[&str] = &["backoff", "dead-letter-topic", "max-attempts", "open-max", "order"];

/// What takes a setting back.
const DEFAULT: &str = "default";

/// Runs the command.
pub fn run(command: &GroupCommand) -> Exit {
    match command {
        GroupCommand::List(args) => DataFolder::with(&args.place, |log| list(log, form_of(args.output))),
        GroupCommand::Describe(args) => DataFolder::with(&args.list.place, |log| {
            describe(log, &named::group(log, &args.name)?, form_of(args.list.output))
        }),
        GroupCommand::Create(args) => DataFolder::with(&args.place, |log| {
            let attributes = set(Vec::new(), &args.set)?;
            log.create_group(&args.name, attributes, clock::now()).map(|_| ()).map_err(log_error)
        }),
        GroupCommand::Alter(args) => DataFolder::with(&args.named.place, |log| alter(log, args)),
        GroupCommand::Delete(args) => DataFolder::with(&args.list.place, |log| {
            let id = named::group(log, &args.name)?.id;
            log.change(Change::DeleteGroup { id }, clock::now()).map(|_| ()).map_err(log_error)
        }),
    }
}

/// Where a group goes on in a queue, and how many messages it has not read.
struct Progress {
    topic: String,
    queue: u32,
    offset: u64,
    lag: u64,
}

fn progress(log: &Log, group: &GroupInfo) -> Vec<Progress> {
    let mut all: Vec<Progress> = log.view(|view| {
        let of = |(topic, queue, offset)| {
            let range = view.queue(topic, queue)?;
            let lag = range.end.saturating_sub(range.begin.max(offset));
            Some(Progress { topic: view.topic(topic)?.name.to_string(), queue: queue.0, offset, lag })
        };
        view.offsets(group.id).filter_map(of).collect()
    });
    all.sort_by(|a, b| (&a.topic, a.queue).cmp(&(&b.topic, b.queue)));
    all
}

fn list(log: &Log, form: ListForm) -> Result<()> {
    let mut groups: Vec<GroupInfo> = log.view(|view| view.groups().collect());
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    let row = |group: &GroupInfo| {
        let lag = progress(log, group).iter().map(|progress| progress.lag).sum();
        vec![Value::from(group.name.as_ref()), count(lag)]
    };
    print(form, vec![text("name"), number("lag")], groups.iter().map(row).collect())
}

fn describe(log: &Log, group: &GroupInfo, form: ListForm) -> Result<()> {
    let progress = progress(log, group);
    let offsets = progress.iter().map(|one| {
        let topic = Value::from(one.topic.as_str());
        Value::Row(vec![topic, count(u64::from(one.queue)), count(one.offset), count(one.lag)])
    });
    let offset = DataType::row([text("topic"), number("queue"), number("offset"), number("lag")]);
    let said = vec![
        (text("name"), Value::from(group.name.as_ref())),
        listing::settings(&group.attributes),
        (column("offsets", DataType::array(offset)), Value::Array(offsets.collect())),
    ];
    let mut lines = vec![("name".to_owned(), group.name.to_string())];
    lines.extend(group.attributes.iter().cloned());
    lines.extend(progress.iter().map(|one| {
        (format!("{} queue {}", one.topic, one.queue), format!("offset {}, {} to read", one.offset, one.lag))
    }));
    print_one(form, said, lines)
}

/// The attributes with settings laid over them.
fn set(mut attributes: Attributes, settings: &[(String, String)]) -> Result<Attributes> {
    for (key, value) in settings {
        if !KEYS.contains(&key.as_str()) {
            let near = did_you_mean(key, KEYS);
            let message = format!("a group has no setting '{key}'{near}; it has {}", KEYS.join(", "));
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        attributes.retain(|(other, _)| other != key);
        if value != DEFAULT {
            attributes.push((key.clone(), value.clone()));
        }
    }
    GroupPolicy::of(&attributes).map_err(log_error)?;
    Ok(attributes)
}

fn alter(log: &Log, args: &GroupAlterArgs) -> Result<()> {
    let group = named::group(log, &args.named.name)?;
    let mut commit = Commit::new();
    if !args.named.set.is_empty() {
        let attributes = set(group.attributes, &args.named.set)?;
        commit.change(Change::AlterGroup { id: group.id, attributes });
    }
    if let (Some(topic), Some(to)) = (&args.topic, args.to) {
        let topic = named::topic(log, topic)?;
        if let Some(queue) = args.queue {
            named::check_queue(&topic, queue)?;
        }
        let queues = args.queue.map_or(0..topic.queues, |queue| queue..queue + 1);
        for queue in queues.map(QueueId) {
            let start = start_of(to);
            let offset = log.start_offset(topic.id, queue, start).map_err(log_error)?;
            commit.offset(group.id, topic.id, queue, offset);
        }
    }
    if commit.is_empty() {
        let message = "nothing to alter: give --set KEY=VALUE, or --topic TOPIC --to PLACE";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    log.commit(&commit, clock::now()).map(|_| ()).map_err(log_error)
}
