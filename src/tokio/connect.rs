//! Connecting: RFC 6455 §4.1 over TCP, or over any asynchronous stream that is connected already.

use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::core::Core;
use super::dial::{Dialled, dial};
use super::handshake::Waiting;
use super::polled::Polled;
#[cfg(feature = "tokio-rustls")]
use super::tls::Secured;
use super::{Stream, WebSocket};
use crate::dial::Redirects;
use crate::net::{Connect, Error};

/// Connects to a `ws://` URL, with the default [`Config`](crate::Config) and no subprotocol. With the feature `tokio-rustls` it may
/// be `wss://`, too; `Connect::tls` says what that needs.
///
/// ```no_run
/// use rfc6455::{CloseCode, Message, tokio::connect};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), rfc6455::Error> {
/// let mut socket = connect("ws://127.0.0.1:9001/").await?;
/// socket.send("Hello").await?;
/// let mut message = Message::new();
/// if socket.read(&mut message).await? {
///     println!("{:?}", message.as_text());
/// }
/// socket.close(CloseCode::NORMAL, "").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Dropping the future
///
/// The connection is dropped with it.
///
/// # Errors
///
/// See [`open`].
pub async fn connect(url: &str) -> Result<WebSocket<Stream>, Error> {
    open(&Connect::new(url)?).await
}

/// Resolves the name, connects to the first of its addresses that answers, or through the proxy, sets `TCP_NODELAY`, and opens the
/// WebSocket; and again for where the server redirects, as often as [`Connect::redirects`] allows.
///
/// ```no_run
/// use rfc6455::Connect;
///
/// # async fn subscribe() -> Result<(), rfc6455::Error> {
/// let connect = Connect::new("ws://example.com/feed?symbol=EURUSD")?
///     .subprotocol("ticks.v1")?
///     .header("Authorization", "Bearer abc")?;
/// let mut socket = rfc6455::tokio::open(&connect).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Dropping the future
///
/// The connection is dropped with it.
///
/// # Errors
///
/// [`Error::Io`] of the last address when none accepts, [`Error::Timeout`] when that did not answer in time;
/// [`Error::Proxy`]; [`Error::Redirect`]; for `wss`, [`Error::TlsMissing`] without the feature `tokio-rustls`, and with it
/// `Error::CryptoMissing`, `Error::RootsMissing` and `Error::Tls`; as [`over`].
pub async fn open(connect: &Connect) -> Result<WebSocket<Stream>, Error> {
    let mut result = open_once(connect).await;
    let (mut redirects, mut connect) = (Redirects::new(connect.route.redirects), connect.clone());
    while connect.follow(&mut redirects, &result)? {
        result = open_once(&connect).await;
    }
    result
}

async fn open_once(connect: &Connect) -> Result<WebSocket<Stream>, Error> {
    // Before anything is done that would be for nothing.
    #[cfg(feature = "tokio-rustls")]
    let secured = Secured::by(connect)?;
    #[cfg(not(feature = "tokio-rustls"))]
    if connect.uri.is_secure() {
        return Err(Error::TlsMissing);
    }
    let Dialled { stream, pass: _until_it_is_open } = dial(connect).await?;
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tokio-rustls")]
    if let Some(secured) = secured {
        let (stream, left) = secured.over(stream, connect.config.handshake_timeout).await?;
        let mut connect = connect.clone();
        connect.config.handshake_timeout = left;
        return over(&connect, stream).await;
    }
    over(connect, Stream::from(stream)).await
}

/// Opens the WebSocket over a stream that is connected already, by TLS or through a proxy, say.
///
/// # Dropping the future
///
/// The stream is dropped with it.
///
/// # Errors
///
/// [`Error::Refused`] with any status but 101; [`Error::Response`] when the answer breaks a rule of §4.1, and
/// `Error::Deflate` when it breaks one of RFC 7692; [`Error::Timeout`], [`Error::HandshakeCut`], [`Error::Io`],
/// [`Error::Entropy`].
pub async fn over<S>(connect: &Connect, stream: S) -> Result<WebSocket<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut waiting = Waiting::new();
    let polled = Polled::new(stream, waiting.bell.waker(), connect.config.write_timeout);
    let mut connecting = connect.over_socket(polled, Polled::socket)?;
    let finish = poll_fn(|cx| waiting.poll(&mut connecting, cx, |connecting| connecting.finish()));
    let inner = finish.await?;
    Ok(WebSocket::of(Core::of(inner, waiting.bell)))
}
