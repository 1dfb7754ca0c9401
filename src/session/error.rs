//! How a session ends when it does not end in order: RFC 6455 §7.1.7 and the deadlines that it leaves to us.

use core::fmt;

use crate::protocol::{ProtocolError, Truncated};

/// Why a session ended out of order. Each later call gives the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The peer broke a rule; the Close that tells it is in the output.
    Protocol(ProtocolError),
    /// The transport ended without the peer's Close; 1006.
    Truncated(Truncated),
    /// Time ran out.
    Timeout(Deadline),
}

/// What was not done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deadline {
    /// The connection of the transport, for adapters that connect one.
    Connect,
    /// The turn to connect, behind others that connect to the same address.
    Turn,
    /// The tunnel through a proxy, for adapters that ask for one.
    Proxy,
    /// The opening handshake ([`Config::handshake_timeout`](super::Config::handshake_timeout)).
    Handshake,
    /// The Pong to a keepalive Ping ([`Keepalive::timeout`](super::Keepalive::timeout)).
    Keepalive,
    /// A message from the peer ([`Config::idle_timeout`](super::Config::idle_timeout)).
    Idle,
    /// The peer's Close after ours ([`Config::close_timeout`](super::Config::close_timeout)).
    Close,
    /// A write ([`Config::write_timeout`](super::Config::write_timeout)), for adapters that give the peer up by themselves.
    Write,
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no address answered in time",
            Self::Turn => "others were still connecting to the same address",
            Self::Proxy => "the proxy did not open the tunnel in time",
            Self::Handshake => "the opening handshake was not finished in time",
            Self::Keepalive => "no pong came to the keepalive ping in time",
            Self::Idle => "no message came within the idle timeout",
            Self::Close => "the peer did not answer our close in time",
            Self::Write => "the peer took nothing of what was written within the write timeout",
        })
    }
}

impl core::error::Error for Deadline {}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(error) => error.fmt(f),
            Self::Truncated(error) => error.fmt(f),
            Self::Timeout(deadline) => deadline.fmt(f),
        }
    }
}

impl core::error::Error for SessionError {}

impl From<ProtocolError> for SessionError {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<Truncated> for SessionError {
    fn from(error: Truncated) -> Self {
        Self::Truncated(error)
    }
}

impl From<Deadline> for SessionError {
    fn from(deadline: Deadline) -> Self {
        Self::Timeout(deadline)
    }
}
