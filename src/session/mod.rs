//! Whole messages, keepalive and deadlines on a [`Connection`]: RFC 6455 §5.5.2, §6.2, §7.1; still no I/O.
//!
//! What an adapter drives. It reads bytes and gives them to [`Session::receive`], writes what was appended to its output,
//! sleeps no longer than [`Session::deadline`], and does with the transport what [`Session::transport`] says.

mod assembly;
mod config;
mod error;
mod handshake_timer;
mod message;
mod prepared;
mod sending;
mod timers;

use alloc::vec::Vec;
use core::time::Duration;

use crate::protocol::{
    CloseCode, CloseFrame, CloseStatus, Connection, Event, FrameSummary, Input, ProtocolError, Role, Side,
    State, TextCheck, Transport,
};
use assembly::Assembly;
pub use config::{Config, Keepalive};
pub use error::{Deadline, SessionError};
pub use handshake_timer::HandshakeTimer;
pub use message::Message;
pub use prepared::PreparedMessage;
use timers::{Due, Timers};

/// A connection in whole messages, with its deadlines.
///
/// Wherever a moment is asked for, it is the time since some fixed moment of the caller's choosing, such as the start of the
/// program: so a session runs without a clock of its own, and a test replays.
///
/// ```
/// use core::time::Duration;
/// use rfc6455::protocol::Role;
/// use rfc6455::session::{Config, Message, Received, Session};
///
/// let now = Duration::ZERO;
/// let mut server = Session::new(Role::Server, Config::default(), now);
/// let (mut message, mut output) = (Message::new(), Vec::new());
///
/// // The masked "Hello" of RFC 6455 §5.7, as it came from a transport.
/// let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut input = &mut bytes[..];
/// while let Some(received) = server.receive(&mut input, &mut message, now, &mut output)? {
///     if let Received::Message = received {
///         server.send(&message, &mut output)?;
///     }
/// }
/// assert_eq!(output, b"\x81\x05Hello"); // to be written to the transport
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    assembly: Assembly,
    timers: Timers,
    /// Ended by something that the connection does not know of.
    over: Option<Over>,
}

/// An end that was not the connection's.
#[derive(Clone, Copy, Debug)]
enum Over {
    /// Time ran out.
    Failed(Deadline),
    /// The peer did not hang up in time after the closing handshake.
    PeerHangsOn,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received<'s> {
    /// A message; it is in the `message` argument.
    Message,
    /// A Ping; the Pong is in the output, or is kept until a long output has been written.
    Ping(&'s [u8]),
    /// A Pong.
    Pong(&'s [u8]),
    /// The peer's Close; the answer is in the output, and nothing follows.
    Close(Option<CloseFrame<'s>>),
}

/// [`Received`] before it borrows.
enum Step {
    Message,
    Ping,
    Pong,
    Close,
}

impl Session {
    /// A session that begins now.
    #[must_use]
    pub fn new(role: Role, config: Config, now: Duration) -> Self {
        let mut limits = config.limits;
        // A message has to fit a `Vec`, which doubles as it grows: on 32 bits a limit may say more.
        limits.message = limits.message.min(isize::MAX.unsigned_abs() as u64 / 2);
        Self {
            // Text is checked where it becomes a `&str`, which is here.
            connection: Connection::with_text_check(role, limits, TextCheck::Caller),
            assembly: Assembly::default(),
            timers: Timers::new(config, now),
            over: None,
        }
    }

    /// The next thing in `input`. A message is put into `message`, whose storage is used again; replies are appended to
    /// `out`. `None` means that all of `input` is taken.
    ///
    /// The parts of a message that is not complete are kept here and not in `message`, so that may be another one each time.
    ///
    /// # Errors
    ///
    /// [`SessionError`] when the peer broke a rule, now or before, or time ran out before. Write `out` all the same: it has
    /// the Close that tells the peer.
    #[inline]
    pub fn receive<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        if self.over.is_none()
            && let Some(received) = self.connection.receive_masked(input)
        {
            self.timers.message(now);
            return match message.assign(received) {
                Ok(()) => Ok(Some(Received::Message)),
                Err(error) => Err(self.fail(error.into(), out)),
            };
        }
        self.receive_any(input, message, now, out)
    }

    /// All that is not a whole message at the start of the input.
    #[inline(never)]
    fn receive_any<I: Input>(
        &mut self,
        input: &mut I,
        message: &mut Message,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'_>>, SessionError> {
        if let Some(Over::Failed(deadline)) = self.over {
            return Err(deadline.into());
        }
        if !input.bytes().is_empty() {
            self.timers.heard(now);
        }
        let step = loop {
            match self.connection.receive_any(input, out)? {
                Some(Event::Data(chunk)) => {
                    self.timers.message(now);
                    match self.assembly.push(&chunk, message) {
                        Ok(Some(())) => break Step::Message,
                        Ok(None) => {}
                        Err(error) => return Err(self.fail(error.into(), out)),
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
                None => return Ok(None),
            }
        };
        Ok(Some(match step {
            Step::Message => Received::Message,
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
        match (self.over, self.connection.fault()) {
            (Some(Over::Failed(deadline)), _) => Err(deadline.into()),
            (_, Some(fault)) => Err(fault.into()),
            _ => Ok(self.connection.receive_eof()?),
        }
    }

    /// The next moment at which [`tick`](Self::tick) has something to do, if there is one.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match (self.over, self.connection.state()) {
            (None, State::Open | State::Closing | State::Closed) => self.timers.deadline(),
            _ => None,
        }
    }

    /// Does what is due: sends the keepalive Ping, or ends what took too long. Calling it early does nothing.
    ///
    /// # Errors
    ///
    /// [`SessionError::Timeout`], now and at each later call. Write `out` and hang up.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<u8>) -> Result<(), SessionError> {
        if let Some(Over::Failed(deadline)) = self.over {
            return Err(deadline.into());
        }
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        match self.timers.due(now) {
            Due::Nothing => Ok(()),
            Due::Ping(payload) => {
                // Without entropy no Ping goes out, and the missing Pong will tell.
                let _ = self.connection.ping(&payload, out);
                Ok(())
            }
            Due::HangUp => {
                self.over = Some(Over::PeerHangsOn);
                Ok(())
            }
            Due::Fail(deadline) => {
                let (code, reason) = match deadline {
                    Deadline::Idle => (CloseCode::GOING_AWAY, "idle"),
                    _ => (CloseCode::INTERNAL_ERROR, "no pong"),
                };
                // Refused when our Close has been sent, which is as it should be.
                let _ = self.connection.start_close(code, reason, out);
                self.over = Some(Over::Failed(deadline));
                Err(deadline.into())
            }
        }
    }

    /// What is to become of the transport once the output is written (§7.1.1).
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self.over {
            Some(_) => Transport::HangUp,
            None => self.connection.transport(),
        }
    }

    /// Where the connection is.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.over {
            Some(Over::Failed(_)) => State::Failed,
            _ => self.connection.state(),
        }
    }

    /// How it ended, in the terms of §7.1.5; `None` while it has not.
    #[must_use]
    pub const fn close_status(&self) -> Option<CloseStatus> {
        match self.over {
            Some(Over::Failed(_)) => Some(CloseStatus::Abnormal),
            _ => self.connection.close_status(),
        }
    }

    /// The peer's Close, if one with a body came.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame<'_>> {
        self.connection.close_frame()
    }

    /// The payload of the Ping or Pong that was received last.
    #[cfg(feature = "std")]
    pub(crate) fn control_payload(&self) -> &[u8] {
        self.connection.control_payload()
    }

    /// Which end this is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.connection.side()
    }

    /// Appends the Pong that waits because the output was long; see [`Connection::answer_waiting_ping`].
    pub fn answer_waiting_ping(&mut self, out: &mut Vec<u8>) {
        if self.over.is_none() {
            self.connection.answer_waiting_ping(out);
        }
    }

    /// The last frame that was received, for a log.
    #[must_use]
    pub const fn last_received(&self) -> Option<FrameSummary> {
        self.connection.last_received()
    }

    /// The last frame that was sent, for a log.
    #[must_use]
    pub const fn last_sent(&self) -> Option<FrameSummary> {
        self.connection.last_sent()
    }

    fn fail(&mut self, error: ProtocolError, out: &mut Vec<u8>) -> SessionError {
        self.connection.fail(error, out);
        error.into()
    }
}
