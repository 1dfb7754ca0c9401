//! Compressed messages on a connection: RFC 7692 §6 and §7.2.

mod incoming;
mod outgoing;

use core::time::Duration;

use crate::deflate::{Agreement, Memory};
use crate::frame::Rsv;
use incoming::Incoming;
#[cfg(feature = "std")]
pub(crate) use outgoing::Compressing;
use outgoing::Outgoing;

/// The bit that says that a message is compressed (RFC 7692 §6).
pub(super) const COMPRESSED: Rsv = Rsv::RSV1;

/// Both directions of compression, and when what they use is given back.
#[derive(Debug)]
pub(super) struct Codec {
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    /// From [`Memory::KeptFor`].
    kept_for: Option<Duration>,
    /// When the contexts were used last, as far as it is known; `None` when there is nothing to give back.
    last_used: Option<Duration>,
}

impl Codec {
    pub(super) fn new(agreement: &Agreement, limit: u64) -> Self {
        let kept_for = match agreement.settings().memory {
            Memory::KeptFor(idle) => Some(idle),
            Memory::Kept | Memory::Shared(_) => None,
        };
        Self {
            outgoing: Outgoing::new(agreement),
            incoming: Incoming::new(agreement.decompressor(), limit),
            kept_for,
            last_used: None,
        }
    }

    /// The next moment at which there is something to do.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let kept_for = self.kept_for?;
        if self.outgoing.is_used || self.incoming.is_used {
            // When that was is not known until the next look at the time.
            return Some(Duration::ZERO);
        }
        Some(self.last_used?.saturating_add(kept_for))
    }

    /// Gives back what was not used for so long.
    pub(super) fn tick(&mut self, now: Duration) {
        let Some(kept_for) = self.kept_for else { return };
        if self.outgoing.is_used || self.incoming.is_used {
            (self.outgoing.is_used, self.incoming.is_used) = (false, false);
            self.last_used = Some(now);
        }
        if self.last_used.is_some_and(|used| used.saturating_add(kept_for) <= now) {
            self.outgoing.release();
            // Inside a message there is something left, but no use in looking again: what goes on with the message is a use.
            self.incoming.release();
            self.last_used = None;
        }
    }
}
