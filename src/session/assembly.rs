//! Putting a message together from its chunks: RFC 6455 §5.4, with text checked as it comes (§8.1).
//!
//! Storage grows with the bytes that arrived, never with a length that was claimed.

use core::mem;

use super::Message;
use crate::protocol::{DataKind, InvalidUtf8, Utf8Stream};

/// The message in progress, or the part of it that was not given away.
#[derive(Debug)]
pub(super) struct Assembly {
    message: Message,
    text: Utf8Stream,
    /// The longest message there may be.
    most: usize,
}

impl Assembly {
    pub(super) const fn new(most: usize) -> Self {
        Self { message: Message::new(), text: Utf8Stream::new(), most }
    }

    #[cfg(feature = "deflate")]
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// A message of this kind begins.
    pub(super) fn start(&mut self, kind: DataKind) {
        self.message.clear_to(kind);
        self.text = Utf8Stream::new();
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), InvalidUtf8> {
        self.message.reserve(bytes.len(), self.most);
        match &mut self.message {
            Message::Binary(binary) => binary.extend_from_slice(bytes),
            Message::Text(text) => {
                let (first, rest) = self.text.push(bytes)?;
                text.extend(first);
                text.push_str(rest);
            }
        }
        Ok(())
    }

    /// The message is whole, and exchanged with `whole`, whose storage serves the next.
    pub(super) fn finish(&mut self, whole: &mut Message) -> Result<(), InvalidUtf8> {
        if self.message.kind() == DataKind::Text {
            self.text.finish()?;
        }
        mem::swap(&mut self.message, whole);
        Ok(())
    }

    /// Gives away what there is, in exchange for the storage of `part`; false when there is nothing.
    pub(super) fn take(&mut self, part: &mut Message) -> bool {
        if self.message.is_empty() {
            return false;
        }
        let kind = self.message.kind();
        mem::swap(&mut self.message, part);
        self.message.clear_to(kind);
        true
    }
}
