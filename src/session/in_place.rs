//! Receiving without a copy: RFC 6455 §6.2, for messages that are whole where they were read.

use alloc::vec::Vec;
use core::time::Duration;

use super::receiving::Want;
use super::{Message, Received, Session, SessionError};
use crate::protocol::{Chunk, CloseFrame, Data, DataKind, text};

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
    /// As [`receive`](Self::receive), and a message in one frame that is not compressed, all of which is in `input`, is given as it
    /// lies there: it is unmasked and checked in its place. Any other is put together in `storage`.
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
            && let Some(chunk) = self.connection.receive_short(input)
        {
            return self.in_place(chunk, now, out);
        }
        self.receive_longer_in_place(input, storage, now, out)
    }

    /// All that is not a short message at the start of the input.
    #[inline(never)]
    fn receive_longer_in_place<'i: 'd, 'd>(
        &mut self,
        input: &mut &'i mut [u8],
        storage: &'d mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<InPlace<'_, 'd>>, SessionError> {
        if self.timers.over.is_none()
            && let Some(received) = self.connection.receive_masked(input)
        {
            return self.in_place(received.unmasked(), now, out);
        }
        #[cfg(feature = "deflate")]
        if let Some(result) = self.receive_compressed(input, storage, now, out) {
            return result.map(|()| Some(InPlace::Message(Data::from(&*storage))));
        }
        Ok(match self.receive_any(input, storage, Want::Whole, now, out)? {
            Some(Received::Message | Received::Part) => Some(InPlace::Message(Data::from(&*storage))),
            Some(Received::Ping(payload)) => Some(InPlace::Ping(payload)),
            Some(Received::Pong(payload)) => Some(InPlace::Pong(payload)),
            Some(Received::Close(frame)) => Some(InPlace::Close(frame)),
            None => None,
        })
    }

    /// Gives the message that this chunk is the whole of.
    #[inline]
    fn in_place<'d>(
        &mut self,
        chunk: Chunk<&'d mut [u8]>,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<InPlace<'_, 'd>>, SessionError> {
        self.timers.message(now);
        Ok(Some(InPlace::Message(match chunk.kind {
            DataKind::Binary => Data::Binary(chunk.payload),
            // §8.1; this makes the text, so nothing else needs to look.
            DataKind::Text => match text(chunk.payload) {
                Ok(text) => Data::Text(text),
                Err(error) => return Err(self.fail(error.into(), out)),
            },
        })))
    }

    /// How many bytes have to follow `unread`, with which a message begins that no call has seen yet, until
    /// [`receive_in_place`](Self::receive_in_place) can give it where it lies. At most what the limits on frames and messages allow;
    /// 0 when it is whole, and when it is compressed or in fragments: then nothing is gained by waiting. Also 0 when its header is not
    /// whole, of which nothing can be told yet: given so far, it is put together in `storage`.
    ///
    /// An adapter with room for so many in its read buffer asks before each `receive_in_place`, with the input that is left, and
    /// reads on first. It is a claim of the peer's: when nothing comes, call `receive_in_place` with what is there, so that the
    /// session hears of it.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use rfc6455::protocol::{Data, Role};
    /// # use rfc6455::session::{Config, InPlace, Message, Session};
    /// # let now = Duration::ZERO;
    /// # let mut server = Session::new(Role::Server, &Config::default(), now);
    /// # let (mut storage, mut output) = (Message::new(), Vec::new());
    /// // The masked "Hello" of RFC 6455 §5.7, of which 9 bytes have come.
    /// let mut buffer = vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d];
    /// assert_eq!(server.missing(&buffer), 2);
    /// buffer.extend([0x51, 0x58]); // from the transport
    /// assert_eq!(server.missing(&buffer), 0);
    /// let received = server.receive_in_place(&mut &mut buffer[..], &mut storage, now, &mut output)?;
    /// assert!(matches!(received, Some(InPlace::Message(Data::Text("Hello")))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn missing(&self, unread: &[u8]) -> u64 {
        self.connection.missing(unread)
    }
}
