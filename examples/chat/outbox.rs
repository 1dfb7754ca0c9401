//! What waits to be sent to one client, for the thread that writes it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rfc6455::protocol::CloseCode;
use rfc6455::session::PreparedMessage;

use crate::queue::{Next, Queue};

/// A queue that never blocks whoever puts something in: who reads too slowly is disconnected instead.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Outbox {
    /// As [`Queue::push`].
    pub(crate) fn push(&self, message: &PreparedMessage) -> bool {
        let accepts = self.lock().push(message);
        self.changed.notify_one();
        accepts
    }

    /// As [`Queue::close`].
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.lock().close(code, reason);
        self.changed.notify_one();
    }

    /// As [`Queue::gone`].
    pub(crate) fn gone(&self) {
        self.lock().gone();
        self.changed.notify_one();
    }

    /// Waits for something to do.
    pub(crate) fn next(&self) -> Next {
        let mut queue = self.lock();
        loop {
            match queue.take() {
                Some(next) => return next,
                None => queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
