//! Receiving without a copy: RFC 6455 §6.2, for messages that are whole where they were read.

use alloc::vec::Vec;
use core::time::Duration;

use super::receiving::Want;
use super::{Message, Received, Session, SessionError};
use crate::protocol::{CloseFrame, Data, DataKind, InvalidUtf8, MaskedMessage, text};

/// [`Received`], with a message that lies where it was received.
#[derive(Debug)]
#[non_exhaustive]
pub enum InPlace<'s, 'd> {
    /// A message. It does not borrow the session, which is free to send while this is held.
    Message(Data<'d>),
    /// A Ping; the Pong is in the output, or is kept until a long output has been written.
    Ping(&'s [u8]),
    /// A Pong.
    Pong(&'s [u8]),
    /// The peer's Close; the answer is in the output, and nothing follows.
    Close(Option<CloseFrame<'s>>),
}

impl Session {
    /// As [`receive`](Self::receive), and a message in one frame, all of which is in `input`, is given as it lies there: it is
    /// unmasked and checked in its place. Any other is put together in `storage`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use rfc6455::protocol::Role;
    /// use rfc6455::session::{Config, InPlace, Message, Session};
    ///
    /// let now = Duration::ZERO;
    /// let mut server = Session::new(Role::Server, &Config::default(), now);
    /// let (mut storage, mut output) = (Message::new(), Vec::new());
    ///
    /// // A read buffer, with the masked "Hello" of RFC 6455 §5.7 and the start of another frame.
    /// let mut buffer = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x81, 0xfe];
    /// let mut input = &mut buffer[..];
    /// while let Some(received) = server.receive_in_place(&mut input, &mut storage, now, &mut output)? {
    ///     if let InPlace::Message(data) = received {
    ///         server.send(data, &mut output)?;
    ///     }
    /// }
    /// assert_eq!(output, b"\x81\x05Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    #[inline]
    pub fn receive_in_place<'i: 'd, 'd>(
        &mut self,
        input: &mut &'i mut [u8],
        storage: &'d mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<InPlace<'_, 'd>>, SessionError> {
        if self.timers.over.is_none()
            && let Some(received) = self.connection.receive_masked(input)
        {
            self.timers.message(now);
            return match unmasked(received) {
                Ok(data) => Ok(Some(InPlace::Message(data))),
                Err(error) => Err(self.fail(error.into(), out)),
            };
        }
        Ok(match self.receive_any(input, storage, Want::Whole, now, out)? {
            Some(Received::Message | Received::Part) => Some(InPlace::Message(Data::from(&*storage))),
            Some(Received::Ping(payload)) => Some(InPlace::Ping(payload)),
            Some(Received::Pong(payload)) => Some(InPlace::Pong(payload)),
            Some(Received::Close(frame)) => Some(InPlace::Close(frame)),
            None => None,
        })
    }

    /// How many bytes behind `unread`, which nobody has looked at, belong to the same message in one frame; 0 when it is whole, or
    /// when it is no such message or its header is not whole.
    ///
    /// An adapter with room for so many in its read buffer may read on before it calls
    /// [`receive_in_place`](Self::receive_in_place), which then need not copy. It is a claim of the peer's: when nothing comes,
    /// call `receive_in_place` with what is there, so that the session hears of it.
    #[must_use]
    pub fn missing(&self, unread: &[u8]) -> u64 {
        self.connection.missing(unread)
    }
}

/// The message as it is in the input.
#[inline]
fn unmasked(received: MaskedMessage<&mut [u8]>) -> Result<Data<'_>, InvalidUtf8> {
    let MaskedMessage { kind, payload, mask } = received;
    mask.apply_once(payload);
    Ok(match kind {
        DataKind::Binary => Data::Binary(payload),
        // §8.1; this makes the text, so nothing else needs to look.
        DataKind::Text => Data::Text(text(payload)?),
    })
}
