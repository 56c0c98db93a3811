//! A message, printed.

use millstream_expr::text::write_timestamp;
use millstream_log::{MessageView, QueueId, Timestamp};

use crate::args::ConsumeForm;
use crate::output::json::{push_base64, push_integer, push_string};

/// Appends a message with its line end. In the form `raw` one without a body, which deletes its key, is nothing.
pub fn push(form: ConsumeForm, queue: QueueId, message: &MessageView<'_>, out: &mut Vec<u8>) {
    match (form, message.body()) {
        (ConsumeForm::Raw, Some(body)) => out.extend_from_slice(body),
        (ConsumeForm::Raw, None) => return,
        (ConsumeForm::Jsonl, _) => push_json(queue, message, out),
    }
    out.push(b'\n');
}

/// Appends a message as a JSON object.
pub fn push_json(queue: QueueId, message: &MessageView<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"queue\":");
    push_integer(i64::from(queue.0), out);
    out.extend_from_slice(b",\"offset\":");
    push_integer(i64::try_from(message.offset).unwrap_or(i64::MAX), out);
    out.extend_from_slice(b",\"keys\":[");
    for (number, key) in message.keys().enumerate() {
        comma(number, out);
        push_string(&String::from_utf8_lossy(key), out);
    }
    out.extend_from_slice(b"],\"tag\":");
    match message.tag() {
        [] => out.extend_from_slice(b"null"),
        tag => push_string(&String::from_utf8_lossy(tag), out),
    }
    out.extend_from_slice(b",\"properties\":{");
    for (number, (name, value)) in message.properties().enumerate() {
        comma(number, out);
        push_string(name, out);
        out.push(b':');
        push_string(value, out);
    }
    out.extend_from_slice(b"},\"bornTime\":");
    push_time(message.born(), out);
    out.extend_from_slice(b",\"storeTime\":");
    push_time(message.store_time, out);
    match message.body().map(|body| (body, std::str::from_utf8(body))) {
        None => out.extend_from_slice(b",\"body\":null"),
        Some((_, Ok(text))) => {
            out.extend_from_slice(b",\"body\":");
            push_string(text, out);
        }
        Some((bytes, Err(_))) => {
            out.extend_from_slice(b",\"bodyBase64\":\"");
            push_base64(bytes, out);
            out.push(b'"');
        }
    }
    out.push(b'}');
}

fn comma(number: usize, out: &mut Vec<u8>) {
    if number > 0 {
        out.push(b',');
    }
}

/// A time as `jsonl` writes TIMESTAMP_LTZ(3).
pub fn push_time(time: Timestamp, out: &mut Vec<u8>) {
    let mut text = String::new();
    write_timestamp(i128::from(time.0) * 1_000_000, 3, ' ', &mut text);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"Z\"");
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_log::{Commit, Log, Machines, Message, Options, TopicSpec};

    #[test]
    fn all_of_a_message_is_shown() {
        let log = Log::in_memory(Options::default(), Machines::new(), Timestamp(0)).unwrap();
        let topic = log.create_topic("t", TopicSpec::default(), Timestamp(0)).unwrap();
        let mut commit = Commit::new();
        let message = Message {
            body: Some(b"say \"x\"\n"),
            keys: &[b"a", b"b"],
            tag: b"red",
            properties: &[("p", "1"), ("q", "2")],
            born: Timestamp(1_706_702_400_005),
            ..Message::default()
        };
        commit.message(topic, QueueId(0), &message).unwrap();
        commit.message(topic, QueueId(0), &Message::of(b"\xff\x00")).unwrap();
        log.commit(&commit, Timestamp(1_706_702_400_123)).unwrap();
        let batch = log.cursor(topic, QueueId(0), 0).next_batch().unwrap().unwrap();
        let mut out = Vec::new();
        for message in batch.messages() {
            push(ConsumeForm::Jsonl, QueueId(0), &message, &mut out);
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"queue":0,"offset":0,"keys":["a","b"],"tag":"red","properties":{"p":"1","q":"2"},"#,
                r#""bornTime":"2024-01-31 12:00:00.005Z","storeTime":"2024-01-31 12:00:00.123Z","body":"say \"x\"\n"}"#,
                "\n",
                r#"{"queue":0,"offset":1,"keys":[],"tag":null,"properties":{},"#,
                r#""bornTime":"1970-01-01 00:00:00.000Z","storeTime":"2024-01-31 12:00:00.123Z","bodyBase64":"/wA="}"#,
                "\n"
            )
        );
    }
}
