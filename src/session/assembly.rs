//! Putting a message together from its chunks: RFC 6455 §5.4, with text checked as it comes (§8.1).
//!
//! Storage grows with the bytes that arrived, never with a length that was claimed.

use core::mem;

use super::Message;
use crate::frame::Mask;
use crate::protocol::{DataKind, InvalidUtf8, ProtocolError, Utf8Stream};

/// The longest message that is put together: it has to fit a `Vec`, which doubles as it grows.
pub(super) const STORAGE: usize = isize::MAX.unsigned_abs() / 2;

/// The longest message within the limit on messages that is put together.
pub(super) fn longest(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(STORAGE).min(STORAGE)
}

/// The message in progress, or the part of it that was not given away.
///
/// Its storage is that of the caller's message when it begins, and the caller's again when it ends: so a connection without a
/// message in progress holds none, and a thread's worth of them may share one message.
#[derive(Debug)]
pub(super) struct Assembly {
    message: Message,
    /// How much of a binary message has come. What is in the storage behind it is left from another one, and is not filled with
    /// zeros to be written over.
    filled: usize,
    text: Utf8Stream,
    /// The longest that is put together. On 32 bits the limit on messages may be over [`STORAGE`]; in parts a message may be as
    /// long as the limit all the same.
    most: usize,
}

impl Assembly {
    pub(super) fn new(limit: u64) -> Self {
        Self { message: Message::new(), filled: 0, text: Utf8Stream::new(), most: longest(limit) }
    }

    /// Whether what there is and so much more make no message that is too long to be put together.
    pub(super) fn check_room(&self, more: u64) -> Result<(), ProtocolError> {
        let len = more.saturating_add(self.len() as u64);
        let limit = self.most as u64;
        if len > limit { Err(ProtocolError::MessageTooBig { limit }) } else { Ok(()) }
    }

    /// How much of the message is here.
    fn len(&self) -> usize {
        match &self.message {
            Message::Binary(_) => self.filled,
            Message::Text(text) => text.len(),
        }
    }

    /// A message of this kind begins, in the storage of `message`.
    pub(super) fn start(&mut self, kind: DataKind, message: &mut Message) {
        self.message = mem::take(message);
        if kind == DataKind::Text || self.message.kind() == DataKind::Text {
            self.message.clear_to(kind);
        }
        self.filled = 0;
        self.text = Utf8Stream::new();
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), InvalidUtf8> {
        if let Some(place) = self.binary_place(bytes.len()) {
            Mask::none().apply_into(bytes, place);
            return Ok(());
        }
        // The start of a character waits, and comes in with its end.
        let (len, more) = (self.len(), bytes.len().saturating_add(self.text.carried()));
        if let Message::Text(text) = &mut self.message {
            text.reserve_exact(growth(len, more, text.capacity(), self.most));
            let (first, rest) = self.text.push(bytes)?;
            text.extend(first);
            text.push_str(rest);
        }
        Ok(())
    }

    /// As [`push`](Self::push), for bytes of a binary message that are still masked.
    pub(super) fn push_masked(&mut self, bytes: &[u8], mask: Mask) {
        if let Some(place) = self.binary_place(bytes.len()) {
            mask.apply_into(bytes, place);
        }
    }

    /// Where so many bytes more of a binary message are to be written.
    fn binary_place(&mut self, more: usize) -> Option<&mut [u8]> {
        let Message::Binary(bytes) = &mut self.message else { return None };
        let (start, end) = (self.filled, self.filled.saturating_add(more));
        if bytes.len() < end {
            let additional = growth(start, more, bytes.capacity(), self.most);
            bytes.reserve_exact(additional.saturating_sub(bytes.len().saturating_sub(start)));
            bytes.resize(end, 0);
        }
        self.filled = end;
        bytes.get_mut(start..end)
    }

    /// The message is whole.
    pub(super) fn finish(&mut self, whole: &mut Message) -> Result<(), InvalidUtf8> {
        match &mut self.message {
            Message::Binary(bytes) => bytes.truncate(self.filled),
            Message::Text(_) => self.text.finish()?,
        }
        self.filled = 0;
        *whole = mem::take(&mut self.message);
        Ok(())
    }

    /// Gives away what there is, in exchange for the storage of `part`; false when there is nothing.
    pub(super) fn take(&mut self, part: &mut Message) -> bool {
        if self.len() == 0 {
            return false;
        }
        let kind = self.message.kind();
        if let Message::Binary(bytes) = &mut self.message {
            bytes.truncate(self.filled);
        }
        mem::swap(&mut self.message, part);
        self.message.clear_to(kind);
        self.filled = 0;
        true
    }
}

/// By how much storage of this capacity, `len` bytes of which are in use, is to grow for so many bytes more: to twice what
/// there was, but not over `most` if that is enough.
fn growth(len: usize, more: usize, capacity: usize, most: usize) -> usize {
    let needed = len.saturating_add(more);
    if capacity >= needed {
        return 0;
    }
    len.saturating_mul(2).min(most).max(needed).saturating_sub(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn nothing_of_an_older_message_comes_out_with_a_shorter_one() {
        let mut assembly = Assembly::new(1000);
        let mut whole = Message::new();
        for (kind, pieces) in [
            (DataKind::Binary, ["secret ", "and long"]),
            (DataKind::Binary, ["a", "b"]),
            (DataKind::Binary, ["", ""]),
            (DataKind::Text, ["te", "xt"]),
            (DataKind::Binary, ["c", ""]),
        ] {
            for _ in 0..2 {
                assembly.start(kind, &mut whole);
                assembly.push(pieces[0].as_bytes()).unwrap();
                let (key, mut masked) = (Mask::new(*b"mask"), Vec::from(pieces[1]));
                match kind {
                    DataKind::Text => assembly.push(&masked).unwrap(),
                    DataKind::Binary => {
                        key.clone().apply(&mut masked);
                        assembly.push_masked(&masked, key);
                    }
                }
                assembly.finish(&mut whole).unwrap();
                assert_eq!((whole.kind(), whole.as_bytes()), (kind, pieces.concat().as_bytes()));
            }
        }
    }

    #[test]
    fn what_is_too_long_to_be_put_together_may_come_in_parts() {
        let mut assembly = Assembly::new(u64::MAX);
        assert_eq!(assembly.most, STORAGE);
        assembly.most = 10;
        assembly.start(DataKind::Binary, &mut Message::new());
        assert_eq!(assembly.check_room(10), Ok(()));
        assert_eq!(assembly.check_room(11), Err(ProtocolError::MessageTooBig { limit: 10 }));
        assembly.push(b"123456").unwrap();
        assert!(assembly.check_room(4).is_ok() && assembly.check_room(5).is_err());
        assert!(assembly.take(&mut Message::new()));
        assert_eq!(assembly.check_room(10), Ok(()));
        assert_eq!(Assembly::new(7).most, 7);
    }
}
