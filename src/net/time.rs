//! The time of a connection: RFC 6455 §7.1.1 wants deadlines, and a session counts from a moment of the adapter's.

use std::time::Duration;

use super::Socket;
use super::sync::Instant;

/// Counts from the moment when it was made, by the clock that ends the waits on a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    start: Instant,
    now: fn() -> Instant,
}

impl Time {
    /// Begins now.
    pub(super) fn of(socket: Option<&dyn Socket>) -> Self {
        let now = socket.map_or(Instant::now as fn() -> Instant, Socket::clock);
        Self { start: now(), now }
    }

    /// As it was, with another beginning.
    pub(super) const fn beginning(self, start: Instant) -> Self {
        Self { start, ..self }
    }

    pub(super) const fn start(&self) -> Instant {
        self.start
    }

    pub(super) fn elapsed(&self) -> Duration {
        (self.now)().saturating_duration_since(self.start)
    }

    /// A moment of the connection's as one of the clock's; `None` when it is too far off to be one.
    pub(super) fn at(&self, moment: Duration) -> Option<Instant> {
        self.start.checked_add(moment)
    }
}
