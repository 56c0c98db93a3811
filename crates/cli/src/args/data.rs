//! The commands that work on a data folder.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::key_value;

/// Where the data is.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A running node, in place of a folder
    #[arg(long, value_name = "ADDR", conflicts_with = "data")]
    pub server: Option<String>,
}

/// `topic`
#[derive(Debug, Subcommand)]
pub enum TopicCommand {
    /// All topics
    List(ListArgs),
    /// A topic: its settings and the offsets of its queues
    Describe(NamedArgs),
    /// Make a topic
    Create(TopicCreateArgs),
    /// Change the settings of a topic, or give it more queues
    Alter(TopicAlterArgs),
    /// Delete a topic with its messages
    Delete(NamedArgs),
}

/// `group`
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// All groups
    List(ListArgs),
    /// A group: its settings, where it goes on and how much it has not read
    Describe(NamedArgs),
    /// Make a group
    Create(NamedSettingsArgs),
    /// Change the settings of a group, or where it goes on
    Alter(GroupAlterArgs),
    /// Delete a group with its offsets
    Delete(NamedArgs),
}

/// `list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Where the data is.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// How to print [default: table on a terminal, jsonl on a pipe]
    #[arg(long, value_enum, value_name = "FORM")]
    pub output: Option<ListForm>,
}

/// `describe`, `delete`
#[derive(Debug, Args)]
pub struct NamedArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How it is listed.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `create` with settings
#[derive(Debug, Args)]
pub struct NamedSettingsArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Where the data is.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A setting; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub set: Vec<(String, String)>,
}

/// `topic create`
#[derive(Debug, Args)]
pub struct TopicCreateArgs {
    /// What it is called and how it is set.
    #[command(flatten)]
    pub named: NamedSettingsArgs,
    /// How many queues it has
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub queues: u32,
    /// What kind of messages it takes
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value = "normal")]
    pub kind: TopicType,
}

/// `topic alter`
#[derive(Debug, Args)]
pub struct TopicAlterArgs {
    /// What it is called and how it is set.
    #[command(flatten)]
    pub named: NamedSettingsArgs,
    /// How many queues it has from now on
    #[arg(long, value_name = "N")]
    pub queues: Option<u32>,
}

/// `group alter`
#[derive(Debug, Args)]
pub struct GroupAlterArgs {
    /// What it is called and how it is set.
    #[command(flatten)]
    pub named: NamedSettingsArgs,
    /// The topic in which the group goes on elsewhere
    #[arg(long, value_name = "TOPIC", requires = "to")]
    pub topic: Option<String>,
    /// Where it goes on: earliest, latest, an offset, or the first message stored at a time such as 2024-01-31T12:00:00Z
    #[arg(long, value_name = "PLACE", requires = "topic")]
    pub to: Option<Position>,
    /// The queue; without it, all of them
    #[arg(long, value_name = "N", requires = "topic")]
    pub queue: Option<u32>,
}

/// `produce`
#[derive(Debug, Args)]
pub struct ProduceArgs {
    /// The topic
    #[arg(value_name = "TOPIC")]
    pub topic: String,
    /// Where the data is.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Lines are JSON objects, and the value of this field is the message's key
    #[arg(long, value_name = "FIELD")]
    pub key_field: Option<String>,
    /// The queue; without it, the key decides, or the lines go round
    #[arg(long, value_name = "N")]
    pub queue: Option<u32>,
    /// Print {"queue":0,"offset":12} for each line once it is durable, in input order
    #[arg(long)]
    pub acks: bool,
    /// For a topic of type delay: the messages can be read so long after their line came, such as 10s
    #[arg(long, value_name = "TIME", value_parser = delay, conflicts_with = "at")]
    pub delay: Option<Duration>,
    /// For a topic of type delay: the messages can be read from this time on, such as 2024-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<i64>,
}

/// `consume`
#[derive(Debug, Args)]
pub struct ConsumeArgs {
    /// The topic
    #[arg(value_name = "TOPIC")]
    pub topic: String,
    /// Where the data is.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Where to begin: earliest, latest, an offset, or a time such as 2024-01-31T12:00:00Z; a group that has an offset goes on there
    #[arg(long, value_name = "PLACE", default_value = "earliest")]
    pub from: Position,
    /// Read only this queue
    #[arg(long, value_name = "N")]
    pub queue: Option<u32>,
    /// Wait for further messages at the end
    #[arg(long)]
    pub follow: bool,
    /// End after so many messages
    #[arg(long, value_name = "N")]
    pub max: Option<u64>,
    /// Go on where this group stopped, and note for it what was printed
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Only messages of which this is true; the columns are body, queue, `offset`, keys, tag, properties, bornTime, storeTime
    #[arg(long = "where", value_name = "SQL")]
    pub filter: Option<String>,
    /// How to print
    #[arg(long, value_enum, value_name = "FORM", default_value = "raw")]
    pub output: ConsumeForm,
}

/// `log`
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Read every byte and list what is wrong; exit status 1 if something durable is damaged
    Verify(FolderArgs),
    /// Print the records, a line of JSON each
    Dump(DumpArgs),
    /// Take damage out, so that the log opens again; what stood there is lost
    Repair(FolderArgs),
}

/// `log verify`, `log repair`
#[derive(Debug, Args)]
pub struct FolderArgs {
    /// The data folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `log dump`
#[derive(Debug, Args)]
pub struct DumpArgs {
    /// The data folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print the messages, too
    #[arg(long)]
    pub messages: bool,
}

/// What kind of messages a topic takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TopicType {
    /// In any order
    Normal,
    /// Those of one ordering group one after the other
    Fifo,
    /// Delivered at a time
    Delay,
    /// Prepared, then committed or rolled back
    Transaction,
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListForm {
    /// A table
    Table,
    /// A JSON object a row
    Jsonl,
}

/// How messages are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConsumeForm {
    /// Bodies, a line each
    Raw,
    /// A JSON object a message, with all that stands beside the body
    Jsonl,
}

/// A place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The oldest message that is there.
    Earliest,
    /// Behind the newest one.
    Latest,
    /// This offset.
    Offset(u64),
    /// The first message stored at this time or later, in milliseconds since 1970-01-01 UTC.
    Time(i64),
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "earliest" => return Ok(Self::Earliest),
            "latest" => return Ok(Self::Latest),
            _ => {}
        }
        if let Ok(offset) = text.parse() {
            return Ok(Self::Offset(offset));
        }
        let wrong =
            |_| "write earliest, latest, an offset, or a time such as 2024-01-31T12:00:00Z".to_owned();
        moment(text).map(Self::Time).map_err(wrong)
    }
}

/// A time, UTC where it names no zone, in milliseconds since 1970-01-01 UTC.
fn moment(text: &str) -> Result<i64, String> {
    let zoneless = || {
        let time = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
    };
    let time = text.parse::<jiff::Timestamp>().ok().or_else(zoneless);
    time.map(jiff::Timestamp::as_millisecond)
        .ok_or_else(|| "write a time such as 2024-01-31T12:00:00Z".to_owned())
}

fn delay(text: &str) -> Result<Duration, String> {
    millstream_sql::config::parse_duration(text).map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_words_offsets_and_times() {
        for (text, position) in [
            ("earliest", Position::Earliest),
            ("latest", Position::Latest),
            ("42", Position::Offset(42)),
            ("2024-01-31T12:00:00Z", Position::Time(1_706_702_400_000)),
            ("2024-01-31T13:00:00+01:00", Position::Time(1_706_702_400_000)),
            ("2024-01-31 12:00:00.5", Position::Time(1_706_702_400_500)),
            ("2024-01-31", Position::Time(1_706_659_200_000)),
        ] {
            assert_eq!(text.parse(), Ok(position), "{text}");
        }
        for text in ["", "-1", "newest", "12:00", "2024-13-01"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
