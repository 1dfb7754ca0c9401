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
    #[inline]
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
    #[inline(always)]
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
            Self::Text(text) => assign_text(text, payload.as_mut(), mask)?,
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

/// What is longer is looked at in vectors if it is not ASCII.
const SHORT: usize = 64;

/// Two words, in bytes.
const PAIR: usize = 16;

/// Makes `to` the text that lies in the input. What makes a `String` of bytes looks at all of them, and by pairs of words while it
/// can: short texts get zeros behind them, which are characters, so that nothing is left to be looked at by bytes. 8 bytes of
/// ASCII: 13 to 11 ns.
#[inline(always)]
pub(super) fn assign_text(to: &mut String, payload: &mut [u8], mask: Mask) -> Result<(), InvalidUtf8> {
    let len = payload.len();
    if len < SHORT {
        let mut bytes = mem::take(to).into_bytes();
        copy_unmasked(&mut bytes, payload, mask);
        bytes.extend_from_slice(&[0; PAIR]);
        bytes.truncate(len.next_multiple_of(PAIR));
        let mut text = String::from_utf8(bytes).map_err(|_| InvalidUtf8)?;
        text.truncate(len);
        *to = text;
    } else if is_short_ascii(payload, mask) {
        let mut bytes = mem::take(to).into_bytes();
        copy_unmasked(&mut bytes, payload, mask);
        *to = String::from_utf8(bytes).map_err(|_| InvalidUtf8)?;
    } else {
        mask.apply_once(payload);
        store(to, utf8(payload)?);
    }
    Ok(())
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

/// Each byte of `to` is written once, wide, and not read: what it held before stays until then, as clearing it would cost.
#[inline(always)]
pub(super) fn copy_unmasked(to: &mut Vec<u8>, payload: &[u8], mask: Mask) {
    if to.len() < payload.len() {
        return copy_lengthening(to, payload, mask);
    }
    to.truncate(payload.len());
    mask.apply_into(payload, to);
}

/// Makes room for just so much: else it would double, perhaps over the limit on messages. What it holds is not kept.
#[inline(never)]
fn copy_lengthening(to: &mut Vec<u8>, payload: &[u8], mask: Mask) {
    if to.capacity() < payload.len() {
        // First of all the old storage goes, so that there are never both.
        *to = Vec::new();
        to.reserve_exact(payload.len());
    }
    to.resize(payload.len(), 0);
    mask.apply_into(payload, to);
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
    fn a_text_of_any_length_is_what_std_says_it_is() {
        let mut message = Message::from("what was there before");
        for pattern in ["abc", "aé€🦀", "abcdefghijklmnopqrstuvwxyz🦀"] {
            let bytes: Vec<u8> = pattern.bytes().cycle().take(300).collect();
            for len in (0..300).chain([64, 3, 127, 0, 15]) {
                let mut payload = Vec::from(&bytes[..len]);
                let mask = Mask::new(*b"mask");
                mask.apply_once(&mut payload);
                let result = message.assign(MaskedMessage { kind: DataKind::Text, payload, mask });
                match core::str::from_utf8(&bytes[..len]) {
                    Ok(text) => assert_eq!((result, message.as_text()), (Ok(()), Some(text))),
                    // Also one that ends inside a character.
                    Err(_) => assert_eq!(result, Err(InvalidUtf8), "{pattern}, {len}"),
                }
            }
        }
    }

    #[test]
    fn storage_survives_a_change_of_kind() {
        let mut message = Message::Binary(Vec::with_capacity(100));
        let storage = message.as_bytes().as_ptr();
        for (kind, payload) in [(DataKind::Text, "é"), (DataKind::Binary, "b"), (DataKind::Text, "")] {
            message.assign(MaskedMessage { kind, payload: Vec::from(payload), mask: Mask::none() }).unwrap();
            assert_eq!((message.kind(), message.as_bytes()), (kind, payload.as_bytes()));
            assert_eq!(message.as_bytes().as_ptr(), storage);
        }
        let not_text = MaskedMessage { kind: DataKind::Text, payload: [0xff], mask: Mask::none() };
        assert_eq!(message.assign(not_text), Err(InvalidUtf8));
    }
}
