//! The stream below a connection of [`Connect`](super::Connect)'s: TCP for `ws`, TLS over it for `wss` (RFC 6455 §3).

#[cfg(feature = "rustls")]
use std::boxed::Box;
use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;

use super::Socket;
#[cfg(feature = "rustls")]
use super::TlsStream;

/// A TCP connection, as it is or with TLS over it. It reads and writes as a `TcpStream` does, also by reference.
///
/// ```no_run
/// let mut socket = rfc6455::connect("ws://127.0.0.1:9001/")?;
/// println!("connected to {}", socket.stream().tcp().peer_addr()?);
/// # Ok::<(), rfc6455::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Stream {
    /// Of a `ws` URL.
    Tcp(TcpStream),
    /// Of a `wss` URL.
    #[cfg(feature = "rustls")]
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// The TCP connection, to ask for addresses, to set a timeout, or to shut it. To read or write it would break TLS.
    #[must_use]
    pub fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tcp(tcp) => tcp,
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => tls.socket(),
        }
    }

    /// TLS, if there is; to ask for the peer's certificates, say.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls(&self) -> Option<&TlsStream<TcpStream>> {
        match self {
            Self::Tcp(_) => None,
            Self::Tls(tls) => Some(tls),
        }
    }

    pub(super) fn as_socket(&self) -> &dyn Socket {
        match self {
            Self::Tcp(tcp) => tcp,
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => &**tls,
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Tcp(tcp)
    }
}

#[cfg(feature = "rustls")]
impl From<TlsStream<TcpStream>> for Stream {
    fn from(tls: TlsStream<TcpStream>) -> Self {
        Self::Tls(Box::new(tls))
    }
}

impl Read for &Stream {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(tcp) => (&*tcp).read(to),
            #[cfg(feature = "rustls")]
            Stream::Tls(tls) => (&**tls).read(to),
        }
    }
}

impl Write for &Stream {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(tcp) => (&*tcp).write(from),
            #[cfg(feature = "rustls")]
            Stream::Tls(tls) => (&**tls).write(from),
        }
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Stream::Tcp(tcp) => (&*tcp).write_vectored(from),
            #[cfg(feature = "rustls")]
            Stream::Tls(tls) => (&**tls).write_vectored(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Tcp(tcp) => (&*tcp).flush(),
            #[cfg(feature = "rustls")]
            Stream::Tls(tls) => (&**tls).flush(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        (&*self).read(to)
    }
}

impl Write for Stream {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        (&*self).write(from)
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}
