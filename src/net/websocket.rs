//! A connection over any stream: RFC 6455 §6, read and written in the caller's thread.

use std::boxed::Box;
use std::io::{self, Read, Write};
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{Filled, ReadBuffer};
use super::drive::{self, Clock, Next, Side};
use super::socket;
use super::sync::Instant;
use super::time::Time;
use super::wire::Wire;
use super::{Error, Socket};
use crate::protocol::{CloseCode, CloseStatus, Role, State};
use crate::session::{Config, Message, Session, Want};

/// A WebSocket over a stream.
///
/// ```no_run
/// use std::net::TcpListener;
/// use rfc6455::{net, session::Message};
///
/// // An echo server for one client at a time.
/// let listener = TcpListener::bind("127.0.0.1:9001")?;
/// for stream in listener.incoming() {
///     let mut socket = net::accept(stream?)?;
///     let mut message = Message::new();
///     while socket.read(&mut message)? {
///         socket.send(&message)?;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Streams that do not block
///
/// Any method may give an error that [`is_would_block`](Error::is_would_block), because the stream does not block or because of
/// a timeout that you gave the socket. Nothing is lost: call [`read`](Self::read) or [`flush`](Self::flush) again when the
/// stream is ready, or at the [`deadline`](Self::deadline). What was given to [`send`](Self::send) is taken even then, and
/// waits to be written. A thread that serves many calls [`read_event`](Self::read_event), which comes back with each Ping and
/// Pong; [`read`](Self::read) passes over them for as long as a peer floods them.
///
/// # Dropping it
///
/// A `WebSocket` that is dropped without [`close`](Self::close) is a lost connection for the peer: status 1006.
#[derive(Debug)]
pub struct WebSocket<S> {
    pub(super) wire: Box<Wire<S>>,
    pub(super) session: Session,
    pub(super) clock: Clock,
    pub(super) subprotocol: Option<String>,
}

/// What [`WebSocket::read_event`] gives.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadEvent<'w> {
    /// A message; it is in the `message` argument. After parts of it, its last part.
    Message,
    /// A part of a message that goes on; it is in the `part` argument. From [`WebSocket::read_part`] alone.
    Part,
    /// A Ping with its payload; its Pong goes out with what is written next.
    Ping(&'w [u8]),
    /// A Pong with its payload, asked for or not.
    Pong(&'w [u8]),
    /// The connection ended in order: both Closes went their way, whatever the peer's code was.
    Closed,
}

impl<S: Read + Write + 'static> WebSocket<S> {
    /// A WebSocket on a stream on which the opening handshake is done; `unread` is what was read behind it.
    #[must_use]
    pub fn new(stream: S, role: Role, config: Config, unread: Vec<u8>) -> Self {
        Self::with_wire(Wire::new(stream, socket::itself, config, unread), role, None)
    }
}

impl<S: Read + Write> WebSocket<S> {
    /// Says which subprotocol was agreed on, when the opening handshake was done elsewhere.
    #[must_use]
    pub fn with_subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocol = Some(name.into());
        self
    }

    pub(super) fn with_wire(mut wire: Box<Wire<S>>, role: Role, subprotocol: Option<String>) -> Self {
        wire.disarm();
        wire.input.begin_small();
        let time = Time::of(wire.socket());
        let session = Session::new(role, &wire.config, Duration::ZERO);
        Self { wire, session, clock: Clock::new(time, Duration::ZERO), subprotocol }
    }

    /// Waits for the next message and puts it into `message`, whose storage is used again. `false` means that the
    /// connection ended in order: both Closes went their way, whatever the peer's code was, and
    /// [`close_status`](Self::close_status) tells it. Then `message` is as it was.
    ///
    /// Pings are answered, deadlines are kept and what waits is written while this waits. Messages that have arrived already
    /// are given before anything is written, so that answers to many go out in one write: see [`queue`](Self::queue).
    ///
    /// # Errors
    ///
    /// [`Error::Session`] when the peer broke a rule, is gone, or took too long: the fitting Close was sent and the stream
    /// is shut; each later call says the same. [`Error::Io`].
    #[inline]
    pub fn read(&mut self, message: &mut Message) -> Result<bool, Error> {
        loop {
            match drive::next(self, message, Want::Whole)? {
                Next::Message => return Ok(true),
                Next::Closed => return Ok(false),
                Next::Part | Next::Ping | Next::Pong => {}
            }
        }
    }

    /// As [`read`](Self::read), and tells of Pings and Pongs too.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_event(&mut self, message: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = drive::next(self, message, Want::Whole)?;
        Ok(next.event(&self.wire.input))
    }

    /// As [`read_event`](Self::read_event), for messages that are too large to hold: each part of one is put into `part` as it
    /// comes, whole characters of a text. [`ReadEvent::Part`] says that the message goes on, and [`ReadEvent::Message`] that it
    /// ends with this part, which may be empty. `Config::limits.message` holds for the whole of it all the
    /// same: set that to what you expect, or to `u64::MAX`.
    ///
    /// ```no_run
    /// # use std::io::Write;
    /// # use rfc6455::{ReadEvent, net, session::Message};
    /// # fn save(socket: &mut net::WebSocket<std::net::TcpStream>, file: &mut std::fs::File)
    /// # -> Result<bool, Box<dyn std::error::Error>> {
    /// let mut part = Message::new();
    /// loop {
    ///     match socket.read_part(&mut part)? {
    ///         ReadEvent::Part => file.write_all(part.as_bytes())?,
    ///         ReadEvent::Message => {
    ///             file.write_all(part.as_bytes())?;
    ///             return Ok(true);
    ///         }
    ///         ReadEvent::Closed => return Ok(false),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_part(&mut self, part: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = drive::next(self, part, Want::Part)?;
        Ok(next.event(&self.wire.input))
    }

    /// Writes all that waits.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; what was not written still waits.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(Side::flush(self, None)?)
    }

    /// The next moment at which [`read`](Self::read) has something to do even if nothing comes, such as to send a keepalive
    /// Ping; for event loops. On a socket that blocks, `read` keeps the time by itself.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.clock.deadline(&self.session)
    }

    /// Bytes that wait to be written; for streams that do not block.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        let below = self.wire.socket().map_or(0, Socket::unwritten);
        self.wire.output.waiting().saturating_add(below)
    }

    /// Sends the Close, and leaves it to you to [`read`](Self::read) on until `false`: messages that the peer sent before it
    /// knew still come.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] when a Close was sent already or the reason is over 123 bytes; [`Error::Io`].
    pub fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.clock.now();
        self.session.start_close(code, reason, now, &mut self.wire.output.bytes)?;
        let until = drive::last_moment(self, self.session.deadline());
        Ok(self.finish_flush(until)?)
    }

    /// Closes in order: sends the Close, passes over what the peer still sends, waits for its Close, and hangs up. When a
    /// Close was sent or received before, it goes on from there; so it may be called again after an error that
    /// [`is_would_block`](Error::is_would_block).
    ///
    /// # Errors
    ///
    /// [`Error::Send`] when the reason is over 123 bytes, and as [`read`](Self::read).
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseStatus, Error> {
        if self.session.state() == State::Open {
            match self.start_close(code, reason) {
                // Reading goes on with it, and ends it when the time for that is over.
                Err(error) if error.is_would_block() => {}
                started => started?,
            }
        }
        let mut passed_over = Message::new();
        while self.read(&mut passed_over)? {}
        Ok(self.close_status().unwrap_or(CloseStatus::Abnormal))
    }

    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub const fn close_status(&self) -> Option<CloseStatus> {
        self.session.close_status()
    }

    /// The reason in the peer's Close; empty when there is none.
    #[must_use]
    pub fn close_reason(&self) -> &str {
        drive::reason(&self.session)
    }

    /// The subprotocol that the two sides agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The stream below.
    #[must_use]
    pub const fn stream(&self) -> &S {
        &self.wire.stream
    }

    /// The session, to look at.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn into_sides(self) -> (Box<Wire<S>>, Session, Clock, Option<String>) {
        (self.wire, self.session, self.clock, self.subprotocol)
    }
}

impl<S: Read + Write> Side for WebSocket<S> {
    #[inline]
    fn with<R>(&mut self, act: impl FnOnce(&mut Session, &mut ReadBuffer, &mut Vec<u8>) -> R) -> R {
        act(&mut self.session, &mut self.wire.input, &mut self.wire.output.bytes)
    }

    fn flush(&mut self, until: Option<Instant>) -> io::Result<()> {
        self.wire.flush_until(until)?;
        self.session.answer_waiting_ping(&mut self.wire.output.bytes);
        self.wire.flush_until(until)
    }

    fn finish_flush(&mut self, until: Option<Instant>) -> io::Result<()> {
        if let Some(socket) = self.wire.socket()
            && !self.wire.output.is_done()
        {
            socket::bound_writes(socket, self.wire.config.close_timeout);
        }
        self.wire.flush_until(until)
    }

    fn has_room(&mut self) -> bool {
        self.wire.output.waiting() <= self.wire.config.write_backlog / 2
    }

    fn close_timeout(&self) -> Duration {
        self.wire.config.close_timeout
    }

    fn fill(&mut self, wait: Option<Duration>) -> io::Result<Filled> {
        self.wire.fill(wait)
    }

    fn is_time_up(&self, passed: Duration) -> bool {
        if self.wire.is_polled() {
            return self.wire.is_stuck();
        }
        let timeout = self.wire.socket().and_then(|socket| socket.write_timeout().ok().flatten());
        // A little less may have passed, as the system counts in ticks.
        timeout.is_some_and(|timeout| passed.saturating_mul(9) >= timeout.saturating_mul(8))
    }

    fn is_timed(&self) -> bool {
        self.wire.socket().is_some()
    }

    fn is_polled(&self) -> bool {
        self.wire.is_polled()
    }

    fn shut_down(&mut self) -> io::Result<()> {
        self.wire.shut_down()
    }

    fn cut(&mut self) {
        let _ = self.wire.cut();
    }

    #[inline]
    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }
}
