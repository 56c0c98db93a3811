//! Random schedules of commits, crashes, errors and full disks on a simulated disk, against a model that is a plain list.
//!
//! A seed replays its schedule: `MILLSTREAM_SEED=17 cargo test -p millstream-log --test simulation`;
//! `MILLSTREAM_SCHEDULES=100000` runs so many of them (in release, a few minutes).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the replay of a seed is to be read")]

mod simulated;

use simulated::Schedule;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn no_schedule_loses_or_changes_anything() {
    if let Some(seed) = setting("MILLSTREAM_SEED") {
        Schedule::new(seed, true).run();
        return;
    }
    let first = setting("MILLSTREAM_FIRST").unwrap_or(0);
    let schedules = setting("MILLSTREAM_SCHEDULES").unwrap_or(400);
    let mut totals = simulated::Totals::default();
    for seed in first..first + schedules {
        let outcome = std::panic::catch_unwind(|| Schedule::new(seed, false).run());
        match outcome {
            Ok(counts) => totals.add(&counts),
            Err(_) => panic!("seed {seed}: replay it with MILLSTREAM_SEED={seed}"),
        }
    }
    // A simulation in which nothing goes wrong, or nothing goes right, tests nothing.
    for (what, count) in totals.named() {
        assert!(count > 0, "no {what} in {schedules} schedules");
    }
    println!("{schedules} schedules: {totals:?}");
}
