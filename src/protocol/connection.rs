//! One connection: RFC 6455 §5.5 and §7; a [`Receiver`], a [`Sender`], and the replies that one owes the other.
//!
//! Bytes go in, events come out, and what has to be sent is appended to a buffer of the caller's. There is no hidden
//! queue and no call that one must remember.

use alloc::{boxed::Box, vec::Vec};

use super::close::close_body;
use super::control::ControlPayload;
use super::input::Input;
use super::receiver::MaskedMessage;
use super::{
    Chunk, CloseCode, CloseFrame, CloseStatus, DataKind, Event, FrameSummary, Limits, ProtocolError,
    Receiver, Role, SendError, Sender, Side, State, TextCheck, Transport, Truncated,
};
use crate::frame::{Mask, Rsv};

/// While this many bytes wait in the output, the Pong to a further Ping waits too, and the last one wins (§5.5.3). So
/// a flood of pings to a peer that does not read costs 4 KiB and one payload.
const PONG_BACKLOG: usize = 4096;

/// A WebSocket connection after the opening handshake, without its transport.
///
/// ```
/// use rfc6455::protocol::{Connection, Event, Limits, Role};
///
/// let mut server = Connection::new(Role::Server, Limits::default());
/// let mut output = Vec::new();
///
/// // The masked "Hello" of RFC 6455 §5.7, as it came from a transport.
/// let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut input = &mut bytes[..];
/// while let Some(event) = server.receive(&mut input, &mut output)? {
///     if let Event::Data(chunk) = event {
///         // The payload lies in `bytes`, so the connection is free to send meanwhile. Here, what came.
///         server.forward(&chunk, &mut output)?;
///     }
/// }
/// assert_eq!(output, b"\x81\x05Hello"); // to be written to the transport
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    state: State,
    status: Option<CloseStatus>,
    receiver: Receiver,
    pub(super) sender: Sender,
    /// A Pong waits, with this payload.
    pong_waits: bool,
    pong: Option<Box<ControlPayload>>,
}

impl Connection {
    /// The start of a connection: state [`Open`](State::Open).
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        Self::with_text_check(role, limits, TextCheck::Receiver)
    }

    /// As [`new`](Self::new), with a say in who checks text.
    #[must_use]
    pub const fn with_text_check(role: Role, limits: Limits, text: TextCheck) -> Self {
        let receiver = Receiver::new(role.side().peer(), limits, text);
        Self {
            state: State::Open,
            status: None,
            receiver,
            sender: Sender::new(role),
            pong_waits: false,
            pong: None,
        }
    }

    /// Lets messages have these reserved bits, both ways, since an extension that was negotiated gives them a meaning; see
    /// [`Receiver::allowing`] and [`Sender::allowing`].
    #[must_use]
    pub fn allowing(mut self, reserved: Rsv) -> Self {
        self.receiver = self.receiver.allowing(reserved);
        self.sender = self.sender.allowing(reserved);
        self
    }

    pub(crate) const fn limits(&self) -> &Limits {
        self.receiver.limits()
    }

    /// See [`Receiver::leaving_binary_masked`].
    pub(crate) fn leaving_binary_masked(mut self) -> Self {
        self.receiver = self.receiver.leaving_binary_masked();
        self
    }

    /// See [`Receiver::chunk_mask`].
    pub(crate) const fn chunk_mask(&self) -> Option<Mask> {
        self.receiver.chunk_mask()
    }

    /// The next event in `input`; what it makes this end reply is appended to `out`. `None` means that all of `input` is
    /// taken: nothing of it needs to be kept.
    ///
    /// Call it until it gives `None` or an error, then write `out`, then read more. What could not be written stays in
    /// `out`: its length is what bounds the pongs to a peer that does not read.
    ///
    /// # Errors
    ///
    /// The rule that the peer broke. The Close that tells it is in `out`; each later call gives the same error.
    #[inline]
    pub fn receive<I: Input>(
        &mut self,
        input: &mut I,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        match self.receive_short(input) {
            Some(chunk) => Ok(Some(Event::Data(chunk))),
            None => self.receive_longer(input, out),
        }
    }

    /// All that is not a short message at the start of the input.
    #[inline(never)]
    fn receive_longer<I: Input>(
        &mut self,
        input: &mut I,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        match self.receiver.receive_whole(input) {
            Ok(Some(chunk)) => Ok(Some(Event::Data(chunk))),
            Ok(None) => self.receive_any(input, out),
            Err(error) => {
                self.fail(error, out);
                Err(error)
            }
        }
    }

    /// The next message, when the whole of it is in the input and needs no other attention; its text is not checked.
    #[inline]
    pub(crate) fn receive_masked<I: Input>(&mut self, input: &mut I) -> Option<MaskedMessage<I::Payload>> {
        self.receiver.receive_masked(input)
    }

    /// The same for a message with these reserved bits; see [`Receiver::receive_masked_with`].
    #[cfg(feature = "deflate")]
    #[inline]
    pub(crate) fn receive_masked_with<I: Input>(
        &mut self,
        rsv: Rsv,
        input: &mut I,
    ) -> Option<MaskedMessage<I::Payload>> {
        self.receiver.receive_masked_with(rsv, input)
    }

    /// See [`Receiver::receive_short`].
    #[inline(always)]
    pub(crate) fn receive_short<I: Input>(&mut self, input: &mut I) -> Option<Chunk<I::Payload>> {
        self.receiver.receive_short(input)
    }

    /// The next message, when it has at most 125 bytes, is of this kind, and the whole of it is in the input.
    #[inline(always)]
    pub(crate) fn receive_short_masked<I: Input>(
        &mut self,
        input: &mut I,
        kind: DataKind,
    ) -> Option<MaskedMessage<I::Payload>> {
        self.receiver.receive_short_masked(input, kind)
    }

    /// See [`Receiver::missing`].
    pub(crate) fn missing(&self, unread: &[u8]) -> u64 {
        self.receiver.missing(unread)
    }

    /// All that is not a whole message at the start of the input.
    #[inline(never)]
    pub(crate) fn receive_any<I: Input>(
        &mut self,
        input: &mut I,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        self.answer_waiting_ping(out);
        // Each read ends with such a call.
        if input.bytes().is_empty() && self.receiver.fault().is_none() {
            return Ok(None);
        }
        // Field by field, since an event borrows the receiver while the others act on it.
        let Self { state, status, receiver, sender, pong_waits, pong } = self;
        let event = match receiver.receive_piece(input) {
            Ok(Some(piece)) => return Ok(Some(Event::Data(piece))),
            Ok(None) => receiver.receive_any(input),
            Err(error) => Err(error),
        };
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                *pong_waits = false;
                fail(state, status, sender, error, out);
                return Err(error);
            }
        };
        match &event {
            Some(Event::Ping(payload)) => {
                *pong_waits = false;
                // §5.5.2: as soon as is practical, which is now; also when our Close has been sent.
                if out.len() > PONG_BACKLOG || sender.answer_ping(payload, out).is_err() {
                    *pong_waits = true;
                    pong.get_or_insert_default().set(payload);
                }
            }
            Some(Event::Close(frame)) => {
                *status = Some(frame.map_or(CloseStatus::NoCode, |frame| CloseStatus::Code(frame.code)));
                // §5.5.1: a Close is answered with the same Close, unless ours was sent.
                let body = frame.map(|frame| close_body(frame.code, frame.reason));
                let _ = sender.close_with(&body.unwrap_or_default(), out);
                *state = State::Closed;
                *pong_waits = false;
            }
            _ => {}
        }
        Ok(event)
    }

    /// The transport has ended: no more bytes will come, and none are read.
    ///
    /// # Errors
    ///
    /// [`Truncated`], each time, when it ended before the peer's Close had come and before this end failed the
    /// connection. What had come of a message is no message.
    pub const fn receive_eof(&mut self) -> Result<(), Truncated> {
        match self.state {
            State::Closed | State::Failed => Ok(()),
            State::Open | State::Closing | State::Lost => {
                self.state = State::Lost;
                self.status = Some(CloseStatus::Abnormal);
                self.pong_waits = false;
                self.sender.shut();
                Err(self.receiver.end())
            }
        }
    }

    /// Fails the connection because of a fault that a layer above found (§7.1.7): appends the fitting Close unless one
    /// was sent, and reads nothing more.
    pub fn fail(&mut self, error: ProtocolError, out: &mut Vec<u8>) {
        if matches!(self.state, State::Open | State::Closing) {
            self.receiver.fail(error);
            self.pong_waits = false;
        }
        fail(&mut self.state, &mut self.status, &mut self.sender, error, out);
    }

    /// Where the connection is.
    #[inline]
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What is to become of the transport once the output is written.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match (self.state, self.sender.side()) {
            (State::Open | State::Closing, _) => Transport::KeepOpen,
            // §7.1.1: the server closes first, so that it is not the client that holds the port in TIME_WAIT.
            (State::Closed, Side::Client) => Transport::AwaitPeer,
            (State::Closed, Side::Server) | (State::Failed | State::Lost, _) => Transport::HangUp,
        }
    }

    /// How the connection ended, in the terms of §7.1.5; `None` while it has not.
    #[must_use]
    pub const fn close_status(&self) -> Option<CloseStatus> {
        self.status
    }

    /// Why the connection has failed; `None` unless it has.
    #[must_use]
    pub const fn fault(&self) -> Option<ProtocolError> {
        self.receiver.fault()
    }

    /// The peer's Close, if one with a body came.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame<'_>> {
        self.receiver.close_frame()
    }

    /// Which end this is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.sender.side()
    }

    /// See [`Receiver::payload_remaining`].
    #[must_use]
    pub const fn payload_remaining(&self) -> u64 {
        self.receiver.payload_remaining()
    }

    /// The last frame that was received, for a log.
    #[must_use]
    pub const fn last_received(&self) -> Option<FrameSummary> {
        self.receiver.last_frame()
    }

    /// The last frame that was sent, for a log.
    #[must_use]
    pub const fn last_sent(&self) -> Option<FrameSummary> {
        self.sender.last_frame()
    }

    /// True when a Pong waits because the output was long.
    #[must_use]
    pub const fn pong_waits(&self) -> bool {
        self.pong_waits
    }

    /// Appends the Pong that waits because the output was long, if there is one and the output is short now.
    /// [`receive`](Self::receive) does so too; this is for adapters that write while they wait for input.
    pub fn answer_waiting_ping(&mut self, out: &mut Vec<u8>) {
        if self.pong_waits
            && let Some(pong) = &self.pong
            && out.len() <= PONG_BACKLOG
            && self.sender.answer_ping(pong, out).is_ok()
        {
            self.pong_waits = false;
        }
    }

    /// The payload of the Ping or Pong that was received last.
    pub(crate) fn control_payload(&self) -> &[u8] {
        self.receiver.control_payload()
    }

    /// Appends a Ping of at most 125 bytes.
    ///
    /// # Errors
    ///
    /// See [`Sender::ping`].
    pub fn ping(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.ping(payload, out)
    }

    /// Appends a Pong that was not asked for; each Ping gets its Pong without this.
    ///
    /// # Errors
    ///
    /// See [`Sender::pong`].
    pub fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.pong(payload, out)
    }

    /// Starts the closing handshake (§7.1.2). Go on receiving until [`Event::Close`].
    ///
    /// # Errors
    ///
    /// See [`Sender::close`].
    pub fn start_close(&mut self, code: CloseCode, reason: &str, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.close(code, reason, out)?;
        self.state = State::Closing;
        Ok(())
    }

    /// As [`start_close`](Self::start_close), with an empty Close frame; the peer is told 1005.
    ///
    /// # Errors
    ///
    /// See [`Sender::close_without_code`].
    pub fn start_close_without_code(&mut self, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.close_without_code(out)?;
        self.state = State::Closing;
        Ok(())
    }
}

fn fail(
    state: &mut State,
    status: &mut Option<CloseStatus>,
    sender: &mut Sender,
    error: ProtocolError,
    out: &mut Vec<u8>,
) {
    if matches!(state, State::Open | State::Closing) {
        // §7.1.7: tell the peer, unless our Close has been sent (then this is refused).
        let _ = sender.close(error.close_code(), error.close_reason(), out);
        *status = Some(CloseStatus::Abnormal);
        *state = State::Failed;
    }
}
