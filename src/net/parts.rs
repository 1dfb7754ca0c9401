//! Taking a [`WebSocket`] apart, and putting it together: for whoever goes on with another kind of I/O.

use std::io::{Read, Write};
use std::string::String;
use std::vec::Vec;

use super::WebSocket;
use super::drive::Clock;
use super::socket::SocketOf;
use super::sync::Instant;
use super::time::Time;
use super::wire::Wire;
use crate::session::{Config, Session};

/// What a `WebSocket` is made of; see [`WebSocket::into_parts`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Parts<S> {
    /// The stream. A socket keeps the write timeout of [`Config::write_timeout`] and `TCP_NODELAY`.
    pub stream: S,
    socket: SocketOf<S>,
    /// The session. Its moments count from when [`WebSocket`] was made.
    pub session: Session,
    /// Bytes that were read from the stream and belong to what comes next.
    pub unread: Vec<u8>,
    /// Bytes that are still to be written to the stream.
    pub unwritten: Vec<u8>,
    /// The limits and deadlines.
    pub config: Config,
    /// The subprotocol that was agreed on.
    pub subprotocol: Option<String>,
    /// The moment that the session's moments count from.
    pub start: Instant,
}

impl<S: Read + Write> WebSocket<S> {
    /// Puts together what [`into_parts`](Self::into_parts) took apart.
    #[must_use]
    pub fn from_parts(parts: Parts<S>) -> Self {
        let mut wire = Wire::new(parts.stream, parts.socket, parts.config, parts.unread);
        wire.output.bytes = parts.unwritten;
        let time = Time::of(wire.socket()).beginning(parts.start);
        let clock = Clock::new(time, time.elapsed());
        Self { wire, session: parts.session, clock, subprotocol: parts.subprotocol }
    }

    /// Takes it apart, to drive the session by other means; nothing is lost.
    #[must_use]
    pub fn into_parts(self) -> Parts<S> {
        let Self { mut wire, session, clock, subprotocol } = self;
        wire.disarm();
        let Wire { stream, socket, config, mut input, output } = *wire;
        Parts {
            stream,
            socket,
            session,
            unread: input.unread().to_vec(),
            unwritten: output.into_waiting(),
            config,
            subprotocol,
            start: clock.time().start(),
        }
    }
}
