//! The stream below a connection of [`open`](super::open)'s: TCP for `ws`, TLS over it for `wss` (RFC 6455 §3).

#[cfg(feature = "tokio-rustls")]
use std::boxed::Box;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::net::TcpStream;
#[cfg(feature = "tokio-rustls")]
use tokio_rustls::TlsStream;

/// A TCP connection, as it is or with TLS over it.
///
/// ```no_run
/// # async fn tell() -> Result<(), rfc6455::Error> {
/// let mut socket = rfc6455::tokio::connect("ws://127.0.0.1:9001/").await?;
/// println!("connected to {}", socket.stream().tcp().peer_addr()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Stream {
    /// Of a `ws` URL.
    Tcp(TcpStream),
    /// Of a `wss` URL.
    #[cfg(feature = "tokio-rustls")]
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// The TCP connection, to ask for addresses. To read or write it would break TLS.
    #[must_use]
    pub fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tcp(tcp) => tcp,
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    /// TLS, if there is; to ask for the peer's certificates, say.
    #[cfg(feature = "tokio-rustls")]
    #[must_use]
    pub fn tls(&self) -> Option<&TlsStream<TcpStream>> {
        match self {
            Self::Tcp(_) => None,
            Self::Tls(tls) => Some(tls),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Tcp(tcp)
    }
}

#[cfg(feature = "tokio-rustls")]
impl From<TlsStream<TcpStream>> for Stream {
    fn from(tls: TlsStream<TcpStream>) -> Self {
        Self::Tls(Box::new(tls))
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, to),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => Pin::new(&mut **tls).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, from),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => Pin::new(&mut **tls).poll_write(cx, from),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, from),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => Pin::new(&mut **tls).poll_write_vectored(cx, from),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.is_write_vectored(),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => Pin::new(&mut **tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            #[cfg(feature = "tokio-rustls")]
            Self::Tls(tls) => Pin::new(&mut **tls).poll_shutdown(cx),
        }
    }
}
