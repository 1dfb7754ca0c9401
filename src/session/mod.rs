//! Whole messages, keepalive and deadlines on a [`Connection`]: RFC 6455 §5.5.2, §6.2, §7.1; still no I/O.
//!
//! What an adapter drives. It reads bytes and gives them to [`Session::receive`], writes what was appended to its output,
//! sleeps no longer than [`Session::deadline`], and does with the transport what [`Session::transport`] says.

mod assembly;
mod config;
#[cfg(feature = "deflate")]
mod deflate;
mod error;
mod handshake_timer;
mod in_place;
mod message;
mod prepared;
mod receiving;
mod sending;
mod timers;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

#[cfg(feature = "deflate")]
use crate::deflate::{Agreement, Context};
use crate::protocol::{
    CloseCode, CloseFrame, CloseStatus, Connection, FrameSummary, Role, Side, State, TextCheck, Transport,
};
use assembly::Assembly;
pub use config::{Config, Keepalive};
#[cfg(all(feature = "deflate", feature = "std"))]
pub(crate) use deflate::Compressing;
pub use error::{Deadline, SessionError};
pub use handshake_timer::HandshakeTimer;
pub use in_place::InPlace;
pub use message::Message;
pub use prepared::PreparedMessage;
pub use receiving::Received;
#[cfg(feature = "std")]
pub(crate) use receiving::Want;
use timers::{Due, Over, Timers};

/// A connection in whole messages, with its deadlines.
///
/// Wherever a moment is asked for, it is the time since some fixed moment of the caller's choosing, such as the start of the
/// program: so a session runs without a clock of its own, and a test replays. A closing handshake has to
/// end within the first 584 years.
///
/// ```
/// use core::time::Duration;
/// use rfc6455::protocol::Role;
/// use rfc6455::session::{Config, Message, Received, Session};
///
/// let now = Duration::ZERO;
/// let mut server = Session::new(Role::Server, &Config::default(), now);
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
    /// Made when it is first needed, as most connections have many messages that are whole in one read.
    assembly: Option<Box<Assembly>>,
    timers: Timers,
    #[cfg(feature = "deflate")]
    deflate: Option<Box<deflate::Codec>>,
}

impl Session {
    /// A session that begins now.
    #[must_use]
    pub fn new(role: Role, config: &Config, now: Duration) -> Self {
        let limits = config.limits;
        Self {
            // Text is checked where it becomes a `&str`, which is here.
            connection: Connection::with_text_check(role, limits, TextCheck::Caller).leaving_binary_masked(),
            assembly: None,
            timers: Timers::new(config, now),
            #[cfg(feature = "deflate")]
            deflate: None,
        }
    }

    /// Compresses and decompresses, as was agreed in the opening handshake: from [`Deflate::accept`](crate::deflate::Deflate::accept)
    /// or [`Deflate::agree`](crate::deflate::Deflate::agree). Call it before anything is received or sent.
    ///
    /// ```
    /// # use core::time::Duration;
    /// use rfc6455::deflate::Deflate;
    /// use rfc6455::handshake::{Request, Upgrade};
    /// use rfc6455::protocol::Role;
    /// use rfc6455::session::{Config, Session};
    ///
    /// # fn answer(request: &Request) -> Result<(Vec<u8>, Session), Box<dyn std::error::Error>> {
    /// let upgrade = Upgrade::from_request(request)?;
    /// let (mut output, mut session) = (Vec::new(), Session::new(Role::Server, &Config::default(), Duration::ZERO));
    /// match Deflate::default().accept(upgrade.extensions()) {
    ///     Some(agreement) => {
    ///         upgrade.accept().extension(agreement.extension().clone())?.write(&mut output);
    ///         session = session.with_deflate(&agreement);
    ///     }
    ///     None => upgrade.accept().write(&mut output),
    /// }
    /// # Ok((output, session))
    /// # }
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, agreement: &Agreement) -> Self {
        self.connection = self.connection.allowing(deflate::COMPRESSED);
        self.deflate = Some(Box::new(deflate::Codec::new(agreement, self.connection.limits().message)));
        self
    }

    /// What we refer to when we compress; `None` when there is no compression.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn outgoing_context(&self) -> Option<Context> {
        Some(self.deflate.as_ref()?.outgoing.context())
    }

    /// What the peer refers to when it compresses; `None` when there is no compression.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn incoming_context(&self) -> Option<Context> {
        Some(self.deflate.as_ref()?.incoming.context())
    }

    /// The next moment at which [`tick`](Self::tick) has something to do, if there is one. It may have passed: then `tick` is to
    /// be called at once.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match (self.timers.over, self.connection.state()) {
            (None, State::Open | State::Closing | State::Closed) => {
                [self.timers.deadline(), self.memory_deadline()].into_iter().flatten().min()
            }
            _ => None,
        }
    }

    /// When to look at compressors and decompressors that nobody uses.
    #[cfg(feature = "deflate")]
    fn memory_deadline(&self) -> Option<Duration> {
        self.deflate.as_ref()?.deadline()
    }

    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    const fn memory_deadline(&self) -> Option<Duration> {
        None
    }

    /// Does what is due: sends the keepalive Ping, or ends what took too long. Calling it early does nothing.
    ///
    /// # Errors
    ///
    /// [`SessionError::Timeout`], now and at each later call. Write `out` and hang up.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<u8>) -> Result<(), SessionError> {
        if let Some(Over::Failed(deadline)) = self.timers.over {
            return Err(deadline.into());
        }
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate {
            deflate.tick(now);
        }
        match self.timers.due(now) {
            Due::Nothing => Ok(()),
            Due::Ping(payload) => {
                // Without entropy no Ping goes out, and the missing Pong will tell.
                let _ = self.connection.ping(&payload, out);
                Ok(())
            }
            Due::HangUp => {
                self.timers.over = Some(Over::PeerHangsOn);
                Ok(())
            }
            Due::Fail(deadline) => {
                let (code, reason) = match deadline {
                    Deadline::Idle => (CloseCode::GOING_AWAY, "idle"),
                    _ => (CloseCode::INTERNAL_ERROR, "no pong"),
                };
                // Refused when our Close has been sent, which is as it should be.
                let _ = self.connection.start_close(code, reason, out);
                self.timers.over = Some(Over::Failed(deadline));
                Err(deadline.into())
            }
        }
    }

    /// What is to become of the transport once the output is written (§7.1.1).
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self.timers.over {
            Some(_) => Transport::HangUp,
            None => self.connection.transport(),
        }
    }

    /// Where the connection is.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.timers.over {
            Some(Over::Failed(_)) => State::Failed,
            _ => self.connection.state(),
        }
    }

    /// How it ended, in the terms of §7.1.5; `None` while it has not.
    #[must_use]
    pub const fn close_status(&self) -> Option<CloseStatus> {
        match self.timers.over {
            Some(Over::Failed(_)) => Some(CloseStatus::Abnormal),
            _ => self.connection.close_status(),
        }
    }

    /// The peer's Close, if one with a body came.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame<'_>> {
        self.connection.close_frame()
    }

    /// An adapter has found out that a time is up which is not kept here.
    #[cfg(feature = "tokio")]
    pub(crate) fn give_up(&mut self, deadline: Deadline) {
        self.timers.over.get_or_insert(Over::Failed(deadline));
    }

    /// When the last byte of the peer's came.
    #[cfg(feature = "std")]
    pub(crate) const fn last_heard(&self) -> Duration {
        self.timers.last_heard()
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
        if self.timers.over.is_none() {
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
}
