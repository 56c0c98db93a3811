//! Messages that can be read later, and topics that lines cannot be produced to.

use crate::folder::{Folder, told};

#[test]
fn delayed_lines_come_when_they_are_due() {
    let folder = Folder::new();
    folder.ok("topic create later --type delay --queues 2");
    let acks = told(&folder.produce("produce later --at 2001-02-03T04:05:06Z --acks", b"past\nlong past\n"));
    assert_eq!(
        acks,
        "{\"queue\":0,\"due\":\"2001-02-03 04:05:06.000Z\"}\n{\"queue\":1,\"due\":\"2001-02-03 04:05:06.000Z\"}\n"
    );
    told(&folder.produce("produce later --delay 100d --queue 1", b"not yet\n"));
    told(&folder.produce("produce later --at 9000-01-01 --key-field id", b"{\"id\":1}\n"));
    // What was due when the folder was opened is there at once.
    assert_eq!(folder.ok("consume later"), "past\nlong past\n");
    assert_eq!(folder.ok("consume later --queue 1"), "long past\n");
    told(&folder.produce("produce later --delay 1ms", b"soon\n"));
    assert_eq!(folder.ok("consume later --follow --max 3"), "past\nlong past\nsoon\n");
    assert_eq!(
        folder.ok("topic list"),
        "{\"name\":\"later\",\"type\":\"delay\",\"queues\":2,\"messages\":3}\n"
    );
}

#[test]
fn whoever_follows_gets_what_becomes_due() {
    let folder = Folder::new();
    folder.ok("topic create later --type delay");
    told(&folder.produce("produce later --delay 1s", b"in a second\n"));
    // The folder is open meanwhile; it is not waited for anything else.
    assert_eq!(folder.ok("consume later --follow --max 1"), "in a second\n");
}

#[test]
fn topics_that_need_more_than_lines_say_what_to_do() {
    let folder = Folder::new();
    for kind in ["normal", "fifo", "delay", "transaction"] {
        folder.ok(&format!("topic create {kind} --type {kind}"));
    }
    for (line, part) in [
        (
            "produce delay",
            "is of type delay: say when the messages can be read, with --delay 10s or --at 2024",
        ),
        (
            "produce normal --delay 1s",
            "is of type normal: --delay and --at are for topics of type delay; make one with",
        ),
        ("produce fifo --at 2024-01-01", "is of type fifo: --delay and --at are for topics of type delay"),
        (
            "produce transaction",
            "produce to a topic of type normal or fifo, where each line is committed at once",
        ),
        ("produce transaction --delay 1s", "is of type transaction: its messages are prepared"),
    ] {
        let error = folder.fails(line);
        assert!(error.starts_with("error: topic '") && error.contains(part), "{line}: {error}");
    }
    let usage = |line: &str| {
        let output = folder.produce(line, b"");
        assert_eq!(output.status.code(), Some(2), "{line}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(usage("produce delay --delay soon").contains("write a whole number and a unit"));
    assert!(usage("produce delay --at soon").contains("write a time such as"));
    assert!(usage("produce delay --at 2024-01-01 --delay 1s").contains("cannot be used with"));
}
