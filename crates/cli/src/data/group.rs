//! `group`: what groups there are, how they are set, and where they go on.

use std::collections::BTreeMap;

use millstream_connect::log_error;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::{DataType, Field, Value};
use millstream_log::groups::{GroupPolicy, Leases, QueueKey, Standing};
use millstream_log::{Attributes, Change, Commit, GroupInfo, Log, QueueId, Timestamp, TopicId};
use millstream_sql::names::did_you_mean;

use super::consume::push_time;
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

/// Where a group goes on in a queue, and how many messages it is not done with.
struct Progress {
    topic: String,
    queue: u32,
    offset: u64,
    lag: u64,
    /// What it has received there, if it receives and does not read by offset.
    leases: Option<Standing>,
}

fn progress(log: &Log, group: &GroupInfo) -> Vec<Progress> {
    let now = clock::now();
    let mut all: Vec<Progress> = log.view(|view| {
        let leases = view.machine::<Leases>();
        let received = leases.into_iter().flat_map(|leases| leases.queues_of(group.id));
        let mut queues: BTreeMap<_, u64> = received.map(|key| ((key.topic, key.queue), 0)).collect();
        queues.extend(view.offsets(group.id).map(|(topic, queue, offset)| ((topic, queue), offset)));
        let of = |((topic, queue), offset): ((TopicId, QueueId), u64)| {
            let range = view.queue(topic, queue)?;
            let key = QueueKey { group: group.id, topic, queue };
            let leases = leases.and_then(|leases| leases.standing(key, now));
            let offset = leases.map_or(offset, |leases| leases.floor);
            let lag = range.end.saturating_sub(range.begin.max(offset));
            let topic = view.topic(topic)?.name.to_string();
            Some(Progress { topic, queue: queue.0, offset, lag, leases })
        };
        queues.into_iter().filter_map(of).collect()
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
        leases(&progress),
    ];
    let mut lines = vec![("name".to_owned(), group.name.to_string())];
    lines.extend(group.attributes.iter().cloned());
    for one in &progress {
        let place = format!("{} queue {}", one.topic, one.queue);
        lines.push((place.clone(), format!("offset {}, {} to read", one.offset, one.lag)));
        if let Some(leases) = &one.leases {
            lines.push((format!("{place} leases"), describe_leases(leases)));
        }
    }
    print_one(form, said, lines)
}

/// What the group has received, by topic and queue.
fn leases(progress: &[Progress]) -> (Field, Value) {
    let row = |one: &Progress| {
        let leases = one.leases?;
        Some(Value::Row(vec![
            Value::from(one.topic.as_str()),
            count(u64::from(one.queue)),
            count(leases.in_flight as u64),
            count(leases.due as u64),
            count(leases.parked as u64),
            leases.expires.map_or(Value::Null, |time| Value::from(shown(time).as_str())),
            count(u64::from(leases.attempts)),
        ]))
    };
    let data_type = DataType::row([
        text("topic"),
        number("queue"),
        number("inFlight"),
        number("due"),
        number("parked"),
        text("expires"),
        number("attempts"),
    ]);
    (column("leases", DataType::array(data_type)), Value::Array(progress.iter().filter_map(row).collect()))
}

fn describe_leases(leases: &Standing) -> String {
    let Standing { in_flight, due, parked, attempts, .. } = leases;
    let mut text = format!("{in_flight} in flight, {due} due again, {parked} behind their ordering group");
    if let Some(time) = leases.expires {
        text.push_str(&format!(", the first expires {}", shown(time)));
    }
    if *attempts > 0 {
        text.push_str(&format!(", up to {attempts} attempts"));
    }
    text
}

/// A time as messages show theirs.
fn shown(time: Timestamp) -> String {
    let mut text = Vec::new();
    push_time(time, &mut text);
    String::from_utf8_lossy(&text).trim_matches('"').to_owned()
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
    let settings = &args.named.set;
    let attributes = if settings.is_empty() { None } else { Some(set(group.attributes, settings)?) };
    let mut offsets = Vec::new();
    if let (Some(topic), Some(to)) = (&args.topic, args.to) {
        let topic = named::topic(log, topic)?;
        if let Some(queue) = args.queue {
            named::check_queue(&topic, queue)?;
        }
        let queues = args.queue.map_or(0..topic.queues, |queue| queue..queue + 1);
        for queue in queues.map(QueueId) {
            let offset = log.start_offset(topic.id, queue, start_of(to)).map_err(log_error)?;
            offsets.push((QueueKey { group: group.id, topic: topic.id, queue }, offset));
        }
    }
    if attributes.is_none() && offsets.is_empty() {
        let message = "nothing to alter: give --set KEY=VALUE, or --topic TOPIC --to PLACE";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let altered = log.transact(clock::now(), |view| {
        let mut commit = Commit::new();
        if let Some(attributes) = attributes {
            commit.change(Change::AlterGroup { id: group.id, attributes });
        }
        let leases = view.machine::<Leases>();
        for (key, offset) in offsets {
            commit.offset(key.group, key.topic, key.queue, offset);
            // What it has received and not settled is void.
            if let Some(leases) = leases.filter(|leases| leases.next(key).is_some()) {
                commit.state(Leases::KIND, &leases.reset(key, offset));
            }
        }
        Ok((commit, ()))
    });
    altered.map(|_| ()).map_err(log_error)
}
