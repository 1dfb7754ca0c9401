//! What waits between two inputs: the start of a header or of a control frame's body, RFC 6455 §5.2 and §5.5.
//!
//! A fixed 125 bytes, which is as much as a control frame may hold: nothing that a peer sends makes it grow.

use super::input::Input;
use crate::frame::MAX_CONTROL_PAYLOAD;

/// Bytes that gather until there are enough of them; afterwards the last control frame's body.
#[derive(Debug)]
pub(super) struct Carry {
    bytes: [u8; MAX_CONTROL_PAYLOAD],
    /// Gathered so far of what is not complete.
    len: usize,
    /// The length of the last control frame's body, until something new gathers.
    body: usize,
}

impl Carry {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; MAX_CONTROL_PAYLOAD], len: 0, body: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What has gathered.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The body that was finished last.
    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(..self.body).unwrap_or_default()
    }

    /// Moves input here until there are `len` bytes; false when the input does not suffice.
    pub(super) fn fill<I: Input>(&mut self, input: &mut I, len: usize) -> bool {
        let free = self.bytes.get_mut(self.len..len).unwrap_or_default();
        let count = free.len().min(input.bytes().len());
        for (slot, byte) in free.iter_mut().zip(input.bytes()) {
            *slot = *byte;
        }
        input.skip(count);
        self.len = self.len.saturating_add(count);
        self.len >= len
    }

    /// Takes what has gathered as the body of a control frame.
    pub(super) fn finish(&mut self) -> &mut [u8] {
        self.body = core::mem::take(&mut self.len);
        self.bytes.get_mut(..self.body).unwrap_or_default()
    }

    pub(super) const fn clear(&mut self) {
        self.len = 0;
    }
}
