//! When something is due, told a second time from the documentation of `Config` and `Keepalive`: what has happened is written
//! down, and what follows from it is worked out anew each time.

use std::time::Duration;

use rfc6455::session::{Config, Deadline};

/// What is to happen at a tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    /// One of these: two may have come at once.
    Fail(Vec<Deadline>),
    HangUp,
}

#[derive(Debug)]
pub(crate) struct Deadlines {
    config: Config,
    last_byte: Duration,
    last_data: Duration,
    ping: Option<SentPing>,
    our_close: Option<Duration>,
    their_close: Option<Duration>,
    is_over: bool,
}

#[derive(Debug)]
struct SentPing {
    at: Duration,
    /// Payloads of which a Pong answers it (§5.5.3): its own, and that of the application's last Ping after it.
    payload: Vec<u8>,
    later: Option<Vec<u8>>,
}

impl Deadlines {
    pub(crate) fn new(config: &Config, now: Duration) -> Self {
        Self {
            config: config.clone(),
            last_byte: now,
            last_data: now,
            ping: None,
            our_close: None,
            their_close: None,
            is_over: false,
        }
    }

    pub(crate) fn bytes_came(&mut self, has_data: bool, now: Duration) {
        self.last_byte = now;
        if has_data {
            self.last_data = now;
        }
    }

    pub(crate) fn keepalive_sent(&mut self, payload: &[u8], now: Duration) {
        self.ping = Some(SentPing { at: now, payload: payload.into(), later: None });
    }

    pub(crate) fn application_pinged(&mut self, payload: &[u8]) {
        if let Some(ping) = &mut self.ping {
            ping.later = Some(payload.into());
        }
    }

    pub(crate) fn pong_came(&mut self, payload: &[u8]) {
        self.ping = self.ping.take().filter(|ping| {
            let answers = ping.payload == payload || ping.later.as_deref() == Some(payload);
            !answers
        });
    }

    pub(crate) fn close_sent(&mut self, now: Duration) {
        self.our_close = Some(now);
    }

    pub(crate) fn close_came(&mut self, now: Duration) {
        self.their_close = Some(now);
    }

    /// Failed, lost, or hung up: nothing is due any more.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
    }

    /// All that will come if nothing else happens, and when.
    fn coming(&self) -> Vec<(Duration, Due)> {
        let Config { keepalive, idle_timeout, close_timeout, .. } = self.config;
        let fail = |at, deadline| (at, Due::Fail(vec![deadline]));
        if self.is_over {
            return vec![];
        }
        if let Some(at) = self.their_close {
            return vec![(at + close_timeout, Due::HangUp)];
        }
        if let Some(at) = self.our_close {
            return vec![fail(at + close_timeout, Deadline::Close)];
        }
        let mut coming = Vec::new();
        if let Some(idle) = idle_timeout {
            coming.push(fail(self.last_data + idle, Deadline::Idle));
        }
        match (keepalive, &self.ping) {
            (None, _) => {}
            (Some(keepalive), None) => coming.push((self.last_byte + keepalive.interval, Due::Ping)),
            (Some(keepalive), Some(ping)) => {
                let from = ping.at.max(self.last_data);
                coming.push(fail(from + keepalive.timeout, Deadline::Keepalive));
            }
        }
        coming
    }

    /// The next moment at which something is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.coming().into_iter().map(|(at, _)| at).min()
    }

    /// What is due now. What ends the session goes before a Ping.
    pub(crate) fn due(&self, now: Duration) -> Due {
        let due: Vec<Due> =
            self.coming().into_iter().filter(|(at, _)| *at <= now).map(|(_, due)| due).collect();
        let failing: Vec<Deadline> = due
            .iter()
            .flat_map(|due| if let Due::Fail(deadlines) = due { deadlines.clone() } else { vec![] })
            .collect();
        match due.into_iter().next() {
            None => Due::Nothing,
            Some(_) if !failing.is_empty() => Due::Fail(failing),
            Some(due) => due,
        }
    }
}
