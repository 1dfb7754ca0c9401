//! The payload of a Ping that is kept for its Pong: RFC 6455 §5.5.2 and §5.5.3.

use core::ops;

use crate::frame::MAX_CONTROL_PAYLOAD;

/// A copy of a control frame's payload, which needs no heap.
#[derive(Debug)]
pub(crate) struct ControlPayload {
    bytes: [u8; MAX_CONTROL_PAYLOAD],
    len: usize,
}

impl ControlPayload {
    /// Keeps `payload`, of which a control frame has at most 125 bytes.
    pub(crate) fn new(payload: &[u8]) -> Self {
        let mut copy = Self::default();
        copy.set(payload);
        copy
    }

    /// Keeps this one instead.
    pub(crate) fn set(&mut self, payload: &[u8]) {
        self.len = payload.len().min(MAX_CONTROL_PAYLOAD);
        if let (Some(place), Some(payload)) = (self.bytes.get_mut(..self.len), payload.get(..self.len)) {
            place.copy_from_slice(payload);
        }
    }
}

impl Default for ControlPayload {
    fn default() -> Self {
        Self { bytes: [0; MAX_CONTROL_PAYLOAD], len: 0 }
    }
}

impl ops::Deref for ControlPayload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
