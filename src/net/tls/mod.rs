//! TLS below a WebSocket: RFC 6455 §3 and §10.6, by way of [`rustls`].
//!
//! [`TlsStream`] is the stream, in both roles; [`client`] makes one for a `wss` URL, [`server`] for a stream that was accepted.

mod client;
mod reading;
mod server;
mod stream;
#[cfg(all(test, not(shuttle)))]
mod tests;
mod writing;

pub(super) use client::Client;
pub use server::accept_tls;
pub use stream::TlsStream;

/// RFC 7301: the protocol in which an opening handshake is written (RFC 6455 §4).
const HTTP: &[u8] = b"http/1.1";
