//! What waits to be sent to one client, bounded: the place where a slow reader is told apart from a fast one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rfc6455::CloseCode;
use rfc6455::PreparedMessage;
use tokio::sync::Notify;

/// The most that waits for one client. The whole history fits, with as much again for what is said meanwhile.
const MOST_MESSAGES: usize = 1024;
const MOST_BYTES: usize = 16 << 20;

/// A queue that never blocks whoever puts something in: who reads too slowly is disconnected instead.
#[derive(Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<PreparedMessage>,
    bytes: usize,
    end: Option<End>,
}

/// What comes after the last message.
#[derive(Clone, Copy)]
enum End {
    Close(CloseCode, &'static str),
    Gone,
}

/// What the writing task is to do next.
pub(crate) enum Next {
    Send(PreparedMessage),
    Close(CloseCode, &'static str),
    Stop,
}

impl Outbox {
    /// Puts a message in, of which a clone shares the bytes. `false` when this client gets no more messages:
    /// if it has fallen too far behind, its connection ends now.
    pub(crate) fn push(&self, message: &PreparedMessage) -> bool {
        let mut state = self.lock();
        let bytes = state.bytes.saturating_add(message.frame().len());
        if state.waiting.len() >= MOST_MESSAGES || bytes > MOST_BYTES {
            state.finish(End::Close(CloseCode::TRY_AGAIN_LATER, "you read too slowly"));
        }
        let accepts = state.end.is_none();
        if accepts {
            state.bytes = bytes;
            state.waiting.push_back(message.clone());
        }
        self.changed.notify_one();
        accepts
    }

    /// Ends the connection in order; what still waits is not sent.
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.lock().finish(End::Close(code, reason));
        self.changed.notify_one();
    }

    /// The connection has ended.
    pub(crate) fn gone(&self) {
        let mut state = self.lock();
        state.finish(End::Gone);
        state.end = Some(End::Gone);
        self.changed.notify_one();
    }

    /// Waits for something to do.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.lock().take() {
                return next;
            }
            // What was told since is not missed.
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Option<Next> {
        if let Some(message) = self.waiting.pop_front() {
            self.bytes = self.bytes.saturating_sub(message.frame().len());
            return Some(Next::Send(message));
        }
        self.end.map(|end| match end {
            End::Close(code, reason) => Next::Close(code, reason),
            End::Gone => Next::Stop,
        })
    }

    /// The first end counts.
    fn finish(&mut self, end: End) {
        self.waiting.clear();
        self.bytes = 0;
        self.end.get_or_insert(end);
    }
}
