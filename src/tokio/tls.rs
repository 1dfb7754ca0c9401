//! TLS in tasks: RFC 6455 §3 and §10.6, by way of tokio-rustls, within the time of the opening handshake.

use std::sync::Arc;
use std::time::Duration;

use ::tokio::net::TcpStream;
use ::tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::polled::now;
use super::{Incoming, Stream, WebSocket};
use crate::net::{Connect, Error};
use crate::session::{Config, Deadline};

/// What a client's TLS needs to know.
pub(super) struct Secured(Arc<ClientConfig>, ServerName<'static>);

impl Secured {
    /// `None` for a `ws` URL.
    pub(super) fn by(connect: &Connect) -> Result<Option<Self>, Error> {
        if !connect.uri.is_secure() {
            return Ok(None);
        }
        let (config, name) = connect.tls.parts(&connect.uri)?;
        Ok(Some(Self(config, name)))
    }

    /// TLS over TCP, and how much of `limit` it has left to the opening handshake.
    pub(super) async fn over(self, tcp: TcpStream, limit: Duration) -> Result<(Stream, Duration), Error> {
        let Self(config, name) = self;
        let tls = TlsConnector::from(config).connect(name, tcp);
        within(limit, async { Ok(TlsStream::Client(tls.await?)) }).await
    }
}

async fn within(
    limit: Duration,
    handshake: impl Future<Output = Result<TlsStream<TcpStream>, Error>>,
) -> Result<(Stream, Duration), Error> {
    let begun = now();
    let tls = timeout(limit, handshake).await.unwrap_or(Err(Error::Timeout(Deadline::Handshake)))?;
    Ok((Stream::from(tls), limit.saturating_sub(now().saturating_duration_since(begun))))
}

/// As [`accept`](super::accept), for a client that comes by TLS (`wss`).
///
/// ```no_run
/// use std::sync::Arc;
/// use rfc6455::{Message, net::rustls, tokio::accept_tls};
/// # async fn serve(tls: Arc<rustls::ServerConfig>) -> std::io::Result<()> {
///
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:443").await?;
/// loop {
///     let ((stream, _), tls) = (listener.accept().await?, Arc::clone(&tls));
///     tokio::spawn(async move {
///         let mut socket = accept_tls(stream, tls).await?;
///         let mut message = Message::new();
///         while socket.read(&mut message).await? {
///             socket.send(&message).await?;
///         }
///         Ok::<(), rfc6455::Error>(())
///     });
/// }
/// # }
/// ```
///
/// # Dropping the future
///
/// The stream is dropped with it.
///
/// # Errors
///
/// As [`accept`](super::accept), and [`Error::Tls`].
pub async fn accept_tls(stream: TcpStream, tls: Arc<ServerConfig>) -> Result<WebSocket<Stream>, Error> {
    Incoming::tls(stream, tls, Config::default()).await?.accept().await
}

impl Incoming<Stream> {
    /// As [`new`](Self::new), for a client that comes by TLS, whose handshake is awaited here. The deadline of the opening handshake
    /// is for both; [`Stream::tls`] tells of the client's certificate, and which name it asked for.
    ///
    /// # Dropping the future
    ///
    /// The stream is dropped with it.
    ///
    /// # Errors
    ///
    /// [`Error::Tls`], [`Error::Timeout`], [`Error::Io`].
    pub async fn tls(stream: TcpStream, tls: Arc<ServerConfig>, mut config: Config) -> Result<Self, Error> {
        let _ = stream.set_nodelay(true);
        let tls = TlsAcceptor::from(tls).accept(stream);
        let handshake = async { Ok(TlsStream::Server(tls.await?)) };
        let (stream, left) = within(config.handshake_timeout, handshake).await?;
        config.handshake_timeout = left;
        Ok(Self::new(stream, config))
    }
}
