//! Ctrl-C and the signal to terminate.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::INTERRUPTED;
use crate::session::Interrupt;

/// From now on the first signal stops the running jobs, and the second ends the program at once.
pub fn stop_jobs(interrupt: &Interrupt) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let interrupt = interrupt.clone();
    // Without the thread a signal ends the program as it would any other.
    let _ = std::thread::Builder::new().name("signals".to_owned()).stack_size(64 << 10).spawn(move || {
        for _ in signals.forever() {
            if interrupt.request() {
                leave();
            }
        }
    });
}

#[allow(clippy::disallowed_methods, reason = "a second Ctrl-C waits for nothing, not even for main")]
fn leave() {
    std::process::exit(i32::from(INTERRUPTED));
}
