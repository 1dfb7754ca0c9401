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
        let mut copy = Self { bytes: [0; MAX_CONTROL_PAYLOAD], len: 0 };
        for (slot, byte) in copy.bytes.iter_mut().zip(payload) {
            *slot = *byte;
            copy.len = copy.len.saturating_add(1);
        }
        copy
    }
}

impl ops::Deref for ControlPayload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
