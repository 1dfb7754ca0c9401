//! The payloads of data frames, a piece at a time: RFC 6455 §5.3, §5.4 and §8.1.

use super::{Place, Receiver, TextCheck};
use crate::frame::Mask;
use crate::protocol::input::Input;
use crate::protocol::message::Message;
use crate::protocol::{Chunk, DataKind, ProtocolError};

/// Who unmasks the chunks of binary messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unmasking {
    Receiver,
    /// The caller, while it copies them; with the mask of the last one.
    Caller(Option<Mask>),
}

impl Unmasking {
    /// Goes on with `mask` over a piece of the payload of this message, whoever is to do it.
    #[inline]
    fn unmask(&mut self, mask: &mut Option<Mask>, message: &Message, piece: &mut [u8]) {
        match (self, mask) {
            (Self::Caller(left), mask) if message.is_plain(DataKind::Binary) => {
                *left = *mask;
                *mask = mask.map(|mask| mask.skipping(piece.len()));
            }
            (unmasking, mask) => {
                if let Self::Caller(left) = unmasking {
                    *left = None;
                }
                if let Some(mask) = mask {
                    mask.apply(piece);
                }
            }
        }
    }
}

impl Receiver {
    /// As [`payload`](Self::payload), when a payload is in progress: most pieces of long ones are given by this, with fewer
    /// instructions than by [`receive_any`](Self::receive_any).
    #[inline]
    pub(in crate::protocol) fn receive_piece<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Chunk<I::Payload>>, ProtocolError> {
        self.payload(input).map_err(|error| self.failed(error, input))
    }

    /// The next piece of a data frame's payload: what is in the input of what remains. `None` when no payload is due, or none is there.
    #[inline]
    pub(super) fn payload<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Chunk<I::Payload>>, ProtocolError> {
        let (Place::Payload { mask, remaining, fin }, Some(message)) = (&mut self.place, &mut self.message)
        else {
            return Ok(None);
        };
        if *remaining > 0 && input.bytes().is_empty() {
            return Ok(None);
        }
        // What does not fit a usize is more than any input has.
        let mut payload = input.split(usize::try_from(*remaining).unwrap_or(usize::MAX));
        let len = payload.as_ref().len();
        *remaining = remaining.saturating_sub(len as u64);
        self.unmasking.unmask(mask, message, payload.as_mut());
        let frame_ends = *remaining == 0;
        let ends = *fin && frame_ends;
        // §8.1: wrong text fails as soon as the byte that makes it wrong is here.
        if self.text == TextCheck::Receiver && message.is_plain(DataKind::Text) {
            message.text.push(payload.as_ref())?;
            if ends {
                message.text.finish()?;
            }
        }
        let (kind, rsv, starts) = (message.kind, message.rsv, !message.given);
        message.given |= len > 0;
        if ends {
            self.message = None;
            // An extension may not be done with it when the next message is here, so that must not take the straight path.
            self.place = if rsv.is_empty() { Place::BetweenMessages } else { Place::Header };
        } else if frame_ends {
            self.place = Place::Header;
        }
        Ok(Some(Chunk { kind, rsv, payload, starts, ends }))
    }
}
