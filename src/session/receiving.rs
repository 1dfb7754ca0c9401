//! Receiving: RFC 6455 §5.4 and §6.2; what a [`Connection`](crate::protocol::Connection) receives, as messages or parts of them.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::time::Duration;

use super::assembly::{Assembly, STORAGE};
#[cfg(feature = "deflate")]
use super::deflate::COMPRESSED;
use super::message::{assign_text, copy_unmasked};
use super::{Message, Over, Session, SessionError};
use crate::frame::Mask;
use crate::protocol::{Chunk, CloseFrame, Event, Input, MaskedMessage, ProtocolError};

/// What came.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received<'s> {
    /// A message; it is in the `message` argument. After parts of it, its last part.
    Message,
    /// A part of a message that goes on; it is in the `message` argument. From [`Session::receive_part`] alone.
    Part,
    /// A Ping; the Pong is in the output, or is kept until a long output has been written.
    Ping(&'s [u8]),
    /// A Pong.
    Pong(&'s [u8]),
    /// The peer's Close; the answer is in the output, and nothing follows.
    Close(Option<CloseFrame<'s>>),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Whole messages.
    Whole,
    /// Messages in parts, as they come.
    Part,
}

/// [`Received`] before it borrows.
pub(super) enum Step {
    Message,
    Part,
    Ping,
    Pong,
    Close,
}

impl Session {
    /// The next thing in `input`. A message is put into `message`, whose storage is used again; replies are appended to
    /// `out`. `None` means that all of `input` is taken.
    ///
    /// The parts of a message that is not complete are kept here and not in `message`, so that may be another one each time. What
    /// begins takes the storage of `message` for that, which is empty then, and gives it back when it ends.
    ///
    /// # Errors
    ///
    /// [`SessionError`] when the peer broke a rule, now or before, or time ran out before. Write `out` all the same: it has
    /// the Close that tells the peer.
    // Always, since nearly all of it is what a short message takes: on its own it would save and restore six registers, and
    // 8 bytes take 4.6 ns instead of 2.9.
    #[inline(always)]
    pub fn receive<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        if self.timers.over.is_none()
            && let Some(received) = self.connection.receive_short_masked(input, message.kind())
        {
            let MaskedMessage { payload, mask, .. } = received;
            return match message {
                Message::Text(text) => self.short_text(payload, mask, text, now, out),
                Message::Binary(bytes) => {
                    copy_unmasked(bytes, payload.as_ref(), mask);
                    self.received(now)
                }
            };
        }
        self.receive_longer(input, message, now, out)
    }

    /// A message came, and is where it is to be.
    #[inline(always)]
    fn received(&mut self, now: Duration) -> Result<Option<Received<'_>>, SessionError> {
        self.timers.message(now);
        Ok(Some(Received::Message))
    }

    #[inline(never)]
    fn short_text(
        &mut self,
        mut payload: impl AsMut<[u8]>,
        mask: Mask,
        text: &mut String,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        match assign_text(text, payload.as_mut(), mask) {
            Ok(()) => self.received(now),
            Err(error) => Err(self.refuse(error.into(), now, out)),
        }
    }

    /// A message came, and is none. It was heard all the same: who hangs up on a peer asks whether it was silent before.
    #[cold]
    fn refuse(&mut self, error: ProtocolError, now: Duration, out: &mut Vec<u8>) -> SessionError {
        self.timers.heard(now);
        self.fail(error, out)
    }

    /// All that is not a short message of the kind that `message` is, at the start of the input.
    #[inline(never)]
    fn receive_longer<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        if self.timers.over.is_none()
            && let Some(received) = self.connection.receive_masked(input)
        {
            return match message.assign(received) {
                Ok(()) => self.received(now),
                Err(error) => Err(self.refuse(error.into(), now, out)),
            };
        }
        #[cfg(feature = "deflate")]
        if let Some(result) = self.receive_compressed(input, message, now, out) {
            return result.map(|()| Some(Received::Message));
        }
        self.receive_any(input, message, Want::Whole, now, out)
    }

    /// The next message, when it is compressed, and the whole of it is in the input, in one frame: 440 instructions less than by
    /// [`receive_any`](Self::receive_any).
    #[cfg(feature = "deflate")]
    #[inline]
    pub(super) fn receive_compressed<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Option<Result<(), SessionError>> {
        let incoming = &mut self.deflate.as_mut()?.incoming;
        if self.timers.over.is_some() || !incoming.is_done() {
            return None;
        }
        let Chunk { kind, payload, .. } = self.connection.receive_masked_with(COMPRESSED, input)?.unmasked();
        self.timers.message(now);
        let result = incoming.receive_whole(payload.as_ref(), kind, message);
        Some(result.map_err(|error| self.fail(error, out)))
    }

    /// As [`receive`](Self::receive), for messages that are too large to hold: what has come of one is put into `message`, as a
    /// part that is as large as the input, or as 16 KiB if it was compressed. [`Received::Part`] says that the message goes on,
    /// and [`Received::Message`] that it ends with this part, which may be empty. A part of a text is whole characters.
    ///
    /// [`Limits::message`](crate::protocol::Limits::message) holds for the whole of it all the same: set that to what you expect,
    /// or to `u64::MAX`.
    ///
    /// To go on with [`receive`](Self::receive) inside a message gives the rest of it as one.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive). The parts that came before are no message then.
    #[inline]
    pub fn receive_part<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        self.receive_any(input, message, Want::Part, now, out)
    }

    /// All that is not a whole message at the start of the input.
    #[inline(never)]
    pub(super) fn receive_any<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        want: Want,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        if let Some(Over::Failed(deadline)) = self.timers.over {
            return Err(deadline.into());
        }
        if !input.bytes().is_empty() {
            self.timers.heard(now);
        }
        let step = loop {
            #[cfg(feature = "deflate")]
            match self.resume(message, want) {
                Ok(Some(step)) => break step,
                Ok(None) => {}
                Err(error) => return Err(self.fail(error, out)),
            }
            match self.connection.receive_any(input, out)? {
                Some(Event::Data(chunk)) => {
                    self.timers.message(now);
                    match self.take(&chunk, message, want) {
                        Ok(Some(step)) => break step,
                        Ok(None) => {}
                        Err(error) => return Err(self.fail(error, out)),
                    }
                }
                Some(Event::Ping(_)) => break Step::Ping,
                Some(Event::Pong(payload)) => {
                    self.timers.pong(payload);
                    break Step::Pong;
                }
                Some(Event::Close(_)) => {
                    self.timers.close_done(now);
                    break Step::Close;
                }
                None => {
                    // What a header claims is refused before its first byte is here.
                    let limit = STORAGE as u64;
                    if want == Want::Whole && self.connection.payload_remaining() > limit {
                        return Err(self.fail(ProtocolError::MessageTooBig { limit }, out));
                    }
                    return Ok(None);
                }
            }
        };
        Ok(Some(match step {
            Step::Message => Received::Message,
            Step::Part => Received::Part,
            Step::Ping => Received::Ping(self.connection.control_payload()),
            Step::Pong => Received::Pong(self.connection.control_payload()),
            Step::Close => Received::Close(self.connection.close_frame()),
        }))
    }

    /// The transport has ended: no more bytes will come.
    ///
    /// # Errors
    ///
    /// [`SessionError::Truncated`] when the peer's Close had not come; an earlier error again.
    pub fn receive_eof(&mut self) -> Result<(), SessionError> {
        match (self.timers.over, self.connection.fault()) {
            (Some(Over::Failed(deadline)), _) => Err(deadline.into()),
            (_, Some(fault)) => Err(fault.into()),
            _ => Ok(self.connection.receive_eof()?),
        }
    }

    /// Takes a chunk of a message, and tells when there is something to give for it.
    fn take(
        &mut self,
        chunk: &Chunk<impl AsRef<[u8]>>,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        let limit = self.connection.limits().message;
        let assembly = &mut **self.assembly.get_or_insert_with(|| Box::new(Assembly::new(limit)));
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate
            && chunk.rsv.contains(COMPRESSED)
        {
            return deflate.incoming.receive(chunk, assembly, message, want);
        }
        if chunk.starts {
            assembly.start(chunk.kind, message);
        }
        let payload = chunk.payload.as_ref();
        if want == Want::Whole {
            let due = self.connection.payload_remaining();
            assembly.check_room(due.saturating_add(payload.len() as u64))?;
        }
        match self.connection.chunk_mask() {
            Some(mask) => assembly.push_masked(payload, mask),
            None => assembly.push(payload)?,
        }
        if chunk.ends {
            assembly.finish(message)?;
            return Ok(Some(Step::Message));
        }
        Ok((want == Want::Part && assembly.take(message)).then_some(Step::Part))
    }

    /// Goes on with a compressed message, a part of which was given.
    #[cfg(feature = "deflate")]
    fn resume(&mut self, message: &mut Message, want: Want) -> Result<Option<Step>, ProtocolError> {
        match (&mut self.deflate, &mut self.assembly) {
            (Some(deflate), Some(assembly)) => deflate.incoming.resume(assembly, message, want),
            _ => Ok(None),
        }
    }

    pub(super) fn fail(&mut self, error: ProtocolError, out: &mut Vec<u8>) -> SessionError {
        self.connection.fail(error, out);
        error.into()
    }
}
