//! Accepting: RFC 6455 §4.2 over an asynchronous stream.

use std::any::Any;
use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::net::TcpStream;

use super::WebSocket;
use super::bell::Half;
use super::core::{Core, Inner, Wait};
use super::handshake::Waiting;
use super::polled::Polled;
use crate::handshake::{Accept, HttpResponse, OriginPolicy, Request, Upgrade};
use crate::net::{self, Error};
use crate::session::Config;

/// Accepts a WebSocket on `stream`, with the default [`Config`]: any path, no subprotocol, and requests of browsers from
/// pages of the same host alone ([`OriginPolicy::SameHost`]). What is not such a request gets the fitting HTTP status.
///
/// [`Incoming`] is for all that needs to be chosen.
///
/// # Dropping the future
///
/// The stream is dropped with it.
///
/// # Errors
///
/// [`Error::Request`], [`Error::Timeout`], [`Error::HandshakeCut`], [`Error::Io`].
pub async fn accept<S>(stream: S) -> Result<WebSocket<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    Incoming::new(stream, Config::default()).accept().await
}

/// A stream on which a client's request arrives.
///
/// ```no_run
/// use rfc6455::handshake::{HttpResponse, OriginPolicy};
/// use rfc6455::{Config, tokio::Incoming};
/// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), Box<dyn std::error::Error>> {
///
/// let mut incoming = Incoming::new(stream, Config::default());
/// let request = incoming.request().await?;
/// match (request.path(), request.asks_for_websocket()) {
///     ("/", false) => incoming.respond(&HttpResponse::ok("text/html", "<h1>Hello</h1>")?).await?,
///     ("/chat", true) => {
///         let upgrade = incoming.upgrade(&OriginPolicy::SameHost).await?;
///         let accept = upgrade.accept().first_subprotocol_of(&["chat.v2", "chat.v1"]);
///         let mut socket = incoming.open(&accept).await?;
///         socket.send("welcome").await?;
///     }
///     _ => incoming.respond(&HttpResponse::not_found()).await?,
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Incoming<S> {
    inner: net::Incoming<Polled<S>>,
    waiting: Waiting,
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Incoming<S> {
    /// Nothing is read yet; the deadline of the handshake begins now. A `TcpStream` is told to send small messages at once
    /// (`TCP_NODELAY`).
    #[must_use]
    pub fn new(stream: S, config: Config) -> Self {
        let any: &dyn Any = &stream;
        if let Some(tcp) = any.downcast_ref::<TcpStream>() {
            // One that refuses is as it was before, which still works.
            let _ = tcp.set_nodelay(true);
        }
        let waiting = Waiting::new();
        let polled = Polled::new(stream, waiting.bell.waker(), config.write_timeout);
        Self { inner: net::Incoming::with_socket(polled, Polled::socket, config), waiting }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Incoming<S> {
    /// Waits for the request; later calls give it again.
    ///
    /// # Dropping the future
    ///
    /// Nothing is lost: to call this again goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] when it is no HTTP request that could be served, [`Error::Timeout`] when it took too long: then it
    /// was answered with the fitting status. [`Error::HandshakeCut`], [`Error::Io`].
    pub async fn request(&mut self) -> Result<&Request, Error> {
        let Self { inner, waiting } = self;
        poll_fn(|cx| waiting.poll(inner, cx, |inner| inner.request().map(drop))).await?;
        self.inner.request()
    }

    /// Waits for the request and holds it against the rules of §4.2.1 and `origins`.
    ///
    /// # Dropping the future
    ///
    /// Nothing is lost: to call this again goes on.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); [`Error::Request`] when it is no opening handshake, too, and it was answered with the
    /// fitting status.
    pub async fn upgrade(&mut self, origins: &OriginPolicy) -> Result<Upgrade, Error> {
        let Self { inner, waiting } = self;
        poll_fn(|cx| waiting.poll(inner, cx, |inner| inner.upgrade(origins))).await
    }

    /// Accepts with these choices: writes the 101 (§4.2.2), and the WebSocket is open.
    ///
    /// # Dropping the future
    ///
    /// The stream is dropped with it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. [`Error::Build`] when `accept` has permessage-deflate already, which `Config::deflate` adds. To compress
    /// for some requests alone, leave that unset, add the extension of an `Agreement` to `accept`, and give it to
    /// `WebSocket::with_deflate`, too.
    pub async fn open(self, accept: &Accept) -> Result<WebSocket<S>, Error> {
        let Self { inner, waiting } = self;
        let mut core = Core::of(inner.open(accept)?, waiting.bell);
        poll_fn(|cx| core.poll(Half::Reader, Wait::ForRoom, cx, Inner::flush)).await?;
        Ok(WebSocket::of(core))
    }

    /// Accepts without choices, from pages of the same host.
    ///
    /// # Dropping the future
    ///
    /// The stream is dropped with it.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Self::upgrade).
    pub async fn accept(mut self) -> Result<WebSocket<S>, Error> {
        let upgrade = self.upgrade(&OriginPolicy::SameHost).await?;
        self.open(&upgrade.accept()).await
    }

    /// Answers with `response` instead, and hangs up. To a HEAD request the body is left out. There is one answer: called
    /// again, it writes what is left of that. It lasts as long as the client takes some of it within each
    /// [`write_timeout`](Config::write_timeout).
    ///
    /// # Dropping the future
    ///
    /// What was not written still waits: to call this again goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; [`Error::Timeout`] when the client takes nothing.
    pub async fn respond(&mut self, response: &HttpResponse) -> Result<(), Error> {
        let Self { inner, waiting } = self;
        poll_fn(|cx| waiting.poll(inner, cx, |inner| inner.respond(response))).await
    }

    /// The stream below.
    #[must_use]
    pub const fn stream(&self) -> &S {
        self.inner.stream().stream()
    }
}
