//! The messages for one client, numbered from 0: where each transport takes them from.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Failure;

/// Bytes of a message.
pub(crate) const LEN: usize = 64;

/// The message with this number for this client: the same in each run, and unlike all others in it.
pub(crate) fn message(client: usize, number: usize) -> String {
    let cents = (number * 7919 + client * 104_729) % 1_000_000;
    let (euros, cents) = (cents / 100, cents % 100);
    let message =
        format!(r#"{{"client":{client:5},"number":{number:10},"price":"{euros:10}.{cents:02} EUR"}}"#);
    debug_assert_eq!(message.len(), LEN);
    message
}

/// What comes next in a feed.
pub(crate) enum Next {
    Messages(Range<usize>),
    /// Nothing, for as long as one wanted to wait.
    Nothing,
    /// Nothing any more.
    Over,
}

/// Messages with the moments at which they were emitted; or as many as a client takes.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    is_endless: bool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    emitted: Vec<Instant>,
    is_over: bool,
}

impl Feed {
    /// One that has always one more message.
    pub(crate) fn endless() -> Self {
        Self { is_endless: true, ..Self::default() }
    }

    pub(crate) fn emit(&self) {
        self.lock().emitted.push(Instant::now());
        self.changed.notify_all();
    }

    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// The messages from this number on, for which this waits.
    pub(crate) fn next(&self, from: usize, wait: Duration) -> Next {
        let is_idle = |state: &mut State| !self.is_endless && !state.is_over && state.emitted.len() <= from;
        let waited = self.changed.wait_timeout_while(self.lock(), wait, is_idle);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (&*state, self.is_endless) {
            (State { emitted, .. }, _) if from < emitted.len() => Next::Messages(from..emitted.len()),
            (State { is_over: true, .. }, _) => Next::Over,
            (_, true) => Next::Messages(from..from + 1),
            (_, false) => Next::Nothing,
        }
    }

    /// When each message was emitted; none of an endless feed.
    pub(crate) fn emitted(&self) -> Vec<Instant> {
        self.lock().emitted.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The messages that one side has received: each of them, once, and in order.
#[derive(Debug)]
pub(crate) struct Seen {
    client: usize,
    pub(crate) times: Vec<Instant>,
}

impl Seen {
    pub(crate) const fn none(client: usize) -> Self {
        Self { client, times: Vec::new() }
    }

    /// Takes the next message.
    pub(crate) fn take(&mut self, received: &[u8]) -> Result<(), Failure> {
        let number = self.count();
        self.times.push(Instant::now());
        if received != message(self.client, number).as_bytes() {
            return Err(format!("not message {number}: {:?}", String::from_utf8_lossy(received)).into());
        }
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.times.len()
    }
}
