//! One connection, from the first byte of its opening handshake to the end of TCP.
//!
//! ```text
//!   Opening ──▶ Open ──▶ Flushing ──▶ Lingering ──▶ Over
//!      │         │  what is owed    FIN is sent;     ▲
//!      │         │  is written      the peer's is    │
//!      └─────────┴─ refused ─▶      waited for       │
//!                └─ the socket broke, or time is up ─┘
//! ```

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use rfc6455::handshake::{Accept, HttpResponse, Request, ServerHandshake, Upgrade};
use rfc6455::protocol::{CloseCode, Role, State, Transport};
use rfc6455::session::{Config, HandshakeTimer, Message, PreparedMessage, Received, Session};

use crate::log;
use crate::output::Output;

/// While more than this waits to be written, nothing is read: a peer that does not read is not read from.
const PAUSE: usize = 64 << 10;
/// From this size on, a message is written from where it lies: of a smaller one, a copy costs less than a second slice.
const LARGE: usize = 24 << 10;
/// How long to wait for the peer's FIN after ours. To hang up on bytes that are still on their way would be a reset, which
/// may overtake the Close.
const LINGER: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    peer: SocketAddr,
    phase: Phase,
    pub(crate) output: Output,
    /// Nothing is asked of the peer before: it was not read from, and may have to catch up.
    patience: Duration,
    /// Whether it waits for its turn.
    pub(crate) is_ready: bool,
    /// Where it stands in the timers.
    pub(crate) timer: Option<Duration>,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are open, and lie in one list")]
enum Phase {
    Opening(Box<(ServerHandshake, HandshakeTimer)>),
    Open(Session),
    /// The last bytes are to be written by then.
    Flushing(Duration),
    /// All is written, and the peer has until then to hang up.
    Lingering(Duration),
    Over,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr, config: &Config, now: Duration) -> Self {
        let opening = (ServerHandshake::new(config.head), HandshakeTimer::new(config, now));
        let phase = Phase::Opening(Box::new(opening));
        let (output, patience) = (Output::default(), Duration::ZERO);
        Self { stream, peer, phase, output, patience, is_ready: false, timer: None }
    }

    /// Reads once, and gives how many bytes came: none when the peer has sent its last, `None` when there is nothing to read
    /// now, or nothing to be read.
    pub(crate) fn read(&mut self, buffer: &mut [u8], config: &Config, now: Duration) -> Option<usize> {
        if self.is_paused() {
            return None;
        }
        match self.stream.read(buffer) {
            Ok(0) => {
                self.receive_eof(config, now);
                Some(0)
            }
            Ok(len) => Some(len),
            Err(error) if error.kind() == ErrorKind::Interrupted => Some(0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => {
                self.lose(error);
                None
            }
        }
    }

    /// Takes what was read, up to the end of a message. `false` when all of it is taken.
    pub(crate) fn receive(
        &mut self,
        input: &mut &mut [u8],
        message: &mut Message,
        config: &Config,
        now: Duration,
    ) -> bool {
        if let Phase::Opening(_) = self.phase
            && let Err(error) = self.open(input, config, now)
        {
            self.lose(error);
        }
        // What comes while we hang up is thrown away.
        while let Phase::Open(session) = &mut self.phase {
            match session.receive(input, message, now, &mut self.output.bytes) {
                Ok(Some(Received::Message)) => return true,
                // A Ping, a Pong or the Close: what it needs is in the output.
                Ok(Some(_)) => {}
                Ok(None) => match session.transport() {
                    Transport::KeepOpen => return false,
                    _ => self.hang_up(config, now),
                },
                // So is the Close that tells the peer of its fault.
                Err(error) => self.fail(error, config, now),
            }
        }
        false
    }

    /// Goes on with the opening handshake. What came behind the request is left in `input`.
    fn open(&mut self, input: &mut &mut [u8], config: &Config, now: Duration) -> Result<(), Box<dyn Error>> {
        let Phase::Opening(opening) = &mut self.phase else { return Ok(()) };
        let mut unread = &**input;
        let received = opening.0.receive(&mut unread);
        let taken = input.len() - unread.len();
        *input = &mut std::mem::take(input)[taken..];
        match received {
            Ok(None) => {}
            Ok(Some(request)) => self.answer(&request, config, now)?,
            Err(fault) => {
                fault.response().write(&mut self.output.bytes);
                self.fail(fault, config, now);
            }
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request, config: &Config, now: Duration) -> Result<(), Box<dyn Error>> {
        let response = match Upgrade::from_request(request) {
            Ok(upgrade) => {
                let session = accept(upgrade.accept(), config, now, &mut self.output.bytes)?;
                self.phase = Phase::Open(session);
                return Ok(());
            }
            Err(_) if !request.asks_for_websocket() && matches!(request.method(), "GET" | "HEAD") => {
                HttpResponse::ok("text/plain; charset=utf-8", "This is a server for WebSockets.\n")?
            }
            Err(fault) => {
                log(self.peer, fault);
                fault.response()
            }
        };
        match request.method() {
            "HEAD" => response.write_head(&mut self.output.bytes),
            _ => response.write(&mut self.output.bytes),
        }
        self.hang_up(config, now);
        Ok(())
    }

    /// Sends a message: a small one is copied to the output, of a large one the header alone. The storage of that may be kept.
    pub(crate) fn send(&mut self, message: &mut Message, config: &Config, now: Duration) {
        let Some((session, output)) = self.with_room(config, now) else { return };
        if message.len() < LARGE || session.compresses(&*message) {
            // It is refused when a Close was sent, which is as it should be.
            let _ = session.send(&*message, output);
        } else if let Ok(header) = session.header_for(&*message) {
            output.extend_from_slice(&header);
            let written = self.output.write_message(&mut self.stream, message, now);
            self.unless_lost(written);
        }
    }

    /// Sends a message that others get, too.
    pub(crate) fn send_prepared(&mut self, message: &PreparedMessage, config: &Config, now: Duration) {
        if let Some((session, output)) = self.with_room(config, now) {
            let _ = session.send_prepared(message, output);
        }
    }

    /// Whom to send by and where to, unless more waits for the peer than may: then it is told to leave.
    fn with_room(&mut self, config: &Config, now: Duration) -> Option<(&mut Session, &mut Vec<u8>)> {
        if self.output.len() > PAUSE {
            self.write(now);
        }
        let Phase::Open(session) = &mut self.phase else { return None };
        if self.output.len() <= config.write_backlog {
            return Some((session, &mut self.output.bytes));
        }
        let (code, reason) = (CloseCode::TRY_AGAIN_LATER, "you read too slowly");
        if session.start_close(code, reason, now, &mut self.output.bytes).is_ok() {
            log(self.peer, "reads too slowly");
        }
        None
    }

    /// Writes what the socket takes; when the last byte is written that is ever to be, hangs up.
    pub(crate) fn flush(&mut self, config: &Config, now: Duration) {
        let was_paused = self.is_paused();
        self.write(now);
        if was_paused && !self.is_paused() {
            // A Ping may have waited among the rest, and has only now got to the peer.
            self.patience = now.saturating_add(config.keepalive.map_or(Duration::ZERO, |it| it.timeout));
        }
        match &mut self.phase {
            _ if !self.output.is_empty() => {}
            Phase::Open(session) => {
                // One that was not answered because so many others waited to be written.
                session.answer_waiting_ping(&mut self.output.bytes);
                self.write(now);
            }
            Phase::Flushing(_) => {
                // It fails if the peer is gone, which the next read will tell.
                let _ = self.stream.shutdown(Shutdown::Write);
                self.phase = Phase::Lingering(now.saturating_add(LINGER));
            }
            _ => {}
        }
    }

    fn write(&mut self, now: Duration) {
        if !self.is_over() {
            let written = self.output.flush(&mut self.stream, now);
            self.unless_lost(written);
        }
    }

    fn unless_lost(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.lose(error);
        }
    }

    /// When [`tick`](Self::tick) has something to do.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Duration> {
        let own = match &self.phase {
            Phase::Opening(opening) => Some(opening.1.deadline()),
            // A peer that is not read from cannot show that it is alive. That it has to take what waits is enough.
            Phase::Open(session) if session.state() == State::Open => match self.is_paused() {
                true => None,
                false => session.deadline().map(|deadline| deadline.max(self.patience)),
            },
            Phase::Open(session) => session.deadline(),
            Phase::Flushing(by) | Phase::Lingering(by) => Some(*by),
            Phase::Over => return None,
        };
        [own, self.output.deadline(config.write_timeout)].into_iter().flatten().min()
    }

    /// Does what is due. To be called when nothing more can be read: what has come in time counts, even if it was not looked at.
    pub(crate) fn tick(&mut self, config: &Config, now: Duration) {
        if self.deadline(config).is_none_or(|deadline| now < deadline) {
            return;
        }
        if self.output.deadline(config.write_timeout).is_some_and(|deadline| deadline <= now) {
            return self.lose("it took nothing of what was sent to it");
        }
        match &mut self.phase {
            Phase::Opening(opening) => {
                if let Err(late) = opening.1.tick(now) {
                    HttpResponse::request_timeout().write(&mut self.output.bytes);
                    self.fail(late, config, now);
                }
            }
            Phase::Open(session) => match session.tick(now, &mut self.output.bytes) {
                Ok(()) if session.transport() == Transport::KeepOpen => {}
                Ok(()) => self.hang_up(config, now),
                Err(error) => self.fail(error, config, now),
            },
            Phase::Flushing(_) | Phase::Lingering(_) => self.phase = Phase::Over,
            Phase::Over => {}
        }
    }

    /// The peer sends nothing more.
    fn receive_eof(&mut self, config: &Config, now: Duration) {
        match &mut self.phase {
            Phase::Opening(_) => self.lose("it hung up inside the opening handshake"),
            Phase::Open(session) => match session.receive_eof() {
                Ok(()) => self.hang_up(config, now),
                Err(error) => self.fail(error, config, now),
            },
            Phase::Flushing(_) | Phase::Lingering(_) | Phase::Over => self.phase = Phase::Over,
        }
    }

    /// Answers with 503, whatever the request may be.
    pub(crate) fn refuse(&mut self, config: &Config, now: Duration) {
        HttpResponse::service_unavailable().text("too many connections\n").write(&mut self.output.bytes);
        self.hang_up(config, now);
    }

    fn fail(&mut self, why: impl Display, config: &Config, now: Duration) {
        log(self.peer, why);
        self.hang_up(config, now);
    }

    /// What is owed to the peer is in the output: writes that, and no more.
    fn hang_up(&mut self, config: &Config, now: Duration) {
        self.phase = Phase::Flushing(now.saturating_add(config.close_timeout));
    }

    /// There is nothing to be saved.
    fn lose(&mut self, why: impl Display) {
        log(self.peer, why);
        self.phase = Phase::Over;
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    /// Whether nothing is to be read now.
    fn is_paused(&self) -> bool {
        match self.phase {
            Phase::Opening(_) | Phase::Lingering(_) => false,
            Phase::Open(_) => self.output.len() > PAUSE,
            Phase::Flushing(_) | Phase::Over => true,
        }
    }
}

/// Accepts, and with compression if both sides want it.
#[cfg(feature = "deflate")]
fn accept(
    mut accept: Accept,
    config: &Config,
    now: Duration,
    output: &mut Vec<u8>,
) -> Result<Session, Box<dyn Error>> {
    let mut session = Session::new(Role::Server, config, now);
    let offers = accept.upgrade().extensions();
    if let Some(agreement) = config.deflate.as_ref().and_then(|deflate| deflate.accept(offers)) {
        accept = accept.extension(agreement.extension().clone())?;
        session = session.with_deflate(&agreement);
    }
    accept.write(output);
    Ok(session)
}

#[cfg(not(feature = "deflate"))]
fn accept(
    accept: Accept,
    config: &Config,
    now: Duration,
    output: &mut Vec<u8>,
) -> Result<Session, Box<dyn Error>> {
    accept.write(output);
    Ok(Session::new(Role::Server, config, now))
}
