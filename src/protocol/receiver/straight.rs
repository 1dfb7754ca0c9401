//! The straight path of receiving: RFC 6455 §5.2, for what is most common by far.
//!
//! Between messages, and the whole of an unfragmented message is in the input. What is not plainly that, right or
//! wrong, is left to the general path. Both are compared at every cut in the tests.

use super::{Place, Receiver, TextCheck};
use crate::frame::{FrameHeader, Mask};
use crate::protocol::input::Input;
use crate::protocol::utf8::{is_short_ascii, text};
use crate::protocol::{Chunk, DataKind, ProtocolError, Side};

/// A whole message as it lies in the input, unmasked only when there is no mask.
pub(crate) struct MaskedMessage<P> {
    pub(crate) kind: DataKind,
    pub(crate) payload: P,
    pub(crate) mask: Option<Mask>,
}

#[inline]
fn unmask(payload: &mut impl AsMut<[u8]>, mask: Option<Mask>) {
    if let Some(mut mask) = mask {
        mask.apply(payload.as_mut());
    }
}

impl Receiver {
    /// The next message, if it takes this path.
    #[inline]
    pub(in crate::protocol) fn receive_whole<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Chunk<I::Payload>>, ProtocolError> {
        let Some(MaskedMessage { kind, mut payload, mask }) = self.receive_masked(input) else {
            return Ok(None);
        };
        if kind == DataKind::Text && self.text == TextCheck::Receiver {
            // ASCII that is short is told while it is masked: 4 ns for 8 bytes where `core::str::from_utf8` takes 10.
            let is_ascii = is_short_ascii(payload.as_ref(), mask);
            unmask(&mut payload, mask);
            if !is_ascii && text(payload.as_ref()).is_err() {
                return Err(self.failed(ProtocolError::InvalidUtf8, input));
            }
        } else {
            unmask(&mut payload, mask);
        }
        Ok(Some(Chunk::whole(kind, payload)))
    }

    /// The same up to the mask, for a layer that copies the payload: it is quicker to unmask the copy.
    #[inline]
    pub(in crate::protocol) fn receive_masked<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Option<MaskedMessage<I::Payload>> {
        let Place::BetweenMessages = self.place else { return None };
        let (kind, head, len, mask) = self.whole_frame(input.bytes())?;
        input.skip(head);
        (self.last, self.last_len) = (Some((kind.into(), true)), len as u64);
        Some(MaskedMessage { kind, payload: input.split(len), mask: mask.map(Mask::new) })
    }

    /// How many bytes behind `unread` there have to be for this path to take the message that begins there; 0 when it takes it, or
    /// will not.
    pub(in crate::protocol) fn missing(&self, unread: &[u8]) -> u64 {
        let (Place::BetweenMessages, Ok(Some((header, used)))) = (self.place, FrameHeader::decode(unread))
        else {
            return 0;
        };
        let is_message = header.fin && header.rsv.is_empty() && DataKind::of(header.opcode).is_some();
        let limit = self.limits.frame.min(self.limits.message);
        if !is_message || header.payload_len > limit {
            return 0;
        }
        header.payload_len.saturating_sub(unread.len().saturating_sub(used) as u64)
    }

    /// Kind, header length, payload length and key of the data frame that `bytes` begin with, when it is one that
    /// the straight path takes.
    #[inline]
    fn whole_frame(&self, bytes: &[u8]) -> Option<(DataKind, usize, usize, Option<[u8; 4]>)> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let kind = match first {
            0x81 => DataKind::Text,
            0x82 => DataKind::Binary,
            _ => return None,
        };
        let (len, head, rest) = match second & 0x7f {
            len @ ..126 => (usize::from(len), 2_usize, rest),
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                let len = u16::from_be_bytes(*len);
                if len < 126 {
                    return None;
                }
                (usize::from(len), 4, rest)
            }
            _ => {
                let (len, rest) = rest.split_first_chunk()?;
                let len = u64::from_be_bytes(*len);
                if len <= u16::MAX.into() {
                    return None;
                }
                (usize::try_from(len).ok()?, 10, rest)
            }
        };
        let small = len as u64 <= self.limits.frame.min(self.limits.message);
        if !small {
            return None;
        }
        let (mask, head, rest) = match (self.peer, second & 0x80 != 0) {
            (Side::Client, true) => {
                let (key, rest) = rest.split_first_chunk()?;
                (Some(*key), head.wrapping_add(4), rest)
            }
            (Side::Server, false) => (None, head, rest),
            _ => return None,
        };
        (rest.len() >= len).then_some((kind, head, len, mask))
    }
}
