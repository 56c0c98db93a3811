//! The scripts of `examples` do what they say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn a_killed_job_writes_every_alert_once() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/crash.sh");
    let output = Command::new("sh")
        .arg(script)
        .env("MILLSTREAM", env!("CARGO_BIN_EXE_millstream"))
        .env("COPIES", "30")
        .output()
        .unwrap();
    let (out, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}{error}");
    let middle = out.split("times, ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(middle.parse::<u32>().unwrap() > 0, "no kill came in the middle: {out}");
    assert!(
        out.starts_with("4290 events, killed ") && out.ends_with("each of 390 alerts stands once\n"),
        "{out}"
    );
}
