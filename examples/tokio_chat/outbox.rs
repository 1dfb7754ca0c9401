//! What waits to be sent to one client, for the task that writes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rfc6455::protocol::CloseCode;
use rfc6455::session::PreparedMessage;
use tokio::sync::Notify;

use crate::queue::{Next, Queue};

/// A queue that never blocks whoever puts something in: who reads too slowly is disconnected instead.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
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
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.lock().take() {
                return next;
            }
            // What was told since is not missed.
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
