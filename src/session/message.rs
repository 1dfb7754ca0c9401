//! Whole messages: RFC 6455 §5.6.
//!
//! A [`Message`] is storage to receive into, again and again: once it is as large as the messages are, receiving
//! allocates nothing.

use alloc::{string::String, vec::Vec};
use core::mem;

use crate::frame::Mask;
use crate::protocol::{Data, DataKind, InvalidUtf8, MaskedMessage, is_short_ascii, text as utf8};

/// A message: text or bytes.
///
/// ```
/// use rfc6455::session::Message;
///
/// let message = Message::from("Grüße");
/// assert_eq!(message.as_text(), Some("Grüße"));
/// assert_eq!(message.as_bytes().len(), 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "§5.6 has two kinds of message")]
pub enum Message {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// An empty message to receive into; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::Binary(Vec::new())
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// The payload of either kind.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The payload of either kind, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Text or binary.
    #[must_use]
    pub const fn kind(&self) -> DataKind {
        match self {
            Self::Text(_) => DataKind::Text,
            Self::Binary(_) => DataKind::Binary,
        }
    }

    /// The payload's length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// True when the payload is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes this the message that lies in the input, in the storage there is.
    #[inline]
    pub(super) fn assign(
        &mut self,
        received: MaskedMessage<impl AsRef<[u8]> + AsMut<[u8]>>,
    ) -> Result<(), InvalidUtf8> {
        let MaskedMessage { kind, mut payload, mask } = received;
        if self.kind() != kind {
            self.clear_to(kind);
        }
        match self {
            Self::Binary(bytes) => copy_unmasked(bytes, payload.as_ref(), mask),
            // §8.1; this makes the text, so nothing else needs to look.
            Self::Text(text) => {
                if is_short_ascii(payload.as_ref(), mask) {
                    let mut bytes = mem::take(text).into_bytes();
                    copy_unmasked(&mut bytes, payload.as_ref(), mask);
                    *text = String::from_utf8(bytes).map_err(|_| InvalidUtf8)?;
                    return Ok(());
                }
                if let Some(mut mask) = mask {
                    mask.apply(payload.as_mut());
                }
                store(text, utf8(payload.as_ref())?);
            }
        }
        Ok(())
    }

    /// A message of this kind with these bytes.
    #[cfg(feature = "deflate")]
    pub(super) fn of_bytes(kind: DataKind, bytes: Vec<u8>) -> Result<Self, InvalidUtf8> {
        match kind {
            DataKind::Binary => Ok(Self::Binary(bytes)),
            // §8.1; this makes the text, so nothing else needs to look.
            DataKind::Text => String::from_utf8(bytes).map(Self::Text).map_err(|_| InvalidUtf8),
        }
    }

    /// Empties it, and makes it of this kind, in the storage there is.
    #[cold]
    pub(super) fn clear_to(&mut self, kind: DataKind) {
        let mut bytes = match mem::take(self) {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        };
        bytes.clear();
        *self = match kind {
            DataKind::Text => Self::Text(String::from_utf8(bytes).unwrap_or_default()),
            DataKind::Binary => Self::Binary(bytes),
        };
    }
}

/// As [`copy_unmasked`], for a text.
#[inline]
fn store(to: &mut String, text: &str) {
    if to.capacity() < text.len() {
        *to = String::new();
        to.reserve_exact(text.len());
    }
    to.clear();
    to.push_str(text);
}

/// Makes room for just so much: else it would double, perhaps over the limit on messages. What it holds is not kept.
#[cold]
fn make_room(to: &mut Vec<u8>, len: usize) {
    // First of all the old storage goes, so that there are never both.
    *to = Vec::new();
    to.reserve_exact(len);
}

/// Each byte of `to` is written once, wide, and not read: what it held before stays until then, as clearing it would cost.
#[inline]
fn copy_unmasked(to: &mut Vec<u8>, payload: &[u8], mask: Option<Mask>) {
    if to.capacity() < payload.len() {
        make_room(to, payload.len());
    }
    if to.len() < payload.len() {
        to.resize(payload.len(), 0);
    } else {
        to.truncate(payload.len());
    }
    mask.unwrap_or(Mask::none()).apply_into(payload, to);
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Data<'_>> for Message {
    fn from(data: Data<'_>) -> Self {
        match data {
            Data::Text(text) => Self::Text(text.into()),
            Data::Binary(bytes) => Self::Binary(bytes.into()),
        }
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl<'d> From<&'d Message> for Data<'d> {
    #[inline]
    fn from(message: &'d Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_survives_a_change_of_kind() {
        let mut message = Message::Binary(Vec::with_capacity(100));
        let storage = message.as_bytes().as_ptr();
        for (kind, payload) in [(DataKind::Text, "é"), (DataKind::Binary, "b"), (DataKind::Text, "")] {
            message.assign(MaskedMessage { kind, payload: Vec::from(payload), mask: None }).unwrap();
            assert_eq!((message.kind(), message.as_bytes()), (kind, payload.as_bytes()));
            assert_eq!(message.as_bytes().as_ptr(), storage);
        }
        let not_text = MaskedMessage { kind: DataKind::Text, payload: [0xff], mask: None };
        assert_eq!(message.assign(not_text), Err(InvalidUtf8));
    }
}
