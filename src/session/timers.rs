//! Keepalive, idle and close deadlines: what RFC 6455 §5.5.2 and §7.1.1 leave to the endpoint.
//!
//! Time is a `Duration` since a moment of the caller's choosing: nothing here looks at a clock.

use alloc::boxed::Box;
use core::time::Duration;

use super::{Config, Deadline, Keepalive};
use crate::protocol::ControlPayload;

/// What is to be done at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// Send this keepalive Ping.
    Ping([u8; 8]),
    /// Fail the session.
    Fail(Deadline),
    /// Both Closes are through, and the peer has had its time to hang up.
    HangUp,
}

/// Nanoseconds since the caller's moment, up to 584 years: half the size of a `Duration`, of which there would be many.
type Moment = u64;

fn moment(time: Duration) -> Moment {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
pub(super) struct Timers {
    close_timeout: Moment,
    /// When the last byte came. As it is given, since that is noted for each message.
    heard: Duration,
    closing: Closing,
    /// When that is to be done.
    close_by: Moment,
    /// Ended by something that the connection does not know of.
    pub(super) over: Option<Over>,
    /// On the heap, as most connections of most servers are not watched.
    watch: Option<Box<Watch>>,
}

/// What has to come while the connection is open, if something has to.
#[derive(Debug)]
struct Watch {
    keepalive: Option<Keepalive>,
    idle_timeout: Option<Duration>,
    /// When the last message, or a part of one, came.
    message: Duration,
    ping: Option<Outstanding>,
    /// Keepalive pings sent, which makes each payload another.
    pings: u64,
}

/// A keepalive Ping whose Pong has not come.
#[derive(Debug)]
struct Outstanding {
    payload: [u8; 8],
    answer_by: Duration,
    /// A Ping of the application's that was sent since; §5.5.3 lets the peer answer that one alone.
    later: Option<ControlPayload>,
}

/// How far the closing handshake is.
#[derive(Clone, Copy, Debug)]
enum Closing {
    No,
    /// Our Close is sent; the peer's has to come.
    Sent,
    /// Both are through; the peer has to hang up.
    Done,
}

/// An end that was not the connection's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Over {
    /// Time ran out.
    Failed(Deadline),
    /// The peer did not hang up in time after the closing handshake.
    PeerHangsOn,
}

impl Timers {
    pub(super) fn new(config: &Config, now: Duration) -> Self {
        let Config { keepalive, idle_timeout, close_timeout, .. } = *config;
        let watch = Watch { keepalive, idle_timeout, message: now, ping: None, pings: 0 };
        Self {
            close_timeout: moment(close_timeout),
            heard: now,
            closing: Closing::No,
            close_by: 0,
            over: None,
            watch: (keepalive.is_some() || idle_timeout.is_some()).then(|| Box::new(watch)),
        }
    }

    /// When the last byte came.
    #[cfg(feature = "std")]
    pub(super) const fn last_heard(&self) -> Duration {
        self.heard
    }

    /// Bytes came.
    pub(super) const fn heard(&mut self, now: Duration) {
        self.heard = now;
    }

    /// A message came, or a part of one.
    #[inline]
    pub(super) fn message(&mut self, now: Duration) {
        self.heard(now);
        if let Some(watch) = &mut self.watch {
            watch.message(now);
        }
    }

    /// The application sent a Ping with this payload.
    pub(super) fn pinged(&mut self, payload: &[u8]) {
        if let Some(Watch { ping: Some(outstanding), .. }) = self.watch.as_deref_mut() {
            outstanding.later = Some(ControlPayload::new(payload));
        }
    }

    /// A Pong came. One that was not asked for changes nothing (§5.5.3).
    pub(super) fn pong(&mut self, payload: &[u8]) {
        let Some(watch) = &mut self.watch else { return };
        let answers = watch.ping.as_ref().is_some_and(|outstanding| {
            payload == outstanding.payload || outstanding.later.as_deref() == Some(payload)
        });
        if answers {
            watch.ping = None;
        }
    }

    pub(super) fn close_sent(&mut self, now: Duration) {
        self.closing = Closing::Sent;
        self.close_by = moment(now).saturating_add(self.close_timeout);
    }

    pub(super) fn close_done(&mut self, now: Duration) {
        self.closing = Closing::Done;
        self.close_by = moment(now).saturating_add(self.close_timeout);
    }

    /// The next moment at which something may be due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.closing {
            Closing::Sent | Closing::Done => Some(Duration::from_nanos(self.close_by)),
            Closing::No => self.watch.as_ref()?.deadline(self.heard),
        }
    }

    /// What is due now; a Ping that is due counts as sent.
    pub(super) fn due(&mut self, now: Duration) -> Due {
        match self.closing {
            Closing::Sent if self.close_by <= moment(now) => Due::Fail(Deadline::Close),
            Closing::Done if self.close_by <= moment(now) => Due::HangUp,
            Closing::Sent | Closing::Done => Due::Nothing,
            Closing::No => self.watch.as_mut().map_or(Due::Nothing, |watch| watch.due(self.heard, now)),
        }
    }
}

impl Watch {
    /// A peer in the middle of a frame cannot send its Pong, so it gets more time for it.
    #[inline(never)]
    fn message(&mut self, now: Duration) {
        self.message = now;
        if let (Some(ping), Some(keepalive)) = (&mut self.ping, &self.keepalive) {
            ping.answer_by = now.saturating_add(keepalive.timeout);
        }
    }

    fn deadline(&self, heard: Duration) -> Option<Duration> {
        [self.ping_at(heard), self.answer_by(), self.idle_at()].into_iter().flatten().min()
    }

    fn due(&mut self, heard: Duration, now: Duration) -> Due {
        let reached = |moment: Option<Duration>| moment.is_some_and(|moment| moment <= now);
        if reached(self.answer_by()) {
            Due::Fail(Deadline::Keepalive)
        } else if reached(self.idle_at()) {
            Due::Fail(Deadline::Idle)
        } else if reached(self.ping_at(heard)) {
            self.ping(now)
        } else {
            Due::Nothing
        }
    }

    fn ping(&mut self, now: Duration) -> Due {
        let Some(keepalive) = self.keepalive else { return Due::Nothing };
        self.pings = self.pings.wrapping_add(1);
        let payload = self.pings.to_be_bytes();
        self.ping =
            Some(Outstanding { payload, answer_by: now.saturating_add(keepalive.timeout), later: None });
        Due::Ping(payload)
    }

    /// When a Ping is to go out, unless one is out already.
    fn ping_at(&self, heard: Duration) -> Option<Duration> {
        let keepalive = self.keepalive.filter(|_| self.ping.is_none())?;
        Some(heard.saturating_add(keepalive.interval))
    }

    fn answer_by(&self) -> Option<Duration> {
        self.ping.as_ref().map(|outstanding| outstanding.answer_by)
    }

    fn idle_at(&self) -> Option<Duration> {
        self.idle_timeout.map(|idle| self.message.saturating_add(idle))
    }
}
