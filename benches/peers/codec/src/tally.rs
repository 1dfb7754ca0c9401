//! What was received: counted always, and compared byte for byte in the tests.

use std::hint::black_box;

use crate::messages::{Kind, Payload};

/// Address and length one by one: as a pair they would be loaded at once right after the length was stored, and the
/// processor would wait for that longer than for all else.
#[inline]
pub(crate) fn consume(bytes: &[u8]) {
    black_box(bytes.as_ptr());
    black_box(bytes.len());
}

pub(crate) struct Tally {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    kind: Kind,
    #[cfg(test)]
    expected: bytes::Bytes,
    #[cfg(test)]
    pieces: Vec<u8>,
}

impl Tally {
    pub(crate) fn new(payload: &Payload) -> Self {
        Self {
            messages: 0,
            bytes: 0,
            kind: payload.kind,
            #[cfg(test)]
            expected: payload.bytes.clone(),
            #[cfg(test)]
            pieces: Vec::new(),
        }
    }

    /// Whether it is text that is received.
    pub(crate) fn is_text(&self) -> bool {
        self.kind != Kind::Binary
    }

    /// A whole text.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        debug_assert!(self.is_text());
        self.piece(text.as_bytes(), true);
    }

    /// A whole message that is not text, or of a peer that does not give text as a `str`.
    #[inline]
    pub(crate) fn message(&mut self, payload: &[u8]) {
        self.piece(payload, true);
    }

    /// A part of a message, of which `ends` tells whether it is the last.
    #[inline]
    pub(crate) fn piece(&mut self, piece: &[u8], ends: bool) {
        consume(piece);
        self.messages += usize::from(ends);
        self.bytes += piece.len();
        #[cfg(test)]
        self.compare(piece, ends);
    }

    #[cfg(test)]
    fn compare(&mut self, piece: &[u8], ends: bool) {
        self.pieces.extend_from_slice(piece);
        if ends {
            assert!(self.pieces == self.expected, "a message came out wrong");
            self.pieces.clear();
        }
    }
}
