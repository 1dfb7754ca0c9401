//! What the peer's messages may still refer to: the LZ77 window, RFC 7692 §7.1.1.

use alloc::vec::Vec;

/// The last bytes of what was decompressed, as many as the window has, and no more memory than there were bytes.
#[derive(Debug)]
pub(super) struct History {
    bytes: Vec<u8>,
    window: usize,
    /// Once it is full: where the oldest byte is.
    start: usize,
}

impl History {
    pub(super) const fn new(window: usize) -> Self {
        Self { bytes: Vec::new(), window, start: 0 }
    }

    /// Adds what came, and forgets what has become too old for it.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let from = bytes.len().saturating_sub(self.window);
        let mut rest = bytes.get(from..).unwrap_or_default();
        if self.bytes.len() < self.window {
            rest = self.add(rest);
        }
        while !rest.is_empty() {
            let oldest = self.bytes.get_mut(self.start..).unwrap_or_default();
            let len = oldest.len().min(rest.len());
            let (piece, after) = rest.split_at_checked(len).unwrap_or_default();
            if let Some(oldest) = oldest.get_mut(..len) {
                oldest.copy_from_slice(piece);
            }
            rest = after;
            self.start = self.start.saturating_add(len);
            if self.start >= self.window {
                self.start = 0;
            }
        }
    }

    /// Adds what there is room for, and gives the rest. Out of line, as there is none any more once the window is full.
    #[inline(never)]
    fn add<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let room = self.window.saturating_sub(self.bytes.len()).min(bytes.len());
        let (added, rest) = bytes.split_at_checked(room).unwrap_or_default();
        if self.bytes.capacity() < self.bytes.len().saturating_add(added.len()) {
            // As a `Vec` grows, but not over the window.
            let doubled = self.bytes.len().saturating_add(self.bytes.len().max(added.len()));
            self.bytes.reserve_exact(doubled.min(self.window).saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(added);
        rest
    }

    /// What there is, in order.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let (newer, older) = self.bytes.split_at_checked(self.start).unwrap_or_default();
        [older, newer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_end_of_what_was_pushed(
            window in 1_usize..20,
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..20),
        ) {
            let mut history = History::new(window);
            let mut all = Vec::new();
            for piece in pieces {
                history.push(&piece);
                all.extend(piece);
                let expected = &all[all.len().saturating_sub(window)..];
                prop_assert_eq!(history.parts().concat(), expected);
                prop_assert!(history.bytes.capacity() <= window.max(8));
            }
        }
    }
}
