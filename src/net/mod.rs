//! WebSockets over `std::net`, or any `Read` and `Write`: blocking, with threads.
//!
//! The adapter owns sockets and buffers and no rule of the protocol: those are in [`session`](crate::session) and below.
//!
//! * [`connect`] and [`accept`] for a start; [`Connect`] and [`Incoming`] when something is to be chosen.
//! * [`WebSocket`] reads and writes in one thread; [`WebSocket::split`] makes halves of it for two.

mod buffer;
mod connect;
mod drive;
mod error;
mod incoming;
mod patience;
mod shared;
mod socket;
mod split;
mod websocket;
mod wire;

pub use connect::{Connect, Connecting, connect};
pub use error::Error;
pub use incoming::{Incoming, accept};
pub use socket::{Socket, SocketOf};
pub use split::{Reader, Writer};
pub use websocket::{Parts, ReadEvent, WebSocket};
