//! How long reads on a socket may block: until the next deadline (RFC 6455 §7.1.1), and never longer than the user said.
//!
//! A socket has one read timeout, and two want it. The user may give it one at any time, after which `read` gives up; and
//! a deadline has to end a read, too, but without the user seeing it.

use std::time::Duration;

use super::Socket;
use super::sync::Instant;

/// Whose the read timeout of a socket is.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// The timeout that the user gave the socket.
    user: Option<Duration>,
    /// The timeout that the socket had when this looked at it last.
    armed: Option<Duration>,
    /// Since when nothing has come, in a wait that takes several reads.
    silent: Option<Instant>,
}

impl Patience {
    pub(super) fn new(socket: Option<&dyn Socket>) -> Self {
        let user = socket.and_then(|socket| socket.read_timeout().ok().flatten());
        Self { user, armed: user, silent: None }
    }

    /// Gives the socket a timeout that ends no later than `wait`. An earlier one does no harm, since deadlines move away
    /// while bytes come: so it is set now and then and not with each read.
    pub(super) fn arm(&mut self, socket: &dyn Socket, wait: Option<Duration>) {
        if wait.is_none() && self.armed == self.user {
            return;
        }
        self.look_at(socket);
        let silent = self.silent.map_or(Duration::ZERO, |since| since.elapsed());
        let user = self.user.map(|user| user.saturating_sub(silent));
        let earlier = |wait| [user, wait].into_iter().flatten().min();
        let fits = match (earlier(wait), self.armed) {
            (None, None) => true,
            (Some(want), Some(armed)) => armed <= want && want <= armed.saturating_mul(2),
            _ => false,
        };
        if !fits {
            self.set(socket, earlier(wait.map(early)));
        }
    }

    /// Gives the socket back the user's timeout.
    pub(super) fn disarm(&mut self, socket: &dyn Socket) {
        if self.armed != self.user {
            self.look_at(socket);
            self.set(socket, self.user);
        }
    }

    /// Whether a read that began then and timed out did so for a deadline: neither because the socket does not block nor by
    /// the user's own timeout, to which the reads before it count.
    pub(super) fn is_for_deadline(&mut self, begun: Instant) -> bool {
        let since = self.silent.unwrap_or(begun);
        let passed = begun.elapsed();
        // The kernel counts in ticks, so a little less than what was asked for may have passed.
        let waited =
            self.armed.is_some_and(|armed| passed.saturating_add(Duration::from_millis(20)) >= armed);
        let blocked = passed >= Duration::from_micros(500);
        let is_ours = waited && blocked && self.user.is_none_or(|user| since.elapsed() < user);
        if is_ours {
            self.silent = Some(since);
        }
        is_ours
    }

    /// Bytes came, or the user is about to be told: the next wait is another one.
    pub(super) const fn end_wait(&mut self) {
        self.silent = None;
    }

    /// Sees whether the user has set another timeout meanwhile.
    fn look_at(&mut self, socket: &dyn Socket) {
        if let Ok(timeout) = socket.read_timeout()
            && timeout != self.armed
        {
            (self.user, self.armed) = (timeout, timeout);
        }
    }

    fn set(&mut self, socket: &dyn Socket, timeout: Option<Duration>) {
        // A socket refuses a timeout of zero.
        let timeout = timeout.map(|timeout| timeout.max(Duration::from_millis(1)));
        // Some systems refuse any once the connection has ended, of which the next read tells.
        if socket.set_read_timeout(timeout).is_ok() {
            // It counts in ticks, so this is not quite what was asked for.
            self.armed = socket.read_timeout().unwrap_or(timeout);
        }
    }
}

/// A little less than `wait`, so that the next wait of the same length, some microseconds shorter, fits it still. The rest is
/// waited for anew.
fn early(wait: Duration) -> Duration {
    if wait < Duration::from_millis(50) {
        wait
    } else {
        wait.saturating_sub(wait.checked_div(16).unwrap_or_default())
    }
}
