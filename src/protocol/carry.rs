//! What waits between two inputs: the start of a header or of a control frame's body, RFC 6455 §5.2 and §5.5.
//!
//! At most 14 and 125 bytes, which is as much as a header and a control frame may have: nothing that a peer sends makes it grow.
//! The second is on the heap from the first control frame on: most connections see none for long, and there may be many of them.

use alloc::boxed::Box;
use core::mem;

use super::input::Input;
use crate::frame::{MAX_CONTROL_PAYLOAD, MAX_HEADER_LEN};

/// Bytes that gather until there are enough of them; afterwards the last control frame's body.
#[derive(Debug)]
pub(super) struct Carry {
    header: [u8; MAX_HEADER_LEN],
    header_len: u8,
    /// The length of the last control frame's body.
    body_len: u8,
    /// Gathered so far of the next one's.
    gathered: u8,
    control: Option<Box<[u8; MAX_CONTROL_PAYLOAD]>>,
}

impl Carry {
    pub(super) const fn new() -> Self {
        Self { header: [0; MAX_HEADER_LEN], header_len: 0, body_len: 0, gathered: 0, control: None }
    }

    pub(super) const fn has_header(&self) -> bool {
        self.header_len > 0
    }

    /// The start of a header that has gathered.
    pub(super) fn header(&self) -> &[u8] {
        self.header.get(..self.header_len.into()).unwrap_or_default()
    }

    /// Moves one byte of a header here, if there is one.
    pub(super) fn push_header(&mut self, input: &mut impl Input) {
        fill(&mut self.header, &mut self.header_len, input, 1);
    }

    pub(super) const fn clear_header(&mut self) {
        self.header_len = 0;
    }

    /// The control frame's body that was finished last.
    pub(super) fn body(&self) -> &[u8] {
        match &self.control {
            Some(control) => control.get(..self.body_len.into()).unwrap_or_default(),
            None => &[],
        }
    }

    /// Moves input here until there are `len` bytes of a control frame's body, and gives them then; `None` when the input does
    /// not suffice.
    pub(super) fn fill_body(&mut self, input: &mut impl Input, len: usize) -> Option<&mut [u8]> {
        if len == 0 {
            self.body_len = 0;
            return Some(&mut []);
        }
        let control = self.control.get_or_insert_with(|| Box::new([0; MAX_CONTROL_PAYLOAD]));
        let due = len.saturating_sub(self.gathered.into());
        fill(&mut control[..], &mut self.gathered, input, due);
        if usize::from(self.gathered) < len {
            return None;
        }
        self.body_len = mem::take(&mut self.gathered);
        control.get_mut(..len)
    }
}

/// Moves up to `count` bytes of input into `place`, behind the `len` that are there.
fn fill(place: &mut [u8], len: &mut u8, input: &mut impl Input, count: usize) {
    let free = place.get_mut(usize::from(*len)..).unwrap_or_default();
    let count = count.min(free.len()).min(input.bytes().len());
    if let (Some(free), Some(bytes)) = (free.get_mut(..count), input.bytes().get(..count)) {
        free.copy_from_slice(bytes);
        // Both are at most 125.
        *len = len.saturating_add(u8::try_from(count).unwrap_or_default());
        input.skip(count);
    }
}
