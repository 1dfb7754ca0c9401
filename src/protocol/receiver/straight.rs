//! The straight path of receiving: RFC 6455 §5.2, for what is most common by far.
//!
//! Between messages, and the whole of an unfragmented message is in the input. What is not plainly that, right or
//! wrong, is left to the general path. Both are compared at every cut in the tests.

use super::{Place, Receiver, TextCheck};
use crate::frame::{FrameHeader, Mask, Rsv};
use crate::protocol::input::Input;
use crate::protocol::utf8::{is_short_ascii, text};
use crate::protocol::{Chunk, DataKind, Limits, ProtocolError, Side};

/// A whole message as it lies in the input, masked.
pub(crate) struct MaskedMessage<P> {
    pub(crate) kind: DataKind,
    pub(crate) payload: P,
    /// [`Mask::none`] when there is none.
    pub(crate) mask: Mask,
}

/// What the straight path has to know of a frame.
struct Header {
    kind: DataKind,
    /// Its own size in bytes.
    size: usize,
    mask: Mask,
    /// Bytes of payload.
    len: usize,
}

const MASK_BIT: u8 = 0x80;

impl<P: AsMut<[u8]>> MaskedMessage<P> {
    #[inline(always)]
    pub(crate) fn unmasked(mut self) -> Chunk<P> {
        self.mask.apply_once(self.payload.as_mut());
        Chunk::whole(self.kind, self.payload)
    }
}

impl Receiver {
    /// The next message, if it takes this path and [`receive_short`](Self::receive_short) has not taken it.
    #[inline]
    pub(in crate::protocol) fn receive_whole<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Chunk<I::Payload>>, ProtocolError> {
        let Some(received) = self.receive_masked(input) else { return Ok(None) };
        // One that `receive_short` would have taken is not ASCII.
        let payload = received.payload.as_ref();
        let is_ascii = payload.len() > usize::from(self.most_short) && is_short_ascii(payload, received.mask);
        let unchecked = self.checks(received.kind) && !is_ascii;
        let chunk = received.unmasked();
        if unchecked && text(chunk.payload.as_ref()).is_err() {
            return Err(self.failed(ProtocolError::InvalidUtf8, input));
        }
        Ok(Some(chunk))
    }

    /// The same up to the mask, for a layer that copies the payload: it is quicker to unmask the copy.
    #[inline]
    pub(in crate::protocol) fn receive_masked<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Option<MaskedMessage<I::Payload>> {
        let Place::BetweenMessages = self.place else { return None };
        let header = self.whole_header(input.bytes(), Rsv::NONE)?;
        self.split(&header, input)
    }

    /// As [`receive_masked`](Self::receive_masked), for a message with these reserved bits, which were agreed on; for the extension
    /// that they belong to, when it is done with all that came before.
    #[cfg(feature = "deflate")]
    #[inline]
    pub(in crate::protocol) fn receive_masked_with<I: Input>(
        &mut self,
        rsv: Rsv,
        input: &mut I,
    ) -> Option<MaskedMessage<I::Payload>> {
        match self.place {
            Place::BetweenMessages => {}
            // Behind one that came in pieces: see `payload`.
            Place::Header if self.message.is_none() && !self.carry.has_header() => {}
            _ => return None,
        }
        let header = self.whole_header(input.bytes(), rsv)?;
        self.split(&header, input)
    }

    /// As [`receive_whole`](Self::receive_whole), for messages of at most 125 bytes whose text is ASCII, in half as many
    /// instructions: 2.5 to 3 ns less of 5 to 7.
    #[inline(always)]
    pub(in crate::protocol) fn receive_short<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Option<Chunk<I::Payload>> {
        let Place::BetweenMessages = self.place else { return None };
        let bytes = input.bytes();
        let header = self.short_header(bytes, kind_of)?;
        // ASCII is told while it is masked: a load of what was just unmasked would wait for the stores.
        if self.checks(header.kind) && !header.mask.is_ascii(header.payload(bytes)?) {
            return None;
        }
        self.split(&header, input).map(MaskedMessage::unmasked)
    }

    /// As [`receive_masked`](Self::receive_masked), for messages of this kind of at most 125 bytes.
    #[inline(always)]
    pub(in crate::protocol) fn receive_short_masked<I: Input>(
        &mut self,
        input: &mut I,
        kind: DataKind,
    ) -> Option<MaskedMessage<I::Payload>> {
        let Place::BetweenMessages = self.place else { return None };
        // One comparison for FIN, the reserved bits and the opcode.
        let wanted = first_byte(kind);
        let header = self.short_header(input.bytes(), |first| (first == wanted).then_some(kind))?;
        self.split(&header, input)
    }

    /// Whether this has to check the text of messages of this kind.
    #[inline]
    fn checks(&self, kind: DataKind) -> bool {
        kind == DataKind::Text && self.text == TextCheck::Receiver
    }

    /// The payload behind this header, if the whole of it is there.
    #[inline(always)]
    fn split<I: Input>(&mut self, header: &Header, input: &mut I) -> Option<MaskedMessage<I::Payload>> {
        let Header { kind, size, mask, len } = *header;
        let payload = input.split_frame(size, len)?;
        (self.last, self.last_len) = (Some((kind.into(), true)), len as u64);
        Some(MaskedMessage { kind, payload, mask })
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

    /// The header of the message of at most 125 bytes that `bytes` begin with, when it is one that this path takes.
    #[inline(always)]
    fn short_header(&self, bytes: &[u8], kind: impl FnOnce(u8) -> Option<DataKind>) -> Option<Header> {
        // The least that a masked frame has. One without a mask may have less, and is left to others then.
        let &[first, second, ref key @ ..] = bytes.first_chunk::<6>()?;
        let kind = kind(first)?;
        // §5.1: clients mask, servers do not.
        let (mask_bit, size, mask) = match self.peer {
            Side::Client => (MASK_BIT, 6, Mask::new(*key)),
            Side::Server => (0, 2, Mask::none()),
        };
        // The byte has nothing but the MASK bit and the length: this refuses a wrong bit, a longer form, and what is over a limit.
        let len = second ^ mask_bit;
        (len <= self.most_short).then_some(Header { kind, size, mask, len: usize::from(len) })
    }

    /// The header of the message that `bytes` begin with, when it is one that this path takes.
    #[inline]
    fn whole_header(&self, bytes: &[u8], rsv: Rsv) -> Option<Header> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let kind = kind_of(rsv.without(first))?;
        let (len, size, rest) = match second & !MASK_BIT {
            len @ ..126 => (u64::from(len), 2_usize, rest),
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                let len = u16::from_be_bytes(*len);
                if len < 126 {
                    return None;
                }
                (u64::from(len), 4, rest)
            }
            _ => {
                let (len, rest) = rest.split_first_chunk()?;
                let len = u64::from_be_bytes(*len);
                if len <= u16::MAX.into() {
                    return None;
                }
                (len, 10, rest)
            }
        };
        let small = len <= self.limits.frame.min(self.limits.message);
        if !small {
            return None;
        }
        let (size, mask) = match (self.peer, second & MASK_BIT != 0) {
            (Side::Client, true) => (size.wrapping_add(4), Mask::new(*rest.first_chunk()?)),
            (Side::Server, false) => (size, Mask::none()),
            _ => return None,
        };
        Some(Header { kind, size, mask, len: usize::try_from(len).ok()? })
    }
}

impl Header {
    /// What follows it in the bytes that it was read from.
    #[inline(always)]
    fn payload<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        bytes.get(self.size..self.size.checked_add(self.len)?)
    }
}

/// The kind of message that a frame with this first byte is the whole of: FIN is 1, and no reserved bit is.
#[inline]
fn kind_of(first: u8) -> Option<DataKind> {
    [DataKind::Text, DataKind::Binary].into_iter().find(|kind| first_byte(*kind) == first)
}

/// Of a frame that is the whole of a message of this kind, without reserved bits.
#[inline]
const fn first_byte(kind: DataKind) -> u8 {
    match kind {
        DataKind::Text => 0x81,
        DataKind::Binary => 0x82,
    }
}

/// The longest message within the limits whose length takes seven bits.
pub(super) const fn most_short(limits: &Limits) -> u8 {
    let most = if limits.frame < limits.message { limits.frame } else { limits.message };
    let [low, ..] = most.to_le_bytes();
    if most < 125 { low } else { 125 }
}
