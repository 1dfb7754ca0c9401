//! WebSockets in tasks of tokio's.
//!
//! What [`net`](crate::net) is for threads, over any [`AsyncRead`](::tokio::io::AsyncRead) and
//! [`AsyncWrite`](::tokio::io::AsyncWrite). The same code reads, writes and ends a connection; here a stream that would block has the
//! task woken, and a timer keeps the deadlines. The runtime needs its timers, and for [`connect`] its sockets:
//! `enable_all`.
//!
//! * [`connect`] and [`accept`] for a start; [`open`], [`over`] and [`Incoming`] when something is to be chosen.
//! * With the feature `tokio-rustls`, they take `wss` URLs as [`net`](crate::net) does, and `accept_tls` and `Incoming::tls` take
//!   clients that come by TLS.
//! * [`WebSocket`] reads and writes in one task; [`WebSocket::split`] makes halves of it for two. All of them are a
//!   [`Stream`](futures_core::Stream) and a [`Sink`](futures_sink::Sink), too.
//!
//! Name this module by its path, `rfc6455::tokio::connect`, or import what is in it: to import the module, or `rfc6455::*`, would hide
//! the crate of the same name from `#[tokio::main]`.
//!
//! # An echo server
//!
//! ```no_run
//! use rfc6455::{Message, tokio::accept};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:9001").await?;
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     tokio::spawn(async move {
//!         let mut socket = accept(stream).await?;
//!         let mut message = Message::new();
//!         while socket.read(&mut message).await? {
//!             socket.send(&message).await?;
//!         }
//!         Ok::<(), rfc6455::Error>(())
//!     });
//! }
//! # }
//! ```
//!
//! # A client
//!
//! ```no_run
//! use rfc6455::{CloseCode, Message, tokio::connect};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), rfc6455::Error> {
//! let mut socket = connect("ws://127.0.0.1:9001/").await?;
//! socket.send("Hello").await?;
//! let mut message = Message::new();
//! if socket.read(&mut message).await? {
//!     println!("{:?}", message.as_text());
//! }
//! socket.close(CloseCode::NORMAL, "").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Streams and sinks
//!
//! With the traits of `futures-util`, an echo is
//!
//! ```no_run
//! use futures_util::StreamExt;
//!
//! # async fn echo(socket: rfc6455::tokio::WebSocket<tokio::net::TcpStream>) -> Result<(), rfc6455::Error> {
//! let (reader, writer) = socket.split(); // the method of `WebSocket`, which comes before that of `StreamExt`
//! reader.forward(writer).await
//! # }
//! ```
//!
//! Where a method of `WebSocket` has the name of one of `StreamExt` or `SinkExt` (`split`, `send`, `flush`, `close`), it is the one that is
//! called; `SinkExt::<Message>::close(&mut socket)` calls the other.
//!
//! # Futures that are dropped
//!
//! Any future here may be dropped before it is done, as `select!` and timeouts do; each method says what that means. In short:
//! nothing that came is lost, and a message is sent whole and once, or not at all.
//!
//! # Time
//!
//! It is tokio's clock that counts: with `tokio::time::pause` a test decides when a keepalive Ping is due. Deadlines are kept
//! while a read is awaited, and the one of writing ([`Config::write_timeout`](crate::Config::write_timeout)) whatever is
//! awaited. A task that does something else for long keeps none; neither does a connection that nobody polls.
//!
//! # What a connection costs while it waits
//!
//! Neither a read buffer nor one to write: these belong to the thread, and are lent while bytes are in them.
//! A timer is made for the first deadline after the opening handshake, so without keepalive and idle timeout there is none.
//! 10,000 idle connections took 1.9 KiB each, with their tasks and sockets: `docs/performance.md` has the command. A future that
//! opens a connection is larger than one that has it: awaited in a `Box::pin`, it is no part of the task that goes on.

mod alarm;
mod bell;
mod connect;
mod core;
#[cfg(feature = "deflate")]
mod deflate;
mod dial;
mod handshake;
mod incoming;
mod polled;
mod sending;
mod sink;
mod split;
mod stream;
#[cfg(feature = "tokio-rustls")]
mod tls;
mod websocket;

pub use connect::{connect, open, over};
pub use incoming::{Incoming, accept};
pub use split::{Reader, Writer};
pub use stream::Stream;
#[cfg(feature = "tokio-rustls")]
pub use tls::accept_tls;
pub use websocket::WebSocket;

pub use crate::net::ReadEvent;
