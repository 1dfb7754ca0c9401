//! What waits to be sent to one client, and what comes after: a slow reader is told apart from a fast one by how much that is.

use std::collections::VecDeque;

use rfc6455::protocol::CloseCode;
use rfc6455::session::PreparedMessage;

/// The most that waits for one client. The whole history fits, with as much again for what is said meanwhile.
const MOST_MESSAGES: usize = 1024;
const MOST_BYTES: usize = 16 << 20;

#[derive(Default)]
pub(crate) struct Queue {
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

/// What is to be done next for this client.
pub(crate) enum Next {
    Send(PreparedMessage),
    Close(CloseCode, &'static str),
    Stop,
}

impl Queue {
    /// Puts a message in, of which a clone shares the bytes. `false` when this client gets no more messages:
    /// if it has fallen too far behind, its connection ends now.
    pub(crate) fn push(&mut self, message: &PreparedMessage) -> bool {
        let bytes = self.bytes.saturating_add(message.frame().len());
        if self.waiting.len() >= MOST_MESSAGES || bytes > MOST_BYTES {
            self.close(CloseCode::TRY_AGAIN_LATER, "you read too slowly");
        }
        let accepts = self.end.is_none();
        if accepts {
            self.bytes = bytes;
            self.waiting.push_back(message.clone());
        }
        accepts
    }

    /// Ends the connection in order; what still waits is not sent.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &'static str) {
        self.clear();
        // The first end counts.
        self.end.get_or_insert(End::Close(code, reason));
    }

    /// The connection has ended.
    pub(crate) fn gone(&mut self) {
        self.clear();
        self.end = Some(End::Gone);
    }

    /// Something to do, if there is.
    pub(crate) fn take(&mut self) -> Option<Next> {
        if let Some(message) = self.waiting.pop_front() {
            self.bytes = self.bytes.saturating_sub(message.frame().len());
            return Some(Next::Send(message));
        }
        self.end.map(|end| match end {
            End::Close(code, reason) => Next::Close(code, reason),
            End::Gone => Next::Stop,
        })
    }

    fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }
}
