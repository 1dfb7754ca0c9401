//! Connecting: RFC 6455 §4.1 over TCP, or over any stream that is connected already.

use std::boxed::Box;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::string::ToString;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{Filled, is_timeout};
use super::dial::{Dialled, Route};
use super::socket::{self, SocketOf};
#[cfg(feature = "tokio")]
use super::sync::Instant;
use super::time::Time;
use super::wire::Wire;
use super::{Error, Stream, WebSocket};
use crate::dial::{Gate, Proxy, ProxyRules};
use crate::handshake::{Answer, ClientHandshake, ClientRequest, Uri};
use crate::protocol::{MaskKeys, Role};
use crate::session::{Config, HandshakeTimer};

/// Connects to a `ws://` URL, with the default [`Config`] and no subprotocol. With the feature `rustls` it may be `wss://`, too;
/// `Connect::tls` says what that needs.
///
/// ```no_run
/// use rfc6455::{net, protocol::CloseCode, session::Message};
///
/// let mut socket = net::connect("ws://127.0.0.1:9001/")?;
/// socket.send("Hello")?;
/// let mut message = Message::new();
/// if socket.read(&mut message)? {
///     println!("{:?}", message.as_text());
/// }
/// socket.close(CloseCode::NORMAL, "")?;
/// # Ok::<(), net::Error>(())
/// ```
///
/// # Errors
///
/// See [`Connect::open`].
pub fn connect(url: &str) -> Result<WebSocket<Stream>, Error> {
    Connect::new(url)?.open()
}

/// A connection to be: the URL, and what is to be said in the opening handshake. It may be opened again and again.
///
/// ```no_run
/// use rfc6455::net::Connect;
///
/// let mut socket = Connect::new("ws://example.com/feed?symbol=EURUSD")?
///     .subprotocol("ticks.v1")?
///     .header("Authorization", "Bearer abc")?
///     .open()?;
/// # Ok::<(), rfc6455::net::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Connect {
    pub(crate) uri: Uri,
    pub(crate) request: ClientRequest,
    pub(crate) config: Config,
    pub(crate) route: Route,
    #[cfg(feature = "rustls")]
    pub(crate) tls: super::tls::Client,
}

impl Connect {
    /// To this URL (RFC 6455 §3).
    ///
    /// # Errors
    ///
    /// [`Error::Uri`].
    pub fn new(url: &str) -> Result<Self, Error> {
        let uri = Uri::parse(url)?;
        let request = ClientRequest::new(&uri);
        Ok(Self {
            uri,
            request,
            config: Config::default(),
            route: Route::default(),
            #[cfg(feature = "rustls")]
            tls: super::tls::Client::default(),
        })
    }

    /// Offers a subprotocol, after those offered before.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] when it is no token or was offered already.
    pub fn subprotocol(mut self, name: &str) -> Result<Self, Error> {
        self.request = self.request.subprotocol(name)?;
        Ok(self)
    }

    /// Says which origin the request comes from, as browsers do.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] when it is not visible ASCII.
    pub fn origin(mut self, origin: &str) -> Result<Self, Error> {
        self.request = self.request.origin(origin)?;
        Ok(self)
    }

    /// Adds a header to the request, such as `Authorization` or `Cookie`.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] for one of the handshake's own, and for what no header may hold.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        self.request = self.request.header(name, value)?;
        Ok(self)
    }

    /// Sets limits and deadlines.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.request = self.request.limits(config.head);
        self.config = config;
        self
    }

    /// How long it may take until there is a way to the server: TCP, over all the addresses of the name, with a proxy's
    /// tunnel and the wait at a gate; 10 s unless set. To resolve a name is up to the system and is not counted.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.route.timeout = timeout;
        self
    }

    #[cfg(feature = "rustls")]
    pub(super) fn with_tls(mut self, tls: super::tls::Client) -> Self {
        self.tls = tls;
        self
    }

    /// Connects through this proxy, whatever the URL, and lets it resolve the server's name (RFC 6455 §4.1).
    ///
    /// ```no_run
    /// use rfc6455::{dial::Proxy, net::Connect};
    ///
    /// let proxy = Proxy::parse("socks5h://127.0.0.1:1080")?;
    /// let socket = Connect::new("ws://example.com/feed")?.proxy(proxy).open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.proxy_rules(ProxyRules::always(proxy))
    }

    /// Connects through the proxy that these rules name for the URL, if they name one; also for where redirects lead.
    #[must_use]
    pub fn proxy_rules(mut self, rules: ProxyRules) -> Self {
        self.route.proxies = rules;
        self
    }

    /// Connects by the rules of the environment, which is read now: see [`ProxyRules`] for the variables.
    ///
    /// # Errors
    ///
    /// [`Error::Environment`] for a variable that names no proxy which can be used.
    pub fn proxy_from_env(self) -> Result<Self, Error> {
        Ok(self.proxy_rules(ProxyRules::from_env()?))
    }

    /// Follows so many redirects; none unless set, since they let a server choose whom this program talks to: see
    /// [`Redirects`](crate::dial::Redirects). Each is a connection of its own, with all its deadlines.
    #[must_use]
    pub const fn redirects(mut self, limit: usize) -> Self {
        self.route.redirects = limit;
        self
    }

    /// Lets [`open`](Self::open) wait while another connection that goes through `gate` is being made to the same address
    /// (RFC 6455 §4.1). The wait is part of [`connect_timeout`](Self::connect_timeout).
    ///
    /// ```no_run
    /// use rfc6455::{dial::Gate, net::Connect};
    ///
    /// let gate = Gate::new();
    /// let connect = Connect::new("ws://example.com/feed")?.gate(&gate);
    /// // A hundred threads may call connect.open(): the server sees one handshake at a time.
    /// # Ok::<(), rfc6455::net::Error>(())
    /// ```
    #[must_use]
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.route.gate = Some(gate.clone());
        self
    }

    /// Resolves the name, connects to the first of its addresses that answers, or through the proxy, sets `TCP_NODELAY`, does the
    /// handshake of TLS if the URL says `wss`, and opens the WebSocket. It blocks: in a task of tokio's, give this `Connect` to
    /// `tokio::open` instead.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] of the last address when none accepts, [`Error::Timeout`] when that did not answer in time;
    /// [`Error::Proxy`]; [`Error::Redirect`]; as [`over_tcp`](Self::over_tcp) and [`Connecting::finish`].
    pub fn open(&self) -> Result<WebSocket<Stream>, Error> {
        self.following(Self::open_once)
    }

    fn open_once(&self) -> Result<WebSocket<Stream>, Error> {
        // Before anything is done that would be for nothing.
        let secured = self.secured()?;
        let Dialled { stream, pass } = self.route.dial(&self.uri, self.config.head)?;
        let opened = self.over(secured.over(stream))?.finish();
        drop(pass);
        opened
    }

    /// As [`over`](Self::over), for TCP that is connected already, by a socket of your own or through a proxy: with TLS over it if
    /// the URL says `wss`, whose handshake is a part of the opening handshake.
    ///
    /// # Errors
    ///
    /// For `wss`, [`Error::TlsMissing`] without the feature `rustls`, and with it `Error::CryptoMissing` and
    /// `Error::RootsMissing`. [`Error::Entropy`].
    pub fn over_tcp(&self, tcp: TcpStream) -> Result<Connecting<Stream>, Error> {
        self.over(self.secured()?.over(tcp))
    }

    fn secured(&self) -> Result<Secured, Error> {
        match self.uri.is_secure() {
            false => Ok(Secured::No),
            #[cfg(feature = "rustls")]
            true => Ok(Secured::By(Box::new(self.tls.connection(&self.uri)?))),
            #[cfg(not(feature = "rustls"))]
            true => Err(Error::TlsMissing),
        }
    }

    /// Begins the opening handshake over a stream that is connected already, such as TLS of another library. Whether the URL
    /// says `ws` or `wss` changes nothing; see [`over_tcp`](Self::over_tcp).
    ///
    /// # Errors
    ///
    /// [`Error::Entropy`].
    pub fn over<S: Read + Write + 'static>(&self, stream: S) -> Result<Connecting<S>, Error> {
        self.over_socket(stream, socket::itself)
    }

    /// As [`over`](Self::over), for a stream that is not a socket but has one below, on which deadlines are kept.
    ///
    /// # Errors
    ///
    /// [`Error::Entropy`].
    pub fn over_socket<S: Read + Write>(
        &self,
        stream: S,
        socket: SocketOf<S>,
    ) -> Result<Connecting<S>, Error> {
        let mut wire = Wire::new(stream, socket, self.config.clone(), Vec::new());
        #[cfg(feature = "deflate")]
        let request = &super::deflate::offer(&self.request, &self.config);
        #[cfg(not(feature = "deflate"))]
        let request = &self.request;
        let handshake = request.start_with_os_nonce(&mut wire.output.bytes)?;
        let keys = MaskKeys::from_os()?;
        let timer = HandshakeTimer::new(&self.config, Duration::ZERO);
        let time = Time::of(wire.socket());
        Ok(Connecting(Some(Opening { wire, handshake, keys, timer, time })))
    }
}

/// What goes over TCP before the opening handshake: nothing, or TLS.
enum Secured {
    No,
    #[cfg(feature = "rustls")]
    By(Box<rustls::ClientConnection>),
}

impl Secured {
    fn over(self, tcp: TcpStream) -> Stream {
        match self {
            Self::No => tcp.into(),
            #[cfg(feature = "rustls")]
            Self::By(tls) => super::TlsStream::new(*tls, tcp).into(),
        }
    }
}

/// An opening handshake on its way.
#[derive(Debug)]
pub struct Connecting<S>(Option<Opening<S>>);

#[derive(Debug)]
struct Opening<S> {
    wire: Box<Wire<S>>,
    handshake: ClientHandshake,
    keys: MaskKeys,
    timer: HandshakeTimer,
    time: Time,
}

impl<S: Read + Write> Connecting<S> {
    /// Waits for the server's answer. Call it again after an error that [`is_would_block`](Error::is_would_block).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with any status but 101; [`Error::Response`] when the answer breaks a rule of §4.1, and
    /// `Error::Deflate` when it breaks one of RFC 7692;
    /// [`Error::Timeout`], [`Error::HandshakeCut`], also when it is called again after the end; [`Error::Io`].
    pub fn finish(&mut self) -> Result<WebSocket<S>, Error> {
        let Some(opening) = &mut self.0 else { return Err(Error::HandshakeCut) };
        let answer = match opening.answer() {
            Err(error) if error.is_would_block() => return Err(error),
            answer => answer,
        };
        let Some(Opening { wire, keys, .. }) = self.0.take() else { return Err(Error::HandshakeCut) };
        match answer? {
            Answer::Open(response) => {
                #[cfg(feature = "deflate")]
                let agreement = super::deflate::agree(&response, &wire.config)?;
                let subprotocol = response.subprotocol().map(ToString::to_string);
                let socket = WebSocket::with_wire(wire, Role::Client(keys), subprotocol);
                #[cfg(feature = "deflate")]
                if let Some(agreement) = agreement {
                    return Ok(socket.with_deflate(&agreement));
                }
                Ok(socket)
            }
            Answer::Refused(response) => Err(Error::Refused(Box::new(response))),
        }
    }
}

#[cfg(feature = "tokio")]
impl<S> Connecting<S> {
    /// When there is something to do even if the stream is not ready.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.as_ref().and_then(|opening| opening.time.at(opening.timer.deadline()))
    }

    pub(crate) fn stream(&self) -> Option<&S> {
        self.0.as_ref().map(|opening| &opening.wire.stream)
    }
}

impl<S: Read + Write> Opening<S> {
    fn answer(&mut self) -> Result<Answer, Error> {
        loop {
            if let Err(error) = self.wire.flush() {
                let late = self.timer.tick(self.time.elapsed()).err().filter(|_| is_timeout(&error));
                return Err(late.map_or_else(|| error.into(), Error::from));
            }
            let mut input: &[u8] = self.wire.input.unread();
            let before = input.len();
            let received = self.handshake.receive(&mut input)?;
            let taken = before.saturating_sub(input.len());
            self.wire.input.consume(taken);
            if let Some(answer) = received {
                return Ok(answer);
            }
            let now = self.time.elapsed();
            if let Err(late) = self.timer.tick(now) {
                // The head of a refusal is worth more than the rest of its body.
                return self.handshake.receive_eof().map_err(|_| late.into());
            }
            match self.wire.fill(Some(self.timer.deadline().saturating_sub(now))) {
                Ok(Filled::Bytes | Filled::Elapsed) => {}
                // A read tries to write but briefly, and the server waits for all of the request.
                Ok(Filled::Interrupted) => self.wire.output.flush_again(),
                // The body of a refusal may end with the stream.
                Ok(Filled::Eof) => return self.handshake.receive_eof().map_err(|_| Error::HandshakeCut),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return self.handshake.receive_eof().map_err(|_| Error::HandshakeCut);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
