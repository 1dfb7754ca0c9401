//! WebSockets over `std::net`, or any `Read` and `Write`: blocking, with threads.
//!
//! The adapter owns sockets and buffers and no rule of the protocol: those are in [`session`](crate::session) and below.
//!
//! * [`connect`] and [`accept`] for a start; [`Connect`] and [`Incoming`] when something is to be chosen.
//! * [`Connect`] goes through proxies, follows redirects and waits for its turn when it is told to: see [`dial`](crate::dial).
//! * [`WebSocket`] reads and writes in one thread; [`WebSocket::split`] makes halves of it for two.
//!
//! # Which streams have deadlines
//!
//! A read that blocks can only be ended in time by its socket. A `TcpStream` or `UnixStream` is found by itself. Any other
//! `Read + Write` is taken too, but while it blocks no deadline is kept, be it for a handshake, a Pong or a Close: for one
//! that has a socket below, such as a TLS stream, say where with [`Incoming::with_socket`] or [`Connect::over_socket`].
//! Then each read of that socket ends in time. A stream that reads it several times for one read of its own, as most TLS
//! streams do until a record is whole, is held for longer by a peer that sends a byte before each timeout. That of this crate,
//! `TlsStream` of the feature `rustls`, is a socket in this sense and is not held: it comes back with
//! [`Interrupted`](std::io::ErrorKind::Interrupted) in between, as a stream of yours may.
//!
//! # TLS
//!
//! With the feature `rustls`, [`connect`] and [`Connect`] take `wss` URLs, and `Incoming::tls` and `accept_tls` take clients that
//! come by TLS. [`rustls`](https://docs.rs/rustls) does it; which cryptography it uses is for the program to say, once:
//!
//! ```
//! # #[cfg(feature = "rustls")] {
//! # use rfc6455::net::rustls;
//! // Refused if another part of the program has chosen already.
//! let _ = rustls::crypto::ring::default_provider().install_default();
//! # }
//! ```
//!
//! for which `Cargo.toml` names `rustls = { version = "0.23", default-features = false, features = ["ring"] }`. A client also
//! needs authorities to trust: those of the system by the feature `native-roots`, Mozilla's by `webpki-roots`, those of both by
//! both; or others, by `Connect::tls`, and then it needs neither feature.
//!
//! # The end
//!
//! When a connection ends, this end hangs up and reads on for up to a second until the peer has done so too, since to close
//! with bytes unread can overtake the Close on its way. When the peer was silent until a deadline, it does not wait.

mod buffer;
mod connect;
#[cfg(feature = "deflate")]
mod deflate;
mod dial;
mod drive;
mod error;
mod incoming;
mod lent;
mod parts;
mod patience;
#[cfg(feature = "tokio")]
mod polled;
mod redirects;
#[cfg(all(test, shuttle))]
mod schedules;
mod sending;
mod shared;
mod socket;
mod split;
mod stream;
mod stuck;
mod sync;
mod time;
#[cfg(feature = "rustls")]
mod tls;
mod tunnel;
mod websocket;
mod wire;

/// The version whose types are taken here.
#[cfg(feature = "rustls")]
pub use rustls;

#[cfg(feature = "tokio")]
pub(crate) use buffer::{QUEUE, is_timeout};
pub use connect::{Connect, Connecting, connect};
#[cfg(feature = "tokio")]
pub(crate) use drive::{LINGER, Next};
pub use error::Error;
pub use incoming::{Incoming, accept};
pub use parts::Parts;
#[cfg(feature = "tokio")]
pub(crate) use socket::sealed::Sealed;
pub use socket::{Socket, SocketOf};
pub use split::{Reader, Writer};
pub use stream::Stream;
#[cfg(feature = "rustls")]
pub use tls::{TlsStream, accept_tls};
pub use websocket::{ReadEvent, WebSocket};
