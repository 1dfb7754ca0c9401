//! Accepting: RFC 6455 §4.2 over a stream.
//!
//! The request is read before anything is decided: to choose a subprotocol, to refuse, or to serve it as plain HTTP.

use std::boxed::Box;
use std::io::{ErrorKind, Read, Write};
use std::string::ToString;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{Filled, is_timeout};
use super::drive::LINGER;
use super::socket::{self, SocketOf};
#[cfg(feature = "tokio")]
use super::sync::Instant;
use super::time::Time;
use super::wire::Wire;
use super::{Error, WebSocket};
use crate::handshake::{Accept, HttpResponse, OriginPolicy, Request, ServerHandshake, Upgrade};
use crate::protocol::Role;
use crate::session::{Config, HandshakeTimer};

/// Accepts a WebSocket on `stream`, with the default [`Config`]: any path, no subprotocol, and requests of browsers from
/// pages of the same host alone ([`OriginPolicy::SameHost`]). What is not such a request gets the fitting HTTP status.
///
/// [`Incoming`] is for all that needs to be chosen.
///
/// # Errors
///
/// [`Error::Request`], [`Error::Timeout`], [`Error::HandshakeCut`], [`Error::Io`].
pub fn accept<S: Read + Write + 'static>(stream: S) -> Result<WebSocket<S>, Error> {
    Incoming::new(stream, Config::default()).accept()
}

/// A stream on which a client's request arrives.
///
/// ```no_run
/// use rfc6455::handshake::{HttpResponse, OriginPolicy};
/// use rfc6455::{net::Incoming, session::Config};
/// # fn serve(stream: std::net::TcpStream) -> Result<(), Box<dyn std::error::Error>> {
///
/// let mut incoming = Incoming::new(stream, Config::default());
/// let request = incoming.request()?;
/// match (request.path(), request.asks_for_websocket()) {
///     ("/", false) => incoming.respond(&HttpResponse::ok("text/html", "<h1>Hello</h1>")?)?,
///     ("/chat", true) => {
///         let upgrade = incoming.upgrade(&OriginPolicy::SameHost)?;
///         let mut socket = incoming.open(&upgrade.accept().first_subprotocol_of(&["chat.v2", "chat.v1"]))?;
///         socket.send("welcome")?;
///     }
///     _ => incoming.respond(&HttpResponse::not_found())?,
/// }
/// # Ok(())
/// # }
/// ```
///
/// On a stream that does not block, [`request`](Self::request) and [`upgrade`](Self::upgrade) are called again after an error
/// that [`is_would_block`](Error::is_would_block).
#[derive(Debug)]
pub struct Incoming<S> {
    wire: Box<Wire<S>>,
    handshake: ServerHandshake,
    timer: HandshakeTimer,
    time: Time,
    request: Option<Request>,
    is_answered: bool,
    /// The answer is written; the client has until then to hang up.
    linger_until: Option<Duration>,
}

impl<S: Read + Write + 'static> Incoming<S> {
    /// Nothing is read yet; the deadline of the handshake begins now.
    #[must_use]
    pub fn new(stream: S, config: Config) -> Self {
        Self::with_socket(stream, socket::itself, config)
    }
}

impl<S: Read + Write> Incoming<S> {
    /// As [`new`](Self::new), for a stream that is not a socket but has one below: a TLS stream of another library, for instance,
    /// with `|tls| Some(&tls.sock)`. Deadlines are kept on that.
    #[must_use]
    pub fn with_socket(stream: S, socket: SocketOf<S>, config: Config) -> Self {
        let handshake = ServerHandshake::new(config.head);
        let timer = HandshakeTimer::new(&config, Duration::ZERO);
        let wire = Wire::new(stream, socket, config, Vec::new());
        let time = Time::of(wire.socket());
        Self { wire, handshake, timer, time, request: None, is_answered: false, linger_until: None }
    }

    /// Waits for the request; later calls give it again.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] when it is no HTTP request that could be served, [`Error::Timeout`] when it took too long: then it
    /// was answered with the fitting status. [`Error::HandshakeCut`], [`Error::Io`].
    pub fn request(&mut self) -> Result<&Request, Error> {
        while self.request.is_none() {
            let mut input: &[u8] = self.wire.input.unread();
            let before = input.len();
            let received = self.handshake.receive(&mut input);
            let taken = before.saturating_sub(input.len());
            self.wire.input.consume(taken);
            match received {
                Ok(Some(request)) => self.request = Some(request),
                Ok(None) => self.fill()?,
                Err(error) => return Err(self.refuse(&error.response(), error.into())),
            }
        }
        self.request.as_ref().ok_or(Error::HandshakeCut)
    }

    /// Waits for the request and holds it against the rules of §4.2.1 and `origins`.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); [`Error::Request`] when it is no opening handshake, too, and it was answered with the
    /// fitting status.
    pub fn upgrade(&mut self, origins: &OriginPolicy) -> Result<Upgrade, Error> {
        let request = self.request()?;
        let upgrade = Upgrade::from_request(request).and_then(|upgrade| {
            origins.check(request)?;
            Ok(upgrade)
        });
        upgrade.map_err(|error| self.refuse(&error.response(), error.into()))
    }

    /// Accepts with these choices: writes the 101 (§4.2.2), and the WebSocket is open.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], but not one that would block: then the answer waits to be written. [`Error::Build`] when
    /// `accept` has permessage-deflate already, which `Config::deflate` adds. To compress for some requests alone, leave that
    /// unset, add the extension of an `Agreement` to `accept`, and give it to `WebSocket::with_deflate`, too.
    pub fn open(mut self, accept: &Accept) -> Result<WebSocket<S>, Error> {
        #[cfg(feature = "deflate")]
        let (accept, agreement) = super::deflate::accept(accept, &self.wire.config)?;
        accept.write(&mut self.wire.output.bytes);
        match self.wire.flush() {
            Err(error) if !is_timeout(&error) => return Err(error.into()),
            _ => {}
        }
        let subprotocol = accept.chosen_subprotocol().map(ToString::to_string);
        let socket = WebSocket::with_wire(self.wire, Role::Server, subprotocol);
        #[cfg(feature = "deflate")]
        if let Some(agreement) = agreement {
            return Ok(socket.with_deflate(&agreement));
        }
        Ok(socket)
    }

    /// Accepts without choices, from pages of the same host.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Self::upgrade).
    pub fn accept(mut self) -> Result<WebSocket<S>, Error> {
        let upgrade = self.upgrade(&OriginPolicy::SameHost)?;
        self.open(&upgrade.accept())
    }

    /// Answers with `response` instead, and hangs up. To a HEAD request the body is left out. There is one answer: called
    /// again, it writes what is left of that. It lasts as long as the client takes some of it within each
    /// [`write_timeout`](Config::write_timeout).
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; call it again if that [`is_would_block`](Error::is_would_block).
    pub fn respond(&mut self, response: &HttpResponse) -> Result<(), Error> {
        self.answer(response)
    }

    /// The stream below.
    #[must_use]
    pub const fn stream(&self) -> &S {
        &self.wire.stream
    }

    fn fill(&mut self) -> Result<(), Error> {
        let now = self.time.elapsed();
        if let Err(late) = self.timer.tick(now) {
            return Err(self.refuse(&HttpResponse::request_timeout(), late.into()));
        }
        match self.wire.fill(Some(self.timer.deadline().saturating_sub(now))) {
            Ok(Filled::Bytes | Filled::Elapsed | Filled::Interrupted) => Ok(()),
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(error.into()),
            // A stream may tell more of its end than that it came.
            Ok(Filled::Eof) | Err(_) => {
                let _ = self.wire.cut();
                Err(Error::HandshakeCut)
            }
        }
    }

    /// Tells the client why, as well as it can still be told.
    fn refuse(&mut self, response: &HttpResponse, error: Error) -> Error {
        match self.answer(response) {
            // What led here does so again, until the answer is written.
            Err(late) if self.wire.is_polled() && late.is_would_block() && !self.wire.is_stuck() => late,
            _ => error,
        }
    }

    fn answer(&mut self, response: &HttpResponse) -> Result<(), Error> {
        if !self.is_answered {
            let out = &mut self.wire.output.bytes;
            match &self.request {
                Some(request) if request.method() == "HEAD" => response.write_head(out),
                _ => response.write(out),
            }
            self.is_answered = true;
        }
        self.wire.flush()?;
        match self.wire.shut_down() {
            Err(error) if self.wire.is_polled() && is_timeout(&error) => return Err(error.into()),
            Err(_) => drop(self.wire.cut()),
            Ok(()) => {}
        }
        self.linger()
    }

    /// The client may still be sending; to hang up on that would be a reset, which may overtake the answer.
    fn linger(&mut self) -> Result<(), Error> {
        let now = self.time.elapsed();
        let until = *self.linger_until.get_or_insert(now.saturating_add(LINGER));
        while self.wire.socket().is_some() {
            let time_left = until.saturating_sub(self.time.elapsed());
            if time_left.is_zero() {
                break;
            }
            match self.wire.fill(Some(time_left)) {
                Ok(Filled::Bytes | Filled::Elapsed | Filled::Interrupted) => {}
                Err(error) if self.wire.is_polled() && is_timeout(&error) => return Err(error.into()),
                Ok(Filled::Eof) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// When there is something to do even if the stream is not ready.
    #[cfg(feature = "tokio")]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.linger_until {
            None if self.is_answered => None,
            until => self.time.at(until.unwrap_or(self.timer.deadline())),
        }
    }
}
