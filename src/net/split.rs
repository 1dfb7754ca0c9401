//! Two halves for two threads: RFC 6455 §5.4 and §5.5 from both at once, and no frame torn.
//!
//! What both append to and take turns to write is in [`shared`](super::shared).

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{Filled, QUEUE, ReadBuffer, is_timeout};
use super::drive::{self, Clock, Next, Side};
use super::shared::Shared;
use super::socket;
use super::stuck::Stuck;
use super::sync::Instant;
use super::websocket::ReadEvent;
use super::{Error, Socket, WebSocket};
use crate::protocol::{CloseCode, CloseStatus, Data, SendError};
use crate::session::{Message, PreparedMessage, Session, Want};

/// The half that reads; it also answers pings and closes, and keeps the deadlines.
#[derive(Debug)]
pub struct Reader<S> {
    shared: Arc<Shared<S>>,
    input: ReadBuffer,
    clock: Clock,
    /// Something that this half was to write waits until the peer reads.
    stuck: Option<Stuck>,
}

/// The half that writes. There is one, so that messages are never interleaved; share it behind a lock of yours if many
/// threads write.
#[derive(Debug)]
pub struct Writer<S> {
    pub(super) shared: Arc<Shared<S>>,
    clock: Clock,
}

impl<S> WebSocket<S>
where
    S: Read + Write,
    for<'s> &'s S: Read + Write,
{
    /// Makes two halves of it, for two threads that work at once; over any stream whose `&S` reads and writes, as that of
    /// `TcpStream` does.
    ///
    /// The reader answers pings and closes in between the writer's messages, never inside one of its frames. When the
    /// connection ends, both learn of it: the reader from [`read`](Reader::read), the writer from
    /// [`SendError::Closed`]. A writer whose reader was dropped still sends, but nobody answers pings or sees the end; a reader
    /// whose writer was dropped goes on as it was.
    ///
    /// Two readers that both have a Pong to write never wait for each other to read, on sockets. Any other stream that blocks
    /// has to take a Pong while its peer writes.
    ///
    /// TLS of this crate's, the `TlsStream` of the feature `rustls`, is such a stream. That of other libraries mostly is not, since
    /// to read from it may be to write: keep it whole, on a socket that does not block.
    ///
    /// ```no_run
    /// use rfc6455::{net, session::Message};
    ///
    /// let (mut reader, mut writer) = net::connect("ws://127.0.0.1:9001/")?.split();
    /// let printer = std::thread::spawn(move || {
    ///     let mut message = Message::new();
    ///     while reader.read(&mut message)? {
    ///         println!("{message:?}");
    ///     }
    ///     Ok::<(), net::Error>(())
    /// });
    /// for line in std::io::stdin().lines() {
    ///     writer.send(&line?)?;
    /// }
    /// writer.start_close(rfc6455::protocol::CloseCode::NORMAL, "")?;
    /// printer.join().expect("the reader does not panic")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn split(self) -> (Reader<S>, Writer<S>) {
        let (wire, session, clock, subprotocol) = self.into_sides();
        let (shared, input) = Shared::new(*wire, session, subprotocol);
        let shared = Arc::new(shared);
        let writer = Writer { shared: Arc::clone(&shared), clock: Clock::new(clock.time(), Duration::ZERO) };
        (Reader { shared, input, clock, stuck: None }, writer)
    }
}

impl<S> Reader<S>
where
    for<'s> &'s S: Read + Write,
{
    /// Waits for the next message; see [`WebSocket::read`].
    ///
    /// # Errors
    ///
    /// As [`WebSocket::read`].
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
    /// As [`WebSocket::read`].
    pub fn read_event(&mut self, message: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = drive::next(self, message, Want::Whole)?;
        Ok(next.event(&self.input))
    }

    /// As [`read_event`](Self::read_event), for messages that are too large to hold; see [`WebSocket::read_part`].
    ///
    /// # Errors
    ///
    /// As [`WebSocket::read`].
    pub fn read_part(&mut self, part: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = drive::next(self, part, Want::Part)?;
        Ok(next.event(&self.input))
    }
}

impl<S> Reader<S> {
    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub fn close_status(&self) -> Option<CloseStatus> {
        self.shared.lock().session.close_status()
    }

    /// The reason in the peer's Close; empty when there is none.
    #[must_use]
    pub fn close_reason(&self) -> String {
        drive::reason(&self.shared.lock().session).to_string()
    }

    /// The subprotocol that the two sides agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.shared.subprotocol.as_deref()
    }

    /// The stream below.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.shared.stream
    }
}

impl<S> Writer<S>
where
    for<'s> &'s S: Read + Write,
{
    /// Sends a message now; see [`WebSocket::send`].
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub fn send<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        let data = data.into();
        #[cfg(feature = "deflate")]
        if let Some(compressing) = self.compress(data, None)? {
            return self.send_by(|session, out| session.send_compressed(compressing, data, out));
        }
        self.send_by(|session, out| session.send(data, out))
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        if self.shared.is_vectored(message) {
            return self.shared.send_frame(message);
        }
        self.send_by(|session, out| session.send_prepared(message, out))
    }

    /// Takes a message to be sent with the next [`flush`](Self::flush) or [`send`](Self::send), when the reader has
    /// something to send, or when 64 KiB have come together. Call `flush` when you have no more: unlike with
    /// [`WebSocket::queue`], no read of yours will.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::queue`].
    pub fn queue<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        let data = data.into();
        #[cfg(feature = "deflate")]
        if let Some(compressing) = self.compress(data, None)? {
            return self.queue_by(|session, out| session.send_compressed(compressing, data, out));
        }
        self.queue_by(|session, out| session.send(data, out))
    }

    /// As [`queue`](Self::queue), for a message that was encoded before.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::queue`].
    pub fn queue_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        self.queue_by(|session, out| session.send_prepared(message, out))
    }

    /// Sends the first fragment of a message; see [`WebSocket::start`].
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub fn start<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.send_by(|session, out| session.start(data, out))
    }

    /// Sends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.send_by(|session, out| session.append(data, out))
    }

    /// Sends the last fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.send_by(|session, out| session.finish(data, out))
    }

    /// Sends a Ping; the reader's [`read_event`](Reader::read_event) gives its Pong.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::ping`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send_by(|session, out| session.ping(payload, out))
    }

    /// Sends a Pong that nobody asked for; see [`WebSocket::pong`].
    ///
    /// # Errors
    ///
    /// As [`WebSocket::pong`].
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send_by(|session, out| session.pong(payload, out))
    }

    /// Sends the Close; the reader goes on until the peer's, and then gives `false`.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::start_close`].
    pub fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.clock.now();
        let mut core = self.shared.lock();
        let (session, output) = core.parts();
        session.start_close(code, reason, now, output)?;
        // The reader keeps the deadline, and frees this by hanging up.
        Ok(self.shared.flush(core)?)
    }

    /// Writes all that waits.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; what was not written still waits.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.shared.flush(self.shared.lock())?)
    }

    pub(super) fn queue_by(
        &mut self,
        act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), Error> {
        let mut core = self.shared.lock();
        core.take(&self.shared.config, act)?;
        if core.waiting() > QUEUE { Ok(self.shared.flush(core)?) } else { Ok(()) }
    }

    pub(super) fn send_by(
        &mut self,
        act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), Error> {
        let mut core = self.shared.lock();
        core.take(&self.shared.config, act)?;
        Ok(self.shared.flush(core)?)
    }
}

impl<S> Writer<S> {
    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub fn close_status(&self) -> Option<CloseStatus> {
        self.shared.lock().session.close_status()
    }

    /// The stream below: to shut it, for instance, when a peer reads nothing for too long.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.shared.stream
    }
}

/// How long a reader sleeps at most: the writer may begin to close meanwhile, which has a deadline.
const NAP: Duration = Duration::from_secs(1);

/// How long a reader tries to write before it looks whether there is something to read. The peer may wait for just that
/// before it reads: two ends whose readers both write would wait for each other.
const BRIEF: Duration = Duration::from_millis(5);

/// How long a reader that could not write sleeps before it tries again.
const SHORT_NAP: Duration = Duration::from_millis(50);

impl<S> Side for Reader<S>
where
    for<'s> &'s S: Read + Write,
{
    #[inline]
    fn with<R>(&mut self, act: impl FnOnce(&mut Session, &mut ReadBuffer, &mut Vec<u8>) -> R) -> R {
        let mut core = self.shared.lock();
        let (session, output) = core.parts();
        act(session, &mut self.input, output)
    }

    fn flush(&mut self, until: Option<Instant>) -> io::Result<()> {
        let stuck = self.stuck.take();
        let core = self.shared.lock();
        if core.writing {
            return Ok(());
        }
        let begun = Instant::now();
        let Some(soon) = self.shared.socket().and_then(|_| begun.checked_add(BRIEF)) else {
            return self.shared.write(core, until);
        };
        let until = until.map_or(soon, |until| until.min(soon));
        match self.shared.write(core, Some(until)) {
            Err(error) if is_timeout(&error) => {
                let stuck = Stuck::after(stuck, begun, self.shared.lock().progress);
                if self.shared.socket().is_some_and(|socket| stuck.is_for_too_long(socket)) {
                    return Err(error);
                }
                self.stuck = Some(stuck);
                Ok(())
            }
            written => written,
        }
    }

    fn finish_flush(&mut self, until: Option<Instant>) -> io::Result<()> {
        let patience = self.shared.config.close_timeout;
        let core = self.shared.wait_for_turn(patience);
        // The writer is stuck; to hang up is what frees it.
        if core.writing {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if let Some(socket) = self.shared.socket()
            && core.waiting() > 0
        {
            socket::bound_writes(socket, patience);
        }
        self.shared.write(core, until)
    }

    fn has_room(&mut self) -> bool {
        self.shared.lock().waiting() <= self.shared.config.write_backlog / 2
    }

    fn close_timeout(&self) -> Duration {
        self.shared.config.close_timeout
    }

    fn fill(&mut self, mut wait: Option<Duration>) -> io::Result<Filled> {
        if let Some(socket) = self.shared.socket() {
            let nap = if self.stuck.is_some() { SHORT_NAP } else { NAP };
            wait = Some(wait.unwrap_or(nap).min(nap));
            self.input.patience.arm(socket, wait);
        }
        self.input.fill(&mut &self.shared.stream, wait)
    }

    fn is_time_up(&self, passed: Duration) -> bool {
        // On a socket that blocks, it is `flush` that tries until then. One that does not block is to be read until it is empty:
        // who is told before then may wait for ever for it to be ready again.
        self.is_timed() && passed.saturating_mul(2) >= BRIEF
    }

    fn is_timed(&self) -> bool {
        self.shared.socket().is_some()
    }

    fn shut_down(&mut self) -> io::Result<()> {
        self.shared.socket().map_or(Ok(()), |socket| socket.shut_down(Shutdown::Write))
    }

    fn cut(&mut self) {
        let _ = self.shared.socket().map_or(Ok(()), Socket::cut);
    }

    #[inline]
    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }
}
