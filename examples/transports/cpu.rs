//! Processor time, where Linux tells it; elsewhere `None`.

use std::fs;
use std::thread;
use std::time::Duration;

/// Of this process, with the threads that have ended; in steps of 10 ms.
pub(crate) fn of_process() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in parentheses, may hold anything. Behind it come the third field and the rest.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let user: u64 = fields.nth(11)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(10 * (user + system)))
}

/// Of this thread.
pub(crate) fn of_thread() -> Option<Duration> {
    // Linux brings the figure up to date when it chooses what runs next.
    thread::yield_now();
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
}
