//! Putting a message together from its chunks: RFC 6455 §5.4, with text checked as it comes (§8.1).
//!
//! Storage grows with the bytes that arrived, never with a length that was claimed.

use core::mem;

use super::Message;
use crate::protocol::{DataKind, InvalidUtf8, ProtocolError, Utf8Stream};

/// The longest message that is put together: it has to fit a `Vec`, which doubles as it grows.
pub(super) const STORAGE: usize = isize::MAX.unsigned_abs() / 2;

/// The message in progress, or the part of it that was not given away.
#[derive(Debug)]
pub(super) struct Assembly {
    message: Message,
    text: Utf8Stream,
    /// The longest message that there may be.
    #[cfg(feature = "deflate")]
    limit: u64,
    /// The longest that is put together. On 32 bits the limit may be over [`STORAGE`]; in parts a message may be as long as the
    /// limit all the same.
    most: usize,
}

impl Assembly {
    pub(super) fn new(limit: u64) -> Self {
        let most = usize::try_from(limit).unwrap_or(STORAGE).min(STORAGE);
        Self {
            message: Message::new(),
            text: Utf8Stream::new(),
            #[cfg(feature = "deflate")]
            limit,
            most,
        }
    }

    #[cfg(feature = "deflate")]
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    #[cfg(feature = "deflate")]
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Whether what there is and so much more make no message that is too long to be put together.
    pub(super) fn check_room(&self, more: u64) -> Result<(), ProtocolError> {
        let len = more.saturating_add(self.message.as_bytes().len() as u64);
        let limit = self.most as u64;
        if len > limit { Err(ProtocolError::MessageTooBig { limit }) } else { Ok(()) }
    }

    /// A message of this kind begins.
    pub(super) fn start(&mut self, kind: DataKind) {
        self.message.clear_to(kind);
        self.text = Utf8Stream::new();
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), InvalidUtf8> {
        // The start of a character waits, and comes in with its end.
        self.message.reserve(bytes.len().saturating_add(self.text.carried()), self.most);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_to_be_put_together_may_come_in_parts() {
        let mut assembly = Assembly::new(u64::MAX);
        assert_eq!(assembly.most, STORAGE);
        assembly.most = 10;
        assembly.start(DataKind::Binary);
        assert_eq!(assembly.check_room(10), Ok(()));
        assert_eq!(assembly.check_room(11), Err(ProtocolError::MessageTooBig { limit: 10 }));
        assembly.push(b"123456").unwrap();
        assert!(assembly.check_room(4).is_ok() && assembly.check_room(5).is_err());
        assert!(assembly.take(&mut Message::new()));
        assert_eq!(assembly.check_room(10), Ok(()));
        assert_eq!(Assembly::new(7).most, 7);
    }
}
