//! `topic`, `group`, `produce`, `consume` and `log` on a data folder, as users see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

mod deliveries;
mod folder;
mod later;

use folder::{Folder, told, words};

#[test]
fn lines_become_messages_and_come_back() {
    let folder = Folder::new();
    folder.ok("topic create t --queues 2");
    let acks = told(&folder.produce("produce t --acks", b"a\nb\n\nlast"));
    let expected = [(0, 0), (1, 0), (0, 1), (1, 1)];
    let expected = expected.map(|(queue, offset)| format!("{{\"queue\":{queue},\"offset\":{offset}}}\n"));
    assert_eq!(acks, expected.concat());
    told(&folder.produce("produce t --queue 0", b"more\r\n"));
    assert_eq!(folder.ok("consume t --queue 0"), "a\n\nmore\r\n");
    assert_eq!(folder.ok("consume t --queue 0 --from 1 --max 1"), "\n");
    assert_eq!(folder.ok("consume t --from latest"), "");
    assert_eq!(folder.ok("consume t --from 2001-01-01").lines().count(), 5);
    let json = folder.ok("consume t --queue 1 --max 1 --output jsonl");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["queue"], &json["offset"], &json["body"]), (&1.into(), &0.into(), &"b".into()));
}

#[test]
fn keys_come_out_of_fields_and_decide_the_queue() {
    let folder = Folder::new();
    folder.ok("topic create t --queues 8");
    let lines = b"{\"id\":\"a\",\"n\":1}\n{\"n\":2,\"id\":7}\n{\"id\":\"a\",\"n\":3}\n";
    let acks = told(&folder.produce("produce t --key-field id --acks", lines));
    let acks: Vec<serde_json::Value> = acks.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(acks[0]["queue"], acks[2]["queue"]);
    let json = folder.ok("consume t --output jsonl");
    assert_eq!(json.matches("\"keys\":[\"a\"]").count(), 2, "{json}");
    assert_eq!(json.matches("\"keys\":[\"7\"]").count(), 1, "{json}");

    let failed = folder.produce("produce t --key-field id --acks", b"{\"id\":1}\n{\"di\":1}\n{\"id\":2}\n");
    assert_eq!(failed.status.code(), Some(1));
    let error = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(error, "error: line 2 has no field 'id'; the lines before it were written\n");
    assert_eq!(String::from_utf8(failed.stdout).unwrap().lines().count(), 1);
    assert_eq!(folder.ok("consume t").lines().count(), 4);
}

#[test]
fn a_pipe_of_small_lines_shares_commits() {
    let folder = Folder::new();
    folder.ok("topic create t");
    let input: String = (0..40_000).map(|n| format!("line {n}\n")).collect();
    let acks = told(&folder.produce("produce t --acks", input.as_bytes()));
    assert_eq!(acks.lines().count(), 40_000);
    assert_eq!(folder.ok("consume t"), input);
    let dump = folder.command("log dump").args([folder.path()]).output().unwrap();
    assert_eq!(dump.status.code(), Some(2), "`log` takes the folder itself");
    let mut dump = Command::new(env!("CARGO_BIN_EXE_millstream"));
    let dump = told(&dump.args(["log", "dump"]).arg(folder.path()).output().unwrap());
    let commits = dump.lines().filter(|line| line.contains("\"topic\":0")).count();
    assert!((1..100).contains(&commits), "{commits} commits");
}

#[test]
fn a_group_goes_on_where_it_stopped() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", b"1\n2\n3\n4\n5\n"));
    assert_eq!(folder.ok("consume t --group g --max 2"), "1\n2\n");
    assert_eq!(folder.ok("consume t --group g --max 1"), "3\n");
    let described = folder.ok("group describe g");
    assert!(described.contains(r#"{"topic":"t","queue":0,"offset":3,"lag":2}"#), "{described}");
    assert_eq!(folder.ok("consume t --group g --where \"body = '5'\""), "5\n");
    assert_eq!(folder.ok("consume t --group g"), "");
    assert_eq!(folder.ok("group list"), "{\"name\":\"g\",\"lag\":0}\n");
    folder.ok("group alter g --topic t --to 4");
    assert_eq!(folder.ok("consume t --group g"), "5\n");
    folder.ok("group delete g");
    assert_eq!(folder.ok("consume t --group g --max 1"), "1\n");
}

#[test]
fn conditions_choose_messages() {
    let folder = Folder::new();
    folder.ok("topic create t --queues 3");
    let input: String = (0..30).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    told(&folder.produce("produce t", input.as_bytes()));
    let some = folder.ok("consume t --where \"body LIKE '%1%' AND `queue` = 1\"");
    assert_eq!(some, "{\"n\":1}\n{\"n\":10}\n{\"n\":13}\n{\"n\":16}\n{\"n\":19}\n");
    assert_eq!(folder.ok("consume t --queue 0 --where \"`offset` >= 8\""), "{\"n\":24}\n{\"n\":27}\n");
    assert_eq!(
        folder.ok("consume t --max 2 --where \"CAST(JSON_VALUE(body, '$.n') AS INT) > 20\"").lines().count(),
        2
    );
    let error = folder.fails("consume t --where \"bdy = 'x'\"");
    assert!(error.contains("did you mean 'body'?") && error.contains("| bdy = 'x'\n"), "{error}");
    assert!(folder.fails("consume t --where \"body =\"").contains("syntax error"));
}

#[test]
fn following_prints_what_comes_and_ends_by_ctrl_c() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", b"first\n"));
    let mut consumer = folder.start("consume t --follow --group g");
    let mut out = BufReader::new(consumer.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    let busy = folder.fails("topic list");
    assert!(busy.contains("is open in another process; stop that one first"), "{busy}");
    let id = consumer.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(consumer.wait().unwrap().code(), Some(130));
    assert_eq!(folder.ok("consume t --group g"), "");
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", "a long line of text\n".repeat(100_000).as_bytes()));
    for line in ["consume t", "consume t --where \"body LIKE '%long%'\""] {
        let mut consumer = folder.start(line);
        let mut start = [0; 20];
        consumer.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = consumer.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{line}");
    }
}

#[test]
fn topics_are_listed_described_altered_and_deleted() {
    let folder = Folder::new();
    folder.ok("topic create b --type fifo --queues 2 --set retention.time=1d --set compression=zstd");
    folder.ok("topic create a");
    assert_eq!(
        folder.ok("topic list"),
        "{\"name\":\"a\",\"type\":\"normal\",\"queues\":1,\"messages\":0}\n{\"name\":\"b\",\"type\":\"fifo\",\"queues\":2,\"messages\":0}\n"
    );
    folder.ok("topic alter b --queues 3 --set retention.time=none --set durability=flush-interval");
    assert_eq!(
        folder.ok("topic describe b"),
        "{\"name\":\"b\",\"type\":\"fifo\",\"queues\":3,\"messages\":0,\
         \"settings\":{\"compression\":\"zstd\",\"durability\":\"flush-interval\"},\
         \"offsets\":[{\"queue\":0,\"begin\":0,\"end\":0},{\"queue\":1,\"begin\":0,\"end\":0},{\"queue\":2,\"begin\":0,\"end\":0}]}\n"
    );
    assert!(folder.ok("topic describe b --output table").contains("|     queue 2 | offsets 0 to 0 |"));
    told(&folder.produce("produce b --acks", b"x\n"));
    folder.ok("topic delete b");
    assert_eq!(folder.ok("topic list").lines().count(), 1);
}

#[test]
fn wrong_names_and_values_are_told_with_the_mend() {
    let folder = Folder::new();
    folder.ok("topic create logins");
    folder.ok("group create g --set max-attempts=3");
    for (line, part) in [
        ("topic create logins", "topic 'logins' is already there"),
        ("topic create bad/name", "'/' are not allowed"),
        ("topic create none --queues 0", "cannot have 0 queues; give 1 to"),
        ("topic create x --set retention.tim=1d", "did you mean 'retention.time'?"),
        ("topic alter logins --set durability=maybe", "is not one of fsync, flush-interval"),
        ("topic describe login", "there is no topic 'login'; did you mean 'logins'?"),
        ("produce login", "did you mean 'logins'?"),
        ("produce logins --queue 4", "topic 'logins' has no queue 4; its queues are 0 to 0"),
        ("consume logins --queue 1", "topic 'logins' has no queue 1"),
        ("group describe h", "there is no group 'h'"),
        ("group alter g --set max-attempts=0", "give at least 1"),
        ("group alter g --set colour=red", "a group has no setting 'colour'"),
        ("group alter g", "nothing to alter"),
    ] {
        let error = folder.fails(line);
        assert!(error.starts_with("error: ") && error.contains(part), "{line}: {error}");
    }
    let without = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_millstream")).args(words(line)).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(without("topic list").contains("give its folder, --data DIR"));
    assert!(without("consume t --server localhost:8081").contains("a running node cannot be reached yet"));
    assert!(
        without("consume t --data x --from soon").contains("write earliest, latest, an offset, or a time")
    );
}

#[test]
fn damage_is_found_and_taken_out() {
    let folder = Folder::new();
    folder.ok("topic create t");
    for line in [&b"first\n"[..], b"second\n", b"third\n"] {
        told(&folder.produce("produce t", line));
    }
    let log = |command: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_millstream"));
        program.args(["log", command]).arg(folder.path()).output().unwrap()
    };
    assert!(told(&log("verify")).ends_with("nothing that was durable is damaged\n"));
    damage(&segment(&folder.path()), b"second");

    let verified = log("verify");
    assert_eq!(verified.status.code(), Some(1));
    assert!(String::from_utf8(verified.stdout).unwrap().starts_with("damage: "));
    assert!(folder.fails("consume t").contains("repair"), "{}", folder.fails("consume t"));
    assert!(told(&log("repair")).ends_with("1 stretch was taken out\n"));
    assert_eq!(folder.ok("consume t"), "first\nthird\n");
    assert!(told(&log("verify")).contains("were taken out by earlier repairs"));
}

/// Flips a bit of `text`, which stands in the first bytes of a file. The file keeps what it does not use: it has space in reserve.
fn damage(file: &Path, text: &[u8]) {
    let mut file = std::fs::File::options().read(true).write(true).open(file).unwrap();
    let mut bytes = vec![0; 16 << 10];
    file.read_exact(&mut bytes).unwrap();
    let at = bytes.windows(text.len()).position(|part| part == text).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[bytes[at] ^ 1]).unwrap();
}

fn segment(data: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(data.join("log")).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|end| end == "log")).unwrap()
}
