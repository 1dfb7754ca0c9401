//! A peer that does not read, and for how long the reader of two halves tries to write to it (RFC 6455 §10.4).
//!
//! Each try is brief, so that the reader goes on reading. To a peer that only sends, this would go on for ever.

use super::Socket;
use super::sync::Instant;

/// Since when nothing could be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stuck {
    since: Instant,
    /// What had been written by then, by either half.
    progress: u64,
}

impl Stuck {
    /// After one more try, which began then: either that goes on which was before, or there was progress, and it begins anew.
    pub(super) fn after(before: Option<Self>, begun: Instant, progress: u64) -> Self {
        before.filter(|stuck| stuck.progress == progress).unwrap_or(Self { since: begun, progress })
    }

    /// Whether a single write would have given up by now.
    pub(super) fn is_for_too_long(&self, socket: &dyn Socket) -> bool {
        let timeout = socket.write_timeout().ok().flatten();
        timeout.is_some_and(|timeout| Instant::now().saturating_duration_since(self.since) >= timeout)
    }
}
