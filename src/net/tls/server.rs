//! The server's side: TLS, and the opening handshake inside (RFC 6455 §4.2.2, step 1).

use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};

use super::super::{Error, Incoming, Stream, TlsStream, WebSocket};
use crate::session::Config;

/// As [`accept`](crate::accept), for a client that comes by TLS (`wss`).
///
/// ```no_run
/// use std::{net::TcpListener, sync::Arc};
/// use rfc6455::{Message, net::{self, rustls}};
/// use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let certificates = CertificateDer::pem_file_iter("chain.pem")?.collect::<Result<Vec<_>, _>>()?;
/// let key = PrivateKeyDer::from_pem_file("key.pem")?;
/// let mut tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
/// // Then a client that speaks something else alone, such as h2, is told so.
/// tls.alpn_protocols = vec![b"http/1.1".to_vec()];
/// let tls = Arc::new(tls);
/// for stream in TcpListener::bind("0.0.0.0:443")?.incoming() {
///     let (stream, tls) = (stream?, Arc::clone(&tls));
///     std::thread::spawn(move || -> Result<(), net::Error> {
///         let mut socket = net::accept_tls(stream, tls)?;
///         let mut message = Message::new();
///         while socket.read(&mut message)? {
///             socket.send(&message)?;
///         }
///         Ok(())
///     });
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As [`accept`](crate::accept), and [`Error::Tls`].
pub fn accept_tls(stream: TcpStream, tls: Arc<ServerConfig>) -> Result<WebSocket<Stream>, Error> {
    Incoming::tls(stream, tls, Config::default())?.accept()
}

impl Incoming<Stream> {
    /// As [`new`](Self::new), for a client that comes by TLS. The deadline of the opening handshake is for that of TLS, too, which
    /// [`request`](Self::request) does first; then [`Stream::tls`] tells of the client's certificate, and which name it
    /// asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Tls`] when rustls refuses the configuration.
    pub fn tls(stream: TcpStream, tls: Arc<ServerConfig>, config: Config) -> Result<Self, Error> {
        let tls = TlsStream::new(ServerConnection::new(tls)?, stream);
        Ok(Self::new(Stream::from(tls), config))
    }
}
