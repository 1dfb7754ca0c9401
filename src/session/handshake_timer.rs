//! The deadline of the opening handshake: a bound that RFC 6455 §10.7 leaves to the endpoint.
//!
//! It holds for the whole handshake, so a peer that sends a byte a second does not move it.

use core::time::Duration;

use super::{Config, Deadline};

/// Bounds an opening handshake, beside a [`ServerHandshake`](crate::handshake::ServerHandshake) or a
/// [`ClientHandshake`](crate::handshake::ClientHandshake).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeTimer {
    by: Duration,
}

impl HandshakeTimer {
    /// Starts now.
    #[must_use]
    pub const fn new(config: &Config, now: Duration) -> Self {
        Self { by: now.saturating_add(config.handshake_timeout) }
    }

    /// The moment by which the handshake has to be over.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.by
    }

    /// Asks whether there is time left.
    ///
    /// # Errors
    ///
    /// [`Deadline::Handshake`] when there is none.
    pub fn tick(&self, now: Duration) -> Result<(), Deadline> {
        if now < self.by { Ok(()) } else { Err(Deadline::Handshake) }
    }
}
